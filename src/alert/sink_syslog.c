/* Syslog out (RFC 5424) over TCP (RFC 6587, octet counting) or TLS (RFC 5425). Not over UDP: an
 * alert that can be lost without anybody noticing is none. */
#include "alert/sink.h"

#include <stdio.h>

#define SYSLOG_LINE_BYTES_MAX 8000 /* RFC 5425, 4.3.1: receivers should take 8192 */

static bool syslog_is_set(const NotifyConfig *config)
{
    return is_given(config->syslog_server);
}

/* Facility 13, log alert (RFC 5424, 6.2.1). */
static int priority_of(FindingLevel level)
{
    static const int severities[FINDING_LEVEL_COUNT] = {6, 5, 4, 3, 2};
    return 13 * 8 + severities[level];
}

/* The three signs that a parameter's value may not hold (RFC 5424, 6.3.3). */
static void add_parameter(Buf *to, const char *name, Slice value)
{
    buf_add_format(to, " %s=\"", name);
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"' || value.ptr[i] == '\\' || value.ptr[i] == ']')
            buf_add_char(to, '\\');
        buf_add_char(to, value.ptr[i]);
    }
    buf_add_char(to, '"');
}

static void add_message(Buf *to, const Notice *notice, const NoticeLine *line)
{
    char time[TIME_TEXT_MAX];
    size_t time_len = time_print_rfc3339(time, notice->now_ns / NS_PER_MS * NS_PER_MS);
    /* 32473 is the enterprise number that RFC 5612 keeps for documents and examples. */
    buf_add_format(to, "<%d>1 %.*s - akashi - STORY [story@32473 id=\"%llu\"",
                   priority_of(line->level), (int)time_len, time, (unsigned long long)line->id);
    add_parameter(to, "level", slice_from_cstr(finding_level_token(line->level)));
    add_parameter(to, "state", slice_from_cstr(story_state_token(line->state)));
    add_parameter(to, "rule", line->rule);
    add_parameter(to, "link", notice->page ? notice->page_link : (Slice){0});
    buf_add_cstr(to, "] \xef\xbb\xbf"); /* BOM: the text is UTF-8 (RFC 5424, 6.4) */
    buf_add_slice(to, line->title);
}

static int tell_syslog(const SinkCall *call)
{
    CLEANUP(buf_done) Buf bytes = {0};
    for (size_t i = 0; i < call->notice->line_count; i++) {
        CLEANUP(buf_done) Buf message = buf_make(SYSLOG_LINE_BYTES_MAX);
        add_message(&message, call->notice, &call->notice->lines[i]);
        if (buf_error(&message) < 0) return buf_error(&message);
        buf_add_format(&bytes, "%zu ", message.len);
        buf_add_slice(&bytes, buf_slice(&message));
    }
    if (buf_error(&bytes) < 0) return buf_error(&bytes);
    return call->door->line(call->door->context, call->config, buf_slice(&bytes));
}

const AlertSink sink_syslog = {.name = "syslog", .is_set = syslog_is_set, .tell = tell_syslog};
