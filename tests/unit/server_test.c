/* server/server.h in this process, asked over real loopback connections. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "base/check.h"
#include "base/time_text.h"
#include "server/html_text.h"
#include "server/page_row.h"
#include "server/page_words.h"
#include "server/search_gate.h"
#include "server/server.h"
#include "server/web_request.h"
#include "store/store.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const QueryOptions asked_at = {.now_ns =
                                          1795190400000000000}; /* 2026-11-20T16:00Z, a Friday */

/* --- a store with logs, and a server over it -------------------------------------------------- */

typedef struct Place {
    char folder[300];
    Server *server;
    Store *store;
    int rows; /* stored so far */
} Place;

static const Field sample_fields[] = {
    {SLICE_INIT("message"), SLICE_INIT("<img src=x onerror=alert(1)>"), FIELD_TEXT},
    {SLICE_INIT("\"><script>alert(2)</script>"), SLICE_INIT("name of an attacker"), FIELD_TEXT},
};

static void store_rows(Place *place, int count)
{
    StoreTally tally = {0};
    for (int i = 0; i < count; i++, place->rows++) {
        char raw[200];
        snprintf(raw, sizeof raw,
                 "<13>line %d </pre><script>alert('raw')</script> 認証に失敗しました", place->rows);
        Row row = {
            .origin = SLICE("syslog/udp 192.0.2.7"),
            .event = {.raw = slice_from_cstr(raw), .fields = sample_fields, .field_count = 2},
            .record = {.verb = VERB_LOGON_FAIL,
                       .outcome = OUTCOME_FAILURE,
                       .count = 1,
                       .end_ns = TIME_UNKNOWN}};
        CHECK(time_parse_rfc3339(SLICE("2026-11-20T00:00:00Z"), 0, &row.record.time_ns) == 0);
        row.record.time_ns += place->rows * NS_PER_SECOND;
        row.record.ingested_ns = row.record.time_ns;
        row.record.text[RECORD_USER_NAME] =
            place->rows % 2 ? SLICE("<b>tanaka</b>") : SLICE("su\"zuki' onload=\"x");
        row.record.text[RECORD_SOURCE_IP] = SLICE("192.0.2.7");
        row.record.text[RECORD_HOST_NAME] = SLICE("\xe2\x80\xaehost\x1b[31m");
        CHECK(store_append(place->store, &row, 1, &tally) == 0);
    }
    CHECK(store_commit(place->store) == 0);
}

static size_t sample_counters(void *context, ServerCounter *to, size_t count_max)
{
    (void)context;
    CHECK(count_max > 0);
    to[0] = (ServerCounter){"events_decoded", 42};
    return 1;
}

static void place_open(Place *place, const char *name, int rows)
{
    *place = (Place){0};
    snprintf(place->folder, sizeof place->folder, "%s/%s", tap_temporary_folder(), name);
    if (rows >= 0) {
        CHECK(store_open(&os_real, place->folder, &(StoreOptions){.kek = kit_kek()}, &place->store,
                         NULL) == 0);
        store_rows(place, rows);
    }
    const ServerOptions options = {.address = "127.0.0.1",
                                   .store_folder = place->folder,
                                   .kek = kit_kek(),
                                   .language = LANGUAGE_JA,
                                   .zone_offset_seconds = 9 * 3600,
                                   .syslog_port = 5514,
                                   .counters = sample_counters};
    Complaint complaint = {0};
    int r = server_open(&os_real, &options, &place->server, &complaint);
    if (r < 0) tap_note("%s", complaint.en);
    CHECK(r == 0);
}

