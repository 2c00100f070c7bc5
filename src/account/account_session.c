/* Sessions: see account_sign.h. */
#include "account/account_base.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static Digest session_hash(Slice text)
{
    return secret_text_hash("session", text);
}

/* ---- csrf */

int account_csrf_of(Slice session, char ret[CSRF_TEXT_BYTES])
{
    static const char label[] = "akashi csrf 1";
    uint8_t id[32], mac[32];
    unsigned len = sizeof mac;
    if (base64url_32_decode(session, id) < 0) return -EINVAL;
    HMAC(EVP_sha256(), id, sizeof id, (const uint8_t *)label, sizeof label - 1, mac, &len);
    base64url_32(mac, ret);
    explicit_bzero(id, sizeof id);
    return 0;
}

bool account_csrf_is(Slice session, Slice csrf)
{
    char own[CSRF_TEXT_BYTES];
    if (account_csrf_of(session, own) < 0 || csrf.len != sizeof own - 1) return false;
    return CRYPTO_memcmp(own, csrf.ptr, csrf.len) == 0;
}

/* ---- rows */

static bool is_over(const AccountSettings *settings, const SessionRow *row, int64_t now_ns)
{
    int64_t age = now_ns - row->created_ns, idle = now_ns - row->seen_ns;
    if (!row->is_passed && age > STAGE_NS) return true;
    /* Behind the last use by more than clocks are corrected by: it was set back, and the times
     * above say nothing any more. */
    return age > settings->absolute_hours * NS_PER_HOUR ||
           idle > settings->idle_minutes * NS_PER_MINUTE || idle < -CLOCK_STEP_NS;
}

static int take_session(sqlite3_stmt *s, Arena *arena, SessionRow *ret)
{
    SessionRow row = {.id = (uint64_t)database_number_at(s, 0),
                      .user_id = (uint64_t)database_number_at(s, 1),
                      .is_passed = database_number_at(s, 2) != 0,
                      .tries = (unsigned)database_number_at(s, 3),
                      .created_ns = database_number_at(s, 4),
                      .seen_ns = database_number_at(s, 5),
                      .proved_ns = database_number_at(s, 6),
                      .grants_number = database_number_at(s, 7)};
    int r = arena_copy(arena, database_bytes_at(s, 8), &row.address);
    if (r == 0) r = user_row_take(s, 9, arena, &row.user);
    if (r == 0) *ret = row;
    return r;
}

int session_row_drop(Accounts *accounts, uint64_t id)
{
    sqlite3_stmt *drop = account_ask(accounts, SESSION_DROP);
    database_put_number(drop, 1, (int64_t)id);
    return database_run_count(&accounts->database, drop);
}

int session_row_find(Accounts *accounts, Slice text, const AccountSettings *settings, Arena *arena,
                     SessionRow *ret)
{
    uint8_t id[32];
    if (base64url_32_decode(text, id) < 0) return -EACCES;
    const Digest hash = session_hash(text);
    sqlite3_stmt *ask = account_ask(accounts, SESSION_FIND);
    put_digest(ask, 1, &hash);
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -EACCES;
    r = take_session(ask, arena, ret);
    sqlite3_reset(ask);
    if (r < 0) return r;
    if (!ret->user.user.disabled && !is_over(settings, ret, account_now(accounts))) return 0;
    /* Gone or not (the disk may be full), it is over. */
    r = session_row_drop(accounts, ret->id);
    return r == -EBADMSG ? r : -EACCES;
}

/* A5: from what holds now. */
AccountStage session_stage(const AccountSettings *settings, const SessionRow *row)
{
    const AccountUser *user = &row->user.user;
    if (!row->is_passed) return STAGE_CODE;
    if (user->must_change && user->kind == USER_LOCAL) return STAGE_PASSWORD;
    if (!user->has_factor && factor_is_needed(settings, user->grants)) return STAGE_ENROL;
    return STAGE_FULL;
}

static int make_texts(Accounts *accounts, SignedIn *ret)
{
    uint8_t bytes[32];
    int r = accounts->os->random(accounts->os->state, bytes, sizeof bytes);
    if (r < 0) return r;
    base64url_32(bytes, ret->session);
    explicit_bzero(bytes, sizeof bytes);
    return account_csrf_of(slice_from_cstr(ret->session), ret->csrf);
}

static int trim(Accounts *accounts, const AccountSettings *settings, uint64_t user_id)
{
    sqlite3_stmt *trim_user = account_ask(accounts, SESSION_TRIM_USER);
    database_put_number(trim_user, 1, (int64_t)user_id);
    database_put_number(trim_user, 2, settings->sessions_per_user);
    int r = database_run(trim_user);
    if (r < 0) return r;
    sqlite3_stmt *trim_all = account_ask(accounts, SESSION_TRIM_ALL);
    database_put_number(trim_all, 1, SESSIONS_MAX);
    return database_run(trim_all);
}

static Slice cut(Slice text)
{
    return slice_first(text, ACCOUNT_TEXT_BYTES_MAX);
}

