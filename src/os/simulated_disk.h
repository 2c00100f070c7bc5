/* The insides of simulated.c. The file system: nodes, names, and what of them is durable; no locks,
 * no file descriptors; errors of memory end the test program (CHECK). */
#ifndef AKASHI_OS_SIMULATED_DISK_H
#define AKASHI_OS_SIMULATED_DISK_H

#include "base/buf.h"
#include "os/simulated.h"

#define DISK_NAME_BYTES_MAX 255
#define DISK_ROOT 0u

/* A write, or (bytes NULL) a change of size to `offset`, that was not synced yet. */
typedef struct DiskWrite {
    uint64_t offset;
    char *bytes;
    size_t len;
} DiskWrite;

/* A file or folder; never freed before the disk is. */
typedef struct DiskNode {
    bool is_folder;
    Buf now;     /* what a reader sees */
    Buf durable; /* what is on the medium for sure */
    DiskWrite *writes;
    size_t write_count;
    int64_t modified_ns;
} DiskNode;

typedef struct DiskName {
    uint32_t folder;
    uint32_t node;
    char name[DISK_NAME_BYTES_MAX + 1];
} DiskName;

typedef struct DiskNames {
    DiskName *items;
    size_t count;
} DiskNames;

/* Not synced yet: `gone` (when its name is not empty) is removed and then `come` (likewise) is set.
 */
typedef struct DiskNaming {
    DiskName gone, come;
} DiskNaming;

typedef struct Disk {
    DiskNode *nodes;
    size_t node_count;
    DiskNames now, durable;
    DiskNaming *namings;
    size_t naming_count;
} Disk;

Disk disk_make(void);
void disk_done(Disk *disk);
Disk disk_after_cut(const Disk *disk, PowerCut cut, uint64_t seed);
uint64_t disk_random(uint64_t *state); /* splitmix64 */

/* Finds the folder of the path and its last name (empty for the root). -ENOENT, -ENOTDIR,
 * -ENAMETOOLONG. */
MUST_USE int disk_resolve(const Disk *disk, const char *path, DiskName *ret);
/* The node of a name that disk_resolve gave. -ENOENT. */
MUST_USE int disk_find(const Disk *disk, const DiskName *name, uint32_t *ret_node);
/* A new file or folder under the name. */
uint32_t disk_add(Disk *disk, const DiskName *name, bool is_folder);
/* Each may have an empty name: nothing is removed, nothing is set. */
void disk_rename(Disk *disk, const DiskName *gone, const DiskName *come);
bool disk_folder_is_empty(const Disk *disk, uint32_t folder);

void disk_write(Disk *disk, uint32_t node, uint64_t offset, const void *bytes, size_t len);
void disk_truncate(Disk *disk, uint32_t node, uint64_t bytes);
void disk_sync_node(Disk *disk, uint32_t node);
/* What was not synced is never going to be. */
void disk_lose_writes(Disk *disk, uint32_t node);
void disk_sync_folder(Disk *disk, uint32_t folder);
uint64_t disk_bytes(const Disk *disk);

/* Puts functions that give -ENOSYS in the places of sockets and waiting. */
void simulated_without_sockets(Os *os);

#endif
