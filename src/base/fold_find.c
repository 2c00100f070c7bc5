/* See fold.h: finding in text while it is folded, piece by piece. */
#include "base/fold.h"

#include "base/fold_int.h"

#define CHUNK_BYTES 4096

/* A window of folded text that slides over a long text; needles may lie across its steps. */
typedef struct FoldWindow {
    Slice rest; /* not yet folded */
    size_t len;
    bool start;     /* bytes[0] is the beginning of the text */
    bool keep_case; /* fold_text_case in the place of fold_text */
    char bytes[CHUNK_BYTES + FOLD_NEEDLE_BYTES_MAX +
               32]; /* 8 of overlap, 15 of reading past the end */
} FoldWindow;

static void window_begin(FoldWindow *window, Slice text, bool keep_case)
{
    window->rest = text;
    window->keep_case = keep_case;
    window->len = 0;
    window->start = true;
}

/* Keeps the last `keep` bytes and folds the next chunk behind them. */
static void window_slide(FoldWindow *window, size_t keep)
{
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
    if (step >= 3 && step < window->rest.len && fold_mark_at(slice_skip(window->rest, step))) {
        step -= 3; /* nor between a kana and its mark: both are three bytes long */
        while (step > 0 && ((unsigned char)window->rest.ptr[step] & 0xc0) == 0x80) {
            step--;
        }
    }
    Slice piece = slice_first(window->rest, step);
    char *to = window->bytes + window->len;
    window->len += window->keep_case ? fold_text_case(to, piece) : fold_text(to, piece);
    window->rest = slice_skip(window->rest, step);
}

/* Where the needle (not empty) first stands at or after `from`, by its first and last byte
 * together, sixteen places at a time; SLICE_NOT_FOUND. Reads up to 15 bytes past len, which the
 * window has. */
static size_t window_find(const FoldWindow *window, size_t from, Slice needle)
{
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

static bool is_ascii(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] & 0x80) return false;
    }
    return true;
}

/* What is or-ed to a byte before it is compared: it makes capitals small. */
static unsigned char case_bit(char c, bool keep_case)
{
    return !keep_case && c >= 'a' && c <= 'z' ? 0x20 : 0;
}

static bool stands_here(const char *here, Slice needle, bool keep_case)
{
    if (keep_case) return memcmp(here, needle.ptr, needle.len) == 0;
    for (size_t i = 0; i < needle.len; i++) {
        if (small_ascii((unsigned char)here[i]) != (unsigned char)needle.ptr[i]) return false;
    }
    return true;
}

/* As long as the text is ASCII it need not be folded to be compared: sixteen places at a time, by
 * the first and the last byte of the needle, which is ASCII too. *ret_at: where that ended, and
 * up to where there is nothing; its length when it is all ASCII. */
static bool contains_ascii(Slice text, Slice needle, bool keep_case, size_t *ret_at)
{
    const size_t span = needle.len - 1;
    const Bytes16 first = splat16((unsigned char)needle.ptr[0]);
    const Bytes16 last = splat16((unsigned char)needle.ptr[span]);
    const Bytes16 first_case = splat16(case_bit(needle.ptr[0], keep_case));
    const Bytes16 last_case = splat16(case_bit(needle.ptr[span], keep_case));
    size_t at = 0;
    for (; at + span + 16 <= text.len; at += 16) {
        const char *here = text.ptr + at;
        Bytes16 begin = load16(here), end = load16(here + span);
        *ret_at = at;
        if (any16(begin & splat16(0x80))) return false;
        Bytes16 both =
            (Bytes16)((begin | first_case) == first) & (Bytes16)((end | last_case) == last);
        if (!any16(both)) continue;
        for (size_t i = 0; i < 16; i++) {
            if (both[i] && stands_here(here + i, needle, keep_case)) return true;
        }
    }
    for (; at < text.len; at++) {
        *ret_at = at;
        if ((unsigned char)text.ptr[at] & 0x80) return false;
        if (at + span < text.len && stands_here(text.ptr + at, needle, keep_case)) return true;
    }
    *ret_at = text.len;
    return false;
}

