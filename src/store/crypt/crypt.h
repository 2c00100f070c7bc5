/* Encryption of segments: a random key each, wrapped by the key-encryption key; blocks sealed under
 * it with counters as nonces. Bytes: doc/format/chain.md.
 *
 * Rules that keep it safe
 *   C1 a (key, nonce) pair seals once: a SegmentKey seals only block numbers above the last one,
 * and only the process that made it (crypt_segment_new) may seal. After a restart begin a new
 *      segment; what was unwrapped only opens.
 *   C2 a block opens only as what it was sealed as: segment and log (through the header hash),
 * block number, kind and version are all associated data. C3 a wrapped key opens to one key only:
 * AES-GCM alone does not promise that, the commitment does. Rotation: unwrap under the old KEK,
 * wrap under the new; blocks and header hash stay as they are. Destruction: crypt_wrapped_erase
 * where it is stored, and in every copy of it.
 *
 * A SegmentKey is for one thread at a time; another thread unwraps its own. */
#ifndef AKASHI_STORE_CRYPT_H
#define AKASHI_STORE_CRYPT_H

#include "base/digest.h"
#include "store/crypt/secret.h"

#define CRYPT_TAG_BYTES 16
#define CRYPT_BLOCK_BYTES_MAX ((size_t)16 << 20)
#define CRYPT_WRAPPED_BYTES 116
#define CRYPT_BLIND_BYTES 16

typedef struct SegmentKey SegmentKey;

/* Whose key it is; goes into the wrapping's associated data and the header hash. */
typedef struct SegmentName {
    uint8_t log_id[16];
    uint64_t number;
} SegmentName;

typedef struct WrappedKey {
    uint8_t bytes[CRYPT_WRAPPED_BYTES];
} WrappedKey;

/* A new random key. -ENOMEM, or what the Os said of its randomness. */
MUST_USE int crypt_segment_new(const Os *os, const SegmentName *name, SegmentKey **ret);
/* Whose key it is may be said later than it is made, but before it seals. -EPERM: it has sealed, or
 * was unwrapped. */
MUST_USE int crypt_segment_rename(SegmentKey *key, const SegmentName *name);
void crypt_segment_free(SegmentKey *key);
static inline void crypt_segment_done(SegmentKey **held)
{
    crypt_segment_free(*held);
}
/* SHA-256 over version, name and commitment: the part of the header that rotation leaves alone. */
Digest crypt_header_hash(const SegmentKey *key);

/* Under a 32-byte KEK, with a random 192-bit nonce (XAES-256-GCM, c2sp.org). */
MUST_USE int crypt_wrap(const Os *os, const SegmentKey *key, const Secret *kek, WrappedKey *ret);
/* -ENOKEY: wrapped by another KEK; -EBADMSG: damaged, of another segment, or the key was destroyed;
 * -EPROTO: newer version; -ENOMEM. */
MUST_USE int crypt_unwrap(const WrappedKey *wrapped, const SegmentName *name, const Secret *kek,
                          SegmentKey **ret);
MUST_USE int crypt_rewrap(const Os *os, const WrappedKey *wrapped, const SegmentName *name,
                          const Secret *old_kek, const Secret *new_kek, WrappedKey *ret);
/* Overwrites the CRYPT_WRAPPED_BYTES at `offset` with zeros and syncs. What the medium keeps of old
 * sectors is beyond it; rotate the KEK where that matters. */
MUST_USE int crypt_wrapped_erase(const Os *os, int fd, uint64_t offset);

typedef struct BlockName {
    uint64_t number;
    uint16_t kind;
    uint16_t version;
} BlockName;

/* Writes plain.len + CRYPT_TAG_BYTES to `to`, which may not overlap. -EMSGSIZE: over the maximum;
 * -EPERM: the key was unwrapped, or the number is not above the last (C1); -EIO: OpenSSL failed. */
MUST_USE int crypt_block_seal(SegmentKey *key, BlockName name, Slice plain, void *to);
/* Writes sealed.len - CRYPT_TAG_BYTES to `to`, zeroed again on failure. -EBADMSG: not this block.
 */
MUST_USE int crypt_block_open(SegmentKey *key, BlockName name, Slice sealed, void *to);

/* Blind of a record's leaf (tree.h): the first 16 bytes of HMAC-SHA256(blind key, index as 8 bytes
 * little-endian); the blind key comes from the segment key, so destroying it blinds for ever. */
void crypt_blind(const SegmentKey *key, uint64_t index, uint8_t ret[CRYPT_BLIND_BYTES]);

/* The blind key by itself, for those who keep it when the segment key is destroyed; and the blind
 * from it. */
Digest crypt_blind_key(const SegmentKey *key);
void crypt_blind_with(const Digest *blind_key, uint64_t index, uint8_t ret[CRYPT_BLIND_BYTES]);

/* A secret of the segment's own for another use: HMAC-SHA256(segment key, label). */
Digest crypt_segment_secret(const SegmentKey *key, Slice label);

/* A small secret under a KEK, such as a signing key at rest: nonce, bytes, tag.
 * `bound` is associated data. Needs room for len + CRYPT_SEALED_EXTRA_BYTES. */
#define CRYPT_SEALED_EXTRA_BYTES (24 + CRYPT_TAG_BYTES)
MUST_USE int crypt_secret_seal(const Os *os, const Secret *kek, Slice bound, const Secret *secret,
                               uint8_t *to);
/* -EBADMSG: damaged, another KEK, or bound to something else. */
MUST_USE int crypt_secret_open(const Secret *kek, Slice bound, Slice sealed, Secret **ret);

/* The pieces, for tests by published vectors. */
Digest crypt_hmac(Slice key, Slice message); /* HMAC-SHA256, RFC 2104 */
MUST_USE int crypt_xaes_seal(const uint8_t key[32], const uint8_t nonce[24], Slice associated,
                             Slice plain, uint8_t *to);
MUST_USE int crypt_xaes_open(const uint8_t key[32], const uint8_t nonce[24], Slice associated,
                             Slice sealed, uint8_t *to);

#endif
