/* A snapshot without a lock, as readers take one: tips first, then wal files, then MANIFEST, then
 * the chain. Rows move only that way, so none is missed; a row that is in two of them is passed
 * over by its number when the copy is opened. Lengths are taken when a file is opened: what a
 * writer adds later is not of this moment, what it had not finished is cut off by whoever opens the
 * copy.
 *
 * epoch.key is read before the log and must be the same file after it: the copy never has a key
 * that its log does not know. */
#include "store/ops/backup_snapshot.h"

#include "store/proof/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

/* A file of so little is read at once: there may be more of them than files can be open. */
#define HELD_BYTES_MAX ((uint64_t)64 << 10)
#define CONTENT_BYTES_MAX ((size_t)512 << 20)

void snapshot_done(Snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot_count(snapshot); i++) {
        int fd = snapshot_file(snapshot, i)->fd;
        if (fd >= 0) snapshot->folder.os->close(snapshot->folder.os->state, fd);
    }
    buf_done(&snapshot->files);
    arena_done(&snapshot->arena);
}

static int add(Snapshot *snapshot, const char *name, SnapshotFile file)
{
    if (!backup_name_is_good(slice_from_cstr(name))) return 0; /* none of ours */
    snprintf(file.name, sizeof file.name, "%s", name);
    buf_add(&snapshot->files, &file, sizeof file);
    return buf_error(&snapshot->files);
}

/* Opens the file and notes how long it is now. -ENOENT: it is not there. */
static int add_held(Snapshot *snapshot, const char *name, int fd, uint64_t bytes)
{
    const Os *os = snapshot->folder.os;
    char *room = arena_alloc(&snapshot->arena, (size_t)bytes + 1);
    ssize_t got = room ? os_read_full(os, fd, room, (size_t)bytes) : -ENOMEM;
    if (got < 0) return (int)got;
    return add(snapshot, name,
               (SnapshotFile){.fd = -1,
                              .is_held = true,
                              .content = slice_of(room, (size_t)got),
                              .bytes = (uint64_t)got});
}

int snapshot_add_guest(Snapshot *snapshot, const char *path, const char *name)
{
    const Os *os = snapshot->folder.os;
    FileInfo info;
    int fd = os->open(os->state, path, O_RDONLY, 0);
    if (fd < 0) return fd;
    int r = os->info_fd(os->state, fd, &info);
    bool is_held = r == 0 && info.bytes <= HELD_BYTES_MAX;
    if (is_held) {
        r = add_held(snapshot, name, fd, info.bytes);
    } else if (r == 0) {
        r = add(snapshot, name, (SnapshotFile){.fd = fd, .bytes = info.bytes});
    }
    if (r < 0 || is_held) os->close(os->state, fd);
    return r;
}

static int add_open(Snapshot *snapshot, const char *name)
{
    StorePath path = store_path(&snapshot->folder, name);
    return snapshot_add_guest(snapshot, path.text, name);
}

static int read_content(Snapshot *snapshot, const char *name, Slice *ret)
{
    StorePath path = store_path(&snapshot->folder, name);
    return os_read_file(snapshot->folder.os, path.text, CONTENT_BYTES_MAX, &snapshot->arena, ret);
}

static int add_content(Snapshot *snapshot, const char *name, Slice content)
{
    return add(snapshot, name,
               (SnapshotFile){.fd = -1, .is_held = true, .content = content, .bytes = content.len});
}

/* 0 also when it is not there. */
static int add_small(Snapshot *snapshot, const char *name)
{
    Slice content;
    int r = read_content(snapshot, name, &content);
    if (r == -ENOENT) return 0;
    return r < 0 ? r : add_content(snapshot, name, content);
}

/* ---- the log */

static int add_log_files(Snapshot *snapshot, StoreFile kind, const Buf *numbers)
{
    int r = 0;
    for (size_t i = 0; i < listing_count(numbers) && r == 0; i++) {
        char name[FILE_NAME_MAX];
        store_file_name(kind, listing_at(numbers, i), name);
        r = add_open(snapshot, name);
        /* A wal file that went away was sealed, and MANIFEST, read later, has its rows. */
        if (r == -ENOENT) r = kind == STORE_FILE_TIP ? -EAGAIN : 0;
    }
    return r;
}

