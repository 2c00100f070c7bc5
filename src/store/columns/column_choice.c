/* Text cut again: at line ends, tabs and `: `, and where it repeats a whole other column; rows cut
 * alike share a variant. */
#include "store/columns/columns_enc.h"

#include "store/columns/row_shape.h"

#define CUT_SLOTS_MAX 256
#define REPEATS_MAX 6       /* columns looked for inside of a text */
#define REPEAT_BYTES_MIN 24 /* their mean length */
#define VARIANT_ROWS_MIN 8  /* fewer rows cut alike are kept whole */
#define VARIANTS_MAX 128    /* the same for further variants */
#define SAMPLE 16

typedef struct Repeat {
    const EncColumn *column;
    const uint32_t *rows; /* of the set in the column's */
} Repeat;

typedef struct TextCut {
    uint64_t hash;
    uint32_t count;
    ShapeSlot *slots;
    uint8_t *repeats; /* of each slot: 0, or number of the Repeat + 1 */
} TextCut;

typedef struct Choice {
    Encoder *enc;
    const EncSet *set;
    const Slice *values;
    Repeat repeats[REPEATS_MAX];
    size_t repeat_count;
    TextCut *cuts;
} Choice;

static Slice repeat_value(const Repeat *repeat, size_t row)
{
    return repeat->column->values[repeat->rows ? repeat->rows[row] : row];
}

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
        Repeat repeat = {column, enc_rows_in(enc, choice->set, column->set)};
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

#define NAME_BYTES_MAX 40

/* What stands before = at the beginning of a line: letters, digits and blanks. */
static bool is_name(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool fits = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == ' ';
        if (!fits) return false;
    }
    return text.len > 0 && text.len <= NAME_BYTES_MAX;
}

typedef struct Separator {
    size_t at, len;   /* len 0: none before the stop */
    bool begins_line; /* what follows may be NAME = */
} Separator;

static const uint8_t may_separate[256] = {
    ['\n'] = 1, ['\t'] = 1, ['\r'] = 1, [':'] = 1, ['\\'] = 1, ['='] = 1};

/* At `at`: its length, or 0 and how many bytes are to be passed over. */
static size_t separator_len(Slice value, size_t at, size_t name_start, Separator *ret,
                            size_t *ret_skip)
{
    char next = at + 1 < value.len ? value.ptr[at + 1] : 0;
    *ret_skip = 1;
    ret->begins_line = true;
    switch (value.ptr[at]) {
    case '\\':
        if (next == '\\') *ret_skip = 2;
        return next == 'r' || next == 'n' || next == 't' ? 2 : 0;
    case ':': ret->begins_line = false; return next == ' ' ? 2 : 0;
    case '=':
        ret->begins_line = false;
        if (name_start > at || !is_name(slice_of(value.ptr + name_start, at - name_start)))
            return 0;
        return next == ' ' ? 2 : 1;
    default: return 1;
    }
}

/* Marks bytes that are below 0x20 or one of : = \ (may_separate and a few more), eight at once; of
 * those marked the first is right. */
static uint64_t separators_in(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t colon = eight ^ (ones * ':'), equals = eight ^ (ones * '='),
             back = eight ^ (ones * '\\');
    uint64_t found = ((eight - ones * ' ') & ~eight) | ((colon - ones) & ~colon) |
                     ((equals - ones) & ~equals) | ((back - ones) & ~back);
    return found & highs;
}

/* The first byte from `from` that may separate, or `stop`. */
static size_t skip_plain(Slice value, size_t from, size_t stop)
{
    while (from + 8 <= stop) {
        uint64_t eight;
        memcpy(&eight, value.ptr + from, sizeof eight);
        uint64_t found = separators_in(eight);
        if (found) from += (size_t)__builtin_ctzll(found) >> 3;
        if (found && may_separate[(unsigned char)value.ptr[from]]) return from;
        from += found ? 1 : 8;
    }
    while (from < stop && !may_separate[(unsigned char)value.ptr[from]])
        from++;
    return from;
}

/* The first separator in [from, stop). name_start: of the line at hand, SIZE_MAX: not at one. */
static Separator find_separator(Slice value, size_t from, size_t stop, size_t name_start)
{
    Separator found = {.at = stop};
    size_t skip;
    while ((from = skip_plain(value, from, stop)) < stop) {
        size_t len = separator_len(value, from, name_start, &found, &skip);
        if (len) {
            found.at = from;
            found.len = len;
            return found;
        }
        if (value.ptr[from] == '=') name_start = SIZE_MAX;
        from += skip;
    }
    return found;
}

