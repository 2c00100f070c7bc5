/* server/server.h in this process, asked over real loopback connections; its gate, its Host rule
 * and the page's files. What the API answers: api_test.c and tests/e2e/web_api_test.py. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "base/check.h"
#include "server/door/http_host.h"
#include "server/page/web_files.h"
#include "server/search_gate.h"
#include "server/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* --- a page in a folder, and a server over it --------------------------------------------------
 */

typedef struct Place {
    char folder[300], web[320];
    Server *server;
} Place;

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void place_make(Place *place, const char *name)
{
    char assets[340];
    *place = (Place){0};
    snprintf(place->folder, sizeof place->folder, "%s/%s", tap_temporary_folder(), name);
    snprintf(place->web, sizeof place->web, "%s/web", place->folder);
    snprintf(assets, sizeof assets, "%s/assets", place->web);
    CHECK(mkdir(place->folder, 0700) == 0 && mkdir(place->web, 0700) == 0 &&
          mkdir(assets, 0700) == 0);
    write_text(place->web, "index.html", "<!doctype html><title>page</title>");
    write_text(
        assets, "main-0a1b.js",
        "console.log('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');");
}

static void place_open(Place *place, const char *name)
{
    place_make(place, name);
    const ServerOptions options = {.address = "127.0.0.1",
                                   .store_folder = place->folder,
                                   .web_folder = place->web,
                                   .kek = kit_kek(),
                                   .version = "0"};
    Complaint complaint = {0};
    int r = server_open(&os_real, &options, &place->server, &complaint);
    if (r < 0) tap_note("%s", complaint.en);
    CHECK(r == 0);
}

static void place_close(Place *place)
{
    server_close(place->server);
}

/* --- asking ----------------------------------------------------------------------------------- */

static int connect_to(const Place *place)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)server_port(place->server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) return fd;
    close(fd);
    return -1;
}

static void send_all(int fd, Slice text)
{
    while (text.len > 0) {
        ssize_t sent = send(fd, text.ptr, text.len, MSG_NOSIGNAL);
        if (sent <= 0) return;
        text = slice_skip(text, (size_t)sent);
    }
}

/* Sends the bytes and reads until the server closes. *to begins with the status line. */
static void exchange(const Place *place, Slice request, Buf *to)
{
    buf_clear(to);
    int fd = connect_to(place);
    if (fd < 0) return;
    send_all(fd, request);
    for (;;) {
        char *room = buf_reserve(to, 65536);
        ssize_t got = room ? recv(fd, room, 65536, 0) : -1;
        if (got <= 0) break;
        to->len += (size_t)got;
    }
    close(fd);
}

static int status_of(Slice answer)
{
    return answer.len > 12 && slice_starts(answer, SLICE("HTTP/1.")) ? atoi(answer.ptr + 9) : 0;
}

static int ask_as(const Place *place, const char *method, const char *path, const char *headers,
                  Buf *to)
{
    CLEANUP(buf_done) Buf request = {0};
    buf_add_format(&request, "%s %s HTTP/1.1\r\n%sConnection: close\r\n\r\n", method, path,
                   headers);
    exchange(place, buf_slice(&request), to);
    return status_of(buf_slice(to));
}

static int ask(const Place *place, const char *path, Buf *to)
{
    char host[64];
    snprintf(host, sizeof host, "Host: 127.0.0.1:%d\r\n", server_port(place->server));
    return ask_as(place, "GET", path, host, to);
}

