/* See chain_int.h: the chain's three files.
 *
 * epoch.key: `AKS` 0x01 | first public key 32 | epoch 8 | flags 1 | sealed key 72 | sealed key 72
 * if flags say so. A key is sealed (crypt.h) with all before it and its place as associated data.
 */
#include "store/proof/chain_int.h"

#include "base/check.h"
#include "store/crypt/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define SEALED_BYTES (32 + CRYPT_SEALED_EXTRA_BYTES)
#define KEYS_HEAD_BYTES (4 + 32 + 8 + 1)
#define KEYS_BYTES_MAX (KEYS_HEAD_BYTES + 2 * SEALED_BYTES)
#define FLAG_NEXT 1
#define FLAG_BEGUN 2
#define WALK_BYTES ((size_t)256 << 10)

int chain_path(const Chain *chain, const char *name, char *to, size_t room)
{
    int len = snprintf(to, room, "%s/%s", chain->folder, name);
    return len < 0 || (size_t)len >= room ? -ENAMETOOLONG : 0;
}

int chain_file_append(Chain *chain, int fd, uint64_t *bytes, Slice what)
{
    int r = os_pwrite_full(chain->os, fd, what.ptr, what.len, *bytes);
    if (r == 0) r = chain->os->sync_data(chain->os->state, fd);
    if (r < 0) {
        chain->failed = r;
        return r;
    }
    *bytes += what.len;
    return 0;
}

void epoch_keys_done(EpochKeys *keys)
{
    secret_free(keys->current);
    secret_free(keys->next);
    *keys = (EpochKeys){0};
}

typedef struct KeyBound {
    char bytes[KEYS_HEAD_BYTES + 1];
} KeyBound;

static KeyBound key_bound(const char *head, char place)
{
    KeyBound bound;
    memcpy(bound.bytes, head, KEYS_HEAD_BYTES);
    bound.bytes[KEYS_HEAD_BYTES] = place;
    return bound;
}

static int keys_print(const Chain *chain, const Secret *kek, char *to, size_t *ret_bytes)
{
    const EpochKeys *keys = &chain->secret;
    memcpy(to, "AKS\x01", 4);
    memcpy(to + 4, chain->first_key.bytes, 32);
    memcpy(to + 36, &keys->epoch, 8);
    to[44] = (char)((keys->next ? FLAG_NEXT : 0) | (keys->is_begun ? FLAG_BEGUN : 0));
    size_t at = KEYS_HEAD_BYTES;
    for (char place = 0; place <= (to[44] & FLAG_NEXT); place++, at += SEALED_BYTES) {
        KeyBound bound = key_bound(to, place);
        int r = crypt_secret_seal(chain->os, kek, slice_of(&bound, sizeof bound),
                                  place ? keys->next : keys->current, (uint8_t *)to + at);
        if (r < 0) return r;
    }
    *ret_bytes = at;
    return 0;
}

int chain_keys_print(const Chain *chain, const Secret *kek, Buf *to)
{
    char text[KEYS_BYTES_MAX];
    size_t bytes;
    int r = keys_print(chain, kek, text, &bytes);
    if (r < 0) return r;
    buf_add(to, text, bytes);
    return buf_error(to);
}

/* The old file's bytes are overwritten once its name is durably another's: the key that they seal
 * must not wait on the medium for somebody who gets the KEK later (P3). */
static int wipe_old(const Os *os, int fd)
{
    static const char zeros[KEYS_BYTES_MAX];
    if (fd < 0) return 0;
    int r = os_pwrite_full(os, fd, zeros, sizeof zeros, 0);
    return r < 0 ? r : os->sync_data(os->state, fd);
}

int epoch_keys_write(Chain *chain, const Secret *kek)
{
    const Os *os = chain->os;
    char text[KEYS_BYTES_MAX], path[4096], passing[4096];
    size_t bytes;
    int r = keys_print(chain, kek, text, &bytes);
    if (r == 0) r = chain_path(chain, "epoch.key", path, sizeof path);
    if (r == 0) r = chain_path(chain, "epoch.key.new", passing, sizeof passing);
    if (r < 0) return r;
    CLEANUP(os_fd_done) OsFd old = {os, os->open(os->state, path, O_WRONLY, 0)};
    if (old.fd < 0 && old.fd != -ENOENT) return old.fd;
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, passing, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    r = os_write_full(os, file.fd, text, bytes);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    if (r == 0) r = os->rename(os->state, passing, path);
    if (r == 0) r = os->sync_folder(os->state, chain->folder);
    if (r >= 0) r = wipe_old(os, old.fd);
    return r < 0 ? r : 0;
}