static void place_close(Place *place)
{
    server_close(place->server);
    store_close(place->store);
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

static size_t count_of(const Buf *answer, const char *text)
{
    size_t count = 0;
    Slice rest = buf_slice(answer), needle = slice_from_cstr(text);
    for (size_t at; (at = slice_find(rest, needle)) != SLICE_NOT_FOUND; count++) {
        rest = slice_skip(rest, at + needle.len);
    }
    return count;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void the_page_shows_records_and_no_value_acts(void)
{
    Place place;
    place_open(&place, "page", 5);
    CLEANUP(buf_done) Buf got = {0};
    expect_int(ask(&place, "/", &got), 200);
    expect_int(count_of(&got, "<details class=\"row\">"), 5);
    expect(has(&got, "<html lang=\"ja\">") && has(&got, "2026-11-20 09:00:04"));
    expect(has(&got, "&lt;b&gt;tanaka&lt;/b&gt;") && !has(&got, "<b>tanaka"));
    expect(has(&got, "su&quot;zuki&#39; onload=&quot;x") && !has(&got, "onload=\"x"));
    expect(has(&got, "&lt;img src=x onerror") && !has(&got, "<img"));
    expect(!has(&got, "<script>") && count_of(&got, "<script") == 1);
    expect(!has(&got, "\x1b") && !has(&got, "\xe2\x80\xae") && has(&got, "\xef\xbf\xbdhost"));
    expect(has(&got, "Content-Security-Policy: default-src 'none';"));
    expect(has(&got, "X-Content-Type-Options: nosniff") &&
           has(&got, "Referrer-Policy: no-referrer"));
    expect(has(&got, "Cache-Control: no-store") &&
           has(&got, "Content-Type: text/html; charset=utf-8"));
    expect(!has(&got, " style=") && !has(&got, " onclick"));
    expect_int(ask(&place, "/?lang=en&n=2", &got), 200);
    expect(has(&got, "<html lang=\"en\">") && has(&got, "(there are more)"));
    expect_int(count_of(&got, "<details"), 2);
    expect_int(ask(&place, "/?q=%22%3E%3Cscript%3Ealert(3)%3C%2Fscript%3E", &got), 400);
    expect(!has(&got, "<script>") && has(&got, "&lt;script&gt;alert(3)"));
    place_close(&place);
}

static void japanese_is_found_and_values_are_links(void)
{
    Place place;
    place_open(&place, "japanese", 4);
    CLEANUP(buf_done) Buf got = {0};
    expect_int(ask(&place, "/?q=%E8%AA%8D%E8%A8%BC", &got), 200); /* 認証 */
    expect_int(count_of(&got, "<details"), 4);
    /* 操作：ログオン失敗 with full-width colon, ideographic blank, tanaka */
    expect_int(ask(&place,
                   "/?q=%E6%93%8D%E4%BD%9C%EF%BC%9A%E3%83%AD%E3%82%B0%E3%82%AA%E3%83%B3%E5%A4%B1%"
                   "E6%95%97%E3%80%80tanaka",
                   &got),
               200);
    expect_int(count_of(&got, "<details"), 2);
    expect(has(&got,
               "/?q=%28"
               "%E6%93%8D%E4%BD%9C%EF%BC%9A%E3%83%AD%E3%82%B0%E3%82%AA%E3%83%B3%E5%A4%B1%E6%95%97"
               "%E3%80%80tanaka%29%20NOT%20%22source.ip%22%3A%22192.0.2.7%22&amp;lang=ja"));
    expect_int(ask(&place, "/?q=%22source.ip%22%3A%22192.0.2.7%22%20line&lang=ja", &got), 200);
    expect_int(count_of(&got, "<details"), 4);
    expect_int(ask(&place, "/?q=nothinglikethis", &got), 200);
    expect(has(&got, "見つかりませんでした") && !has(&got, "期間を外して"));
    expect_int(ask(&place, "/?to=2026-11-19T10:00", &got), 200);
    expect(has(&got, "見つかりませんでした") && has(&got, "期間を外して") &&
           !has(&got, "data-live"));
    expect_int(ask(&place, "/?from=2026-11-20T09:00&to=2026-11-20T09:00", &got), 200);
    expect_int(count_of(&got, "<details"), 4);
    expect_int(ask(&place, "/?from=2026-11-20&to=2026-11-20&n=7", &got), 200);
    expect(has(&got, "name=\"from\" value=\"2026-11-20T00:00\"") &&
           has(&got, "value=\"2026-11-20T23:59\""));
    expect(has(&got, "<option selected>7</option>"));
    expect(has(&got, "&amp;lang=ja&amp;from=2026-11-20&amp;to=2026-11-20\""));
    expect_int(ask(&place, "/?from=yesterday", &got), 400);
    expect(has(&got, "「yesterday」は日時として読めません"));
    place_close(&place);
}

static void stats_show_a_table(void)
{
    Place place;
    place_open(&place, "stats", 1200);
    CLEANUP(buf_done) Buf got = {0};
    expect_int(ask(&place, "/?q=tanaka%20%7C%20stats%20count()%20by%20user,action&lang=ja", &got),
               200);
    expect(has(&got, "<th scope=\"col\">ユーザー</th>") &&
           has(&got, "<th class=\"number\" scope=\"col\">回数</th>"));
    expect(has(&got, "<td><bdi>ログオン失敗</bdi>") && has(&got, "<td class=\"number\">600</td>"));
    expect(has(&got, "/?q=tanaka%20%22user.name%22%3A%22%3Cb%3Etanaka%3C%2Fb%3E%22&amp;lang=ja"));
    expect_int(ask(&place, "/?q=%7C%20stats%20count()", &got), 200);
    expect(has(&got, "<td class=\"number\">1,200</td>"));
    expect_int(ask(&place, "/?n=99999", &got), 200);
    expect_int(count_of(&got, "<details"), SERVER_PAGE_ROWS_MAX);
    expect(has(&got, "保存されている記録 1,200"));
    place_close(&place);
}

static void bad_queries_are_told_with_their_place(void)
{
    Place place;
    place_open(&place, "bad", 1);
    CLEANUP(buf_done) Buf got = {0};
    expect_int(ask(&place, "/?q=%E8%AA%8D%E8%A8%BC%20%22abc", &got), 400);
    expect(has(&got, "4文字目: ここで始まる引用符"));
    expect(has(&got, "<pre>認証 <mark>&quot;</mark>abc</pre>"));
    expect_int(ask(&place, "/api/search?q=a%20%7C%20hed%205&lang=en", &got), 400);
    expect(has(&got, "Content-Type: application/json"));
    expect(has(&got, "{\"error\":\"there is no pipe \\\"hed\\\"; did you mean head?\","
                     "\"id\":\"query.unknown_pipe\",\"column\":5}"));
    expect_int(ask(&place, "/api/search?from=x", &got), 400);
    expect(has(&got, "\"id\":\"page.time\"}"));
    place_close(&place);
}

static void the_api_answers_in_json(void)
{
    Place place;
    place_open(&place, "api", 6);
    CLEANUP(buf_done) Buf got = {0};
    expect_int(ask(&place, "/api/search?q=tanaka&limit=2", &got), 200);
    expect(has(&got, "Content-Type: application/x-ndjson") && has(&got, "Akashi-Limited: true"));
    expect_int(count_of(&got, "\n{\"@timestamp\":"), 2);
    expect(has(&got, "\"event.action\":\"LOGON_FAIL\"") &&
           has(&got, "\"user.name\":\"<b>tanaka</b>\""));
    expect_int(ask(&place, "/api/search?q=%7C%20top%20user", &got), 200);
    expect(has(&got, "{\"user.name\":\"<b>tanaka</b>\",\"count\":3}\n"));
    expect_int(ask(&place, "/api/search?from=2026-11-20T00:00:02Z&to=2026-11-20T00:00:04Z", &got),
               200);
    expect_int(count_of(&got, "\"@timestamp\""), 2);
    expect_int(ask(&place, "/api/status", &got), 200);
    expect(has(&got, "{\"state\":\"ok\",\"rows\":6,") &&
           has(&got, "\"counters\":{\"events_decoded\":42}}"));
    place_close(&place);
}

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
    place_open(&place, "refused", 1);
    CLEANUP(buf_done) Buf got = {0};
    for (size_t i = 0; i < ARRAY_COUNT(foreign); i++) {
        int status = ask_as(&place, "GET", "/", foreign[i], &got);
        if (status != 421 && status != 400)
            tap_fail(__FILE__, __LINE__, "%s: %d", foreign[i], status);
        expect(!has(&got, "tanaka"));
    }
    expect_int(ask_as(&place, "GET", "/", "Host: localhost\r\n", &got), 200);
    expect_int(ask_as(&place, "POST", "/", "Host: localhost\r\nContent-Length: 0\r\n", &got), 405);
    expect(has(&got, "Allow: GET, HEAD"));
    expect_int(ask_as(&place, "DELETE", "/api/search", "Host: localhost\r\n", &got), 405);
    expect_int(ask_as(&place, "GET", "/", "Host: localhost\r\nContent-Length: 5\r\n", &got), 413);
    expect_int(
        ask_as(&place, "GET", "/", "Host: localhost\r\nTransfer-Encoding: chunked\r\n", &got), 413);
    expect_int(ask(&place, "/nothing", &got), 404);
    expect_int(ask(&place, "/../../etc/passwd", &got), 404);
    expect_int(ask(&place, "/page.css", &got), 200);
    expect(has(&got, "Content-Type: text/css") && has(&got, "prefers-color-scheme: dark"));
    expect_int(ask(&place, "/page.js", &got), 200);
    expect(has(&got, "insertAdjacentHTML"));
    expect_int(ask_as(&place, "HEAD", "/", "Host: localhost\r\n", &got), 200);
    expect(has(&got, "Content-Length: ") && !has(&got, "<html"));
    place_close(&place);
}

static void large_requests_are_refused(void)
{
    Place place;
    place_open(&place, "large", 1);
    CLEANUP(buf_done) Buf path = {0};
    CLEANUP(buf_done) Buf got = {0};
    buf_add_cstr(&path, "/?q=");
    for (int i = 0; i < QUERY_BYTES_MAX + 1; i++) {
        buf_add_char(&path, 'a');
    }
    buf_add_char(&path, '\0');
    expect_int(ask(&place, path.ptr, &got), 400);
    expect(has(&got, "検索文は16384バイトまでです"));
    buf_clear(&path);
    buf_add_cstr(&path, "/?q=");
    for (size_t i = 0; i < SERVER_REQUEST_BYTES_MAX; i++) {
        buf_add_char(&path, 'a');
    }
    buf_add_char(&path, '\0');
    int status = ask(&place, path.ptr, &got);
    expect(status == 414 || status == 431 || status == 413);
    expect_int(ask(&place, "/", &got), 200);
    place_close(&place);
}

static void an_empty_store_says_what_to_do(void)
{
    Place place;
    CLEANUP(buf_done) Buf got = {0};
    place_open(&place, "absent", -1);
    expect_int(ask(&place, "/", &got), 200);
    expect(has(&got, "まだログがありません"));
    expect(has(&got, "logger -n 127.0.0.1 -P 5514 &quot;") ||
           has(&got, "logger -n 127.0.0.1 -P 5514 \""));
    expect(has(&got, "akashi import --data "));
    expect_int(ask(&place, "/api/search", &got), 200);
    expect(has(&got, "Content-Length: 0\r\n"));
    expect_int(ask(&place, "/api/status", &got), 200);
    expect(has(&got, "{\"state\":\"empty\",\"rows\":0,"));
    place_close(&place);
    place_open(&place, "empty", 0);
    expect_int(ask(&place, "/", &got), 200);
    expect(has(&got, "まだログがありません"));
    place_close(&place);
}

static void live_gives_newer_rows_only(void)
{
    Place place;
    place_open(&place, "live", 3);
    CLEANUP(buf_done) Buf got = {0};
    expect_int(ask(&place, "/?q=line", &got), 200);
    expect(has(&got, "data-newest=\"3\" data-live=\"/live?lang=ja&amp;q=line\""));
    expect_int(ask(&place, "/live?q=line&after=3", &got), 204);
    store_rows(&place, 2);
    expect_int(ask(&place, "/live?q=line&after=3", &got), 200);
    expect(has(&got, "Akashi-Newest: 5\r\n") && !has(&got, "<html"));
    expect_int(count_of(&got, "<details"), 2);
    expect_int(ask(&place, "/live?q=nothinglikethis&after=3", &got), 204);
    expect_int(ask(&place, "/live?q=%7C%20stats%20count()&after=0", &got), 204);
    expect_int(ask(&place, "/live?q=%22&after=0", &got), 204);
    place_close(&place);
}

/* --- many at once ----------------------------------------------------------------------------- */

typedef struct Asking {
    const Place *place;
    int bad;
} Asking;

static void *ask_often(void *context)
{
    static const char *const paths[] = {"/",
                                        "/?q=%7C%20stats%20count()%20by%20user",
                                        "/api/search?limit=5",
                                        "/api/status",
                                        "/live?after=0",
                                        "/page.css"};
    Asking *asking = context;
    CLEANUP(buf_done) Buf got = {0};
    for (size_t i = 0; i < 24; i++) {
        asking->bad += ask(asking->place, paths[i % ARRAY_COUNT(paths)], &got) != 200;
    }
    return NULL;
}

static void many_ask_while_logs_come_in(void)
{
    Place place;
    pthread_t threads[6];
    Asking asking[6];
    place_open(&place, "many", 50);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        asking[i] = (Asking){.place = &place};
        CHECK(pthread_create(&threads[i], NULL, ask_often, &asking[i]) == 0);
    }
    for (int i = 0; i < 20; i++) {
        store_rows(&place, 5);
    }
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
        expect_int(asking[i].bad, 0);
    }
    CLEANUP(buf_done) Buf got = {0};
    expect_int(ask(&place, "/api/status", &got), 200);
    expect(has(&got, "\"rows\":150,"));
    place_close(&place);
}

