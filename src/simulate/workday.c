/* See workday.h. */
#include "simulate/workday.h"

#include "base/time_text.h"

typedef struct FixedDay {
    int month, day;
} FixedDay;

/* The act, article 2. */
static const FixedDay fixed_days[] = {{1, 1}, {2, 11}, {2, 23}, {4, 29}, {5, 3},
                                      {5, 4}, {5, 5},  {8, 11}, {11, 3}, {11, 23}};

typedef struct MondayRule {
    int month, nth;
} MondayRule;
static const MondayRule mondays[] = {{1, 2}, {7, 3}, {9, 3}, {10, 2}};

static CivilTime civil_of(int64_t day)
{
    return time_to_civil(day * 86400 * NS_PER_SECOND);
}

int workday_weekday(int64_t day)
{
    return (int)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

/* The equinoxes of 1980 to 2099 by the almanac's usual approximation: base + 0.242194 for each year
 * after 1980, less one day for each leap year passed. In millionths of a day. */
static int equinox_day(int year, int64_t base_millionths)
{
    int passed = year - 1980;
    return (int)((base_millionths + (int64_t)242194 * passed) / 1000000 - passed / 4);
}

static bool is_named_holiday(int64_t day)
{
    CivilTime civil = civil_of(day);
    for (unsigned i = 0; i < sizeof fixed_days / sizeof fixed_days[0]; i++) {
        if (fixed_days[i].month == civil.month && fixed_days[i].day == civil.day) return true;
    }
    for (unsigned i = 0; i < sizeof mondays / sizeof mondays[0]; i++) {
        if (mondays[i].month == civil.month && workday_weekday(day) == 1 &&
            (civil.day - 1) / 7 + 1 == mondays[i].nth) {
            return true;
        }
    }
    if (civil.month == 3) return civil.day == equinox_day(civil.year, 20843100);
    if (civil.month == 9) return civil.day == equinox_day(civil.year, 23248800);
    return false;
}

/* Article 3, 2: when a holiday falls on a Sunday, the next day that is none is one. */
static bool is_substitute(int64_t day)
{
    int64_t before = day - 1;
    while (is_named_holiday(before)) {
        if (workday_weekday(before) == 0) return true;
        before--;
    }
    return false;
}

bool workday_is_national_holiday(int64_t day)
{
    if (is_named_holiday(day) || is_substitute(day)) return true;
    return is_named_holiday(day - 1) && is_named_holiday(day + 1);
}

static bool is_company_holiday(int64_t day)
{
    CivilTime civil = civil_of(day);
    return (civil.month == 12 && civil.day >= 29) || (civil.month == 1 && civil.day <= 3) ||
           (civil.month == 8 && civil.day >= 13 && civil.day <= 15);
}

bool workday_is_worked(int64_t day)
{
    int weekday = workday_weekday(day);
    return weekday != 0 && weekday != 6 && !workday_is_national_holiday(day) &&
           !is_company_holiday(day);
}

bool workday_is_month_end(int64_t day)
{
    if (!workday_is_worked(day)) return false;
    int month = civil_of(day).month;
    int64_t next = day + 1;
    while (!workday_is_worked(next)) {
        next++;
    }
    return civil_of(next).month != month;
}
