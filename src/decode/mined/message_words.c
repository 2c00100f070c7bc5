/* See message_words.h. */
#include "decode/mined/message_words.h"

#include "decode/mined/message_script.h"
#include "decode/mined/message_values.h"

#define QUOTED_BYTES_MAX 2048 /* a longer text in quotes is words */

enum {
    B_BLANK = 1, /* between words */
    B_SIGN = 2,  /* between words too: punctuation */
    B_DIGIT = 4,
    B_UPPER = 8,
    B_LOWER = 16,
    B_HIGH = 32, /* of a character that is not ASCII */
    B_NAME = 64, /* signs inside of names: . _ - $ # @ ~ */
    B_SLASH = 128,
};

static const uint8_t classes[256] = {
    [0 ... 31] = B_BLANK,    [' '] = B_BLANK,         [127] = B_BLANK,
    ['0' ... '9'] = B_DIGIT, ['A' ... 'Z'] = B_UPPER, ['a' ... 'z'] = B_LOWER,
    [128 ... 255] = B_HIGH,  ['.'] = B_NAME,          ['_'] = B_NAME,
    ['-'] = B_NAME,          ['$'] = B_NAME,          ['#'] = B_NAME,
    ['@'] = B_NAME,          ['~'] = B_NAME,          ['+'] = B_NAME,
    ['&'] = B_NAME,          ['%'] = B_NAME,          ['*'] = B_NAME,
    ['!'] = B_NAME,          ['?'] = B_NAME,          ['/'] = B_SLASH,
    ['\\'] = B_SLASH,        [':'] = B_SIGN,          ['\''] = B_SIGN,
    ['"'] = B_SIGN,          [','] = B_SIGN,          [';'] = B_SIGN,
    ['='] = B_SIGN,          ['('] = B_SIGN,          [')'] = B_SIGN,
    ['['] = B_SIGN,          [']'] = B_SIGN,          ['{'] = B_SIGN,
    ['}'] = B_SIGN,          ['<'] = B_SIGN,          ['>'] = B_SIGN,
    ['|'] = B_SIGN,          ['`'] = B_SIGN,          ['^'] = B_SIGN,
};

typedef struct Reading {
    const unsigned char *text;
    size_t len, at;
    uint64_t seed;
    bool value_next;  /* behind a = */
    bool value_glued; /* with nothing between */
    bool has_high;    /* some word is not ASCII */
    MessageWords *words;
} Reading;

static uint8_t class_at(const Reading *reading, size_t at)
{
    return at < reading->len ? classes[reading->text[at]] : B_BLANK;
}

/* --- adding words ----------------------------------------------------------------------------- */

static void add_mask(Reading *reading, size_t begin, size_t end)
{
    MessageWords *words = reading->words;
    MessageWord *last = words->count > 0 ? &words->at[words->count - 1] : NULL;
    reading->value_next = false;
    if (last && last->hash == WORD_MASK) {
        last->len = (uint32_t)(end - last->begin);
        return;
    }
    if (words->count == MESSAGE_WORDS_MAX) return;
    words->at[words->count++] =
        (MessageWord){.begin = (uint32_t)begin, .len = (uint32_t)(end - begin)};
    words->masks++;
}

