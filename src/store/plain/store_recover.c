/* Opening a store for writing: make it, or put in order what the last writer left.
 *
 * What was durable stays byte for byte. Behind it may be blocks that the last writer wrote and
 * never knew to be durable (a crash, a failed sync): they are kept when they are whole, but not
 * trusted to be on the medium, for after a failed sync they may be in memory only. So their bytes
 * are written again and synced before anything is built on them. What is not whole at the end was
 * never promised and is cut off. */
#include "store/plain/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

static void count_survey(Store *store, const FileSurvey *survey)
{
    store->stats.rows += survey->rows;
    store->stats.row_bytes += survey->row_bytes;
    store->stats.raw_bytes += survey->raw_bytes;
    store->stats.damaged_blocks += survey->damaged_blocks;
    if (survey->next_row > store->next_row) store->next_row = survey->next_row;
}

/* ---- the last segment */

static int write_again(const Store *store, uint64_t from, uint64_t to)
{
    const Os *os = store->folder.os;
    CLEANUP(buf_done) Buf piece = buf_make(0);
    size_t piece_bytes =
        to - from < BLOCK_ROW_BYTES_FULL ? (size_t)(to - from) : BLOCK_ROW_BYTES_FULL;
    char *bytes = buf_reserve(&piece, piece_bytes + 1);
    if (!bytes) return -ENOMEM;
    while (from < to) {
        if (piece_bytes > to - from) piece_bytes = (size_t)(to - from);
        ssize_t got = os_pread_full(os, store->segment.fd, bytes, piece_bytes, from);
        if (got < 0) return (int)got;
        if ((size_t)got != piece_bytes) return -EIO; /* it was all there a moment ago */
        int r = os_pwrite_full(os, store->segment.fd, bytes, piece_bytes, from);
        if (r < 0) return r;
        from += piece_bytes;
    }
    return 0;
}

static int put_in_order(Store *store, const FileSurvey *survey)
{
    const Os *os = store->folder.os;
    OpenStoreFile *segment = &store->segment;
    FileInfo info;
    int r = os->info_fd(os->state, segment->fd, &info);
    if (r < 0) return r;
    segment->end = survey->end;
    store->segment_marked = survey->marked;
    if (info.bytes == survey->end && (survey->marked || info.bytes == 0)) return 0;
    if (info.bytes > survey->end) { /* durable before anything takes its place */
        r = os->truncate(os->state, segment->fd, survey->end);
        if (r == 0) r = os->sync_data(os->state, segment->fd);
        if (r < 0) return r;
    }
    r = write_again(store, survey->durable_end, survey->end);
    return r < 0 ? r : store_mark_segment(store);
}

static int load_keys(Store *store)
{
    BlockWalk walk;
    BlockHead head;
    block_walk_begin(&walk, store->folder.os, store->segment.fd, store->segment.number,
                     store->folder.store_id, store->segment.end);
    int r;
    while ((r = block_walk_next(&walk, &head)) == 1) {
        Slice keys;
        const char *reason;
        if (!head.has_keys) continue;
        r = block_load_keys(store->codec, walk.os, walk.fd, &head, &keys, &reason);
        if (r == 0) r = key_set_add_all(&store->keys, keys);
        if (r < 0 && r != -EBADMSG) return r; /* damaged: the scan says so */
    }
    return r;
}

static int open_last_segment(Store *store, uint32_t number)
{
    const Os *os = store->folder.os;
    StorePath path = store_file_path(&store->folder, STORE_FILE_SEGMENT, number);
    store->segment.number = number;
    store->segment.fd = os->open(os->state, path.text, O_RDWR, 0);
    if (store->segment.fd < 0) return store->segment.fd;
    SurveyedFile file = {os, store->segment.fd, number, store->folder.store_id, .closed = false};
    FileSurvey survey;
    int r = file_survey(&file, store->codec, &survey);
    if (r < 0) return r;
    count_survey(store, &survey);
    store->segment_keys = survey.keyed_rows;
    block_rows_begin(&store->block, store->next_row);
    r = put_in_order(store, &survey);
    return r < 0 ? r : load_keys(store);
}

