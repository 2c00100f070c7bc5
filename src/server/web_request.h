/* One request: what was asked, judged; and what is answered. */
#ifndef AKASHI_SERVER_WEB_REQUEST_H
#define AKASHI_SERVER_WEB_REQUEST_H

#include "search/search.h"
#include "server/search_gate.h"

/* set at start, then read-only, but for what has a lock of its own */
typedef struct ServerFacts {
    const Os *os;
    ServerOptions options; /* its texts are the server's own copies */
    SearchGate gate;
    SearchCache *cache; /* NULL: none */
} ServerFacts;

/* As the browser gave them, percent-decoded; empty when absent. */
typedef struct WebParameters {
    Slice q, from, to, rows, lang, after;
} WebParameters;

typedef struct WebRequest {
    ServerFacts *facts;
    WebParameters given;
    Language language;
    ScanRange range;
    uint64_t rows; /* limit */
    Arena arena;   /* lives until the answer is sent off */
    Query *query;
    Complaint complaint;
} WebRequest;

typedef struct WebAnswer {
    unsigned status;
    const char *type; /* Content-Type */
    Buf body;
    uint64_t newest; /* header Akashi-Newest; 0: none */
    SearchStats stats;
} WebAnswer;

typedef enum WebTimes {
    WEB_TIMES_OF_PAGE, /* `to` is the end of the minute or day written, as a person means it */
    WEB_TIMES_OF_API,  /* `to` is the moment written and does not belong, as in `akashi search --to`
                        */
} WebTimes;

/* Language, times and number of rows. -EINVAL: the complaint says it. */
MUST_USE int web_request_read(WebRequest *request, WebTimes times, uint64_t rows_default,
                              uint64_t rows_max);

/* What became of a search. */
typedef enum WebOutcome {
    WEB_DONE,
    WEB_BAD_QUERY, /* complaint */
    WEB_NO_STORE,  /* nothing was ever stored */
    WEB_BUSY,
    WEB_TIMED_OUT, /* what came until then was handed to the sink */
    WEB_FAILED,    /* complaint, or none: the system's error in *ret_error */
} WebOutcome;

/* Parses the query, opens the store, searches. *store_stats are of the store. */
WebOutcome web_request_search(WebRequest *request, AnswerSink sink, void *context,
                              SearchStats *stats, StoreStats *store_stats, int *ret_error);

/* Is this Host header ours? See server.h. */
bool web_host_is_ours(Slice host, const char *address, int port);

/* The answers, one a path: web_page.c, web_api.c. */
void web_page_answer(WebRequest *request, WebAnswer *answer);
void web_live_answer(WebRequest *request, WebAnswer *answer);
void web_search_answer(WebRequest *request, WebAnswer *answer);
void web_status_answer(WebRequest *request, WebAnswer *answer);

#endif
