/* See pasted_times.h. What decode/mined/proposal.h writes under `time:` is a list with a line each:
 * `  - {of: 'FIELDS', format: 'FORMAT'}`; so are the lines that are written here. */
#include "engine/pasted_times.h"

#include <errno.h>

#define TIME_HEAD "time:\n"
#define FORMAT_HEAD "format: '"

/* --- the definition's own --------------------------------------------------------------------- */

/* The lines of its `time:`; empty: it has none. */
static Slice time_block(Slice yaml)
{
    size_t at = slice_find(yaml, SLICE("\n" TIME_HEAD));
    if (at == SLICE_NOT_FOUND) return (Slice){0};
    Slice block = slice_skip(yaml, at + 1 + strlen(TIME_HEAD)), rest = block, line;
    size_t len = 0;
    while (slice_cut(&rest, '\n', &line) && line.len > 0 && line.ptr[0] == ' ')
        len += line.len + 1;
    return slice_first(block, len);
}

/* The first format of a block; empty: there is none. */
static Slice format_of(Slice block)
{
    size_t at = slice_find(block, SLICE(FORMAT_HEAD));
    if (at == SLICE_NOT_FOUND) return (Slice){0};
    Slice rest = slice_skip(block, at + strlen(FORMAT_HEAD));
    size_t end = slice_find_char(rest, '\'');
    return end == SLICE_NOT_FOUND ? (Slice){0} : slice_first(rest, end);
}

/* --- candidates ------------------------------------------------------------------------------- */

static bool is_there(const PastedTimes *times, Slice format)
{
    for (size_t i = 0; i < times->count; i++) {
        if (slice_eq(times->of[i].format, format)) return true;
    }
    return false;
}

static int add(PastedTimes *times, Arena *arena, PastedTime time)
{
    if (times->count == PASTED_TIMES_MAX || is_there(times, time.format)) return 0;
    int r = arena_copy(arena, time.format, &time.format);
    if (r == 0) times->of[times->count++] = time;
    return r;
}

/* A day without a clock, or a clock without a day, is no time of an event. */
static bool is_whole(const char *format)
{
    bool clock = strstr(format, "%H") || strstr(format, "%I");
    return strcmp(format, "epoch") == 0 || (clock && strstr(format, "%d"));
}

/* Where a word begins. */
static bool is_begin(Slice line, size_t at)
{
    char before = at > 0 ? line.ptr[at - 1] : ' ';
    return memchr(" \t,;|=\"'[(<>", before, 12) && line.ptr[at] != ' ';
}

/* The text is a time from its first to its last byte. */
static bool is_time(Slice text, char format[LINE_TIME_FORMAT_MAX])
{
    LineTime time;
    if (!line_time_take(text, LINE_TIME_NO_HINT, &time) || time.len != text.len) return false;
    line_time_format(&time, format);
    return true;
}

/* The place in the line that is written in this format; not there: empty. Fields first: the line
 * alone would have a comma behind the seconds begin their fraction. */
static Slice own_place(Slice line, const Event *event, Slice own)
{
    char format[LINE_TIME_FORMAT_MAX];
    LineTime time;
    for (size_t i = 0; i < event->field_count; i++) {
        Slice value = slice_trim(event->fields[i].value);
        size_t at = value.len > 0 ? slice_find(line, value) : SLICE_NOT_FOUND;
        if (at == SLICE_NOT_FOUND || !is_time(value, format)) continue;
        if (slice_eq(slice_from_cstr(format), own)) return slice_of(line.ptr + at, value.len);
    }
    for (size_t at = 0; at < line.len; at++) {
        Slice rest = slice_skip(line, at);
        if (!is_begin(line, at) || !line_time_take(rest, LINE_TIME_NO_HINT, &time)) continue;
        line_time_format(&time, format);
        if (slice_eq(slice_from_cstr(format), own)) return slice_first(rest, time.len);
    }
    return (Slice){0};
}

static int add_own(PastedTimes *times, Slice line, const Event *event, Slice own, Arena *arena)
{
    Slice place = own.len > 0 ? own_place(line, event, own) : (Slice){0};
    if (place.len == 0) return 0;
    size_t from = (size_t)(place.ptr - line.ptr);
    return add(
        times, arena,
        (PastedTime){
            .text = place, .format = own, .from = from, .to = from + place.len, .chosen = true});
}

static bool is_month_number(Slice text)
{
    size_t digits = 0;
    int number = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9' && digits < 3)
        number = number * 10 + (text.ptr[digits++] - '0');
    return digits > 0 && digits < 3 && number >= 1 && number <= 12;
}

