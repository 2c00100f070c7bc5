/* See record.h. */
#include "record/record.h"

#include "base/number.h"
#include "base/time_text.h"

#include <errno.h>

const RecordFieldInfo record_fields[RECORD_FIELD_COUNT] = {
#include "record/field_table.inc"
};

const VerbInfo verbs[VERB_COUNT] = {
#include "record/verb_table.inc"
};

static bool in_list(const char *list, Slice name)
{
    Slice rest = slice_from_cstr(list), piece;
    while (slice_cut(&rest, ',', &piece)) {
        if (slice_eq_nocase(piece, name)) return true;
    }
    return false;
}

int record_field_by_name(Slice name, RecordField *ret)
{
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (slice_eq_nocase(record_fields[i].name, name) ||
            in_list(record_fields[i].aliases, name)) {
            *ret = (RecordField)i;
            return 0;
        }
    }
    return -ENOENT;
}

int verb_by_name(Slice name, Verb *ret)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (slice_eq_nocase(verbs[i].token, name) ||
            slice_eq(slice_from_cstr(verbs[i].label[LANGUAGE_JA]), name)) {
            *ret = (Verb)i;
            return 0;
        }
    }
    return -ENOENT;
}

const char *outcome_token(Outcome outcome)
{
    static const char *const tokens[] = {"unknown", "success", "failure"};
    return tokens[outcome];
}

const char *certainty_token(Certainty certainty)
{
    static const char *const tokens[] = {"observed", "correlated", "inferred"};
    return tokens[certainty];
}

static Slice time_text(char *scratch, int64_t ns)
{
    return slice_of(scratch, time_print_rfc3339(scratch, ns));
}

int record_get(const Record *record, Slice name, char *scratch, Slice *ret)
{
    const VerbInfo *verb = &verbs[record->verb];
    if (slice_eq(name, SLICE("@timestamp"))) {
        *ret = time_text(scratch, record->time_ns);
    } else if (slice_eq(name, SLICE("event.end"))) {
        *ret = time_text(scratch, record->end_ns);
    } else if (slice_eq(name, SLICE("event.ingested"))) {
        *ret = time_text(scratch, record->ingested_ns);
    } else if (slice_eq(name, SLICE("event.action"))) {
        *ret = verb->token;
    } else if (slice_eq(name, SLICE("event.category"))) {
        *ret = slice_from_cstr(verb->category);
    } else if (slice_eq(name, SLICE("event.type"))) {
        *ret = slice_from_cstr(verb->type);
    } else if (slice_eq(name, SLICE("event.outcome"))) {
        *ret = slice_from_cstr(outcome_token(record->outcome));
    } else if (slice_eq(name, SLICE("akashi.certainty"))) {
        *ret = slice_from_cstr(certainty_token(record->certainty));
    } else if (slice_eq(name, SLICE("akashi.count"))) {
        *ret = slice_of(scratch, number_print_u64(scratch, record->count));
    } else {
        RecordField field;
        int r = record_field_by_name(name, &field);
        if (r < 0) return r;
        *ret = record->text[field];
    }
    return 0;
}
