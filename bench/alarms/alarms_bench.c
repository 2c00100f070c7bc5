/* How many alarms the packs give: lines -> events -> records -> findings -> stories, as the running
 * server does it, in memory and on the lines' own time.
 *
 *     alarms_bench FOLDER COMPANY simulate SCENARIO DAYS PEOPLE SEED
 *     alarms_bench FOLDER COMPANY lines        (from standard input, an empty line between
 * recordings)
 *
 * FOLDER: for the stories. COMPANY: company.yaml; the simulated night shift is written into its
 * department's list of users, as an administrator would. Prints for each pack and rule findings,
 * and stories in all, by the pack of their first finding. */
#include "alert/story.h"
#include "decode/lines.h"
#include "engine/context_load.h"
#include "engine/finding_shape.h"
#include "engine/packs.h"
#include "engine/replay.h"
#include "engine/row_memory.h"
#include "engine/sources.h"
#include "simulate/simulate.h"
#include "tests/support/alert_kit.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_DAY 20759 /* 2026-11-02, a Monday */
#define RECEIVED_NS ((int64_t)1798729200 * NS_PER_SECOND)
#define BENCH_RULES_MAX 4096 /* of all packs; a check stops before more */
#define NIGHT_MARK SLICE("[night01, night02")

typedef struct Bench {
    DetectRules rules;
    PackRule packs[BENCH_RULES_MAX];
    HabitEntry habits[BENCH_RULES_MAX];
    const char *pack_of[BENCH_RULES_MAX]; /* by rule */
    uint64_t found[BENCH_RULES_MAX], opened[BENCH_RULES_MAX];
    Arena kept;
    Detection *detection;
    RowMaker *maker;
    RowMemory *memory;
    Stories *stories;
    SourceSet *sources;
    Context *company;
    Arena arena, event_arena;
    const Row *row;
    uint64_t rows, lines, findings, stories_seen, recordings;
} Bench;

static void must(int result, const char *what)
{
    if (result >= 0) return;
    fprintf(stderr, "alarms_bench: %s: %d\n", what, result);
    exit(1);
}

/* --- rules ------------------------------------------------------------------------------------ */

static void add_file(Bench *bench, const BuiltInPackFile *file)
{
    Complaint complaint = {0};
    PackRule *rules;
    size_t count, first = rule_set_count(bench->rules.set);
    if (slice_ends(file->file, SLICE("/pack.yaml"))) return;
    must(rule_set_add(bench->rules.set, file->yaml, file->file), "rules");
    must(pack_rules_read(file->yaml, file->file, first, &bench->kept, &rules, &count, &complaint),
         "packs");
    for (size_t i = 0; i < count; i++) {
        bench->packs[bench->rules.pack_count++] = rules[i];
        if (!rules[i].has_habit) continue;
        bench->habits[bench->rules.habit_count++] = (HabitEntry){rules[i].rule, rules[i].habit};
    }
    if (rule_set_count(bench->rules.set) > BENCH_RULES_MAX) must(-1, "more rules than expected");
    for (size_t i = first; i < rule_set_count(bench->rules.set); i++)
        bench->pack_of[i] = file->pack.ptr;
}

static void load_rules(Bench *bench)
{
    const BuiltInPackFile *file;
    bench->rules.set = rule_set_new();
    for (size_t i = 0; (file = packs_built_in(i)) != NULL; i++)
        add_file(bench, file);
    must(rule_set_finish(bench->rules.set), "rule set");
    bench->rules.packs = bench->packs;
    bench->rules.habits = bench->habits;
}

/* --- findings --------------------------------------------------------------------------------- */

static int by_number(const void *left, const void *right)
{
    uint64_t a = ((const SeenRow *)left)->number, b = ((const SeenRow *)right)->number;
    return (a > b) - (a < b);
}

