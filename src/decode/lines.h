/* One event a line: the decoder for text files, and the same judgement for one message as it came
 * from the network.
 *
 * A line that starts with { is tried as JSON, anything else as syslog (decode/syslog.h). A syslog
 * message that is a JSON object has the object's fields beside the header's (a name in both is
 * kept twice, the header's first); one that is a Windows event in JSON is that event. What is
 * neither is EVENT_TEXT with the whole line as `message`. A line is never dropped: an undecodable
 * one comes out PARSE_FAILED with its raw bytes. Ends of line: LF or CRLF; they are not part of
 * raw. Empty lines give no event.
 *
 * Damage: json.syntax (decode/json.h), and lines.split for a line longer than
 * DECODE_WINDOW_BYTES_MAX. */
#ifndef AKASHI_DECODE_LINES_H
#define AKASHI_DECODE_LINES_H

#include "base/json_tree.h"
#include "decode/decoder.h"

/* Judges one message without its framing. offset and index of *ret are left 0.
 * -ENOMEM: *ret untouched. */
MUST_USE int line_decode(Slice line, const DecodeOptions *options, Arena *arena, Event *ret);
/* The same with a tree that the caller keeps from line to line. */
MUST_USE int line_decode_reusing(JsonTree *tree, Slice line, const DecodeOptions *options,
                                 Arena *arena, Event *ret);

#endif
