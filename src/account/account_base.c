/* See account_base.h. */
#include "account/account_base.h"

#include "account/account_ldap.h"
#include "base/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define ACCOUNTS_VERSION 1
#define ACCOUNTS_PATH_BYTES_MAX 4352

/* ---- statements */

int account_sqlite_error(int sqlite_code)
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

sqlite3_stmt *account_ask(Accounts *accounts, AccountStatement which)
{
    sqlite3_stmt **at = &accounts->statements[which];
    if (*at) {
        sqlite3_reset(*at);
        sqlite3_clear_bindings(*at);
        return *at;
    }
    int r = sqlite3_prepare_v3(accounts->db, account_statements[which], -1,
                               SQLITE_PREPARE_PERSISTENT, at, NULL);
    return r == SQLITE_OK ? *at : NULL;
}

int account_step(sqlite3_stmt *statement)
{
    if (!statement) return -EIO;
    int r = sqlite3_step(statement);
    if (r == SQLITE_ROW) return 1;
    sqlite3_reset(statement); /* locks are held no longer than needed */
    return account_sqlite_error(r);
}

int account_run(sqlite3_stmt *statement)
{
    int r = account_step(statement);
    if (r == 1) sqlite3_reset(statement);
    return r == 1 ? 0 : r;
}

int account_run_count(Accounts *accounts, sqlite3_stmt *statement)
{
    int r = account_run(statement);
    return r < 0 ? r : sqlite3_changes(accounts->db);
}

int account_number(sqlite3_stmt *statement, int64_t *ret)
{
    *ret = 0;
    int r = account_step(statement);
    if (r <= 0) return r;
    *ret = row_number(statement, 0);
    sqlite3_reset(statement);
    return 1;
}

/* ---- transactions */

int account_begin(Accounts *accounts)
{
    return account_run(account_ask(accounts, ACCOUNT_BEGIN));
}

static void roll_back(Accounts *accounts)
{
    /* A failed write may have rolled back already; then this one has nothing to do. */
    if (sqlite3_get_autocommit(accounts->db)) return;
    /* What it returns does not matter: the next BEGIN would fail and say so. */
    int r = account_run(account_ask(accounts, ACCOUNT_ROLLBACK));
    (void)r;
}

int account_write_log(Accounts *accounts, const OperatorAct *act)
{
    const OperatorLog *log = &accounts->options.log;
    int r = log->write ? log->write(log->context, act) : account_spool_add(accounts, act);
    return r < 0 ? ACCOUNT_NOT_LOGGED : 0;
}

int account_end(Accounts *accounts, int r, const OperatorAct *act)
{
    if (r >= 0 && act) {
        int logged = account_write_log(accounts, act);
        if (logged < 0) r = logged;
    }
    if (r < 0) {
        roll_back(accounts);
        return r;
    }
    int committed = account_run(account_ask(accounts, ACCOUNT_COMMIT));
    if (committed == 0) return r;
    roll_back(accounts);
    if (!act || act->failed) return committed;
    /* The log must not say that it was done. If this line fails, too, the disk is full for both. */
    return account_refused(accounts, *act, "not_kept", committed);
}

int account_refused(Accounts *accounts, OperatorAct act, const char *reason, int r)
{
    act.failed = true;
    act.reason = reason;
    int logged = account_write_log(accounts, &act);
    return logged < 0 ? logged : r;
}

int64_t account_now(const Accounts *accounts)
{
    return accounts->os->now_ns(accounts->os->state);
}

