/* A tree of BinXML to steps, one a field: the place where an element stands decides the field's
 * name (record/event.h, "Names of EVENT_WINDOWS fields"; doc/format/evtx.md has the whole rule). */
#include "decode/evtx_int.h"

#include <errno.h>

typedef struct SystemName {
    Slice element, attribute, field;
    EvtxRole role;
} SystemName;

/* The children of System: [MS-EVEN6] 2.2.13 Event schema. */
#define SYSTEM_NAME(element, attribute, field, role)                                               \
    {                                                                                              \
        SLICE_INIT(element), SLICE_INIT(attribute), SLICE_INIT(field), role                        \
    }
static const SystemName system_names[] = {
    SYSTEM_NAME("Provider", "Name", "Provider_Name", EVTX_ROLE_TEXT),
    SYSTEM_NAME("Provider", "Guid", "Provider_Guid", EVTX_ROLE_GUID),
    SYSTEM_NAME("Provider", "EventSourceName", "EventSourceName", EVTX_ROLE_TEXT),
    SYSTEM_NAME("EventID", "", "EventID", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("EventID", "Qualifiers", "Qualifiers", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Version", "", "Version", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Level", "", "Level", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Task", "", "Task", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Opcode", "", "Opcode", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Keywords", "", "Keywords", EVTX_ROLE_KEYWORDS),
    SYSTEM_NAME("TimeCreated", "SystemTime", "TimeCreated", EVTX_ROLE_TIME),
    SYSTEM_NAME("EventRecordID", "", "EventRecordID", EVTX_ROLE_RECORD_ID),
    SYSTEM_NAME("Correlation", "ActivityID", "ActivityID", EVTX_ROLE_GUID),
    SYSTEM_NAME("Correlation", "RelatedActivityID", "RelatedActivityID", EVTX_ROLE_GUID),
    SYSTEM_NAME("Execution", "ProcessID", "Execution_ProcessID", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Execution", "ThreadID", "Execution_ThreadID", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Execution", "ProcessorID", "Execution_ProcessorID", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Execution", "SessionID", "Execution_SessionID", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Execution", "KernelTime", "Execution_KernelTime", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Execution", "UserTime", "Execution_UserTime", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Execution", "ProcessorTime", "Execution_ProcessorTime", EVTX_ROLE_NUMBER),
    SYSTEM_NAME("Channel", "", "Channel", EVTX_ROLE_TEXT),
    SYSTEM_NAME("Computer", "", "Computer", EVTX_ROLE_TEXT),
    SYSTEM_NAME("Security", "UserID", "Security_UserID", EVTX_ROLE_TEXT),
};

_Static_assert(ARRAY_COUNT(system_names) <= 32, "EvtxRun.system_taken has a bit for each");

/* Of steps, parts, guards and text each: far more than an event may have. */
#define BUFFER_BYTES_MAX ((size_t)4 << 20)

typedef struct Compile {
    EvtxCompiler *scratch;
    bool may_repeat;
    int error;             /* 0 or -ENOMEM; sticks */
    Slice section;         /* the last one added, */
    EvtxSpan section_span; /* and where */
} Compile;

static void compile_element(Compile *c, const EvtxNode *element, EvtxPlace place, uint16_t guard);

static EvtxSpan add_text(Compile *c, Slice text)
{
    EvtxSpan span = {.at = (uint32_t)c->scratch->text.len, .len = (uint32_t)text.len};
    buf_add_slice(&c->scratch->text, text);
    return span;
}

/* `first`, `between` and `second` in one. */
static Slice join(Compile *c, Slice first, char between, Slice second)
{
    Slice joined = {0};
    int r = arena_format(&c->scratch->tree, &joined, "%.*s%c%.*s", SLICE_FMT(first), between,
                         SLICE_FMT(second));
    if (r < 0) c->error = r;
    return joined;
}

static uint16_t add_guard(Compile *c, uint16_t value, uint16_t parent)
{
    if (value == EVTX_NO_VALUE) return parent;
    EvtxGuard guard = {.value = value, .parent = parent};
    size_t index = c->scratch->guards.len / sizeof guard;
    if (index >= EVTX_NO_GUARD) return parent;
    buf_add(&c->scratch->guards, &guard, sizeof guard);
    return (uint16_t)index;
}

static bool is_blank(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!strchr(" \t\r\n", text.ptr[i])) return false;
    }
    return true;
}

