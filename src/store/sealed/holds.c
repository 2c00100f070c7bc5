/* See holds.h and store/keep.h. */
#include "store/sealed/holds.h"

#include "base/number.h"
#include "base/utf8.h"
#include "store/crypt/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

enum { HEX_DIGEST = 64, SUM_BYTES = 5 + HEX_DIGEST }; /* `sum `, the digest, the line's end */
#define HOLDS_BYTES_MAX ((size_t)2 << 20)
#define HOLDS_FIRST_LINE SLICE("akashi holds 1 ")

void store_holds_done(StoreHolds *holds)
{
    free(holds->holds);
    *holds = (StoreHolds){0};
}

/* ---- the lock */

int holds_lock(const StoreFolder *folder, HoldsLock *ret)
{
    const Os *os = folder->os;
    StorePath path = store_path(folder, "HOLDS.lock");
    HoldsLock lock = {os, os->open(os->state, path.text, O_RDWR | O_CREAT, 0600)};
    int r = lock.fd < 0 ? lock.fd : os->lock(os->state, lock.fd);
    if (r < 0) {
        holds_unlock(&lock);
        return r;
    }
    *ret = lock;
    return 0;
}

void holds_unlock(HoldsLock *lock)
{
    if (lock->os && lock->fd >= 0) lock->os->close(lock->os->state, lock->fd);
    lock->fd = -1;
}

/* ---- as text: fields between tabs */

static Digest sum_of(const StoreFolder *folder, Slice text)
{
    Slice kek = slice_of(secret_read(folder->kek), secret_len(folder->kek));
    Digest key = crypt_hmac(kek, SLICE("akashi holds"));
    Digest sum = crypt_hmac(slice_of(key.bytes, sizeof key.bytes), text);
    explicit_bzero(&key, sizeof key);
    return sum;
}

static void add_sum(const StoreFolder *folder, Buf *text)
{
    Digest sum = sum_of(folder, buf_slice(text));
    buf_add_cstr(text, "sum ");
    for (size_t i = 0; i < sizeof sum.bytes; i++) {
        buf_add_format(text, "%02x", sum.bytes[i]);
    }
    buf_add_char(text, '\n');
}

static void add_hold(Buf *to, const StoreHold *hold)
{
    buf_add_format(to, "hold\t%u\t%lld\t%lld\t%lld\t%lld\t%s\t%s\t%s\t%s\t%s\n", hold->id,
                   (long long)hold->from_ns, (long long)hold->to_ns, (long long)hold->set_ns,
                   (long long)hold->released_ns, hold->class_name, hold->who, hold->reason,
                   hold->released_by, hold->released_why);
}

static bool take_word(Slice *line, Slice *ret)
{
    const char *tab = line->len ? memchr(line->ptr, '\t', line->len) : NULL;
    *ret = tab ? slice_of(line->ptr, (size_t)(tab - line->ptr)) : *line;
    *line = slice_skip(*line, tab ? ret->len + 1 : line->len);
    return tab != NULL;
}

static bool take_time(Slice *line, int64_t *ret)
{
    Slice word;
    return take_word(line, &word) && number_parse_i64(word, ret) == 0;
}

/* last: no tab follows. */
static bool take_text(Slice *line, char *to, size_t bytes, bool last)
{
    Slice word;
    if (take_word(line, &word) == last || word.len >= bytes) return false;
    if (word.len) memcpy(to, word.ptr, word.len);
    to[word.len] = '\0';
    return true;
}

/* The sum holds, so what does not parse was written by a version that knew more. */
static bool parse_hold(Slice line, StoreHold *ret)
{
    Slice word;
    uint64_t id;
    if (!take_word(&line, &word) || !slice_eq(word, SLICE("hold"))) return false;
    if (!take_word(&line, &word) || number_parse_u64(word, &id) < 0 || id > UINT32_MAX)
        return false;
    *ret = (StoreHold){.id = (uint32_t)id};
    return take_time(&line, &ret->from_ns) && take_time(&line, &ret->to_ns) &&
           take_time(&line, &ret->set_ns) && take_time(&line, &ret->released_ns) &&
           take_text(&line, ret->class_name, sizeof ret->class_name, false) &&
           take_text(&line, ret->who, sizeof ret->who, false) &&
           take_text(&line, ret->reason, sizeof ret->reason, false) &&
           take_text(&line, ret->released_by, sizeof ret->released_by, false) &&
           take_text(&line, ret->released_why, sizeof ret->released_why, true);
}

