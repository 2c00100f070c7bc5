/* See japan_holidays.h. */
#include "translate/context/japan_holidays.h"

#include "base/time_text.h"

#include <stdlib.h>

typedef struct FixedDay {
    int from_year, to_year, month, day;
    const char *name[2];
} FixedDay;

/* Article 2 as it stood in each year. */
static const FixedDay fixed_days[] = {
    {2000, 2099, 1, 1, {"元日", "New Year's Day"}},
    {2000, 2099, 2, 11, {"建国記念の日", "National Foundation Day"}},
    {2020, 2099, 2, 23, {"天皇誕生日", "Emperor's Birthday"}},
    {2000, 2006, 4, 29, {"みどりの日", "Greenery Day"}},
    {2007, 2099, 4, 29, {"昭和の日", "Showa Day"}},
    {2019, 2019, 5, 1, {"即位の日", "Enthronement Day"}},
    {2000, 2099, 5, 3, {"憲法記念日", "Constitution Memorial Day"}},
    {2007, 2099, 5, 4, {"みどりの日", "Greenery Day"}},
    {2000, 2099, 5, 5, {"こどもの日", "Children's Day"}},
    {2000, 2002, 7, 20, {"海の日", "Marine Day"}},
    {2020, 2020, 7, 23, {"海の日", "Marine Day"}},
    {2021, 2021, 7, 22, {"海の日", "Marine Day"}},
    {2020, 2020, 7, 24, {"スポーツの日", "Sports Day"}},
    {2021, 2021, 7, 23, {"スポーツの日", "Sports Day"}},
    {2016, 2019, 8, 11, {"山の日", "Mountain Day"}},
    {2020, 2020, 8, 10, {"山の日", "Mountain Day"}},
    {2021, 2021, 8, 8, {"山の日", "Mountain Day"}},
    {2022, 2099, 8, 11, {"山の日", "Mountain Day"}},
    {2000, 2002, 9, 15, {"敬老の日", "Respect for the Aged Day"}},
    {2019, 2019, 10, 22, {"即位礼正殿の儀", "Enthronement Ceremony"}},
    {2000, 2099, 11, 3, {"文化の日", "Culture Day"}},
    {2000, 2099, 11, 23, {"勤労感謝の日", "Labor Thanksgiving Day"}},
    {2000, 2018, 12, 23, {"天皇誕生日", "Emperor's Birthday"}},
};

typedef struct MondayDay {
    int from_year, to_year, month, nth;
    const char *name[2];
} MondayDay;

/* The amendments of 1998 and 2001 that put days on Mondays. */
static const MondayDay monday_days[] = {
    {2000, 2099, 1, 2, {"成人の日", "Coming of Age Day"}},
    {2003, 2019, 7, 3, {"海の日", "Marine Day"}},
    {2022, 2099, 7, 3, {"海の日", "Marine Day"}},
    {2003, 2099, 9, 3, {"敬老の日", "Respect for the Aged Day"}},
    {2000, 2019, 10, 2, {"体育の日", "Health and Sports Day"}},
    {2022, 2099, 10, 2, {"スポーツの日", "Sports Day"}},
};

#define SUBSTITUTE_LAW_YEAR 2007 /* the amendment of 2005 came into force */

typedef struct Making {
    int year;
    JapanHoliday *to;
    size_t count, named; /* named: days of article 2, at the front */
} Making;

static void add(Making *making, int month, int day, const char *ja, const char *en)
{
    if (making->count == JAPAN_HOLIDAYS_MAX) return;
    making->to[making->count++] = (JapanHoliday){.month = month, .day = day, .name = {ja, en}};
}

/* 0 is Monday; the first of January 1970 was a Thursday. */
static int weekday(int64_t days)
{
    return (int)(((days + 3) % 7 + 7) % 7);
}

static int nth_monday(int year, int month, int nth)
{
    int first = weekday(time_days_from_civil(year, month, 1));
    return 1 + (7 - first) % 7 + (nth - 1) * 7;
}

static int equinox(int year, int64_t base_millionths)
{
    int since = year - 1980;
    return (int)((base_millionths + 242194 * (int64_t)since) / 1000000) - since / 4;
}

static bool is_named(const Making *making, int64_t days)
{
    for (size_t i = 0; i < making->named; i++) {
        const JapanHoliday *day = &making->to[i];
        if (time_days_from_civil(making->year, day->month, day->day) == days) return true;
    }
    return false;
}

static void add_days(Making *making, int64_t days, const char *ja, const char *en)
{
    CivilTime civil = time_to_civil(days * 86400 * NS_PER_SECOND);
    add(making, civil.month, civil.day, ja, en);
}

static void add_article_2(Making *making)
{
    int year = making->year;
    for (size_t i = 0; i < sizeof fixed_days / sizeof *fixed_days; i++) {
        const FixedDay *day = &fixed_days[i];
        if (year < day->from_year || year > day->to_year) continue;
        add(making, day->month, day->day, day->name[0], day->name[1]);
    }
    for (size_t i = 0; i < sizeof monday_days / sizeof *monday_days; i++) {
        const MondayDay *day = &monday_days[i];
        if (year < day->from_year || year > day->to_year) continue;
        add(making, day->month, nth_monday(year, day->month, day->nth), day->name[0], day->name[1]);
    }
    add(making, 3, equinox(year, 20843100), "春分の日", "Vernal Equinox Day");
    add(making, 9, equinox(year, 23248800), "秋分の日", "Autumnal Equinox Day");
    making->named = making->count;
}

/* Article 3, paragraph 2: a holiday on a Sunday moves to the next day that is none. Until 2006 it
 * moved to the Monday; in those years no Monday behind a Sunday was a holiday itself. */
static void add_substitutes(Making *making)
{
    for (size_t i = 0; i < making->named; i++) {
        int64_t days = time_days_from_civil(making->year, making->to[i].month, making->to[i].day);
        if (weekday(days) != 6) continue;
        do {
            days++;
        } while (is_named(making, days));
        add_days(making, days, "振替休日", "Substitute Holiday");
    }
}

/* Article 3, paragraph 3: a day between two holidays. Until 2006 not a Sunday, nor a substitute. */
static void add_between(Making *making)
{
    size_t before = making->count;
    for (size_t i = 0; i < making->named; i++) {
        int64_t days =
            time_days_from_civil(making->year, making->to[i].month, making->to[i].day) + 1;
        bool taken = is_named(making, days) || !is_named(making, days + 1);
        if (making->year < SUBSTITUTE_LAW_YEAR) {
            taken |= weekday(days) == 6;
            for (size_t k = making->named; k < before; k++) {
                const JapanHoliday *day = &making->to[k];
                taken |= time_days_from_civil(making->year, day->month, day->day) == days;
            }
        }
        if (!taken) add_days(making, days, "国民の休日", "Citizens' Holiday");
    }
}

static int compare_days(const void *left, const void *right)
{
    const JapanHoliday *a = left, *b = right;
    return (a->month * 32 + a->day) - (b->month * 32 + b->day);
}

size_t japan_holidays(int year, JapanHoliday to[static JAPAN_HOLIDAYS_MAX])
{
    Making making = {.year = year, .to = to};
    if (year < JAPAN_HOLIDAYS_YEAR_MIN || year > JAPAN_HOLIDAYS_YEAR_MAX) return 0;
    add_article_2(&making);
    add_substitutes(&making);
    add_between(&making);
    qsort(to, making.count, sizeof *to, compare_days);
    return making.count;
}
