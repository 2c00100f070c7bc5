/* What people do with stories, and what happens when they do nothing. */
#include "alert/story_base.h"

#include <errno.h>

static int seal_text(Stories *stories, uint64_t story, Slice text, Buf *to)
{
    const AlertCipher *cipher = stories->cipher;
    SealBound bound = seal_bound("history", story);
    if (text.len == 0) return 0;
    return cipher->seal(cipher->context, slice_of(bound.text, bound.len),
                        slice_first(text, STORY_NOTE_BYTES_MAX), to);
}

int story_history_add(Stories *stories, const StoryChange *change, StoryState before,
                      StoryState after)
{
    CLEANUP(buf_done) Buf who = {0};
    CLEANUP(buf_done) Buf note = {0};
    int r = seal_text(stories, change->id, change->who, &who);
    if (r == 0) r = seal_text(stories, change->id, change->note, &note);
    if (r < 0) return r;
    sqlite3_stmt *add = story_base_ask(stories, ADD_HISTORY);
    database_put_number(add, 1, (int64_t)change->id);
    database_put_number(add, 2, change->now_ns);
    database_put_number(add, 3, change->act);
    database_put_number(add, 4, before);
    database_put_number(add, 5, after);
    database_put_bytes(add, 6, who.ptr, who.len);
    database_put_bytes(add, 7, note.ptr, note.len);
    return database_run(add);
}

/* tell: those who were told of the story are told of this, too. */
static int set_state(Stories *stories, const StoryChange *change, StoryState state, bool tell)
{
    sqlite3_stmt *set = story_base_ask(stories, SET_STORY_STATE);
    database_put_number(set, 1, (int64_t)change->id);
    database_put_number(set, 2, state);
    database_put_number(set, 3, state == STORY_CLOSED ? change->reason : STORY_REASON_NONE);
    database_put_number(set, 4, change->now_ns);
    database_put_number(set, 5, tell);
    return database_run(set);
}

static int change_state(Stories *stories, const StoryChange *change)
{
    static const StoryState after[STORY_ACT_COUNT] = {
        [STORY_ACT_SEEN] = STORY_SEEN,
        [STORY_ACT_STARTED] = STORY_PROGRESS,
        [STORY_ACT_CLOSED] = STORY_CLOSED,
    };
    StoryHead head;
    int r = story_base_head(stories, change->id, &head);
    if (r < 0) return r;
    if (change->act == STORY_ACT_NOTED)
        return story_history_add(stories, change, head.state, head.state);
    StoryState state = after[change->act];
    if (head.state == state) return -EALREADY;
    r = set_state(stories, change, state, state == STORY_CLOSED);
    return r < 0 ? r : story_history_add(stories, change, head.state, state);
}

int stories_change(Stories *stories, const StoryChange *change)
{
    bool known = change->act == STORY_ACT_SEEN || change->act == STORY_ACT_STARTED ||
                 change->act == STORY_ACT_CLOSED || change->act == STORY_ACT_NOTED;
    if (!known) return -EINVAL;
    int r = database_begin(&stories->database);
    if (r < 0) return r;
    return database_end(&stories->database, change_state(stories, change));
}

/* The last change of a person that no undo has answered: undos are counted from the end. */
static const StoryHistory *last_change(const Story *story)
{
    size_t undone = 0;
    for (size_t i = story->history_count; i-- > 0;) {
        const StoryHistory *line = &story->history[i];
        bool by_person = line->act == STORY_ACT_SEEN || line->act == STORY_ACT_STARTED ||
                         line->act == STORY_ACT_CLOSED;
        if (line->act == STORY_ACT_UNDONE) undone++;
        if (!by_person) continue;
        if (undone == 0) return line;
        undone--;
    }
    return NULL;
}

static int undo_change(Stories *stories, StoryChange *change)
{
    CLEANUP(arena_done) Arena arena = {0};
    Story story;
    int r = stories_load(stories, change->id, &arena, &story);
    if (r < 0) return r;
    const StoryHistory *last = last_change(&story);
    if (!last) return -ENODATA;
    bool reopened = story.head.state == STORY_CLOSED;
    r = set_state(stories, change, last->before, reopened);
    return r < 0 ? r : story_history_add(stories, change, story.head.state, last->before);
}

int stories_undo(Stories *stories, uint64_t id, Slice who, int64_t now_ns)
{
    StoryChange change = {.id = id, .act = STORY_ACT_UNDONE, .who = who, .now_ns = now_ns};
    int r = database_begin(&stories->database);
    if (r < 0) return r;
    return database_end(&stories->database, undo_change(stories, &change));
}

/* ---- when nobody looks */

#define ESCALATE_AT_ONCE 1000

static int find_late(Stories *stories, int64_t before_ns, FindingLevel least, uint64_t *ids,
                     size_t *ret_count)
{
    sqlite3_stmt *late = story_base_ask(stories, LATE_STORIES);
    database_put_number(late, 1, least);
    database_put_number(late, 2, before_ns);
    database_put_number(late, 3, STORY_ESCALATIONS_MAX);
    size_t count = 0;
    int r;
    while ((r = database_step(late)) > 0) {
        if (count < ESCALATE_AT_ONCE) ids[count++] = (uint64_t)database_number_at(late, 0);
    }
    *ret_count = count;
    return r;
}

static int escalate_one(Stories *stories, uint64_t id, int64_t now_ns)
{
    sqlite3_stmt *escalate = story_base_ask(stories, ESCALATE_STORY);
    database_put_number(escalate, 1, (int64_t)id);
    database_put_number(escalate, 2, now_ns);
    int r = database_run(escalate);
    const StoryChange change = {.id = id, .act = STORY_ACT_ESCALATED, .now_ns = now_ns};
    return r < 0 ? r : story_history_add(stories, &change, STORY_NEW, STORY_NEW);
}

int stories_escalate(Stories *stories, int64_t wait_ns, FindingLevel least, int64_t now_ns)
{
    uint64_t ids[ESCALATE_AT_ONCE];
    size_t count = 0;
    int r = database_begin(&stories->database);
    if (r < 0) return r;
    r = find_late(stories, now_ns - wait_ns, least, ids, &count);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = escalate_one(stories, ids[i], now_ns);
    r = database_end(&stories->database, r);
    return r < 0 ? r : (int)count;
}

int stories_forget(Stories *stories, int64_t before_ns)
{
    sqlite3_stmt *forget = story_base_ask(stories, FORGET_STORIES);
    database_put_number(forget, 1, before_ns);
    int r = database_run(forget);
    if (r < 0) return r;
    forget = story_base_ask(stories, FORGET_SENDINGS);
    database_put_number(forget, 1, before_ns);
    return database_run(forget);
}
