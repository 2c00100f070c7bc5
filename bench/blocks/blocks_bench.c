/* Questions over a folder of sealed segments, as a new process asks them (cold: nothing is open)
 * and as a server does (warm: the cache of columns is there): milliseconds, least and median of
 * rounds, least CPU of all threads, and how many blocks were read.
 *
 *   search_bench make FOLDER PASSES FILE|FOLDER...   writes the segments; passes after the first
 *                                                    have later years and other hosts
 *   search_bench ask FOLDER ROUNDS QUERY... */
#include "collect/input.h"
#include "search/search_source.h"
#include "store/segment/segment.h"
#include "tests/support/decoded_rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define SEGMENT_RAW_BYTES ((size_t)128 << 20)
#define PART_BYTES ((size_t)32 << 20)
#define STREAMS_MAX 4096
#define SEGMENTS_MAX 4096
#define ROUNDS_MAX 64

static const char key[KEK_BYTES] = "a key that guards nothing......";

static void stop(const char *what, int error)
{
    fprintf(stderr, "search_bench: %s: %s\n", what, strerror(-error));
    exit(2);
}

static Secret *make_kek(void)
{
    Secret *kek = secret_new(KEK_BYTES);
    if (!kek) stop("memory", -ENOMEM);
    memcpy(secret_bytes(kek), key, KEK_BYTES);
    return kek;
}

/* ---- making */

typedef struct Maker {
    const char *folder;
    Secret *kek;
    DecodedRows decoded;
    Buf streams[STREAMS_MAX]; /* bytes that rows point into */
    size_t stream_count, raw_bytes;
    uint64_t segments, rows, raw;
    int pass;
} Maker;

static int get_row(void *context, size_t index, Arena *arena, Row *ret, uint64_t *ret_number)
{
    const Maker *maker = context;
    (void)arena;
    *ret = decoded_rows(&maker->decoded)[index];
    *ret_number = maker->rows + index + 1;
    return 0;
}

static void flush(Maker *maker)
{
    SegmentOptions options = {.kek = maker->kek, .seed = 1};
    SegmentHeader header;
    char name[64];
    size_t count = decoded_rows_count(&maker->decoded);
    if (count == 0) return;
    options.header.number = maker->segments;
    snprintf(name, sizeof name, "%08" PRIu64 ".seg", maker->segments++);
    const SegmentRows rows = {.count = count, .get = get_row, .context = maker};
    int r = segment_write(&os_real, maker->folder, name, &options, &rows, &header);
    if (r < 0) stop(name, r);
    maker->rows += count;
    maker->raw += maker->raw_bytes;
    maker->raw_bytes = 0;
    arena_done(&maker->decoded.arena);
    buf_clear(&maker->decoded.rows);
    while (maker->stream_count > 0) {
        buf_done(&maker->streams[--maker->stream_count]);
        maker->streams[maker->stream_count] = (Buf){0};
    }
}

/* 2019- becomes 2020- ..., "Hostname":"a" becomes "Hostname":"P1-a". */
static void change(const Maker *maker, Buf *bytes)
{
    static const char *const hosts[] = {"\"Hostname\":\"", "\"Computer\":\"", "\"host\":\""};
    Buf out = buf_make((size_t)4 << 30);
    const char *at = bytes->ptr, *end = at + bytes->len;
    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (!quote) quote = end - 1;
        Slice rest = slice_of(quote, (size_t)(end - quote));
        buf_add(&out, at, (size_t)(quote - at));
        at = quote + 1;
        buf_add_char(&out, *quote);
        for (size_t i = 0; i < ARRAY_COUNT(hosts); i++) {
            if (!slice_starts(rest, slice_from_cstr(hosts[i]))) continue;
            buf_add_cstr(&out, hosts[i] + 1);
            buf_add_format(&out, "P%d-", maker->pass);
            at = quote + strlen(hosts[i]);
        }
        if (end - at > 4 && memcmp(at, "20", 2) == 0 && at[4] == '-') {
            buf_add(&out, at, 3);
            buf_add_char(&out, (char)(at[3] + maker->pass));
            at += 4;
        }
    }
    buf_done(bytes);
    *bytes = out;
}

