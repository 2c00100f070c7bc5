/* Sessions that are ended, listed, over: see account_sign.h. */
#include "account/account_base.h"

#include <stdio.h>

int account_sign_out(Accounts *accounts, Slice session, const AccountClient *client)
{
    CLEANUP(arena_done) Arena arena = {0};
    AccountSettings settings;
    SessionRow row;
    ACCOUNTS_LOCKED(accounts);
    int r = settings_row_get(accounts, &arena, &settings);
    if (r == 0) r = session_row_find(accounts, session, &settings, &arena, &row);
    if (r == 0) r = account_begin(accounts);
    if (r < 0) return r;
    const AccountSelf self = session_row_self(&settings, &row, client);
    const OperatorAct act = account_act_of(accounts, &self, OPERATOR_SIGN_OUT);
    r = session_row_drop(accounts, row.id);
    r = account_end(accounts, r, &act);
    return r < 0 ? r : 0;
}

static int may_end(Accounts *accounts, const AccountSelf *by, uint64_t user_id, Slice target)
{
    bool is_own = by->user_id == user_id && by->via == VIA_SESSION && by->stage == STAGE_FULL;
    return is_own ? account_require_proof(accounts, by, OPERATOR_SESSIONS_END, target)
                  : account_require(accounts, by, MAY_MANAGE, OPERATOR_SESSIONS_END, target);
}

int account_session_end(Accounts *accounts, const AccountSelf *by, uint64_t session_id)
{
    CLEANUP(arena_done) Arena arena = {0};
    Slice name;
    char detail[48];
    ACCOUNTS_LOCKED(accounts);
    sqlite3_stmt *ask = account_ask(accounts, SESSION_GET_USER);
    database_put_number(ask, 1, (int64_t)session_id);
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -ENOENT;
    uint64_t user_id = (uint64_t)database_number_at(ask, 0);
    r = arena_copy(&arena, database_bytes_at(ask, 1), &name);
    sqlite3_reset(ask);
    if (r == 0) r = may_end(accounts, by, user_id, name);
    if (r == 0) r = account_begin(accounts);
    if (r < 0) return r;
    OperatorAct act = account_act_of(accounts, by, OPERATOR_SESSIONS_END);
    int len = snprintf(detail, sizeof detail, "session %llu", (unsigned long long)session_id);
    act.target = name;
    act.detail = slice_of(detail, (size_t)len);
    r = session_row_drop(accounts, session_id);
    r = account_end(accounts, r, &act);
    return r < 0 ? r : 0;
}

int account_session_end_all(Accounts *accounts, const AccountSelf *by, uint64_t user_id)
{
    CLEANUP(arena_done) Arena arena = {0};
    UserRow row;
    char detail[48];
    ACCOUNTS_LOCKED(accounts);
    int r = user_row_get(accounts, user_id, &arena, &row);
    if (r == 0) r = may_end(accounts, by, user_id, row.user.name);
    if (r == 0) r = account_begin(accounts);
    if (r < 0) return r;
    bool is_own = by->via == VIA_SESSION && by->user_id == user_id;
    int ended = session_rows_end(accounts, user_id, is_own ? by->via_id : 0);
    OperatorAct act = account_act_of(accounts, by, OPERATOR_SESSIONS_END);
    int len = snprintf(detail, sizeof detail, "%d sessions", ended);
    act.target = row.user.name;
    act.detail = slice_of(detail, (size_t)len);
    return account_end(accounts, ended, &act);
}

/* ---- lists */

static int take_listed(sqlite3_stmt *s, const AccountSettings *settings, const AccountSelf *by,
                       Arena *arena, AccountSession *ret)
{
    AccountSession session = {.id = (uint64_t)database_number_at(s, 0),
                              .user_id = (uint64_t)database_number_at(s, 1),
                              .stage = database_number_at(s, 5) ? STAGE_FULL : STAGE_CODE,
                              .created_ns = database_number_at(s, 6),
                              .seen_ns = database_number_at(s, 7)};
    session.ends_ns = session.created_ns + settings->absolute_hours * NS_PER_HOUR;
    session.is_own = by->via == VIA_SESSION && by->via_id == session.id;
    int r = arena_copy(arena, database_bytes_at(s, 2), &session.user_name);
    if (r == 0) r = arena_copy(arena, database_bytes_at(s, 3), &session.address);
    if (r == 0) r = arena_copy(arena, database_bytes_at(s, 4), &session.agent);
    *ret = session;
    return r;
}

