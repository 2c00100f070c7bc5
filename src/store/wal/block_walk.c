/* See block_walk.h. */
#include "store/wal/block_walk.h"

#include <errno.h>

enum { SMALL_BLOCK_BYTES = 8192 }; /* after one of these the next heads are read along */

void block_walk_begin(BlockWalk *walk, const Os *os, int fd, uint32_t file_number,
                      uint64_t store_id, uint64_t end)
{
    walk->os = os;
    walk->fd = fd;
    walk->file_number = file_number;
    walk->store_id = store_id;
    walk->at = 0;
    walk->end = end;
    walk->damage_offset = walk->damage_bytes = 0;
    walk->window_offset = 0;
    walk->window_len = 0;
}

/* Makes the window hold what there is of [offset, offset + bytes); returns how much that is. */
static ssize_t window_at(BlockWalk *walk, uint64_t offset, size_t bytes)
{
    if (offset >= walk->end) return 0;
    if (bytes > walk->end - offset) bytes = (size_t)(walk->end - offset);
    uint64_t window_end = walk->window_offset + walk->window_len;
    if (offset >= walk->window_offset && offset + BLOCK_HEAD_BYTES <= window_end) {
        return (ssize_t)(window_end - offset);
    }
    walk->window_len = 0;
    ssize_t got = os_pread_full(walk->os, walk->fd, walk->window, bytes, offset);
    if (got < 0) return got;
    walk->window_offset = offset;
    walk->window_len = (size_t)got;
    return got;
}

/* 1: there is a whole block at the offset; 0: there is none. */
static int block_at(BlockWalk *walk, uint64_t offset, size_t read_bytes, BlockHead *ret)
{
    ssize_t got = window_at(walk, offset, read_bytes);
    if (got < BLOCK_HEAD_BYTES) return got < 0 ? (int)got : 0;
    BlockPlace place = {walk->file_number, walk->store_id, offset, 0};
    const char *bytes = walk->window + (offset - walk->window_offset);
    if (!block_head_read(bytes, &place, ret)) return 0;
    return block_bytes(ret) <= walk->end - offset;
}

/* Looks for a good head at `offset` or later. 1: found, 0: none. */
static int search(BlockWalk *walk, uint64_t offset, BlockHead *ret)
{
    while (offset + BLOCK_HEAD_BYTES <= walk->end) {
        ssize_t got = window_at(walk, offset, WALK_WINDOW_BYTES);
        if (got < BLOCK_HEAD_BYTES) return got < 0 ? (int)got : 0;
        const char *from = walk->window + (offset - walk->window_offset);
        const char *magic = memmem(from, (size_t)got, "AKBLOCK\n", 8);
        if (!magic) {
            offset += (uint64_t)got - 7; /* the magic may be cut by the window's end */
            continue;
        }
        offset += (uint64_t)(magic - from);
        int r = block_at(walk, offset, WALK_WINDOW_BYTES, ret);
        if (r != 0) return r;
        offset++;
    }
    return 0;
}

int block_walk_next(BlockWalk *walk, BlockHead *ret)
{
    bool near = walk->window_len && walk->at < walk->window_offset + SMALL_BLOCK_BYTES;
    uint64_t start = walk->at;
    walk->damage_offset = start;
    walk->damage_bytes = 0;
    int r = block_at(walk, start, near ? WALK_WINDOW_BYTES : BLOCK_HEAD_BYTES, ret);
    if (r == 0 && start < walk->end) {
        r = search(walk, start + 1, ret);
        if (r >= 0) walk->damage_bytes = (r ? ret->offset : walk->end) - start;
    }
    if (r == 1) walk->at = ret->offset + block_bytes(ret);
    if (r == 0) walk->at = walk->end;
    return r;
}

/* ---- the survey */

