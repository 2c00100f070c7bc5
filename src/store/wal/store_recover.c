/* Opening a store for writing: make it, or put in order what the last writer left.
 *
 * What was durable stays byte for byte. Behind it may be blocks that the last writer wrote and
 * never knew to be durable (a crash, a failed sync): they are kept when they are whole, but not
 * trusted to be on the medium, for after a failed sync they may be in memory only. So their bytes
 * are written again and synced before anything is built on them. What is not whole at the end was
 * never promised and is cut off. */
#include "store/ops/rekey_journal.h"
#include "store/wal/store_int.h"
#include "store/wal/version1.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* ---- wal files */

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
        ssize_t got = os_pread_full(os, store->wal.fd, bytes, piece_bytes, from);
        if (got < 0) return (int)got;
        if ((size_t)got != piece_bytes) return -EIO; /* it was all there a moment ago */
        int r = os_pwrite_full(os, store->wal.fd, bytes, piece_bytes, from);
        if (r < 0) return r;
        from += piece_bytes;
    }
    return 0;
}

static int put_in_order(Store *store, const FileSurvey *survey)
{
    const Os *os = store->folder.os;
    OpenStoreFile *wal = &store->wal;
    FileInfo info;
    int r = os->info_fd(os->state, wal->fd, &info);
    if (r < 0) return r;
    wal->end = survey->end;
    store->wal_marked = survey->marked;
    if (info.bytes == survey->end && (survey->marked || info.bytes == 0)) return 0;
    if (info.bytes > survey->end) { /* durable before anything takes its place */
        r = os->truncate(os->state, wal->fd, survey->end);
        if (r == 0) r = os->sync_data(os->state, wal->fd);
        if (r < 0) return r;
    }
    r = write_again(store, survey->durable_end, survey->end);
    return r < 0 ? r : store_mark_wal(store);
}

/* Counts the rows that no segment has, and loads their keys. */
static int take_rows(Store *store)
{
    BlockWalk walk;
    BlockHead head;
    block_walk_begin(&walk, store->folder.os, store->wal.fd, store->wal.number,
                     store->folder.store_id, store->wal.end);
    uint64_t sealed_end = sealed_end_row(store->sealed);
    int r;
    while ((r = block_walk_next(&walk, &head)) == 1) {
        Slice keys;
        const char *reason;
        if (head.kind != BLOCK_ROWS || head.first_row < sealed_end) continue;
        store->stats.rows += head.row_count;
        store->stats.row_bytes += head.row_bytes;
        store->stats.raw_bytes += head.raw_bytes;
        store_count_rows(store, head.row_count, head.row_bytes, head.raw_bytes);
        if (!head.has_keys) continue;
        r = block_load_keys(store->codec, walk.os, walk.fd, &head, &keys, &reason);
        if (r == 0) r = key_set_add_all(&store->group->keys, keys);
        if (r < 0 && r != -EBADMSG) return r; /* damaged: the scan says so */
    }
    return r;
}

static int survey_wal(Store *store, uint32_t number, bool is_last, FileSurvey *ret)
{
    const Os *os = store->folder.os;
    StorePath path = store_file_path(&store->folder, STORE_FILE_WAL, number);
    store->wal.number = number;
    store->wal.fd = os->open(os->state, path.text, O_RDWR, 0);
    if (store->wal.fd < 0) return store->wal.fd;
    SurveyedFile file = {os, store->wal.fd, number, store->folder.store_id, .closed = !is_last};
    return file_survey(&file, store->codec, ret);
}

static void remove_wal(Store *store)
{
    const Os *os = store->folder.os;
    StorePath path = store_file_path(&store->folder, STORE_FILE_WAL, store->wal.number);
    os->close(os->state, store->wal.fd);
    store->wal.fd = -1;
    os->unlink(os->state, path.text); /* if not: passed over next time */
}

/* What an earlier process wrote is only read from here on: its key went with it (C1). */
static int open_wal(Store *store, uint32_t number, bool is_last)
{
    FileSurvey survey;
    int r = survey_wal(store, number, is_last, &survey);
    if (r < 0) return r;
    bool is_sealed = survey.rows > 0 && survey.next_row <= sealed_end_row(store->sealed);
    if (is_sealed || survey.end == 0) {
        remove_wal(store);
        store->wal.number = number + 1;
        return 0;
    }
    store->stats.damaged_blocks += survey.damaged_blocks;
    if (survey.next_row > store->next_row) store->next_row = survey.next_row;
    block_rows_begin(&store->block, store->next_row);
    if (is_last) {
        r = put_in_order(store, &survey);
    } else {
        store->wal.end = survey.end;
        store->wal_marked = true;
    }
    if (r == 0) r = take_rows(store);
    if (r == 0) r = store_end_wal(store);
    return r == 0 && store_group_is_full(store) ? store_roll(store) : r;
}

