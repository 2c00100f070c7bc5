/* Taking a generation, and thinning; see backup.h. */
#include "store/ops/backup.h"
#include "store/ops/backup_snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum { SNAPSHOT_TRIES = 40, RESTARTS_MAX = 5, RETRY_MS = 100 };

typedef struct Taking {
    const BackupOptions *options;
    Snapshot snapshot;
    BackupList list;    /* being made */
    BackupList earlier; /* what need not be read again; empty at first */
    bool has_earlier;
    char *piece; /* BACKUP_PART_BYTES */
    uint64_t done_bytes, all_bytes, copied_bytes;
} Taking;

/* ---- one part */

static bool has_object(const Os *os, const char *to, const BackupPart *part)
{
    BackupPath path = backup_object_path(to, &part->digest);
    FileInfo info;
    return os->info(os->state, path.text, &info) == 0 && info.is_regular &&
           info.bytes == part->bytes;
}

static BackupPath folder_of(const BackupPath *path)
{
    BackupPath folder = *path;
    *strrchr(folder.text, '/') = '\0';
    return folder;
}

/* Under a passing name, then synced, then named: an object that is there is whole. */
static int write_object(const Os *os, const char *to, const BackupPart *part, const char *bytes)
{
    BackupPath path = backup_object_path(to, &part->digest), passing = path;
    BackupPath folder = folder_of(&path);
    size_t len = strlen(passing.text);
    snprintf(passing.text + len, sizeof passing.text - len, ".tmp");
    int r = os->make_folder(os->state, folder.text, 0700);
    if (r == 0) {
        BackupPath above = folder_of(&folder);
        r = backup_sync_folder(os, above.text);
    }
    if (r < 0 && r != -EEXIST) return r;
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, passing.text, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    r = os_write_full(os, file.fd, bytes, part->bytes);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    if (r == 0) r = os->rename(os->state, passing.text, path.text);
    if (r < 0) {
        os->unlink(os->state, passing.text);
        return r;
    }
    return backup_sync_folder(os, folder.text);
}

static int keep_part(Taking *taking, const char *bytes, size_t len, Buf *parts)
{
    const BackupOptions *options = taking->options;
    Slice slice = slice_of(bytes, len);
    BackupPart part = {.digest = digest_sha256(&slice, 1), .bytes = len};
    int r = 0;
    if (!has_object(options->os, options->to, &part)) {
        r = write_object(options->os, options->to, &part, bytes);
        taking->copied_bytes += len;
    }
    buf_add(parts, &part, sizeof part);
    if (r == 0) r = buf_error(parts);
    taking->done_bytes += len;
    if (r == 0 && options->progress) {
        r = options->progress(options->context, taking->done_bytes, taking->all_bytes);
    }
    return r;
}

/* ---- one file */

static int next_piece(Taking *taking, const SnapshotFile *file, int fd, uint64_t at, Slice *ret)
{
    uint64_t left = file->bytes - at;
    size_t want = left < BACKUP_PART_BYTES ? (size_t)left : BACKUP_PART_BYTES;
    if (file->is_held) {
        *ret = slice_first(slice_skip(file->content, (size_t)at), want);
        return 0;
    }
    ssize_t got = os_pread_full(taking->options->os, fd, taking->piece, want, at);
    if (got < 0) return (int)got;
    *ret = slice_of(taking->piece, (size_t)got);
    return 0;
}

static int copy_pieces(Taking *taking, const SnapshotFile *source, int fd, BackupFile *file,
                       Buf *parts, EVP_MD_CTX *whole)
{
    int r = 0;
    unsigned len = sizeof file->digest.bytes;
    if (EVP_DigestInit_ex(whole, EVP_sha256(), NULL) != 1) return -ENOMEM;
    while (file->bytes < source->bytes && r == 0) {
        Slice piece = {0};
        r = next_piece(taking, source, fd, file->bytes, &piece);
        if (r < 0 || piece.len == 0) break; /* shorter than it was: as long as it is */
        EVP_DigestUpdate(whole, piece.ptr, piece.len);
        file->bytes += piece.len;
        r = keep_part(taking, piece.ptr, piece.len, parts);
    }
    return r < 0 || EVP_DigestFinal_ex(whole, file->digest.bytes, &len) == 1 ? r : -EIO;
}

