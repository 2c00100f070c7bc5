/* Shapes to columns. Shapes whose slots mostly have the same names (the same event with its keys in
 * another order, or one key more) are a family: they share their columns. */
#include "store/columns/columns_enc.h"

#include "store/columns/shape_path.h"

#define FAMILY_LIKE 5 /* tenths of the larger one's slots that both have */

typedef struct Shape {
    uint32_t first; /* row */
    uint32_t count; /* rows */
    uint32_t family;
    uint64_t *keys;  /* of each slot: hash of its name, and how often it came before */
    uint32_t *slots; /* of each slot: the family's column */
} Shape;

typedef struct Family {
    uint64_t *keys;
    uint32_t key_count, shape_count, row_count;
} Family;

typedef struct Families {
    EncBlock *block;
    Encoder *enc;
    Shape *shapes;
    Family *families;
    uint32_t family_count;
} Families;

static bool is_taken(const uint64_t *keys, uint32_t count, uint64_t key)
{
    for (uint32_t i = 0; i < count; i++)
        if (keys[i] == key) return true;
    return false;
}

static void find_keys(Families *all, Shape *shape)
{
    const EncCut *cut = &all->block->cuts[shape->first];
    const char *row = all->block->rows[shape->first].ptr;
    ShapePath path = {.len = 0};
    size_t at = 0;
    for (uint32_t slot = 0; slot < cut->count; slot++) {
        size_t start = cut->slots[slot].start;
        shape_path_literal(&path, slice_of(row + at, start - at), slot > 0);
        at = start + cut->slots[slot].len;
        uint64_t key = shape_hash(slice_of(path.text, path.len), all->enc->options->seed);
        while (is_taken(shape->keys, slot, key))
            key++;
        shape->keys[slot] = key;
    }
}

/* Where the family has the key, or UINT32_MAX. */
static uint32_t place_of(const Family *family, uint64_t key)
{
    for (uint32_t i = 0; i < family->key_count; i++)
        if (family->keys[i] == key) return i;
    return UINT32_MAX;
}

static bool like(const Family *family, const Shape *shape, uint32_t slots)
{
    uint32_t common = 0;
    for (uint32_t slot = 0; slot < slots; slot++)
        common += place_of(family, shape->keys[slot]) != UINT32_MAX;
    uint32_t larger = slots > family->key_count ? slots : family->key_count;
    return common * 10 >= larger * FAMILY_LIKE && larger < SHAPE_SLOTS_MAX;
}

static void join(Families *all, Shape *shape, uint32_t id)
{
    const EncCut *cut = &all->block->cuts[shape->first];
    Family *family = &all->families[id];
    if (!family->keys) family->keys = ENC_ARRAY(all->enc, uint64_t, 2 * SHAPE_SLOTS_MAX);
    if (all->enc->error) return;
    shape->family = id;
    family->shape_count++;
    family->row_count += shape->count;
    for (uint32_t slot = 0; slot < cut->count; slot++) {
        uint32_t place = place_of(family, shape->keys[slot]);
        if (place == UINT32_MAX) {
            place = family->key_count++;
            family->keys[place] = shape->keys[slot];
        }
        shape->slots[slot] = place;
    }
}

static void find_families(Families *all)
{
    EncBlock *block = all->block;
    all->shapes = ENC_ARRAY(all->enc, Shape, block->shapes);
    all->families = ENC_ARRAY(all->enc, Family, block->shapes);
    if (all->enc->error) return;
    for (uint32_t row = block->all.count; row-- > 0;) {
        all->shapes[block->codes[row]].first = row;
        all->shapes[block->codes[row]].count++;
    }
    for (uint32_t i = 0; i < block->shapes && !all->enc->error; i++) {
        Shape *shape = &all->shapes[i];
        const EncCut *cut = &block->cuts[shape->first];
        bool json = cut->mode == SHAPE_JSON;
        shape->keys = ENC_ARRAY(all->enc, uint64_t, cut->count);
        shape->slots = ENC_ARRAY(all->enc, uint32_t, cut->count);
        if (all->enc->error) return;
        if (json)
            find_keys(all, shape);
        else
            for (uint32_t slot = 0; slot < cut->count; slot++)
                shape->keys[slot] = slot;
        uint32_t id = 0;
        while (id < all->family_count && !(json && like(&all->families[id], shape, cut->count)))
            id++;
        if (id == all->family_count) all->family_count++;
        join(all, shape, id);
    }
}

/* Values of the family's columns; where a row's shape has no such slot, the value of the row before
 * stands, which costs least and is not looked at. */
static EncSource *family_sources(Families *all, const Family *family, const EncSet *set)
{
    Encoder *enc = all->enc;
    EncSource *sources = ENC_ARRAY(enc, EncSource, family->key_count);
    Slice *values = ENC_ARRAY(enc, Slice, (size_t)family->key_count * set->count);
    if (enc->error) return NULL;
    for (uint32_t key = 0; key < family->key_count; key++)
        sources[key].values = values + (size_t)key * set->count;
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t row = set->parent_rows[i];
        const char *raw = all->block->rows[row].ptr;
        const EncCut *cut = &all->block->cuts[row];
        const Shape *shape = &all->shapes[all->block->codes[row]];
        for (uint32_t slot = 0; slot < cut->count; slot++)
            values[(size_t)shape->slots[slot] * set->count + i] =
                slice_of(raw + cut->slots[slot].start, cut->slots[slot].len);
    }
    for (uint32_t key = 0; key < family->key_count && family->shape_count > 1; key++) {
        Slice *column = values + (size_t)key * set->count;
        uint32_t first = 0;
        while (!column[first].ptr)
            first++;
        for (uint32_t i = 0; i < set->count; i++)
            if (!column[i].ptr) column[i] = column[i < first ? first : i - 1];
    }
    return sources;
}

