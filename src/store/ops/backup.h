/* Backups of a store in generations, beside its running writer, and back.
 *
 * The folder of a backup is on another disk or a mounted share and belongs to one store:
 *   generations/NNNNNN.list   what a generation holds (backup_list.h)
 *   objects/HH/HEX            the parts, named by their SHA-256, shared by generations
 *   LOCK                      held by whoever writes there
 *
 * Everything in it is as sealed as the store is. The key-encryption key is not in it: without the
 * key nothing can be read of a backup, so its copy is kept elsewhere.
 *
 * Invariants
 *   B1 a generation that is listed is whole and durable: its list gets its name last.
 *   B2 a generation is the store at one moment, as a power cut then would have left it, so what was
 *      committed before backup_take was called is in it.
 *   B3 whatever fails, generations that are listed stay as they are; at least BACKUP_KEEP_MIN of
 *      them are kept. */
#ifndef AKASHI_STORE_BACKUP_H
#define AKASHI_STORE_BACKUP_H

#include "base/complaint.h"
#include "store/crypt/secret.h"
#include "store/ops/backup_list.h"

#include <stdatomic.h>

#define BACKUP_KEEP_MIN 3u
#define BACKUP_KEEP_DEFAULT 7u

/* Bytes done of all. Negative ends the work with it. */
typedef int (*BackupProgress)(void *context, uint64_t done, uint64_t all);

typedef struct BackupGuest {
    const char *path;
    const char *name; /* under which a restore puts it back */
} BackupGuest;

typedef struct BackupOptions {
    const Os *os;
    const char *store; /* its folder */
    const Secret *kek;
    const char *to; /* made when it is absent */
    unsigned keep;  /* generations; 0: BACKUP_KEEP_DEFAULT; fewer than the least are the least */
    /* Files that go with the store's own; they stay as they are meanwhile. */
    const BackupGuest *guests;
    size_t guest_count;
    BackupProgress progress; /* may be NULL */
    void *context;
} BackupOptions;

typedef struct BackupSummary {
    uint32_t generation;
    uint64_t files, bytes; /* of the store */
    uint64_t copied_bytes; /* the others were there already */
    uint64_t rows;         /* in sealed segments */
    uint64_t checkpoint, size;
    Digest root;
    uint32_t removed; /* generations that were too many */
    bool chain_holds; /* false: what is there was copied, but proves nothing */
    size_t left_out;  /* files beside the store that are not in it (engine/backup_beside.h) */
    char first_left_out[256];
} BackupSummary;

/* Makes one more generation. The complaint says what is wrong: -ENOSPC: the target is full, what
 * was listed before stays, what was copied is used by the next try; -EWOULDBLOCK: another backup
 * writes there; -EXDEV: it is the backup of another store, or lies in the store itself; -EPROTO,
 * -ENOKEY, -ENOENT: of the store, as store_reader_open; -EAGAIN: the store changed too quickly;
 * or what the system said. */
MUST_USE int backup_take(const BackupOptions *options, BackupSummary *ret, Complaint *complaint);

/* Removes the oldest generations until `keep` are left, then the parts that none of them needs.
 * Where a list does not hold no part is removed: -EBADMSG. The caller holds the lock. */
MUST_USE int backup_thin(const Os *os, const char *to, unsigned keep, uint32_t *ret_removed);

typedef struct BackupFinding {
    uint32_t generation;
    const char *file;   /* NULL: the list itself does not hold */
    const char *reason; /* list, missing, changed, unreadable */
} BackupFinding;
typedef void (*BackupFindingSink)(void *context, const BackupFinding *finding);

/* Reads every part of every generation. 0: all hold; 1: some do not, each was told, and what is
 * damaged is put aside, so that the next backup copies it again (where the store still has it).
 * *ret_bytes were read. Negative: it could not look. */
MUST_USE int backup_check(const Os *os, const char *to, BackupProgress progress,
                          BackupFindingSink sink, void *context, uint64_t *ret_bytes);

typedef struct RestoreSummary {
    uint32_t generation;
    uint64_t files, bytes;
    bool has_root;
    uint64_t checkpoint, size;
    Digest root;     /* that the generation says */
    Digest new_root; /* of the restored log, computed again from its entries */
} RestoreSummary;

/* Puts a generation (0: the newest that holds) into `folder`, which is absent or empty, or holds a
 * restore that was cut off. Needs no key. Every part is checked on the way. The complaint says what
 * is wrong: -ENOTEMPTY; -ENOENT: no such generation; -EBADMSG: a part does not hold, or the root is
 * another; what the system said. Until it returned 0 the folder is refused as a store. */
MUST_USE int backup_restore(const Os *os, const char *from, uint32_t generation, const char *folder,
                            BackupProgress progress, void *context, RestoreSummary *ret,
                            Complaint *complaint);

/* Of a store's folder, or a restored one: size and root of the last checkpoint, the root computed
 * again. As chain_open_reading. */
MUST_USE int backup_chain_root(const Os *os, const char *folder, uint64_t *ret_size,
                               Digest *ret_root);

#endif
