/* Chats: Slack, Microsoft Teams, Chatwork, LINE WORKS. Log content goes only where the chat reads
 * no markup, or with the markup's signs exchanged: no name of a file can call the whole company. */
#include "alert/sink.h"

#include "alert/alert_words.h"
#include "base/json_text.h"

#include <errno.h>
#include <stdio.h>

#define CHAT_TEXT_BYTES_MAX                                                                        \
    2800 /* Slack: 3000 characters a text object; LINE WORKS: 2000 of text */

static void make_chat_text(Buf *to, const Notice *notice)
{
    CLEANUP(buf_done) Buf whole = {0};
    sink_add_chat_text(&whole, notice);
    Slice rest = buf_slice(&whole), line;
    while (slice_cut(&rest, '\n', &line)) {
        if (to->len + line.len + 1 > CHAT_TEXT_BYTES_MAX) {
            buf_add_cstr(to, "…\n");
            return;
        }
        buf_add_slice(to, line);
        buf_add_char(to, '\n');
    }
}

/* ---- Slack: incoming webhooks (api.slack.com/messaging/webhooks), block kit plain_text */

static bool slack_is_set(const NotifyConfig *config)
{
    return is_given(config->slack_url_file);
}

/* `text` is read as markup: & < > are its signs (api.slack.com, "Escaping text"). */
static void add_slack_escaped(Buf *to, Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '&')
            buf_add_cstr(to, "&amp;");
        else if (text.ptr[i] == '<')
            buf_add_cstr(to, "&lt;");
        else if (text.ptr[i] == '>')
            buf_add_cstr(to, "&gt;");
        else
            buf_add_char(to, text.ptr[i]);
    }
}

static void add_slack_block(Buf *to, const char *type, Slice text)
{
    buf_add_format(to, "{\"type\":\"%s\",\"text\":{\"type\":\"plain_text\",\"emoji\":false", type);
    sink_add_member(to, "text", text);
    buf_add_cstr(to, "}}");
}

static int tell_slack(const SinkCall *call)
{
    CLEANUP(buf_done) Buf body = {0};
    CLEANUP(buf_done) Buf text = {0};
    CLEANUP(buf_done) Buf subject = {0};
    CLEANUP(buf_done) Buf head = {0};
    add_slack_escaped(&subject, call->notice->subject);
    clean_text_add(&head, call->notice->subject, 148); /* a header block has at most 150 */
    make_chat_text(&text, call->notice);
    buf_add_char(&body, '{');
    sink_add_member(&body, "text", buf_slice(&subject));
    buf_add_cstr(&body, ",\"blocks\":[");
    add_slack_block(&body, "header", buf_slice(&head));
    buf_add_char(&body, ',');
    add_slack_block(&body, "section", buf_slice(&text));
    buf_add_cstr(&body, "]}");
    if (buf_error(&body) < 0 || buf_error(&text) < 0) return -ENOMEM;
    return sink_post_to_secret_url(call, call->config->slack_url_file, buf_slice(&body));
}

const AlertSink sink_slack = {.name = "slack", .is_set = slack_is_set, .tell = tell_slack};

/* ---- Teams: a workflow that posts an adaptive card (learn.microsoft.com, "Create incoming
 * webhooks with Workflows"). TextBlock and facts read Markdown, the runs of a RichTextBlock do not
 * (adaptivecards.io, schema explorer). */

static bool teams_is_set(const NotifyConfig *config)
{
    return is_given(config->teams_url_file);
}

static void add_teams_run(Buf *to, Slice text, bool is_title)
{
    buf_add_cstr(to, "{\"type\":\"RichTextBlock\",\"inlines\":[{\"type\":\"TextRun\"");
    if (is_title) buf_add_cstr(to, ",\"weight\":\"Bolder\",\"size\":\"Medium\"");
    sink_add_member(to, "text", text);
    buf_add_cstr(to, "}]}");
}

static void add_teams_actions(Buf *to, const Notice *notice)
{
    if (notice->page_link.len == 0) return;
    buf_add_cstr(to, ",\"actions\":[{\"type\":\"Action.OpenUrl\"");
    sink_add_member(to, "title", alert_words("tell.button", notice->language));
    sink_add_member(to, "url", notice->page_link);
    buf_add_cstr(to, "}]");
}

static int tell_teams(const SinkCall *call)
{
    CLEANUP(buf_done) Buf body = {0};
    Slice rest = call->notice->summary, line;
    size_t lines = 0;
    buf_add_cstr(&body, "{\"type\":\"message\",\"attachments\":[{\"contentType\":"
                        "\"application/vnd.microsoft.card.adaptive\",\"contentUrl\":null,"
                        "\"content\":{\"$schema\":"
                        "\"http://adaptivecards.io/schemas/adaptive-card.json\",\"type\":"
                        "\"AdaptiveCard\",\"version\":\"1.4\",\"body\":[");
    add_teams_run(&body, call->notice->subject, true);
    /* A card has at most 28 KB (Teams, "Limits and specifications"). */
    while (slice_cut(&rest, '\n', &line) && lines++ < 60 && body.len < 24000) {
        if (line.len == 0) continue;
        buf_add_char(&body, ',');
        add_teams_run(&body, line, false);
    }
    buf_add_char(&body, ']');
    add_teams_actions(&body, call->notice);
    buf_add_cstr(&body, "}}]}");
    if (buf_error(&body) < 0) return buf_error(&body);
    return sink_post_to_secret_url(call, call->config->teams_url_file, buf_slice(&body));
}

