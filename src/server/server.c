/* See server.h: the listener, the library's callbacks, and what all requests share. */
#include "server/server.h"

#include "server/client_table.h"
#include "server/door/http_exchange.h"
#include "server/door/http_host.h"
#include "server/search_gate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* TLS 1.3 alone: every browser since 2020 has it, and it knows no renegotiation, which
 * libmicrohttpd could only answer by closing. Authenticated ciphers, forward secrecy (in GnuTLS's
 * words). */
#define TLS_PRIORITIES                                                                             \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:"                   \
    "+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:+AEAD:%SERVER_PRECEDENCE"

struct Server {
    ApiDoor door;
    ApiEngine engine;
    ApiTasks tasks;
    HttpFacts facts;
    SearchGate gate;
    ClientTable clients;
    WebFiles *files;
    struct MHD_Daemon *daemon;
    Arena arena; /* the texts of the options */
    const char *address, *machine;
    int port;
};

/* --- callbacks of the library ----------------------------------------------------------------- */

static bool host_is_ours(void *context, Slice host)
{
    const Server *server = context;
    return http_host_is_ours(host, server->address, server->machine, server->port);
}

static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    (void)context, (void)connection;
    return http_exchange_new(uri);
}

static Client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* A client is served while we work on its whole request, and until its answer has ended when it is
 * somebody who has signed in. So nobody can hold all places by sending or reading slowly without
 * signing in. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_bytes, void **state)
{
    Server *server = context;
    Client *client = client_of(connection);
    (void)url, (void)version;
    if (http_exchange_is_whole(*state, *upload_bytes))
        client_set_served(&server->clients, client, true);
    enum MHD_Result result =
        http_exchange_step(&server->facts, connection, method, upload, upload_bytes, *state);
    client_set_served(&server->clients, client, http_exchange_is_kept(*state));
    return result;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    Server *server = context;
    (void)code;
    client_set_served(&server->clients, client_of(connection), false);
    http_exchange_free(*state);
    *state = NULL;
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
    const Os *os = server->door.os;
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

static struct MHD_Daemon *start_daemon(Server *server, const ServerOptions *options, int fd)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->tls_certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->tls_key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    if (server->door.is_secure) flags |= MHD_USE_TLS;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVER_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SERVER_IDLE_SECONDS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_REQUEST_BYTES_MAX,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK, on_uri,
        server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_ARRAY, server->door.is_secure ? tls : none, MHD_OPTION_END);
}

static int start(Server *server, const ServerOptions *options, const SocketAddress *at)
{
    int fd = listen_at(server, at);
    if (fd < 0) return fd;
    /* The library owns the socket from here on, also when it does not start: the certificate is the
     * one thing of ours that it can refuse. */
    server->daemon = start_daemon(server, options, fd);
    if (server->daemon) return 0;
    return server->door.is_secure ? -EBADMSG : -ENOMEM;
}

static int keep_text(Server *server, const char *text, const char **ret)
{
    if (!text) {
        *ret = NULL;
        return 0;
    }
    size_t bytes = strlen(text) + 1;
    char *kept = arena_alloc(&server->arena, bytes);
    if (!kept) return -ENOMEM;
    memcpy(kept, text, bytes);
    *ret = kept;
    return 0;
}

static int settle(Server *server, const Os *os, const ServerOptions *options, Complaint *complaint)
{
    ApiDoor *door = &server->door;
    server->engine = options->engine;
    *door = (ApiDoor){.os = os,
                      .accounts = options->accounts,
                      .kek = options->kek,
                      .gate = &server->gate,
                      .search_memory_bytes_max = options->search_memory_bytes_max,
                      .language = options->language,
                      .zone_offset_seconds = options->zone_offset_seconds,
                      .version = options->version,
                      .engine = &server->engine,
                      .tasks = &server->tasks,
                      .is_secure = options->tls_certificate != NULL};
    int r = keep_text(server, options->address, &server->address);
    if (r == 0) r = keep_text(server, options->machine, &server->machine);
    if (r == 0) r = keep_text(server, options->store_folder, &door->folder);
    if (r == 0) r = keep_text(server, options->lookup_folder, &door->lookup_folder);
    if (r == 0) r = keep_text(server, options->zone_name, &door->zone_name);
    server->tasks.os = os;
    server->tasks.folder = door->folder;
    server->tasks.kek = options->kek;
    server->tasks.settings = options->engine.settings;
    server->tasks.config_path = options->engine.config_path;
    server->tasks.language = options->language;
    server->tasks.zone_offset_seconds = options->zone_offset_seconds;
    if (r == 0 && options->web_folder)
        r = web_files_open(os, options->web_folder, &server->files, complaint);
    server->facts = (HttpFacts){
        .api = door, .files = server->files, .host_is_ours = host_is_ours, .context = server};
    return r;
}

static void free_server(Server *server)
{
    api_tasks_done(&server->tasks);
    web_files_close(server->files);
    arena_done(&server->arena);
    free(server);
}

static int open_threads(Server *server, const ServerOptions *options, const SocketAddress *at)
{
    int r = search_gate_open(&server->gate);
    if (r < 0) return r;
    if (options->search_cache_bytes_max > 0)
        server->door.cache = search_cache_new(options->search_cache_bytes_max);
    client_table_init(&server->clients, server->door.os);
    r = start(server, options, at);
    if (r < 0) {
        client_table_done(&server->clients);
        search_gate_close(&server->gate);
        search_cache_free(server->door.cache);
    }
    return r;
}

static void complain_open(Complaint *complaint, const ServerOptions *options, int error)
{
    if (complaint->id) return;
    if (error == -EADDRINUSE) {
        complaint_say(complaint, "server.port_taken",
                      "port %d of %s is taken by another program (ss -ltnp shows which); choose "
                      "another port for the page with --http or listen.http_port",
                      "ポート%d（%s）は別のプログラムが使っています（ss -ltnp で分かります）。"
                      "--http か listen.http_port でページに別のポートを指定します",
                      options->port, options->address);
    } else if (error == -EACCES) {
        complaint_say(
            complaint, "server.port_low",
            "port %d of %s is one of those that only root and the installed service may "
            "open; start it by systemctl, or choose a port from 1024 on with --http",
            "ポート%d（%s）を開けるのは root とインストールしたサービスだけです。systemctl で起動"
            "するか、--http で1024以上のポートを指定します",
            options->port, options->address);
    } else if (error == -EBADMSG) {
        complaint_say(complaint, "server.certificate",
                      "the certificate of the page or its key cannot be used; both must be PEM "
                      "files that belong together",
                      "画面の証明書か鍵を使えません。対になったPEM形式のファイルが必要です");
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
    Server *server = calloc(1, sizeof *server);
    if (!server) return -ENOMEM;
    api_tasks_init(&server->tasks);
    int r = settle(server, os, options, complaint);
    if (r == 0) r = open_threads(server, options, &at);
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
    search_gate_shut(&server->gate);
    MHD_stop_daemon(server->daemon);
    search_gate_close(&server->gate);
    client_table_done(&server->clients);
    search_cache_free(server->door.cache);
    free_server(server);
}
