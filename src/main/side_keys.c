/* See side_keys.h. */
#include "main/side_keys.h"

#include "base/time_text.h"
#include "store/crypt/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define NONCE_BYTES 24

static Slice key_slice(const Secret *key)
{
    return slice_of(secret_read(key), secret_len(key));
}

static int seal_piece(void *context, Slice bound, Slice plain, Buf *to)
{
    const SideKeys *keys = context;
    uint8_t nonce[NONCE_BYTES];
    int r = os_real.random(os_real.state, nonce, sizeof nonce);
    if (r < 0) return r;
    char *room = buf_reserve(to, sizeof nonce + plain.len + CRYPT_TAG_BYTES);
    if (!room) return buf_error(to);
    memcpy(room, nonce, sizeof nonce);
    r = crypt_xaes_seal(secret_read(keys->seal), nonce, bound, plain,
                        (uint8_t *)room + sizeof nonce);
    if (r < 0) return r;
    to->len += sizeof nonce + plain.len + CRYPT_TAG_BYTES;
    return 0;
}

static int open_piece(void *context, Slice bound, Slice sealed, Buf *to)
{
    const SideKeys *keys = context;
    if (sealed.len < NONCE_BYTES + CRYPT_TAG_BYTES) return -EBADMSG;
    char *room = buf_reserve(to, sealed.len);
    if (!room) return buf_error(to);
    int r = crypt_xaes_open(secret_read(keys->seal), (const uint8_t *)sealed.ptr, bound,
                            slice_skip(sealed, NONCE_BYTES), (uint8_t *)room);
    if (r < 0) return r;
    to->len += sealed.len - NONCE_BYTES - CRYPT_TAG_BYTES;
    return 0;
}

static int tag_piece(void *context, Slice text, uint8_t ret[ALERT_TAG_BYTES])
{
    const SideKeys *keys = context;
    Digest digest = crypt_hmac(key_slice(keys->tag), text);
    memcpy(ret, digest.bytes, ALERT_TAG_BYTES);
    return 0;
}

static Secret *derive(const Secret *kek, const char *label)
{
    Secret *key = secret_new(sizeof(Digest));
    if (!key) return NULL;
    Digest digest = crypt_hmac(key_slice(kek), slice_from_cstr(label));
    memcpy(secret_bytes(key), digest.bytes, sizeof digest.bytes);
    explicit_bzero(&digest, sizeof digest);
    return key;
}

/* --- the file --------------------------------------------------------------------------------- */

/* A line each: the magic; then the master under one KEK, in hexadecimal. */
static const Slice MAGIC = SLICE_INIT("akashi side key 1\n");

#define KEY_FILE "side.key"
#define KEY_FILE_BYTES_MAX 1024
#define MASTER_BYTES 32
#define WRAP_BYTES (NONCE_BYTES + MASTER_BYTES + CRYPT_TAG_BYTES)
#define LOCK_TRIES 100
#define LOCK_WAIT_NS (50 * NS_PER_MS)

typedef struct KeyPath {
    char text[4352];
} KeyPath;

static KeyPath path_of(const char *folder, const char *name)
{
    KeyPath path;
    int len = snprintf(path.text, sizeof path.text, "%s/%s", folder, name);
    if (len >= (int)sizeof path.text) path.text[0] = '\0';
    return path;
}

static int wrap(const Os *os, const Secret *kek, const Secret *master, Buf *to)
{
    CLEANUP(secret_done) Secret *key = derive(kek, "akashi side wrap 1");
    uint8_t wrapped[WRAP_BYTES];
    if (!key) return -ENOMEM;
    int r = os->random(os->state, wrapped, NONCE_BYTES);
    if (r >= 0)
        r = crypt_xaes_seal(secret_read(key), wrapped, MAGIC, key_slice(master),
                            wrapped + NONCE_BYTES);
    for (size_t i = 0; r >= 0 && i < sizeof wrapped; i++)
        buf_add_format(to, "%02x", wrapped[i]);
    buf_add_char(to, '\n');
    return r < 0 ? r : buf_error(to);
}

static bool take_hex(Slice line, uint8_t ret[WRAP_BYTES])
{
    if (line.len != 2 * (size_t)WRAP_BYTES) return false;
    for (size_t i = 0; i < WRAP_BYTES; i++) {
        char digits[3] = {line.ptr[2 * i], line.ptr[2 * i + 1], '\0'}, *end;
        ret[i] = (uint8_t)strtoul(digits, &end, 16);
        if (end != digits + 2) return false;
    }
    return true;
}

/* 0: *ret is the master; -ENOKEY: none of the lines opens with this KEK. */
static int unwrap(Slice text, const Secret *kek, Secret **ret)
{
    CLEANUP(secret_done) Secret *key = derive(kek, "akashi side wrap 1");
    Secret *master = secret_new(MASTER_BYTES);
    Slice line;
    int r = !key || !master ? -ENOMEM : slice_starts(text, MAGIC) ? -ENOKEY : -EBADMSG;
    text = slice_skip(text, MAGIC.len);
    while (r == -ENOKEY && slice_cut(&text, '\n', &line)) {
        uint8_t wrapped[WRAP_BYTES];
        if (!take_hex(line, wrapped)) continue;
        Slice sealed = slice_of(wrapped + NONCE_BYTES, sizeof wrapped - NONCE_BYTES);
        r = crypt_xaes_open(secret_read(key), wrapped, MAGIC, sealed, secret_bytes(master));
        if (r == -EBADMSG) r = -ENOKEY;
    }
    if (r < 0)
        secret_free(master);
    else
        *ret = master;
    return r < 0 ? r : 0;
}

