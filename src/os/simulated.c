/* See simulated.h. */
#include "os/simulated.h"

#include "base/check.h"
#include "os/simulated_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    OPEN_FILES_MAX = 256,
    FIRST_FD = 1000
}; /* far from real descriptors, so that a mix-up shows */
#define CLOCK_START_NS ((int64_t)1767225600 * 1000000000) /* 2026-01-01T00:00:00Z */

typedef struct OpenFile {
    bool used, locked;
    int flags;
    uint32_t node;
    uint64_t position;
} OpenFile;

struct SimulatedOs {
    Os os;
    pthread_mutex_t lock; /* over everything below */
    Disk disk;
    OpenFile files[OPEN_FILES_MAX];
    uint64_t random;
    int64_t clock_ns;
    uint64_t space_bytes;
    uint64_t syncs_until_failure; /* 0: none fails */
    SimulatedStep step;
    void *step_context;
};

static SimulatedOs *enter(void *state)
{
    SimulatedOs *simulated = state;
    pthread_mutex_lock(&simulated->lock);
    return simulated;
}

static void leave(SimulatedOs **simulated)
{
    pthread_mutex_unlock(&(*simulated)->lock);
}

/* Holds the lock until the scope ends. */
#define ENTER(state) CLEANUP(leave) SimulatedOs *simulated = enter(state)

/* After a change, without the lock: the step may look at the machine. */
static void stepped(void *state)
{
    SimulatedOs *simulated = state;
    if (simulated->step) simulated->step(simulated->step_context);
}

static OpenFile *file_of(SimulatedOs *simulated, int fd)
{
    if (fd < FIRST_FD || fd >= FIRST_FD + OPEN_FILES_MAX) return NULL;
    OpenFile *file = &simulated->files[fd - FIRST_FD];
    return file->used ? file : NULL;
}

static int find_path(SimulatedOs *simulated, const char *path, uint32_t *ret_node)
{
    DiskName name;
    int r = disk_resolve(&simulated->disk, path, &name);
    return r < 0 ? r : disk_find(&simulated->disk, &name, ret_node);
}

static int open_node(SimulatedOs *simulated, const char *path, int flags, bool *ret_changed)
{
    DiskName name;
    uint32_t node;
    int r = disk_resolve(&simulated->disk, path, &name);
    if (r < 0) return r;
    r = disk_find(&simulated->disk, &name, &node);
    if (r == 0 && (flags & O_CREAT) && (flags & O_EXCL)) return -EEXIST;
    if (r < 0 && !(flags & O_CREAT)) return r;
    if (r < 0) {
        node = disk_add(&simulated->disk, &name, false);
        *ret_changed = true;
    }
    const DiskNode *found = &simulated->disk.nodes[node];
    if (found->is_folder && (flags & O_ACCMODE) != O_RDONLY) return -EISDIR;
    if (!found->is_folder && (flags & O_DIRECTORY)) return -ENOTDIR;
    if ((flags & O_TRUNC) && found->now.len) {
        disk_truncate(&simulated->disk, node, 0);
        *ret_changed = true;
    }
    return (int)node;
}

static int open_locked(void *state, const char *path, int flags, bool *ret_changed)
{
    ENTER(state);
    int fd = 0;
    while (fd < OPEN_FILES_MAX && simulated->files[fd].used) {
        fd++;
    }
    if (fd == OPEN_FILES_MAX) return -EMFILE;
    int node = open_node(simulated, path, flags, ret_changed);
    if (node < 0) return node;
    simulated->files[fd] = (OpenFile){.used = true, .flags = flags, .node = (uint32_t)node};
    return FIRST_FD + fd;
}

static int simulated_open(void *state, const char *path, int flags, mode_t mode)
{
    (void)mode;
    bool changed = false;
    int r = open_locked(state, path, flags, &changed);
    if (changed) stepped(state);
    return r;
}

static int simulated_close(void *state, int fd)
{
    ENTER(state);
    OpenFile *file = file_of(simulated, fd);
    if (!file) return -EBADF;
    file->used = false;
    return 0;
}

