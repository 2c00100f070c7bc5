/* See sigma_filter.h. */
#include "detect/sigma_filter.h"

#include <errno.h>

int sigma_filter_read(SigmaReader *reader, const YamlNode *filter, RuleEntry *entry)
{
    const YamlNode *rules = yaml_member(filter, "rules");
    if (!rules || rules->kind == YAML_MAP || (rules->kind == YAML_LIST && rules->count == 0)) {
        return YAML_REFUSE(reader->complaint, rules ? rules : filter, "sigma.filter",
                           "a filter needs `rules:`, a list of ids or names, or any",
                           "filter には rules: が要ります。id か名前の一覧、または any と"
                           "書いてください");
    }
    const YamlNode *one = rules->kind == YAML_LIST ? rules->first : rules;
    if (rules->kind == YAML_SCALAR && slice_eq_nocase(rules->text, SLICE("any"))) {
        entry->filter_any = true;
        return 0;
    }
    entry->filter_rules = ARENA_ARRAY(reader->arena, Slice, rules->count + 1);
    if (!entry->filter_rules) return -ENOMEM;
    for (; one; one = rules->kind == YAML_LIST ? one->next : NULL) {
        int r =
            arena_copy(reader->arena, one->text, &entry->filter_rules[entry->filter_rule_count++]);
        if (r < 0) return r;
    }
    return 0;
}
