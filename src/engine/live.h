/* What is received live: the syslog door, decoding, translation, the store, each in its thread,
 * with a bounded number of batches going round between them.
 *
 *   listener thread --work--> worker thread --rows--> writer thread --idle--> listener thread
 *
 * When all batches are under way the listener has none to fill: TCP connections are not read until
 * one comes back (their senders wait), UDP datagrams are dropped and counted. */
#ifndef AKASHI_ENGINE_LIVE_H
#define AKASHI_ENGINE_LIVE_H

#include "collect/syslog_listener.h"
#include "engine/counters.h"
#include "engine/messages.h"
#include "engine/settings.h"
#include "store/store.h"
#include "translate/source/source.h"

typedef struct Live Live;

typedef struct LiveOptions {
    const Settings *settings;
    const char *folder; /* of the store */
    const Secret *kek;
    StoreTold told; /* may be NULL; from any thread */
    void *told_context;
    int zone_offset_seconds;
    const SourceSet *sources; /* finished; NULL: only the rules built in. Outlives the run */
    Language language;
} LiveOptions;

/* Opens the store and the port and starts the threads. On failure the complaint says which and why;
 * nothing is left behind; *ret untouched. */
MUST_USE int live_open(const Os *os, const LiveOptions *options, Counters *counters, Live **ret,
                       Complaint *complaint);
/* False once a thread had to give up (it has said why); live_close then gives the error. */
bool live_is_running(Live *live);
int live_syslog_port(const Live *live);
const SyslogCounters *live_syslog_counters(const Live *live);
/* Stops receiving, makes durable what was received, ends the threads. The error that ended the
 * writer or the listener, or 0. */
MUST_USE int live_close(Live *live);

#endif
