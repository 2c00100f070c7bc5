/* A notice: what a sink tells people, of one story or of many; and the settings of all sinks. */
#ifndef AKASHI_ALERT_NOTICE_H
#define AKASHI_ALERT_NOTICE_H

#include "alert/alert_outbox.h"
#include "alert/page.h"

typedef enum NoticeKind {
    NOTICE_OPENED,
    NOTICE_UPDATED,
    NOTICE_ESCALATED,
    NOTICE_CLOSED,
    NOTICE_DIGEST, /* many stories: no page */
} NoticeKind;

typedef struct NoticeLine {
    uint64_t id;
    FindingLevel level;
    StoryState state;
    int64_t first_ns, last_ns;
    Slice rule, title, time; /* cleaned, in the notice's language */
} NoticeLine;

typedef struct Notice {
    NoticeKind kind;
    Language language;
    int zone_offset_seconds;
    int64_t now_ns;
    Slice id;               /* of this message, the same at each try: letters, digits, dots, - */
    Slice thread;           /* of the story, empty for a digest: letters, digits, dots, - */
    Slice subject, summary; /* one line; a few lines */
    FindingLevel level;     /* the highest */
    const Page *page;       /* NULL for a digest */
    Slice page_link;        /* of the first story, or of the list; may be empty */
    NoticeLine lines[OUTBOX_STORIES_MAX];
    size_t line_count;
    size_t total; /* stories; those over line_count are not listed */
} Notice;

typedef enum ConnectSecurity { SECURITY_NONE, SECURITY_STARTTLS, SECURITY_TLS } ConnectSecurity;

/* set at start, then read-only. A NULL or empty text: not set. Files of secrets are read each time
 * they are needed and must be readable by nobody but their owner. */
typedef struct NotifyConfig {
    Language language;
    int zone_offset_seconds;
    FindingLevel least;        /* what is below it is told to nobody */
    const char *link;          /* of the web page */
    Slice contacts;            /* one a line */
    const char *ca_file;       /* certificates trusted instead of the system's */
    unsigned time_out_seconds; /* of one sending, at most NOTIFY_TIME_OUT_MAX; 0: NOTIFY_TIME_OUT */
    const char *mail_server;   /* HOST or HOST:PORT */
    ConnectSecurity mail_security;
    const char *mail_user, *mail_password_file;
    const char *mail_from, *mail_to, *mail_escalate_to; /* addresses, separated by commas */
    const char *webhook_url, *webhook_secret_file;
    const char *slack_url_file, *teams_url_file, *lineworks_url_file;
    const char *chatwork_api, *chatwork_room, *chatwork_token_file;
    const char *syslog_server; /* HOST:PORT */
    ConnectSecurity syslog_security;
} NotifyConfig;
#define NOTIFY_TIME_OUT 30
#define NOTIFY_TIME_OUT_MAX 120

/* The notice of a job, in the arena. -ENOENT: its stories are gone; -EBADMSG: they do not open. */
MUST_USE int notice_make(Stories *stories, const OutboxJob *job, const NotifyConfig *config,
                         unsigned sink, int64_t now_ns, Arena *arena, const Notice **ret);

/* A notice that says of itself that it is a test, with a page like a real one. */
MUST_USE int notice_sample(Stories *stories, const NotifyConfig *config, int64_t now_ns,
                           Arena *arena, const Notice **ret);

/* The page of a story as people see it now (for web, paper and mail alike). */
MUST_USE int notice_page(Stories *stories, const Story *story, const NotifyConfig *config,
                         Language language, int64_t now_ns, Arena *arena, const Page **ret);

#endif