/* Words across the cuts of a shape's rows. rows: of the set; NULL: all of it. */
static void give_cuts(const Families *all, const Shape *shape, const EncSet *set,
                      const uint32_t *rows, uint32_t count)
{
    const EncBlock *block = all->block;
    const EncCut *first = &block->cuts[shape->first];
    size_t cuts[2 * SHAPE_SLOTS_MAX];
    size_t cut_count = texts_open_cuts(block->rows[shape->first], first->slots, first->count, cuts);
    if (!all->enc->options->texts.take || cut_count == 0) return;
    Slice last[2 * SHAPE_SLOTS_MAX];
    memset(last, 0, cut_count * sizeof *last);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = set->parent_rows[rows ? rows[i] : i];
        texts_give_cuts(all->enc, block->rows[row], block->cuts[row].slots, cuts, cut_count, last);
    }
}

static void add_shape(Families *all, const Shape *shape, const EncSource *sources,
                      PieceWriter *pieces)
{
    const EncCut *cut = &all->block->cuts[shape->first];
    Slice row = all->block->rows[shape->first];
    size_t at = 0;
    for (uint32_t slot = 0; slot < cut->count; slot++) {
        pieces_add_literal(pieces, slice_of(row.ptr + at, cut->slots[slot].start - at));
        pieces_add_column(pieces, sources[shape->slots[slot]].column);
        at = cut->slots[slot].start + cut->slots[slot].len;
    }
    pieces_add_literal(pieces, slice_skip(row, at));
}

/* Shapes of the family in their order, and each row's among them. NULL: error. */
static uint32_t *family_shapes(Families *all, const EncSet *set, uint32_t id, Shape **shapes)
{
    uint32_t count = 0;
    uint32_t *number = ENC_ARRAY(all->enc, uint32_t, all->block->shapes);
    uint32_t *codes = ENC_ARRAY(all->enc, uint32_t, set->count);
    if (all->enc->error) return NULL;
    for (uint32_t i = 0; i < all->block->shapes; i++) {
        if (all->shapes[i].family != id) continue;
        number[i] = count;
        shapes[count++] = &all->shapes[i];
    }
    for (uint32_t i = 0; i < set->count; i++)
        codes[i] = number[all->block->codes[set->parent_rows[i]]];
    return codes;
}

static void write_family(Families *all, uint32_t id, EncSet *set, PieceWriter *pieces)
{
    Encoder *enc = all->enc;
    const Family *family = &all->families[id];
    Shape *shapes[COLUMNS_SHAPES_MAX + 1];
    uint32_t *codes = family_shapes(all, set, id, shapes);
    EncSource *sources = family_sources(all, family, set);
    if (enc->error) return;
    const EncColumn *choices = NULL;
    if (family->shape_count > 1) set->shapes = codes;
    if (family->shape_count > 1) choices = choice_codes_write(enc, set, codes, family->shape_count);
    /* rows that were cut in no way have nothing in common: zstd alone does better */
    SourcesWish wish = {.with_constants = true,
                        .may_cut = all->block->cuts[shapes[0]->first].mode != SHAPE_WHOLE};
    sources_write(enc, set, sources, family->key_count, wish);
    if (!choices) {
        if (!enc->error) add_shape(all, shapes[0], sources, pieces);
        if (!enc->error) give_cuts(all, shapes[0], set, NULL, set->count);
        return;
    }
    CLEANUP(pieces_done) PieceWriter inner = {.enc = enc};
    for (uint32_t i = 0; i < family->shape_count && !enc->error; i++) {
        uint32_t count = 0;
        uint32_t *rows = enc_rows_of(enc, codes, set->count, i, &count);
        EncSet *rows_set = rows ? enc_set_add(enc, set, choices, i, rows, count) : NULL;
        if (!rows_set) return;
        add_shape(all, shapes[i], sources, &inner);
        give_cuts(all, shapes[i], set, rows, count);
        pieces_end(&inner, rows_set);
    }
    if (!enc->error) pieces_add_column(pieces, pieces_write(&inner, choices, set));
}

void families_write(EncBlock *block)
{
    Encoder *enc = block->enc;
    Families all = {.block = block, .enc = enc};
    find_families(&all);
    uint32_t *codes = ENC_ARRAY(enc, uint32_t, block->all.count);
    if (enc->error) return;
    for (uint32_t i = 0; i < block->all.count; i++)
        codes[i] = all.shapes[block->codes[i]].family;
    const EncColumn *choices = choice_codes_write(enc, &block->all, codes, all.family_count);
    CLEANUP(pieces_done) PieceWriter pieces = {.enc = enc};
    for (uint32_t id = 0; id < all.family_count && !enc->error; id++) {
        uint32_t count = 0;
        uint32_t *rows = enc_rows_of(enc, codes, block->all.count, id, &count);
        EncSet *set = rows ? enc_set_add(enc, &block->all, choices, id, rows, count) : NULL;
        if (!set) return;
        write_family(&all, id, set, &pieces);
        pieces_end(&pieces, set);
    }
    if (!enc->error) pieces_write(&pieces, choices, &block->all);
}
