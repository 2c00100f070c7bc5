/* See fold.h. */
#include "search/fold.h"

#include "base/utf8.h"

#define CHUNK_BYTES 4096
#define REPLACEMENT 0xfffd

/* One code point, or an ill-formed byte as FOLD_BYTE + byte. */
static uint32_t take(Slice *s) {
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

static size_t put(char *to, uint32_t code_point) {
    if (code_point < 0x80 || code_point >= FOLD_BYTE) {
        *to = (char)code_point; /* FOLD_BYTE has no bits in the lowest byte */
        return 1;
    }
    return utf8_put(to, code_point);
}

static uint32_t narrow(uint32_t c) {
    if (c < 0x80) return c;
    if (c >= 0xff01 && c <= 0xff5e) return c - 0xff01 + '!';
    if (c == 0x3000) return ' ';
    if (c == 0xffe5 || c == 0xa5) return '\\';
    return c;
}

static uint32_t small(uint32_t c) {
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

uint32_t fold_take(Slice *s) {
    return small(narrow(take(s)));
}

/* Sixteen bytes at once, in the compilers' own vector types (gcc and clang alike). */
typedef unsigned char Bytes16 __attribute__((vector_size(16)));
typedef uint64_t Words2 __attribute__((vector_size(16)));

static inline Bytes16 load16(const char *from) {
    Bytes16 bytes;
    memcpy(&bytes, from, sizeof bytes);
    return bytes;
}

static inline Bytes16 splat16(unsigned char c) {
    return c - (Bytes16){0};
}

static inline bool any16(Bytes16 bytes) {
    Words2 words = (Words2)bytes;
    return (words[0] | words[1]) != 0;
}

static inline unsigned char small_ascii(unsigned char c) {
    return (unsigned char)(c + ((unsigned char)(c - 'A') < 26) * 32);
}

/* Returns how many bytes from the front were ASCII and are done. */
static size_t fold_ascii(char *to, Slice s) {
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

size_t fold_text(char *to, Slice s) {
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

size_t fold_width(char *to, Slice s) {
    size_t len = 0;
    while (s.len > 0) {
        len += put(to + len, narrow(take(&s)));
    }
    return len;
}

/* A window of folded text that slides over a long text; needles may lie across its steps. */
typedef struct FoldWindow {
    Slice rest; /* not yet folded */
    size_t len;
    bool start; /* bytes[0] is the beginning of the text */
    char bytes[CHUNK_BYTES + FOLD_NEEDLE_BYTES_MAX +
               32]; /* 8 of overlap, 15 of reading past the end */
} FoldWindow;

static void window_begin(FoldWindow *window, Slice text) {
    window->rest = text;
    window->len = 0;
    window->start = true;
}

/* Keeps the last `keep` bytes and folds the next chunk behind them. */
static void window_slide(FoldWindow *window, size_t keep) {
    if (keep < window->len) {
        memmove(window->bytes, window->bytes + window->len - keep, keep);
        window->len = keep;
        window->start = false;
    }
    size_t step = window->rest.len < CHUNK_BYTES ? window->rest.len : CHUNK_BYTES;
    while (step < window->rest.len && step > CHUNK_BYTES - 4 &&
           ((unsigned char)window->rest.ptr[step] & 0xc0) == 0x80) {
        step--; /* not through the middle of a character */
    }
    window->len += fold_text(window->bytes + window->len, slice_first(window->rest, step));
    window->rest = slice_skip(window->rest, step);
}

/* Where the needle (not empty) first stands at or after `from`, by its first and last byte
 * together, sixteen places at a time; SLICE_NOT_FOUND. Reads up to 15 bytes past len, which the
 * window has. */
static size_t window_find(const FoldWindow *window, size_t from, Slice needle) {
    if (window->len < needle.len) return SLICE_NOT_FOUND;
    const size_t end = window->len - needle.len + 1; /* of the places */
    const Bytes16 first = splat16((unsigned char)needle.ptr[0]);
    const Bytes16 last = splat16((unsigned char)needle.ptr[needle.len - 1]);
    for (size_t at = from; at < end; at += 16) {
        const char *here = window->bytes + at;
        Bytes16 both =
            (Bytes16)(load16(here) == first) & (Bytes16)(load16(here + needle.len - 1) == last);
        if (!any16(both)) continue;
        for (size_t i = 0; i < 16 && at + i < end; i++) {
            if (both[i] && memcmp(here + i, needle.ptr, needle.len) == 0) return at + i;
        }
    }
    return SLICE_NOT_FOUND;
}

bool fold_contains(Slice text, Slice needle) {
    if (needle.len == 0) return true;
    /* A folded letter may have come from more bytes, never from fewer. */
    if (text.len < needle.len) return false;
    FoldWindow window;
    window_begin(&window, text);
    while (window.rest.len > 0) {
        window_slide(&window, needle.len - 1);
        if (window_find(&window, 0, needle) != SLICE_NOT_FOUND) return true;
    }
    return false;
}

bool fold_equals(Slice text, Slice needle) {
    if (text.len < needle.len) return false;
    while (text.len > 0 && needle.len > 0) {
        unsigned char c = (unsigned char)text.ptr[0];
        if (c < 0x80) {
            if (small_ascii(c) != (unsigned char)needle.ptr[0]) return false;
            text = slice_skip(text, 1);
            needle = slice_skip(needle, 1);
        } else if (fold_take(&text) != take(&needle)) {
            return false;
        }
    }
    return text.len == 0 && needle.len == 0;
}

static bool joins_words(uint32_t c) {
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    return c >= 0xc0 && c < 0x2000 && c != 0xd7 && c != 0xf7;
}

/* The code point that ends at bytes[end]. */
static uint32_t last_before(const char *bytes, size_t end) {
    size_t at = end - 1;
    while (at > 0 && end - at < 4 && ((unsigned char)bytes[at] & 0xc0) == 0x80) {
        at--;
    }
    Slice one = slice_of(bytes + at, end - at);
    return take(&one);
}

static uint32_t first_of(Slice s) {
    return take(&s);
}

static bool stands_alone(Slice text, size_t at, size_t len) {
    Slice found = slice_of(text.ptr + at, len), after = slice_skip(text, at + len);
    if (at > 0 && joins_words(last_before(text.ptr, at)) && joins_words(first_of(found)))
        return false;
    return after.len == 0 || !joins_words(first_of(after)) ||
           !joins_words(last_before(text.ptr, at + len));
}

/* Looks through the window. While text is left, a find within 4 bytes of its end is left for the
 * next window, because what follows is not known yet; in that window it stands 5 bytes or more from
 * the front, and what stands nearer was judged here. */
static bool find_words(const FoldWindow *window, Slice needle) {
    Slice seen = slice_of(window->bytes, window->len);
    size_t from = 0;
    for (;;) {
        size_t at = window_find(window, from, needle);
        if (at == SLICE_NOT_FOUND) return false;
        bool whole =
            (at > 4 || window->start) && (at + needle.len + 4 <= seen.len || !window->rest.len);
        if (whole && stands_alone(seen, at, needle.len)) return true;
        from = at + 1;
    }
}

bool fold_contains_words(Slice text, Slice needle) {
    if (needle.len == 0) return text.len == 0;
    if (text.len < needle.len) return false;
    FoldWindow window;
    window_begin(&window, text);
    while (window.rest.len > 0) {
        window_slide(&window, needle.len + 8);
        if (find_words(&window, needle)) return true;
    }
    return false;
}

static bool glob(Slice text, Slice pattern) {
    Slice star_pattern = {0}, star_text = {0};
    bool star = false;
    for (;;) {
        if (pattern.len > 0 && pattern.ptr[0] == '*') {
            star = true;
            star_pattern = pattern = slice_skip(pattern, 1);
            star_text = text;
            if (pattern.len == 0) return true;
            continue;
        }
        if (text.len == 0) return pattern.len == 0;
        Slice next = text, tail = pattern;
        uint32_t c = fold_take(&next);
        if (tail.len > 0) {
            uint32_t wanted = take(&tail);
            if (wanted == '?' || wanted == c) {
                text = next;
                pattern = tail;
                continue;
            }
        }
        if (!star) return false;
        fold_take(&star_text); /* the star takes one more */
        text = star_text;
        pattern = star_pattern;
    }
}

/* The longest run of a pattern without * and ?. */
static Slice longest_literal(Slice pattern) {
    Slice longest = {0};
    size_t start = 0;
    for (size_t i = 0; i <= pattern.len; i++) {
        if (i < pattern.len && pattern.ptr[i] != '*' && pattern.ptr[i] != '?') continue;
        if (i - start > longest.len) longest = slice_of(pattern.ptr + start, i - start);
        start = i + 1;
    }
    return longest;
}

bool fold_glob(Slice text, Slice pattern) {
    /* Most texts lack it, and looking for it is far quicker than trying the pattern everywhere. */
    Slice literal = longest_literal(pattern);
    return fold_contains(text, literal) && glob(text, pattern);
}

bool fold_has_wildcard(Slice s) {
    return slice_find_char(s, '*') != SLICE_NOT_FOUND || slice_find_char(s, '?') != SLICE_NOT_FOUND;
}

Slice fold_without_stars(Slice s) {
    while (s.len > 0 && s.ptr[0] == '*') {
        s = slice_skip(s, 1);
    }
    while (s.len > 0 && s.ptr[s.len - 1] == '*') {
        s.len--;
    }
    return s;
}
