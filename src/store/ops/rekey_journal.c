/* See rekey_journal.h. `AKREKEY` 1 | HMAC under the old key 32 | under the new key 32 | pieces.
 * A piece: kind 1 | length of the name 1 | name | offset 8 | length 4 | bytes. */
#include "store/ops/rekey_journal.h"

#include "base/number.h"
#include "store/crypt/crypt.h"
#include "store/ops/backup_list.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>

enum { KIND_PLACE = 1, KIND_FILE = 2, HEAD_BYTES = 8 + 32 + 32, PIECE_HEAD_BYTES = 14 };
#define MAGIC SLICE("AKREKEY\x01")

static void add_piece(Buf *body, int kind, const char *name, uint64_t offset, Slice bytes)
{
    size_t len = strlen(name);
    buf_add_char(body, (char)kind);
    buf_add_char(body, (char)len);
    buf_add_le64(body, offset);
    buf_add_le32(body, (uint32_t)bytes.len);
    buf_add(body, name, len);
    buf_add_slice(body, bytes);
}

void rekey_add_place(Buf *body, const char *name, uint64_t offset, Slice bytes)
{
    add_piece(body, KIND_PLACE, name, offset, bytes);
}

void rekey_add_file(Buf *body, const char *name, Slice bytes)
{
    add_piece(body, KIND_FILE, name, 0, bytes);
}

static Digest tag_of(const Secret *kek, Slice body)
{
    Slice bytes = slice_of(secret_read(kek), secret_len(kek));
    Digest key = crypt_hmac(bytes, SLICE("akashi rekey"));
    Digest tag = crypt_hmac(slice_of(key.bytes, sizeof key.bytes), body);
    explicit_bzero(&key, sizeof key);
    return tag;
}

/* ---- reading it */

/* -ENOENT: there is none, or it is nobody's. */
static int read_journal(const StoreFolder *folder, Arena *arena, Slice *ret_body, bool *ret_is_new)
{
    StorePath path = store_path(folder, "REKEY");
    Slice text;
    int r = os_read_file(folder->os, path.text, REKEY_BYTES_MAX, arena, &text);
    if (r == -EFBIG) return -ENOENT;
    if (r < 0) return r;
    if (text.len < HEAD_BYTES || !slice_starts(text, MAGIC)) return -ENOENT;
    Slice body = slice_skip(text, HEAD_BYTES);
    Digest tag = tag_of(folder->kek, body);
    *ret_is_new = CRYPTO_memcmp(text.ptr + 40, &tag, sizeof tag) == 0;
    if (!*ret_is_new && CRYPTO_memcmp(text.ptr + 8, &tag, sizeof tag) != 0) return -ENOENT;
    *ret_body = body;
    return 0;
}

int store_rekey_look(const StoreFolder *folder, Complaint *complaint)
{
    CLEANUP(arena_done) Arena arena = arena_make(2 * REKEY_BYTES_MAX);
    StorePath path = store_path(folder, "REKEY");
    FileInfo info;
    Slice body;
    bool is_new = false;
    int r = folder->os->info(folder->os->state, path.text, &info);
    if (r == 0) r = read_journal(folder, &arena, &body, &is_new);
    if (r == -ENOENT || r == -ENOTDIR) return 0;
    if (r < 0) return r;
    if (!is_new) {
        complaint_say(complaint, "store.old_key",
                      "%s was given a new key. Use that one: settings store.key_file and "
                      "store.passphrase_file. Nothing was changed.",
                      "%s の鍵は新しいものに替わっています。設定 store.key_file か "
                      "store.passphrase_file で新しい鍵を指定してください。何も変更していません。",
                      folder->path);
        return -ENOKEY;
    }
    complaint_say(
        complaint, "store.rekeying",
        "the change of key of %s was cut off. Run akashi serve or akashi import once: it "
        "is then finished.",
        "%s の鍵の交換が途中で切れています。akashi serve か akashi import を一度実行すると"
        "完了します。",
        folder->path);
    return -EBUSY;
}

/* ---- making it */

int rekey_commit(const StoreFolder *folder, const Secret *new_kek, const Buf *body)
{
    const Os *os = folder->os;
    StorePath temporary = store_path(folder, "REKEY.tmp"), final = store_path(folder, "REKEY");
    CLEANUP(buf_done) Buf head = buf_make(HEAD_BYTES);
    Digest old_tag = tag_of(folder->kek, buf_slice(body));
    Digest new_tag = tag_of(new_kek, buf_slice(body));
    buf_add_slice(&head, MAGIC);
    buf_add(&head, old_tag.bytes, sizeof old_tag.bytes);
    buf_add(&head, new_tag.bytes, sizeof new_tag.bytes);
    if (buf_error(&head)) return buf_error(&head);
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, temporary.text, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, head.ptr, head.len);
    if (r == 0) r = os_write_full(os, file.fd, body->ptr, body->len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    if (r == 0) r = os->rename(os->state, temporary.text, final.text);
    if (r < 0) {
        os->unlink(os->state, temporary.text);
        return r;
    }
    return os->sync_folder(os->state, folder->path);
}

