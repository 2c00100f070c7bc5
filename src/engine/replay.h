/* Log lines -> events -> records -> findings, in memory and in one go: how the tests of packs run,
 * by the same decoders, translators and detectors as the live way. For one thread at a time. */
#ifndef AKASHI_ENGINE_REPLAY_H
#define AKASHI_ENGINE_REPLAY_H

#include "base/complaint.h"
#include "detect/detection.h"
#include "engine/row_maker.h"

typedef struct ReplayOptions {
    RowMakerOptions rows;
    DetectionOptions detection;
    int64_t received_ns; /* of all lines: years that are not written are the nearest before it */
} ReplayOptions;

typedef struct Replay Replay;

/* As row_maker_new and detection_new. The sink is called during the calls below. */
MUST_USE int replay_new(const Os *os, const RuleSet *set, const ReplayOptions *options,
                        const DetectionSink *sink, Replay **ret, Complaint *complaint);
void replay_free(Replay *replay); /* NULL: nothing */
/* One line more, without its end. -ENOMEM, or what the sink returned. */
MUST_USE int replay_line(Replay *replay, Slice line);
/* Nothing comes any more: all that waits is told. */
MUST_USE int replay_finish(Replay *replay);
Matcher *replay_matcher(Replay *replay);

/* A row as rules see it. A record that was joined from several events (akashi.role action) stands
 * alone, with `room` for its event; the events it was joined from (evidence) are seen by rules of
 * their log source, not as records, so that nothing is counted twice. Lives as long as both. */
DetectionEvent detection_event_of(const Row *row, Event *room);

/* The lines with all times later by by_ns, and all record numbers of Windows higher by by_number:
 * RFC 3339 and its kin, `date=... time=...`, RFC 3164, Apache's, BIND's, epoch seconds at a line's
 * start, and FortiGate's eventtime. What is no time stays. Years that are not written are 2026's.
 */
void replay_shift(Buf *to, Slice lines, int64_t by_ns, uint64_t by_number);
/* How many record numbers the lines hold. */
uint64_t replay_record_numbers(Slice lines);

#endif
