/* See database.h: statements and transactions. */
#include "database/database.h"

#include <errno.h>

int database_error(int sqlite_code)
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

int database_script(Database *database, const char *script)
{
    return database_error(sqlite3_exec(database->link, script, NULL, NULL, NULL));
}

int64_t database_last_id(const Database *database)
{
    return sqlite3_last_insert_rowid(database->link);
}

/* ---- statements */

static sqlite3_stmt *prepared(Database *database, const char *text, sqlite3_stmt **at)
{
    if (*at) {
        sqlite3_reset(*at);
        sqlite3_clear_bindings(*at);
        return *at;
    }
    int r = sqlite3_prepare_v3(database->link, text, -1, SQLITE_PREPARE_PERSISTENT, at, NULL);
    return r == SQLITE_OK ? *at : NULL;
}

sqlite3_stmt *database_ask(Database *database, size_t which)
{
    return prepared(database, database->kind->statements[which], &database->statements[which]);
}

int database_step(sqlite3_stmt *statement)
{
    if (!statement) return -EIO;
    int r = sqlite3_step(statement);
    if (r == SQLITE_ROW) return 1;
    sqlite3_reset(statement); /* locks are held no longer than needed */
    return database_error(r);
}

int database_run(sqlite3_stmt *statement)
{
    int r = database_step(statement);
    if (r == 1) sqlite3_reset(statement);
    return r == 1 ? 0 : r;
}

int database_run_count(Database *database, sqlite3_stmt *statement)
{
    int r = database_run(statement);
    return r < 0 ? r : sqlite3_changes(database->link);
}

int database_number(sqlite3_stmt *statement, int64_t *ret)
{
    *ret = 0;
    int r = database_step(statement);
    if (r <= 0) return r;
    *ret = database_number_at(statement, 0);
    sqlite3_reset(statement);
    return 1;
}

/* ---- transactions */

int database_begin(Database *database)
{
    return database_run(prepared(database, "BEGIN IMMEDIATE", &database->begin));
}

static void roll_back(Database *database)
{
    /* A failed write may have rolled back already; then this one has nothing to do. */
    if (sqlite3_get_autocommit(database->link)) return;
    /* What it returns does not matter: the next BEGIN would fail and say so. */
    int r = database_run(prepared(database, "ROLLBACK", &database->rollback));
    (void)r;
}

int database_end(Database *database, int r)
{
    int ended = r < 0 ? r : database_run(prepared(database, "COMMIT", &database->commit));
    if (ended < 0) roll_back(database);
    return ended < 0 ? ended : r;
}
