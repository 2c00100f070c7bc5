/* See habit.h. */
#include "detect/habit_int.h"

#include "base/number.h"
#include "base/time_text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define DAY_NS ((int64_t)86400 * NS_PER_SECOND)
#define LOOK_NS ((int64_t)60 * NS_PER_SECOND) /* between two looks for who is silent */
#define JUDGED_AT_ONCE_MAX                                                                         \
    ((int64_t)HABIT_DAYS * HABIT_HOURS) /* windows; those between are skipped */

Habit *habit_new(const HabitEntry *entry)
{
    static const uint64_t seed[2] = {0x616b617368690001u, 0x6861626974730001u};
    Habit *habit = calloc(1, sizeof *habit);
    if (!habit) return NULL;
    habit->entry = entry;
    habit->numbers = map_make(HABIT_GROUPS_MAX, seed);
    habit->window = habit->looked_ns = INT64_MIN;
    return habit;
}

void habit_free(Habit *habit)
{
    if (!habit) return;
    map_done(&habit->numbers);
    arena_done(&habit->arena);
    free(habit->groups);
    free(habit);
}

uint64_t habit_unwatched(const Habit *habit)
{
    return habit->unwatched;
}

/* --- groups ----------------------------------------------------------------------------------- */

void habit_name_add(HabitName *name, size_t at, Slice value)
{
    value = slice_first(value, HABIT_VALUE_BYTES_MAX);
    if (value.len) memcpy(name->key + name->key_bytes, value.ptr, value.len);
    name->values[at] = slice_of(name->key + name->key_bytes, value.len);
    name->key_bytes += value.len;
    name->key[name->key_bytes++] = '\0';
}

static bool name_group(const HabitSpec *spec, const HabitMatch *match, HabitName *ret)
{
    ret->key_bytes = 0;
    for (size_t i = 0; i < spec->group_by_count; i++) {
        Slice value;
        if (!match->value(match->context, spec->group_by[i], &value) || value.len == 0)
            return false;
        habit_name_add(ret, i, value);
    }
    return true;
}

static int make_room(Habit *habit)
{
    if (habit->group_count < habit->group_capacity) return 0;
    uint32_t capacity = habit->group_capacity ? habit->group_capacity * 2 : 64;
    HabitGroup *larger = reallocarray(habit->groups, capacity, sizeof *larger);
    if (!larger) return -ENOMEM;
    habit->groups = larger;
    habit->group_capacity = capacity;
    return 0;
}

static int new_group(Habit *habit, const HabitName *name, int64_t time_ns)
{
    const HabitSpec *spec = &habit->entry->spec;
    int r = make_room(habit);
    if (r < 0) return r;
    HabitGroup group = {.first_ns = time_ns, .last_ns = time_ns, .told_ns = INT64_MIN};
    group.pause_day = time_ns / DAY_NS;
    for (size_t i = 0; i < spec->group_by_count && r == 0; i++) {
        r = arena_copy(&habit->arena, name->values[i], &group.values[i]);
    }
    if (spec->kind == HABIT_CHANGE) group.hours = ARENA_ARRAY(&habit->arena, HourSums, HABIT_HOURS);
    if (r < 0 || (spec->kind == HABIT_CHANGE && !group.hours)) return -ENOMEM;
    habit->groups[habit->group_count++] = group;
    return 0;
}

int habit_group_find(Habit *habit, const HabitName *name, int64_t time_ns, HabitGroup **ret)
{
    bool is_new = false;
    *ret = NULL;
    uint64_t *number = map_put(&habit->numbers, slice_of(name->key, name->key_bytes), &is_new);
    if (!number) {
        habit->unwatched++;
        return habit->numbers.count < HABIT_GROUPS_MAX ? -ENOMEM : 0;
    }
    if (is_new) {
        *number = habit->group_count;
        int r = new_group(habit, name, time_ns);
        if (r < 0) return r;
    }
    if (*number < habit->group_count) *ret = &habit->groups[*number];
    return 0;
}

static int tell(const Habit *habit, HabitGroup *group, HabitFinding *finding, const HabitSink *sink)
{
    const HabitSpec *spec = &habit->entry->spec;
    finding->rule = habit->entry->rule;
    finding->kind = spec->kind;
    finding->names = spec->group_by;
    finding->values = group->values;
    finding->group_count = spec->group_by_count;
    group->told_ns = finding->end_ns;
    return sink->found(sink->context, finding);
}

