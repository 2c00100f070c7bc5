/* Bringing MANIFEST, chain and the files of segments into line; see sealed.h. */
#include "store/sealed/sealed_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { DAMAGED_CHAINS_MAX = 1000 };

/* ---- the chain */

static int make_folder(const StoreFolder *folder, const char *name)
{
    const Os *os = folder->os;
    StorePath path = store_path(folder, name);
    int r = os->make_folder(os->state, path.text, 0700);
    if (r == -EEXIST) return 0;
    return r < 0 ? r : os->sync_folder(os->state, folder->path);
}

static int put_aside(const Sealed *sealed)
{
    const Os *os = sealed->folder.os;
    StorePath path = store_path(&sealed->folder, "chain");
    FileInfo info;
    for (int i = 1; i <= DAMAGED_CHAINS_MAX; i++) {
        char name[FILE_NAME_MAX];
        snprintf(name, sizeof name, "chain.damaged-%d", i);
        StorePath aside = store_path(&sealed->folder, name);
        if (os->info(os->state, aside.text, &info) == 0) continue;
        int r = os->rename(os->state, path.text, aside.text);
        return r < 0 ? r : os->sync_folder(os->state, sealed->folder.path);
    }
    return -EEXIST;
}

static int try_chain(Sealed *sealed, ChainOpening *opening, Complaint *complaint)
{
    StorePath path = store_path(&sealed->folder, "chain");
    int r = make_folder(&sealed->folder, "chain");
    if (r < 0) return r;
    return chain_open(sealed->folder.os, path.text, sealed->folder.kek, 0, &sealed->chain, opening,
                      complaint);
}

/* That the key is the right one was seen before (FORMAT), so -ENOKEY is a damaged epoch.key. */
int sealed_open_chain(Sealed *sealed, Complaint *complaint)
{
    ChainOpening opening = {0};
    int r = try_chain(sealed, &opening, complaint);
    if (r == -EBADMSG || r == -ENOKEY || r == -EPROTO) {
        r = put_aside(sealed);
        if (r == 0) r = try_chain(sealed, &opening, complaint);
        if (r < 0) return r;
        sealed->damaged++;
        sealed_tell(sealed, STORE_NEWS_CHAIN_REPLACED, "");
    }
    if (r == 0 && opening.is_new) {
        char first_key[sizeof(StoreProof)];
        sealed_first_key(sealed, first_key, sizeof first_key);
        sealed_tell(sealed, STORE_NEWS_CHAIN_NEW, first_key);
    }
    const Os *os = sealed->folder.os;
    sealed->checkpoint_ns = sealed->epoch_ns = os->monotonic_ns(os->state);
    return r;
}

/* ---- the files */

static void remove_parts(const Sealed *sealed, const SegmentFiles *files)
{
    const Os *os = sealed->folder.os;
    for (const char *at = files->parts.ptr; at && at < files->parts.ptr + files->parts.len;
         at += strlen(at) + 1) {
        char name[300];
        snprintf(name, sizeof name, "segments/%s", at);
        if (strlen(name) >= FILE_NAME_MAX) continue; /* none of ours */
        StorePath path = store_path(&sealed->folder, name);
        os->unlink(os->state, path.text);
    }
}

/* What a file is that MANIFEST does not name. */
typedef enum Stray {
    STRAY_PROMISED, /* the chain has it, or it is of another chain */
    STRAY_WAITING,  /* the chain was about to take it */
    STRAY_REPACKED, /* a re-packed file that did not come into MANIFEST: the files with its rows are
                       there */
} Stray;

static int judge_stray(const Sealed *sealed, uint32_t file, bool remade)
{
    const Os *os = sealed->folder.os;
    StorePath path = store_path(&sealed->folder, manifest_file_name(file).text);
    CLEANUP(segment_done) Segment *segment = NULL;
    ChainState state;
    int r = segment_open(os, path.text, sealed->folder.kek, &segment);
    if (r < 0) return r;
    chain_state(sealed->chain, &state);
    const SegmentHeader *header = segment_header(segment);
    if (segment_is_repacked(segment)) return remade ? STRAY_PROMISED : STRAY_REPACKED;
    bool waits = memcmp(&header->log_id, &state.log_id, sizeof state.log_id) == 0 &&
                 header->number >= state.segments;
    return waits ? STRAY_WAITING : STRAY_PROMISED;
}

/* Its rows are in a re-packed file: it was replaced. */
static bool repacked_has(const Manifest *manifest, const ManifestSegment *entry)
{
    for (size_t i = 0; i < manifest->count; i++) {
        const ManifestSegment *one = &manifest->segments[i];
        if ((one->chain_number & REPACKED_BIT) && one->first_row <= entry->first_row &&
            one->end_row >= entry->end_row && strcmp(one->class_name, entry->class_name) == 0) {
            return true;
        }
    }
    return false;
}

static int remove_stray(const Sealed *sealed, uint32_t file)
{
    const Os *os = sealed->folder.os;
    StorePath path = store_path(&sealed->folder, manifest_file_name(file).text);
    int r = os->unlink(os->state, path.text);
    return r == -ENOENT ? 0 : r;
}