static int open_segments(Store *store, const StoreListing *listing)
{
    size_t count = listing_count(&listing->segments);
    for (size_t i = 0; i + 1 < count; i++) {
        int r = store_add_index(store, listing_at(&listing->segments, i));
        if (r < 0) return r;
        const KeyIndex *index = &store->indexes[store->index_count - 1];
        count_survey(store, &index->survey);
        store->stats.bytes += index->survey.end;
    }
    store->segment.number = 1;
    return count ? open_last_segment(store, listing_at(&listing->segments, count - 1)) : 0;
}

/* ---- the logs */

static void count_recovered(Store *store, const BlockHead *head)
{
    BlockRows *block = &store->block;
    block->has_keys |= head->has_keys;
    block->raw_bytes += head->raw_bytes;
    if (head->time_min_ns < block->time_min_ns) block->time_min_ns = head->time_min_ns;
    if (head->time_max_ns > block->time_max_ns) block->time_max_ns = head->time_max_ns;
    store->stats.rows += head->row_count;
    store->stats.row_bytes += head->row_bytes;
    store->stats.raw_bytes += head->raw_bytes;
}

static int move_to_segment(Store *store)
{
    int r = store_pack_block(store);
    return r == 0 && store->pending.len ? store_write_pending(store) : r;
}

/* A log's block holds rows that are all in the segments or all not: a block that went to a segment
 * took with it whatever the log had. */
static int recover_block(Store *store, const BlockHead *head, const BlockContent *content)
{
    BlockRows *block = &store->block;
    int r = 0;
    bool fits = block->row_count + head->row_count <= BLOCK_ROWS_MAX &&
                block->bytes.len + content->rows.len <= BLOCK_ROW_BYTES_FULL;
    if (head->first_row != store->next_row || !fits) r = move_to_segment(store);
    if (r < 0) return r;
    if (block->row_count == 0) block_rows_begin(block, head->first_row);
    buf_add_slice(&block->bytes, content->rows);
    if (head->has_keys) {
        buf_add_slice(&block->keys, content->keys);
    } else {
        size_t bytes = (size_t)head->row_count * ROW_KEY_BYTES;
        char *room = buf_reserve(&block->keys, bytes);
        if (room) memset(room, 0, bytes);
        if (room) block->keys.len += bytes;
    }
    if (buf_error(&block->bytes) || buf_error(&block->keys)) return -ENOMEM;
    block->row_count += head->row_count;
    store->next_row = head->first_row + head->row_count;
    count_recovered(store, head);
    return key_set_add_all(&store->keys, content->keys);
}

static int recover_log_file(Store *store, const SurveyedFile *file)
{
    FileSurvey survey;
    int r = file_survey(file, store->codec, &survey);
    if (r < 0) return r;
    store->stats.damaged_blocks += survey.damaged_blocks;
    BlockWalk walk;
    BlockHead head;
    block_walk_begin(&walk, file->os, file->fd, file->file_number, file->store_id, survey.end);
    while ((r = block_walk_next(&walk, &head)) == 1) {
        BlockContent content;
        const char *reason;
        if (head.kind != BLOCK_ROWS || head.first_row < store->next_row) continue;
        r = block_load(store->codec, file->os, file->fd, &head, &content, &reason);
        if (r == -EBADMSG) continue;
        if (r == 0) r = recover_block(store, &head, &content);
        if (r < 0) return r;
    }
    return r;
}

static int recover_log(Store *store, uint32_t number)
{
    const Os *os = store->folder.os;
    StorePath path = store_file_path(&store->folder, STORE_FILE_LOG, number);
    CLEANUP(os_fd_done) OsFd log = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    if (log.fd < 0) return log.fd;
    SurveyedFile file = {os, log.fd, file_number(STORE_FILE_LOG, number), store->folder.store_id,
                         .closed = false};
    return recover_log_file(store, &file);
}

