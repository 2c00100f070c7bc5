/* What is stored, translated once more by today's rules and definitions. Where today's record says
 * something else, it becomes a row of its own beside the old one, which stays as it is:
 *
 *   akashi.role  RETRANSLATED_ROLE
 *   akashi.raw   `row/NUMBER`: the row of the store whose raw bytes it tells of; it has none itself
 *
 * What is not translated anew (doc/decisions/0015-retranslation.md says why): rows with a role,
 * without raw bytes or damaged; records that were joined from several events; lines of tables
 * whose columns a header line names; and what no rule knows today. */
#ifndef AKASHI_ENGINE_RETRANSLATE_H
#define AKASHI_ENGINE_RETRANSLATE_H

#include "engine/settings.h"
#include "os/os.h"
#include "store/store.h"
#include "translate/source/source.h"
#include "translate/translate.h"

#define RETRANSLATED_ROLE "retranslated"

/* For one thread at a time. */
typedef struct Retranslator {
    Translator *translator;
    const SourceSet *sources; /* outlives it; may be NULL */
    int zone_offset_seconds;
} Retranslator;

/* -ENOMEM. */
MUST_USE int retranslator_init(Retranslator *retranslator, const SourceSet *sources,
                               int zone_offset_seconds);
void retranslator_done(Retranslator *retranslator);

typedef enum RetranslateVerdict {
    RETRANSLATE_SAME,
    RETRANSLATE_LEFT, /* not translated anew */
    RETRANSLATE_DIFFERENT,
} RetranslateVerdict;

/* Pure. *ret is set where it is DIFFERENT; its slices live as long as the row and the arena. Its
 * key is made of the number and of what the record says: the same once more is a repeat.
 * -ENOMEM. */
MUST_USE int retranslate_row(Retranslator *retranslator, const Row *row, uint64_t number,
                             Arena *arena, RetranslateVerdict *ret_verdict, Row *ret);

typedef struct RetranslateOptions {
    const Settings *settings;
    const char *folder;
    const Secret *kek;
    const SourceSet *sources;
    int zone_offset_seconds;
    Slice question; /* which rows; empty: all */
    int64_t from_ns, to_ns;
    bool dry_run; /* count only: takes no lock, so it works beside a running server */
    StoreTold told;
    void *told_context;
    void (*progress)(void *context, uint64_t done, uint64_t all); /* NULL: not wanted */
    void *progress_context;
} RetranslateOptions;

typedef struct RetranslateTally {
    uint64_t rows, same, left, different;
    uint64_t added, repeats; /* of the different ones; 0 in a dry run */
    uint64_t damaged_blocks; /* whose rows could not be read */
} RetranslateTally;

/* -ENOENT: no store there. -EINVAL: the question, with the complaint. As store_open, store_append,
 * search_run. What was added before a failure stays. *ret_tally in any case. */
MUST_USE int retranslate_run(const Os *os, const RetranslateOptions *options,
                             RetranslateTally *ret_tally, Complaint *complaint);

#endif
