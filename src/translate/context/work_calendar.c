/* See work_calendar.h. */
#include "translate/context/work_calendar.h"

#include "translate/context/japan_holidays.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_DAY 10957 /* 2000-01-01, in days since 1970 */
#define DAY_COUNT 36525 /* until 2099-12-31 */
#define DAY_MIN 1440

enum { DAY_PLAIN, DAY_CLOSED, DAY_OPEN };

void calendar_done(Calendar *calendar)
{
    free(calendar->spans);
    free(calendar->days);
    *calendar = (Calendar){0};
}

int calendar_add_span(Calendar *calendar, const CalendarSpan *span)
{
    if (calendar->span_count >= CALENDAR_SPANS_MAX) return -E2BIG;
    if (calendar->span_count == calendar->span_capacity) {
        size_t wanted = calendar->span_capacity ? calendar->span_capacity * 2 : 16;
        CalendarSpan *grown = realloc(calendar->spans, wanted * sizeof *grown);
        if (!grown) return -ENOMEM;
        calendar->spans = grown;
        calendar->span_capacity = wanted;
    }
    calendar->spans[calendar->span_count++] = *span;
    return 0;
}

/* The days of the span that begins in this year. */
static void span_days(const CalendarSpan *span, int year, int64_t *ret_first, int64_t *ret_last)
{
    int last_year = span->last_year;
    if (span->year == 0) {
        bool wraps = span->last_month * 32 + span->last_day < span->month * 32 + span->day;
        last_year = year + wraps;
    }
    *ret_first = time_days_from_civil(year, span->month, span->day);
    *ret_last = time_days_from_civil(last_year, span->last_month, span->last_day);
}

static void mark_span(Calendar *calendar, const CalendarSpan *span)
{
    int from = span->year ? span->year : CALENDAR_YEAR_MIN - 1;
    int to = span->year ? span->year : CALENDAR_YEAR_MAX;
    for (int year = from; year <= to; year++) {
        int64_t first, last;
        span_days(span, year, &first, &last);
        for (int64_t day = first; day <= last; day++) {
            if (day < FIRST_DAY || day >= FIRST_DAY + DAY_COUNT) continue;
            uint8_t *kind = &calendar->days[day - FIRST_DAY];
            if (span->is_working) *kind = DAY_OPEN;
            if (!span->is_working && *kind != DAY_OPEN) *kind = DAY_CLOSED;
        }
    }
}

int calendar_finish(Calendar *calendar)
{
    JapanHoliday holidays[JAPAN_HOLIDAYS_MAX];
    calendar->days = calloc(DAY_COUNT, 1);
    if (!calendar->days) return -ENOMEM;
    for (int year = CALENDAR_YEAR_MIN; year <= CALENDAR_YEAR_MAX && calendar->national; year++) {
        size_t count = japan_holidays(year, holidays);
        for (size_t i = 0; i < count; i++) {
            int64_t day = time_days_from_civil(year, holidays[i].month, holidays[i].day);
            calendar->days[day - FIRST_DAY] = DAY_CLOSED;
        }
    }
    for (size_t i = 0; i < calendar->span_count; i++) {
        mark_span(calendar, &calendar->spans[i]);
    }
    return 0;
}

static bool runs_on(const Calendar *calendar, const WorkShift *shift, int64_t day)
{
    unsigned weekday = (unsigned)(((day + 3) % 7 + 7) % 7);
    uint8_t kind = DAY_PLAIN;
    if (day >= FIRST_DAY && day < FIRST_DAY + DAY_COUNT) kind = calendar->days[day - FIRST_DAY];
    /* On a day on which all work although it is a weekend, as on a day of the week. */
    if (kind == DAY_OPEN && (shift->weekdays & ~calendar->weekend) != 0) return true;
    if ((shift->weekdays >> weekday & 1) == 0) return false;
    return kind != DAY_CLOSED || shift->on_holidays;
}

CalendarState calendar_state(const Calendar *calendar, int64_t time_ns, uint32_t shifts)
{
    int64_t seconds = time_ns / NS_PER_SECOND - (time_ns % NS_PER_SECOND < 0);
    seconds += calendar->zone_offset_seconds;
    int64_t day = seconds / 86400 - (seconds % 86400 < 0);
    int64_t minute = (seconds - day * 86400) / 60;
    bool begins = false;
    if (shifts == 0) shifts = calendar->usual;
    for (size_t i = 0; i < calendar->shift_count; i++) {
        const WorkShift *shift = &calendar->shifts[i];
        bool over_midnight = shift->to_min <= shift->from_min;
        if ((shifts >> i & 1) == 0) continue;
        if (runs_on(calendar, shift, day)) {
            begins = true;
            if (minute >= shift->from_min && (over_midnight || minute < shift->to_min)) {
                return CALENDAR_WORKING;
            }
        }
        if (over_midnight && minute < shift->to_min && runs_on(calendar, shift, day - 1)) {
            return CALENDAR_WORKING;
        }
    }
    return begins ? CALENDAR_OFF_HOURS : CALENDAR_HOLIDAY;
}

const char *calendar_token(CalendarState state)
{
    static const char *const tokens[] = {"working", "off_hours", "holiday"};
    return tokens[state];
}

static bool span_holds(const CalendarSpan *span, int year, int64_t day)
{
    int64_t first, last;
    if (span->year) {
        span_days(span, span->year, &first, &last);
        return day >= first && day <= last;
    }
    for (int begun = year - 1; begun <= year; begun++) {
        span_days(span, begun, &first, &last);
        if (day >= first && day <= last) return true;
    }
    return false;
}

bool calendar_day(const Calendar *calendar, int year, int month, int day, CalendarDay *ret)
{
    JapanHoliday holidays[JAPAN_HOLIDAYS_MAX];
    int64_t days = time_days_from_civil(year, month, day);
    const CalendarSpan *found = NULL;
    for (size_t i = 0; i < calendar->span_count; i++) {
        const CalendarSpan *span = &calendar->spans[i];
        if (span_holds(span, year, days) && (!found || span->is_working)) found = span;
    }
    if (found) {
        *ret = (CalendarDay){.is_working = found->is_working, .name = {found->name, found->name}};
        if (found->is_working) return true;
    }
    size_t count = calendar->national ? japan_holidays(year, holidays) : 0;
    for (size_t i = 0; i < count; i++) {
        if (holidays[i].month != month || holidays[i].day != day) continue;
        *ret = (CalendarDay){
            .name = {slice_from_cstr(holidays[i].name[0]), slice_from_cstr(holidays[i].name[1])}};
        return true;
    }
    return found != NULL;
}
