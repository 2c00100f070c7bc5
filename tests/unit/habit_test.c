/* detect/habit: silence, change, loudness, return; what stays untold; bounds. */
#include "tests/support/tap.h"

#include "detect/habit.h"

#include "base/time_text.h"

#include <errno.h>
#include <stdio.h>

#define SECOND NS_PER_SECOND
#define HOUR ((int64_t)3600 * SECOND)
#define DAY (24 * HOUR)
#define START (20000 * DAY)

typedef struct Told {
    size_t count;
    HabitFinding last;
    char group[16];
} Told;

typedef struct Given {
    const char *group;
    const char *number;
} Given;

static int on_found(void *context, const HabitFinding *finding)
{
    Told *told = context;
    told->count++;
    told->last = *finding;
    snprintf(told->group, sizeof told->group, "%.*s", SLICE_FMT(finding->values[0]));
    return 0;
}

static bool value_of(void *context, Slice field, Slice *ret)
{
    const Given *given = context;
    const char *text = slice_eq(field, SLICE("who")) ? given->group : given->number;
    *ret = slice_from_cstr(text);
    return text != NULL;
}

static void feed(Habit *habit, int64_t time_ns, const char *group, const char *number, Told *told)
{
    Given given = {group, number};
    const HabitMatch match = {.time_ns = time_ns, .value = value_of, .context = &given};
    const HabitSink sink = {.found = on_found, .context = told};
    expect_ok(habit_feed(habit, &match, &sink));
}

static void advance(Habit *habit, int64_t now_ns, Told *told)
{
    const HabitSink sink = {.found = on_found, .context = told};
    expect_ok(habit_advance(habit, now_ns, &sink));
}

static HabitEntry entry_of(HabitKind kind)
{
    return (HabitEntry){.rule = 7,
                        .spec = {.kind = kind,
                                 .group_by = {SLICE("who")},
                                 .group_by_count = 1,
                                 .field = SLICE("bytes"),
                                 .window_ns = HOUR,
                                 .pause_ns = HOUR,
                                 .learn_ns = 2 * DAY,
                                 .factor = 3,
                                 .least = 100,
                                 .group_count = 5}};
}

static void silence_is_told_once_until_it_is_back(void)
{
    HabitEntry entry = entry_of(HABIT_SILENCE);
    Habit *habit = habit_new(&entry);
    Told told = {0};
    int64_t at = START;
    for (; at < START + 3 * DAY; at += HOUR / 2)
        feed(habit, at, "fw01", NULL, &told);
    at -= HOUR / 2;
    advance(habit, at + HOUR, &told);
    expect_int(told.count, 0); /* not over three times its longest pause */
    advance(habit, at + 2 * HOUR, &told);
    advance(habit, at + 9 * HOUR, &told);
    expect_int(told.count, 1);
    expect_int(told.last.rule, 7);
    expect_int(told.last.begin_ns, at);
    expect_int((int64_t)told.last.usual, 1800);
    feed(habit, at + 10 * HOUR, "fw01", NULL, &told);
    advance(habit, at + 25 * HOUR, &told);
    expect_int(told.count, 1); /* ten hours are now its longest pause */
    advance(habit, at + 45 * HOUR, &told);
    expect_int(told.count, 2);
    habit_free(habit);
}

static void who_is_young_or_pauses_at_night_is_not_silent(void)
{
    HabitEntry entry = entry_of(HABIT_SILENCE);
    Habit *habit = habit_new(&entry);
    Told told = {0};
    feed(habit, START, "new", NULL, &told);
    feed(habit, START + HOUR, "new", NULL, &told);
    for (int day = 0; day < 6; day++) {
        for (int hour = 8; hour < 18; hour++)
            feed(habit, START + day * DAY + hour * HOUR, "pc", NULL, &told);
    }
    expect_int(told.count, 0);
    habit_free(habit);
}

