/* One event through a translator of its own, for tests of rules. */
#ifndef AKASHI_TESTS_TRANSLATE_CASE_H
#define AKASHI_TESTS_TRANSLATE_CASE_H

#include "translate/translate.h"

/* What came of the event. The record's slices live until case_done. */
typedef struct Case {
    Arena arena;
    Record record;
    unsigned records;
} Case;

#define CASE_RECEIVED_NS 7 /* event.ingested of every case */

/* Each fails the running test when the event did not give exactly one record. */
Case case_event(const Event *event);
/* A line of tests/support/event_line.h. */
Case case_line(const char *line);
/* A syslog message from host web01. */
Case case_syslog(const char *tag, const char *message);
void case_done(Case *one);

/* Whether the field holds this text; names the field when it does not. Empty: absent. */
bool case_has(const Case *one, RecordField field, const char *want);

#endif
