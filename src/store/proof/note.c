/* See note.h. */
#include "store/proof/note.h"

#include "base/check.h"
#include "base/number.h"
#include "store/crypt/base64_text.h"

#include <errno.h>

#define TEXT_BYTES_MAX 512 /* of our own checkpoints: three numbers, three hashes, names */

static void add_origin(Buf *buf, const LogId *id)
{
    buf_add_cstr(buf, "akashi/");
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        buf_add_format(buf, "%02x", id->bytes[i]);
    }
}

void checkpoint_text_add(Buf *buf, const Checkpoint *checkpoint)
{
    add_origin(buf, &checkpoint->log_id);
    buf_add_char(buf, '\n');
    buf_add_u64(buf, checkpoint->size);
    buf_add_char(buf, '\n');
    base64_add(buf, checkpoint->root.bytes, 32);
    buf_add_cstr(buf, "\ncheckpoint ");
    buf_add_u64(buf, checkpoint->number);
    buf_add_format(buf, "\nversion %d\ntime ", NOTE_VERSION);
    buf_add_i64(buf, checkpoint->time_ns);
    buf_add_cstr(buf, "\nepoch ");
    buf_add_u64(buf, checkpoint->epoch);
    buf_add_cstr(buf, "\nprevious ");
    base64_add(buf, checkpoint->previous.bytes, 32);
    buf_add_char(buf, '\n');
}

Digest checkpoint_text_digest(const Checkpoint *checkpoint)
{
    char room[TEXT_BYTES_MAX];
    Buf text = buf_over(room, sizeof room);
    checkpoint_text_add(&text, checkpoint);
    CHECK(!buf_error(&text));
    return digest_sha256(&(Slice){text.ptr, text.len}, 1);
}

/* The first 4 bytes of SHA-256(name, newline, 0x01, key): signed-note, "Signatures". */
static void key_id(const LogId *log_id, const PublicKey *key, uint8_t ret[4])
{
    char room[128];
    Buf text = buf_over(room, sizeof room);
    add_origin(&text, log_id);
    buf_add(&text, "\n\x01", 2);
    buf_add(&text, key->bytes, sizeof key->bytes);
    Digest digest = digest_sha256(&(Slice){text.ptr, text.len}, 1);
    memcpy(ret, digest.bytes, 4);
}

int checkpoint_note_add(Buf *buf, const Checkpoint *checkpoint, const Secret *private_key)
{
    size_t start = buf->len;
    uint8_t signature[4 + SIGNATURE_BYTES];
    PublicKey key;
    int r = signing_public(private_key, &key);
    if (r < 0) return r;
    checkpoint_text_add(buf, checkpoint);
    if (buf_error(buf)) return buf_error(buf);
    key_id(&checkpoint->log_id, &key, signature);
    r = signing_sign(private_key, slice_of(buf->ptr + start, buf->len - start), signature + 4);
    if (r < 0) return r;
    buf_add_cstr(buf, "\n— ");
    add_origin(buf, &checkpoint->log_id);
    buf_add_char(buf, ' ');
    base64_add(buf, signature, sizeof signature);
    buf_add_cstr(buf, "\n\n");
    return buf_error(buf);
}

static int take_value(Slice *text, Slice name, Slice *ret)
{
    Slice line;
    if (!slice_cut(text, '\n', &line) || !slice_starts(line, name)) return -EBADMSG;
    *ret = slice_skip(line, name.len);
    return 0;
}

static int take_u64(Slice *text, Slice name, uint64_t *ret)
{
    Slice value;
    int r = take_value(text, name, &value);
    return r < 0 ? r : number_parse_u64(value, ret);
}

static int take_digest(Slice *text, Slice name, Digest *ret)
{
    Slice value;
    int r = take_value(text, name, &value);
    if (r < 0) return r;
    return base64_decode(value, ret->bytes, 32) == 32 ? 0 : -EBADMSG;
}

