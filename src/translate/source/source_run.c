/* See source_run.h. */
#include "translate/source/source_run.h"

#include "translate/source/source_apply.h"
#include "translate/source/source_charset.h"
#include "translate/source/source_column.h"
#include "translate/source/source_list.h"
#include "translate/source/source_recognise.h"
#include "translate/source/source_take.h"
#include "translate/source/source_time.h"
#include "translate/unix.h"

#include <errno.h>
#include <stdlib.h>

struct SourceRunner {
    const SourceSet *set; /* set at start, then read-only */
    Charset *charset;
    int zone_offset_seconds;
    TableHeader *headers[SOURCES_MAX]; /* by definition; made when a first one is met */
    size_t table;                      /* definition + 1 of the table the stream is in; 0: none */
    /* of the line at work */
    SourceSeen seen;
    Slice values[SOURCE_SLOTS_MAX];
    PatternFound found;
    JsonTree tree;
    Field fields[SOURCE_FIELDS_MAX + 4];
};

typedef struct Run {
    SourceRunner *runner;
    Job *job;
    Event *event;
    const SourceDefinition *definition;
    bool by_names; /* the line is known by members of a JSON object */
    SourceLine line;
    Slice raw_message; /* as it came, cut at SOURCE_TEXT_BYTES_MAX */
    const char *fault; /* reason id of what is wrong in the line, or NULL */
} Run;

SourceRunner *source_runner_new(const SourceSet *set, int zone_offset_seconds)
{
    SourceRunner *runner = calloc(1, sizeof *runner);
    if (!runner) return NULL;
    runner->set = set;
    runner->zone_offset_seconds = zone_offset_seconds;
    runner->charset = charset_new();
    if (runner->charset) return runner;
    free(runner);
    return NULL;
}

void source_runner_free(SourceRunner *runner)
{
    if (!runner) return;
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        free(runner->headers[i]);
    }
    json_tree_done(&runner->tree);
    charset_free(runner->charset);
    free(runner);
}

/* --- the line --------------------------------------------------------------------------------- */

/* The message with its tag in front, where both stand next to each other as in RFC 3164: what a
 * device without tags writes may look like one (`PP[01] Rejected`). */
static Slice whole_of(Slice tag, Slice message)
{
    bool next = tag.len > 0 && message.ptr && (uintptr_t)tag.ptr < (uintptr_t)message.ptr &&
                (uintptr_t)message.ptr - (uintptr_t)tag.ptr < tag.len + 80;
    if (!next) return message;
    return slice_of(tag.ptr, (size_t)(message.ptr - tag.ptr) + message.len);
}

static int to_utf8(const Run *run, Slice name, Slice *text)
{
    if (!charset_is_needed(*text)) return 0;
    return charset_to_utf8(run->runner->charset, *text, name, run->job->arena, text);
}

/* The message of the event, in UTF-8; the raw bytes stay as they came. */
static int replace_message(Run *run)
{
    Event *event = run->event;
    Field *fields = ARENA_ARRAY(run->job->arena, Field, event->field_count);
    if (!fields) return -ENOMEM;
    for (size_t i = 0; i < event->field_count; i++) {
        fields[i] = event->fields[i];
        if (slice_eq(fields[i].name, SLICE("message"))) fields[i].value = run->line.message;
    }
    event->fields = fields;
    return 0;
}

static int read_line(Run *run, Slice *known)
{
    Slice message = known[KNOWN_MESSAGE], tag = known[KNOWN_TAG];
    Slice whole = run->event->format == EVENT_SYSLOG && known[KNOWN_MSGID].len == 0
                      ? whole_of(tag, message)
                      : message;
    if (whole.len > SOURCE_TEXT_BYTES_MAX) {
        run->fault = "source.long";
        message = slice_first(message, SOURCE_TEXT_BYTES_MAX);
        whole = slice_first(whole, SOURCE_TEXT_BYTES_MAX);
    }
    run->raw_message = message;
    run->line = (SourceLine){
        .event = run->event, .message = message, .whole = whole, .tag = unix_program(tag)};
    if (run->event->format == EVENT_JSON || !charset_is_needed(whole)) return 0;
    int r = to_utf8(run, (Slice){0}, &run->line.message);
    if (r == 0) r = to_utf8(run, (Slice){0}, &run->line.whole);
    if (r < 0 || run->line.message.ptr == message.ptr) return r;
    known[KNOWN_MESSAGE] = run->line.message;
    return replace_message(run);
}

/* A definition that names its encoding knows better than what was found out. */
static int reread_message(Run *run)
{
    Slice charset = run->definition->charset;
    if (charset.len == 0 || run->event->format == EVENT_JSON ||
        !charset_is_needed(run->raw_message)) {
        return 0;
    }
    run->line.message = run->raw_message;
    int r = to_utf8(run, charset, &run->line.message);
    return r < 0 ? r : replace_message(run);
}

/* The next event begins a new file: what tables the last one had is forgotten. */
static void begin_stream(SourceRunner *runner)
{
    runner->table = 0;
    for (size_t i = 0; i < runner->set->count; i++) {
        if (runner->headers[i]) runner->headers[i]->count = 0;
    }
}

