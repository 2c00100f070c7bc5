/* Deletion of chosen rows; see store/keep.h.
 *
 *   the file written anew without them (.part, sync, rename)         no lock: segments do not
 * change
 *     -> the chain: a redaction for each segment, the new file, checkpoint -> MANIFEST   under
 * work_lock
 *     -> the old file's key is erased, the file removed, at once
 *
 * Where no row of a file is left it gets tombstones instead. Until MANIFEST names the new file it
 * is nothing: opening removes it, the old one is whole, and the call is to be made again. */
#include "store/keep.h"
#include "store/sealed/holds.h"
#include "store/sealed/sealed_int.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>

typedef struct Deleting {
    Sealed *sealed;
    const StoreDeletion *deletion;
    StoreHolds holds;
    HoldsLock lock;
    ManifestSegment *hit; /* files that have such rows */
    uint64_t *rows;       /* how many of each */
    size_t count;
    StoreDeleted sums;
} Deleting;

static void deleting_done(Deleting *deleting)
{
    store_holds_done(&deleting->holds);
    holds_unlock(&deleting->lock);
    free(deleting->hit);
    free(deleting->rows);
}

static int open_file(const Sealed *sealed, uint32_t file, Segment **ret)
{
    StorePath path = store_path(&sealed->folder, manifest_file_name(file).text);
    return segment_open(sealed->folder.os, path.text, sealed->folder.kek, ret);
}

/* ---- which files */

