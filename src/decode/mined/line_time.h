/* A time at the front of any text: the forms that people and programs write, without being told
 * which. Sources of the forms: RFC 3339, RFC 5322 section 3.3, RFC 3164 section 4.1.2, the C
 * library's asctime, Apache's access log, glog, MySQL's error log, logcat, and JIS X 0301 for
 * Japanese eras. Digits and signs may be full-width, numbers unpadded.
 *
 * Whether the date exists is not judged here (the clock of the source definition does that); only
 * that each number is in its range. */
#ifndef AKASHI_DECODE_LINE_TIME_H
#define AKASHI_DECODE_LINE_TIME_H

#include "base/slice.h"

#define LINE_TIME_FORMAT_MAX 64 /* bytes of a format with its NUL */
#define LINE_TIME_NO_HINT (-1)

typedef struct LineTime {
    size_t len;                /* bytes of the text that the time covers */
    int form;                  /* row of the table of forms; a hint for the next line */
    char fraction;             /* the sign before the fraction of the second; 0: none */
    bool has_zone, zone_apart; /* a zone follows, behind a blank */
} LineTime;

/* True: the text begins with a time. The longest form counts; that of `hint` (LineTime.form of a
 * line before, or LINE_TIME_NO_HINT) is tried first and counts when it fits. A date without a
 * clock, and a clock without a date, are times too; a bare number only when it is an epoch of 2001
 * to 2033 in s, ms, us or ns. */
bool line_time_take(Slice text, int hint, LineTime *ret);
/* The format as source definitions write it (doc/sources.md, `time`): `%Y-%m-%d %H:%M:%S.%f`, or
 * `epoch`. Writes a NUL-ended text of at most LINE_TIME_FORMAT_MAX. */
void line_time_format(const LineTime *time, char *to);
/* It has a year, or is an epoch, and a clock: sure enough to be the time of a line by itself. */
bool line_time_is_full(const LineTime *time);

#endif
