/* A field's name, resolved once, and its values in a row.
 *
 * A name is looked up in this order, ASCII case ignored: the computed fields (table in
 * field_ref.c), the record's text fields and their aliases (knowledge/words/fields.tsv), and
 * everything else is a name of the source's own. Where a record's text field is empty, the source's
 * own field of the typed name stands in, so that `level:error` finds a log that has `level` but no
 * translation of it; but for akashi.*, which only Akashi says of a record. */
#ifndef AKASHI_SEARCH_FIELD_REF_H
#define AKASHI_SEARCH_FIELD_REF_H

#include "record/row.h"
#include "search/query.h"

typedef enum FieldPlace {
    PLACE_RECORD, /* one of record.text */
    PLACE_SOURCE, /* the event's own */
    PLACE_TIME,
    PLACE_END,
    PLACE_INGESTED,
    PLACE_ACTION,
    PLACE_CATEGORY,
    PLACE_TYPE,
    PLACE_OUTCOME,
    PLACE_CERTAINTY,
    PLACE_COUNT,
    PLACE_ORIGIN,
    PLACE_INDEX,
    PLACE_RECORD_ID,
    PLACE_PARSE,
    PLACE_RAW,
} FieldPlace;

struct FieldRef {
    FieldPlace place;
    RecordField id; /* of PLACE_RECORD */
    Slice name;     /* as it is shown: the full name, or the source's as typed */
    Slice typed;    /* the name as it was typed */
    Slice folded;   /* the typed name, folded: what the source's names are compared with */
    bool is_ours;   /* akashi.*: no field of a source stands in, whatever it is called */
};

/* `typed` and the result live as long as the arena. -ENOMEM. */
MUST_USE int field_ref_make(Slice typed, Arena *arena, FieldRef *ret);

/* The values of the field in the row, one after the other: start with *position 0. Empty values
 * count as absent and are passed over. scratch: RECORD_SCRATCH_BYTES, holds a value until the next
 * call. */
bool field_ref_next(const FieldRef *ref, const Row *row, size_t *position, char *scratch,
                    Slice *ret_value);
/* Is this the name of a source's field that the reference means? */
bool field_ref_is_named(const FieldRef *ref, Slice name);
/* All values as one text, `, ` between; empty when absent. -ENOMEM. */
MUST_USE int field_ref_text(const FieldRef *ref, const Row *row, Arena *arena, Slice *ret);

/* Fields that are moments. */
bool field_ref_is_time(const FieldRef *ref);
int64_t field_ref_time(const FieldRef *ref, const Row *row);
/* Fields whose values are numbers wherever they are present. */
bool field_ref_is_number(const FieldRef *ref);

/* Fields with a closed set of values (event.action, event.outcome...), numbered from 0; 0: any
 * text.*/
#define FIELD_CHOICES_MAX 128
size_t field_ref_choices(const FieldRef *ref);
size_t field_ref_choice(const FieldRef *ref, const Row *row);
/* The names of a choice: 0 the token, 1 Japanese, 2 English; empty when it has none. */
Slice field_ref_choice_name(const FieldRef *ref, size_t choice, unsigned form);

#endif
