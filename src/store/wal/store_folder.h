/* The files of a store: their names, which of them there are, and FORMAT, which says that the
 * folder is a store, of which version, and with which id. */
#ifndef AKASHI_STORE_STORE_FOLDER_H
#define AKASHI_STORE_STORE_FOLDER_H

#include "base/buf.h"
#include "base/complaint.h"
#include "os/os.h"
#include "store/crypt/secret.h"

#define STORE_PATH_MAX 3840 /* of the folder; with a file's name it still fits PATH_MAX */
#define FILE_NAME_MAX 32    /* of a file in it */
#define TIP_NUMBER_BIT 0x80000000u
#define STORE_RESTORING "RESTORING" /* while a backup is being put back (ops/backup.h) */

typedef struct StoreFolder {
    const Os *os;
    char path[STORE_PATH_MAX];
    const Secret *kek; /* borrowed */
    uint64_t store_id; /* never 0 once the folder is known to be a store with blocks */
} StoreFolder;

/* The log in full blocks, and in small ones what is not in a full block yet. */
typedef enum StoreFile { STORE_FILE_WAL, STORE_FILE_TIP } StoreFile;

/* As blocks carry it: the two kinds are numbered apart. */
static inline uint32_t file_number(StoreFile kind, uint32_t number)
{
    return kind == STORE_FILE_TIP ? number | TIP_NUMBER_BIT : number;
}
/* Writes the file's name at `to` (room for FILE_NAME_MAX). */
void store_file_name(StoreFile kind, uint32_t number, char *to);
/* The path of a name in the folder. */
typedef struct StorePath {
    char text[STORE_PATH_MAX + FILE_NAME_MAX + 2];
} StorePath;
StorePath store_path(const StoreFolder *folder, const char *name);
StorePath store_file_path(const StoreFolder *folder, StoreFile kind, uint32_t number);

/* Numbers of the files there are, ascending. */
typedef struct StoreListing {
    Buf wals, tips;  /* uint32_t each */
    unsigned sealed; /* how many of MANIFEST, segments and chain there are; two make a store */
    bool version1;   /* files of a store of version 1 */
    bool others;     /* files that are not a store's */
} StoreListing;
static inline size_t listing_count(const Buf *numbers)
{
    return numbers->len / sizeof(uint32_t);
}
static inline uint32_t listing_at(const Buf *numbers, size_t i)
{
    uint32_t number;
    memcpy(&number, numbers->ptr + i * sizeof number, sizeof number);
    return number;
}
void store_listing_done(StoreListing *listing);
/* Replaces what *listing held. */
MUST_USE int store_folder_list(const StoreFolder *folder, StoreListing *listing);

typedef enum FolderState {
    FOLDER_EMPTY,     /* absent, or without anything that is kept: a store may be made here */
    FOLDER_STORE,     /* a store of this version */
    FOLDER_VERSION_1, /* a store before encryption: it is to be migrated (store_version1.h) */
    FOLDER_DAMAGED,   /* a store whose FORMAT is damaged or gone; the id was found in its blocks, or
                         is 0 when there are none that are good */
} FolderState;

/* Looks, without writing. Sets folder->store_id. -EPROTO (with the complaint): a newer version, or
 * no store, or one that is being restored; -EBUSY (with the complaint): a change of key under this
 * one is not finished (ops/rekey.h); -ENOKEY (with the complaint): FORMAT says that the store has
 * another key;
 * -ENAMETOOLONG; or what the system said. */
MUST_USE int store_folder_look(StoreFolder *folder, const Os *os, const char *path,
                               const Secret *kek, FolderState *ret, Complaint *complaint);
int store_complain_key(Complaint *complaint, const char *path); /* -ENOKEY */
/* Whether the key opens a block or segment that is there. 0: it does, or there is none; -ENOKEY: it
 * opens none of them; what the system said. */
MUST_USE int store_key_fits(const StoreFolder *folder, const StoreListing *listing);
/* What FORMAT says under folder->kek; room for FORMAT_BYTES_MAX. Returns its length. */
#define FORMAT_BYTES_MAX 512
size_t store_folder_print_format(const StoreFolder *folder, char *to);
/* Makes FORMAT durable, with folder->store_id, or a new one when that is 0. The folder is there. */
MUST_USE int store_folder_write_format(StoreFolder *folder);
/* Makes the folder and all names on the way to it durable. */
MUST_USE int store_folder_make(const StoreFolder *folder);
/* Words for an error of the system. */
int store_complain(Complaint *complaint, int error, const char *path);

#endif
