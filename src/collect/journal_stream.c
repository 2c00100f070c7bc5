/* See journal_stream.h. */
#include "collect/journal_stream.h"

#include "base/number.h"
#include "collect/http_dialect.h"
#include "collect/syslog_line.h"

#include <errno.h>

#define NAME_BYTES_MAX 256

JournalStream journal_stream_make(void)
{
    return (JournalStream){.held = buf_make((size_t)4 << 20),
                           .entry = buf_make((size_t)4 << 20),
                           .raw = buf_make((size_t)4 << 20)};
}

void journal_stream_done(JournalStream *stream)
{
    buf_done(&stream->held);
    buf_done(&stream->entry);
    buf_done(&stream->raw);
}

static void clear_entry(JournalStream *stream)
{
    buf_clear(&stream->entry);
    buf_clear(&stream->raw);
    stream->is_cut = false;
}

void journal_stream_clear(JournalStream *stream)
{
    buf_clear(&stream->held);
    clear_entry(stream);
    stream->skip = 0;
    stream->skip_line = false;
}

bool journal_stream_is_full(const JournalStream *stream)
{
    return stream->held.len >= JOURNAL_HELD_BYTES_MAX;
}

int journal_stream_add(JournalStream *stream, Slice bytes)
{
    if (stream->skip > 0) {
        size_t some = stream->skip < bytes.len ? (size_t)stream->skip : bytes.len;
        stream->skip -= some;
        bytes = slice_skip(bytes, some);
    }
    buf_add_slice(&stream->held, bytes);
    return buf_error(&stream->held);
}

/* --- entries ---------------------------------------------------------------------------------- */

static Slice field_of(Slice fields, const char *name)
{
    Field field;
    while (message_fields_next(&fields, &field)) {
        if (slice_eq(field.name, slice_from_cstr(name))) return field.value;
    }
    return (Slice){0};
}

static Slice first_of(Slice fields, const char *name, const char *other)
{
    Slice found = field_of(fields, name);
    return found.len > 0 ? found : field_of(fields, other);
}

static int64_t time_of(Slice fields)
{
    uint64_t us;
    Slice text = first_of(fields, "_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP");
    return number_parse_u64(text, &us) == 0 && us < INT64_MAX / 1000 ? (int64_t)us * 1000 : 0;
}

/* systemd.journal-fields(7): PRIORITY and SYSLOG_FACILITY are those of syslog. */
static int priority_of(Slice fields)
{
    uint64_t severity, facility;
    if (number_parse_u64(field_of(fields, "PRIORITY"), &severity) < 0 || severity > 7) severity = 6;
    if (number_parse_u64(field_of(fields, "SYSLOG_FACILITY"), &facility) < 0 || facility > 23) {
        facility = 1;
    }
    return (int)(facility * 8 + severity);
}

static int give_entry(JournalStream *stream, Bundle *group)
{
    Slice fields;
    if (stream->entry.len == 0) return 0;
    int r = buf_error(&stream->entry) ? buf_error(&stream->entry) : buf_error(&stream->raw);
    Message *message = r == 0 ? bundle_add(group) : NULL;
    if (!message) return -ENOMEM;
    r = arena_copy(&group->arena, buf_slice(&stream->entry), &fields);
    if (r == 0) r = arena_copy(&group->arena, buf_slice(&stream->raw), &message->bytes);
    if (r < 0) return r;
    message->beside = fields;
    message->time_ns = time_of(fields);
    message->continues = stream->is_cut;
    const SyslogLine line = {.priority = priority_of(fields),
                             .time_ns = message->time_ns,
                             .host = field_of(fields, "_HOSTNAME"),
                             .tag = first_of(fields, "SYSLOG_IDENTIFIER", "_COMM"),
                             .pid = first_of(fields, "SYSLOG_PID", "_PID"),
                             .message = field_of(fields, "MESSAGE")};
    const Slice key[] = {SLICE("journal"), field_of(fields, "__CURSOR")};
    if (key[1].len > 0) bundle_key(key, ARRAY_COUNT(key), message->key);
    syslog_line_add(&group->scratch, &line);
    clear_entry(stream);
    return bundle_keep(group, &message->body);
}

static void add_field(JournalStream *stream, Slice name, Slice value, Slice raw, bool is_cut)
{
    bool fits = stream->raw.len + raw.len <= JOURNAL_ENTRY_BYTES_MAX;
    stream->is_cut |= is_cut || !fits;
    if (!fits) return;
    message_field_add(&stream->entry, name, value, FIELD_TEXT);
    buf_add_slice(&stream->raw, raw);
    buf_add_char(&stream->raw, '\n');
}

