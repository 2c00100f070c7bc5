/* Windows events as JSON, whatever wrote them, under the names of event.h.
 *
 * Known shapes, each from its writer's own documentation and output:
 *   flat       NXLog im_msvistalog (SourceName, Hostname, RecordNumber, ExecutionProcessID, ...),
 *              Fluent Bit winevtlog (ProviderName, Computer, EventRecordID, ProcessID, ...), and
 * any object that already has our names; members of an EventData object count as its own beats
 * Winlogbeat 7 and later (winlog.*), also with dotted keys; Winlogbeat 6 (event_data.*) nested
 * evtx_dump and pyevtx-rs ({"Event":{"System":{...},"EventData":{...}}} with #attributes and #text,
 * or NAME_attributes), XML to JSON converters that write @Name and #text, and System and EventData
 * standing at the top It is a Windows event only when it has an EventID that is a number and a
 * Channel or provider. */
#ifndef AKASHI_DECODE_WINDOWS_JSON_H
#define AKASHI_DECODE_WINDOWS_JSON_H

#include "decode/json_event.h"

/* The nested shape: fills to from node, and format, time_ns, record_id of *ret.
 * -ENOENT: not this shape, nothing filled; -ENOMEM. */
MUST_USE int windows_json_nested(JsonFields *to, const JsonNode *node, const DecodeOptions *options,
                                 Event *ret);
/* The flat and beats shapes: renames what the generic flattening put into `to`. Time: @timestamp,
 * then TimeCreated, then EventTime, which NXLog writes in the sender's local time without a zone.
 * -ENOENT: not these shapes, nothing changed; -ENOMEM. */
MUST_USE int windows_json_flat(JsonFields *to, const DecodeOptions *options, Event *ret);

#endif
