/* See sentence_int.h: words and values as they stand in a sentence. */
#include "record/sentence_int.h"

#include "base/utf8.h"

Mark sentence_mark(const Rendering *r)
{
    size_t len = r->to->len;
    return (Mark){.len = len, .last = len > r->start ? r->to->ptr[len - 1] : '\0'};
}

void sentence_go_back(Rendering *r, Mark mark)
{
    r->to->len = mark.len;
    if (mark.len > r->start) r->to->ptr[mark.len - 1] = mark.last;
}

/* Templates have blanks around values, so that a name in Latin letters stands apart; in Japanese
 * there are none around our own Japanese words and marks. */
static void drop_blank(Rendering *r)
{
    bool blank = r->to->len > r->start && r->to->ptr[r->to->len - 1] == ' ';
    if (blank && r->language == LANGUAGE_JA) r->to->len--;
}

void sentence_add_words(Rendering *r, const char *words)
{
    if ((unsigned char)words[0] >= 0x80) drop_blank(r);
    r->own = true;
    bool first = r->to->len == r->start && r->language == LANGUAGE_EN;
    if (first && words[0] >= 'a' && words[0] <= 'z') {
        buf_add_char(r->to, (char)(words[0] - 'a' + 'A'));
        words++;
    }
    buf_add_cstr(r->to, words);
}

void sentence_add_either(Rendering *r, const char *ja, const char *en)
{
    sentence_add_words(r, r->language == LANGUAGE_JA ? ja : en);
}

bool sentence_add_known(Rendering *r, const WordTable *table, Slice key)
{
    const Word *word = key.len ? word_find(table, key) : NULL;
    if (word) sentence_add_words(r, word->text[r->language]);
    return word != NULL;
}

/* Control characters, line separators, and the marks that change the direction or order of the text
 * around them (Unicode UAX 9), which a log's writer could use to make a sentence read otherwise. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

/* A value that could be taken for a part of the sentence stands in quotes. */
static bool needs_quotes(Slice value)
{
    while (value.len > 0) {
        uint32_t c = utf8_take(&value);
        if (c <= ' ' || (c < 0x80 && strchr(",;()[]", (int)c))) return true;
        bool punctuation = (c >= 0x2000 && c <= 0x206f) || (c >= 0x3000 && c <= 0x3011) ||
                           (c >= 0xff00 && c <= 0xff0f) || c == 0xa0;
        if (punctuation || is_unsafe(c)) return true;
    }
    return false;
}

/* The quotation marks themselves cannot come from a value. */
static uint32_t without_marks(uint32_t c, Language language)
{
    if (language == LANGUAGE_EN) return c == 0x201c || c == 0x201d ? '"' : c;
    return c == 0x300c ? 0x300e : c == 0x300d ? 0x300f : c;
}

static void add_cleaned(Rendering *r, Slice value, bool quoted)
{
    size_t bytes = 0;
    bool after_blank = false;
    while (value.len > 0) {
        char out[4];
        uint32_t c = utf8_take(&value);
        bool unsafe = is_unsafe(c);
        if (unsafe && after_blank) continue;
        c = unsafe ? ' ' : quoted ? without_marks(c, r->language) : c;
        after_blank = c == ' ';
        size_t len = utf8_put(out, c);
        if (bytes + len > SENTENCE_VALUE_BYTES_MAX) {
            buf_add_cstr(r->to, "…");
            return;
        }
        buf_add(r->to, out, len);
        bytes += len;
    }
}

bool sentence_add_value(Rendering *r, Slice value, Quote quote)
{
    value = slice_trim(value);
    if (value.len == 0) return false;
    bool quoted =
        quote == QUOTE_ALWAYS || needs_quotes(slice_first(value, SENTENCE_VALUE_BYTES_MAX));
    if (quoted) drop_blank(r);
    if (quoted) buf_add_cstr(r->to, r->language == LANGUAGE_JA ? "「" : "“");
    add_cleaned(r, value, quoted);
    r->own = quoted;
    if (quoted) buf_add_cstr(r->to, r->language == LANGUAGE_JA ? "」" : "”");
    return true;
}
