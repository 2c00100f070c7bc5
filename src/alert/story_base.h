/* Between the files of story.h and alert_outbox.h: the SQLite file, its statements, and errors as
 * errno.
 */
#ifndef AKASHI_ALERT_STORY_BASE_H
#define AKASHI_ALERT_STORY_BASE_H

#include "alert/story.h"
#include "database/database.h"

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
extern const DatabaseKind story_file;

struct Stories {
    const Os *os;
    const AlertCipher *cipher;
    Database database;
    uint64_t installation;
    uint64_t open_count, newest_open; /* within stories_add */
    Buf scratch;                      /* sealed or opened bytes of one piece */
};

MUST_USE int story_base_head(Stories *stories, uint64_t id, StoryHead *ret); /* -ENOENT */

/* As database_ask. */
static inline sqlite3_stmt *story_base_ask(Stories *stories, Statement which)
{
    return database_ask(&stories->database, which);
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
