/* Runs BinXML: fragments, template instances with their value tables, and the steps of programs. */
#include "decode/evtx_int.h"

#include <errno.h>

static int run_value_xml(EvtxState *state, const EvtxFrame *frame, const EvtxStep *step,
                         const EvtxValue *value)
{
    size_t at = (size_t)(value->ptr - state->run.chunk->bytes.ptr);
    EvtxPlace place = {(EvtxContext)step->context, evtx_span(frame, step->section)};
    return evtx_run_fragment(state, at, at + value->len, place);
}

static int run_parts(EvtxState *state, EvtxFrame *frame, const EvtxStep *step, Slice name)
{
    Slice text;
    bool any;
    const EvtxPart *parts = frame->program->parts + step->part_at;
    int r = evtx_emit_joined(state, frame, parts, step->part_count, &text, &any);
    if (r < 0) return r;
    if (step->part_count == 0) any = true;
    if (any && !(text.len == 0 && step->omit_empty)) {
        r = evtx_emit_text(state, frame, step, name, text);
    }
    for (size_t i = 0; r == 0 && i < step->part_count; i++) {
        if (parts[i].value == EVTX_NO_VALUE) continue;
        const EvtxValue *value = evtx_value_at(state, frame, parts[i].value);
        if (value->type == VALUE_BINXML) r = run_value_xml(state, frame, step, value);
    }
    return r;
}

/* ---- steps ---- */

static bool guards_hold(const EvtxFrame *frame, uint16_t guard)
{
    while (guard != EVTX_NO_GUARD) {
        const EvtxGuard *at = &frame->program->guards[guard];
        if (at->value >= frame->value_count) return false;
        if (frame->values[at->value].type == VALUE_NULL) return false;
        guard = at->parent;
    }
    return true;
}

static int run_value(EvtxState *state, EvtxFrame *frame, const EvtxStep *step, Slice name,
                     const EvtxPart *part)
{
    const EvtxValue *value = evtx_value_at(state, frame, part->value);
    if (value->type == VALUE_NULL && part->optional) return 0;
    if (value->len == 0 || value->type == VALUE_NULL) {
        if (step->omit_empty) return 0;
        return evtx_emit_text(state, frame, step, name, (Slice){.ptr = frame->text});
    }
    if (value->type == VALUE_BINXML) return run_value_xml(state, frame, step, value);
    if (value->type & VALUE_ARRAY) return evtx_emit_array(state, frame, step, name, value);
    return evtx_emit_value(state, frame, step, name, value);
}

static int run_step(EvtxState *state, EvtxFrame *frame, const EvtxStep *step)
{
    const EvtxProgram *program = frame->program;
    if (step->guard != EVTX_NO_GUARD && !guards_hold(frame, step->guard)) return 0;
    Slice name = evtx_span(frame, step->name);
    if (step->name_part_count) {
        Slice made;
        bool any;
        int r = evtx_emit_joined(state, frame, program->parts + step->name_part_at,
                                 step->name_part_count, &made, &any);
        if (r < 0) return r;
        if (made.len) name = made;
    }
    if (step->part_count != 1) return run_parts(state, frame, step, name);
    const EvtxPart *part = &program->parts[step->part_at];
    if (part->value != EVTX_NO_VALUE) return run_value(state, frame, step, name, part);
    Slice text = evtx_span(frame, part->text);
    if (text.len == 0 && step->omit_empty) return 0;
    return evtx_emit_text(state, frame, step, name, text);
}

static int run_program(EvtxState *state, EvtxProgram *program, size_t first_value)
{
    EvtxRun *run = &state->run;
    EvtxFrame frame = {.program = program,
                       .values = state->values + first_value,
                       .value_count = run->value_count - first_value};
    size_t work = program->step_count + program->part_count + frame.value_count + 1;
    if (work > state->chunk_work) return evtx_fail(state, EVTX_EVENT_SIZE);
    state->chunk_work -= work;
    run->may_repeat |= program->may_repeat;
    int r = evtx_emit_begin(state, &frame, program);
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
    if (end - *at < 4) return evtx_fail(state, EVTX_VALUE_TABLE);
    size_t count = read_le32(bytes + *at);
    size_t table = *at + 4;
    if (count > (end - table) / 4 || count > EVTX_VALUES_MAX - run->value_count) {
        return evtx_fail(state, EVTX_VALUE_TABLE);
    }
    size_t value_at = table + 4 * count;
    EvtxValue *value = state->values + run->value_count;
    for (size_t i = 0; i < count; i++, value++) {
        uint32_t entry = read_le32(bytes + table + 4 * i);
        value->len = (uint16_t)entry;
        value->type = (uint8_t)(entry >> 16);
        value->ptr = bytes + value_at;
        if (value->len > end - value_at) return evtx_fail(state, EVTX_VALUE_TABLE);
        value_at += value->len;
    }
    run->value_count += count;
    *at = value_at;
    return 0;
}

/* Maxima of the compiler are maxima of the event. */
static int compiled(EvtxState *state, int r)
{
    return r == -ENOMEM ? evtx_fail(state, EVTX_EVENT_SIZE) : r;
}

/* Token, unknown (1), template id (4), offset of the definition (4), the definition when it stands
 * here, values. The id is the first 4 bytes of the definition's GUID. */
static int run_template(EvtxState *state, size_t *at, size_t end, EvtxPlace place)
{
    Slice chunk = state->run.chunk->bytes;
    if (end - *at < 10) return evtx_fail(state, EVTX_XML_TRUNCATED);
    uint32_t id = read_le32(chunk.ptr + *at + 2);
    size_t definition_at = read_le32(chunk.ptr + *at + 6);
    *at += 10;
    if (chunk.len < 24 || definition_at > chunk.len - 24) {
        return evtx_fail(state, EVTX_TEMPLATE_MISSING);
    }
    size_t body_bytes = read_le32(chunk.ptr + definition_at + 20);
    if (body_bytes > chunk.len - definition_at - 24 ||
        read_le32(chunk.ptr + definition_at + 4) != id) {
        return evtx_fail(state, EVTX_TEMPLATE_MISSING);
    }
    if (definition_at == *at) {
        if (24 + body_bytes > end - *at) return evtx_fail(state, EVTX_XML_TRUNCATED);
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
    if (r < 0) return evtx_fail(state, parser.reason);
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
            if (end - at < 4) return evtx_fail(state, EVTX_XML_TRUNCATED);
            at += 4;
            continue;
        case TOKEN_TEMPLATE: r = run_template(state, &at, end, place); break;
        case TOKEN_ELEMENT:
        case TOKEN_ELEMENT | TOKEN_MORE:
        case TOKEN_PI_TARGET: r = run_loose_node(state, &at, end, place); break;
        default: return evtx_fail(state, EVTX_XML_TOKEN);
        }
        if (r < 0) return r;
    }
    return 0;
}

int evtx_run_fragment(EvtxState *state, size_t at, size_t end, EvtxPlace place)
{
    if (state->run.nesting >= EVTX_NESTING_MAX) return evtx_fail(state, EVTX_XML_DEPTH);
    state->run.nesting++;
    int r = run_tokens(state, at, end, place);
    state->run.nesting--;
    return r;
}
