/* Hashes over bytes: SHA-256 for identity and evidence, CRC-32 for formats that carry one. */
#ifndef AKASHI_BASE_DIGEST_H
#define AKASHI_BASE_DIGEST_H

#include "base/slice.h"

typedef struct Digest {
    uint8_t bytes[32];
} Digest;

/* SHA-256 (FIPS 180-4) of the pieces one after the other. */
Digest digest_sha256(const Slice *pieces, size_t piece_count);
/* Those of several texts, each in pieces: together they take less time than one by one. */
typedef struct DigestText {
    const Slice *pieces;
    size_t count;
} DigestText;
void digest_sha256_many(const DigestText *texts, size_t count, Digest *ret);
/* CRC-32 as zlib and EVTX use it (polynomial 0xEDB88320), of one piece. */
uint32_t digest_crc32(Slice bytes);

#endif
