#include "server/api/api_story_open.h"

#include "server/api/api_question.h"

#include <errno.h>

#define REFERENCES_MAX (STORY_FINDINGS_MAX * FINDING_RECORDS_MAX)

int api_stories_open(ApiRequest *request, Stories **ret)
{
    const ApiDoor *door = request->door;
    const ApiEngine *engine = door->engine;
    if (!engine->cipher || !engine->notify) {
        api_fail(request, 503, "story.closed",
                 "the stories could not be opened at the start; see what akashi serve said",
                 "出来事を開けませんでした。akashi serve の表示を見てください");
        return -1;
    }
    int r = stories_open(door->os, door->folder, engine->cipher, ret);
    if (r < 0) api_fail_error(request, r);
    return r < 0 ? -1 : 0;
}

/* ---- scope ----------------------------------------------------------------------------------- */

typedef struct Looking {
    uint64_t numbers[REFERENCES_MAX];
    size_t count, seen;
} Looking;

static void add_number(Looking *looking, uint64_t number)
{
    for (size_t i = 0; i < looking->count; i++) {
        if (looking->numbers[i] == number) return;
    }
    if (looking->count < REFERENCES_MAX) looking->numbers[looking->count++] = number;
}

static int on_row(void *context, const Answer *answer)
{
    Looking *looking = context;
    for (size_t i = 0; i < looking->count; i++) {
        if (looking->numbers[i] == answer->number) looking->seen++;
    }
    return looking->seen == looking->count;
}

static bool has_scope(const ApiRequest *request)
{
    Buf text = buf_make(QUERY_BYTES_MAX);
    int r = account_scope(&request->self, MAY_READ, &text);
    buf_done(&text);
    return r != 1; /* 1: all records */
}

/* One look through the store from the oldest of its records on, with the scope as filter. */
static int look_at(ApiRequest *request, Looking *looking)
{
    ApiQuestion question;
    SearchStats stats;
    const ApiAsking asking = {.order = SEARCH_BY_ARRIVAL, .sink = on_row, .sink_context = looking};
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < looking->count; i++) {
        if (looking->numbers[i] < least) least = looking->numbers[i];
    }
    if (api_question_of(request, (Slice){0}, true, &question) < 0) return -EIO;
    question.range.newest_first = false;
    question.range.after = least > 0 && looking->count > 0 ? least - 1 : 0;
    int r = api_question_ask(&question, question.query, &asking, &stats);
    api_question_done(&question);
    return r;
}

int api_story_is_visible(ApiRequest *request, const Story *story)
{
    if (!has_scope(request)) return 1;
    Looking *looking = ARENA_NEW(&request->arena, Looking);
    if (!looking) return -ENOMEM;
    for (size_t i = 0; i < story->finding_count; i++) {
        const AlertFinding *finding = &story->findings[i].finding;
        for (size_t k = 0; k < finding->record_count; k++)
            add_number(looking, finding->records[k].reference);
    }
    if (looking->count == 0) return 0;
    int r = look_at(request, looking);
    return r < 0 ? r : looking->seen == looking->count;
}

int api_story_load(ApiRequest *request, Stories *stories, uint64_t id, Story *ret)
{
    int r = stories_load(stories, id, &request->arena, ret);
    int visible = r == 0 ? api_story_is_visible(request, ret) : 0;
    if (r == 0 && visible <= 0) r = visible < 0 ? visible : -ENOENT;
    if (r < 0) api_fail_error(request, r);
    return r < 0 ? -1 : 0;
}
