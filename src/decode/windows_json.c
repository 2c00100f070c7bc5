/* The flat and beats shapes. See windows_json.h. */
#include "decode/windows_json.h"

#include "decode/json_time.h"
#include "decode/windows_names.h"

#include "base/json_text.h"
#include "base/number.h"

#include <errno.h>

/* Times that are not System fields keep their names; they are looked for in the same pass. */
enum { EVENT_TIME = WINDOWS_NAME_COUNT, AT_TIMESTAMP, TARGET_COUNT };

typedef enum Condition {
    ANY_VALUE,
    IS_NUMERIC,     /* digits, quoted or not: else it is the rendered word */
    IS_JSON_NUMBER, /* unquoted: an EventData value of the same name is always text */
    IS_SID,
} Condition;

/* A source's name for a System field; of several present ones the least rank wins. */
typedef struct Source {
    const char *name; /* as long as its row says */
    unsigned char target;
    unsigned char rank;
    Condition condition;
} Source;

#define ROW_SOURCES_MAX 6
#define FLAT_BYTES_MAX 19
#define BEATS_BYTES_MAX 26

/* NXLog Reference Manual, im_msvistalog; Fluent Bit manual, winevtlog. Rows by length. */
static const Source flat_sources[FLAT_BYTES_MAX + 1][ROW_SOURCES_MAX + 1] = {
    [4] = {{"Task", WINDOWS_TASK, 0, IS_NUMERIC}},
    [5] = {{"Level", WINDOWS_LEVEL, 0, IS_NUMERIC}},
    [6] = {{"Opcode", WINDOWS_OPCODE, 1, IS_NUMERIC}, {"UserID", WINDOWS_USER_ID, 1, IS_SID}},
    [7] = {{"EventID", WINDOWS_EVENT_ID, 0, IS_NUMERIC},
           {"Channel", WINDOWS_CHANNEL, 0, ANY_VALUE},
           {"Version", WINDOWS_VERSION, 0, IS_NUMERIC},
           {"Message", WINDOWS_MESSAGE, 0, ANY_VALUE}},
    [8] = {{"Keywords", WINDOWS_KEYWORDS, 0, ANY_VALUE},
           {"Hostname", WINDOWS_COMPUTER, 1, ANY_VALUE},
           {"Computer", WINDOWS_COMPUTER, 0, ANY_VALUE},
           {"ThreadID", WINDOWS_THREAD_ID, 2, IS_JSON_NUMBER},
           {"Provider", WINDOWS_PROVIDER_NAME, 3, ANY_VALUE}},
    [9] = {{"ProcessID", WINDOWS_PROCESS_ID, 2, IS_JSON_NUMBER},
           {"EventTime", EVENT_TIME, 0, ANY_VALUE}},
    [10] = {{"SourceName", WINDOWS_PROVIDER_NAME, 1, ANY_VALUE},
            {"@timestamp", AT_TIMESTAMP, 0, ANY_VALUE},
            {"ActivityID", WINDOWS_ACTIVITY_ID, 0, ANY_VALUE},
            {"Qualifiers", WINDOWS_QUALIFIERS, 0, IS_NUMERIC}},
    [11] = {{"TimeCreated", WINDOWS_TIME_CREATED, 0, ANY_VALUE},
            {"OpcodeValue", WINDOWS_OPCODE, 0, IS_NUMERIC},
            {"MachineName", WINDOWS_COMPUTER, 3, ANY_VALUE}},
    [12] = {{"ProviderGuid", WINDOWS_PROVIDER_GUID, 1, ANY_VALUE},
            {"RecordNumber", WINDOWS_RECORD_ID, 1, IS_NUMERIC},
            {"ProviderName", WINDOWS_PROVIDER_NAME, 2, ANY_VALUE},
            {"ComputerName", WINDOWS_COMPUTER, 2, ANY_VALUE}},
    [13] = {{"Provider_Name", WINDOWS_PROVIDER_NAME, 0, ANY_VALUE},
            {"Provider_Guid", WINDOWS_PROVIDER_GUID, 0, ANY_VALUE},
            {"EventRecordID", WINDOWS_RECORD_ID, 0, IS_NUMERIC}},
    [15] = {{"EventSourceName", WINDOWS_EVENT_SOURCE_NAME, 0, ANY_VALUE},
            {"Security_UserID", WINDOWS_USER_ID, 0, ANY_VALUE}},
    [17] = {{"ExecutionThreadID", WINDOWS_THREAD_ID, 1, IS_NUMERIC},
            {"RelatedActivityID", WINDOWS_RELATED_ACTIVITY_ID, 0, ANY_VALUE}},
    [18] = {{"ExecutionProcessID", WINDOWS_PROCESS_ID, 1, IS_NUMERIC},
            {"Execution_ThreadID", WINDOWS_THREAD_ID, 0, IS_NUMERIC}},
    [19] = {{"Execution_ProcessID", WINDOWS_PROCESS_ID, 0, IS_NUMERIC}},
};