/* Clients that begin a request and never end it take all places; the next one is served all the
 * same. */
static void silent_clients_lose_their_places(void)
{
    Place place;
    int held[SERVER_CONNECTIONS_MAX + 8];
    place_open(&place, "silent", 1);
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
        {"localhost:80:80", "127.0.0.1", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        bool got = web_host_is_ours(slice_from_cstr(cases[i].host), cases[i].address, 80);
        if (got != cases[i].ours) {
            tap_fail(__FILE__, __LINE__, "%s at %s: got %d", cases[i].host, cases[i].address, got);
        }
    }
}

static void texts_are_escaped(void)
{
    CLEANUP(buf_done) Buf out = {0};
    html_add(&out, SLICE("a<b>&\"'\n\t\x01\x7f\xc2\x9b\xff 認証\xe2\x80\x8b"));
    expect_text(buf_slice(&out),
                "a&lt;b&gt;&amp;&quot;&#39;\n\t\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                "\xef\xbf\xbd 認証\xef\xbf\xbd");
    buf_clear(&out);
    url_add(&out, SLICE("a b&c=\"認\"~"));
    expect_text(buf_slice(&out), "a%20b%26c%3D%22%E8%AA%8D%22~");
    buf_clear(&out);
    html_add_count(&out, 1234567);
    expect_text(buf_slice(&out), "1,234,567");
    expect_text(page_filter_of(SLICE(" a \"b|c\" | head 5")), "a \"b|c\"");
    expect_text(page_filter_of(SLICE("a　｜　stats count()")), "a　");
    expect_text(page_filter_of(SLICE("| stats count()")), "");
}

static void the_proposed_questions_are_understood(void)
{
    for (size_t i = 0; i < PAGE_EXAMPLE_COUNT; i++) {
        CLEANUP(arena_done) Arena arena = {0};
        Query *query;
        expect_ok(
            query_parse(slice_from_cstr(page_examples[i].query), &asked_at, &arena, &query, NULL));
        expect(page_examples[i].words[LANGUAGE_JA][0] && page_examples[i].words[LANGUAGE_EN][0]);
    }
    for (PageWord word = 0; word < PAGE_WORD_COUNT; word++) {
        bool both = page_word(word, LANGUAGE_JA) && page_word(word, LANGUAGE_EN);
        if (!both) tap_fail(__FILE__, __LINE__, "word %d is missing", (int)word);
    }
}

static void a_taken_port_is_told(void)
{
    Place place;
    place_open(&place, "taken", 0);
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
    TAP_TEST(the_page_shows_records_and_no_value_acts),
    TAP_TEST(japanese_is_found_and_values_are_links),
    TAP_TEST(stats_show_a_table),
    TAP_TEST(bad_queries_are_told_with_their_place),
    TAP_TEST(the_api_answers_in_json),
    TAP_TEST(foreign_hosts_methods_and_paths_are_refused),
    TAP_TEST(large_requests_are_refused),
    TAP_TEST(an_empty_store_says_what_to_do),
    TAP_TEST(live_gives_newer_rows_only),
    TAP_TEST(many_ask_while_logs_come_in),
    TAP_TEST(silent_clients_lose_their_places),
    TAP_TEST(the_gate_gives_turns_and_ends_them),
    TAP_TEST(hosts_are_judged),
    TAP_TEST(texts_are_escaped),
    TAP_TEST(the_proposed_questions_are_understood),
    TAP_TEST(a_taken_port_is_told),
};
TAP_MAIN(tests)
