/* SHA-256 and SHA-512 (FIPS 180-4), and bytes as all of verify/ passes them. */
#ifndef AKASHI_VERIFY_VERIFY_HASH_H
#define AKASHI_VERIFY_VERIFY_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Somebody else's bytes: pointer and count, by value. */
typedef struct Bytes {
    const uint8_t *at;
    size_t count;
} Bytes;

typedef struct Hash {
    uint8_t bytes[32];
} Hash;

/* Of the pieces one after the other. */
Hash verify_sha256(const Bytes *pieces, size_t piece_count);
void verify_sha512(const Bytes *pieces, size_t piece_count, uint8_t ret[64]);

#endif
