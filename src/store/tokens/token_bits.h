/* Bits to and from bytes, the highest first; and a prefix code over ranks (canonical Huffman code:
 * the symbols are numbered from the most frequent on, so that the counts of each length are the
 * whole code). */
#ifndef AKASHI_STORE_TOKEN_BITS_H
#define AKASHI_STORE_TOKEN_BITS_H

#include "base/buf.h"
#include "base/number.h"

typedef struct BitWriter {
    Buf *to;
    uint64_t held; /* the last `count` bits are not yet written */
    unsigned count;
} BitWriter;

/* count 0 ... 56; value has no bits above. */
static inline void bits_put(BitWriter *writer, uint64_t value, unsigned count)
{
    writer->held = writer->held << count | value;
    writer->count += count;
    while (writer->count >= 8) {
        writer->count -= 8;
        buf_add_char(writer->to, (char)(writer->held >> writer->count));
    }
}
/* Fills the last byte with zeros. */
static inline void bits_end(BitWriter *writer)
{
    if (writer->count) bits_put(writer, 0, 8 - writer->count);
}

typedef struct BitReader {
    Slice bytes;
    uint64_t at; /* in bits; past the end zeros are read, and bits_overrun tells */
} BitReader;

/* The next bits, the first one highest; 57 or more of them are true. */
static inline uint64_t bits_peek(const BitReader *reader)
{
    size_t byte = (size_t)(reader->at >> 3);
    uint64_t window = 0;
    if (byte + 8 <= reader->bytes.len) {
        window = __builtin_bswap64(read_le64(reader->bytes.ptr + byte));
    } else {
        for (size_t i = 0; byte + i < reader->bytes.len; i++) {
            window |= (uint64_t)(unsigned char)reader->bytes.ptr[byte + i] << (56 - 8 * i);
        }
    }
    return window << (reader->at & 7);
}
static inline bool bits_overrun(const BitReader *reader)
{
    return reader->at > (uint64_t)reader->bytes.len * 8;
}
/* count 0 ... 56. */
static inline uint64_t bits_take(BitReader *reader, unsigned count)
{
    uint64_t value = count ? bits_peek(reader) >> (64 - count) : 0;
    reader->at += count;
    return value;
}

/* A gap: its part above the lowest `low_bits` in ones ended by a zero; from GAP_ONES_MAX ones on
 * (then without a zero) the whole gap follows in 64 bits. */
#define GAP_ONES_MAX 24u
#define GAP_LOW_BITS_MAX 48u
void gap_put(BitWriter *writer, uint64_t gap, unsigned low_bits);
/* A good number of low bits for these gaps, whose sum is under 2^64. */
unsigned gap_best_low_bits(const uint64_t *gaps, size_t count);
static inline uint64_t gap_take(BitReader *reader, unsigned low_bits)
{
    uint64_t ones = ~bits_peek(reader);
    unsigned high = ones ? (unsigned)__builtin_clzll(ones) : 64;
    if (high >= GAP_ONES_MAX) {
        reader->at += GAP_ONES_MAX;
        uint64_t top = bits_take(reader, 32);
        return top << 32 | bits_take(reader, 32);
    }
    reader->at += high + 1;
    return (uint64_t)high << low_bits | bits_take(reader, low_bits);
}

#define RANK_CODE_BITS_MAX 40u

typedef struct RankCode {
    uint32_t symbol_count;
    uint32_t counts[RANK_CODE_BITS_MAX + 1]; /* of symbols of each length */
    uint32_t first_symbol[RANK_CODE_BITS_MAX + 1];
    uint64_t first_code[RANK_CODE_BITS_MAX + 1];
    uint64_t last[RANK_CODE_BITS_MAX + 1]; /* the last window (64 bits) of the length's codes */
    uint8_t start[256];                    /* by the window's first byte: the shortest length */
} RankCode;

/* From how often each symbol occurs, never rising, each at least 1. -ENOMEM. */
MUST_USE int rank_code_make(const uint32_t *uses, uint32_t symbol_count, RankCode *ret);
void rank_code_write(const RankCode *code, Buf *to);
/* -EBADMSG: no such code. */
MUST_USE int rank_code_read(Slice *bytes, RankCode *ret);
void rank_put(const RankCode *code, BitWriter *writer, uint32_t symbol);

/* symbol_count when the bits are no code word. */
static inline uint32_t rank_take(const RankCode *code, BitReader *reader)
{
    uint64_t window = bits_peek(reader);
    unsigned len = code->start[window >> 56];
    while (len <= RANK_CODE_BITS_MAX && window > code->last[len]) {
        len++;
    }
    if (len > RANK_CODE_BITS_MAX) {
        reader->at++;
        return code->symbol_count;
    }
    reader->at += len;
    return code->first_symbol[len] + (uint32_t)((window >> (64 - len)) - code->first_code[len]);
}

#endif
