/* See story_base.h. */
#include "alert/story_base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define ALERTS_VERSION 2
#define ALERTS_PATH_BYTES_MAX 4352

int story_base_error(int sqlite_code)
{
    static const struct {
        int code, error;
    } errors[] = {
        {SQLITE_BUSY, -EBUSY},     {SQLITE_LOCKED, -EBUSY},    {SQLITE_NOMEM, -ENOMEM},
        {SQLITE_READONLY, -EROFS}, {SQLITE_FULL, -ENOSPC},     {SQLITE_CORRUPT, -EBADMSG},
        {SQLITE_NOTADB, -EBADMSG}, {SQLITE_CANTOPEN, -EACCES}, {SQLITE_PERM, -EACCES},
    };
    int primary = sqlite_code & 0xff;
    if (primary == SQLITE_OK || primary == SQLITE_DONE) return 0;
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        if (errors[i].code == primary) return errors[i].error;
    }
    return -EIO;
}

sqlite3_stmt *story_base_ask(Stories *stories, Statement which)
{
    sqlite3_stmt **at = &stories->statements[which];
    if (*at) {
        sqlite3_reset(*at);
        sqlite3_clear_bindings(*at);
        return *at;
    }
    int r = sqlite3_prepare_v3(stories->db, story_statements[which], -1, SQLITE_PREPARE_PERSISTENT,
                               at, NULL);
    return r == SQLITE_OK ? *at : NULL;
}

int story_base_step(sqlite3_stmt *statement)
{
    if (!statement) return -EIO;
    int r = sqlite3_step(statement);
    if (r == SQLITE_ROW) return 1;
    sqlite3_reset(statement); /* locks are held no longer than needed */
    return story_base_error(r);
}

int story_base_run(sqlite3_stmt *statement)
{
    int r = story_base_step(statement);
    if (r == 1) sqlite3_reset(statement);
    return r == 1 ? 0 : r;
}

int story_base_begin(Stories *stories)
{
    return story_base_run(story_base_ask(stories, BEGIN));
}

int story_base_end(Stories *stories, int r)
{
    if (r >= 0) {
        int committed = story_base_run(story_base_ask(stories, COMMIT));
        if (committed == 0) return r;
        r = committed;
    }
    /* A failed write may have rolled back already; then this one has nothing to do. */
    if (!sqlite3_get_autocommit(stories->db)) {
        int rolled = story_base_run(story_base_ask(stories, ROLLBACK));
        if (rolled < 0) return r;
    }
    return r;
}

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

static int run_script(Stories *stories, const char *script)
{
    return story_base_error(sqlite3_exec(stories->db, script, NULL, NULL, NULL));
}

