/* Sinks: the ways in which people and other systems are told. Each is one static const struct in
 * one file, listed in sink_table.c; its place in the list is stored, so new ones go to the end. */
#ifndef AKASHI_ALERT_SINK_H
#define AKASHI_ALERT_SINK_H

#include "alert/notice.h"
#include "base/complaint.h"

#define SINK_BODY_BYTES_MAX ((size_t)24 << 20)
#define SINK_SECRET_BYTES_MAX 4096
#define SINK_HEADERS_MAX 6
#define SINK_RECIPIENTS_MAX 32

/* What goes out, and the door it goes through: behind a table, so that tests may be the receiver.
 */
typedef struct HttpSend {
    const char *url;
    const char *headers[SINK_HEADERS_MAX]; /* `Name: value`; up to the first NULL */
    Slice body;
} HttpSend;

typedef struct MailSend {
    const char *from;
    const char *recipients[SINK_RECIPIENTS_MAX]; /* up to the first NULL */
    const char *password;                        /* NULL: none */
    Slice message;                               /* RFC 5322, lines end in CRLF */
} MailSend;

/* Each 0, or a negative errno: -ETIMEDOUT, -ECONNREFUSED, -EHOSTUNREACH (no such name or no way),
 * -EPROTO (TLS: certificate or protocol), -EACCES (name or password refused), -EREMOTEIO (the other
 * side said no; *ret_status is its code), -EIO. Returns within the configured time. */
typedef struct Door {
    void *context;
    int (*http)(void *context, const NotifyConfig *config, const HttpSend *send, int *ret_status);
    int (*mail)(void *context, const NotifyConfig *config, const MailSend *send, int *ret_status);
    int (*line)(void *context, const NotifyConfig *config, Slice bytes); /* to syslog_server */
} Door;
extern const Door door_curl;

typedef struct SinkCall {
    const Os *os; /* for the files of secrets */
    const NotifyConfig *config;
    const Door *door;
    const Notice *notice;
} SinkCall;

typedef struct AlertSink {
    const char *name;
    bool (*is_set)(const NotifyConfig *config);
    /* As Door; -EPERM: a file of secrets can be read by others; -ENOENT and others what the system
     * said of it; -EINVAL: an address in the configuration cannot be one. */
    int (*tell)(const SinkCall *call);
} AlertSink;

#define ALERT_SINK_COUNT 7
extern const AlertSink *const alert_sinks[ALERT_SINK_COUNT];

extern const AlertSink sink_mail, sink_webhook, sink_slack, sink_teams, sink_chatwork,
    sink_lineworks, sink_syslog;

/* What happened, where, and what to do, in both languages; error as returned by the sink's tell. An
 * address that is a secret is not in it. */
void sink_explain(const AlertSink *sink, const NotifyConfig *config, int error,
                  Complaint *complaint);

/* Between the sinks. */
static inline bool is_given(const char *text)
{
    return text && text[0] != '\0';
}
/* The first line of a file of secrets into `to`, NUL-terminated; the caller wipes `to`. */
MUST_USE int sink_read_secret(const Os *os, const char *path, char to[SINK_SECRET_BYTES_MAX]);
/* Posts JSON to the URL that a file holds: the URL is the secret. */
MUST_USE int sink_post_to_secret_url(const SinkCall *call, const char *url_file, Slice body);
/* `,"name":"value"`; the comma only behind another member. */
void sink_add_member(Buf *to, const char *name, Slice value);
/* The whole text of a notice for chats: subject, summary, link. */
void sink_add_chat_text(Buf *to, const Notice *notice);

/* RFC 4648 section 4, padded; line_chars > 0: CRLF behind so many. */
void base64_mime_add(Buf *to, Slice bytes, size_t line_chars);
/* HMAC-SHA256 (RFC 2104) as 64 hexadecimal digits and a NUL. */
void hmac_hex(Slice key, Slice message, char ret[65]);
/* The mail of a notice (RFC 5322, 2045-2047, 2231). `domain`: of Message-IDs. -ENOMEM, or what the
 * PDF said. */
MUST_USE int mail_message_add(Buf *to, const Notice *notice, const char *from,
                              const char *recipients);

#endif