static int shape_correlation(Bench *bench, const CorrelationFinding *found, AlertFinding *ret)
{
    size_t count = found->reference_count;
    SeenRow *rows = ARENA_ARRAY(&bench->arena, SeenRow, count + 1);
    if (!rows) return -1;
    for (size_t i = 0; i < count; i++) {
        rows[i].number = found->references[i];
        rows[i].is_known =
            row_memory_find(bench->memory, rows[i].number, &bench->arena, &rows[i].row);
    }
    qsort(rows, count, sizeof *rows, by_number);
    return finding_shape_correlation(&bench->rules, found, rows, count, &bench->arena, ret);
}

static int shape(Bench *bench, const Finding *finding, AlertFinding *ret)
{
    if (finding->kind == FINDING_CORRELATION)
        return shape_correlation(bench, finding->correlation, ret);
    if (finding->kind == FINDING_HABIT)
        return finding_shape_habit(&bench->rules, finding->habit, &bench->arena, ret);
    Evidence evidence[EVIDENCE_MAX];
    size_t count =
        match_evidence(detection_matcher(bench->detection), finding->match, evidence, EVIDENCE_MAX);
    const SeenRow seen = {.number = bench->rows, .is_known = true, .row = *bench->row};
    return finding_shape_event(&bench->rules, finding->match, &seen, evidence, count, &bench->arena,
                               ret);
}

static int on_found(void *context, const Finding *finding)
{
    Bench *bench = context;
    AlertFinding shaped;
    uint64_t story;
    if (finding->kind == FINDING_EVENT && detection_rule_is_part(bench->detection, finding->rule))
        row_memory_keep(bench->memory, bench->rows, bench->row);
    if (!finding->is_told) return 0;
    must(shape(bench, finding, &shaped), "finding");
    must(stories_add(bench->stories, &shaped, 1, RECEIVED_NS, &story), "story");
    bench->found[finding->rule]++;
    bench->findings++;
    if (story > bench->stories_seen) {
        bench->stories_seen = story;
        bench->opened[finding->rule]++;
    }
    if (getenv("ALARMS_TELL")) {
        char at[TIME_TEXT_MAX];
        int len = (int)time_print_rfc3339(at, shaped.time_ns);
        printf("%.*s story %llu %.*s | %.*s | %.*s | %.*s | %.*s\n", len, at,
               (unsigned long long)story, SLICE_FMT(shaped.words[LANGUAGE_EN].title),
               SLICE_FMT(shaped.user), SLICE_FMT(shaped.source), SLICE_FMT(shaped.host),
               SLICE_FMT(shaped.object));
    }
    arena_reset(&bench->arena);
    return 0;
}

static int on_lost(void *context, const CorrelationLoss *loss)
{
    (void)context;
    (void)loss;
    must(-1, "a correlation lost what it counted");
    return 0;
}

/* --- lines ------------------------------------------------------------------------------------ */

static int on_row(void *context, const Row *row)
{
    Bench *bench = context;
    const DetectionSink sink = {.found = on_found, .lost = on_lost, .context = bench};
    Event room;
    DetectionEvent event = detection_event_of(row, &room);
    event.reference = ++bench->rows;
    bench->row = row;
    return detection_feed(bench->detection, &event, &sink);
}

static int feed(Bench *bench, Slice line)
{
    const DecodeOptions options = {.zone_offset_seconds = SIMULATE_ZONE_SECONDS,
                                   .received_ns = RECEIVED_NS};
    const RowMakerSink sink = {.row = on_row, .context = bench};
    Event event;
    int r = line_decode(line, &options, &bench->event_arena, &event);
    event.index = bench->lines++;
    const RowEvent fed = {.event = &event, .received_ns = RECEIVED_NS};
    if (r == 0) r = row_maker_feed(bench->maker, &fed, &bench->event_arena, &sink);
    arena_reset(&bench->event_arena);
    return r;
}

static int on_line(void *context, SimulateSource source, uint64_t number, int64_t time_ns,
                   Slice line)
{
    (void)source;
    (void)number;
    (void)time_ns;
    return feed(context, line);
}

static int on_label(void *context, Slice label)
{
    (void)context;
    (void)label;
    return 0;
}

/* --- one run ---------------------------------------------------------------------------------- */

