/* Putting a generation back; see backup.h.
 *
 *   RESTORING is made -> files, each part checked -> the root is compared -> RESTORING is removed
 *
 * While RESTORING is there the folder is refused as a store, and may be restored to again. */
#include "store/ops/backup.h"
#include "store/proof/checkpoint.h"
#include "store/wal/store_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Restoring {
    const Os *os;
    const char *from, *folder;
    BackupProgress progress;
    void *context;
    BackupList list;
    char *piece;
    uint64_t done_bytes, all_bytes;
    char place[256]; /* the file that failed */
} Restoring;

static BackupPath path_in(const char *folder, const char *name)
{
    BackupPath path;
    snprintf(path.text, sizeof path.text, "%s/%s", folder, name);
    return path;
}

/* ---- the folder */

typedef struct FolderLook {
    const Os *os;
    const char *folder;
    bool restoring, others;
} FolderLook;

static int note_any(void *context, Slice name)
{
    FolderLook *look = context;
    bool marker = slice_eq(name, SLICE(STORE_RESTORING));
    look->restoring |= marker;
    look->others |= !marker && !slice_eq(name, SLICE("lost+found"));
    return 0;
}

/* What an earlier restore, which was cut off, may have left of another generation. */
static int remove_left(void *context, Slice name)
{
    FolderLook *look = context;
    char path[4500];
    FileInfo info;
    if (slice_eq(name, SLICE(STORE_RESTORING)) || slice_eq(name, SLICE("lost+found"))) return 0;
    snprintf(path, sizeof path, "%s/%.*s", look->folder, SLICE_FMT(name));
    int r = look->os->info(look->os->state, path, &info);
    if (r < 0) return r;
    if (!info.is_folder) return look->os->unlink(look->os->state, path);
    FolderLook below = {.os = look->os, .folder = path};
    return look->os->list(look->os->state, path, remove_left, &below);
}

static int prepare_folder(const Restoring *restoring)
{
    const Os *os = restoring->os;
    FolderLook look = {.os = os, .folder = restoring->folder};
    int r = os->list(os->state, restoring->folder, note_any, &look);
    if (r < 0 && r != -ENOENT) return r;
    if (look.others && !look.restoring) return -ENOTEMPTY;
    StoreFolder made = {.os = os};
    snprintf(made.path, sizeof made.path, "%s", restoring->folder);
    r = store_folder_make(&made);
    if (r < 0) return r;
    BackupPath marker = path_in(restoring->folder, STORE_RESTORING);
    int fd = os->open(os->state, marker.text, O_WRONLY | O_CREAT, 0600);
    if (fd < 0) return fd;
    os->close(os->state, fd);
    r = os->sync_folder(os->state, restoring->folder);
    if (r >= 0 && look.others) r = os->list(os->state, restoring->folder, remove_left, &look);
    return r < 0 ? r : 0;
}

/* ---- the files */

static int restore_part(Restoring *restoring, int fd, uint64_t at, const BackupPart *part)
{
    const Os *os = restoring->os;
    BackupPath path = backup_object_path(restoring->from, &part->digest);
    CLEANUP(os_fd_done) OsFd from = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    if (from.fd < 0) return from.fd == -ENOENT ? -EBADMSG : from.fd;
    ssize_t got = os_pread_full(os, from.fd, restoring->piece, BACKUP_PART_BYTES + 1, 0);
    if (got < 0) return (int)got;
    Slice bytes = slice_of(restoring->piece, (size_t)got);
    Digest digest = digest_sha256(&bytes, 1);
    if (memcmp(&digest, &part->digest, sizeof digest) != 0) return -EBADMSG;
    int r = os_pwrite_full(os, fd, bytes.ptr, bytes.len, at);
    restoring->done_bytes += part->bytes;
    if (r == 0 && restoring->progress) {
        r = restoring->progress(restoring->context, restoring->done_bytes, restoring->all_bytes);
    }
    return r;
}

static int restore_file(Restoring *restoring, const BackupFile *file)
{
    const Os *os = restoring->os;
    BackupPath path = path_in(restoring->folder, file->name);
    const char *slash = strchr(file->name, '/');
    if (slash) {
        BackupPath below = path;
        *strrchr(below.text, '/') = '\0';
        int r = os->make_folder(os->state, below.text, 0700);
        if (r < 0 && r != -EEXIST) return r;
    }
    CLEANUP(os_fd_done)
    OsFd to = {os, os->open(os->state, path.text, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600)};
    if (to.fd < 0) return to.fd;
    uint64_t at = 0;
    for (size_t i = 0; i < file->part_count; i++) {
        const BackupPart *part = backup_part(&restoring->list, file->first_part + i);
        int r = restore_part(restoring, to.fd, at, part);
        if (r < 0) return r;
        at += part->bytes;
    }
    int r = os->sync_data(os->state, to.fd);
    return r < 0 ? r : 0;
}

static int sync_folders(const Restoring *restoring)
{
    const Os *os = restoring->os;
    int r = 0;
    const char *last = "";
    for (size_t i = 0; i < backup_file_count(&restoring->list) && r >= 0; i++) {
        const char *name = backup_file(&restoring->list, i)->name, *slash = strchr(name, '/');
        if (!slash) continue;
        size_t len = (size_t)(slash - name) + 1;
        if (strncmp(last, name, len) == 0) continue;
        last = name;
        BackupPath path = path_in(restoring->folder, name);
        *strrchr(path.text, '/') = '\0';
        r = os->sync_folder(os->state, path.text);
    }
    if (r >= 0) r = os->sync_folder(os->state, restoring->folder);
    return r < 0 ? r : 0;
}

