/* See syslog_words.h. */
#include "decode/syslog_words.h"

#include <errno.h>

typedef struct Word {
    Slice text;
    unsigned number;
} Word;

static const Word facilities[] = {
    {SLICE_INIT("kern"), 0},    {SLICE_INIT("user"), 1},    {SLICE_INIT("mail"), 2},
    {SLICE_INIT("daemon"), 3},  {SLICE_INIT("auth"), 4},    {SLICE_INIT("security"), 4},
    {SLICE_INIT("syslog"), 5},  {SLICE_INIT("lpr"), 6},     {SLICE_INIT("news"), 7},
    {SLICE_INIT("uucp"), 8},    {SLICE_INIT("cron"), 9},    {SLICE_INIT("authpriv"), 10},
    {SLICE_INIT("ftp"), 11},    {SLICE_INIT("ntp"), 12},    {SLICE_INIT("local0"), 16},
    {SLICE_INIT("local1"), 17}, {SLICE_INIT("local2"), 18}, {SLICE_INIT("local3"), 19},
    {SLICE_INIT("local4"), 20}, {SLICE_INIT("local5"), 21}, {SLICE_INIT("local6"), 22},
    {SLICE_INIT("local7"), 23},
};

static const Word severities[] = {
    {SLICE_INIT("emerg"), 0},   {SLICE_INIT("panic"), 0}, {SLICE_INIT("alert"), 1},
    {SLICE_INIT("crit"), 2},    {SLICE_INIT("err"), 3},   {SLICE_INIT("error"), 3},
    {SLICE_INIT("warning"), 4}, {SLICE_INIT("warn"), 4},  {SLICE_INIT("notice"), 5},
    {SLICE_INIT("info"), 6},    {SLICE_INIT("debug"), 7},
};

static int find_word(const Word *words, size_t count, Slice text, unsigned *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (!slice_eq(words[i].text, text)) continue;
        *ret = words[i].number;
        return 0;
    }
    return -EBADMSG;
}

int syslog_pair_read(Slice word, unsigned *ret_facility, unsigned *ret_severity)
{
    if (word.len > 2 && word.ptr[0] == '<' && word.ptr[word.len - 1] == '>') {
        word = slice_of(word.ptr + 1, word.len - 2);
    }
    size_t dot = slice_find_char(word, '.');
    unsigned facility, severity;
    if (dot == SLICE_NOT_FOUND) return -EBADMSG;
    if (find_word(facilities, ARRAY_COUNT(facilities), slice_first(word, dot), &facility) < 0 ||
        find_word(severities, ARRAY_COUNT(severities), slice_skip(word, dot + 1), &severity) < 0) {
        return -EBADMSG;
    }
    *ret_facility = facility;
    *ret_severity = severity;
    return 0;
}

int syslog_cisco_severity(Slice tag, unsigned *ret_severity)
{
    static const char letters[] = "EACEWNID"; /* at the severity's own number; 0 is E too */
    if (tag.len < 5 || tag.ptr[0] != '%') return -EBADMSG;
    for (size_t i = 2; i + 2 < tag.len; i++) {
        if (tag.ptr[i - 1] != '-' || tag.ptr[i + 1] != '-') continue;
        char c = tag.ptr[i];
        if (c >= '0' && c <= '7') {
            *ret_severity = (unsigned)(c - '0');
            return 0;
        }
        const char *letter = c ? strchr(letters + 1, c) : NULL;
        if (!letter) continue;
        *ret_severity = (unsigned)(letter - letters);
        return 0;
    }
    return -EBADMSG;
}

bool syslog_is_level_word(Slice word)
{
    static const Slice levels[] = {
        SLICE_INIT("trace"),   SLICE_INIT("debug"), SLICE_INIT("info"),     SLICE_INIT("notice"),
        SLICE_INIT("warn"),    SLICE_INIT("err"),   SLICE_INIT("error"),    SLICE_INIT("fatal"),
        SLICE_INIT("warning"), SLICE_INIT("crit"),  SLICE_INIT("critical"), SLICE_INIT("severe")};
    for (size_t i = 0; i < ARRAY_COUNT(levels); i++) {
        if (slice_eq_nocase(levels[i], word)) return true;
    }
    return false;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Hexadecimal groups with two colons or more, then maybe a dotted tail or a %zone. */
static bool is_like_ipv6(Slice word)
{
    size_t colons = 0, at = 0;
    for (; at < word.len && word.ptr[at] != '%'; at++) {
        char c = word.ptr[at];
        if (c == ':') colons++;
        if (c != ':' && c != '.' && !is_hex(c)) return false;
    }
    return colons >= 2 && at >= 3;
}

bool syslog_is_host(Slice word)
{
    if (word.len == 0 || word.len > 255) return false;
    if (slice_find_char(word, ':') != SLICE_NOT_FOUND) return is_like_ipv6(word);
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char)word.ptr[i];
        bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        bool is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && c < 0x80 && !memchr("._-/@%", c, 6)) return false;
    }
    return word.ptr[0] != '%';
}
