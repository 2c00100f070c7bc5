/* The nested shape: the XML of an event turned into objects. See windows_json.h. */
#include "decode/json_time.h"
#include "decode/windows_json.h"
#include "decode/windows_names.h"

#include "base/json_text.h"
#include "base/number.h"

#include <errno.h>

/* Where a System value stands in the XML; an empty attribute is the element's text. */
typedef struct Place {
    Slice element;
    Slice attribute;
    WindowsName name;
} Place;

/* MS-EVEN6 2.2.17 and the event schema (winevt Event Schema, SystemPropertiesType). */
static const Place places[] = {
    {SLICE_INIT("Provider"), SLICE_INIT("Name"), WINDOWS_PROVIDER_NAME},
    {SLICE_INIT("Provider"), SLICE_INIT("Guid"), WINDOWS_PROVIDER_GUID},
    {SLICE_INIT("Provider"), SLICE_INIT("EventSourceName"), WINDOWS_EVENT_SOURCE_NAME},
    {SLICE_INIT("Provider"), {0}, WINDOWS_PROVIDER_NAME},
    {SLICE_INIT("EventID"), {0}, WINDOWS_EVENT_ID},
    {SLICE_INIT("EventID"), SLICE_INIT("Qualifiers"), WINDOWS_QUALIFIERS},
    {SLICE_INIT("Version"), {0}, WINDOWS_VERSION},
    {SLICE_INIT("Level"), {0}, WINDOWS_LEVEL},
    {SLICE_INIT("Task"), {0}, WINDOWS_TASK},
    {SLICE_INIT("Opcode"), {0}, WINDOWS_OPCODE},
    {SLICE_INIT("Keywords"), {0}, WINDOWS_KEYWORDS},
    {SLICE_INIT("TimeCreated"), SLICE_INIT("SystemTime"), WINDOWS_TIME_CREATED},
    {SLICE_INIT("TimeCreated"), {0}, WINDOWS_TIME_CREATED},
    {SLICE_INIT("EventRecordID"), {0}, WINDOWS_RECORD_ID},
    {SLICE_INIT("Correlation"), SLICE_INIT("ActivityID"), WINDOWS_ACTIVITY_ID},
    {SLICE_INIT("Correlation"), SLICE_INIT("RelatedActivityID"), WINDOWS_RELATED_ACTIVITY_ID},
    {SLICE_INIT("Execution"), SLICE_INIT("ProcessID"), WINDOWS_PROCESS_ID},
    {SLICE_INIT("Execution"), SLICE_INIT("ThreadID"), WINDOWS_THREAD_ID},
    {SLICE_INIT("Channel"), {0}, WINDOWS_CHANNEL},
    {SLICE_INIT("Computer"), {0}, WINDOWS_COMPUTER},
    {SLICE_INIT("Security"), SLICE_INIT("UserID"), WINDOWS_USER_ID},
};

typedef struct Nested {
    JsonFields *to;
    const JsonTree *tree;
    const JsonNode *system[WINDOWS_NAME_COUNT]; /* NULL: absent */
    bool placing; /* first pass over System: known values go to their place; second: the rest out */
} Nested;

static const JsonNode **find_place(Nested *nested, Slice element, Slice attribute)
{
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        if (slice_eq(places[i].element, element) && slice_eq(places[i].attribute, attribute)) {
            return &nested->system[places[i].name];
        }
    }
    return NULL;
}

static bool is_namespace(Slice attribute)
{
    return slice_starts(attribute, SLICE("xmlns"));
}

/* One text or attribute of a System element. */
static int take_system_value(Nested *nested, Slice element, Slice attribute, const JsonNode *node)
{
    if (node->kind == JSON_NULL || is_namespace(attribute)) return 0;
    const JsonNode **place =
        json_is_container(node) ? NULL : find_place(nested, element, attribute);
    if (nested->placing) {
        if (place && !*place) *place = node;
        return 0;
    }
    if (place && *place == node) return 0;
    Slice name;
    int r = json_fields_join(nested->to, SLICE("System"), element, &name);
    if (r == 0) r = json_fields_join(nested->to, name, attribute, &name);
    return r < 0 ? r : json_fields_add(nested->to, node, name);
}

static int take_attributes(Nested *nested, Slice element, const JsonNode *attributes)
{
    const JsonNode *child = json_first_child(nested->tree, attributes);
    int r = 0;
    for (; child && r == 0; child = json_next_child(nested->tree, attributes, child)) {
        r = take_system_value(nested, element, child->name, child);
    }
    return r;
}

static bool is_text_name(Slice name)
{
    return slice_eq(name, SLICE("#text")) || slice_eq(name, SLICE("Value"));
}

