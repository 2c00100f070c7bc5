/* Detection and telling in the running server, as the configuration says. */
#ifndef AKASHI_MAIN_SERVE_ALERTS_H
#define AKASHI_MAIN_SERVE_ALERTS_H

#include "alert/notice.h"
#include "engine/detecting.h"
#include "main/options.h"

typedef struct ServeAlerts ServeAlerts;

/* Before the doors open, so that the first row is seen. What cannot be started is said, and the
 * rest goes on: logs are collected whatever happens here. NULL: nothing of it could be. The
 * invocation and the counters outlive it. */
ServeAlerts *serve_alerts_start(const Invocation *invocation, const Secret *kek,
                                Counters *counters);
/* All of them: NULL: nothing. */
void serve_alerts_wake(void *alerts); /* rows were committed */
void serve_alerts_reload(ServeAlerts *alerts);
void serve_alerts_stop(ServeAlerts *alerts); /* after the last row was committed */
DetectingStatus serve_alerts_status(const ServeAlerts *alerts);
/* For the pages of stories; NULL: there are none. They live until serve_alerts_stop. */
const NotifyConfig *serve_alerts_config(const ServeAlerts *alerts);
const AlertCipher *serve_alerts_cipher(const ServeAlerts *alerts);

#endif
