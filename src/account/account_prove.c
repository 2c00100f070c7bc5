/* Those who are signed in prove once more who they are: see account_sign.h. */
#include "account/sign_run.h"

static int prove_begin(SignRun *run, Slice session, OperatorVerb verb, SessionRow *row,
                       unsigned *ret_wait_seconds)
{
    ACCOUNTS_LOCKED(run->accounts);
    int r = sign_run_with_session(run, session, verb, row);
    if (r == 0 && !row->is_passed) r = -EACCES;
    return r < 0 ? r : sign_run_may_try(run, run->row.user.name, ret_wait_seconds);
}

static int prove_end(SignRun *run, const SessionRow *row, Slice code, SignedIn *made)
{
    Accounts *accounts = run->accounts;
    ACCOUNTS_LOCKED(accounts);
    if (run->reason) return sign_run_refuse(run);
    int r = account_begin(accounts);
    if (r < 0) return r;
    r = sign_run_look_again(run);
    if (r == 0 && run->row.user.has_factor) r = factor_use(accounts, &run->row, code, &run->reason);
    if (run->reason) {
        r = account_end(accounts, r, NULL);
        return sign_run_refuse(run);
    }
    if (r == 0) r = session_row_renew(accounts, row->id, true, made);
    if (r == 0) r = sign_run_note_signed_in(run);
    if (r == 0)
        r = session_fill_stage(accounts, &run->settings, slice_from_cstr(made->session), made);
    return account_end(accounts, r, &run->act);
}

int account_prove(Accounts *accounts, Slice session, Slice password, Slice code,
                  const AccountClient *client, SignedIn *ret)
{
    CLEANUP(sign_run_done) SignRun run = {.accounts = accounts, .client = client};
    SessionRow row;
    SignedIn made = {0};
    *ret = made;
    int r = prove_begin(&run, session, OPERATOR_SIGN_IN, &row, &ret->wait_seconds);
    if (r < 0) return r;
    run.act.detail = SLICE("proof");
    r = sign_run_compare(&run, run.row.user.name, password);
    if (r < 0) return sign_run_refuse_busy(&run, r);
    r = prove_end(&run, &row, code, &made);
    if (r == 0) *ret = made;
    return r;
}

/* ---- own password */

static int keep_password(SignRun *run, const SessionRow *row, const char *hash, SignedIn *made)
{
    Accounts *accounts = run->accounts;
    int r = account_begin(accounts);
    if (r < 0) return r;
    r = sign_run_look_again(run);
    sqlite3_stmt *set = account_ask(accounts, USER_SET_PASSWORD);
    database_put_number(set, 1, (int64_t)run->row.user.id);
    database_put_text(set, 2, slice_from_cstr(hash));
    database_put_number(set, 3, 0);
    database_put_number(set, 4, account_now(accounts));
    if (r == 0) r = database_run(set);
    if (r == 0) r = session_rows_end(accounts, run->row.user.id, row->id);
    if (r >= 0) r = session_row_renew(accounts, row->id, true, made);
    if (r == 0) r = sign_run_note_signed_in(run);
    if (r == 0)
        r = session_fill_stage(accounts, &run->settings, slice_from_cstr(made->session), made);
    return account_end(accounts, r, &run->act);
}

static int change_end(SignRun *run, const SessionRow *row, const char *hash, SignedIn *made)
{
    ACCOUNTS_LOCKED(run->accounts);
    return run->reason ? sign_run_refuse(run) : keep_password(run, row, hash, made);
}

int account_password_change(Accounts *accounts, Slice session, Slice old, Slice fresh,
                            const AccountClient *client, SignedIn *ret, Complaint *complaint)
{
    CLEANUP(sign_run_done) SignRun run = {.accounts = accounts, .client = client};
    SessionRow row;
    SignedIn made = {0};
    char hash[PASSWORD_HASH_BYTES] = "";
    *ret = made;
    int r = prove_begin(&run, session, OPERATOR_PASSWORD_CHANGE, &row, &ret->wait_seconds);
    if (r == 0 && run.row.user.kind != USER_LOCAL) r = -ENOTSUP;
    if (r < 0) return r;
    r = sign_run_compare(&run, run.row.user.name, old);
    if (r < 0) return sign_run_refuse_busy(&run, r);
    const Slice words[] = {run.row.user.name, run.row.user.display_name, run.row.user.mail};
    if (!run.reason && slice_eq(old, fresh)) {
        complaint_say(complaint, "password.same", "this is the password you have; choose another",
                      "いまと同じパスワードです。別のものにしてください");
        return -EINVAL;
    }
    if (!run.reason)
        r = account_new_hash(accounts, fresh, words, ARRAY_COUNT(words), hash, complaint);
    if (r == 0) r = change_end(&run, &row, hash, &made);
    explicit_bzero(hash, sizeof hash);
    if (r == 0) *ret = made;
    return r;
}