static void begin(Bench *bench)
{
    const RowMakerOptions rows = {.sources = bench->sources,
                                  .zone_offset_seconds = SIMULATE_ZONE_SECONDS,
                                  .context = bench->company};
    const DetectionOptions options = {
        .matcher = {.cache_bytes = (size_t)8 << 20},
        .correlation = {.lateness_ns = CORRELATION_LATENESS_NS_DEFAULT,
                        .bytes_max = (size_t)512 << 20},
        .habits = bench->rules.habits,
        .habit_count = bench->rules.habit_count};
    Complaint complaint = {0};
    must(row_maker_new(&os_real, &rows, &bench->maker, &complaint), "rows");
    must(detection_new(bench->rules.set, &options, &bench->detection), "detection");
    bench->memory = row_memory_new();
}

static void finish(Bench *bench)
{
    const RowMakerSink rows = {.row = on_row, .context = bench};
    const DetectionSink found = {.found = on_found, .lost = on_lost, .context = bench};
    must(row_maker_flush(bench->maker, &bench->event_arena, &rows), "rows");
    must(detection_finish(bench->detection, &found), "detection");
    row_memory_free(bench->memory);
    row_maker_free(bench->maker);
    detection_free(bench->detection);
}

/* An empty line ends a recording: the next one may be of years before. */
static void feed_input(Bench *bench)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    while ((len = getline(&line, &room, stdin)) > 0) {
        Slice text = slice_trim(slice_of(line, (size_t)len));
        if (text.len > 0) {
            must(feed(bench, text), "line");
            continue;
        }
        finish(bench);
        begin(bench);
        bench->recordings++;
    }
    free(line);
}

/* --- the company ------------------------------------------------------------------------------ */

static int skip_line(void *context, SimulateSource source, uint64_t number, int64_t time_ns,
                     Slice line)
{
    (void)context;
    (void)source;
    (void)number;
    (void)time_ns;
    (void)line;
    return 0;
}

static Slice member(Slice label, Slice name)
{
    Slice value;
    size_t at = slice_find(label, name);
    if (at == SLICE_NOT_FOUND) return (Slice){0};
    Slice rest = slice_skip(label, at + name.len);
    return slice_cut(&rest, '"', &value) ? value : (Slice){0};
}

/* The night shift has addresses of its own (src/simulate/factory.c). */
static int on_night_label(void *context, Slice label)
{
    Buf *names = context;
    Slice user = member(label, SLICE("\"user\":\""));
    bool at_night = slice_starts(member(label, SLICE("\"ip\":\"")), SLICE("10.10.6"));
    if (!at_night || user.len < 2) return 0;
    CLEANUP(buf_done) Buf key = {0};
    buf_add_format(&key, " %.*s,", SLICE_FMT(user));
    if (slice_find(buf_slice(names), buf_slice(&key)) == SLICE_NOT_FOUND)
        buf_add_slice(names, buf_slice(&key));
    return 0;
}

static void add_night_shift(Buf *company, SimulateOptions options)
{
    CLEANUP(buf_done) Buf names = {0}, whole = {0};
    Complaint complaint = {0};
    const SimulateSink sink = {skip_line, on_night_label, &names};
    options.day_count = options.day_count < 5 ? options.day_count : 5;
    must(simulate_run(&options, &sink, &complaint), "simulation");
    size_t at = slice_find(buf_slice(company), NIGHT_MARK);
    if (at == SLICE_NOT_FOUND) must(-1, "the company has no night shift");
    buf_add(&whole, company->ptr, at + 1);
    buf_add_slice(&whole, buf_slice(&names));
    buf_add(&whole, company->ptr + at + 1, company->len - at - 1);
    buf_clear(company);
    buf_add_slice(company, buf_slice(&whole));
}

static void read_file(const char *path, Buf *to)
{
    char piece[65536];
    size_t got;
    FILE *file = fopen(path, "rb");
    if (!file) must(-1, path);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        buf_add(to, piece, got);
    fclose(file);
}

static void say_mistake(void *context, const Complaint *complaint)
{
    (void)context;
    fprintf(stderr, "alarms_bench: %s\n", complaint->en);
}