static int open_wals(Store *store, const StoreListing *listing)
{
    size_t count = listing_count(&listing->wals);
    store->wal.number = 1;
    for (size_t i = 0; i < count; i++) {
        int r = open_wal(store, listing_at(&listing->wals, i), i + 1 == count);
        if (r < 0) return r;
    }
    return 0;
}

/* ---- tips */

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
    store_count_rows(store, head->row_count, head->row_bytes, head->raw_bytes);
}

static int move_to_wal(Store *store)
{
    int r = store_pack_block(store);
    return r == 0 && store->pending.len ? store_write_pending(store) : r;
}

/* A tip's block holds rows that are all in the wal files or all not: a block that went to one took
 * with it whatever the tip had. */
static int recover_block(Store *store, const BlockHead *head, const BlockContent *content)
{
    BlockRows *block = &store->block;
    int r = 0;
    bool fits = block->row_count + head->row_count <= BLOCK_ROWS_MAX &&
                block->bytes.len + content->rows.len <= BLOCK_ROW_BYTES_FULL;
    if (head->first_row != store->next_row || !fits) r = move_to_wal(store);
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
    return key_set_add_all(&store->group->keys, content->keys);
}

static int recover_tip_file(Store *store, const SurveyedFile *file)
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

static int recover_tip(Store *store, uint32_t number)
{
    const Os *os = store->folder.os;
    StorePath path = store_file_path(&store->folder, STORE_FILE_TIP, number);
    CLEANUP(os_fd_done) OsFd tip = {os, os->open(os->state, path.text, O_RDONLY, 0)};
    if (tip.fd < 0) return tip.fd;
    SurveyedFile file = {os, tip.fd, file_number(STORE_FILE_TIP, number), store->folder.store_id,
                         .closed = false};
    return recover_tip_file(store, &file);
}

