/* See story_base.h. */
#include "alert/story_base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ALERTS_VERSION 2

/* ---- sealed pieces */

SealBound seal_bound(const char *table, uint64_t story)
{
    SealBound bound;
    int len = snprintf(bound.text, sizeof bound.text, "%s %llu", table, (unsigned long long)story);
    bound.len = (size_t)len;
    return bound;
}

int story_base_open_piece(Stories *stories, const SealBound *bound, Slice sealed, Arena *arena,
                          Slice *ret)
{
    const AlertCipher *cipher = stories->cipher;
    *ret = (Slice){0};
    if (sealed.len == 0) return 0;
    buf_clear(&stories->scratch);
    int r =
        cipher->open(cipher->context, slice_of(bound->text, bound->len), sealed, &stories->scratch);
    if (r == 0) r = buf_error(&stories->scratch);
    return r < 0 ? r : arena_copy(arena, buf_slice(&stories->scratch), ret);
}

/* ---- opening */

static int make_installation(Stories *stories)
{
    uint64_t number;
    int r = stories->os->random(stories->os->state, &number, sizeof number);
    if (r < 0) return r;
    sqlite3_stmt *set = story_base_ask(stories, SET_META);
    if (set) sqlite3_bind_text(set, 1, "installation", -1, SQLITE_STATIC);
    database_put_number(set, 2, (int64_t)(number >> 1));
    return database_run(set);
}

static int make_tables(void *context, int version)
{
    Stories *stories = context;
    int r = 0;
    if (version == 0) {
        r = database_script(&stories->database, story_schema);
        if (r == 0) r = make_installation(stories);
    }
    return r == 0 ? database_script(&stories->database, story_schema_2) : r;
}

const DatabaseKind story_file = {.file = ALERTS_FILE,
                                 .version = ALERTS_VERSION,
                                 .statements = story_statements,
                                 .statement_count = STATEMENT_COUNT,
                                 .make = make_tables};
_Static_assert(STATEMENT_COUNT <= DATABASE_STATEMENTS_MAX, "see database.h");

static int read_installation(Stories *stories)
{
    sqlite3_stmt *ask = story_base_ask(stories, ASK_META);
    if (ask) sqlite3_bind_text(ask, 1, "installation", -1, SQLITE_STATIC);
    int r = database_step(ask);
    if (r < 0) return r;
    if (r == 0) return -EBADMSG;
    stories->installation = (uint64_t)database_number_at(ask, 0);
    sqlite3_reset(ask);
    return 0;
}

int stories_open(const Os *os, const char *folder, const AlertCipher *cipher, Stories **ret)
{
    Stories *stories = calloc(1, sizeof *stories);
    if (!stories) return -ENOMEM;
    stories->os = os;
    stories->cipher = cipher;
    int r = database_open(os, folder, &story_file, stories, &stories->database);
    if (r == 0) r = read_installation(stories);
    if (r < 0) {
        stories_close(stories);
        return r;
    }
    *ret = stories;
    return 0;
}

int stories_tidy(Stories *stories)
{
    int r =
        database_script(&stories->database, "PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
    return r == -EBUSY ? 0 : r;
}

void stories_close(Stories *stories)
{
    if (!stories) return;
    database_close(&stories->database);
    buf_done(&stories->scratch);
    free(stories);
}

uint64_t stories_installation(const Stories *stories)
{
    return stories->installation;
}

StoryHead story_head_of_row(sqlite3_stmt *statement)
{
    return (StoryHead){
        .id = (uint64_t)database_number_at(statement, 0),
        .state = (StoryState)database_number_at(statement, 1),
        .reason = (StoryReason)database_number_at(statement, 2),
        .level = (FindingLevel)database_number_at(statement, 3),
        .revision = (unsigned)database_number_at(statement, 4),
        .escalations = (unsigned)database_number_at(statement, 5),
        .first_ns = database_number_at(statement, 6),
        .last_ns = database_number_at(statement, 7),
        .opened_ns = database_number_at(statement, 8),
        .changed_ns = database_number_at(statement, 9),
        .finding_count = (uint64_t)database_number_at(statement, 10),
    };
}

int story_base_head(Stories *stories, uint64_t id, StoryHead *ret)
{
    sqlite3_stmt *ask = story_base_ask(stories, ASK_STORY);
    database_put_number(ask, 1, (int64_t)id);
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -ENOENT;
    *ret = story_head_of_row(ask);
    sqlite3_reset(ask);
    return 0;
}