static void count_block(FileSurvey *survey, const BlockWalk *walk, const BlockHead *head)
{
    survey->end = walk->at;
    survey->damaged_blocks += walk->damage_bytes > 0;
    survey->marked = head->kind == BLOCK_MARK;
    survey->next_row = head->first_row + head->row_count;
    if (head->durable_end > survey->durable_end) survey->durable_end = head->durable_end;
    if (head->kind == BLOCK_MARK) return;
    if (!survey->first_row) survey->first_row = head->first_row;
    survey->rows += head->row_count;
    survey->keyed_rows += head->has_keys ? head->row_count : 0;
    survey->row_bytes += head->row_bytes;
    survey->raw_bytes += head->raw_bytes;
    if (head->time_min_ns < survey->time_min_ns) survey->time_min_ns = head->time_min_ns;
    if (head->time_max_ns > survey->time_max_ns) survey->time_max_ns = head->time_max_ns;
}

/* A mark whose bytes were hurt later and a mark that was torn look alike at the file's end; where
 * nearly all of it is there it was written whole, so it is damage and said so. */
static int is_hurt_mark(const BlockWalk *walk, const FileSurvey *survey)
{
    char bytes[BLOCK_HEAD_BYTES];
    CLEANUP(buf_done) Buf want = buf_make(0);
    BlockPlace place = {walk->file_number, walk->store_id, survey->end, survey->end};
    if (walk->end - survey->end != BLOCK_HEAD_BYTES || !survey->next_row) return 0;
    ssize_t got = os_pread_full(walk->os, walk->fd, bytes, sizeof bytes, survey->end);
    if (got < 0) return (int)got;
    int r = block_add_mark(&place, survey->next_row, &want);
    if (r < 0) return r;
    size_t different = 0;
    for (size_t i = 0; i < (size_t)got; i++) {
        different += bytes[i] != want.ptr[i];
    }
    return got == BLOCK_HEAD_BYTES && different <= 8;
}

/* Goes once more over the blocks that a power cut may have torn. `survey` counts all before them.
 */
static int survey_tail(BlockWalk *walk, BlockCodec *codec, FileSurvey *survey)
{
    FileSurvey counted = *survey;
    BlockHead head;
    int r;
    while ((r = block_walk_next(walk, &head)) == 1) {
        BlockContent content;
        const char *reason;
        count_block(&counted, walk, &head);
        r = head.kind == BLOCK_MARK
                ? 0
                : block_load(codec, walk->os, walk->fd, &head, &content, &reason);
        if (r < 0 && r != -EBADMSG) return r;
        if (r == 0) {
            *survey = counted; /* a torn one counts only when a good one follows */
        } else {
            counted.damaged_blocks++;
        }
    }
    return r;
}

static int survey_all(BlockWalk *walk, BlockCodec *codec, FileSurvey *survey)
{
    BlockHead head;
    FileSurvey counted = *survey;
    int r;
    while ((r = block_walk_next(walk, &head)) == 1) {
        if (head.durable_end == head.offset) *survey = counted; /* a commit begins here */
        count_block(&counted, walk, &head);
        if (head.durable_end == head.offset) survey->durable_end = head.offset;
    }
    if (r < 0) return r;
    walk->at = survey->end;
    return survey_tail(walk, codec, survey);
}

int file_survey(const SurveyedFile *file, BlockCodec *codec, FileSurvey *ret)
{
    FileInfo info;
    int r = file->os->info_fd(file->os->state, file->fd, &info);
    if (r < 0) return r;
    BlockWalk walk;
    FileSurvey survey = {.time_min_ns = INT64_MAX, .time_max_ns = INT64_MIN};
    block_walk_begin(&walk, file->os, file->fd, file->file_number, file->store_id, info.bytes);
    r = survey_all(&walk, codec, &survey);
    bool hurt = file->closed && survey.end < info.bytes;
    if (r == 0 && !hurt) r = is_hurt_mark(&walk, &survey);
    if (r < 0) return r;
    if (r == 1 || hurt) {
        survey.damaged_blocks++;
        survey.end = info.bytes;
        survey.marked = false;
    }
    *ret = survey;
    return 0;
}
