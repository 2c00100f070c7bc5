/* See print.h. */
#include "record/print.h"

#include "base/json_text.h"
#include "record/sentence.h"

static void add_key(Buf *to, Slice key)
{
    if (to->len > 0 && to->ptr[to->len - 1] != '{') buf_add_char(to, ',');
    json_add_string(to, key);
    buf_add_char(to, ':');
}

static void add_text_member(Buf *to, Slice key, Slice value)
{
    add_key(to, key);
    json_add_string(to, value);
}

static void add_number_member(Buf *to, Slice key, uint64_t value)
{
    add_key(to, key);
    buf_add_u64(to, value);
}

static void add_time_member(Buf *to, Slice key, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    if (ns == TIME_UNKNOWN) return;
    add_text_member(to, key, slice_of(text, time_print_rfc3339(text, ns)));
}

static void add_value(Buf *to, const Field *field)
{
    switch (field->kind) {
    case FIELD_NULL: buf_add(to, "null", 4); return;
    case FIELD_NUMBER:
    case FIELD_BOOL:
    case FIELD_JSON: buf_add_slice(to, field->value); return;
    case FIELD_TEXT: break;
    }
    json_add_string(to, field->value);
}

/* Writes the member that starts at fields[at] (an array when the name repeats); returns how many
 * fields it took. */
static size_t add_field_member(Buf *to, const Field *fields, size_t count, size_t at)
{
    size_t run = 1;
    while (at + run < count && slice_eq(fields[at].name, fields[at + run].name)) {
        run++;
    }
    add_key(to, fields[at].name);
    if (run > 1) buf_add_char(to, '[');
    for (size_t i = 0; i < run; i++) {
        if (i > 0) buf_add_char(to, ',');
        add_value(to, &fields[at + i]);
    }
    if (run > 1) buf_add_char(to, ']');
    return run;
}

static const char *parse_token(ParseState parse)
{
    return parse == PARSE_FAILED ? "failed" : "partial";
}

static void add_event_members(Buf *to, const Event *event)
{
    for (size_t i = 0; i < event->field_count;) {
        i += add_field_member(to, event->fields, event->field_count, i);
    }
    if (event->parse != PARSE_OK) {
        add_text_member(to, SLICE("akashi.parse"), slice_from_cstr(parse_token(event->parse)));
    }
}

void print_event_json(Buf *to, const Event *event, Slice file)
{
    buf_add_char(to, '{');
    add_time_member(to, SLICE("@timestamp"), event->time_ns);
    add_text_member(to, SLICE("_file"), file);
    add_number_member(to, SLICE("_index"), event->index);
    if (event->record_id != 0) add_number_member(to, SLICE("_record"), event->record_id);
    add_event_members(to, event);
    buf_add(to, "}\n", 2);
}

static void add_record_members(Buf *to, const Record *record)
{
    const VerbInfo *verb = &verbs[record->verb];
    add_time_member(to, SLICE("@timestamp"), record->time_ns);
    add_time_member(to, SLICE("event.end"), record->end_ns);
    add_time_member(to, SLICE("event.ingested"), record->ingested_ns);
    add_text_member(to, SLICE("event.action"), verb->token);
    add_text_member(to, SLICE("event.category"), slice_from_cstr(verb->category));
    add_text_member(to, SLICE("event.type"), slice_from_cstr(verb->type));
    add_text_member(to, SLICE("event.outcome"), slice_from_cstr(outcome_token(record->outcome)));
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        Slice value = record->text[i];
        if (value.len == 0) continue;
        bool bare = record_fields[i].type == FIELD_TYPE_NUMBER && json_is_number(value);
        add_key(to, record_fields[i].name);
        if (bare) {
            buf_add_slice(to, value);
        } else {
            json_add_string(to, value);
        }
    }
    add_number_member(to, SLICE("akashi.count"), record->count);
    add_text_member(to, SLICE("akashi.certainty"),
                    slice_from_cstr(certainty_token(record->certainty)));
}

static void add_sentences(Buf *to, const Record *record)
{
    static const Slice keys[] = {SLICE_INIT("sentence.ja"), SLICE_INIT("sentence.en")};
    CLEANUP(buf_done) Buf sentence = {0};
    for (int language = LANGUAGE_JA; language <= LANGUAGE_EN; language++) {
        buf_clear(&sentence);
        sentence_add(&sentence, record, (Language)language);
        add_text_member(to, keys[language], buf_slice(&sentence));
    }
}

/* The source's own fields under their own names. One that is called as a field of the record is
 * left out: the record's is there already, and a JSON object must not say two things under one
 * name. */
static void add_source_members(Buf *to, const Row *row)
{
    char scratch[RECORD_SCRATCH_BYTES];
    const Event *event = &row->event;
    add_text_member(to, SLICE("_file"), row->origin);
    add_number_member(to, SLICE("_index"), event->index);
    if (event->record_id != 0) add_number_member(to, SLICE("_record"), event->record_id);
    for (size_t i = 0; i < event->field_count;) {
        Slice ignored;
        RecordField id;
        Slice name = event->fields[i].name;
        bool taken = record_field_by_name(name, &id) == 0
                         ? slice_eq(record_fields[id].name, name)
                         : record_get(&row->record, name, scratch, &ignored) == 0;
        size_t run = 1;
        if (!taken) {
            run = add_field_member(to, event->fields, event->field_count, i);
        }
        i += run;
    }
    if (event->parse != PARSE_OK) {
        add_text_member(to, SLICE("akashi.parse"), slice_from_cstr(parse_token(event->parse)));
    }
}

void print_record_json(Buf *to, const Row *row, bool with_source)
{
    buf_add_char(to, '{');
    add_record_members(to, &row->record);
    add_sentences(to, &row->record);
    if (with_source) add_source_members(to, row);
    buf_add(to, "}\n", 2);
}
