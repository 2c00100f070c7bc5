/* Decodes the streams of files and folders, writes a segment of each --raw MiB of raw, each row
 * with a key, reads it all again, and adds up bytes and CPU seconds of this one thread. A row that
 * comes back with other raw bytes stops it.
 *
 * Of the --rounds that each segment is written, the fastest counts.
 *
 *   segment_bench [--level N] [--raw MIB] [--rounds N] --folder FOLDER FILE|FOLDER... */
#include "collect/input.h"
#include "store/segment/segment.h"
#include "tests/support/decoded_rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SEGMENT_RAW_MIB 128
#define STREAMS_MAX 4096

typedef struct Bench {
    const char *folder;
    int level, rounds;
    size_t segment_raw_bytes;
    Secret *kek;
    DecodedRows decoded;
    Buf streams[STREAMS_MAX]; /* bytes that rows point into */
    size_t stream_count, raw_bytes;
    uint64_t raw, rows, file, segments, blocks;
    SegmentUse use;
    double decode_s, write_s, read_s;
    long write_peak_kib; /* beside the decoded rows */
} Bench;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A line of /proc/self/status (proc(5)), in KiB; 0: there is none. */
static long status_kib(const char *name)
{
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, name, strlen(name)) == 0) kib = atol(line + strlen(name));
    }
    if (file) fclose(file);
    return kib;
}

/* Memory that is in use is the least peak from now on. */
static void forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file) fputs("5", file);
    if (file) fclose(file);
}

static void stop(const char *what, int error)
{
    fprintf(stderr, "segment_bench: %s: %s\n", what, strerror(-error));
    exit(2);
}

static int check_row(void *context, const Row *row, uint64_t number)
{
    Bench *bench = context;
    const Row *want = &decoded_rows(&bench->decoded)[number];
    bench->rows++;
    return slice_eq(row->event.raw, want->event.raw) &&
                   row->event.field_count == want->event.field_count
               ? 0
               : -EILSEQ;
}

static void read_all(Bench *bench, const char *path)
{
    Segment *segment;
    double began = now();
    int r = segment_open(&os_real, path, bench->kek, &segment);
    if (r < 0) stop("open", r);
    for (uint32_t i = 0; i < segment_block_count(segment); i++) {
        r = segment_block_rows(segment, i, check_row, bench);
        if (r < 0) stop("a block", r);
    }
    bench->read_s += now() - began;
    SegmentUse use = segment_use(segment);
    bench->use.head_bytes += use.head_bytes;
    bench->use.block_bytes += use.block_bytes;
    bench->use.index_bytes += use.index_bytes;
    bench->use.key_bytes += use.key_bytes;
    bench->use.directory_bytes += use.directory_bytes;
    bench->blocks += segment_block_count(segment);
    segment_close(segment);
}

/* Keys have no order in them, as those of imports. */
static int get_row(void *context, size_t index, Arena *arena, Row *ret, uint64_t *ret_number)
{
    const Bench *bench = context;
    uint64_t words[2] = {index * 0x9e3779b97f4a7c15u, bench->segments};
    (void)arena;
    *ret = decoded_rows(&bench->decoded)[index];
    words[0] ^= words[0] >> 29;
    memcpy(ret->key, words, sizeof ret->key);
    *ret_number = index;
    return 0;
}

static void flush(Bench *bench)
{
    char path[4096];
    SegmentHeader header;
    FileInfo info;
    if (decoded_rows_count(&bench->decoded) == 0) return;
    SegmentOptions options = {.kek = bench->kek, .level = bench->level, .seed = 1};
    options.header.number = bench->segments++;
    forget_peak();
    long before = status_kib("VmRSS:");
    double fastest = 1e300;
    const SegmentRows rows = {decoded_rows_count(&bench->decoded), get_row, bench};
    int r = 0;
    for (int round = 0; round < bench->rounds || round == 0; round++) {
        double began = now();
        r = segment_write(&os_real, bench->folder, "bench.seg", &options, &rows, &header);
        if (r < 0) stop("write", r);
        if (now() - began < fastest) fastest = now() - began;
    }
    bench->write_s += fastest;
    long more = status_kib("VmHWM:") - before;
    if (more > bench->write_peak_kib) bench->write_peak_kib = more;
    snprintf(path, sizeof path, "%s/bench.seg", bench->folder);
    r = os_real.info(os_real.state, path, &info);
    if (r < 0) stop(path, r);
    bench->file += info.bytes;
    bench->raw += bench->raw_bytes;
    read_all(bench, path);
    arena_done(&bench->decoded.arena);
    buf_clear(&bench->decoded.rows);
    for (size_t i = 0; i < bench->stream_count; i++) {
        buf_done(&bench->streams[i]);
        bench->streams[i] = (Buf){0};
    }
    bench->stream_count = 0;
    bench->raw_bytes = 0;
}

