/* See crypt.h: segment keys, blocks, blinds. */
#include "store/crypt/crypt_int.h"

#include <errno.h>
#include <stdlib.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* mid-states need the plain SHA-256 */

void hmac_key_init(HmacKey *key, Slice bytes)
{
    uint8_t pad[SHA256_CBLOCK] = {0};
    if (bytes.len > sizeof pad) {
        Digest digest = digest_sha256(&bytes, 1);
        memcpy(pad, digest.bytes, sizeof digest.bytes);
    } else if (bytes.len) {
        memcpy(pad, bytes.ptr, bytes.len);
    }
    for (size_t i = 0; i < sizeof pad; i++) {
        pad[i] ^= 0x36;
    }
    SHA256_Init(&key->inner);
    SHA256_Update(&key->inner, pad, sizeof pad);
    for (size_t i = 0; i < sizeof pad; i++) {
        pad[i] ^= 0x36 ^ 0x5c;
    }
    SHA256_Init(&key->outer);
    SHA256_Update(&key->outer, pad, sizeof pad);
    explicit_bzero(pad, sizeof pad);
}

Digest hmac_with(const HmacKey *key, Slice message)
{
    Digest digest;
    SHA256_CTX state = key->inner;
    SHA256_Update(&state, message.ptr, message.len);
    SHA256_Final(digest.bytes, &state);
    state = key->outer;
    SHA256_Update(&state, digest.bytes, sizeof digest.bytes);
    SHA256_Final(digest.bytes, &state);
    return digest;
}

Digest crypt_hmac(Slice key, Slice message)
{
    HmacKey prepared;
    hmac_key_init(&prepared, key);
    Digest digest = hmac_with(&prepared, message);
    explicit_bzero(&prepared, sizeof prepared);
    return digest;
}

EVP_CIPHER_CTX *gcm_new(const uint8_t key[32], bool is_seal)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context) return NULL;
    if (EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, NULL, is_seal) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return context;
}

/* The message itself, after the nonce: associated data, then bytes. */
static bool gcm_run(EVP_CIPHER_CTX *context, Slice associated, Slice from, uint8_t *to)
{
    int done;
    if (associated.len && EVP_CipherUpdate(context, NULL, &done, (const uint8_t *)associated.ptr,
                                           (int)associated.len) != 1) {
        return false;
    }
    return from.len == 0 ||
           EVP_CipherUpdate(context, to, &done, (const uint8_t *)from.ptr, (int)from.len) == 1;
}

int gcm_seal(EVP_CIPHER_CTX *context, const uint8_t nonce[12], Slice associated, Slice plain,
             uint8_t *to)
{
    int done;
    if (EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, -1) != 1 ||
        !gcm_run(context, associated, plain, to) ||
        EVP_CipherFinal_ex(context, to + plain.len, &done) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CRYPT_TAG_BYTES, to + plain.len) != 1) {
        return -EIO;
    }
    return 0;
}

int gcm_open(EVP_CIPHER_CTX *context, const uint8_t nonce[12], Slice associated, Slice sealed,
             uint8_t *to)
{
    if (sealed.len < CRYPT_TAG_BYTES) return -EBADMSG;
    size_t plain_bytes = sealed.len - CRYPT_TAG_BYTES;
    uint8_t tag[CRYPT_TAG_BYTES], none[16];
    int done;
    memcpy(tag, sealed.ptr + plain_bytes, sizeof tag);
    if (EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, -1) != 1 ||
        !gcm_run(context, associated, slice_first(sealed, plain_bytes), to) ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) != 1 ||
        EVP_CipherFinal_ex(context, none, &done) != 1) {
        if (plain_bytes) explicit_bzero(to, plain_bytes);
        return -EBADMSG;
    }
    return 0;
}

static Digest derive(const Secret *master, Slice label)
{
    return crypt_hmac(slice_of(secret_read(master), secret_len(master)), label);
}

void crypt_segment_free(SegmentKey *key)
{
    if (!key) return;
    EVP_CIPHER_CTX_free(key->seal); /* wipes its key schedule */
    EVP_CIPHER_CTX_free(key->open);
    secret_free(key->master);
    secret_free(key->blind_key);
    free(key);
}

