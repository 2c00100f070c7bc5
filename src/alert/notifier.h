/* The notifier: takes what is due from the outbox and gives it to the sinks, each in a thread of
 * its own, so that one that hangs keeps no other. */
#ifndef AKASHI_ALERT_NOTIFIER_H
#define AKASHI_ALERT_NOTIFIER_H

#include "alert/sink.h"

#define NOTIFIER_POLL_NS ((int64_t)250 * NS_PER_MS)

/* Told of what becomes of a sending: error 0 it went out, else why not. Called by several threads.
 */
typedef void (*NotifierNews)(void *context, const AlertSink *sink, int error, size_t stories);

typedef struct NotifierOptions {
    const Os *os;
    const char *folder; /* of the stories */
    const AlertCipher *cipher;
    const NotifyConfig *config; /* must outlive the notifier */
    const Door *door;           /* NULL: door_curl */
    int64_t escalate_ns;        /* 0: nobody is reminded */
    int64_t keep_ns;            /* closed stories older than that are removed; 0: never */
    NotifierNews news;          /* NULL: nobody is told */
    void *news_context;
} NotifierOptions;

/* One turn of one sink: collects, then sends at most one message. 1: it sent or tried, ask again at
 * once; 0: nothing is due before *ret_next_ns; negative errno: the stories' file failed. */
MUST_USE int notifier_turn(Stories *stories, const NotifierOptions *options, unsigned sink,
                           int64_t *ret_next_ns);

typedef struct Notifier Notifier;
/* Starts a thread for each sink that is set. -ENOMEM, -EAGAIN: no thread; as stories_open. */
MUST_USE int notifier_start(const NotifierOptions *options, Notifier **ret);
/* Waits for sendings under way (NOTIFY_TIME_OUT_MAX at most); what is left waits for the next
 * start. */
void notifier_stop(Notifier *notifier);

#endif
