/* What the joining of events makes of a human_script, beside what the people did. */
#ifndef AKASHI_TESTS_ACTION_SCORE_H
#define AKASHI_TESTS_ACTION_SCORE_H

#include "tests/support/human_script.h"
#include "translate/actions/actions.h"

typedef struct VerbScore {
    uint64_t right, wrong, missed; /* records, records, actions */
    uint64_t wrong_target;         /* of right ones: another new name than the real one */
} VerbScore;

typedef struct ActionScore {
    VerbScore verbs[VERB_COUNT];
    uint64_t records, actions;
    uint64_t wrong_observed; /* certainty observed, and the object is in no event it names */
    uint64_t folders_read;   /* READ records of folders that were browsed (T5) */
    uint64_t gaps_told;      /* gaps in all LOG_GAP records (T6) */
    uint64_t references, wrong_references; /* T9 */
    uint64_t output_hash;                  /* of all records, in order: for replays */
    ActionCounters counters;
} ActionScore;

/* Fails by CHECK only. */
void action_score_run(HumanScript *script, const ActionSettings *settings, const uint64_t seed[2],
                      ActionScore *ret);
double verb_score_f1(const VerbScore *score);

#endif
