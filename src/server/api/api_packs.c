/* pack_list, pack_switch: cards of the packs inside the program. */
#include "server/api/api_file.h"
#include "server/api/api_operations.h"
#include "server/api/api_question.h"
#include "server/api/api_rule_words.h"

#include "engine/pack_switch.h"
#include "engine/packs.h"

#include <errno.h>
#include <pthread.h>

#define DATASETS_MAX 512
#define SENDING_DAYS 7 /* a data set that came in these counts as sent */
#define DAY_NS ((int64_t)86400 * NS_PER_SECOND)

/* Changes of the switches, one after the other; all servers of a folder are one process. */
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

typedef struct Datasets {
    Arena *arena;
    Slice names[DATASETS_MAX];
    size_t count;
} Datasets;

static int on_dataset(void *context, const Answer *answer)
{
    Datasets *sets = context;
    if (answer->column_count == 0 || answer->cells[0].len == 0 || sets->count == DATASETS_MAX)
        return 0;
    return arena_copy(sets->arena, answer->cells[0], &sets->names[sets->count++]);
}

/* What cannot be found out counts as not sent. */
static void find_datasets(ApiRequest *request, Datasets *sets)
{
    ApiQuestion question;
    SearchStats stats;
    const Query *query;
    Complaint complaint = {0};
    const ApiAsking asking = {.sink = on_dataset, .sink_context = sets, .complaint = &complaint};
    if (api_question_of(request, (Slice){0}, true, &question) < 0) return;
    question.range.from_ns = question.now_ns - SENDING_DAYS * DAY_NS;
    if (api_question_pipe(&question, SLICE("| stats count() by event.dataset"), &query,
                          &complaint) < 0 ||
        api_question_ask(&question, query, &asking, &stats) < 0)
        sets->count = 0;
    api_question_done(&question);
}

/* `linux` is sent when linux.auth is. */
static bool is_sent(const Datasets *sets, Slice need)
{
    for (size_t i = 0; i < sets->count; i++) {
        Slice name = sets->names[i];
        if (slice_starts(name, need) && (name.len == need.len || name.ptr[need.len] == '.'))
            return true;
    }
    return false;
}

static bool is_on(const ApiRequest *request, Slice switches, Slice pack)
{
    const Settings *settings = request->door->engine->settings;
    Slice chosen = slice_from_cstr(settings ? setting_text(settings, SETTING_DETECT_PACKS) : "");
    return pack_is_on(chosen, switches, pack);
}

static uint64_t files_of(Slice pack)
{
    const BuiltInPackFile *file;
    uint64_t count = 0;
    for (size_t i = 0; (file = packs_built_in(i)) != NULL; i++)
        count += slice_eq(file->pack, pack) && !slice_ends(file->file, SLICE("/pack.yaml"));
    return count;
}

static void add_counts(ApiJson *json, const DetectRules *rules, Slice pack)
{
    uint64_t count = 0, broken = 0;
    for (size_t i = 0; rules && i < rule_set_count(rules->set); i++) {
        const RuleInfo *info = rule_set_info(rules->set, i);
        if (!slice_eq(api_rule_pack(info), pack)) continue;
        count++;
        broken += info->state == RULE_REJECTED;
    }
    if (count == 0) count = files_of(pack); /* it is off: a file is a rule, near enough */
    api_json_count(json, "rules", count);
    api_json_count(json, "broken", broken);
}

static void add_pack(ApiJson *json, const PackInfo *info, Slice pack, const DetectRules *rules,
                     const Datasets *sets, bool on)
{
    api_json_object(json, NULL);
    api_json_text(json, "name", pack);
    api_json_text2(json, "title", info->title[LANGUAGE_JA], info->title[LANGUAGE_EN]);
    api_json_text2(json, "finds", info->finds[LANGUAGE_JA], info->finds[LANGUAGE_EN]);
    api_json_list(json, "needs");
    for (size_t i = 0; i < info->need_count; i++) {
        const PackNeed *need = &info->needs[i];
        api_json_object(json, NULL);
        api_json_text(json, "dataset", need->dataset);
        api_json_text2(json, "title", need->title[LANGUAGE_JA], need->title[LANGUAGE_EN]);
        api_json_boolean(json, "sending", is_sent(sets, need->dataset));
        api_json_end_object(json);
    }
    api_json_end_list(json);
    api_json_boolean(json, "on", on);
    api_json_text_if(json, "version", info->version);
    add_counts(json, rules, pack);
    api_json_end_object(json);
}

void api_pack_list(ApiRequest *request)
{
    const ApiEngine *engine = request->door->engine;
    const BuiltInPackFile *file;
    DetectRules *rules = NULL;
    Datasets *sets = ARENA_NEW(&request->arena, Datasets);
    if (!sets || (engine->load_rules && engine->load_rules(engine->context, &rules) < 0)) {
        api_fail_error(request, -ENOMEM);
        return;
    }
    Slice switches = {0};
    int r =
        pack_switches_read(request->door->os, request->door->folder, &request->arena, &switches);
    if (r < 0) {
        detect_rules_free(rules);
        api_fail_error(request, r);
        return;
    }
    sets->arena = &request->arena;
    find_datasets(request, sets);
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "packs");
    for (size_t i = 0; (file = packs_built_in(i)) != NULL; i++) {
        PackInfo info;
        Complaint complaint = {0};
        if (slice_ends(file->file, SLICE("/pack.yaml")) &&
            pack_info_read(file->yaml, file->file, &request->arena, &info, &complaint) == 0)
            add_pack(&json, &info, file->pack, rules, sets, is_on(request, switches, file->pack));
    }
    api_json_end_list(&json);
    api_json_end_object(&json);
    detect_rules_free(rules);
}

/* ---- switching ------------------------------------------------------------------------------- */

static bool is_there(Slice pack)
{
    const BuiltInPackFile *file;
    for (size_t i = 0; (file = packs_built_in(i)) != NULL; i++) {
        if (slice_eq(file->pack, pack)) return true;
    }
    return false;
}

static int write_switch(ApiRequest *request, Slice pack, bool on)
{
    const ApiDoor *door = request->door;
    CLEANUP(buf_done) Buf text = buf_make(PACK_SWITCHES_BYTES_MAX);
    const OperatorAct act = {
        .verb = OPERATOR_PACK_CHANGE, .target = pack, .detail = on ? SLICE("on") : SLICE("off")};
    Slice switches;
    int r = pack_switches_read(door->os, door->folder, &request->arena, &switches);
    if (r < 0) return r;
    pack_switches_change(switches, pack, on, &text);
    r = buf_error(&text);
    if (r == 0) r = account_log(door->accounts, &request->self, &act);
    return r < 0 ? r : api_file_write(door->os, door->folder, PACK_SWITCHES_FILE, buf_slice(&text));
}

/* Detection looks for changes itself (DETECTING_RULES_LOOK_S). */
void api_pack_switch(ApiRequest *request)
{
    Slice pack = api_value(request, "name");
    bool on = api_boolean_of(&request->body, api_body(request), "on", true);
    int r = -ENOENT;
    if (is_there(pack)) {
        pthread_mutex_lock(&changing);
        r = write_switch(request, pack, on);
        pthread_mutex_unlock(&changing);
    }
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_answer_done(request);
    }
}
