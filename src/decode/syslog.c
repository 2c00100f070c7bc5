/* See syslog.h. */
#include "decode/syslog.h"

#include "decode/field_order.h"
#include "decode/syslog_5424.h"
#include "decode/syslog_time.h"
#include "decode/syslog_words.h"

#include <errno.h>

#define TAG_BYTES_MAX 128 /* longer ones are message */
#define PID_BYTES_MAX 64
#define HEADER_FIELDS_MAX 12

typedef struct Header {
    bool has_pri;
    bool has_time;
    bool has_pair;      /* facility.severity in words */
    bool tag_is_marked; /* a colon stood behind it */
    unsigned facility;
    unsigned severity;
    bool has_facility;
    bool has_severity;
    Slice sequence;
    SyslogTime time;
    Slice host;
    Slice tag;
    Slice pid;
    Slice message;
} Header;

static Slice skip_blanks(Slice s)
{
    while (s.len > 0 && s.ptr[0] == ' ') {
        s = slice_skip(s, 1);
    }
    return s;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 3164, 4.1.1: at most 191. */
static void take_pri(Slice *s, Header *header)
{
    unsigned pri = 0;
    size_t at = 1;
    if (s->len < 3 || s->ptr[0] != '<') return;
    for (; at < s->len && at < 4 && is_digit(s->ptr[at]); at++) {
        pri = pri * 10 + (unsigned)(s->ptr[at] - '0');
    }
    if (at == 1 || at == s->len || s->ptr[at] != '>' || pri > 191) return;
    header->facility = pri >> 3;
    header->severity = pri & 7;
    header->has_pri = header->has_facility = header->has_severity = true;
    *s = slice_skip(*s, at + 1);
}

/* `123: `, when a time or a Cisco tag follows it, or PRI stands before it. */
static void take_sequence(Slice *s, Header *header)
{
    size_t digits = 0;
    while (digits < s->len && digits < 20 && is_digit(s->ptr[digits])) {
        digits++;
    }
    Slice rest = slice_skip(*s, digits);
    if (digits == 0 || !slice_starts(rest, SLICE(": "))) return;
    header->sequence = slice_first(*s, digits);
    *s = skip_blanks(slice_skip(rest, 2));
}

static int take_time(Slice *s, const DecodeOptions *options, Header *header)
{
    Slice at = skip_blanks(*s);
    if (syslog_time_take(&at, options, &header->time) < 0) return -EBADMSG;
    header->has_time = true;
    *s = skip_blanks(at);
    return 0;
}

/* Cisco with `logging origin-id`: `R1: *Nov 20 10:00:00.123: %SYS-5-...`. */
static void take_host_before_time(Slice *s, const DecodeOptions *options, Header *header)
{
    size_t colon = slice_find(slice_first(*s, 256), SLICE(": "));
    if (colon == SLICE_NOT_FOUND || !syslog_is_host(slice_first(*s, colon))) return;
    Slice rest = slice_skip(*s, colon + 2);
    if (take_time(&rest, options, header) < 0) return;
    header->host = slice_first(*s, colon);
    *s = rest;
}

static Slice first_word(Slice s)
{
    size_t blank = slice_find_char(slice_first(s, 256), ' ');
    return slice_first(s, blank == SLICE_NOT_FOUND ? s.len : blank);
}

static void take_pair(Slice *s, Header *header)
{
    Slice word = first_word(*s);
    if (header->has_pri || header->has_pair) return;
    if (syslog_pair_read(word, &header->facility, &header->severity) < 0) return;
    header->has_pair = header->has_facility = header->has_severity = true;
    *s = skip_blanks(slice_skip(*s, word.len));
}

static void take_host(Slice *s, Header *header)
{
    Slice word = first_word(*s);
    if (header->host.len > 0 || word.len == s->len || !syslog_is_host(word)) return;
    bool is_tag = slice_ends(word, SLICE(":")) && !slice_ends(word, SLICE("::"));
    if (is_tag) return;
    header->host = word;
    *s = skip_blanks(slice_skip(*s, word.len));
    /* Cisco ASA with a device id: `host : %ASA-6-...` */
    if (slice_starts(*s, SLICE(": "))) *s = skip_blanks(slice_skip(*s, 2));
}

static bool is_tag_char(char c)
{
    return (unsigned char)c > ' ' && !memchr("=\"'|{}<>,;@", c, 11) && c != 0x7f;
}

/* A word that may be a tag even with the message right behind its colon. */
static bool is_plain_word(Slice name)
{
    if (slice_eq(name, SLICE("CEF")) || slice_eq(name, SLICE("LEEF"))) return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!is_letter && (i == 0 || (!is_digit(c) && c != '_' && c != '-'))) return false;
    }
    return true;
}

