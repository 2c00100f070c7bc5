/* See server.h: the library's callbacks, who may ask, which path is whose, and the headers that
 * every answer carries. One thread a connection: a slow client or a long search holds up nobody
 * else. */
#include "server/server.h"

#include "server/client_table.h"
#include "server/web_request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/page_assets.inc"

#define URL_BYTES_MAX 256 /* of the path; all of ours are short */

struct Server {
    ServerFacts facts;
    ClientTable clients;
    struct MHD_Daemon *daemon;
    char *address;
    char *folder;
    int port;
};

/* --- answering -------------------------------------------------------------------------------- */

static const struct {
    const char *name, *value;
} fixed_headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
     "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
};

static void add_fixed_headers(struct MHD_Response *response, const char *type)
{
    for (size_t i = 0; i < ARRAY_COUNT(fixed_headers); i++) {
        MHD_add_response_header(response, fixed_headers[i].name, fixed_headers[i].value);
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
}

static void add_number_header(struct MHD_Response *response, const char *name, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    MHD_add_response_header(response, name, text);
}

static enum MHD_Result send_response(struct MHD_Connection *connection, unsigned status,
                                     struct MHD_Response *response)
{
    enum MHD_Result sent = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return sent;
}

/* A text that lives as long as the program. */
static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status,
                                 const char *type, const char *text)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_PERSISTENT);
    if (!response) return MHD_NO;
    add_fixed_headers(response, type);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    return send_response(connection, status, response);
}

/* Takes the body over. */
static enum MHD_Result send_answer(struct MHD_Connection *connection, WebAnswer *answer)
{
    if (buf_error(&answer->body)) {
        buf_done(&answer->body);
        return send_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8",
                         "out of memory\n");
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer->body.len, answer->body.ptr, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        buf_done(&answer->body);
        return MHD_NO;
    }
    add_fixed_headers(response, answer->type);
    if (answer->newest > 0) add_number_header(response, "Akashi-Newest", answer->newest);
    if (answer->stats.limited) MHD_add_response_header(response, "Akashi-Limited", "true");
    if (answer->stats.memory_met) MHD_add_response_header(response, "Akashi-Memory-Met", "true");
    if (answer->stats.damaged_blocks > 0) {
        add_number_header(response, "Akashi-Damaged-Blocks", answer->stats.damaged_blocks);
    }
    return send_response(connection, answer->status, response);
}

/* --- asking ----------------------------------------------------------------------------------- */

static Slice parameter(struct MHD_Connection *connection, const char *name)
{
    const char *value = NULL;
    size_t len = 0;
    MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, name, strlen(name), &value,
                                  &len);
    return slice_of(value, value ? len : 0);
}

typedef void (*Answerer)(WebRequest *request, WebAnswer *answer);

static enum MHD_Result answer_with(Server *server, struct MHD_Connection *connection,
                                   Answerer answerer, const char *rows_name)
{
    WebRequest request = {.facts = &server->facts, .arena = arena_make((size_t)16 << 20)};
    WebAnswer answer = {.body = buf_make(SERVER_API_BYTES_MAX)};
    request.given = (WebParameters){.q = parameter(connection, "q"),
                                    .from = parameter(connection, "from"),
                                    .to = parameter(connection, "to"),
                                    .rows = parameter(connection, rows_name),
                                    .lang = parameter(connection, "lang"),
                                    .after = parameter(connection, "after")};
    answerer(&request, &answer);
    arena_done(&request.arena);
    return send_answer(connection, &answer);
}

static const struct {
    const char *path;
    Answerer answerer;
    const char *rows_name;
} routes[] = {
    {"/", web_page_answer, "n"},
    {"/live", web_live_answer, "n"},
    {"/api/search", web_search_answer, "limit"},
    {"/api/status", web_status_answer, "limit"},
};

static const struct {
    const char *path, *type, *text;
} assets[] = {
    {"/page.css", "text/css; charset=utf-8", page_css},
    {"/page.js", "text/javascript; charset=utf-8", page_js},
};