static int keys_parse(Chain *chain, const Secret *kek, Slice text)
{
    if (text.len < KEYS_HEAD_BYTES || memcmp(text.ptr, "AKS", 3) != 0) return -EBADMSG;
    if (text.ptr[3] != 1) return -EPROTO;
    char flags = text.ptr[44], places = flags & FLAG_NEXT;
    if (flags & ~(FLAG_NEXT | FLAG_BEGUN)) return -EBADMSG;
    if (text.len != KEYS_HEAD_BYTES + SEALED_BYTES * (size_t)(places + 1)) return -EBADMSG;
    EpochKeys keys = {.is_begun = flags & FLAG_BEGUN};
    memcpy(&keys.epoch, text.ptr + 36, 8);
    for (char place = 0; place <= places; place++) {
        KeyBound bound = key_bound(text.ptr, place);
        Slice sealed =
            slice_of(text.ptr + KEYS_HEAD_BYTES + SEALED_BYTES * (size_t)place, SEALED_BYTES);
        int r = crypt_secret_open(kek, slice_of(&bound, sizeof bound), sealed,
                                  place ? &keys.next : &keys.current);
        if (r < 0) {
            epoch_keys_done(&keys);
            return r == -EBADMSG ? -ENOKEY : r;
        }
    }
    memcpy(chain->first_key.bytes, text.ptr + 4, 32);
    chain->secret = keys;
    return 0;
}

int epoch_keys_read(Chain *chain, const Secret *kek)
{
    const Os *os = chain->os;
    char path[4096], text[KEYS_BYTES_MAX + 1];
    int r = chain_path(chain, "epoch.key.new", path, sizeof path);
    if (r < 0) return r;
    r = os->unlink(os->state, path); /* a write that did not come to its end */
    if (r < 0 && r != -ENOENT) return r;
    r = chain_path(chain, "epoch.key", path, sizeof path);
    if (r < 0) return r;
    CLEANUP(os_fd_done) OsFd file = {os, os->open(os->state, path, O_RDONLY, 0)};
    if (file.fd < 0) return file.fd;
    ssize_t got = os_read_full(os, file.fd, text, sizeof text);
    return got < 0 ? (int)got : keys_parse(chain, kek, slice_of(text, (size_t)got));
}

/* The frames that lie whole in the window. Returns 0, or what the sink said. */
static int walk_window(Slice *window, EntrySink sink, void *context, bool *ret_is_end)
{
    Slice body;
    Digest leaf;
    while (frame_take(window, &body, &leaf) == 0) {
        ChainEntry entry;
        int r = chain_entry_parse(body, &entry);
        if (r == 0) r = sink(context, &entry, body, &leaf);
        if (r < 0) return r;
    }
    *ret_is_end = window->len >= FRAME_HEAD_BYTES + ENTRY_BYTES_MAX;
    return 0;
}

int chain_walk(Chain *chain, EntrySink sink, void *context, uint64_t *ret_good_bytes)
{
    uint64_t at = 0;
    bool is_end = false;
    char *bytes = malloc(WALK_BYTES);
    if (!bytes) return -ENOMEM;
    int r = 0;
    while (!is_end && r == 0) {
        ssize_t got = os_pread_full(chain->os, chain->log_fd, bytes, WALK_BYTES, at);
        if (got < 0) {
            r = (int)got;
            break;
        }
        Slice window = slice_of(bytes, (size_t)got);
        r = walk_window(&window, sink, context, &is_end);
        if (r == 0) at += (size_t)got - window.len;
        if ((size_t)got < WALK_BYTES) is_end = true;
    }
    free(bytes);
    if (r == 0) *ret_good_bytes = at;
    return r;
}