static int add_log(Snapshot *snapshot)
{
    CLEANUP(store_listing_done) StoreListing listing = {0};
    int r = store_folder_list(&snapshot->folder, &listing);
    if (r == 0) r = add_log_files(snapshot, STORE_FILE_TIP, &listing.tips);
    if (r == 0) r = store_folder_list(&snapshot->folder, &listing);
    if (r == 0) r = add_log_files(snapshot, STORE_FILE_WAL, &listing.wals);
    return r;
}

/* ---- the sealed tier */

static int add_segment(Snapshot *snapshot, uint32_t file)
{
    return add(snapshot, manifest_file_name(file).text,
               (SnapshotFile){.fd = -1, .is_sealed = true, .bytes = UINT64_MAX});
}

static int add_manifest_segments(Snapshot *snapshot, const Manifest *manifest)
{
    int r = 0;
    for (size_t i = 0; i < manifest->count && r == 0; i++) {
        if (manifest->segments[i].tombstone) continue; /* its file is gone, or goes */
        snapshot->rows += manifest->segments[i].row_count;
        snapshot->sealed_bytes += manifest->segments[i].file_bytes;
        r = add_segment(snapshot, manifest->segments[i].file);
    }
    return r;
}

/* MANIFEST does not hold: whatever segments there are. */
static int add_all_segments(Snapshot *snapshot)
{
    CLEANUP(segment_files_done) SegmentFiles files = {0};
    int r = segment_files_list(&snapshot->folder, &files);
    for (size_t i = 0; i < listing_count(&files.numbers) && r == 0; i++) {
        r = add_segment(snapshot, listing_at(&files.numbers, i));
    }
    return r;
}

static int add_manifest(Snapshot *snapshot, Slice *ret_text)
{
    CLEANUP(manifest_done) Manifest manifest = {0};
    Slice again;
    *ret_text = (Slice){0};
    int r = read_content(snapshot, "MANIFEST", ret_text);
    if (r == -ENOENT) return 0;
    if (r < 0) return r;
    r = manifest_read(&snapshot->folder, &manifest);
    bool is_damaged = r == -EBADMSG || r == -EPROTO;
    if (r < 0 && !is_damaged) return r;
    r = read_content(snapshot, "MANIFEST", &again);
    if (r < 0) return r;
    if (!slice_eq(*ret_text, again)) return -EAGAIN;
    r = is_damaged ? add_all_segments(snapshot) : add_manifest_segments(snapshot, &manifest);
    return r < 0 ? r : add_content(snapshot, "MANIFEST", *ret_text);
}

/* ---- the chain */

static int add_start(Snapshot *snapshot, const char *name, uint64_t bytes)
{
    int r = add_open(snapshot, name);
    if (r < 0) return r;
    SnapshotFile *file = (SnapshotFile *)snapshot->files.ptr + snapshot_count(snapshot) - 1;
    file->bytes = bytes;
    return 0;
}

static int add_whole_chain(Snapshot *snapshot)
{
    static const char *const names[] = {"chain/checkpoints.txt", "chain/chain.log",
                                        "chain/epoch.key"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        int r = add_open(snapshot, names[i]);
        if (r < 0 && r != -ENOENT) return r;
    }
    return 0;
}

/* Is the newest segment of the chain named in MANIFEST, by the hash of its header? */
static bool names_newest(Slice manifest, const Chain *chain)
{
    char hex[2 * sizeof(Digest) + 1];
    SegmentHeader next;
    chain_next_segment(chain, &next);
    if (next.number == 0) return true;
    for (size_t i = 0; i < sizeof next.previous.bytes; i++) {
        snprintf(hex + 2 * i, 3, "%02x", next.previous.bytes[i]);
    }
    return slice_find(manifest, slice_from_cstr(hex)) != SLICE_NOT_FOUND;
}

