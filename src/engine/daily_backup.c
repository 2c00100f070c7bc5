/* See daily_backup.h. */
#include "engine/daily_backup.h"

#include "engine/whole_backup.h"

#include "base/time_text.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define PAUSE_NS (200 * NS_PER_MS)
#define DAY_NS (86400 * NS_PER_SECOND)

struct DailyBackup {
    DailyBackupOptions options;
    void (*found)(void *context, Slice line);
    void *context;
    pthread_t thread;
};

/* Severity 2 critical or 6 informational; facility 10, security: RFC 5424 section 6.2.1. */
static void say(const DailyBackupOptions *options, bool failed, const char *what, char *to)
{
    const Os *os = options->os;
    char when[TIME_TEXT_MAX];
    size_t len = time_print_rfc3339(when, os->now_ns(os->state));
    snprintf(to, DAILY_BACKUP_WORDS_MAX, "<%d>1 %.*s - akashi.self - backup - %s", failed ? 82 : 86,
             (int)len, when, what);
}

static int on_progress(void *context, uint64_t done, uint64_t all)
{
    (void)done, (void)all;
    const DailyBackupOptions *options = context;
    return atomic_load(options->stopping) ? -ECANCELED : 0;
}

int daily_backup_once(const DailyBackupOptions *options, char words[DAILY_BACKUP_WORDS_MAX])
{
    char what[COMPLAINT_WORDS_MAX + 64];
    BackupSummary summary;
    Complaint complaint = {0};
    const BackupOptions backup = {.os = options->os,
                                  .store = options->folder,
                                  .kek = options->kek,
                                  .to = options->to,
                                  .keep = options->keep,
                                  .progress = on_progress,
                                  .context = (void *)options};
    int r = whole_backup_take(&backup, options->config_path, &summary, &complaint);
    if (r == -ECANCELED) return r;
    if (r < 0) {
        snprintf(what, sizeof what, "the daily backup failed: %s", complaint.en);
        SAY(MESSAGE_BACKUP_DAILY_FAILED, options->language,
            {"folder", slice_from_cstr(options->to)},
            {"error",
             slice_from_cstr(options->language == LANGUAGE_JA ? complaint.ja : complaint.en)});
    } else {
        snprintf(what, sizeof what,
                 "the daily backup made generation %u: %llu bytes, %llu copied%s",
                 summary.generation, (unsigned long long)summary.bytes,
                 (unsigned long long)summary.copied_bytes,
                 summary.chain_holds ? "" : "; the chain does not hold");
    }
    say(options, r < 0 || !summary.chain_holds, what, words);
    return r;
}

static bool is_overdue(const DailyBackupOptions *options, int64_t now_ns)
{
    CLEANUP(buf_done) Buf generations = buf_make(0);
    BackupList list;
    int r = backup_generations(options->os, options->to, &generations);
    if (r < 0 || generations.len == 0) return true;
    uint32_t newest = ((const uint32_t *)generations.ptr)[generations.len / sizeof(uint32_t) - 1];
    if (backup_list_read(options->os, options->to, newest, &list) < 0) return true;
    int64_t time_ns = list.time_ns;
    backup_list_done(&list);
    return now_ns - time_ns > DAY_NS + 3600 * NS_PER_SECOND;
}

int64_t daily_backup_wait_ns(const DailyBackupOptions *options, int64_t now_ns)
{
    int64_t local = now_ns + options->zone_offset_seconds * NS_PER_SECOND;
    int64_t of_day = ((local % DAY_NS) + DAY_NS) % DAY_NS;
    int64_t wait = options->hour * 3600 * NS_PER_SECOND - of_day;
    return wait > 0 ? wait : wait + DAY_NS;
}

/* By the clock that people read, which may be set. */
static bool wait_until(const DailyBackupOptions *options, int64_t due_ns)
{
    const Os *os = options->os;
    while (!atomic_load(options->stopping) && os->now_ns(os->state) < due_ns) {
        os->sleep_ns(os->state, PAUSE_NS);
    }
    return !atomic_load(options->stopping);
}

static void *run(void *context)
{
    DailyBackup *backup = context;
    const DailyBackupOptions *options = &backup->options;
    const Os *os = options->os;
    int64_t now = os->now_ns(os->state);
    int64_t wait = daily_backup_wait_ns(options, now);
    if (is_overdue(options, now) && wait > DAILY_BACKUP_FIRST_S * NS_PER_SECOND) {
        wait = DAILY_BACKUP_FIRST_S * NS_PER_SECOND;
    }
    while (wait_until(options, now + wait)) {
        char words[DAILY_BACKUP_WORDS_MAX];
        if (daily_backup_once(options, words) != -ECANCELED) {
            backup->found(backup->context, slice_from_cstr(words));
        }
        now = os->now_ns(os->state);
        wait = daily_backup_wait_ns(options, now);
    }
    return NULL;
}

int daily_backup_start(const DailyBackupOptions *options, void (*found)(void *context, Slice line),
                       void *context, DailyBackup **ret)
{
    DailyBackup *backup = calloc(1, sizeof *backup);
    if (!backup) return -ENOMEM;
    *backup = (DailyBackup){.options = *options, .found = found, .context = context};
    int r = -pthread_create(&backup->thread, NULL, run, backup);
    if (r < 0) {
        free(backup);
        return r;
    }
    *ret = backup;
    return 0;
}

void daily_backup_stop(DailyBackup *backup)
{
    if (!backup) return;
    pthread_join(backup->thread, NULL);
    free(backup);
}
