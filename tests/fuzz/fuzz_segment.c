/* Parts of sealed segments, as they are behind their seals. First byte: 0 a block to read; 1 raw
 * bytes and values of a row, which must come back; 2 rows of the store's kit, whose block is
 * changed at one place (two bytes: where; one: how) and read. */
#include "base/check.h"
#include "base/number.h"
#include "store/segment/row_recipe.h"
#include "store/segment/segment_int.h"
#include "tests/support/store_kit.h"

#define KIT_ROWS 24
#define VALUES_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static int pass_row(void *context, const Row *row, uint64_t number)
{
    (void)number;
    Buf *text = context;
    buf_clear(text);
    segment_row_bytes(text, row); /* reads all of it */
    return 0;
}

static void read_block(Slice plain, uint32_t rows)
{
    Buf text = buf_make(0);
    (void)!segment_block_decode(plain, rows, pass_row, &text);
    buf_done(&text);
}

/* Raw, then values, with a zero byte behind each. */
static void row_comes_back(Slice bytes)
{
    Arena arena = arena_make((size_t)64 << 20);
    Field fields[VALUES_MAX] = {0};
    Row row = {.event = {.fields = fields, .time_ns = 5}, .record = {.time_ns = 5, .count = 1}};
    row.record.end_ns = TIME_UNKNOWN;
    Slice value;
    (void)slice_cut(&bytes, 0, &row.event.raw);
    while (row.event.field_count < VALUES_MAX && slice_cut(&bytes, 0, &value)) {
        fields[row.event.field_count++] = (Field){SLICE("name"), value, FIELD_TEXT};
        row.record.text[row.event.field_count] = slice_skip(value, value.len / 2);
    }
    RecipeRow cut;
    Recipe recipe, read;
    Buf coded = buf_make(0), tail = buf_make(0);
    Row got = {.event = {.raw = row.event.raw, .time_ns = 5}};
    CHECK(recipe_row(&row, &arena, &cut) == 0 && recipe_make(&cut, &arena, &recipe) == 0);
    CHECK(recipe_fits(&recipe, &cut));
    recipe_add(&coded, &recipe);
    recipe_tail_add(&tail, &recipe, &row);
    Slice rest = buf_slice(&coded);
    CHECK(recipe_take(&rest, &arena, &read) == 0 && rest.len == 0);
    CHECK(memchr(tail.ptr, '\n', tail.len) == NULL);
    CHECK(recipe_apply(&read, buf_slice(&tail), &arena, &got) == 0);
    CHECK(kit_same_row(&got, &row));
    buf_done(&coded);
    buf_done(&tail);
    arena_done(&arena);
}

static void changed_block(Slice bytes)
{
    if (bytes.len < 4) return;
    Arena arena = arena_make(0);
    Buf plain = buf_make(0);
    Row rows[KIT_ROWS];
    GroupedRow order[KIT_ROWS];
    for (uint32_t i = 0; i < KIT_ROWS; i++) {
        rows[i] = kit_row(i + (uint8_t)bytes.ptr[3], &arena);
        order[i] = (GroupedRow){0, i, 0};
    }
    IndexBuilder *index = index_builder_new(INDEX_BUILDER_BYTES_MIN, 1);
    const BlockInput input = {
        .rows = rows, .order = order, .count = KIT_ROWS, .seed = 1, .index = index};
    CHECK(index && segment_block_encode(&input, &plain) == 0);
    plain.ptr[read_le16(bytes.ptr) % plain.len] ^= bytes.ptr[2];
    read_block(buf_slice(&plain), KIT_ROWS);
    index_builder_free(index);
    buf_done(&plain);
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2) return 0;
    Slice rest = slice_of(bytes + 1, len - 1);
    switch (bytes[0]) {
    case 0: read_block(slice_skip(rest, 1), (uint8_t)rest.ptr[0]); break;
    case 1: row_comes_back(rest); break;
    case 2: changed_block(rest); break;
    default: break;
    }
    return 0;
}
