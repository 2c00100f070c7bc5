/* record_read: one record whole. */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"
#include "server/api/api_row.h"

#include "alert/sink.h"
#include "base/number.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>

#define RECORD_RAW_BYTES_MAX ((size_t)4 << 20) /* of what is shown; the store has all of it */

typedef struct Reading {
    ApiRequest *request;
    Language language;
    uint64_t number;
    bool found;
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

/* akashi.raw names the rows that an action was joined from as `row/N` (record.md); other forms name
 * places in files. */
static void add_evidence(ApiJson *json, Slice names)
{
    Slice piece;
    api_json_list(json, "evidence");
    while (slice_cut(&names, ' ', &piece)) {
        uint64_t number;
        if (slice_starts(piece, SLICE("row/")) &&
            number_parse_u64(slice_skip(piece, 4), &number) == 0)
            api_json_count(json, NULL, number);
    }
    api_json_end_list(json);
}

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
    add_evidence(&json, record->text[RECORD_AKASHI_RAW]);
    api_json_end_object(&json);
}

static int on_record(void *context, const Answer *answer)
{
    Reading *reading = context;
    if (answer->number != reading->number || !answer->row) return 0;
    reading->found = true;
    add_record(reading, answer->row);
    return 1;
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
                              .complaint = &complaint};
    question.range.newest_first = false;
    question.range.after = reading.number > 0 ? reading.number - 1 : 0;
    int r = api_question_ask(&question, question.query, &asking, &stats);
    if (r < 0) {
        api_question_fail(request, r, &complaint);
    } else if (!reading.found) {
        api_fail_error(request, -ENOENT);
    }
    api_question_done(&question);
}
