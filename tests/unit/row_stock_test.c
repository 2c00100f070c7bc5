/* store/segment/row_stock.h and the small parts that writing stands on: a segment of a stock is the
 * same as one of rows that are read back; which keys may be there. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "base/stripe.h"
#include "os/simulated.h"
#include "store/sealed/fresh_keys.h"
#include "store/segment/raw_slots.h"
#include "store/segment/row_stock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/var/segments"
#define PATH FOLDER "/7.seg"
#define STOCK_BYTES ((size_t)32 << 20)

typedef struct Bench {
    SimulatedOs *machine;
    const Os *os;
    Secret *kek;
    Arena arena;
    Row *rows;
    size_t count;
    RowStock *stock;
    size_t seen, wrong;
} Bench;

/* JSON with escapes, and with what only the tail has; plain text; binary; without raw. */
static Row made_row(size_t i, Arena *arena)
{
    Row row = kit_row(i, arena);
    if (i % 5 == 0) return row;
    Slice raw = {0}, lines = {0};
    row.event.format = EVENT_JSON;
    expect_ok(arena_format(arena, &raw,
                           "{\"n\":%zu,\"path\":\"C:\\\\\\\\dir%zu\\\\\\\\a.txt\",\"text\":"
                           "\"one\\\\ntwo \\\\u3042%zu\"}",
                           i, i % 7, i % 3));
    expect_ok(arena_format(arena, &lines, "first%zu\nsecond%zu\x01", i, i));
    row.event.raw = i % 5 == 4 ? (Slice){0} : raw;
    row.event.fields = NULL;
    row.event.field_count = 0;
    if (i % 5 == 3) row.record.text[RECORD_EVENT_REASON] = lines;
    return row;
}

static Bench bench_make(size_t count)
{
    Bench bench = {.machine = simulated_os_new(5), .arena = arena_make(0), .count = count};
    bench.os = simulated_os_table(bench.machine);
    bench.rows = calloc(count, sizeof *bench.rows);
    for (size_t i = 0; i < count; i++) {
        bench.rows[i] = made_row(i, &bench.arena);
    }
    expect_ok(os_make_folders(bench.os, FOLDER));
    expect_ok(secret_random(bench.os, KEK_BYTES, &bench.kek));
    expect_ok(row_stock_new(bench.os, STOCK_BYTES, &bench.stock));
    return bench;
}

static void bench_done(Bench *bench)
{
    row_stock_free(bench->stock);
    secret_free(bench->kek);
    free(bench->rows);
    arena_done(&bench->arena);
    simulated_os_free(bench->machine);
}

static int add(Bench *bench, size_t i, size_t part)
{
    CLEANUP(buf_done) Buf encoded = buf_make(0);
    Row lean = bench->rows[i];
    memset(lean.key, 0, sizeof lean.key);
    row_encode(&encoded, &lean);
    return row_stock_add(bench->stock, part, &bench->rows[i], bench->rows[i].key,
                         buf_slice(&encoded), i + 1);
}

static SegmentOptions options_of(const Bench *bench)
{
    SegmentOptions options = {.kek = bench->kek};
    options.header.number = 7;
    options.header.first_leaf = 1000;
    options.header.policy = SLICE("year");
    return options;
}

static int check_row(void *context, const Row *row, uint64_t number)
{
    Bench *bench = context;
    Row want = bench->rows[number - 1];
    memset(want.key, 0, sizeof want.key);
    bench->seen++;
    bench->wrong += !kit_same_row(row, &want);
    return 0;
}

static void check_segment(Bench *bench, size_t first, size_t step, const SegmentHeader *header)
{
    CLEANUP(segment_done) Segment *segment = NULL;
    Tree tree = {0};
    Digest leaf;
    if (!expect_ok(segment_open(bench->os, PATH, bench->kek, &segment))) return;
    bench->seen = bench->wrong = 0;
    for (uint32_t i = 0; i < segment_block_count(segment); i++) {
        expect_ok(segment_block_rows(segment, i, check_row, bench));
    }
    for (size_t i = first; i < bench->count; i += step) {
        expect_ok(segment_leaf(segment, &bench->rows[i], i / step, &leaf));
        tree_add(&tree, &leaf);
        const uint8_t none[ROW_KEY_BYTES] = {0};
        bool keyed = memcmp(bench->rows[i].key, none, sizeof none) != 0;
        expect_int(segment_has_key(segment, bench->rows[i].key), keyed);
    }
    Digest root = tree_root(&tree);
    expect_int(bench->seen, (int64_t)tree.count);
    expect_int(bench->wrong, 0);
    expect(memcmp(&root, &header->root, sizeof root) == 0);
    expect_int(header->last_leaf, (int64_t)(1000 + tree.count - 1));
}

