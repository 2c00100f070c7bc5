/* Where pieces of a row meet: can the text that is looked for begin in one and end in the next? */
#include "base/fold_int.h"
#include "store/columns/columns_find_int.h"

#include <stdlib.h>

#define EDGE_ROOM_BYTES (4 * COLUMNS_FIND_BYTES + 24) /* fold to COLUMNS_FIND_BYTES at least */

static bool is_ascii(char c)
{
    return !((unsigned char)c & 0x80);
}

static unsigned char ascii_key(const ColumnsFind *find, char c)
{
    return find->how == COLUMNS_FOLDED ? small_ascii((unsigned char)c) : (unsigned char)c;
}

EdgeBits edge_of_begin(const ColumnsFind *find, Slice value)
{
    char room[EDGE_ROOM_BYTES];
    if (value.len == 0) return EDGE_ALL | EDGE_TOUCHES;
    if (is_ascii(value.ptr[0]) && !find->begins_with[ascii_key(find, value.ptr[0])]) return 0;
    bool goes_on = ((unsigned char)value.ptr[0] & 0xc0) == 0x80 || fold_mark_at(value);
    EdgeBits bits = goes_on && find->how != COLUMNS_ESCAPE ? EDGE_TOUCHES : 0;
    Slice folded = slice_of(room, find_fold(find, room, slice_first(value, sizeof room)));
    EdgeBits left = folded.len ? find->begins_with[(unsigned char)room[0]] : EDGE_ALL;
    for (; left; left &= left - 1) {
        unsigned k = (unsigned)__builtin_ctzll(left);
        Slice rest = slice_skip(find->needle, k);
        size_t len = rest.len < folded.len ? rest.len : folded.len;
        if (memcmp(rest.ptr, folded.ptr, len) == 0) bits |= (EdgeBits)1 << k;
    }
    return bits;
}

EdgeBits edge_of_end(const ColumnsFind *find, Slice value)
{
    char room[EDGE_ROOM_BYTES];
    if (value.len == 0) return EDGE_ALL | EDGE_TOUCHES;
    char last = value.ptr[value.len - 1];
    if (is_ascii(last) && !find->ends_with[ascii_key(find, last)]) return 0;
    if (find->how == COLUMNS_ESCAPE && !find_escape_begins(value, value.len - 1)) return 0;
    EdgeBits bits = is_ascii(last) ? 0 : EDGE_TOUCHES;
    size_t from = value.len > sizeof room ? value.len - sizeof room : 0;
    while (from > 0 && from < value.len && ((unsigned char)value.ptr[from] & 0xc0) == 0x80)
        from++;
    Slice folded = slice_of(room, find_fold(find, room, slice_skip(value, from)));
    EdgeBits left = folded.len ? find->ends_with[(unsigned char)room[folded.len - 1]] : EDGE_ALL;
    for (; left; left &= left - 1) {
        unsigned k = (unsigned)__builtin_ctzll(left);
        size_t len = k < folded.len ? k : folded.len;
        if (memcmp(find->needle.ptr + k - len, folded.ptr + folded.len - len, len) == 0)
            bits |= (EdgeBits)1 << k;
    }
    return bits;
}

static EdgeBits edge_of(const ColumnsFind *find, Slice value, bool at_end)
{
    return at_end ? edge_of_end(find, value) : edge_of_begin(find, value);
}

/* Of a column whose bytes are known: one that has none of those that would stand at the edge. */
static bool edge_lacks(const ColumnsFind *find, const DecColumn *column, bool at_end)
{
    bool has[256];
    const EdgeBits *bits = at_end ? find->ends_with : find->begins_with;
    if (column->loaded || !alphabet_of(column, has)) return false;
    for (unsigned byte = 0; byte < 256; byte++)
        if (has[byte] && bits[byte]) return false;
    return true;
}

static EdgeBits *edge_room(uint32_t count)
{
    return calloc((size_t)count + 1, sizeof(EdgeBits));
}

static int value_edges(ColumnsFind *find, const DecColumn *column, bool at_end, EdgeBits *edges)
{
    uint32_t count = find->block->sets[column->set].count;
    EdgeBits *values = edges, any = 0;
    if (column->kind == KIND_DICTIONARY) values = edge_room(column->value_count);
    if (!values) return -ENOMEM;
    for (uint32_t i = 0; i < column->value_count; i++)
        any |= values[i] = edge_of(find, column->values[i], at_end);
    for (uint32_t i = 0; i < count && any && column->kind == KIND_DICTIONARY; i++)
        edges[i] = values[dec_code(column, i)];
    for (uint32_t i = 1; i < count && column->kind == KIND_CONSTANT; i++)
        edges[i] = edges[0];
    if (values != edges) free(values);
    return 0;
}

/* The first or the last piece of each variant. A text that goes on beyond it stays possible. */
static int variant_edges(ColumnsFind *find, const DecVariant *variant, bool at_end, EdgeBits *edges)
{
    Columns *block = find->block;
    const DecSet *set = &block->sets[variant->set];
    const EdgeBits *inner = NULL;
    EdgeBits all = EDGE_ALL | EDGE_TOUCHES;
    uint32_t from = UINT32_MAX;
    if (variant->piece_count > 0) {
        const DecPiece *piece = &variant->pieces[at_end ? variant->piece_count - 1 : 0];
        from = piece->column;
        if (from == UINT32_MAX) all = edge_of(find, piece->literal, at_end);
    }
    if (from != UINT32_MAX) {
        int r = edges_of_column(find, from, at_end, &inner);
        if (r < 0 || !inner) return r;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t row = inner ? dec_row_in(block, variant->set, block->columns[from].set, i) : 0;
        edges[set->parent_rows[i]] = inner ? inner[row] : all;
    }
    return 0;
}

static int choice_edges(ColumnsFind *find, const DecColumn *column, bool at_end, EdgeBits *edges)
{
    int r = 0;
    for (uint32_t v = 0; v < column->variant_count && r == 0; v++) {
        r = dec_load_set(find->block, column->variants[v].set);
        if (r == 0) r = variant_edges(find, &column->variants[v], at_end, edges);
    }
    return r;
}

int edges_of_column(ColumnsFind *find, uint32_t id, bool at_end, const EdgeBits **ret)
{
    FoundColumn *found = &find->columns[id];
    DecColumn *column = &find->block->columns[id];
    if (find->escapes) return edges_of_column(find->escapes, id, at_end, ret);
    *ret = found->edges[at_end];
    if (found->edge_looked[at_end]) return 0;
    found->edge_looked[at_end] = true;
    if (edge_lacks(find, column, at_end)) return 0;
    int r = dec_load_column(find->block, id);
    if (r < 0) return r;
    uint32_t count = find->block->sets[column->set].count;
    uint32_t room =
        column->kind == KIND_CHOICE || column->value_count < count ? count : column->value_count;
    EdgeBits *edges = edge_room(room), any = 0;
    if (!edges) return -ENOMEM;
    r = column->kind == KIND_CHOICE ? choice_edges(find, column, at_end, edges)
                                    : value_edges(find, column, at_end, edges);
    for (uint32_t i = 0; i < count && r == 0; i++)
        any |= edges[i];
    if (r == 0 && any) {
        Slice kept;
        r = arena_copy(find->arena, slice_of(edges, count * sizeof *edges), &kept);
        if (r == 0) *ret = found->edges[at_end] = (const EdgeBits *)(const void *)kept.ptr;
    }
    free(edges);
    return r;
}