static int take_system_element(Nested *nested, Slice element, const JsonNode *node)
{
    static const Slice attributes_suffix = SLICE_INIT("_attributes");
    if (slice_ends(element, attributes_suffix) && node->kind == JSON_OBJECT) {
        element.len -= attributes_suffix.len;
        return take_attributes(nested, element, node);
    }
    if (node->kind != JSON_OBJECT) return take_system_value(nested, element, (Slice){0}, node);
    const JsonNode *child = json_first_child(nested->tree, node);
    int r = 0;
    for (; child && r == 0; child = json_next_child(nested->tree, node, child)) {
        Slice name = child->name;
        if (slice_eq(name, SLICE("#attributes")) && child->kind == JSON_OBJECT) {
            r = take_attributes(nested, element, child);
            continue;
        }
        if (is_text_name(name)) name.len = 0;
        if (name.len > 0 && name.ptr[0] == '@') name = slice_skip(name, 1);
        r = take_system_value(nested, element, name, child);
    }
    return r;
}

static int take_system(Nested *nested, const JsonNode *system)
{
    const JsonNode *child = json_first_child(nested->tree, system);
    int r = 0;
    for (; child && r == 0; child = json_next_child(nested->tree, system, child)) {
        r = take_system_element(nested, child->name, child);
    }
    return r;
}

static FieldKind scalar_kind(const JsonNode *node)
{
    if (node->kind == JSON_BOOL) return FIELD_BOOL;
    return node->kind == JSON_NUMBER ? FIELD_NUMBER : FIELD_TEXT;
}

static int put_system(Nested *nested)
{
    JsonFields *to = nested->to;
    for (size_t i = 0; i < WINDOWS_NAME_COUNT; i++) {
        const JsonNode *node = nested->system[i];
        if (!node || node->value.len == 0) continue;
        json_fields_put(to, windows_names[i], node->value, scalar_kind(node));
        int r = windows_value_normalise((WindowsName)i, to->arena, &to->fields[to->count - 1]);
        if (r < 0) return r;
    }
    return 0;
}

/* A value of EventData or UserData (the place), whose name may be taken by System. */
static int put_data(Nested *nested, Slice place, Slice name, const JsonNode *node)
{
    WindowsName taken;
    if (windows_name_find(name, &taken) == 0 && nested->system[taken]) {
        int r = json_fields_join(nested->to, place, name, &name);
        if (r < 0) return r;
    }
    return json_fields_add(nested->to, node, name);
}

static const JsonNode *find_attribute(const JsonTree *tree, const JsonNode *element, Slice at_name)
{
    const JsonNode *found = json_child(tree, element, at_name);
    if (found) return found;
    const JsonNode *attributes = json_child(tree, element, SLICE("#attributes"));
    if (!attributes || attributes->kind != JSON_OBJECT) return NULL;
    return json_child(tree, attributes, slice_skip(at_name, 1));
}

/* <Data Name="X">text</Data>, or <Data> with one or more texts. */
static int put_data_element(Nested *nested, const JsonNode *element)
{
    static const JsonNode empty = {.kind = JSON_STRING};
    const Slice place = SLICE("EventData");
    if (element->kind != JSON_OBJECT) return put_data(nested, place, SLICE("Data"), element);
    const JsonNode *name = find_attribute(nested->tree, element, SLICE("@Name"));
    const JsonNode *text = json_child(nested->tree, element, SLICE("#text"));
    if (name && name->kind == JSON_STRING) {
        bool without = !text || text->kind == JSON_NULL;
        return put_data(nested, place, name->value, without ? &empty : text);
    }
    return put_data(nested, place, SLICE("Data"), text ? text : element);
}

static int put_data_list(Nested *nested, const JsonNode *data)
{
    if (data->kind != JSON_ARRAY) return put_data_element(nested, data);
    const JsonNode *child = json_first_child(nested->tree, data);
    int r = 0;
    for (; child && r == 0; child = json_next_child(nested->tree, data, child)) {
        r = put_data_element(nested, child);
    }
    return r;
}

static bool is_attribute_list(Slice name)
{
    return slice_eq(name, SLICE("#attributes"));
}

static int put_event_data(Nested *nested, const JsonNode *data)
{
    const Slice place = SLICE("EventData");
    if (data->kind == JSON_NULL) return 0;
    if (data->kind != JSON_OBJECT) return put_data_list(nested, data);
    const JsonNode *child = json_first_child(nested->tree, data);
    int r = 0;
    for (; child && r == 0; child = json_next_child(nested->tree, data, child)) {
        Slice name = child->name;
        if (slice_eq(name, SLICE("Data"))) {
            r = put_data_list(nested, child);
        } else if (is_attribute_list(name)) {
            const JsonNode *title = json_child(nested->tree, child, SLICE("Name"));
            if (title) r = json_fields_add(nested->to, title, SLICE("EventData.Name"));
        } else if (name.len == 0 || name.ptr[0] != '@' || !is_namespace(slice_skip(name, 1))) {
            bool is_text = slice_eq(name, SLICE("#text"));
            r = put_data(nested, place, is_text ? SLICE("Data") : name, child);
        }
    }
    return r;
}

