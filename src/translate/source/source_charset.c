/* See source_charset.h. */
#include "translate/source/source_charset.h"

#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

enum { CP932, EUC_JP, ISO_2022_JP, CHARSET_COUNT };

static const struct {
    Slice name;
    const char *library_name;
} charsets[CHARSET_COUNT] = {
    [CP932] = {SLICE_INIT("CP932"), "CP932"},
    [EUC_JP] = {SLICE_INIT("EUC-JP"), "EUC-JP-MS"},
    [ISO_2022_JP] = {SLICE_INIT("ISO-2022-JP"), "ISO-2022-JP-3"},
};

struct Charset {
    bool opened[CHARSET_COUNT]; /* most streams of work need none of them */
    iconv_t tables[CHARSET_COUNT];
};

Charset *charset_new(void)
{
    return calloc(1, sizeof(Charset));
}

void charset_free(Charset *charset)
{
    if (!charset) return;
    for (size_t i = 0; i < CHARSET_COUNT; i++) {
        if (charset->opened[i] && charset->tables[i] != (iconv_t)-1)
            iconv_close(charset->tables[i]);
    }
    free(charset);
}

/* ISO-2022-JP switches to two-byte characters with ESC $ (RFC 1468). Asked of every line, of which
 * hardly one has an ESC: that is looked for alone, as quickly as can be. */
static bool has_escapes(Slice text)
{
    size_t escape;
    while ((escape = slice_find_char(text, '\x1b')) != SLICE_NOT_FOUND) {
        text = slice_skip(text, escape + 1);
        if (slice_starts(text, SLICE("$"))) return true;
    }
    return false;
}

bool charset_is_needed(Slice text)
{
    return !utf8_is_valid(text) || has_escapes(text);
}

/* -EILSEQ: the text is not in this encoding. */
static int convert(Charset *charset, size_t which, Slice text, Arena *arena, Slice *ret)
{
    size_t room = text.len * 3 + 16, left_in = text.len, left_out = room;
    char *made = arena_alloc(arena, room), *in = (char *)(uintptr_t)text.ptr, *out = made;
    if (!charset->opened[which]) {
        charset->tables[which] = iconv_open("UTF-8", charsets[which].library_name);
        charset->opened[which] = true;
    }
    iconv_t table = charset->tables[which];
    if (!made) return -ENOMEM;
    if (table == (iconv_t)-1) return -EILSEQ;
    iconv(table, NULL, NULL, NULL, NULL);
    if (iconv(table, &in, &left_in, &out, &left_out) == (size_t)-1) return -EILSEQ;
    *ret = slice_of(made, room - left_out);
    return 0;
}

/* Half-width katakana: text of one of the two encodings that is read in the other is full of it. */
static size_t count_rare(Slice text)
{
    size_t rare = 0;
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        rare += (c >= 0xff61 && c <= 0xff9f) || (c >= 0xe000 && c <= 0xf8ff);
    }
    return rare;
}

static int find_out(Charset *charset, Slice text, Arena *arena, Slice *ret)
{
    size_t fewest = SIZE_MAX;
    Slice best = text;
    if (has_escapes(text)) {
        int r = convert(charset, ISO_2022_JP, text, arena, ret);
        if (r != -EILSEQ) return r;
    }
    *ret = text;
    if (utf8_is_valid(text)) return 0;
    for (size_t which = CP932; which <= EUC_JP; which++) {
        Slice made;
        int r = convert(charset, which, text, arena, &made);
        if (r == -ENOMEM) return r;
        if (r < 0) continue;
        size_t rare = count_rare(made);
        if (rare >= fewest) continue;
        fewest = rare;
        best = made;
    }
    *ret = best;
    return 0;
}

int charset_to_utf8(Charset *charset, Slice text, Slice name, Arena *arena, Slice *ret)
{
    for (size_t i = 0; i < CHARSET_COUNT; i++) {
        if (!slice_eq(charsets[i].name, name)) continue;
        int r = convert(charset, i, text, arena, ret);
        if (r != -EILSEQ) return r;
    }
    return find_out(charset, text, arena, ret);
}
