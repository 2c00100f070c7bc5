/* Files and folders into the store: read, decode and translate in the caller's thread, write in
 * another, with a bounded number of batches between them. Where a running server holds the store,
 * that other thread gives the rows to it (row_sender.h). Safe to repeat: see row_key.h. */
#ifndef AKASHI_ENGINE_IMPORT_H
#define AKASHI_ENGINE_IMPORT_H

#include "decode/decoder.h"
#include "engine/counters.h"
#include "engine/messages.h"
#include "engine/settings.h"
#include "store/store.h"
#include "translate/context/context.h"
#include "translate/source/source.h"

/* Progress and problems, told while it runs. Each call comes from the caller's thread. */
typedef struct ImportWatcher {
    void (*progress)(void *context, Slice name, uint64_t done, uint64_t total);
    void (*damage)(void *context, Slice name, const Damage *damage);
    void (*problem)(void *context, Slice name, int error, const Complaint *complaint);
    void *context;
} ImportWatcher;

typedef struct ImportOptions {
    const Settings *settings;
    const char *folder; /* of the store */
    const Secret *kek;
    StoreTold told; /* may be NULL */
    void *told_context;
    Slice source; /* akashi.source of every record, may be empty */
    int zone_offset_seconds;
    const SourceSet *sources; /* finished; NULL: only the rules built in. Outlives the run */
    Slice action_settings;    /* likewise; empty: built in */
    const Context *context;   /* finished, or NULL; outlives the run */
    Language language;
} ImportOptions;

/* Adds to *counters (rows_stored, rows_duplicate, events_damaged, inputs_failed...). -ENOSPC,
 * -EIO... of the store: what was counted as rows_stored is durable. -EWOULDBLOCK and the like with
 * the complaint when the store could not be opened. -EPIPE, -ECONNRESET: the server that was given
 * the rows is gone; nothing is counted, though some may be stored. */
MUST_USE int import_run(const Os *os, const ImportOptions *options, char *const *paths,
                        size_t path_count, const ImportWatcher *watcher, Counters *counters,
                        Complaint *complaint);

#endif
