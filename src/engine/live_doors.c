/* See live_doors.h. */
#include "engine/live_doors.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define STEP_MS 500
#define PEERS_FILE_BYTES_MAX ((size_t)64 << 10)

struct LiveDoors {
    /* set at start, then read-only */
    LiveDoorsOptions options;
    DoorSecrets *secrets;
    DoorTls *tls;
    Doors *doors;
    char *bookmarks; /* path of those of `follow` */
    size_t count;
    struct {
        const char *name;
        DoorKind kind;
        int port;
        DoorTlsUse tls;
    } open[DOORS_MAX];
    Follow *follow; /* NULL: nothing is followed */
    pthread_t thread, follow_thread;
    bool has_thread, has_follow_thread;
    atomic_bool stopping;
};

static const struct {
    const char *name;
    SettingId port;
    DoorKind kind;
} rows[] = {
    {"syslog_tls", SETTING_LISTEN_SYSLOG_TLS_PORT, DOOR_SYSLOG},
    {"elastic", SETTING_LISTEN_ELASTIC_PORT, DOOR_HTTP},
    {"hec", SETTING_LISTEN_HEC_PORT, DOOR_HTTP},
    {"loki", SETTING_LISTEN_LOKI_PORT, DOOR_HTTP},
    {"otlp", SETTING_LISTEN_OTLP_PORT, DOOR_HTTP},
    {"jsonl", SETTING_LISTEN_JSONL_PORT, DOOR_HTTP},
    {"journal", SETTING_LISTEN_JOURNAL_PORT, DOOR_HTTP},
    {"gelf", SETTING_LISTEN_GELF_PORT, DOOR_GELF},
    {"lumberjack", SETTING_LISTEN_LUMBERJACK_PORT, DOOR_LUMBERJACK},
    {"fluent", SETTING_LISTEN_FLUENT_PORT, DOOR_FLUENT},
};

static const char *text_of(const LiveDoors *doors, SettingId id)
{
    return setting_text(doors->options.settings, id);
}

/* --- set-up ----------------------------------------------------------------------------------- */

static int read_secrets(LiveDoors *doors, Complaint *complaint)
{
    const char *path = text_of(doors, SETTING_LISTEN_SECRETS_FILE);
    if (!path[0]) return 0;
    return door_secrets_read(doors->options.os, path, &doors->secrets, complaint);
}

/* The list of peers, commas in place of line ends. */
static int read_peers(const LiveDoors *doors, Arena *arena, const char **ret, Complaint *complaint)
{
    const char *path = text_of(doors, SETTING_LISTEN_TLS_PEERS_FILE);
    Slice text;
    *ret = "";
    if (!path[0]) return 0;
    int r = os_read_file(doors->options.os, path, PEERS_FILE_BYTES_MAX, arena, &text);
    char *copy = r == 0 ? arena_alloc(arena, text.len + 1) : NULL;
    if (r == 0 && !copy) r = -ENOMEM;
    if (r < 0) {
        complaint_say(complaint, "listen.tls_peers", "%s cannot be read (%s)",
                      "%s を読めません（%s）", path, strerrordesc_np(-r));
        return r;
    }
    for (size_t i = 0; i < text.len; i++)
        copy[i] = text.ptr[i] == '\n' || text.ptr[i] == '\r' ? ',' : text.ptr[i];
    copy[text.len] = '\0';
    *ret = copy;
    return 0;
}

static int read_tls(LiveDoors *doors, Complaint *complaint)
{
    CLEANUP(arena_done) Arena arena = {0};
    DoorTlsOptions options = {.certificate = text_of(doors, SETTING_LISTEN_TLS_CERTIFICATE),
                              .key = text_of(doors, SETTING_LISTEN_TLS_KEY),
                              .authority = text_of(doors, SETTING_LISTEN_TLS_AUTHORITY)};
    if (!options.certificate[0]) {
        if (setting_number(doors->options.settings, SETTING_LISTEN_SYSLOG_TLS_PORT) < 0) return 0;
        complaint_say(complaint, "listen.tls_missing",
                      "listen.syslog_tls_port needs listen.tls_certificate and listen.tls_key",
                      "listen.syslog_tls_port には listen.tls_certificate と listen.tls_key が"
                      "必要です");
        return -EINVAL;
    }
    int r = read_peers(doors, &arena, &options.peers, complaint);
    return r < 0 ? r : door_tls_new(&options, &doors->tls, complaint);
}

static DoorTlsUse tls_use(const LiveDoors *doors)
{
    if (!doors->tls) return DOOR_TLS_NEVER;
    bool accepts = strcmp(text_of(doors, SETTING_LISTEN_TLS_PLAIN), "accept") == 0;
    return accepts ? DOOR_TLS_ACCEPTED : DOOR_TLS_REQUIRED;
}

static int open_all(LiveDoors *doors, Complaint *complaint)
{
    const char *address = text_of(doors, SETTING_LISTEN_ADDRESS);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int port = (int)setting_number(doors->options.settings, rows[i].port);
        if (port < 0) continue;
        DoorTlsUse use = rows[i].kind == DOOR_SYSLOG ? DOOR_TLS_REQUIRED : tls_use(doors);
        int r = doors_add(doors->doors, rows[i].kind, use, address, port, complaint);
        if (r < 0) return r;
        doors->open[doors->count].name = rows[i].name;
        doors->open[doors->count].kind = rows[i].kind;
        doors->open[doors->count].tls = use;
        doors->open[doors->count++].port = r;
    }
    return 0;
}

