/* What programs ask: the same searches as JSON lines, and the state as one object. */
#include "server/web_request.h"

#include "base/json_text.h"

#include <errno.h>

static int add_answer(void *context, const Answer *answer)
{
    Buf *body = context;
    AnswerPrinter printer = {.format = ANSWER_JSON};
    answer_print(body, &printer, answer);
    return buf_error(body);
}

static void answer_error(WebAnswer *answer, unsigned status, const char *id, const char *words,
                         unsigned column)
{
    buf_clear(&answer->body);
    answer->status = status;
    answer->type = "application/json";
    buf_add_cstr(&answer->body, "{\"error\":");
    json_add_string(&answer->body, slice_from_cstr(words));
    buf_add_cstr(&answer->body, ",\"id\":");
    json_add_string(&answer->body, slice_from_cstr(id));
    if (column > 0) buf_add_format(&answer->body, ",\"column\":%u", column);
    buf_add_cstr(&answer->body, "}\n");
}

static void answer_complaint(const WebRequest *request, WebAnswer *answer, unsigned status)
{
    const Complaint *complaint = &request->complaint;
    const char *words = request->language == LANGUAGE_JA ? complaint->ja : complaint->en;
    if (!complaint->id) {
        answer_error(answer, status, "search.failed", "the search failed", 0);
    } else {
        answer_error(answer, status, complaint->id, words, complaint->column);
    }
}

void web_search_answer(WebRequest *request, WebAnswer *answer)
{
    StoreStats store;
    int error;
    answer->status = 200;
    answer->type = "application/x-ndjson";
    answer->body.bytes_max = SERVER_API_BYTES_MAX;
    if (web_request_read(request, WEB_TIMES_OF_API, SERVER_API_ROWS_DEFAULT, SERVER_API_ROWS_MAX) <
        0) {
        answer_complaint(request, answer, 400);
        return;
    }
    WebOutcome outcome =
        web_request_search(request, add_answer, &answer->body, &answer->stats, &store, &error);
    switch (outcome) {
    case WEB_DONE:
    case WEB_NO_STORE: return;
    case WEB_BAD_QUERY: answer_complaint(request, answer, 400); return;
    case WEB_BUSY:
        answer_error(answer, 503, "search.busy", "too many searches at once; try again", 0);
        return;
    case WEB_TIMED_OUT:
        answer_error(answer, 504, "search.time", "the search took too long; narrow from and to", 0);
        return;
    case WEB_FAILED: break;
    }
    if (buf_error(&answer->body)) {
        answer_error(answer, 413, "search.bytes", "the answer is too large; lower limit", 0);
    } else {
        answer_complaint(request, answer, 500);
    }
}

static void add_figure(Buf *to, const char *name, uint64_t value)
{
    if (buf_error(to) || to->len == 0) return;
    if (to->ptr[to->len - 1] != '{') buf_add_char(to, ',');
    json_add_string(to, slice_from_cstr(name));
    buf_add_char(to, ':');
    buf_add_u64(to, value);
}

static void add_counters(Buf *to, const ServerOptions *options)
{
    ServerCounter counters[SERVER_COUNTERS_MAX];
    size_t count = 0;
    if (options->counters)
        count = options->counters(options->context, counters, SERVER_COUNTERS_MAX);
    for (size_t i = 0; i < count; i++) {
        add_figure(to, counters[i].name, counters[i].value);
    }
}

/* {"state":"ok","rows":N,...,"counters":{...}}; state is "empty" before the first log. */
void web_status_answer(WebRequest *request, WebAnswer *answer)
{
    const ServerFacts *facts = request->facts;
    StoreReader *reader = NULL;
    StoreStats store = {0};
    int r = store_reader_open(facts->os, facts->options.store_folder, facts->options.kek, &reader,
                              NULL);
    if (r >= 0) {
        store_reader_stats(reader, &store);
        store_reader_close(reader);
    }
    Buf *to = &answer->body;
    bool failed = r < 0 && r != -ENOENT;
    answer->status = failed ? 500 : 200;
    answer->type = "application/json";
    buf_add_cstr(to, failed  ? "{\"state\":\"store unreadable\""
                     : r < 0 ? "{\"state\":\"empty\""
                             : "{\"state\":\"ok\"");
    add_figure(to, "rows", store.rows);
    add_figure(to, "bytes", store.bytes);
    add_figure(to, "row_bytes", store.row_bytes);
    add_figure(to, "raw_bytes", store.raw_bytes);
    add_figure(to, "damaged_blocks", store.damaged_blocks);
    buf_add_cstr(to, ",\"counters\":{");
    add_counters(to, &facts->options);
    buf_add_cstr(to, "}}\n");
}
