/* See crypt.h: keys under keys.
 *
 * A wrapped key: `AKK` 0x01 | id of the KEK 8 | nonce 24 | key and tag 48 | commitment 32. */
#include "store/crypt/crypt_int.h"

#include "base/check.h"

#include <errno.h>
#include <openssl/crypto.h>

enum {
    AT_KEK_ID = 4,
    AT_NONCE = 12,
    AT_KEY = 36,
    AT_COMMITMENT = 84,
};
_Static_assert(AT_COMMITMENT + 32 == CRYPT_WRAPPED_BYTES, "the layout above");

static const char wrapped_magic[4] = {'A', 'K', 'K', 1};

/* The subkey of XAES-256-GCM (c2sp.org/XAES-256-GCM): the KDF of NIST SP 800-108r1 over
 * CMAC-AES256, whose inputs are single blocks, so three AES calls are all of it. */
static int xaes_subkey(const uint8_t key[32], const uint8_t nonce[24], uint8_t ret[32])
{
    uint8_t blocks[32] = {0}, mask[16] = {0};
    int done = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context) return -ENOMEM;
    bool good = EVP_EncryptInit_ex(context, EVP_aes_256_ecb(), NULL, key, NULL) == 1 &&
                EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
                EVP_EncryptUpdate(context, mask, &done, blocks, 16) == 1;
    uint8_t carry = mask[0] >> 7;
    for (size_t i = 0; i < 16; i++) {
        mask[i] = (uint8_t)(mask[i] << 1 | (i < 15 ? mask[i + 1] >> 7 : 0));
    }
    if (carry) mask[15] ^= 0x87;
    for (size_t i = 0; i < 2; i++) {
        uint8_t *block = blocks + 16 * i;
        block[1] = (uint8_t)(i + 1);
        block[2] = 'X';
        memcpy(block + 4, nonce, 12);
        for (size_t j = 0; j < 16; j++) {
            block[j] ^= mask[j];
        }
    }
    good = good && EVP_EncryptUpdate(context, ret, &done, blocks, 32) == 1;
    EVP_CIPHER_CTX_free(context);
    explicit_bzero(mask, sizeof mask);
    return good ? 0 : -EIO;
}

static int xaes_run(const uint8_t key[32], const uint8_t nonce[24], Slice associated, Slice from,
                    uint8_t *to, bool is_seal)
{
    uint8_t subkey[32];
    int r = xaes_subkey(key, nonce, subkey);
    if (r < 0) return r;
    EVP_CIPHER_CTX *context = gcm_new(subkey, is_seal);
    explicit_bzero(subkey, sizeof subkey);
    if (!context) return -ENOMEM;
    r = is_seal ? gcm_seal(context, nonce + 12, associated, from, to)
                : gcm_open(context, nonce + 12, associated, from, to);
    EVP_CIPHER_CTX_free(context);
    return r;
}

int crypt_xaes_seal(const uint8_t key[32], const uint8_t nonce[24], Slice associated, Slice plain,
                    uint8_t *to)
{
    return xaes_run(key, nonce, associated, plain, to, true);
}

int crypt_xaes_open(const uint8_t key[32], const uint8_t nonce[24], Slice associated, Slice sealed,
                    uint8_t *to)
{
    return xaes_run(key, nonce, associated, sealed, to, false);
}

static void kek_id(const Secret *kek, uint8_t ret[8])
{
    Digest digest =
        crypt_hmac(slice_of(secret_read(kek), secret_len(kek)), SLICE("akashi kek id 1"));
    memcpy(ret, digest.bytes, 8);
}

/* Associated data: the head with the KEK's id, whose key it is, and what it must turn out to be. */
typedef struct WrapBound {
    uint8_t bytes[12 + 16 + 8 + 32];
} WrapBound;

static WrapBound wrap_bound(const WrappedKey *wrapped, const SegmentName *name)
{
    WrapBound bound;
    memcpy(bound.bytes, wrapped->bytes, 12);
    memcpy(bound.bytes + 12, name->log_id, 16);
    memcpy(bound.bytes + 28, &name->number, 8);
    memcpy(bound.bytes + 36, wrapped->bytes + AT_COMMITMENT, 32);
    return bound;
}

