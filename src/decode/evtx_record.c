/* One record to one event. Record: "**\0\0", size (4), id (8), FILETIME written (8), BinXML, a copy
 * of the size (4). libevtx paper, "Event record". */
#include "decode/evtx_int.h"

#include <errno.h>

/* Values of one name that several templates gave apart from each other. */
static int group_fields(EvtxState *state)
{
    size_t count = state->run.field_count;
    uint32_t *order = arena_alloc(&state->compiler.tree, 2 * count * sizeof *order);
    Field *copy = arena_alloc(&state->compiler.tree, count * sizeof *copy);
    if (!order || !copy) return -ENOMEM;
    names_order(state->fields, sizeof *state->fields, count, order);
    memcpy(copy, state->fields, count * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        state->fields[i] = copy[order[i]];
    }
    return 0;
}

static int finish_fields(EvtxState *state, Event *event)
{
    EvtxRun *run = &state->run;
    if (run->field_count > 0 && (run->may_repeat || run->data_programs > 1)) {
        int r = group_fields(state);
        if (r < 0) return r;
    }
    if (run->reason != EVTX_SOUND) {
        event->parse = run->field_count ? PARSE_PARTIAL : PARSE_FAILED;
        size_t at =
            run->field_count < EVTX_EVENT_FIELDS_MAX ? run->field_count++ : run->field_count - 1;
        state->fields[at] = (Field){.name = SLICE("akashi.parse_error"),
                                    .value = slice_from_cstr(evtx_reasons[run->reason])};
    }
    if (run->field_count == 0) return 0;
    size_t bytes = run->field_count * sizeof(Field);
    Field *fields = arena_alloc(state->arena, bytes);
    if (!fields) return -ENOMEM;
    memcpy(fields, state->fields, bytes);
    event->fields = fields;
    event->field_count = run->field_count;
    return 0;
}

int evtx_record_decode(EvtxState *state, const EvtxChunk *chunk, size_t at, size_t bytes,
                       EvtxReason damage)
{
    const char *record = chunk->bytes.ptr + at;
    EvtxRun *run = &state->run;
    *run = (EvtxRun){.chunk = chunk, .reason = damage, .time_ns = TIME_UNKNOWN};
    int r = evtx_run_fragment(state, at + EVTX_RECORD_HEADER_BYTES, at + bytes - 4,
                              (EvtxPlace){.context = EVTX_IN_DOCUMENT});
    evtx_emit_end(state);
    if (r < 0 && r != -EBADMSG) return r;
    Event event = {.format = EVENT_WINDOWS,
                   .time_ns = run->time_ns,
                   .offset = chunk->offset + at,
                   .index = state->events,
                   .record_id = run->record_id ? run->record_id : read_le64(record + 8),
                   .raw = slice_of(record, bytes)};
    if (event.time_ns == TIME_UNKNOWN) event.time_ns = time_from_filetime(read_le64(record + 16));
    r = finish_fields(state, &event);
    if (state->compiler.tree.chunks) arena_reset(&state->compiler.tree);
    if (r < 0) return r;
    state->chunk_output -= run->bytes < state->chunk_output ? run->bytes : state->chunk_output;
    state->events++;
    if (run->reason != EVTX_SOUND) {
        r = evtx_damage(state, run->reason, event.offset, bytes, event.record_id);
        if (r < 0) return r;
    }
    return state->sink->event(state->sink->context, &event);
}