static int add_one(StoreHolds *holds, const StoreHold *hold)
{
    if (holds->count == STORE_HOLDS_MAX) return -ERANGE;
    StoreHold *bigger = realloc(holds->holds, (holds->count + 1) * sizeof *bigger);
    if (!bigger) return -ENOMEM;
    bigger[holds->count++] = *hold;
    holds->holds = bigger;
    return 0;
}

static int parse(const StoreFolder *folder, Slice text, StoreHolds *holds)
{
    Slice line;
    if (text.len < SUM_BYTES) return -EBADMSG;
    Slice body = slice_first(text, text.len - SUM_BYTES);
    CLEANUP(buf_done) Buf summed = buf_make(HOLDS_BYTES_MAX);
    buf_add_slice(&summed, body);
    add_sum(folder, &summed);
    if (buf_error(&summed)) return buf_error(&summed);
    if (!slice_eq(buf_slice(&summed), text)) return -EBADMSG;
    if (!slice_starts(body, HOLDS_FIRST_LINE) || !slice_cut(&body, '\n', &line)) return -EPROTO;
    while (slice_cut(&body, '\n', &line)) {
        StoreHold hold;
        int r = parse_hold(line, &hold) ? add_one(holds, &hold) : -EPROTO;
        if (r < 0) return r;
    }
    return 0;
}

int holds_read(const StoreFolder *folder, StoreHolds *ret)
{
    StorePath path = store_path(folder, "HOLDS");
    CLEANUP(arena_done) Arena arena = arena_make(4 * HOLDS_BYTES_MAX);
    StoreHolds holds = {0};
    Slice text;
    *ret = holds;
    int r = os_read_file(folder->os, path.text, HOLDS_BYTES_MAX, &arena, &text);
    if (r == -ENOENT) return 0;
    if (r == -EFBIG) r = -EBADMSG;
    if (r == 0) r = parse(folder, text, &holds);
    if (r < 0) {
        store_holds_done(&holds);
        return r;
    }
    *ret = holds;
    return 0;
}

int holds_print(const StoreFolder *folder, const StoreHolds *holds, Buf *to)
{
    buf_add_format(to, "%.*s%016llx\n", SLICE_FMT(HOLDS_FIRST_LINE),
                   (unsigned long long)folder->store_id);
    for (size_t i = 0; i < holds->count; i++) {
        add_hold(to, &holds->holds[i]);
    }
    add_sum(folder, to);
    return buf_error(to);
}

