/* Detection in the running server: one thread that follows the store, asks the rules, and puts what
 * they find into the stories.
 *
 *   writer --commit--> store <--reads on-- detecting --findings--> stories (alerts.db) --> notifier
 *
 * It reads what is durable, never what is on its way: so it holds up nobody, live and replay are
 * one and the same, and when more comes than it can see it is behind, visibly, and loses nothing.
 *
 * Invariants
 *   D1 every row is seen: the position in alerts.db says up to which number, and a start reads on
 *      behind it. Rows whose time lies DETECTING_OLD_NS before their receipt are history, not news:
 *      they are counted and passed over (akashi detect and search --rules look at those).
 *   D2 the position is written together with all that correlations and habits remember, and only
 *      after the findings up to there are durable. After a kill the rows behind it are seen again
 *      with the same memory, so they give the same findings, and a story counts each once (S1).
 *   D3 when other rules are loaded, habits of rules that stay go on, and correlations are fed again
 *      what their windows held, at most DETECTING_REFILL_ROWS rows of it, told to nobody.
 *
 * Time is that of the events: the newest that came, and from then on as much later as the clock has
 * gone on. So a log of yesterday that is played to the server is judged as it would have been. */
#ifndef AKASHI_ENGINE_DETECTING_H
#define AKASHI_ENGINE_DETECTING_H

#include "alert/alert_cipher.h"
#include "engine/counters.h"
#include "engine/detect_rules.h"
#include "engine/messages.h"
#include "os/os.h"
#include "store/crypt/secret.h"

#define DETECTING_OLD_NS ((int64_t)7 * 24 * 3600 * NS_PER_SECOND)
#define DETECTING_REFILL_ROWS 2000000u
#define DETECTING_SAVE_S 15      /* between two savings of the position, and ... */
#define DETECTING_SAVE_MIB_S 1   /* ... so much longer for each MiB that is remembered */
#define DETECTING_RULES_LOOK_S 5 /* between two looks for changed rules */
#define DETECTING_FOUND_MAX 1024 /* findings that wait for the stories; then they are put there */
#define DETECTING_FOUND_BYTES ((size_t)4 << 20)
#define DETECTING_CACHE_BYTES ((size_t)8 << 20) /* of the matcher */

/* Where the rules come from. Called by the detecting thread, and once by detecting_start. */
typedef struct DetectSource {
    /* All files, compiled; what is wrong with some of them was said, the others are there. -ENOMEM;
     * what made all of it fail. */
    int (*load)(void *context, DetectRules **ret);
    /* Changes when a file of the rules does. */
    uint64_t (*stamp)(void *context);
    void *context;
} DetectSource;

typedef struct DetectingOptions {
    const Os *os;
    const char *folder; /* of the store and the stories */
    const Secret *kek;
    const AlertCipher *cipher;
    DetectSource source;
    uint64_t budget_ns; /* of a rule, per event (MatcherOptions); 0: none is set aside */
    int64_t keep_ns;    /* closed stories that are older are removed; 0: never */
    Counters *counters;
    Language language;
} DetectingOptions;

typedef struct Detecting Detecting;

/* Loads the rules, goes on where the last run ended, starts the thread. The options' pointers
 * outlive it. -ENOMEM, -EAGAIN: no thread; as stories_open. */
MUST_USE int detecting_start(const DetectingOptions *options, Detecting **ret);
/* Rows were committed. From any thread. */
void detecting_wake(Detecting *detecting);
/* Reads the rules again, now. From any thread. */
void detecting_reload(Detecting *detecting);
/* Sees what is committed, for a few seconds at most, saves, ends. NULL: nothing. */
void detecting_stop(Detecting *detecting);

typedef struct DetectingStatus {
    uint64_t rules, rules_set_aside;
    uint64_t behind_rows; /* committed, not seen yet */
} DetectingStatus;
DetectingStatus detecting_status(const Detecting *detecting);

#endif
