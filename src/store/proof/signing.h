/* Ed25519 (RFC 8032) by OpenSSL. A signing key is a Secret of 32 bytes, the RFC's private key. */
#ifndef AKASHI_STORE_SIGNING_H
#define AKASHI_STORE_SIGNING_H

#include "store/crypt/secret.h"

#define SIGNATURE_BYTES 64

typedef struct PublicKey {
    uint8_t bytes[32];
} PublicKey;

/* -EIO: OpenSSL failed (no memory). */
MUST_USE int signing_public(const Secret *private_key, PublicKey *ret);
MUST_USE int signing_sign(const Secret *private_key, Slice message, uint8_t ret[SIGNATURE_BYTES]);
bool signing_verify(const PublicKey *key, Slice message, const uint8_t signature[SIGNATURE_BYTES]);

#endif