/* Winlogbeat Reference, Exported fields: 7 and later under winlog., 6 at the top. */
static const Source beats_sources[BEATS_BYTES_MAX + 1][ROW_SOURCES_MAX + 1] = {
    [7] = {{"message", WINDOWS_MESSAGE, 0, ANY_VALUE}, {"version", WINDOWS_VERSION, 1, IS_NUMERIC}},
    [8] = {{"event_id", WINDOWS_EVENT_ID, 2, IS_NUMERIC},
           {"log_name", WINDOWS_CHANNEL, 1, ANY_VALUE},
           {"keywords", WINDOWS_KEYWORDS, 1, ANY_VALUE}},
    [9] = {{"thread_id", WINDOWS_THREAD_ID, 1, IS_NUMERIC}},
    [10] = {{"@timestamp", AT_TIMESTAMP, 0, ANY_VALUE},
            {"event.code", WINDOWS_EVENT_ID, 1, IS_NUMERIC},
            {"process_id", WINDOWS_PROCESS_ID, 1, IS_NUMERIC}},
    [11] = {{"source_name", WINDOWS_PROVIDER_NAME, 2, ANY_VALUE},
            {"activity_id", WINDOWS_ACTIVITY_ID, 1, ANY_VALUE},
            {"winlog.task", WINDOWS_TASK, 0, IS_NUMERIC}},
    [12] = {{"winlog.level", WINDOWS_LEVEL, 0, IS_NUMERIC}},
    [13] = {{"computer_name", WINDOWS_COMPUTER, 1, ANY_VALUE},
            {"record_number", WINDOWS_RECORD_ID, 1, IS_NUMERIC},
            {"provider_guid", WINDOWS_PROVIDER_GUID, 1, ANY_VALUE},
            {"winlog.opcode", WINDOWS_OPCODE, 0, IS_NUMERIC}},
    [14] = {{"winlog.channel", WINDOWS_CHANNEL, 0, ANY_VALUE},
            {"winlog.version", WINDOWS_VERSION, 0, IS_NUMERIC},
            {"event.provider", WINDOWS_PROVIDER_NAME, 1, ANY_VALUE}},
    [15] = {{"winlog.event_id", WINDOWS_EVENT_ID, 0, IS_NUMERIC},
            {"winlog.keywords", WINDOWS_KEYWORDS, 0, ANY_VALUE},
            {"user.identifier", WINDOWS_USER_ID, 1, IS_SID}},
    [16] = {{"winlog.record_id", WINDOWS_RECORD_ID, 0, IS_NUMERIC}},
    [18] = {{"winlog.activity_id", WINDOWS_ACTIVITY_ID, 0, ANY_VALUE},
            {"winlog.process.pid", WINDOWS_PROCESS_ID, 0, IS_NUMERIC}},
    [19] = {{"winlog.time_created", WINDOWS_TIME_CREATED, 0, ANY_VALUE},
            {"related_activity_id", WINDOWS_RELATED_ACTIVITY_ID, 1, ANY_VALUE}},
    [20] = {{"winlog.computer_name", WINDOWS_COMPUTER, 0, ANY_VALUE},
            {"winlog.provider_name", WINDOWS_PROVIDER_NAME, 0, ANY_VALUE},
            {"winlog.provider_guid", WINDOWS_PROVIDER_GUID, 0, ANY_VALUE}},
    [22] = {{"winlog.user.identifier", WINDOWS_USER_ID, 0, ANY_VALUE}},
    [24] = {{"winlog.process.thread.id", WINDOWS_THREAD_ID, 0, IS_NUMERIC}},
    [26] = {{"winlog.related_activity_id", WINDOWS_RELATED_ACTIVITY_ID, 0, ANY_VALUE}},
};

