/* See simulated_disk.h. */
#include "os/simulated_disk.h"

#include "base/check.h"

#include <errno.h>
#include <stdlib.h>

uint64_t disk_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* One more item at the end of an array that has `count`. */
static void *grown(void *items, size_t count, size_t item_bytes)
{
    void *more = realloc(items, (count + 1) * item_bytes);
    CHECK(more);
    return more;
}

static uint32_t add_node(Disk *disk, bool is_folder)
{
    disk->nodes = grown(disk->nodes, disk->node_count, sizeof *disk->nodes);
    disk->nodes[disk->node_count] = (DiskNode){.is_folder = is_folder};
    return (uint32_t)disk->node_count++;
}

Disk disk_make(void)
{
    Disk disk = {0};
    add_node(&disk, true);
    return disk;
}

static void forget_writes(DiskNode *node)
{
    for (size_t i = 0; i < node->write_count; i++) {
        free(node->writes[i].bytes);
    }
    free(node->writes);
    node->writes = NULL;
    node->write_count = 0;
}

void disk_done(Disk *disk)
{
    for (size_t i = 0; i < disk->node_count; i++) {
        forget_writes(&disk->nodes[i]);
        buf_done(&disk->nodes[i].now);
        buf_done(&disk->nodes[i].durable);
    }
    free(disk->nodes);
    free(disk->now.items);
    free(disk->durable.items);
    free(disk->namings);
    *disk = (Disk){0};
}

/* ---- names */

static DiskName *names_find(const DiskNames *names, uint32_t folder, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        DiskName *item = &names->items[i];
        if (item->folder == folder && strcmp(item->name, name) == 0) return item;
    }
    return NULL;
}

static void names_apply(DiskNames *names, const DiskNaming *naming)
{
    DiskName *gone = names_find(names, naming->gone.folder, naming->gone.name);
    if (gone) *gone = names->items[--names->count];
    if (!naming->come.name[0]) return;
    DiskName *there = names_find(names, naming->come.folder, naming->come.name);
    if (!there) {
        names->items = grown(names->items, names->count, sizeof *names->items);
        there = &names->items[names->count++];
    }
    *there = naming->come;
}

int disk_resolve(const Disk *disk, const char *path, DiskName *ret)
{
    Slice rest = slice_from_cstr(path), piece;
    DiskName at = {.folder = DISK_ROOT};
    while (slice_cut(&rest, '/', &piece)) {
        if (piece.len == 0 || slice_eq(piece, SLICE("."))) continue;
        if (piece.len > DISK_NAME_BYTES_MAX) return -ENAMETOOLONG;
        if (at.name[0]) {
            uint32_t node;
            int r = disk_find(disk, &at, &node);
            if (r < 0) return r;
            if (!disk->nodes[node].is_folder) return -ENOTDIR;
            at.folder = node;
        }
        memcpy(at.name, piece.ptr, piece.len);
        at.name[piece.len] = '\0';
    }
    *ret = at;
    return 0;
}

int disk_find(const Disk *disk, const DiskName *name, uint32_t *ret_node)
{
    if (!name->name[0]) {
        *ret_node = DISK_ROOT;
        return 0;
    }
    const DiskName *found = names_find(&disk->now, name->folder, name->name);
    if (!found) return -ENOENT;
    *ret_node = found->node;
    return 0;
}

void disk_rename(Disk *disk, const DiskName *gone, const DiskName *come)
{
    DiskNaming naming = {.gone = *gone, .come = *come};
    names_apply(&disk->now, &naming);
    disk->namings = grown(disk->namings, disk->naming_count, sizeof *disk->namings);
    disk->namings[disk->naming_count++] = naming;
}

uint32_t disk_add(Disk *disk, const DiskName *name, bool is_folder)
{
    DiskName come = *name;
    come.node = add_node(disk, is_folder);
    disk_rename(disk, &(DiskName){0}, &come);
    return come.node;
}

bool disk_folder_is_empty(const Disk *disk, uint32_t folder)
{
    for (size_t i = 0; i < disk->now.count; i++) {
        if (disk->now.items[i].folder == folder) return false;
    }
    return true;
}

void disk_sync_folder(Disk *disk, uint32_t folder)
{
    size_t kept = 0;
    for (size_t i = 0; i < disk->naming_count; i++) {
        const DiskNaming *naming = &disk->namings[i];
        bool touches = (naming->gone.name[0] && naming->gone.folder == folder) ||
                       (naming->come.name[0] && naming->come.folder == folder);
        if (touches) {
            names_apply(&disk->durable, naming);
        } else {
            disk->namings[kept++] = *naming;
        }
    }
    disk->naming_count = kept;
}

