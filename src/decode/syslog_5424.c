/* See syslog_5424.h. */
#include "decode/syslog_5424.h"

#include "decode/syslog.h"

#include <errno.h>

/* Takes the bytes up to the next blank, which it skips; `-` becomes empty. -EBADMSG: nothing there.
 */
static int take_token(Slice *s, Slice *ret)
{
    if (s->len == 0 || s->ptr[0] == ' ') return -EBADMSG;
    Slice token;
    slice_cut(s, ' ', &token);
    *ret = slice_eq(token, SLICE("-")) ? (Slice){0} : token;
    return 0;
}

static int take_version(Slice *s, Slice *ret)
{
    size_t digits = 0;
    while (digits < s->len && s->ptr[digits] >= '0' && s->ptr[digits] <= '9') {
        digits++;
    }
    if (digits == 0 || digits > 2 || s->ptr[0] == '0') return -EBADMSG;
    return take_token(s, ret);
}

/* RFC 5424 has no time without T and a zone; the looser forms belong to RFC 3164's descendants. */
static int take_timestamp(Slice *s, Syslog5424 *to)
{
    if (take_token(s, &to->timestamp) < 0) return -EBADMSG;
    to->time_ns = TIME_UNKNOWN;
    if (to->timestamp.len == 0) return 0;
    if (time_parse_rfc3339(to->timestamp, 0, &to->time_ns) < 0) return -EBADMSG;
    return 0;
}

/* Walks structured data: elements and, in each, parameters. */
typedef struct DataWalk {
    Slice rest;
    Slice id;
    bool inside;   /* an element is open */
    bool is_fresh; /* and nothing of it was given yet */
} DataWalk;

typedef struct DataParam {
    Slice id;
    Slice name; /* empty: the element has none */
    Slice value;
    bool has_escapes;
} DataParam;

static int take_name(Slice *s, Slice *ret)
{
    size_t len = 0;
    while (len < s->len && s->ptr[len] > ' ' && !memchr("=]\"", s->ptr[len], 3)) {
        len++;
    }
    if (len == 0 || len > SYSLOG_SD_NAME_BYTES_MAX) return -EBADMSG;
    *ret = slice_first(*s, len);
    *s = slice_skip(*s, len);
    return 0;
}

/* *s is behind the opening quote; takes the closing one too. */
static int take_value(Slice *s, DataParam *ret)
{
    size_t len = 0;
    ret->has_escapes = false;
    for (; len < s->len && s->ptr[len] != '"'; len++) {
        if (s->ptr[len] == ']') return -EBADMSG;
        if (s->ptr[len] != '\\' || len + 1 == s->len) continue;
        ret->has_escapes = true;
        len++;
    }
    if (len >= s->len) return -EBADMSG;
    ret->value = slice_first(*s, len);
    *s = slice_skip(*s, len + 1);
    return 0;
}

/* 1: a parameter, or an element without any; 0: the data is over; -EBADMSG. */
static int next_param(DataWalk *walk, DataParam *ret)
{
    for (;;) {
        if (walk->rest.len == 0) return walk->inside ? -EBADMSG : 0;
        char c = walk->rest.ptr[0];
        if (!walk->inside) {
            if (c != '[') return 0;
            walk->rest = slice_skip(walk->rest, 1);
            if (take_name(&walk->rest, &walk->id) < 0) return -EBADMSG;
            walk->inside = walk->is_fresh = true;
        } else if (c == ']') {
            walk->rest = slice_skip(walk->rest, 1);
            walk->inside = false;
            *ret = (DataParam){.id = walk->id};
            if (walk->is_fresh) return 1;
        } else if (c == ' ') {
            walk->rest = slice_skip(walk->rest, 1);
        } else {
            *ret = (DataParam){.id = walk->id};
            walk->is_fresh = false;
            if (take_name(&walk->rest, &ret->name) < 0) return -EBADMSG;
            if (!slice_starts(walk->rest, SLICE("=\""))) return -EBADMSG;
            walk->rest = slice_skip(walk->rest, 2);
            int r = take_value(&walk->rest, ret);
            return r < 0 ? r : 1;
        }
    }
}

static int take_data(Slice *s, Syslog5424 *to)
{
    if (s->len > 0 && s->ptr[0] == '-' && (s->len == 1 || s->ptr[1] == ' ')) {
        *s = slice_skip(*s, 1);
        return 0;
    }
    if (s->len == 0 || s->ptr[0] != '[') return -EBADMSG;
    DataWalk walk = {.rest = *s};
    DataParam param;
    size_t params = 0;
    int r;
    while ((r = next_param(&walk, &param)) > 0) {
        params++;
    }
    if (r < 0) return r;
    to->params = params;
    to->data = slice_first(*s, s->len - walk.rest.len);
    *s = walk.rest;
    return 0;
}

static Slice without_mark(Slice message)
{
    const Slice mark = SLICE("\xef\xbb\xbf"); /* RFC 5424, 6.4: says that UTF-8 follows */
    return slice_starts(message, mark) ? slice_skip(message, mark.len) : message;
}

int syslog_5424_read(Slice text, bool has_version, Syslog5424 *ret)
{
    Syslog5424 header = {0};
    if (has_version && take_version(&text, &header.version) < 0) return -EBADMSG;
    if (take_timestamp(&text, &header) < 0 || take_token(&text, &header.host) < 0 ||
        take_token(&text, &header.app) < 0 || take_token(&text, &header.procid) < 0 ||
        take_token(&text, &header.msgid) < 0) {
        return -EBADMSG;
    }
    header.data_is_bad = take_data(&text, &header) < 0;
    if (!has_version && header.params == 0) return -EBADMSG;
    if (!header.data_is_bad && text.len > 0 && text.ptr[0] == ' ') text = slice_skip(text, 1);
    header.message = without_mark(text);
    *ret = header;
    return 0;
}

/* Section 6.3.3: \ stands before " \ ] only; before anything else it is itself. */
static int unescape(Arena *arena, Slice value, Slice *ret)
{
    char *to = arena_alloc(arena, value.len);
    if (!to) return -ENOMEM;
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        bool escapes = value.ptr[i] == '\\' && i + 1 < value.len &&
                       memchr("\"\\]", value.ptr[i + 1], 3) != NULL;
        if (escapes) i++;
        to[len++] = value.ptr[i];
    }
    *ret = slice_of(to, len);
    return 0;
}

static int join(Arena *arena, Slice id, Slice name, Slice *ret)
{
    char *to = arena_alloc(arena, id.len + 1 + name.len);
    if (!to) return -ENOMEM;
    memcpy(to, id.ptr, id.len);
    to[id.len] = '.';
    memcpy(to + id.len + 1, name.ptr, name.len);
    *ret = slice_of(to, id.len + 1 + name.len);
    return 0;
}

int syslog_5424_params(const Syslog5424 *header, Arena *arena, Field *fields)
{
    DataWalk walk = {.rest = header->data};
    DataParam param;
    for (size_t i = 0; i < header->params && next_param(&walk, &param) > 0; i++) {
        fields[i] = (Field){.name = param.id, .value = param.value};
        int r = param.name.len > 0 ? join(arena, param.id, param.name, &fields[i].name) : 0;
        if (r == 0 && param.has_escapes) r = unescape(arena, param.value, &fields[i].value);
        if (r < 0) return r;
    }
    return 0;
}