static uint32_t add_parts(Compile *c, const EvtxNode *first, uint32_t *ret_count)
{
    uint32_t at = (uint32_t)(c->scratch->parts.len / sizeof(EvtxPart));
    *ret_count = 0;
    for (const EvtxNode *node = first; node; node = node->next) {
        if (node->kind != EVTX_TEXT && node->kind != EVTX_VALUE) continue;
        EvtxPart part = {.value = node->value, .optional = node->optional};
        if (node->kind == EVTX_TEXT) part.text = add_text(c, node->text);
        buf_add(&c->scratch->parts, &part, sizeof part);
        (*ret_count)++;
    }
    return at;
}

static const SystemName *find_system_name(Slice element, Slice attribute)
{
    for (size_t i = 0; i < ARRAY_COUNT(system_names); i++) {
        if (slice_eq(system_names[i].element, element) &&
            slice_eq(system_names[i].attribute, attribute)) {
            return &system_names[i];
        }
    }
    return NULL;
}

static uint8_t system_index(Slice field)
{
    for (size_t i = 0; i < ARRAY_COUNT(system_names); i++) {
        if (slice_eq(system_names[i].field, field)) return (uint8_t)i;
    }
    return EVTX_NOT_SYSTEM;
}

static EvtxSpan add_section(Compile *c, Slice section)
{
    if (c->section.ptr != section.ptr || c->section.len != section.len) {
        c->section = section;
        c->section_span = add_text(c, section);
    }
    return c->section_span;
}

/* Other sections than the two that hold the event's own data (RenderingInfo, ProcessingErrorData):
 * their names always carry the section, but for the rendered text. */
static bool is_always_prefixed(Slice section, Slice name)
{
    if (section.len == 0 || slice_eq(name, SLICE("Message"))) return false;
    return !slice_eq(section, SLICE("EventData")) && !slice_eq(section, SLICE("UserData"));
}

/* Completes the step with its name, its section and its value's parts, and appends it. */
static void add_step(Compile *c, EvtxStep *step, Slice name, EvtxPlace place, const EvtxNode *first)
{
    step->system = system_index(name);
    if (step->role == EVTX_ROLE_NONE) {
        step->section = add_section(c, place.section);
        if (is_always_prefixed(place.section, name)) {
            name = join(c, place.section, '.', name);
        } else if (step->system != EVTX_NOT_SYSTEM) {
            step->prefixed = add_text(c, join(c, place.section, '.', name));
            /* Without a prefix in the end, the same name may come from two sections. */
            c->may_repeat |= !slice_eq(place.section, SLICE("EventData"));
        }
    }
    step->name = add_text(c, name);
    step->part_at = add_parts(c, first, &step->part_count);
    step->context = (uint8_t)place.context;
    buf_add(&c->scratch->steps, step, sizeof *step);
}

static bool is_namespace(Slice attribute)
{
    return slice_eq(attribute, SLICE("xmlns")) || slice_starts(attribute, SLICE("xmlns:"));
}

/* ELEMENT_ATTRIBUTE, or System's own name. `except`: that attribute is used otherwise. Says whether
 * there was any. */
static bool compile_attributes(Compile *c, const EvtxNode *element, EvtxPlace place, uint16_t guard,
                               Slice except)
{
    bool any = false;
    bool in_system = place.context == EVTX_IN_SYSTEM;
    for (const EvtxNode *attribute = element->attributes; attribute; attribute = attribute->next) {
        if (is_namespace(attribute->name) || slice_eq(attribute->name, except)) continue;
        any = true;
        EvtxStep step = {.guard = guard, .omit_empty = in_system};
        const SystemName *known = NULL;
        if (in_system) {
            known = find_system_name(element->name, attribute->name);
            step.role = (uint8_t)(known ? known->role : EVTX_ROLE_TEXT);
            c->may_repeat |= !known;
        }
        Slice name = known ? known->field : join(c, element->name, '_', attribute->name);
        add_step(c, &step, name, (EvtxPlace){EVTX_IN_LEAF, place.section}, attribute->children);
    }
    return any;
}

static bool has_child_elements(const EvtxNode *element)
{
    for (const EvtxNode *node = element->children; node; node = node->next) {
        if (node->kind == EVTX_ELEMENT) return true;
    }
    return false;
}

