/* See database.h: making, opening and copying the file. */
#include "database/database.h"

#include "base/time_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS 50

/* ---- opening */

static int ask_pragma(Database *database, const char *pragma, char *to, size_t room)
{
    sqlite3_stmt *statement = NULL;
    int r = sqlite3_prepare_v2(database->link, pragma, -1, &statement, NULL);
    if (r == SQLITE_OK && (r = sqlite3_step(statement)) == SQLITE_ROW) {
        snprintf(to, room, "%s", (const char *)sqlite3_column_text(statement, 0));
        r = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return database_error(r);
}

static int ask_version(Database *database, int *ret_version)
{
    char text[16] = "0";
    int r = ask_pragma(database, "PRAGMA user_version", text, sizeof text);
    *ret_version = atoi(text);
    return r;
}

/* Two processes may open a new folder at once: who waits for the lock finds it made. */
static int make_tables(Database *database, void *context)
{
    int version = 0;
    int r = database_begin(database);
    if (r < 0) return r;
    r = ask_version(database, &version);
    if (r == 0 && version < database->kind->version) r = database->kind->make(context, version);
    return database_end(database, r);
}

static int check_file(Database *database)
{
    char text[64] = "";
    int r = ask_pragma(database, "PRAGMA quick_check(1)", text, sizeof text);
    return r < 0 ? r : strcmp(text, "ok") == 0 ? 0 : -EBADMSG;
}

static int settle(Database *database, void *context)
{
    int version = 0;
    sqlite3_busy_timeout(database->link, DATABASE_BUSY_MS);
    /* WAL (D2), FULL (D1), secure_delete (D3). No function that is not ours to call runs from what
     * stands in the schema of a file that somebody may have exchanged. */
    int r = database_script(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                      "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
                                      "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;");
    if (r == 0) r = ask_version(database, &version);
    if (r < 0) return r;
    if (version > database->kind->version) return -EPROTO;
    if (version > 0 && database->kind->is_checked) r = check_file(database);
    return r == 0 && version < database->kind->version ? make_tables(database, context) : r;
}

/* Two that open a new file at once are in each other's way where SQLite does not wait by itself
 * (the change to WAL, sqlite.org/wal.html, 2). */
static int settle_in_turn(Database *database, void *context)
{
    const Os *os = database->os;
    int r = settle(database, context);
    for (int waited_ms = 0; r == -EBUSY && waited_ms < DATABASE_BUSY_MS; waited_ms += RETRY_MS) {
        os->sleep_ns(os->state, RETRY_MS * NS_PER_MS);
        r = settle(database, context);
    }
    return r;
}

/* SQLite would make the file readable as the umask says. */
static int make_file(const Os *os, const char *path, int flags)
{
    int fd = os->open(os->state, path, O_RDWR | O_CREAT | flags, 0600);
    return fd < 0 ? fd : os->close(os->state, fd);
}

static int path_of(const char *folder, const DatabaseKind *kind, char to[DATABASE_PATH_BYTES_MAX])
{
    int len = snprintf(to, DATABASE_PATH_BYTES_MAX, "%s/%s", folder, kind->file);
    return len < 0 || len >= DATABASE_PATH_BYTES_MAX ? -ENAMETOOLONG : 0;
}

static int open_link(const char *path, sqlite3 **ret)
{
    return database_error(
        sqlite3_open_v2(path, ret, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
}

int database_open(const Os *os, const char *folder, const DatabaseKind *kind, void *context,
                  Database *database)
{
    char path[DATABASE_PATH_BYTES_MAX];
    *database = (Database){.os = os, .kind = kind};
    int r = path_of(folder, kind, path);
    if (r == 0) r = os_make_folders(os, folder);
    if (r == 0) r = make_file(os, path, 0);
    if (r < 0) return r;
    r = open_link(path, &database->link);
    if (r == 0) r = settle_in_turn(database, context);
    if (r < 0) database_close(database);
    return r;
}

void database_close(Database *database)
{
    for (size_t i = 0; i < DATABASE_STATEMENTS_MAX; i++)
        sqlite3_finalize(database->statements[i]);
    sqlite3_finalize(database->begin);
    sqlite3_finalize(database->commit);
    sqlite3_finalize(database->rollback);
    sqlite3_close(database->link);
    *database = (Database){0};
}

/* ---- the copy */

/* In one step: with WAL it holds up no writer (D2), and a copy in several would begin anew whenever
 * another process has written (sqlite.org/c3ref/backup_finish.html). */
static int copy_pages(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");
    if (!copy) return database_error(sqlite3_errcode(to));
    int step = sqlite3_backup_step(copy, -1);
    int finished = sqlite3_backup_finish(copy);
    if (step != SQLITE_DONE) return database_error(step) < 0 ? database_error(step) : -EIO;
    return database_error(finished);
}

static int copy_file(const char *source, const char *path, const char *afterwards)
{
    sqlite3 *from = NULL, *to = NULL;
    int r = open_link(source, &from);
    if (r == 0) r = open_link(path, &to);
    if (r == 0) {
        sqlite3_busy_timeout(from, DATABASE_BUSY_MS);
        r = copy_pages(from, to);
    }
    if (r == 0 && afterwards) r = database_error(sqlite3_exec(to, afterwards, NULL, NULL, NULL));
    sqlite3_close(to);
    sqlite3_close(from);
    return r;
}

int database_copy(const Os *os, const char *folder, const DatabaseKind *kind, const char *path,
                  const char *afterwards)
{
    char source[DATABASE_PATH_BYTES_MAX];
    FileInfo info;
    int r = path_of(folder, kind, source);
    if (r == 0) r = os->info(os->state, source, &info);
    if (r < 0) return r;
    r = os->unlink(os->state, path);
    if (r == 0 || r == -ENOENT) r = make_file(os, path, O_EXCL);
    if (r < 0) return r;
    r = copy_file(source, path, afterwards);
    if (r < 0) os->unlink(os->state, path);
    return r;
}