static int copy_file(Taking *taking, const SnapshotFile *source, int fd, BackupFile *file)
{
    CLEANUP(buf_done) Buf parts = buf_make(0);
    EVP_MD_CTX *whole = EVP_MD_CTX_new();
    if (!whole) return -ENOMEM;
    int r = copy_pieces(taking, source, fd, file, &parts, whole);
    EVP_MD_CTX_free(whole);
    if (r < 0) return r;
    return backup_list_add(&taking->list, file, (const BackupPart *)parts.ptr,
                           parts.len / sizeof(BackupPart));
}

/* A segment that is as long and as old as it was is what it was: its bytes change only when its key
 * is wrapped anew or destroyed, and both are seen in its time. 1: taken from what is known. */
static int reuse_file(Taking *taking, const SnapshotFile *source, const FileInfo *info)
{
    const BackupOptions *options = taking->options;
    if (!taking->has_earlier) return 0;
    const BackupFile *old = backup_list_find(&taking->earlier, slice_from_cstr(source->name));
    if (!old || old->bytes != info->bytes || old->modified_ns != info->modified_ns) return 0;
    for (size_t i = 0; i < old->part_count; i++) {
        const BackupPart *part = backup_part(&taking->earlier, old->first_part + i);
        if (!has_object(options->os, options->to, part)) return 0;
    }
    int r = backup_list_add(&taking->list, old, backup_part(&taking->earlier, old->first_part),
                            old->part_count);
    taking->done_bytes += old->bytes;
    return r < 0 ? r : 1;
}

/* -EAGAIN: a segment went away meanwhile. */
static int take_segment(Taking *taking, const SnapshotFile *source)
{
    const Os *os = taking->options->os;
    StorePath path = store_path(&taking->snapshot.folder, source->name);
    SnapshotFile all = *source;
    FileInfo info;
    CLEANUP(os_fd_done) OsFd open = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    if (open.fd < 0) return open.fd == -ENOENT ? -EAGAIN : open.fd;
    int r = os->info_fd(os->state, open.fd, &info);
    if (r == 0) r = reuse_file(taking, source, &info);
    if (r != 0) return r < 0 ? r : 0;
    BackupFile file = {.modified_ns = info.modified_ns};
    memcpy(file.name, source->name, sizeof file.name);
    all.bytes = info.bytes;
    return copy_file(taking, &all, open.fd, &file);
}

static int take_file(Taking *taking, const SnapshotFile *source)
{
    if (source->is_sealed) return take_segment(taking, source);
    BackupFile file = {0};
    memcpy(file.name, source->name, sizeof file.name);
    return copy_file(taking, source, source->fd, &file);
}

/* ---- a generation */

static int take_snapshot(Taking *taking, Complaint *complaint)
{
    const BackupOptions *options = taking->options;
    const Os *os = options->os;
    int r = -EAGAIN;
    for (int i = 0; i < SNAPSHOT_TRIES && r == -EAGAIN; i++) {
        if (i > 0) os->sleep_ns(os->state, RETRY_MS * (int64_t)1000000);
        r = snapshot_take(os, options->store, options->kek, i < SNAPSHOT_TRIES / 2,
                          &taking->snapshot, complaint);
    }
    for (size_t i = 0; i < options->guest_count && r == 0; i++) {
        const BackupGuest *guest = &options->guests[i];
        r = snapshot_add_guest(&taking->snapshot, guest->path, guest->name);
        if (r == -ENOENT) r = 0; /* taken away since it was named */
    }
    if (r < 0) return r;
    taking->all_bytes = taking->snapshot.sealed_bytes;
    for (size_t i = 0; i < snapshot_count(&taking->snapshot); i++) {
        const SnapshotFile *file = snapshot_file(&taking->snapshot, i);
        if (!file->is_sealed) taking->all_bytes += file->bytes;
    }
    return 0;
}

static int take_files(Taking *taking)
{
    int r = 0;
    for (size_t i = 0; i < snapshot_count(&taking->snapshot) && r == 0; i++) {
        r = take_file(taking, snapshot_file(&taking->snapshot, i));
    }
    return r;
}

