/* What a generation of a backup holds: its files, and of each the parts that are its bytes. A part
 * is a file of the backup's folder `objects`, named by the SHA-256 of what is in it, so generations
 * share what did not change. Bytes: doc/format/backup.md. */
#ifndef AKASHI_STORE_BACKUP_LIST_H
#define AKASHI_STORE_BACKUP_LIST_H

#include "base/buf.h"
#include "base/digest.h"
#include "os/os.h"
#include "store/proof/note.h"

#define BACKUP_PART_BYTES ((size_t)8 << 20)
#define BACKUP_NAME_BYTES_MAX 64
#define BACKUP_FILES_MAX ((size_t)2 << 20)
#define BACKUP_LIST_BYTES_MAX ((size_t)512 << 20)
#define BACKUP_GENERATIONS_MAX 100000u

typedef struct BackupPart {
    Digest digest;
    uint64_t bytes;
} BackupPart;

typedef struct BackupFile {
    char name[BACKUP_NAME_BYTES_MAX]; /* in the store's folder */
    uint64_t bytes;
    int64_t modified_ns;
    Digest digest; /* of all of it */
    size_t first_part, part_count;
} BackupFile;

typedef struct BackupList {
    uint32_t generation;
    uint64_t store_id;
    int64_t time_ns;
    uint64_t rows;       /* in its sealed segments */
    uint64_t checkpoint; /* number of the last one; size 0: the chain did not hold */
    uint64_t size;       /* entries of the log that it covers */
    Digest root;
    Buf files; /* BackupFile each */
    Buf parts; /* BackupPart each */
} BackupList;

static inline size_t backup_file_count(const BackupList *list)
{
    return list->files.len / sizeof(BackupFile);
}
static inline const BackupFile *backup_file(const BackupList *list, size_t index)
{
    return (const BackupFile *)list->files.ptr + index;
}
static inline const BackupPart *backup_part(const BackupList *list, size_t index)
{
    return (const BackupPart *)list->parts.ptr + index;
}
void backup_list_init(BackupList *list);
void backup_list_done(BackupList *list);
/* Adds a file of these parts. -ENOMEM; -E2BIG: BACKUP_FILES_MAX. */
MUST_USE int backup_list_add(BackupList *list, const BackupFile *file, const BackupPart *parts,
                             size_t part_count);
/* NULL: it has no such file. */
const BackupFile *backup_list_find(const BackupList *list, Slice name);
uint64_t backup_list_bytes(const BackupList *list);

/* A name that a store's file may have: letters, digits, . - _, one folder at most, nothing that
 * begins with a dot. Lists are read from media that others can write to. */
bool backup_name_is_good(Slice name);

void backup_list_print(const BackupList *list, Buf *to);
/* -EBADMSG: not a list, or its sum does not hold; -EPROTO: newer version; -ENOMEM. */
MUST_USE int backup_list_parse(Slice text, BackupList *ret);

/* The folder of a backup. */
typedef struct BackupPath {
    char text[4352];
} BackupPath;
BackupPath backup_object_path(const char *to, const Digest *digest);
BackupPath backup_list_path(const char *to, uint32_t generation);
/* The generations there are, uint32_t each, ascending. 0 also where there are none. */
MUST_USE int backup_generations(const Os *os, const char *to, Buf *ret);
MUST_USE int backup_list_read(const Os *os, const char *to, uint32_t generation, BackupList *ret);
/* Durable and whole when this returns 0; else there is none. */
MUST_USE int backup_list_write(const Os *os, const char *to, const BackupList *list);

/* As sync_folder; mounted shares may know no such thing (EINVAL of fsync(2)), which is no failure.
 */
MUST_USE int backup_sync_folder(const Os *os, const char *path);

#endif