static int restore_files(Restoring *restoring)
{
    int r = 0;
    restoring->all_bytes = backup_list_bytes(&restoring->list);
    for (size_t i = 0; i < backup_file_count(&restoring->list) && r == 0; i++) {
        const BackupFile *file = backup_file(&restoring->list, i);
        r = restore_file(restoring, file);
        if (r < 0) snprintf(restoring->place, sizeof restoring->place, "%s", file->name);
    }
    return r < 0 ? r : sync_folders(restoring);
}

int backup_chain_root(const Os *os, const char *folder, uint64_t *ret_size, Digest *ret_root)
{
    CLEANUP(chain_done) Chain *chain = NULL;
    BackupPath path = path_in(folder, "chain");
    int r = chain_open_reading(os, path.text, &chain); /* judges the root by the entries */
    if (r < 0) return r;
    ChainState state;
    chain_state(chain, &state);
    *ret_size = state.last.size;
    *ret_root = state.last.root;
    return 0;
}

static int compare_roots(Restoring *restoring, RestoreSummary *summary)
{
    uint64_t size;
    if (!summary->has_root) return 0;
    int r = backup_chain_root(restoring->os, restoring->folder, &size, &summary->new_root);
    if (r < 0) return r;
    bool same = size == summary->size &&
                memcmp(&summary->new_root, &summary->root, sizeof summary->root) == 0;
    if (!same) snprintf(restoring->place, sizeof restoring->place, "chain/chain.log");
    return same ? 0 : -EBADMSG;
}

static int remove_marker(const Restoring *restoring)
{
    const Os *os = restoring->os;
    BackupPath marker = path_in(restoring->folder, STORE_RESTORING);
    int r = os->unlink(os->state, marker.text);
    if (r >= 0) r = os->sync_folder(os->state, restoring->folder);
    return r < 0 ? r : 0;
}

static int restore_all(Restoring *restoring, RestoreSummary *summary)
{
    const BackupList *list = &restoring->list;
    *summary = (RestoreSummary){.generation = list->generation,
                                .files = backup_file_count(list),
                                .bytes = backup_list_bytes(list),
                                .has_root = list->size > 0,
                                .checkpoint = list->checkpoint,
                                .size = list->size,
                                .root = list->root};
    int r = prepare_folder(restoring);
    if (r == 0) r = restore_files(restoring);
    if (r == 0) r = compare_roots(restoring, summary);
    return r < 0 ? r : remove_marker(restoring);
}

/* ---- which one */

static int find_list(Restoring *restoring, uint32_t generation)
{
    CLEANUP(buf_done) Buf generations = buf_make(0);
    if (generation) {
        return backup_list_read(restoring->os, restoring->from, generation, &restoring->list);
    }
    int r = backup_generations(restoring->os, restoring->from, &generations);
    for (size_t i = generations.len / sizeof(uint32_t); i > 0 && r == 0; i--) {
        uint32_t number = ((const uint32_t *)generations.ptr)[i - 1];
        r = backup_list_read(restoring->os, restoring->from, number, &restoring->list);
        if (r == 0) return 0;
        if (r == -EBADMSG) r = 0;
    }
    return r < 0 ? r : -ENOENT;
}

static int complain(Complaint *complaint, int error, const Restoring *restoring)
{
    if (error == -ENOTEMPTY) {
        complaint_say(
            complaint, "restore.not_empty",
            "%s is not empty. A restore never writes over anything: name an empty folder.",
            "%s は空ではありません。復元は何も上書きしません。空のフォルダーを指定してください。",
            restoring->folder);
    } else if (error == -ENOENT) {
        complaint_say(
            complaint, "restore.no_generation",
            "%s holds no such generation of a backup; akashi backup list shows them.",
            "%s にその世代のバックアップはありません。akashi backup list で一覧を見られます。",
            restoring->from);
    } else if (error == -EBADMSG) {
        complaint_say(complaint, "restore.damaged",
                      "%s: %s in the backup is damaged. Restore an earlier generation with "
                      "--generation; nothing in the backup was changed.",
                      "%s: バックアップの %s が壊れています。--generation で前の世代を復元して"
                      "ください。バックアップは変更していません。",
                      restoring->from, restoring->place[0] ? restoring->place : "generations");
    } else {
        complaint_say(complaint, "restore.system", "%s: the restore failed: %s",
                      "%s: 復元に失敗しました: %s", restoring->folder, strerrordesc_np(-error));
    }
    return error;
}

int backup_restore(const Os *os, const char *from, uint32_t generation, const char *folder,
                   BackupProgress progress, void *context, RestoreSummary *ret,
                   Complaint *complaint)
{
    Restoring restoring = {.os = os,
                           .from = from,
                           .folder = folder,
                           .progress = progress,
                           .context = context,
                           .piece = malloc(BACKUP_PART_BYTES + 1)};
    RestoreSummary summary;
    bool too_long = strlen(folder) >= STORE_PATH_MAX || strlen(from) >= STORE_PATH_MAX;
    int r = !restoring.piece ? -ENOMEM : too_long ? -ENAMETOOLONG : 0;
    if (r == 0) r = find_list(&restoring, generation);
    if (r == 0) {
        r = restore_all(&restoring, &summary);
        backup_list_done(&restoring.list);
    }
    free(restoring.piece);
    if (r < 0) return complain(complaint, r, &restoring);
    *ret = summary;
    return 0;
}
