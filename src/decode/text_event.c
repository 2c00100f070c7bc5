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

int64_t text_time_find(Slice line, int zone_offset_seconds)
{
    char room[64];
    if (line.len > 0 && line.ptr[0] == '[') line = slice_skip(line, 1);
    Slice rest = with_dashes(line, room, sizeof room), clock = rest;
    int64_t ns;
    int named_offset_seconds;
    if (time_take_rfc3339(&rest, zone_offset_seconds, &ns) < 0) return TIME_UNKNOWN;
    char before = rest.ptr[-1];
    bool bare = before != 'Z' && before != 'z' &&
                !memchr(clock.ptr + DATE_BYTES, '+', (size_t)(rest.ptr - clock.ptr) - DATE_BYTES) &&
                !memchr(clock.ptr + DATE_BYTES, '-', (size_t)(rest.ptr - clock.ptr) - DATE_BYTES);
    if (bare && take_named_zone(&rest, &named_offset_seconds) == 0) {
        int64_t shift_ns = (zone_offset_seconds - named_offset_seconds) * NS_PER_SECOND;
        if (__builtin_add_overflow(ns, shift_ns, &ns)) return TIME_UNKNOWN;
    }
    return ns;
}
