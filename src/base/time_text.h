/* Moments in time and their texts. A moment is int64_t nanoseconds UTC since 1970, named *_ns;
 * that spans the years 1678 to 2261. Leap seconds: second 60 counts as 59 (POSIX has none). */
#ifndef AKASHI_BASE_TIME_TEXT_H
#define AKASHI_BASE_TIME_TEXT_H

#include "base/cleanup.h"
#include "base/slice.h"

#define TIME_UNKNOWN INT64_MIN
#define NS_PER_SECOND ((int64_t)1000000000)
#define NS_PER_MS ((int64_t)1000000)

/* A calendar moment, proleptic Gregorian. */
typedef struct CivilTime {
    int year;
    int month;          /* 1-12 */
    int day;            /* 1-31 */
    int hour;           /* 0-23 */
    int minute;         /* 0-59 */
    int second;         /* 0-60 */
    int32_t nanosecond; /* 0-999999999 */
} CivilTime;

/* UTC. -EINVAL for a date that does not exist, -ERANGE outside the span above. */
MUST_USE int time_from_civil(CivilTime civil, int64_t *ret_ns);
CivilTime time_to_civil(int64_t ns);
/* Days since 1970-01-01. */
int64_t time_days_from_civil(int year, int month, int day);

#define TIME_TEXT_MAX 40
/* RFC 3339 in UTC: 2026-11-20T08:40:37Z, with .mmm, .uuuuuu or .nnnnnnnnn when not zero.
 * Returns the length; TIME_UNKNOWN gives 0. */
size_t time_print_rfc3339(char *to, int64_t ns);
/* For people: `2026-11-20 17:40:37` at the given offset from UTC in seconds. */
size_t time_print_plain(char *to, int64_t ns, int offset_seconds);

/* RFC 3339 and its common loose forms: `T`, `t` or blank between, 1-9 fraction digits after . or ,
 * (more are cut), zone Z, z, +hh:mm, +hhmm, +hh or absent (then default_offset_seconds).
 * The whole slice must be the time. -EINVAL, -ERANGE: *ret untouched. */
MUST_USE int time_parse_rfc3339(Slice s, int default_offset_seconds, int64_t *ret_ns);
/* The same, taking it off the front of *s. */
MUST_USE int time_take_rfc3339(Slice *s, int default_offset_seconds, int64_t *ret_ns);

/* Windows FILETIME: 100 ns since 1601-01-01 UTC (MS-DTYP 2.3.3). 0 and what does not fit give
 * TIME_UNKNOWN. */
int64_t time_from_filetime(uint64_t filetime);

#endif