static void rows_come_back_of_each_part(void)
{
    Bench bench = bench_make(2000);
    for (size_t i = 0; i < bench.count; i++) {
        if (!expect_ok(add(&bench, i, i % 2))) break;
    }
    expect_int(row_stock_row_count(bench.stock), 2000);
    expect_int(row_stock_part(bench.stock, 1).row_count, 1000);
    expect_int(row_stock_part(bench.stock, 1).last_number, 2000);
    const SegmentOptions options = options_of(&bench);
    for (size_t part = 0; part < 2; part++) {
        SegmentHeader header = {0};
        expect_ok(row_stock_write(bench.stock, part, bench.os, FOLDER, "7.seg", &options, &header));
        check_segment(&bench, part, 2, &header);
    }
    bench_done(&bench);
}

static bool names_a_block(const BlockSet *set)
{
    for (uint32_t i = 0; i < BLOCK_SET_BLOCKS_MAX; i++) {
        if (block_set_has(set, i)) return true;
    }
    return false;
}

/* A text of the tail with control characters: its words are those of the text, not of its escapes.
 */
static void words_of_the_tail_are_found(void)
{
    Bench bench = bench_make(40);
    for (size_t i = 0; i < bench.count; i++) {
        expect_ok(add(&bench, i, 0));
    }
    const SegmentOptions options = options_of(&bench);
    SegmentHeader header;
    expect_ok(row_stock_write(bench.stock, 0, bench.os, FOLDER, "7.seg", &options, &header));
    Segment *segment = NULL;
    expect_ok(segment_open(bench.os, PATH, bench.kek, &segment));
    const Slice words[] = {SLICE("first3"), SLICE("second3"), SLICE("second38"), SLICE("dir4")};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        BlockSet found = {0};
        expect_ok(segment_candidates(segment, words[i], INDEX_WHOLE, &found));
        expect(names_a_block(&found));
    }
    BlockSet found = {0};
    expect_ok(segment_candidates(segment, SLICE("nothere"), INDEX_WHOLE, &found));
    expect(!names_a_block(&found));
    segment_close(segment);
    bench_done(&bench);
}

/* Its key seals once, so a second try is for who reads the rows back. */
static void each_part_is_written_once(void)
{
    Bench bench = bench_make(10);
    for (size_t i = 0; i < bench.count; i++) {
        expect_ok(add(&bench, i, 0));
    }
    const SegmentOptions options = options_of(&bench);
    SegmentHeader header;
    expect(!row_stock_is_written(bench.stock));
    expect_ok(row_stock_write(bench.stock, 0, bench.os, FOLDER, "7.seg", &options, &header));
    expect(row_stock_is_written(bench.stock));
    expect_int(row_stock_write(bench.stock, 0, bench.os, FOLDER, "8.seg", &options, &header),
               -EPERM);
    expect_ok(row_stock_clear(bench.stock));
    expect(!row_stock_is_written(bench.stock));
    expect_int(row_stock_row_count(bench.stock), 0);
    for (size_t i = 0; i < bench.count; i++) {
        expect_ok(add(&bench, i, 0));
    }
    expect_ok(row_stock_write(bench.stock, 0, bench.os, FOLDER, "7.seg", &options, &header));
    check_segment(&bench, 0, 1, &header);
    bench_done(&bench);
}

static void memory_has_its_maximum(void)
{
    Bench bench = bench_make(5000);
    row_stock_free(bench.stock);
    expect_ok(row_stock_new(bench.os, (size_t)1 << 20, &bench.stock));
    int r = 0;
    for (size_t i = 0; i < bench.count && r == 0; i++) {
        r = add(&bench, i, 0);
    }
    expect_int(r, -ENOBUFS);
    bench_done(&bench);
}

/* What raw_slots.h says, byte by byte. */
static bool next_string(Slice raw, size_t *at, Slice *ret)
{
    size_t begin = ++*at;
    for (; *at < raw.len && raw.ptr[*at] != '"'; ++*at) {
        if (raw.ptr[*at] == '\\') ++*at;
    }
    if (*at >= raw.len) return false;
    *ret = slice_of(raw.ptr + begin, *at - begin);
    ++*at;
    return true;
}

static bool is_key(Slice raw, size_t at)
{
    Slice rest = slice_trim(slice_skip(raw, at));
    return rest.len > 0 && rest.ptr[0] == ':';
}

static size_t strings_of(Slice raw, Slice *to)
{
    size_t count = 0, at = 0;
    Slice text;
    while (at < raw.len) {
        if (raw.ptr[at] != '"') {
            at++;
        } else if (!next_string(raw, &at, &text)) {
            break;
        } else if (!is_key(raw, at)) {
            to[count++] = text;
        }
    }
    return count;
}

