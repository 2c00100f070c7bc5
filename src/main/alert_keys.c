/* See alert_keys.h. */
#include "main/alert_keys.h"

#include "os/os.h"
#include "store/crypt/crypt.h"

#include <errno.h>
#include <string.h>

#define NONCE_BYTES 24

static Slice key_slice(const Secret *key)
{
    return slice_of(secret_read(key), secret_len(key));
}

static int seal_piece(void *context, Slice bound, Slice plain, Buf *to)
{
    const AlertKeys *keys = context;
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
    const AlertKeys *keys = context;
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
    const AlertKeys *keys = context;
    Digest digest = crypt_hmac(key_slice(keys->tag), text);
    memcpy(ret, digest.bytes, ALERT_TAG_BYTES);
    return 0;
}

static Secret *derive(const Secret *kek, Slice label)
{
    Secret *key = secret_new(sizeof(Digest));
    if (!key) return NULL;
    Digest digest = crypt_hmac(key_slice(kek), label);
    memcpy(secret_bytes(key), digest.bytes, sizeof digest.bytes);
    explicit_bzero(&digest, sizeof digest);
    return key;
}

int alert_keys_make(const Secret *kek, AlertKeys *ret)
{
    ret->seal = derive(kek, SLICE("akashi alerts seal 1"));
    ret->tag = derive(kek, SLICE("akashi alerts tag 1"));
    if (!ret->seal || !ret->tag) {
        alert_keys_done(ret);
        return -ENOMEM;
    }
    ret->cipher =
        (AlertCipher){.context = ret, .seal = seal_piece, .open = open_piece, .tag = tag_piece};
    return 0;
}

void alert_keys_done(AlertKeys *keys)
{
    secret_free(keys->seal);
    secret_free(keys->tag);
    *keys = (AlertKeys){0};
}