typedef struct Shape {
    const Source (*rows)[ROW_SOURCES_MAX + 1];
    size_t name_bytes_max;
    Slice data_prefixes[4]; /* names behind these are the event's own; ended by an empty one */
    Slice word_prefix; /* for rendered words under a System number's name; empty: as they are */
} Shape;

static const Shape flat_shape = {
    .rows = flat_sources,
    .name_bytes_max = FLAT_BYTES_MAX,
    .data_prefixes = {SLICE_INIT("EventData."), SLICE_INIT("UserData.")},
    .word_prefix = SLICE_INIT("RenderingInfo"),
};
static const Shape beats_shape = {
    .rows = beats_sources,
    .name_bytes_max = BEATS_BYTES_MAX,
    .data_prefixes = {SLICE_INIT("winlog.event_data."), SLICE_INIT("winlog.user_data."),
                      SLICE_INIT("event_data."), SLICE_INIT("user_data.")},
};

static const Source *find_source(const Shape *shape, Slice name)
{
    if (name.len > shape->name_bytes_max) return NULL;
    const Source *source = shape->rows[name.len];
    for (; source->name; source++) {
        if (source->name[0] == name.ptr[0] && memcmp(source->name, name.ptr, name.len) == 0)
            return source;
    }
    return NULL;
}

static bool holds(Condition condition, const Field *field)
{
    if (field->value.len == 0 || field->kind == FIELD_JSON) return false;
    switch (condition) {
    case ANY_VALUE: return true;
    case IS_NUMERIC: return field->kind == FIELD_NUMBER || json_is_number(field->value);
    case IS_JSON_NUMBER: return field->kind == FIELD_NUMBER;
    case IS_SID: return slice_starts(field->value, SLICE("S-1-"));
    }
    return false;
}

static const Shape *shape_of(const JsonFields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        Slice name = fields->fields[i].name;
        if (name.len < 8 || (name.ptr[0] != 'w' && name.ptr[0] != 'l')) continue;
        if (slice_starts(name, SLICE("winlog.")) || slice_eq(name, SLICE("log_name"))) {
            return &beats_shape;
        }
    }
    return &flat_shape;
}

/* What was found about an event's fields before any is renamed. */
typedef struct Findings {
    const Shape *shape;
    const Source **sources;            /* by field; NULL: no System field */
    const Source *best[TARGET_COUNT];  /* the source that gives the value */
    const Field *values[TARGET_COUNT]; /* its field, the first one */
} Findings;

static int find_all(Findings *found, const JsonFields *to)
{
    found->shape = shape_of(to);
    found->sources = arena_alloc(to->arena, to->count * sizeof *found->sources);
    if (!found->sources) return -ENOMEM;
    for (size_t i = 0; i < to->count; i++) {
        const Field *field = &to->fields[i];
        const Source *source = find_source(found->shape, field->name);
        found->sources[i] = source;
        if (!source || !holds(source->condition, field)) continue;
        const Source *best = found->best[source->target];
        if (best && best->rank <= source->rank) continue;
        found->best[source->target] = source;
        found->values[source->target] = field;
    }
    return 0;
}