static ssize_t read_at(const DiskNode *node, void *to, size_t bytes, uint64_t offset)
{
    if (node->is_folder) return -EISDIR;
    if (offset >= node->now.len) return 0;
    if (bytes > node->now.len - offset) bytes = node->now.len - (size_t)offset;
    memcpy(to, node->now.ptr + offset, bytes);
    return (ssize_t)bytes;
}

static ssize_t simulated_read(void *state, int fd, void *to, size_t bytes)
{
    ENTER(state);
    OpenFile *file = file_of(simulated, fd);
    if (!file) return -EBADF;
    ssize_t got = read_at(&simulated->disk.nodes[file->node], to, bytes, file->position);
    if (got > 0) file->position += (uint64_t)got;
    return got;
}

static ssize_t simulated_pread(void *state, int fd, void *to, size_t bytes, uint64_t offset)
{
    ENTER(state);
    OpenFile *file = file_of(simulated, fd);
    if (!file) return -EBADF;
    return read_at(&simulated->disk.nodes[file->node], to, bytes, offset);
}

/* Cuts a write to what the disk still has room for. */
static ssize_t write_at(SimulatedOs *simulated, uint32_t node, const void *from, size_t bytes,
                        uint64_t offset)
{
    uint64_t len = simulated->disk.nodes[node].now.len;
    uint64_t end = offset + bytes;
    if (simulated->space_bytes && end > len) {
        uint64_t used = disk_bytes(&simulated->disk);
        uint64_t left = used < simulated->space_bytes ? simulated->space_bytes - used : 0;
        if (end - len > left) {
            if (len + left <= offset) return -ENOSPC;
            bytes = (size_t)(len + left - offset);
        }
    }
    disk_write(&simulated->disk, node, offset, from, bytes);
    simulated->disk.nodes[node].modified_ns = simulated->clock_ns;
    return (ssize_t)bytes;
}

static ssize_t write_locked(void *state, int fd, const void *from, size_t bytes,
                            const uint64_t *offset)
{
    ENTER(state);
    OpenFile *file = file_of(simulated, fd);
    if (!file || (file->flags & O_ACCMODE) == O_RDONLY) return -EBADF;
    if (offset) return write_at(simulated, file->node, from, bytes, *offset);
    if (file->flags & O_APPEND) file->position = simulated->disk.nodes[file->node].now.len;
    ssize_t done = write_at(simulated, file->node, from, bytes, file->position);
    if (done > 0) file->position += (uint64_t)done;
    return done;
}

static ssize_t simulated_write(void *state, int fd, const void *from, size_t bytes)
{
    ssize_t r = write_locked(state, fd, from, bytes, NULL);
    if (r > 0) stepped(state);
    return r;
}

static ssize_t simulated_pwrite(void *state, int fd, const void *from, size_t bytes,
                                uint64_t offset)
{
    ssize_t r = write_locked(state, fd, from, bytes, &offset);
    if (r > 0) stepped(state);
    return r;
}

static int sync_locked(void *state, int fd)
{
    ENTER(state);
    OpenFile *file = file_of(simulated, fd);
    if (!file) return -EBADF;
    if (simulated->syncs_until_failure && --simulated->syncs_until_failure == 0) {
        disk_lose_writes(&simulated->disk, file->node);
        return -EIO;
    }
    disk_sync_node(&simulated->disk, file->node);
    return 0;
}

static int simulated_sync_data(void *state, int fd)
{
    int r = sync_locked(state, fd);
    stepped(state);
    return r;
}

static int sync_folder_locked(void *state, const char *path)
{
    ENTER(state);
    uint32_t node;
    int r = find_path(simulated, path, &node);
    if (r < 0) return r;
    if (!simulated->disk.nodes[node].is_folder) return -ENOTDIR;
    disk_sync_folder(&simulated->disk, node);
    return 0;
}

static int simulated_sync_folder(void *state, const char *path)
{
    int r = sync_folder_locked(state, path);
    if (r == 0) stepped(state);
    return r;
}

