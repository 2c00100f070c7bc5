/* A finding: what a rule saw in one or more records, in the shape in which stories are made of it.
 *
 * Whoever detects fills it; alert/ copies what it keeps. All texts are log content or words of a
 * rule and may hold any bytes: they are cleaned where they are shown, not here. */
#ifndef AKASHI_ALERT_FINDING_H
#define AKASHI_ALERT_FINDING_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/time_text.h"
#include "record/record.h"

/* What is longer is cut, what is more is left out; both only in what is kept for the page. */
#define FINDING_TEXT_BYTES_MAX 2048
#define FINDING_FIELDS_MAX 16
#define FINDING_RECORDS_MAX 8

typedef enum FindingLevel { /* stored: never renumber. Sigma specification 2.1.0, `level` */
                            FINDING_INFORMATIONAL = 0,
                            FINDING_LOW = 1,
                            FINDING_MEDIUM = 2,
                            FINDING_HIGH = 3,
                            FINDING_CRITICAL = 4,
} FindingLevel;
#define FINDING_LEVEL_COUNT 5

typedef enum AttackPhase { /* stored: never renumber */
                           PHASE_NONE = 0,
                           PHASE_INTRUSION = 1,
                           PHASE_INFECTION = 2,
                           PHASE_SPREAD = 3,
                           PHASE_THEFT = 4,
                           PHASE_DESTRUCTION = 5,
} AttackPhase;
#define PHASE_COUNT 6

/* What the rule says of itself in one language; each may be empty, and the page then says the
 * general words of the phase. */
typedef struct FindingWords {
    Slice title; /* a few words */
    Slice seen;  /* what was seen: a sentence */
    Slice why;   /* why it matters */
    Slice todo;  /* what to do first: one step a line */
    Slice call;  /* whom to call: one a line */
} FindingWords;

typedef struct FindingField {
    Slice name, value, pattern;
} FindingField;

/* A record that the rule saw: enough to prove the sentence without asking the store. */
typedef struct FindingRecord {
    uint64_t reference; /* of the row in the store */
    int64_t time_ns;
    Slice sentence[2]; /* by Language */
    Slice origin;
    Slice raw;
} FindingRecord;

typedef struct AlertFinding {
    Slice rule; /* its id */
    /* What makes it the same occurrence when it is given again, beside the rule; not kept. Empty:
     * its names, time and records. */
    Slice identity;
    Slice tags; /* separated by blanks: attack.t1110 */
    FindingLevel level;
    AttackPhase phase;
    int64_t time_ns; /* of the event, not of the arrival */
    Outcome outcome;
    Slice user, host, source, object; /* who, on what, from which address, to what */
    /* Another person it is about, whose name was used or whose account was changed: joins stories
     * as `user` does; not kept. */
    Slice other_user;
    FindingWords words[2];      /* by Language */
    const FindingField *fields; /* what matched */
    size_t field_count;
    const FindingRecord *records;
    size_t record_count;
} AlertFinding;

/* informational, low, medium, high, critical; what is none of them is medium. */
FindingLevel finding_level_of(Slice token);
const char *finding_level_token(FindingLevel level);
/* By the rule's tags: the tactics of MITRE ATT&CK (attack.initial-access ...), or
 * akashi.phase.intrusion and so on, the last phase of those named. */
AttackPhase finding_phase_of(Slice tags);
const char *finding_phase_token(AttackPhase phase);

/* Who and what a name means, as findings are joined and counted by it: a person without the domain,
 * a machine without its. Empty: a name that says nothing (SYSTEM, a machine's own account, -,
 * loopback). Compare them folded (base/fold.h). */
Slice finding_person(Slice user);
Slice finding_address(Slice source);
Slice finding_machine(Slice host);

/* The bytes in which a story keeps it. Texts over FINDING_TEXT_BYTES_MAX are cut. */
void finding_encode(Buf *to, const AlertFinding *finding);
/* The reverse; slices point into `bytes`. Any bytes may be given. -EBADMSG: not a finding;
 * -ENOMEM; *ret is then undefined. */
MUST_USE int finding_decode(Slice bytes, Arena *arena, AlertFinding *ret);

#endif
