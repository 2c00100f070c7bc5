/* Text cut again: at line ends, tabs and `: `, and where it repeats a whole other column; rows cut
 * alike share a variant. */
#include "store/columns/column_cut.h"

#include "store/columns/row_shape.h"

#define VARIANT_ROWS_MIN 8 /* fewer rows cut alike are kept whole */
#define VARIANTS_MAX 128   /* the same for further variants */
#define SAMPLE 16

static bool has_separator(Slice value)
{
    return slice_find(value, SLICE("\\r\\n")) != SLICE_NOT_FOUND ||
           slice_find(value, SLICE("\\t")) != SLICE_NOT_FOUND ||
           slice_find(value, SLICE(": ")) != SLICE_NOT_FOUND ||
           memchr(value.ptr, '\n', value.len) != NULL;
}

/* Columns whose values stand whole in the text although they hold separators themselves. */
static void find_repeats(Choice *choice)
{
    Encoder *enc = choice->enc;
    size_t count = choice->set->count;
    for (size_t i = enc->column_count; i-- > 0 && choice->repeat_count < REPEATS_MAX;) {
        const EncColumn *column = enc->columns[i];
        if (!column->values || column->steps > STEPS_REPEAT_MAX) continue;
        if (!enc_set_within(choice->set, column->set)) continue;
        Repeat repeat = {.column = column, .rows = enc_rows_in(enc, choice->set, column->set)};
        if (enc->error) return;
        size_t looked = 0, found = 0, separated = 0;
        for (size_t row = 0; row < count; row += count / SAMPLE + 1, looked++) {
            Slice value = repeat_value(&repeat, row);
            if (value.len < REPEAT_BYTES_MIN) continue;
            separated += has_separator(value);
            found += slice_find(choice->values[row], value) != SLICE_NOT_FOUND;
        }
        if (separated * 4 >= looked && found * 2 >= looked)
            choice->repeats[choice->repeat_count++] = repeat;
    }
}

static bool cut_alike(const Choice *choice, size_t a, size_t b)
{
    const TextCut *x = &choice->cuts[a], *y = &choice->cuts[b];
    return x->count == y->count && x->count > 0 && memcmp(x->repeats, y->repeats, x->count) == 0 &&
           shape_same_literals(choice->values[a], x->slots, choice->values[b], y->slots, x->count);
}

/* Variant of each row into codes, 0: whole. Returns their number with 0, or 0: error. */
static uint32_t find_variants(Choice *choice, uint32_t *codes, size_t *ret_whole)
{
    Encoder *enc = choice->enc;
    size_t count = choice->set->count;
    Slice *hashes = ENC_SCRATCH(enc, Slice, count);
    uint32_t *sizes = ENC_SCRATCH(enc, uint32_t, count),
             *variant = ENC_SCRATCH(enc, uint32_t, count);
    uint32_t *first = ENC_SCRATCH(enc, uint32_t, count);
    if (enc->error) return 0;
    for (size_t row = 0; row < count; row++)
        hashes[row] = slice_of(&choice->cuts[row].hash, sizeof(uint64_t));
    Distinct distinct;
    if (!distinct_find(enc, hashes, count, count, &distinct)) return 0;
    for (size_t row = count; row-- > 0;) {
        sizes[distinct.codes[row]]++;
        first[distinct.codes[row]] = (uint32_t)row;
    }
    uint32_t variants = 1;
    for (uint32_t code = 0; code < distinct.count; code++) {
        bool kept = sizes[code] >= VARIANT_ROWS_MIN && choice->cuts[first[code]].count > 1;
        variant[code] = kept && variants < VARIANTS_MAX ? variants++ : 0;
    }
    *ret_whole = 0;
    for (size_t row = 0; row < count; row++) {
        uint32_t code = distinct.codes[row];
        if (row + 1 < count) enc_prefetch(choice->values[row + 1]);
        codes[row] = cut_alike(choice, row, first[code]) ? variant[code] : 0;
        *ret_whole += codes[row] == 0;
    }
    return variants;
}

uint32_t *enc_rows_of(Encoder *enc, const uint32_t *codes, size_t count, uint32_t code,
                      uint32_t *ret_count)
{
    uint32_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += codes[i] == code;
    uint32_t *rows = ENC_ARRAY(enc, uint32_t, found), at = 0;
    if (!rows) return NULL;
    for (size_t i = 0; i < count; i++)
        if (codes[i] == code) rows[at++] = (uint32_t)i;
    *ret_count = found;
    return rows;
}

/* A variant's sources: one a slot that is no repeat. */
static EncSource *variant_sources(Choice *choice, const EncSet *set, const TextCut *shape)
{
    Encoder *enc = choice->enc;
    EncSource *sources = ENC_ARRAY(enc, EncSource, shape->count);
    Slice *values = ENC_ARRAY(enc, Slice, (size_t)shape->count * set->count);
    if (enc->error) return NULL;
    for (uint32_t slot = 0; slot < shape->count; slot++)
        sources[slot].values = values + (size_t)slot * set->count;
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t row = set->parent_rows[i];
        const TextCut *cut = &choice->cuts[row];
        for (uint32_t slot = 0; slot < shape->count; slot++)
            values[(size_t)slot * set->count + i] =
                slice_of(choice->values[row].ptr + cut->slots[slot].start, cut->slots[slot].len);
    }
    return sources;
}

