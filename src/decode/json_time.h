/* The moment of an event in JSON's values. */
#ifndef AKASHI_DECODE_JSON_TIME_H
#define AKASHI_DECODE_JSON_TIME_H

#include "decode/decoder.h"

/* A time as loggers write it: RFC 3339 and its loose forms (also with ` UTC` or
 * ` +0900` behind), or a number
 * since 1970 with or without a fraction, whose unit follows from its size: below 1e11 seconds,
 * below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds. TIME_UNKNOWN: neither. */
int64_t json_time_parse(Slice text, int zone_offset_seconds);

/* True for a name that json_time_find looks at. */
bool json_time_is_candidate(Slice name);

/* The time of an event of unknown origin: the first of these fields that holds a time: @timestamp,
 * timestamp, Timestamp, time, Time, ts, eventTime, EventTime, TimeCreated, datetime, dateTime,
 * date, id.time, creationTime, CreationTime, created_at, createdDateTime, time_generated,
 * TimeGenerated, t.$date, _time, published, __REALTIME_TIMESTAMP (systemd journal). */
int64_t json_time_find(const Field *fields, size_t count, int zone_offset_seconds);

#endif
