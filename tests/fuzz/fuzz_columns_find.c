/* Text looked for in the columns of a block against the rows themselves: what is sure must be so,
 * and what is there must be found. First byte: length of the text looked for (1 to 16), then it,
 * then the rows (lines), each of which may end in a tail of JSON behind a byte 1. With
 * FOLLOWED in the first byte it is a regular expression, if it can be one. */
#include "base/check.h"
#include "base/fold.h"
#include "store/columns/columns_find.h"
#include "store/columns/columns_follow.h"

#define ROWS_MAX 512
#define FOLLOWED 16u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool holds(Slice text, Slice needle, ColumnsFindHow how)
{
    return how == COLUMNS_FOLDED ? fold_contains(text, needle) : fold_contains_case(text, needle);
}

static void check_find(Columns *block, const Slice *rows, Slice needle, ColumnsFindHow how)
{
    Arena arena = arena_make((size_t)64 << 20);
    ColumnsFind *find;
    CHECK(columns_find_new(block, needle, how, &arena, &find) == 0);
    for (size_t shape = 0; shape < columns_shape_count(block); shape++) {
        const uint32_t *places;
        const uint8_t *marks = NULL;
        size_t count;
        CHECK(columns_shape_rows(block, shape, &places, &count) == 0);
        CHECK(columns_find_shape(find, shape, 0, UINT32_MAX, 0, &marks) == 0);
        for (size_t i = 0; i < count; i++) {
            uint8_t mark = marks ? marks[i] : COLUMNS_NO;
            bool is_there = holds(rows[places[i]], needle, how);
            CHECK(is_there ? mark != COLUMNS_NO : mark != COLUMNS_YES);
        }
    }
    arena_done(&arena);
}

static void check_follow(Columns *block, const Slice *rows, Slice pattern)
{
    Arena arena = arena_make((size_t)64 << 20);
    Complaint complaint = {0};
    Regex *regex;
    size_t where;
    int r = regex_make(pattern, &arena, &regex, &where, &complaint);
    size_t shapes = r == 0 && regex_can_follow(regex) ? columns_shape_count(block) : 0;
    for (size_t shape = 0; shape < shapes; shape++) {
        const uint32_t *places;
        uint8_t *marks;
        size_t count;
        CHECK(columns_shape_rows(block, shape, &places, &count) == 0);
        CHECK(columns_follow(block, regex, shape, UINT32_MAX, 0, &arena, &marks) == 0);
        for (size_t i = 0; i < count; i++) {
            bool matches = regex_matches(regex, rows[places[i]]);
            CHECK(matches ? marks[i] != COLUMNS_NO : marks[i] != COLUMNS_YES);
        }
    }
    arena_done(&arena);
}

static size_t cut_rows(Slice text, Slice *rows, uint32_t *tails)
{
    size_t count = 0;
    while (count < ROWS_MAX && text.len > 0) {
        size_t end = slice_find_char(text, '\n');
        rows[count] = slice_first(text, end);
        size_t tail = slice_find_char(rows[count], 1);
        tails[count] = tail == SLICE_NOT_FOUND ? 0 : (uint32_t)(rows[count].len - tail);
        count++;
        text = slice_skip(text, end == SLICE_NOT_FOUND ? text.len : end + 1);
    }
    return count;
}

/* What is loose is given back in between. */
static void check_block(Columns *block, Arena *loose, const Slice *rows, Slice typed)
{
    char folded[16], cased[16];
    check_find(block, rows, slice_of(folded, fold_text(folded, typed)), COLUMNS_FOLDED);
    columns_forget(block);
    arena_done(loose);
    check_find(block, rows, slice_of(cased, fold_text_case(cased, typed)), COLUMNS_CASED);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static Slice rows[ROWS_MAX];
    static uint32_t tails[ROWS_MAX];
    if (len < 3) return 0;
    Slice typed = slice_of(bytes + 1, 1 + bytes[0] % 16);
    if (typed.len > len - 1) return 0;
    size_t count = cut_rows(slice_of(bytes + 1 + typed.len, len - 1 - typed.len), rows, tails);
    CLEANUP(buf_done) Buf out = buf_make(0);
    CLEANUP(arena_done) Arena arena = arena_make(0);
    CLEANUP(arena_done) Arena loose = arena_make(0);
    const ColumnsRoom room = {&arena, &loose, (size_t)64 << 20, 0};
    const ColumnsInput input = {.rows = rows, .row_count = count};
    const ColumnsOptions options = {.level = 1, .tails = tails};
    Columns *block;
    CHECK(columns_encode(&input, &options, &out) == 0);
    CHECK(columns_open_parted(buf_slice(&out), &room, &block) == 0);
    if (bytes[0] & FOLLOWED)
        check_follow(block, rows, typed);
    else
        check_block(block, &loose, rows, typed);
    columns_rest(block);
    return 0;
}
