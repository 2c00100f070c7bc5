/* See account_factor.h. */
#include "account/account_base.h"

#include "account/account_otp.h"

#include <stdio.h>

#define RECOVERY_LETTERS 24
#define ISSUER "Akashi"

/* ---- seeds at rest */

/* Bound to the user: a seed cannot be moved to another row. */
static Slice seed_bound(char *room, size_t bytes, uint64_t user_id)
{
    int len = snprintf(room, bytes, "user %llu seed", (unsigned long long)user_id);
    return slice_of(room, (size_t)len);
}

static int seal_seed(const AccountCipher *cipher, uint64_t user_id, Slice seed, Buf *to)
{
    char room[48];
    return cipher->seal(cipher->context, seed_bound(room, sizeof room, user_id), seed, to);
}

static void wipe(Buf *buf)
{
    if (buf->ptr) explicit_bzero(buf->ptr, buf->capacity);
    buf_done(buf);
}

static int open_seed(Accounts *accounts, uint64_t user_id, Slice sealed, Buf *to)
{
    char room[48];
    const AccountCipher *cipher = accounts->options.cipher;
    int r = cipher->open(cipher->context, seed_bound(room, sizeof room, user_id), sealed, to);
    return r < 0 ? r : buf_error(to);
}

/* ---- using */

/* 1: the step was used before (also before a restart, also before the clock went back). */
static int use_step(Accounts *accounts, uint64_t user_id, int64_t step)
{
    sqlite3_stmt *add = account_ask(accounts, STEP_ADD);
    database_put_number(add, 1, (int64_t)user_id);
    database_put_number(add, 2, step);
    int r = database_run_count(&accounts->database, add);
    if (r <= 0) return r < 0 ? r : 1;
    sqlite3_stmt *forget = account_ask(accounts, STEP_FORGET);
    database_put_number(forget, 1, (int64_t)user_id);
    database_put_number(forget, 2, USED_STEPS_MAX);
    return database_run(forget);
}

static int use_otp(Accounts *accounts, uint64_t user_id, Slice sealed, uint32_t code,
                   const char **ret_reason)
{
    CLEANUP(wipe) Buf seed = {0};
    int64_t step;
    int r = open_seed(accounts, user_id, sealed, &seed);
    if (r < 0) return r;
    *ret_reason = "wrong_code";
    r = otp_find(buf_slice(&seed), account_now(accounts), code, &step);
    if (r < 0) return r;
    r = use_step(accounts, user_id, step);
    *ret_reason = r == 1 ? "used_code" : NULL;
    return r == 1 ? -EACCES : r;
}

static int use_recovery(Accounts *accounts, uint64_t user_id, Slice code, const char **ret_reason)
{
    char letters[RECOVERY_LETTERS + 1];
    *ret_reason = "wrong_code";
    if (crockford_read(code, RECOVERY_LETTERS, letters) < 0) return -EACCES;
    const Digest hash = secret_text_hash("recovery", slice_of(letters, RECOVERY_LETTERS));
    explicit_bzero(letters, sizeof letters);
    sqlite3_stmt *use = account_ask(accounts, RECOVERY_USE);
    database_put_number(use, 1, (int64_t)user_id);
    put_digest(use, 2, &hash);
    int r = database_run_count(&accounts->database, use);
    if (r > 0) *ret_reason = NULL;
    return r < 0 ? r : r == 0 ? -EACCES : 0;
}

int factor_use(Accounts *accounts, const UserRow *row, Slice code, const char **ret_reason)
{
    uint32_t number;
    if (otp_parse(code, &number) == 0)
        return use_otp(accounts, row->user.id, row->seed, number, ret_reason);
    return use_recovery(accounts, row->user.id, code, ret_reason);
}

/* ---- enrolling */

static int keep_pending(Accounts *accounts, uint64_t user_id, Slice sealed)
{
    sqlite3_stmt *set = account_ask(accounts, USER_SET_PENDING);
    database_put_number(set, 1, (int64_t)user_id);
    database_put_bytes(set, 2, sealed.ptr, sealed.len);
    database_put_number(set, 3, account_now(accounts));
    return database_run(set);
}

static int add_groups(Arena *arena, Slice text, Slice *ret)
{
    CLEANUP(wipe) Buf grouped = {0};
    for (size_t i = 0; i < text.len; i++) {
        if (i > 0 && i % 4 == 0) buf_add_char(&grouped, ' ');
        buf_add_char(&grouped, text.ptr[i]);
    }
    return buf_error(&grouped) < 0 ? buf_error(&grouped)
                                   : arena_copy(arena, buf_slice(&grouped), ret);
}

