/* See event_line.h. */
#include "tests/support/event_line.h"

#include "base/number.h"

static bool take_escape(Slice *value, char *to)
{
    uint64_t byte;
    char c = value->len > 1 ? value->ptr[1] : '\0';
    size_t used = 2;
    switch (c) {
    case 'n': *to = '\n'; break;
    case 't': *to = '\t'; break;
    case '\\': *to = '\\'; break;
    case 'x':
        if (value->len < 4 || number_parse_hex(slice_of(value->ptr + 2, 2), &byte) < 0)
            return false;
        *to = (char)byte;
        used = 4;
        break;
    default: return false;
    }
    *value = slice_skip(*value, used);
    return true;
}

static bool unescape(Slice value, Arena *arena, Slice *ret)
{
    char *out = arena_alloc(arena, value.len + 1);
    size_t len = 0;
    while (value.len > 0) {
        if (value.ptr[0] != '\\') {
            out[len++] = value.ptr[0];
            value = slice_skip(value, 1);
        } else if (!take_escape(&value, &out[len++])) {
            return false;
        }
    }
    *ret = slice_of(out, len);
    return true;
}

static bool read_kind(Slice kind, Event *event)
{
    static const struct {
        Slice name;
        EventFormat format;
        ParseState parse;
    } kinds[] = {
        {SLICE_INIT("windows"), EVENT_WINDOWS, PARSE_OK},
        {SLICE_INIT("syslog"), EVENT_SYSLOG, PARSE_OK},
        {SLICE_INIT("json"), EVENT_JSON, PARSE_OK},
        {SLICE_INIT("text"), EVENT_TEXT, PARSE_OK},
        {SLICE_INIT("damaged"), EVENT_TEXT, PARSE_FAILED},
    };
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        if (!slice_eq(kinds[i].name, kind)) continue;
        event->format = kinds[i].format;
        event->parse = kinds[i].parse;
        return true;
    }
    return false;
}

#define FIELDS_MAX 64

bool event_line_read(Slice line, Arena *arena, Event *ret)
{
    Event event = {.time_ns = TIME_UNKNOWN, .raw = line};
    Field *fields = ARENA_ARRAY(arena, Field, FIELDS_MAX + 1);
    Slice piece;
    if (!fields || !slice_cut(&line, '\t', &piece) || !read_kind(piece, &event)) return false;
    if (event.format == EVENT_WINDOWS) {
        fields[event.field_count++] = (Field){
            SLICE("Provider_Name"), SLICE("Microsoft-Windows-Security-Auditing"), FIELD_TEXT};
    }
    while (slice_cut(&line, '\t', &piece)) {
        size_t equals = slice_find_char(piece, '=');
        if (equals == SLICE_NOT_FOUND || event.field_count == FIELDS_MAX) return false;
        Field *field = &fields[event.field_count];
        if (slice_eq(slice_first(piece, equals), SLICE("Provider_Name"))) {
            field = &fields[0];
        } else {
            event.field_count++;
        }
        field->name = slice_first(piece, equals);
        if (!unescape(slice_skip(piece, equals + 1), arena, &field->value)) return false;
    }
    event.fields = fields;
    *ret = event;
    return true;
}
