/* store/segment/segment.h: the blocks that are named for a text miss none that has it, of our own
 * rows and of the corpus. */
#include "tests/support/segment_bench.h"
#include "tests/support/tap.h"

#include "base/fold.h"
#include "collect/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static bool row_holds(const Row *row, Slice needle)
{
    bool is_line = row->event.format == EVENT_TEXT || row->event.format == EVENT_SYSLOG;
    if (fold_contains(row->origin, needle)) return true;
    if (is_line && fold_contains(row->event.raw, needle)) return true;
    for (size_t i = 0; i < row->event.field_count; i++) {
        if (fold_contains(row->event.fields[i].value, needle)) return true;
    }
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (fold_contains(row->record.text[i], needle)) return true;
    }
    return false;
}

typedef struct Seeking {
    Slice needle;
    bool found;
} Seeking;

static int seek_row(void *context, const Row *row, uint64_t number)
{
    Seeking *seeking = context;
    (void)number;
    seeking->found |= row_holds(row, seeking->needle);
    return 0;
}

static void none_missed(SegmentBench *bench, const char *text, uint32_t *named)
{
    char folded[256];
    BlockSet set;
    Slice needle = slice_of(folded, fold_text(folded, slice_from_cstr(text)));
    if (!expect_ok(segment_candidates(bench->segment, slice_from_cstr(text), INDEX_INSIDE, &set)))
        return;
    *named = block_set_size(&set);
    for (uint32_t i = 0; i < segment_block_count(bench->segment); i++) {
        Seeking seeking = {.needle = needle};
        expect_ok(segment_block_rows(bench->segment, i, seek_row, &seeking));
        if (seeking.found && !expect(block_set_has(&set, i))) tap_note("%s, block %u", text, i);
    }
}

static void candidates_miss_none(void)
{
    static const char *const texts[] = {
        "tanaka",     "鈴木",   "svc\\backup", "192.0.2.17",  "tool12.exe", "花子3",
        "機密.xlsx",  "a.json", "ssh2",        "Failed pass", "nka",        "佐",
        "ＷＥＢ０１", "logon",  "1223",        "Microsoft",   "C:\\work\\", "sudo"};
    SegmentFixture fixture;
    uint32_t named;
    segment_fixture_make(&fixture, 300);
    SegmentBench bench =
        segment_bench_make(decoded_rows(&fixture.decoded), decoded_rows_count(&fixture.decoded));
    if (segment_bench_write(&bench)) {
        for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
            none_missed(&bench, texts[i], &named);
        }
        none_missed(&bench, "nowhereword", &named);
        expect_int(named, 0);
        none_missed(&bench, "機密", &named);
        expect_int(named, 1);
    }
    segment_bench_done(&bench);
    segment_fixture_done(&fixture);
}

/* Words in all places where they are hard to find: in keys, behind escapes, as escapes, across the
 * cuts of a text that repeats other values. */
static void strange_lines(Buf *to, size_t count)
{
    static const char *const texts[] = {"\\r\\n\\tLogon\\tType", "caf\\u00e9\\u9234x",
                                        "機密\\n文書", "C:\\\\new\\\\users\\/n",
                                        "\\ud867\\ude3d魚"};
    for (size_t i = 0; i < count; i++) {
        buf_add_format(
            to,
            "{\"k_%s\":%zu,\"a\":\"%s%zu\",\"list\":[true,-1.5e%zu],\"Message\":\"Subject:"
            "\\r\\n\\tUser ID:\\t\\tS-1-5-%zu\\r\\n\\tUser Name:\\t\\tname%zuq\\u30c6\\r\\nFile: "
            "C:\\\\w\\\\n%zu.txt.\"}\n",
            i % 2 ? "x" : "佐藤", i, texts[i % ARRAY_COUNT(texts)], i % 7, i % 5, i, i * 7, i);
    }
}

/* JSON that is none: values that begin and end inside of words, escapes that there are not. */
static void broken_lines(Buf *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_format(to, "{\"k\":%zu_tail%zu,\"b\":\"bad\\xescape%zu\\u12\",fals%zuり}\n", i, i,
                       i % 9, i);
    }
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static bool is_inner(const char *at)
{
    return ((unsigned char)*at & 0xc0) == 0x80;
}

/* A piece of the text, of whole characters. */
static Slice random_piece(Slice text, uint64_t *random)
{
    size_t begin = (size_t)(next_random(random) % text.len);
    size_t end = begin + 1 + (size_t)(next_random(random) % 14);
    if (end > text.len) end = text.len;
    while (begin > 0 && is_inner(text.ptr + begin))
        begin--;
    while (end < text.len && is_inner(text.ptr + end))
        end++;
    return slice_of(text.ptr + begin, end - begin);
}

typedef struct Pieces {
    SegmentBench *bench;
    uint32_t block;
    uint64_t random;
    size_t every, rows; /* of so many rows one is asked for */
    size_t asked, missed, named;
} Pieces;

