/* What the dialects over HTTP share: a request taken apart, a group to fill, an answer to give.
 * Dialects do no I/O and read no clock: each is a function from a body to a group and an answer. */
#ifndef AKASHI_COLLECT_HTTP_DIALECT_H
#define AKASHI_COLLECT_HTTP_DIALECT_H

#include "collect/bundle.h"
#include "collect/door_secrets.h"
#include "collect/hec_channels.h"
#include "collect/http_request.h"

typedef struct HttpExchange {
    const HttpRequest *request;
    Slice body; /* its content coding undone; lives until the group was taken */
    Bundle *group;
    HecChannels *channels;
    const DoorSecrets *secrets;
    JsonTree *tree; /* reused */
    const char *peer;
    /* the answer */
    int status;
    const char *content_type; /* NULL: application/json */
    const char *headers;      /* further ones, each with CR LF; may be NULL */
    Buf *answer;
} HttpExchange;

typedef struct HttpRoute {
    const char *method; /* "POST"; "*": any */
    const char *path;   /* a `*` stands for any bytes */
    const char *name;   /* of the origin: "elastic 192.0.2.7" */
    void (*run)(HttpExchange *exchange);
    /* Whether the body is events: only then is a body read at all, and secrets asked for. */
    bool takes_events;
} HttpRoute;

/* All of them, ended by a NULL path. */
extern const HttpRoute http_routes[];
/* -ENOENT: no such path; -EACCES: not with this method. */
MUST_USE int http_route_find(Slice method, Slice path, const HttpRoute **ret);
bool http_path_matches(const char *pattern, Slice path);

/* The group is given up, the answer is this text. */
void http_refuse(HttpExchange *exchange, int status, const char *text);
/* The same as a JSON string in {"error": ...}. */
void http_refuse_json(HttpExchange *exchange, int status, const char *text);
/* Every message gets a key of the request, where it is safe to say that the same bytes are the same
 * events: the client says so by an Idempotency-Key (and then of that and its place), or each has a
 * time of its own and `client` names the sender. */
void http_key_messages(HttpExchange *exchange, const char *dialect, Slice client);

/* The dialects. */
void elastic_bulk(HttpExchange *exchange);
void elastic_root(HttpExchange *exchange);
void elastic_probe(HttpExchange *exchange);
void hec_event(HttpExchange *exchange);
void hec_raw(HttpExchange *exchange);
void hec_ack(HttpExchange *exchange);
void hec_health(HttpExchange *exchange);
void loki_push(HttpExchange *exchange);
void loki_ready(HttpExchange *exchange);
void otlp_logs(HttpExchange *exchange);
void gelf_post(HttpExchange *exchange);
void jsonl_ingest(HttpExchange *exchange);
void journal_upload(HttpExchange *exchange);

#endif
