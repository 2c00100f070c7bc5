/* Stories out of the file again, and the names of their states. */
#include "alert/story_base.h"

#include <errno.h>

static const char *const state_tokens[STORY_STATE_COUNT] = {"new", "seen", "progress", "closed"};
static const char *const reason_tokens[STORY_REASON_COUNT] = {"none", "resolved", "false_alarm",
                                                              "expected", "test"};
static const char *const act_tokens[STORY_ACT_COUNT] = {"opened", "seen",   "started",   "closed",
                                                        "undone", "raised", "escalated", "noted"};

const char *story_state_token(StoryState state)
{
    return state_tokens[state];
}

const char *story_reason_token(StoryReason reason)
{
    return reason_tokens[reason];
}

const char *story_act_token(StoryAct act)
{
    return act_tokens[act];
}

int story_reason_of(Slice token, StoryReason *ret)
{
    for (int i = STORY_REASON_RESOLVED; i < STORY_REASON_COUNT; i++) {
        if (!slice_eq(token, slice_from_cstr(reason_tokens[i]))) continue;
        *ret = (StoryReason)i;
        return 0;
    }
    return -EINVAL;
}

const AlertFinding *story_main_finding(const Story *story)
{
    const AlertFinding *best = NULL;
    for (size_t i = 0; i < story->finding_count; i++) {
        const AlertFinding *finding = &story->findings[i].finding;
        if (!best || finding->level > best->level) best = finding;
    }
    return best;
}

/* ---- lists */

static int collect_heads(sqlite3_stmt *statement, size_t limit, Arena *arena, StoryHead **ret,
                         size_t *ret_count)
{
    StoryHead *heads = ARENA_ARRAY(arena, StoryHead, limit);
    size_t count = 0;
    int r;
    if (!heads) return -ENOMEM;
    while ((r = database_step(statement)) > 0) {
        if (count < limit) heads[count++] = story_head_of_row(statement);
    }
    if (r < 0) return r;
    *ret = heads;
    *ret_count = count;
    return 0;
}

int stories_list(Stories *stories, const StoryQuestion *question, Arena *arena, StoryHead **ret,
                 size_t *ret_count)
{
    size_t limit = question->limit;
    if (limit == 0 || limit > STORIES_LIST_MAX) limit = STORIES_LIST_MAX;
    sqlite3_stmt *list = story_base_ask(stories, LIST_STORIES);
    database_put_number(list, 1, question->with_closed);
    database_put_number(list, 2, question->least);
    database_put_number(list, 3, (int64_t)limit);
    return collect_heads(list, limit, arena, ret, ret_count);
}

int stories_similar(Stories *stories, uint64_t id, Arena *arena, StoryHead **ret, size_t *ret_count)
{
    sqlite3_stmt *similar = story_base_ask(stories, SIMILAR_STORIES);
    database_put_number(similar, 1, (int64_t)id);
    return collect_heads(similar, 5, arena, ret, ret_count);
}

/* ---- one story */

static int load_head(Stories *stories, uint64_t id, Story *ret)
{
    sqlite3_stmt *ask = story_base_ask(stories, ASK_STORY);
    database_put_number(ask, 1, (int64_t)id);
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -ENOENT;
    ret->head = story_head_of_row(ask);
    ret->unshown_count = (size_t)database_number_at(ask, 11);
    sqlite3_reset(ask);
    return 0;
}

static int load_finding(Stories *stories, uint64_t id, sqlite3_stmt *row, Arena *arena,
                        StoryFinding *ret)
{
    SealBound bound = seal_bound("finding", id);
    Slice plain;
    ret->count = (uint64_t)database_number_at(row, 0);
    ret->first_ns = database_number_at(row, 1);
    ret->last_ns = database_number_at(row, 2);
    int r = story_base_open_piece(stories, &bound, database_bytes_at(row, 3), arena, &plain);
    return r < 0 ? r : finding_decode(plain, arena, &ret->finding);
}

static int load_findings(Stories *stories, uint64_t id, Arena *arena, Story *ret)
{
    sqlite3_stmt *ask = story_base_ask(stories, ASK_FINDINGS);
    database_put_number(ask, 1, (int64_t)id);
    ret->findings = ARENA_ARRAY(arena, StoryFinding, STORY_FINDINGS_MAX);
    if (!ret->findings) return -ENOMEM;
    int r;
    while ((r = database_step(ask)) > 0) {
        if (ret->finding_count == STORY_FINDINGS_MAX) continue;
        r = load_finding(stories, id, ask, arena, &ret->findings[ret->finding_count]);
        if (r < 0) break;
        ret->finding_count++;
    }
    if (ask) sqlite3_reset(ask);
    return r;
}

static int load_line(Stories *stories, uint64_t id, sqlite3_stmt *row, Arena *arena,
                     StoryHistory *ret)
{
    SealBound bound = seal_bound("history", id);
    ret->at_ns = database_number_at(row, 0);
    ret->act = (StoryAct)(database_number_at(row, 1) % STORY_ACT_COUNT);
    ret->before = (StoryState)(database_number_at(row, 2) % STORY_STATE_COUNT);
    ret->after = (StoryState)(database_number_at(row, 3) % STORY_STATE_COUNT);
    int r = story_base_open_piece(stories, &bound, database_bytes_at(row, 4), arena, &ret->who);
    return r < 0 ? r
                 : story_base_open_piece(stories, &bound, database_bytes_at(row, 5), arena,
                                         &ret->note);
}

static int load_history(Stories *stories, uint64_t id, Arena *arena, Story *ret)
{
    sqlite3_stmt *ask = story_base_ask(stories, ASK_HISTORY);
    database_put_number(ask, 1, (int64_t)id);
    database_put_number(ask, 2, STORY_HISTORY_MAX);
    ret->history = ARENA_ARRAY(arena, StoryHistory, STORY_HISTORY_MAX);
    if (!ret->history) return -ENOMEM;
    int r;
    while ((r = database_step(ask)) > 0) {
        if (ret->history_count == STORY_HISTORY_MAX) continue;
        r = load_line(stories, id, ask, arena, &ret->history[ret->history_count]);
        if (r < 0) break;
        ret->history_count++;
    }
    if (ask) sqlite3_reset(ask);
    return r;
}

int stories_load(Stories *stories, uint64_t id, Arena *arena, Story *ret)
{
    Story story = {0};
    int r = load_head(stories, id, &story);
    if (r == 0) r = load_findings(stories, id, arena, &story);
    if (r == 0) r = load_history(stories, id, arena, &story);
    if (r == 0) *ret = story;
    return r;
}
