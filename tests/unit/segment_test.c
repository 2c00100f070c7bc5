/* store/segment/segment.h: every row comes back, changed bytes are refused, candidates miss none.
 */
#include "tests/support/decoded_rows.h"
#include "tests/support/evtx_writer.h"
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "base/fold.h"
#include "collect/input.h"
#include "os/faulty.h"
#include "os/simulated.h"
#include "store/segment/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/var/segments"
#define PATH FOLDER "/7.seg"

/* A machine, keys, and a written segment of rows. */
typedef struct Bench {
    SimulatedOs *machine;
    const Os *os;
    Secret *kek;
    Segment *segment;
    SegmentHeader header;
    const Row *rows;
    size_t count;
    uint8_t *seen; /* how often each row came */
    size_t wrong;
} Bench;

static Bench bench_make(const Row *rows, size_t count)
{
    Bench bench = {.machine = simulated_os_new(5), .rows = rows, .count = count};
    bench.os = simulated_os_table(bench.machine);
    bench.seen = calloc(count, 1);
    expect_ok(os_make_folders(bench.os, FOLDER));
    expect_ok(secret_random(bench.os, KEK_BYTES, &bench.kek));
    return bench;
}

static void bench_done(Bench *bench)
{
    segment_close(bench->segment);
    secret_free(bench->kek);
    simulated_os_free(bench->machine);
    free(bench->seen);
}

#define FIRST_NUMBER 501
#define GAP_AFTER 7 /* rows; then a number is left out */

static uint64_t number_of(size_t rank)
{
    return FIRST_NUMBER + rank + rank / GAP_AFTER;
}

static int get_row(void *context, size_t index, Arena *arena, Row *ret, uint64_t *ret_number)
{
    const Bench *bench = context;
    (void)arena;
    *ret = bench->rows[index];
    *ret_number = number_of(index);
    return 0;
}

static SegmentRows source_of(Bench *bench)
{
    return (SegmentRows){.count = bench->count, .get = get_row, .context = bench};
}

static bool bench_write(Bench *bench)
{
    const SegmentRows source = source_of(bench);
    SegmentOptions options = {.kek = bench->kek, .seed = 11};
    options.header.number = 7;
    options.header.first_leaf = 1000;
    options.header.policy = SLICE("year");
    int r = segment_write(bench->os, FOLDER, "7.seg", &options, &source, &bench->header);
    return expect_ok(r) && expect_ok(segment_open(bench->os, PATH, bench->kek, &bench->segment));
}

/* Rows come back whole, but for their key. */
static int check_row(void *context, const Row *row, uint64_t number)
{
    Bench *bench = context;
    size_t rank =
        (size_t)(number - FIRST_NUMBER) - (size_t)(number - FIRST_NUMBER) / (GAP_AFTER + 1);
    if (rank >= bench->count || number_of(rank) != number) {
        bench->wrong++;
        return 0;
    }
    Row want = bench->rows[rank];
    memset(want.key, 0, sizeof want.key);
    bench->seen[rank]++;
    bench->wrong += !kit_same_row(row, &want);
    return 0;
}

static void rows_come_back(Bench *bench)
{
    memset(bench->seen, 0, bench->count);
    for (uint32_t i = 0; i < segment_block_count(bench->segment); i++) {
        expect_ok(segment_block_rows(bench->segment, i, check_row, bench));
    }
    expect_int(bench->wrong, 0);
    for (size_t i = 0; i < bench->count; i++) {
        if (!expect_int(bench->seen[i], 1)) return;
    }
}

static void tree_holds(const Bench *bench)
{
    Tree tree = {0};
    Digest leaf;
    for (size_t i = 0; i < bench->count; i++) {
        if (!expect_ok(segment_leaf(bench->segment, &bench->rows[i], i, &leaf))) return;
        tree_add(&tree, &leaf);
    }
    Digest root = tree_root(&tree);
    expect(memcmp(&root, &segment_header(bench->segment)->root, sizeof root) == 0);
    expect(memcmp(&root, &bench->header.root, sizeof root) == 0);
}

static Row *kit_rows(size_t count, Arena *arena)
{
    Row *rows = calloc(count, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        rows[i] = kit_row(i, arena);
    }
    return rows;
}