static void change_of_an_hour_is_told(void)
{
    HabitEntry entry = entry_of(HABIT_CHANGE);
    Habit *habit = habit_new(&entry);
    Told told = {0};
    for (int day = 0; day < 5; day++) {
        for (int hour = 0; hour < 24; hour++)
            feed(habit, START + day * DAY + hour * HOUR, "site", hour == 9 ? "1000" : "200", &told);
    }
    expect_int(told.count, 0);
    feed(habit, START + 5 * DAY, "site", "700", &told); /* midnight: 200 was usual */
    advance(habit, START + 5 * DAY + HOUR + HABIT_LATENESS_NS, &told);
    expect_int(told.count, 1);
    expect_int((int64_t)told.last.value, 700);
    expect_int((int64_t)told.last.usual, 200);
    for (int hour = 1; hour < 9; hour++)
        feed(habit, START + 5 * DAY + hour * HOUR, "site", "200", &told);
    feed(habit, START + 5 * DAY + 9 * HOUR, "site", "300", &told); /* 1000 was usual */
    expect_int(told.count, 1);
    advance(habit, START + 5 * DAY + 10 * HOUR + HABIT_LATENESS_NS, &told);
    expect_int(told.count, 2);
    expect_int((int64_t)told.last.usual, 1000);
    habit_free(habit);
}

static void where_only_a_rise_counts_a_fall_is_not_told(void)
{
    HabitEntry entry = entry_of(HABIT_CHANGE);
    entry.spec.rises_only = true;
    Habit *habit = habit_new(&entry);
    Told told = {0};
    for (int hour = 0; hour < 5 * 24; hour++)
        feed(habit, START + hour * HOUR, "site", "1000", &told);
    advance(habit, START + 5 * DAY + 3 * HOUR, &told); /* nothing came */
    expect_int(told.count, 0);
    feed(habit, START + 5 * DAY + 3 * HOUR, "site", "9000", &told);
    advance(habit, START + 5 * DAY + 4 * HOUR + HABIT_LATENESS_NS, &told);
    expect_int(told.count, 1);
    expect_int((int64_t)told.last.value, 9000);
    habit_free(habit);
}

static void loud_is_who_is_over_the_others(void)
{
    HabitEntry entry = entry_of(HABIT_LOUD);
    Habit *habit = habit_new(&entry);
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    Told told = {0};
    for (int hour = 0; hour < 30; hour++) {
        for (size_t i = 0; i < 6; i++)
            feed(habit, START + hour * HOUR, names[i], i == 5 && hour > 0 ? "400" : "110", &told);
    }
    advance(habit, START + 30 * HOUR + HABIT_LATENESS_NS, &told);
    expect_int(told.count, 2); /* once a day */
    expect(told.group[0] == 'f');
    for (int hour = 40; hour < 42; hour++) {
        for (size_t i = 0; i < 4; i++) /* too few to compare */
            feed(habit, START + hour * HOUR, names[i], i == 3 ? "4000" : "110", &told);
    }
    advance(habit, START + 50 * HOUR, &told);
    expect_int(told.count, 2);
    habit_free(habit);
}

static void return_is_told(void)
{
    HabitEntry entry = entry_of(HABIT_RETURN);
    Habit *habit = habit_new(&entry);
    Told told = {0};
    feed(habit, START, "x", NULL, &told);
    feed(habit, START + HOUR - 1, "x", NULL, &told);
    expect_int(told.count, 0);
    feed(habit, START + 2 * HOUR, "x", NULL, &told);
    expect_int(told.count, 1);
    feed(habit, START, "x", NULL, &told); /* late: nobody came back */
    expect_int(told.count, 1);
    habit_free(habit);
}

