/* Readers; see store.h.
 *
 * A reader takes no lock. It opens the tips first, then the wal files, then reads MANIFEST: rows
 * move only that way, so whatever the writer moves in between is found further on, and passed over
 * where it was by its number. Files that are open stay readable when the writer removes them. */
#include "store/keep.h"
#include "store/wal/reader_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

enum { LIST_TRIES_MAX = 20 }; /* the writer replaces its tip about once in a full block */

/* ---- the log */

static void close_files(StoreReader *reader)
{
    for (size_t i = 0; i < reader->file_count; i++) {
        reader->folder.os->close(reader->folder.os->state, reader->files[i].fd);
    }
    reader->file_count = 0;
}

static int add_file(StoreReader *reader, StoreFile kind, uint32_t number)
{
    const Os *os = reader->folder.os;
    if (reader->file_count == reader->file_capacity) {
        size_t capacity = reader->file_capacity * 2 + 8;
        ReaderFile *bigger = realloc(reader->files, capacity * sizeof *bigger);
        if (!bigger) return -ENOMEM;
        reader->files = bigger;
        reader->file_capacity = capacity;
    }
    StorePath path = store_file_path(&reader->folder, kind, number);
    int fd = os->open(os->state, path.text, O_RDONLY, 0);
    if (fd < 0) return fd;
    reader->files[reader->file_count++] = (ReaderFile){.kind = kind, .number = number, .fd = fd};
    return 0;
}

/* Opens all tips that there are. -ENOENT: one went away in between; look again. */
static int open_tips(StoreReader *reader, StoreListing *listing)
{
    int r = store_folder_list(&reader->folder, listing);
    for (size_t i = 0; i < listing_count(&listing->tips) && r == 0; i++) {
        r = add_file(reader, STORE_FILE_TIP, listing_at(&listing->tips, i));
    }
    return r;
}

/* One that went away in between was sealed, so MANIFEST, which is read later, has its rows. */
static int open_wals(StoreReader *reader, StoreListing *listing)
{
    int r = store_folder_list(&reader->folder, listing);
    for (size_t i = 0; i < listing_count(&listing->wals) && r == 0; i++) {
        r = add_file(reader, STORE_FILE_WAL, listing_at(&listing->wals, i));
        if (r == -ENOENT) r = 0;
    }
    return r;
}

static int survey_files(StoreReader *reader, size_t from, uint32_t last_wal)
{
    for (size_t i = from; i < reader->file_count; i++) {
        ReaderFile *file = &reader->files[i];
        bool closed = file->kind == STORE_FILE_WAL && file->number != last_wal;
        SurveyedFile surveyed = {reader->folder.os, file->fd, file_number(file->kind, file->number),
                                 reader->folder.store_id, closed};
        int r = file_survey(&surveyed, reader->codec, &file->survey);
        if (r < 0) return r;
    }
    return 0;
}

/* ---- the sealed tier */

static int by_newest(const void *a_info, const void *b_info)
{
    const ManifestSegment *a = *(const ManifestSegment *const *)a_info;
    const ManifestSegment *b = *(const ManifestSegment *const *)b_info;
    if (a->to_ns != b->to_ns) return a->to_ns > b->to_ns ? -1 : 1;
    return (a->first_row < b->first_row) - (a->first_row > b->first_row);
}

static int describe_segments(StoreReader *reader)
{
    size_t count = reader->manifest.count;
    reader->entries = calloc(count + 1, sizeof *reader->entries);
    reader->infos = calloc(count + 1, sizeof *reader->infos);
    reader->names = calloc(count + 1, sizeof *reader->names);
    if (!reader->entries || !reader->infos || !reader->names) return -ENOMEM;
    reader->expired_to_ns = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        const ManifestSegment *entry = &reader->manifest.segments[i];
        if (!entry->tombstone) {
            reader->entries[reader->segment_count++] = entry;
        } else if (entry->sealed_ns > reader->expired_to_ns) {
            reader->expired_to_ns = entry->sealed_ns;
        }
    }
    count = reader->segment_count;
    qsort(reader->entries, count, sizeof *reader->entries, by_newest);
    for (size_t i = 0; i < count; i++) {
        const ManifestSegment *entry = reader->entries[i];
        reader->names[i] = manifest_file_name(entry->file);
        reader->infos[i] = (StoreSegmentInfo){.number = entry->file,
                                              .from_ns = entry->from_ns,
                                              .to_ns = entry->to_ns,
                                              .row_count = entry->row_count,
                                              .undated_count = entry->undated_count,
                                              .file = reader->names[i].text};
    }
    return 0;
}

/* Damaged: what the segments themselves say, without writing it down. */
static int read_manifest(StoreReader *reader)
{
    int r = manifest_read(&reader->folder, &reader->manifest);
    if (r == -EBADMSG || r == -EPROTO) {
        reader->manifest_damaged = true;
        r = manifest_remake(&reader->folder, &reader->manifest);
    }
    return r == -ENOENT ? 0 : r;
}

static int open_files(StoreReader *reader)
{
    CLEANUP(store_listing_done) StoreListing listing = {0};
    int r = -ENOENT;
    for (int i = 0; i < LIST_TRIES_MAX && r == -ENOENT; i++) {
        close_files(reader);
        r = open_tips(reader, &listing);
    }
    if (r == 0) r = survey_files(reader, 0, 0);
    size_t tips = reader->file_count, wals = listing_count(&listing.wals);
    if (r == 0) r = open_wals(reader, &listing);
    wals = listing_count(&listing.wals);
    uint32_t last = wals ? listing_at(&listing.wals, wals - 1) : 0;
    if (r == 0) r = survey_files(reader, tips, last);
    if (r == 0) r = read_manifest(reader);
    return r < 0 ? r : describe_segments(reader);
}

