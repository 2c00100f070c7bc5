/* The identity of an event, by which an import that is repeated adds nothing twice (Row.key). A
 * row's key can be made again from the row. */
#ifndef AKASHI_RECORD_EVENT_KEY_H
#define AKASHI_RECORD_EVENT_KEY_H

#include "base/buf.h"
#include "base/digest.h"
#include "record/row.h"

/* A Windows event with its record number (EventRecordID, MS-EVEN6 2.2.15): the same content is the
 * same event, from whatever file it comes. Others are told apart by how often their line came
 * before.
 */
static inline bool event_is_itself(const Event *event)
{
    return event->format == EVENT_WINDOWS && event->record_id != 0;
}

/* The time is in the event with its date and year, so that it is the same, but for the zone,
 * whenever it is read. */
static inline bool event_has_own_time(const Event *event)
{
    return event->format == EVENT_WINDOWS || event->format == EVENT_JSON;
}

/* SHA-256 over source (`akashi.source`, may be empty) and all fields, cut. The highest bit of the
 * first byte is 0. No memory for the scratch: zeros, which is no key. */
void event_content_key(Buf *scratch, Slice source, const Event *event,
                       uint8_t ret_key[ROW_KEY_BYTES]);

/* In two steps, for who hashes several at once: the bytes into scratch, and their digest to the
 * key. */
void event_content_bytes(Buf *scratch, Slice source, const Event *event);
void event_content_cut(const Digest *content, uint8_t ret_key[ROW_KEY_BYTES]);

/* Of an event that is a line: SHA-256 over source and raw; and the key of the line that came
 * `number` times before in its input (or, by_offset, stands at that place of it). */
Digest event_line_digest(Slice source, const Event *event);
/* What that is of. source_bytes: source.len; it stays with the pieces. */
#define EVENT_LINE_PIECES 4
void event_line_pieces(Slice source, const uint64_t *source_bytes, const Event *event,
                       Slice ret[EVENT_LINE_PIECES]);
void event_line_key(const Digest *line, bool by_offset, uint64_t number,
                    uint8_t ret_key[ROW_KEY_BYTES]);

#endif
