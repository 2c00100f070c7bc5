/* The scan; see store.h. */
#include "store/plain/reader_int.h"

#include <errno.h>
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
    Buf by_time; /* TimedBlock of every wanted block, when the scan goes by time */
    size_t file_index;
} Scan;

/* A block of any file, for going by time. */
typedef struct TimedBlock {
    int64_t newest_ns;
    uint64_t first_row;
    uint64_t offset;
    size_t file_index; /* segments, then logs */
} TimedBlock;

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

/* A segment in which something is damaged is looked through whatever its times: what was damaged
 * may have been wanted. */
static bool wants_file(const Scan *scan, const FileSurvey *survey)
{
    if (survey->damaged_blocks) return true;
    return survey->rows > 0 && survey->next_row > scan->range->after + 1 &&
           wants_times(scan->range, survey->time_min_ns, survey->time_max_ns);
}

/* Sets the walk to the start of a file. *ret_held is closed by the caller after the walk. */
static int begin_file(Scan *scan, size_t index, OsFd *ret_held)
{
    StoreReader *reader = scan->reader;
    bool is_segment = index < reader->segment_count;
    StoreFile kind = is_segment ? STORE_FILE_SEGMENT : STORE_FILE_LOG;
    const ReaderFile *file =
        is_segment ? &reader->segments[index] : &reader->logs[index - reader->segment_count];
    *ret_held = (OsFd){reader->folder.os, -1};
    if (is_segment) {
        ret_held->fd = reader_open_segment(reader, file->number);
        if (ret_held->fd < 0) return ret_held->fd;
    }
    store_file_name(kind, file->number, scan->name);
    scan->expected_row = file->expected_row;
    scan->file_index = index;
    block_walk_begin(&scan->walk, reader->folder.os, is_segment ? ret_held->fd : file->fd,
                     file_number(kind, file->number), reader->folder.store_id, file->survey.end);
    return 0;
}

static int scan_file(Scan *scan, size_t index)
{
    const StoreReader *reader = scan->reader;
    bool is_segment = index < reader->segment_count;
    const ReaderFile *file =
        is_segment ? &reader->segments[index] : &reader->logs[index - reader->segment_count];
    CLEANUP(os_fd_done) OsFd held = {reader->folder.os, -1};
    if (!wants_file(scan, &file->survey)) return 0;
    int r = begin_file(scan, index, &held);
    if (r < 0) return r;
    uint64_t from_row = is_segment ? 0 : file->expected_row;
    if (scan->range->floor_ns) return note_blocks(scan, from_row);
    return scan->range->newest_first ? scan_file_backwards(scan, from_row)
                                     : scan_file_forwards(scan, from_row);
}

static int by_newest(const void *a_place, const void *b_place)
{
    const TimedBlock *a = a_place, *b = b_place;
    if (a->newest_ns != b->newest_ns) return a->newest_ns > b->newest_ns ? -1 : 1;
    return (a->first_row < b->first_row) - (a->first_row > b->first_row);
}

/* The blocks of one file mostly come one after the other, so it is opened anew only at a change. */
static int give_places(Scan *scan, const TimedBlock *places, size_t count)
{
    CLEANUP(os_fd_done) OsFd held = {scan->reader->folder.os, -1};
    size_t opened = SIZE_MAX;
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        BlockHead head;
        if (places[i].newest_ns < *scan->range->floor_ns) return 0;
        if (places[i].file_index != opened) {
            os_fd_done(&held);
            r = begin_file(scan, places[i].file_index, &held);
            if (r < 0) return r;
            opened = places[i].file_index;
        }
        scan->walk.at = places[i].offset;
        r = block_walk_next(&scan->walk, &head);
        if (r == 1) r = give_block(scan, &head);
    }
    return r;
}

static int scan_all(Scan *scan)
{
    StoreReader *reader = scan->reader;
    size_t count = reader->segment_count + reader->log_count;
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        r = scan_file(scan, scan->range->newest_first ? count - 1 - i : i);
    }
    if (r == 0 && scan->by_time.len > 0) {
        TimedBlock *places = (TimedBlock *)(void *)scan->by_time.ptr;
        size_t place_count = scan->by_time.len / sizeof *places;
        qsort(places, place_count, sizeof *places, by_newest);
        r = give_places(scan, places, place_count);
    }
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
    arena_done(&scan->arena);
    buf_done(&scan->places);
    buf_done(&scan->row_places);
    buf_done(&scan->by_time);
    free(scan);
    return r;
}