static enum MHD_Result route(Server *server, struct MHD_Connection *connection, const char *path)
{
    for (size_t i = 0; i < ARRAY_COUNT(routes); i++) {
        if (strcmp(routes[i].path, path) != 0) continue;
        return answer_with(server, connection, routes[i].answerer, routes[i].rows_name);
    }
    for (size_t i = 0; i < ARRAY_COUNT(assets); i++) {
        if (strcmp(assets[i].path, path) != 0) continue;
        return send_text(connection, MHD_HTTP_OK, assets[i].type, assets[i].text);
    }
    return send_text(connection, MHD_HTTP_NOT_FOUND, "text/plain; charset=utf-8",
                     "not found; the page is at /\nありません。ページは / です。\n");
}

static bool has_body(struct MHD_Connection *connection)
{
    const char *length =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (length && strcmp(length, "0") != 0) return true;
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                       MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

static bool host_is_ours(const Server *server, struct MHD_Connection *connection)
{
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    return host && web_host_is_ours(slice_from_cstr(host), server->address, server->port);
}

/* What is refused before anything of it is looked at; 0: nothing is. */
static unsigned refusal(const Server *server, struct MHD_Connection *connection, const char *method)
{
    if (!host_is_ours(server, connection)) return MHD_HTTP_MISDIRECTED_REQUEST;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return MHD_HTTP_METHOD_NOT_ALLOWED;
    return has_body(connection) ? MHD_HTTP_CONTENT_TOO_LARGE : 0;
}

static const char *refusal_words(unsigned status)
{
    switch (status) {
    case MHD_HTTP_MISDIRECTED_REQUEST:
        return "this server answers to its own address only; open it as http://127.0.0.1:PORT/\n"
               "このサーバーは自分のアドレスで開いたときだけ応答します。\n";
    case MHD_HTTP_METHOD_NOT_ALLOWED: return "only GET and HEAD\n";
    default: return "a request here has no body\n";
    }
}

static Client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* Called by the library once for the headers and once more when the request is whole. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_bytes, void **state)
{
    static const char headers_seen;
    Server *server = context;
    (void)version, (void)upload;
    if (!*state) {
        *state = (void *)&headers_seen;
        unsigned status = refusal(server, connection, method);
        if (status == 0) return MHD_YES;
        return send_text(connection, status, "text/plain; charset=utf-8", refusal_words(status));
    }
    if (*upload_bytes > 0) return MHD_NO;
    if (strnlen(url, URL_BYTES_MAX) == URL_BYTES_MAX) url = "";
    client_set_served(&server->clients, client_of(connection), true);
    enum MHD_Result result = route(server, connection, url);
    client_set_served(&server->clients, client_of(connection), false);
    return result;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    Server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_context = info ? client_came(&server->clients, info->connect_fd) : NULL;
    } else {
        client_left(&server->clients, *socket_context);
    }
}

/* --- opening and closing ---------------------------------------------------------------------- */

typedef union SocketAddress {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} SocketAddress;

static int read_address(const char *address, int port, SocketAddress *ret)
{
    SocketAddress found = {0};
    if (port < 0 || port > 65535) return -EINVAL;
    if (inet_pton(AF_INET, address, &found.v4.sin_addr) == 1) {
        found.v4.sin_family = AF_INET;
        found.v4.sin_port = htons((uint16_t)port);
    } else if (inet_pton(AF_INET6, address, &found.v6.sin6_addr) == 1) {
        found.v6.sin6_family = AF_INET6;
        found.v6.sin6_port = htons((uint16_t)port);
    } else {
        return -EINVAL;
    }
    *ret = found;
    return 0;
}

static socklen_t address_bytes(const SocketAddress *at)
{
    return at->any.sa_family == AF_INET6 ? sizeof at->v6 : sizeof at->v4;
}

/* The listening socket is made here, through the Os, so that the port is known before the first
 * request can come and a failure is the system's own. */