static int open_follow(LiveDoors *doors, Complaint *complaint)
{
    char bookmarks[PATH_MAX];
    const char *patterns = text_of(doors, SETTING_FOLLOW_PATHS);
    if (!patterns[0]) return 0;
    snprintf(bookmarks, sizeof bookmarks, "%s/follow.bookmarks", doors->options.folder);
    doors->bookmarks = strdup(bookmarks);
    if (!doors->bookmarks) return -ENOMEM;
    const FollowOptions options = {.os = doors->options.os,
                                   .sink = doors->options.sink,
                                   .patterns = patterns,
                                   .bookmarks = doors->bookmarks,
                                   .from_start =
                                       strcmp(text_of(doors, SETTING_FOLLOW_FROM), "start") == 0};
    return follow_open(&options, &doors->follow, complaint);
}

int live_doors_open(const LiveDoorsOptions *options, LiveDoors **ret, Complaint *complaint)
{
    LiveDoors *doors = calloc(1, sizeof *doors);
    if (!doors) return -ENOMEM;
    doors->options = *options;
    int r = read_secrets(doors, complaint);
    if (r == 0) r = read_tls(doors, complaint);
    const DoorsOptions made = {
        .os = options->os, .sink = options->sink, .secrets = doors->secrets, .tls = doors->tls};
    if (r == 0) r = doors_new(&made, &doors->doors);
    if (r == 0) r = open_all(doors, complaint);
    if (r == 0) r = open_follow(doors, complaint);
    if (r < 0) {
        live_doors_close(doors);
        return r;
    }
    *ret = doors;
    return 0;
}

/* --- running ---------------------------------------------------------------------------------- */

static void *run(void *context)
{
    LiveDoors *doors = context;
    while (!atomic_load(&doors->stopping)) {
        int r = doors_step(doors->doors, STEP_MS);
        if (r == 0) continue;
        doors->options.failed(doors->options.context, r);
        break;
    }
    return NULL;
}

static void *run_follow(void *context)
{
    LiveDoors *doors = context;
    while (!atomic_load(&doors->stopping))
        follow_step(doors->follow);
    return NULL;
}

int live_doors_start(LiveDoors *doors)
{
    int r = 0;
    if (doors->count > 0) {
        r = -pthread_create(&doors->thread, NULL, run, doors);
        doors->has_thread = r == 0;
    }
    if (r == 0 && doors->follow) {
        r = -pthread_create(&doors->follow_thread, NULL, run_follow, doors);
        doors->has_follow_thread = r == 0;
    }
    return r;
}

void live_doors_wake(LiveDoors *doors)
{
    if (doors->count > 0) doors_wake(doors->doors);
}

void live_doors_stop(LiveDoors *doors)
{
    atomic_store(&doors->stopping, true);
    if (doors->has_thread) {
        doors_wake(doors->doors);
        pthread_join(doors->thread, NULL);
    }
    if (doors->has_follow_thread) {
        follow_stop(doors->follow);
        pthread_join(doors->follow_thread, NULL);
    }
    doors->has_thread = doors->has_follow_thread = false;
}

void live_doors_close(LiveDoors *doors)
{
    if (!doors) return;
    live_doors_stop(doors);
    doors_close(doors->doors);
    follow_close(doors->follow);
    free(doors->bookmarks);
    door_tls_free(doors->tls);
    door_secrets_free(doors->secrets);
    free(doors);
}

/* Nobody can be asked over UDP, nor is it encrypted: that is a way into the door of GELF. */
static bool is_encrypted(const LiveDoors *doors, size_t n)
{
    return doors->open[n].tls == DOOR_TLS_REQUIRED && doors->open[n].kind != DOOR_GELF;
}

/* Over HTTP each port takes every dialect, so that HEC's own tokens guard one path among many. */
static bool asks(const LiveDoors *doors, size_t n)
{
    const DoorSecrets *secrets = doors->secrets;
    DoorKind kind = doors->open[n].kind;
    if (kind == DOOR_HTTP) {
        return door_secrets_has(secrets, SECRET_BASIC) || door_secrets_has(secrets, SECRET_BEARER);
    }
    if (kind == DOOR_FLUENT && door_secrets_has(secrets, SECRET_FLUENT)) return true;
    return is_encrypted(doors, n) && door_tls_asks_clients(doors->tls);
}

int live_doors_info(const LiveDoors *doors, size_t n, LiveDoorInfo *ret)
{
    if (n >= doors->count) return -ENOENT;
    *ret = (LiveDoorInfo){.name = doors->open[n].name,
                          .kind = doors->open[n].kind,
                          .port = doors->open[n].port,
                          .asks = asks(doors, n),
                          .is_encrypted = is_encrypted(doors, n),
                          .counters = doors_counters(doors->doors, doors->open[n].kind)};
    return 0;
}

const FollowCounters *live_doors_follow(const LiveDoors *doors)
{
    return doors->follow ? follow_counters(doors->follow) : NULL;
}
