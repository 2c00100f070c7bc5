/* See token_text.h. */
#include "store/tokens/token_text.h"

#include "base/number.h"
#include "base/utf8.h"

enum { DIVIDES = 0, JOINS = 1, MORE = 2, SIGN, TORN };

#define FOUR(kind) kind, kind, kind, kind
#define SIXTEEN(kind) FOUR(kind), FOUR(kind), FOUR(kind), FOUR(kind)
const uint8_t token_byte_kinds[256] = {
    [0x30] = FOUR(1),    FOUR(1),    1,          1,             /* 0-9 */
    [0x41] = SIXTEEN(1), FOUR(1),    FOUR(1),    1,          1, /* A-Z: as in text that is not
                                                                   folded */
    [0x5f] = 1,                                                 /* _ */
    [0x61] = SIXTEEN(1), FOUR(1),    FOUR(1),    1,          1, /* a-z */
    [0x80] = SIXTEEN(2), SIXTEEN(2), SIXTEEN(2), SIXTEEN(2), SIXTEEN(2), SIXTEEN(2),
    SIXTEEN(2),          SIXTEEN(2),
};

static inline unsigned byte_kind(char c)
{
    return token_byte_kinds[(unsigned char)c];
}

/* Blanks and punctuation from U+2000 on: General Punctuation, CJK Symbols and Punctuation without
 * 々〆〇 and the Hangzhou numerals, vertical and small forms, the rest of the full-width forms, the
 * byte order mark, and the characters that stand for what could not be read. */
static bool divides_far(uint32_t c)
{
    return c <= 0x206f || (c >= 0x3000 && c <= 0x3004) || (c >= 0x3008 && c <= 0x3020) ||
           c == 0x3030 || (c >= 0xfe00 && c <= 0xfe6f) || c == 0xfeff ||
           (c >= 0xff00 && c <= 0xff65) || (c >= 0xffe0 && c <= 0xffff);
}

/* Takes one character. */
static unsigned take_kind(const char **at, const char *end)
{
    Slice rest = slice_of(*at, (size_t)(end - *at));
    unsigned char lead = (unsigned char)*rest.ptr;
    if (lead < 0x80) {
        ++*at;
        return token_byte_kinds[lead];
    }
    Slice before = rest;
    uint32_t c = utf8_take(&rest);
    if (c == 0xfffd && !slice_starts(before, SLICE("\xef\xbf\xbd"))) {
        ++*at;
        return TORN;
    }
    *at = rest.ptr;
    if (c < 0xc0 || c == 0xd7 || c == 0xf7) return DIVIDES;
    if (c < 0x2000) return JOINS;
    return divides_far(c) ? DIVIDES : SIGN;
}

static void set_edges(const TokenWalk *walk, const char *begin, const char *end, Token *ret)
{
    ret->text = slice_of(begin, (size_t)(end - begin));
    ret->first = begin == walk->start;
    ret->last = end == walk->end;
}

/* From the first character of a word on. */
static void take_word(TokenWalk *walk, bool torn, Token *ret)
{
    const char *begin = walk->at, *end = walk->end;
    const char *at = begin;
    unsigned kind = DIVIDES;
    while (at < end) {
        kind = byte_kind(*at);
        if (kind == JOINS) {
            at++;
            continue;
        }
        if (kind == DIVIDES) break;
        const char *after = at;
        kind = take_kind(&after, end);
        if (kind != JOINS) break;
        at = after;
    }
    walk->at = at;
    set_edges(walk, begin, at, ret);
    ret->kind = TOKEN_WORD;
    ret->torn_before = torn;
    ret->torn_after = at < end && kind == TORN;
}

/* walk->at is a sign, and its end is known. */
static void take_sign(TokenWalk *walk, const char *after, bool torn, Token *ret)
{
    const char *begin = walk->at, *next = after;
    bool pair = after < walk->end && take_kind(&next, walk->end) == SIGN;
    set_edges(walk, begin, pair ? next : after, ret);
    ret->kind = pair ? TOKEN_PAIR : TOKEN_LAST;
    ret->torn_before = torn;
    ret->torn_after = false;
    walk->at = after;
}

