/* One request to the API and its answer, as handlers see them: judged before they are called.
 *
 * When a handler runs, the path, the parameters and the body have passed the description; who asks
 * is known and may (but for scopes, which it must put into what it looks for, and API_SELF, where
 * it looks at the stage itself). It fills `answer`, or calls one of the api_fail functions; what is
 * left with status 0 is answered 500. Handlers run at the same time in many threads. */
#ifndef AKASHI_SERVER_API_API_REQUEST_H
#define AKASHI_SERVER_API_API_REQUEST_H

#include "account/account_factor.h"
#include "record/record.h"
#include "server/api/api_door.h"
#include "server/api/api_json.h"
#include "server/api/api_route.h"
#include "server/api/api_stream.h"

#define API_ANSWER_BYTES_MAX ((size_t)64 << 20) /* of an answer that is no stream; past it 413 */
#define API_ARENA_BYTES_MAX ((size_t)64 << 20)
#define OPERATOR_ORIGIN "akashi/operator" /* of rows of the operator log */

typedef struct ApiAnswer {
    unsigned status;
    const char *type; /* Content-Type; NULL: application/json */
    Buf body;
    ApiStream *stream; /* in place of the body */
    Slice file_name;   /* saved under this name: ASCII letters, digits, . _ - only; empty: shown */
    unsigned retry_after_seconds; /* 0: no header */
    /* What becomes of the session cookie: nothing, a new one, or its end. */
    bool session_set, session_ended;
    char session[SESSION_TEXT_BYTES];
} ApiAnswer;

struct ApiRequest {
    ApiDoor *door;
    const ApiRoute *route;
    ApiValues values; /* decoded; defaults filled in */
    JsonTree body;    /* of routes that take one */
    Arena arena;      /* lives until the answer is sent off */
    Language language;
    int zone_offset_seconds;
    AccountClient client;
    Slice session;    /* the cookie's, as sent; empty: none */
    AccountSelf self; /* who asks; via VIA_NONE on routes for anyone */
    Slice last_event; /* Last-Event-ID of a tail taken up again; empty: none */
    ApiAnswer answer;
};

/* Of the description; a name that the operation has not is a CHECK. Absent: empty, -1, false. */
Slice api_value(const ApiRequest *request, const char *name);
int64_t api_value_integer(const ApiRequest *request, const char *name);
bool api_value_boolean(const ApiRequest *request, const char *name);

/* The members of a body that is an object. */
static inline const JsonNode *api_body(const ApiRequest *request)
{
    return &request->body.nodes[0];
}
static inline Slice api_body_text(const ApiRequest *request, const char *name)
{
    return api_text_of(&request->body, api_body(request), name);
}

/* 200 and a writer for the body. */
ApiJson api_answer_json(ApiRequest *request);
/* 204. */
void api_answer_done(ApiRequest *request);

/* {"error": {id, ja, en, ...}}; whatever was in the body is gone. */
void api_fail(ApiRequest *request, unsigned status, const char *id, const char *en, const char *ja);
/* The complaint's id, words and place; field may be NULL. */
void api_fail_complaint(ApiRequest *request, unsigned status, const Complaint *complaint,
                        const char *field);
/* A negative errno of the engine or the system: 400 to 503 with words that say what to do. */
void api_fail_error(ApiRequest *request, int error);

#endif