int holds_write(const StoreFolder *folder, const StoreHolds *holds)
{
    const Os *os = folder->os;
    CLEANUP(buf_done) Buf text = buf_make(HOLDS_BYTES_MAX);
    int r = holds_print(folder, holds, &text);
    if (r < 0) return r;
    StorePath temporary = store_path(folder, "HOLDS.tmp"), final = store_path(folder, "HOLDS");
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, temporary.text, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    r = os_write_full(os, file.fd, text.ptr, text.len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    if (r == 0) r = os->rename(os->state, temporary.text, final.text);
    return r < 0 ? r : os->sync_folder(os->state, folder->path);
}

/* ---- what is held */

static bool is_upon(const StoreHold *hold, const ManifestSegment *segment)
{
    if (hold->released_ns != 0) return false;
    if (hold->class_name[0] && strcmp(hold->class_name, segment->class_name) != 0) return false;
    bool by_time = segment->from_ns < hold->to_ns && segment->to_ns >= hold->from_ns;
    bool by_seal = segment->sealed_ns >= hold->from_ns && segment->sealed_ns < hold->to_ns;
    return by_time || by_seal || segment->undated_count > 0;
}

bool holds_have(const StoreHolds *holds, const ManifestSegment *segment)
{
    for (size_t i = 0; i < holds->count; i++) {
        if (is_upon(&holds->holds[i], segment)) return true;
    }
    return false;
}

/* ---- the interface */

static int look(const Os *os, const char *path, const Secret *kek, StoreFolder *ret,
                Complaint *complaint)
{
    FolderState state;
    int r = store_folder_look(ret, os, path, kek, &state, complaint);
    if (r < 0) return r;
    ret->kek = kek;
    return state == FOLDER_STORE || state == FOLDER_DAMAGED ? 0 : -ENOENT;
}

int store_holds_read(const Os *os, const char *folder, const Secret *kek, StoreHolds *ret,
                     Complaint *complaint)
{
    StoreFolder found = {0};
    int r = look(os, folder, kek, &found, complaint);
    return r < 0 ? r : holds_read(&found, ret);
}

static bool is_plain(const char *text, bool wanted)
{
    Slice slice = slice_from_cstr(text);
    for (size_t i = 0; i < slice.len; i++) {
        if ((unsigned char)slice.ptr[i] < ' ' || slice.ptr[i] == 127) return false;
    }
    return utf8_is_valid(slice) && (slice.len > 0 || !wanted);
}

/* Between reading and writing nobody else may. */
typedef struct HoldsChange {
    StoreFolder folder;
    HoldsLock lock;
    StoreHolds holds;
} HoldsChange;

static void change_done(HoldsChange *change)
{
    store_holds_done(&change->holds);
    holds_unlock(&change->lock);
}

static int change_begin(const Os *os, const char *folder, const Secret *kek, HoldsChange *change,
                        Complaint *complaint)
{
    int r = look(os, folder, kek, &change->folder, complaint);
    if (r == 0) r = holds_lock(&change->folder, &change->lock);
    return r < 0 ? r : holds_read(&change->folder, &change->holds);
}

int store_hold_add(const Os *os, const char *folder, const Secret *kek, StoreHold *hold,
                   Complaint *complaint)
{
    CLEANUP(change_done) HoldsChange change = {.lock.fd = -1};
    if (hold->from_ns >= hold->to_ns || !is_plain(hold->who, true) ||
        !is_plain(hold->reason, true) || !is_plain(hold->class_name, false)) {
        return -EINVAL;
    }
    int r = change_begin(os, folder, kek, &change, complaint);
    if (r < 0) return r;
    size_t count = change.holds.count;
    hold->id = count ? change.holds.holds[count - 1].id + 1 : 1;
    hold->set_ns = os->now_ns(os->state);
    hold->released_ns = 0;
    hold->released_by[0] = hold->released_why[0] = '\0';
    r = add_one(&change.holds, hold);
    return r < 0 ? r : holds_write(&change.folder, &change.holds);
}

static int release(StoreHold *hold, int64_t now_ns, Slice who, Slice why)
{
    if (who.len >= sizeof hold->released_by || why.len >= sizeof hold->released_why) return -EINVAL;
    memcpy(hold->released_by, who.ptr, who.len);
    memcpy(hold->released_why, why.ptr, why.len);
    hold->released_by[who.len] = hold->released_why[why.len] = '\0';
    hold->released_ns = now_ns;
    return is_plain(hold->released_by, true) && is_plain(hold->released_why, true) ? 0 : -EINVAL;
}

int store_hold_release(const Os *os, const char *folder, const Secret *kek, uint32_t id, Slice who,
                       Slice why, Complaint *complaint)
{
    CLEANUP(change_done) HoldsChange change = {.lock.fd = -1};
    int r = change_begin(os, folder, kek, &change, complaint);
    if (r < 0) return r;
    for (size_t i = 0; i < change.holds.count; i++) {
        StoreHold *hold = &change.holds.holds[i];
        if (hold->id != id || hold->released_ns != 0) continue;
        r = release(hold, os->now_ns(os->state), who, why);
        return r < 0 ? r : holds_write(&change.folder, &change.holds);
    }
    return -ENOENT;
}
