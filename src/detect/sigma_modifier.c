/* The modifiers of an item: their names, and which may stand together. */
#include "detect/sigma_item.h"

#include "base/nearest.h"

#include <errno.h>

static const Slice modifier_names[MOD_COUNT] = {
    [MOD_ALL] = SLICE_INIT("all"),
    [MOD_BASE64] = SLICE_INIT("base64"),
    [MOD_BASE64OFFSET] = SLICE_INIT("base64offset"),
    [MOD_CASED] = SLICE_INIT("cased"),
    [MOD_CIDR] = SLICE_INIT("cidr"),
    [MOD_CONTAINS] = SLICE_INIT("contains"),
    [MOD_DAY] = SLICE_INIT("day"),
    [MOD_ENDSWITH] = SLICE_INIT("endswith"),
    [MOD_EXISTS] = SLICE_INIT("exists"),
    [MOD_EXPAND] = SLICE_INIT("expand"),
    [MOD_FIELDREF] = SLICE_INIT("fieldref"),
    [MOD_GT] = SLICE_INIT("gt"),
    [MOD_GTE] = SLICE_INIT("gte"),
    [MOD_HOUR] = SLICE_INIT("hour"),
    [MOD_I] = SLICE_INIT("i"),
    [MOD_LT] = SLICE_INIT("lt"),
    [MOD_LTE] = SLICE_INIT("lte"),
    [MOD_M] = SLICE_INIT("m"),
    [MOD_MINUTE] = SLICE_INIT("minute"),
    [MOD_MONTH] = SLICE_INIT("month"),
    [MOD_NEQ] = SLICE_INIT("neq"),
    [MOD_RE] = SLICE_INIT("re"),
    [MOD_S] = SLICE_INIT("s"),
    [MOD_STARTSWITH] = SLICE_INIT("startswith"),
    [MOD_UTF16] = SLICE_INIT("utf16"),
    [MOD_UTF16BE] = SLICE_INIT("utf16be"),
    [MOD_UTF16LE] = SLICE_INIT("utf16le"),
    [MOD_WEEK] = SLICE_INIT("week"),
    [MOD_WIDE] = SLICE_INIT("wide"),
    [MOD_WINDASH] = SLICE_INIT("windash"),
    [MOD_YEAR] = SLICE_INIT("year"),
};

static int take_modifier(ModifierChain *chain, Slice name)
{
    Complaint *complaint = chain->reader->complaint;
    for (size_t i = 0; i < MOD_COUNT; i++) {
        if (!slice_eq(modifier_names[i], name)) continue;
        if (chain->count == MODIFIERS_MAX) {
            return YAML_REFUSE(complaint, chain->place, "sigma.modifiers",
                               "more than %d modifiers on one field; split the condition",
                               "一つの項目に修飾子が %d 個より多くあります。条件を分けてください",
                               MODIFIERS_MAX);
        }
        chain->list[chain->count++] = (Modifier)i;
        chain->has[i] = true;
        return 0;
    }
    Slice nearest = nearest_name(name, modifier_names, MOD_COUNT);
    if (nearest.len == 0) nearest = SLICE("contains, startswith, endswith, re, cidr");
    return YAML_REFUSE(complaint, chain->place, "sigma.modifier",
                       "there is no modifier \"%.*s\"; did you mean %.*s?",
                       "\"%.*s\" という修飾子はありません。%.*s のことですか", SLICE_FMT(name),
                       SLICE_FMT(nearest));
}

int sigma_chain_read(ModifierChain *chain, Slice key)
{
    Slice rest = key, piece;
    slice_cut(&rest, '|', &chain->field);
    chain->modifiers = rest;
    while (slice_cut(&rest, '|', &piece)) {
        int r = take_modifier(chain, piece);
        if (r < 0) return r;
    }
    return 0;
}

static bool has_any(const ModifierChain *chain, const Modifier *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (chain->has[list[i]]) return true;
    }
    return false;
}

bool sigma_chain_changes_text(const ModifierChain *chain)
{
    static const Modifier list[] = {MOD_BASE64,  MOD_BASE64OFFSET, MOD_UTF16,  MOD_UTF16BE,
                                    MOD_UTF16LE, MOD_WIDE,         MOD_WINDASH};
    return has_any(chain, list, ARRAY_COUNT(list));
}

bool sigma_chain_has_where(const ModifierChain *chain)
{
    return chain->has[MOD_CONTAINS] || chain->has[MOD_STARTSWITH] || chain->has[MOD_ENDSWITH];
}

size_t sigma_chain_count_kinds(const ModifierChain *chain)
{
    static const Modifier kinds[] = {MOD_RE,  MOD_CIDR, MOD_EXISTS, MOD_FIELDREF, MOD_LT,
                                     MOD_LTE, MOD_GT,   MOD_GTE,    MOD_MINUTE,   MOD_HOUR,
                                     MOD_DAY, MOD_WEEK, MOD_MONTH,  MOD_YEAR};
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        count += chain->has[kinds[i]];
    }
    return count;
}

int sigma_chain_check(const ModifierChain *chain)
{
    size_t kinds = sigma_chain_count_kinds(chain);
    bool flags = chain->has[MOD_I] || chain->has[MOD_M] || chain->has[MOD_S];
    bool bad = kinds > 1 || (kinds == 1 && sigma_chain_changes_text(chain)) ||
               (kinds == 1 && sigma_chain_has_where(chain) && !chain->has[MOD_FIELDREF] &&
                !chain->has[MOD_RE]) ||
               (flags && !chain->has[MOD_RE]) ||
               (chain->field.len == 0 && (chain->has[MOD_EXISTS] || chain->has[MOD_FIELDREF]));
    if (!bad) return 0;
    return YAML_REFUSE(chain->reader->complaint, chain->place, "sigma.modifiers_together",
                       "the modifiers %.*s do not go together; keep one that says how to compare",
                       "修飾子 %.*s は一緒に使えません。比べ方を表すものは一つにしてください",
                       SLICE_FMT(chain->modifiers));
}

int sigma_refuse_value(const ModifierChain *chain, const YamlNode *value, const char *en,
                       const char *ja)
{
    return YAML_REFUSE(chain->reader->complaint, value, "sigma.value", en, ja,
                       SLICE_FMT(chain->modifiers));
}
