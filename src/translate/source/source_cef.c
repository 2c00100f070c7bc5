/* See source_take.h: CEF and LEEF. */
#include "base/number.h"
#include "translate/source/source_take.h"

#include <errno.h>

/* A part of a header: up to the next | without a backslash before it. */
static Slice take_part(Slice *text)
{
    size_t at = 0;
    while (at < text->len && text->ptr[at] != '|') {
        at += text->ptr[at] == '\\' && at + 1 < text->len ? 2 : 1;
    }
    if (at > text->len) at = text->len;
    Slice part = slice_first(*text, at);
    *text = slice_skip(*text, at + 1);
    return part;
}

/* \\ \| \= are the sign itself, \n and \r an end of line (CEF, "Character encoding"). */
static int unescape(Arena *arena, Slice *value)
{
    if (slice_find_char(*value, '\\') == SLICE_NOT_FOUND) return 0;
    char *room = arena_alloc(arena, value->len);
    size_t len = 0;
    if (!room) return -ENOMEM;
    for (size_t i = 0; i < value->len; i++) {
        char c = value->ptr[i], next = i + 1 < value->len ? value->ptr[i + 1] : '\0';
        bool escapes = c == '\\' && next && strchr("\\|=nr", next);
        if (escapes) {
            c = next == 'n' || next == 'r' ? '\n' : next;
            i++;
        }
        room[len++] = c;
    }
    *value = slice_of(room, len);
    return 0;
}

static int put_part(Taking *taking, Slice name, Slice *text)
{
    Slice part = take_part(text);
    int r = unescape(taking->arena, &part);
    return r < 0 ? r : taking_put(taking, name, slice_trim(part));
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-' || c == '[' || c == ']' || c == ':';
}

/* The next `name=` at or behind `from`, with a blank or the begin of the text before the name. */
static bool find_name(Slice text, size_t from, size_t *ret_name, size_t *ret_equals)
{
    for (size_t at = from; at < text.len; at++) {
        if (text.ptr[at] == '\\') {
            at++;
            continue;
        }
        if (text.ptr[at] != '=') continue;
        size_t begin = at;
        while (begin > from && is_name_char(text.ptr[begin - 1]) &&
               at - begin < SOURCE_NAME_BYTES_MAX) {
            begin--;
        }
        bool apart = begin == 0 || text.ptr[begin - 1] == ' ' || text.ptr[begin - 1] == '\t';
        if (begin == at || !apart) continue;
        *ret_name = begin;
        *ret_equals = at;
        return true;
    }
    return false;
}

static int take_extension(Taking *taking, Slice text)
{
    size_t name, equals, next_name, next_equals;
    bool more = find_name(text, 0, &name, &equals);
    while (more) {
        more = find_name(text, equals + 1, &next_name, &next_equals);
        size_t end = more ? next_name : text.len;
        Slice value = slice_trim(slice_of(text.ptr + equals + 1, end - equals - 1));
        int r = unescape(taking->arena, &value);
        if (r == 0) r = taking_put(taking, slice_of(text.ptr + name, equals - name), value);
        if (r < 0) return r;
        name = next_name;
        equals = next_equals;
    }
    return 0;
}

/* cs1Label=Rule cs1=7: the value also has the name Rule, when the definition asks for that. */
static void name_labelled(Taking *taking)
{
    const Slice suffix = SLICE("Label");
    for (size_t i = 0; i < taking->field_count; i++) {
        const Field *label = &taking->fields[i];
        if (!slice_ends(label->name, suffix) || label->value.len == 0) continue;
        int slot = source_slot_of(&taking->definition->slots, label->value,
                                  source_name_hash(label->value));
        if (slot < 0 || taking->values[slot].len > 0) continue;
        Slice name = slice_first(label->name, label->name.len - suffix.len);
        for (size_t k = 0; k < taking->field_count; k++) {
            if (slice_eq(taking->fields[k].name, name))
                taking->values[slot] = taking->fields[k].value;
        }
    }
}

int take_cef(Taking *taking, Slice text)
{
    static const Slice parts[] = {SLICE_INIT("cefVersion"),         SLICE_INIT("deviceVendor"),
                                  SLICE_INIT("deviceProduct"),      SLICE_INIT("deviceVersion"),
                                  SLICE_INIT("deviceEventClassId"), SLICE_INIT("name"),
                                  SLICE_INIT("cefSeverity")};
    size_t begin = slice_find(text, SLICE("CEF:"));
    if (begin == SLICE_NOT_FOUND) return SOURCE_NOT_SO;
    text = slice_skip(text, begin + 4);
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        if (text.len == 0 && i + 1 < ARRAY_COUNT(parts)) return SOURCE_NOT_SO;
        int r = put_part(taking, parts[i], &text);
        if (r < 0) return r;
    }
    int r = take_extension(taking, text);
    if (r == 0) name_labelled(taking);
    return r;
}

/* The delimiter of LEEF 2.0: a character, or its code in hexadecimal (x09, 0x09). */
static char leef_delimiter(Slice part)
{
    uint64_t code;
    Slice digits = part;
    if (slice_starts_nocase(digits, SLICE("0x"))) digits = slice_skip(digits, 2);
    if (slice_starts_nocase(digits, SLICE("x"))) digits = slice_skip(digits, 1);
    bool coded = digits.len < part.len && number_parse_hex(digits, &code) == 0;
    if (coded && code > 0 && code < 128) return (char)code;
    return part.len == 1 ? part.ptr[0] : '\t';
}

static int take_attributes(Taking *taking, Slice text, char delimiter)
{
    Slice pair;
    while (slice_cut(&text, delimiter, &pair)) {
        size_t equals = slice_find_char(pair, '=');
        Slice name = slice_trim(slice_first(pair, equals));
        if (equals == SLICE_NOT_FOUND || name.len == 0 || name.len > SOURCE_NAME_BYTES_MAX)
            continue;
        int r = taking_put(taking, name, slice_trim(slice_skip(pair, equals + 1)));
        if (r < 0) return r;
    }
    return 0;
}

int take_leef(Taking *taking, Slice text)
{
    static const Slice parts[] = {SLICE_INIT("leefVersion"), SLICE_INIT("deviceVendor"),
                                  SLICE_INIT("deviceProduct"), SLICE_INIT("deviceVersion"),
                                  SLICE_INIT("eventId")};
    size_t begin = slice_find(text, SLICE("LEEF:"));
    if (begin == SLICE_NOT_FOUND) return SOURCE_NOT_SO;
    text = slice_skip(text, begin + 5);
    bool second = slice_starts(text, SLICE("2"));
    char delimiter = '\t';
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        if (text.len == 0 && i + 1 < ARRAY_COUNT(parts)) return SOURCE_NOT_SO;
        int r = put_part(taking, parts[i], &text);
        if (r < 0) return r;
    }
    if (second) delimiter = leef_delimiter(take_part(&text));
    return take_attributes(taking, text, delimiter);
}