static Slice cut_client(Slice text)
{
    size_t end = ACCOUNT_TEXT_BYTES_MAX;
    if (text.len <= end) return text;
    while (end > 0 && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
        end--;
    return slice_first(text, end);
}

OperatorAct account_act_by(Accounts *accounts, const AccountClient *client, OperatorVerb verb,
                           Slice name)
{
    return (OperatorAct){.at_ns = account_now(accounts),
                         .verb = verb,
                         .user = name,
                         .via = "none",
                         .address = cut_client(client->address),
                         .agent = cut_client(client->agent)};
}

OperatorAct account_act_of(Accounts *accounts, const AccountSelf *self, OperatorVerb verb)
{
    static const char *const vias[] = {[VIA_NONE] = "none",
                                       [VIA_SESSION] = "session",
                                       [VIA_TOKEN] = "token",
                                       [VIA_SHELL] = "shell"};
    OperatorAct act = account_act_by(accounts, &self->client, verb, self->name);
    act.user_id = self->user_id;
    act.via = vias[self->via];
    act.via_id = self->via_id;
    return act;
}

/* ---- opening */

static int run_script(Accounts *accounts, const char *script)
{
    return account_sqlite_error(sqlite3_exec(accounts->db, script, NULL, NULL, NULL));
}

static int ask_pragma(Accounts *accounts, const char *pragma, char *to, size_t room)
{
    sqlite3_stmt *statement = NULL;
    int r = sqlite3_prepare_v2(accounts->db, pragma, -1, &statement, NULL);
    if (r == SQLITE_OK && (r = sqlite3_step(statement)) == SQLITE_ROW) {
        snprintf(to, room, "%s", (const char *)sqlite3_column_text(statement, 0));
        r = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return account_sqlite_error(r);
}

static int ask_version(Accounts *accounts, int *ret_version)
{
    char text[16] = "0";
    int r = ask_pragma(accounts, "PRAGMA user_version", text, sizeof text);
    *ret_version = atoi(text);
    return r;
}

/* Two processes may open a new folder at once: who waits for the lock finds it made. */
static int make_tables(Accounts *accounts)
{
    int version = 0;
    int r = account_begin(accounts);
    if (r < 0) return r;
    r = ask_version(accounts, &version);
    if (r == 0 && version == 0) r = run_script(accounts, account_schema);
    return account_end(accounts, r, NULL);
}

/* The file is small: what is damaged is found now and not in the middle of a sign-in. */
static int check_file(Accounts *accounts)
{
    char text[64] = "";
    int r = ask_pragma(accounts, "PRAGMA quick_check(1)", text, sizeof text);
    return r < 0 ? r : strcmp(text, "ok") == 0 ? 0 : -EBADMSG;
}

static int settle(Accounts *accounts)
{
    int version = 0;
    sqlite3_busy_timeout(accounts->db, ACCOUNT_BUSY_MS);
    /* WAL: readers never wait for the writer; FULL: a commit is on the medium (A1). */
    int r = run_script(accounts, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                 "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
                                 "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;");
    if (r == 0) r = ask_version(accounts, &version);
    if (r < 0) return r;
    if (version > ACCOUNTS_VERSION) return -EPROTO;
    return version == 0 ? make_tables(accounts) : check_file(accounts);
}

/* Two that open a new file at once are in each other's way where SQLite does not wait by itself
 * (the change to WAL, sqlite.org/wal.html, 2). */
static int settle_in_turn(Accounts *accounts)
{
    int r = settle(accounts);
    for (int waited_ms = 0; r == -EBUSY && waited_ms < ACCOUNT_BUSY_MS; waited_ms += 50) {
        accounts->os->sleep_ns(accounts->os->state, 50 * NS_PER_MS);
        r = settle(accounts);
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

static int open_file(Accounts *accounts)
{
    char path[ACCOUNTS_PATH_BYTES_MAX];
    int len = snprintf(path, sizeof path, "%s/" ACCOUNTS_FILE, accounts->options.folder);
    if (len < 0 || (size_t)len >= sizeof path) return -ENAMETOOLONG;
    int r = os_make_folders(accounts->os, accounts->options.folder);
    if (r == 0) r = make_file(accounts->os, path);
    if (r < 0) return r;
    r = account_sqlite_error(
        sqlite3_open_v2(path, &accounts->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    return r < 0 ? r : settle_in_turn(accounts);
}

static int open_limits(Accounts *accounts)
{
    uint64_t seed[2];
    int r = accounts->os->random(accounts->os->state, seed, sizeof seed);
    return r < 0 ? r : limits_init(&accounts->limits, LIMIT_ADDRESSES_MAX, seed);
}

int accounts_open(const AccountOptions *options, Accounts **ret)
{
    Accounts *accounts = calloc(1, sizeof *accounts);
    if (!accounts) return -ENOMEM;
    accounts->options = *options;
    accounts->os = options->os;
    pthread_mutex_init(&accounts->lock, NULL);
    const PasswordCost cost = {
        .memory_kib = options->hash_memory_kib ? options->hash_memory_kib : PASSWORD_MEMORY_KIB,
        .passes = options->hash_passes ? options->hash_passes : PASSWORD_PASSES};
    accounts->gate = password_gate_new(cost);
    int r = accounts->gate ? open_limits(accounts) : -ENOMEM;
    if (r == 0) r = open_file(accounts);
    if (r < 0) {
        accounts_close(accounts);
        return r;
    }
    *ret = accounts;
    return 0;
}

void accounts_close(Accounts *accounts)
{
    if (!accounts) return;
    for (int i = 0; i < ACCOUNT_STATEMENT_COUNT; i++)
        sqlite3_finalize(accounts->statements[i]);
    sqlite3_close(accounts->db);
    limits_done(&accounts->limits);
    password_gate_free(accounts->gate);
    pthread_mutex_destroy(&accounts->lock);
    free(accounts);
}