static void kit_rows_come_back(void)
{
    Arena arena = arena_make(0);
    Row *rows = kit_rows(3000, &arena);
    Bench bench = bench_make(rows, 3000);
    if (bench_write(&bench)) {
        rows_come_back(&bench);
        tree_holds(&bench);
        const SegmentHeader *header = segment_header(bench.segment);
        expect_int(header->count, 3000);
        expect_int(header->last_leaf, 3999);
        expect_slice(header->policy, SLICE("year"));
        expect(!segment_index_damaged(bench.segment));
    }
    bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

#define LONG_BYTES ((size_t)12 << 20)

/* A field of control characters is six times as long in the tail: past what a block of usual rows
 * may hold, but it comes back. */
static void a_very_long_row_comes_back(void)
{
    Arena arena = arena_make((size_t)64 << 20);
    Row *rows = kit_rows(3, &arena);
    char *bytes = malloc(LONG_BYTES);
    memset(bytes, '\v', LONG_BYTES);
    memcpy(bytes + LONG_BYTES / 2, "needle", 6);
    Field field = {SLICE("data"), slice_of(bytes, LONG_BYTES), FIELD_TEXT};
    rows[1].event.fields = &field;
    rows[1].event.field_count = 1;
    Bench bench = bench_make(rows, 3);
    BlockSet set;
    if (bench_write(&bench)) {
        rows_come_back(&bench);
        expect_ok(segment_candidates(bench.segment, SLICE("needle"), INDEX_INSIDE, &set));
        expect(block_set_size(&set) > 0);
    }
    bench_done(&bench);
    free(bytes);
    free(rows);
    arena_done(&arena);
}

/* ---- real rows of our own making */

static void windows_lines(Buf *to, size_t count)
{
    static const char *const users[] = {"tanaka", "佐藤", "svc\\\\backup", "\\u9234\\u6728"};
    for (size_t i = 0; i < count; i++) {
        buf_add_format(
            to,
            "{\"EventID\":%d,\"Channel\":\"Security\",\"Hostname\":\"pc%zu.example.com\","
            "\"SourceName\":\"Microsoft-Windows-Security-Auditing\",\"RecordNumber\":%zu,"
            "\"@timestamp\":\"2026-05-18T12:%02zu:%02zu.%03zuZ\",\"TargetUserName\":\"%s\","
            "\"IpAddress\":\"192.0.2.%zu\",\"LogonType\":\"%zu\",\"NewProcessName\":"
            "\"C:\\\\work\\\\tool%zu.exe\",\"Message\":\"An account\\r\\n\\twas used.\"}\n",
            i % 5 ? 4624 : 4688, i % 3, i + 100, i / 60 % 60, i % 60, i % 1000, users[i % 4],
            i % 250, i % 7 + 2, i % 13);
    }
}

static void syslog_lines(Buf *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_format(to,
                       "<38>May 18 12:%02zu:%02zu web01 sshd[%zu]: Failed password for %s from "
                       "192.0.2.%zu port %zu ssh2\n",
                       i / 60 % 60, i % 60, 400 + i % 9, i % 2 ? "root" : "invalid user tanaka",
                       i % 250, 1024 + i);
    }
}

static Slice evtx_file(EvtxWriter *writer, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        EvtxValues values = {0};
        char user[32];
        snprintf(user, sizeof user, "花子%zu", i % 5);
        evtx_values_add_text(&values, user);
        const EvtxEvent event = {
            .provider = "Microsoft-Windows-Security-Auditing",
            .channel = "Security",
            .computer = "DC01.example.com",
            .event_id = 4624,
            .time_ns = (int64_t)(1779105600 + i) * NS_PER_SECOND,
            .data_xml = "<EventData><Data Name=\"TargetUserName\">{0}</Data></EventData>",
            .data = &values};
        evtx_writer_add_event(writer, &event);
        evtx_values_clear(&values);
    }
    return evtx_writer_finish(writer);
}

typedef struct Fixture {
    Buf windows, syslog;
    EvtxWriter writer;
    DecodedRows decoded;
} Fixture;

static void fixture_make(Fixture *fixture, size_t count)
{
    *fixture = (Fixture){.decoded = {.arena = arena_make((size_t)1 << 30)}};
    windows_lines(&fixture->windows, count);
    syslog_lines(&fixture->syslog, count);
    buf_add_cstr(&fixture->syslog, "no header at all: 機密.xlsx\n");
    evtx_writer_init(&fixture->writer);
    DecodedRows *decoded = &fixture->decoded;
    expect_ok(decoded_rows_add(decoded, buf_slice(&fixture->windows), SLICE("a.json")));
    expect_ok(decoded_rows_add(decoded, buf_slice(&fixture->syslog), SLICE("syslog.log")));
    expect_ok(decoded_rows_add(decoded, evtx_file(&fixture->writer, count), SLICE("b.evtx")));
}