/* ---- bytes */

static void buf_resize(Buf *buf, uint64_t bytes)
{
    if (bytes > buf->len) {
        size_t more = (size_t)bytes - buf->len;
        char *room = buf_reserve(buf, more);
        CHECK(room);
        memset(room, 0, more);
    }
    buf->len = (size_t)bytes;
}

static void buf_put_at(Buf *buf, uint64_t offset, const char *bytes, size_t len)
{
    if (offset + len > buf->len) buf_resize(buf, offset + len);
    if (len) memcpy(buf->ptr + offset, bytes, len);
}

static void apply_write(Buf *to, const DiskWrite *write)
{
    if (write->bytes) {
        buf_put_at(to, write->offset, write->bytes, write->len);
    } else {
        buf_resize(to, write->offset);
    }
}

static void note_write(DiskNode *node, DiskWrite write)
{
    apply_write(&node->now, &write);
    node->writes = grown(node->writes, node->write_count, sizeof *node->writes);
    node->writes[node->write_count++] = write;
}

void disk_write(Disk *disk, uint32_t node, uint64_t offset, const void *bytes, size_t len)
{
    char *copy = malloc(len + 1);
    CHECK(copy);
    memcpy(copy, bytes, len);
    note_write(&disk->nodes[node], (DiskWrite){.offset = offset, .bytes = copy, .len = len});
}

void disk_truncate(Disk *disk, uint32_t node, uint64_t bytes)
{
    note_write(&disk->nodes[node], (DiskWrite){.offset = bytes});
}

void disk_sync_node(Disk *disk, uint32_t index)
{
    DiskNode *node = &disk->nodes[index];
    for (size_t i = 0; i < node->write_count; i++) {
        apply_write(&node->durable, &node->writes[i]);
    }
    forget_writes(node);
}

void disk_lose_writes(Disk *disk, uint32_t node)
{
    forget_writes(&disk->nodes[node]);
}

uint64_t disk_bytes(const Disk *disk)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < disk->now.count; i++) {
        bytes += disk->nodes[disk->now.items[i].node].now.len;
    }
    return bytes;
}

/* ---- the power cut */

/* The sectors of a write arrive each on its own; the size may be there before they are. */
static void apply_torn(Buf *to, const DiskWrite *write, uint64_t *random)
{
    if (disk_random(random) % 3 == 0) return;
    if (!write->bytes || disk_random(random) % 3 == 0) {
        apply_write(to, write);
        return;
    }
    if (disk_random(random) % 2 && write->offset + write->len > to->len) {
        buf_resize(to, write->offset + write->len);
    }
    for (uint64_t at = write->offset, end = write->offset + write->len; at < end;) {
        uint64_t next = (at / SIMULATED_SECTOR_BYTES + 1) * SIMULATED_SECTOR_BYTES;
        if (next > end) next = end;
        if (disk_random(random) % 2) {
            buf_put_at(to, at, write->bytes + (at - write->offset), (size_t)(next - at));
        }
        at = next;
    }
}

static void cut_node(DiskNode *to, const DiskNode *from, PowerCut cut, uint64_t *random)
{
    const Buf *base = cut == POWER_CUT_NONE ? &from->now : &from->durable;
    to->is_folder = from->is_folder;
    to->modified_ns = from->modified_ns;
    buf_put_at(&to->durable, 0, base->ptr, base->len);
    for (size_t i = 0; i < from->write_count && cut == POWER_CUT_ANY; i++) {
        apply_torn(&to->durable, &from->writes[i], random);
    }
    buf_put_at(&to->now, 0, to->durable.ptr, to->durable.len);
}

static void copy_names(DiskNames *to, const DiskNames *from)
{
    to->items = malloc((from->count + 1) * sizeof *to->items);
    CHECK(to->items);
    if (from->count) memcpy(to->items, from->items, from->count * sizeof *to->items);
    to->count = from->count;
}

Disk disk_after_cut(const Disk *disk, PowerCut cut, uint64_t seed)
{
    Disk after = {0};
    uint64_t random = seed;
    for (size_t i = 0; i < disk->node_count; i++) {
        add_node(&after, false);
        cut_node(&after.nodes[i], &disk->nodes[i], cut, &random);
    }
    copy_names(&after.durable, cut == POWER_CUT_NONE ? &disk->now : &disk->durable);
    for (size_t i = 0; i < disk->naming_count && cut == POWER_CUT_ANY; i++) {
        if (disk_random(&random) % 2) names_apply(&after.durable, &disk->namings[i]);
    }
    copy_names(&after.now, &after.durable);
    return after;
}