/* Moves what only the logs have to the segment; then the logs go. */
static int recover_logs(Store *store, const StoreListing *listing)
{
    size_t count = listing_count(&listing->logs);
    for (size_t i = 0; i < count; i++) {
        store->log_number_last = listing_at(&listing->logs, i);
        int r = recover_log(store, store->log_number_last);
        if (r < 0) return r;
    }
    int r = move_to_segment(store);
    if (r < 0) return r;
    for (size_t i = 0; i < count; i++) {
        uint32_t number = listing_at(&listing->logs, i);
        StorePath path = store_file_path(&store->folder, STORE_FILE_LOG, number);
        store->folder.os->unlink(store->folder.os->state,
                                 path.text); /* if not: passed over next time */
    }
    return 0;
}

/* ---- the folder */

static int take_lock(Store *store, Complaint *complaint)
{
    const Os *os = store->folder.os;
    StorePath path = store_path(&store->folder, "LOCK");
    store->lock_fd = os->open(os->state, path.text, O_RDWR | O_CREAT, 0600);
    if (store->lock_fd < 0) return store_complain(complaint, store->lock_fd, path.text);
    int r = os->lock(os->state, store->lock_fd);
    if (r == -EWOULDBLOCK) {
        complaint_say(complaint, "store.locked",
                      "%s is being written by another Akashi. Stop that one first.",
                      "%s は別の Akashi が書き込み中です。先にそちらを止めてください。",
                      store->folder.path);
        return r;
    }
    return r < 0 ? store_complain(complaint, r, path.text) : 0;
}

/* Looks before it makes or locks anything, so that a folder that is no store stays as it is (S5);
 * and once more under the lock, for another writer may have made the store meanwhile. */
static int open_folder(Store *store, const Os *os, const char *path, Complaint *complaint)
{
    FolderState state;
    int r = store_folder_look(&store->folder, os, path, &state, complaint);
    if (r < 0) return r;
    if (state == FOLDER_EMPTY) {
        r = store_folder_make(&store->folder);
        if (r < 0) return store_complain(complaint, r, path);
    }
    r = take_lock(store, complaint);
    if (r == 0) r = store_folder_look(&store->folder, os, path, &state, complaint);
    if (r < 0 || state == FOLDER_STORE) return r;
    r = store_folder_write_format(&store->folder);
    return r < 0 ? store_complain(complaint, r, path) : 0;
}

static int open_content(Store *store)
{
    CLEANUP(store_listing_done) StoreListing listing = {0};
    int r = store_folder_list(&store->folder, &listing);
    const Os *os = store->folder.os;
    if (r == 0) r = os->random(os->state, store->keys.seed, sizeof store->keys.seed);
    if (r == 0) r = open_segments(store, &listing);
    if (r < 0) return r;
    block_rows_begin(&store->block, store->next_row);
    return recover_logs(store, &listing);
}

static Store *new_store(const StoreOptions *options)
{
    Store *store = calloc(1, sizeof *store);
    if (!store) return NULL;
    store->lock_fd = store->segment.fd = store->log.fd = store->index_file.fd = -1;
    store->next_row = 1;
    if (options) store->options = *options;
    if (!store->options.segment_bytes_max) store->options.segment_bytes_max = SEGMENT_BYTES_DEFAULT;
    if (!store->options.compression_level) {
        store->options.compression_level = COMPRESSION_LEVEL_DEFAULT;
    }
    if (store->options.block_bytes_max < BLOCK_ROW_BYTES_FULL) {
        store->block.bytes_full = store->options.block_bytes_max;
    }
    store->codec = block_codec_new();
    if (store->codec) return store;
    free(store);
    return NULL;
}

int store_open(const Os *os, const char *folder, const StoreOptions *options, Store **ret,
               Complaint *complaint)
{
    Store *store = new_store(options);
    if (!store) return store_complain(complaint, -ENOMEM, folder);
    int r = open_folder(store, os, folder, complaint);
    if (r == 0) {
        r = open_content(store);
        if (r < 0) store_complain(complaint, r, folder);
    }
    if (r < 0) {
        store->failed = true;
        store_close(store);
        return r;
    }
    *ret = store;
    return 0;
}
