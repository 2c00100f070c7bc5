/* When the company works: national holidays, its own holidays, days on which it works all the same,
 * and shifts.
 *
 * A shift belongs to the day on which it begins, also when it ends after midnight. A moment is
 * *working* when a shift of the asked ones is under way, *off_hours* on a day on which one of them
 * begins, *holiday* on a day on which none does. */
#ifndef AKASHI_TRANSLATE_WORK_CALENDAR_H
#define AKASHI_TRANSLATE_WORK_CALENDAR_H

#include "base/cleanup.h"
#include "base/slice.h"
#include "base/time_text.h"

#define CALENDAR_YEAR_MIN 2000
#define CALENDAR_YEAR_MAX 2099 /* outside of these years only weekdays count */
#define CALENDAR_SHIFTS_MAX 32
#define CALENDAR_SPANS_MAX 1000 /* own holidays and working days */

typedef enum CalendarState {
    CALENDAR_WORKING,
    CALENDAR_OFF_HOURS,
    CALENDAR_HOLIDAY,
} CalendarState;

typedef struct WorkShift {
    Slice name;
    uint8_t weekdays;          /* bit 0: Monday ... bit 6: Sunday */
    uint16_t from_min, to_min; /* of the day, to 1440; not behind from: it ends the day after */
    bool on_holidays;
} WorkShift;

/* Days in a row, each year or once. */
typedef struct CalendarSpan {
    int year; /* 0: each year */
    int month, day;
    int last_year, last_month, last_day;
    bool is_working;
    Slice name;
} CalendarSpan;

typedef struct Calendar {
    int zone_offset_seconds;
    bool national;   /* Japan's holidays */
    uint8_t weekend; /* as WorkShift.weekdays */
    WorkShift shifts[CALENDAR_SHIFTS_MAX];
    size_t shift_count;
    uint32_t usual; /* the shifts (bit by index) of everybody of whom nothing else is said */
    CalendarSpan *spans;
    size_t span_count, span_capacity;
    uint8_t *days; /* when finished: by day of those years */
} Calendar;

void calendar_done(Calendar *calendar);
/* -ENOMEM; -E2BIG: CALENDAR_SPANS_MAX. */
MUST_USE int calendar_add_span(Calendar *calendar, const CalendarSpan *span);
/* After the last one. -ENOMEM. */
MUST_USE int calendar_finish(Calendar *calendar);
/* `shifts`: those that are asked, 0 the usual ones. time_ns is not TIME_UNKNOWN. */
CalendarState calendar_state(const Calendar *calendar, int64_t time_ns, uint32_t shifts);
const char *calendar_token(CalendarState state); /* working, off_hours, holiday */

/* For people: why nobody works on the day (or all the same), both languages. False: a day like
 * others. */
typedef struct CalendarDay {
    bool is_working;
    Slice name[2];
} CalendarDay;
bool calendar_day(const Calendar *calendar, int year, int month, int day, CalendarDay *ret);

#endif