static void strings_are_cut_as_the_format_says(void)
{
    static const char letters[] = "\"\"\"\\\\#${:, [";
    uint64_t seed = 7;
    for (size_t round = 0; round < 20000; round++) {
        char bytes[300] = "{";
        size_t len = 1 + round % 290;
        for (size_t i = 1; i < len; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            size_t few = round % 3 ? sizeof letters - 1 : 6; /* the more backslashes and quotes */
            bytes[i] = letters[(seed >> 33) % few];
        }
        RawSlots slots;
        Slice want[300];
        const Slice raw = slice_of(bytes, len);
        expect_ok(raw_slots_find(raw, NULL, &slots));
        size_t count = strings_of(raw, want), found = 0;
        for (uint32_t i = 0; i < slots.count; i++) {
            bool is_string = slots.values[i].ptr[-1] == '"';
            if (!is_string) continue;
            if (!expect(found < count && slots.values[i].ptr == want[found].ptr &&
                        slots.values[i].len == want[found].len)) {
                return;
            }
            found++;
        }
        if (!expect_int(found, (int64_t)count)) return;
    }
}

static void stripes_say_what_each_byte_is(void)
{
    uint64_t seed = 3;
    bool after = false, escaped = false;
    for (size_t round = 0; round < 20000; round++) {
        char bytes[STRIPE_BYTES];
        size_t len = round % 9 ? STRIPE_BYTES : round % STRIPE_BYTES;
        for (size_t i = 0; i < STRIPE_BYTES; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            bytes[i] = seed >> 63 ? '\\' : (char)(seed >> 40);
        }
        const Stripe stripe = stripe_load(bytes, len);
        uint64_t escapes = stripe_escapes(stripe_equal(&stripe, '\\'), &after), want = 0;
        uint64_t low = stripe_at_most(&stripe, '\r'), want_low = 0, want_high = 0;
        for (size_t i = 0; i < STRIPE_BYTES; i++) {
            char c = i < len ? bytes[i] : 0;
            bool begins = c == '\\' && !escaped;
            escaped = begins;
            want |= (uint64_t)begins << i;
            want_low |= (uint64_t)((unsigned char)c <= '\r') << i;
            want_high |= (uint64_t)(c == (char)0xff) << i;
        }
        if (!expect(escapes == want && low == want_low)) return;
        if (!expect(stripe_equal(&stripe, (char)0xff) == want_high)) return;
    }
}

static void fill_key(uint8_t key[ROW_KEY_BYTES], uint64_t number)
{
    const uint64_t words[2] = {number * 0x9e3779b97f4a7c15u, number ^ 0xc2b2ae3d27d4eb4fu};
    memcpy(key, words, sizeof words);
}

static void fresh_keys_are_known(void)
{
    FreshKeys keys = {.seed = {11, 13}};
    uint8_t key[ROW_KEY_BYTES];
    const uint64_t count = FRESH_FILTER_KEYS + 1000; /* into a second filter */
    expect(fresh_keys_first_row(&keys) == UINT64_MAX);
    fill_key(key, 1);
    expect(!fresh_keys_may_have(&keys, key));
    for (uint64_t i = 0; i < count; i++) {
        fill_key(key, i);
        fresh_keys_add(&keys, key, 100 + i);
    }
    expect_int(fresh_keys_first_row(&keys), 100);
    uint64_t missing = 0, wrong = 0;
    for (uint64_t i = 0; i < count; i++) {
        fill_key(key, i);
        missing += !fresh_keys_may_have(&keys, key);
        fill_key(key, i + 2 * count);
        wrong += fresh_keys_may_have(&keys, key);
    }
    expect_int(missing, 0);
    expect(wrong < count / 50);
    for (uint64_t i = 0; i < FRESH_FILTERS_MAX * FRESH_FILTER_KEYS; i++) {
        fill_key(key, i + 5 * count);
        fresh_keys_add(&keys, key, 100 + count + i);
    }
    expect_int(keys.filter_count, FRESH_FILTERS_MAX);
    expect(fresh_keys_first_row(&keys) > 100); /* the oldest are forgotten, and that is said */
    fresh_keys_done(&keys);
}

static const TapTest tests[] = {
    TAP_TEST(rows_come_back_of_each_part),
    TAP_TEST(words_of_the_tail_are_found),
    TAP_TEST(each_part_is_written_once),
    TAP_TEST(memory_has_its_maximum),
    TAP_TEST(strings_are_cut_as_the_format_says),
    TAP_TEST(stripes_say_what_each_byte_is),
    TAP_TEST(fresh_keys_are_known),
};
TAP_MAIN(tests)