typedef struct Span {
    size_t start, end;
} Span;

/* Where the repeats stand in this row's text; spans that overlap an earlier one are left out. */
static void find_spans(const Choice *choice, size_t row, Span *spans)
{
    for (size_t i = 0; i < choice->repeat_count; i++) {
        Slice value = repeat_value(&choice->repeats[i], row);
        spans[i] = (Span){SIZE_MAX, SIZE_MAX};
        if (value.len < REPEAT_BYTES_MIN) continue;
        size_t at = slice_find(choice->values[row], value);
        bool free = at != SLICE_NOT_FOUND;
        for (size_t j = 0; j < i && free; j++)
            free = spans[j].start == SIZE_MAX || at >= spans[j].end ||
                   at + value.len <= spans[j].start;
        if (free) spans[i] = (Span){at, at + value.len};
    }
}

static bool add_slot(TextCut *cut, Slice value, size_t start, size_t end, size_t literal,
                     uint8_t repeat)
{
    if (cut->count == CUT_SLOTS_MAX) return false;
    cut->hash = shape_hash(slice_of(value.ptr + literal, start - literal), cut->hash + repeat);
    cut->slots[cut->count] = (ShapeSlot){(uint32_t)start, (uint32_t)(end - start)};
    cut->repeats[cut->count++] = repeat;
    return true;
}

/* A piece [start, end): blanks at the end of a line, and a full stop before them, stay literal, so
 * that what is before them is seen to be a value of another column. */
static size_t piece_end(Slice value, size_t start, Separator separator)
{
    size_t end = separator.at;
    if (separator.len == 0 || !separator.begins_line) return end;
    while (end > start && value.ptr[end - 1] == ' ')
        end--;
    if (end < separator.at && end > start && value.ptr[end - 1] == '.') end--;
    return end;
}

static size_t next_span(const Choice *choice, const Span *spans, size_t from, size_t *ret_which)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < choice->repeat_count; i++) {
        if (spans[i].start < from || spans[i].start >= first) continue;
        first = spans[i].start;
        *ret_which = i;
    }
    return first;
}

static bool cut_value(const Choice *choice, size_t row, TextCut *cut)
{
    Slice value = choice->values[row];
    Span spans[REPEATS_MAX];
    find_spans(choice, row, spans);
    size_t literal = 0, at = 0, which = 0;
    bool begins_line = false;
    while (at < value.len) {
        size_t span = next_span(choice, spans, at, &which);
        size_t stop = span < value.len ? span : value.len;
        Separator separator = find_separator(value, at, stop, begins_line ? at : SIZE_MAX);
        size_t end = piece_end(value, at, separator);
        if (end > at) {
            if (!add_slot(cut, value, at, end, literal, 0)) return false;
            literal = end;
        }
        at = separator.at + separator.len;
        begins_line = separator.len > 0 && separator.begins_line;
        if (separator.len > 0 || at != span) continue;
        if (!add_slot(cut, value, at, spans[which].end, literal, (uint8_t)(which + 1)))
            return false;
        at = literal = spans[which].end;
    }
    cut->hash = shape_hash(slice_skip(value, literal), cut->hash ^ 1);
    return true;
}

static bool cut_all(Choice *choice)
{
    Encoder *enc = choice->enc;
    choice->cuts = ENC_ARRAY(enc, TextCut, choice->set->count);
    ShapeSlot slots[CUT_SLOTS_MAX];
    uint8_t repeats[CUT_SLOTS_MAX];
    for (size_t row = 0; row < choice->set->count && !enc->error; row++) {
        TextCut cut = {.hash = enc->options->seed, .slots = slots, .repeats = repeats};
        /* a text repeats fields that rows of another shape may not have */
        if (choice->set->shapes) cut.hash += choice->set->shapes[row];
        if (!cut_value(choice, row, &cut)) cut.hash = 0, cut.count = 0;
        cut.slots = ENC_ARRAY(enc, ShapeSlot, cut.count);
        cut.repeats = ENC_ARRAY(enc, uint8_t, cut.count);
        if (enc->error) return false;
        memcpy(cut.slots, slots, cut.count * sizeof *slots);
        memcpy(cut.repeats, repeats, cut.count);
        choice->cuts[row] = cut;
    }
    return !enc->error;
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
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t row = set->parent_rows[i];
        texts_give_cuts(choice->enc, choice->values[row], choice->cuts[row].slots, cuts, count);
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
