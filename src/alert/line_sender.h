/* Sends lines on to the syslog receiver of alerts as they come: the operator log, so that it also
 * stands where nobody of this machine can reach it (OWASP ASVS 5.0, 16.4.3).
 *
 * RFC 5424 over TCP or TLS, one message a line, in their order. A receiver that is away is tried
 * again, at least every minute; meanwhile lines wait in memory. The lines are durable elsewhere:
 * what is dropped here, or waits when the program ends without reaching the receiver, is only not
 * sent on. After a failure lines may arrive twice. */
#ifndef AKASHI_ALERT_LINE_SENDER_H
#define AKASHI_ALERT_LINE_SENDER_H

#include "alert/sink.h"

#define LINE_SENDER_BYTES_MAX                                                                      \
    ((size_t)4 << 20) /* waiting; past it new lines are dropped, counted */
#define LINE_SENDER_RETRY_LEAST_NS ((int64_t)1 * NS_PER_SECOND) /* doubled each time */
#define LINE_SENDER_RETRY_MOST_NS ((int64_t)60 * NS_PER_SECOND)

typedef struct LineSender LineSender;

typedef struct LineSenderState {
    uint64_t sent, dropped; /* lines, since the start */
    int error;              /* of the last try; 0: it went well, or there was none */
} LineSenderState;

/* Starts a thread. config must name a syslog receiver and outlive the sender; door NULL: door_curl.
 * -ENOMEM, -EAGAIN: no thread. */
MUST_USE int line_sender_start(const NotifyConfig *config, const Door *door, LineSender **ret);
/* Never waits. The line has no line feed. */
void line_sender_add(LineSender *sender, Slice line, int64_t at_ns, bool is_refusal);
LineSenderState line_sender_state(LineSender *sender);
/* What waits is tried once more, unless the last try failed. NULL: nothing. */
void line_sender_stop(LineSender *sender);

#endif