static int listen_at(Server *server, const SocketAddress *at)
{
    const Os *os = server->facts.os;
    int fd = os->socket(os->state, at->any.sa_family, SOCK_STREAM);
    if (fd < 0) return fd;
    int r = os->set_option(os->state, fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (r >= 0 && at->any.sa_family == AF_INET6) {
        r = os->set_option(os->state, fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    }
    if (r >= 0) r = os->bind(os->state, fd, &at->any, address_bytes(at));
    if (r >= 0) r = os->listen(os->state, fd, SERVER_CONNECTIONS_MAX);
    if (r >= 0) r = server->port = os->local_port(os->state, fd);
    if (r < 0) {
        os->close(os->state, fd);
        return r;
    }
    return fd;
}

static int start(Server *server, const SocketAddress *at)
{
    int fd = listen_at(server, at);
    if (fd < 0) return fd;
    /* The library owns the socket from here on, also when it does not start. */
    server->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0, NULL,
        NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)SERVER_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)SERVER_IDLE_SECONDS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)SERVER_REQUEST_BYTES_MAX, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    return server->daemon ? 0 : -ENOMEM;
}

static Server *new_server(const Os *os, const ServerOptions *options)
{
    Server *server = calloc(1, sizeof *server);
    if (!server) return NULL;
    server->facts = (ServerFacts){.os = os, .options = *options};
    server->address = strdup(options->address);
    server->folder = strdup(options->store_folder);
    server->facts.options.address = server->address;
    server->facts.options.store_folder = server->folder;
    return server;
}

static void free_server(Server *server)
{
    free(server->address);
    free(server->folder);
    free(server);
}

static int open_threads(Server *server, const SocketAddress *at)
{
    if (!server->address || !server->folder) return -ENOMEM;
    int r = search_gate_open(&server->facts.gate);
    if (r < 0) return r;
    size_t cache_bytes = server->facts.options.search_cache_bytes_max;
    if (cache_bytes > 0) server->facts.cache = search_cache_new(cache_bytes);
    client_table_init(&server->clients, server->facts.os);
    r = start(server, at);
    if (r < 0) {
        client_table_done(&server->clients);
        search_gate_close(&server->facts.gate);
        search_cache_free(server->facts.cache);
    }
    return r;
}

static void complain_open(Complaint *complaint, const ServerOptions *options, int error)
{
    if (error == -EADDRINUSE) {
        complaint_say(
            complaint, "server.port_taken",
            "port %d of %s is taken by another program; choose another port for the page",
            "ポート%d（%s）は別のプログラムが使っています。ページには別のポートを指定します",
            options->port, options->address);
    } else {
        complaint_say(complaint, "server.listen", "the page cannot listen on port %d of %s: %s",
                      "ポート%d（%s）でページを開けません: %s", options->port, options->address,
                      strerrordesc_np(-error));
    }
}

int server_open(const Os *os, const ServerOptions *options, Server **ret, Complaint *complaint)
{
    SocketAddress at;
    if (read_address(options->address, options->port, &at) < 0) {
        complaint_say(complaint, "server.address",
                      "\"%.60s\" port %d is no address to listen on; write for instance 127.0.0.1",
                      "「%.60s」ポート%dでは待ち受けできません。127.0.0.1 のように書きます",
                      options->address, options->port);
        return -EINVAL;
    }
    Server *server = new_server(os, options);
    if (!server) return -ENOMEM;
    int r = open_threads(server, &at);
    if (r < 0) {
        complain_open(complaint, options, r);
        free_server(server);
        return r;
    }
    *ret = server;
    return 0;
}

int server_port(const Server *server)
{
    return server->port;
}

void server_close(Server *server)
{
    if (!server) return;
    search_gate_shut(&server->facts.gate);
    MHD_stop_daemon(server->daemon);
    search_gate_close(&server->facts.gate);
    client_table_done(&server->clients);
    search_cache_free(server->facts.cache);
    free_server(server);
}