static bool has(const Buf *answer, const char *text)
{
    return slice_find(buf_slice(answer), slice_from_cstr(text)) != SLICE_NOT_FOUND;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void foreign_hosts_methods_and_paths_are_refused(void)
{
    static const char *const foreign[] = {"Host: evil.example.com\r\n",
                                          "Host: 127.0.0.1:1\r\n",
                                          "",
                                          "Host: 192.0.2.1\r\n",
                                          "Host: localhost.example.com\r\n",
                                          "Host: 127.0.0.1:x\r\n",
                                          "Host: \r\n"};
    Place place;
    place_open(&place, "refused");
    CLEANUP(buf_done) Buf got = {0};
    for (size_t i = 0; i < ARRAY_COUNT(foreign); i++) {
        int status = ask_as(&place, "GET", "/", foreign[i], &got);
        if (status != 421 && status != 400)
            tap_fail(__FILE__, __LINE__, "%s: %d", foreign[i], status);
        expect(!has(&got, "title>page"));
    }
    expect_int(ask_as(&place, "GET", "/", "Host: localhost\r\n", &got), 200);
    expect_int(ask_as(&place, "POST", "/", "Host: localhost\r\nContent-Length: 0\r\n", &got), 405);
    expect_int(ask(&place, "/api/v1/nothing", &got), 404);
    expect_int(ask(&place, "/api/v1/home", &got), 401);
    expect(has(&got, "account.nobody") && has(&got, "WWW-Authenticate: Bearer"));
    expect_int(ask_as(&place, "DELETE", "/api/v1/home", "Host: localhost\r\n", &got), 405);
    expect_int(ask_as(&place, "HEAD", "/api/v1/health", "Host: localhost\r\n", &got), 200);
    expect(has(&got, "Content-Length: ") && !has(&got, "\"state\""));
    expect_int(ask(&place, "/api/v1/health", &got), 200);
    expect(has(&got, "\"state\":\"ok\"") && has(&got, "Cache-Control: no-store"));
    expect_int(ask(&place, "/api/v1/health?x=1", &got), 400);
    place_close(&place);
}

static void the_page_is_served_from_memory(void)
{
    Place place;
    place_open(&place, "page");
    CLEANUP(buf_done) Buf got = {0};
    expect_int(ask(&place, "/", &got), 200);
    expect(has(&got, "<title>page</title>") && has(&got, "Cache-Control: no-cache"));
    expect(has(&got, "frame-ancestors 'none'") && !has(&got, "Strict-Transport-Security"));
    expect_int(ask(&place, "/search?q=x", &got), 200);
    expect(has(&got, "<title>page</title>"));
    expect_int(ask(&place, "/../../etc/passwd", &got), 200); /* no path of the system: the page */
    expect(has(&got, "<title>page</title>"));
    expect_int(ask(&place, "/assets/main-0a1b.js", &got), 200);
    expect(has(&got, "immutable") && has(&got, "text/javascript") && has(&got, "console.log"));
    expect_int(ask(&place, "/assets/main-ffff.js", &got), 404);
    expect_int(ask_as(&place, "GET", "/assets/main-0a1b.js",
                      "Host: localhost\r\nAccept-Encoding: gzip\r\n", &got),
               200);
    expect(has(&got, "Content-Encoding: gzip") && !has(&got, "console.log"));
    expect_int(ask_as(&place, "GET", "/", "Host: localhost\r\nAccept-Encoding: gzip\r\n", &got),
               200);
    expect(!has(&got, "Content-Encoding"));
    place_close(&place);
}

static void a_file_that_is_known_is_not_sent_again(void)
{
    Place place;
    WebFiles *files = NULL;
    Complaint complaint = {0};
    char headers[128];
    place_open(&place, "known");
    CLEANUP(buf_done) Buf got = {0};
    if (!expect_ok(web_files_open(&os_real, place.web, &files, &complaint))) return;
    const WebFile *file = web_files_find(files, SLICE("/"));
    expect(file && file == web_files_find(files, SLICE("/index.html")));
    snprintf(headers, sizeof headers, "Host: localhost\r\nIf-None-Match: %s\r\n", file->etag);
    expect_int(ask_as(&place, "GET", "/", headers, &got), 304);
    expect(!has(&got, "title>page"));
    web_files_close(files);
    files = NULL;
    expect_int(web_files_open(&os_real, "/nowhere/at/all", &files, &complaint), -ENOENT);
    expect(!files && complaint.id);
    place_close(&place);
}

static void large_requests_are_refused(void)
{
    Place place;
    place_open(&place, "large");
    CLEANUP(buf_done) Buf path = {0};
    CLEANUP(buf_done) Buf got = {0};
    buf_add_cstr(&path, "/?q=");
    for (size_t i = 0; i < SERVER_REQUEST_BYTES_MAX; i++)
        buf_add_char(&path, 'a');
    buf_add_char(&path, '\0');
    int status = ask(&place, path.ptr, &got);
    expect(status == 414 || status == 431 || status == 413);
    expect_int(ask(&place, "/", &got), 200);
    place_close(&place);
}

/* Clients that begin a request and never end it take all places; the next one is served all the
 * same. */
static void silent_clients_lose_their_places(void)
{
    Place place;
    int held[SERVER_CONNECTIONS_MAX + 8];
    place_open(&place, "silent");
    for (size_t i = 0; i < ARRAY_COUNT(held); i++) {
        held[i] = connect_to(&place);
        if (held[i] >= 0) send_all(held[i], SLICE("GET / HTTP/1.1\r\nHost: loc"));
    }
    CLEANUP(buf_done) Buf got = {0};
    int tries = 0, served = 0;
    while (ask(&place, "/", &got) != 200 && ++tries < 50) {
        usleep(100000); /* their threads need a moment to see that they have lost their places */
    }
    for (int i = 0; i < 20; i++) {
        served += ask(&place, "/", &got) == 200;
    }
    expect_int(served, 20);
    tap_note("%d of 20 served beside %zu silent clients, after %d tries", served, ARRAY_COUNT(held),
             tries);
    for (size_t i = 0; i < ARRAY_COUNT(held); i++) {
        if (held[i] >= 0) close(held[i]);
    }
    place_close(&place);
}

static void *enter_gate(void *context)
{
    return search_gate_enter(context);
}

static void the_gate_gives_turns_and_ends_them(void)
{
    SearchGate gate;
    SearchTurn *turns[SERVER_SEARCHES_MAX];
    pthread_t waiter;
    void *got;
    if (!expect_ok(search_gate_open(&gate))) return;
    for (size_t i = 0; i < SERVER_SEARCHES_MAX; i++) {
        turns[i] = search_gate_enter(&gate);
        expect(turns[i] && !atomic_load(&turns[i]->cancel));
    }
    CHECK(pthread_create(&waiter, NULL, enter_gate, &gate) == 0);
    usleep(50000);
    search_gate_leave(&gate, turns[1]);
    pthread_join(waiter, &got);
    expect(got == turns[1]);
    pthread_mutex_lock(&gate.lock);
    turns[0]->deadline_ns = 0;
    pthread_cond_signal(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    for (int i = 0; i < 100 && !atomic_load(&turns[0]->cancel); i++) {
        usleep(10000);
    }
    expect(atomic_load(&turns[0]->cancel) && !atomic_load(&turns[2]->cancel));
    CHECK(pthread_create(&waiter, NULL, enter_gate, &gate) == 0);
    usleep(50000);
    search_gate_shut(&gate);
    pthread_join(waiter, &got);
    expect(got == NULL && atomic_load(&turns[2]->cancel));
    search_gate_close(&gate);
}

/* --- the parts -------------------------------------------------------------------------------- */

static void hosts_are_judged(void)
{
    static const struct {
        const char *host, *address;
        bool ours;
    } cases[] = {
        {"127.0.0.1:80", "127.0.0.1", true},
        {"localhost", "127.0.0.1", true},
        {"LOCALHOST:80", "127.0.0.1", true},
        {"[::1]:80", "::1", true},
        {"[::1]", "127.0.0.1", true},
        {"192.0.2.5:80", "192.0.2.5", true},
        {"192.0.2.6:80", "192.0.2.5", false},
        {"192.0.2.5:81", "192.0.2.5", false},
        {"[2001:db8::5]:80", "2001:db8:0::5", true},
        {"2001:db8::5", "2001:db8::5", false},
        {"198.51.100.1", "0.0.0.0", true},
        {"[2001:db8::1]", "::", true},
        {"example.com", "0.0.0.0", false},
        {"127.0.0.1.example.com", "127.0.0.1", false},
        {"", "127.0.0.1", false},
        {":80", "127.0.0.1", false},
        {"127.0.0.1:", "127.0.0.1", false},
        {"akashi1:80", "192.0.2.5", true},
        {"Akashi1.example.com", "0.0.0.0", true},
        {"akashi1x.example.com", "192.0.2.5", false},
        {"localhost:80:80", "127.0.0.1", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        bool got =
            http_host_is_ours(slice_from_cstr(cases[i].host), cases[i].address, "akashi1", 80);
        if (got != cases[i].ours) {
            tap_fail(__FILE__, __LINE__, "%s at %s: got %d", cases[i].host, cases[i].address, got);
        }
    }
}

static void a_taken_port_is_told(void)
{
    Place place;
    place_open(&place, "taken");
    ServerOptions options = {
        .address = "127.0.0.1", .port = server_port(place.server), .store_folder = "x"};
    Complaint complaint = {0};
    Server *second = NULL;
    expect_int(server_open(&os_real, &options, &second, &complaint), -EADDRINUSE);
    expect(second == NULL && strstr(complaint.en, "taken by another program"));
    options.address = "localhost";
    expect_int(server_open(&os_real, &options, &second, &complaint), -EINVAL);
    expect(second == NULL && strcmp(complaint.id, "server.address") == 0);
    server_close(NULL);
    place_close(&place);
}

static const TapTest tests[] = {
    TAP_TEST(foreign_hosts_methods_and_paths_are_refused),
    TAP_TEST(the_page_is_served_from_memory),
    TAP_TEST(a_file_that_is_known_is_not_sent_again),
    TAP_TEST(large_requests_are_refused),
    TAP_TEST(silent_clients_lose_their_places),
    TAP_TEST(the_gate_gives_turns_and_ends_them),
    TAP_TEST(hosts_are_judged),
    TAP_TEST(a_taken_port_is_told),
};
TAP_MAIN(tests)
