/* Rules over events, piece by piece, in CPU seconds of one thread.
 *
 *     detect_bench RULES JSON_LINES EVTX_LIST    RULES: folders joined by commas; EVTX_LIST: a file
 * of paths */
#include "base/check.h"
#include "decode/decoder.h"
#include "detect/matcher.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define WINDOW_BYTES ((size_t)512 << 10)
#define EVENTS_MAX 65536
#define ROUNDS 3

typedef enum Way { WAY_DECODE, WAY_WHOLE, WAY_PARSED, WAY_UNIQUE, WAY_DENSE } Way;

typedef struct Bench {
    Way way;
    RuleSet *set;
    Matcher *matcher;
    Arena arena; /* of the window */
    Event *events;
    size_t count;
    uint64_t event_count, matches, serial;
    double seconds;
    bool evidence, accounts;
} Bench;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t ticks(void *context)
{
    struct timespec time;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int on_match(void *context, const RuleMatch *match)
{
    Bench *bench = context;
    Evidence evidence[EVIDENCE_MAX];
    bench->matches++;
    if (bench->evidence) match_evidence(bench->matcher, match, evidence, EVIDENCE_MAX);
    return 0;
}

static int feed(Bench *bench, const Event *event)
{
    const MatchSink sink = {.match = on_match, .context = bench};
    int r = matcher_feed(bench->matcher, event, NULL, &sink);
    CHECK(r >= 0);
    return r;
}

/* Each value but the routing ones gets a number of its own in front. */
static void make_unique(Bench *bench, Event *event)
{
    Field *fields = arena_alloc(&bench->arena, event->field_count * sizeof *fields);
    CHECK(fields != NULL);
    memcpy(fields, event->fields, event->field_count * sizeof *fields);
    for (size_t i = 0; i < event->field_count; i++) {
        bool routing = slice_eq(fields[i].name, SLICE("Channel")) ||
                       slice_eq(fields[i].name, SLICE("EventID"));
        if (routing) continue;
        CHECK(arena_format(&bench->arena, &fields[i].value, "%llx%.*s",
                           (unsigned long long)bench->serial++, SLICE_FMT(fields[i].value)) == 0);
    }
    event->fields = fields;
}

static int on_event(void *context, const Event *event)
{
    Bench *bench = context;
    bench->event_count++;
    if (bench->way == WAY_WHOLE) feed(bench, event);
    if (bench->way < WAY_PARSED) return 0;
    CHECK(bench->count < EVENTS_MAX);
    bench->events[bench->count++] = *event;
    return 0;
}

static int on_damage(void *context, const Damage *damage)
{
    (void)context;
    (void)damage;
    return 0;
}

/* The window's events, already parsed. Dense: those that match, ten times over. */
static void ask_parsed(Bench *bench)
{
    size_t kept = 0;
    for (size_t i = 0; i < bench->count; i++) {
        if (bench->way == WAY_UNIQUE) make_unique(bench, &bench->events[i]);
        if (bench->way == WAY_DENSE && feed(bench, &bench->events[i]) == 0) continue;
        bench->events[kept++] = bench->events[i];
    }
    int rounds = bench->way == WAY_DENSE ? 10 : 1;
    if (bench->way == WAY_DENSE) bench->event_count -= bench->count - kept * (size_t)rounds;
    double before = now();
    for (int k = 0; k < rounds; k++) {
        for (size_t i = 0; i < kept; i++) {
            feed(bench, &bench->events[i]);
        }
    }
    bench->seconds += now() - before;
    bench->count = 0;
}

static Slice read_whole(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    size_t bytes = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(bytes + 1);
    CHECK(text && fread(text, 1, bytes, file) == bytes);
    fclose(file);
    return slice_of(text, bytes);
}

static void read_bytes(Bench *bench, Slice bytes)
{
    const DecodeOptions options = {.received_ns = 0};
    const DecodeSink sink = {.event = on_event, .damage = on_damage, .context = bench};
    const Decoder *decoder = decoder_for(slice_first(bytes, DECODE_HEAD_BYTES));
    void *state = decoder->new (&options);
    uint64_t offset = 0;
    size_t wanted = WINDOW_BYTES;
    while (bytes.len > 0) {
        Slice part = slice_first(bytes, wanted);
        const DecodeWindow window = {part, offset, part.len == bytes.len,
                                     part.len >= DECODE_WINDOW_BYTES_MAX};
        double before = now();
        ssize_t used = decoder->feed(state, &window, &bench->arena, &sink);
        if (bench->way < WAY_PARSED) bench->seconds += now() - before;
        CHECK(used >= 0);
        if (bench->way >= WAY_PARSED) ask_parsed(bench);
        arena_reset(&bench->arena);
        wanted = used == 0 ? wanted * 2 : WINDOW_BYTES;
        bytes = slice_skip(bytes, (size_t)used);
        offset += (uint64_t)used;
    }
    decoder->free(state);
}

typedef struct Figure {
    const char *what;
    double goal, best;
    const char *unit;
} Figure;

static void run(Bench *bench, Way way, bool fresh, const Slice *files, size_t count, Figure *figure)
{
    for (int round = 0; round < ROUNDS; round++) {
        const MatcherOptions options = {.seed = 1, .ticks = bench->accounts ? ticks : NULL};
        if (fresh || !bench->matcher) {
            matcher_free(bench->matcher);
            bench->matcher = matcher_new(bench->set, &options);
        }
        CHECK(bench->matcher != NULL);
        bench->way = way;
        bench->seconds = 0;
        bench->event_count = bench->matches = 0;
        for (size_t i = 0; i < count; i++) {
            read_bytes(bench, files[i]);
        }
        double rate = (double)bench->event_count / bench->seconds;
        if (rate > figure->best) figure->best = rate;
    }
    MatcherCounts counts = matcher_counts(bench->matcher);
    printf("%-44s %9.0f /s   goal %7.0f   events %8llu matches %7llu   values asked %4.1f "
           "remembered %4.1f %%\n",
           figure->what, figure->best, figure->goal, (unsigned long long)bench->event_count,
           (unsigned long long)bench->matches, (double)counts.values / (double)(counts.events + 1),
           100.0 * (double)counts.cache_hits / (double)(counts.values + 1));
    fflush(stdout);
}

static RuleSet *loading;

static int load_file(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)place;
    Slice name = slice_from_cstr(path);
    if (kind != FTW_F || !slice_ends(name, SLICE(".yml"))) return 0;
    Slice text = read_whole(path);
    CHECK(rule_set_add(loading, text, name) == 0);
    free((void *)(uintptr_t)text.ptr);
    return 0;
}

