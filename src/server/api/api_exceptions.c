/* exception_list, exception_add, exception_delete: what rules pass over (engine/rule_exceptions.h).
 * Detection looks for changes itself (DETECTING_RULES_LOOK_S). */
#include "server/api/api_file.h"
#include "server/api/api_operations.h"
#include "server/api/api_request.h"

#include "engine/rule_exceptions.h"

#include <errno.h>
#include <pthread.h>

#define DAY_NS ((int64_t)86400 * NS_PER_SECOND)

/* Changes of the file, one after the other; all servers of a folder are one process. */
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

/* They hold for the whole company, and their values are of records: with a scope one neither sees
 * nor changes them. */
static bool has_all(const ApiRequest *request, Permission permission)
{
    Buf text = buf_make(QUERY_BYTES_MAX);
    int r = account_scope(&request->self, permission, &text);
    buf_done(&text);
    return r == 1;
}

static int read_list(ApiRequest *request, RuleExceptions *ret)
{
    const ApiDoor *door = request->door;
    return rule_exceptions_read(door->os, door->folder, door->os->now_ns(door->os->state),
                                &request->arena, ret);
}

static int write_list(const ApiDoor *door, const RuleExceptions *list)
{
    CLEANUP(buf_done) Buf text = buf_make(RULE_EXCEPTIONS_BYTES_MAX);
    rule_exceptions_write(list, &text);
    int r = buf_error(&text);
    return r < 0 ? r
                 : api_file_write(door->os, door->folder, RULE_EXCEPTIONS_FILE, buf_slice(&text));
}

static void add_exception(ApiJson *json, const RuleException *item)
{
    api_json_object(json, NULL);
    api_json_count(json, "id", item->id);
    api_json_text(json, "rule", item->rule);
    api_json_text(json, "field", item->field);
    api_json_text(json, "value", item->value);
    api_json_time(json, "until", item->until_ns);
    api_json_text(json, "by", item->by);
    api_json_text(json, "why", item->why);
    api_json_end_object(json);
}

void api_exception_list(ApiRequest *request)
{
    RuleExceptions list;
    int r = read_list(request, &list);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "exceptions");
    for (size_t i = 0; i < list.count && has_all(request, MAY_READ); i++)
        add_exception(&json, &list.items[i]);
    api_json_end_list(&json);
    api_json_end_object(&json);
}

/* ---- one more -------------------------------------------------------------------------------- */

/* 1: a rule of that name looks at single events, so a filter can narrow it; 0: a correlation, or
 * there is none. */
static int takes_exception(ApiRequest *request, Slice rule)
{
    const ApiEngine *engine = request->door->engine;
    DetectRules *rules;
    int r = engine->load_rules ? engine->load_rules(engine->context, &rules) : -ENOENT;
    if (r < 0) return r;
    for (size_t i = 0; r == 0 && i < rule_set_count(rules->set); i++) {
        const RuleInfo *info = rule_set_info(rules->set, i);
        r = info->kind == RULE_DETECTION && slice_eq(detect_rules_label(rules, i), rule);
    }
    detect_rules_free(rules);
    return r;
}

static int log_change(ApiRequest *request, const RuleException *item, const char *what)
{
    Slice detail;
    int r = arena_format(&request->arena, &detail, "%s exception %llu: %.*s = %.*s, %.*s", what,
                         (unsigned long long)item->id, SLICE_FMT(item->field),
                         SLICE_FMT(item->value), SLICE_FMT(item->why));
    const OperatorAct act = {
        .verb = OPERATOR_RULE_CHANGE, .target = item->rule, .detail = r == 0 ? detail : (Slice){0}};
    return r < 0 ? r : account_log(request->door->accounts, &request->self, &act);
}

static int add(ApiRequest *request, RuleException *item)
{
    RuleExceptions list;
    int r = read_list(request, &list);
    if (r < 0) return r;
    if (list.count == RULE_EXCEPTIONS_MAX) return -ENOBUFS;
    item->id = 1;
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i].id >= item->id) item->id = list.items[i].id + 1;
    }
    list.items[list.count++] = *item;
    r = log_change(request, item, "new");
    return r < 0 ? r : write_list(request->door, &list);
}

static void refuse(ApiRequest *request, int r)
{
    if (r == -ENOBUFS) {
        api_fail(request, 409, "exception.full", "there are 1000 exceptions; end one first",
                 "例外が1000個あります。いらないものを終わらせてください");
    } else {
        api_fail_error(request, r);
    }
}

static RuleException read_new(const ApiRequest *request)
{
    const Os *os = request->door->os;
    int64_t days = api_integer_of(&request->body, api_body(request), "days", 90);
    return (RuleException){.rule = api_body_text(request, "rule"),
                           .field = api_body_text(request, "field"),
                           .value = api_body_text(request, "value"),
                           .why = api_body_text(request, "why"),
                           .by = request->self.name,
                           .until_ns = os->now_ns(os->state) + days * DAY_NS};
}

void api_exception_add(ApiRequest *request)
{
    RuleException item = read_new(request);
    if (!rule_exception_field_is_good(item.field)) {
        api_fail(request, 400, "exception.field", "this is no name of a field",
                 "項目の名前として使えません");
        return;
    }
    int r = has_all(request, MAY_ACT) ? takes_exception(request, item.rule) : -EPERM;
    if (r == 0) {
        api_fail(
            request, 400, "exception.rule",
            "no rule in force has this id and looks at single events; of a rule that counts "
            "or joins others, except the rules that it is made of",
            "このidで、1件ずつ調べるルールは動いていません。ほかのルールを数えるルールの場合は、"
            "数えられるほうのルールに例外を付けてください");
        return;
    }
    pthread_mutex_lock(&changing);
    if (r > 0) r = add(request, &item);
    pthread_mutex_unlock(&changing);
    if (r < 0) {
        refuse(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    add_exception(&json, &item);
}

/* ---- its end --------------------------------------------------------------------------------- */

static int end(ApiRequest *request, uint64_t id)
{
    RuleExceptions list;
    int r = read_list(request, &list);
    for (size_t i = 0; r == 0 && i < list.count; i++) {
        if (list.items[i].id != id) continue;
        r = log_change(request, &list.items[i], "ended");
        if (r < 0) return r;
        list.count--;
        memmove(&list.items[i], &list.items[i + 1], (list.count - i) * sizeof *list.items);
        return write_list(request->door, &list);
    }
    return r < 0 ? r : -ENOENT;
}

void api_exception_delete(ApiRequest *request)
{
    pthread_mutex_lock(&changing);
    int r = has_all(request, MAY_ACT) ? end(request, (uint64_t)api_value_integer(request, "id"))
                                      : -EPERM;
    pthread_mutex_unlock(&changing);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_answer_done(request);
    }
}
