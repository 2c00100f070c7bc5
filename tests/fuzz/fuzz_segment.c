/* Parts of sealed segments, as they are behind their seals. First byte: 0 a block to read; 1 raw
 * bytes and values of a row, which must come back; 2 rows of the store's kit, whose block is
 * changed at one place (two bytes: where; one: how) and read; 3 the fences of keys, then a piece; 4
 * a directory, and what numbers it gives; 5 that of a re-packed file. */
#include "base/check.h"
#include "base/number.h"
#include "store/segment/row_recipe.h"
#include "store/segment/segment_head.h"
#include "store/segment/segment_keys.h"
#include "tests/support/store_kit.h"

#define KIT_ROWS 24
#define VALUES_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* All of each row is read, and its key made again where its mark says how. */
static void read_block(Slice bytes, uint32_t rows)
{
    Buf text = buf_make(0), plain = buf_make(0);
    OpenBlock *block = NULL;
    buf_add_slice(&plain, bytes);
    int r = open_block_new(&plain, rows, &block);
    for (uint32_t i = 0; i < rows && r == 0; i++) {
        uint8_t key[ROW_KEY_BYTES];
        Row row;
        r = open_block_row(block, i, &row);
        if (r < 0) break;
        buf_clear(&text);
        segment_row_bytes(&text, &row);
        unsigned mark = open_block_mark(block, i);
        CHECK(mark <= MARK_MAX);
        if (mark) segment_marked_key(&text, &row, mark, key);
    }
    open_block_free(block);
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
    RecipeRow cut = {.row = &row};
    Recipe recipe, read;
    Buf coded = buf_make(0), tail = buf_make(0);
    Row got = {.event = {.raw = row.event.raw, .time_ns = 5}};
    CHECK(raw_slots_find(row.event.raw, &arena, &cut.slots) == 0);
    CHECK(recipe_make(&cut, &arena, &recipe) == 0);
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

static int kit_get(void *context, size_t index, Arena *arena, Row *ret, uint64_t *ret_number)
{
    (void)arena;
    *ret = ((const Row *)context)[index];
    *ret_number = index;
    return 0;
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
        order[i] = (GroupedRow){.rank = i};
    }
    IndexBuilder *index = index_builder_new(INDEX_BUILDER_BYTES_MIN, 1);
    const SegmentRows source = {KIT_ROWS, kit_get, rows};
    uint8_t marks[KIT_ROWS];
    memset(marks, (uint8_t)bytes.ptr[3] % (MARK_MAX + 1), sizeof marks);
    const BlockInput input = {.rows = &source,
                              .order = order,
                              .marks = bytes.ptr[3] & 1 ? marks : NULL,
                              .count = KIT_ROWS,
                              .seed = 1,
                              .index = index};
    SegmentWorkspace *writer = segment_workspace_new(1);
    CHECK(index && writer && block_writer_encode(writer, &input, &plain) == 0);
    plain.ptr[read_le16(bytes.ptr) % plain.len] ^= bytes.ptr[2];
    read_block(buf_slice(&plain), KIT_ROWS);
    segment_workspace_free(writer);
    index_builder_free(index);
    buf_done(&plain);
    arena_done(&arena);
}

/* First a byte: how many the fences are. */
static void read_keys(Slice bytes)
{
    Arena arena = arena_make((size_t)16 << 20);
    KeyFences fences;
    uint32_t piece;
    size_t fence_bytes = (uint8_t)bytes.ptr[0];
    Slice rest = slice_skip(bytes, 1);
    if (keys_read_fences(slice_first(rest, fence_bytes), &arena, &fences) == 0) {
        Slice first = slice_skip(rest, fence_bytes);
        for (uint64_t print = 1; print != 0; print <<= 3) {
            if (!keys_find_piece(&fences, print, &piece)) continue;
            CHECK(piece < fences.piece_count && fences.first[piece] <= print);
            (void)!keys_piece_has(&fences, piece, first, print);
            (void)!keys_piece_has(&fences, piece, first, fences.first[piece] + 1);
        }
    }
    arena_done(&arena);
}

static void read_members(const SegmentDirectory *directory)
{
    uint64_t rank;
    for (size_t i = 0; i < directory->member_count; i++) {
        const SegmentMember *member = &directory->members[i];
        if (member->numbers.rows == 0) continue;
        uint64_t number = number_runs_at(&member->numbers, member->numbers.rows / 2);
        CHECK(members_find(directory, number, &rank) != NULL);
    }
}

static void read_directory(Slice bytes, bool repacked)
{
    Arena arena = arena_make((size_t)64 << 20);
    SegmentDirectory directory = {0};
    uint64_t rank;
    if (directory_parse(bytes, &arena, repacked, &directory) == 0) {
        read_members(&directory);
        const NumberRuns *numbers = &directory.numbers;
        uint64_t step = numbers->rows / 64 + 1;
        for (uint64_t i = 0; i < numbers->rows; i += step) {
            CHECK(number_runs_find(numbers, number_runs_at(numbers, i), &rank) == 0 && rank == i);
        }
    }
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
    case 3: read_keys(rest); break;
    case 4: read_directory(rest, false); break;
    case 5: read_directory(rest, true); break;
    default: break;
    }
    return 0;
}