int segment_key_make(const SegmentName *name, Secret *master, bool may_seal, SegmentKey **ret)
{
    SegmentKey *key = calloc(1, sizeof *key);
    if (!key) {
        secret_free(master);
        return -ENOMEM;
    }
    key->name = *name;
    key->master = master;
    key->commitment = derive(master, SLICE("akashi commitment 1"));
    Digest block_key = derive(master, SLICE("akashi block 1"));
    Digest blind = derive(master, SLICE("akashi blind 1"));
    if (may_seal) key->seal = gcm_new(block_key.bytes, true);
    key->open = gcm_new(block_key.bytes, false);
    key->blind_key = secret_new(sizeof(HmacKey));
    bool is_whole = key->open && key->blind_key && (key->seal || !may_seal);
    if (is_whole) {
        hmac_key_init((HmacKey *)(void *)secret_bytes(key->blind_key),
                      slice_of(blind.bytes, sizeof blind.bytes));
    }
    explicit_bzero(&block_key, sizeof block_key);
    explicit_bzero(&blind, sizeof blind);
    if (!is_whole) {
        crypt_segment_free(key);
        return -ENOMEM;
    }
    *ret = key;
    return 0;
}

int crypt_segment_new(const Os *os, const SegmentName *name, SegmentKey **ret)
{
    Secret *master;
    int r = secret_random(os, 32, &master);
    return r < 0 ? r : segment_key_make(name, master, true, ret);
}

int crypt_segment_rename(SegmentKey *key, const SegmentName *name)
{
    if (!key->seal || key->is_used_up || key->next_number > 0) return -EPERM;
    key->name = *name;
    return 0;
}

Digest crypt_header_hash(const SegmentKey *key)
{
    Slice pieces[] = {SLICE("akashi segment 1\n"), slice_of(key->name.log_id, 16),
                      slice_of(&key->name.number, sizeof key->name.number),
                      slice_of(key->commitment.bytes, sizeof key->commitment.bytes)};
    return digest_sha256(pieces, ARRAY_COUNT(pieces));
}

/* Nonce: number (8 bytes), kind (2), version (2), little-endian. Associated data: segment number,
 * the same three, header hash. */
typedef struct BlockFrame {
    uint8_t nonce[12];
    uint8_t associated[8 + 12 + 32];
} BlockFrame;

static BlockFrame block_frame(const SegmentKey *key, BlockName name)
{
    BlockFrame frame;
    Digest header = crypt_header_hash(key);
    memcpy(frame.nonce, &name.number, 8);
    memcpy(frame.nonce + 8, &name.kind, 2);
    memcpy(frame.nonce + 10, &name.version, 2);
    memcpy(frame.associated, &key->name.number, 8);
    memcpy(frame.associated + 8, frame.nonce, 12);
    memcpy(frame.associated + 20, header.bytes, 32);
    return frame;
}

int crypt_block_seal(SegmentKey *key, BlockName name, Slice plain, void *to)
{
    if (plain.len > CRYPT_BLOCK_BYTES_MAX) return -EMSGSIZE;
    if (!key->seal || key->is_used_up || name.number < key->next_number) return -EPERM;
    /* Counted before it is tried: a nonce that may have been used is used. */
    key->is_used_up = name.number == UINT64_MAX;
    key->next_number = name.number + 1;
    BlockFrame frame = block_frame(key, name);
    return gcm_seal(key->seal, frame.nonce, slice_of(frame.associated, sizeof frame.associated),
                    plain, to);
}

int crypt_block_open(SegmentKey *key, BlockName name, Slice sealed, void *to)
{
    if (sealed.len > CRYPT_BLOCK_BYTES_MAX + CRYPT_TAG_BYTES) return -EBADMSG;
    BlockFrame frame = block_frame(key, name);
    return gcm_open(key->open, frame.nonce, slice_of(frame.associated, sizeof frame.associated),
                    sealed, to);
}

void crypt_blind(const SegmentKey *key, uint64_t index, uint8_t ret[CRYPT_BLIND_BYTES])
{
    const HmacKey *blind_key = (const void *)secret_read(key->blind_key);
    Digest digest = hmac_with(blind_key, slice_of(&index, sizeof index));
    memcpy(ret, digest.bytes, CRYPT_BLIND_BYTES);
}

Digest crypt_blind_key(const SegmentKey *key)
{
    return crypt_segment_secret(key, SLICE("akashi blind 1"));
}

void crypt_blind_with(const Digest *blind_key, uint64_t index, uint8_t ret[CRYPT_BLIND_BYTES])
{
    Digest digest = crypt_hmac(slice_of(blind_key->bytes, sizeof blind_key->bytes),
                               slice_of(&index, sizeof index));
    memcpy(ret, digest.bytes, CRYPT_BLIND_BYTES);
}

Digest crypt_segment_secret(const SegmentKey *key, Slice label)
{
    return derive(key->master, label);
}
