/* The server backs up its own store, once a day at a set hour, and soon after the start when the
 * last generation is older than a day. What came of it becomes a record in the store (event.dataset
 * akashi.self), so that a backup that fails is found and alerted on. */
#ifndef AKASHI_ENGINE_DAILY_BACKUP_H
#define AKASHI_ENGINE_DAILY_BACKUP_H

#include "engine/messages.h"
#include "store/ops/backup.h"

#define DAILY_BACKUP_FIRST_S 600 /* after the start, when one is due */
#define DAILY_BACKUP_WORDS_MAX 1024

typedef struct DailyBackupOptions {
    const Os *os;
    const char *folder;      /* of the store */
    const char *config_path; /* NULL: there is none */
    const Secret *kek;
    const char *to;
    unsigned keep;
    int hour, zone_offset_seconds; /* when, local */
    Language language;
    const atomic_bool *stopping; /* ends it early */
} DailyBackupOptions;

/* Makes a generation and says what came of it as a syslog line (RFC 5424). As backup_take;
 * -ECANCELED: it was stopped, and there is no line. */
MUST_USE int daily_backup_once(const DailyBackupOptions *options,
                               char words[DAILY_BACKUP_WORDS_MAX]);
/* From now: when the next one is due. */
int64_t daily_backup_wait_ns(const DailyBackupOptions *options, int64_t now_ns);

typedef struct DailyBackup DailyBackup;
/* A thread that backs up at its times and calls `found` with the line. -ENOMEM, -EAGAIN. */
MUST_USE int daily_backup_start(const DailyBackupOptions *options,
                                void (*found)(void *context, Slice line), void *context,
                                DailyBackup **ret);
/* After *stopping was set. NULL: nothing. */
void daily_backup_stop(DailyBackup *backup);

#endif