static bool is_all_digits(Slice name)
{
    size_t i = 0;
    while (i < name.len && is_digit(name.ptr[i])) {
        i++;
    }
    return i == name.len;
}

static void set_tag(Slice *s, Header *header, size_t name_bytes, Slice pid, Slice rest)
{
    header->tag = slice_first(*s, name_bytes);
    header->pid = pid;
    header->tag_is_marked = slice_starts(rest, SLICE(":"));
    if (header->tag_is_marked) rest = slice_skip(rest, 1);
    if (slice_starts(rest, SLICE(" "))) rest = slice_skip(rest, 1);
    *s = rest;
}

/* name[pid]: with or without the colon. */
static void take_tag_with_pid(Slice *s, Header *header, size_t name_bytes)
{
    Slice inside = slice_skip(*s, name_bytes + 1);
    size_t close = slice_find_char(slice_first(inside, PID_BYTES_MAX), ']');
    if (close == SLICE_NOT_FOUND) return;
    Slice rest = slice_skip(inside, close + 1), pid = slice_first(inside, close);
    bool ends = rest.len == 0 || rest.ptr[0] == ' ' || rest.ptr[0] == ':';
    if (!ends || slice_find_char(pid, ' ') != SLICE_NOT_FOUND) return;
    set_tag(s, header, name_bytes, pid, rest);
}

static void take_tag_with_colon(Slice *s, Header *header, size_t name_bytes)
{
    Slice name = slice_first(*s, name_bytes), rest = slice_skip(*s, name_bytes);
    bool is_apart = rest.len == 1 || rest.ptr[1] == ' ';
    if (is_all_digits(name)) return;
    if (!is_apart && (!is_plain_word(name) || memchr("/\\:", rest.ptr[1], 3))) return;
    set_tag(s, header, name_bytes, (Slice){0}, rest);
}

static void take_tag(Slice *s, Header *header)
{
    size_t len = 0;
    while (len < s->len && len < TAG_BYTES_MAX && s->ptr[len] != '[' && s->ptr[len] != ':' &&
           is_tag_char(s->ptr[len])) {
        len++;
    }
    if (len == 0 || len == s->len) return;
    if (s->ptr[len] == '[') {
        take_tag_with_pid(s, header, len);
    } else if (s->ptr[len] == ':') {
        take_tag_with_colon(s, header, len);
    } else if (s->ptr[len] == ' ' && s->ptr[0] == '/') {
        set_tag(s, header, len, (Slice){0}, slice_skip(*s, len));
    }
}

static void take_cisco_severity(Header *header)
{
    if (header->has_severity) return;
    header->has_severity = syslog_cisco_severity(header->tag, &header->severity) == 0;
}

/* `host: %SYS-5-CONFIG_I: ...`: what looked like a tag was the host. */
static void take_second_tag(Slice *s, Header *header)
{
    if (header->pid.len > 0 || header->host.len > 0 || !slice_starts(*s, SLICE("%"))) return;
    Header second = {0};
    Slice rest = *s;
    take_tag(&rest, &second);
    if (second.tag.len == 0 || !syslog_is_host(header->tag)) return;
    header->host = header->tag;
    header->tag = second.tag;
    *s = rest;
}

static void read_3164(Slice s, const DecodeOptions *options, Header *header)
{
    s = skip_blanks(s);
    take_sequence(&s, header);
    if (take_time(&s, options, header) < 0) take_host_before_time(&s, options, header);
    if (header->has_time) {
        take_pair(&s, header);
        take_host(&s, header);
        take_pair(&s, header);
    }
    take_tag(&s, header);
    if (header->tag.len > 0) take_second_tag(&s, header);
    take_cisco_severity(header);
    header->message = s;
}

/* Without PRI the rest must show that this is syslog, and not a program's own log. */
static bool is_syslog(const Header *header)
{
    if (header->has_pri) return true;
    unsigned ignored;
    if (syslog_cisco_severity(header->tag, &ignored) == 0) return true;
    if (!header->has_time || syslog_is_level_word(header->host)) return false;
    if (header->has_pair) return true;
    if (header->host.len == 0) return false;
    if (header->time.is_plain) return true;
    bool has_colon_tag = header->tag.len > 0 && header->tag_is_marked;
    bool is_bsd = header->time.text.ptr[0] > '9';
    return has_colon_tag && (header->time.is_exact || is_bsd);
}

