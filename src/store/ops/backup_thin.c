/* Removing generations that are too many, and checking those that are kept; see backup.h. */
#include "store/ops/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what is needed */

static int compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(Digest));
}

/* The digests of all generations' parts, sorted. -EBADMSG: a list does not hold, so nobody knows
 * what it needs. */
static int needed_parts(const Os *os, const char *to, Buf *ret)
{
    CLEANUP(buf_done) Buf generations = buf_make(0);
    int r = backup_generations(os, to, &generations);
    for (size_t i = 0; i < generations.len / sizeof(uint32_t) && r == 0; i++) {
        BackupList list;
        r = backup_list_read(os, to, ((const uint32_t *)generations.ptr)[i], &list);
        if (r < 0) return r;
        for (size_t k = 0; k < list.parts.len / sizeof(BackupPart); k++) {
            buf_add(ret, &backup_part(&list, k)->digest, sizeof(Digest));
        }
        backup_list_done(&list);
        r = buf_error(ret);
    }
    if (r == 0 && ret->len) {
        qsort(ret->ptr, ret->len / sizeof(Digest), sizeof(Digest), compare_digests);
    }
    return r;
}

/* ---- removing what is not */

typedef struct Sweep {
    const Os *os;
    char folder[4352];
    const Buf *needed;
    Buf names; /* to be removed, NUL-terminated */
} Sweep;

static bool digest_of_name(Slice name, Digest *ret)
{
    if (name.len != 2 * sizeof ret->bytes) return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return false;
        uint8_t *byte = &ret->bytes[i / 2];
        *byte = (uint8_t)(i % 2 ? *byte << 4 | digit : digit);
    }
    return true;
}

static int note_object(void *context, Slice name)
{
    Sweep *sweep = context;
    Digest digest;
    bool passing = slice_ends(name, SLICE(".tmp"));
    if (!passing && !digest_of_name(name, &digest)) return 0;
    if (!passing && sweep->needed->len &&
        bsearch(&digest, sweep->needed->ptr, sweep->needed->len / sizeof digest, sizeof digest,
                compare_digests)) {
        return 0;
    }
    buf_add_slice(&sweep->names, name);
    buf_add_char(&sweep->names, '\0');
    return buf_error(&sweep->names);
}

static int sweep_folder(Sweep *sweep)
{
    const Os *os = sweep->os;
    buf_clear(&sweep->names);
    int r = os->list(os->state, sweep->folder, note_object, sweep);
    if (r == -ENOENT) return 0;
    for (size_t at = 0; at < sweep->names.len && r == 0;) {
        const char *name = sweep->names.ptr + at;
        char path[4500];
        snprintf(path, sizeof path, "%s/%s", sweep->folder, name);
        r = os->unlink(os->state, path);
        at += strlen(name) + 1;
    }
    return r;
}

static int sweep_objects(const Os *os, const char *to)
{
    CLEANUP(buf_done) Buf needed = buf_make((size_t)4 << 30);
    Sweep sweep = {.os = os, .needed = &needed, .names = buf_make(0)};
    int r = needed_parts(os, to, &needed);
    for (unsigned i = 0; i < 256 && r == 0; i++) {
        snprintf(sweep.folder, sizeof sweep.folder, "%s/objects/%02x", to, i);
        r = sweep_folder(&sweep);
    }
    buf_done(&sweep.names);
    return r;
}

int backup_thin(const Os *os, const char *to, unsigned keep, uint32_t *ret_removed)
{
    CLEANUP(buf_done) Buf generations = buf_make(0);
    char folder[4352];
    *ret_removed = 0;
    int r = backup_generations(os, to, &generations);
    size_t count = generations.len / sizeof(uint32_t);
    for (size_t i = 0; i + keep < count && r == 0; i++) {
        BackupPath path = backup_list_path(to, ((const uint32_t *)generations.ptr)[i]);
        r = os->unlink(os->state, path.text);
        *ret_removed += r == 0;
    }
    if (*ret_removed == 0) return r;
    snprintf(folder, sizeof folder, "%s/generations", to);
    /* Before a part goes, no list that needs it may come back after a power cut. */
    if (r == 0) r = backup_sync_folder(os, folder);
    return r < 0 ? r : sweep_objects(os, to);
}

