/* record_read: one record whole. */
#include "server/api/api_evidence.h"
#include "server/api/api_operations.h"
#include "server/api/api_question.h"
#include "server/api/api_row.h"

#include "alert/sink.h"
#include "base/utf8.h"
#include "store/ops/export_proof.h"

#include <errno.h>

#define RECORD_RAW_BYTES_MAX ((size_t)4 << 20) /* of what is shown; the store has all of it */

typedef struct Reading {
    ApiRequest *request;
    Language language;
    uint64_t number;
    bool found, is_sealed;
    ApiJson json; /* open until the evidence is known */
    ApiEvidence evidence;
} Reading;

static bool is_text(Slice raw)
{
    return utf8_is_valid(raw) && slice_find_char(raw, '\0') == SLICE_NOT_FOUND;
}

static void add_raw(ApiJson *json, Slice raw)
{
    Slice shown = slice_first(raw, RECORD_RAW_BYTES_MAX);
    bool text = is_text(shown);
    if (text) {
        api_json_text(json, "raw", shown);
    } else {
        Buf packed = buf_make(2 * RECORD_RAW_BYTES_MAX);
        base64_mime_add(&packed, shown, 0);
        api_json_text(json, "raw", buf_slice(&packed));
        buf_done(&packed);
    }
    api_json_boolean(json, "raw_is_text", text);
    api_json_count(json, "raw_bytes", raw.len);
}

static void add_own_fields(ApiJson *json, const Event *event)
{
    api_json_list(json, "own_fields");
    for (size_t i = 0; i < event->field_count; i++) {
        api_json_object(json, NULL);
        api_json_text(json, "name", event->fields[i].name);
        api_json_text(json, "value", event->fields[i].value);
        api_json_end_object(json);
    }
    api_json_end_list(json);
}

static void add_evidence(ApiJson *json, const ApiEvidence *evidence)
{
    api_json_list(json, "evidence");
    for (size_t i = 0; i < evidence->count; i++)
        api_json_count(json, NULL, evidence->numbers[i]);
    api_json_end_list(json);
    api_json_boolean(json, "evidence_more", evidence->more);
}

/* All but its evidence. */
static void add_record(Reading *reading, const Row *row)
{
    const Record *record = &row->record;
    ApiJson json = api_answer_json(reading->request);
    api_json_object(&json, NULL);
    api_row_add(&json, "row", row, reading->number, reading->language);
    add_own_fields(&json, &row->event);
    add_raw(&json, row->event.raw);
    api_json_text(&json, "file", row->origin);
    api_json_count(&json, "index", row->event.index);
    if (record->time_ns != TIME_UNKNOWN && record->ingested_ns != TIME_UNKNOWN)
        api_json_number(&json, "skew_seconds",
                        (double)(record->ingested_ns - record->time_ns) / (double)NS_PER_SECOND);
    api_json_object(&json, "proof");
    api_json_cstr(&json, "state", reading->is_sealed ? "sealed" : "waiting");
    api_json_end_object(&json);
    reading->json = json;
}

/* What took too long is told as more than was found: the record is shown all the same. */
static void finish_record(Reading *reading)
{
    int r = api_evidence_find(reading->request, &reading->evidence);
    if (r == -1) return;
    if (r < 0) reading->evidence.more = true;
    add_evidence(&reading->json, &reading->evidence);
    api_json_end_object(&reading->json);
}

static void on_opened(void *context, const StoreReader *reader, const atomic_bool *cancel)
{
    (void)cancel;
    Reading *reading = context;
    reading->is_sealed = export_is_sealed(reader, reading->number);
}

static int on_record(void *context, const Answer *answer)
{
    Reading *reading = context;
    if (answer->number != reading->number || !answer->row) return 0;
    reading->found = true;
    add_record(reading, answer->row);
    int r = api_evidence_of(&answer->row->record, &reading->request->arena, &reading->evidence);
    return r < 0 ? r : 1;
}

/* Through the question, so that a scope hides what it hides everywhere. */
void api_record_read(ApiRequest *request)
{
    ApiQuestion question;
    SearchStats stats;
    Complaint complaint = {0};
    if (api_question_of(request, (Slice){0}, true, &question) < 0) return;
    Reading reading = {.request = request,
                       .language = question.language,
                       .number = (uint64_t)api_value_integer(request, "number")};
    const ApiAsking asking = {.order = SEARCH_BY_ARRIVAL,
                              .sink = on_record,
                              .sink_context = &reading,
                              .opened = on_opened,
                              .complaint = &complaint};
    question.range.newest_first = false;
    question.range.after = reading.number > 0 ? reading.number - 1 : 0;
    int r = api_question_ask(&question, question.query, &asking, &stats);
    if (r < 0) {
        api_question_fail(request, r, &complaint);
    } else if (!reading.found) {
        api_fail_error(request, -ENOENT);
    } else {
        finish_record(&reading);
    }
    api_question_done(&question);
}
