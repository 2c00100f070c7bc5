/* Between the files of story.h and alert_outbox.h: the SQLite file, its statements, and errors as
 * errno.
 */
#ifndef AKASHI_ALERT_STORY_BASE_H
#define AKASHI_ALERT_STORY_BASE_H

#include "alert/story.h"

#include <sqlite3.h>

#define ALERTS_BUSY_MS 5000

typedef enum EntityKind { /* stored: never renumber */
                          ENTITY_USER = 0,
                          ENTITY_SOURCE = 1,
                          ENTITY_OBJECT = 2,
                          ENTITY_HOST = 3,
} EntityKind;
#define ENTITY_KIND_COUNT 4

/* One row of the table in story_statements.c. */
typedef enum Statement {
    ASK_META,
    SET_META,
    BEGIN,
    COMMIT,
    ROLLBACK,
    ADD_OCCURRENCE,
    FIND_OCCURRENCE,
    FIND_STORY_BY_ENTITY,
    HAS_ENTITY_KIND,
    ADD_ENTITY,
    ADD_STORY,
    OPEN_STORIES,
    GROW_STORY,
    ASK_STORY,
    SET_STORY_STATE,
    RAISE_STORY,
    BUMP_STORY,
    FIND_FINDING,
    GROW_FINDING,
    COUNT_FINDINGS,
    HAS_RULE,
    ADD_FINDING,
    COUNT_UNSHOWN,
    ASK_FINDINGS,
    ADD_HISTORY,
    ASK_HISTORY,
    LIST_STORIES,
    SIMILAR_STORIES,
    LATE_STORIES,
    ESCALATE_STORY,
    FORGET_STORIES,
    FORGET_SENDINGS,
    OUTBOX_WANT,
    OUTBOX_COUNT,
    OUTBOX_ADD,
    OUTBOX_FOLD,
    OUTBOX_RECENT,
    OUTBOX_LAST_DIGEST,
    OUTBOX_NEXT_DUE,
    OUTBOX_NEXT,
    OUTBOX_TAKE_ONE,
    OUTBOX_TAKE_ALL,
    OUTBOX_TAKE_AGAIN,
    OUTBOX_STORIES,
    OUTBOX_TOLD,
    OUTBOX_SETTLE,
    OUTBOX_SUMMARY,
    OUTBOX_LOG_SEND,
    OUTBOX_IS_DIGEST,
    SET_POSITION,
    ASK_POSITION,
    STATEMENT_COUNT,
} Statement;

extern const char *const story_statements[STATEMENT_COUNT];
extern const char story_schema[], story_schema_2[]; /* version 1; what 2 adds */

struct Stories {
    const Os *os;
    const AlertCipher *cipher;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT]; /* prepared when first asked for */
    uint64_t installation;
    uint64_t open_count, newest_open; /* within stories_add */
    Buf scratch;                      /* sealed or opened bytes of one piece */
};

/* The answer to a question of one number. 1; 0: no row (*ret 0); negative errno. */
MUST_USE int story_base_number(sqlite3_stmt *statement, int64_t *ret);
MUST_USE int story_base_head(Stories *stories, uint64_t id, StoryHead *ret); /* -ENOENT */

/* A negative errno for what SQLite returned. */
int story_base_error(int sqlite_code);
/* The statement, reset and without values; NULL: it could not be prepared (then story_base_step of
 * NULL says -EIO). */
sqlite3_stmt *story_base_ask(Stories *stories, Statement which);
/* 1: a row stands ready; 0: done; negative errno. */
MUST_USE int story_base_step(sqlite3_stmt *statement);
/* Steps once and expects no row. */
MUST_USE int story_base_run(sqlite3_stmt *statement);

/* Transactions: story_base_begin takes the write lock at once. story_base_end commits when r is 0
 * or more, rolls back otherwise, and returns r or why the commit failed. */
MUST_USE int story_base_begin(Stories *stories);
MUST_USE int story_base_end(Stories *stories, int r);

static inline void bind_number(sqlite3_stmt *statement, int at, int64_t value)
{
    if (statement) sqlite3_bind_int64(statement, at, value);
}
/* The bytes must stay until the statement has run. */
static inline void bind_bytes(sqlite3_stmt *statement, int at, const void *bytes, size_t len)
{
    if (statement) sqlite3_bind_blob64(statement, at, bytes ? bytes : "", len, SQLITE_STATIC);
}
static inline int64_t column_number(sqlite3_stmt *statement, int at)
{
    return sqlite3_column_int64(statement, at);
}
static inline Slice column_bytes(sqlite3_stmt *statement, int at)
{
    const void *bytes = sqlite3_column_blob(statement, at);
    return slice_of(bytes, (size_t)sqlite3_column_bytes(statement, at));
}

/* What a sealed piece is bound to: its table and its story. */
typedef struct SealBound {
    char text[32];
    size_t len;
} SealBound;
SealBound seal_bound(const char *table, uint64_t story);
/* Opens a column into the arena. Empty columns are empty. */
MUST_USE int story_base_open_piece(Stories *stories, const SealBound *bound, Slice sealed,
                                   Arena *arena, Slice *ret);
/* One row of LIST_STORIES and its kin. */
StoryHead story_head_of_row(sqlite3_stmt *statement);
/* Adds one line to the history (story_state.c). */
MUST_USE int story_history_add(Stories *stories, const StoryChange *change, StoryState before,
                               StoryState after);

#endif
