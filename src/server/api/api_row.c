#include "server/api/api_row.h"

#include "record/sentence.h"

static int64_t time_of(const Record *record)
{
    return record->time_ns != TIME_UNKNOWN ? record->time_ns : record->ingested_ns;
}

/* A name of the record's that has a text, or of an own field before this one. */
static bool is_taken(const Row *row, size_t index)
{
    Slice name = row->event.fields[index].name;
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (row->record.text[i].len > 0 && slice_eq(record_fields[i].name, name)) return true;
    }
    for (size_t i = 0; i < index; i++) {
        if (slice_eq(row->event.fields[i].name, name)) return true;
    }
    return false;
}

static void add_fields(ApiJson *json, const Row *row, size_t own_max)
{
    const Record *record = &row->record;
    const Event *event = &row->event;
    api_json_object(json, "fields");
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (record->text[i].len == 0) continue;
        api_json_name(json, record_fields[i].name);
        api_json_text(json, NULL, record->text[i]);
    }
    for (size_t i = 0; i < event->field_count && i < own_max; i++) {
        if (is_taken(row, i)) continue;
        api_json_name(json, event->fields[i].name);
        api_json_text(json, NULL, event->fields[i].value);
    }
    api_json_end_object(json);
}

static void add_sentence(ApiJson *json, const Record *record, Language language)
{
    Buf sentence = buf_make(65536);
    sentence_add(&sentence, record, language);
    api_json_text(json, "sentence", buf_slice(&sentence));
    buf_done(&sentence);
}

static const char *role_of_row(const Record *record)
{
    Slice role = record->text[RECORD_AKASHI_ROLE];
    if (slice_eq(role, SLICE("action"))) return "action";
    return slice_eq(role, SLICE("evidence")) ? "evidence" : "event";
}

static const char *parse_of(ParseState parse)
{
    return parse == PARSE_OK ? "ok" : parse == PARSE_FAILED ? "failed" : "partial";
}

static void add_row(ApiJson *json, const char *name, const Row *row, uint64_t number,
                    Language language, size_t own_max)
{
    const Record *record = &row->record;
    const VerbInfo *verb = &verbs[record->verb];
    api_json_object(json, name);
    api_json_count(json, "number", number);
    api_json_time(json, "time", time_of(record));
    if (record->ingested_ns != TIME_UNKNOWN) api_json_time(json, "ingested", record->ingested_ns);
    api_json_text(json, "action", verb->token);
    api_json_cstr(json, "outcome", outcome_token(record->outcome));
    api_json_cstr(json, "category", verb->category);
    api_json_count(json, "count", record->count);
    api_json_cstr(json, "certainty", certainty_token(record->certainty));
    api_json_cstr(json, "role", role_of_row(record));
    api_json_cstr(json, "parse", parse_of(row->event.parse));
    add_sentence(json, record, language);
    api_json_text(json, "source", record->text[RECORD_AKASHI_SOURCE]);
    add_fields(json, row, own_max);
    api_json_end_object(json);
}

void api_row_add(ApiJson *json, const char *name, const Row *row, uint64_t number,
                 Language language)
{
    add_row(json, name, row, number, language, 0);
}

void api_row_add_whole(ApiJson *json, const Row *row, uint64_t number, Language language,
                       size_t own_max)
{
    add_row(json, NULL, row, number, language, own_max);
}
