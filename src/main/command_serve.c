/* akashi serve: the syslog door, the store, the page; until SIGTERM or SIGINT. */
#include "main/commands.h"
#include "main/known_sources.h"
#include "main/store_kek.h"

#include "base/number.h"
#include "engine/live.h"
#include "server/server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

typedef struct ServeRun {
    const Invocation *invocation;
    Settings settings; /* of the invocation, with the command line over it */
    Counters counters;
    SourceSet *sources;
    Live *live;
    Server *server;
    Secret *kek;
} ServeRun;

/* The signals that end the server. Blocked before any thread starts, so that all threads inherit
 * that, and taken by sigtimedwait alone: no handler, no race. */
static sigset_t end_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

static size_t put(ServerCounter *to, size_t at, size_t count_max, const char *name, uint64_t value)
{
    if (at >= count_max) return at;
    to[at] = (ServerCounter){name, value};
    return at + 1;
}

static size_t fill_counters(void *context, ServerCounter *to, size_t count_max)
{
    ServeRun *run = context;
    const SyslogCounters *syslog = live_syslog_counters(run->live);
    size_t at = 0;
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        at = put(to, at, count_max, counters_info[i].name,
                 counter_read(&run->counters, (CounterId)i));
    }
    at = put(to, at, count_max, "syslog_udp_messages", atomic_load(&syslog->udp_messages));
    at = put(to, at, count_max, "syslog_udp_dropped", atomic_load(&syslog->udp_dropped));
    at = put(to, at, count_max, "syslog_tcp_messages", atomic_load(&syslog->tcp_messages));
    at = put(to, at, count_max, "syslog_tcp_paused", atomic_load(&syslog->tcp_paused));
    at = put(to, at, count_max, "syslog_connections_open", atomic_load(&syslog->connections_open));
    at = put(to, at, count_max, "syslog_split", atomic_load(&syslog->split));
    return put(to, at, count_max, "syslog_framing_errors", atomic_load(&syslog->framing_errors));
}

/* --listen, --http, --syslog over the configuration. */
static int take_options(ServeRun *run)
{
    static const struct {
        const char *option;
        SettingId setting;
    } rows[] = {
        {"listen", SETTING_LISTEN_ADDRESS},
        {"http", SETTING_LISTEN_HTTP_PORT},
        {"syslog", SETTING_LISTEN_SYSLOG_PORT},
    };
    run->settings = run->invocation->settings;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *value = option_value(run->invocation, rows[i].option);
        Complaint complaint = {0};
        if (!value) continue;
        if (settings_set(&run->settings, rows[i].setting, slice_from_cstr(value), &complaint) < 0) {
            say_complaint(&complaint, run->invocation->language);
            return -EINVAL;
        }
    }
    return 0;
}

