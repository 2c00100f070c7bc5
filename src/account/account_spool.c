/* Lines of the operator log that wait for the server: see account.h. */
#include "account/account_base.h"

#define SPOOL_TAKE_MAX 1000

int account_spool_add(Accounts *accounts, const OperatorAct *act)
{
    CLEANUP(buf_done) Buf line = {0};
    int64_t count;
    int r = database_number(account_ask(accounts, SPOOL_COUNT), &count);
    if (r >= 0 && count >= SPOOL_LINES_MAX) r = -ENOBUFS;
    if (r < 0) return r;
    operator_line_add(&line, act);
    if (buf_error(&line) < 0) return buf_error(&line);
    sqlite3_stmt *add = account_ask(accounts, SPOOL_ADD);
    database_put_text(add, 1, buf_slice(&line));
    return database_run(add);
}

typedef struct SpoolLine {
    uint64_t number;
    Slice line;
} SpoolLine;

static int list_lines(Accounts *accounts, size_t limit, Arena *arena, SpoolLine *to,
                      size_t *ret_count)
{
    size_t count = 0;
    int r;
    ACCOUNTS_LOCKED(accounts);
    sqlite3_stmt *ask = account_ask(accounts, SPOOL_LIST);
    database_put_number(ask, 1, (int64_t)limit);
    while ((r = database_step(ask)) == 1) {
        to[count].number = (uint64_t)database_number_at(ask, 0);
        r = arena_copy(arena, database_bytes_at(ask, 1), &to[count].line);
        if (r < 0) break;
        count++;
    }
    if (ask) sqlite3_reset(ask);
    *ret_count = count;
    return r;
}

static int drop_lines(Accounts *accounts, uint64_t last)
{
    ACCOUNTS_LOCKED(accounts);
    sqlite3_stmt *drop = account_ask(accounts, SPOOL_DROP);
    database_put_number(drop, 1, (int64_t)last);
    return database_run(drop);
}

int account_spool_take(Accounts *accounts, size_t limit, AccountSpoolSink sink, void *context)
{
    CLEANUP(arena_done) Arena arena = {0};
    size_t count, taken = 0;
    if (limit > SPOOL_TAKE_MAX) limit = SPOOL_TAKE_MAX;
    SpoolLine *lines = ARENA_ARRAY(&arena, SpoolLine, limit + 1);
    if (!lines) return -ENOMEM;
    int r = list_lines(accounts, limit, &arena, lines, &count);
    while (r == 0 && taken < count) {
        r = sink(context, lines[taken].number, lines[taken].line);
        if (r == 0) taken++;
    }
    if (taken == 0) return r;
    r = drop_lines(accounts, lines[taken - 1].number);
    return r < 0 ? r : (int)taken;
}