/* ---- checking */

typedef struct Checking {
    const Os *os;
    const char *to;
    BackupProgress progress;
    BackupFindingSink sink;
    void *context;
    char *piece;
    uint64_t bytes, all_bytes;
    bool found;
} Checking;

static void tell(Checking *checking, uint32_t generation, const char *file, const char *reason)
{
    checking->found = true;
    checking->sink(checking->context, &(BackupFinding){generation, file, reason});
}

/* Out of the way of the next backup, which then copies it again. */
static void put_aside(const Checking *checking, const BackupPath *path)
{
    BackupPath aside = *path;
    size_t len = strlen(aside.text);
    snprintf(aside.text + len, sizeof aside.text - len, ".bad");
    checking->os->rename(checking->os->state, path->text, aside.text);
}

static const char *judge_part(Checking *checking, const BackupPart *part)
{
    const Os *os = checking->os;
    BackupPath path = backup_object_path(checking->to, &part->digest);
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    if (file.fd < 0) return file.fd == -ENOENT ? "missing" : "unreadable";
    ssize_t got = os_pread_full(os, file.fd, checking->piece, BACKUP_PART_BYTES + 1, 0);
    if (got < 0) return "unreadable";
    Slice bytes = slice_of(checking->piece, (size_t)got);
    Digest digest = digest_sha256(&bytes, 1);
    if (memcmp(&digest, &part->digest, sizeof digest) == 0) return NULL;
    put_aside(checking, &path);
    return "changed";
}

/* A generation shares most parts with the one before: those that were read need not be again. */
static int check_list(Checking *checking, const BackupList *list, const BackupList *before)
{
    int r = 0;
    for (size_t i = 0; i < backup_file_count(list) && r == 0; i++) {
        const BackupFile *file = backup_file(list, i);
        const BackupFile *old =
            before ? backup_list_find(before, slice_from_cstr(file->name)) : NULL;
        if (old && memcmp(&old->digest, &file->digest, sizeof old->digest) == 0) continue;
        const char *reason = NULL;
        for (size_t k = 0; k < file->part_count && !reason; k++) {
            const BackupPart *part = backup_part(list, file->first_part + k);
            reason = judge_part(checking, part);
            checking->bytes += part->bytes;
        }
        if (reason) tell(checking, list->generation, file->name, reason);
        if (checking->progress) {
            r = checking->progress(checking->context, checking->bytes, checking->all_bytes);
        }
    }
    return r;
}

static int check_all(Checking *checking, const Buf *generations)
{
    BackupList before, list;
    bool has_before = false;
    int r = 0;
    for (size_t i = generations->len / sizeof(uint32_t); i > 0 && r == 0; i--) {
        uint32_t generation = ((const uint32_t *)generations->ptr)[i - 1];
        r = backup_list_read(checking->os, checking->to, generation, &list);
        if (r == -EBADMSG || r == -EPROTO || r == -EIO) {
            tell(checking, generation, NULL, "list");
            r = 0;
            continue;
        }
        if (r < 0) break;
        if (!has_before) checking->all_bytes = backup_list_bytes(&list);
        r = check_list(checking, &list, has_before ? &before : NULL);
        if (has_before) backup_list_done(&before);
        before = list;
        has_before = true;
    }
    if (has_before) backup_list_done(&before);
    return r;
}

int backup_check(const Os *os, const char *to, BackupProgress progress, BackupFindingSink sink,
                 void *context, uint64_t *ret_bytes)
{
    CLEANUP(buf_done) Buf generations = buf_make(0);
    Checking checking = {.os = os,
                         .to = to,
                         .progress = progress,
                         .sink = sink,
                         .context = context,
                         .piece = malloc(BACKUP_PART_BYTES + 1)};
    int r = checking.piece ? backup_generations(os, to, &generations) : -ENOMEM;
    if (r == 0 && generations.len == 0) r = -ENOENT;
    if (r == 0) r = check_all(&checking, &generations);
    free(checking.piece);
    if (r < 0) return r;
    *ret_bytes = checking.bytes;
    return checking.found;
}
