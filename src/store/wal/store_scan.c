/* The scan; see store.h. */
#include "store/wal/reader_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Scan {
    StoreReader *reader;
    const ScanRange *range;
    RowSink sink;
    DamageSink damage;
    void *context;
    Arena arena; /* of one row */
    Buf places; /* newest first: of the file's blocks (uint64_t), and of the block's rows (Slice) */
    Buf row_places;
    BlockWalk walk;
    char name[FILE_NAME_MAX];
    uint64_t expected_row;
    Buf by_time; /* TimedBlock of every wanted block of segments, or of all when it goes by time */
    size_t file_index;
    Segment *segment; /* opened last */
    size_t segment_index;
    bool enough; /* the sink said so */
} Scan;

/* A block of any file, for going by time. */
typedef struct TimedBlock {
    int64_t newest_ns, oldest_ns;
    uint64_t first_row;
    uint64_t offset;
    size_t file_index; /* of the log's files; SEALED_BIT: of the segments by info */
} TimedBlock;
#define SEALED_BIT ((size_t)1 << 63)

enum { SCAN_ENOUGH = 1 };

static void report(const Scan *scan, uint64_t offset, const char *reason)
{
    if (scan->damage) scan->damage(scan->context, scan->name, offset, reason);
}

static bool wants_times(const ScanRange *range, int64_t min_ns, int64_t max_ns)
{
    return max_ns >= range->from_ns && (min_ns < range->to_ns || range->to_ns == INT64_MAX);
}

static int give_row(Scan *scan, const BlockHead *head, Slice bytes, const uint8_t *key,
                    uint64_t number)
{
    Row row;
    if (number <= scan->range->after) return 0;
    arena_reset(&scan->arena);
    int r = row_decode(bytes, &scan->arena, &row);
    if (r == -EBADMSG) {
        report(scan, head->offset, "row");
        return 0;
    }
    if (r < 0) return r;
    int64_t time_ns = row_time_ns(&row);
    if (!wants_times(scan->range, time_ns, time_ns)) return 0;
    if (key) memcpy(row.key, key, ROW_KEY_BYTES);
    return scan->sink(scan->context, &row, number);
}

static const uint8_t *key_at(const BlockContent *content, uint32_t i)
{
    return content->keys.len ? (const uint8_t *)content->keys.ptr + (size_t)i * ROW_KEY_BYTES
                             : NULL;
}

static int give_rows_forwards(Scan *scan, const BlockHead *head, const BlockContent *content)
{
    Slice rest = content->rows, bytes;
    int r = 0;
    for (uint32_t i = 0; i < head->row_count && r == 0; i++) {
        if (block_take_row(&rest, &bytes) < 0) {
            report(scan, head->offset, "row");
            return 0;
        }
        r = give_row(scan, head, bytes, key_at(content, i), head->first_row + i);
    }
    return r;
}

static int give_rows_backwards(Scan *scan, const BlockHead *head, const BlockContent *content)
{
    Slice rest = content->rows, bytes;
    buf_clear(&scan->row_places);
    uint32_t count = 0;
    while (count < head->row_count && block_take_row(&rest, &bytes) == 0) {
        buf_add(&scan->row_places, &bytes, sizeof bytes);
        count++;
    }
    if (buf_error(&scan->row_places)) return -ENOMEM;
    if (count < head->row_count) report(scan, head->offset, "row");
    int r = 0;
    for (uint32_t i = count; i-- > 0 && r == 0;) {
        memcpy(&bytes, scan->row_places.ptr + i * sizeof bytes, sizeof bytes);
        r = give_row(scan, head, bytes, key_at(content, i), head->first_row + i);
    }
    return r;
}

static int give_block(Scan *scan, const BlockHead *head)
{
    BlockContent content;
    const char *reason = "block.unreadable";
    int r = block_load(scan->reader->codec, scan->walk.os, scan->walk.fd, head, &content, &reason);
    if (r == -EBADMSG || r == -EIO) {
        report(scan, head->offset, reason);
        return 0;
    }
    if (r < 0) return r;
    bool backwards = scan->range->newest_first || scan->range->floor_ns;
    return backwards ? give_rows_backwards(scan, head, &content)
                     : give_rows_forwards(scan, head, &content);
}

static bool wants_block(const Scan *scan, const BlockHead *head, uint64_t from_row)
{
    return head->kind == BLOCK_ROWS && head->first_row >= from_row &&
           head->first_row + head->row_count - 1 > scan->range->after &&
           wants_times(scan->range, head->time_min_ns, head->time_max_ns);
}

/* The next block of the file; says what lies between. */
static int next_block(Scan *scan, BlockHead *ret)
{
    int r = block_walk_next(&scan->walk, ret);
    if (r < 0) return r;
    if (scan->walk.damage_bytes) {
        report(scan, scan->walk.damage_offset, "block.head");
    } else if (r == 1 && ret->first_row > scan->expected_row) {
        report(scan, ret->offset, "rows.missing");
    }
    if (r == 1) scan->expected_row = ret->first_row + ret->row_count;
    return r;
}

