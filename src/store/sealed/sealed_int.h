/* Between the files of sealed.h: sealed.c (giving and waiting, the thread), sealed_make.c (a group
 * to segments), sealed_recover.c (opening), sealed_keys.c (repeats). */
#ifndef AKASHI_STORE_SEALED_INT_H
#define AKASHI_STORE_SEALED_INT_H

#include "store/sealed/fresh_keys.h"
#include "store/sealed/sealed.h"
#include "store/sealed/wal_rows.h"

#include <pthread.h>

/* A segment that is asked for keys. */
typedef struct SealedAsked {
    uint32_t file;
    bool repacked;
    bool gone; /* its rows were deleted */
    bool prints_made;
    Segment *opened;     /* NULL: not open */
    size_t filter_bytes; /* of it */
    uint64_t first_row;
    int64_t from_ns, to_ns;
    uint64_t undated_count;
    uint64_t *prints; /* of keys made again from its rows, ascending */
    size_t print_count;
    uint64_t used; /* when, of SealedKeys.uses */
} SealedAsked;

/* By place in the manifest. Owned by the writer thread. */
typedef struct SealedKeys {
    SealedAsked *asked;
    size_t count;
    uint64_t changes; /* of the manifest, that were followed */
    size_t open_count, filter_bytes, print_bytes;
    uint64_t uses;
    uint64_t seed[2]; /* of the prints; random, never written down */
    bool seeded;
    FreshKeys fresh;
    size_t hit; /* where the last repeat was found: the next one is likely there, too */
} SealedKeys;

struct Sealed {
    /* set at start, then read-only */
    StoreFolder folder;
    StoreOptions options;
    bool threaded;
    pthread_t thread;
    bool packs; /* pack_thread runs */
    pthread_t pack_thread;
    /* shared, under lock */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* something was given, made or is to stop */
    Manifest manifest;
    uint64_t manifest_changes;                 /* counted */
    uint32_t files_given;                      /* the highest number that was */
    WalGroup *waiting[SEALED_WAITING_MAX + 1]; /* the first may be under way */
    size_t waiting_count;
    int error; /* of the first of them; 0: none yet */
    bool stopping;
    uint64_t damaged; /* segments, chains and manifests found damaged */
    /* under work_lock, which is taken before lock: one makes segments or checkpoints at a time */
    pthread_mutex_t work_lock;
    Chain *chain;
    BlockCodec *codec;
    SegmentWorkspace *workspace; /* while group comes after group; NULL: none */
    unsigned unreadable;         /* how often the log could not be read for the group under way */
    bool in_doubt; /* a step failed: look at what is on the disk before the next one */
    int64_t checkpoint_ns, epoch_ns; /* monotonic, of the last ones */
    int64_t expired_ns;              /* the same of retention; 0: never */
    SealedKeys keys;
    pthread_mutex_t pack_lock; /* one re-packs at a time; taken before the others */
};

/* Under work_lock. Makes segments of the group's rows, removes its files. */
MUST_USE int sealed_make(Sealed *sealed, const WalGroup *group);
/* Under work_lock. Opens the chain, or begins a new one where it is damaged. */
MUST_USE int sealed_open_chain(Sealed *sealed, Complaint *complaint);
/* Under work_lock. Brings MANIFEST, chain and files into line. */
MUST_USE int sealed_reconcile(Sealed *sealed);
/* Under work_lock. A checkpoint or a new epoch when it is time. */
void sealed_keep_time(Sealed *sealed);
/* As an auditor is given it, without the line's end. */
void sealed_first_key(const Sealed *sealed, char *to, size_t bytes);
/* The thread that re-packs once a day; ends when sealed->stopping is set. */
MUST_USE int sealed_daily_start(Sealed *sealed);
/* A number for a file that no other has. */
uint32_t sealed_next_file(Sealed *sealed);
/* Under work_lock. `next` is written and takes the place of what was; it is emptied. */
MUST_USE int sealed_set_manifest(Sealed *sealed, Manifest *next);
/* Under work_lock. A checkpoint, and telling of it. */
MUST_USE int sealed_seal_chain(Sealed *sealed);
/* Under work_lock. What a step that failed left is looked at as after a power cut. */
MUST_USE int sealed_settle(Sealed *sealed);
/* Under work_lock. Removes replaced files whose time is over; all: whatever their time. */
void sealed_remove_replaced(Sealed *sealed, bool all);
/* Without a lock: takes them itself. When it is time. */
void sealed_expire_hourly(Sealed *sealed);
/* Under work_lock. Tombstones of the manifest whose files are still there: the chain says so, too,
 * when this returns 0. */
MUST_USE int sealed_finish_burials(Sealed *sealed, const Manifest *manifest);
void sealed_keys_done(SealedKeys *keys);
void sealed_tell(const Sealed *sealed, StoreNews news, const char *detail);

#endif