static size_t first_from(const StoreDeletion *deletion, uint64_t number)
{
    size_t low = 0, high = deletion->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (deletion->numbers[middle] < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int count_hits(const Deleting *deleting, const ManifestSegment *entry, uint64_t *ret)
{
    const StoreDeletion *deletion = deleting->deletion;
    CLEANUP(segment_done) Segment *segment = NULL;
    size_t at = first_from(deletion, entry->first_row);
    uint64_t hits = 0, rank;
    if (at == deletion->count || deletion->numbers[at] >= entry->end_row) {
        *ret = 0;
        return 0;
    }
    int r = open_file(deleting->sealed, entry->file, &segment);
    if (r < 0) return r;
    for (; at < deletion->count && deletion->numbers[at] < entry->end_row; at++) {
        hits += segment_rank_of(segment, deletion->numbers[at], &rank) == 0;
    }
    *ret = hits;
    return 0;
}

static int note_hit(Deleting *deleting, const ManifestSegment *entry)
{
    uint64_t hits = 0;
    if (entry->tombstone) return 0;
    int r = count_hits(deleting, entry, &hits);
    if (r < 0 || hits == 0) return r;
    deleting->rows[deleting->count] = hits;
    deleting->hit[deleting->count++] = *entry;
    deleting->sums.rows += hits;
    deleting->sums.segments++;
    deleting->sums.held += holds_have(&deleting->holds, entry);
    return 0;
}

/* Segments that are sealed meanwhile have later rows. */
static int find_files(Deleting *deleting)
{
    CLEANUP(manifest_done) Manifest manifest = {0};
    Sealed *sealed = deleting->sealed;
    pthread_mutex_lock(&sealed->lock);
    int r = manifest_copy(&sealed->manifest, &manifest);
    pthread_mutex_unlock(&sealed->lock);
    if (r < 0) return r;
    deleting->hit = calloc(manifest.count + 1, sizeof *deleting->hit);
    deleting->rows = calloc(manifest.count + 1, sizeof *deleting->rows);
    if (!deleting->hit || !deleting->rows) return -ENOMEM;
    for (size_t i = 0; i < manifest.count && r == 0; i++) {
        r = note_hit(deleting, &manifest.segments[i]);
    }
    return r;
}

/* ---- the chain */

/* Leaves of the member's rows that went now; before: those gone already. */
static int describe_redaction(const Segment *fresh, const Segment *old, size_t member,
                              Redaction *ret)
{
    CLEANUP(buf_done) Buf leaves = buf_make(0);
    size_t count, before_count, at = 0;
    const GoneRow *gone = segment_member_gone(fresh, member, &count);
    const GoneRow *before = segment_member_gone(old, member, &before_count);
    ret->segment = segment_member(fresh, member)->number;
    ret->header = segment_header_digest(segment_member(fresh, member));
    ret->count = count - before_count;
    for (size_t i = 0; i < count; i++) {
        if (at < before_count && before[at].rank == gone[i].rank) {
            at++;
        } else {
            buf_add(&leaves, gone[i].leaf.bytes, sizeof gone[i].leaf.bytes);
        }
    }
    Slice all = buf_slice(&leaves);
    ret->leaves = digest_sha256(&all, 1);
    return buf_error(&leaves);
}

/* A file with one input has its members, in their order. Segments of a chain that was damaged are
 * in none that could say it. */
static int tell_chain(Sealed *sealed, const Segment *old, uint32_t file, const Repack *repack,
                      Slice reason)
{
    CLEANUP(segment_done) Segment *fresh = NULL;
    int r = open_file(sealed, file, &fresh);
    for (size_t i = 0; r == 0 && i < segment_member_count(fresh); i++) {
        Redaction redaction = {.reason = reason};
        r = describe_redaction(fresh, old, i, &redaction);
        if (r < 0 || redaction.count == 0) continue;
        r = chain_append_redaction(sealed->chain, &redaction);
        if (r == -ENOENT) r = 0;
    }
    if (r == 0) r = chain_append_repack(sealed->chain, repack);
    return r < 0 ? r : sealed_seal_chain(sealed);
}

/* ---- one file */

static int describe(const Sealed *sealed, const ManifestSegment *old, uint32_t file,
                    ManifestSegment *ret)
{
    int r = manifest_describe(&sealed->folder, file, ret);
    ret->end_row = old->end_row;
    ret->sealed_ns = old->sealed_ns;
    ret->lost_blocks = old->lost_blocks;
    ret->row_bytes = old->row_bytes / old->row_count * ret->row_count; /* about */
    ret->raw_bytes = old->raw_bytes / old->row_count * ret->row_count;
    return r;
}

static int64_t now_ns(const Sealed *sealed)
{
    return sealed->folder.os->now_ns(sealed->folder.os->state);
}

/* Under work_lock. */
static int put_in_place(Sealed *sealed, const ManifestSegment *old, const Segment *old_segment,
                        uint32_t file, const Repack *repack, Slice reason)
{
    CLEANUP(manifest_done) Manifest next = {0};
    ManifestSegment entry;
    int r = sealed_settle(sealed);
    if (r == 0) r = describe(sealed, old, file, &entry);
    if (r == 0) r = manifest_copy(&sealed->manifest, &next);
    if (r == 0) r = manifest_replace(&next, old->file, now_ns(sealed));
    if (r == 0) r = manifest_add(&next, &entry);
    if (r < 0) return r;
    sealed->in_doubt = true;
    r = tell_chain(sealed, old_segment, file, repack, reason);
    if (r == 0) r = sealed_set_manifest(sealed, &next);
    if (r == 0) sealed->in_doubt = false;
    return r;
}

static int write_anew(const Deleting *deleting, Segment *old, uint32_t file, Repack *ret)
{
    const Sealed *sealed = deleting->sealed;
    const Os *os = sealed->folder.os;
    SegmentFileName name = manifest_file_name(file);
    StorePath folder = store_path(&sealed->folder, "segments");
    SegmentHeader header;
    RepackOptions options = {.kek = sealed->folder.kek,
                             .file = file,
                             .level = STORE_PACK_LEVEL_DEFAULT,
                             .drop = deleting->deletion->numbers,
                             .drop_count = deleting->deletion->count};
    int r = os->random(os->state, &options.seed, sizeof options.seed);
    if (r < 0) return r;
    return segment_repack(os, folder.text, strchr(name.text, '/') + 1, &options, &old, 1, &header,
                          ret);
}

static int thin_out(const Deleting *deleting, const ManifestSegment *entry)
{
    Sealed *sealed = deleting->sealed;
    CLEANUP(segment_done) Segment *old = NULL;
    uint32_t file = sealed_next_file(sealed);
    Repack repack;
    int r = open_file(sealed, entry->file, &old);
    if (r == 0) r = write_anew(deleting, old, file, &repack);
    if (r < 0) return r;
    pthread_mutex_lock(&sealed->work_lock);
    r = put_in_place(sealed, entry, old, file, &repack, deleting->deletion->reason);
    if (r < 0 && !sealed->in_doubt) {
        StorePath path = store_path(&sealed->folder, manifest_file_name(file).text);
        sealed->folder.os->unlink(sealed->folder.os->state, path.text);
    }
    pthread_mutex_unlock(&sealed->work_lock);
    return r;
}

/* No row is left. */
static int bury_whole(const Deleting *deleting, const ManifestSegment *entry)
{
    Sealed *sealed = deleting->sealed;
    CLEANUP(manifest_done) Manifest next = {0};
    pthread_mutex_lock(&sealed->work_lock);
    int r = sealed_settle(sealed);
    if (r == 0) r = manifest_copy(&sealed->manifest, &next);
    if (r == 0) r = manifest_bury(&next, entry->file, now_ns(sealed));
    if (r == 0) {
        sealed->in_doubt = true;
        r = chain_bury(sealed->chain, entry->chain_number, &entry->header, TOMBSTONE_OPERATOR,
                       deleting->deletion->reason);
        if (r == 0) r = sealed_seal_chain(sealed);
        if (r == 0) r = sealed_set_manifest(sealed, &next);
        if (r == 0) sealed->in_doubt = false;
    }
    pthread_mutex_unlock(&sealed->work_lock);
    return r;
}

static int delete_all(Deleting *deleting)
{
    Sealed *sealed = deleting->sealed;
    int r = 0;
    deleting->sums = (StoreDeleted){0};
    for (size_t i = 0; i < deleting->count && r == 0; i++) {
        const ManifestSegment *entry = &deleting->hit[i];
        bool whole = deleting->rows[i] == entry->row_count;
        r = whole ? bury_whole(deleting, entry) : thin_out(deleting, entry);
        if (r < 0) break;
        deleting->sums.rows += deleting->rows[i];
        deleting->sums.segments++;
    }
    /* Files that re-packing replaced a while ago have these rows, too. */
    pthread_mutex_lock(&sealed->work_lock);
    sealed_remove_replaced(sealed, true);
    pthread_mutex_unlock(&sealed->work_lock);
    return r;
}

static int delete (Deleting *deleting)
{
    const StoreFolder *folder = &deleting->sealed->folder;
    int r = holds_lock(folder, &deleting->lock);
    if (r == 0) r = holds_read(folder, &deleting->holds);
    if (r == 0) r = find_files(deleting);
    if (r < 0 || deleting->deletion->dry_run) return r;
    return deleting->sums.held ? -EPERM : delete_all(deleting);
}

int sealed_delete(Sealed *sealed, const StoreDeletion *deletion, StoreDeleted *ret)
{
    CLEANUP(deleting_done)
    Deleting deleting = {.sealed = sealed, .deletion = deletion, .lock.fd = -1};
    Slice reason = deletion->reason;
    *ret = (StoreDeleted){0};
    if (reason.len == 0 || reason.len > REASON_BYTES_MAX || !utf8_is_valid(reason)) return -EINVAL;
    if (pthread_mutex_trylock(&sealed->pack_lock) != 0) return -EBUSY;
    int r = delete (&deleting);
    pthread_mutex_unlock(&sealed->pack_lock);
    *ret = deleting.sums;
    return r;
}