/* --- fields ----------------------------------------------------------------------------------- */

/* NAME LF, le64, bytes, LF: bytes used, 0: more must come. */
static ssize_t take_sized(JournalStream *stream, Slice rest, Slice name)
{
    size_t head = name.len + 1 + 8;
    if (rest.len < head) return 0;
    uint64_t size = read_le64(rest.ptr + name.len + 1);
    if (size > (uint64_t)1 << 40) return -EBADMSG;
    bool is_cut = size > JOURNAL_FIELD_BYTES_MAX;
    size_t kept = is_cut ? JOURNAL_FIELD_BYTES_MAX : (size_t)size;
    if (rest.len - head < kept + (is_cut ? 0 : 1)) return 0;
    Slice value = slice_of(rest.ptr + head, kept);
    add_field(stream, name, value, slice_first(rest, head + kept), is_cut);
    if (!is_cut) return rest.ptr[head + kept] == '\n' ? (ssize_t)(head + kept + 1) : -EBADMSG;
    uint64_t behind = size + 1 - kept;
    size_t there = rest.len - head - kept;
    if (there > behind) there = (size_t)behind;
    stream->skip = behind - there;
    return (ssize_t)(head + kept + there);
}

static ssize_t take_long_line(JournalStream *stream, Slice rest)
{
    size_t equals = slice_find_char(slice_first(rest, NAME_BYTES_MAX), '=');
    if (equals == SLICE_NOT_FOUND) return -EBADMSG;
    Slice line = slice_first(rest, JOURNAL_FIELD_BYTES_MAX);
    add_field(stream, slice_first(line, equals), slice_skip(line, equals + 1), line, true);
    stream->skip_line = true;
    return (ssize_t)line.len;
}

/* The rest of a line that was cut is read over. */
static ssize_t pass_line(JournalStream *stream, Slice rest)
{
    size_t end = slice_find_char(rest, '\n');
    if (end == SLICE_NOT_FOUND) return (ssize_t)rest.len;
    stream->skip_line = false;
    return (ssize_t)end + 1;
}

/* One field or the end of an entry: bytes used, 0: more must come. */
static ssize_t take_field(JournalStream *stream, Slice rest, Bundle *group)
{
    if (stream->skip_line) return pass_line(stream, rest);
    size_t end = slice_find_char(rest, '\n');
    if (end == SLICE_NOT_FOUND) {
        return rest.len > JOURNAL_FIELD_BYTES_MAX ? take_long_line(stream, rest) : 0;
    }
    Slice line = slice_first(rest, end);
    if (line.len == 0) {
        int r = give_entry(stream, group);
        return r < 0 ? r : 1;
    }
    size_t equals = slice_find_char(line, '=');
    if (equals == SLICE_NOT_FOUND) {
        return line.len > NAME_BYTES_MAX ? -EBADMSG : take_sized(stream, rest, line);
    }
    if (line.len > JOURNAL_FIELD_BYTES_MAX) return take_long_line(stream, rest);
    add_field(stream, slice_first(line, equals), slice_skip(line, equals + 1), line, false);
    return (ssize_t)end + 1;
}

int journal_stream_take(JournalStream *stream, bool end, Bundle *group)
{
    Slice rest = buf_slice(&stream->held);
    ssize_t used = 0;
    while (rest.len > 0 && (used = take_field(stream, rest, group)) > 0)
        rest = slice_skip(rest, (size_t)used);
    if (used < 0) return (int)used;
    if (rest.len > 0) memmove(stream->held.ptr, rest.ptr, rest.len);
    stream->held.len = rest.len;
    if (!end) return 0;
    int r = give_entry(stream, group);
    journal_stream_clear(stream);
    return r;
}

/* A whole request with a content coding; without one uploads are taken piece by piece. */
void journal_upload(HttpExchange *exchange)
{
    JournalStream stream = journal_stream_make();
    stream.held = buf_make(HTTP_UNPACKED_BYTES_MAX);
    int r = journal_stream_add(&stream, exchange->body);
    if (r == 0) r = journal_stream_take(&stream, true, exchange->group);
    journal_stream_done(&stream);
    exchange->status = 202;
    exchange->content_type = "text/plain; charset=utf-8";
    buf_add_cstr(exchange->answer, "OK.\n");
    if (r < 0) http_refuse(exchange, 400, "this is no journal in export format\n");
}
