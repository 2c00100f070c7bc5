/* A webhook in the form of the Prometheus Alertmanager (its documentation, "webhook_config",
 * version 4), because receivers of it are everywhere. Signed where a secret is set:
 *   X-Akashi-Timestamp: SECONDS
 *   X-Akashi-Signature: sha256=HEX    HMAC-SHA256 over SECONDS "." BODY
 * The receiver refuses old timestamps, so that a recorded call cannot be played again. */
#include "alert/sink.h"

#include "alert/alert_words.h"

#include <stdio.h>

static bool webhook_is_set(const NotifyConfig *config)
{
    return is_given(config->webhook_url);
}

static void add_time(Buf *to, const char *name, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    sink_add_member(to, name, slice_of(text, time_print_rfc3339(text, ns)));
}

/* Alertmanager's own word for an end that is not there. */
#define NO_END "0001-01-01T00:00:00Z"

static void add_alert(Buf *to, const Notice *notice, const NoticeLine *line)
{
    bool closed = line->state == STORY_CLOSED;
    char id[24];
    int len = snprintf(id, sizeof id, "%llu", (unsigned long long)line->id);
    Slice story = slice_of(id, (size_t)len);
    buf_add_char(to, '{');
    sink_add_member(to, "status", closed ? SLICE("resolved") : SLICE("firing"));
    buf_add_cstr(to, ",\"labels\":{");
    sink_add_member(to, "alertname", line->rule);
    sink_add_member(to, "severity", slice_from_cstr(finding_level_token(line->level)));
    sink_add_member(to, "story", story);
    sink_add_member(to, "state", slice_from_cstr(story_state_token(line->state)));
    buf_add_cstr(to, "},\"annotations\":{");
    sink_add_member(to, "summary", line->title);
    if (notice->page) sink_add_member(to, "description", notice->summary);
    buf_add_char(to, '}');
    add_time(to, "startsAt", line->first_ns);
    if (closed)
        add_time(to, "endsAt", notice->now_ns);
    else
        sink_add_member(to, "endsAt", SLICE(NO_END));
    sink_add_member(to, "generatorURL", notice->page ? notice->page_link : (Slice){0});
    sink_add_member(to, "fingerprint", story);
    buf_add_char(to, '}');
}

static void add_body(Buf *to, const Notice *notice)
{
    bool closed = notice->kind == NOTICE_CLOSED;
    buf_add_char(to, '{');
    sink_add_member(to, "version", SLICE("4"));
    sink_add_member(to, "groupKey", notice->thread.len ? notice->thread : notice->id);
    buf_add_format(to, ",\"truncatedAlerts\":%zu", notice->total - notice->line_count);
    sink_add_member(to, "status", closed ? SLICE("resolved") : SLICE("firing"));
    sink_add_member(to, "receiver", SLICE("akashi"));
    buf_add_cstr(to, ",\"groupLabels\":{},\"commonLabels\":{},\"commonAnnotations\":{");
    sink_add_member(to, "summary", notice->subject);
    buf_add_char(to, '}');
    sink_add_member(to, "externalURL", notice->page_link);
    buf_add_cstr(to, ",\"alerts\":[");
    for (size_t i = 0; i < notice->line_count; i++) {
        if (i > 0) buf_add_char(to, ',');
        add_alert(to, notice, &notice->lines[i]);
    }
    buf_add_cstr(to, "]}");
}

static int sign(const SinkCall *call, Slice body, const char *seconds, char hex[65])
{
    char secret[SINK_SECRET_BYTES_MAX];
    int r = sink_read_secret(call->os, call->config->webhook_secret_file, secret);
    if (r < 0) return r;
    CLEANUP(buf_done) Buf message = buf_make(SINK_BODY_BYTES_MAX);
    buf_add_format(&message, "%s.", seconds);
    buf_add_slice(&message, body);
    if (buf_error(&message) == 0) hmac_hex(slice_from_cstr(secret), buf_slice(&message), hex);
    explicit_bzero(secret, sizeof secret);
    return buf_error(&message);
}

static int tell_webhook(const SinkCall *call)
{
    CLEANUP(buf_done) Buf body = buf_make(SINK_BODY_BYTES_MAX);
    char seconds[24], hex[65], time_header[64], signature_header[128], id_header[192];
    int status = 0, r = 0;
    add_body(&body, call->notice);
    if (buf_error(&body) < 0) return buf_error(&body);
    snprintf(seconds, sizeof seconds, "%lld", (long long)(call->notice->now_ns / NS_PER_SECOND));
    snprintf(id_header, sizeof id_header, "Idempotency-Key: %.*s", SLICE_FMT(call->notice->id));
    HttpSend send = {.url = call->config->webhook_url,
                     .headers = {"Content-Type: application/json", id_header},
                     .body = buf_slice(&body)};
    if (is_given(call->config->webhook_secret_file)) {
        r = sign(call, send.body, seconds, hex);
        snprintf(time_header, sizeof time_header, "X-Akashi-Timestamp: %s", seconds);
        snprintf(signature_header, sizeof signature_header, "X-Akashi-Signature: sha256=%.64s",
                 r == 0 ? hex : "");
        send.headers[2] = time_header;
        send.headers[3] = signature_header;
    }
    return r < 0 ? r : call->door->http(call->door->context, call->config, &send, &status);
}

const AlertSink sink_webhook = {.name = "webhook", .is_set = webhook_is_set, .tell = tell_webhook};
