/* Re-packing: segments to fewer, larger and smaller files; see store.h and
 * doc/decisions/0010-repacking.md.
 *
 *   read, write (.part, sync, rename)                  no lock: segments do not change
 *     -> entry of the chain, checkpoint -> MANIFEST    under work_lock
 *     -> (STORE_REPLACED_KEPT_S later) the old files' keys are erased, the files removed
 *
 * Until MANIFEST names the new file it is nothing: opening removes it. From then on the old files
 * are nothing but for readers that read MANIFEST before. */
#include "store/sealed/sealed_int.h"

#include <errno.h>
#include <stdio.h>

/* ---- what to take */

/* Entries whose rows will be one file, in the order of their rows. */
typedef struct PackGroup {
    ManifestSegment entries[REPACK_INPUTS_MAX];
    size_t count, unpacked_count;
    uint64_t rows, raw_bytes;
    size_t first; /* place of the first entry */
} PackGroup;

static bool is_repacked(const ManifestSegment *entry)
{
    return (entry->chain_number & REPACKED_BIT) != 0;
}

/* Large enough to stay as it is. */
static bool is_settled(const ManifestSegment *entry)
{
    return is_repacked(entry) && (entry->raw_bytes >= STORE_PACK_RAW_BYTES / 4 * 3 ||
                                  entry->row_count >= STORE_PACK_ROWS / 4 * 3);
}

static bool fits(const PackGroup *group, const ManifestSegment *entry)
{
    if (group->count == 0) return true;
    return group->count < REPACK_INPUTS_MAX && group->rows + entry->row_count <= STORE_PACK_ROWS &&
           group->raw_bytes + entry->raw_bytes <= STORE_PACK_RAW_BYTES;
}

static void take(PackGroup *group, const ManifestSegment *entry)
{
    group->entries[group->count++] = *entry;
    group->unpacked_count += !is_repacked(entry);
    group->rows += entry->row_count;
    group->raw_bytes += entry->raw_bytes;
}

/* The next group of the class from *at on; *at is set behind it. A file that was re-packed already
 * is taken only along with one that was not. Files of other classes lie between. False: there is
 * none. */
static bool next_group(Sealed *sealed, const char *class_name, size_t *at, PackGroup *ret)
{
    const Manifest *manifest = &sealed->manifest;
    *ret = (PackGroup){0};
    pthread_mutex_lock(&sealed->lock);
    for (; *at < manifest->count; (*at)++) {
        const ManifestSegment *entry = &manifest->segments[*at];
        if (entry->tombstone || strcmp(entry->class_name, class_name) != 0) continue;
        bool stays = is_settled(entry);
        if (!stays && fits(ret, entry)) {
            if (ret->count == 0) ret->first = *at;
            take(ret, entry);
            continue;
        }
        if (ret->unpacked_count) break;
        *ret = (PackGroup){.first = *at};
        if (!stays) take(ret, entry);
    }
    pthread_mutex_unlock(&sealed->lock);
    return ret->unpacked_count > 0;
}

/* The class after that one in the order of their names. False: there is none. */
static bool next_class(Sealed *sealed, char *name)
{
    char found[MANIFEST_CLASS_BYTES_MAX] = "";
    pthread_mutex_lock(&sealed->lock);
    for (size_t i = 0; i < sealed->manifest.count; i++) {
        const char *one = sealed->manifest.segments[i].class_name;
        bool is_between = strcmp(one, name) > 0 && (!found[0] || strcmp(one, found) < 0);
        if (is_between) memcpy(found, one, sizeof found);
    }
    pthread_mutex_unlock(&sealed->lock);
    memcpy(name, found, sizeof found);
    return found[0] != '\0';
}

/* ---- making the file */

typedef struct PackInputs {
    Segment *opened[REPACK_INPUTS_MAX];
} PackInputs;

static void inputs_done(PackInputs *inputs)
{
    for (size_t i = 0; i < REPACK_INPUTS_MAX; i++) {
        segment_close(inputs->opened[i]);
    }
}