/* ---- putting the pieces in their places */

typedef struct Piece {
    uint8_t kind;
    char name[BACKUP_NAME_BYTES_MAX];
    uint64_t offset;
    Slice bytes;
} Piece;

static bool take_piece(Slice *body, Piece *ret)
{
    if (body->len < PIECE_HEAD_BYTES) return false;
    size_t name_len = (uint8_t)body->ptr[1], len = read_le32(body->ptr + 10);
    Slice rest = slice_skip(*body, PIECE_HEAD_BYTES), name = slice_first(rest, name_len);
    rest = slice_skip(rest, name_len);
    if (rest.len < len || name.len < name_len || !backup_name_is_good(name)) return false;
    *ret = (Piece){.kind = (uint8_t)body->ptr[0],
                   .offset = read_le64(body->ptr + 2),
                   .bytes = slice_first(rest, len)};
    memcpy(ret->name, name.ptr, name.len);
    *body = slice_skip(rest, len);
    return true;
}

static int put_place(const StoreFolder *folder, const Piece *piece)
{
    const Os *os = folder->os;
    char path[STORE_PATH_MAX + BACKUP_NAME_BYTES_MAX + 2];
    snprintf(path, sizeof path, "%s/%s", folder->path, piece->name);
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path, O_WRONLY, 0)};
    if (file.fd < 0) return file.fd == -ENOENT ? 0 : file.fd;
    int r = os_pwrite_full(os, file.fd, piece->bytes.ptr, piece->bytes.len, piece->offset);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    return r < 0 ? r : 0;
}

/* Zeros over the bytes of a file that has lost its name: what was sealed there under the old key
 * must not wait on the medium (P3 of checkpoint.h). */
static int wipe(const Os *os, int fd)
{
    static const char zeros[4096];
    FileInfo info;
    int r = os->info_fd(os->state, fd, &info);
    for (uint64_t at = 0; r == 0 && at < info.bytes; at += sizeof zeros) {
        uint64_t left = info.bytes - at;
        r = os_pwrite_full(os, fd, zeros, left < sizeof zeros ? (size_t)left : sizeof zeros, at);
    }
    if (r == 0) r = os->sync_data(os->state, fd);
    return r < 0 ? r : 0;
}

static int put_file(const StoreFolder *folder, const Piece *piece)
{
    const Os *os = folder->os;
    char path[STORE_PATH_MAX + BACKUP_NAME_BYTES_MAX + 2], passing[sizeof path + 8],
        above[sizeof path];
    snprintf(path, sizeof path, "%s/%s", folder->path, piece->name);
    snprintf(passing, sizeof passing, "%s.tmp", path);
    snprintf(above, sizeof above, "%s", path);
    *strrchr(above, '/') = '\0';
    CLEANUP(os_fd_done) OsFd old = {os, os->open(os->state, path, O_WRONLY, 0)};
    if (old.fd < 0 && old.fd != -ENOENT) return old.fd;
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, passing, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, piece->bytes.ptr, piece->bytes.len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    if (r == 0) r = os->rename(os->state, passing, path);
    if (r >= 0) r = os->sync_folder(os->state, above);
    if (r >= 0 && old.fd >= 0) r = wipe(os, old.fd);
    return r < 0 ? r : 0;
}

static int put_all(const StoreFolder *folder, Slice body)
{
    int r = 0;
    while (body.len && r == 0) {
        Piece piece;
        if (!take_piece(&body, &piece)) return -EBADMSG;
        r = piece.kind == KIND_PLACE ? put_place(folder, &piece) : put_file(folder, &piece);
    }
    return r;
}

/* It is no journal any more from the rename on; the zeros and the removal are tidiness. */
static int put_away(const StoreFolder *folder)
{
    const Os *os = folder->os;
    StorePath path = store_path(folder, "REKEY"), done = store_path(folder, "REKEY.done");
    int r = os->rename(os->state, path.text, done.text);
    if (r >= 0) r = os->sync_folder(os->state, folder->path);
    if (r < 0) return r;
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, done.text, O_WRONLY, 0)};
    if (file.fd >= 0 && wipe(os, file.fd) == 0) os->unlink(os->state, done.text);
    return 0;
}

int rekey_finish(const StoreFolder *folder)
{
    CLEANUP(arena_done) Arena arena = arena_make(2 * REKEY_BYTES_MAX);
    Slice body;
    bool is_new = false;
    int r = read_journal(folder, &arena, &body, &is_new);
    if (r == -ENOENT) return 0;
    if (r == 0 && !is_new) r = -ENOKEY;
    if (r == 0) r = put_all(folder, body);
    return r < 0 ? r : put_away(folder);
}
