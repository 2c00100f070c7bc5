/* See message_values.h. */
#include "decode/mined/message_values.h"

#include "base/cleanup.h"

static bool is_one_of(Slice word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq_nocase(word, slice_from_cstr(words[i]))) return true;
    }
    return false;
}

bool word_is_value(Slice word)
{
    static const char *const words[] = {"true", "false", "null"};
    return (word.len == 4 || word.len == 5) && is_one_of(word, words, ARRAY_COUNT(words));
}

bool word_names_next(Slice word)
{
    static const char *const words[] = {"user", "username", "ユーザー", "ユーザ", "利用者"};
    if (word.len != 4 && word.len != 8 && word.len != 9 && word.len != 12) return false;
    return is_one_of(word, words, ARRAY_COUNT(words));
}

bool word_is_unit(Slice word)
{
    static const char *const words[] = {"b",  "kb", "mb", "gb",  "tb",   "kib",   "mib",    "gib",
                                        "ms", "us", "ns", "sec", "secs", "msecs", "micros", "s"};
    return word.len <= 6 && is_one_of(word, words, ARRAY_COUNT(words));
}

bool word_is_calendar(Slice word)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdecmontuewedthufrisatsun";
    if (word.len != 3) return false;
    for (size_t i = 0; i + 3 < sizeof names; i += 3) {
        if (slice_eq_nocase(word, slice_of(names + i, 3))) return true;
    }
    return false;
}

bool word_is_hex(Slice word)
{
    if (word.len < 8) return false;
    for (size_t i = 0; i < word.len; i++) {
        char c = (char)(word.ptr[i] | 32);
        if (c < 'a' || c > 'f') return false;
    }
    return true;
}

static bool is_of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

size_t message_call_name_bytes(Slice message)
{
    size_t name = 0, open = 0, at;
    while (name < message.len && is_of_name(message.ptr[name])) {
        name++;
    }
    if (name < 2 || name >= message.len || message.ptr[name] != '(') return 0;
    for (at = name; at < message.len; at++) {
        open += message.ptr[at] == '(';
        if (message.ptr[at] == ')' && --open == 0) break;
    }
    if (at == message.len) return name;
    at++;
    while (at < message.len && message.ptr[at] == ' ') {
        at++;
    }
    return at < message.len && message.ptr[at] == '=' ? name : 0;
}
