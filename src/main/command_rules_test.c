/* See command_rules.h. */
#include "main/command_rules.h"

#include "engine/replay.h"
#include "main/finding_print.h"
#include "main/known_context.h"
#include "main/known_sources.h"
#include "main/output.h"
#include "main/rule_files.h"
#include "simulate/simulate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Tests have a calendar of their own, so that they say the same on every day: Japan's time, years
 * that are not written are 2026, the simulated factory's first day is Monday, 16 November 2026. */
#define TEST_ZONE_SECONDS SIMULATE_ZONE_SECONDS
#define TEST_RECEIVED_NS ((int64_t)1798729200 * NS_PER_SECOND) /* 2027-01-01T00:00:00+09:00 */
#define TEST_FIRST_DAY 20773
#define TEST_CACHE_BYTES ((size_t)1 << 20)
#define TEST_CORRELATION_BYTES ((size_t)256 << 20)

/* A simulation is played once for all tests that ask for it: findings by rule. */
typedef struct Played {
    struct Played *next;
    const PackTest *test;
    uint64_t *counts;
} Played;

typedef struct TestRun {
    const Invocation *invocation;
    RuleSet *set;
    SourceSet *sources;
    Context *company;
    PackFiles packs;
    Played *played;
    uint64_t *counts; /* of the running test, by rule */
    Buf output;
    uint64_t passed, failed;
} TestRun;

/* --- one test --------------------------------------------------------------------------------- */

static int on_found(void *context, const Finding *finding)
{
    TestRun *run = context;
    bool is_habit = false;
    for (size_t i = 0; i < run->packs.habit_count; i++) {
        is_habit |= run->packs.habits[i].rule == finding->rule;
    }
    if (!is_habit || finding->kind == FINDING_HABIT) run->counts[finding->rule]++;
    return 0;
}

static int on_lost(void *context, const CorrelationLoss *loss)
{
    (void)context;
    (void)loss;
    return -ENOBUFS;
}

static int start(TestRun *run, Replay **ret)
{
    const ReplayOptions options = {
        .rows = {.sources = run->sources,
                 .context = run->company,
                 .zone_offset_seconds = TEST_ZONE_SECONDS},
        .received_ns = TEST_RECEIVED_NS,
        .detection = {.matcher = {.cache_bytes = TEST_CACHE_BYTES},
                      .correlation = {.lateness_ns = INT64_MAX,
                                      .bytes_max = TEST_CORRELATION_BYTES},
                      .habits = run->packs.habits,
                      .habit_count = run->packs.habit_count},
    };
    const DetectionSink sink = {.found = on_found, .lost = on_lost, .context = run};
    Complaint complaint = {0};
    memset(run->counts, 0, rule_set_count(run->set) * sizeof *run->counts);
    return replay_new(&os_real, run->set, &options, &sink, ret, &complaint);
}

static int feed_lines(Replay *replay, Slice lines)
{
    Slice line;
    int r = 0;
    while (r == 0 && lines.len > 0 && slice_cut(&lines, '\n', &line)) {
        if (slice_trim(line).len > 0) r = replay_line(replay, line);
    }
    return r;
}

static int play_lines(TestRun *run, const PackTest *test)
{
    CLEANUP(buf_done) Buf shifted = {0};
    Replay *replay = NULL;
    uint64_t numbers = replay_record_numbers(test->lines);
    int r = start(run, &replay);
    for (uint64_t i = 0; i < test->count && r == 0; i++) {
        buf_clear(&shifted);
        replay_shift(&shifted, test->lines, (int64_t)i * test->every_ns, i * numbers);
        r = buf_error(&shifted);
        if (r == 0) r = feed_lines(replay, buf_slice(&shifted));
    }
    if (r == 0) r = feed_lines(replay, test->then);
    if (r == 0) r = replay_finish(replay);
    replay_free(replay);
    return r;
}

static int on_line(void *context, SimulateSource source, uint64_t number, int64_t time_ns,
                   Slice line)
{
    (void)source;
    (void)number;
    (void)time_ns;
    return replay_line(context, line);
}

static int on_label(void *context, Slice label)
{
    (void)context;
    (void)label;
    return 0;
}

static int play_scenario(TestRun *run, const PackTest *test)
{
    const SimulateOptions options = {.seed = test->seed,
                                     .people_count = (unsigned)test->people,
                                     .first_day = TEST_FIRST_DAY,
                                     .day_count = (unsigned)test->days,
                                     .scenario = test->scenario};
    Complaint complaint = {0};
    Replay *replay = NULL;
    int r = simulate_judge(&options, &complaint);
    if (r == 0) r = start(run, &replay);
    const SimulateSink sink = {.line = on_line, .label = on_label, .context = replay};
    if (r == 0) r = simulate_run(&options, &sink, &complaint);
    if (r == 0) r = replay_finish(replay);
    if (r < 0 && complaint.id) say_complaint(&complaint, run->invocation->language);
    replay_free(replay);
    return r;
}

static const Played *played_before(const TestRun *run, const PackTest *test)
{
    const Played *played = run->played;
    while (played &&
           !(slice_eq(played->test->scenario, test->scenario) && played->test->seed == test->seed &&
             played->test->days == test->days && played->test->people == test->people))
        played = played->next;
    return played;
}