/* ---- the sums */

static int by_order(const void *a_file, const void *b_file)
{
    const ReaderFile *a = a_file, *b = b_file;
    if (a->kind != b->kind) return a->kind == STORE_FILE_WAL ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static void sum_segments(StoreReader *reader)
{
    StoreStats *stats = &reader->stats;
    for (size_t i = 0; i < reader->manifest.count; i++) {
        const ManifestSegment *entry = &reader->manifest.segments[i];
        if (entry->tombstone) continue;
        stats->rows += entry->row_count;
        stats->row_bytes += entry->row_bytes;
        stats->raw_bytes += entry->raw_bytes;
        stats->bytes += entry->file_bytes;
        stats->damaged_blocks += entry->lost_blocks;
    }
    stats->damaged_blocks += reader->manifest_damaged;
}

/* Sums up, and drops the files whose rows are found further on. */
static void sum_up(StoreReader *reader)
{
    StoreStats *stats = &reader->stats;
    uint64_t next_row = manifest_end_row(&reader->manifest);
    size_t kept = 0;
    sum_segments(reader);
    if (reader->file_count) {
        qsort(reader->files, reader->file_count, sizeof *reader->files, by_order);
    }
    for (size_t i = 0; i < reader->file_count; i++) {
        ReaderFile *file = &reader->files[i];
        const FileSurvey *survey = &file->survey;
        if (survey->next_row <= next_row && !survey->damaged_blocks) {
            reader->folder.os->close(reader->folder.os->state, file->fd);
            continue;
        }
        file->expected_row = next_row;
        if (survey->next_row > next_row) next_row = survey->next_row;
        stats->rows += survey->rows;
        stats->row_bytes += survey->row_bytes;
        stats->raw_bytes += survey->raw_bytes;
        stats->damaged_blocks += survey->damaged_blocks;
        stats->bytes += survey->end;
        reader->files[kept++] = *file;
    }
    reader->file_count = kept;
    reader->end_row = next_row;
}

/* ---- the interface */

static int copy_key(StoreReader *reader, const Secret *kek)
{
    if (!kek || secret_len(kek) != KEK_BYTES) return -ENOKEY;
    reader->kek = secret_new(KEK_BYTES);
    if (!reader->kek) return -ENOMEM;
    memcpy(secret_bytes(reader->kek), secret_read(kek), KEK_BYTES);
    reader->codec = block_codec_new(reader->kek);
    return reader->codec ? 0 : -ENOMEM;
}

static int look(StoreReader *reader, const Os *os, const char *folder, Complaint *complaint)
{
    FolderState state;
    int r = store_folder_look(&reader->folder, os, folder, reader->kek, &state, complaint);
    if (r < 0) return r;
    if (state == FOLDER_EMPTY) {
        complaint_say(complaint, "store.absent", "there is no store in %s",
                      "%s に保存先がありません", folder);
        return -ENOENT;
    }
    if (state != FOLDER_VERSION_1) return 0;
    complaint_say(complaint, "store.older",
                  "%s was written by an earlier version. Run akashi import or akashi serve on it "
                  "once: it is then encrypted and brought up to date.",
                  "%s は以前の版で書かれています。一度 akashi import か akashi serve を実行すると、"
                  "暗号化された新しい形式になります。",
                  folder);
    return -EPROTO;
}

int store_reader_open(const Os *os, const char *folder, const Secret *kek, StoreReader **ret,
                      Complaint *complaint)
{
    StoreReader *reader = calloc(1, sizeof *reader);
    if (!reader) return store_complain(complaint, -ENOMEM, folder);
    int r = copy_key(reader, kek);
    if (r < 0) store_complain(complaint, r, folder);
    if (r == 0) r = look(reader, os, folder, complaint);
    if (r == 0) {
        r = open_files(reader);
        if (r < 0) store_complain(complaint, r, folder);
    }
    if (r < 0) {
        store_reader_close(reader);
        return r;
    }
    sum_up(reader);
    *ret = reader;
    return 0;
}

void store_reader_close(StoreReader *reader)
{
    if (!reader) return;
    close_files(reader);
    free(reader->files);
    free(reader->entries);
    free(reader->infos);
    free(reader->names);
    manifest_done(&reader->manifest);
    block_codec_free(reader->codec);
    secret_free(reader->kek);
    free(reader);
}

void store_reader_stats(const StoreReader *reader, StoreStats *ret)
{
    *ret = reader->stats;
}

size_t store_reader_segment_count(const StoreReader *reader)
{
    return reader->segment_count;
}

uint64_t store_reader_end_row(const StoreReader *reader)
{
    return reader->end_row;
}

int64_t store_reader_expired_to_ns(const StoreReader *reader)
{
    return reader->expired_to_ns;
}

const StoreSegmentInfo *store_reader_segment_info(const StoreReader *reader, size_t index)
{
    return &reader->infos[index];
}

int store_reader_open_segment(const StoreReader *reader, size_t index, Segment **ret)
{
    StorePath path = store_path(&reader->folder, reader->names[index].text);
    return segment_open(reader->folder.os, path.text, reader->kek, ret);
}