/* What this try copied need not be read again by the next one. */
static void keep_as_earlier(Taking *taking)
{
    if (taking->has_earlier) backup_list_done(&taking->earlier);
    taking->earlier = taking->list;
    taking->has_earlier = true;
    backup_list_init(&taking->list);
}

static int take_all(Taking *taking, Complaint *complaint)
{
    int r = -EAGAIN;
    for (int i = 0; i < RESTARTS_MAX && r == -EAGAIN; i++) {
        if (i > 0) keep_as_earlier(taking);
        taking->done_bytes = 0;
        r = take_snapshot(taking, complaint);
        if (r < 0) return r;
        r = take_files(taking);
        if (r < 0) snapshot_done(&taking->snapshot);
    }
    return r;
}

static void describe(Taking *taking, uint32_t generation, BackupSummary *ret)
{
    const Os *os = taking->options->os;
    const Snapshot *snapshot = &taking->snapshot;
    BackupList *list = &taking->list;
    list->generation = generation;
    list->store_id = snapshot->folder.store_id;
    list->time_ns = os->now_ns(os->state);
    list->rows = snapshot->rows;
    if (snapshot->chain_holds) {
        list->checkpoint = snapshot->checkpoint;
        list->size = snapshot->size;
        list->root = snapshot->root;
    }
    *ret = (BackupSummary){.generation = generation,
                           .files = backup_file_count(list),
                           .bytes = backup_list_bytes(list),
                           .copied_bytes = taking->copied_bytes,
                           .rows = list->rows,
                           .checkpoint = list->checkpoint,
                           .size = list->size,
                           .root = list->root,
                           .chain_holds = snapshot->chain_holds};
}

/* The newest one that holds, so that what it has is not copied again. -EXDEV: another store's. */
static int find_earlier(Taking *taking, const Buf *generations, uint32_t *ret_newest)
{
    const BackupOptions *options = taking->options;
    *ret_newest = 0;
    for (size_t i = generations->len / sizeof(uint32_t); i > 0; i--) {
        uint32_t generation = ((const uint32_t *)generations->ptr)[i - 1];
        if (generation > *ret_newest) *ret_newest = generation;
        int r = backup_list_read(options->os, options->to, generation, &taking->earlier);
        if (r == -EBADMSG || r == -EPROTO) continue;
        if (r < 0) return r;
        taking->has_earlier = true;
        return 0;
    }
    return 0;
}

static int write_generation(Taking *taking, Complaint *complaint, BackupSummary *ret)
{
    const BackupOptions *options = taking->options;
    CLEANUP(buf_done) Buf generations = buf_make(0);
    uint32_t newest = 0;
    int r = backup_generations(options->os, options->to, &generations);
    if (r == 0) r = find_earlier(taking, &generations, &newest);
    if (r < 0) return r;
    uint64_t store_id = taking->has_earlier ? taking->earlier.store_id : 0;
    if (newest >= BACKUP_GENERATIONS_MAX) return -ERANGE;
    r = take_all(taking, complaint);
    if (r < 0) return r;
    BackupSummary summary;
    describe(taking, newest + 1, &summary);
    bool is_other = store_id && taking->list.store_id && store_id != taking->list.store_id;
    r = is_other ? -EXDEV : backup_list_write(options->os, options->to, &taking->list);
    snapshot_done(&taking->snapshot);
    if (r == 0) *ret = summary;
    return r;
}

static int make_folders(const BackupOptions *options)
{
    static const char *const names[] = {"objects", "generations"};
    const Os *os = options->os;
    StoreFolder folder = {.os = os};
    snprintf(folder.path, sizeof folder.path, "%s", options->to);
    int r = store_folder_make(&folder);
    for (size_t i = 0; i < ARRAY_COUNT(names) && r == 0; i++) {
        char path[4352];
        snprintf(path, sizeof path, "%s/%s", options->to, names[i]);
        r = os->make_folder(os->state, path, 0700);
        if (r == -EEXIST) r = 0;
    }
    return r < 0 ? r : backup_sync_folder(os, options->to);
}

