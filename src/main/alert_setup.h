/* What alert/ needs, from the configuration: for the commands and for the server alike. */
#ifndef AKASHI_MAIN_ALERT_SETUP_H
#define AKASHI_MAIN_ALERT_SETUP_H

#include "alert/notice.h"
#include "main/options.h"

#define ALERT_CONTACTS_BYTES_MAX ((size_t)64 << 10)

/* The texts of *ret point into the invocation and the arena. Negative after saying what is wrong.
 */
MUST_USE int alert_setup(const Invocation *invocation, Arena *arena, NotifyConfig *ret);
/* alert.escalate_minutes and alert.keep_days, for NotifierOptions. */
int64_t alert_setup_escalate_ns(const Invocation *invocation);
int64_t alert_setup_keep_ns(const Invocation *invocation);

#endif
