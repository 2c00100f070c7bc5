/* akashi serve: the doors, the store, detection, the page; until SIGTERM or SIGINT. */
#include "main/commands.h"
#include "main/known_context.h"
#include "main/known_sources.h"
#include "main/serve_accounts.h"
#include "main/serve_alerts.h"
#include "main/serve_rules.h"
#include "main/serve_sandbox.h"
#include "main/serve_settings.h"
#include "main/store_kek.h"
#include "main/surroundings.h"

#include "base/number.h"
#include "engine/live.h"
#include "server/door/tls_identity.h"
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
    TranslationFiles *files;
    ContextFollow *company;
    Live *live;
    Server *server;
    ServeAlerts *alerts;
    ServeAccounts *accounts;
    TlsIdentity identity; /* certificate NULL: plain HTTP */
    char machine[256];    /* its name; empty: none */
    char config_folder[4096];
    const char *definition_folders[2];
    Secret *kek;
} ServeRun;

/* The signals that the server answers: two end it, SIGHUP has files read again. Blocked before any
 * thread starts, so that all threads inherit that, and taken by sigtimedwait alone: no handler, no
 * race. */
static sigset_t server_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    return signals;
}

static size_t put(ServerCounter *to, size_t at, size_t count_max, const char *name, uint64_t value)
{
    if (at >= count_max) return at;
    to[at] = (ServerCounter){name, value};
    return at + 1;
}

/* Of the other doors, a kind at a time, and of followed files. */
static size_t fill_door_counters(const Live *live, ServerCounter *to, size_t at, size_t count_max)
{
    static const char *const kinds[DOOR_KIND_COUNT][4] = {
        {"door_syslog_messages", "door_syslog_failed", "door_syslog_refused", "door_syslog_paused"},
        {"door_http_messages", "door_http_failed", "door_http_refused", "door_http_paused"},
        {"door_gelf_messages", "door_gelf_failed", "door_gelf_refused", "door_gelf_paused"},
        {"door_lumberjack_messages", "door_lumberjack_failed", "door_lumberjack_refused",
         "door_lumberjack_paused"},
        {"door_fluent_messages", "door_fluent_failed", "door_fluent_refused",
         "door_fluent_paused"}};
    bool told[DOOR_KIND_COUNT] = {false};
    LiveDoorInfo door;
    for (size_t i = 0; live_doors_info(live_doors(live), i, &door) == 0; i++) {
        if (told[door.kind]) continue;
        told[door.kind] = true;
        const char *const *names = kinds[door.kind];
        at = put(to, at, count_max, names[0], atomic_load(&door.counters->messages));
        at = put(to, at, count_max, names[1], atomic_load(&door.counters->failed));
        at = put(to, at, count_max, names[2], atomic_load(&door.counters->refused));
        at = put(to, at, count_max, names[3], atomic_load(&door.counters->paused));
    }
    const FollowCounters *follow = live_doors_follow(live_doors(live));
    if (!follow) return at;
    at = put(to, at, count_max, "follow_files_open", atomic_load(&follow->files_open));
    at = put(to, at, count_max, "follow_lines", atomic_load(&follow->lines));
    return put(to, at, count_max, "follow_failed", atomic_load(&follow->failed));
}

static size_t fill_counters(void *context, ServerCounter *to, size_t count_max)
{
    ServeRun *run = context;
    const SyslogCounters *syslog = live_syslog_counters(run->live);
    const DetectingStatus detecting = serve_alerts_status(run->alerts);
    size_t at = 0;
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        at = put(to, at, count_max, counters_info[i].name,
                 counter_read(&run->counters, (CounterId)i));
    }
    at = put(to, at, count_max, "detect_rules", detecting.rules);
    at = put(to, at, count_max, "detect_rules_set_aside", detecting.rules_set_aside);
    at = put(to, at, count_max, "detect_behind_rows", detecting.behind_rows);
    at = put(to, at, count_max, "syslog_udp_messages", atomic_load(&syslog->udp_messages));
    at = put(to, at, count_max, "syslog_udp_dropped", atomic_load(&syslog->udp_dropped));
    at = put(to, at, count_max, "syslog_tcp_messages", atomic_load(&syslog->tcp_messages));
    at = put(to, at, count_max, "syslog_tcp_paused", atomic_load(&syslog->tcp_paused));
    at = put(to, at, count_max, "syslog_connections_open", atomic_load(&syslog->connections_open));
    at = put(to, at, count_max, "syslog_split", atomic_load(&syslog->split));
    at = put(to, at, count_max, "syslog_framing_errors", atomic_load(&syslog->framing_errors));
    return fill_door_counters(run->live, to, at, count_max);
}

