/* tail_run: server-sent events (WHATWG HTML, 9.2) of what becomes durable. */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"
#include "server/api/api_row.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

#define TAIL_WAIT_NS (250 * NS_PER_MS)
#define TAIL_ROWS_MAX 200 /* shown a second; the others are counted */
#define TAIL_SECOND_NS NS_PER_SECOND
#define EVENT_BYTES_MAX ((size_t)1 << 20)

typedef struct TailJob {
    ApiQuestion question;
    ApiStream *stream;
    Buf event;
    int64_t second_ns;                 /* monotonic: when the second under way began */
    uint64_t matched, shown, left_out; /* in it */
} TailJob;

static int64_t monotonic_ns(const TailJob *job)
{
    const Os *os = job->question.door->os;
    return os->monotonic_ns(os->state);
}

/* An event too large for the reader is left out and counted as such. */
static int send_event(TailJob *job)
{
    int r = buf_error(&job->event);
    if (r == 0) r = api_stream_write(job->stream, buf_slice(&job->event));
    if (r == -EMSGSIZE) job->left_out++;
    buf_clear(&job->event);
    return r == -EMSGSIZE ? 0 : r;
}

static int on_row(void *context, const Answer *answer)
{
    TailJob *job = context;
    job->question.range.after = answer->number;
    job->matched++;
    if (job->shown == TAIL_ROWS_MAX) {
        job->left_out++;
        return 0;
    }
    job->shown++;
    buf_add_cstr(&job->event, "id: ");
    buf_add_u64(&job->event, answer->number);
    buf_add_cstr(&job->event, "\nevent: row\ndata: ");
    ApiJson json = api_json(&job->event);
    api_row_add(&json, NULL, answer->row, answer->number, job->question.language);
    buf_add_cstr(&job->event, "\n\n");
    return send_event(job);
}

/* Once a second, also when nothing came: so the reader knows that the line stands. */
static int send_rate(TailJob *job)
{
    int64_t now = monotonic_ns(job), passed = now - job->second_ns;
    if (passed < TAIL_SECOND_NS) return 0;
    buf_add_cstr(&job->event, "event: rate\ndata: ");
    ApiJson json = api_json(&job->event);
    api_json_object(&json, NULL);
    api_json_number(&json, "rows_per_second",
                    (double)job->matched * (double)NS_PER_SECOND / (double)passed);
    api_json_count(&json, "shown", job->shown);
    api_json_count(&json, "left_out", job->left_out);
    api_json_end_object(&json);
    buf_add_cstr(&job->event, "\n\n");
    job->second_ns = now;
    job->matched = job->shown = job->left_out = 0;
    return send_event(job);
}

/* Rows that came and did not match are not looked at again. */
static int move_on(TailJob *job, uint64_t *ret_end)
{
    const ApiDoor *door = job->question.door;
    StoreReader *reader;
    int r = store_reader_open(door->os, door->folder, door->kek, &reader, NULL);
    if (r == -ENOENT) return 0;
    if (r < 0) return r;
    *ret_end = store_reader_end_row(reader) - 1;
    store_reader_close(reader);
    return 0;
}

static int look(TailJob *job)
{
    SearchStats stats;
    uint64_t end = job->question.range.after;
    const ApiAsking asking = {.order = SEARCH_BY_ARRIVAL,
                              .sink = on_row,
                              .sink_context = job,
                              .cancel = api_stream_cancel(job->stream)};
    int r = move_on(job, &end);
    if (r < 0 || end == job->question.range.after) return r;
    r = api_question_ask(&job->question, job->question.query, &asking, &stats);
    if (r == 0 && end > job->question.range.after) job->question.range.after = end;
    return r == -EBUSY || r == -ETIME ? 0 : r; /* the next look has them */
}

static void make(void *context, ApiStream *stream)
{
    TailJob *job = context;
    const Os *os = job->question.door->os;
    const atomic_bool *cancel = api_stream_cancel(stream);
    int r = 0;
    job->stream = stream;
    job->second_ns = monotonic_ns(job);
    while (r == 0 && !atomic_load(cancel)) {
        r = look(job);
        if (r == 0) r = send_rate(job);
        if (r == 0) os->sleep_ns(os->state, TAIL_WAIT_NS);
    }
}

static void release(void *context)
{
    TailJob *job = context;
    api_question_done(&job->question);
    buf_done(&job->event);
    free(job);
}

/* From the number that the browser saw last, else from now on. */
static int begin(ApiRequest *request, TailJob *job)
{
    uint64_t seen;
    job->question.range.newest_first = false;
    if (number_parse_u64(request->last_event, &seen) == 0) {
        job->question.range.after = seen;
        return 0;
    }
    return move_on(job, &job->question.range.after);
}

static TailJob *new_job(ApiRequest *request)
{
    TailJob *job = calloc(1, sizeof *job);
    if (!job) {
        api_fail_error(request, -ENOMEM);
        return NULL;
    }
    job->event = buf_make(EVENT_BYTES_MAX);
    if (api_question_read(request, &job->question) == 0) return job;
    free(job);
    return NULL;
}

void api_tail_run(ApiRequest *request)
{
    TailJob *job = new_job(request);
    if (!job) return;
    const ApiMaker maker = {.make = make, .free = release, .context = job};
    int r = 0;
    if (!search_is_live(job->question.query)) {
        release(job);
        api_fail(request, 400, "tail.pipes", "the live tail takes a filter only, without pipes",
                 "ライブ表示では絞り込みだけが使えます。| は使えません");
        return;
    }
    r = begin(request, job);
    if (r == 0) r = api_stream_open(&maker, &request->answer.stream);
    if (r < 0) {
        release(job);
        api_fail_error(request, r);
        return;
    }
    request->answer.status = 200;
    request->answer.type = "text/event-stream";
}
