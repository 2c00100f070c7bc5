/* The files of a store at one moment, while its writer goes on; see backup_snapshot.c. */
#ifndef AKASHI_STORE_BACKUP_SNAPSHOT_H
#define AKASHI_STORE_BACKUP_SNAPSHOT_H

#include "store/ops/backup_list.h"
#include "store/sealed/manifest.h"

/* One file. What changes its bytes in place, or may go away, is open or in memory already. */
typedef struct SnapshotFile {
    char name[BACKUP_NAME_BYTES_MAX];
    int fd;         /* -1: content, or to be opened by name */
    Slice content;  /* when fd is -1 and is_held */
    bool is_held;   /* content is what the file is */
    bool is_sealed; /* a segment: never changes but for its key */
    uint64_t bytes; /* of them, so many; UINT64_MAX: all that there are when it is opened */
} SnapshotFile;

typedef struct Snapshot {
    StoreFolder folder;
    Arena arena; /* of contents */
    Buf files;   /* SnapshotFile each */
    uint64_t rows, sealed_bytes;
    bool chain_holds;
    uint64_t checkpoint, size;
    Digest root;
} Snapshot;

/* -EAGAIN: the store changed while it was looked at, or (patient) its chain has a segment that
 * MANIFEST will name in a moment; again. Others as store_folder_look and the system. */
MUST_USE int snapshot_take(const Os *os, const char *store, const Secret *kek, bool patient,
                           Snapshot *ret, Complaint *complaint);
/* One file more, of any path, under that name. */
MUST_USE int snapshot_add_guest(Snapshot *snapshot, const char *path, const char *name);
void snapshot_done(Snapshot *snapshot);
static inline size_t snapshot_count(const Snapshot *snapshot)
{
    return snapshot->files.len / sizeof(SnapshotFile);
}
static inline const SnapshotFile *snapshot_file(const Snapshot *snapshot, size_t index)
{
    return (const SnapshotFile *)snapshot->files.ptr + index;
}

#endif