int session_row_add(Accounts *accounts, const AccountSettings *settings, uint64_t user_id,
                    bool is_passed, const AccountClient *client, SignedIn *ret)
{
    int r = make_texts(accounts, ret);
    if (r < 0) return r;
    const Digest hash = session_hash(slice_from_cstr(ret->session));
    sqlite3_stmt *add = account_ask(accounts, SESSION_ADD);
    put_digest(add, 1, &hash);
    database_put_number(add, 2, (int64_t)user_id);
    database_put_number(add, 3, is_passed);
    database_put_number(add, 4, account_now(accounts));
    database_put_text(add, 5, cut(client->address));
    database_put_text(add, 6, cut(client->agent));
    r = database_run_count(&accounts->database, add);
    if (r <= 0) return r < 0 ? r : -EACCES; /* the user was removed meanwhile */
    ret->session_id = (uint64_t)database_last_id(&accounts->database);
    return trim(accounts, settings, user_id);
}

int session_row_renew(Accounts *accounts, uint64_t session_id, bool is_proved, SignedIn *ret)
{
    int r = make_texts(accounts, ret);
    if (r < 0) return r;
    const Digest hash = session_hash(slice_from_cstr(ret->session));
    sqlite3_stmt *set = account_ask(accounts, SESSION_SET_HASH);
    database_put_number(set, 1, (int64_t)session_id);
    put_digest(set, 2, &hash);
    database_put_number(set, 3, account_now(accounts));
    database_put_number(set, 4, is_proved);
    r = database_run_count(&accounts->database, set);
    ret->session_id = session_id;
    return r < 0 ? r : r == 0 ? -EACCES : 0;
}

int session_rows_end(Accounts *accounts, uint64_t user_id, uint64_t keep_id)
{
    sqlite3_stmt *drop = account_ask(accounts, SESSION_DROP_OTHERS);
    database_put_number(drop, 1, (int64_t)user_id);
    database_put_number(drop, 2, (int64_t)keep_id);
    return database_run_count(&accounts->database, drop);
}

int session_fill_stage(Accounts *accounts, const AccountSettings *settings, Slice session,
                       SignedIn *ret)
{
    CLEANUP(arena_done) Arena arena = {0};
    SessionRow row;
    int r = session_row_find(accounts, session, settings, &arena, &row);
    if (r == 0) ret->stage = session_stage(settings, &row);
    return r;
}

/* ---- checking */

static int mark_seen(Accounts *accounts, const AccountSettings *settings, const SessionRow *row)
{
    int64_t now_ns = account_now(accounts);
    int64_t step = settings->idle_minutes * NS_PER_MINUTE / 4;
    if (step > SESSION_SEEN_NS) step = SESSION_SEEN_NS;
    if (now_ns - row->seen_ns < step && now_ns >= row->seen_ns) return 0;
    sqlite3_stmt *seen = account_ask(accounts, SESSION_SEEN);
    database_put_number(seen, 1, (int64_t)row->id);
    database_put_number(seen, 2, now_ns);
    int r = database_run(seen);
    /* A full disk must not keep those out who came to make room. */
    return r == -ENOSPC || r == -EBUSY || r == -EROFS ? 0 : r;
}

AccountSelf session_row_self(const AccountSettings *settings, const SessionRow *row,
                             const AccountClient *client)
{
    const AccountUser *user = &row->user.user;
    AccountSelf self = {.via = VIA_SESSION,
                        .via_id = row->id,
                        .user_id = user->id,
                        .name = user->name,
                        .display_name = user->display_name,
                        .preferences = row->user.preferences,
                        .stage = session_stage(settings, row),
                        .grants = user->grants,
                        .proved_ns = row->proved_ns,
                        .client = *client};
    if (self.stage == STAGE_FULL) self.permissions = grants_permissions(user->grants);
    return self;
}

int account_session_check(Accounts *accounts, Slice session, const AccountClient *client,
                          Arena *arena, AccountSelf *ret)
{
    AccountSettings settings;
    SessionRow *row = ARENA_NEW(arena, SessionRow);
    if (!row) return -ENOMEM;
    ACCOUNTS_LOCKED(accounts);
    int r = settings_row_get(accounts, arena, &settings);
    if (r == 0) r = session_row_find(accounts, session, &settings, arena, row);
    if (r < 0) return r;
    const AccountSelf self = session_row_self(&settings, row, client);
    if (!settings_allow(&settings, client->address)) {
        OperatorAct act = account_act_of(accounts, &self, OPERATOR_ACCESS);
        return account_refused(accounts, act, "not_allowed_address", -EPERM);
    }
    r = mark_seen(accounts, &settings, row);
    if (r < 0) return r;
    *ret = self;
    return row->grants_number != row->user.grants_number ? SESSION_RENEW : 0;
}

int account_session_renew(Accounts *accounts, Slice session, const AccountClient *client,
                          SignedIn *ret)
{
    CLEANUP(arena_done) Arena arena = {0};
    AccountSettings settings;
    SessionRow row;
    SignedIn made = {0};
    ACCOUNTS_LOCKED(accounts);
    int r = settings_row_get(accounts, &arena, &settings);
    if (r == 0) r = session_row_find(accounts, session, &settings, &arena, &row);
    if (r == 0 && !settings_allow(&settings, client->address)) r = -EPERM;
    if (r == 0) r = account_begin(accounts);
    if (r < 0) return r;
    r = session_row_renew(accounts, row.id, false, &made);
    r = account_end(accounts, r, NULL);
    if (r < 0) return r;
    made.stage = session_stage(&settings, &row);
    *ret = made;
    return 0;
}
