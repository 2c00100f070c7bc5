/* Codes the lines of files as columns, gives them back, compares: bytes, speed, and where the bytes
 * go. Beside it zstd over the same lines, in the same process.
 *
 *   columns_bench [--level N] [--peers] [--usage] FILE|FOLDER...
 *
 * Lines are gathered by shape into blocks (65,536 rows or 32 MiB); what is left at the end of
 * shapes with few lines goes into blocks together. Times are CPU seconds of this one thread. */
#include "base/map.h"
#include "collect/input.h"
#include "os/os.h"
#include "store/columns/columns.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zstd.h>

#define BLOCK_BYTES ((size_t)32 << 20)
#define SHAPES_MAX 100000
#define FEW_ROWS 256 /* shapes with fewer at the end share blocks */
#define READ_BYTES ((size_t)1 << 20)

typedef struct Bucket {
    Buf raw;
    Buf ends;    /* uint32_t each: where the row ends in raw */
    Buf numbers; /* int64_t each: number of the line */
} Bucket;

typedef struct Use {
    char name[128];
    uint64_t raw, coded;
} Use;

typedef struct Bench {
    int level;
    bool peers, usage, by_shape;
    Map shapes; /* shape to bucket + 1 */
    Bucket *buckets;
    size_t bucket_count;
    Bucket few;
    Buf line; /* the one that is not yet whole */
    int64_t lines;
    uint64_t raw_bytes, coded_bytes, blocks, directory_bytes;
    double shape_s, encode_s, open_s, decode_s;
    uint64_t peer_bytes[2];
    double peer_s[2];
    Use *uses;
    size_t use_count;
    uint64_t use_bytes;
} Bench;

static const int peer_levels[] = {3, 9};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void stop(const char *words)
{
    fprintf(stderr, "columns_bench: %s\n", words);
    exit(2);
}

static void add_use(void *context, const ColumnsUse *use)
{
    Bench *bench = context;
    char name[128];
    snprintf(name, sizeof name, "%s %.*s%s, stream %u", use->kind, SLICE_FMT(use->path),
             use->piece ? " (piece)" : "", use->stream);
    bench->use_bytes += use->coded_bytes;
    size_t at = 0;
    while (at < bench->use_count && strcmp(bench->uses[at].name, name) != 0)
        at++;
    if (at == bench->use_count) {
        bench->uses = realloc(bench->uses, ++bench->use_count * sizeof *bench->uses);
        if (!bench->uses) stop("no memory");
        memset(&bench->uses[at], 0, sizeof *bench->uses);
        memcpy(bench->uses[at].name, name, sizeof name);
    }
    bench->uses[at].raw += use->raw_bytes;
    bench->uses[at].coded += use->coded_bytes;
}

static void peer(Bench *bench, Slice raw)
{
    char *room = malloc(ZSTD_compressBound(raw.len));
    if (!room) stop("no memory");
    for (size_t i = 0; i < 2; i++) {
        double began = now();
        bench->peer_bytes[i] +=
            ZSTD_compress(room, ZSTD_compressBound(raw.len), raw.ptr, raw.len, peer_levels[i]);
        bench->peer_s[i] += now() - began;
    }
    free(room);
}

static void decode(Bench *bench, Slice coded, const Slice *rows, size_t count)
{
    Arena arena = arena_make((size_t)1 << 30);
    CLEANUP(buf_done) Buf all = buf_make(0);
    double began = now();
    Columns *block;
    if (columns_open(coded, &arena, &block) < 0) stop("a block does not open");
    for (size_t i = 0; i < count; i++)
        if (columns_row(block, i, &all) < 0) stop("a row does not come back");
    bench->decode_s += now() - began;
    const char *at = all.ptr;
    for (size_t i = 0; i < count; i++) {
        if ((size_t)(all.ptr + all.len - at) < rows[i].len || memcmp(at, rows[i].ptr, rows[i].len))
            stop("a row came back changed");
        at += rows[i].len;
    }
    if (at != all.ptr + all.len) stop("rows came back longer");
    if (bench->usage) columns_usage(block, add_use, bench);
    arena_done(&arena);
}

