/* home_read: the state of today in one answer. */
#include "server/api/api_keep_state.h"
#include "server/api/api_operations.h"
#include "server/api/api_question.h"
#include "server/api/api_source_state.h"

#include "alert/story.h"
#include "base/number.h"

#include <stdarg.h>
#include <stdio.h>

#define TODO_MAX 3
#define DISK_DAYS_LEAST 14
#define SILENT_SHOWN_MAX 50
#define DAY_SECONDS 86400

typedef struct Todo {
    const char *kind, *link;
    char ja[160], en[160];
    bool urgent;
} Todo;

typedef struct Home {
    ApiKeepState keep;
    SourceHealth *sources;
    size_t source_count, silent_count;
    uint64_t stories[STORY_STATE_COUNT], urgent_stories;
    uint64_t rows_today, behind_rows, rule_errors, unguarded_doors;
    double rate;
    int64_t now_ns;
    Todo todo[TODO_MAX];
    size_t todo_count;
} Home;

/* ---- figures --------------------------------------------------------------------------------- */

static uint64_t counter(const ServerCounter *counters, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(counters[i].name, name) == 0) return counters[i].value;
    }
    return 0;
}

static void take_counters(const ApiEngine *engine, Home *home)
{
    ServerCounter counters[API_COUNTERS_MAX];
    size_t count =
        engine->counters ? engine->counters(engine->context, counters, ARRAY_COUNT(counters)) : 0;
    home->behind_rows = counter(counters, count, "detect_behind_rows");
    home->rule_errors = counter(counters, count, "detect_rules_set_aside");
    home->unguarded_doors = counter(counters, count, "doors_unguarded");
    for (size_t i = 0; i < home->source_count; i++) {
        if (source_health_is_silent(&home->sources[i], home->now_ns)) {
            home->silent_count++;
        } else {
            home->rate += home->sources[i].rate;
        }
    }
}

static int on_count(void *context, const Answer *answer)
{
    uint64_t *count = context;
    if (answer->column_count > 0 && number_parse_u64(answer->cells[0], count) < 0) *count = 0;
    return 0;
}

/* Of what the person may see. What could not be counted is 0. */
static void count_today(ApiRequest *request, Home *home)
{
    ApiQuestion question;
    SearchStats stats;
    const Query *query;
    Complaint complaint = {0};
    if (api_question_of(request, (Slice){0}, false, &question) < 0) {
        buf_clear(&request->answer.body);
        return;
    }
    int64_t local = home->now_ns / NS_PER_SECOND + request->zone_offset_seconds;
    int64_t midnight = local - local % DAY_SECONDS - request->zone_offset_seconds;
    const ApiAsking asking = {
        .sink = on_count, .sink_context = &home->rows_today, .complaint = &complaint};
    question.range.from_ns = midnight * NS_PER_SECOND;
    if (api_question_pipe(&question, SLICE("| stats count()"), &query, &complaint) < 0 ||
        api_question_ask(&question, query, &asking, &stats) < 0)
        home->rows_today = 0;
    api_question_done(&question);
}

/* Those with a scope see the stories on their own page: here only whole figures would be shown. */
static void count_stories(ApiRequest *request, Home *home)
{
    const ApiDoor *door = request->door;
    const StoryQuestion question = {0};
    Stories *stories;
    StoryHead *heads = NULL;
    size_t count = 0;
    if (!account_may_with(&request->self, MAY_READ, (Slice){0}, (Slice){0})) return;
    if (!door->engine->cipher ||
        stories_open(door->os, door->folder, door->engine->cipher, &stories) < 0)
        return;
    if (stories_list(stories, &question, &request->arena, &heads, &count) < 0) count = 0;
    for (size_t i = 0; i < count; i++) {
        home->stories[heads[i].state]++;
        if (heads[i].state == STORY_NEW && heads[i].level >= FINDING_HIGH) home->urgent_stories++;
    }
    stories_close(stories);
}

/* ---- what to do ------------------------------------------------------------------------------ */

static Todo *add_todo(Home *home, const char *kind, const char *link, bool urgent)
{
    if (home->todo_count == TODO_MAX) return NULL;
    Todo *todo = &home->todo[home->todo_count++];
    todo->kind = kind;
    todo->link = link;
    todo->urgent = urgent;
    return todo;
}

__attribute__((format(printf, 2, 4), format(printf, 3, 4))) static void tell(Todo *todo,
                                                                             const char *ja,
                                                                             const char *en, ...)
{
    va_list values, again;
    if (!todo) return;
    va_start(values, en);
    va_copy(again, values);
    vsnprintf(todo->ja, sizeof todo->ja, ja, values);
    vsnprintf(todo->en, sizeof todo->en, en, again);
    va_end(again);
    va_end(values);
}

typedef unsigned long long Number;

