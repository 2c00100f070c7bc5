#include "server/api/api_rule_words.h"

#include "alert/finding.h"
#include "engine/packs.h"

Slice api_rule_pack(const RuleInfo *info)
{
    const BuiltInPackFile *file;
    for (size_t i = 0; (file = packs_built_in(i)) != NULL; i++) {
        if (slice_eq(file->file, info->file)) return file->pack;
    }
    return (Slice){0};
}

static const char *state_of(RuleState state)
{
    return state == RULE_READY ? "ready" : state == RULE_REJECTED ? "rejected" : "cannot_fire";
}

static Slice either(Slice first, Slice second)
{
    return first.len > 0 ? first : second;
}

static void add_title(ApiJson *json, const RuleInfo *info, const PackRule *words)
{
    Slice title = either(info->title, info->id);
    api_json_text2(json, "title", words ? either(words->words[LANGUAGE_JA].title, title) : title,
                   words ? either(words->words[LANGUAGE_EN].title, title) : title);
}

void api_rule_head_add(ApiJson *json, const char *name, const DetectRules *rules, size_t rule)
{
    const RuleInfo *info = rule_set_info(rules->set, rule);
    Slice pack = api_rule_pack(info), tags = info->tags, tag;
    api_json_object(json, name);
    api_json_text(json, "id", detect_rules_label(rules, rule));
    add_title(json, info, detect_rules_pack(rules, rule));
    api_json_cstr(json, "level", finding_level_token(finding_level_of(info->level)));
    api_json_text_if(json, "pack", pack);
    api_json_boolean(json, "own", pack.len == 0);
    api_json_cstr(json, "state", state_of(info->state));
    if (info->reason)
        api_json_text2(json, "why", slice_from_cstr(info->reason->ja),
                       slice_from_cstr(info->reason->en));
    api_json_list(json, "tags");
    while (slice_cut(&tags, ' ', &tag))
        api_json_text_if(json, NULL, tag);
    api_json_end_list(json);
    api_json_boolean(json, "correlation", info->kind == RULE_CORRELATION);
    api_json_end_object(json);
}

void api_rule_words_add(ApiJson *json, const DetectRules *rules, size_t rule)
{
    const PackRule *words = detect_rules_pack(rules, rule);
    if (!words || words->is_part) return;
    const PackWords *ja = &words->words[LANGUAGE_JA], *en = &words->words[LANGUAGE_EN];
    api_json_object(json, "words");
    api_json_text2(json, "seen", ja->seen, en->seen);
    api_json_text2(json, "why", ja->why, en->why);
    api_json_text2(json, "harmless", ja->harmless, en->harmless);
    api_json_list(json, "first");
    for (size_t i = 0; i < ja->first.count && i < en->first.count; i++)
        api_json_text2(json, NULL, ja->first.list[i], en->first.list[i]);
    api_json_end_list(json);
    api_json_end_object(json);
}