static bool contains(Slice text, Slice needle, bool keep_case)
{
    if (needle.len == 0) return true;
    /* A folded letter may have come from more bytes, never from fewer. */
    if (text.len < needle.len) return false;
    if (is_ascii(needle)) {
        size_t at;
        if (contains_ascii(text, needle, keep_case, &at)) return true;
        if (at == text.len) return false;
        text = slice_skip(text, at < needle.len ? 0 : at - needle.len);
    }
    FoldWindow window;
    window_begin(&window, text, keep_case);
    while (window.rest.len > 0) {
        window_slide(&window, needle.len - 1);
        if (window_find(&window, 0, needle) != SLICE_NOT_FOUND) return true;
    }
    return false;
}

bool fold_contains(Slice text, Slice needle)
{
    return contains(text, needle, false);
}

bool fold_contains_case(Slice text, Slice needle)
{
    return contains(text, needle, true);
}

bool fold_equals(Slice text, Slice needle)
{
    if (text.len < needle.len) return false;
    while (text.len > 0 && needle.len > 0) {
        unsigned char c = (unsigned char)text.ptr[0];
        if (c < 0x80) {
            if (small_ascii(c) != (unsigned char)needle.ptr[0]) return false;
            text = slice_skip(text, 1);
            needle = slice_skip(needle, 1);
        } else if (fold_take(&text) != fold_take_width(&needle)) {
            return false;
        }
    }
    return text.len == 0 && needle.len == 0;
}

static bool joins_words(uint32_t c)
{
    if (c < 0x80) {
        uint32_t letter = c | 32;
        return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }
    return c >= 0xc0 && c < 0x2000 && c != 0xd7 && c != 0xf7;
}

/* The code point that ends at bytes[end]. */
static uint32_t last_before(const char *bytes, size_t end)
{
    size_t at = end - 1;
    while (at > 0 && end - at < 4 && ((unsigned char)bytes[at] & 0xc0) == 0x80) {
        at--;
    }
    Slice one = slice_of(bytes + at, end - at);
    return fold_take_width(&one);
}

static uint32_t first_of(Slice s)
{
    return fold_take_width(&s);
}

static bool stands_alone(Slice text, size_t at, size_t len)
{
    Slice found = slice_of(text.ptr + at, len), after = slice_skip(text, at + len);
    if (at > 0 && joins_words(last_before(text.ptr, at)) && joins_words(first_of(found)))
        return false;
    return after.len == 0 || !joins_words(first_of(after)) ||
           !joins_words(last_before(text.ptr, at + len));
}

/* Looks through the window. While text is left, a find within 4 bytes of its end is left for the
 * next window, because what follows is not known yet; in that window it stands 5 bytes or more from
 * the front, and what stands nearer was judged here. */
static bool find_words(const FoldWindow *window, Slice needle)
{
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

static bool contains_words(Slice text, Slice needle, bool keep_case)
{
    if (needle.len == 0) return text.len == 0;
    if (text.len < needle.len) return false;
    FoldWindow window;
    window_begin(&window, text, keep_case);
    while (window.rest.len > 0) {
        window_slide(&window, needle.len + 8);
        if (find_words(&window, needle)) return true;
    }
    return false;
}

bool fold_contains_words(Slice text, Slice needle)
{
    return contains_words(text, needle, false);
}

bool fold_contains_words_case(Slice text, Slice needle)
{
    return contains_words(text, needle, true);
}

static bool glob(Slice text, Slice pattern)
{
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
            uint32_t wanted = fold_take_width(&tail);
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

Slice fold_longest_literal(Slice pattern)
{
    Slice longest = {0};
    size_t start = 0;
    for (size_t i = 0; i <= pattern.len; i++) {
        if (i < pattern.len && pattern.ptr[i] != '*' && pattern.ptr[i] != '?') continue;
        if (i - start > longest.len) longest = slice_of(pattern.ptr + start, i - start);
        start = i + 1;
    }
    return longest;
}

bool fold_glob(Slice text, Slice pattern)
{
    /* Most texts lack it, and looking for it is far quicker than trying the pattern everywhere. */
    Slice literal = fold_longest_literal(pattern);
    return fold_contains(text, literal) && glob(text, pattern);
}

bool fold_has_wildcard(Slice s)
{
    return slice_find_char(s, '*') != SLICE_NOT_FOUND || slice_find_char(s, '?') != SLICE_NOT_FOUND;
}

Slice fold_without_stars(Slice s)
{
    while (s.len > 0 && s.ptr[0] == '*') {
        s = slice_skip(s, 1);
    }
    while (s.len > 0 && s.ptr[s.len - 1] == '*') {
        s.len--;
    }
    return s;
}
