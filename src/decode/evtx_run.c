/* Runs BinXML: fragments, template instances with their value tables, and the steps of programs. */
#include "decode/evtx_int.h"

#include "base/json_text.h"
#include "base/utf8.h"

#include <errno.h>

/* A program at work. */
typedef struct Frame {
    const EvtxProgram *program;
    const char *text; /* the program's, in the arena of the feed */
    const EvtxValue *values;
    size_t value_count;
    bool gave_data;
} Frame;

#define TEXT_RESERVE_BYTES 4096

/* Damage that does not stop the event. The first one is told. */
static void note(EvtxState *state, EvtxReason reason)
{
    if (state->run.reason == EVTX_SOUND) state->run.reason = reason;
}

static int fail(EvtxState *state, EvtxReason reason)
{
    note(state, reason);
    return -EBADMSG;
}

void evtx_run_flush(EvtxState *state)
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
    evtx_run_flush(state);
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
    if (!fits(state, bytes)) return fail(state, EVTX_EVENT_SIZE);
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

/* The program's text in this feed's arena, copied there the first time. */
static int program_text(EvtxState *state, EvtxProgram *program, const char **ret)
{
    if (program->text_feed != state->feed) {
        int r = text_room(state, program->text.len + 1);
        if (r < 0) return r;
        if (program->text.len) memcpy(state->run.text_at, program->text.ptr, program->text.len);
        program->feed_text = take_text(state, program->text.len + 1).ptr;
        program->text_feed = state->feed;
    }
    *ret = program->feed_text;
    return 0;
}

