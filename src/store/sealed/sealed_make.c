/* A group of log files to segments, and the chain's clock; see sealed.h. All under work_lock. */
#include "store/sealed/sealed_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

enum { UNREADABLE_MAX = 5 }; /* tries; then what cannot be read is lost, and its file kept */
#define CHECKPOINT_NS (60 * NS_PER_SECOND)
#define EPOCH_NS (3600 * NS_PER_SECOND)

/* ---- checkpoints */

/* The last note of checkpoints.txt, for those who keep it elsewhere. False: it cannot be read. */
static bool last_note(const Sealed *sealed, char *to, size_t bytes)
{
    const Os *os = sealed->folder.os;
    StorePath path = store_path(&sealed->folder, "chain/checkpoints.txt");
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    FileInfo info;
    if (file.fd < 0 || os->info_fd(os->state, file.fd, &info) < 0) return false;
    uint64_t from = info.bytes < bytes ? 0 : info.bytes - bytes + 1;
    ssize_t got = os_pread_full(os, file.fd, to, bytes - 1, from);
    if (got <= 0) return false;
    size_t start = (size_t)got;
    while (start > 0 &&
           !slice_starts(slice_of(to + start, (size_t)got - start), SLICE("\n\nakashi/"))) {
        start--;
    }
    if (start > 0) start += 2;
    memmove(to, to + start, (size_t)got - start);
    to[(size_t)got - start] = '\0';
    return start > 0 || from == 0;
}

int sealed_seal_chain(Sealed *sealed)
{
    char note[NOTE_BYTES_MAX];
    int r = chain_checkpoint(sealed->chain, NULL);
    bool wanted = r == 0 && sealed->options.told;
    if (wanted && last_note(sealed, note, sizeof note)) {
        sealed_tell(sealed, STORE_NEWS_CHECKPOINT, note);
    }
    return r;
}

/* ---- making one */

/* Where the rows of a group are: in its stock, or read back from its files. */
typedef struct SealSource {
    RowStock *stock; /* NULL: in the parts */
    WalParts *parts;
    uint64_t last_row, end_row; /* as those of WalRows */
    uint64_t lost_blocks;
} SealSource;

/* Segments of one group, by class. */
typedef struct NewSegment {
    uint32_t file;
    SegmentHeader header;
    uint64_t row_bytes, raw_bytes;
} NewSegment;

static bool has_rows(const SealSource *source, size_t part)
{
    if (source->stock) return row_stock_part(source->stock, part).row_count > 0;
    return source->parts->parts[part].places.len > 0;
}

static const char *class_name(const Sealed *sealed, size_t index)
{
    const StoreClasses *classes = &sealed->options.classes;
    return classes->count ? classes->names[index] : STORE_CLASS_DEFAULT;
}

/* options: with where it stands in the chain, and its policy. */
static int write_rows(Sealed *sealed, SealSource *source, size_t part, const char *name,
                      SegmentOptions *options, NewSegment *segment)
{
    const Os *os = sealed->folder.os;
    StorePath folder = store_path(&sealed->folder, "segments");
    if (source->stock) {
        RowStockPart sums = row_stock_part(source->stock, part);
        segment->row_bytes = sums.row_bytes;
        segment->raw_bytes = sums.raw_bytes;
        return row_stock_write(source->stock, part, os, folder.text, name, options,
                               &segment->header);
    }
    WalPart *rows = &source->parts->parts[part];
    SegmentRows given = wal_part_source(rows);
    segment->row_bytes = rows->row_bytes;
    segment->raw_bytes = rows->raw_bytes;
    int r = os->random(os->state, &options->seed, sizeof options->seed);
    if (r < 0) return r;
    return segment_write(os, folder.text, name, options, &given, &segment->header);
}

/* Without one each segment makes its own. */
static void need_workspace(Sealed *sealed)
{
    uint64_t seed;
    const Os *os = sealed->folder.os;
    if (sealed->workspace || os->random(os->state, &seed, sizeof seed) < 0) return;
    sealed->workspace = segment_workspace_new(seed);
}

