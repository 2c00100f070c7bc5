/* See replay.h. */
#include "engine/replay.h"

#include "decode/decoder.h"

#include <errno.h>
#include <stdlib.h>

#define WINDOW_BYTES ((size_t)256 << 10)

struct Replay {
    RowMaker *maker;
    Detection *detection;
    DetectionSink sink;
    DecodeOptions decoding;
    void *decoder; /* state of lines_decoder */
    Buf window;
    Arena arena;
    uint64_t offset, rows;
};

void replay_free(Replay *replay)
{
    if (!replay) return;
    if (replay->decoder) lines_decoder.free(replay->decoder);
    row_maker_free(replay->maker);
    detection_free(replay->detection);
    buf_done(&replay->window);
    arena_done(&replay->arena);
    free(replay);
}

static int prepare(Replay *replay, const Os *os, const RuleSet *set, const ReplayOptions *options,
                   Complaint *complaint)
{
    replay->decoding = (DecodeOptions){.zone_offset_seconds = options->rows.zone_offset_seconds,
                                       .received_ns = options->received_ns};
    replay->decoder = lines_decoder.new(&replay->decoding);
    if (!replay->decoder) return -ENOMEM;
    int r = row_maker_new(os, &options->rows, &replay->maker, complaint);
    return r < 0 ? r : detection_new(set, &options->detection, &replay->detection);
}

int replay_new(const Os *os, const RuleSet *set, const ReplayOptions *options,
               const DetectionSink *sink, Replay **ret, Complaint *complaint)
{
    Replay *replay = calloc(1, sizeof *replay);
    if (!replay) return -ENOMEM;
    replay->sink = *sink;
    int r = prepare(replay, os, set, options, complaint);
    if (r < 0) {
        replay_free(replay);
        return r;
    }
    *ret = replay;
    return 0;
}

DetectionEvent detection_event_of(const Row *row, Event *room)
{
    Slice role = row->record.text[RECORD_AKASHI_ROLE];
    bool is_action = slice_eq(role, SLICE("action"));
    *room = (Event){.format = EVENT_TEXT, .time_ns = row->record.time_ns};
    return (DetectionEvent){.event = is_action ? room : &row->event,
                            .record = slice_eq(role, SLICE("evidence")) ? NULL : &row->record};
}

static int on_row(void *context, const Row *row)
{
    Replay *replay = context;
    Event room;
    DetectionEvent event = detection_event_of(row, &room);
    event.reference = replay->rows++;
    return detection_feed(replay->detection, &event, &replay->sink);
}

static int on_event(void *context, const Event *event)
{
    Replay *replay = context;
    const RowMakerSink sink = {.row = on_row, .context = replay};
    const RowEvent fed = {.event = event, .received_ns = replay->decoding.received_ns};
    return row_maker_feed(replay->maker, &fed, &replay->arena, &sink);
}

static int on_damage(void *context, const Damage *damage)
{
    (void)context;
    (void)damage; /* the line is an event all the same */
    return 0;
}

static int feed(Replay *replay, bool is_last)
{
    const DecodeSink sink = {.event = on_event, .damage = on_damage, .context = replay};
    const DecodeWindow window = {.bytes = buf_slice(&replay->window),
                                 .offset = replay->offset,
                                 .last = is_last,
                                 .full = replay->window.len >= DECODE_WINDOW_BYTES_MAX};
    int r = buf_error(&replay->window);
    if (r < 0 || replay->window.len == 0) return r;
    ssize_t used = lines_decoder.feed(replay->decoder, &window, &replay->arena, &sink);
    arena_reset(&replay->arena);
    if (used < 0) return (int)used;
    replay->offset += (uint64_t)used;
    replay->window.len -= (size_t)used;
    memmove(replay->window.ptr, replay->window.ptr + used, replay->window.len);
    return 0;
}

int replay_line(Replay *replay, Slice line)
{
    buf_add_slice(&replay->window, line);
    buf_add_char(&replay->window, '\n');
    return replay->window.len < WINDOW_BYTES ? 0 : feed(replay, false);
}

int replay_finish(Replay *replay)
{
    const RowMakerSink sink = {.row = on_row, .context = replay};
    int r = feed(replay, true);
    if (r == 0) r = row_maker_flush(replay->maker, &replay->arena, &sink);
    return r < 0 ? r : detection_finish(replay->detection, &replay->sink);
}

Matcher *replay_matcher(Replay *replay)
{
    return detection_matcher(replay->detection);
}
