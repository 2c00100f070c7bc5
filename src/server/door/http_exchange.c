#include "server/door/http_exchange.h"

#include "server/api/api_judge.h"
#include "server/door/http_answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

typedef enum Step { /* what is to be done at the next call */
                    STEP_HEADERS,
                    STEP_HANDLE,
                    STEP_ANSWER, /* was filled already: a refusal */
                    STEP_PAGE,
                    STEP_MISDIRECTED,
                    STEP_OVER,
} Step;

struct HttpExchange {
    Step step;
    char path[HTTP_PATH_BYTES_MAX]; /* percent-encoded; empty: it was too long */
    ApiRequest api;
    Buf body;
    char address[INET6_ADDRSTRLEN];
};

static Slice header(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value ? slice_from_cstr(value) : (Slice){0};
}

static bool is_read(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* ---- what of a connection a request needs ---------------------------------------------------- */

static void write_address(struct MHD_Connection *connection, char to[INET6_ADDRSTRLEN])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *peer = info ? info->client_addr : NULL;
    to[0] = '\0';
    if (peer && peer->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, to,
                  INET6_ADDRSTRLEN);
    } else if (peer && peer->sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr, to,
                  INET6_ADDRSTRLEN);
    }
}

static Slice cookie(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, name);
    return value ? slice_from_cstr(value) : (Slice){0};
}

HttpExchange *http_exchange_new(const char *uri)
{
    HttpExchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange) return NULL;
    size_t len = strcspn(uri, "?");
    if (len < sizeof exchange->path) memcpy(exchange->path, uri, len);
    return exchange;
}

static void begin(HttpExchange *exchange, const HttpFacts *facts, struct MHD_Connection *connection)
{
    ApiRequest *api = &exchange->api;
    write_address(connection, exchange->address);
    api->door = facts->api;
    api->arena = arena_make(API_ARENA_BYTES_MAX);
    api->answer.body = buf_make(API_ANSWER_BYTES_MAX);
    api->client = (AccountClient){.address = slice_from_cstr(exchange->address),
                                  .agent = header(connection, MHD_HTTP_HEADER_USER_AGENT)};
    api->last_event = header(connection, "Last-Event-ID");
    api->language = facts->api->language;
    api->zone_offset_seconds = facts->api->zone_offset_seconds;
}

void http_exchange_free(HttpExchange *exchange)
{
    if (!exchange) return;
    buf_done(&exchange->body);
    buf_done(&exchange->api.answer.body);
    json_tree_done(&exchange->api.body);
    arena_done(&exchange->api.arena);
    free(exchange);
}

/* ---- headers --------------------------------------------------------------------------------- */

typedef struct QueryWalk {
    ApiRequest *request;
    int result;
} QueryWalk;

static enum MHD_Result take_argument(void *context, enum MHD_ValueKind kind, const char *name,
                                     size_t name_len, const char *value, size_t value_len)
{
    QueryWalk *walk = context;
    (void)kind;
    walk->result = api_judge_parameter(walk->request, slice_of(name, name_len),
                                       slice_of(value ? value : "", value ? value_len : 0));
    return walk->result < 0 ? MHD_NO : MHD_YES;
}

static int judge_query(HttpExchange *exchange, struct MHD_Connection *connection)
{
    QueryWalk walk = {.request = &exchange->api};
    MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, take_argument, &walk);
    return walk.result < 0 ? -1 : api_judge_parameters(&exchange->api);
}

static ApiCredentials credentials_of(HttpFacts *facts, struct MHD_Connection *connection,
                                     const char *method)
{
    return (ApiCredentials){
        .cookie =
            cookie(connection, facts->api->is_secure ? API_COOKIE_SECURE : API_COOKIE_LOOPBACK),
        .authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION),
        .csrf = header(connection, "Akashi-CSRF"),
        .changes = !is_read(method),
    };
}

static int find_route(ApiRequest *request, const char *path, const char *method)
{
    int r = api_route_find(slice_from_cstr(method), slice_from_cstr(path), &request->route,
                           &request->values);
    if (r == 0) return 0;
    if (r == -EOPNOTSUPP) {
        api_fail(request, 405, "api.method", "this path does not take that method",
                 "このパスではそのメソッドは使えません");
    } else {
        api_fail(request, 404, "api.path", "there is no such path; see api/openapi.yaml",
                 "そのパスはありません。api/openapi.yaml を見てください");
    }
    return -1;
}

/* -1: answered. */
static int judge_headers(HttpFacts *facts, HttpExchange *exchange,
                         struct MHD_Connection *connection, const char *method)
{
    ApiRequest *request = &exchange->api;
    const ApiCredentials credentials = credentials_of(facts, connection, method);
    if (find_route(request, exchange->path, method) < 0) return -1;
    exchange->body = buf_make(request->route->body_bytes_max);
    if (api_judge_who(request, &credentials) < 0) return -1;
    return judge_query(exchange, connection);
}

