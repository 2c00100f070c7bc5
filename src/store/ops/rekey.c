/* See rekey.h. */
#include "store/ops/rekey.h"

#include "store/ops/rekey_journal.h"
#include "store/proof/checkpoint.h"
#include "store/sealed/holds.h"
#include "store/sealed/manifest.h"
#include "store/segment/segment.h"
#include "store/wal/block_walk.h"

#include <errno.h>
#include <fcntl.h>

typedef struct Rekeying {
    StoreFolder folder; /* under the old key */
    const Secret *new_kek;
    Buf body;
    RekeySummary summary;
} Rekeying;

/* ---- the log: its blocks cannot be wrapped anew, so their rows are sealed first */

static int seal_log(const Os *os, const char *path, const StoreOptions *options,
                    Complaint *complaint)
{
    Store *store;
    int r = store_open(os, path, options, &store, complaint);
    if (r < 0) return r;
    r = store_seal(store);
    store_close(store);
    return r;
}

static int file_is_empty(const StoreFolder *folder, StoreFile kind, uint32_t number)
{
    const Os *os = folder->os;
    StorePath path = store_file_path(folder, kind, number);
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    FileInfo info;
    BlockWalk walk;
    BlockHead head;
    if (file.fd < 0) return file.fd;
    int r = os->info_fd(os->state, file.fd, &info);
    if (r < 0) return r;
    block_walk_begin(&walk, os, file.fd, file_number(kind, number), folder->store_id, info.bytes);
    while ((r = block_walk_next(&walk, &head)) == 1) {
        if (head.kind == BLOCK_ROWS) return -EAGAIN;
    }
    return r;
}

static int log_is_empty(const StoreFolder *folder)
{
    CLEANUP(store_listing_done) StoreListing listing = {0};
    int r = store_folder_list(folder, &listing);
    for (size_t i = 0; i < listing_count(&listing.wals) && r == 0; i++) {
        r = file_is_empty(folder, STORE_FILE_WAL, listing_at(&listing.wals, i));
    }
    for (size_t i = 0; i < listing_count(&listing.tips) && r == 0; i++) {
        r = file_is_empty(folder, STORE_FILE_TIP, listing_at(&listing.tips, i));
    }
    return r;
}

/* ---- the pieces */

static int add_segment(Rekeying *rekeying, uint32_t file)
{
    SegmentFileName name = manifest_file_name(file);
    StorePath path = store_path(&rekeying->folder, name.text);
    SegmentRewrapped rewrapped;
    int r = segment_rewrap(rekeying->folder.os, path.text, rekeying->folder.kek, rekeying->new_kek,
                           &rewrapped);
    if (r == -EBADMSG || r == -ENOKEY || r == -EPROTO) {
        rekeying->summary.skipped++;
        return 0;
    }
    if (r < 0) return r;
    rekeying->summary.segments++;
    for (size_t i = 0; i < ARRAY_COUNT(rewrapped.places); i++) {
        rekey_add_place(&rekeying->body, name.text, rewrapped.places[i],
                        slice_of(rewrapped.wrapped.bytes, sizeof rewrapped.wrapped.bytes));
    }
    return buf_error(&rekeying->body);
}

static int add_segments(Rekeying *rekeying)
{
    CLEANUP(segment_files_done) SegmentFiles files = {0};
    int r = segment_files_list(&rekeying->folder, &files);
    for (size_t i = 0; i < listing_count(&files.numbers) && r == 0; i++) {
        r = add_segment(rekeying, listing_at(&files.numbers, i));
    }
    return r;
}

/* Opening the chain puts in order what a power cut left of a change of epochs. */
static int add_chain(Rekeying *rekeying)
{
    CLEANUP(chain_done) Chain *chain = NULL;
    CLEANUP(buf_done) Buf keys = buf_make(4096);
    StorePath path = store_path(&rekeying->folder, "chain");
    int r = chain_open(rekeying->folder.os, path.text, rekeying->folder.kek, 0, &chain, NULL, NULL);
    if (r == 0) r = chain_keys_print(chain, rekeying->new_kek, &keys);
    if (r < 0) return r;
    rekey_add_file(&rekeying->body, "chain/epoch.key", buf_slice(&keys));
    return buf_error(&rekeying->body);
}

