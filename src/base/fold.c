/* See fold.h. */
#include "base/fold.h"

#include "base/fold_int.h"
#include "base/utf8.h"

#define REPLACEMENT 0xfffd

/* One code point, or an ill-formed byte as FOLD_BYTE + byte. */
static uint32_t take(Slice *s)
{
    unsigned char lead = (unsigned char)s->ptr[0];
    if (lead < 0x80) {
        *s = slice_skip(*s, 1);
        return lead;
    }
    Slice rest = *s;
    uint32_t code_point = utf8_take(&rest);
    if (code_point == REPLACEMENT && !slice_starts(*s, SLICE("\xef\xbf\xbd"))) {
        *s = slice_skip(*s, 1);
        return FOLD_BYTE + lead;
    }
    *s = rest;
    return code_point;
}

static size_t put(char *to, uint32_t code_point)
{
    if (code_point < 0x80 || code_point >= FOLD_BYTE) {
        *to = (char)code_point; /* FOLD_BYTE has no bits in the lowest byte */
        return 1;
    }
    return utf8_put(to, code_point);
}

/* U+FF61..U+FF9F, half-width katakana and its signs, in order (UnicodeData.txt, <narrow>). */
static const uint16_t full_katakana[] = {
    0x3002, 0x300c, 0x300d, 0x3001, 0x30fb, 0x30f2, 0x30a1, 0x30a3, 0x30a5, 0x30a7, 0x30a9,
    0x30e3, 0x30e5, 0x30e7, 0x30c3, 0x30fc, 0x30a2, 0x30a4, 0x30a6, 0x30a8, 0x30aa, 0x30ab,
    0x30ad, 0x30af, 0x30b1, 0x30b3, 0x30b5, 0x30b7, 0x30b9, 0x30bb, 0x30bd, 0x30bf, 0x30c1,
    0x30c4, 0x30c6, 0x30c8, 0x30ca, 0x30cb, 0x30cc, 0x30cd, 0x30ce, 0x30cf, 0x30d2, 0x30d5,
    0x30d8, 0x30db, 0x30de, 0x30df, 0x30e0, 0x30e1, 0x30e2, 0x30e4, 0x30e6, 0x30e8, 0x30e9,
    0x30ea, 0x30eb, 0x30ec, 0x30ed, 0x30ef, 0x30f3, 0x3099, 0x309a};

/* Full-width signs and half-width arrows and shapes, U+FFE0..U+FFEE; 0: stays. */
static const uint16_t sign_widths[] = {0xa2,   0xa3,   0xac,   0,      0xa6,   '\\',   0x20a9, 0,
                                       0x2502, 0x2190, 0x2191, 0x2192, 0x2193, 0x25a0, 0x25cb};

static uint32_t narrow(uint32_t c)
{
    if (c < 0x80) return c;
    if (c == 0x3000) return ' ';
    if (c == 0xa5) return '\\';
    if (c < 0xff01 || c > 0xffee) return c;
    if (c <= 0xff5e) return c - 0xff01 + '!';
    if (c >= 0xff61 && c <= 0xff9f) return full_katakana[c - 0xff61];
    if (c >= 0xffe0 && sign_widths[c - 0xffe0]) return sign_widths[c - 0xffe0];
    return c;
}

#define MARK_VOICED 0x3099u

/* The kana with the mark (UnicodeData.txt, canonical compositions of U+3099 and U+309A), or 0. */
static uint32_t with_mark(uint32_t kana, uint32_t mark)
{
    uint32_t row = kana >= 0x30a1 && kana <= 0x30fe ? 0x60 : 0, c = kana - row;
    if (c >= 0x306f && c <= 0x307b && (c - 0x306f) % 3 == 0) {
        return kana + (mark == MARK_VOICED ? 1 : 2); /* ha hi fu he ho */
    }
    if (mark != MARK_VOICED) return 0;
    if (c >= 0x304b && c <= 0x3061) return c % 2 ? kana + 1 : 0;    /* ka .. ti */
    if (c == 0x3064 || c == 0x3066 || c == 0x3068) return kana + 1; /* tu te to */
    if (c == 0x3046) return 0x3094 + row;                           /* u */
    if (row && c >= 0x308f && c <= 0x3092) return kana + 8;         /* wa wi we wo */
    return c == 0x309d ? kana + 1 : 0;                              /* iteration mark */
}