const AlertSink sink_teams = {.name = "teams", .is_set = teams_is_set, .tell = tell_teams};

/* ---- Chatwork: POST /rooms/ROOM/messages (developer.chatwork.com, version 2). */

static bool chatwork_is_set(const NotifyConfig *config)
{
    return is_given(config->chatwork_room) && is_given(config->chatwork_token_file);
}

/* Its markup is [word]: brackets of ours become full-width ones. */
static void add_chatwork_text(Buf *to, Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '[')
            buf_add_cstr(to, "［");
        else if (text.ptr[i] == ']')
            buf_add_cstr(to, "］");
        else
            buf_add_char(to, text.ptr[i]);
    }
}

/* application/x-www-form-urlencoded (WHATWG URL, 5.2). */
static void add_form_value(Buf *to, Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain)
            buf_add_char(to, (char)c);
        else
            buf_add_format(to, "%%%02X", c);
    }
}

static bool is_digits(const char *text)
{
    return text[0] && text[strspn(text, "0123456789")] == '\0';
}

static int post_chatwork(const SinkCall *call, Slice body)
{
    const NotifyConfig *config = call->config;
    char url[512], token[SINK_SECRET_BYTES_MAX], header[SINK_SECRET_BYTES_MAX + 32];
    const char *api =
        is_given(config->chatwork_api) ? config->chatwork_api : "https://api.chatwork.com/v2";
    int status = 0;
    if (!is_digits(config->chatwork_room)) return -EINVAL;
    snprintf(url, sizeof url, "%s/rooms/%s/messages", api, config->chatwork_room);
    int r = sink_read_secret(call->os, config->chatwork_token_file, token);
    if (r < 0) return r;
    snprintf(header, sizeof header, "X-ChatWorkToken: %s", token);
    const HttpSend send = {.url = url,
                           .headers = {"Content-Type: application/x-www-form-urlencoded", header},
                           .body = body};
    r = call->door->http(call->door->context, config, &send, &status);
    explicit_bzero(token, sizeof token);
    explicit_bzero(header, sizeof header);
    return r;
}

static int tell_chatwork(const SinkCall *call)
{
    CLEANUP(buf_done) Buf text = {0};
    CLEANUP(buf_done) Buf message = {0};
    CLEANUP(buf_done) Buf body = {0};
    make_chat_text(&text, call->notice);
    buf_add_cstr(&message, "[info][title]");
    add_chatwork_text(&message, call->notice->subject);
    buf_add_cstr(&message, "[/title]");
    add_chatwork_text(&message, buf_slice(&text));
    buf_add_cstr(&message, "[/info]");
    buf_add_cstr(&body, "self_unread=1&body=");
    add_form_value(&body, buf_slice(&message));
    if (buf_error(&body) < 0 || buf_error(&message) < 0) return -ENOMEM;
    return post_chatwork(call, buf_slice(&body));
}

const AlertSink sink_chatwork = {
    .name = "chatwork", .is_set = chatwork_is_set, .tell = tell_chatwork};

/* ---- LINE WORKS: its incoming webhook takes a title, a text and a button; plain text only
 * (guide.worksmobile.com, "Incoming Webhook"). */

static bool lineworks_is_set(const NotifyConfig *config)
{
    return is_given(config->lineworks_url_file);
}

static int tell_lineworks(const SinkCall *call)
{
    CLEANUP(buf_done) Buf text = {0};
    CLEANUP(buf_done) Buf title = {0};
    CLEANUP(buf_done) Buf body = {0};
    const Notice *notice = call->notice;
    make_chat_text(&text, notice);
    clean_text_add(&title, notice->subject, 200);
    buf_add_char(&body, '{');
    sink_add_member(&body, "title", buf_slice(&title));
    buf_add_cstr(&body, ",\"body\":{");
    sink_add_member(&body, "text", buf_slice(&text));
    buf_add_char(&body, '}');
    if (notice->page_link.len > 0) {
        buf_add_cstr(&body, ",\"button\":{");
        sink_add_member(&body, "label", alert_words("tell.button", notice->language));
        sink_add_member(&body, "url", notice->page_link);
        buf_add_char(&body, '}');
    }
    buf_add_char(&body, '}');
    if (buf_error(&body) < 0 || buf_error(&text) < 0) return -ENOMEM;
    return sink_post_to_secret_url(call, call->config->lineworks_url_file, buf_slice(&body));
}

const AlertSink sink_lineworks = {
    .name = "lineworks", .is_set = lineworks_is_set, .tell = tell_lineworks};