static void fixture_done(Fixture *fixture)
{
    decoded_rows_done(&fixture->decoded);
    evtx_writer_done(&fixture->writer);
    buf_done(&fixture->windows);
    buf_done(&fixture->syslog);
}

static void decoded_rows_come_back(void)
{
    Fixture fixture;
    fixture_make(&fixture, 1200);
    Bench bench = bench_make(decoded_rows(&fixture.decoded), decoded_rows_count(&fixture.decoded));
    expect_int(bench.count, 3601);
    if (bench_write(&bench)) {
        rows_come_back(&bench);
        tree_holds(&bench);
        expect(segment_block_count(bench.segment) >= 4); /* two kinds of events, syslog, EVTX */
    }
    bench_done(&bench);
    fixture_done(&fixture);
}

static void blocks_are_in_order(void)
{
    Fixture fixture;
    fixture_make(&fixture, 400);
    Bench bench = bench_make(decoded_rows(&fixture.decoded), decoded_rows_count(&fixture.decoded));
    if (bench_write(&bench)) {
        size_t rows = 0;
        for (uint32_t i = 0; i < segment_block_count(bench.segment); i++) {
            const SegmentBlock *block = segment_block(bench.segment, i);
            rows += block->row_count;
            if (block->undated_count == block->row_count) continue;
            expect(block->from_ns <= block->to_ns);
            expect(block->from_ns >= bench.header.from_ns && block->to_ns <= bench.header.to_ns);
        }
        expect_int(rows, bench.count);
    }
    bench_done(&bench);
    fixture_done(&fixture);
}

/* ---- candidates */

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

static void none_missed(Bench *bench, const char *text, uint32_t *named)
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
    Fixture fixture;
    uint32_t named;
    fixture_make(&fixture, 300);
    Bench bench = bench_make(decoded_rows(&fixture.decoded), decoded_rows_count(&fixture.decoded));
    if (bench_write(&bench)) {
        for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
            none_missed(&bench, texts[i], &named);
        }
        none_missed(&bench, "nowhereword", &named);
        expect_int(named, 0);
        none_missed(&bench, "機密", &named);
        expect_int(named, 1);
    }
    bench_done(&bench);
    fixture_done(&fixture);
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
    Bench *bench;
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

static void no_piece_is_missed(Bench *bench, size_t every, size_t asked_min)
{
    Pieces pieces = {.bench = bench, .random = 42, .every = every};
    if (!bench_write(bench)) return;
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
    Fixture fixture;
    fixture_make(&fixture, 300);
    CLEANUP(buf_done) Buf strange = buf_make(0);
    CLEANUP(buf_done) Buf broken = buf_make(0);
    strange_lines(&strange, 400);
    broken_lines(&broken, 300);
    expect_ok(decoded_rows_add(&fixture.decoded, buf_slice(&strange), SLICE("odd\tname.json")));
    expect_ok(decoded_rows_add(&fixture.decoded, buf_slice(&broken), SLICE("broken.json")));
    Bench bench = bench_make(decoded_rows(&fixture.decoded), decoded_rows_count(&fixture.decoded));
    no_piece_is_missed(&bench, 1, 5000);
    bench_done(&bench);
    fixture_done(&fixture);
}