static bool is_windows_event(const Findings *found)
{
    return found->best[WINDOWS_EVENT_ID] &&
           (found->best[WINDOWS_CHANNEL] || found->best[WINDOWS_PROVIDER_NAME]);
}

static int64_t find_time(const Findings *found, int zone_offset_seconds)
{
    static const unsigned char order[] = {AT_TIMESTAMP, WINDOWS_TIME_CREATED, EVENT_TIME};
    for (size_t i = 0; i < ARRAY_COUNT(order); i++) {
        const Field *field = found->values[order[i]];
        if (!field) continue;
        int64_t ns = json_time_parse(field->value, zone_offset_seconds);
        if (ns != TIME_UNKNOWN) return ns;
    }
    return TIME_UNKNOWN;
}

/* The name without the container that the event's own data stood in; *ret_prefix is what it gets
 * back when the bare name is taken. */
static Slice strip_data_prefix(const Shape *shape, Slice name, Slice *ret_prefix)
{
    static const Slice places[] = {SLICE_INIT("EventData"), SLICE_INIT("UserData")};
    *ret_prefix = places[0];
    for (size_t i = 0; i < ARRAY_COUNT(shape->data_prefixes); i++) {
        Slice prefix = shape->data_prefixes[i];
        if (prefix.len == 0 || name.len <= prefix.len || name.ptr[prefix.len - 1] != '.') continue;
        if (!slice_starts(name, prefix)) continue;
        *ret_prefix = places[i % 2];
        return slice_skip(name, prefix.len);
    }
    return name;
}

static bool is_taken(const Findings *found, Slice name)
{
    WindowsName target;
    return windows_name_find(name, &target) == 0 && found->best[target];
}

static int rename_data(const Findings *found, JsonFields *to, Field *field)
{
    Slice place, bare = strip_data_prefix(found->shape, field->name, &place);
    if (bare.len == field->name.len) return 0;
    if (is_taken(found, bare)) return json_fields_join(to, place, bare, &field->name);
    field->name = bare;
    return 0;
}

/* One of several values under one name: an array, such as the words of Winlogbeat's keywords. */
static bool is_one_of_several(const Findings *found, const JsonFields *to, size_t index)
{
    const Source *source = found->sources[index];
    return (index > 0 && found->sources[index - 1] == source) ||
           (index + 1 < to->count && found->sources[index + 1] == source);
}

static int rename_field(const Findings *found, JsonFields *to, size_t index)
{
    Field *field = &to->fields[index];
    const Source *source = found->sources[index];
    if (!source) return rename_data(found, to, field);
    if (source->target >= WINDOWS_NAME_COUNT) return 0;
    Slice name = windows_names[source->target];
    if (source == found->best[source->target]) {
        field->name = name;
        if (is_one_of_several(found, to, index)) return 0;
        return windows_value_normalise((WindowsName)source->target, to->arena, field);
    }
    if (found->shape->word_prefix.len > 0 && source->condition == IS_NUMERIC &&
        slice_eq(field->name, name) && !holds(IS_NUMERIC, field)) {
        return json_fields_join(to, found->shape->word_prefix, name, &field->name);
    }
    return 0;
}

int windows_json_flat(JsonFields *to, const DecodeOptions *options, Event *ret)
{
    Findings found = {0};
    int r = find_all(&found, to);
    if (r < 0) return r;
    if (!is_windows_event(&found)) return -ENOENT;
    ret->format = EVENT_WINDOWS;
    ret->time_ns = find_time(&found, options->zone_offset_seconds);
    if (found.best[WINDOWS_RECORD_ID] &&
        number_parse_u64(found.values[WINDOWS_RECORD_ID]->value, &ret->record_id) < 0) {
        ret->record_id = 0;
    }
    for (size_t i = 0; i < to->count; i++) {
        r = rename_field(&found, to, i);
        if (r < 0) return r;
    }
    return 0;
}