/* Moves what only the tips have to a wal file; then the tips go. */
static int recover_tips(Store *store, const StoreListing *listing)
{
    size_t count = listing_count(&listing->tips);
    for (size_t i = 0; i < count; i++) {
        store->tip.number = listing_at(&listing->tips, i);
        int r = recover_tip(store, store->tip.number);
        if (r < 0) return r;
    }
    int r = move_to_wal(store);
    if (r < 0) return r;
    for (size_t i = 0; i < count; i++) {
        uint32_t number = listing_at(&listing->tips, i);
        StorePath path = store_file_path(&store->folder, STORE_FILE_TIP, number);
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

/* A change of key that a power cut left half done; under the lock. */
static int finish_rekey(Store *store, const char *path, FolderState *ret, Complaint *complaint)
{
    if (complaint) complaint->id = NULL;
    int r = take_lock(store, complaint);
    if (r < 0) return r;
    r = rekey_finish(&store->folder);
    if (r < 0) return store_complain(complaint, r, path);
    return store_folder_look(&store->folder, store->folder.os, path, store->kek, ret, complaint);
}

/* Looks before it makes or locks anything, so that a folder that is no store stays as it is (S5);
 * and once more under the lock, for another writer may have made the store meanwhile. */
static int open_folder(Store *store, const Os *os, const char *path, FolderState *ret,
                       Complaint *complaint)
{
    int r = store_folder_look(&store->folder, os, path, store->kek, ret, complaint);
    if (r == -EBUSY) return finish_rekey(store, path, ret, complaint);
    if (r < 0) return r;
    if (*ret == FOLDER_EMPTY) {
        r = store_folder_make(&store->folder);
        if (r < 0) return store_complain(complaint, r, path);
    }
    r = take_lock(store, complaint);
    return r < 0 ? r : store_folder_look(&store->folder, os, path, store->kek, ret, complaint);
}

/* FORMAT is made anew only when the key opens what there is, or there is nothing. */
static int mend_format(Store *store, FolderState state, const StoreListing *listing,
                       Complaint *complaint)
{
    if (state == FOLDER_STORE || state == FOLDER_VERSION_1) return 0;
    int r = state == FOLDER_DAMAGED ? store_key_fits(&store->folder, listing) : 0;
    if (r == -ENOKEY) return store_complain_key(complaint, store->folder.path);
    if (r == 0) r = store_folder_write_format(&store->folder);
    return r < 0 ? store_complain(complaint, r, store->folder.path) : 0;
}

static int open_tiers(Store *store, const StoreListing *listing, Complaint *complaint)
{
    const Os *os = store->folder.os;
    int r = os->random(os->state, store->key_seed, sizeof store->key_seed);
    if (r == 0) r = sealed_open(&store->folder, &store->options, &store->sealed, complaint);
    if (r < 0) return r;
    store->next_row = sealed_end_row(store->sealed);
    block_rows_begin(&store->block, store->next_row);
    r = store_new_group(store);
    if (r == 0) r = open_wals(store, listing);
    if (r < 0) return r;
    block_rows_begin(&store->block, store->next_row);
    return recover_tips(store, listing);
}

/* ---- from version 1 */

static int take_version1(void *context, uint64_t first_row, uint32_t row_count, Slice rows,
                         Slice keys)
{
    Store *store = context;
    CLEANUP(arena_done) Arena arena = arena_make(0);
    StoreTally tally = {0};
    Slice bytes;
    if (first_row > store->next_row) { /* rows before it are lost: numbers stay what they were */
        int r = move_to_wal(store);
        if (r < 0) return r;
        store->next_row = first_row;
        block_rows_begin(&store->block, first_row);
    }
    for (uint32_t i = 0; i < row_count && block_take_row(&rows, &bytes) == 0; i++) {
        Row row;
        arena_reset(&arena);
        if (first_row + i < store->next_row) continue;
        if (row_decode(bytes, &arena, &row) < 0) continue;
        if (keys.len) memcpy(row.key, keys.ptr + (size_t)i * ROW_KEY_BYTES, ROW_KEY_BYTES);
        row.key[0] &= (uint8_t)~ROW_KEY_ONCE; /* version 1 did not know it */
        int r = store_append(store, &row, 1, &tally);
        if (r < 0) return r;
    }
    return store_commit(store);
}

static int migrate(Store *store)
{
    Version1Tally tally;
    int r = version1_begin(&store->folder);
    if (r == 0) r = version1_read(&store->folder, take_version1, store, &tally);
    if (r < 0) return r;
    store->stats.damaged_blocks += tally.damaged_blocks;
    r = store_folder_write_format(&store->folder);
    return r < 0 ? r : version1_end(&store->folder, tally.damaged_blocks > 0);
}

static int open_content(Store *store, FolderState state, Complaint *complaint)
{
    CLEANUP(store_listing_done) StoreListing listing = {0};
    const char *path = store->folder.path;
    int r = store_folder_list(&store->folder, &listing);
    if (r < 0) return store_complain(complaint, r, path);
    r = mend_format(store, state, &listing, complaint);
    if (r < 0) return r;
    r = open_tiers(store, &listing, complaint);
    if (r == 0 && state == FOLDER_VERSION_1) r = migrate(store);
    if (r == 0 && listing.version1) version1_remove(&store->folder, false);
    if (r < 0 && (!complaint || !complaint->id)) store_complain(complaint, r, path);
    return r;
}

static int copy_key(Store *store, const Secret *kek)
{
    if (!kek || secret_len(kek) != KEK_BYTES) return -ENOKEY;
    store->kek = secret_new(KEK_BYTES);
    if (!store->kek) return -ENOMEM;
    memcpy(secret_bytes(store->kek), secret_read(kek), KEK_BYTES);
    return 0;
}

static int new_store(const StoreOptions *options, Store **ret)
{
    Store *store = calloc(1, sizeof *store);
    if (!store) return -ENOMEM;
    store->lock_fd = store->wal.fd = store->tip.fd = -1;
    store->next_row = 1;
    store->options = *options;
    if (!store->options.segment_bytes_max) store->options.segment_bytes_max = GROUP_BYTES_DEFAULT;
    if (store->options.block_bytes_max < BLOCK_ROW_BYTES_FULL) {
        store->block.bytes_full = store->options.block_bytes_max;
    }
    int r = copy_key(store, options->kek);
    if (r == 0) store->codec = block_codec_new(store->kek);
    if (r == 0 && !store->codec) r = -ENOMEM;
    if (r < 0) {
        store_close(store);
        return r;
    }
    *ret = store;
    return 0;
}

int store_open(const Os *os, const char *folder, const StoreOptions *options, Store **ret,
               Complaint *complaint)
{
    Store *store;
    FolderState state = FOLDER_EMPTY;
    if (complaint) complaint->id = NULL;
    int r = new_store(options, &store);
    if (r < 0) return store_complain(complaint, r, folder);
    r = open_folder(store, os, folder, &state, complaint);
    if (r == 0) r = open_content(store, state, complaint);
    if (r < 0) {
        store->failed = true;
        store_close(store);
        return r;
    }
    *ret = store;
    return 0;
}