/* Heads are read on the way forth, and again on the way back: their places are all that is kept. */
static int scan_file_backwards(Scan *scan, uint64_t from_row)
{
    BlockHead head;
    int r;
    buf_clear(&scan->places);
    while ((r = next_block(scan, &head)) == 1) {
        if (wants_block(scan, &head, from_row)) buf_add(&scan->places, &head.offset, 8);
    }
    if (r == 0) r = buf_error(&scan->places);
    for (size_t at = scan->places.len; at > 0 && r == 0; at -= 8) {
        memcpy(&scan->walk.at, scan->places.ptr + at - 8, 8);
        r = block_walk_next(&scan->walk, &head);
        if (r == 1) r = give_block(scan, &head);
    }
    return r;
}

static int note_blocks(Scan *scan, uint64_t from_row)
{
    BlockHead head;
    int r;
    while ((r = next_block(scan, &head)) == 1) {
        if (!wants_block(scan, &head, from_row)) continue;
        const TimedBlock place = {.newest_ns = head.time_max_ns,
                                  .oldest_ns = head.time_min_ns,
                                  .first_row = head.first_row,
                                  .offset = head.offset,
                                  .file_index = scan->file_index};
        buf_add(&scan->by_time, &place, sizeof place);
    }
    return r < 0 ? r : buf_error(&scan->by_time);
}

static int scan_file_forwards(Scan *scan, uint64_t from_row)
{
    BlockHead head;
    int r;
    while ((r = next_block(scan, &head)) == 1) {
        r = wants_block(scan, &head, from_row) ? give_block(scan, &head) : 0;
        if (r != 0) return r;
    }
    return r;
}

/* A file in which something is damaged is looked through whatever its times: what was damaged may
 * have been wanted. */
static bool wants_file(const Scan *scan, const FileSurvey *survey)
{
    if (survey->damaged_blocks) return true;
    return survey->rows > 0 && survey->next_row > scan->range->after + 1 &&
           wants_times(scan->range, survey->time_min_ns, survey->time_max_ns);
}

/* Sets the walk to the start of a file. */
static void begin_file(Scan *scan, size_t index)
{
    const StoreReader *reader = scan->reader;
    const ReaderFile *file = &reader->files[index];
    store_file_name(file->kind, file->number, scan->name);
    scan->expected_row = file->expected_row;
    scan->file_index = index;
    block_walk_begin(&scan->walk, reader->folder.os, file->fd,
                     file_number(file->kind, file->number), reader->folder.store_id,
                     file->survey.end);
}

static int scan_file(Scan *scan, size_t index)
{
    const ReaderFile *file = &scan->reader->files[index];
    if (!wants_file(scan, &file->survey)) return 0;
    begin_file(scan, index);
    if (scan->range->floor_ns) return note_blocks(scan, file->expected_row);
    return scan->range->newest_first ? scan_file_backwards(scan, file->expected_row)
                                     : scan_file_forwards(scan, file->expected_row);
}

static int scan_files(Scan *scan)
{
    size_t count = scan->reader->file_count;
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        r = scan_file(scan, scan->range->newest_first ? count - 1 - i : i);
    }
    return r;
}

/* ---- segments */

static int open_segment(Scan *scan, size_t index)
{
    if (scan->segment && scan->segment_index == index) return 0;
    segment_close(scan->segment);
    scan->segment = NULL;
    scan->segment_index = index;
    snprintf(scan->name, sizeof scan->name, "%s", scan->reader->names[index].text);
    int r = store_reader_open_segment(scan->reader, index, &scan->segment);
    if (r == 0 || r == -ENOMEM) return r;
    report(scan, 0, r == -ENOENT ? "segment.missing" : "segment.head");
    return 0;
}

/* Rows without a time are found by the time of their arrival, which the block does not tell. */
static void times_of(const SegmentBlock *block, int64_t *ret_min_ns, int64_t *ret_max_ns)
{
    *ret_min_ns = block->undated_count ? INT64_MIN : block->from_ns;
    *ret_max_ns = block->undated_count ? INT64_MAX : block->to_ns;
}

static int note_segment(Scan *scan, size_t index)
{
    const ManifestSegment *entry = scan->reader->entries[index];
    if (entry->end_row <= scan->range->after + 1) return 0;
    if (!entry->undated_count && !wants_times(scan->range, entry->from_ns, entry->to_ns)) return 0;
    int r = open_segment(scan, index);
    if (r < 0 || !scan->segment) return r;
    for (uint32_t i = 0; i < segment_block_count(scan->segment); i++) {
        int64_t min_ns, max_ns;
        times_of(segment_block(scan->segment, i), &min_ns, &max_ns);
        if (!wants_times(scan->range, min_ns, max_ns)) continue;
        const TimedBlock place = {.newest_ns = max_ns,
                                  .oldest_ns = min_ns,
                                  .first_row = entry->first_row,
                                  .offset = i,
                                  .file_index = index | SEALED_BIT};
        buf_add(&scan->by_time, &place, sizeof place);
    }
    return buf_error(&scan->by_time);
}