static uint64_t hash_of(const Reading *reading, size_t begin, size_t end)
{
    uint64_t hash = reading->seed ^ 0x9E3779B97F4A7C15u;
    size_t at = begin;
    for (; at + 8 <= end; at += 8) {
        uint64_t piece;
        memcpy(&piece, reading->text + at, 8);
        hash = (hash ^ piece) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    uint64_t piece = end - at;
    for (; at < end; at++) {
        piece = piece << 8 | reading->text[at];
    }
    hash = (hash ^ piece) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 32;
    return hash == WORD_MASK ? 1 : hash;
}

/* A masked value that is one word of letters is a name. */
static void add_name(Reading *reading, size_t begin, size_t end)
{
    MessageWords *words = reading->words;
    if (end - begin < 3 || end - begin > MESSAGE_NAME_BYTES_MAX) return;
    if (words->name_count == MESSAGE_NAMES_MAX) return;
    for (size_t i = begin; i < end; i++) {
        if (!(classes[reading->text[i]] & (B_UPPER | B_LOWER))) return;
    }
    words->names[words->name_count++] = hash_of(reading, begin, end);
}

static Slice text_of(const Reading *reading, size_t begin, size_t end)
{
    return slice_of(reading->text + begin, end - begin);
}

/* Nothing but a blank is between a digit and this word. */
static bool is_after_digit(const Reading *reading, size_t begin)
{
    return begin >= 2 && (class_at(reading, begin - 2) & B_DIGIT) &&
           reading->text[begin - 1] == ' ';
}

static bool is_named(const Reading *reading, const MessageWord *before)
{
    return before && before->hash != WORD_MASK &&
           word_names_next(text_of(reading, before->begin, before->begin + before->len));
}

static void add_word(Reading *reading, size_t begin, size_t end, bool soft)
{
    MessageWords *words = reading->words;
    const MessageWord *last = words->count > 0 ? &words->at[words->count - 1] : NULL;
    if (last && last->hash == WORD_MASK && is_after_digit(reading, begin) &&
        word_is_unit(text_of(reading, begin, end))) {
        add_mask(reading, begin, end);
        return;
    }
    bool is_value = reading->value_next || is_named(reading, last);
    if (is_value || word_is_value(text_of(reading, begin, end))) {
        if (is_value) add_name(reading, begin, end);
        add_mask(reading, begin, end);
        return;
    }
    if (words->count == MESSAGE_WORDS_MAX) return;
    words->at[words->count++] = (MessageWord){.hash = hash_of(reading, begin, end),
                                              .begin = (uint32_t)begin,
                                              .len = (uint32_t)(end - begin),
                                              .soft = soft};
}

/* --- words of ASCII --------------------------------------------------------------------------- */

/* Past what a path or address goes on with although it would end a word. */
static size_t long_value_end(const Reading *reading, size_t at)
{
    while (at < reading->len && !(class_at(reading, at) & B_BLANK) &&
           !memchr(",;()[]{}<>\"'|`", reading->text[at], 14)) {
        at++;
    }
    while (at > 0 && memchr(".:", reading->text[at - 1], 2)) {
        at--;
    }
    return at;
}

/* `a:b`: the colon is of the word when it is doubled (scopes) or part of an address or path. */
static bool colon_goes_on(const Reading *reading, size_t begin, size_t at, unsigned seen)
{
    uint8_t next = class_at(reading, at + 1);
    if (next & (B_BLANK | B_SIGN)) return false;
    if (next & B_SLASH) return at - begin == 1 || reading->text[at + 1] == '/';
    return (seen & B_DIGIT) != 0;
}

static unsigned scan_word(const Reading *reading, size_t *at)
{
    size_t begin = *at;
    unsigned seen = 0;
    for (; *at < reading->len; (*at)++) {
        uint8_t class = classes[reading->text[*at]];
        if (class & (B_BLANK | B_HIGH)) break;
        if (class & B_SIGN) {
            unsigned char c = reading->text[*at];
            bool scope = c == ':' && *at + 1 < reading->len && reading->text[*at + 1] == ':';
            if (scope) {
                (*at)++;
                continue;
            }
            uint8_t next = class_at(reading, *at + 1);
            bool inside = (c == '\'' || c == '|') && *at > begin && (next & (B_LOWER | B_UPPER));
            if (c == '|' && inside) seen |= B_NAME; /* flags: A|B|C is one value */
            if (!inside && (c != ':' || !colon_goes_on(reading, begin, *at, seen))) break;
        }
        /* a capital behind a small letter: a name of a program's own */
        if ((class & B_UPPER) && (seen & B_LOWER)) seen |= B_NAME;
        seen |= class;
    }
    return seen;
}

static bool is_path(const Reading *reading, size_t begin, size_t end, unsigned seen)
{
    if (!(seen & B_SLASH)) return false;
    if (reading->text[begin] == '/' || reading->text[begin] == '\\' ||
        reading->text[begin] == '~') {
        return end - begin > 1;
    }
    size_t slashes = 0;
    for (size_t i = begin; i < end; i++) {
        slashes += (classes[reading->text[i]] & B_SLASH) != 0;
    }
    return slashes > 1 || memchr(reading->text + begin, '\\', end - begin) != NULL;
}

static size_t path_leaf(const Reading *reading, size_t begin, size_t end)
{
    size_t at = end;
    while (at > begin && !(classes[reading->text[at - 1]] & B_SLASH)) {
        at--;
    }
    return at;
}

static void take_word(Reading *reading)
{
    size_t begin = reading->at, end = begin;
    unsigned seen = scan_word(reading, &end);
    if (end == begin) end++;
    reading->at = end;
    while (end > begin + 1 && memchr(".:!?-", reading->text[end - 1], 5)) {
        end--;
    }
    bool letters = seen & (B_UPPER | B_LOWER);
    bool at_sign = letters && memchr(reading->text + begin, '@', end - begin) != NULL;
    bool path = is_path(reading, begin, end, seen);
    if ((seen & B_DIGIT) || at_sign || path || word_is_hex(text_of(reading, begin, end))) {
        if (path) end = long_value_end(reading, end);
        if (end > reading->at) reading->at = end;
        if (path) add_name(reading, path_leaf(reading, begin, end), end);
        add_mask(reading, begin, end);
    } else if (letters) {
        bool key = class_at(reading, reading->at) & B_SIGN && reading->at < reading->len &&
                   reading->text[reading->at] == ':' &&
                   !(class_at(reading, reading->at + 1) & (B_BLANK | B_SIGN));
        bool alone = begin > 0 && memchr("([<{", reading->text[begin - 1], 4) &&
                     end < reading->len && memchr(")]>}", reading->text[end], 4);
        add_word(reading, begin, end, alone || (seen & (B_NAME | B_SLASH)) != 0);
        /* `name:value` */
        if (key) {
            reading->at++;
            reading->value_next = true;
            reading->value_glued = true;
        }
    }
}

/* --- quoted text, other scripts --------------------------------------------------------------- */

/* Where the quoted text that begins here ends; 0: it is no quote. */
static size_t quoted_end(const Reading *reading, size_t at)
{
    unsigned char quote = reading->text[at];
    size_t most = at + QUOTED_BYTES_MAX < reading->len ? at + QUOTED_BYTES_MAX : reading->len;
    unsigned char close = quote == '`' ? '\'' : quote;
    for (size_t i = at + 1; i < most; i++) {
        if (reading->text[i] == '\\') {
            i++;
        } else if (reading->text[i] == close) {
            bool ends = quote == '"' || (class_at(reading, i + 1) & (B_BLANK | B_SIGN | B_NAME));
            return ends ? i + 1 : 0;
        }
    }
    return 0;
}

static Script script_at(const Reading *reading, size_t at, size_t *ret_bytes)
{
    return script_first(slice_of(reading->text + at, reading->len - at), ret_bytes);
}

/* 「...」 and 『...』 hold a name. */
static bool take_corner_quote(Reading *reading)
{
    const char *close = reading->text[reading->at + 2] == 0x8c ? "」" : "』";
    Slice rest = slice_first(slice_skip(slice_of(reading->text, reading->len), reading->at),
                             QUOTED_BYTES_MAX);
    size_t end = slice_find(rest, slice_from_cstr(close));
    if (end == SLICE_NOT_FOUND) return false;
    add_mask(reading, reading->at, reading->at + end + 3);
    reading->at += end + 3;
    return true;
}

static void take_script_run(Reading *reading)
{
    size_t begin = reading->at, bytes;
    reading->has_high = true;
    Script script = script_at(reading, begin, &bytes);
    if (script == SCRIPT_OPEN && take_corner_quote(reading)) return;
    reading->at += bytes;
    if (script == SCRIPT_SIGN || script == SCRIPT_OPEN) return;
    while (class_at(reading, reading->at) & B_HIGH) {
        if (script_at(reading, reading->at, &bytes) != script) break;
        reading->at += bytes;
    }
    if (script == SCRIPT_DIGIT) {
        add_mask(reading, begin, reading->at);
    } else {
        add_word(reading, begin, reading->at, script == SCRIPT_HAN || script == SCRIPT_OTHER);
    }
}

/* --- the message ------------------------------------------------------------------------------ */

/* `a= b=1`: the value of a is empty when the next word has a = of its own. */
static bool next_is_name(const Reading *reading)
{
    size_t at = reading->at;
    while (class_at(reading, at) & (B_LOWER | B_UPPER | B_NAME | B_DIGIT)) {
        at++;
    }
    return at > reading->at && at < reading->len && reading->text[at] == '=';
}

static void take_sign(Reading *reading)
{
    unsigned char sign = reading->text[reading->at];
    bool quote = sign == '"' || sign == '\'' || sign == '`';
    size_t end = quote ? quoted_end(reading, reading->at) : 0;
    if (end > reading->at + 1) {
        add_name(reading, reading->at + 1, end - 1);
        add_mask(reading, reading->at, end);
        reading->at = end;
        return;
    }
    reading->at++;
    if (sign == '=') {
        if (reading->value_next) add_mask(reading, reading->at, reading->at);
        reading->value_next = reading->words->count > 0;
        reading->value_glued = true;
    } else if (reading->value_next && (sign == ',' || sign == ';' || sign == ')' || sign == ']')) {
        add_mask(reading, reading->at - 1, reading->at - 1);
    }
}

static void take_next(Reading *reading)
{
    uint8_t class = classes[reading->text[reading->at]];
    if (class & B_BLANK) {
        reading->value_glued = false;
        reading->at++;
        return;
    }
    if (reading->value_next && !reading->value_glued && next_is_name(reading))
        add_mask(reading, reading->at, reading->at);
    if (class & B_SIGN) {
        take_sign(reading);
    } else if (class & B_HIGH) {
        take_script_run(reading);
    } else {
        take_word(reading);
    }
}

static bool is_calendar_word(const Reading *reading, const MessageWord *word)
{
    return word->hash != WORD_MASK &&
           word_is_calendar(text_of(reading, word->begin, word->begin + word->len));
}

/* In a Japanese sentence what is written in ASCII is a name. */
static void soften(const Reading *reading)
{
    for (size_t i = 0; i < reading->words->count; i++) {
        MessageWord *word = &reading->words->at[i];
        if (reading->text[word->begin] < 0x80) word->soft = true;
    }
}

/* Days and months are masked when a mask follows; then what lies between is one mask. */
static void mask_calendar(Reading *reading)
{
    MessageWords *words = reading->words;
    size_t kept = words->count;
    for (size_t i = words->count; i-- > 0;) {
        MessageWord *word = &words->at[i];
        bool before_mask = kept < words->count && words->at[kept].hash == WORD_MASK;
        if (before_mask && (word->hash == WORD_MASK || is_calendar_word(reading, word))) {
            MessageWord *mask = &words->at[kept];
            uint32_t end = mask->begin + mask->len;
            words->masks -= word->hash == WORD_MASK;
            *mask = (MessageWord){.begin = word->begin, .len = end - word->begin};
        } else {
            words->at[--kept] = *word;
        }
    }
    words->count -= kept;
    if (kept > 0) memmove(words->at, words->at + kept, words->count * sizeof words->at[0]);
}

void message_words_take(Slice message, uint64_t seed, MessageWords *ret)
{
    Reading reading = {.text = (const unsigned char *)message.ptr,
                       .len = message.len < MESSAGE_BYTES_MAX ? message.len : MESSAGE_BYTES_MAX,
                       .seed = seed,
                       .words = ret};
    ret->count = ret->masks = ret->name_count = 0;
    size_t call = message_call_name_bytes(slice_of(reading.text, reading.len));
    if (call > 0) {
        add_word(&reading, 0, call, false);
        add_mask(&reading, call + 1, reading.len);
        reading.at = reading.len;
    }
    while (reading.at < reading.len && ret->count < MESSAGE_WORDS_MAX) {
        take_next(&reading);
    }
    if (reading.value_next) add_mask(&reading, reading.at, reading.at);
    if (reading.has_high) soften(&reading);
    if (ret->masks > 0) mask_calendar(&reading);
    ret->sum = ret->count;
    for (size_t i = 0; i < ret->count; i++) {
        ret->sum += word_place_hash(ret->at[i].hash, i);
    }
}