static int make_offer(Slice name, Slice seed, Arena *arena, FactorOffer *ret)
{
    CLEANUP(wipe) Buf uri = {0}, secret = {0}, svg = {0};
    otp_uri_add(&uri, SLICE(ISSUER), name, seed);
    base32_add(&secret, seed);
    int r = qr_svg_add(&svg, buf_slice(&uri), SLICE("QR: " ISSUER));
    if (r == 0) r = buf_error(&uri) < 0 ? buf_error(&uri) : buf_error(&secret);
    if (r == 0) r = arena_copy(arena, buf_slice(&uri), &ret->uri);
    if (r == 0) r = arena_copy(arena, buf_slice(&svg), &ret->svg);
    if (r == 0) r = add_groups(arena, buf_slice(&secret), &ret->secret);
    return r;
}

static int may_enrol(Accounts *accounts, const AccountSelf *self)
{
    bool is_stage = self->stage == STAGE_ENROL || self->stage == STAGE_FULL;
    if (self->via != VIA_SESSION || !is_stage) {
        OperatorAct act = account_act_of(accounts, self, OPERATOR_FACTOR_ENROL);
        return account_refused(accounts, act, "no_permission", -EPERM);
    }
    return account_require_proof(accounts, self, OPERATOR_FACTOR_ENROL, self->name);
}

int account_factor_begin(Accounts *accounts, const AccountSelf *self, Arena *arena,
                         FactorOffer *ret)
{
    CLEANUP(buf_done) Buf sealed = {0};
    uint8_t bytes[OTP_SEED_BYTES];
    FactorOffer offer = {0};
    ACCOUNTS_LOCKED(accounts);
    int r = may_enrol(accounts, self);
    if (r == 0) r = accounts->os->random(accounts->os->state, bytes, sizeof bytes);
    if (r < 0) return r;
    Slice seed = slice_of(bytes, sizeof bytes);
    r = seal_seed(accounts->options.cipher, self->user_id, seed, &sealed);
    if (r == 0) r = keep_pending(accounts, self->user_id, buf_slice(&sealed));
    if (r == 0) r = make_offer(self->name, seed, arena, &offer);
    explicit_bzero(bytes, sizeof bytes);
    if (r == 0) *ret = offer;
    return r;
}

/* ---- recovery codes */

static int add_recovery(Accounts *accounts, uint64_t user_id, const char *code)
{
    char letters[RECOVERY_LETTERS + 1];
    int r = crockford_read(slice_from_cstr(code), RECOVERY_LETTERS, letters);
    if (r < 0) return r;
    const Digest hash = secret_text_hash("recovery", slice_of(letters, RECOVERY_LETTERS));
    explicit_bzero(letters, sizeof letters);
    sqlite3_stmt *add = account_ask(accounts, RECOVERY_ADD);
    database_put_number(add, 1, (int64_t)user_id);
    put_digest(add, 2, &hash);
    return database_run(add);
}

static int renew_recovery(Accounts *accounts, uint64_t user_id, RecoveryCodes *to)
{
    sqlite3_stmt *drop = account_ask(accounts, RECOVERY_DROP);
    database_put_number(drop, 1, (int64_t)user_id);
    int r = database_run(drop);
    for (size_t i = 0; r == 0 && i < RECOVERY_CODE_COUNT; i++) {
        r = crockford_make(accounts->os, RECOVERY_LETTERS, 6, to->text[i]);
        if (r == 0) r = add_recovery(accounts, user_id, to->text[i]);
    }
    return r;
}

int account_recovery_renew(Accounts *accounts, const AccountSelf *self, RecoveryCodes *ret_codes)
{
    CLEANUP(arena_done) Arena arena = {0};
    UserRow row;
    RecoveryCodes codes;
    ACCOUNTS_LOCKED(accounts);
    if (self->via != VIA_SESSION || self->stage != STAGE_FULL) return -EPERM;
    int r = account_require_proof(accounts, self, OPERATOR_RECOVERY_CODES, self->name);
    if (r == 0) r = user_row_get(accounts, self->user_id, &arena, &row);
    if (r == 0 && !row.user.has_factor) r = -ENOENT;
    if (r == 0) r = account_begin(accounts);
    if (r < 0) return r;
    const OperatorAct act = account_act_of(accounts, self, OPERATOR_RECOVERY_CODES);
    r = account_end(accounts, renew_recovery(accounts, self->user_id, &codes), &act);
    if (r == 0) *ret_codes = codes;
    explicit_bzero(&codes, sizeof codes);
    return r;
}

/* ---- confirming */

typedef struct ConfirmRun {
    Accounts *accounts;
    AccountSettings settings;
    SessionRow session;
    OperatorAct act;
} ConfirmRun;

static int confirm_refuse(ConfirmRun *run, const char *reason)
{
    sqlite3_stmt *count = account_ask(run->accounts, USER_COUNT_PENDING_TRY);
    database_put_number(count, 1, (int64_t)run->session.user_id);
    int r = database_run(count);
    return r < 0 ? r : account_refused(run->accounts, run->act, reason, -EACCES);
}