static long resident_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static RuleSet *load(char *folders)
{
    double best = 1e9;
    char *folder;
    char *copies[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        double before = now();
        copies[round] = strdup(folders);
        char *rest = copies[round];
        rule_set_free(loading);
        loading = rule_set_new();
        CHECK(loading != NULL);
        while ((folder = strsep(&rest, ","))) {
            CHECK(nftw(folder, load_file, 16, FTW_PHYS) == 0);
        }
        CHECK(rule_set_finish(loading) == 0);
        if (now() - before < best) best = now() - before;
        free(copies[round]);
    }
    RuleSetSize size = rule_set_size(loading);
    printf("%-44s %9.3f s    goal   0.500   rules %zu predicates %zu values %zu\n",
           "load all rules", best, rule_set_count(loading), size.predicate_count,
           size.element_count);
    printf("%-44s %9.1f MiB  goal   100.0   (largest resident set after loading %d times)\n",
           "memory", (double)resident_kib() / 1024, ROUNDS);
    return loading;
}

static size_t read_list(const char *path, Slice *ret_files, size_t most)
{
    Slice list = read_whole(path), rest = list, line;
    size_t count = 0;
    while (count < most && slice_cut(&rest, '\n', &line)) {
        char name[4096];
        snprintf(name, sizeof name, "%.*s", SLICE_FMT(line));
        ret_files[count++] = read_whole(name);
    }
    free((void *)(uintptr_t)list.ptr);
    return count;
}

int main(int argc, char **argv)
{
    static Slice evtx[4096];
    CHECK(argc == 4);
    Bench bench = {.set = load(argv[1]), .events = calloc(EVENTS_MAX, sizeof *bench.events)};
    CHECK(bench.events != NULL);
    Slice json = read_whole(argv[2]);
    size_t count = read_list(argv[3], evtx, ARRAY_COUNT(evtx));
    Figure figures[] = {{.what = "JSON lines, decoding alone"},
                        {.what = "JSON lines to matches", .goal = 300000},
                        {.what = "parsed events", .goal = 1000000},
                        {.what = "parsed events, every value unique", .goal = 60000},
                        {.what = "EVTX, decoding alone"},
                        {.what = "EVTX to matches", .goal = 200000},
                        {.what = "parsed events that all match, with evidence", .goal = 100000},
                        {.what = "parsed events, with accounts of time"}};
    run(&bench, WAY_DECODE, true, &json, 1, &figures[0]);
    run(&bench, WAY_WHOLE, true, &json, 1, &figures[1]);
    run(&bench, WAY_PARSED, true, &json, 1, &figures[2]);
    bench.accounts = true;
    run(&bench, WAY_PARSED, true, &json, 1, &figures[7]);
    bench.accounts = false;
    run(&bench, WAY_UNIQUE, true, &json, 1, &figures[3]);
    run(&bench, WAY_DECODE, true, evtx, count, &figures[4]);
    run(&bench, WAY_WHOLE, false, evtx, count, &figures[5]);
    bench.evidence = true;
    run(&bench, WAY_DENSE, false, evtx, count, &figures[6]);
    matcher_free(bench.matcher);
    rule_set_free(bench.set);
    return 0;
}