/* Options over the configuration. */
static int take_options(ServeRun *run)
{
    static const struct {
        const char *option;
        SettingId setting;
    } rows[] = {
        {"listen", SETTING_LISTEN_ADDRESS},     {"http", SETTING_LISTEN_HTTP_PORT},
        {"syslog", SETTING_LISTEN_SYSLOG_PORT}, {"tls-certificate", SETTING_SERVER_TLS_CERTIFICATE},
        {"tls-key", SETTING_SERVER_TLS_KEY},    {"web", SETTING_SERVER_WEB_FOLDER},
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

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static bool is_plain(const ServeRun *run)
{
    return option_value(run->invocation, "plain") != NULL;
}

/* Beyond loopback always, unless told otherwise; on loopback with a certificate of one's own. */
static int open_identity(ServeRun *run, Complaint *complaint)
{
    const Settings *settings = &run->settings;
    const char *certificate = setting_text(settings, SETTING_SERVER_TLS_CERTIFICATE);
    const char *address = setting_text(settings, SETTING_LISTEN_ADDRESS);
    const TlsIdentityOptions options = {.os = &os_real,
                                        .folder = run->invocation->folder,
                                        .certificate = certificate,
                                        .key = setting_text(settings, SETTING_SERVER_TLS_KEY),
                                        .address = address,
                                        .machine = run->machine};
    if (is_plain(run) || (is_loopback(address) && !certificate[0])) return 0;
    return tls_identity_open(&options, &run->identity, complaint);
}

static int open_live(ServeRun *run, Complaint *complaint)
{
    const Invocation *invocation = run->invocation;
    const LiveOptions options = {
        .settings = &run->settings,
        .folder = invocation->folder,
        .config_path = invocation->config_path,
        .kek = run->kek,
        .told = store_news_say,
        .told_context = (void *)invocation,
        .zone_offset_seconds = invocation->zone_offset_seconds,
        .files = run->files,
        .company = run->company,
        .language = invocation->language,
        .committed = serve_alerts_wake,
        .committed_context = run->alerts,
    };
    return live_open(&os_real, &options, &run->counters, &run->live, complaint);
}

static size_t list_sources(void *context, SourceHealth *to, size_t count_max)
{
    const ServeRun *run = context;
    return live_sources(run->live, to, count_max);
}

static bool is_running(void *context)
{
    const ServeRun *run = context;
    return live_is_running(run->live);
}

static int load_rules(void *context, DetectRules **ret)
{
    const ServeRun *run = context;
    return serve_rules_load(run->invocation, ret);
}

/* Beside the configuration, and in the data folder, which counts more (known_sources.h). */
static void find_folders(ServeRun *run)
{
    const char *given = run->invocation->config_path;
    Slice path = slice_from_cstr(given ? given : surroundings_config_path());
    size_t slash = slice_rfind_char(path, '/');
    Slice folder = slash == SLICE_NOT_FOUND ? SLICE(".") : slice_first(path, slash);
    snprintf(run->config_folder, sizeof run->config_folder, "%.*s", SLICE_FMT(folder));
    run->definition_folders[0] = run->config_folder;
    run->definition_folders[1] = run->invocation->folder;
    if (gethostname(run->machine, sizeof run->machine - 1) < 0) run->machine[0] = '\0';
}

/* The folder that is set, else where the page lies by itself. NULL: none. */
static const char *web_folder(const ServeRun *run)
{
    const char *set = setting_text(&run->settings, SETTING_SERVER_WEB_FOLDER);
    const char *found = set[0] ? set : surroundings_web_folder();
    if (!found) SAY(MESSAGE_SERVE_NO_PAGE, run->invocation->language);
    return found;
}

static int open_server(ServeRun *run, Complaint *complaint)
{
    const Invocation *invocation = run->invocation;
    const Settings *settings = &run->settings;
    const ServerOptions options = {
        .address = setting_text(settings, SETTING_LISTEN_ADDRESS),
        .port = (int)setting_number(settings, SETTING_LISTEN_HTTP_PORT),
        .machine = run->machine,
        .store_folder = invocation->folder,
        .web_folder = web_folder(run),
        .kek = run->kek,
        .accounts = serve_accounts(run->accounts),
        .language = invocation->language,
        .zone_offset_seconds = invocation->zone_offset_seconds,
        .version = AKASHI_VERSION,
        .search_memory_bytes_max = (size_t)setting_number(settings, SETTING_SEARCH_MEMORY_MIB)
                                   << 20,
        .search_cache_bytes_max = (size_t)setting_number(settings, SETTING_SEARCH_CACHE_MIB) << 20,
        .tls_certificate = run->identity.certificate,
        .tls_key = run->identity.key,
        .engine = {.context = run,
                   .counters = fill_counters,
                   .sources = list_sources,
                   .is_running = is_running,
                   .settings = settings,
                   .config_path = invocation->config_path,
                   .notify = serve_alerts_config(run->alerts),
                   .cipher = serve_alerts_cipher(run->alerts),
                   .definition_folders = run->definition_folders,
                   .definition_folder_count = ARRAY_COUNT(run->definition_folders),
                   .load_rules = load_rules},
    };
    return server_open(&os_real, &options, &run->server, complaint);
}

static int open_doors(ServeRun *run, Complaint *complaint)
{
    find_folders(run);
    int r = open_live(run, complaint);
    if (r < 0) return r;
    r = open_identity(run,
                      complaint); /* behind the store: the folder must be empty for a new one */
    if (r == 0)
        r = serve_accounts_open(run->invocation, run->kek, live_sink(run->live), &run->accounts);
    if (r == 0 &&
        strcmp(setting_text(&run->settings, SETTING_ALERT_SYSLOG_OPERATOR_LOG), "yes") == 0)
        r = serve_accounts_send_on(run->accounts, serve_alerts_config(run->alerts));
    if (r == 0) r = open_server(run, complaint);
    if (r == 0) return 0;
    int closed = live_close(run->live);
    serve_accounts_close(run->accounts);
    return closed < 0 ? closed : r;
}

/* Anew at each start while there is no administrator: only its hash is kept. */
static void say_setup_code(const ServeRun *run)
{
    char code[SETUP_CODE_BYTES];
    Accounts *accounts = serve_accounts(run->accounts);
    if (account_setup_is_due(accounts) != 1 || account_setup_begin(accounts, code) < 0) return;
    SAY(MESSAGE_SERVE_SETUP_CODE, run->invocation->language, {"code", slice_from_cstr(code)});
    explicit_bzero(code, sizeof code);
}

static void say_started(ServeRun *run)
{
    Language language = run->invocation->language;
    const char *address = setting_text(&run->settings, SETTING_LISTEN_ADDRESS);
    char host[SETTING_TEXT_BYTES_MAX + 2], page[SETTING_TEXT_BYTES_MAX + 32];
    char syslog[NUMBER_WORDS_MAX];
    bool is_v6 = strchr(address, ':') != NULL;
    snprintf(host, sizeof host, is_v6 ? "[%s]" : "%s", address);
    snprintf(page, sizeof page, "%s://%s:%d/", run->identity.certificate ? "https" : "http", host,
             server_port(run->server));
    SAY(MESSAGE_SERVE_STARTED, language, {"version", SLICE(AKASHI_VERSION)},
        {"page", slice_from_cstr(page)}, {"host", slice_from_cstr(host)},
        {"syslog", number_words(syslog, (uint64_t)live_syslog_port(run->live))},
        {"folder", slice_from_cstr(run->invocation->folder)});
    if (run->identity.certificate) {
        SAY(MESSAGE_SERVE_CERTIFICATE, language,
            {"fingerprint", slice_from_cstr(run->identity.fingerprint)});
    } else if (!is_loopback(address)) {
        SAY(MESSAGE_SERVE_OPEN_TO_NETWORK, language, {"host", slice_from_cstr(host)});
    }
    say_setup_code(run);
}

/* For scripts: a line on stderr, and a byte on the descriptor that --ready-fd names. */
static void tell_ready(ServeRun *run)
{
    const char *given = option_value(run->invocation, "ready-fd");
    uint64_t fd;
    LiveDoorInfo door;
    for (size_t i = 0; live_doors_info(live_doors(run->live), i, &door) == 0; i++)
        fprintf(stderr, "door %s=%d\n", door.name, door.port);
    fprintf(stderr, "ready http=%d syslog=%d\n", server_port(run->server),
            live_syslog_port(run->live));
    fflush(stderr);
    if (!given || number_parse_u64(slice_from_cstr(given), &fd) < 0 || fd > 65535) return;
    if (write((int)fd, "ready\n", 6) == 6) close((int)fd);
}

/* SIGHUP: all that can be taken over while it runs. */
static void read_again(ServeRun *run)
{
    serve_alerts_reload(run->alerts);
    live_look_again(run->live);
}

static void wait_for_the_end(ServeRun *run)
{
    static ServeSettings settings;
    const sigset_t signals = server_signals();
    const struct timespec second = {.tv_sec = 1};
    serve_settings_begin(&settings, run->invocation);
    while (live_is_running(run->live)) {
        int signal = sigtimedwait(&signals, NULL, &second);
        serve_accounts_tick(run->accounts);
        serve_settings_look(&settings, signal == SIGHUP);
        if (signal == SIGHUP) read_again(run);
        if (signal > 0 && signal != SIGHUP) return;
    }
}

static int close_doors(ServeRun *run)
{
    Language language = run->invocation->language;
    char rows[NUMBER_WORDS_MAX];
    SAY(MESSAGE_SERVE_STOPPING, language);
    server_close(run->server);
    int r = live_close(run->live);
    serve_accounts_close(run->accounts);
    serve_alerts_stop(run->alerts);
    tls_identity_done(&run->identity);
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
    const sigset_t signals = server_signals();
    Complaint complaint = {0};
    run = (ServeRun){.invocation = invocation};
    if (take_options(&run) < 0) return EXIT_FAILED;
    if (store_kek_open(invocation, true, &run.kek) < 0) return EXIT_FAILED;
    if (serve_sandbox_enter(invocation, &run.settings) < 0) return EXIT_FAILED;
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (known_files_open(invocation, &run.files) < 0) return EXIT_FAILED;
    if (known_context_follow(invocation, &run.company) < 0) return EXIT_FAILED;
    run.alerts = serve_alerts_start(invocation, run.kek, &run.counters);
    int r = open_doors(&run, &complaint);
    if (r < 0) {
        serve_alerts_stop(run.alerts);
        tls_identity_done(&run.identity);
        context_follow_free(run.company);
        translation_files_free(run.files);
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
    context_follow_free(run.company);
    translation_files_free(run.files);
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
    {"tls-certificate",
     "FILE",
     {"画面の証明書のPEMファイル（既定は自分で作る）",
      "PEM file of the page's certificate (default: one is made)"}},
    {"tls-key", "FILE", {"その秘密鍵のPEMファイル", "PEM file of its private key"}},
    {"plain",
     NULL,
     {"127.0.0.1 以外でも暗号化しない（危険。前にTLSの中継を置くときだけ）",
      "plain HTTP also beyond loopback (dangerous; only behind a TLS proxy)"}},
    {"web",
     "FOLDER",
     {"画面のファイルのあるフォルダー（既定は入れたときの場所）",
      "folder of the page's files (default: where they were installed)"}},
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
