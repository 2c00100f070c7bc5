/* See pipeline.h: reading. What the steps do to rules is in pipeline_apply.c. */
#include "detect/pipeline_int.h"

#include <errno.h>
#include <stdlib.h>

typedef struct PipelineReader {
    Arena *arena;
    Complaint *complaint;
} PipelineReader;

static const struct {
    const char *name;
    StepKind kind;
} step_names[] = {
    {"field_name_mapping", STEP_MAP_FIELDS},
    {"field_name_prefix_mapping", STEP_MAP_PREFIXES},
    {"field_name_prefix", STEP_PREFIX},
    {"field_name_suffix", STEP_SUFFIX},
    {"add_condition", STEP_ADD_CONDITION},
    {"change_logsource", STEP_CHANGE_SOURCE},
    {"drop_detection_item", STEP_DROP},
    {"replace_string", STEP_REPLACE},
    {"map_string", STEP_MAP_STRING},
    {"set_value", STEP_SET_VALUE},
    {"value_placeholders", STEP_PLACEHOLDERS},
    {"wildcard_placeholders", STEP_WILDCARDS},
    {"query_expression_placeholders", STEP_LISTS},
    {"rule_failure", STEP_FAIL_RULE},
    {"detection_item_failure", STEP_FAIL_ITEM},
};

static int refuse(PipelineReader *reader, const YamlNode *node, const char *en, const char *ja)
{
    return YAML_REFUSE(reader->complaint, node, "sigma.pipeline", "%s", "%.0s%s", en, ja);
}

static int copy(PipelineReader *reader, Slice text, Slice *ret)
{
    return arena_copy(reader->arena, text, ret);
}

static int read_texts(PipelineReader *reader, const YamlNode *node, TextList *ret)
{
    size_t count = !node ? 0 : (node->kind == YAML_SCALAR ? 1 : node->count);
    ret->list = ARENA_ARRAY(reader->arena, Slice, count + 1);
    if (!ret->list) return -ENOMEM;
    const YamlNode *one = node && node->kind == YAML_SCALAR ? node : (node ? node->first : NULL);
    for (; ret->count < count; one = one->next) {
        if (one->kind != YAML_SCALAR)
            return refuse(reader, one, "a list of words is needed here",
                          "ここには語の一覧を書いてください");
        int r = copy(reader, one->text, &ret->list[ret->count++]);
        if (r < 0) return r;
    }
    return 0;
}

/* name: value or name: [values] */
static int read_mapping(PipelineReader *reader, const YamlNode *node, PipelineStep *step)
{
    if (!node || node->kind != YAML_MAP) return 0;
    step->mapping = ARENA_ARRAY(reader->arena, Mapping, node->count + 1);
    if (!step->mapping) return -ENOMEM;
    for (const YamlNode *one = node->first; one; one = one->next) {
        Mapping *mapping = &step->mapping[step->mapping_count++];
        int r = copy(reader, one->key, &mapping->from);
        if (r == 0) r = read_texts(reader, one, &mapping->to);
        if (r < 0) return r;
    }
    return 0;
}

static int read_source(PipelineReader *reader, const YamlNode *node, LogSource *source)
{
    int r = copy(reader, yaml_text(node, "category"), &source->category);
    if (r == 0) r = copy(reader, yaml_text(node, "product"), &source->product);
    if (r == 0) r = copy(reader, yaml_text(node, "service"), &source->service);
    return r;
}

static int read_rule_conditions(PipelineReader *reader, const YamlNode *node, PipelineStep *step)
{
    if (!node) return 0;
    step->sources = ARENA_ARRAY(reader->arena, LogSource, node->count + 1);
    if (!step->sources) return -ENOMEM;
    for (const YamlNode *one = node->first; one; one = one->next) {
        if (!slice_eq(yaml_text(one, "type"), SLICE("logsource")))
            return refuse(reader, one, "only rule conditions of type logsource are known here",
                          "ここで使える rule_conditions は logsource だけです");
        int r = read_source(reader, one, &step->sources[step->source_count++]);
        if (r < 0) return r;
    }
    return 0;
}

static int read_field_conditions(PipelineReader *reader, const YamlNode *node, PipelineStep *step)
{
    for (const YamlNode *one = node ? node->first : NULL; one; one = one->next) {
        bool include = slice_eq(yaml_text(one, "type"), SLICE("include_fields"));
        bool exclude = slice_eq(yaml_text(one, "type"), SLICE("exclude_fields"));
        if (!include && !exclude)
            return refuse(reader, one,
                          "only field name conditions include_fields and exclude_fields are known "
                          "here",
                          "ここで使える field_name_conditions は include_fields と "
                          "exclude_fields だけです");
        int r = read_texts(reader, yaml_member(one, "fields"),
                           include ? &step->include : &step->exclude);
        if (r < 0) return r;
    }
    return 0;
}

/* Which placeholders are meant; a rule's fields are not known yet where they are replaced. */
static int read_placeholder_names(PipelineReader *reader, const YamlNode *node, PipelineStep *step)
{
    const YamlNode *fields = yaml_member(node, "field_name_conditions");
    if (fields)
        return refuse(reader, fields, "placeholders are chosen with include: and exclude: here",
                      "プレースホルダーは include: と exclude: で選びます");
    int r = read_texts(reader, yaml_member(node, "include"), &step->include);
    return r < 0 ? r : read_texts(reader, yaml_member(node, "exclude"), &step->exclude);
}

