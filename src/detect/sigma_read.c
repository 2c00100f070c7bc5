/* A Sigma document -> SigmaRule. */
#include "detect/sigma_rule.h"

#include <errno.h>

RuleNode *sigma_new_node(SigmaReader *reader, RuleNodeKind kind, const YamlNode *place)
{
    RuleNode *node = ARENA_NEW(reader->arena, RuleNode);
    if (!node) return NULL;
    node->kind = kind;
    node->line = place->line;
    node->column = place->column;
    return node;
}

static int refuse_missing(SigmaReader *reader, const YamlNode *place, const char *what)
{
    return YAML_REFUSE(reader->complaint, place, "sigma.missing",
                       "%s is missing or not of the right shape; a rule needs title, logsource "
                       "and detection with a condition",
                       "%s がないか、形が違います。ルールには title、logsource、condition を含む "
                       "detection が要ります",
                       what);
}

/* A map of fields: all must hold. */
static int read_map(SigmaReader *reader, const YamlNode *map, RuleNode **ret)
{
    RuleNode *group = sigma_new_node(reader, RULE_AND, map);
    if (!group) return -ENOMEM;
    if (!map->first) return refuse_missing(reader, map, "detection: {}");
    RuleNode **tail = &group->first;
    for (const YamlNode *member = map->first; member; member = member->next) {
        int r = sigma_read_item(reader, member->key, member, tail);
        if (r < 0) return r;
        tail = &(*tail)->next;
    }
    *ret = group;
    return 0;
}

/* A list: of maps, any of them; of values, keywords, any of them; or both mixed. */
static int read_alternatives(SigmaReader *reader, const YamlNode *list, RuleNode **ret)
{
    bool keywords = true;
    for (const YamlNode *member = list->first; member; member = member->next) {
        keywords &= member->kind == YAML_SCALAR;
    }
    if (keywords) return sigma_read_item(reader, (Slice){0}, list, ret);
    RuleNode *group = sigma_new_node(reader, RULE_OR, list);
    if (!group) return -ENOMEM;
    RuleNode **tail = &group->first;
    for (const YamlNode *member = list->first; member; member = member->next) {
        int r = member->kind == YAML_MAP ? read_map(reader, member, tail)
                                         : sigma_read_item(reader, (Slice){0}, member, tail);
        if (r < 0) return r;
        tail = &(*tail)->next;
    }
    *ret = group;
    return 0;
}

/* Each selection stands under a node of its own, which carries its name. */
static int read_selection(SigmaReader *reader, const YamlNode *member, RuleNode **ret)
{
    RuleNode *top = sigma_new_node(reader, RULE_AND, member);
    if (!top) return -ENOMEM;
    int r = arena_copy(reader->arena, member->key, &top->name);
    if (r < 0) return r;
    r = member->kind == YAML_MAP ? read_map(reader, member, &top->first)
                                 : read_alternatives(reader, member, &top->first);
    if (member->kind == YAML_SCALAR) r = sigma_read_item(reader, (Slice){0}, member, &top->first);
    if (r == 0) *ret = top;
    return r;
}

static int read_conditions(SigmaReader *reader, const YamlNode *condition, SigmaRule *rule)
{
    if (condition->kind == YAML_SCALAR)
        return sigma_read_condition(reader, condition, rule->selections, &rule->condition);
    RuleNode *group = sigma_new_node(reader, RULE_OR, condition);
    if (!group) return -ENOMEM;
    RuleNode **tail = &group->first;
    for (const YamlNode *one = condition->first; one; one = one->next) {
        if (condition->kind != YAML_LIST || one->kind != YAML_SCALAR)
            return refuse_missing(reader, one, "condition");
        int r = sigma_read_condition(reader, one, rule->selections, tail);
        if (r < 0) return r;
        tail = &(*tail)->next;
    }
    if (!group->first) return refuse_missing(reader, condition, "condition");
    rule->condition = group;
    return 0;
}

int sigma_read_detection(SigmaReader *reader, const YamlNode *detection, SigmaRule *rule)
{
    const YamlNode *condition = yaml_member(detection, "condition");
    RuleNode **tail = &rule->selections;
    reader->pattern_count = 0;
    if (!condition) return refuse_missing(reader, detection, "condition");
    for (const YamlNode *member = detection->first; member; member = member->next) {
        bool selection = member != condition && !slice_eq(member->key, SLICE("rules"));
        if (!selection) continue;
        if (slice_eq(member->key, SLICE("timeframe"))) {
            return YAML_REFUSE(reader->complaint, member, "sigma.timeframe",
                               "timeframe belongs to the old counting conditions; write a "
                               "correlation rule with timespan",
                               "timeframe は古い数え方の一部です。timespan のある相関ルールで"
                               "書いてください");
        }
        int r = read_selection(reader, member, tail);
        if (r < 0) return r;
        tail = &(*tail)->next;
    }
    return read_conditions(reader, condition, rule);
}

int sigma_read_source(SigmaReader *reader, const YamlNode *logsource, LogSource *ret)
{
    LogSource source = {.category = yaml_text(logsource, "category"),
                        .product = yaml_text(logsource, "product"),
                        .service = yaml_text(logsource, "service"),
                        .line = logsource->line,
                        .column = logsource->column};
    if (source.category.len + source.product.len + source.service.len == 0)
        return refuse_missing(reader, logsource, "logsource");
    int r = arena_copy(reader->arena, source.category, &source.category);
    if (r == 0) r = arena_copy(reader->arena, source.product, &source.product);
    if (r == 0) r = arena_copy(reader->arena, source.service, &source.service);
    if (r == 0) *ret = source;
    return r;
}

static int read_names(SigmaReader *reader, const YamlNode *document, SigmaRule *rule)
{
    static const char *const names[] = {"id", "name", "title", "level", "status"};
    Slice *const places[] = {&rule->id, &rule->name, &rule->title, &rule->level, &rule->status};
    rule->line = document->line;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        int r = arena_copy(reader->arena, yaml_text(document, names[i]), places[i]);
        if (r < 0) return r;
    }
    return rule->title.len == 0 ? refuse_missing(reader, document, "title") : 0;
}

int sigma_read_rule(SigmaReader *reader, const YamlNode *document, SigmaRule *ret)
{
    const YamlNode *logsource = yaml_member(document, "logsource");
    const YamlNode *detection = yaml_member(document, "detection");
    SigmaRule rule = {0};
    int r = read_names(reader, document, &rule);
    if (r < 0) return r;
    if (!logsource) return refuse_missing(reader, document, "logsource");
    if (!detection || detection->kind != YAML_MAP)
        return refuse_missing(reader, document, "detection");
    r = sigma_read_source(reader, logsource, &rule.source);
    reader->source = &rule.source;
    if (r == 0) r = sigma_read_detection(reader, detection, &rule);
    reader->source = NULL;
    if (r == 0) *ret = rule;
    return r;
}