/* The leaves below an element of UserData, under their own names. Recursion is as deep as the tree,
 * at most JSON_DEPTH_MAX. */
static int put_leaves(Nested *nested, Slice name, const JsonNode *node)
{
    bool is_open = node->kind == JSON_OBJECT || node->kind == JSON_ARRAY;
    if (!is_open) return put_data(nested, SLICE("UserData"), name, node);
    const JsonNode *child = json_first_child(nested->tree, node);
    int r = 0;
    for (; child && r == 0; child = json_next_child(nested->tree, node, child)) {
        Slice leaf = node->kind == JSON_ARRAY ? name : child->name;
        if (slice_eq(leaf, SLICE("#text")) || is_attribute_list(leaf)) leaf = name;
        if (leaf.len > 0 && leaf.ptr[0] == '@') leaf = slice_skip(leaf, 1);
        if (!is_namespace(leaf)) r = put_leaves(nested, leaf, child);
    }
    return r;
}

static int put_rest(Nested *nested, const JsonNode *child)
{
    const JsonNode *message = NULL;
    if (slice_eq(child->name, SLICE("RenderingInfo")) && child->kind == JSON_OBJECT) {
        message = json_child(nested->tree, child, SLICE("Message"));
    }
    if (!message || json_is_container(message)) {
        return json_fields_add(nested->to, child, child->name);
    }
    const JsonNode *part = json_first_child(nested->tree, child);
    int r = 0;
    for (; part && r == 0; part = json_next_child(nested->tree, child, part)) {
        Slice name = SLICE("Message");
        if (part == nested->system[WINDOWS_MESSAGE]) continue;
        if (part != message) r = json_fields_join(nested->to, child->name, part->name, &name);
        if (r == 0) r = json_fields_add(nested->to, part, name);
    }
    return r;
}

static int put_parts(Nested *nested, const JsonNode *event, const JsonNode *system)
{
    const JsonNode *child = json_first_child(nested->tree, event);
    int r = 0;
    for (; child && r == 0; child = json_next_child(nested->tree, event, child)) {
        Slice name = child->name;
        if (child == system || is_attribute_list(name) || slice_starts(name, SLICE("@xmlns"))) {
            continue;
        }
        if (slice_eq(name, SLICE("EventData"))) {
            r = put_event_data(nested, child);
        } else if (slice_eq(name, SLICE("UserData"))) {
            if (child->kind != JSON_NULL) r = put_leaves(nested, SLICE("UserData"), child);
        } else {
            r = put_rest(nested, child);
        }
    }
    return r;
}

/* What stands beside the Event object: a tool's own remarks. */
static int put_siblings(Nested *nested, const JsonNode *node, const JsonNode *event)
{
    const JsonNode *child = json_first_child(nested->tree, node);
    int r = 0;
    for (; child && r == 0; child = json_next_child(nested->tree, node, child)) {
        if (child == event || slice_eq(child->name, SLICE("Event_attributes"))) continue;
        r = json_fields_add(nested->to, child, child->name);
    }
    return r;
}

/* System, or NULL when this is no Windows event. */
static const JsonNode *find_system(Nested *nested, const JsonNode *event)
{
    const JsonNode *system = json_child(nested->tree, event, SLICE("System"));
    if (!system || system->kind != JSON_OBJECT) return NULL;
    nested->placing = true;
    if (take_system(nested, system) < 0) return NULL;
    const JsonNode *id = nested->system[WINDOWS_EVENT_ID];
    if (!id || !json_is_number(id->value)) return NULL;
    bool has_origin = nested->system[WINDOWS_CHANNEL] || nested->system[WINDOWS_PROVIDER_NAME];
    return has_origin ? system : NULL;
}

static void set_identity(const Nested *nested, const DecodeOptions *options, Event *ret)
{
    const JsonNode *time = nested->system[WINDOWS_TIME_CREATED];
    const JsonNode *record = nested->system[WINDOWS_RECORD_ID];
    ret->format = EVENT_WINDOWS;
    if (time) ret->time_ns = json_time_parse(time->value, options->zone_offset_seconds);
    if (record && number_parse_u64(record->value, &ret->record_id) < 0) ret->record_id = 0;
}

int windows_json_nested(JsonFields *to, const JsonNode *node, const DecodeOptions *options,
                        Event *ret)
{
    Nested nested = {.to = to, .tree = to->tree};
    const JsonNode *event = json_child(to->tree, node, SLICE("Event"));
    if (!event || event->kind != JSON_OBJECT) event = node;
    const JsonNode *system = find_system(&nested, event);
    if (!system) return -ENOENT;
    set_identity(&nested, options, ret);
    int r = put_system(&nested);
    nested.placing = false;
    if (r == 0) r = take_system(&nested, system);
    if (r == 0) r = put_parts(&nested, event, system);
    if (r == 0 && event != node) r = put_siblings(&nested, node, event);
    return r;
}
