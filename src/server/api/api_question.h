/* A question of the query language as a request puts it: parsed, narrowed to what the person may
 * see, and asked. It owns its memory, because a streamed answer outlives the request. */
#ifndef AKASHI_SERVER_API_API_QUESTION_H
#define AKASHI_SERVER_API_API_QUESTION_H

#include "search/search.h"
#include "server/api/api_request.h"

#define QUESTION_ARENA_BYTES_MAX ((size_t)8 << 20)

typedef struct ApiQuestion {
    ApiDoor *door;
    Arena arena;
    Query *query;
    ScanRange range;
    bool sees_nothing; /* no grant reaches any record: answer nothing, do not search */
    Language language;
    int zone_offset_seconds;
    int64_t now_ns;
} ApiQuestion;

/* Reads q, from, to, zone, lang, all, as far as the operation has them. -1: answered 400 (field q,
 * from, to or zone) or 500; nothing to free. */
MUST_USE int api_question_read(ApiRequest *request, ApiQuestion *ret);
/* The same with words of our own in place of q, constant but for what was judged; `all`: with the
 * events that were joined into actions. from, to, zone, lang as the operation has them. */
MUST_USE int api_question_of(ApiRequest *request, Slice q, bool all, ApiQuestion *ret);
void api_question_done(ApiQuestion *question);

/* A question of our own, constant but for what was judged (names of fields): the pipes it has after
 * the filter of `question`. -EINVAL (complaint), -ENOMEM. */
MUST_USE int api_question_pipe(ApiQuestion *question, Slice pipes, const Query **ret,
                               Complaint *complaint);

typedef struct ApiAsking {
    uint64_t limit;
    SearchOrder order;
    AnswerSink sink;
    void *sink_context;
    /* With sink_context, before the search: what is read, and what is set when time is up. Both
     * live until api_question_ask returns. NULL: not wanted. */
    void (*opened)(void *context, const StoreReader *reader, const atomic_bool *cancel);
    SearchProgress progress; /* NULL: not wanted */
    void *progress_context;
    const atomic_bool *cancel; /* of the one who reads; NULL: none */
    Complaint *complaint;
} ApiAsking;

/* Takes a turn at the gate and asks. -EBUSY: none came; -ETIME: the deadline passed, what was found
 * was handed over; -ECANCELED; else as search_run and store_reader_open (but no store is an empty
 * one). */
MUST_USE int api_question_ask(ApiQuestion *question, const Query *query, const ApiAsking *asking,
                              SearchStats *ret_stats);
/* What api_question_ask returned, as an answer. */
void api_question_fail(ApiRequest *request, int error, const Complaint *complaint);

#endif
