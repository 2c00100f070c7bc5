/* Windows events through translation and joining, for tests of single rules. */
#ifndef AKASHI_TESTS_ACTION_CASE_H
#define AKASHI_TESTS_ACTION_CASE_H

#include "translate/actions/actions.h"
#include "translate/translate.h"

#define CASE_RECORDS_MAX 256

typedef struct ActionCase {
    ActionSettings *settings;
    Translator *translator;
    Actions *actions;
    Arena arena;
    uint64_t raw_id, record_id; /* of the next event; record_id 0: events have none */
    Slice records[CASE_RECORDS_MAX];
    size_t record_count; /* those beyond CASE_RECORDS_MAX are counted only */
    uint64_t evidence;
    Slice command_line, message; /* of the newest record that has one */
} ActionCase;

/* settings: rows in the place of the built-in ones, or NULL. */
ActionCase action_case_new(const char *settings);
void action_case_done(ActionCase *one);
/* An event at `ms` after the start. fields: `Name=value` with `;` between; those not named are: the
 * Security channel of FS01.example.com, success, user tanaka in session 0x111, process 4, File. */
void action_case_feed(ActionCase *one, int64_t ms, unsigned event_id, const char *fields);
/* Any event, as a decoder gives it. */
void action_case_event(ActionCase *one, const Event *event);
/* Another machine with the same state, as over a restart. */
void action_case_restart(ActionCase *one);
/* A file opened, used with each right of `used`, and closed, all at `ms`. */
void action_case_file(ActionCase *one, int64_t ms, const char *path, uint32_t requested,
                      uint32_t used);
/* Ends the input: everything that waits is given. */
void action_case_end(ActionCase *one);
/* `VERB OBJECT[ -> TARGET] RULE CERTAINTY xCOUNT[ {DETAIL}]`; empty: there is no such record. */
Slice action_case_record(const ActionCase *one, size_t index);
/* The first record of this verb, in the same form. */
Slice action_case_verb(const ActionCase *one, const char *verb);
size_t action_case_count(const ActionCase *one, const char *verb);

#endif