static int truncate_locked(void *state, int fd, uint64_t bytes)
{
    ENTER(state);
    OpenFile *file = file_of(simulated, fd);
    if (!file || (file->flags & O_ACCMODE) == O_RDONLY) return -EBADF;
    disk_truncate(&simulated->disk, file->node, bytes);
    return 0;
}

static int simulated_truncate(void *state, int fd, uint64_t bytes)
{
    int r = truncate_locked(state, fd, bytes);
    if (r == 0) stepped(state);
    return r;
}

/* Removes the name `from`; sets `to` (may be NULL) to its node. */
static int rename_locked(void *state, const char *from, const char *to)
{
    ENTER(state);
    Disk *disk = &simulated->disk;
    DiskName gone, come = {0};
    uint32_t node, there;
    int r = disk_resolve(disk, from, &gone);
    if (r == 0) r = disk_find(disk, &gone, &node);
    if (r < 0) return r;
    if (!to && disk->nodes[node].is_folder) return -EISDIR;
    if (to) {
        r = disk_resolve(disk, to, &come);
        if (r < 0) return r;
        if (disk_find(disk, &come, &there) == 0 && disk->nodes[there].is_folder) {
            if (!disk->nodes[node].is_folder) return -EISDIR;
            if (!disk_folder_is_empty(disk, there)) return -ENOTEMPTY;
        }
        come.node = node;
    }
    disk_rename(disk, &gone, &come);
    return 0;
}

static int simulated_rename(void *state, const char *from, const char *to)
{
    int r = rename_locked(state, from, to);
    if (r == 0) stepped(state);
    return r;
}

static int simulated_unlink(void *state, const char *path)
{
    int r = rename_locked(state, path, NULL);
    if (r == 0) stepped(state);
    return r;
}

static int make_folder_locked(void *state, const char *path)
{
    ENTER(state);
    DiskName name;
    uint32_t node;
    int r = disk_resolve(&simulated->disk, path, &name);
    if (r < 0) return r;
    if (disk_find(&simulated->disk, &name, &node) == 0) return -EEXIST;
    disk_add(&simulated->disk, &name, true);
    return 0;
}

static int simulated_make_folder(void *state, const char *path, mode_t mode)
{
    (void)mode;
    int r = make_folder_locked(state, path);
    if (r == 0) stepped(state);
    return r;
}

static FileInfo info_of_node(const SimulatedOs *simulated, uint32_t index)
{
    const DiskNode *node = &simulated->disk.nodes[index];
    return (FileInfo){
        .bytes = node->now.len,
        .device = 1,
        .inode = (uint64_t)index + 1,
        .modified_ns = node->modified_ns,
        .is_folder = node->is_folder,
        .is_regular = !node->is_folder,
    };
}

static int simulated_info(void *state, const char *path, FileInfo *ret)
{
    ENTER(state);
    uint32_t node;
    int r = find_path(simulated, path, &node);
    if (r == 0) *ret = info_of_node(simulated, node);
    return r;
}

static int simulated_info_fd(void *state, int fd, FileInfo *ret)
{
    ENTER(state);
    OpenFile *file = file_of(simulated, fd);
    if (!file) return -EBADF;
    *ret = info_of_node(simulated, file->node);
    return 0;
}

/* A copy of the names, so that the sink may change the folder. */
static int copy_names(void *state, const char *path, Buf *ret)
{
    ENTER(state);
    uint32_t node;
    int r = find_path(simulated, path, &node);
    if (r < 0) return r;
    if (!simulated->disk.nodes[node].is_folder) return -ENOTDIR;
    for (size_t i = 0; i < simulated->disk.now.count; i++) {
        const DiskName *name = &simulated->disk.now.items[i];
        if (name->folder == node) buf_add(ret, name->name, strlen(name->name) + 1);
    }
    return buf_error(ret);
}

static int simulated_list(void *state, const char *path, FolderSink sink, void *context)
{
    CLEANUP(buf_done) Buf names = buf_make(0);
    int r = copy_names(state, path, &names);
    Slice rest = buf_slice(&names), name;
    while (r >= 0 && slice_cut(&rest, '\0', &name)) {
        r = sink(context, name);
    }
    return r < 0 ? r : 0;
}