/* Loosely: the one form is ensured by printing it again. */
static int text_parse(Slice text, const LogId *log_id, Checkpoint *ret)
{
    Checkpoint found = {.log_id = *log_id};
    Slice origin;
    uint64_t version, time_ns;
    if (!slice_cut(&text, '\n', &origin)) return -EBADMSG;
    int r = take_u64(&text, SLICE(""), &found.size);
    if (r == 0) r = take_digest(&text, SLICE(""), &found.root);
    if (r == 0) r = take_u64(&text, SLICE("checkpoint "), &found.number);
    if (r == 0) r = take_u64(&text, SLICE("version "), &version);
    if (r == 0) r = take_u64(&text, SLICE("time "), &time_ns);
    if (r == 0) r = take_u64(&text, SLICE("epoch "), &found.epoch);
    if (r == 0) r = take_digest(&text, SLICE("previous "), &found.previous);
    if (r < 0 || text.len || version != NOTE_VERSION || time_ns > INT64_MAX) return -EBADMSG;
    found.time_ns = (int64_t)time_ns;
    *ret = found;
    return 0;
}

static bool is_printed_text(Slice text, const Checkpoint *checkpoint)
{
    char room[TEXT_BYTES_MAX];
    Buf again = buf_over(room, sizeof room);
    checkpoint_text_add(&again, checkpoint);
    return !buf_error(&again) && slice_eq(text, buf_slice(&again));
}

static bool is_signed(Slice text, Slice line, const LogId *log_id, const PublicKey *key)
{
    char room[128];
    Buf head = buf_over(room, sizeof room);
    uint8_t signature[4 + SIGNATURE_BYTES], id[4];
    buf_add_cstr(&head, "— ");
    add_origin(&head, log_id);
    buf_add_char(&head, ' ');
    if (buf_error(&head) || !slice_starts(line, buf_slice(&head))) return false;
    if (base64_decode(slice_skip(line, head.len), signature, sizeof signature) !=
        sizeof signature) {
        return false;
    }
    key_id(log_id, key, id);
    return memcmp(id, signature, 4) == 0 && signing_verify(key, text, signature + 4);
}

int checkpoint_note_take(Slice *bytes, const LogId *log_id, const PublicKey *keys, size_t key_count,
                         Checkpoint *ret)
{
    Slice window = slice_first(*bytes, NOTE_BYTES_MAX), line;
    size_t blank = slice_find(window, SLICE("\n\n"));
    if (blank == SLICE_NOT_FOUND) return -EBADMSG;
    Slice text = slice_first(window, blank + 1), rest = slice_skip(window, blank + 2);
    size_t end = slice_find(rest, SLICE("\n\n"));
    if (end == SLICE_NOT_FOUND) return -EBADMSG;
    Checkpoint found;
    if (text_parse(text, log_id, &found) < 0 || !is_printed_text(text, &found)) return -EBADMSG;
    Slice lines = slice_first(rest, end);
    bool holds = false;
    for (size_t i = 0; i < NOTE_SIGNATURES_MAX && !holds && slice_cut(&lines, '\n', &line); i++) {
        for (size_t k = 0; k < key_count && !holds; k++) {
            holds = is_signed(text, line, log_id, &keys[k]);
        }
    }
    if (!holds) return -EBADMSG;
    *bytes = slice_skip(*bytes, blank + 2 + end + 2);
    *ret = found;
    return 0;
}

void public_key_text_add(Buf *buf, const LogId *log_id, const PublicKey *key)
{
    uint8_t id[4], typed[33] = {0x01};
    key_id(log_id, key, id);
    memcpy(typed + 1, key->bytes, 32);
    add_origin(buf, log_id);
    buf_add_format(buf, "+%02x%02x%02x%02x+", id[0], id[1], id[2], id[3]);
    base64_add(buf, typed, sizeof typed);
    buf_add_char(buf, '\n');
}
