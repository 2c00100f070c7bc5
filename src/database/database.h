/* A small SQLite file of our own beside the store: opening and making it, prepared statements,
 * transactions, a copy of it while it is in use. Errors are negative errno.
 *
 *     static const DatabaseKind kind = {.file = "accounts.db", .version = 1, ...};
 *     r = database_open(os, folder, &kind, self, &self->database);
 *     sqlite3_stmt *find = database_ask(&self->database, USER_FIND);
 *     database_put_text(find, 1, name);
 *     while ((r = database_step(find)) == 1) ... database_number_at(find, 0) ...
 *
 * D1  What database_end has committed is on the medium (synchronous = FULL).
 * D2  A reader never waits for the writer (WAL, sqlite.org/wal.html); a second writer waits
 *     DATABASE_BUSY_MS and then gets -EBUSY.
 * D3  The file, and what SQLite lays beside it, is readable by its owner alone from the first
 *     moment on; what is deleted is overwritten (secure_delete).
 *
 * One thread at a time for one Database: its owner holds a lock or is alone. Several processes may
 * have the same file open. SQLite does its own I/O, so it does not go through the Os; only making
 * the file, sleeping and looking for it do. */
#ifndef AKASHI_DATABASE_DATABASE_H
#define AKASHI_DATABASE_DATABASE_H

#include "base/slice.h"
#include "os/os.h"

#include <sqlite3.h>

#define DATABASE_BUSY_MS 5000
#define DATABASE_STATEMENTS_MAX 128  /* of one kind of file */
#define DATABASE_PATH_BYTES_MAX 4352 /* past it -ENAMETOOLONG */

/* What there is to know about one kind of file: one static const of each. */
typedef struct DatabaseKind {
    const char *file;              /* its name within the folder */
    int version;                   /* of the tables, kept as PRAGMA user_version */
    const char *const *statements; /* SQL, by the numbers that database_ask takes */
    size_t statement_count;        /* at most DATABASE_STATEMENTS_MAX */
    /* Brings tables of `version` (0: a new file) to the kind's version, within a transaction that
     * is open already; sets user_version. context as given to database_open. */
    int (*make)(void *context, int version);
    bool is_checked; /* looked through at opening (PRAGMA quick_check): for small files only */
} DatabaseKind;

typedef struct Database {
    const Os *os; /* set at start, then read-only, as is the kind */
    const DatabaseKind *kind;
    sqlite3 *link;
    sqlite3_stmt *statements[DATABASE_STATEMENTS_MAX]; /* prepared when first asked for */
    sqlite3_stmt *begin, *commit, *rollback;
} Database;

/* Makes folder and file where they are missing. *database is filled from the start on, as `make`
 * uses it; on failure it is closed again. -EPROTO: the file is of a later version; -EBADMSG: it is
 * damaged or no such file; -ENAMETOOLONG; -EBUSY; what the Os or SQLite said. */
MUST_USE int database_open(const Os *os, const char *folder, const DatabaseKind *kind,
                           void *context, Database *database);
/* Also of one that was never opened (all zero). */
void database_close(Database *database);

/* A negative errno for what SQLite returned; 0: it was no error. */
int database_error(int sqlite_code);
/* Several statements without values or rows: schemas, pragmas. */
MUST_USE int database_script(Database *database, const char *script);
/* The row number that the last insert made. */
int64_t database_last_id(const Database *database);

/* ---- statements */

/* The statement, reset and without values; NULL: it could not be prepared. Everything below takes
 * NULL: values are passed over, and a step of it is -EIO. */
sqlite3_stmt *database_ask(Database *database, size_t which);
/* 1: a row stands ready; 0: done, and reset; negative errno, and reset. */
MUST_USE int database_step(sqlite3_stmt *statement);
/* Runs to its end, expecting no row that matters: 0 or negative errno. */
MUST_USE int database_run(sqlite3_stmt *statement);
/* The same, returning how many rows were changed. */
MUST_USE int database_run_count(Database *database, sqlite3_stmt *statement);
/* One number: 1; 0 with *ret 0 when there is no row; negative errno. */
MUST_USE int database_number(sqlite3_stmt *statement, int64_t *ret);

static inline void database_put_number(sqlite3_stmt *statement, int at, int64_t value)
{
    if (statement) sqlite3_bind_int64(statement, at, value);
}
/* Texts and bytes must stay until the statement has run. */
static inline void database_put_text(sqlite3_stmt *statement, int at, Slice text)
{
    if (statement)
        sqlite3_bind_text64(statement, at, text.ptr ? text.ptr : "", text.len, SQLITE_STATIC,
                            SQLITE_UTF8);
}
static inline void database_put_bytes(sqlite3_stmt *statement, int at, const void *bytes,
                                      size_t len)
{
    if (statement) sqlite3_bind_blob64(statement, at, bytes ? bytes : "", len, SQLITE_STATIC);
}
static inline int64_t database_number_at(sqlite3_stmt *statement, int at)
{
    return sqlite3_column_int64(statement, at);
}
/* Until the statement's next step. */
static inline Slice database_bytes_at(sqlite3_stmt *statement, int at)
{
    const void *bytes = sqlite3_column_blob(statement, at);
    return slice_of(bytes, (size_t)sqlite3_column_bytes(statement, at));
}

/* ---- transactions */

/* Takes the write lock at once. */
MUST_USE int database_begin(Database *database);
/* Commits when r is 0 or more, rolls back otherwise. Returns r, or why the commit failed (rolled
 * back then, too). */
MUST_USE int database_end(Database *database, int r);

/* ---- the copy */

/* Of the file in the folder, which others may be using, to path, which is made anew and readable by
 * its owner alone. `afterwards` (may be NULL) is run on the copy. On failure there is no file at
 * path. -ENOENT: there is no file to be copied. */
MUST_USE int database_copy(const Os *os, const char *folder, const DatabaseKind *kind,
                           const char *path, const char *afterwards);

#endif