static void flush(Bench *bench, Bucket *bucket)
{
    size_t count = bucket->ends.len / 4;
    if (count == 0) return;
    const uint32_t *ends = (const uint32_t *)bucket->ends.ptr;
    Slice *rows = malloc(count * sizeof *rows);
    if (!rows) stop("no memory");
    for (size_t i = 0; i < count; i++) {
        uint32_t start = i ? ends[i - 1] : 0;
        rows[i] = slice_of(bucket->raw.ptr + start, ends[i] - start);
    }
    const int64_t *numbers = (const int64_t *)bucket->numbers.ptr;
    CLEANUP(buf_done) Buf coded = buf_make(0);
    double began = now();
    int r = columns_encode(&(ColumnsInput){rows, count, &numbers, 1},
                           &(ColumnsOptions){.level = bench->level, .seed = 1}, &coded);
    double took = now() - began;
    bench->encode_s += took;
    if (r < 0) stop(strerror(-r));
    bench->raw_bytes += bucket->raw.len;
    bench->coded_bytes += coded.len;
    bench->blocks++;
    decode(bench, buf_slice(&coded), rows, count);
    if (bench->peers) peer(bench, buf_slice(&bucket->raw));
    if (getenv("COLUMNS_BLOCKS"))
        printf("%zu rows %zu raw %zu coded %.5f %.3f s %.60s\n", count, bucket->raw.len, coded.len,
               (double)coded.len / (double)bucket->raw.len, took, rows[0].ptr);
    free(rows);
    buf_clear(&bucket->raw);
    buf_clear(&bucket->ends);
    buf_clear(&bucket->numbers);
}

static void add_row(Bench *bench, Bucket *bucket, Slice row, int64_t number)
{
    if (bucket->raw.len + row.len > BLOCK_BYTES) flush(bench, bucket);
    buf_add_slice(&bucket->raw, row);
    buf_add_le32(&bucket->ends, (uint32_t)bucket->raw.len);
    buf_add_le64(&bucket->numbers, (uint64_t)number);
    if (bucket->ends.len / 4 == COLUMNS_ROWS_MAX) flush(bench, bucket);
}

/* What a decoder knows of a row and gathers by: here, cheaply, the values of two well-known keys; a
 * row without them goes by its shape. */
static uint64_t event_kind(Slice line)
{
    static const Slice keys[] = {SLICE_INIT("\"EventID\":"), SLICE_INIT("\"Channel\":")};
    uint64_t kind = 0;
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        size_t at = slice_find(line, keys[i]);
        if (at == SLICE_NOT_FOUND) return columns_shape(line, 1);
        Slice value = slice_skip(line, at + keys[i].len);
        size_t end = slice_find_char(value, ',');
        kind = kind * 31 + columns_shape(slice_first(value, end), 1);
        for (size_t c = 0; c < end && c < value.len; c++)
            kind = kind * 1099511628211u + (unsigned char)value.ptr[c];
    }
    return kind;
}

static void on_line(Bench *bench, Slice line)
{
    double began = now();
    uint64_t shape = bench->by_shape ? columns_shape(line, 1) : event_kind(line);
    bench->shape_s += now() - began;
    uint64_t *bucket = map_put(&bench->shapes, slice_of(&shape, sizeof shape), NULL);
    if (!bucket) {
        add_row(bench, &bench->few, line, bench->lines++);
        return;
    }
    if (*bucket == 0) *bucket = ++bench->bucket_count;
    add_row(bench, &bench->buckets[*bucket - 1], line, bench->lines++);
}

static void on_bytes(Bench *bench, Slice bytes)
{
    while (bytes.len > 0) {
        size_t end = slice_find_char(bytes, '\n');
        buf_add_slice(&bench->line, slice_first(bytes, end));
        if (end == SLICE_NOT_FOUND) return;
        on_line(bench, buf_slice(&bench->line));
        buf_clear(&bench->line);
        bytes = slice_skip(bytes, end + 1);
    }
}