/* 1: adopted. 0: passed over, removed, or noted in *waiting. */
static int adopt(Sealed *sealed, uint32_t file, bool remade, Manifest *manifest, Buf *waiting)
{
    ManifestSegment entry;
    int r = judge_stray(sealed, file, remade);
    if (r == STRAY_REPACKED) return remove_stray(sealed, file);
    bool waits = r == STRAY_WAITING;
    if (r >= 0) r = manifest_describe(&sealed->folder, file, &entry);
    if (r == 0 && waits) {
        buf_add(waiting, &entry, sizeof entry);
        return buf_error(waiting);
    }
    if (r == -EBADMSG || r == -ENOKEY || r == -EPROTO) { /* nothing can be read of it; it stays */
        sealed->damaged++;
        return 0;
    }
    if (r < 0) return r;
    if (!remade && repacked_has(manifest, &entry)) return 0;
    if (manifest_has_header(manifest, &entry.header)) return 0; /* a copy */
    r = manifest_add(manifest, &entry);
    return r < 0 ? r : 1;
}

static int by_number(const void *a_entry, const void *b_entry)
{
    const ManifestSegment *a = a_entry, *b = b_entry;
    return (a->chain_number > b->chain_number) - (a->chain_number < b->chain_number);
}

static int promise(Sealed *sealed, const ManifestSegment *entry)
{
    StorePath path = store_path(&sealed->folder, manifest_file_name(entry->file).text);
    CLEANUP(segment_done) Segment *segment = NULL;
    int r = segment_open(sealed->folder.os, path.text, sealed->folder.kek, &segment);
    return r < 0 ? r : chain_append_segment(sealed->chain, segment_header(segment));
}

/* Rows of one group of the log are in several segments when they are of several classes. Those are
 * all durable before the chain takes the first. So when the chain has one of them, it is given the
 * others; when it has none, all of them go: their rows are in the log. Which is the case is seen by
 * the rows: groups do not overlap. */
static int settle_waiting(Sealed *sealed, Buf *waiting, Manifest *manifest)
{
    ManifestSegment *entries = (ManifestSegment *)(void *)waiting->ptr;
    size_t count = waiting->len / sizeof *entries;
    uint64_t end_row = manifest_end_row(manifest);
    bool begun = false;
    int r = 0;
    if (count == 0) return 0;
    qsort(entries, count, sizeof *entries, by_number);
    for (size_t i = 0; i < count; i++) {
        begun |= entries[i].first_row < end_row;
    }
    for (size_t i = 0; i < count && r == 0; i++) {
        if (!begun) {
            r = remove_stray(sealed, entries[i].file);
            continue;
        }
        r = promise(sealed, &entries[i]);
        if (r == 0) r = manifest_add(manifest, &entries[i]);
    }
    if (r < 0 || !begun) return r;
    r = sealed_seal_chain(sealed);
    return r < 0 ? r : 1;
}

static int adopt_files(Sealed *sealed, const SegmentFiles *files, bool remade, Manifest *manifest,
                       bool *ret_changed)
{
    CLEANUP(buf_done) Buf waiting = buf_make(0);
    for (size_t i = 0; i < listing_count(&files->numbers); i++) {
        uint32_t file = listing_at(&files->numbers, i);
        if (manifest_has(manifest, file) || manifest_is_replaced(manifest, file)) continue;
        int r = adopt(sealed, file, remade, manifest, &waiting);
        if (r < 0) return r;
        *ret_changed |= r == 1;
    }
    int r = settle_waiting(sealed, &waiting, manifest);
    *ret_changed |= r == 1;
    return r < 0 ? r : 0;
}

static int read_manifest(Sealed *sealed, Manifest *ret, bool *ret_changed)
{
    int r = manifest_read(&sealed->folder, ret);
    if (r == -EBADMSG || r == -EPROTO) {
        sealed->damaged++;
        sealed_tell(sealed, STORE_NEWS_MANIFEST_REMADE, "");
    }
    if (r != -ENOENT && r != -EBADMSG && r != -EPROTO) return r;
    *ret_changed = true;
    return 0;
}

static int drop_doubles(const Sealed *sealed, Manifest *manifest)
{
    const Os *os = sealed->folder.os;
    int64_t until_ns = os->now_ns(os->state) + STORE_REPLACED_KEPT_S * NS_PER_SECOND;
    return manifest_drop_doubles(&sealed->folder, manifest, until_ns);
}

int sealed_reconcile(Sealed *sealed)
{
    CLEANUP(segment_files_done) SegmentFiles files = {0};
    CLEANUP(manifest_done) Manifest manifest = {0};
    bool changed = false;
    int r = make_folder(&sealed->folder, "segments");
    if (r == 0) r = segment_files_list(&sealed->folder, &files);
    if (r == 0) r = read_manifest(sealed, &manifest, &changed);
    const bool remade = changed;
    if (r == 0) r = adopt_files(sealed, &files, remade, &manifest, &changed);
    if (r == 0 && remade) r = drop_doubles(sealed, &manifest);
    if (r == 0) r = sealed_finish_burials(sealed, &manifest);
    if (r == 0 && changed) r = manifest_write(&sealed->folder, &manifest);
    if (r < 0) return r;
    remove_parts(sealed, &files);
    pthread_mutex_lock(&sealed->lock);
    Manifest old = sealed->manifest;
    sealed->manifest = manifest;
    sealed->manifest_changes++;
    manifest = old;
    pthread_mutex_unlock(&sealed->lock);
    sealed_remove_replaced(sealed, false);
    return 0;
}
