/* The event for bytes of which nothing but maybe the time is known. */
#ifndef AKASHI_DECODE_TEXT_EVENT_H
#define AKASHI_DECODE_TEXT_EVENT_H

#include "decode/decoder.h"

/* EVENT_TEXT with `raw` as raw and as `message`, time unknown, offset and index 0. A reason (a
 * stable id) also becomes the field `akashi.parse_error`; NULL: none. -ENOMEM: *ret untouched. */
MUST_USE int text_event_make(Slice raw, ParseState parse, const char *reason, Arena *arena,
                             Event *ret);

/* Takes a time off the front of *line: RFC 3339 and its loose forms, or the same with / between
 * year, month and day. UTC, GMT and JST behind it are its zone, otherwise without one
 * zone_offset_seconds counts. -EINVAL, -ERANGE: nothing changed. */
MUST_USE int text_time_take(Slice *line, int zone_offset_seconds, int64_t *ret_ns);
/* The moment that a line begins with, also behind a [. TIME_UNKNOWN: it begins with none. */
int64_t text_time_find(Slice line, int zone_offset_seconds);

/* The reason of the pieces of a text longer than DECODE_WINDOW_BYTES_MAX (decoder.h). */
#define TEXT_REASON_SPLIT "split"

#endif
