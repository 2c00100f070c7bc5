/* See checkpoint.h: opening a chain, whatever the last power cut left of its ends. */
#include "store/proof/chain_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define NOTES_WINDOW_BYTES ((size_t)64 << 10)
/* Each call writes and syncs one frame or note before the next, so no more than one can be torn. */
#define TORN_LOG_BYTES_MAX (FRAME_HEAD_BYTES + ENTRY_BYTES_MAX)
#define TORN_NOTES_BYTES_MAX NOTE_BYTES_MAX

typedef struct Opening {
    Chain *chain;
    const Secret *kek;
    ChainOpening counts;
    uint64_t last_note_at; /* where the last checkpoint begins in checkpoints.txt */
    uint64_t unsealed_at;  /* where the first entry after it begins in chain.log */
    Tree sealed;           /* of the entries that it covers */
} Opening;

static int file_open(Chain *chain, const char *name, int *ret_fd, uint64_t *ret_bytes)
{
    char path[4096];
    FileInfo info;
    int r = chain_path(chain, name, path, sizeof path);
    if (r < 0) return r;
    int fd = chain->os->open(chain->os->state, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (fd < 0) return fd;
    *ret_fd = fd;
    r = chain->os->info_fd(chain->os->state, fd, &info);
    if (r < 0) return r;
    *ret_bytes = info.bytes;
    return 0;
}

static int first_entry(void *context, const ChainEntry *entry, Slice body, const Digest *leaf)
{
    (void)body;
    return chain_take_entry(context, entry, leaf);
}

static int sealed_entry(void *context, const ChainEntry *entry, Slice body, const Digest *leaf)
{
    Opening *opening = context;
    if (entry->index < opening->chain->last.size) {
        tree_add(&opening->sealed, leaf);
        opening->unsealed_at += FRAME_HEAD_BYTES + body.len;
    }
    return 0;
}

/* The last note that holds. Older ones may be signed by keys no longer known here: passed over. */
static void last_note(Opening *opening, Slice window, uint64_t window_at)
{
    Chain *chain = opening->chain;
    Slice rest = window, border = SLICE("\n\nakashi/");
    size_t keys = chain->announced_epoch > 0 ? 2 : 1;
    uint64_t good_end = 0;
    while (rest.len) {
        uint64_t at = window_at + (uint64_t)(rest.ptr - window.ptr);
        if (checkpoint_note_take(&rest, &chain->log_id, chain->keys, keys, &chain->last) == 0) {
            chain->has_checkpoint = true;
            opening->last_note_at = at;
            good_end = window_at + (uint64_t)(rest.ptr - window.ptr);
            continue;
        }
        size_t next = slice_find(rest, border);
        if (next == SLICE_NOT_FOUND) break;
        rest = slice_skip(rest, next + 2);
    }
    opening->counts.cut_checkpoint_bytes = chain->notes_bytes - good_end;
    chain->notes_bytes = good_end;
}

static int read_notes(Opening *opening)
{
    Chain *chain = opening->chain;
    uint64_t at =
        chain->notes_bytes > NOTES_WINDOW_BYTES ? chain->notes_bytes - NOTES_WINDOW_BYTES : 0;
    char *bytes = malloc(NOTES_WINDOW_BYTES);
    if (!bytes) return -ENOMEM;
    ssize_t got = os_pread_full(chain->os, chain->notes_fd, bytes, NOTES_WINDOW_BYTES, at);
    if (got > 0) last_note(opening, slice_of(bytes, (size_t)got), at);
    free(bytes);
    if (got < 0) return (int)got;
    return opening->counts.cut_checkpoint_bytes > TORN_NOTES_BYTES_MAX ? -EBADMSG : 0;
}

/* What the log and the checkpoints say must agree before anything is written (P2). */
static int judge(Opening *opening)
{
    Chain *chain = opening->chain;
    uint64_t good_bytes;
    if (!chain->has_checkpoint) {
        /* Only a creation that was cut short: the first checkpoint comes before any segment. */
        bool was_more = chain->secret.is_begun || chain->secret.epoch || chain->segments;
        return was_more || chain->announced_epoch ? -EBADMSG : 0;
    }
    if (chain->last.size > chain->tree.count) return -EBADMSG;
    int r = chain_walk(chain, sealed_entry, opening, &good_bytes);
    if (r < 0) return r;
    Digest root = tree_root(&opening->sealed);
    if (memcmp(root.bytes, chain->last.root.bytes, sizeof root.bytes) != 0) return -EBADMSG;
    if (chain->last.time_ns > chain->last_time_ns) chain->last_time_ns = chain->last.time_ns;
    if (chain->last.time_ns > chain->sealed_to_ns) chain->sealed_to_ns = chain->last.time_ns;
    return 0;
}

/* The key of the log's newest epoch must be at hand, as current or as next. */
static int judge_keys(Opening *opening)
{
    Chain *chain = opening->chain;
    EpochKeys *keys = &chain->secret;
    PublicKey current, next;
    if (chain->tree.count == 0) return 0;
    bool is_changing = chain->announced_epoch == keys->epoch + 1;
    if (chain->announced_epoch != keys->epoch && !is_changing) return -EBADMSG;
    int r = signing_public(keys->current, &current);
    if (r < 0) return r;
    if (memcmp(&current, &chain->keys[is_changing ? 1 : 0], sizeof current) != 0) return -EBADMSG;
    if (!is_changing) return 0;
    if (!keys->next) return -EBADMSG;
    r = signing_public(keys->next, &next);
    if (r < 0) return r;
    return memcmp(&next, &chain->keys[0], sizeof next) == 0 ? 0 : -EBADMSG;
}

/* Writes [from, to) of a file anew and cuts off what follows: after a failed sync those bytes can
 * be read but may never have reached the medium. */
static int write_anew(Chain *chain, int fd, uint64_t from, uint64_t to)
{
    const Os *os = chain->os;
    size_t bytes = (size_t)(to - from);
    char *kept = malloc(bytes ? bytes : 1);
    if (!kept) return -ENOMEM;
    ssize_t got = os_pread_full(os, fd, kept, bytes, from);
    int r = got < 0 ? (int)got : (size_t)got < bytes ? -EIO : 0;
    if (r == 0) r = os_pwrite_full(os, fd, kept, bytes, from);
    free(kept);
    if (r == 0) r = os->truncate(os->state, fd, to);
    if (r == 0) r = os->sync_data(os->state, fd);
    return r < 0 ? r : 0;
}

static int settle(Opening *opening)
{
    Chain *chain = opening->chain;
    int r = write_anew(chain, chain->log_fd, opening->unsealed_at, chain->log_bytes);
    if (r == 0) {
        r = write_anew(chain, chain->notes_fd, opening->last_note_at, chain->notes_bytes);
    }
    if (r < 0 || chain->tree.count == 0) return r;
    if (chain->announced_epoch > chain->secret.epoch)
        return chain_epoch_finish(chain, opening->kek);
    if (!chain->secret.next) return 0;
    secret_free(chain->secret.next);
    chain->secret.next = NULL;
    return epoch_keys_write(chain, opening->kek);
}

static int notice_cut(Opening *opening)
{
    ChainEntry entry = {.kind = ENTRY_NOTICE, .notice = {.code = NOTICE_CUT}};
    if (opening->counts.cut_log_bytes == 0 || opening->chain->tree.count == 0) return 0;
    int r = chain_notice_time(opening->chain);
    return r < 0 ? r : chain_add_entry(opening->chain, &entry);
}

/* Genesis and the first checkpoint, where they are not there yet. */
static int begin(Opening *opening, int64_t gap_ns_max)
{
    Chain *chain = opening->chain;
    int r = 0;
    if (chain->tree.count == 0) {
        ChainEntry entry = {.kind = ENTRY_GENESIS,
                            .genesis = {.key = chain->first_key, .gap_ns_max = gap_ns_max}};
        r = chain_add_entry(chain, &entry);
    }
    if (r == 0 && !chain->has_checkpoint) r = chain_add_checkpoint(chain, chain_now_ns(chain));
    if (r < 0 || chain->secret.is_begun) return r;
    chain->secret.is_begun = true;
    return epoch_keys_write(chain, opening->kek);
}

static int new_keys(Opening *opening)
{
    Chain *chain = opening->chain;
    opening->counts.is_new = true;
    int r = secret_random(chain->os, 32, &chain->secret.current);
    if (r == 0) r = signing_public(chain->secret.current, &chain->first_key);
    return r < 0 ? r : epoch_keys_write(chain, opening->kek);
}

static int read_all(Opening *opening)
{
    Chain *chain = opening->chain;
    uint64_t log_bytes = 0;
    int r = file_open(chain, "chain.log", &chain->log_fd, &log_bytes);
    if (r == 0) r = chain->os->lock(chain->os->state, chain->log_fd);
    if (r >= 0) r = file_open(chain, "checkpoints.txt", &chain->notes_fd, &chain->notes_bytes);
    if (r == 0) r = chain->os->sync_folder(chain->os->state, chain->folder);
    if (r >= 0) r = epoch_keys_read(chain, opening->kek);
    if (r == -ENOENT) r = log_bytes || chain->notes_bytes ? -ENOKEY : new_keys(opening);
    if (r < 0) return r;
    chain->log_id = log_id_of(&chain->first_key);
    chain->keys[0] = chain->first_key;
    r = chain_walk(chain, first_entry, chain, &chain->log_bytes);
    if (r < 0) return r;
    opening->counts.cut_log_bytes = log_bytes - chain->log_bytes;
    if (opening->counts.cut_log_bytes > TORN_LOG_BYTES_MAX) return -EBADMSG;
    return read_notes(opening);
}

static void say(Complaint *complaint, const char *folder, int error)
{
    if (!complaint) return;
    snprintf(complaint->file, sizeof complaint->file, "%s", folder);
    switch (error) {
    case -ENOKEY:
        complaint_say(
            complaint, "chain.key",
            "epoch.key does not open with this key, or is missing; use the key that this "
            "store was last opened with",
            "epoch.key がこの鍵では開けないか、ありません。最後に使った鍵を指定してください");
        break;
    case -EBADMSG:
        complaint_say(complaint, "chain.broken",
                      "sealed entries are missing or changed; keep these files as they are and run "
                      "akashi-verify on the folder",
                      "封印済みの記録が欠けているか変更されています。ファイルをそのまま保全し、"
                      "akashi-verify で調べてください");
        break;
    case -EWOULDBLOCK:
        complaint_say(complaint, "chain.in_use", "another process has this log open",
                      "別のプロセスがこのログを開いています");
        break;
    case -EPROTO:
        complaint_say(complaint, "chain.newer", "these files are of another version",
                      "ファイルの版が異なります");
        break;
    default:
        complaint_say(complaint, "chain.system", "the log cannot be opened: %s",
                      "ログを開けません: %s", strerror(-error));
    }
}

static Chain *chain_new(const Os *os, const char *folder)
{
    Chain *chain = calloc(1, sizeof *chain);
    if (!chain) return NULL;
    chain->os = os;
    chain->log_fd = chain->notes_fd = -1;
    chain->last_time_ns = chain->sealed_to_ns = INT64_MIN / 2; /* differences stay in range */
    chain->folder = strdup(folder);
    if (chain->folder) return chain;
    free(chain);
    return NULL;
}

void chain_close(Chain *chain)
{
    if (!chain) return;
    if (chain->notes_fd >= 0) chain->os->close(chain->os->state, chain->notes_fd);
    if (chain->log_fd >= 0) chain->os->close(chain->os->state, chain->log_fd);
    epoch_keys_done(&chain->secret);
    free(chain->folder);
    free(chain);
}

int chain_open(const Os *os, const char *folder, const Secret *kek, int64_t gap_ns_max, Chain **ret,
               ChainOpening *ret_opening, Complaint *complaint)
{
    Opening opening = {.chain = chain_new(os, folder), .kek = kek};
    int r = opening.chain ? read_all(&opening) : -ENOMEM;
    if (r == 0) r = judge(&opening);
    if (r == 0) r = judge_keys(&opening);
    if (r == 0) r = settle(&opening);
    if (r == 0) r = notice_cut(&opening);
    if (r == 0) r = begin(&opening, gap_ns_max > 0 ? gap_ns_max : CHAIN_GAP_NS_DEFAULT);
    if (r < 0) {
        say(complaint, folder, r);
        chain_close(opening.chain);
        return r;
    }
    opening.counts.entries = opening.chain->tree.count;
    opening.counts.checkpoints = opening.chain->last.number + 1;
    if (ret_opening) *ret_opening = opening.counts;
    *ret = opening.chain;
    return 0;
}

/* ---- beside a writer */

static int open_to_read(Chain *chain, const char *name, int *ret_fd, uint64_t *ret_bytes)
{
    char path[4096];
    FileInfo info;
    int r = chain_path(chain, name, path, sizeof path);
    if (r < 0) return r;
    int fd = chain->os->open(chain->os->state, path, O_RDONLY | O_NOFOLLOW, 0);
    if (fd < 0) return fd;
    *ret_fd = fd;
    r = chain->os->info_fd(chain->os->state, fd, &info);
    if (r == 0) *ret_bytes = info.bytes;
    return r;
}

static int genesis_key(void *context, const ChainEntry *entry, Slice body, const Digest *leaf)
{
    (void)body;
    Chain *chain = context;
    if (entry->kind == ENTRY_GENESIS && entry->index == 0) {
        chain->first_key = chain->keys[0] = entry->genesis.key;
        chain->log_id = log_id_of(&chain->first_key);
    }
    return chain_take_entry(chain, entry, leaf);
}

/* The checkpoints' length is taken before the log's: what they cover is in the log by then. */
static int read_beside(Opening *opening)
{
    Chain *chain = opening->chain;
    uint64_t log_bytes;
    int r = open_to_read(chain, "checkpoints.txt", &chain->notes_fd, &chain->notes_bytes);
    if (r == 0) r = open_to_read(chain, "chain.log", &chain->log_fd, &log_bytes);
    if (r == 0) r = chain_walk(chain, genesis_key, chain, &chain->log_bytes);
    if (r == 0) r = read_notes(opening);
    if (r == 0 && !chain->has_checkpoint) r = -EBADMSG;
    if (r == 0) r = judge(opening);
    chain->failed = -EROFS;
    return r;
}

int chain_open_reading(const Os *os, const char *folder, Chain **ret)
{
    Opening opening = {.chain = chain_new(os, folder)};
    if (!opening.chain) return -ENOMEM;
    int r = read_beside(&opening);
    if (r < 0) {
        chain_close(opening.chain);
        return r;
    }
    *ret = opening.chain;
    return 0;
}

void chain_extent(const Chain *chain, uint64_t *ret_log_bytes, uint64_t *ret_notes_bytes)
{
    *ret_log_bytes = chain->log_bytes;
    *ret_notes_bytes = chain->notes_bytes;
}