static int add_sums(Rekeying *rekeying)
{
    CLEANUP(manifest_done) Manifest manifest = {0};
    CLEANUP(buf_done) Buf text = buf_make(0);
    StoreFolder renewed = rekeying->folder;
    char format[FORMAT_BYTES_MAX];
    renewed.kek = rekeying->new_kek;
    int r = manifest_read(&rekeying->folder, &manifest);
    if (r == 0) r = manifest_print(&renewed, &manifest, &text);
    if (r < 0) return r;
    rekey_add_file(&rekeying->body, "MANIFEST", buf_slice(&text));
    size_t len = store_folder_print_format(&renewed, format);
    rekey_add_file(&rekeying->body, "FORMAT", slice_of(format, len));
    return buf_error(&rekeying->body);
}

/* Only where there is one: an empty list is not written for this. */
static int add_holds(Rekeying *rekeying)
{
    CLEANUP(buf_done) Buf text = buf_make(0);
    StoreFolder renewed = rekeying->folder;
    StoreHolds holds;
    renewed.kek = rekeying->new_kek;
    int r = holds_read(&rekeying->folder, &holds);
    if (r < 0) return r;
    if (holds.count) {
        r = holds_print(&renewed, &holds, &text);
        if (r == 0) rekey_add_file(&rekeying->body, "HOLDS", buf_slice(&text));
    }
    store_holds_done(&holds);
    return r < 0 ? r : buf_error(&rekeying->body);
}

static int rekey_locked(Rekeying *rekeying)
{
    StoreFolder renewed;
    int r = log_is_empty(&rekeying->folder);
    if (r == 0) r = add_segments(rekeying);
    if (r == 0) r = add_chain(rekeying);
    if (r == 0) r = add_holds(rekeying);
    if (r == 0) r = add_sums(rekeying);
    if (r == 0) r = rekey_commit(&rekeying->folder, rekeying->new_kek, &rekeying->body);
    if (r < 0) return r;
    renewed = rekeying->folder;
    renewed.kek = rekeying->new_kek;
    return rekey_finish(&renewed);
}

static int lock_store(const StoreFolder *folder, OsFd *ret)
{
    const Os *os = folder->os;
    StorePath path = store_path(folder, "LOCK");
    ret->fd = os->open(os->state, path.text, O_RDWR | O_CREAT, 0600);
    if (ret->fd < 0) return ret->fd;
    int r = os->lock(os->state, ret->fd);
    return r == -EWOULDBLOCK ? -EAGAIN : r;
}

static int complain(Complaint *complaint, int error, const char *path)
{
    if (error == -EAGAIN) {
        complaint_say(complaint, "rekey.busy",
                      "%s was written to meanwhile. Stop the server, then try again. Nothing was "
                      "changed.",
                      "%s に別の書き込みがありました。サーバーを止めてからやり直してください。"
                      "何も変更していません。",
                      path);
    } else if (error == -EEXIST) {
        complaint_say(complaint, "rekey.same", "%s has this key already.",
                      "%s の鍵はすでにこの鍵です。", path);
    } else {
        complaint_say(complaint, "rekey.system",
                      "%s: the key could not be changed: %s. The old key is good until akashi says "
                      "otherwise.",
                      "%s: 鍵を交換できません: %s。別の案内が出るまでは元の鍵で開けます。", path,
                      strerrordesc_np(-error));
    }
    return error;
}

int store_rekey(const Os *os, const char *path, const StoreOptions *options, const Secret *new_kek,
                RekeySummary *ret, Complaint *complaint)
{
    CLEANUP(os_fd_done) OsFd lock = {os, -1};
    Rekeying rekeying = {.new_kek = new_kek, .body = buf_make(REKEY_BYTES_MAX)};
    FolderState state = FOLDER_EMPTY;
    if (complaint) complaint->id = NULL;
    if (secret_eq(options->kek, new_kek)) return complain(complaint, -EEXIST, path);
    int r = seal_log(os, path, options, complaint);
    if (r == 0) {
        r = store_folder_look(&rekeying.folder, os, path, options->kek, &state, complaint);
    }
    if (r == 0) r = lock_store(&rekeying.folder, &lock);
    if (r == 0) r = rekey_locked(&rekeying);
    buf_done(&rekeying.body);
    if (r < 0) return complaint && complaint->id ? r : complain(complaint, r, path);
    *ret = rekeying.summary;
    return 0;
}
