/* rule_list, rule_read, rule_check. */
#include "server/api/api_operations.h"
#include "server/api/api_rule_words.h"

#include "engine/packs.h"
#include "engine/rule_exceptions.h"

#include <errno.h>

/* -1: answered. */
static int load_rules(ApiRequest *request, DetectRules **ret)
{
    const ApiEngine *engine = request->door->engine;
    int r = engine->load_rules ? engine->load_rules(engine->context, ret) : -ENOENT;
    if (r < 0) api_fail_error(request, r);
    return r < 0 ? -1 : 0;
}

/* Exceptions are in the set as filters, and shown on their own (exception_list). */
static bool is_exception(const RuleInfo *info)
{
    return slice_eq(info->file, SLICE(RULE_EXCEPTIONS_SOURCE));
}

/* ---- the list -------------------------------------------------------------------------------- */

static bool is_wanted(ApiRequest *request, const DetectRules *rules, size_t rule)
{
    const RuleInfo *info = rule_set_info(rules->set, rule);
    const PackRule *words = detect_rules_pack(rules, rule);
    Slice pack = api_value(request, "pack"), text = api_value(request, "text");
    if (is_exception(info)) return false;
    if (pack.len > 0 && !slice_eq(api_rule_pack(info), pack)) return false;
    if (text.len == 0) return true;
    bool found = slice_find_nocase(info->title, text) != SLICE_NOT_FOUND ||
                 slice_find_nocase(info->id, text) != SLICE_NOT_FOUND ||
                 slice_find_nocase(info->tags, text) != SLICE_NOT_FOUND;
    return found || (words && slice_find(words->words[LANGUAGE_JA].title, text) != SLICE_NOT_FOUND);
}

void api_rule_list(ApiRequest *request)
{
    DetectRules *rules;
    int64_t limit = api_value_integer(request, "limit"), shown = 0;
    bool more = false;
    if (load_rules(request, &rules) < 0) return;
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "rules");
    for (size_t i = 0; i < rule_set_count(rules->set); i++) {
        if (!is_wanted(request, rules, i)) continue;
        more = shown == limit;
        if (more) break;
        shown++;
        api_rule_head_add(&json, NULL, rules, i);
    }
    api_json_end_list(&json);
    api_json_boolean(&json, "more", more);
    api_json_end_object(&json);
    detect_rules_free(rules);
}

/* ---- one ------------------------------------------------------------------------------------- */

static size_t find_rule(const DetectRules *rules, Slice id)
{
    size_t count = rule_set_count(rules->set);
    for (size_t i = 0; i < count; i++) {
        bool is_it = slice_eq(detect_rules_label(rules, i), id);
        if (is_it && !is_exception(rule_set_info(rules->set, i))) return i;
    }
    return count;
}

/* Of the packs inside the program, else the file that it was read from: its path is ours, never the
 * request's. */
static int read_yaml(ApiRequest *request, const RuleInfo *info, Slice *ret)
{
    const BuiltInPackFile *file;
    for (size_t i = 0; (file = packs_built_in(i)) != NULL; i++) {
        if (!slice_eq(file->file, info->file)) continue;
        *ret = file->yaml;
        return 0;
    }
    Slice path;
    int r = arena_format(&request->arena, &path, "%.*s%c", SLICE_FMT(info->file), '\0');
    return r < 0 ? r
                 : os_read_file(request->door->os, path.ptr, RULE_TEXT_BYTES_MAX, &request->arena,
                                ret);
}

static void answer_rule(ApiRequest *request, const DetectRules *rules, size_t rule)
{
    Slice yaml;
    int r = read_yaml(request, rule_set_info(rules->set, rule), &yaml);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_rule_head_add(&json, "head", rules, rule);
    api_json_text(&json, "yaml", yaml);
    api_rule_words_add(&json, rules, rule);
    api_json_end_object(&json);
}

void api_rule_read(ApiRequest *request)
{
    DetectRules *rules;
    if (load_rules(request, &rules) < 0) return;
    size_t rule = find_rule(rules, api_value(request, "id"));
    if (rule == rule_set_count(rules->set)) {
        api_fail_error(request, -ENOENT);
    } else {
        answer_rule(request, rules, rule);
    }
    detect_rules_free(rules);
}

/* ---- checking -------------------------------------------------------------------------------- */

static void add_complaint(ApiJson *json, const RuleInfo *info)
{
    const Complaint *reason = info->reason;
    api_json_object(json, NULL);
    api_json_cstr(json, "id", reason->id ? reason->id : "rule.bad");
    api_json_cstr(json, "ja", reason->ja);
    api_json_cstr(json, "en", reason->en);
    if (reason->line > 0) api_json_count(json, "line", reason->line);
    if (reason->column > 0) api_json_count(json, "column", reason->column);
    api_json_boolean(json, "serious", info->state == RULE_REJECTED);
    api_json_end_object(json);
}

static void add_verdict(ApiRequest *request, const RuleSet *set)
{
    ApiJson json = api_answer_json(request);
    size_t count = rule_set_count(set);
    bool ok = count > 0, can_fire = count > 0;
    for (size_t i = 0; i < count; i++) {
        ok = ok && rule_set_info(set, i)->state != RULE_REJECTED;
        can_fire = can_fire && rule_set_info(set, i)->state == RULE_READY;
    }
    api_json_object(&json, NULL);
    api_json_boolean(&json, "ok", ok);
    api_json_boolean(&json, "can_fire", can_fire);
    api_json_list(&json, "complaints");
    for (size_t i = 0; i < count; i++) {
        if (rule_set_info(set, i)->reason) add_complaint(&json, rule_set_info(set, i));
    }
    api_json_end_list(&json);
    api_json_end_object(&json);
}

void api_rule_check(ApiRequest *request)
{
    RuleSet *set = rule_set_new();
    int r = set ? rule_set_add(set, api_body_text(request, "yaml"), SLICE("rule.yaml")) : -ENOMEM;
    if (r == 0) r = rule_set_finish(set);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        add_verdict(request, set);
    }
    rule_set_free(set);
}
