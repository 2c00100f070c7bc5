/* Times as definitions describe them. A format is text with directives: %Y %y (70-99: 1900s) %E
 * (Japanese era and year: 令和8, R8, 平成31, 令和元) %m %b (month's name) %d %H %I %p (AM, PM,
 * 午前, 午後) %M %S %f (fraction) %z (+0900, +09:00, Z, JST) %a (day's name, passed over) %% and
 * literal characters; a blank covers any number of blanks. Numbers may be unpadded, digits and
 * signs full-width. `epoch` is a number since 1970 in seconds, ms, us or ns, told apart by its
 * size. */
#ifndef AKASHI_TRANSLATE_SOURCE_TIME_H
#define AKASHI_TRANSLATE_SOURCE_TIME_H

#include "base/time_text.h"
#include "translate/source/source_int.h"

/* What a time without a zone or year leans on. */
typedef struct TimeGround {
    int zone_offset_seconds;
    int64_t received_ns; /* a time without a year is the latest before this (+ 1 day) */
} TimeGround;

/* `zone` may be empty. -EINVAL: another form, or a date that does not exist; *ret_ns untouched. */
MUST_USE int source_time_read(const SourceTime *time, Slice text, Slice zone,
                              const TimeGround *ground, int64_t *ret_ns);
/* +0900, +09:00, +9, Z, UTC, GMT, JST. -EINVAL. */
MUST_USE int source_zone_read(Slice zone, int *ret_seconds);

#endif
