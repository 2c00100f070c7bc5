/* See sign_run.h. */
#include "account/sign_run.h"

void sign_run_done(SignRun *run)
{
    arena_done(&run->arena);
}

/* ---- first step */

/* Any text may be typed as a name; failures are counted for it all the same. */
static int take_name_key(SignRun *run, Slice name)
{
    int r = user_name_key(name, &run->arena, &run->name_key);
    if (r != -EINVAL) return r;
    return arena_copy(&run->arena, slice_first(name, USER_NAME_BYTES_MAX), &run->name_key);
}

static int find_user(SignRun *run, Slice name)
{
    int r = take_name_key(run, name);
    if (r == 0) r = user_row_find(run->accounts, name, &run->arena, &run->row);
    if (r == -ENOENT) return 0;
    run->is_user = r == 0;
    if (r == 0) run->act.user_id = run->row.user.id;
    return r;
}

/* May this be tried now? -EPERM, -EAGAIN with *ret_wait_seconds. */
int sign_run_may_try(SignRun *run, Slice name, unsigned *ret_wait_seconds)
{
    Accounts *accounts = run->accounts;
    Slice address = run->client->address;
    if (!settings_allow(&run->settings, address))
        return account_refused(accounts, run->act, "not_allowed_address", -EPERM);
    int r = account_limit(accounts, &run->settings, &run->act, ret_wait_seconds);
    if (r == 0 && !run->is_user) r = find_user(run, name);
    if (r == 0)
        r = attempt_read(accounts, run->name_key, run->is_user ? run->row.user.id : 0,
                         &run->settings, address, &run->attempt);
    if (r < 0 || run->attempt.wait_ns == 0) return r;
    *ret_wait_seconds = seconds_up(run->attempt.wait_ns);
    return account_refused(accounts, run->act, "too_many", -EAGAIN);
}

/* For those who have a session: who they are is known by it. */
int sign_run_with_session(SignRun *run, Slice session, OperatorVerb verb, SessionRow *ret)
{
    int r = settings_row_get(run->accounts, &run->arena, &run->settings);
    if (r == 0) r = session_row_find(run->accounts, session, &run->settings, &run->arena, ret);
    if (r < 0) return r;
    run->row = ret->user;
    run->is_user = true;
    run->act = account_act_by(run->accounts, run->client, verb, ret->user.user.name);
    run->act.user_id = ret->user.user.id;
    run->act.via = "session";
    run->act.via_id = ret->id;
    return user_name_key(ret->user.user.name, &run->arena, &run->name_key);
}

/* ---- second step */

static bool uses_directory(const SignRun *run)
{
    if (!run->accounts->options.ldap) return false;
    return !run->is_user || (run->row.user.kind == USER_DIRECTORY && !run->row.user.disabled);
}

static int enter_directory(Accounts *accounts)
{
    ACCOUNTS_LOCKED(accounts);
    if (accounts->directory_calls >= DIRECTORY_CALLS_MAX) return -EBUSY;
    accounts->directory_calls++;
    return 0;
}

static void leave_directory(Accounts *accounts, int r)
{
    ACCOUNTS_LOCKED(accounts);
    accounts->directory_calls--;
    accounts->directory_is_down = r == -EHOSTUNREACH || r == -EPROTO || r == -EKEYREJECTED;
}

static int ask_directory(SignRun *run, Slice name, Slice password)
{
    int r = enter_directory(run->accounts);
    if (r < 0) return r;
    r = ldap_sign_in(run->accounts->os, run->accounts->options.ldap, name, password, &run->arena,
                     &run->found);
    leave_directory(run->accounts, r);
    if (r == -ENOMEM) return r;
    run->is_found = r == 0 && run->found.grants.count > 0;
    run->reason = run->is_found  ? NULL
                  : r == 0       ? "no_group"
                  : r == -EACCES ? (run->is_user ? "directory" : "unknown_user")
                                 : "directory_down";
    return 0;
}

/* A3: one hash whoever it is. -EBUSY, -ENOMEM; else run->reason says what was found. */
int sign_run_compare(SignRun *run, Slice name, Slice typed)
{
    Password password;
    const char *hash = run->is_user && run->row.user.kind == USER_LOCAL ? run->row.hash.ptr : NULL;
    bool is_taken = password_take(typed, &password) == 0;
    if (!is_taken) password = (Password){0};
    int r = password_verify(run->accounts->gate, is_taken ? hash : NULL, &password,
                            run->attempt.is_trusted, &run->is_weaker);
    password_wipe(&password);
    if (r < 0) return r;
    if (uses_directory(run)) return ask_directory(run, name, typed);
    run->reason = !run->is_user                          ? "unknown_user"
                  : run->row.user.disabled               ? "disabled"
                  : run->row.user.kind == USER_DIRECTORY ? "directory"
                  : run->row.hash.len == 0               ? "no_password"
                  : r == 0                               ? "wrong_password"
                                                         : NULL;
    return 0;
}

/* What the gate refused. */
int sign_run_refuse_busy(SignRun *run, int r)
{
    ACCOUNTS_LOCKED(run->accounts);
    return r == -EBUSY ? account_refused(run->accounts, run->act, "busy", r) : r;
}

/* ---- third step */

/* The failure counts and is logged, or nothing is. */
int sign_run_refuse(SignRun *run)
{
    int r = account_begin(run->accounts);
    if (r < 0) return r;
    r = attempt_failed(run->accounts, &run->attempt);
    run->act.failed = true;
    run->act.reason = run->reason;
    r = account_end(run->accounts, r, &run->act);
    return r < 0 ? r : -EACCES;
}

/* Between the comparing and now the password may have been changed or the user disabled. */
int sign_run_look_again(SignRun *run)
{
    UserRow row;
    if (!run->is_user) return 0;
    int r = user_row_get(run->accounts, run->row.user.id, &run->arena, &row);
    if (r < 0) return r == -ENOENT ? -EACCES : r;
    if (row.user.disabled || !slice_eq(row.hash, run->row.hash)) return -EACCES;
    run->row = row;
    return 0;
}

int sign_run_note_signed_in(SignRun *run)
{
    int r = attempt_succeeded(run->accounts, &run->attempt, run->row.user.id, run->client->address);
    if (r < 0) return r;
    sqlite3_stmt *set = account_ask(run->accounts, USER_SET_SIGNED_IN);
    database_put_number(set, 1, (int64_t)run->row.user.id);
    database_put_number(set, 2, account_now(run->accounts));
    return database_run(set);
}

void sign_run_give_back(SignRun *run)
{
    const Os *os = run->accounts->os;
    limits_give_back(&run->accounts->limits, run->client->address, os->monotonic_ns(os->state));
}