static int note_segments(Scan *scan)
{
    int r = 0;
    for (size_t i = 0; i < scan->reader->segment_count && r == 0; i++) {
        r = note_segment(scan, i);
    }
    return r;
}

static int give_sealed_row(void *context, const Row *row, uint64_t number)
{
    Scan *scan = context;
    int64_t time_ns = row_time_ns(row);
    if (number <= scan->range->after || !wants_times(scan->range, time_ns, time_ns)) return 0;
    int r = scan->sink(scan->context, row, number);
    scan->enough = r == SCAN_ENOUGH;
    return scan->enough ? -ECANCELED : r;
}

static int give_sealed_block(Scan *scan, const TimedBlock *place)
{
    int r = open_segment(scan, place->file_index & ~SEALED_BIT);
    if (r < 0 || !scan->segment) return r;
    scan->enough = false;
    uint32_t block = (uint32_t)place->offset;
    r = segment_block_rows(scan->segment, block, give_sealed_row, scan);
    if (r == -ECANCELED && scan->enough) return SCAN_ENOUGH;
    if (r != -EBADMSG && r != -EIO) return r;
    report(scan, segment_block(scan->segment, block)->offset,
           r == -EIO ? "block.unreadable" : "block.rows");
    return 0;
}

/* ---- both, in order */

static int by_newest(const void *a_place, const void *b_place)
{
    const TimedBlock *a = a_place, *b = b_place;
    if (a->newest_ns != b->newest_ns) return a->newest_ns > b->newest_ns ? -1 : 1;
    if (a->file_index != b->file_index) return a->file_index < b->file_index ? 1 : -1;
    if (a->first_row != b->first_row) return a->first_row > b->first_row ? -1 : 1;
    return (a->offset < b->offset) - (a->offset > b->offset);
}

static int by_oldest(const void *a_place, const void *b_place)
{
    const TimedBlock *a = a_place, *b = b_place;
    if (a->oldest_ns != b->oldest_ns) return a->oldest_ns < b->oldest_ns ? -1 : 1;
    return by_newest(b_place, a_place);
}

static int give_place(Scan *scan, const TimedBlock *place, size_t *opened)
{
    BlockHead head;
    if (place->file_index & SEALED_BIT) {
        *opened = SIZE_MAX;
        return give_sealed_block(scan, place);
    }
    if (place->file_index != *opened) begin_file(scan, place->file_index);
    *opened = place->file_index;
    scan->walk.at = place->offset;
    int r = block_walk_next(&scan->walk, &head);
    return r == 1 ? give_block(scan, &head) : r;
}

static int give_places(Scan *scan)
{
    TimedBlock *places = (TimedBlock *)(void *)scan->by_time.ptr;
    size_t count = scan->by_time.len / sizeof *places, opened = SIZE_MAX;
    bool newest = scan->range->newest_first || scan->range->floor_ns;
    if (count == 0) return 0;
    qsort(places, count, sizeof *places, newest ? by_newest : by_oldest);
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        if (scan->range->floor_ns && places[i].newest_ns < *scan->range->floor_ns) return 0;
        r = give_place(scan, &places[i], &opened);
    }
    return r;
}

static int scan_all(Scan *scan)
{
    const ScanRange *range = scan->range;
    bool files_first = range->newest_first || range->floor_ns;
    int r = 0;
    if (files_first) r = scan_files(scan);
    if (r == 0 && !range->unsealed_only) r = note_segments(scan);
    if (r == 0) r = give_places(scan);
    if (r == 0 && !files_first) r = scan_files(scan);
    return r == SCAN_ENOUGH ? 0 : r;
}

int store_scan(StoreReader *reader, const ScanRange *range, RowSink sink, DamageSink damage,
               void *context)
{
    Scan *scan = calloc(1, sizeof *scan);
    if (!scan) return -ENOMEM;
    *scan = (Scan){
        .reader = reader,
        .range = range,
        .sink = sink,
        .damage = damage,
        .context = context,
        .arena = arena_make(0),
        .places = buf_make(0),
        .row_places = buf_make(0),
        .by_time = buf_make(0),
    };
    int r = scan_all(scan);
    segment_close(scan->segment);
    arena_done(&scan->arena);
    buf_done(&scan->places);
    buf_done(&scan->row_places);
    buf_done(&scan->by_time);
    free(scan);
    return r;
}