static int read_master(const Os *os, const char *folder, const Secret *kek, Secret **ret)
{
    CLEANUP(arena_done) Arena arena = {0};
    KeyPath path = path_of(folder, KEY_FILE);
    Slice text;
    int r = os_read_file(os, path.text, KEY_FILE_BYTES_MAX, &arena, &text);
    return r < 0 ? r : unwrap(text, kek, ret);
}

/* Beside, synced, then by its name: it is the old one or the new one. */
static int write_file(const Os *os, const char *folder, Slice text)
{
    KeyPath path = path_of(folder, KEY_FILE), passing = path_of(folder, KEY_FILE ".new");
    int fd = os->open(os->state, passing.text, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) return fd;
    int r = os_write_full(os, fd, text.ptr, text.len);
    if (r >= 0) r = os->sync_data(os->state, fd);
    os->close(os->state, fd);
    if (r >= 0) r = os->rename(os->state, passing.text, path.text);
    if (r >= 0) r = os->sync_folder(os->state, folder);
    return r < 0 ? r : 0;
}

static int write_master(const Os *os, const char *folder, const Secret *master, const Secret *kek,
                        const Secret *and)
{
    CLEANUP(buf_done) Buf text = {0};
    buf_add_slice(&text, MAGIC);
    int r = wrap(os, kek, master, &text);
    if (r == 0 && and) r = wrap(os, and, master, &text);
    return r < 0 ? r : write_file(os, folder, buf_slice(&text));
}

/* Two processes may start on a new folder at once: one makes it, the other waits and reads. */
static int lock_folder(const Os *os, const char *folder, OsFd *ret)
{
    KeyPath path = path_of(folder, KEY_FILE ".lock");
    int fd = os->open(os->state, path.text, O_RDWR | O_CREAT, 0600);
    if (fd < 0) return fd;
    *ret = (OsFd){os, fd};
    int r = os->lock(os->state, fd);
    for (int i = 0; r == -EWOULDBLOCK && i < LOCK_TRIES; i++) {
        os->sleep_ns(os->state, LOCK_WAIT_NS);
        r = os->lock(os->state, fd);
    }
    return r < 0 ? r : 0;
}

static int make_master(const Os *os, const char *folder, const Secret *kek, Secret **ret)
{
    CLEANUP(os_fd_done) OsFd lock = {os, -1};
    int r = os_make_folders(os, folder);
    if (r == 0) r = lock_folder(os, folder, &lock);
    if (r == 0) r = read_master(os, folder, kek, ret);
    if (r != -ENOENT) return r;
    Secret *master = secret_new(MASTER_BYTES);
    if (!master) return -ENOMEM;
    r = os->random(os->state, secret_bytes(master), MASTER_BYTES);
    if (r >= 0) r = write_master(os, folder, master, kek, NULL);
    if (r < 0)
        secret_free(master);
    else
        *ret = master;
    return r < 0 ? r : 0;
}

int side_keys_rewrap(const Os *os, const char *folder, const Secret *kek, const Secret *and)
{
    CLEANUP(secret_done) Secret *master = NULL;
    int r = read_master(os, folder, kek, &master);
    if (r < 0) return r == -ENOENT ? 0 : r;
    return write_master(os, folder, master, kek, and);
}

/* --- the keys --------------------------------------------------------------------------------- */

static const struct {
    const char *seal, *tag;
} labels[] = {
    [SIDE_ALERTS] = {"akashi alerts seal 1", "akashi alerts tag 1"},
    [SIDE_ACCOUNTS] = {"akashi accounts seal 1", "akashi accounts tag 1"},
};

int side_keys_open(const Os *os, const char *folder, const Secret *kek, SideUse use, SideKeys *ret)
{
    CLEANUP(secret_done) Secret *master = NULL;
    int r = read_master(os, folder, kek, &master);
    if (r == -ENOENT) r = make_master(os, folder, kek, &master);
    if (r < 0) return r;
    SideKeys keys = {.seal = derive(master, labels[use].seal),
                     .tag = derive(master, labels[use].tag)};
    if (!keys.seal || !keys.tag) {
        side_keys_done(&keys);
        return -ENOMEM;
    }
    *ret = keys;
    return 0;
}

void side_keys_done(SideKeys *keys)
{
    secret_free(keys->seal);
    secret_free(keys->tag);
    *keys = (SideKeys){0};
}

AlertCipher side_keys_alerts(const SideKeys *keys)
{
    return (AlertCipher){
        .context = (void *)keys, .seal = seal_piece, .open = open_piece, .tag = tag_piece};
}

AccountCipher side_keys_accounts(const SideKeys *keys)
{
    return (AccountCipher){.context = (void *)keys, .seal = seal_piece, .open = open_piece};
}
