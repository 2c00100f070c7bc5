/* A record, the one noun: when, who, from where, on which system, did what, to which object, with
 * what outcome. Made by translate/, stored, searched, shown. Field names: Elastic Common Schema
 * (flat, dotted), our own under `akashi.`; the table is knowledge/words/fields.tsv.
 *
 * Slices live as long as the batch or request that made the record. An absent text is empty. */
#ifndef AKASHI_RECORD_RECORD_H
#define AKASHI_RECORD_RECORD_H

#include "base/buf.h"
#include "record/field_ids.h" /* generated: enum RecordField, RECORD_FIELD_COUNT */
#include "record/verb_ids.h"  /* generated: enum Verb, VERB_COUNT */

typedef enum Outcome { OUTCOME_UNKNOWN, OUTCOME_SUCCESS, OUTCOME_FAILURE } Outcome;
typedef enum Certainty { CERTAINTY_OBSERVED, CERTAINTY_CORRELATED, CERTAINTY_INFERRED } Certainty;
typedef enum Language { LANGUAGE_JA, LANGUAGE_EN } Language;

typedef struct Record {
    int64_t time_ns;     /* @timestamp: first raw event, TIME_UNKNOWN when the log does not say */
    int64_t end_ns;      /* event.end: last raw event; TIME_UNKNOWN: same as time_ns */
    int64_t ingested_ns; /* event.ingested: when Akashi received it */
    Verb verb;           /* event.action, and by table event.category and event.type */
    Outcome outcome;     /* event.outcome */
    Certainty certainty; /* akashi.certainty */
    uint32_t count;      /* akashi.count: raw events folded into this record, at least 1 */
    Slice text[RECORD_FIELD_COUNT];
} Record;

typedef enum FieldType {
    FIELD_TYPE_TEXT,
    FIELD_TYPE_NUMBER,
    FIELD_TYPE_IP,
    FIELD_TYPE_PATH
} FieldType;

/* One row of fields.tsv. */
typedef struct RecordFieldInfo {
    Slice name;
    FieldType type;
    const char *aliases;  /* comma-separated, may be empty */
    const char *label[2]; /* by Language */
} RecordFieldInfo;
extern const RecordFieldInfo record_fields[RECORD_FIELD_COUNT];

/* One row of verbs.tsv. Sentences: see sentence.h. */
typedef struct VerbInfo {
    Slice token;          /* stable: LOGON_FAIL */
    const char *category; /* ECS event.category */
    const char *type;     /* ECS event.type */
    const char *label[2];
    const char *sentence[2];         /* outcome success or unknown */
    const char *sentence_failure[2]; /* outcome failure; may be empty: the generic one serves */
} VerbInfo;
extern const VerbInfo verbs[VERB_COUNT];

/* Each returns -ENOENT when there is no such name (tokens and names ignore ASCII case). */
MUST_USE int record_field_by_name(Slice name_or_alias, RecordField *ret);
MUST_USE int verb_by_name(Slice token_or_label, Verb *ret);

const char *outcome_token(Outcome outcome);       /* success, failure, unknown */
const char *certainty_token(Certainty certainty); /* observed, correlated, inferred */

/* The text of any field by its ECS name, the computed ones too (@timestamp, event.end,
 * event.ingested, event.action, event.category, event.type, event.outcome, akashi.certainty,
 * akashi.count). Computed texts are written into `scratch` (at least RECORD_SCRATCH_BYTES).
 * Empty: absent. -ENOENT: no record field has this name; *ret untouched. */
#define RECORD_SCRATCH_BYTES 64
MUST_USE int record_get(const Record *record, Slice name, char *scratch, Slice *ret);

#endif