static int write_segment(Sealed *sealed, SealSource *source, size_t part,
                         const SegmentHeader *header, NewSegment *segment)
{
    segment->file = sealed_next_file(sealed);
    SegmentFileName name = manifest_file_name(segment->file);
    need_workspace(sealed);
    SegmentOptions options = {.kek = sealed->folder.kek,
                              .level = sealed->options.compression_level,
                              .header = *header,
                              .workspace = sealed->workspace};
    return write_rows(sealed, source, part, strchr(name.text, '/') + 1, &options, segment);
}

/* All of a group's before the chain takes the first: sealed_recover.c relies on it. */
static int write_segments(Sealed *sealed, SealSource *source, NewSegment *to, size_t *ret_count)
{
    SegmentHeader next = {0};
    size_t count = 0;
    int r = 0;
    chain_next_segment(sealed->chain, &next);
    for (size_t i = 0; i < STORE_CLASSES_MAX && r == 0; i++) {
        if (!has_rows(source, i)) continue;
        NewSegment *segment = &to[count++];
        next.policy = slice_from_cstr(class_name(sealed, i));
        r = write_segment(sealed, source, i, &next, segment);
        next.number++;
        next.first_leaf = segment->header.last_leaf + 1;
        if (r == 0) next.previous = segment_header_digest(&segment->header);
    }
    *ret_count = count;
    return r;
}

int sealed_set_manifest(Sealed *sealed, Manifest *next)
{
    int r = manifest_write(&sealed->folder, next);
    if (r < 0) return r;
    pthread_mutex_lock(&sealed->lock);
    Manifest old = sealed->manifest;
    sealed->manifest = *next;
    sealed->manifest_changes++;
    pthread_mutex_unlock(&sealed->lock);
    manifest_done(&old);
    *next = (Manifest){0};
    return 0;
}

static int describe(const Sealed *sealed, const NewSegment *segment, const SealSource *source,
                    ManifestSegment *ret)
{
    const Os *os = sealed->folder.os;
    int r = manifest_describe(&sealed->folder, segment->file, ret);
    ret->row_bytes = segment->row_bytes;
    ret->raw_bytes = segment->raw_bytes;
    ret->sealed_ns = os->now_ns(os->state);
    if (ret->end_row == source->last_row + 1) { /* behind it there may be some that are lost */
        ret->end_row = source->end_row;
        ret->lost_blocks = source->lost_blocks;
    }
    return r;
}

/* All at once: the log's rows are passed over up to the last of them. */
static int note_segments(Sealed *sealed, const NewSegment *segments, size_t count,
                         const SealSource *source)
{
    CLEANUP(manifest_done) Manifest next = {0};
    int r = manifest_copy(&sealed->manifest, &next);
    for (size_t i = 0; i < count && r == 0; i++) {
        ManifestSegment entry = {0};
        r = describe(sealed, &segments[i], source, &entry);
        if (r == 0) r = manifest_add(&next, &entry);
    }
    return r < 0 ? r : sealed_set_manifest(sealed, &next);
}

uint32_t sealed_next_file(Sealed *sealed)
{
    pthread_mutex_lock(&sealed->lock);
    uint32_t file = manifest_next_file(&sealed->manifest);
    if (file <= sealed->files_given) file = sealed->files_given + 1;
    sealed->files_given = file;
    pthread_mutex_unlock(&sealed->lock);
    return file;
}

static int make_segments(Sealed *sealed, SealSource *source)
{
    NewSegment segments[STORE_CLASSES_MAX];
    size_t count = 0;
    sealed->in_doubt = true;
    int r = write_segments(sealed, source, segments, &count);
    for (size_t i = 0; i < count && r == 0; i++) {
        r = chain_append_segment(sealed->chain, &segments[i].header);
    }
    if (r == 0) r = sealed_seal_chain(sealed);
    if (r == 0) r = note_segments(sealed, segments, count, source);
    if (r == 0) sealed->in_doubt = false;
    return r;
}

static int make_of_wal_rows(Sealed *sealed, const WalRows *rows)
{
    CLEANUP(wal_parts_done) WalParts parts = {0};
    int r = wal_rows_split(rows, &sealed->options.classes, &parts);
    if (r < 0) return r;
    SealSource source = {.parts = &parts,
                         .last_row = rows->last_row,
                         .end_row = rows->end_row,
                         .lost_blocks = rows->lost_blocks};
    return make_segments(sealed, &source);
}