static enum MHD_Result answer(HttpFacts *facts, HttpExchange *exchange,
                              struct MHD_Connection *connection)
{
    return http_send_api(connection, &exchange->api, facts->api->is_secure);
}

static enum MHD_Result send_page(HttpFacts *facts, struct MHD_Connection *connection,
                                 const char *url, const char *method)
{
    bool is_secure = facts->api->is_secure;
    if (!is_read(method))
        return http_send_words(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n",
                               is_secure);
    const WebFile *file = facts->files ? web_files_find(facts->files, slice_from_cstr(url)) : NULL;
    if (file) return http_send_file(connection, file, is_secure);
    return http_send_words(connection, MHD_HTTP_NOT_FOUND,
                           "not found; the page is at /\nありません。画面は / です。\n", is_secure);
}

static bool is_api(const char *url)
{
    Slice path = slice_from_cstr(url);
    return slice_starts(path, SLICE("/api/")) || slice_eq(path, SLICE("/metrics"));
}

static Step judge(HttpFacts *facts, HttpExchange *exchange, struct MHD_Connection *connection,
                  const char *method)
{
    if (!facts->host_is_ours(facts->context, header(connection, MHD_HTTP_HEADER_HOST)))
        return STEP_MISDIRECTED;
    if (!is_api(exchange->path)) return STEP_PAGE;
    return judge_headers(facts, exchange, connection, method) < 0 ? STEP_ANSWER : STEP_HANDLE;
}

static bool has_body(struct MHD_Connection *connection)
{
    Slice length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING).len > 0 ||
           (length.len > 0 && !slice_eq(length, SLICE("0")));
}

static enum MHD_Result send_words(HttpFacts *facts, struct MHD_Connection *connection)
{
    return http_send_words(connection, MHD_HTTP_MISDIRECTED_REQUEST,
                           "this server answers to its own address only\n"
                           "このサーバーは自分のアドレスで開いたときだけ応答します。\n",
                           facts->api->is_secure);
}

static enum MHD_Result send_judged(HttpFacts *facts, HttpExchange *exchange,
                                   struct MHD_Connection *connection, const char *method)
{
    Step step = exchange->step;
    exchange->step = STEP_OVER;
    switch (step) {
    case STEP_MISDIRECTED: return send_words(facts, connection);
    case STEP_PAGE: return send_page(facts, connection, exchange->path, method);
    case STEP_ANSWER:
    case STEP_HANDLE: return answer(facts, exchange, connection);
    case STEP_HEADERS:
    case STEP_OVER: break;
    }
    return MHD_NO; /* the library does not call again; to be sure */
}

/* A body that nobody will read is refused at once, which ends the connection. Everything else is
 * answered when the request is whole: the library then keeps the connection for the next one. */
static enum MHD_Result take_headers(HttpFacts *facts, HttpExchange *exchange,
                                    struct MHD_Connection *connection, const char *method)
{
    begin(exchange, facts, connection);
    exchange->step = judge(facts, exchange, connection, method);
    if (exchange->step == STEP_HANDLE || !has_body(connection)) return MHD_YES;
    return send_judged(facts, exchange, connection, method);
}

/* ---- body and end ---------------------------------------------------------------------------- */

/* What is over the maximum is read and dropped: an answer can only be sent once the body has ended,
 * and the library bounds how long that may take. */
static void take_piece(HttpExchange *exchange, const char *upload, size_t bytes)
{
    if (exchange->api.route->body) {
        buf_add(&exchange->body, upload, bytes);
    } else {
        exchange->body.error = -EMSGSIZE;
    }
}

static void handle(HttpExchange *exchange, struct MHD_Connection *connection)
{
    ApiRequest *request = &exchange->api;
    if (buf_error(&exchange->body) == -ENOMEM) {
        api_fail_error(request, -ENOMEM);
    } else if (buf_error(&exchange->body)) {
        api_fail(request, 413, "api.body_large", "the body is larger than this path takes",
                 "本文がこのパスの上限を超えています");
    } else if (api_judge_body(request, header(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
                              buf_slice(&exchange->body)) == 0) {
        request->route->handle(request);
    }
}

enum MHD_Result http_exchange_step(HttpFacts *facts, struct MHD_Connection *connection,
                                   const char *method, const char *upload, size_t *upload_bytes,
                                   HttpExchange *exchange)
{
    if (!exchange) return MHD_NO;
    if (exchange->step == STEP_HEADERS) return take_headers(facts, exchange, connection, method);
    if (*upload_bytes > 0 && exchange->step == STEP_HANDLE) {
        take_piece(exchange, upload, *upload_bytes);
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (exchange->step == STEP_HANDLE) handle(exchange, connection);
    return send_judged(facts, exchange, connection, method);
}

bool http_exchange_is_whole(const HttpExchange *exchange, size_t upload_bytes)
{
    return exchange && exchange->step != STEP_HEADERS && upload_bytes == 0;
}

bool http_exchange_is_kept(const HttpExchange *exchange)
{
    return exchange && exchange->step == STEP_OVER && exchange->api.self.via != VIA_NONE;
}
