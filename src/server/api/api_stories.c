/* story_list, story_read, story_page, story_act. */
#include "server/api/api_grants.h"
#include "server/api/api_operations.h"
#include "server/api/api_story_open.h"
#include "server/api/api_story_words.h"

#include "alert/notice.h"
#include "base/number.h"

#include <errno.h>
#include <stdio.h>

#define SIMILAR_SHOWN_MAX 5

static int64_t now_ns(const ApiRequest *request)
{
    const Os *os = request->door->os;
    return os->now_ns(os->state);
}

/* ---- the list -------------------------------------------------------------------------------- */

/* Each story in an arena of its own: a thousand of them are not held at once. */
static int add_one(ApiRequest *request, Stories *stories, uint64_t id, ApiJson *json)
{
    Arena arena = arena_make((size_t)16 << 20);
    Story story;
    int r = stories_load(stories, id, &arena, &story);
    if (r == 0) r = api_story_is_visible(request, &story);
    if (r == 1) api_story_head_add(json, NULL, &story, &arena);
    arena_done(&arena);
    return r == -ENOENT || r > 0 ? 0 : r; /* removed meanwhile: not in the list */
}

static void list(ApiRequest *request, Stories *stories)
{
    size_t limit = (size_t)api_value_integer(request, "limit"), count = 0;
    StoryQuestion question = {.with_closed = api_value_boolean(request, "closed"),
                              .limit = limit < STORIES_LIST_MAX ? limit + 1 : limit};
    Slice least = api_value(request, "least");
    StoryHead *heads = NULL;
    if (least.len > 0) question.least = finding_level_of(least);
    int r = stories_list(stories, &question, &request->arena, &heads, &count);
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "stories");
    for (size_t i = 0; r == 0 && i < count && i < limit; i++)
        r = add_one(request, stories, heads[i].id, &json);
    api_json_end_list(&json);
    api_json_boolean(&json, "more", count > limit || count == STORIES_LIST_MAX);
    api_json_end_object(&json);
    if (r < 0) api_fail_error(request, r);
}

void api_story_list(ApiRequest *request)
{
    Stories *stories;
    if (api_stories_open(request, &stories) < 0) return;
    list(request, stories);
    stories_close(stories);
}

/* ---- one ------------------------------------------------------------------------------------- */

static int make_page(ApiRequest *request, Stories *stories, const Story *story, Language language,
                     const Page **ret)
{
    int r = notice_page(stories, story, request->door->engine->notify, language, now_ns(request),
                        &request->arena, ret);
    if (r < 0) api_fail_error(request, r);
    return r < 0 ? -1 : 0;
}

static void add_similar(ApiRequest *request, Stories *stories, uint64_t id, ApiJson *json)
{
    StoryHead *heads;
    size_t count = 0;
    api_json_list(json, "similar");
    if (stories_similar(stories, id, &request->arena, &heads, &count) < 0) count = 0;
    for (size_t i = 0; i < count && i < SIMILAR_SHOWN_MAX; i++) {
        if (add_one(request, stories, heads[i].id, json) < 0) break;
    }
    api_json_end_list(json);
}

