/* HTTP over the doors: requests, secrets, content codings, answers. What a body means is in the
 * dialects (http_dialect.h). */
#include "collect/door_inside.h"
#include "collect/http_dialect.h"
#include "collect/journal_stream.h"
#include "collect/unpack_bytes.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>

typedef struct HttpState {
    HttpRequest request;
    HttpProgress progress;
    Buf unpacked;
    JsonTree tree;
    JournalStream journal;
    bool continued;  /* `100 Continue` was sent for this request */
    bool in_journal; /* in the body of an upload that is taken piece by piece */
    uint64_t left;   /* of its chunk, or of its whole body */
    bool by_chunks;
} HttpState;

static void *state_begin(DoorConnection *connection)
{
    (void)connection;
    HttpState *state = calloc(1, sizeof *state);
    if (!state) return NULL;
    state->progress.body = buf_make(HTTP_BODY_BYTES_MAX);
    state->unpacked = buf_make(HTTP_UNPACKED_BYTES_MAX);
    state->journal = journal_stream_make();
    return state;
}

static void state_end(void *context)
{
    HttpState *state = context;
    buf_done(&state->progress.body);
    buf_done(&state->unpacked);
    json_tree_done(&state->tree);
    journal_stream_done(&state->journal);
    free(state);
}

#define KEPT_BYTES ((size_t)256 << 10) /* of a buffer between requests */

static size_t state_held(const void *context)
{
    const HttpState *state = context;
    return state->progress.body.capacity + state->unpacked.capacity +
           state->tree.capacity * sizeof *state->tree.nodes;
}

static void state_finish(void *context)
{
    HttpState *state = context;
    if (state->in_journal) return;
    if (state->progress.body.capacity > KEPT_BYTES) buf_done(&state->progress.body);
    if (state->unpacked.capacity > KEPT_BYTES) buf_done(&state->unpacked);
    if (state->tree.capacity > 4096) json_tree_done(&state->tree);
}

/* --- answers ---------------------------------------------------------------------------------- */

static const char *status_words(int status)
{
    static const struct {
        int status;
        const char *words;
    } rows[] = {{200, "OK"},
                {202, "Accepted"},
                {204, "No Content"},
                {400, "Bad Request"},
                {401, "Unauthorized"},
                {403, "Forbidden"},
                {404, "Not Found"},
                {405, "Method Not Allowed"},
                {413, "Content Too Large"},
                {415, "Unsupported Media Type"},
                {431, "Request Header Fields Too Large"},
                {501, "Not Implemented"},
                {503, "Service Unavailable"}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (rows[i].status == status) return rows[i].words;
    }
    return "Error";
}