static int ask_version(Stories *stories, int *ret_version)
{
    sqlite3_stmt *statement = NULL;
    int r = sqlite3_prepare_v2(stories->db, "PRAGMA user_version", -1, &statement, NULL);
    if (r == SQLITE_OK && (r = sqlite3_step(statement)) == SQLITE_ROW) {
        *ret_version = sqlite3_column_int(statement, 0);
        r = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return story_base_error(r);
}

static int make_installation(Stories *stories)
{
    uint64_t number;
    int r = stories->os->random(stories->os->state, &number, sizeof number);
    if (r < 0) return r;
    sqlite3_stmt *set = story_base_ask(stories, SET_META);
    if (set) sqlite3_bind_text(set, 1, "installation", -1, SQLITE_STATIC);
    bind_number(set, 2, (int64_t)(number >> 1));
    return story_base_run(set);
}

/* Two processes may open a new folder at once: who waits for the lock finds it made. */
static int make_tables(Stories *stories)
{
    int version = 0;
    int r = story_base_begin(stories);
    if (r < 0) return r;
    r = ask_version(stories, &version);
    if (r == 0 && version == 0) {
        r = run_script(stories, story_schema);
        if (r == 0) r = make_installation(stories);
    }
    if (r == 0 && version < 2) r = run_script(stories, story_schema_2);
    return story_base_end(stories, r);
}

static int read_installation(Stories *stories)
{
    sqlite3_stmt *ask = story_base_ask(stories, ASK_META);
    if (ask) sqlite3_bind_text(ask, 1, "installation", -1, SQLITE_STATIC);
    int r = story_base_step(ask);
    if (r < 0) return r;
    if (r == 0) return -EBADMSG;
    stories->installation = (uint64_t)column_number(ask, 0);
    sqlite3_reset(ask);
    return 0;
}

static int settle(Stories *stories)
{
    int version = 0;
    sqlite3_busy_timeout(stories->db, ALERTS_BUSY_MS);
    /* WAL: readers never wait for the writer; FULL: a commit is on the medium (S2). */
    int r = run_script(stories, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
                                "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;");
    if (r == 0) r = ask_version(stories, &version);
    if (r < 0) return r;
    if (version > ALERTS_VERSION) return -EPROTO;
    if (version < ALERTS_VERSION) r = make_tables(stories);
    return r < 0 ? r : read_installation(stories);
}

/* Two that open a new file at once are in each other's way where SQLite does not wait by itself
 * (the change to WAL, sqlite.org/wal.html, 2). */
static int settle_in_turn(Stories *stories)
{
    int r = settle(stories);
    for (int waited_ms = 0; r == -EBUSY && waited_ms < ALERTS_BUSY_MS; waited_ms += 50) {
        stories->os->sleep_ns(stories->os->state, 50 * NS_PER_MS);
        r = settle(stories);
    }
    return r;
}

/* SQLite would make the file readable as the umask says. */
static int make_file(const Os *os, const char *path)
{
    int fd = os->open(os->state, path, O_RDWR | O_CREAT, 0600);
    if (fd < 0) return fd;
    return os->close(os->state, fd);
}

int stories_open(const Os *os, const char *folder, const AlertCipher *cipher, Stories **ret)
{
    char path[ALERTS_PATH_BYTES_MAX];
    int len = snprintf(path, sizeof path, "%s/" ALERTS_FILE, folder);
    if (len < 0 || (size_t)len >= sizeof path) return -ENAMETOOLONG;
    int r = os_make_folders(os, folder);
    if (r == 0) r = make_file(os, path);
    if (r < 0) return r;
    Stories *stories = calloc(1, sizeof *stories);
    if (!stories) return -ENOMEM;
    stories->os = os;
    stories->cipher = cipher;
    r = story_base_error(
        sqlite3_open_v2(path, &stories->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    if (r == 0) r = settle_in_turn(stories);
    if (r < 0) {
        stories_close(stories);
        return r;
    }
    *ret = stories;
    return 0;
}

int stories_tidy(Stories *stories)
{
    int r = run_script(stories, "PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
    return r == -EBUSY ? 0 : r;
}

void stories_close(Stories *stories)
{
    if (!stories) return;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(stories->statements[i]);
    sqlite3_close(stories->db);
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
        .id = (uint64_t)column_number(statement, 0),
        .state = (StoryState)column_number(statement, 1),
        .reason = (StoryReason)column_number(statement, 2),
        .level = (FindingLevel)column_number(statement, 3),
        .revision = (unsigned)column_number(statement, 4),
        .escalations = (unsigned)column_number(statement, 5),
        .first_ns = column_number(statement, 6),
        .last_ns = column_number(statement, 7),
        .opened_ns = column_number(statement, 8),
        .changed_ns = column_number(statement, 9),
        .finding_count = (uint64_t)column_number(statement, 10),
    };
}

int story_base_number(sqlite3_stmt *statement, int64_t *ret)
{
    *ret = 0;
    int r = story_base_step(statement);
    if (r <= 0) return r;
    *ret = column_number(statement, 0);
    sqlite3_reset(statement);
    return 1;
}

int story_base_head(Stories *stories, uint64_t id, StoryHead *ret)
{
    sqlite3_stmt *ask = story_base_ask(stories, ASK_STORY);
    bind_number(ask, 1, (int64_t)id);
    int r = story_base_step(ask);
    if (r <= 0) return r < 0 ? r : -ENOENT;
    *ret = story_head_of_row(ask);
    sqlite3_reset(ask);
    return 0;
}
