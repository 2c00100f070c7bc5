/* Processing pipelines (pySigma's documentation, "Processing Pipelines"): changes to rules between
 * reading and compiling. Known transformations: field_name_mapping, field_name_prefix,
 * field_name_suffix, field_name_prefix_mapping, add_condition, change_logsource,
 * drop_detection_item, replace_string (literal text), map_string, set_value, value_placeholders,
 * wildcard_placeholders, query_expression_placeholders, rule_failure, detection_item_failure; with
 * rule_conditions of type logsource, and field_name_conditions include_fields and exclude_fields.
 * `vars` give values to placeholders. Any other type refuses the pipeline: half a pipeline would
 * give wrong answers. */
#ifndef AKASHI_DETECT_PIPELINE_H
#define AKASHI_DETECT_PIPELINE_H

#include "detect/sigma_rule.h"

#define PIPELINES_MAX 16
#define PIPELINE_STEPS_MAX 256

typedef struct PipelineStep PipelineStep;

typedef struct Pipeline {
    Slice name;
    double priority; /* lower first */
    PipelineStep *steps;
    size_t step_count;
} Pipeline;

typedef struct Pipelines {
    Pipeline list[PIPELINES_MAX]; /* by priority */
    size_t count;
    Placeholder *placeholders;
    size_t placeholder_count;
} Pipelines;

/* -EINVAL with complaint, nothing added; -ENOMEM. */
MUST_USE int pipelines_add(Pipelines *pipelines, Slice yaml, Arena *arena, Complaint *complaint);
/* What %name% stands for in rules of the log source (NULL: of a filter): the first of the steps
 * about placeholders that means it and has values; without any such step the values of `vars`.
 * NULL: nobody has said. Of the type PlaceholderFind. */
const Placeholder *pipelines_placeholder(const void *pipelines, const LogSource *source,
                                         Slice name);
/* Changes the rule. -EINVAL with complaint: the pipeline refuses it. */
MUST_USE int pipelines_apply(const Pipelines *pipelines, SigmaReader *reader, SigmaRule *rule);

#endif