static bool has_text(const EvtxNode *element)
{
    for (const EvtxNode *node = element->children; node; node = node->next) {
        if (node->kind == EVTX_VALUE) return true;
        if (node->kind == EVTX_TEXT && !is_blank(node->text)) return true;
    }
    return false;
}

static void compile_pi(Compile *c, const EvtxNode *pi, EvtxPlace place, uint16_t guard)
{
    EvtxNode text = {.kind = EVTX_TEXT, .text = pi->text, .value = EVTX_NO_VALUE};
    EvtxStep step = {.guard = guard};
    c->may_repeat = true;
    add_step(c, &step, join(c, (Slice){0}, '?', pi->name), place, &text);
}

static void compile_children(Compile *c, const EvtxNode *element, EvtxPlace place, uint16_t guard)
{
    for (const EvtxNode *node = element->children; node; node = node->next) {
        if (node->kind == EVTX_ELEMENT) compile_element(c, node, place, guard);
        if (node->kind == EVTX_PI) compile_pi(c, node, place, guard);
    }
}

/* Event, System, EventData, UserData and the like: what is inside matters, text is not expected. */
static void compile_container(Compile *c, const EvtxNode *element, EvtxPlace inside, uint16_t guard)
{
    compile_attributes(c, element, (EvtxPlace){.context = EVTX_IN_LEAF}, guard, (Slice){0});
    compile_children(c, element, inside, guard);
    if (!has_text(element)) return;
    EvtxStep step = {.guard = guard, .omit_empty = true};
    add_step(c, &step, element->name, inside, element->children);
}

static void compile_leaf(Compile *c, const EvtxNode *element, EvtxPlace place, uint16_t guard)
{
    bool any = compile_attributes(c, element, place, guard, (Slice){0});
    EvtxPlace inside = {EVTX_IN_LEAF, place.section};
    compile_children(c, element, inside, guard);
    any |= has_child_elements(element);
    if (any && !has_text(element)) return;
    EvtxStep step = {.guard = guard, .omit_empty = any};
    add_step(c, &step, element->name, inside, element->children);
}

static void compile_system(Compile *c, const EvtxNode *element, EvtxPlace place, uint16_t guard)
{
    const SystemName *known = find_system_name(element->name, (Slice){0});
    if (has_text(element)) {
        EvtxStep step = {.guard = guard, .omit_empty = true};
        step.role = (uint8_t)(known ? known->role : EVTX_ROLE_TEXT);
        c->may_repeat |= !known;
        add_step(c, &step, element->name, (EvtxPlace){EVTX_IN_LEAF, place.section},
                 element->children);
    }
    compile_attributes(c, element, place, guard, (Slice){0});
    if (has_child_elements(element)) {
        c->may_repeat = true;
        compile_children(c, element, (EvtxPlace){EVTX_IN_LEAF, SLICE("System")}, guard);
    }
}

static const EvtxNode *find_attribute(const EvtxNode *element, Slice name)
{
    const EvtxNode *attribute = element->attributes;
    while (attribute && !slice_eq(attribute->name, name)) {
        attribute = attribute->next;
    }
    return attribute;
}

/* <Data Name="X">...</Data>; everything else in EventData is a leaf. */
static void compile_data(Compile *c, const EvtxNode *element, EvtxPlace place, uint16_t guard)
{
    const EvtxNode *name = find_attribute(element, SLICE("Name"));
    if (!slice_eq(element->name, SLICE("Data"))) {
        compile_leaf(c, element, (EvtxPlace){EVTX_IN_LEAF, place.section}, guard);
        return;
    }
    EvtxPlace inside = {EVTX_IN_LEAF, place.section};
    EvtxStep step = {.guard = guard};
    Slice literal = element->name;
    const EvtxNode *parts = name ? name->children : NULL;
    if (parts && parts->kind == EVTX_TEXT && !parts->next && parts->text.len > 0) {
        literal = parts->text;
    } else if (parts) {
        c->may_repeat = true;
        step.name_part_at = add_parts(c, parts, &step.name_part_count);
    }
    step.omit_empty = has_child_elements(element);
    if (!step.omit_empty || has_text(element))
        add_step(c, &step, literal, inside, element->children);
    compile_attributes(c, element, inside, guard, SLICE("Name"));
    compile_children(c, element, inside, guard);
}

