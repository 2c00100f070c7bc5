/* What a habit has learned; shared by habit.c (at work) and habit_save.c. */
#ifndef AKASHI_DETECT_HABIT_INT_H
#define AKASHI_DETECT_HABIT_INT_H

#include "base/map.h"
#include "detect/habit.h"

#define HABIT_HOURS 24u /* of a day */

/* The sums of one hour of the day, the newest HABIT_DAYS of them. */
typedef struct HourSums {
    double list[HABIT_DAYS];
    uint8_t count, next;
} HourSums;

typedef struct HabitGroup {
    Slice values[HABIT_FIELDS_MAX];
    int64_t first_ns, last_ns, told_ns;
    double sum;                    /* of the open window */
    bool is_odd;                   /* told, and not usual again since */
    int64_t pauses_ns[HABIT_DAYS]; /* the longest of each day */
    int64_t pause_day;             /* of the newest */
    HourSums *hours;               /* CHANGE: HABIT_HOURS of them */
} HabitGroup;

struct Habit {
    const HabitEntry *entry;
    Arena arena;
    Map numbers; /* of groups, by name */
    HabitGroup *groups;
    uint32_t group_count, group_capacity;
    int64_t window; /* number of the open one; INT64_MIN: none yet */
    int64_t looked_ns;
    uint64_t unwatched;
};

/* One group's name, as events or saved bytes give it. */
typedef struct HabitName {
    Slice values[HABIT_FIELDS_MAX];
    char key[HABIT_FIELDS_MAX * (HABIT_VALUE_BYTES_MAX + 1)];
    size_t key_bytes;
} HabitName;
/* A value that is longer than HABIT_VALUE_BYTES_MAX is cut. */
void habit_name_add(HabitName *name, size_t at, Slice value);
/* *ret NULL: no room for one more. -ENOMEM. */
MUST_USE int habit_group_find(Habit *habit, const HabitName *name, int64_t time_ns,
                              HabitGroup **ret);

#endif