static void strange_times_and_absent_values_are_passed_over(void)
{
    for (HabitKind kind = HABIT_SILENCE; kind <= HABIT_RETURN; kind++) {
        HabitEntry entry = entry_of(kind);
        Habit *habit = habit_new(&entry);
        Told told = {0};
        feed(habit, TIME_UNKNOWN, "x", "1", &told);
        feed(habit, -5, "x", "1", &told);
        feed(habit, START, NULL, "1", &told);
        feed(habit, START, "x", "no number", &told);
        feed(habit, INT64_MAX / 2, "x", "500", &told);
        feed(habit, START, "x", "500", &told);
        advance(habit, INT64_MAX / 2 + DAY, &told);
        expect_int(habit_unwatched(habit), 0);
        habit_free(habit);
    }
}

static void groups_are_bounded(void)
{
    HabitEntry entry = entry_of(HABIT_SILENCE);
    Habit *habit = habit_new(&entry);
    Told told = {0};
    for (unsigned i = 0; i < HABIT_GROUPS_MAX + 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "%u", i);
        feed(habit, START, name, NULL, &told);
    }
    expect_int(habit_unwatched(habit), 10);
    habit_free(habit);
}

/* A restart each hour: the same is told as without. */
static void what_was_learned_goes_on_after_a_restart(void)
{
    const HabitKind kinds[] = {HABIT_SILENCE, HABIT_CHANGE, HABIT_LOUD, HABIT_RETURN};
    for (size_t k = 0; k < ARRAY_COUNT(kinds); k++) {
        HabitEntry entry = entry_of(kinds[k]);
        Habit *whole = habit_new(&entry), *restarted = habit_new(&entry);
        Told told = {0}, told_again = {0};
        for (int64_t hour = 0; hour < 6 * 24; hour++) {
            CLEANUP(buf_done) Buf bytes = {0};
            const char *number = hour > 100 && hour % 24 == 9 ? "9000" : "200";
            if (hour < 110 || hour > 120) {
                feed(whole, START + hour * HOUR, "site", number, &told);
                feed(restarted, START + hour * HOUR, "site", number, &told_again);
            }
            advance(whole, START + hour * HOUR + HOUR / 2, &told);
            advance(restarted, START + hour * HOUR + HOUR / 2, &told_again);
            expect_ok(habit_save(restarted, &bytes));
            habit_free(restarted);
            restarted = habit_new(&entry);
            expect_ok(habit_load(restarted, buf_slice(&bytes)));
        }
        if (kinds[k] != HABIT_LOUD) expect(told.count > 0);
        expect(told.count == told_again.count && told.last.end_ns == told_again.last.end_ns);
        habit_free(whole);
        habit_free(restarted);
    }
}

static void bytes_of_another_habit_are_refused(void)
{
    HabitEntry entry = entry_of(HABIT_CHANGE), other = entry_of(HABIT_CHANGE);
    CLEANUP(buf_done) Buf bytes = {0};
    Told told = {0};
    Habit *habit = habit_new(&entry);
    other.spec.window_ns = DAY;
    feed(habit, START, "site", "200", &told);
    expect_ok(habit_save(habit, &bytes));
    for (size_t len = 0; len < bytes.len; len++) {
        expect(habit_load(habit, slice_first(buf_slice(&bytes), len)) == -EBADMSG);
    }
    expect_ok(habit_load(habit, buf_slice(&bytes)));
    habit_free(habit);
    habit = habit_new(&other);
    expect(habit_load(habit, buf_slice(&bytes)) == -EBADMSG);
    habit_free(habit);
}

static const TapTest tests[] = {
    TAP_TEST(silence_is_told_once_until_it_is_back),
    TAP_TEST(who_is_young_or_pauses_at_night_is_not_silent),
    TAP_TEST(change_of_an_hour_is_told),
    TAP_TEST(where_only_a_rise_counts_a_fall_is_not_told),
    TAP_TEST(loud_is_who_is_over_the_others),
    TAP_TEST(return_is_told),
    TAP_TEST(strange_times_and_absent_values_are_passed_over),
    TAP_TEST(groups_are_bounded),
    TAP_TEST(what_was_learned_goes_on_after_a_restart),
    TAP_TEST(bytes_of_another_habit_are_refused),
};
TAP_MAIN(tests)