static int open_inputs(const Sealed *sealed, const PackGroup *group, PackInputs *ret)
{
    const StoreFolder *folder = &sealed->folder;
    int r = 0;
    for (size_t i = 0; i < group->count && r == 0; i++) {
        StorePath path = store_path(folder, manifest_file_name(group->entries[i].file).text);
        r = segment_open(folder->os, path.text, folder->kek, &ret->opened[i]);
    }
    return r;
}

static int write_file(const Sealed *sealed, const StorePackOptions *options, const PackGroup *group,
                      uint32_t file, Repack *ret_repack)
{
    CLEANUP(inputs_done) PackInputs inputs = {0};
    const Os *os = sealed->folder.os;
    SegmentFileName name = manifest_file_name(file);
    StorePath folder = store_path(&sealed->folder, "segments");
    SegmentHeader header;
    RepackOptions repack = {.kek = sealed->folder.kek,
                            .file = file,
                            .level = options->level ? options->level : STORE_PACK_LEVEL_DEFAULT,
                            .going = options->going,
                            .context = options->context};
    int r = os->random(os->state, &repack.seed, sizeof repack.seed);
    if (r == 0) r = open_inputs(sealed, group, &inputs);
    if (r < 0) return r;
    return segment_repack(os, folder.text, strchr(name.text, '/') + 1, &repack, inputs.opened,
                          group->count, &header, ret_repack);
}

/* ---- putting it in the place of the others */

static int describe(const Sealed *sealed, const PackGroup *group, uint32_t file,
                    ManifestSegment *ret)
{
    ManifestSegment entry;
    int r = manifest_describe(&sealed->folder, file, &entry);
    if (r < 0) return r;
    entry.sealed_ns = 0;
    for (size_t i = 0; i < group->count; i++) {
        const ManifestSegment *old = &group->entries[i];
        if (old->end_row > entry.end_row) entry.end_row = old->end_row;
        entry.row_bytes += old->row_bytes;
        entry.raw_bytes += old->raw_bytes;
        entry.lost_blocks += old->lost_blocks;
        if (old->sealed_ns > entry.sealed_ns) entry.sealed_ns = old->sealed_ns;
    }
    *ret = entry;
    return 0;
}

/* -ENOENT: one of them is no longer there. */
static int replace_all(const Sealed *sealed, const PackGroup *group, Manifest *next)
{
    const Os *os = sealed->folder.os;
    int64_t until_ns = os->now_ns(os->state) + STORE_REPLACED_KEPT_S * NS_PER_SECOND;
    int r = 0;
    for (size_t i = 0; i < group->count && r == 0; i++) {
        r = manifest_replace(next, group->entries[i].file, until_ns);
    }
    return r;
}

/* Under work_lock. Whatever does not go well before the chain has its entry leaves all as it was.
 */
static int put_in_place(Sealed *sealed, const PackGroup *group, uint32_t file, const Repack *repack,
                        uint64_t *ret_bytes)
{
    CLEANUP(manifest_done) Manifest next = {0};
    ManifestSegment entry;
    int r = sealed_settle(sealed);
    if (r == 0) r = describe(sealed, group, file, &entry);
    if (r == 0) r = manifest_copy(&sealed->manifest, &next);
    if (r == 0) r = replace_all(sealed, group, &next);
    if (r == 0) r = manifest_add(&next, &entry);
    if (r < 0) return r;
    sealed->in_doubt = true;
    r = chain_append_repack(sealed->chain, repack);
    if (r == 0) r = sealed_seal_chain(sealed);
    if (r == 0) r = sealed_set_manifest(sealed, &next);
    if (r < 0) return r;
    sealed->in_doubt = false;
    *ret_bytes = entry.file_bytes;
    return 0;
}

static void remove_file(const Sealed *sealed, uint32_t file)
{
    const Os *os = sealed->folder.os;
    StorePath path = store_path(&sealed->folder, manifest_file_name(file).text);
    os->unlink(os->state, path.text);
}

static int make_file(Sealed *sealed, const StorePackOptions *options, const PackGroup *group,
                     uint64_t *ret_bytes)
{
    Repack repack;
    uint32_t file = sealed_next_file(sealed);
    int r = write_file(sealed, options, group, file, &repack);
    if (r < 0) return r;
    pthread_mutex_lock(&sealed->work_lock);
    r = put_in_place(sealed, group, file, &repack, ret_bytes);
    if (r < 0 && !sealed->in_doubt) remove_file(sealed, file);
    if (r == 0) sealed_remove_replaced(sealed, options->at_once);
    pthread_mutex_unlock(&sealed->work_lock);
    return r;
}

