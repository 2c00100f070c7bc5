/* Signing in: see account_sign.h. */
#include "account/sign_run.h"

#include "base/utf8.h"

static Slice fitting(Slice text)
{
    Slice first = slice_first(text, USER_TEXT_BYTES_MAX);
    return slice_first(first, utf8_valid_prefix(first));
}

/* The user as the directory says: made at the first sign-in, with new grants when they changed. */
static int keep_directory_user(SignRun *run, Slice name)
{
    CLEANUP(buf_done) Buf grants = {0};
    uint64_t id = run->row.user.id;
    int r = 0;
    if (!run->is_user) {
        const UserToAdd user = {.kind = USER_DIRECTORY,
                                .name = name,
                                .display_name = fitting(run->found.display_name),
                                .mail = fitting(run->found.mail),
                                .grants = run->found.grants};
        r = user_name_check(name, NULL);
        if (r == 0) r = user_row_add(run->accounts, &user, &id);
        if (r == -EINVAL || r == -EEXIST) r = -EACCES;
    } else {
        grants_encode(&grants, run->found.grants);
        if (!slice_eq(buf_slice(&grants), run->row.grants_text))
            r = user_row_set_grants(run->accounts, id, run->found.grants);
    }
    if (r == 0) r = user_row_get(run->accounts, id, &run->arena, &run->row);
    if (r == 0) run->is_user = true;
    return r;
}

static int drop_previous(SignRun *run, Slice previous)
{
    SessionRow row;
    int r = session_row_find(run->accounts, previous, &run->settings, &run->arena, &row);
    if (r < 0) return r == -EACCES ? 0 : r;
    sqlite3_stmt *drop = account_ask(run->accounts, SESSION_DROP);
    database_put_number(drop, 1, (int64_t)row.id);
    return database_run(drop);
}

static int let_in(SignRun *run, const SignIn *in, SignedIn *made)
{
    int r = account_begin(run->accounts);
    if (r < 0) return r;
    r = sign_run_look_again(run);
    if (r == 0 && run->is_found) r = keep_directory_user(run, in->name);
    if (r == 0) r = drop_previous(run, in->previous);
    bool is_passed = !run->row.user.has_factor;
    if (r == 0)
        r = session_row_add(run->accounts, &run->settings, run->row.user.id, is_passed, run->client,
                            made);
    /* Failures are forgotten when the second step is done, too. */
    if (r == 0 && is_passed) r = sign_run_note_signed_in(run);
    if (r == 0)
        r = session_fill_stage(run->accounts, &run->settings, slice_from_cstr(made->session), made);
    run->act.user = run->row.user.name;
    run->act.user_id = run->row.user.id;
    run->act.via = "session";
    run->act.via_id = made->session_id;
    if (made->stage == STAGE_CODE) run->act.detail = SLICE("code due");
    return account_end(run->accounts, r, &run->act);
}

/* Not part of the sign-in: a failure here is tried again next time. */
static void strengthen(SignRun *run, Slice typed)
{
    Password password;
    char hash[PASSWORD_HASH_BYTES];
    if (!run->is_weaker || run->reason || password_take(typed, &password) < 0) return;
    int r = password_hash(run->accounts->gate, run->accounts->os, &password, hash);
    password_wipe(&password);
    if (r < 0) return;
    ACCOUNTS_LOCKED(run->accounts);
    sqlite3_stmt *set = account_ask(run->accounts, USER_SET_HASH);
    database_put_number(set, 1, (int64_t)run->row.user.id);
    database_put_text(set, 2, run->row.hash);
    database_put_text(set, 3, slice_from_cstr(hash));
    r = database_run(set);
    (void)r;
}

static int sign_in_end(SignRun *run, const SignIn *in, SignedIn *made)
{
    Accounts *accounts = run->accounts;
    ACCOUNTS_LOCKED(accounts);
    made->directory_is_down = accounts->options.ldap && accounts->directory_is_down;
    if (run->reason) return sign_run_refuse(run);
    int r = let_in(run, in, made);
    if (r == 0) sign_run_give_back(run);
    return r == -EACCES ? account_refused(accounts, run->act, "not_kept", r) : r;
}

static int sign_in_begin(SignRun *run, const SignIn *in, SignedIn *made)
{
    ACCOUNTS_LOCKED(run->accounts);
    run->act = account_act_by(run->accounts, run->client, OPERATOR_SIGN_IN, in->name);
    int r = settings_row_get(run->accounts, &run->arena, &run->settings);
    return r < 0 ? r : sign_run_may_try(run, in->name, &made->wait_seconds);
}

int account_sign_in(Accounts *accounts, const SignIn *in, SignedIn *ret)
{
    CLEANUP(sign_run_done) SignRun run = {.accounts = accounts, .client = &in->client};
    *ret = (SignedIn){0};
    int r = sign_in_begin(&run, in, ret);
    if (r < 0) return r;
    r = sign_run_compare(&run, in->name, in->password);
    if (r < 0) return sign_run_refuse_busy(&run, r);
    r = sign_in_end(&run, in, ret);
    if (r == 0) strengthen(&run, in->password);
    if (r < 0) ret->session[0] = ret->csrf[0] = '\0';
    return r;
}

/* ---- the second step of a sign-in */

static int refuse_code(SignRun *run, const SessionRow *row)
{
    bool is_last = row->tries + 1 >= STAGE_CODE_TRIES;
    int r = account_begin(run->accounts);
    if (r < 0) return r;
    sqlite3_stmt *count = account_ask(run->accounts, is_last ? SESSION_DROP : SESSION_COUNT_TRY);
    database_put_number(count, 1, (int64_t)row->id);
    r = database_run(count);
    if (r == 0) r = attempt_failed(run->accounts, &run->attempt);
    run->act.failed = true;
    run->act.reason = run->reason;
    r = account_end(run->accounts, r, &run->act);
    return r < 0 ? r : is_last ? -EKEYREVOKED : -EACCES;
}

static int pass_code(SignRun *run, const SessionRow *row, Slice code, SignedIn *made)
{
    int r = account_begin(run->accounts);
    if (r < 0) return r;
    r = factor_use(run->accounts, &run->row, code, &run->reason);
    if (r == -EACCES) {
        r = account_end(run->accounts, r, NULL);
        return refuse_code(run, row);
    }
    sqlite3_stmt *pass = account_ask(run->accounts, SESSION_PASS);
    database_put_number(pass, 1, (int64_t)row->id);
    if (r == 0) r = database_run(pass);
    if (r == 0) r = session_row_renew(run->accounts, row->id, true, made);
    if (r == 0) r = sign_run_note_signed_in(run);
    if (r == 0)
        r = session_fill_stage(run->accounts, &run->settings, slice_from_cstr(made->session), made);
    return account_end(run->accounts, r, &run->act);
}

int account_sign_in_code(Accounts *accounts, Slice session, Slice code, const AccountClient *client,
                         SignedIn *ret)
{
    CLEANUP(sign_run_done) SignRun run = {.accounts = accounts, .client = client};
    SessionRow row;
    SignedIn made = {0};
    *ret = made;
    ACCOUNTS_LOCKED(accounts);
    int r = sign_run_with_session(&run, session, OPERATOR_FACTOR_PASSED, &row);
    if (r == 0 && row.is_passed) r = -EACCES;
    if (r == 0) r = sign_run_may_try(&run, run.row.user.name, &ret->wait_seconds);
    if (r == 0) r = pass_code(&run, &row, code, &made);
    if (r < 0) return r;
    sign_run_give_back(&run);
    *ret = made;
    return r;
}
