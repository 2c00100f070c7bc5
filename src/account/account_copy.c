/* A copy for backups: see account.h. */
#include "account/account_base.h"

#include <fcntl.h>
#include <stdio.h>

#define COPY_PATH_BYTES_MAX 4352

/* Empty, readable by its owner alone before anything is in it. */
static int make_target(const Os *os, const char *path)
{
    int r = os->unlink(os->state, path);
    if (r < 0 && r != -ENOENT) return r;
    int fd = os->open(os->state, path, O_RDWR | O_CREAT | O_EXCL, 0600);
    return fd < 0 ? fd : os->close(os->state, fd);
}

/* What must not come to life again with a restored copy. */
static int drop_passing(sqlite3 *to)
{
    return account_sqlite_error(sqlite3_exec(to,
                                             "PRAGMA journal_mode = DELETE; PRAGMA secure_delete = "
                                             "ON; DELETE FROM session; DELETE FROM meta;",
                                             NULL, NULL, NULL));
}

static int copy_pages(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup) return account_sqlite_error(sqlite3_errcode(to));
    int step = sqlite3_backup_step(backup, -1);
    int finished = sqlite3_backup_finish(backup);
    if (step != SQLITE_DONE)
        return account_sqlite_error(step) < 0 ? account_sqlite_error(step) : -EIO;
    return account_sqlite_error(finished);
}

static int open_both(const char *source, const char *path, sqlite3 **from, sqlite3 **to)
{
    int r = account_sqlite_error(sqlite3_open_v2(source, from, SQLITE_OPEN_READWRITE, NULL));
    if (r == 0) r = account_sqlite_error(sqlite3_open_v2(path, to, SQLITE_OPEN_READWRITE, NULL));
    if (r == 0) sqlite3_busy_timeout(*from, ACCOUNT_BUSY_MS);
    return r;
}

int accounts_copy(const Os *os, const char *folder, const char *path)
{
    char source[COPY_PATH_BYTES_MAX];
    sqlite3 *from = NULL, *to = NULL;
    FileInfo info;
    int len = snprintf(source, sizeof source, "%s/" ACCOUNTS_FILE, folder);
    if (len < 0 || (size_t)len >= sizeof source) return -ENAMETOOLONG;
    int r = os->info(os->state, source, &info);
    if (r == 0) r = make_target(os, path);
    if (r < 0) return r;
    r = open_both(source, path, &from, &to);
    if (r == 0) r = copy_pages(from, to);
    if (r == 0) r = drop_passing(to);
    sqlite3_close(to);
    sqlite3_close(from);
    if (r < 0) os->unlink(os->state, path);
    return r;
}
