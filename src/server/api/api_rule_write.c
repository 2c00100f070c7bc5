/* rule_write, rule_delete: the company's own rules, a file each in FOLDER/rules. Detection looks
 * for changed files itself (DETECTING_RULES_LOOK_S). */
#include "server/api/api_file.h"
#include "server/api/api_operations.h"
#include "server/api/api_rule_words.h"

#include <errno.h>
#include <stdio.h>

/* -1: answered. */
static int name_of(ApiRequest *request, char to[API_PATH_BYTES_MAX])
{
    Slice id = api_value(request, "id");
    if (!api_file_name_is_good(id)) {
        api_fail(request, 400, "rule.id", "a rule's id here is letters, digits, dots, - and _",
                 "ここでのルールのidは、英数字と . - _ だけにしてください");
        return -1;
    }
    snprintf(to, API_PATH_BYTES_MAX, "%.*s.yml", SLICE_FMT(id));
    return 0;
}

static int folder_of(const ApiRequest *request, char to[API_PATH_BYTES_MAX])
{
    int len = snprintf(to, API_PATH_BYTES_MAX, "%s/rules", request->door->folder);
    return len < API_PATH_BYTES_MAX ? 0 : -ENAMETOOLONG;
}

/* ---- judging --------------------------------------------------------------------------------- */

/* -EINVAL with the complaint. One document of the file must be the rule of that id. */
static int judge(Slice yaml, Slice id, Complaint *ret)
{
    RuleSet *set = rule_set_new();
    bool has_id = false;
    int r = set ? rule_set_add(set, yaml, SLICE("rule.yaml")) : -ENOMEM;
    if (r == 0) r = rule_set_finish(set);
    for (size_t i = 0; r == 0 && i < rule_set_count(set); i++) {
        const RuleInfo *info = rule_set_info(set, i);
        has_id = has_id || slice_eq(info->id, id);
        if (info->state != RULE_REJECTED) continue;
        if (info->reason) *ret = *info->reason;
        r = -EINVAL;
    }
    if (r == 0 && !has_id) {
        complaint_say(ret, "rule.other_id", "the rule's id must be %.*s, as in the address",
                      "ルールのidを、アドレスと同じ %.*s にしてください", SLICE_FMT(id));
        r = -EINVAL;
    }
    rule_set_free(set);
    return r;
}

/* A rule of a pack is not overwritten: two of one id would both find. */
static int is_of_pack(ApiRequest *request, Slice id)
{
    const ApiEngine *engine = request->door->engine;
    DetectRules *rules;
    int r = engine->load_rules ? engine->load_rules(engine->context, &rules) : -ENOENT;
    if (r < 0) return r;
    for (size_t i = 0; r == 0 && i < rule_set_count(rules->set); i++) {
        const RuleInfo *info = rule_set_info(rules->set, i);
        r = slice_eq(info->id, id) && api_rule_pack(info).len > 0;
    }
    detect_rules_free(rules);
    return r;
}

/* ---- writing --------------------------------------------------------------------------------- */

static int log_change(ApiRequest *request, Slice detail)
{
    const OperatorAct act = {
        .verb = OPERATOR_RULE_CHANGE, .target = api_value(request, "id"), .detail = detail};
    return account_log(request->door->accounts, &request->self, &act);
}

void api_rule_write(ApiRequest *request)
{
    char folder[API_PATH_BYTES_MAX], name[API_PATH_BYTES_MAX];
    Slice yaml = api_body_text(request, "yaml"), id = api_value(request, "id");
    Complaint complaint = {0};
    if (name_of(request, name) < 0) return;
    int r = judge(yaml, id, &complaint);
    if (r == -EINVAL) {
        api_fail_complaint(request, 400, &complaint, "yaml");
        return;
    }
    if (r == 0) r = is_of_pack(request, id);
    if (r == 1) {
        api_fail(request, 409, "rule.of_pack", "a rule of a pack has this id; give yours another",
                 "パックのルールがこのidを使っています。別のidにしてください");
        return;
    }
    if (r == 0) r = folder_of(request, folder);
    if (r == 0) r = log_change(request, yaml);
    if (r == 0) r = api_file_write(request->door->os, folder, name, yaml);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_answer_done(request);
    }
}

void api_rule_delete(ApiRequest *request)
{
    const Os *os = request->door->os;
    char folder[API_PATH_BYTES_MAX], name[API_PATH_BYTES_MAX], path[2 * API_PATH_BYTES_MAX];
    FileInfo info;
    if (name_of(request, name) < 0) return;
    int r = folder_of(request, folder);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (r == 0) r = os->info(os->state, path, &info);
    if (r >= 0) r = log_change(request, SLICE("deleted"));
    if (r >= 0) r = os->unlink(os->state, path);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_answer_done(request);
    }
}