uint32_t fold_mark_at(Slice s)
{
    if (s.len < 3) return 0;
    const unsigned char *b = (const unsigned char *)s.ptr;
    if (b[0] == 0xe3 && b[1] == 0x82 && b[2] >= 0x99 && b[2] <= 0x9a) {
        return MARK_VOICED + (b[2] - 0x99u);
    }
    if (b[0] == 0xef && b[1] == 0xbe && (b[2] == 0x9e || b[2] == 0x9f)) {
        return MARK_VOICED + (b[2] - 0x9eu);
    }
    return 0;
}

/* One code point of plain width; a kana takes the mark behind it in. */
static uint32_t take_narrow(Slice *s)
{
    uint32_t c = narrow(take(s));
    if (c < 0x3046 || c > 0x30fd) return c;
    uint32_t mark = fold_mark_at(*s), joined = mark ? with_mark(c, mark) : 0;
    if (!joined) return c;
    *s = slice_skip(*s, 3);
    return joined;
}

static uint32_t small(uint32_t c)
{
    if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c >= 0xc0 && c <= 0xde && c != 0xd7) return c + 32;
    if (c >= 0x391 && c <= 0x3ab && c != 0x3a2) return c + 32;
    if (c >= 0x410 && c <= 0x42f) return c + 32;
    if (c >= 0x400 && c <= 0x40f) return c + 80;
    switch (c) {
    case 0x386: return 0x3ac;
    case 0x388:
    case 0x389:
    case 0x38a: return c + 37;
    case 0x38c: return 0x3cc;
    case 0x38e:
    case 0x38f: return c + 63;
    case 0x3c2: return 0x3c3;
    default: return c;
    }
}

uint32_t fold_take(Slice *s)
{
    return small(take_narrow(s));
}

uint32_t fold_take_width(Slice *s)
{
    return take_narrow(s);
}

uint32_t fold_code_point(uint32_t c)
{
    return small(narrow(c));
}

uint32_t fold_letter(uint32_t c)
{
    return small(c);
}

/* Returns how many bytes from the front were ASCII and are done. */
static size_t fold_ascii(char *to, Slice s)
{
    const Bytes16 high = splat16(0x80), first = splat16('A'), letters = splat16(26),
                  step = splat16(32);
    size_t done = 0;
    for (; done + 16 <= s.len; done += 16) {
        Bytes16 bytes = load16(s.ptr + done);
        if (any16(bytes & high)) break;
        bytes += (Bytes16)(bytes - first < letters) & step;
        memcpy(to + done, &bytes, sizeof bytes);
    }
    for (; done < s.len && (unsigned char)s.ptr[done] < 0x80; done++) {
        to[done] = (char)small_ascii((unsigned char)s.ptr[done]);
    }
    return done;
}

size_t fold_text(char *to, Slice s)
{
    size_t len = 0;
    while (s.len > 0) {
        size_t ascii = fold_ascii(to + len, s);
        len += ascii;
        s = slice_skip(s, ascii);
        for (size_t i = 0; i < 64 && s.len > 0; i++) {
            len += put(to + len, fold_take(&s));
        }
    }
    return len;
}

size_t fold_text_case(char *to, Slice s)
{
    size_t len = 0;
    while (s.len > 0) {
        len += put(to + len, take_narrow(&s));
    }
    return len;
}

size_t fold_width(char *to, Slice s)
{
    size_t len = 0;
    while (s.len > 0) {
        len += put(to + len, narrow(take(&s)));
    }
    return len;
}

size_t fold_letters(char *to, Slice s)
{
    size_t len = 0;
    while (s.len > 0) {
        size_t ascii = fold_ascii(to + len, s);
        len += ascii;
        s = slice_skip(s, ascii);
        if (s.len > 0) len += put(to + len, small(take(&s)));
    }
    return len;
}
