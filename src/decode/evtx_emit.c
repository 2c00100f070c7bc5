/* Fields and their text: both go to the arena of the feed, within the maxima of evtx.h. */
#include "decode/evtx_int.h"

#include "base/json_text.h"

#include <errno.h>

#define TEXT_RESERVE_BYTES 4096

int evtx_fail(EvtxState *state, EvtxReason reason)
{
    evtx_note(state, reason);
    return -EBADMSG;
}

void evtx_emit_end(EvtxState *state)
{
    EvtxRun *run = &state->run;
    if (run->text_start) arena_commit(state->arena, (size_t)(run->text_at - run->text_start));
    run->text_start = run->text_at = run->text_end = NULL;
}

static bool fits(const EvtxState *state, size_t bytes)
{
    size_t used = state->run.bytes;
    return used + bytes <= EVTX_EVENT_BYTES_MAX && used + bytes <= state->chunk_output;
}

static int reserve(EvtxState *state, size_t bytes)
{
    EvtxRun *run = &state->run;
    evtx_emit_end(state);
    size_t wanted = bytes > TEXT_RESERVE_BYTES ? bytes : TEXT_RESERVE_BYTES;
    char *room = arena_reserve(state->arena, wanted);
    if (!room) return -ENOMEM;
    run->text_start = run->text_at = room;
    run->text_end = room + wanted;
    return 0;
}

/* Room for so many bytes at run.text_at; to be taken with take_text. */
static inline int text_room(EvtxState *state, size_t bytes)
{
    if (!fits(state, bytes)) return evtx_fail(state, EVTX_EVENT_SIZE);
    if ((size_t)(state->run.text_end - state->run.text_at) >= bytes) return 0;
    return reserve(state, bytes);
}

static inline Slice take_text(EvtxState *state, size_t len)
{
    Slice text = slice_of(state->run.text_at, len);
    if (len == 0) return text;
    state->run.text_at += len;
    state->run.bytes += len;
    return text;
}

int evtx_emit_begin(EvtxState *state, EvtxFrame *frame, EvtxProgram *program)
{
    if (program->text_feed != state->feed) {
        int r = text_room(state, program->text.len + 1);
        if (r < 0) return r;
        if (program->text.len) memcpy(state->run.text_at, program->text.ptr, program->text.len);
        program->feed_text = take_text(state, program->text.len + 1).ptr;
        program->text_feed = state->feed;
    }
    frame->text = program->feed_text;
    return 0;
}

/* ---- one field ---- */

static void upper_guid(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] >= 'a' && text[i] <= 'f') text[i] = (char)(text[i] - 'a' + 'A');
    }
}

/* What a System field is besides its text; `value` NULL: literal text. */
static int apply_role(EvtxState *state, EvtxRole role, const EvtxValue *value, Field *field)
{
    EvtxRun *run = &state->run;
    uint64_t number;
    int64_t time_ns;
    switch (role) {
    case EVTX_ROLE_NONE:
    case EVTX_ROLE_TEXT: return 0;
    case EVTX_ROLE_RECORD_ID:
        if (number_parse_u64(field->value, &number) == 0) run->record_id = number;
        __attribute__((fallthrough));
    case EVTX_ROLE_NUMBER:
        if (field->kind == FIELD_TEXT && json_is_number(field->value)) field->kind = FIELD_NUMBER;
        return 0;
    case EVTX_ROLE_TIME:
        if (value && value->type == VALUE_FILETIME && value->len == 8) {
            run->time_ns = time_from_filetime(read_le64(value->ptr));
        } else if (time_parse_rfc3339(field->value, 0, &time_ns) == 0) {
            run->time_ns = time_ns;
        }
        return 0;
    case EVTX_ROLE_KEYWORDS:
    case EVTX_ROLE_GUID: break;
    }
    if (value && (value->type == VALUE_HEX64 || value->type == VALUE_GUID)) return 0;
    int r = text_room(state, field->value.len + NUMBER_TEXT_MAX);
    if (r < 0) return r;
    if (role == EVTX_ROLE_GUID) {
        if (field->value.len) memcpy(run->text_at, field->value.ptr, field->value.len);
        upper_guid(run->text_at, field->value.len);
        field->value = take_text(state, field->value.len);
    } else if (number_parse_u64(field->value, &number) == 0) {
        field->value = take_text(state, number_print_hex(run->text_at, number));
        field->kind = FIELD_TEXT;
    }
    return 0;
}

/* Inlined so that the slices stay in registers: passed on the stack, each would be written in
 * halves and read back whole, which no CPU forwards. */