static int on_stream(void *context, InputStream *stream, Slice name)
{
    Bench *bench = context;
    (void)name;
    char *room = malloc(READ_BYTES);
    ssize_t got;
    if (!room) stop("no memory");
    while ((got = input_read(stream, room, READ_BYTES)) > 0)
        on_bytes(bench, slice_of(room, (size_t)got));
    if (bench->line.len) on_line(bench, buf_slice(&bench->line));
    buf_clear(&bench->line);
    free(room);
    return got < 0 ? (int)got : 0;
}

static int on_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    (void)context;
    (void)complaint;
    fprintf(stderr, "%.*s: %s\n", SLICE_FMT(name), strerror(-error));
    return 0;
}

static void flush_all(Bench *bench)
{
    for (size_t i = 0; i < bench->bucket_count; i++) {
        Bucket *bucket = &bench->buckets[i];
        size_t count = bucket->ends.len / 4;
        const uint32_t *ends = (const uint32_t *)bucket->ends.ptr;
        const int64_t *numbers = (const int64_t *)bucket->numbers.ptr;
        for (size_t row = 0; row < count && count < FEW_ROWS; row++) {
            uint32_t start = row ? ends[row - 1] : 0;
            Slice raw = slice_of(bucket->raw.ptr + start, ends[row] - start);
            add_row(bench, &bench->few, raw, numbers[row]);
        }
        if (count >= FEW_ROWS) flush(bench, bucket);
    }
    flush(bench, &bench->few);
}

static int by_coded(const void *a, const void *b)
{
    const Use *x = a, *y = b;
    return x->coded < y->coded ? 1 : x->coded > y->coded ? -1 : 0;
}

static void show(Bench *bench)
{
    double raw = (double)bench->raw_bytes, mb = raw / 1e6;
    printf("rows %" PRId64 "  raw %.1f MB  shapes %zu  blocks %" PRIu64 "\n", bench->lines, mb,
           bench->bucket_count, bench->blocks);
    printf("columns -%d  %10" PRIu64 " bytes  %.5f of raw  shape %.0f MB/s  encode %.0f MB/s"
           "  both %.0f MB/s  decode %.0f MB/s\n",
           bench->level, bench->coded_bytes, (double)bench->coded_bytes / raw, mb / bench->shape_s,
           mb / bench->encode_s, mb / (bench->encode_s + bench->shape_s), mb / bench->decode_s);
    for (size_t i = 0; bench->peers && i < 2; i++)
        printf("zstd    -%d  %10" PRIu64 " bytes  %.5f of raw  encode %.0f MB/s\n", peer_levels[i],
               bench->peer_bytes[i], (double)bench->peer_bytes[i] / raw, mb / bench->peer_s[i]);
    if (!bench->usage) return;
    qsort(bench->uses, bench->use_count, sizeof *bench->uses, by_coded);
    printf("\n  coded bytes  of all  before zstd  what\n  %11" PRIu64 "  %5.1f%%               "
           "heads and directories\n",
           bench->coded_bytes - bench->use_bytes,
           100.0 * (double)(bench->coded_bytes - bench->use_bytes) / (double)bench->coded_bytes);
    for (size_t i = 0; i < bench->use_count && i < 60; i++)
        printf("  %11" PRIu64 "  %5.1f%%  %11" PRIu64 "  %s\n", bench->uses[i].coded,
               100.0 * (double)bench->uses[i].coded / (double)bench->coded_bytes,
               bench->uses[i].raw, bench->uses[i].name);
}

int main(int argc, char **argv)
{
    Bench bench = {.level = 3};
    bench.shapes = map_make(SHAPES_MAX, (uint64_t[2]){1, 2});
    bench.buckets = calloc(SHAPES_MAX, sizeof *bench.buckets);
    InputSink sink = {.stream = on_stream, .problem = on_problem, .context = &bench};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--peers") == 0)
            bench.peers = true;
        else if (strcmp(argv[i], "--by-shape") == 0)
            bench.by_shape = true;
        else if (strcmp(argv[i], "--usage") == 0)
            bench.usage = true;
        else if (strcmp(argv[i], "--level") == 0 && i + 1 < argc)
            bench.level = atoi(argv[++i]);
        else if (input_walk(&os_real, argv[i], &sink) < 0)
            stop("an input cannot be read");
    }
    flush_all(&bench);
    if (bench.lines > 0) show(&bench);
    return 0;
}