static void ask_piece(Pieces *pieces, Slice text)
{
    char folded[256];
    BlockSet set;
    if (text.len == 0) return;
    Slice piece = random_piece(text, &pieces->random);
    if (piece.len > 64) return;
    if (!fold_contains(text, slice_of(folded, fold_text(folded, piece)))) return;
    expect_ok(segment_candidates(pieces->bench->segment, piece, INDEX_INSIDE, &set));
    pieces->asked++;
    pieces->named += block_set_size(&set);
    if (block_set_has(&set, pieces->block)) return;
    if (pieces->missed++ < 5) tap_note("missed: %.*s", SLICE_FMT(piece));
}

static int ask_row(void *context, const Row *row, uint64_t number)
{
    Pieces *pieces = context;
    (void)number;
    if (pieces->rows++ % pieces->every != 0) return 0;
    for (size_t i = 0; i < 12; i++) {
        ask_piece(pieces, row->event.raw);
    }
    for (size_t i = 0; i < row->event.field_count; i++) {
        ask_piece(pieces, row->event.fields[i].value);
    }
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        ask_piece(pieces, row->record.text[i]);
    }
    ask_piece(pieces, row->origin);
    return 0;
}

static void no_piece_is_missed(SegmentBench *bench, size_t every, size_t asked_min)
{
    Pieces pieces = {.bench = bench, .random = 42, .every = every};
    if (!segment_bench_write(bench)) return;
    for (uint32_t i = 0; i < segment_block_count(bench->segment); i++) {
        pieces.block = i;
        expect_ok(segment_block_rows(bench->segment, i, ask_row, &pieces));
    }
    expect_int(pieces.missed, 0);
    expect(pieces.asked >= asked_min);
    tap_note("%zu pieces of %zu rows, %zu of %u blocks named for each", pieces.asked, bench->count,
             pieces.named / (pieces.asked ? pieces.asked : 1), segment_block_count(bench->segment));
}

static void pieces_of_all_formats_are_found(void)
{
    SegmentFixture fixture;
    segment_fixture_make(&fixture, 300);
    CLEANUP(buf_done) Buf strange = buf_make(0);
    CLEANUP(buf_done) Buf broken = buf_make(0);
    strange_lines(&strange, 400);
    broken_lines(&broken, 300);
    expect_ok(decoded_rows_add(&fixture.decoded, buf_slice(&strange), SLICE("odd\tname.json")));
    expect_ok(decoded_rows_add(&fixture.decoded, buf_slice(&broken), SLICE("broken.json")));
    SegmentBench bench =
        segment_bench_make(decoded_rows(&fixture.decoded), decoded_rows_count(&fixture.decoded));
    no_piece_is_missed(&bench, 1, 5000);
    segment_bench_done(&bench);
    segment_fixture_done(&fixture);
}

static void pieces_of_made_rows_are_found(void)
{
    Arena arena = arena_make(0);
    Row *rows = segment_bench_kit_rows(2000, &arena);
    SegmentBench bench = segment_bench_make(rows, 2000);
    no_piece_is_missed(&bench, 2, 2000);
    segment_bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

/* ---- the corpus */

typedef struct Reading {
    size_t every, streams, rows;
} Reading;

static int on_stream(void *context, InputStream *stream, Slice name)
{
    Reading *reading = context;
    if (reading->streams++ % reading->every != 0) return 0;
    CLEANUP(buf_done) Buf bytes = buf_make(0);
    char *room;
    ssize_t got = 1;
    while (got > 0 && bytes.len < (size_t)4 << 20 && (room = buf_reserve(&bytes, 1 << 20))) {
        got = input_read(stream, room, 1 << 20);
        if (got > 0) bytes.len += (size_t)got;
    }
    DecodedRows decoded = {.arena = arena_make((size_t)2 << 30)};
    expect_ok(decoded_rows_add(&decoded, buf_slice(&bytes), name));
    SegmentBench bench = segment_bench_make(decoded_rows(&decoded), decoded_rows_count(&decoded));
    reading->rows += bench.count;
    if (bench.count > 0) no_piece_is_missed(&bench, 29, bench.count / 29);
    if (bench.segment) segment_bench_rows_come_back(&bench);
    segment_bench_done(&bench);
    decoded_rows_done(&decoded);
    return tap_failures() ? -ECANCELED : 0;
}

static int on_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    (void)context;
    (void)complaint;
    tap_note("%.*s: error %d", SLICE_FMT(name), error);
    return 0;
}

static void corpus_comes_back(void)
{
    if (!tap_corpus()) {
        tap_skip("no corpus");
        return;
    }
    char path[4096];
    Reading reading = {.every = 12};
    const InputSink sink = {on_stream, on_problem, NULL, &reading};
    snprintf(path, sizeof path, "%s/windows-json/atomic/lateral_movement", tap_corpus());
    expect_ok(input_walk(&os_real, path, &sink));
    expect(reading.rows > 1000);
}

static const TapTest tests[] = {
    TAP_TEST(candidates_miss_none),
    TAP_TEST(pieces_of_all_formats_are_found),
    TAP_TEST(pieces_of_made_rows_are_found),
    TAP_TEST(corpus_comes_back),
};
TAP_MAIN(tests)