static int add_parts(Maker *maker, Slice all, Slice origin)
{
    int r = 0;
    while (all.len > 0 && r == 0) {
        Slice part = slice_first(all, PART_BYTES);
        size_t end = part.len < all.len ? slice_rfind_char(part, '\n') : part.len - 1;
        part = slice_first(all, end == SLICE_NOT_FOUND ? part.len : end + 1);
        all = slice_skip(all, part.len);
        size_t before = decoded_rows_count(&maker->decoded);
        r = decoded_rows_add(&maker->decoded, part, origin);
        for (size_t i = before; i < decoded_rows_count(&maker->decoded); i++) {
            maker->raw_bytes += decoded_rows(&maker->decoded)[i].event.raw.len;
        }
    }
    return r;
}

static int on_stream(void *context, InputStream *stream, Slice name)
{
    Maker *maker = context;
    if (maker->stream_count == STREAMS_MAX || maker->raw_bytes >= SEGMENT_RAW_BYTES) flush(maker);
    Buf *bytes = &maker->streams[maker->stream_count++];
    *bytes = buf_make((size_t)4 << 30);
    ssize_t got = 1;
    while (got > 0) {
        char *room = buf_reserve(bytes, 1 << 20);
        if (!room) return -ENOMEM;
        got = input_read(stream, room, 1 << 20);
        if (got > 0) bytes->len += (size_t)got;
    }
    Slice origin;
    if (got < 0) return (int)got;
    if (maker->pass > 0) change(maker, bytes);
    int r = arena_copy(&maker->decoded.arena, name, &origin);
    return r < 0 ? r : add_parts(maker, buf_slice(bytes), origin);
}

static int on_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    (void)context, (void)complaint;
    fprintf(stderr, "%.*s: %s\n", SLICE_FMT(name), strerror(-error));
    return 0;
}

static int make(int argc, char **argv)
{
    static Maker maker = {.decoded = {.arena = {.bytes_max = (size_t)16 << 30}}};
    maker.decoded.rows = buf_make((size_t)16 << 30);
    maker.folder = argv[2];
    maker.kek = make_kek();
    const InputSink sink = {on_stream, on_problem, NULL, &maker};
    for (; maker.pass < atoi(argv[3]); maker.pass++) {
        for (int i = 4; i < argc; i++) {
            int r = input_walk(&os_real, argv[i], &sink);
            if (r < 0) stop(argv[i], r);
        }
    }
    flush(&maker);
    printf("%" PRIu64 " rows, %.3f GB of raw, %" PRIu64 " segments\n", maker.rows,
           (double)maker.raw / 1e9, maker.segments);
    secret_free(maker.kek);
    return 0;
}

/* ---- asking */

typedef struct Folder {
    const char *path;
    Secret *kek;
    StoreSegmentInfo infos[SEGMENTS_MAX];
    size_t count;
} Folder;

static int open_number(const Folder *folder, uint64_t number, Segment **ret)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%08" PRIu64 ".seg", folder->path, number);
    return segment_open(&os_real, path, folder->kek, ret);
}

static int by_time(const void *left, const void *right)
{
    const StoreSegmentInfo *a = left, *b = right;
    return (a->to_ns < b->to_ns) - (a->to_ns > b->to_ns);
}

static void list_folder(Folder *folder)
{
    Segment *segment;
    while (folder->count < SEGMENTS_MAX && open_number(folder, folder->count, &segment) == 0) {
        const SegmentHeader *header = segment_header(segment);
        StoreSegmentInfo *info = &folder->infos[folder->count];
        *info = (StoreSegmentInfo){.number = folder->count++,
                                   .from_ns = header->from_ns,
                                   .to_ns = header->to_ns,
                                   .row_count = header->count};
        for (uint32_t i = 0; i < segment_block_count(segment); i++) {
            info->undated_count += segment_block(segment, i)->undated_count;
        }
        segment_close(segment);
    }
    qsort(folder->infos, folder->count, sizeof *folder->infos, by_time);
}

