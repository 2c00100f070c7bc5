/* search_export: an answer as a file, sent while it is found. */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#define PIECE_BYTES ((size_t)64 << 10) /* passed on when so much is there */
#define PIECE_BYTES_MAX ((size_t)16 << 20)

typedef struct ExportJob {
    ApiQuestion question;
    uint64_t limit;
    AnswerPrinter printer;
    ApiStream *stream;
    iconv_t charset; /* (iconv_t)-1: UTF-8 */
    Buf piece, converted;
} ExportJob;

/* Signs that code page 932 has not become a question mark: the file stays readable, and the UTF-8
 * one has them all. */
static int convert(ExportJob *job)
{
    char *from = job->piece.ptr;
    size_t left = job->piece.len;
    buf_clear(&job->converted);
    while (left > 0) {
        char *to = buf_reserve(&job->converted, 2 * left + 16);
        if (!to) return buf_error(&job->converted);
        char *at = to;
        size_t room = 2 * left + 16;
        size_t r = iconv(job->charset, &from, &left, &at, &room);
        job->converted.len += (size_t)(at - to);
        if (r != (size_t)-1 || left == 0) continue;
        size_t skip = 1; /* the rest of the character */
        while (skip < left && ((unsigned char)from[skip] & 0xC0) == 0x80)
            skip++;
        from += skip;
        left -= skip;
        buf_add_char(&job->converted, '?');
    }
    return 0;
}

static int pass_on(ExportJob *job)
{
    int r = buf_error(&job->piece);
    bool plain = job->charset == (iconv_t)-1;
    if (r == 0 && !plain) r = convert(job);
    if (r == 0) r = api_stream_write(job->stream, buf_slice(plain ? &job->piece : &job->converted));
    buf_clear(&job->piece);
    return r;
}

static int on_answer(void *context, const Answer *answer)
{
    ExportJob *job = context;
    answer_print(&job->piece, &job->printer, answer);
    return job->piece.len < PIECE_BYTES && buf_error(&job->piece) == 0 ? 0 : pass_on(job);
}

/* A file that was cut off must not look whole. */
static void tell_cut(ExportJob *job, int error)
{
    bool japanese = job->question.language == LANGUAGE_JA;
    if (job->printer.format == ANSWER_JSON) {
        buf_add_format(&job->piece, "{\"error\":\"%s\"}\n", error == -ETIME ? "time" : "failed");
    } else {
        buf_add_cstr(&job->piece, japanese ? "途中で終わりました。期間を短くしてください\r\n"
                                           : "cut off here; choose a shorter time\r\n");
    }
}

static void make(void *context, ApiStream *stream)
{
    ExportJob *job = context;
    SearchStats stats;
    Complaint complaint = {0};
    job->stream = stream;
    const ApiAsking asking = {.limit = job->limit,
                              .order = SEARCH_BY_TIME,
                              .sink = on_answer,
                              .sink_context = job,
                              .cancel = api_stream_cancel(stream),
                              .complaint = &complaint};
    /* Excel takes a CSV file for UTF-8 only with the mark in front. */
    if (job->printer.format == ANSWER_CSV && job->charset == (iconv_t)-1)
        buf_add_cstr(&job->piece, "\xEF\xBB\xBF");
    int r = api_question_ask(&job->question, job->question.query, &asking, &stats);
    if (r == -EPIPE || r == -ECANCELED) return;
    if (r < 0 || stats.memory_met || stats.damaged_blocks > 0) tell_cut(job, r);
    r = pass_on(job);
    (void)r; /* nobody reads any more: there is nobody to tell */
}

static void release(void *context)
{
    ExportJob *job = context;
    if (job->charset != (iconv_t)-1) iconv_close(job->charset);
    api_question_done(&job->question);
    buf_done(&job->piece);
    buf_done(&job->converted);
    free(job);
}

static ExportJob *new_job(ApiRequest *request)
{
    ExportJob *job = calloc(1, sizeof *job);
    bool json = slice_eq(api_value(request, "format"), SLICE("jsonl"));
    bool cp932 = slice_eq(api_value(request, "charset"), SLICE("cp932"));
    if (!job || api_question_read(request, &job->question) < 0) {
        if (!job) api_fail_error(request, -ENOMEM);
        free(job);
        return NULL;
    }
    job->limit = (uint64_t)api_value_integer(request, "limit");
    job->charset = cp932 && !json ? iconv_open("CP932", "UTF-8") : (iconv_t)-1;
    job->piece = job->converted = buf_make(PIECE_BYTES_MAX);
    job->printer = (AnswerPrinter){.format = json ? ANSWER_JSON : ANSWER_CSV,
                                   .language = job->question.language,
                                   .zone_offset_seconds = job->question.zone_offset_seconds};
    return job;
}

/* The log has the question before a row of it goes out. */
static int log_export(ApiRequest *request)
{
    const OperatorAct act = {.verb = OPERATOR_EXPORT, .detail = api_value(request, "q")};
    return account_log(request->door->accounts, &request->self, &act);
}

void api_search_export(ApiRequest *request)
{
    ApiAnswer *answer = &request->answer;
    ExportJob *job = new_job(request);
    if (!job) return;
    bool json = job->printer.format == ANSWER_JSON;
    const ApiMaker maker = {.make = make, .free = release, .context = job};
    int r = log_export(request);
    if (r == 0) r = api_stream_open(&maker, &answer->stream);
    if (r < 0) {
        release(job);
        api_fail_error(request, r);
        return;
    }
    answer->status = 200;
    answer->type = json ? "application/x-ndjson" : "text/csv";
    answer->file_name = json ? SLICE("akashi.jsonl") : SLICE("akashi.csv");
}