static int on_stream(void *context, InputStream *stream, Slice name)
{
    Bench *bench = context;
    if (bench->stream_count == STREAMS_MAX || bench->raw_bytes >= bench->segment_raw_bytes)
        flush(bench);
    Buf *bytes = &bench->streams[bench->stream_count++];
    ssize_t got = 1;
    while (got > 0) {
        char *room = buf_reserve(bytes, 1 << 20);
        if (!room) return -ENOMEM;
        got = input_read(stream, room, 1 << 20);
        if (got > 0) bytes->len += (size_t)got;
    }
    Slice origin;
    if (got < 0) return (int)got;
    int r = arena_copy(&bench->decoded.arena, name, &origin);
    size_t before = decoded_rows_count(&bench->decoded);
    double began = now();
    if (r == 0) r = decoded_rows_add(&bench->decoded, buf_slice(bytes), origin);
    bench->decode_s += now() - began;
    for (size_t i = before; i < decoded_rows_count(&bench->decoded); i++)
        bench->raw_bytes += decoded_rows(&bench->decoded)[i].event.raw.len;
    return r;
}

static int on_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    (void)context;
    (void)complaint;
    fprintf(stderr, "%.*s: %s\n", SLICE_FMT(name), strerror(-error));
    return 0;
}

static void report(const Bench *bench)
{
    double raw = (double)bench->raw;
    printf("raw          %12" PRIu64 " bytes, %" PRIu64 " rows, %" PRIu64 " segments, %" PRIu64
           " blocks\n",
           bench->raw, bench->rows, bench->segments, bench->blocks);
    printf("all          %12" PRIu64 " bytes, %.5f of raw\n", bench->file,
           (double)bench->file / raw);
    printf("  blocks     %12" PRIu64 " %.5f\n", bench->use.block_bytes,
           (double)bench->use.block_bytes / raw);
    printf("  index      %12" PRIu64 " %.5f\n", bench->use.index_bytes,
           (double)bench->use.index_bytes / raw);
    printf("  keys       %12" PRIu64 " %.5f\n", bench->use.key_bytes,
           (double)bench->use.key_bytes / raw);
    printf("  directory  %12" PRIu64 " %.5f\n", bench->use.directory_bytes + bench->use.head_bytes,
           (double)(bench->use.directory_bytes + bench->use.head_bytes) / raw);
    printf("decode       %8.1f MB/s\n", raw / 1e6 / bench->decode_s);
    printf("write        %8.1f MB/s of raw a core (rows decoded before)\n",
           raw / 1e6 / bench->write_s);
    printf("read all     %8.0f rows/s, %.1f MB/s\n", (double)bench->rows / bench->read_s,
           raw / 1e6 / bench->read_s);
    printf("peak memory  %8.0f MiB of writing, beside the decoded rows\n",
           (double)bench->write_peak_kib / 1024);
}

int main(int argc, char **argv)
{
    static Bench bench = {.decoded = {.arena = {.bytes_max = (size_t)16 << 30}}};
    bench.decoded.rows = buf_make((size_t)16 << 30);
    bench.segment_raw_bytes = (size_t)SEGMENT_RAW_MIB << 20;
    int at = 1;
    for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
        if (strcmp(argv[at], "--level") == 0) bench.level = atoi(argv[at + 1]);
        if (strcmp(argv[at], "--rounds") == 0) bench.rounds = atoi(argv[at + 1]);
        if (strcmp(argv[at], "--raw") == 0)
            bench.segment_raw_bytes = (size_t)atoi(argv[at + 1]) << 20;
        if (strcmp(argv[at], "--folder") == 0) bench.folder = argv[at + 1];
    }
    if (!bench.folder || at == argc) {
        fprintf(stderr, "usage: segment_bench [--level N] [--raw MIB] [--rounds N] --folder FOLDER "
                        "FILE|FOLDER...\n");
        return 2;
    }
    int r = secret_random(&os_real, KEK_BYTES, &bench.kek);
    const InputSink sink = {on_stream, on_problem, NULL, &bench};
    for (; at < argc && r == 0; at++)
        r = input_walk(&os_real, argv[at], &sink);
    if (r < 0) stop("reading", r);
    flush(&bench);
    report(&bench);
    secret_free(bench.kek);
    return 0;
}