/* A group is a little more than asked for; one that is much more becomes several segments. */
static size_t rows_bytes_max(const Sealed *sealed)
{
    size_t most = sealed->options.segment_bytes_max;
    return most + most / 4;
}

/* It has all rows of the group, and none of them is sealed yet. A try that failed used its keys up:
 * after that the rows are read back. */
static bool has_stock(const Sealed *sealed, const WalGroup *group)
{
    return group->stock && group->row_bytes <= rows_bytes_max(sealed) &&
           row_stock_row_count(group->stock) == group->rows &&
           manifest_end_row(&sealed->manifest) <= group->first_row &&
           !row_stock_is_written(group->stock);
}

static int make_of_stock(Sealed *sealed, const WalGroup *group)
{
    SealSource source = {
        .stock = group->stock, .last_row = group->next_row - 1, .end_row = group->next_row};
    return make_segments(sealed, &source);
}

/* A file of which something did not hold is kept under another name: it is evidence. When it cannot
 * be removed it does no harm: its rows are passed over. */
static void drop_file(const Sealed *sealed, uint32_t number, bool hurt)
{
    const Os *os = sealed->folder.os;
    StorePath path = store_file_path(&sealed->folder, STORE_FILE_WAL, number);
    StorePath bad = path;
    if (hurt) {
        size_t len = strlen(bad.text);
        snprintf(bad.text + len, sizeof bad.text - len, ".bad");
        os->rename(os->state, path.text, bad.text);
    } else {
        os->unlink(os->state, path.text);
    }
}

static void drop_files(Sealed *sealed, const WalGroup *group, uint64_t lost_blocks)
{
    for (size_t i = 0; i < listing_count(&group->files); i++) {
        drop_file(sealed, listing_at(&group->files, i), lost_blocks > 0);
    }
    if (lost_blocks) sealed_tell(sealed, STORE_NEWS_BLOCKS_LOST, "");
}

int sealed_settle(Sealed *sealed)
{
    if (!sealed->in_doubt) return 0;
    chain_close(sealed->chain);
    sealed->chain = NULL;
    int r = sealed_open_chain(sealed, NULL);
    if (r == 0) r = sealed_reconcile(sealed);
    if (r == 0) sealed->in_doubt = false;
    return r;
}

/* Reads the rows back, as many at once as there may be in memory. */
static int make_of_files(Sealed *sealed, const WalGroup *group, uint64_t *lost_blocks)
{
    bool more = true;
    int r = 0;
    while (r == 0 && more) {
        CLEANUP(wal_rows_done) WalRows rows = {0};
        uint64_t from = manifest_end_row(&sealed->manifest);
        r = wal_rows_gather(&sealed->folder, sealed->codec, &group->files, from,
                            rows_bytes_max(sealed), sealed->unreadable >= UNREADABLE_MAX, &rows);
        if (r == -EIO) sealed->unreadable++;
        if (r < 0) return r;
        *lost_blocks += rows.lost_blocks;
        more = rows.more;
        if (rows.places.len) r = make_of_wal_rows(sealed, &rows);
    }
    return r;
}

int sealed_make(Sealed *sealed, const WalGroup *group)
{
    uint64_t lost_blocks = 0;
    int r = sealed_settle(sealed);
    if (r < 0) return r;
    r = has_stock(sealed, group) ? make_of_stock(sealed, group)
                                 : make_of_files(sealed, group, &lost_blocks);
    if (r == 0) sealed->unreadable = 0;
    if (r == 0) drop_files(sealed, group, lost_blocks);
    return r;
}

/* ---- the clock */

void sealed_keep_time(Sealed *sealed)
{
    const Os *os = sealed->folder.os;
    int64_t now = os->monotonic_ns(os->state);
    bool epoch = now - sealed->epoch_ns >= EPOCH_NS;
    if (!epoch && now - sealed->checkpoint_ns < CHECKPOINT_NS) return;
    int r = sealed_settle(sealed);
    if (r == 0) {
        r = epoch ? chain_epoch_next(sealed->chain, sealed->folder.kek) : sealed_seal_chain(sealed);
    }
    sealed->checkpoint_ns = now;
    if (epoch) sealed->epoch_ns = now;
    if (r == 0) return;
    sealed->in_doubt = true;
    sealed_tell(sealed, STORE_NEWS_CHECKPOINT_FAILED, strerrordesc_np(-r));
}