static void pieces_of_made_rows_are_found(void)
{
    Arena arena = arena_make(0);
    Row *rows = kit_rows(2000, &arena);
    Bench bench = bench_make(rows, 2000);
    no_piece_is_missed(&bench, 2, 2000);
    bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

/* ---- keys of rows, and numbers */

static void keys_are_found(void)
{
    Arena arena = arena_make(0);
    Row *rows = kit_rows(3000, &arena);
    uint8_t other[ROW_KEY_BYTES] = {0};
    for (size_t i = 0; i < 3000; i++) {
        memset(rows[i].key, 0, sizeof rows[i].key);
        if (i % 3) memcpy(rows[i].key + 3, &i, sizeof i);
    }
    memcpy(rows[5].key, rows[4].key, sizeof rows[4].key);
    Bench bench = bench_make(rows, 3000);
    if (bench_write(&bench)) {
        size_t found = 0, wrong = 0;
        for (size_t i = 0; i < 3000; i++) {
            found += segment_has_key(bench.segment, rows[i].key) == 1;
        }
        for (size_t i = 0; i < 9000; i += 3) {
            memcpy(other + 3, &i, sizeof i);
            wrong += segment_has_key(bench.segment, other) != 0;
        }
        expect_int(found, 2000);
        expect_int(wrong, 0);
        uint64_t bytes = segment_use(bench.segment).key_bytes;
        expect(bytes > 2000 * 5 && bytes < 2000 * 8);
    }
    bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

static int numbers_that_fall(void *context, size_t index, Arena *arena, Row *ret, uint64_t *number)
{
    int r = get_row(context, index, arena, ret, number);
    if (index == 9) *number = number_of(8);
    return r;
}

static void numbers_and_ranks(void)
{
    Arena arena = arena_make(0);
    Row *rows = kit_rows(50, &arena);
    Bench bench = bench_make(rows, 50);
    uint64_t rank;
    if (bench_write(&bench)) {
        for (size_t i = 0; i < 50; i++) {
            expect_int(segment_number_of(bench.segment, i), number_of(i));
            expect_ok(segment_rank_of(bench.segment, number_of(i), &rank));
            expect_int(rank, i);
        }
        expect_int(segment_rank_of(bench.segment, FIRST_NUMBER - 1, &rank), -ENOENT);
        expect_int(segment_rank_of(bench.segment, FIRST_NUMBER + GAP_AFTER, &rank), -ENOENT);
        expect_int(segment_rank_of(bench.segment, number_of(49) + 1, &rank), -ENOENT);
    }
    const SegmentRows falling = {.count = 50, .get = numbers_that_fall, .context = &bench};
    const SegmentOptions options = {.kek = bench.kek};
    SegmentHeader header;
    expect_int(segment_write(bench.os, FOLDER, "8.seg", &options, &falling, &header), -EINVAL);
    bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

/* ---- damage and keys */

static void other_keys_are_refused(void)
{
    Arena arena = arena_make(0);
    Row *rows = kit_rows(50, &arena);
    Bench bench = bench_make(rows, 50);
    Secret *other = NULL;
    Segment *segment = NULL;
    if (bench_write(&bench)) {
        expect_ok(secret_random(bench.os, KEK_BYTES, &other));
        expect_int(segment_open(bench.os, PATH, other, &segment), -ENOKEY);
        expect_int(segment_open(bench.os, FOLDER "/8.seg", other, &segment), -ENOENT);
        SegmentOptions options = {.kek = bench.kek};
        SegmentHeader header;
        SegmentRows source = source_of(&bench);
        source.count = 0;
        expect_int(segment_write(bench.os, FOLDER, "8.seg", &options, &source, &header), -EINVAL);
        expect_ok(segment_erase(bench.os, PATH));
        expect_int(segment_open(bench.os, PATH, bench.kek, &segment), -EBADMSG);
    }
    secret_free(other);
    bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

/* What is lost where one byte of the file is another. */
typedef struct Loss {
    size_t blocks, keys; /* keys: those not found */
    bool index;
    unsigned damaged; /* as segment_check says */
} Loss;

static Loss loss_of(Bench *bench)
{
    Segment *segment;
    BlockSet set;
    Loss loss = {0};
    if (!expect_ok(segment_open(bench->os, PATH, bench->kek, &segment))) return loss;
    for (uint32_t i = 0; i < segment_block_count(segment); i++) {
        loss.blocks += segment_block_rows(segment, i, check_row, bench) < 0;
    }
    expect_ok(segment_candidates(segment, SLICE("tanaka"), INDEX_INSIDE, &set));
    loss.index = segment_index_damaged(segment);
    expect(block_set_size(&set) > 0);
    for (size_t i = 0; i < bench->count; i++) {
        int r = segment_has_key(segment, bench->rows[i].key);
        expect(r == 1 || r == -EBADMSG || (r == 0 && i == 0));
        loss.keys += r != 1;
    }
    expect_ok(segment_check(segment, &loss.damaged));
    segment_close(segment);
    return loss;
}

/* Every byte: the segment opens, at most one block is lost, and the check says what. */
static void flipped_bytes_never_lie(void)
{
    Arena arena = arena_make(0);
    FileInfo info = {0};
    Row *rows = kit_rows(40, &arena);
    size_t parts[32] = {0};
    for (size_t i = 0; i < 40; i++) {
        memset(rows[i].key, (int)i, sizeof rows[i].key); /* the first has none */
    }
    Bench bench = bench_make(rows, 40);
    if (!bench_write(&bench)) return;
    expect_ok(bench.os->info(bench.os->state, PATH, &info));
    int fd = bench.os->open(bench.os->state, PATH, O_RDWR, 0);
    for (uint64_t at = 0; at < info.bytes && tap_failures() == 0; at++) {
        char byte, other;
        expect_int(os_pread_full(bench.os, fd, &byte, 1, at), 1);
        other = (char)(byte ^ (1 << at % 8));
        expect_ok(os_pwrite_full(bench.os, fd, &other, 1, at));
        Loss loss = loss_of(&bench);
        if (!expect(loss.damaged != 0)) tap_note("byte %llu", (unsigned long long)at);
        expect(loss.blocks == (loss.damaged == SEGMENT_DAMAGED_BLOCK));
        expect(!loss.index || loss.damaged == SEGMENT_DAMAGED_INDEX);
        expect(loss.keys == 1 || loss.damaged == SEGMENT_DAMAGED_KEYS);
        parts[loss.damaged & 31]++;
        expect_ok(os_pwrite_full(bench.os, fd, &byte, 1, at));
    }
    bench.os->close(bench.os->state, fd);
    expect_int(bench.wrong, 0);
    expect(parts[SEGMENT_DAMAGED_HEAD] == 2 * 1024 && parts[SEGMENT_DAMAGED_DIRECTORY] > 300);
    expect(parts[SEGMENT_DAMAGED_BLOCK] > 1000 && parts[SEGMENT_DAMAGED_INDEX] > 100);
    expect(parts[SEGMENT_DAMAGED_KEYS] > 100);
    bench_done(&bench);
    free(rows);
    arena_done(&arena);
}

/* Each call fails once: what is left has no name, or is whole. */
static void failed_calls_leave_nothing(void)
{
    Arena arena = arena_make(0);
    Row *rows = kit_rows(50, &arena);
    Bench bench = bench_make(rows, 50);
    const SegmentRows source = source_of(&bench);
    FaultyOs faulty;
    FileInfo info;
    faulty_os_init(&faulty, bench.os);
    SegmentOptions options = {.kek = bench.kek, .seed = 11};
    uint64_t calls = OS_CALLS_WRITE | OS_CALLS_SYNC | OS_CALL_BIT(OS_CALL_OPEN) |
                     OS_CALL_BIT(OS_CALL_RENAME) | OS_CALL_BIT(OS_CALL_RANDOM);
    uint64_t nth = 0;
    int r = -EIO;
    while (r < 0 && tap_failures() == 0) {
        faulty_os_plan(&faulty, (FaultPlan){.calls = calls, .nth = ++nth, .error = -EIO});
        r = segment_write(&faulty.os, FOLDER, "7.seg", &options, &source, &bench.header);
        expect(r == 0 || r == -EIO);
        expect_int(bench.os->info(bench.os->state, PATH ".part", &info), -ENOENT);
        if (bench.os->info(bench.os->state, PATH, &info) == 0) {
            expect_ok(segment_open(bench.os, PATH, bench.kek, &bench.segment));
            rows_come_back(&bench);
            segment_close(bench.segment);
            bench.segment = NULL;
            expect_ok(bench.os->unlink(bench.os->state, PATH));
        }
    }
    expect(nth > 8);
    faulty_os_done(&faulty);
    bench_done(&bench);
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
    Bench bench = bench_make(decoded_rows(&decoded), decoded_rows_count(&decoded));
    reading->rows += bench.count;
    if (bench.count > 0) no_piece_is_missed(&bench, 29, bench.count / 29);
    if (bench.segment) rows_come_back(&bench);
    bench_done(&bench);
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
    TAP_TEST(kit_rows_come_back),
    TAP_TEST(decoded_rows_come_back),
    TAP_TEST(a_very_long_row_comes_back),
    TAP_TEST(blocks_are_in_order),
    TAP_TEST(candidates_miss_none),
    TAP_TEST(pieces_of_all_formats_are_found),
    TAP_TEST(pieces_of_made_rows_are_found),
    TAP_TEST(keys_are_found),
    TAP_TEST(numbers_and_ranks),
    TAP_TEST(other_keys_are_refused),
    TAP_TEST(flipped_bytes_never_lie),
    TAP_TEST(failed_calls_leave_nothing),
    TAP_TEST(corpus_comes_back),
};
TAP_MAIN(tests)
