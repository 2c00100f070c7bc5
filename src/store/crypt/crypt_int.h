/* Inside crypt: a segment key and the AES-GCM calls. */
#ifndef AKASHI_STORE_CRYPT_INT_H
#define AKASHI_STORE_CRYPT_INT_H

#include "store/crypt/crypt.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

/* HMAC with the key's two blocks hashed once. */
typedef struct HmacKey {
    SHA256_CTX inner, outer;
} HmacKey;

struct SegmentKey {
    SegmentName name;
    Secret *master;       /* 32 random bytes */
    Secret *blind_key;    /* an HmacKey */
    Digest commitment;    /* HMAC(master, "akashi commitment 1") */
    EVP_CIPHER_CTX *seal; /* keyed with HMAC(master, "akashi block 1"); NULL: may only open (C1) */
    EVP_CIPHER_CTX *open;
    uint64_t next_number; /* the least that may be sealed */
    bool is_used_up;      /* number UINT64_MAX was sealed */
};

void hmac_key_init(HmacKey *key, Slice bytes);
Digest hmac_with(const HmacKey *key, Slice message);

/* Takes the master over, also on failure. */
MUST_USE int segment_key_make(const SegmentName *name, Secret *master, bool may_seal,
                              SegmentKey **ret);

/* A context keyed for AES-256-GCM, to be given a nonce per message. NULL: no memory. */
EVP_CIPHER_CTX *gcm_new(const uint8_t key[32], bool is_seal);
MUST_USE int gcm_seal(EVP_CIPHER_CTX *context, const uint8_t nonce[12], Slice associated,
                      Slice plain, uint8_t *to);
MUST_USE int gcm_open(EVP_CIPHER_CTX *context, const uint8_t nonce[12], Slice associated,
                      Slice sealed, uint8_t *to);

#endif