/* X-Elastic-Product is what Elasticsearch's own clients ask for on every answer. */
static void add_answer(Buf *to, int status, const char *content_type, const char *headers,
                       Slice body, bool keeps_alive, bool is_head)
{
    buf_add_format(to, "HTTP/1.1 %d %s\r\n", status, status_words(status));
    if (status != 204) {
        buf_add_format(to, "Content-Type: %s\r\nContent-Length: %zu\r\n",
                       content_type ? content_type : "application/json", body.len);
    }
    buf_add_cstr(to, "X-Elastic-Product: Elasticsearch\r\nX-Content-Type-Options: nosniff\r\n");
    if (headers) buf_add_cstr(to, headers);
    buf_add_cstr(to, keeps_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
    if (status != 204 && !is_head) buf_add_slice(to, body);
}

/* The connection ends behind the answer: what follows cannot be read any more. */
static ssize_t end_with(DoorConnection *connection, int status, const char *text)
{
    bundle_clear(&connection->group);
    buf_clear(&connection->answer);
    add_answer(&connection->answer, status, "text/plain; charset=utf-8", NULL,
               slice_from_cstr(text), false, false);
    return -EBADMSG;
}

static ssize_t end_badly(DoorConnection *connection, ssize_t error)
{
    switch (error) {
    case -EMSGSIZE:
    case -EFBIG:
        return end_with(connection, 413, "the body is larger than what is taken at once\n");
    case -E2BIG: return end_with(connection, 431, "the head of the request is too large\n");
    case -ENOTSUP:
        return end_with(connection, 501, "this version or transfer coding is not spoken here\n");
    case -ENOMEM: return end_with(connection, 503, "no memory\n");
    default: return end_with(connection, 400, "this is no HTTP request\n");
    }
}

static void answer_failure(DoorConnection *connection)
{
    static const char headers[] = "Retry-After: 5\r\n";
    add_answer(&connection->answer, 503, "text/plain; charset=utf-8", headers,
               SLICE("it could not be stored; send it again\n"), false, false);
}

/* --- who asks --------------------------------------------------------------------------------- */

static bool base64_matches(const DoorSecrets *secrets, Slice given)
{
    unsigned char plain[512];
    if (given.len == 0 || given.len % 4 != 0 || given.len > sizeof plain) return false;
    int len = EVP_DecodeBlock(plain, (const unsigned char *)given.ptr, (int)given.len);
    if (len < 0) return false;
    for (size_t i = given.len; i > 0 && given.ptr[i - 1] == '=' && len > 0; i--)
        len--;
    return door_secrets_match(secrets, SECRET_BASIC, slice_of(plain, (size_t)len));
}

/* `Authorization: SCHEME WORD` (RFC 9110, 11.6.2); Splunk's clients may also use basic with the
 * token as password, which is a `basic` line here. */
static bool is_authorised(const DoorSecrets *secrets, const HttpRequest *request,
                          const HttpRoute *route)
{
    bool is_hec = strcmp(route->name, "hec") == 0;
    bool asked = door_secrets_has(secrets, SECRET_BASIC) ||
                 door_secrets_has(secrets, SECRET_BEARER) ||
                 (is_hec && door_secrets_has(secrets, SECRET_HEC));
    if (!asked) return true;
    Slice scheme, word = http_field(request, SLICE("authorization"));
    if (!slice_cut(&word, ' ', &scheme)) return false;
    word = slice_trim(word);
    if (slice_eq_nocase(scheme, SLICE("Splunk"))) {
        return is_hec && door_secrets_match(secrets, SECRET_HEC, word);
    }
    if (slice_eq_nocase(scheme, SLICE("Basic"))) return base64_matches(secrets, word);
    if (slice_eq_nocase(scheme, SLICE("Bearer")) || slice_eq_nocase(scheme, SLICE("ApiKey"))) {
        return door_secrets_match(secrets, SECRET_BEARER, word);
    }
    return false;
}

#define FROM_BROWSER "pages in a browser may not send logs"

/* A page in somebody's browser must not be able to write logs over loopback (RFC 6454, 7). */
static bool is_from_browser(const HttpRequest *request)
{
    return http_field(request, SLICE("origin")).len > 0;
}

/* --- one request ------------------------------------------------------------------------------ */

static int undo_coding(HttpState *state, Slice *ret)
{
    Slice coding = http_field(&state->request, SLICE("content-encoding"));
    *ret = state->request.body;
    if (coding.len == 0 || slice_eq_nocase(coding, SLICE("identity"))) return 0;
    if (slice_eq_nocase(coding, SLICE("snappy"))) return 0; /* the dialect's own: Loki */
    if (!slice_eq_nocase(coding, SLICE("gzip")) && !slice_eq_nocase(coding, SLICE("deflate"))) {
        return -ENOTSUP;
    }
    if (ret->len == 0) return 0;
    buf_clear(&state->unpacked);
    int r = unpack_deflated(*ret, HTTP_UNPACKED_RATIO_MAX, &state->unpacked);
    if (r == 0) *ret = buf_slice(&state->unpacked);
    return r;
}

static void run_route(DoorConnection *connection, const HttpRoute *route, HttpExchange *exchange)
{
    HttpState *state = connection->state;
    const DoorSecrets *secrets = connection->doors->options.secrets;
    bundle_set_origin(&connection->group, route->name, connection->peer);
    if (!is_authorised(secrets, &state->request, route)) {
        door_count(&door_counters_of(connection)->unauthorised, 1);
        if (strcmp(route->name, "hec") == 0) {
            http_refuse(exchange,
                        http_field(&state->request, SLICE("authorization")).len ? 403 : 401,
                        "{\"text\":\"Invalid token\",\"code\":4}");
            exchange->content_type = NULL;
        } else {
            http_refuse_json(exchange, 401, "the credentials are missing or unknown");
        }
        exchange->headers = "WWW-Authenticate: Basic realm=\"akashi\"\r\n";
        return;
    }
    if (route->takes_events && is_from_browser(&state->request)) {
        http_refuse_json(exchange, 403, FROM_BROWSER);
        return;
    }
    int r = route->takes_events ? undo_coding(state, &exchange->body) : 0;
    if (r == -ENOTSUP) {
        http_refuse_json(exchange, 415, "this content coding is not known here");
    } else if (r == -EFBIG) {
        http_refuse_json(exchange, 413, "the body unpacks to more than what is taken at once");
    } else if (r < 0) {
        http_refuse_json(exchange, 400, "the body is damaged: its content coding cannot be undone");
    } else {
        route->run(exchange);
    }
}

static ssize_t answer_request(DoorConnection *connection, ssize_t used)
{
    HttpState *state = connection->state;
    const HttpRequest *request = &state->request;
    Buf body = buf_make((size_t)48 << 20);
    HttpExchange exchange = {.request = request,
                             .group = &connection->group,
                             .channels = connection->doors->channels,
                             .secrets = connection->doors->options.secrets,
                             .tree = &state->tree,
                             .peer = connection->peer,
                             .status = 200,
                             .answer = &body};
    const HttpRoute *route;
    int r = http_route_find(request->method, request->path, &route);
    if (r == 0) {
        run_route(connection, route, &exchange);
    } else if (r == -EACCES) {
        http_refuse_json(&exchange, 405, "this path is not asked so");
    } else {
        http_refuse_json(&exchange, 404, "there is nothing at this path");
    }
    if (exchange.status >= 400) door_count(&door_counters_of(connection)->refused, 1);
    bool is_head = slice_eq(request->method, SLICE("HEAD"));
    if (buf_error(&body)) http_refuse(&exchange, 503, "no memory\n");
    add_answer(&connection->answer, exchange.status, exchange.content_type, exchange.headers,
               buf_slice(&body), request->keeps_alive, is_head);
    buf_done(&body);
    connection->awaited = true;
    connection->closes_after = !request->keeps_alive;
    state->continued = false;
    state->progress.at = 0;
    return used;
}

/* --- uploads of a journal, which may be endless ----------------------------------------------- */

static bool is_upload(const HttpRequest *request)
{
    return request->head_bytes > 0 && slice_eq(request->path, SLICE("/upload")) &&
           slice_eq(request->method, SLICE("POST")) &&
           (request->chunked || request->body_bytes > 0) &&
           http_field(request, SLICE("content-encoding")).len == 0;
}

static ssize_t begin_upload(DoorConnection *connection)
{
    HttpState *state = connection->state;
    const HttpRoute *route;
    int r = http_route_find(state->request.method, state->request.path, &route);
    if (r < 0) return end_badly(connection, r);
    bundle_set_origin(&connection->group, route->name, connection->peer);
    if (!is_authorised(connection->doors->options.secrets, &state->request, route)) {
        door_count(&door_counters_of(connection)->unauthorised, 1);
        return end_with(connection, 401, "the credentials are missing or unknown\n");
    }
    if (is_from_browser(&state->request)) return end_with(connection, 403, FROM_BROWSER "\n");
    state->in_journal = true;
    state->by_chunks = state->request.chunked;
    state->left = state->request.chunked ? 0 : state->request.body_bytes;
    connection->closes_after = false;
    journal_stream_clear(&state->journal);
    if (state->request.expects_continue) {
        buf_add_cstr(&connection->answer, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    return (ssize_t)state->request.head_bytes;
}

/* Of the body off the front: bytes, with what they carry added to the stream. */
static ssize_t feed_upload(HttpState *state, Slice input, bool *ret_end)
{
    Slice rest = input, data;
    *ret_end = false;
    while (rest.len > 0 && !*ret_end && !journal_stream_is_full(&state->journal)) {
        ssize_t r;
        if (state->by_chunks) {
            r = http_chunk_read(rest, &state->left, &data, ret_end);
        } else {
            data = slice_first(rest, (size_t)state->left);
            state->left -= data.len;
            r = (ssize_t)data.len;
            *ret_end = state->left == 0;
        }
        if (r < 0) return r;
        if (r == 0) break;
        int added = journal_stream_add(&state->journal, data);
        if (added < 0) return added;
        rest = slice_skip(rest, (size_t)r);
    }
    return (ssize_t)(input.len - rest.len);
}

static ssize_t take_upload(DoorConnection *connection, Slice input, bool ended)
{
    HttpState *state = connection->state;
    bool end;
    ssize_t used = feed_upload(state, input, &end);
    if (used < 0) return end_badly(connection, used);
    if (used == 0 && ended) return -ECONNRESET;
    if (used == 0) return 0;
    int r = journal_stream_take(&state->journal, end, &connection->group);
    if (r < 0) return end_badly(connection, r);
    connection->awaited = true;
    if (end) {
        state->in_journal = false;
        add_answer(&connection->answer, 202, "text/plain; charset=utf-8", NULL, SLICE("OK.\n"),
                   true, false);
    }
    return used;
}

/* --- the dialect ------------------------------------------------------------------------------ */

/* A client that waits for it is told to send the body (RFC 9110, 10.1.1). */
static void tell_to_continue(DoorConnection *connection)
{
    HttpState *state = connection->state;
    if (state->continued || state->request.head_bytes == 0 || !state->request.expects_continue) {
        return;
    }
    state->continued = true;
    buf_add_cstr(&connection->answer, "HTTP/1.1 100 Continue\r\n\r\n");
}

static ssize_t http_take(DoorConnection *connection, Slice input, bool ended)
{
    HttpState *state = connection->state;
    if (connection->closes_after) return -ECONNRESET;
    if (state->in_journal) return take_upload(connection, input, ended);
    if (input.len == 0) return 0;
    ssize_t head = http_head_read(input, &state->request);
    if (head > 0 && is_upload(&state->request)) return begin_upload(connection);
    ssize_t used = http_request_read(input, &state->request, &state->progress);
    if (used < 0) return end_badly(connection, used);
    if (used == 0) {
        tell_to_continue(connection);
        return 0;
    }
    return answer_request(connection, used);
}

const DoorProtocol door_http = {.name = "http",
                                .input_bytes_max =
                                    HTTP_BODY_BYTES_MAX + HTTP_HEAD_BYTES_MAX + ((size_t)8 << 20),
                                .begin = state_begin,
                                .end = state_end,
                                .take = http_take,
                                .fail = answer_failure,
                                .held = state_held,
                                .finish = state_finish};