/* --- silence ---------------------------------------------------------------------------------- */

static void note_pause(HabitGroup *group, int64_t time_ns)
{
    int64_t day = time_ns / DAY_NS, pause_ns = time_ns - group->last_ns;
    for (; group->pause_day < day; group->pause_day++) {
        if (day - group->pause_day > (int64_t)HABIT_DAYS) group->pause_day = day - HABIT_DAYS;
        group->pauses_ns[(uint64_t)(group->pause_day + 1) % HABIT_DAYS] = 0;
    }
    int64_t *longest = &group->pauses_ns[(uint64_t)day % HABIT_DAYS];
    if (pause_ns > *longest) *longest = pause_ns;
}

static int look_at_silence(const Habit *habit, HabitGroup *group, int64_t now_ns,
                           const HabitSink *sink)
{
    const HabitSpec *spec = &habit->entry->spec;
    int64_t longest_ns = 0, pause_ns = now_ns - group->last_ns;
    for (size_t i = 0; i < HABIT_DAYS; i++) {
        if (group->pauses_ns[i] > longest_ns) longest_ns = group->pauses_ns[i];
    }
    bool is_judged = group->last_ns - group->first_ns >= spec->learn_ns && !group->is_odd;
    if (!is_judged || pause_ns <= spec->pause_ns) return 0;
    if ((double)pause_ns <= spec->factor * (double)longest_ns) return 0;
    HabitFinding finding = {.begin_ns = group->last_ns,
                            .end_ns = now_ns,
                            .value = (double)pause_ns / (double)NS_PER_SECOND,
                            .usual = (double)longest_ns / (double)NS_PER_SECOND};
    group->is_odd = true;
    return tell(habit, group, &finding, sink);
}

static int look_for_silence(Habit *habit, int64_t now_ns, const HabitSink *sink)
{
    int r = 0;
    if (habit->looked_ns != INT64_MIN && now_ns < habit->looked_ns + LOOK_NS) return 0;
    habit->looked_ns = now_ns;
    for (uint32_t i = 0; i < habit->group_count && r == 0; i++) {
        r = look_at_silence(habit, &habit->groups[i], now_ns, sink);
    }
    return r;
}

static int judge_return(const Habit *habit, HabitGroup *group, int64_t time_ns,
                        const HabitSink *sink)
{
    int64_t pause_ns = time_ns - group->last_ns;
    if (pause_ns < habit->entry->spec.pause_ns) return 0;
    HabitFinding finding = {.begin_ns = group->last_ns,
                            .end_ns = time_ns,
                            .value = (double)pause_ns / (double)NS_PER_SECOND};
    return tell(habit, group, &finding, sink);
}

/* --- windows ---------------------------------------------------------------------------------- */

static int judge_change(const Habit *habit, HabitGroup *group, int64_t begin_ns,
                        const HabitSink *sink)
{
    const HabitSpec *spec = &habit->entry->spec;
    HourSums *hour = &group->hours[(uint64_t)(begin_ns % DAY_NS) * HABIT_HOURS / (uint64_t)DAY_NS];
    double most = 0, least = INFINITY, sum = group->sum;
    for (size_t i = 0; i < hour->count; i++) {
        most = fmax(most, hour->list[i]);
        least = fmin(least, hour->list[i]);
    }
    bool is_known = hour->count > 0 && begin_ns - group->first_ns >= spec->learn_ns;
    bool is_more = is_known && sum >= spec->least && sum > spec->factor * most;
    bool is_less =
        is_known && !spec->rises_only && least >= spec->least && sum * spec->factor < least;
    bool was_odd = group->is_odd;
    group->is_odd = is_more || is_less;
    hour->list[hour->next] = sum;
    hour->next = (uint8_t)((hour->next + 1) % HABIT_DAYS);
    if (hour->count < HABIT_DAYS) hour->count++;
    if (!group->is_odd || was_odd) return 0;
    HabitFinding finding = {.begin_ns = begin_ns,
                            .end_ns = begin_ns + spec->window_ns,
                            .value = sum,
                            .usual = is_more ? most : least};
    return tell(habit, group, &finding, sink);
}

