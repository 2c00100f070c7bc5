/* From the values of a line to the record: what the fields become, and which message it is. */
#ifndef AKASHI_TRANSLATE_SOURCE_APPLY_H
#define AKASHI_TRANSLATE_SOURCE_APPLY_H

#include "translate/job.h"
#include "translate/source/source_int.h"
#include "translate/source/source_pattern.h"

typedef struct Applying {
    const SourceDefinition *definition;
    Job *job;
    Slice *values; /* by slot */
    PatternFound *found;
} Applying;

/* A value of the definition: its text, mapped. Empty: there is none. -ENOMEM. */
MUST_USE int source_value_get(const Applying *applying, const SourceValue *value, Slice *ret);
/* One of the patterns matches the text: its pieces become values. */
bool source_patterns_apply(const Applying *applying, const SourcePattern *patterns, size_t count,
                           Slice text);
/* Fills the record by the definition's fields and its first message that fits. -ENOMEM. */
MUST_USE int source_apply(const Applying *applying);

#endif