int crypt_wrap(const Os *os, const SegmentKey *key, const Secret *kek, WrappedKey *ret)
{
    CHECK(secret_len(kek) == KEK_BYTES);
    WrappedKey wrapped;
    memcpy(wrapped.bytes, wrapped_magic, sizeof wrapped_magic);
    kek_id(kek, wrapped.bytes + AT_KEK_ID);
    memcpy(wrapped.bytes + AT_COMMITMENT, key->commitment.bytes, 32);
    int r = os->random(os->state, wrapped.bytes + AT_NONCE, 24);
    if (r < 0) return r;
    WrapBound bound = wrap_bound(&wrapped, &key->name);
    r = crypt_xaes_seal(secret_read(kek), wrapped.bytes + AT_NONCE, slice_of(&bound, sizeof bound),
                        slice_of(secret_read(key->master), 32), wrapped.bytes + AT_KEY);
    if (r < 0) return r;
    *ret = wrapped;
    return 0;
}

int crypt_unwrap(const WrappedKey *wrapped, const SegmentName *name, const Secret *kek,
                 SegmentKey **ret)
{
    CHECK(secret_len(kek) == KEK_BYTES);
    uint8_t id[8];
    if (memcmp(wrapped->bytes, wrapped_magic, 3) != 0) return -EBADMSG;
    if (wrapped->bytes[3] != wrapped_magic[3]) return -EPROTO;
    kek_id(kek, id);
    if (memcmp(wrapped->bytes + AT_KEK_ID, id, sizeof id) != 0) return -ENOKEY;
    Secret *master = secret_new(32);
    if (!master) return -ENOMEM;
    WrapBound bound = wrap_bound(wrapped, name);
    int r =
        crypt_xaes_open(secret_read(kek), wrapped->bytes + AT_NONCE, slice_of(&bound, sizeof bound),
                        slice_of(wrapped->bytes + AT_KEY, 48), secret_bytes(master));
    if (r < 0) {
        secret_free(master);
        return r;
    }
    SegmentKey *key;
    r = segment_key_make(name, master, false, &key);
    if (r < 0) return r;
    if (CRYPTO_memcmp(key->commitment.bytes, wrapped->bytes + AT_COMMITMENT, 32) != 0) {
        crypt_segment_free(key);
        return -EBADMSG;
    }
    *ret = key;
    return 0;
}

int crypt_rewrap(const Os *os, const WrappedKey *wrapped, const SegmentName *name,
                 const Secret *old_kek, const Secret *new_kek, WrappedKey *ret)
{
    SegmentKey *key;
    int r = crypt_unwrap(wrapped, name, old_kek, &key);
    if (r < 0) return r;
    r = crypt_wrap(os, key, new_kek, ret);
    crypt_segment_free(key);
    return r;
}

int crypt_wrapped_erase(const Os *os, int fd, uint64_t offset)
{
    static const uint8_t zeros[CRYPT_WRAPPED_BYTES];
    int r = os_pwrite_full(os, fd, zeros, sizeof zeros, offset);
    if (r == 0) r = os->sync_data(os->state, fd);
    return r < 0 ? r : 0;
}

int crypt_secret_seal(const Os *os, const Secret *kek, Slice bound, const Secret *secret,
                      uint8_t *to)
{
    int r = os->random(os->state, to, 24);
    if (r < 0) return r;
    return crypt_xaes_seal(secret_read(kek), to, bound,
                           slice_of(secret_read(secret), secret_len(secret)), to + 24);
}

int crypt_secret_open(const Secret *kek, Slice bound, Slice sealed, Secret **ret)
{
    if (sealed.len <= CRYPT_SEALED_EXTRA_BYTES) return -EBADMSG;
    Secret *secret = secret_new(sealed.len - CRYPT_SEALED_EXTRA_BYTES);
    if (!secret) return -ENOMEM;
    int r = crypt_xaes_open(secret_read(kek), (const uint8_t *)sealed.ptr, bound,
                            slice_skip(sealed, 24), secret_bytes(secret));
    if (r < 0) {
        secret_free(secret);
        return r;
    }
    *ret = secret;
    return 0;
}