static int compare_numbers(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Of the groups that did anything; negative: too few to compare. */
static double median_of(const Habit *habit)
{
    double *sums = calloc(habit->group_count + 1, sizeof *sums), median = -1;
    uint32_t count = 0;
    for (uint32_t i = 0; sums && i < habit->group_count; i++) {
        if (habit->groups[i].sum > 0) sums[count++] = habit->groups[i].sum;
    }
    if (sums && count > 0 && count >= habit->entry->spec.group_count) {
        qsort(sums, count, sizeof *sums, compare_numbers);
        median = sums[count / 2];
    }
    free(sums);
    return median;
}

static int judge_loud(const Habit *habit, HabitGroup *group, double median, int64_t begin_ns,
                      const HabitSink *sink)
{
    const HabitSpec *spec = &habit->entry->spec;
    if (median < 0 || group->sum < spec->least || group->sum <= spec->factor * median) return 0;
    if (group->told_ns != INT64_MIN && begin_ns - group->told_ns < DAY_NS) return 0;
    HabitFinding finding = {.begin_ns = begin_ns,
                            .end_ns = begin_ns + spec->window_ns,
                            .value = group->sum,
                            .usual = median};
    return tell(habit, group, &finding, sink);
}

static int end_window(Habit *habit, const HabitSink *sink)
{
    const HabitSpec *spec = &habit->entry->spec;
    int64_t begin_ns = habit->window * spec->window_ns;
    double median = spec->kind == HABIT_LOUD ? median_of(habit) : 0;
    int r = 0;
    for (uint32_t i = 0; i < habit->group_count && r == 0; i++) {
        HabitGroup *group = &habit->groups[i];
        r = spec->kind == HABIT_LOUD ? judge_loud(habit, group, median, begin_ns, sink)
                                     : judge_change(habit, group, begin_ns, sink);
        group->sum = 0;
    }
    habit->window++;
    return r;
}

static int end_windows(Habit *habit, int64_t now_ns, const HabitSink *sink)
{
    int64_t newest = (now_ns - HABIT_LATENESS_NS) / habit->entry->spec.window_ns;
    int r = 0;
    if (habit->window == INT64_MIN) return 0;
    while (habit->window < newest && r == 0) {
        r = end_window(habit, sink);
        if (newest - habit->window > JUDGED_AT_ONCE_MAX)
            habit->window = newest - JUDGED_AT_ONCE_MAX;
    }
    return r;
}

int habit_advance(Habit *habit, int64_t now_ns, const HabitSink *sink)
{
    if (habit->entry->spec.kind == HABIT_SILENCE) return look_for_silence(habit, now_ns, sink);
    if (habit->entry->spec.kind == HABIT_RETURN) return 0;
    return end_windows(habit, now_ns, sink);
}

/* --- matches ---------------------------------------------------------------------------------- */

static double weight_of(const HabitSpec *spec, const HabitMatch *match)
{
    Slice text;
    uint64_t number;
    if (spec->field.len == 0) return 1;
    if (!match->value(match->context, spec->field, &text)) return 0;
    return number_parse_u64(text, &number) == 0 ? (double)number : 0;
}

int habit_feed(Habit *habit, const HabitMatch *match, const HabitSink *sink)
{
    const HabitSpec *spec = &habit->entry->spec;
    HabitName name;
    HabitGroup *group = NULL;
    if (match->time_ns < 0 || !name_group(spec, match, &name)) return 0;
    int r = habit_advance(habit, match->time_ns, sink);
    if (r == 0) r = habit_group_find(habit, &name, match->time_ns, &group);
    if (r < 0 || !group) return r;
    bool has_windows = spec->kind == HABIT_CHANGE || spec->kind == HABIT_LOUD;
    if (has_windows && habit->window == INT64_MIN) habit->window = match->time_ns / spec->window_ns;
    if (spec->kind == HABIT_RETURN) r = judge_return(habit, group, match->time_ns, sink);
    if (match->time_ns > group->last_ns) {
        if (spec->kind == HABIT_SILENCE) note_pause(group, match->time_ns);
        group->last_ns = match->time_ns;
        if (spec->kind == HABIT_SILENCE) group->is_odd = false;
    }
    group->sum += weight_of(spec, match);
    return r;
}
