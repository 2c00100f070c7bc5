/* See account_token.h. */
#include "account/account_token.h"

#include "base/fold.h"

#include <errno.h>

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void put_check(char *to, Slice before)
{
    uint32_t check = digest_crc32(before);
    for (int i = TOKEN_CHECK_CHARACTERS - 1; i >= 0; i--) {
        to[i] = base62[check % 62];
        check /= 62;
    }
}

int token_text_make(const Os *os, char *to)
{
    size_t at = strlen(TOKEN_PREFIX), end = at + TOKEN_RANDOM_CHARACTERS;
    memcpy(to, TOKEN_PREFIX, at);
    while (at < end) {
        uint8_t bytes[64];
        int r = os->random(os->state, bytes, sizeof bytes);
        if (r < 0) return r;
        /* 248 is the largest multiple of 62 in a byte: what is over it would favour some letters.
         */
        for (size_t i = 0; i < sizeof bytes && at < end; i++) {
            if (bytes[i] < 248) to[at++] = base62[bytes[i] % 62];
        }
        explicit_bzero(bytes, sizeof bytes);
    }
    put_check(to + end, slice_of(to, end));
    to[TOKEN_CHARACTERS] = '\0';
    return 0;
}

int token_text_check(Slice text)
{
    char check[TOKEN_CHECK_CHARACTERS];
    size_t random_end = TOKEN_CHARACTERS - TOKEN_CHECK_CHARACTERS;
    if (text.len != TOKEN_CHARACTERS || !slice_starts(text, SLICE(TOKEN_PREFIX))) return -EINVAL;
    for (size_t i = strlen(TOKEN_PREFIX); i < text.len; i++) {
        if (!text.ptr[i] || !strchr(base62, text.ptr[i])) return -EINVAL;
    }
    put_check(check, slice_first(text, random_end));
    return memcmp(check, text.ptr + random_end, sizeof check) == 0 ? 0 : -EINVAL;
}

Digest secret_text_hash(const char *label, Slice text)
{
    const Slice pieces[] = {SLICE("akashi "), slice_from_cstr(label), SLICE(" 1\0"), text};
    return digest_sha256(pieces, ARRAY_COUNT(pieces));
}

/* ---- base64url */

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_32(const uint8_t bytes[32], char ret[44])
{
    uint32_t held = 0;
    int bits = 0;
    char *at = ret;
    for (size_t i = 0; i < 32; i++) {
        held = (held << 8) | bytes[i];
        for (bits += 8; bits >= 6; bits -= 6)
            *at++ = base64url[(held >> (bits - 6)) & 63];
        held &= (1u << bits) - 1;
    }
    *at++ = base64url[(held << (6 - bits)) & 63];
    *at = '\0';
}

int base64url_32_decode(Slice text, uint8_t ret[32])
{
    uint8_t bytes[32];
    uint32_t held = 0;
    size_t done = 0;
    int bits = 0;
    if (text.len != 43) return -EINVAL;
    for (size_t i = 0; i < text.len; i++) {
        const char *letter = text.ptr[i] ? strchr(base64url, text.ptr[i]) : NULL;
        if (!letter) return -EINVAL;
        held = (held << 6) | (uint32_t)(letter - base64url);
        if ((bits += 6) < 8) continue;
        bits -= 8;
        bytes[done++] = (uint8_t)(held >> bits);
        held &= (1u << bits) - 1;
    }
    if (held != 0) return -EINVAL;
    memcpy(ret, bytes, sizeof bytes);
    return 0;
}

/* ---- what people type */

int crockford_make(const Os *os, size_t count, size_t group, char *to)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t byte;
        int r = os->random(os->state, &byte, 1);
        if (r < 0) return r;
        if (i > 0 && i % group == 0) *to++ = '-';
        *to++ = crockford[byte % 32];
    }
    *to = '\0';
    return 0;
}

/* The letters that are left out are those that are mistaken for others: O is 0, I and L are 1. */
static char crockford_letter(uint32_t c)
{
    if (c >= 'a' && c <= 'z') c -= 'a' - 'A';
    if (c == 'O') return '0';
    if (c == 'I' || c == 'L') return '1';
    return c > 0 && c < 128 && strchr(crockford, (int)c) ? (char)c : '\0';
}

int crockford_read(Slice text, size_t count, char *to)
{
    size_t done = 0;
    if (text.len > 256) return -EINVAL;
    while (text.len > 0) {
        uint32_t c = fold_take_width(&text);
        if (c == ' ' || c == '-' || c == '\t') continue;
        char letter = crockford_letter(c);
        if (!letter || done == count) return -EINVAL;
        to[done++] = letter;
    }
    if (done != count) return -EINVAL;
    to[done] = '\0';
    return 0;
}