bool token_next(TokenWalk *walk, Token *ret)
{
    bool torn = false;
    while (walk->at < walk->end) {
        unsigned kind = byte_kind(*walk->at);
        if (kind == DIVIDES) {
            walk->at++;
            torn = false;
            continue;
        }
        const char *after = walk->at;
        if (kind == MORE) kind = take_kind(&after, walk->end);
        if (kind == JOINS) {
            take_word(walk, torn, ret);
            return true;
        }
        if (kind == SIGN) {
            take_sign(walk, after, torn, ret);
            return true;
        }
        torn = kind == TORN;
        walk->at = after;
    }
    return false;
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool is_hex(char c)
{
    return is_digit(c) || (unsigned char)(c - 'a') < 6;
}

/* How many bytes at the front are hexadecimal digits; *ret_digits: how many of these are decimal.
 */
static size_t hex_prefix(Slice s, size_t *ret_digits)
{
    size_t len = 0, digits = 0;
    for (; len < s.len && is_hex(s.ptr[len]); len++) {
        digits += is_digit(s.ptr[len]);
    }
    *ret_digits = digits;
    return len;
}

TokenClass token_class(Slice piece, uint64_t *ret_number)
{
    if (piece.len < TOKEN_NUMBER_DIGITS_MIN) return TOKEN_TEXT;
    if (piece.ptr[0] == '0' && piece.ptr[1] == 'x') {
        size_t digits, rest = piece.len - 2;
        bool all = rest >= 5 && hex_prefix(slice_skip(piece, 2), &digits) == rest;
        return all ? TOKEN_RANDOM : TOKEN_TEXT;
    }
    size_t digits;
    if (hex_prefix(piece, &digits) < piece.len || digits == 0) return TOKEN_TEXT;
    if (digits == piece.len && digits <= TOKEN_NUMBER_DIGITS_MAX && piece.ptr[0] != '0') {
        uint64_t number = 0;
        for (size_t i = 0; i < digits; i++) {
            number = number * 10 + (uint64_t)(piece.ptr[i] - '0');
        }
        *ret_number = number;
        return TOKEN_NUMBER;
    }
    return piece.len >= 8 ? TOKEN_RANDOM : TOKEN_TEXT;
}

bool token_random_may_hold(Slice text, bool at_start)
{
    size_t digits;
    size_t len = hex_prefix(text, &digits);
    if (len == text.len) return true;
    /* The x of 0x: second of the piece, or the first of what is looked for inside. */
    if (text.ptr[len] != 'x') return false;
    if (!(len == 1 && text.ptr[0] == '0') && !(len == 0 && !at_start)) return false;
    Slice rest = slice_skip(text, len + 1);
    return hex_prefix(rest, &digits) == rest.len;
}

/* Multiplied to 128 bits, both halves joined. */
static inline uint64_t folded_product(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#define HASH_A 0x9e3779b97f4a7c15u
#define HASH_B 0xd1b54a32d192ed03u

uint64_t token_hash(uint64_t seed, Slice bytes)
{
    const char *at = bytes.ptr;
    size_t len = bytes.len;
    uint64_t hash = seed ^ folded_product(seed ^ HASH_A, len ^ HASH_B);
    for (; len > 16; at += 16, len -= 16) {
        hash = folded_product(read_le64(at) ^ hash ^ HASH_A, read_le64(at + 8) ^ seed ^ HASH_B);
    }
    uint64_t low = 0, high = 0;
    if (len >= 8) {
        low = read_le64(at);
        high = read_le64(at + len - 8);
    } else if (len >= 4) {
        low = read_le32(at);
        high = read_le32(at + len - 4);
    } else if (len > 0) {
        low = (unsigned char)at[0];
        high = (uint64_t)(unsigned char)at[len / 2] << 8 | (unsigned char)at[len - 1];
    }
    hash = folded_product(low ^ hash ^ HASH_A, high ^ seed ^ HASH_B);
    return folded_product(hash ^ HASH_B, HASH_A);
}

uint64_t token_start_hash(uint64_t seed, Slice piece)
{
    return token_hash(seed + 1, slice_first(piece, TOKEN_START_BYTES));
}

size_t token_sample_hashes(uint64_t seed, Slice piece, uint64_t *ret)
{
    enum { WINDOW = TOKEN_SAMPLED_BYTES - TOKEN_SAMPLE_BYTES + 1 };
    uint64_t hashes[TOKEN_BYTES_MAX];
    size_t count = 0, last = SIZE_MAX;
    for (size_t i = 0; i + TOKEN_SAMPLE_BYTES <= piece.len; i++) {
        hashes[i] = token_hash(seed + 2, slice_of(piece.ptr + i, TOKEN_SAMPLE_BYTES));
        if (i + 1 < WINDOW) continue;
        size_t least = i + 1 - WINDOW;
        for (size_t j = least + 1; j <= i; j++) {
            if (hashes[j] < hashes[least]) least = j;
        }
        if (least == last) continue;
        /* The least hashes are small: once more mixed, so that fingerprints lie evenly. */
        ret[count++] = folded_product(hashes[least], HASH_A);
        last = least;
    }
    return count;
}