/* Words across the cuts of a variant's texts. */
static void give_cuts(const Choice *choice, const EncSet *set, const TextCut *shape, Slice first)
{
    size_t cuts[2 * CUT_SLOTS_MAX];
    size_t count = texts_open_cuts(first, shape->slots, shape->count, cuts);
    if (!choice->enc->options->texts.take || count == 0) return;
    Slice last[2 * CUT_SLOTS_MAX];
    memset(last, 0, count * sizeof *last);
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t row = set->parent_rows[i];
        texts_give_cuts(choice->enc, choice->values[row], choice->cuts[row].slots, cuts, count,
                        last);
    }
}

static void write_variant(Choice *choice, const EncSet *set, const TextCut *shape, Slice first,
                          PieceWriter *pieces)
{
    Encoder *enc = choice->enc;
    EncSource *all = variant_sources(choice, set, shape);
    EncSource *sources = ENC_ARRAY(enc, EncSource, shape->count);
    if (enc->error) return;
    size_t count = 0;
    for (uint32_t slot = 0; slot < shape->count; slot++)
        if (!shape->repeats[slot]) sources[count++] = all[slot];
    sources_write(enc, set, sources, count, (SourcesWish){0});
    size_t at = 0, source = 0;
    for (uint32_t slot = 0; slot < shape->count && !enc->error; slot++) {
        pieces_add_literal(pieces, slice_of(first.ptr + at, shape->slots[slot].start - at));
        at = shape->slots[slot].start + shape->slots[slot].len;
        if (shape->repeats[slot]) {
            pieces_add_column(pieces, choice->repeats[shape->repeats[slot] - 1].column);
            continue;
        }
        const EncSource *from = &sources[source++];
        if (from->is_constant)
            pieces_add_literal(pieces, from->values[0]);
        else
            pieces_add_column(pieces, from->column);
    }
    pieces_add_literal(pieces, slice_skip(first, at));
    give_cuts(choice, set, shape, first);
}

static void write_whole(Choice *choice, const EncSet *set, PieceWriter *pieces)
{
    Encoder *enc = choice->enc;
    Slice *values = ENC_ARRAY(enc, Slice, set->count);
    if (enc->error || set->count == 0) return;
    for (uint32_t i = 0; i < set->count; i++)
        values[i] = choice->values[set->parent_rows[i]];
    EncSource source = {.values = values};
    sources_write(enc, set, &source, 1, (SourcesWish){.with_constants = true});
    if (!enc->error) pieces_add_column(pieces, source.column);
}

EncColumn *choice_codes_write(Encoder *enc, const EncSet *set, const uint32_t *codes,
                              uint32_t variants)
{
    codes_write(enc, codes, set->count, variants, set);
    EncColumn *column = enc_column_end(enc, KIND_CODES, set);
    if (!column) return NULL;
    column->codes = codes;
    column->distinct = variants;
    return column;
}

/* Columns that the variants can need at most. */
static size_t slots_of(const Choice *choice, const uint32_t *codes, uint32_t variants)
{
    size_t slots = variants;
    bool seen[VARIANTS_MAX] = {false};
    for (size_t row = 0; row < choice->set->count; row++) {
        if (codes[row] == 0 || seen[codes[row]]) continue;
        seen[codes[row]] = true;
        slots += choice->cuts[row].count;
    }
    return slots + 2;
}

static EncColumn *write_all(Choice *choice, uint32_t *codes, uint32_t variants)
{
    Encoder *enc = choice->enc;
    EncColumn *choices = choice_codes_write(enc, choice->set, codes, variants);
    if (!choices) return NULL;
    CLEANUP(pieces_done) PieceWriter pieces = {.enc = enc};
    for (uint32_t code = 0; code < variants && !enc->error; code++) {
        uint32_t count = 0;
        uint32_t *rows = enc_rows_of(enc, codes, choice->set->count, code, &count);
        const EncSet *set = rows ? enc_set_add(enc, choice->set, choices, code, rows, count) : NULL;
        if (!set) break;
        if (code == 0)
            write_whole(choice, set, &pieces);
        else
            write_variant(choice, set, &choice->cuts[rows[0]], choice->values[rows[0]], &pieces);
        pieces_end(&pieces, set);
    }
    return pieces_write(&pieces, choices, choice->set);
}

EncColumn *choice_write(Encoder *enc, const EncSet *set, const Slice *values)
{
    Choice choice = {.enc = enc, .set = set, .values = values};
    size_t whole = 0;
    if (set->count < VARIANT_ROWS_MIN) return NULL;
    uint32_t *codes = ENC_ARRAY(enc, uint32_t, set->count);
    if (!codes) return NULL;
    find_repeats(&choice);
    if (enc->error || !cut_all(&choice)) return NULL;
    uint32_t variants = find_variants(&choice, codes, &whole);
    if (variants < 2 || whole * 10 > set->count * 9) return NULL;
    if (enc_is_full(enc, slots_of(&choice, codes, variants), variants)) return NULL;
    return write_all(&choice, codes, variants);
}