static void read_story(ApiRequest *request, Stories *stories)
{
    Story story;
    const Page *pages[2];
    uint64_t id = (uint64_t)api_value_integer(request, "id");
    if (api_story_load(request, stories, id, &story) < 0) return;
    for (int language = 0; language < 2; language++) {
        if (make_page(request, stories, &story, (Language)language, &pages[language]) < 0) return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_story_head_add(&json, "head", &story, &request->arena);
    api_story_page_add(&json, pages);
    api_story_findings_add(&json, &story);
    api_story_history_add(&json, &story);
    add_similar(request, stories, id, &json);
    api_json_boolean(&json, "may_act", (request->self.permissions & MAY_ACT) != 0);
    api_json_end_object(&json);
}

void api_story_read(ApiRequest *request)
{
    Stories *stories;
    if (api_stories_open(request, &stories) < 0) return;
    read_story(request, stories);
    stories_close(stories);
}

static void write_page(ApiRequest *request, Stories *stories)
{
    Story story;
    const Page *page;
    ApiAnswer *answer = &request->answer;
    Slice lang = api_value(request, "lang");
    Language language = request->language;
    bool is_html = slice_eq(api_value(request, "format"), SLICE("html"));
    if (lang.len > 0) language = slice_eq(lang, SLICE("en")) ? LANGUAGE_EN : LANGUAGE_JA;
    if (api_story_load(request, stories, (uint64_t)api_value_integer(request, "id"), &story) < 0 ||
        make_page(request, stories, &story, language, &page) < 0)
        return;
    answer->status = 200;
    if (is_html) {
        answer->type = "text/html; charset=utf-8";
        page_add_html(&answer->body, page);
    } else {
        answer->type = "application/pdf";
        int r = page_add_pdf(&answer->body, page);
        if (r < 0) api_fail_error(request, r);
    }
    if (answer->status == 200 &&
        arena_format(&request->arena, &answer->file_name, "akashi-%llu.%s",
                     (unsigned long long)story.head.id, is_html ? "html" : "pdf") < 0)
        answer->file_name = (Slice){0};
}

void api_story_page(ApiRequest *request)
{
    Stories *stories;
    if (api_stories_open(request, &stories) < 0) return;
    write_page(request, stories);
    stories_close(stories);
}

/* ---- acts ------------------------------------------------------------------------------------ */

static const struct {
    const char *token;
    StoryAct act;
} acts[] = {{"seen", STORY_ACT_SEEN},
            {"started", STORY_ACT_STARTED},
            {"closed", STORY_ACT_CLOSED},
            {"noted", STORY_ACT_NOTED},
            {"undone", STORY_ACT_UNDONE}};

static int log_act(ApiRequest *request, uint64_t id)
{
    char target[32];
    snprintf(target, sizeof target, "%llu", (unsigned long long)id);
    const OperatorAct act = {.verb = OPERATOR_ALERT_CHANGE,
                             .target = slice_from_cstr(target),
                             .detail = api_body_text(request, "act")};
    return account_log(request->door->accounts, &request->self, &act);
}

/* Seen before it is logged, logged before it is done. */
static int do_act(ApiRequest *request, Stories *stories, StoryChange change)
{
    Arena arena = arena_make((size_t)16 << 20);
    Story story;
    int r = stories_load(stories, change.id, &arena, &story);
    if (r == 0) r = api_story_is_visible(request, &story);
    arena_done(&arena);
    if (r <= 0) return r < 0 ? r : -ENOENT;
    r = log_act(request, change.id);
    if (r < 0) return r;
    if (change.act == STORY_ACT_UNDONE)
        return stories_undo(stories, change.id, change.who, change.now_ns);
    return stories_change(stories, &change);
}

static void add_failure(ApiJson *json, uint64_t id, int error)
{
    const char *ja = "行えませんでした", *en = "it could not be done";
    if (error == -ENOENT) {
        ja = "その出来事はありません", en = "there is no such story";
    } else if (error == -EALREADY) {
        ja = "すでにその状態です", en = "it is in that state already";
    } else if (error == -ENODATA) {
        ja = "取り消せる操作がありません", en = "there is nothing to undo";
    } else if (error == ACCOUNT_NOT_LOGGED) {
        ja = "操作の記録を残せないため、行いませんでした",
        en = "it could not be logged, so it was not done";
    }
    api_json_object(json, NULL);
    api_json_count(json, "id", id);
    api_json_text2(json, "error", slice_from_cstr(ja), slice_from_cstr(en));
    api_json_end_object(json);
}

typedef struct ActOn {
    uint64_t id;
    int result;
} ActOn;

static int read_ids(ApiRequest *request, ActOn **ret, size_t *ret_count)
{
    const Slice *texts;
    size_t count;
    int r = api_texts_read(request, api_body(request), "ids", &texts, &count);
    ActOn *list = r == 0 ? ARENA_ARRAY(&request->arena, ActOn, count) : NULL;
    if (!list) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        if (number_parse_u64(texts[i], &list[i].id) < 0) return -EINVAL; /* 1e2: none of ours */
    }
    *ret = list;
    *ret_count = count;
    return 0;
}

static void add_results(ApiRequest *request, const ActOn *list, size_t count)
{
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "done");
    for (size_t i = 0; i < count; i++) {
        if (list[i].result == 0) api_json_count(&json, NULL, list[i].id);
    }
    api_json_end_list(&json);
    api_json_list(&json, "failed");
    for (size_t i = 0; i < count; i++) {
        if (list[i].result < 0) add_failure(&json, list[i].id, list[i].result);
    }
    api_json_end_list(&json);
    api_json_end_object(&json);
}

static void act_on_all(ApiRequest *request, Stories *stories, StoryChange change)
{
    ActOn *list = NULL;
    size_t count = 0;
    int r = read_ids(request, &list, &count);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        change.id = list[i].id;
        list[i].result = do_act(request, stories, change);
    }
    add_results(request, list, count);
}

void api_story_act(ApiRequest *request)
{
    Stories *stories;
    Slice token = api_body_text(request, "act"), reason = api_body_text(request, "reason");
    StoryChange change = {.who = request->self.name,
                          .note = api_body_text(request, "note"),
                          .now_ns = now_ns(request)};
    for (size_t i = 0; i < ARRAY_COUNT(acts); i++) {
        if (slice_eq(token, slice_from_cstr(acts[i].token))) change.act = acts[i].act;
    }
    if (change.act == STORY_ACT_CLOSED && story_reason_of(reason, &change.reason) < 0) {
        api_fail(request, 400, "story.reason", "closing needs a reason",
                 "完了にするには理由が要ります");
        return;
    }
    if (change.act == STORY_ACT_NOTED && change.note.len == 0) {
        api_fail(request, 400, "story.note", "write the note", "メモを書いてください");
        return;
    }
    if (api_stories_open(request, &stories) < 0) return;
    act_on_all(request, stories, change);
    stories_close(stories);
}