static int add_chain(Snapshot *snapshot, Slice manifest, bool patient)
{
    const Os *os = snapshot->folder.os;
    CLEANUP(chain_done) Chain *chain = NULL;
    StorePath path = store_path(&snapshot->folder, "chain");
    Slice key, again;
    uint64_t log_bytes, notes_bytes;
    int r = read_content(snapshot, "chain/epoch.key", &key);
    if (r == 0) r = chain_open_reading(os, path.text, &chain);
    if (r == -ENOENT || r == -EBADMSG || r == -EPROTO) return add_whole_chain(snapshot);
    if (r < 0) return r;
    if (patient && !names_newest(manifest, chain)) return -EAGAIN;
    ChainState state;
    chain_state(chain, &state);
    chain_extent(chain, &log_bytes, &notes_bytes);
    r = read_content(snapshot, "chain/epoch.key", &again);
    if (r == 0 && !slice_eq(key, again)) return -EAGAIN;
    if (r == 0) r = add_content(snapshot, "chain/epoch.key", key);
    if (r == 0) r = add_start(snapshot, "chain/checkpoints.txt", notes_bytes);
    if (r == 0) r = add_start(snapshot, "chain/chain.log", log_bytes);
    snapshot->chain_holds = r == 0;
    snapshot->checkpoint = state.last.number;
    snapshot->size = state.last.size;
    snapshot->root = state.last.root;
    return r;
}

/* ---- what is beside them */

static int note_evidence(void *context, Slice name)
{
    Buf *names = context;
    bool is_bad = slice_starts(name, SLICE("wal-")) && slice_ends(name, SLICE(".bad"));
    if (!is_bad && !slice_starts(name, SLICE("chain.damaged-"))) return 0;
    buf_add_slice(names, name);
    buf_add_char(names, '\n');
    return buf_error(names);
}

/* Damaged files that were put aside. */
static int add_evidence(Snapshot *snapshot)
{
    static const char *const below[] = {"", "/chain.log", "/checkpoints.txt", "/epoch.key"};
    const Os *os = snapshot->folder.os;
    CLEANUP(buf_done) Buf names = buf_make((size_t)1 << 20);
    int r = os->list(os->state, snapshot->folder.path, note_evidence, &names);
    Slice rest = buf_slice(&names), name;
    while (r == 0 && slice_cut(&rest, '\n', &name)) {
        bool is_bad = slice_ends(name, SLICE(".bad"));
        for (size_t i = is_bad ? 0 : 1; i < (is_bad ? 1 : ARRAY_COUNT(below)) && r == 0; i++) {
            char file[BACKUP_NAME_BYTES_MAX];
            if (name.len + 20 > sizeof file) break;
            snprintf(file, sizeof file, "%.*s%s", SLICE_FMT(name), below[i]);
            r = add_open(snapshot, file);
            if (r == -ENOENT) r = 0;
        }
    }
    return r;
}

static int say_absent(Complaint *complaint, const char *store, FolderState state)
{
    if (state == FOLDER_EMPTY) {
        complaint_say(complaint, "store.absent", "there is no store in %s",
                      "%s に保存先がありません", store);
        return -ENOENT;
    }
    complaint_say(complaint, "store.older",
                  "%s was written by an earlier version. Run akashi import or akashi serve on it "
                  "once: it is then encrypted and brought up to date.",
                  "%s は以前の版で書かれています。一度 akashi import か akashi serve を実行すると、"
                  "暗号化された新しい形式になります。",
                  store);
    return -EPROTO;
}

int snapshot_take(const Os *os, const char *store, const Secret *kek, bool patient, Snapshot *ret,
                  Complaint *complaint)
{
    Snapshot snapshot = {.arena = arena_make(4 * CONTENT_BYTES_MAX),
                         .files = buf_make(BACKUP_FILES_MAX * sizeof(SnapshotFile))};
    FolderState state;
    Slice manifest;
    int r = store_folder_look(&snapshot.folder, os, store, kek, &state, complaint);
    if (r == 0 && (state == FOLDER_EMPTY || state == FOLDER_VERSION_1)) {
        r = say_absent(complaint, store, state);
    }
    if (r < 0) return r;
    r = add_log(&snapshot);
    if (r == 0) r = add_manifest(&snapshot, &manifest);
    if (r == 0) r = add_chain(&snapshot, manifest, patient);
    if (r == 0) r = add_small(&snapshot, "FORMAT");
    if (r == 0) r = add_small(&snapshot, "HOLDS");
    if (r == 0) r = add_small(&snapshot, "side.key");
    if (r == 0) r = add_small(&snapshot, "passphrase.txt");
    if (r == 0) r = add_evidence(&snapshot);
    if (r < 0) {
        snapshot_done(&snapshot);
        return r;
    }
    *ret = snapshot;
    return 0;
}
