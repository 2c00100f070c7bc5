/* The server looks after its own store: once a day it reads all sealed segments and recomputes what
 * the chain has of them. What does not hold becomes a record in the store itself (event.dataset
 * akashi.self), so that it is found, alerted on and kept like any other. */
#ifndef AKASHI_ENGINE_SELF_CHECK_H
#define AKASHI_ENGINE_SELF_CHECK_H

#include "os/os.h"
#include "store/store.h"

#include <stdatomic.h>

#define SELF_CHECK_FIRST_S 600 /* after the start: let it settle */
#define SELF_CHECK_EVERY_S (24 * 3600)
#define SELF_CHECK_WORDS_MAX 512

typedef struct SelfCheckOptions {
    const Os *os;
    const char *folder;
    const Secret *kek;
    const atomic_bool *stopping; /* ends it early */
} SelfCheckOptions;

/* Looks once at all segments. 1: one does not hold, and `words` is a syslog line (RFC 5424) that
 * says which; 0: all hold, or it was stopped; negative: it could not look. */
MUST_USE int self_check_once(const SelfCheckOptions *options, char words[SELF_CHECK_WORDS_MAX]);

typedef struct SelfCheck SelfCheck;
/* A thread that looks at its times and calls `found` with the line. -ENOMEM, -EAGAIN. */
MUST_USE int self_check_start(const SelfCheckOptions *options,
                              void (*found)(void *context, Slice line), void *context,
                              SelfCheck **ret);
/* After *stopping was set. NULL: nothing. */
void self_check_stop(SelfCheck *check);

#endif
