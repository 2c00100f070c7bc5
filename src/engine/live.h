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
#include "engine/context_follow.h"
#include "engine/counters.h"
#include "engine/live_doors.h"
#include "engine/messages.h"
#include "engine/settings.h"
#include "engine/source_health.h"
#include "engine/translation_files.h"
#include "store/store.h"

typedef struct Live Live;

#define LIVE_SEAL_AGE_S 3600 /* what came in an hour is sealed, however little */
#define LIVE_LOOK_MS 5000    /* between two looks whether the administrator's files have changed */

typedef struct LiveOptions {
    const Settings *settings;
    const char *folder;      /* of the store */
    const char *config_path; /* for backups; NULL: there is none */
    const Secret *kek;
    StoreTold told; /* may be NULL; from any thread */
    void *told_context;
    int zone_offset_seconds;
    /* definitions and action settings; looked at again by the worker. NULL: only what is built in.
     * Outlives the run, and is nobody else's meanwhile. */
    TranslationFiles *files;
    /* What the company knows; looked at again by the worker, as files. NULL: nothing. */
    ContextFollow *company;
    Language language;
    void (*committed)(void *context); /* rows are durable; from the writer's thread; may be NULL */
    void *committed_context;
} LiveOptions;

/* Opens the store and the port and starts the threads. On failure the complaint says which and why;
 * nothing is left behind; *ret untouched. */
MUST_USE int live_open(const Os *os, const LiveOptions *options, Counters *counters, Live **ret,
                       Complaint *complaint);
/* False once a thread had to give up (it has said why); live_close then gives the error. */
bool live_is_running(Live *live);
int live_syslog_port(const Live *live);
const SyslogCounters *live_syslog_counters(const Live *live);
/* How the senders are doing (engine/source_health.h): how many were copied. */
size_t live_sources(Live *live, SourceHealth *to, size_t count_max);
/* Definitions, settings of actions and the company's document are looked at again at once, not only
 * every LIVE_LOOK_MS. From any thread. */
void live_look_again(Live *live);
/* For what the program itself has to say, such as its operator log: as a door would. */
MessageSink live_sink(Live *live);
/* The other doors: ports and counters (engine/live_doors.h). */
const LiveDoors *live_doors(const Live *live);
/* Stops receiving, makes durable what was received, ends the threads. The error that ended the
 * writer or the listener, or 0. */
MUST_USE int live_close(Live *live);

#endif
