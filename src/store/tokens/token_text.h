/* What a token is: the rules that the index is built and asked by. The text is folded already
 * (base/fold.h), values and questions alike.
 *
 *   word       a maximal run of a-z, 0-9, _ and the letters U+00C0..U+1FFF without U+00D7, U+00F7
 *              (the same characters that fold_contains_words lets join)
 *   sign       any character from U+2000 on, but the blanks and punctuation of token_text.c: kana,
 *              kanji, Hangul, emoji. Two signs side by side are a token, and so is the last sign of
 *              a run. So one sign alone is always the beginning of a token.
 *   all else   divides: ASCII punctuation, controls, ill-formed bytes.
 *
 * A word longer than TOKEN_BYTES_MAX is kept as pieces of TOKEN_BYTES_MAX bytes that begin every
 * TOKEN_STEP_BYTES; any TOKEN_WINDOW_BYTES of it that follow each other lie in one piece. */
#ifndef AKASHI_STORE_TOKEN_TEXT_H
#define AKASHI_STORE_TOKEN_TEXT_H

#include "base/slice.h"

#define TOKEN_BYTES_MAX 192u
#define TOKEN_STEP_BYTES 160u
#define TOKEN_WINDOW_BYTES (TOKEN_BYTES_MAX - TOKEN_STEP_BYTES + 1)

typedef enum TokenKind {
    TOKEN_WORD,
    TOKEN_PAIR, /* two signs */
    TOKEN_LAST, /* the last sign of a run */
} TokenKind;

typedef struct Token {
    Slice text;
    TokenKind kind;
    bool first;       /* stands at the beginning of the text */
    bool last;        /* ends at its end */
    bool torn_before; /* an ill-formed byte stands right before: a character may have been cut */
    bool torn_after;
} Token;

typedef struct TokenWalk {
    const char *start;
    const char *at;
    const char *end;
} TokenWalk;

static inline TokenWalk token_walk(Slice folded)
{
    return (TokenWalk){.start = folded.ptr, .at = folded.ptr, .end = folded.ptr + folded.len};
}
/* The next token; false at the end. */
bool token_next(TokenWalk *walk, Token *ret);

/* DIVIDES 0, JOINS 1; 2 where the whole character decides. By byte. */
extern const uint8_t token_byte_kinds[256];

/* The next token when it is a word of ASCII and short: what nearly all are. False: not so, or the
 * end; token_next tells. */
static inline bool token_next_plain(TokenWalk *walk, Slice *ret)
{
    const char *at = walk->at, *end = walk->end;
    while (at < end && token_byte_kinds[(unsigned char)*at] == 0) {
        at++;
    }
    const char *begin = at;
    while (at < end && token_byte_kinds[(unsigned char)*at] == 1) {
        at++;
    }
    walk->at = begin;
    if (at == begin || (at < end && token_byte_kinds[(unsigned char)*at] != 0)) return false;
    if (at - begin > (ptrdiff_t)TOKEN_BYTES_MAX) return false;
    walk->at = at;
    *ret = slice_of(begin, (size_t)(at - begin));
    return true;
}

/* Walks the pieces of a word: start with *position 0. False at the end. A short word is one. */
static inline bool token_next_piece(Slice word, size_t *position, Slice *ret_piece)
{
    if (*position > 0 && *position + TOKEN_WINDOW_BYTES > word.len) return false;
    *ret_piece = slice_first(slice_skip(word, *position), TOKEN_BYTES_MAX);
    *position += TOKEN_STEP_BYTES;
    return true;
}

/* Where a piece is kept. The kind depends on the piece alone.
 *   TOKEN_NUMBER   5 to 18 digits, the first not 0: the exact number
 *   TOKEN_RANDOM   8 or more hexadecimal digits, a decimal one among them, that are no such number;
 *                  or 0x and 5 or more: hashes, identities, addresses. A fingerprint.
 *   TOKEN_TEXT     all others: the dictionary */
typedef enum TokenClass {
    TOKEN_TEXT,
    TOKEN_NUMBER,
    TOKEN_RANDOM,
    TOKEN_CLASS_COUNT,
} TokenClass;
#define TOKEN_NUMBER_DIGITS_MIN 5u
#define TOKEN_NUMBER_DIGITS_MAX 18u

/* ret_number is set for TOKEN_NUMBER only. */
TokenClass token_class(Slice piece, uint64_t *ret_number);
/* May a piece of class TOKEN_RANDOM hold this text (at its beginning: at_start)? */
bool token_random_may_hold(Slice text, bool at_start);

/* So that parts of a TOKEN_RANDOM can be looked for, some fingerprints of parts are kept with it:
 *   - of its first TOKEN_START_BYTES, when it is longer
 *   - of samples: the 8 bytes with the least hash of any 17 places that follow each other. So any
 *     TOKEN_SAMPLED_BYTES of it hold a sample, and a text that long has the same ones. */
#define TOKEN_START_BYTES 8u
#define TOKEN_SAMPLE_BYTES 8u
#define TOKEN_SAMPLED_BYTES 24u
uint64_t token_start_hash(uint64_t seed, Slice piece);
/* Writes the hashes of the samples, room for TOKEN_BYTES_MAX; piece.len <= TOKEN_BYTES_MAX. Returns
 * how many. */
size_t token_sample_hashes(uint64_t seed, Slice piece, uint64_t *ret);

/* 64 bits, equal for equal pieces; the seed makes it unforeseeable for who writes logs. */
uint64_t token_hash(uint64_t seed, Slice bytes);

#endif