static int read_parameters(PipelineReader *reader, const YamlNode *node, PipelineStep *step)
{
    static const char *const texts[] = {"prefix",      "suffix", "regex",
                                        "replacement", "value",  "message"};
    Slice *const places[] = {&step->text,        &step->text, &step->pattern,
                             &step->replacement, &step->text, &step->text};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        if (!yaml_member(node, texts[i])) continue;
        int r = copy(reader, yaml_text(node, texts[i]), places[i]);
        if (r < 0) return r;
    }
    bool conditions = step->kind == STEP_ADD_CONDITION;
    step->negated = slice_eq_nocase(yaml_text(node, "negated"), SLICE("true"));
    int r = read_mapping(reader, yaml_member(node, conditions ? "conditions" : "mapping"), step);
    if (r == 0) r = read_source(reader, node, &step->source);
    if (r == 0) r = read_rule_conditions(reader, yaml_member(node, "rule_conditions"), step);
    if (r < 0) return r;
    return pipeline_step_is_placeholders(step)
               ? read_placeholder_names(reader, node, step)
               : read_field_conditions(reader, yaml_member(node, "field_name_conditions"), step);
}

/* A condition of a kind not known would make the step act where it must not. */
static int refuse_unknown(PipelineReader *reader, const YamlNode *node)
{
    static const char *const unknown[] = {
        "detection_item_conditions",  "rule_cond_expression", "rule_cond_expr",
        "field_name_cond_expression", "field_name_cond_op",   "rule_cond_op"};
    for (size_t i = 0; i < ARRAY_COUNT(unknown); i++) {
        const YamlNode *member = yaml_member(node, unknown[i]);
        if (member)
            return refuse(reader, member, "this kind of condition is not known here; remove it",
                          "この種類の条件はここでは使えません。消してください");
    }
    return 0;
}

static int read_step(PipelineReader *reader, const YamlNode *node, PipelineStep *step)
{
    Slice type = yaml_text(node, "type");
    for (size_t i = 0; i < ARRAY_COUNT(step_names); i++) {
        if (!slice_eq(type, slice_from_cstr(step_names[i].name))) continue;
        step->kind = step_names[i].kind;
        int r = refuse_unknown(reader, node);
        return r < 0 ? r : read_parameters(reader, node, step);
    }
    return refuse(reader, node,
                  "this type of transformation is not known here; doc/sigma.md lists those that "
                  "are",
                  "この種類の変換は使えません。使えるものは doc/sigma.md にあります");
}

static int read_steps(PipelineReader *reader, const YamlNode *node, Pipeline *pipeline)
{
    if (!node) return 0;
    if (node->kind != YAML_LIST || node->count > PIPELINE_STEPS_MAX)
        return refuse(reader, node, "transformations: is a list, and not too long a one",
                      "transformations: は一覧で、長すぎないように書いてください");
    pipeline->steps = ARENA_ARRAY(reader->arena, PipelineStep, node->count + 1);
    if (!pipeline->steps) return -ENOMEM;
    for (const YamlNode *one = node->first; one; one = one->next) {
        int r = read_step(reader, one, &pipeline->steps[pipeline->step_count++]);
        if (r < 0) return r;
    }
    return 0;
}

static int read_variables(PipelineReader *reader, const YamlNode *vars, Pipelines *pipelines)
{
    if (!vars || vars->kind != YAML_MAP) return 0;
    size_t count = pipelines->placeholder_count;
    Placeholder *list = ARENA_ARRAY(reader->arena, Placeholder, count + vars->count + 1);
    if (!list) return -ENOMEM;
    if (count) memcpy(list, pipelines->placeholders, count * sizeof *list);
    for (const YamlNode *one = vars->first; one; one = one->next) {
        TextList values = {0};
        int r = copy(reader, one->key, &list[count].name);
        if (r == 0) r = read_texts(reader, one, &values);
        if (r < 0) return r;
        list[count].values = values.list;
        list[count++].value_count = values.count;
    }
    pipelines->placeholders = list;
    pipelines->placeholder_count = count;
    return 0;
}

static void insert(Pipelines *pipelines, Pipeline pipeline)
{
    size_t at = pipelines->count++;
    for (; at > 0 && pipelines->list[at - 1].priority > pipeline.priority; at--) {
        pipelines->list[at] = pipelines->list[at - 1];
    }
    pipelines->list[at] = pipeline;
}

int pipelines_add(Pipelines *pipelines, Slice yaml, Arena *arena, Complaint *complaint)
{
    PipelineReader reader = {.arena = arena, .complaint = complaint};
    Pipeline pipeline = {0};
    YamlNode *document;
    char priority[32] = {0};
    int r = yaml_tree_read(yaml, arena, &document, complaint);
    if (r < 0) return r;
    const YamlNode none = {.line = 1, .column = 1};
    if (!document || document->kind != YAML_MAP || pipelines->count == PIPELINES_MAX)
        return refuse(&reader, document ? document : &none,
                      "this is no pipeline (name:, transformations:), or one too many",
                      "パイプライン（name:、transformations:）ではないか、数が多すぎます");
    Slice text = slice_first(yaml_text(document, "priority"), sizeof priority - 1);
    if (text.len) memcpy(priority, text.ptr, text.len);
    pipeline.priority = strtod(priority, NULL);
    r = copy(&reader, yaml_text(document, "name"), &pipeline.name);
    if (r == 0) r = read_steps(&reader, yaml_member(document, "transformations"), &pipeline);
    if (r == 0) r = read_variables(&reader, yaml_member(document, "vars"), pipelines);
    if (r == 0) insert(pipelines, pipeline);
    return r;
}
