/* Mail by SMTP (RFC 5321), with STARTTLS (RFC 3207) or TLS from the start (RFC 8314), and AUTH. */
#include "alert/sink.h"

#include <errno.h>
#include <stdio.h>

#define ADDRESS_BYTES_MAX 254 /* RFC 5321, 4.5.3.1.3, without the angle brackets */
#define ADDRESSES_BYTES_MAX 4096

static bool mail_is_set(const NotifyConfig *config)
{
    return is_given(config->mail_server) && is_given(config->mail_from) &&
           is_given(config->mail_to);
}

/* Strict: what stands in a header and in a command of SMTP must not end either. */
static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');
    if (!at || at == text || !at[1] || strlen(text) > ADDRESS_BYTES_MAX) return false;
    for (; *text; text++) {
        if (*text <= ' ' || *text >= 0x7f || strchr("<>()[]\\,;:\"", *text)) return false;
    }
    return true;
}

static int split_addresses(char *list, MailSend *send)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *at = strtok_r(list, ", ", &rest); at; at = strtok_r(NULL, ", ", &rest)) {
        if (!is_address(at) || count + 1 == SINK_RECIPIENTS_MAX) return -EINVAL;
        send->recipients[count++] = at;
    }
    return count > 0 ? 0 : -EINVAL;
}

/* Who did not look is not told alone. */
static int list_recipients(const NotifyConfig *config, NoticeKind kind, char *to, size_t bytes)
{
    bool more = kind == NOTICE_ESCALATED && is_given(config->mail_escalate_to);
    int len = snprintf(to, bytes, "%s%s%s", config->mail_to, more ? "," : "",
                       more ? config->mail_escalate_to : "");
    return len < 0 || (size_t)len >= bytes ? -EINVAL : 0;
}

static int send_message(const SinkCall *call, MailSend *send)
{
    const NotifyConfig *config = call->config;
    char password[SINK_SECRET_BYTES_MAX];
    int status = 0, r = 0;
    if (is_given(config->mail_user)) {
        /* A password is never sent where everybody on the way can read it. */
        if (config->mail_security == SECURITY_NONE) return -EPERM;
        r = sink_read_secret(call->os, config->mail_password_file, password);
        send->password = password;
    }
    if (r == 0) r = call->door->mail(call->door->context, config, send, &status);
    explicit_bzero(password, sizeof password);
    return r;
}

static int tell_mail(const SinkCall *call)
{
    const NotifyConfig *config = call->config;
    char header[ADDRESSES_BYTES_MAX], list[ADDRESSES_BYTES_MAX];
    CLEANUP(buf_done) Buf message = buf_make(SINK_BODY_BYTES_MAX);
    MailSend send = {.from = config->mail_from};
    if (!is_address(config->mail_from)) return -EINVAL;
    int r = list_recipients(config, call->notice->kind, header, sizeof header);
    if (r < 0) return r;
    memcpy(list, header, sizeof list);
    r = split_addresses(list, &send);
    if (r == 0) r = mail_message_add(&message, call->notice, config->mail_from, header);
    if (r < 0) return r;
    send.message = buf_slice(&message);
    return send_message(call, &send);
}

const AlertSink sink_mail = {.name = "mail", .is_set = mail_is_set, .tell = tell_mail};