static inline __attribute__((always_inline)) int emit(EvtxState *state, EvtxFrame *frame,
                                                      const EvtxStep *step, Slice name, Slice text,
                                                      FieldKind kind, const EvtxValue *value)
{
    EvtxRun *run = &state->run;
    if (run->field_count == EVTX_EVENT_FIELDS_MAX || !fits(state, sizeof(Field))) {
        return evtx_fail(state, EVTX_EVENT_SIZE);
    }
    Field *field = &state->fields[run->field_count++];
    *field = (Field){.name = name, .value = text, .kind = kind};
    run->bytes += sizeof(Field);
    if (step->role != EVTX_ROLE_NONE) {
        if (step->system != EVTX_NOT_SYSTEM) run->system_taken |= 1u << step->system;
        return step->role == EVTX_ROLE_TEXT ? 0 : apply_role(state, step->role, value, field);
    }
    run->data_programs += !frame->gave_data;
    frame->gave_data = true;
    if (step->prefixed.len && (run->system_taken >> step->system & 1)) {
        field->name = evtx_span(frame, step->prefixed);
    }
    return 0;
}

int evtx_emit_text(EvtxState *state, EvtxFrame *frame, const EvtxStep *step, Slice name, Slice text)
{
    return emit(state, frame, step, name, text, FIELD_TEXT, NULL);
}

int evtx_emit_value(EvtxState *state, EvtxFrame *frame, const EvtxStep *step, Slice name,
                    const EvtxValue *value)
{
    int r = text_room(state, EVTX_VALUE_TEXT_MAX(value->len));
    if (r < 0) return r;
    FieldKind kind;
    size_t len =
        evtx_value_print(value->type, slice_of(value->ptr, value->len), state->run.text_at, &kind);
    return emit(state, frame, step, name, take_text(state, len), kind, value);
}

int evtx_emit_array(EvtxState *state, EvtxFrame *frame, const EvtxStep *step, Slice name,
                    const EvtxValue *value)
{
    uint8_t type = value->type & (uint8_t)~VALUE_ARRAY;
    Slice rest = slice_of(value->ptr, value->len), item;
    while (evtx_array_take(type, value->len, &rest, &item)) {
        EvtxValue one = {.ptr = item.ptr, .len = (uint16_t)item.len, .type = type};
        int r = evtx_emit_value(state, frame, step, name, &one);
        if (r < 0) return r;
    }
    return 0;
}

/* ---- values made of several parts ---- */

const EvtxValue *evtx_value_at(EvtxState *state, const EvtxFrame *frame, size_t index)
{
    static const EvtxValue null = {.type = VALUE_NULL};
    if (index < frame->value_count) return &frame->values[index];
    evtx_note(state, EVTX_VALUE_MISSING);
    return &null;
}

/* Writes after the `len` bytes at text_at, where the caller made room. An array within other text:
 * its items with a comma and a blank between. */
static size_t append_value(const EvtxState *state, const EvtxValue *value, size_t len)
{
    bool is_array = value->type & VALUE_ARRAY;
    uint8_t type = value->type & (uint8_t)~VALUE_ARRAY;
    Slice rest = slice_of(value->ptr, value->len), item = rest;
    char *to = state->run.text_at;
    FieldKind kind;
    for (bool first = true; is_array ? evtx_array_take(type, value->len, &rest, &item) : first;
         first = false) {
        if (!first) {
            memcpy(to + len, ", ", 2);
            len += 2;
        }
        len += evtx_value_print(type, item, to + len, &kind);
    }
    return len;
}

/* Room for more of a text that has `len` bytes so far and may have to move. */
static int text_room_keeping(EvtxState *state, size_t len, size_t more)
{
    const char *before = state->run.text_at;
    int r = text_room(state, len + more);
    if (r == 0 && len && state->run.text_at != before) memmove(state->run.text_at, before, len);
    return r;
}

int evtx_emit_joined(EvtxState *state, const EvtxFrame *frame, const EvtxPart *parts, size_t count,
                     Slice *ret, bool *ret_any)
{
    size_t len = 0;
    *ret_any = false;
    for (size_t i = 0; i < count; i++) {
        const EvtxPart *part = &parts[i];
        Slice text = evtx_span(frame, part->text);
        const EvtxValue *value = NULL;
        if (part->value != EVTX_NO_VALUE) value = evtx_value_at(state, frame, part->value);
        if (value && value->type == VALUE_NULL && part->optional) continue;
        *ret_any = true;
        if (value && (value->type == VALUE_NULL || value->type == VALUE_BINXML)) continue;
        size_t items = value && (value->type & VALUE_ARRAY) ? value->len : 1;
        size_t need = value ? EVTX_VALUE_TEXT_MAX(value->len) + items * (2 + 64) : text.len;
        int r = text_room_keeping(state, len, need);
        if (r < 0) return r;
        if (value) {
            len = append_value(state, value, len);
        } else if (text.len) {
            memcpy(state->run.text_at + len, text.ptr, text.len);
            len += text.len;
        }
    }
    *ret = take_text(state, len);
    return 0;
}