static int simulated_lock(void *state, int fd)
{
    ENTER(state);
    OpenFile *file = file_of(simulated, fd);
    if (!file) return -EBADF;
    for (size_t i = 0; i < OPEN_FILES_MAX; i++) {
        const OpenFile *other = &simulated->files[i];
        if (other != file && other->used && other->locked && other->node == file->node) {
            return -EWOULDBLOCK;
        }
    }
    file->locked = true;
    return 0;
}

/* ---- clock and randomness */

static int64_t simulated_now_ns(void *state)
{
    ENTER(state);
    return simulated->clock_ns;
}

static void simulated_sleep_ns(void *state, int64_t ns)
{
    ENTER(state);
    if (ns > 0) simulated->clock_ns += ns;
}

static int simulated_random(void *state, void *to, size_t bytes)
{
    ENTER(state);
    for (size_t i = 0; i < bytes; i++) {
        ((uint8_t *)to)[i] = (uint8_t)(disk_random(&simulated->random) >> 56);
    }
    return 0;
}

static const Os simulated_table = {
    .open = simulated_open,
    .close = simulated_close,
    .read = simulated_read,
    .pread = simulated_pread,
    .write = simulated_write,
    .pwrite = simulated_pwrite,
    .sync_data = simulated_sync_data,
    .sync_folder = simulated_sync_folder,
    .truncate = simulated_truncate,
    .rename = simulated_rename,
    .unlink = simulated_unlink,
    .make_folder = simulated_make_folder,
    .info = simulated_info,
    .info_fd = simulated_info_fd,
    .list = simulated_list,
    .lock = simulated_lock,
    .now_ns = simulated_now_ns,
    .monotonic_ns = simulated_now_ns,
    .sleep_ns = simulated_sleep_ns,
    .random = simulated_random,
};

/* ---- for the test */

static SimulatedOs *make(Disk disk, uint64_t seed, int64_t clock_ns)
{
    SimulatedOs *simulated = calloc(1, sizeof *simulated);
    CHECK(simulated);
    simulated->os = simulated_table;
    simulated->os.state = simulated;
    simulated_without_sockets(&simulated->os);
    simulated->disk = disk;
    simulated->random = seed;
    simulated->clock_ns = clock_ns;
    pthread_mutex_init(&simulated->lock, NULL);
    return simulated;
}

SimulatedOs *simulated_os_new(uint64_t seed)
{
    return make(disk_make(), seed, CLOCK_START_NS);
}

void simulated_os_free(SimulatedOs *simulated)
{
    if (!simulated) return;
    disk_done(&simulated->disk);
    pthread_mutex_destroy(&simulated->lock);
    free(simulated);
}

const Os *simulated_os_table(SimulatedOs *simulated)
{
    return &simulated->os;
}

SimulatedOs *simulated_os_after_cut(SimulatedOs *before, PowerCut cut, uint64_t seed)
{
    ENTER(before);
    return make(disk_after_cut(&simulated->disk, cut, seed), seed, simulated->clock_ns);
}

void simulated_os_on_step(SimulatedOs *simulated, SimulatedStep step, void *context)
{
    simulated->step = step;
    simulated->step_context = context;
}

void simulated_os_set_space(SimulatedOs *simulated, uint64_t bytes)
{
    simulated->space_bytes = bytes;
}

void simulated_os_fail_sync(SimulatedOs *simulated, uint64_t nth)
{
    simulated->syncs_until_failure = nth;
}

int simulated_os_flip(SimulatedOs *flipped, const char *path, uint64_t offset, uint8_t mask)
{
    ENTER(flipped);
    uint32_t index;
    int r = find_path(simulated, path, &index);
    if (r < 0) return r;
    DiskNode *node = &simulated->disk.nodes[index];
    if (offset >= node->now.len) return -EINVAL;
    node->now.ptr[offset] = (char)(node->now.ptr[offset] ^ mask);
    if (offset < node->durable.len) node->durable.ptr[offset] = node->now.ptr[offset];
    return 0;
}
