/* See alert_setup.h. */
#include "main/alert_setup.h"

static ConnectSecurity security_of(const char *word)
{
    if (strcmp(word, "tls") == 0) return SECURITY_TLS;
    return strcmp(word, "starttls") == 0 ? SECURITY_STARTTLS : SECURITY_NONE;
}

static int read_contacts(const Invocation *invocation, Arena *arena, Slice *ret)
{
    const char *path = setting_text(&invocation->settings, SETTING_ALERT_CONTACTS_FILE);
    if (!path[0]) return 0;
    int r = os_read_file(&os_real, path, ALERT_CONTACTS_BYTES_MAX, arena, ret);
    if (r < 0) {
        SAY(MESSAGE_ALERTS_CONTACTS, invocation->language, {"file", slice_from_cstr(path)},
            {"error", error_words(r)});
    }
    return r;
}

int alert_setup(const Invocation *invocation, Arena *arena, NotifyConfig *ret)
{
    const Settings *settings = &invocation->settings;
    *ret = (NotifyConfig){
        .language = invocation->language,
        .zone_offset_seconds = invocation->zone_offset_seconds,
        .least =
            finding_level_of(slice_from_cstr(setting_text(settings, SETTING_ALERT_LEAST_LEVEL))),
        .link = setting_text(settings, SETTING_ALERT_LINK),
        .ca_file = setting_text(settings, SETTING_ALERT_CA_FILE),
        .mail_server = setting_text(settings, SETTING_ALERT_MAIL_SERVER),
        .mail_security = security_of(setting_text(settings, SETTING_ALERT_MAIL_SECURITY)),
        .mail_user = setting_text(settings, SETTING_ALERT_MAIL_USER),
        .mail_password_file = setting_text(settings, SETTING_ALERT_MAIL_PASSWORD_FILE),
        .mail_from = setting_text(settings, SETTING_ALERT_MAIL_FROM),
        .mail_to = setting_text(settings, SETTING_ALERT_MAIL_TO),
        .mail_escalate_to = setting_text(settings, SETTING_ALERT_MAIL_ESCALATE_TO),
        .webhook_url = setting_text(settings, SETTING_ALERT_WEBHOOK_URL),
        .webhook_secret_file = setting_text(settings, SETTING_ALERT_WEBHOOK_SECRET_FILE),
        .slack_url_file = setting_text(settings, SETTING_ALERT_SLACK_URL_FILE),
        .teams_url_file = setting_text(settings, SETTING_ALERT_TEAMS_URL_FILE),
        .lineworks_url_file = setting_text(settings, SETTING_ALERT_LINEWORKS_URL_FILE),
        .chatwork_api = setting_text(settings, SETTING_ALERT_CHATWORK_API),
        .chatwork_room = setting_text(settings, SETTING_ALERT_CHATWORK_ROOM),
        .chatwork_token_file = setting_text(settings, SETTING_ALERT_CHATWORK_TOKEN_FILE),
        .syslog_server = setting_text(settings, SETTING_ALERT_SYSLOG_SERVER),
        .syslog_security = security_of(setting_text(settings, SETTING_ALERT_SYSLOG_SECURITY)),
    };
    return read_contacts(invocation, arena, &ret->contacts);
}

int64_t alert_setup_escalate_ns(const Invocation *invocation)
{
    return setting_number(&invocation->settings, SETTING_ALERT_ESCALATE_MINUTES) * NS_PER_MINUTE;
}

int64_t alert_setup_keep_ns(const Invocation *invocation)
{
    return setting_number(&invocation->settings, SETTING_ALERT_KEEP_DAYS) * 24 * 3600 *
           NS_PER_SECOND;
}
