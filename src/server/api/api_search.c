/* search_run: an answer in lines, sent while it is found. */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"
#include "server/api/api_row.h"

#include "base/json_text.h"

#include <errno.h>
#include <stdlib.h>

#define LINE_BYTES_MAX ((size_t)8 << 20) /* of one row; a longer one is said to be left out */
#define PROGRESS_NS (500 * NS_PER_MS)

typedef struct SearchJob {
    ApiQuestion question;
    uint64_t limit;
    ApiStream *stream; /* set when it runs */
    Buf line;
    Complaint complaint;
    SearchStats stats;
    int64_t begun_ns, said_ns; /* monotonic */
    uint64_t answers, left_out;
} SearchJob;

static int64_t monotonic_ns(const SearchJob *job)
{
    const Os *os = job->question.door->os;
    return os->monotonic_ns(os->state);
}

/* The line, with its end, or nothing when it was too long. */
static int send_line(SearchJob *job)
{
    int r = buf_error(&job->line);
    if (r == -EMSGSIZE) job->left_out++;
    buf_add_char(&job->line, '\n');
    if (r == 0) r = api_stream_write(job->stream, buf_slice(&job->line));
    buf_clear(&job->line);
    return r == -EMSGSIZE ? 0 : r;
}

static void add_cells(ApiJson *json, const Answer *answer)
{
    api_json_list(json, "cells");
    for (size_t i = 0; i < answer->column_count; i++) {
        Slice cell = answer->cells[i];
        if (cell.len == 0) {
            api_json_null(json, NULL);
        } else if (answer->numbers[i] && json_is_number(cell)) {
            api_json_raw(json, NULL, cell);
        } else {
            api_json_text(json, NULL, cell);
        }
    }
    api_json_end_list(json);
}

static int on_answer(void *context, const Answer *answer)
{
    SearchJob *job = context;
    ApiJson json = api_json(&job->line);
    job->answers++;
    api_json_object(&json, NULL);
    if (answer->row) {
        api_row_add(&json, "row", answer->row, answer->number, job->question.language);
    }
    if (!answer->row || answer->column_count > 0) add_cells(&json, answer);
    api_json_end_object(&json);
    return send_line(job);
}

static void on_progress(void *context, uint64_t done, uint64_t all)
{
    SearchJob *job = context;
    int64_t now = monotonic_ns(job);
    if (now - job->said_ns < PROGRESS_NS || all == 0) return;
    job->said_ns = now;
    ApiJson json = api_json(&job->line);
    api_json_object(&json, NULL);
    api_json_object(&json, "progress");
    api_json_count(&json, "rows_seen", job->stats.scanned);
    api_json_count(&json, "matches", job->answers);
    api_json_count(&json, "percent", done * 100 / all);
    api_json_end_object(&json);
    api_json_end_object(&json);
    (void)send_line(job); /* that nobody reads any more is seen at the next row */
}

/* The columns of a table, and those that eval and lookup put beside records. */
static int send_columns(SearchJob *job)
{
    const Slice *columns;
    size_t count = search_columns(job->question.query, &columns);
    if (count == 0) return 0;
    ApiJson json = api_json(&job->line);
    api_json_object(&json, NULL);
    api_json_list(&json, "columns");
    for (size_t i = 0; i < count; i++) {
        RecordField field;
        api_json_object(&json, NULL);
        api_json_text(&json, "name", columns[i]);
        if (record_field_by_name(columns[i], &field) == 0) {
            api_json_cstr(&json, "ja", record_fields[field].label[LANGUAGE_JA]);
            api_json_cstr(&json, "en", record_fields[field].label[LANGUAGE_EN]);
        }
        api_json_end_object(&json);
    }
    api_json_end_list(&json);
    api_json_end_object(&json);
    return send_line(job);
}

static void add_error(ApiJson *json, const SearchJob *job, int error)
{
    Complaint complaint = job->complaint;
    if (error == -ETIME) {
        complaint_say(&complaint, "search.time",
                      "it took too long and was ended; choose a shorter time",
                      "時間がかかりすぎたので止めました。期間を短くしてください");
    } else if (error == -EBUSY) {
        complaint_say(&complaint, "search.busy", "too many searches at once; try again",
                      "検索が混み合っています。もう一度試してください");
    } else if (!complaint.id) {
        complaint_say(&complaint, "search.failed", "the search failed: %s",
                      "検索に失敗しました: %s", strerrordesc_np(-error));
    }
    api_json_object(json, "error");
    api_json_cstr(json, "id", complaint.id);
    api_json_cstr(json, "ja", complaint.ja);
    api_json_cstr(json, "en", complaint.en);
    api_json_end_object(json);
}

static void send_end(SearchJob *job, int error)
{
    ApiJson json = api_json(&job->line);
    const SearchStats *stats = &job->stats;
    bool whole = error == 0 && !stats->memory_met && stats->damaged_blocks == 0;
    api_json_object(&json, NULL);
    api_json_object(&json, "end");
    api_json_count(&json, "matches", job->answers);
    api_json_boolean(&json, "more", stats->limited);
    api_json_count(&json, "rows_seen", stats->scanned);
    api_json_number(&json, "milliseconds",
                    (double)(monotonic_ns(job) - job->begun_ns) / (double)NS_PER_MS);
    api_json_boolean(&json, "complete", whole && job->left_out == 0);
    if (error < 0) add_error(&json, job, error);
    api_json_end_object(&json);
    api_json_end_object(&json);
    (void)send_line(job);
}

static void make(void *context, ApiStream *stream)
{
    SearchJob *job = context;
    job->stream = stream;
    job->begun_ns = job->said_ns = monotonic_ns(job);
    const ApiAsking asking = {.limit = job->limit,
                              .order = job->question.range.after > 0 ? SEARCH_BY_ARRIVAL
                                                                     : SEARCH_BY_TIME,
                              .sink = on_answer,
                              .sink_context = job,
                              .progress = on_progress,
                              .progress_context = job,
                              .cancel = api_stream_cancel(stream),
                              .complaint = &job->complaint};
    int r = send_columns(job);
    if (r == 0) r = api_question_ask(&job->question, job->question.query, &asking, &job->stats);
    if (r != -ECANCELED && r != -EPIPE) send_end(job, r);
}

static void release(void *context)
{
    SearchJob *job = context;
    api_question_done(&job->question);
    buf_done(&job->line);
    free(job);
}

void api_search_run(ApiRequest *request)
{
    SearchJob *job = calloc(1, sizeof *job);
    if (!job) {
        api_fail_error(request, -ENOMEM);
        return;
    }
    if (api_question_read(request, &job->question) < 0) {
        free(job);
        return;
    }
    job->line = buf_make(LINE_BYTES_MAX);
    job->limit = (uint64_t)api_value_integer(request, "limit");
    if (api_value(request, "after").len > 0)
        job->question.range.after = (uint64_t)api_value_integer(request, "after");
    const ApiMaker maker = {.make = make, .free = release, .context = job};
    int r = api_stream_open(&maker, &request->answer.stream);
    if (r < 0) {
        release(job);
        api_fail_error(request, r);
        return;
    }
    request->answer.status = 200;
    request->answer.type = "application/x-ndjson";
}