static inline Slice span(const Frame *frame, EvtxSpan at)
{
    return slice_of(frame->text + at.at, at.len);
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
static inline __attribute__((always_inline)) int emit(EvtxState *state, Frame *frame,
                                                      const EvtxStep *step, Slice name, Slice text,
                                                      FieldKind kind, const EvtxValue *value)
{
    EvtxRun *run = &state->run;
    if (run->field_count == EVTX_EVENT_FIELDS_MAX || !fits(state, sizeof(Field))) {
        return fail(state, EVTX_EVENT_SIZE);
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
        field->name = span(frame, step->prefixed);
    }
    return 0;
}

static inline int emit_value(EvtxState *state, Frame *frame, const EvtxStep *step, Slice name,
                             const EvtxValue *value)
{
    int r = text_room(state, EVTX_VALUE_TEXT_MAX(value->len));
    if (r < 0) return r;
    FieldKind kind;
    size_t len =
        evtx_value_print(value->type, slice_of(value->ptr, value->len), state->run.text_at, &kind);
    return emit(state, frame, step, name, take_text(state, len), kind, value);
}

static int emit_array(EvtxState *state, Frame *frame, const EvtxStep *step, Slice name,
                      const EvtxValue *value)
{
    uint8_t type = value->type & (uint8_t)~VALUE_ARRAY;
    Slice rest = slice_of(value->ptr, value->len), item;
    while (evtx_array_take(type, value->len, &rest, &item)) {
        EvtxValue one = {.ptr = item.ptr, .len = (uint16_t)item.len, .type = type};
        int r = emit_value(state, frame, step, name, &one);
        if (r < 0) return r;
    }
    return 0;
}

/* ---- values made of several parts ---- */

static const EvtxValue *find_value(EvtxState *state, const Frame *frame, size_t index)
{
    static const EvtxValue null = {.type = VALUE_NULL};
    if (index < frame->value_count) return &frame->values[index];
    note(state, EVTX_VALUE_MISSING);
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

/* All parts in one text. *ret_any false: all of them were absent (optional and null). */
static int join_parts(EvtxState *state, const Frame *frame, const EvtxPart *parts, size_t count,
                      Slice *ret, bool *ret_any)
{
    size_t len = 0;
    *ret_any = false;
    for (size_t i = 0; i < count; i++) {
        const EvtxPart *part = &parts[i];
        Slice text = span(frame, part->text);
        const EvtxValue *value = NULL;
        if (part->value != EVTX_NO_VALUE) value = find_value(state, frame, part->value);
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

static int run_value_xml(EvtxState *state, const Frame *frame, const EvtxStep *step,
                         const EvtxValue *value)
{
    size_t at = (size_t)(value->ptr - state->run.chunk->bytes.ptr);
    EvtxPlace place = {(EvtxContext)step->context, span(frame, step->section)};
    return evtx_run_fragment(state, at, at + value->len, place);
}

static int run_parts(EvtxState *state, Frame *frame, const EvtxStep *step, Slice name)
{
    Slice text;
    bool any;
    const EvtxPart *parts = frame->program->parts + step->part_at;
    int r = join_parts(state, frame, parts, step->part_count, &text, &any);
    if (r < 0) return r;
    if (step->part_count == 0) any = true;
    if (any && !(text.len == 0 && step->omit_empty)) {
        r = emit(state, frame, step, name, text, FIELD_TEXT, NULL);
    }
    for (size_t i = 0; r == 0 && i < step->part_count; i++) {
        if (parts[i].value == EVTX_NO_VALUE) continue;
        const EvtxValue *value = find_value(state, frame, parts[i].value);
        if (value->type == VALUE_BINXML) r = run_value_xml(state, frame, step, value);
    }
    return r;
}

/* ---- steps ---- */

static bool guards_hold(const Frame *frame, uint16_t guard)
{
    while (guard != EVTX_NO_GUARD) {
        const EvtxGuard *at = &frame->program->guards[guard];
        if (at->value >= frame->value_count) return false;
        if (frame->values[at->value].type == VALUE_NULL) return false;
        guard = at->parent;
    }
    return true;
}

static int run_value(EvtxState *state, Frame *frame, const EvtxStep *step, Slice name,
                     const EvtxPart *part)
{
    const EvtxValue *value = find_value(state, frame, part->value);
    if (value->type == VALUE_NULL && part->optional) return 0;
    if (value->len == 0 || value->type == VALUE_NULL) {
        if (step->omit_empty) return 0;
        return emit(state, frame, step, name, (Slice){.ptr = frame->text}, FIELD_TEXT, NULL);
    }
    if (value->type == VALUE_BINXML) return run_value_xml(state, frame, step, value);
    if (value->type & VALUE_ARRAY) return emit_array(state, frame, step, name, value);
    return emit_value(state, frame, step, name, value);
}

static int run_step(EvtxState *state, Frame *frame, const EvtxStep *step)
{
    const EvtxProgram *program = frame->program;
    if (step->guard != EVTX_NO_GUARD && !guards_hold(frame, step->guard)) return 0;
    Slice name = span(frame, step->name);
    if (step->name_part_count) {
        Slice made;
        bool any;
        int r = join_parts(state, frame, program->parts + step->name_part_at, step->name_part_count,
                           &made, &any);
        if (r < 0) return r;
        if (made.len) name = made;
    }
    if (step->part_count != 1) return run_parts(state, frame, step, name);
    const EvtxPart *part = &program->parts[step->part_at];
    if (part->value != EVTX_NO_VALUE) return run_value(state, frame, step, name, part);
    Slice text = span(frame, part->text);
    if (text.len == 0 && step->omit_empty) return 0;
    return emit(state, frame, step, name, text, FIELD_TEXT, NULL);
}

static int run_program(EvtxState *state, EvtxProgram *program, size_t first_value)
{
    EvtxRun *run = &state->run;
    Frame frame = {.program = program,
                   .values = state->values + first_value,
                   .value_count = run->value_count - first_value};
    size_t work = program->step_count + program->part_count + frame.value_count + 1;
    if (work > state->chunk_work) return fail(state, EVTX_EVENT_SIZE);
    state->chunk_work -= work;
    run->may_repeat |= program->may_repeat;
    int r = program_text(state, program, &frame.text);
    for (size_t i = 0; r == 0 && i < program->step_count; i++) {
        r = run_step(state, &frame, &program->steps[i]);
    }
    return r;
}

/* ---- fragments and templates ---- */

/* Count (4), then size (2), type (1), unused (1) for each value; then the values' bytes.
 * libevtx paper, "Template instance data". */
static int read_values(EvtxState *state, size_t *at, size_t end)
{
    const char *bytes = state->run.chunk->bytes.ptr;
    EvtxRun *run = &state->run;
    if (end - *at < 4) return fail(state, EVTX_VALUE_TABLE);
    size_t count = read_le32(bytes + *at);
    size_t table = *at + 4;
    if (count > (end - table) / 4 || count > EVTX_VALUES_MAX - run->value_count) {
        return fail(state, EVTX_VALUE_TABLE);
    }
    size_t value_at = table + 4 * count;
    EvtxValue *value = state->values + run->value_count;
    for (size_t i = 0; i < count; i++, value++) {
        uint32_t entry = read_le32(bytes + table + 4 * i);
        value->len = (uint16_t)entry;
        value->type = (uint8_t)(entry >> 16);
        value->ptr = bytes + value_at;
        if (value->len > end - value_at) return fail(state, EVTX_VALUE_TABLE);
        value_at += value->len;
    }
    run->value_count += count;
    *at = value_at;
    return 0;
}

/* Maxima of the compiler are maxima of the event. */
static int compiled(EvtxState *state, int r)
{
    return r == -ENOMEM ? fail(state, EVTX_EVENT_SIZE) : r;
}

/* Token, unknown (1), template id (4), offset of the definition (4), the definition when it stands
 * here, values. The id is the first 4 bytes of the definition's GUID. */
static int run_template(EvtxState *state, size_t *at, size_t end, EvtxPlace place)
{
    Slice chunk = state->run.chunk->bytes;
    if (end - *at < 10) return fail(state, EVTX_XML_TRUNCATED);
    uint32_t id = read_le32(chunk.ptr + *at + 2);
    size_t definition_at = read_le32(chunk.ptr + *at + 6);
    *at += 10;
    if (chunk.len < 24 || definition_at > chunk.len - 24) {
        return fail(state, EVTX_TEMPLATE_MISSING);
    }
    size_t body_bytes = read_le32(chunk.ptr + definition_at + 20);
    if (body_bytes > chunk.len - definition_at - 24 ||
        read_le32(chunk.ptr + definition_at + 4) != id) {
        return fail(state, EVTX_TEMPLATE_MISSING);
    }
    if (definition_at == *at) {
        if (24 + body_bytes > end - *at) return fail(state, EVTX_XML_TRUNCATED);
        *at += 24 + body_bytes;
    }
    size_t first_value = state->run.value_count;
    int r = read_values(state, at, end);
    if (r < 0) return r;
    EvtxProgram *program;
    r = compiled(state, evtx_program_for(state, definition_at, body_bytes, place, &program));
    if (r < 0) return r;
    r = run_program(state, program, first_value);
    state->run.value_count = first_value;
    return r;
}

/* An element or PI that no template holds. */
static int run_loose_node(EvtxState *state, size_t *at, size_t end, EvtxPlace place)
{
    EvtxParser parser = {.chunk = state->run.chunk,
                         .at = *at,
                         .end = end,
                         .arena = &state->compiler.tree,
                         .work = &state->chunk_work,
                         .has_dependencies = state->run.nesting <= 1};
    bool is_pi = state->run.chunk->bytes.ptr[*at] == TOKEN_PI_TARGET;
    EvtxNode *node;
    int r = is_pi ? evtx_xml_parse_pi(&parser, &node) : evtx_xml_parse_element(&parser, &node);
    if (r < 0) return fail(state, parser.reason);
    *at = parser.at;
    EvtxProgram *program;
    r = compiled(state, evtx_program_of_nodes(state, node, place, &program));
    return r < 0 ? r : run_program(state, program, state->run.value_count);
}

static int run_tokens(EvtxState *state, size_t at, size_t end, EvtxPlace place)
{
    const char *bytes = state->run.chunk->bytes.ptr;
    while (at < end) {
        int r;
        switch ((unsigned char)bytes[at]) {
        case TOKEN_EOF: return 0;
        case TOKEN_FRAGMENT:
            if (end - at < 4) return fail(state, EVTX_XML_TRUNCATED);
            at += 4;
            continue;
        case TOKEN_TEMPLATE: r = run_template(state, &at, end, place); break;
        case TOKEN_ELEMENT:
        case TOKEN_ELEMENT | TOKEN_MORE:
        case TOKEN_PI_TARGET: r = run_loose_node(state, &at, end, place); break;
        default: return fail(state, EVTX_XML_TOKEN);
        }
        if (r < 0) return r;
    }
    return 0;
}

int evtx_run_fragment(EvtxState *state, size_t at, size_t end, EvtxPlace place)
{
    if (state->run.nesting >= EVTX_NESTING_MAX) return fail(state, EVTX_XML_DEPTH);
    state->run.nesting++;
    int r = run_tokens(state, at, end, place);
    state->run.nesting--;
    return r;
}
