/* See text_event.h. */
#include "decode/text_event.h"

#include <errno.h>

int text_event_make(Slice raw, ParseState parse, const char *reason, Arena *arena, Event *ret)
{
    Field *fields = ARENA_ARRAY(arena, Field, 2);
    if (!fields) return -ENOMEM;
    fields[0] = (Field){.name = SLICE("message"), .value = raw};
    if (reason) {
        fields[1] = (Field){.name = SLICE("akashi.parse_error"), .value = slice_from_cstr(reason)};
    }
    *ret = (Event){
        .format = EVENT_TEXT,
        .parse = parse,
        .time_ns = TIME_UNKNOWN,
        .raw = raw,
        .fields = fields,
        .field_count = reason ? 2 : 1,
    };
    return 0;
}

#define DATE_BYTES 10 /* 2026-11-20 */

/* The clock text with - in the place of /, so that one parser reads both. */
static Slice with_dashes(Slice line, char *room, size_t room_bytes)
{
    Slice head = slice_first(line, room_bytes);
    if (head.len < DATE_BYTES || head.ptr[4] != '/' || head.ptr[7] != '/') return line;
    memcpy(room, head.ptr, head.len);
    room[4] = room[7] = '-';
    return slice_of(room, head.len);
}

static int take_named_zone(Slice *rest, int *ret_offset_seconds)
{
    static const struct {
        Slice name;
        int offset_seconds;
    } zones[] = {{SLICE_INIT(" UTC"), 0}, {SLICE_INIT(" GMT"), 0}, {SLICE_INIT(" JST"), 9 * 3600}};
    for (size_t i = 0; i < ARRAY_COUNT(zones); i++) {
        if (!slice_starts(*rest, zones[i].name)) continue;
        *rest = slice_skip(*rest, zones[i].name.len);
        *ret_offset_seconds = zones[i].offset_seconds;
        return 0;
    }
    return -ENOENT;
}

/* The clock is `text`; nothing in it says a zone. */
static bool is_without_zone(Slice text)
{
    Slice behind_date = slice_skip(text, DATE_BYTES);
    char last = text.ptr[text.len - 1];
    return last != 'Z' && last != 'z' && slice_find_char(behind_date, '+') == SLICE_NOT_FOUND &&
           slice_find_char(behind_date, '-') == SLICE_NOT_FOUND;
}

int text_time_take(Slice *line, int zone_offset_seconds, int64_t *ret_ns)
{
    char room[64];
    Slice clock = with_dashes(*line, room, sizeof room), rest = clock;
    int64_t ns;
    int named_offset_seconds;
    int r = time_take_rfc3339(&rest, zone_offset_seconds, &ns);
    if (r < 0) return r;
    if (is_without_zone(slice_first(clock, clock.len - rest.len)) &&
        take_named_zone(&rest, &named_offset_seconds) == 0) {
        int64_t shift_ns = (zone_offset_seconds - named_offset_seconds) * NS_PER_SECOND;
        if (__builtin_add_overflow(ns, shift_ns, &ns)) return -ERANGE;
    }
    *line = slice_skip(*line, clock.len - rest.len);
    *ret_ns = ns;
    return 0;
}

int64_t text_time_find(Slice line, int zone_offset_seconds)
{
    int64_t ns;
    if (line.len > 0 && line.ptr[0] == '[') line = slice_skip(line, 1);
    return text_time_take(&line, zone_offset_seconds, &ns) == 0 ? ns : TIME_UNKNOWN;
}