static int keep_played(TestRun *run, const PackTest *test)
{
    size_t bytes = rule_set_count(run->set) * sizeof *run->counts;
    Played *played = ARENA_NEW(&run->packs.arena, Played);
    uint64_t *counts = arena_alloc(&run->packs.arena, bytes);
    if (!played || !counts) return -ENOMEM;
    memcpy(counts, run->counts, bytes);
    *played = (Played){.next = run->played, .test = test, .counts = counts};
    run->played = played;
    return 0;
}

static int count_findings(TestRun *run, const PackRule *rule, const PackTest *test, uint64_t *ret)
{
    int r = 0;
    const Played *played = test->scenario.len > 0 ? played_before(run, test) : NULL;
    if (played) {
        *ret = played->counts[rule->rule];
        return 0;
    }
    r = test->scenario.len > 0 ? play_scenario(run, test) : play_lines(run, test);
    if (r == 0 && test->scenario.len > 0) r = keep_played(run, test);
    if (r == 0) *ret = run->counts[rule->rule];
    return r;
}

/* --- all of them ------------------------------------------------------------------------------ */

static void print_test(TestRun *run, const PackRule *rule, const PackTest *test, uint64_t found,
                       bool holds)
{
    const RuleInfo *info = rule_set_info(run->set, rule->rule);
    Buf *to = &run->output;
    buf_add_char(to, '{');
    member_print(to, "state", holds ? SLICE("passed") : SLICE("failed"));
    member_print(to, "rule", rule_label(info));
    member_print(to, "title", info->title);
    member_print(to, "test", test->name);
    member_print_number(to, "wanted", test->expect);
    member_print_number(to, "found", found);
    member_print(to, "file", info->file);
    member_print_number(to, "line", test->line);
    buf_add_cstr(to, "}\n");
}

static int run_test(TestRun *run, const PackRule *rule, const PackTest *test)
{
    uint64_t found = 0;
    int r = count_findings(run, rule, test, &found);
    if (r == -ENOMEM) return r;
    bool holds = r == 0 && (test->expect > 0 ? found >= test->expect : found == 0);
    run->passed += holds;
    run->failed += !holds;
    print_test(run, rule, test, found, holds);
    return output_flush(&run->output, OUTPUT_PIECE_BYTES);
}

static bool is_asked_for(const TestRun *run, const PackRule *rule)
{
    const RuleInfo *info = rule_set_info(run->set, rule->rule);
    Slice only = slice_from_cstr(option_value(run->invocation, "only"));
    return only.len == 0 || slice_find_nocase(info->title, only) != SLICE_NOT_FOUND ||
           slice_eq_nocase(info->id, only);
}

static int run_tests(TestRun *run)
{
    int r = 0;
    for (size_t i = 0; i < run->packs.rule_count && r == 0; i++) {
        const PackRule *rule = &run->packs.rules[i];
        for (size_t k = 0; k < rule->test_count && r == 0 && is_asked_for(run, rule); k++) {
            r = run_test(run, rule, &rule->tests[k]);
        }
    }
    return r == 0 ? output_flush(&run->output, 0) : r;
}

/* A rule of a pack that is not at work is a failure, whatever its tests say. */
static void judge_rules(TestRun *run)
{
    run->failed += run->packs.mistakes;
    for (size_t i = 0; i < rule_set_count(run->set); i++) {
        const RuleInfo *info = rule_set_info(run->set, i);
        if (info->state == RULE_READY) continue;
        say_complaint(info->reason, run->invocation->language);
        run->failed++;
    }
}

static int say_tested(const TestRun *run, int r, uint64_t unreadable)
{
    char passed[NUMBER_WORDS_MAX], failed[NUMBER_WORDS_MAX];
    Language language = run->invocation->language;
    if (r == -EPIPE) return EXIT_DONE;
    if (r < 0) SAY(MESSAGE_OUTPUT_FAILED, language, {"error", error_words(r)});
    SAY(MESSAGE_SUMMARY_RULES_TEST, language, {"passed", number_words(passed, run->passed)},
        {"failed", number_words(failed, run->failed)});
    if (r < 0 || unreadable > 0) return EXIT_FAILED;
    return run->failed > 0 ? EXIT_ANSWER_NO : EXIT_DONE;
}

int rules_test(const Invocation *invocation, char **paths, size_t count)
{
    TestRun run = {.invocation = invocation};
    uint64_t unreadable = 0;
    int status = EXIT_FAILED;
    run.set = rule_files_load(invocation, paths, count, &run.packs, &unreadable);
    int r = run.set ? known_sources_open(invocation, &run.sources, NULL) : -EINVAL;
    if (r == 0) r = known_context_of_tests(invocation, &run.company);
    if (r == 0) run.counts = calloc(rule_set_count(run.set) + 1, sizeof *run.counts);
    if (run.counts) {
        judge_rules(&run);
        status = say_tested(&run, run_tests(&run), unreadable);
    }
    pack_files_done(&run.packs);
    context_free(run.company);
    source_set_free(run.sources);
    rule_set_free(run.set);
    buf_done(&run.output);
    free(run.counts);
    return status;
}