static int open_doors(ServeRun *run, Complaint *complaint)
{
    const Invocation *invocation = run->invocation;
    const LiveOptions live_options = {
        .settings = &run->settings,
        .folder = invocation->folder,
        .kek = run->kek,
        .told = store_news_say,
        .told_context = (void *)invocation,
        .zone_offset_seconds = invocation->zone_offset_seconds,
        .sources = run->sources,
        .language = invocation->language,
    };
    int r = live_open(&os_real, &live_options, &run->counters, &run->live, complaint);
    if (r < 0) return r;
    const ServerOptions server_options = {
        .address = setting_text(&run->settings, SETTING_LISTEN_ADDRESS),
        .port = (int)setting_number(&run->settings, SETTING_LISTEN_HTTP_PORT),
        .store_folder = invocation->folder,
        .kek = run->kek,
        .language = invocation->language,
        .zone_offset_seconds = invocation->zone_offset_seconds,
        .syslog_port = live_syslog_port(run->live),
        .search_memory_bytes_max = (size_t)setting_number(&run->settings, SETTING_SEARCH_MEMORY_MIB)
                                   << 20,
        .search_cache_bytes_max = (size_t)setting_number(&run->settings, SETTING_SEARCH_CACHE_MIB)
                                  << 20,
        .counters = fill_counters,
        .context = run,
    };
    r = server_open(&os_real, &server_options, &run->server, complaint);
    if (r == 0) return 0;
    int closed = live_close(run->live);
    return closed < 0 ? closed : r;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static void say_started(ServeRun *run)
{
    Language language = run->invocation->language;
    const char *address = setting_text(&run->settings, SETTING_LISTEN_ADDRESS);
    char host[SETTING_TEXT_BYTES_MAX + 2], http[NUMBER_WORDS_MAX], syslog[NUMBER_WORDS_MAX];
    bool is_v6 = strchr(address, ':') != NULL;
    snprintf(host, sizeof host, is_v6 ? "[%s]" : "%s", address);
    SAY(MESSAGE_SERVE_STARTED, language, {"version", SLICE(AKASHI_VERSION)},
        {"host", slice_from_cstr(host)},
        {"http", number_words(http, (uint64_t)server_port(run->server))},
        {"syslog", number_words(syslog, (uint64_t)live_syslog_port(run->live))},
        {"folder", slice_from_cstr(run->invocation->folder)});
    if (!is_loopback(address)) {
        SAY(MESSAGE_SERVE_OPEN_TO_NETWORK, language, {"host", slice_from_cstr(host)});
    }
}

/* For scripts: a line on stderr, and a byte on the descriptor that --ready-fd names. */
static void tell_ready(ServeRun *run)
{
    const char *given = option_value(run->invocation, "ready-fd");
    uint64_t fd;
    fprintf(stderr, "ready http=%d syslog=%d\n", server_port(run->server),
            live_syslog_port(run->live));
    fflush(stderr);
    if (!given || number_parse_u64(slice_from_cstr(given), &fd) < 0 || fd > 65535) return;
    if (write((int)fd, "ready\n", 6) == 6) close((int)fd);
}

static void wait_for_the_end(ServeRun *run)
{
    const sigset_t signals = end_signals();
    const struct timespec second = {.tv_sec = 1};
    while (live_is_running(run->live)) {
        if (sigtimedwait(&signals, NULL, &second) > 0) return;
    }
}

static int close_doors(ServeRun *run)
{
    Language language = run->invocation->language;
    char rows[NUMBER_WORDS_MAX];
    SAY(MESSAGE_SERVE_STOPPING, language);
    server_close(run->server);
    int r = live_close(run->live);
    if (r < 0) {
        SAY(MESSAGE_STORE_FAILED, language, {"folder", slice_from_cstr(run->invocation->folder)},
            {"error", error_words(r)},
            {"rows", number_words(rows, counter_read(&run->counters, COUNTER_ROWS_STORED))});
        return EXIT_FAILED;
    }
    SAY(MESSAGE_SERVE_STOPPED, language,
        {"rows", number_words(rows, counter_read(&run->counters, COUNTER_ROWS_STORED))});
    return EXIT_DONE;
}

static int run_serve(const Invocation *invocation)
{
    static ServeRun run;
    const sigset_t signals = end_signals();
    Complaint complaint = {0};
    run = (ServeRun){.invocation = invocation};
    if (take_options(&run) < 0) return EXIT_FAILED;
    if (store_kek_open(invocation, true, &run.kek) < 0) return EXIT_FAILED;
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (known_sources_open(invocation, &run.sources, NULL) < 0) return EXIT_FAILED;
    int r = open_doors(&run, &complaint);
    if (r < 0) {
        source_set_free(run.sources);
        if (complaint.id) {
            say_complaint(&complaint, invocation->language);
        } else {
            SAY(MESSAGE_SERVE_LOOP_FAILED, invocation->language, {"error", error_words(r)});
        }
        return EXIT_FAILED;
    }
    say_started(&run);
    tell_ready(&run);
    wait_for_the_end(&run);
    int status = close_doors(&run);
    source_set_free(run.sources);
    secret_free(run.kek);
    return status;
}

static const OptionInfo serve_options[] = {
    {"listen",
     "ADDRESS",
     {"待ち受けるアドレス（既定 127.0.0.1）", "address to listen on (default 127.0.0.1)"}},
    {"http",
     "PORT",
     {"Web画面のポート（既定 8080、0は空いている番号）",
      "port of the page (default 8080; 0: any free one)"}},
    {"syslog",
     "PORT",
     {"syslogのポート（既定 5514、0は空いている番号）",
      "port for syslog, UDP and TCP (default 5514; 0: any free one)"}},
    {"ready-fd",
     "N",
     {"準備ができたらこの記述子に ready と書く",
      "write ready to this descriptor when all doors are open"}},
};

const CommandInfo serve_command = {
    .name = "serve",
    .arguments = "",
    .words = {"syslogを受け取って保存し、Web画面で見せる（Ctrl-Cで終わり）",
              "receive syslog, store it, show it on a web page; until Ctrl-C"},
    .examples = "  akashi serve\n"
                "  akashi serve --data /srv/akashi --syslog 5514 --http 8080\n"
                "  logger -n 127.0.0.1 -P 5514 -T hello\n",
    .options = serve_options,
    .option_count = ARRAY_COUNT(serve_options),
    .run = run_serve,
};