/* 03/04/2026 is a day of March or of April: only who knows the device can say. */
static int add_turned(PastedTimes *times, Arena *arena)
{
    if (times->count == 0) return 0;
    PastedTime turned = times->of[0];
    char format[LINE_TIME_FORMAT_MAX];
    Slice own = turned.format;
    bool month_first = slice_starts(own, SLICE("%m"));
    size_t sign = 0;
    if (own.len < 5 || own.len >= sizeof format || !memchr("/-.", own.ptr[2], 3)) return 0;
    if (!slice_eq(slice_of(own.ptr + 3, 2), month_first ? SLICE("%d") : SLICE("%m"))) return 0;
    if (!month_first && !slice_starts(own, SLICE("%d"))) return 0;
    while (sign < turned.text.len && turned.text.ptr[sign] != own.ptr[2])
        sign++;
    if (!is_month_number(turned.text) || !is_month_number(slice_skip(turned.text, sign + 1)))
        return 0;
    memcpy(format, own.ptr, own.len);
    format[1] = month_first ? 'd' : 'm';
    format[4] = month_first ? 'm' : 'd';
    turned.format = slice_of(format, own.len);
    turned.chosen = false;
    return add(times, arena, turned);
}

/* Can stand in braces and quotes. */
static bool is_plain(Slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (memchr("{}:'\"\\", name.ptr[i], 6) || (unsigned char)name.ptr[i] < ' ') return false;
    }
    return name.len > 0;
}

/* A field that is a time from its first to its last byte. */
static int add_field(PastedTimes *times, Slice line, const Field *field, Arena *arena)
{
    char format[LINE_TIME_FORMAT_MAX];
    Slice value = slice_trim(field->value), name;
    size_t at = value.len > 0 ? slice_find(line, value) : SLICE_NOT_FOUND;
    if (at == SLICE_NOT_FOUND || !is_plain(field->name)) return 0;
    if (!is_time(value, format) || !is_whole(format)) return 0;
    int r = arena_copy(arena, field->name, &name);
    if (r < 0) return r;
    return add(times, arena,
               (PastedTime){.text = slice_of(line.ptr + at, value.len),
                            .format = slice_from_cstr(format),
                            .field = name,
                            .from = at,
                            .to = at + value.len});
}

int pasted_times_find(Slice line, const Event *event, Slice yaml, Arena *arena, PastedTimes *ret)
{
    PastedTimes times = {0};
    Slice own = format_of(time_block(yaml));
    int r = add_own(&times, line, event, own, arena);
    if (r == 0) r = add_turned(&times, arena);
    for (size_t i = 0; i < event->field_count && r == 0; i++)
        r = add_field(&times, line, &event->fields[i], arena);
    if (r == 0) *ret = times;
    return r;
}

/* --- another ---------------------------------------------------------------------------------- */

static void add_replaced(Buf *to, Slice text, Slice what, Slice with)
{
    for (size_t at; (at = slice_find(text, what)) != SLICE_NOT_FOUND;) {
        buf_add_slice(to, slice_first(text, at));
        buf_add_slice(to, with);
        text = slice_skip(text, at + what.len);
    }
    buf_add_slice(to, text);
}

static void add_row(Buf *to, const PastedTime *time)
{
    buf_add_cstr(to, "  - {of: '{");
    buf_add_slice(to, time->field);
    buf_add_cstr(to, "}', " FORMAT_HEAD);
    buf_add_slice(to, time->format);
    buf_add_cstr(to, "'}\n");
}

/* Before its messages, as the order of doc/sources.md has it. */
static void add_block(Buf *to, Slice yaml, const PastedTime *time)
{
    size_t at = slice_find(yaml, SLICE("\nmessages:"));
    at = at == SLICE_NOT_FOUND ? yaml.len : at + 1;
    buf_add_slice(to, slice_first(yaml, at));
    buf_add_cstr(to, TIME_HEAD);
    add_row(to, time);
    buf_add_slice(to, slice_skip(yaml, at));
}

int pasted_times_choose(const PastedTimes *times, Slice yaml, Slice format, Buf *to)
{
    const PastedTime *time = NULL;
    for (size_t i = 0; i < times->count; i++) {
        if (slice_eq(times->of[i].format, format)) time = &times->of[i];
    }
    if (!time) return -EINVAL;
    Slice block = time_block(yaml);
    if (block.len == 0) {
        add_block(to, yaml, time);
        return buf_error(to);
    }
    size_t at = (size_t)(block.ptr - yaml.ptr);
    buf_add_slice(to, slice_first(yaml, at));
    if (time->field.len > 0) add_row(to, time); /* the first that can be read counts */
    add_replaced(to, block, time->field.len > 0 ? format : format_of(block), format);
    buf_add_slice(to, slice_skip(yaml, at + block.len));
    return buf_error(to);
}