static void compile_section(Compile *c, const EvtxNode *element, uint16_t guard)
{
    EvtxPlace inside = {EVTX_IN_LEAF, element->name};
    if (slice_eq(element->name, SLICE("System"))) {
        inside = (EvtxPlace){EVTX_IN_SYSTEM, element->name};
    } else if (slice_eq(element->name, SLICE("EventData"))) {
        inside.context = EVTX_IN_DATA;
    } else if (slice_eq(element->name, SLICE("UserData"))) {
        inside.context = EVTX_IN_USER;
    }
    compile_container(c, element, inside, guard);
}

static void compile_element(Compile *c, const EvtxNode *element, EvtxPlace place, uint16_t guard)
{
    guard = add_guard(c, element->value, guard);
    EvtxPlace leaves = {EVTX_IN_LEAF, place.section};
    switch (place.context) {
    case EVTX_IN_DOCUMENT:
        if (slice_eq(element->name, SLICE("Event"))) {
            compile_container(c, element, (EvtxPlace){.context = EVTX_IN_EVENT}, guard);
        } else {
            compile_leaf(c, element, leaves, guard);
        }
        return;
    case EVTX_IN_EVENT: compile_section(c, element, guard); return;
    case EVTX_IN_SYSTEM: compile_system(c, element, place, guard); return;
    case EVTX_IN_DATA: compile_data(c, element, place, guard); return;
    case EVTX_IN_USER: compile_container(c, element, leaves, guard); return;
    case EVTX_IN_LEAF: compile_leaf(c, element, leaves, guard); return;
    }
}

/* System's steps first, then the others; in both, steps of one name next to each other, so that
 * running them gives arrays. */
static int group_steps(EvtxCompiler *scratch)
{
    size_t count = scratch->steps.len / sizeof(EvtxStep);
    EvtxStep *steps = (EvtxStep *)(void *)scratch->steps.ptr;
    Slice *names = ARENA_ARRAY(&scratch->tree, Slice, count);
    uint32_t *order = ARENA_ARRAY(&scratch->tree, uint32_t, 2 * count);
    EvtxStep *copy = ARENA_ARRAY(&scratch->tree, EvtxStep, count);
    if (!names || !order || !copy) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        EvtxSpan name = steps[i].prefixed.len ? steps[i].prefixed : steps[i].name;
        names[i] = slice_of(scratch->text.ptr + name.at, name.len);
        copy[i] = steps[i];
    }
    names_order(names, sizeof *names, count, order);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            if ((copy[order[i]].role == EVTX_ROLE_NONE) == pass) *steps++ = copy[order[i]];
        }
    }
    return 0;
}

int evtx_compile(EvtxCompiler *scratch, const EvtxNode *first, EvtxPlace place, EvtxProgram *ret)
{
    Compile c = {.scratch = scratch};
    Buf *buffers[] = {&scratch->steps, &scratch->parts, &scratch->guards, &scratch->text};
    for (size_t i = 0; i < ARRAY_COUNT(buffers); i++) {
        buf_clear(buffers[i]);
        buffers[i]->bytes_max = BUFFER_BYTES_MAX;
    }
    buf_reserve(&scratch->text, 1); /* spans point into it, also those of names without a letter */
    EvtxNode siblings = {.kind = EVTX_ELEMENT, .children = (EvtxNode *)(uintptr_t)first};
    compile_children(&c, &siblings, place, EVTX_NO_GUARD);
    for (size_t i = 0; i < ARRAY_COUNT(buffers); i++) {
        if (buf_error(buffers[i])) return -ENOMEM;
    }
    if (c.error) return c.error;
    int r = scratch->steps.len ? group_steps(scratch) : 0;
    if (r < 0) return r;
    *ret = (EvtxProgram){
        .place = place,
        .steps = (const EvtxStep *)(const void *)scratch->steps.ptr,
        .step_count = scratch->steps.len / sizeof(EvtxStep),
        .parts = (const EvtxPart *)(const void *)scratch->parts.ptr,
        .part_count = scratch->parts.len / sizeof(EvtxPart),
        .guards = (const EvtxGuard *)(const void *)scratch->guards.ptr,
        .guard_count = scratch->guards.len / sizeof(EvtxGuard),
        .text = buf_slice(&scratch->text),
        .may_repeat = c.may_repeat,
    };
    return 0;
}

void evtx_compiler_done(EvtxCompiler *scratch)
{
    buf_done(&scratch->steps);
    buf_done(&scratch->parts);
    buf_done(&scratch->guards);
    buf_done(&scratch->text);
    buf_done(&scratch->name_refs);
    arena_done(&scratch->tree);
}
