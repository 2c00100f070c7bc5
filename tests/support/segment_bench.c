/* See segment_bench.h. */
#include "tests/support/segment_bench.h"

#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>

SegmentBench segment_bench_make(const Row *rows, size_t count)
{
    SegmentBench bench = {.machine = simulated_os_new(5), .rows = rows, .count = count};
    bench.os = simulated_os_table(bench.machine);
    bench.seen = calloc(count, 1);
    expect_ok(os_make_folders(bench.os, SEGMENT_BENCH_FOLDER));
    expect_ok(secret_random(bench.os, KEK_BYTES, &bench.kek));
    return bench;
}

void segment_bench_done(SegmentBench *bench)
{
    segment_close(bench->segment);
    secret_free(bench->kek);
    simulated_os_free(bench->machine);
    free(bench->seen);
}

uint64_t segment_bench_number(size_t rank)
{
    return SEGMENT_BENCH_FIRST + rank + rank / SEGMENT_BENCH_GAP;
}

int segment_bench_get_row(void *context, size_t index, Arena *arena, Row *ret, uint64_t *ret_number)
{
    const SegmentBench *bench = context;
    (void)arena;
    *ret = bench->rows[index];
    *ret_number = segment_bench_number(index);
    return 0;
}

SegmentRows segment_bench_source(SegmentBench *bench)
{
    return (SegmentRows){.count = bench->count, .get = segment_bench_get_row, .context = bench};
}

bool segment_bench_write(SegmentBench *bench)
{
    const SegmentRows source = segment_bench_source(bench);
    SegmentOptions options = {.kek = bench->kek, .seed = 11};
    options.header.number = 7;
    options.header.first_leaf = 1000;
    options.header.policy = SLICE("year");
    int r =
        segment_write(bench->os, SEGMENT_BENCH_FOLDER, "7.seg", &options, &source, &bench->header);
    return expect_ok(r) &&
           expect_ok(segment_open(bench->os, SEGMENT_BENCH_PATH, bench->kek, &bench->segment));
}

/* Rows come back whole, but for their key. */
int segment_bench_check_row(void *context, const Row *row, uint64_t number)
{
    SegmentBench *bench = context;
    size_t rank = (size_t)(number - SEGMENT_BENCH_FIRST) -
                  (size_t)(number - SEGMENT_BENCH_FIRST) / (SEGMENT_BENCH_GAP + 1);
    if (rank >= bench->count || segment_bench_number(rank) != number) {
        bench->wrong++;
        return 0;
    }
    Row want = bench->rows[rank];
    memset(want.key, 0, sizeof want.key);
    bench->seen[rank]++;
    bench->wrong += !kit_same_row(row, &want);
    return 0;
}

void segment_bench_rows_come_back(SegmentBench *bench)
{
    memset(bench->seen, 0, bench->count);
    for (uint32_t i = 0; i < segment_block_count(bench->segment); i++) {
        expect_ok(segment_block_rows(bench->segment, i, segment_bench_check_row, bench));
    }
    expect_int(bench->wrong, 0);
    for (size_t i = 0; i < bench->count; i++) {
        if (!expect_int(bench->seen[i], 1)) return;
    }
}

void segment_bench_tree_holds(const SegmentBench *bench)
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

Row *segment_bench_kit_rows(size_t count, Arena *arena)
{
    Row *rows = calloc(count, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        rows[i] = kit_row(i, arena);
    }
    return rows;
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

void segment_fixture_make(SegmentFixture *fixture, size_t count)
{
    *fixture = (SegmentFixture){.decoded = {.arena = arena_make((size_t)1 << 30)}};
    windows_lines(&fixture->windows, count);
    syslog_lines(&fixture->syslog, count);
    buf_add_cstr(&fixture->syslog, "no header at all: 機密.xlsx\n");
    evtx_writer_init(&fixture->writer);
    DecodedRows *decoded = &fixture->decoded;
    expect_ok(decoded_rows_add(decoded, buf_slice(&fixture->windows), SLICE("a.json")));
    expect_ok(decoded_rows_add(decoded, buf_slice(&fixture->syslog), SLICE("syslog.log")));
    expect_ok(decoded_rows_add(decoded, evtx_file(&fixture->writer, count), SLICE("b.evtx")));
}

void segment_fixture_done(SegmentFixture *fixture)
{
    decoded_rows_done(&fixture->decoded);
    evtx_writer_done(&fixture->writer);
    buf_done(&fixture->windows);
    buf_done(&fixture->syslog);
}
