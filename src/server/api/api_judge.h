/* Between the headers of a request and its handler: who asks, may they, and is the question one of
 * the description. What does not pass is answered here. */
#ifndef AKASHI_SERVER_API_API_JUDGE_H
#define AKASHI_SERVER_API_API_JUDGE_H

#include "server/api/api_request.h"

/* As the request brought them; empty: absent. */
typedef struct ApiCredentials {
    Slice cookie;        /* the value of our session cookie */
    Slice authorization; /* the whole header */
    Slice csrf;          /* header Akashi-CSRF */
    bool changes;        /* any method but GET and HEAD */
} ApiCredentials;

/* Fills self and session. A session whose rights have changed gets a new id in the answer.
 * 0, or -1: answered: 401, 403, 429, 503. */
MUST_USE int api_judge_who(ApiRequest *request, const ApiCredentials *credentials);

/* One parameter of the query, decoded; fills request->values. An empty value counts as absent.
 * -1: answered 400: no such parameter, or given twice, or not what the description says. */
MUST_USE int api_judge_parameter(ApiRequest *request, Slice name, Slice value);
/* After the last: values of the path are decoded and judged, defaults filled in, what is required
 * and absent answered 400. */
MUST_USE int api_judge_parameters(ApiRequest *request);

/* The whole body. -1: answered: 415 (another type than JSON), 400. A body where none is taken:
 * 400. */
MUST_USE int api_judge_body(ApiRequest *request, Slice content_type, Slice body);

#endif