int account_session_list(Accounts *accounts, const AccountSelf *by, uint64_t user_id, Arena *arena,
                         AccountSession **ret, size_t *ret_count)
{
    AccountSettings settings;
    size_t count = 0;
    ACCOUNTS_LOCKED(accounts);
    bool is_own = user_id != 0 && by->user_id == user_id && by->stage == STAGE_FULL;
    if (!is_own && !(by->permissions & MAY_MANAGE)) {
        OperatorAct act = account_act_of(accounts, by, OPERATOR_ACCESS);
        act.target = SLICE("sessions");
        return account_refused(accounts, act, "no_permission", -EPERM);
    }
    int r = settings_row_get(accounts, arena, &settings);
    AccountSession *sessions = ARENA_ARRAY(arena, AccountSession, SESSION_LIST_MAX);
    if (r < 0 || !sessions) return r < 0 ? r : -ENOMEM;
    sqlite3_stmt *ask = account_ask(accounts, SESSION_LIST);
    database_put_number(ask, 1, (int64_t)user_id);
    database_put_number(ask, 2, SESSION_LIST_MAX);
    while ((r = database_step(ask)) == 1) {
        r = take_listed(ask, &settings, by, arena, &sessions[count]);
        if (r < 0) break;
        count++;
    }
    if (ask) sqlite3_reset(ask);
    if (r < 0) return r;
    *ret = sessions;
    *ret_count = count;
    return 0;
}

/* ---- what is over */

static int sweep_rows(Accounts *accounts, const AccountSettings *settings)
{
    int64_t now_ns = account_now(accounts);
    sqlite3_stmt *sessions = account_ask(accounts, SESSION_SWEEP);
    database_put_number(sessions, 1,
                        now_ns - settings->idle_minutes * NS_PER_MINUTE - SESSION_SEEN_NS);
    database_put_number(sessions, 2, now_ns - settings->absolute_hours * NS_PER_HOUR);
    database_put_number(sessions, 3, now_ns + CLOCK_STEP_NS);
    database_put_number(sessions, 4, now_ns - STAGE_NS);
    int r = database_run(sessions);
    if (r < 0) return r;
    sqlite3_stmt *attempts = account_ask(accounts, ATTEMPT_SWEEP);
    database_put_number(attempts, 1, now_ns - ATTEMPT_FORGET_NS);
    r = database_run(attempts);
    if (r < 0) return r;
    sqlite3_stmt *tokens = account_ask(accounts, TOKEN_SWEEP);
    database_put_number(tokens, 1, now_ns - TOKEN_FORGET_NS);
    r = database_run(tokens);
    if (r < 0) return r;
    sqlite3_stmt *known = account_ask(accounts, KNOWN_SWEEP);
    database_put_number(known, 1, now_ns - KNOWN_ADDRESS_NS);
    return database_run(known);
}

static int tell_refusals(Accounts *accounts)
{
    char address[NETWORK_TEXT_BYTES];
    uint64_t count;
    int64_t now_ns = accounts->os->monotonic_ns(accounts->os->state);
    int r = 0;
    while (r == 0 && limits_due(&accounts->limits, now_ns, address, &count)) {
        const AccountClient client = {.address = slice_from_cstr(address)};
        OperatorAct act = account_act_by(accounts, &client, OPERATOR_SIGN_IN, (Slice){0});
        act.count = count;
        r = account_refused(accounts, act, "too_many", 0);
    }
    return r;
}

int account_sweep(Accounts *accounts)
{
    CLEANUP(arena_done) Arena arena = {0};
    AccountSettings settings;
    ACCOUNTS_LOCKED(accounts);
    int r = settings_row_get(accounts, &arena, &settings);
    if (r == 0) r = account_begin(accounts);
    if (r < 0) return r;
    r = account_end(accounts, sweep_rows(accounts, &settings), NULL);
    return r < 0 ? r : tell_refusals(accounts);
}
