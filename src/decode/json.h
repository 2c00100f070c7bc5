/* JSON files and streams. See decoder.h for the shape; the decoder is `json_decoder`.
 *
 * Taken: JSON lines; documents one after the other, pretty-printed or not; one array of objects,
 * each element an event; commas between them; a byte order mark; CRLF. What is one event is in
 * json_event.h, the names of Windows events in windows_json.h.
 *
 * A wrapper (AWS CloudTrail, Azure, Google Workspace reports) is an object in which exactly one
 * member is an array, of objects only, named Records, records, activities, value, items, events or
 * Events, and the other members are scalars, none of them a time (json_time.h): then each element
 * of the array is an event, and the scalars belong to none. A wrapper larger than the window is
 * taken as one from its members up to the array.
 *
 * A broken document costs its own line; a broken one that goes over several lines also the lines
 * behind it that are indented deeper, or that begin at the same place with } ] , or a quote. It
 * comes out as one EVENT_TEXT, PARSE_FAILED, and as Damage: json.syntax      not JSON (RFC 8259)
 *   json.truncated   the bytes end before the document, array or wrapper does
 *   json.size        over JSON_VALUES_MAX values or JSON_NESTING_MAX levels
 *   json.split       longer than DECODE_WINDOW_BYTES_MAX: pieces, PARSE_PARTIAL, as decoder.h says
 * A line that is JSON but no object or array is EVENT_TEXT, PARSE_OK. */
#ifndef AKASHI_DECODE_JSON_H
#define AKASHI_DECODE_JSON_H

#include "decode/decoder.h"

#define JSON_REASON_SYNTAX "json.syntax"
#define JSON_REASON_TRUNCATED "json.truncated"
#define JSON_REASON_SIZE "json.size"
#define JSON_REASON_SPLIT "json.split"

#endif