typedef struct Fields {
    Field *at;
    size_t count;
} Fields;

static void put(Fields *to, Slice name, Slice value, FieldKind kind)
{
    if (value.len == 0) return;
    to->at[to->count++] = (Field){.name = name, .value = value, .kind = kind};
}

static void put_number(Fields *to, Slice name, bool is_there, unsigned number)
{
    static const char texts[] = "0 1 2 3 4 5 6 7 8 9 1011121314151617181920212223";
    if (!is_there) return;
    put(to, name, slice_of(texts + 2 * (size_t)number, number < 10 ? 1 : 2), FIELD_NUMBER);
}

static int begin_fields(Arena *arena, size_t params, const Header *header, Fields *ret)
{
    Field *room = ARENA_ARRAY(arena, Field, HEADER_FIELDS_MAX + params);
    if (!room) return -ENOMEM;
    *ret = (Fields){.at = room};
    put_number(ret, SLICE("facility"), header->has_facility, header->facility);
    put_number(ret, SLICE("severity"), header->has_severity, header->severity);
    return 0;
}

static void finish(Fields *fields, Slice message, Slice raw, Event *ret)
{
    fields->at[fields->count++] = (Field){.name = SLICE("message"), .value = message};
    ret->format = EVENT_SYSLOG;
    ret->raw = raw;
    ret->fields = fields->at;
    ret->field_count = fields->count;
}

static int make_3164(const Header *header, Slice raw, Arena *arena, Event *ret)
{
    Fields fields;
    int r = begin_fields(arena, 0, header, &fields);
    if (r < 0) return r;
    put(&fields, SLICE("sequence"), header->sequence, FIELD_TEXT);
    put(&fields, SLICE("timestamp"), header->time.text, FIELD_TEXT);
    put(&fields, SLICE("host"), header->host, FIELD_TEXT);
    put(&fields, SLICE("tag"), header->tag, FIELD_TEXT);
    put(&fields, SLICE("pid"), header->pid, FIELD_TEXT);
    *ret = (Event){.time_ns = header->has_time ? header->time.ns : TIME_UNKNOWN};
    finish(&fields, header->message, raw, ret);
    return 0;
}

static int make_5424(const Header *header, const Syslog5424 *parts, Slice raw, Arena *arena,
                     Event *ret)
{
    Fields fields;
    int r = begin_fields(arena, parts->params, header, &fields);
    if (r < 0) return r;
    put(&fields, SLICE("version"), parts->version, FIELD_NUMBER);
    put(&fields, SLICE("timestamp"), parts->timestamp, FIELD_TEXT);
    put(&fields, SLICE("host"), parts->host, FIELD_TEXT);
    put(&fields, SLICE("tag"), parts->app, FIELD_TEXT);
    put(&fields, SLICE("pid"), parts->procid, FIELD_TEXT);
    put(&fields, SLICE("msgid"), parts->msgid, FIELD_TEXT);
    r = syslog_5424_params(parts, arena, fields.at + fields.count);
    if (r < 0) return r;
    fields.count += parts->params;
    if (parts->data_is_bad) {
        put(&fields, SLICE("akashi.parse_error"), SLICE(SYSLOG_REASON_DATA), FIELD_TEXT);
    }
    Event event = {.parse = parts->data_is_bad ? PARSE_PARTIAL : PARSE_OK,
                   .time_ns = parts->time_ns};
    finish(&fields, parts->message, raw, &event);
    r = fields_group(fields.at, fields.count);
    if (r == 0) *ret = event;
    return r;
}

static Slice strip(Slice message)
{
    const Slice mark = SLICE("\xef\xbb\xbf");
    if (slice_starts(message, mark)) message = slice_skip(message, mark.len);
    while (message.len > 0 && memchr("\0\r\n", message.ptr[message.len - 1], 3)) {
        message.len--;
    }
    return message;
}

int syslog_decode(Slice message, const DecodeOptions *options, Arena *arena, Event *ret)
{
    Header header = {0};
    Syslog5424 parts;
    Slice text = strip(message);
    take_pri(&text, &header);
    if (syslog_5424_read(text, header.has_pri, &parts) == 0) {
        return make_5424(&header, &parts, message, arena, ret);
    }
    read_3164(text, options, &header);
    if (!is_syslog(&header)) return -EBADMSG;
    return make_3164(&header, message, arena, ret);
}
