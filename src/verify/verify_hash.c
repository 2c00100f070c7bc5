/* See verify_hash.h: FIPS 180-4, both with 32 or 64-bit words. The constants are the first bits of
 * the fractions of the square roots (start) and cube roots (rounds) of the first primes (4.2, 5.3).
 */
#include "verify/verify_hash.h"

#include <string.h>

static const uint32_t rounds_256[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const uint64_t rounds_512[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

static uint32_t turn_32(uint32_t x, int by)
{
    return x >> by | x << (32 - by);
}

static uint64_t turn_64(uint64_t x, int by)
{
    return x >> by | x << (64 - by);
}

static void block_256(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64], s[8];
    for (size_t i = 0; i < 16; i++) {
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    }
    for (size_t i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (turn_32(a, 7) ^ turn_32(a, 18) ^ a >> 3) +
               (turn_32(b, 17) ^ turn_32(b, 19) ^ b >> 10);
    }
    memcpy(s, state, sizeof s);
    for (size_t i = 0; i < 64; i++) {
        uint32_t one = s[7] + (turn_32(s[4], 6) ^ turn_32(s[4], 11) ^ turn_32(s[4], 25)) +
                       ((s[4] & s[5]) ^ (~s[4] & s[6])) + rounds_256[i] + w[i];
        uint32_t two = (turn_32(s[0], 2) ^ turn_32(s[0], 13) ^ turn_32(s[0], 22)) +
                       ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += one;
        s[0] = one + two;
    }
    for (size_t i = 0; i < 8; i++) {
        state[i] += s[i];
    }
}

static void block_512(uint64_t state[8], const uint8_t *block)
{
    uint64_t w[80], s[8];
    for (size_t i = 0; i < 16; i++) {
        w[i] = 0;
        for (size_t j = 0; j < 8; j++) {
            w[i] = w[i] << 8 | block[8 * i + j];
        }
    }
    for (size_t i = 16; i < 80; i++) {
        uint64_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (turn_64(a, 1) ^ turn_64(a, 8) ^ a >> 7) +
               (turn_64(b, 19) ^ turn_64(b, 61) ^ b >> 6);
    }
    memcpy(s, state, sizeof s);
    for (size_t i = 0; i < 80; i++) {
        uint64_t one = s[7] + (turn_64(s[4], 14) ^ turn_64(s[4], 18) ^ turn_64(s[4], 41)) +
                       ((s[4] & s[5]) ^ (~s[4] & s[6])) + rounds_512[i] + w[i];
        uint64_t two = (turn_64(s[0], 28) ^ turn_64(s[0], 34) ^ turn_64(s[0], 39)) +
                       ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += one;
        s[0] = one + two;
    }
    for (size_t i = 0; i < 8; i++) {
        state[i] += s[i];
    }
}

/* The pieces as one stream, cut into blocks, with the padding of 5.1 at its end. */
typedef struct Stream {
    uint8_t block[128];
    size_t block_bytes, held;
    uint64_t bytes;
    uint32_t state_256[8];
    uint64_t state_512[8];
} Stream;

static void stream_block(Stream *stream, const uint8_t *block)
{
    if (stream->block_bytes == 64) {
        block_256(stream->state_256, block);
    } else {
        block_512(stream->state_512, block);
    }
}

static void stream_add(Stream *stream, const uint8_t *bytes, size_t count)
{
    while (count) {
        size_t room = stream->block_bytes - stream->held;
        size_t here = count < room ? count : room;
        memcpy(stream->block + stream->held, bytes, here);
        stream->held += here;
        bytes += here;
        count -= here;
        if (stream->held == stream->block_bytes) {
            stream_block(stream, stream->block);
            stream->held = 0;
        }
    }
}

static void stream_end(Stream *stream, const Bytes *pieces, size_t piece_count)
{
    static const uint8_t padding[128] = {0x80};
    for (size_t i = 0; i < piece_count; i++) {
        stream->bytes += pieces[i].count;
        if (pieces[i].count) stream_add(stream, pieces[i].at, pieces[i].count);
    }
    size_t full = stream->block_bytes, length_bytes = full / 8;
    size_t pad = (2 * full - length_bytes - stream->held) % full;
    stream_add(stream, padding, pad ? pad : full);
    uint8_t length[16] = {0};
    for (size_t i = 0; i < 8; i++) {
        length[length_bytes - 1 - i] = (uint8_t)(stream->bytes << 3 >> (8 * i));
    }
    stream_add(stream, length, length_bytes);
}

Hash verify_sha256(const Bytes *pieces, size_t piece_count)
{
    Stream stream = {.block_bytes = 64,
                     .state_256 = {
                         0x6a09e667,
                         0xbb67ae85,
                         0x3c6ef372,
                         0xa54ff53a,
                         0x510e527f,
                         0x9b05688c,
                         0x1f83d9ab,
                         0x5be0cd19,
                     }};
    Hash hash;
    stream_end(&stream, pieces, piece_count);
    for (size_t i = 0; i < sizeof hash.bytes; i++) {
        hash.bytes[i] = (uint8_t)(stream.state_256[i / 4] >> (24 - 8 * (i % 4)));
    }
    return hash;
}

void verify_sha512(const Bytes *pieces, size_t piece_count, uint8_t ret[64])
{
    Stream stream = {.block_bytes = 128,
                     .state_512 = {
                         0x6a09e667f3bcc908,
                         0xbb67ae8584caa73b,
                         0x3c6ef372fe94f82b,
                         0xa54ff53a5f1d36f1,
                         0x510e527fade682d1,
                         0x9b05688c2b3e6c1f,
                         0x1f83d9abfb41bd6b,
                         0x5be0cd19137e2179,
                     }};
    stream_end(&stream, pieces, piece_count);
    for (size_t i = 0; i < 64; i++) {
        ret[i] = (uint8_t)(stream.state_512[i / 8] >> (56 - 8 * (i % 8)));
    }
}