/* Shares that know no locks are trusted to have one writer. */
static int take_lock(const BackupOptions *options, OsFd *ret)
{
    const Os *os = options->os;
    char path[4352];
    snprintf(path, sizeof path, "%s/LOCK", options->to);
    ret->fd = os->open(os->state, path, O_RDWR | O_CREAT, 0600);
    if (ret->fd < 0) return ret->fd;
    int r = os->lock(os->state, ret->fd);
    return r == -EWOULDBLOCK ? r : 0;
}

static bool is_same_folder(const Os *os, const char *path, const FileInfo *store)
{
    FileInfo info;
    return os->info(os->state, path, &info) == 0 && info.is_folder && info.inode == store->inode &&
           info.device == store->device;
}

/* A backup in the folder of its store would be lost with it. */
static bool lies_in_store(const BackupOptions *options)
{
    const Os *os = options->os;
    char path[STORE_PATH_MAX];
    FileInfo store;
    if (os->info(os->state, options->store, &store) < 0) return false; /* the look at it says so */
    snprintf(path, sizeof path, "%s", options->to);
    for (char *slash; (slash = strrchr(path, '/')) != NULL && slash > path; *slash = '\0') {
        if (is_same_folder(os, path, &store)) return true;
    }
    return is_same_folder(os, path, &store) || (path[0] != '/' && is_same_folder(os, ".", &store));
}

static int complain(Complaint *complaint, int error, const BackupOptions *options)
{
    const char *to = options->to;
    if (error == -ENOSPC || error == -EDQUOT) {
        complaint_say(
            complaint, "backup.full",
            "%s is full. No new generation was made; those made before are whole. Free "
            "some space there or keep fewer generations, then run the backup again: it "
            "goes on with what was copied.",
            "%s の空きがありません。新しい世代は作られていません(これまでの世代は無事です)。"
            "空きを作るか残す世代を減らして、もう一度実行してください。写し終えた分の続きから"
            "進みます。",
            to);
    } else if (error == -EWOULDBLOCK) {
        complaint_say(complaint, "backup.busy",
                      "another backup is being written to %s. Wait for it.",
                      "%s には別のバックアップが書き込み中です。終わるまでお待ちください。", to);
    } else if (error == -EXDEV) {
        complaint_say(
            complaint, "backup.other_store",
            "%s is no place for this backup: it holds the backup of another store, or "
            "lies in the store itself. Choose another folder.",
            "%s には置けません。別の保存先のバックアップがあるか、保存先そのものの中です。"
            "別のフォルダーを指定してください。",
            to);
    } else if (error == -EAGAIN) {
        complaint_say(complaint, "backup.unsteady",
                      "%s changed again and again while it was copied. Try again later.",
                      "%s が写している間に何度も変わりました。あとでもう一度実行してください。",
                      options->store);
    } else {
        complaint_say(complaint, "backup.system", "the backup to %s failed: %s",
                      "%s へのバックアップに失敗しました: %s", to, strerrordesc_np(-error));
    }
    return error;
}

static void taking_done(Taking *taking)
{
    backup_list_done(&taking->list);
    if (taking->has_earlier) backup_list_done(&taking->earlier);
    free(taking->piece);
}

int backup_take(const BackupOptions *options, BackupSummary *ret, Complaint *complaint)
{
    CLEANUP(os_fd_done) OsFd lock = {options->os, -1};
    CLEANUP(taking_done) Taking taking = {.options = options, .piece = malloc(BACKUP_PART_BYTES)};
    backup_list_init(&taking.list);
    if (complaint) complaint->id = NULL;
    int r = taking.piece ? 0 : -ENOMEM;
    if (r == 0 && strlen(options->to) >= STORE_PATH_MAX) r = -ENAMETOOLONG;
    if (r == 0 && lies_in_store(options)) r = -EXDEV;
    if (r == 0) r = make_folders(options);
    if (r == 0) r = take_lock(options, &lock);
    if (r == 0) r = write_generation(&taking, complaint, ret);
    if (r < 0) return complaint && complaint->id ? r : complain(complaint, r, options);
    unsigned keep = options->keep ? options->keep : BACKUP_KEEP_DEFAULT;
    /* The new one is safe: what cannot be removed is no failure of it. */
    int thinned = backup_thin(options->os, options->to,
                              keep < BACKUP_KEEP_MIN ? BACKUP_KEEP_MIN : keep, &ret->removed);
    (void)thinned;
    return 0;
}
