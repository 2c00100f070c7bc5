#include "server/api/api_row.h"

#include "record/sentence.h"

static int64_t time_of(const Record *record)
{
    return record->time_ns != TIME_UNKNOWN ? record->time_ns : record->ingested_ns;
}

static void add_fields(ApiJson *json, const Record *record)
{
    api_json_object(json, "fields");
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (record->text[i].len == 0) continue;
        api_json_name(json, record_fields[i].name);
        api_json_text(json, NULL, record->text[i]);
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

void api_row_add(ApiJson *json, const char *name, const Row *row, uint64_t number,
                 Language language)
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
    add_fields(json, record);
    api_json_end_object(json);
}
