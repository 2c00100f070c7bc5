/* search_export: an answer as a file, sent while it is found. */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"

#include "search/answer_xlsx.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#define PIECE_BYTES ((size_t)64 << 10) /* passed on when so much is there */
#define PIECE_BYTES_MAX ((size_t)16 << 20)

typedef enum ExportFormat { EXPORT_CSV, EXPORT_JSON, EXPORT_XLSX } ExportFormat;

typedef struct ExportJob {
    ApiQuestion question;
    Slice q; /* in the question's arena */
    uint64_t limit;
    ExportFormat format;
    AnswerPrinter printer;
    AnswerXlsx *xlsx; /* of EXPORT_XLSX, made by the thread that writes */
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
    int r = 0;
    if (job->xlsx) {
        r = answer_xlsx_add(job->xlsx, answer);
    } else {
        answer_print(&job->piece, &job->printer, answer);
    }
    if (r != 0) return r;
    return job->piece.len < PIECE_BYTES && buf_error(&job->piece) == 0 ? 0 : pass_on(job);
}

/* A file that was cut off must not look whole. */
static void tell_cut(ExportJob *job, int error)
{
    bool japanese = job->question.language == LANGUAGE_JA;
    if (job->format == EXPORT_JSON) {
        buf_add_format(&job->piece, "{\"error\":\"%s\"}\n", error == -ETIME ? "time" : "failed");
    } else {
        buf_add_cstr(&job->piece, japanese ? "途中で終わりました。期間を短くしてください\r\n"
                                           : "cut off here; choose a shorter time\r\n");
    }
}

/* A workbook says on its second sheet whether it has all. One whose end could not be written is no
 * workbook, and no program takes it for one. */
static int end_workbook(ExportJob *job, int error, bool failed, bool limited)
{
    XlsxCut cut = error == -ETIME ? XLSX_CUT_TIME
                  : failed        ? XLSX_CUT_FAILED
                  : limited       ? XLSX_CUT_LIMIT
                                  : XLSX_CUT_NOT;
    return answer_xlsx_end(job->xlsx, cut);
}

static int begin_file(ExportJob *job)
{
    const XlsxFacts facts = {.query = job->question.query,
                             .question = job->q,
                             .language = job->question.language,
                             .zone_offset_seconds = job->question.zone_offset_seconds,
                             .made_ns = job->question.now_ns};
    /* Excel takes a CSV file for UTF-8 only with the mark in front. */
    if (job->format == EXPORT_CSV && job->charset == (iconv_t)-1)
        buf_add_cstr(&job->piece, "\xEF\xBB\xBF");
    if (job->format != EXPORT_XLSX) return 0;
    job->xlsx = answer_xlsx_new(&job->piece, &facts);
    return job->xlsx ? 0 : -ENOMEM;
}

static void make(void *context, ApiStream *stream)
{
    ExportJob *job = context;
    SearchStats stats = {0};
    Complaint complaint = {0};
    job->stream = stream;
    const ApiAsking asking = {.limit = job->limit,
                              .order = SEARCH_BY_TIME,
                              .sink = on_answer,
                              .sink_context = job,
                              .cancel = api_stream_cancel(stream),
                              .complaint = &complaint};
    int r = begin_file(job);
    if (r < 0) return;
    r = api_question_ask(&job->question, job->question.query, &asking, &stats);
    if (r == -EPIPE || r == -ECANCELED) return;
    bool failed = r < 0 || stats.memory_met || stats.damaged_blocks > 0;
    if (job->xlsx) {
        r = end_workbook(job, r, failed, stats.limited);
    } else {
        if (failed) tell_cut(job, r);
        r = 0;
    }
    if (r == 0) r = pass_on(job);
    (void)r; /* nobody reads any more: there is nobody to tell */
}

static void release(void *context)
{
    ExportJob *job = context;
    if (job->charset != (iconv_t)-1) iconv_close(job->charset);
    answer_xlsx_free(job->xlsx);
    api_question_done(&job->question);
    buf_done(&job->piece);
    buf_done(&job->converted);
    free(job);
}

static ExportJob *new_job(ApiRequest *request)
{
    ExportJob *job = calloc(1, sizeof *job);
    Slice format = api_value(request, "format");
    bool json = slice_eq(format, SLICE("jsonl")), xlsx = slice_eq(format, SLICE("xlsx"));
    bool cp932 = slice_eq(api_value(request, "charset"), SLICE("cp932"));
    if (!job || api_question_read(request, &job->question) < 0) {
        if (!job) api_fail_error(request, -ENOMEM);
        free(job);
        return NULL;
    }
    if (arena_copy(&job->question.arena, api_value(request, "q"), &job->q) < 0) {
        api_question_done(&job->question);
        api_fail_error(request, -ENOMEM);
        free(job);
        return NULL;
    }
    job->format = json ? EXPORT_JSON : xlsx ? EXPORT_XLSX : EXPORT_CSV;
    job->limit = (uint64_t)api_value_integer(request, "limit");
    job->charset = cp932 && job->format == EXPORT_CSV ? iconv_open("CP932", "UTF-8") : (iconv_t)-1;
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

static const struct {
    const char *type;
    Slice name;
} files[] = {
    [EXPORT_CSV] = {"text/csv", SLICE_INIT("akashi.csv")},
    [EXPORT_JSON] = {"application/x-ndjson", SLICE_INIT("akashi.jsonl")},
    [EXPORT_XLSX] = {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                     SLICE_INIT("akashi.xlsx")},
};

void api_search_export(ApiRequest *request)
{
    ApiAnswer *answer = &request->answer;
    ExportJob *job = new_job(request);
    if (!job) return;
    ExportFormat format = job->format;
    const ApiMaker maker = {.make = make, .free = release, .context = job};
    int r = log_export(request);
    if (r == 0) r = api_stream_open(&maker, &answer->stream);
    if (r < 0) {
        release(job);
        api_fail_error(request, r);
        return;
    }
    answer->status = 200;
    answer->type = files[format].type;
    answer->file_name = files[format].name;
}
