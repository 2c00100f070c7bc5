/* What the reading and the applying of pipelines share. */
#ifndef AKASHI_DETECT_PIPELINE_INT_H
#define AKASHI_DETECT_PIPELINE_INT_H

#include "detect/pipeline.h"

typedef enum StepKind {
    STEP_MAP_FIELDS,
    STEP_MAP_PREFIXES,
    STEP_PREFIX,
    STEP_SUFFIX,
    STEP_ADD_CONDITION,
    STEP_CHANGE_SOURCE,
    STEP_DROP,
    STEP_REPLACE, /* of literal text: `regex` without special signs */
    STEP_MAP_STRING,
    STEP_SET_VALUE,
    STEP_PLACEHOLDERS, /* the values come from vars; all three already while reading */
    STEP_WILDCARDS,    /* anything may stand there */
    STEP_LISTS,        /* the values come from the list of vars that the mapping names */
    STEP_FAIL_RULE,
    STEP_FAIL_ITEM,
} StepKind;

typedef struct TextList {
    Slice *list;
    size_t count;
} TextList;

typedef struct Mapping {
    Slice from;
    TextList to;
} Mapping;

struct PipelineStep {
    StepKind kind;
    Slice text, pattern, replacement;
    bool negated;
    Mapping *mapping;
    size_t mapping_count;
    LogSource source;
    LogSource *sources; /* rules of any of these log sources; none: all rules */
    size_t source_count;
    TextList include, exclude; /* names of fields, or of placeholders */
};

static inline bool pipeline_step_is_placeholders(const PipelineStep *step)
{
    return step->kind >= STEP_PLACEHOLDERS && step->kind <= STEP_LISTS;
}

#endif