static int confirm_keep(ConfirmRun *run, RecoveryCodes *codes, SignedIn *made)
{
    Accounts *accounts = run->accounts;
    uint64_t user_id = run->session.user_id;
    sqlite3_stmt *set = account_ask(accounts, USER_CONFIRM_SEED);
    database_put_number(set, 1, (int64_t)user_id);
    database_put_bytes(set, 2, run->session.user.pending.ptr, run->session.user.pending.len);
    int r = database_run(set);
    if (r == 0) r = renew_recovery(accounts, user_id, codes);
    if (r == 0) r = session_rows_end(accounts, user_id, run->session.id);
    if (r >= 0) r = session_row_renew(accounts, run->session.id, true, made);
    if (r == 0)
        r = session_fill_stage(accounts, &run->settings, slice_from_cstr(made->session), made);
    return r;
}

static int confirm(ConfirmRun *run, Slice code, RecoveryCodes *codes, SignedIn *made)
{
    Accounts *accounts = run->accounts;
    const UserRow *row = &run->session.user;
    const char *reason = "wrong_code";
    uint32_t number;
    if (otp_parse(code, &number) < 0) return confirm_refuse(run, reason);
    int r = account_begin(accounts);
    if (r < 0) return r;
    r = use_otp(accounts, row->user.id, row->pending, number, &reason);
    if (r == -EACCES) {
        r = account_end(accounts, r, NULL);
        return confirm_refuse(run, reason);
    }
    if (r == 0) r = confirm_keep(run, codes, made);
    return account_end(accounts, r, &run->act);
}

static int confirm_begin(ConfirmRun *run, Slice session, const AccountClient *client, Arena *arena)
{
    Accounts *accounts = run->accounts;
    SessionRow *row = &run->session;
    int r = settings_row_get(accounts, arena, &run->settings);
    if (r == 0) r = session_row_find(accounts, session, &run->settings, arena, row);
    if (r < 0) return r;
    AccountStage stage = session_stage(&run->settings, row);
    if (stage != STAGE_FULL && stage != STAGE_ENROL) return -EACCES;
    run->act = account_act_by(accounts, client, OPERATOR_FACTOR_ENROL, row->user.user.name);
    run->act.user_id = row->user_id;
    run->act.via = "session";
    run->act.via_id = row->id;
    int64_t age = account_now(accounts) - row->user.pending_ns;
    bool is_begun = row->user.pending.len > 0 && age <= FACTOR_PENDING_NS &&
                    age >= -CLOCK_STEP_NS && row->user.pending_tries < FACTOR_TRIES;
    return is_begun ? 0 : -ENOENT;
}

int account_factor_confirm(Accounts *accounts, Slice session, Slice code,
                           const AccountClient *client, RecoveryCodes *ret_codes, SignedIn *ret)
{
    CLEANUP(arena_done) Arena arena = {0};
    ConfirmRun run = {.accounts = accounts};
    RecoveryCodes codes;
    SignedIn made = {0};
    ACCOUNTS_LOCKED(accounts);
    int r = confirm_begin(&run, session, client, &arena);
    if (r == 0) r = confirm(&run, code, &codes, &made);
    if (r == 0) {
        *ret = made;
        *ret_codes = codes;
    }
    explicit_bzero(&codes, sizeof codes);
    return r;
}

/* ---- removing */

static int may_remove(Accounts *accounts, const AccountSelf *by, uint64_t user_id, Slice name)
{
    bool is_own = by->via == VIA_SESSION && by->user_id == user_id && by->stage == STAGE_FULL;
    return is_own ? account_require_proof(accounts, by, OPERATOR_FACTOR_REMOVE, name)
                  : account_require(accounts, by, MAY_MANAGE, OPERATOR_FACTOR_REMOVE, name);
}

static int drop_factor(Accounts *accounts, uint64_t user_id, uint64_t keep_session)
{
    sqlite3_stmt *drop = account_ask(accounts, USER_DROP_SEED);
    database_put_number(drop, 1, (int64_t)user_id);
    int r = database_run_count(&accounts->database, drop);
    if (r <= 0) return r < 0 ? r : -ENOENT;
    sqlite3_stmt *codes = account_ask(accounts, RECOVERY_DROP);
    database_put_number(codes, 1, (int64_t)user_id);
    r = database_run(codes);
    if (r == 0) r = session_rows_end(accounts, user_id, keep_session);
    return r < 0 ? r : 0;
}

int account_factor_remove(Accounts *accounts, const AccountSelf *by, uint64_t user_id)
{
    CLEANUP(arena_done) Arena arena = {0};
    UserRow row;
    ACCOUNTS_LOCKED(accounts);
    int r = user_row_get(accounts, user_id, &arena, &row);
    if (r < 0 && r != -ENOENT) return r;
    int allowed = may_remove(accounts, by, user_id, r == 0 ? row.user.name : (Slice){0});
    if (allowed < 0 || r < 0) return allowed < 0 ? allowed : r;
    r = account_begin(accounts);
    if (r < 0) return r;
    OperatorAct act = account_act_of(accounts, by, OPERATOR_FACTOR_REMOVE);
    act.target = row.user.name;
    bool is_own = by->via == VIA_SESSION && by->user_id == user_id;
    return account_end(accounts, drop_factor(accounts, user_id, is_own ? by->via_id : 0), &act);
}