static size_t segment_count(void *context)
{
    return ((const Folder *)context)->count;
}

static const StoreSegmentInfo *segment_info(void *context, size_t index)
{
    return &((const Folder *)context)->infos[index];
}

static int open_index(void *context, size_t index, Segment **ret)
{
    const Folder *folder = context;
    return open_number(folder, folder->infos[index].number, ret);
}

static int scan_nothing(void *context, const ScanRange *range, RowSink sink, DamageSink damage,
                        void *sink_context)
{
    (void)context, (void)range, (void)sink, (void)damage, (void)sink_context;
    return 0;
}

static int count_answer(void *context, const Answer *answer)
{
    (void)context, (void)answer;
    return 0;
}

static double clock_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void ask(const SearchSource *source, const Query *query, int rounds, SearchCache *cache,
                const char *how)
{
    double times[ROUNDS_MAX], cpu[ROUNDS_MAX];
    SearchStats stats = {0};
    SearchOptions options = {
        .range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = true},
        .order = SEARCH_BY_TIME,
        .limit = 100,
        .cache = cache};
    for (int i = 0; i < rounds; i++) {
        double began = clock_ms(CLOCK_MONOTONIC), cpu_began = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
        int r = search_run_on(query, source, &options, count_answer, NULL, &stats);
        if (r < 0) stop("search", r);
        times[i] = clock_ms(CLOCK_MONOTONIC) - began;
        cpu[i] = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu_began;
    }
    qsort(times, (size_t)rounds, sizeof *times, by_value);
    qsort(cpu, (size_t)rounds, sizeof *cpu, by_value);
    printf("  %s %8.1f %8.1f ms, CPU %8.1f ms; blocks %" PRIu64 " of %" PRIu64 ", matched %" PRIu64
           ", answers %" PRIu64 "%s%s\n",
           how, times[0], times[rounds / 2], cpu[0], stats.blocks_read, stats.blocks, stats.matched,
           stats.answers, stats.memory_met ? ", MEMORY MET" : "",
           stats.damaged_blocks ? ", DAMAGED" : "");
}

static int ask_all(int argc, char **argv)
{
    static Folder folder;
    folder.path = argv[2];
    folder.kek = make_kek();
    list_folder(&folder);
    int rounds = atoi(argv[3]);
    if (rounds < 1 || rounds > ROUNDS_MAX) rounds = 5;
    const SearchSource source = {segment_count, segment_info, open_index, scan_nothing, &folder};
    printf("%zu segments; least and median of %d\n", folder.count, rounds);
    for (int i = 4; i < argc; i++) {
        CLEANUP(arena_done) Arena arena = arena_make(0);
        const QueryOptions asked = {.now_ns = (int64_t)1800000000 * 1000000000};
        Complaint complaint = {0};
        Query *query;
        if (query_parse(slice_from_cstr(argv[i]), &asked, &arena, &query, &complaint) < 0) {
            fprintf(stderr, "search_bench: %s: %s\n", argv[i], complaint.en);
            return 2;
        }
        SearchCache *cache = search_cache_new(SEARCH_CACHE_BYTES_DEFAULT);
        printf("%s\n", argv[i]);
        ask(&source, query, rounds, NULL, "cold");
        ask(&source, query, 1, cache, "fill");
        ask(&source, query, rounds, cache, "warm");
        search_cache_free(cache);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory %.0f MiB\n", (double)usage.ru_maxrss / 1024);
    secret_free(folder.kek);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 4 && strcmp(argv[1], "make") == 0) return make(argc, argv);
    if (argc > 4 && strcmp(argv[1], "ask") == 0) return ask_all(argc, argv);
    fprintf(stderr, "usage: search_bench make FOLDER PASSES FILE|FOLDER...\n"
                    "       search_bench ask FOLDER ROUNDS QUERY...\n");
    return 2;
}
