/* The text of an API token: `ak_`, 40 letters and digits, and six of a checksum, so that whoever
 * looks for leaked secrets finds it by one pattern and without asking us:
 * ak_[0-9A-Za-z]{46}, where the last six are CRC-32 of what stands before them, in base 62. Pure.
 */
#ifndef AKASHI_ACCOUNT_ACCOUNT_TOKEN_H
#define AKASHI_ACCOUNT_ACCOUNT_TOKEN_H

#include "base/digest.h"
#include "os/os.h"

#define TOKEN_PREFIX "ak_"
#define TOKEN_RANDOM_CHARACTERS 40 /* 238 bits */
#define TOKEN_CHECK_CHARACTERS 6
#define TOKEN_CHARACTERS 49 /* all of it */

/* Writes TOKEN_CHARACTERS and a NUL. What the Os said of its randomness. */
MUST_USE int token_text_make(const Os *os, char *to);
/* 0; -EINVAL: it cannot be one of ours (prefix, length, letters, checksum). Any bytes may be given.
 */
MUST_USE int token_text_check(Slice text);

/* What is kept instead of a secret text: SHA-256 of `akashi LABEL 1` NUL and the text. The texts
 * are random enough that a slow hash would add nothing. */
Digest secret_text_hash(const char *label, Slice text);
/* 32 bytes as base64url without padding (RFC 4648, 5), 43 characters and a NUL; and back, strictly.
 * -EINVAL. */
void base64url_32(const uint8_t bytes[32], char ret[44]);
MUST_USE int base64url_32_decode(Slice text, uint8_t ret[32]);
/* `count` random characters of the alphabet of Crockford's base 32 (no I L O U), a hyphen after
 * each `group`; NUL-terminated. And the same as a person may type it, back to that form without
 * hyphens: -EINVAL. */
MUST_USE int crockford_make(const Os *os, size_t count, size_t group, char *to);
MUST_USE int crockford_read(Slice text, size_t count, char *to);

#endif