static bool is_of_names(const SourceMark *mark)
{
    for (size_t i = 0; i < mark->atom_count; i++) {
        AtomKind kind = mark->atoms[i].kind;
        if (kind == ATOM_NAME || kind == ATOM_NAME_VALUE) return true;
    }
    return false;
}

/* The definition of the line: by what it shows, else the one of the table that the stream is in. */
static const SourceMark *find_definition(Run *run, size_t *ret_index)
{
    static const SourceMark row_of_table;
    SourceRunner *runner = run->runner;
    const SourceMark *mark;
    if (run->event->index == 0) begin_stream(runner);
    if (source_recognise(runner->set, &runner->seen, &run->line, ret_index, &mark)) return mark;
    if (runner->table == 0 || run->event->format == EVENT_JSON) return NULL;
    *ret_index = runner->table - 1;
    return &row_of_table;
}

/* --- values ----------------------------------------------------------------------------------- */

/* `PARAM` of `NAME@NUMBER.PARAM`: makers of devices put the model into the number, which has dots
 * of its own (RFC 5424, 7.2.2). Other names have none. */
static Slice bare_parameter(Slice name)
{
    size_t at = slice_find_char(name, '@'), dot = slice_rfind_char(name, '.');
    if (at == SLICE_NOT_FOUND || dot == SLICE_NOT_FOUND || dot < at) return (Slice){0};
    return slice_skip(name, dot + 1);
}

static void load_value(SourceRunner *runner, const SourceSlots *slots, Slice name, Slice value)
{
    if (name.len == 0) return;
    int slot = source_slot_of(slots, name, source_name_hash(name));
    if (slot >= SLOT_FIXED_COUNT && runner->values[slot].len == 0) runner->values[slot] = value;
}

static void load_values(Run *run)
{
    SourceRunner *runner = run->runner;
    const SourceSlots *slots = &run->definition->slots;
    const Event *event = run->event;
    memset(runner->values, 0, slots->count * sizeof runner->values[0]);
    runner->values[SLOT_MESSAGE] = run->line.message;
    runner->values[SLOT_WHOLE] = run->line.whole;
    runner->values[SLOT_HOST] = run->job->known[KNOWN_HOST];
    runner->values[SLOT_TAG] = run->line.tag;
    runner->values[SLOT_PID] = run->job->known[KNOWN_PID];
    runner->values[SLOT_SEVERITY] = run->job->known[KNOWN_SEVERITY];
    runner->values[SLOT_MSGID] = run->job->known[KNOWN_MSGID];
    bool has_names = event->format == EVENT_JSON || run->job->known[KNOWN_MSGID].len > 0 ||
                     slice_starts(run->line.message, SLICE("{"));
    for (size_t i = 0; has_names && i < event->field_count; i++) {
        const Field *field = &event->fields[i];
        load_value(runner, slots, field->name, field->value);
        load_value(runner, slots, bare_parameter(field->name), field->value);
    }
}

static int take_apart(Run *run, Taking *taking, const TableHeader *header)
{
    const SourceTake *take = &run->definition->take;
    Slice text = run->runner->values[take->of];
    /* a definition may know its program's lines and its JSON: the members are there already */
    if (run->by_names) return take_lists(taking, &run->runner->tree);
    switch (take->kind) {
    case TAKE_KV: return take_kv(taking, text);
    case TAKE_CSV: return take_csv(taking, text, header);
    case TAKE_CEF: return take_cef(taking, text);
    case TAKE_LEEF: return take_leef(taking, text);
    case TAKE_JSON:
        if (run->event->format != EVENT_JSON && !slice_starts(text, SLICE("{"))) {
            if (!header || take->column.len == 0) return SOURCE_NOT_SO;
            int r = take_column(taking, text, header, &run->runner->tree);
            if (r != 0) return r;
        }
        return take_lists(taking, &run->runner->tree);
    case TAKE_NOTHING: break;
    }
    return 0;
}

static void split_values(const Applying *applying)
{
    const SourceDefinition *definition = applying->definition;
    for (size_t i = 0; i < definition->split_count; i++) {
        const SourceSplit *split = &definition->splits[i];
        Slice text = applying->values[split->of];
        if (text.len == 0) continue;
        source_patterns_apply(applying, split->patterns, split->pattern_count, text);
    }
}

static int read_time(Run *run, const Applying *applying)
{
    const TimeGround ground = {.zone_offset_seconds = run->runner->zone_offset_seconds,
                               .received_ns = run->job->record->ingested_ns};
    bool any = false;
    for (size_t i = 0; i < run->definition->time_count; i++) {
        const SourceTime *time = &run->definition->times[i];
        Slice text, zone;
        int r = source_value_get(applying, &time->of, &text);
        if (r == 0) r = source_value_get(applying, &time->zone, &zone);
        if (r < 0) return r;
        any = any || text.len > 0;
        if (source_time_read(time, text, zone, &ground, &run->event->time_ns) < 0) continue;
        run->job->record->time_ns = run->event->time_ns;
        return 0;
    }
    if (any && !run->fault) run->fault = "source.time";
    return 0;
}