/* ---- the interface */

static void count(const PackGroup *group, uint64_t bytes, StorePackTally *tally)
{
    tally->files_before += group->count;
    tally->files_after++;
    tally->rows += group->rows;
    tally->raw_bytes += group->raw_bytes;
    tally->bytes_after += bytes;
    for (size_t i = 0; i < group->count; i++) {
        tally->bytes_before += group->entries[i].file_bytes;
    }
}

/* What is wrong with these files alone: the others are tried. */
static bool is_theirs(int error)
{
    return error == -EBADMSG || error == -ENOENT || error == -EIO || error == -EPROTO ||
           error == -ENOKEY || error == -EINVAL;
}

/* Whose runs of segments are too many for one entry of the chain is tried without its first file.
 */
static int pack_class(Sealed *sealed, const StorePackOptions *options, const char *class_name,
                      StorePackTally *tally)
{
    PackGroup group;
    size_t at = 0;
    while (next_group(sealed, class_name, &at, &group)) {
        uint64_t bytes;
        int r = make_file(sealed, options, &group, &bytes);
        if (r == 0) {
            count(&group, bytes, tally);
            at -= group.count - 1; /* so many entries are one now */
            continue;
        }
        if (r == -E2BIG) {
            at = group.first + 1;
            continue;
        }
        if (!is_theirs(r)) return r;
        tally->failed++;
        sealed_tell(sealed, STORE_NEWS_PACK_FAILED, strerrordesc_np(-r));
    }
    return 0;
}

static int pack_all(Sealed *sealed, const StorePackOptions *options, StorePackTally *tally)
{
    char class_name[MANIFEST_CLASS_BYTES_MAX] = "";
    int r = 0;
    while (r == 0 && next_class(sealed, class_name)) {
        r = pack_class(sealed, options, class_name, tally);
    }
    return r;
}

int sealed_pack(Sealed *sealed, const StorePackOptions *options, StorePackTally *ret)
{
    StorePackTally tally = {0};
    if (pthread_mutex_trylock(&sealed->pack_lock) != 0) return -EBUSY;
    int r = pack_all(sealed, options, &tally);
    pthread_mutex_unlock(&sealed->pack_lock);
    *ret = tally;
    return r;
}

/* ---- what was replaced */

static bool is_over(const Sealed *sealed, const ManifestReplaced *replaced)
{
    const Os *os = sealed->folder.os;
    int64_t now_ns = os->now_ns(os->state);
    bool clock_went_back = replaced->until_ns - now_ns > 2 * STORE_REPLACED_KEPT_S * NS_PER_SECOND;
    return now_ns >= replaced->until_ns || clock_went_back;
}

/* What cannot be erased or removed now is tried again; it is in nobody's way. */
static bool remove_old(const Sealed *sealed, uint32_t file)
{
    const Os *os = sealed->folder.os;
    StorePath path = store_path(&sealed->folder, manifest_file_name(file).text);
    int r = segment_erase(os, path.text);
    if (r == 0) r = os->unlink(os->state, path.text);
    return r == 0 || r == -ENOENT;
}

void sealed_remove_replaced(Sealed *sealed, bool all)
{
    CLEANUP(manifest_done) Manifest next = {0};
    bool removed = false;
    if (sealed->manifest.replaced_count == 0) return;
    if (manifest_copy(&sealed->manifest, &next) < 0) return;
    for (size_t i = 0; i < sealed->manifest.replaced_count; i++) {
        const ManifestReplaced *replaced = &sealed->manifest.replaced[i];
        if (!all && !is_over(sealed, replaced)) continue;
        if (!remove_old(sealed, replaced->file)) continue;
        manifest_forget_replaced(&next, replaced->file);
        removed = true;
    }
    /* A line too many says nothing wrong; the next time writes it. */
    if (removed && sealed_set_manifest(sealed, &next) < 0) sealed->in_doubt = true;
}