static Context *load_company(Slice document)
{
    const ContextWatcher watcher = {.mistake = say_mistake};
    const ContextLoad load = {.os = &os_real, .watcher = &watcher};
    Context *company;
    must(context_load_document(&load, document, ".", &company), "company");
    return company;
}

/* --- the table -------------------------------------------------------------------------------- */

static void print_rules(const Bench *bench, double days, const char *unit)
{
    printf("| pack | rule | level | findings | a %s | stories opened |\n"
           "|---|---|---|---|---|---|\n",
           unit);
    for (size_t i = 0; i < rule_set_count(bench->rules.set); i++) {
        const RuleInfo *info = rule_set_info(bench->rules.set, i);
        if (bench->found[i] == 0) continue;
        printf("| %s | %.*s | %.*s | %llu | %.2f | %llu |\n", bench->pack_of[i],
               SLICE_FMT(info->title), SLICE_FMT(info->level), (unsigned long long)bench->found[i],
               (double)bench->found[i] / days, (unsigned long long)bench->opened[i]);
    }
}

static void print_packs(const Bench *bench, double days, const char *unit)
{
    printf("\n| pack | findings | a %s | stories | a %s |\n|---|---|---|---|---|\n", unit, unit);
    for (size_t i = 0; i < rule_set_count(bench->rules.set); i++) {
        uint64_t found = 0, opened = 0;
        if (i > 0 && strcmp(bench->pack_of[i], bench->pack_of[i - 1]) == 0) continue;
        for (size_t k = i; k < rule_set_count(bench->rules.set); k++) {
            if (strcmp(bench->pack_of[k], bench->pack_of[i]) != 0) break;
            found += bench->found[k];
            opened += bench->opened[k];
        }
        printf("| %s | %llu | %.2f | %llu | %.2f |\n", bench->pack_of[i], (unsigned long long)found,
               (double)found / days, (unsigned long long)opened, (double)opened / days);
    }
    printf("| **all** | %llu | %.2f | %llu | **%.2f** |\n", (unsigned long long)bench->findings,
           (double)bench->findings / days, (unsigned long long)bench->stories_seen,
           (double)bench->stories_seen / days);
}

int main(int count, char **words)
{
    static Bench bench;
    CLEANUP(buf_done) Buf company = {0};
    Complaint complaint = {0};
    bool is_simulated = count == 8 && strcmp(words[3], "simulate") == 0;
    if (!is_simulated && !(count == 4 && strcmp(words[3], "lines") == 0)) {
        fputs("usage: see bench/alarms/run\n", stderr);
        return 2;
    }
    SimulateOptions options = {.first_day = FIRST_DAY};
    read_file(words[2], &company);
    if (is_simulated) {
        options.scenario = slice_from_cstr(words[4]);
        options.day_count = (unsigned)atoi(words[5]);
        options.people_count = (unsigned)atoi(words[6]);
        options.seed = (uint64_t)atoi(words[7]);
        add_night_shift(&company, options);
    }
    bench.company = load_company(buf_slice(&company));
    must(sources_open(&os_real, NULL, 0, NULL, &bench.sources, &complaint), "sources");
    must(stories_open(&os_real, words[1], &kit_cipher, &bench.stories), "stories");
    load_rules(&bench);
    begin(&bench);
    const SimulateSink sink = {.line = on_line, .label = on_label, .context = &bench};
    if (is_simulated) must(simulate_run(&options, &sink, &complaint), "simulation");
    if (!is_simulated) feed_input(&bench);
    finish(&bench);
    double days = is_simulated ? (double)options.day_count : (double)bench.recordings + 1;
    const char *unit = is_simulated ? "day" : "recording";
    printf("%llu lines", (unsigned long long)bench.lines);
    if (is_simulated) printf(", %u people, %u days", options.people_count, options.day_count);
    printf("\n\n");
    print_rules(&bench, days, unit);
    print_packs(&bench, days, unit);
    rule_set_free(bench.rules.set);
    stories_close(bench.stories);
    context_free(bench.company);
    source_set_free(bench.sources);
    arena_done(&bench.kept);
    arena_done(&bench.arena);
    arena_done(&bench.event_arena);
    return 0;
}
