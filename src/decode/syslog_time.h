/* The times at the front of syslog messages. */
#ifndef AKASHI_DECODE_SYSLOG_TIME_H
#define AKASHI_DECODE_SYSLOG_TIME_H

#include "decode/decoder.h"

typedef struct SyslogTime {
    Slice text;    /* as it stood, without the colon behind it */
    int64_t ns;    /* TIME_UNKNOWN: without a year, and no received_ns to find it by */
    bool is_plain; /* RFC 3164's own form, year allowed: no weekday, no fraction, not ISO */
    bool is_exact; /* RFC 3339's own form: T and a zone */
} SyslogTime;

/* Takes a time off the front of *s, and the colon and one blank behind it. -EBADMSG: there is none,
 * *s untouched. Understood:
 *   Nov 20 10:00:00, Nov  2, Nov 2, upper and lower case; with .123 or ,123 behind
 *   Nov 20 2026 10:00:00, 2026 Nov 20 10:00:00, Nov 20 10:00:00 2026, Nov 20 10:00:00 EST 2026
 *   Fri Nov 20 10:00:00 2026
 *   *Nov 20 10:00:00.123: and .Nov 20 10:00:00: (Cisco: the clock is not, or was, synchronised)
 *   RFC 3339 and its loose forms, / for -
 * Zones: UTC, GMT, JST, +0900 and +09:00 behind the time; EST EDT CST CDT MST MDT PST PDT CET CEST
 * BST when a colon or the year follows; else the default of options. */
MUST_USE int syslog_time_take(Slice *s, const DecodeOptions *options, SyslogTime *ret);

#endif
