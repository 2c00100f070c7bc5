/* `tests:` of a rule in a pack. See pack.h. */
#include "detect/pack.h"

#include <errno.h>

#define TEST_DAYS_MAX 60
#define TEST_PEOPLE_MAX 1000
#define TEST_PEOPLE_DEFAULT 30

static int read_repeat(const YamlNode *test, PackTest *ret, Complaint *complaint)
{
    static const char *const known[] = {"count", "every", NULL};
    const YamlNode *repeat = yaml_member(test, "repeat");
    if (!repeat) return 0;
    const YamlNode *every = yaml_member(repeat, "every");
    int r = pack_keys_check(repeat, known, complaint);
    if (r == 0) r = pack_number_read(repeat, "count", PACK_REPEAT_MAX, &ret->count, complaint);
    if (r == 0 && every) r = pack_duration_read(every, &ret->every_ns, complaint);
    if (r == 0 && ret->count == 0)
        return YAML_REFUSE(complaint, repeat, "pack.repeat", "count: 1 or more",
                           "count: 1 以上を書いてください");
    return r;
}

static int read_simulate(const YamlNode *test, Arena *arena, PackTest *ret, Complaint *complaint)
{
    static const char *const known[] = {"scenario", "seed", "days", "people", NULL};
    const YamlNode *simulate = yaml_member(test, "simulate");
    if (!simulate) return 0;
    int r = pack_keys_check(simulate, known, complaint);
    if (r == 0) r = arena_copy(arena, yaml_text(simulate, "scenario"), &ret->scenario);
    if (r == 0) r = pack_number_read(simulate, "seed", UINT64_MAX, &ret->seed, complaint);
    if (r == 0) r = pack_number_read(simulate, "days", TEST_DAYS_MAX, &ret->days, complaint);
    return r < 0 ? r
                 : pack_number_read(simulate, "people", TEST_PEOPLE_MAX, &ret->people, complaint);
}

static int read_test(const YamlNode *test, Arena *arena, PackTest *ret, Complaint *complaint)
{
    static const char *const known[] = {"name",     "lines",  "repeat", "then",
                                        "simulate", "expect", NULL};
    *ret = (PackTest){
        .line = test->line, .count = 1, .seed = 1, .days = 1, .people = TEST_PEOPLE_DEFAULT};
    int r = pack_keys_check(test, known, complaint);
    if (r == 0) r = arena_copy(arena, yaml_text(test, "name"), &ret->name);
    if (r == 0) r = arena_copy(arena, yaml_text(test, "lines"), &ret->lines);
    if (r == 0) r = arena_copy(arena, yaml_text(test, "then"), &ret->then);
    if (r == 0) r = read_repeat(test, ret, complaint);
    if (r == 0) r = read_simulate(test, arena, ret, complaint);
    if (r == 0) r = pack_number_read(test, "expect", PACK_REPEAT_MAX, &ret->expect, complaint);
    if (r < 0) return r;
    bool is_whole = ret->name.len > 0 && yaml_member(test, "expect") &&
                    (ret->lines.len > 0) != (ret->scenario.len > 0) &&
                    (ret->then.len == 0 || ret->lines.len > 0);
    if (is_whole) return 0;
    return YAML_REFUSE(complaint, test, "pack.test",
                       "a test has name, expect, and either lines or simulate with a scenario",
                       "試験には name と expect、それに lines か simulate（scenario つき）の"
                       "どちらかを書いてください");
}

/* A rule that nobody tried, both ways, is not a rule of a pack. */
static int check_both_ways(const YamlNode *tests, const PackRule *rule, Complaint *complaint)
{
    size_t positive = 0;
    for (size_t i = 0; i < rule->test_count; i++) {
        positive += rule->tests[i].expect > 0;
    }
    if (positive > 0 && positive < rule->test_count) return 0;
    return YAML_REFUSE(complaint, tests, "pack.tests",
                       "write at least one test that must find and one near miss with expect: 0",
                       "見つけるべき試験と、惜しくも当たらない試験（expect: 0）を少なくとも一つずつ"
                       "書いてください");
}

int pack_tests_read(const YamlNode *tests, Arena *arena, PackRule *rule, Complaint *complaint)
{
    static const YamlNode nowhere = {.line = 0};
    if (!tests || tests->kind != YAML_LIST || tests->count > PACK_TESTS_MAX)
        return YAML_REFUSE(complaint, tests ? tests : &nowhere, "pack.tests.absent",
                           "tests: a list of 2 to %u tests is wanted",
                           "tests: 試験を 2 個から %u 個まで並べてください", PACK_TESTS_MAX);
    rule->tests = ARENA_ARRAY(arena, PackTest, tests->count);
    if (!rule->tests) return -ENOMEM;
    for (const YamlNode *test = tests->first; test; test = test->next) {
        int r = read_test(test, arena, &rule->tests[rule->test_count], complaint);
        if (r < 0) return r;
        rule->test_count++;
    }
    return check_both_ways(tests, rule, complaint);
}