/* In the order of what must be looked at first. */
static void decide(Home *home)
{
    const ApiKeepState *keep = &home->keep;
    int64_t left = store_status_days_left(&keep->store, keep->free_bytes);
    if (home->urgent_stories > 0)
        tell(add_todo(home, "story", "/alerts", true),
             "重大な出来事が %llu 件、まだ確認されていません",
             "%llu serious stories that nobody has looked at", (Number)home->urgent_stories);
    if (api_keep_is_damaged(keep))
        tell(add_todo(home, "damage", "/keep", true), "保存したログに壊れた箇所があります（%llu）",
             "stored logs are damaged (%llu places)", (Number)keep->store.damaged_blocks);
    if (left >= 0 && left < DISK_DAYS_LEAST)
        tell(add_todo(home, "disk", "/keep", true), "あと約 %llu 日でディスクがいっぱいになります",
             "the disk is full in about %llu days", (Number)left);
    if (home->silent_count > 0)
        tell(add_todo(home, "silent", "/sources", false),
             "ログの届かなくなった機器が %llu 台あります", "%llu devices have fallen silent",
             (Number)home->silent_count);
    if (home->stories[STORY_NEW] > home->urgent_stories)
        tell(add_todo(home, "story", "/alerts", false), "未確認の出来事が %llu 件あります",
             "%llu stories that nobody has looked at", (Number)home->stories[STORY_NEW]);
    if (api_keep_backup_failed(keep))
        tell(add_todo(home, "backup", "/keep", false), "バックアップに失敗しました",
             "the backup failed");
    if (home->rule_errors > 0)
        tell(add_todo(home, "rule", "/rules", false), "止めてある検知ルールが %llu 個あります",
             "%llu rules are set aside", (Number)home->rule_errors);
    if (home->unguarded_doors > 0)
        tell(add_todo(home, "setup", "/settings", false),
             "誰でもログを送り込める受け口が %llu 個あります（合言葉も証明書も求めていません）",
             "%llu doors take logs from anybody (no secret and no certificate is asked for)",
             (Number)home->unguarded_doors);
    if (home->source_count == 0 && keep->store.rows == 0)
        tell(add_todo(home, "setup", "/sources", false), "まだログが届いていません",
             "no logs have come yet");
    if (!keep->backup_is_set)
        tell(add_todo(home, "backup", "/settings", false), "バックアップ先がまだ設定されていません",
             "no folder is set for backups yet");
}

/* ---- the answer ------------------------------------------------------------------------------ */

static const char *light_of(const Home *home)
{
    for (size_t i = 0; i < home->todo_count; i++) {
        if (home->todo[i].urgent) return "act";
    }
    return home->todo_count > 0 ? "look" : "good";
}

static void add_words(ApiJson *json, const char *name, const char *ja, const char *en)
{
    api_json_text2(json, name, slice_from_cstr(ja), slice_from_cstr(en));
}

static void add_verdict(ApiJson *json, const Home *home)
{
    api_json_cstr(json, "light", light_of(home));
    if (home->todo_count == 0) {
        add_words(json, "sentence", "異常はありません", "all is well");
    } else {
        add_words(json, "sentence", home->todo[0].ja, home->todo[0].en);
    }
    api_json_list(json, "todo");
    for (size_t i = 0; i < home->todo_count; i++) {
        api_json_object(json, NULL);
        api_json_cstr(json, "kind", home->todo[i].kind);
        add_words(json, "words", home->todo[i].ja, home->todo[i].en);
        api_json_cstr(json, "link", home->todo[i].link);
        api_json_end_object(json);
    }
    api_json_end_list(json);
}

static void add_sources(ApiJson *json, const Home *home)
{
    size_t shown = 0;
    api_json_count(json, "sources", home->source_count);
    api_json_list(json, "silent");
    for (size_t i = 0; i < home->source_count && shown < SILENT_SHOWN_MAX; i++) {
        if (!source_health_is_silent(&home->sources[i], home->now_ns)) continue;
        api_source_add(json, &home->sources[i], home->now_ns);
        shown++;
    }
    api_json_end_list(json);
}

static void add_figures(ApiJson *json, const Home *home)
{
    const StoreStatus *store = &home->keep.store;
    api_json_object(json, "stories");
    api_json_count(json, "new", home->stories[STORY_NEW]);
    api_json_count(json, "seen", home->stories[STORY_SEEN]);
    api_json_count(json, "progress", home->stories[STORY_PROGRESS]);
    api_json_end_object(json);
    api_json_count(json, "rows", store->rows);
    api_json_count(json, "rows_today", home->rows_today);
    api_json_number(json, "rows_per_second", home->rate);
    api_json_count(json, "detect_behind_rows", home->behind_rows);
    api_json_integer(json, "kept_days",
                     store->oldest_ns == TIME_UNKNOWN ? 0 : store_status_days(store));
    api_keep_verified_add(json, &home->keep);
    api_keep_backup_add(json, &home->keep);
    api_json_count(json, "rule_errors", home->rule_errors);
}

void api_home_read(ApiRequest *request)
{
    const Os *os = request->door->os;
    Home home = {.now_ns = os->now_ns(os->state)};
    if (api_keep_state(request, &home.keep) < 0 ||
        api_sources_visible(request, &home.sources, &home.source_count) < 0)
        return;
    take_counters(request->door->engine, &home);
    count_today(request, &home);
    count_stories(request, &home);
    decide(&home);
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    add_verdict(&json, &home);
    add_sources(&json, &home);
    add_figures(&json, &home);
    api_json_end_object(&json);
}
