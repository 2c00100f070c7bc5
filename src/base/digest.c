/* See digest.h. SHA-256 by OpenSSL (uses the CPU's instructions), CRC-32 by zlib. */
#include "base/digest.h"

#include "base/check.h"

#include <openssl/sha.h>
#include <zlib.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* the one-call form has no allocation  \
                                                            */

Digest digest_sha256(const Slice *pieces, size_t piece_count)
{
    SHA256_CTX state;
    Digest digest;
    CHECK(SHA256_Init(&state) == 1);
    for (size_t i = 0; i < piece_count; i++) {
        if (pieces[i].len) SHA256_Update(&state, pieces[i].ptr, pieces[i].len);
    }
    CHECK(SHA256_Final(digest.bytes, &state) == 1);
    return digest;
}

uint32_t digest_crc32(Slice bytes)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)bytes.ptr, bytes.len);
}