/* --- the event, with what was found in its line ------------------------------------------------
 */

static int finish_event(Run *run, Taking *taking)
{
    Event *event = run->event;
    if (run->fault) {
        int r = taking_put(taking, SLICE("akashi.parse_error"), slice_from_cstr(run->fault));
        if (r < 0) return r;
        if (event->parse == PARSE_OK) event->parse = PARSE_PARTIAL;
    }
    if (taking->field_count == 0) return 0;
    Field *fields = arena_alloc(run->job->arena, taking->field_count * sizeof *fields);
    if (!fields) return -ENOMEM;
    memcpy(fields, taking->fields, taking->field_count * sizeof *fields);
    event->fields = fields;
    event->field_count = taking->field_count;
    return 0;
}

/* The pieces of patterns are fields of the event too. */
static int add_pieces(const Run *run, Taking *taking)
{
    const SourceSlots *slots = &run->definition->slots;
    if (run->definition->take.kind != TAKE_NOTHING) return 0;
    for (size_t i = SLOT_FIXED_COUNT; i < slots->count; i++) {
        Slice value = run->runner->values[i];
        if (value.len == 0) continue;
        run->runner->values[i] = (Slice){0};
        int r = taking_put(taking, slots->names[i], value);
        run->runner->values[i] = value;
        if (r < 0) return r;
    }
    return 0;
}

static void name_source(const Run *run)
{
    const SourceInfo *info = &run->definition->info;
    Job *job = run->job;
    job_set(job, RECORD_EVENT_DATASET, info->dataset);
    job_set(job, RECORD_OBSERVER_VENDOR, info->vendor);
    job_set(job, RECORD_OBSERVER_PRODUCT, info->product);
    job_set(job, RECORD_EVENT_PROVIDER, run->line.tag.len ? run->line.tag : info->product);
    job_copy(job, RECORD_HOST_NAME, KNOWN_HOST);
}

static int translate_line(Run *run, const TableHeader *header)
{
    SourceRunner *runner = run->runner;
    const SourceDefinition *definition = run->definition;
    Taking taking = {.definition = definition,
                     .arena = run->job->arena,
                     .values = runner->values,
                     .fields = runner->fields};
    const Applying applying = {.definition = definition,
                               .job = run->job,
                               .values = runner->values,
                               .found = &runner->found};
    load_values(run);
    for (size_t i = 0; i < run->event->field_count; i++) {
        taking_begin_field(&taking, &run->event->fields[i]);
    }
    if (definition->frame_count > 0 &&
        !source_patterns_apply(&applying, definition->frames, definition->frame_count,
                               runner->values[definition->take.of])) {
        return RULE_DECLINES;
    }
    int r = take_apart(run, &taking, header);
    if (r == SOURCE_NOT_SO) return RULE_DECLINES;
    if (r == 0) name_source(run);
    if (r == 0) split_values(&applying);
    if (r == 0) r = source_apply(&applying);
    if (r == 0) r = read_time(run, &applying);
    if (r == 0) r = add_pieces(run, &taking);
    return r < 0 ? r : finish_event(run, &taking);
}

/* --- tables ----------------------------------------------------------------------------------- */

static int learn_header(Run *run, size_t index)
{
    SourceRunner *runner = run->runner;
    if (!runner->headers[index]) runner->headers[index] = calloc(1, sizeof(TableHeader));
    if (!runner->headers[index]) return -ENOMEM;
    if (take_header(run->definition, run->line.message, runner->headers[index]) == SOURCE_NOT_SO) {
        runner->headers[index]->count = 0;
        return RULE_DECLINES;
    }
    runner->table = index + 1;
    name_source(run);
    job_name(run->job, run->definition->other_rule, VERB_OTHER, OUTCOME_UNKNOWN);
    job_set(run->job, RECORD_MESSAGE, job_first_line(run->line.message));
    job_set_object(run->job, run->job->record->text[RECORD_MESSAGE], run->definition->info.dataset);
    return 0;
}

int source_runner_feed(SourceRunner *runner, Job *job, Slice *known, Event *event)
{
    Run run = {.runner = runner, .job = job, .event = event};
    size_t index;
    if (event->format == EVENT_WINDOWS || event->parse == PARSE_FAILED) return RULE_DECLINES;
    int r = read_line(&run, known);
    if (r < 0) return r;
    const SourceMark *mark = find_definition(&run, &index);
    if (!mark) return RULE_DECLINES;
    run.definition = runner->set->definitions[index];
    run.by_names = is_of_names(mark);
    /* only a file has a header: many senders share one stream of syslog */
    bool is_file = event->format == EVENT_TEXT;
    if (mark->header && run.definition->take.header && is_file) return learn_header(&run, index);
    r = reread_message(&run);
    if (r < 0) return r;
    const TableHeader *header = runner->headers[index];
    if (header && header->count == 0) header = NULL;
    bool named = header || run.definition->take.columns || run.by_names;
    if (run.definition->take.kind == TAKE_CSV && !named) return RULE_DECLINES;
    return translate_line(&run, header);
}
