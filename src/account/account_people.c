/* What administrators do with users: see account.h. */
#include "account/account_base.h"

#include "base/utf8.h"

static int check_text(Slice text, Complaint *complaint)
{
    if (text.len <= USER_TEXT_BYTES_MAX && utf8_is_valid(text)) return 0;
    complaint_say(complaint, "account.text", "a name or mail address has at most %d bytes of UTF-8",
                  "表示名とメールアドレスは%dバイトまでのUTF-8です", USER_TEXT_BYTES_MAX);
    return -EINVAL;
}

static void say_taken(Complaint *complaint, Slice name)
{
    complaint_say(complaint, "account.name_taken",
                  "there is a user %.*s already (case and width do not matter)",
                  "利用者 %.*s はもういます（大文字小文字と全角半角は区別しません）",
                  SLICE_FMT(name));
}

static void add_grants(Buf *to, AccountGrants grants)
{
    for (size_t i = 0; i < grants.count; i++) {
        if (i > 0) buf_add_char(to, ' ');
        grant_write(to, &grants.items[i]);
    }
}

/* ---- adding */

static int check_new_user(const AccountNewUser *user, Complaint *complaint)
{
    int r = user_name_check(user->name, complaint);
    if (r == 0) r = check_text(user->display_name, complaint);
    if (r == 0) r = check_text(user->mail, complaint);
    return r < 0 ? r : grants_check(user->grants, complaint);
}

static int hash_for(Accounts *accounts, const AccountNewUser *user, char ret[PASSWORD_HASH_BYTES],
                    Complaint *complaint)
{
    const Slice words[] = {user->name, user->display_name, user->mail};
    ret[0] = '\0';
    if (user->password.len == 0) return 0;
    return account_new_hash(accounts, user->password, words, ARRAY_COUNT(words), ret, complaint);
}

static int add_user(Accounts *accounts, const AccountNewUser *user, const char *hash,
                    OperatorAct *act, uint64_t *ret_id)
{
    CLEANUP(buf_done) Buf detail = {0};
    const UserToAdd row = {.kind = USER_LOCAL,
                           .name = user->name,
                           .display_name = user->display_name,
                           .mail = user->mail,
                           .hash = slice_from_cstr(hash),
                           .must_change = user->must_change,
                           .grants = user->grants};
    add_grants(&detail, user->grants);
    act->target = user->name;
    act->detail = buf_slice(&detail);
    int r = account_begin(accounts);
    if (r < 0) return r;
    r = user_row_add(accounts, &row, ret_id);
    return account_end(accounts, r, act);
}

int account_user_add(Accounts *accounts, const AccountSelf *by, const AccountNewUser *user,
                     uint64_t *ret_id, Complaint *complaint)
{
    char hash[PASSWORD_HASH_BYTES];
    uint64_t id;
    {
        ACCOUNTS_LOCKED(accounts);
        int r = account_require(accounts, by, MAY_MANAGE, OPERATOR_USER_ADD, user->name);
        if (r < 0) return r;
    }
    int r = check_new_user(user, complaint);
    if (r == 0) r = hash_for(accounts, user, hash, complaint);
    if (r < 0) return r;
    ACCOUNTS_LOCKED(accounts);
    OperatorAct act = account_act_of(accounts, by, OPERATOR_USER_ADD);
    r = add_user(accounts, user, hash, &act, &id);
    explicit_bzero(hash, sizeof hash);
    if (r == -EEXIST) say_taken(complaint, user->name);
    if (r == 0) *ret_id = id;
    return r;
}

/* ---- reading */

static int may_look(Accounts *accounts, const AccountSelf *by, uint64_t id)
{
    if (id != 0 && by->user_id == id && by->via == VIA_SESSION && by->stage != STAGE_CODE) return 0;
    if (by->permissions & MAY_MANAGE) return 0;
    OperatorAct act = account_act_of(accounts, by, OPERATOR_ACCESS);
    act.target = SLICE("users");
    return account_refused(accounts, act, "no_permission", -EPERM);
}

static int show_user(Accounts *accounts, const UserRow *row, Arena *arena, AccountUser *ret)
{
    Slice key;
    AccountUser user = row->user;
    int r = user_name_key(user.name, arena, &key);
    if (r == 0) r = attempt_show(accounts, key, &user);
    if (r == 0) *ret = user;
    return r;
}

int account_user_get(Accounts *accounts, const AccountSelf *by, uint64_t id, Arena *arena,
                     AccountUser *ret)
{
    UserRow row;
    ACCOUNTS_LOCKED(accounts);
    int r = may_look(accounts, by, id);
    if (r == 0) r = user_row_get(accounts, id, arena, &row);
    return r < 0 ? r : show_user(accounts, &row, arena, ret);
}

int account_user_find(Accounts *accounts, const AccountSelf *by, Slice name, Arena *arena,
                      AccountUser *ret)
{
    UserRow row;
    ACCOUNTS_LOCKED(accounts);
    int r = may_look(accounts, by, 0);
    if (r == 0) r = user_row_find(accounts, name, arena, &row);
    return r < 0 ? r : show_user(accounts, &row, arena, ret);
}

int account_user_list(Accounts *accounts, const AccountSelf *by, Slice after_name, size_t limit,
                      Arena *arena, AccountUser **ret, size_t *ret_count)
{
    Slice key = {0};
    size_t count = 0;
    ACCOUNTS_LOCKED(accounts);
    int r = may_look(accounts, by, 0);
    if (r == 0 && after_name.len > 0) r = user_name_key(after_name, arena, &key);
    if (r < 0) return r;
    if (limit == 0 || limit > 1000) limit = 1000;
    AccountUser *users = ARENA_ARRAY(arena, AccountUser, limit);
    UserRow *row = ARENA_NEW(arena, UserRow);
    if (!users || !row) return -ENOMEM;
    sqlite3_stmt *ask = account_ask(accounts, USER_LIST);
    database_put_text(ask, 1, key);
    database_put_number(ask, 2, (int64_t)limit);
    while ((r = database_step(ask)) == 1) {
        r = user_row_take(ask, 0, arena, row);
        if (r == 0) r = show_user(accounts, row, arena, &users[count]);
        if (r < 0) break;
        count++;
    }
    if (ask) sqlite3_reset(ask);
    if (r < 0) return r;
    *ret = users;
    *ret_count = count;
    return 0;
}

/* ---- changing: each begins alike */

typedef struct UserChange {
    Accounts *accounts;
    OperatorAct act;
    UserRow row;
    Arena arena;
} UserChange;

static void change_done(UserChange *change)
{
    arena_done(&change->arena);
}

/* A transaction is open when this returns 0. */
static int change_begin(UserChange *change, const AccountSelf *by, OperatorVerb verb, uint64_t id)
{
    Accounts *accounts = change->accounts;
    int r = user_row_get(accounts, id, &change->arena, &change->row);
    if (r < 0 && r != -ENOENT) return r;
    Slice target = r == 0 ? change->row.user.name : (Slice){0};
    int allowed = account_require(accounts, by, MAY_MANAGE, verb, target);
    if (allowed < 0 || r < 0) return allowed < 0 ? allowed : r;
    change->act = account_act_of(accounts, by, verb);
    r = account_begin(accounts);
    /* Again, now that nobody else can change it. */
    if (r == 0) {
        r = user_row_get(accounts, id, &change->arena, &change->row);
        if (r < 0) r = account_end(accounts, r, NULL);
    }
    change->act.target = change->row.user.name;
    return r;
}

static int change_end(UserChange *change, int r)
{
    if (r == -EDEADLK) {
        r = account_end(change->accounts, r, NULL);
        return account_refused(change->accounts, change->act, "last_administrator", r);
    }
    return account_end(change->accounts, r, &change->act);
}

/* A4: is there another administrator than this one? */
static int check_not_last(UserChange *change)
{
    int64_t others;
    const AccountUser *user = &change->row.user;
    if (!grants_are_administrator(user->grants) || user->kind != USER_LOCAL || user->disabled)
        return 0;
    sqlite3_stmt *ask = account_ask(change->accounts, ADMINISTRATOR_COUNT);
    database_put_number(ask, 1, (int64_t)user->id);
    int r = database_number(ask, &others);
    return r < 0 ? r : others > 0 ? 0 : -EDEADLK;
}

int account_user_change(Accounts *accounts, const AccountSelf *by, uint64_t id,
                        const Slice *display_name, const Slice *mail, Complaint *complaint)
{
    CLEANUP(change_done) UserChange change = {.accounts = accounts};
    int r = display_name ? check_text(*display_name, complaint) : 0;
    if (r == 0 && mail) r = check_text(*mail, complaint);
    if (r < 0) return r;
    ACCOUNTS_LOCKED(accounts);
    r = change_begin(&change, by, OPERATOR_USER_CHANGE, id);
    if (r < 0) return r;
    sqlite3_stmt *set = account_ask(accounts, USER_SET_TEXTS);
    database_put_number(set, 1, (int64_t)id);
    database_put_text(set, 2, display_name ? *display_name : change.row.user.display_name);
    database_put_text(set, 3, mail ? *mail : change.row.user.mail);
    change.act.detail = mail ? *mail : display_name ? *display_name : (Slice){0};
    return change_end(&change, database_run(set));
}

int account_user_grants(Accounts *accounts, const AccountSelf *by, uint64_t id,
                        AccountGrants grants, Complaint *complaint)
{
    CLEANUP(change_done) UserChange change = {.accounts = accounts};
    CLEANUP(buf_done) Buf detail = {0};
    int r = grants_check(grants, complaint);
    if (r < 0) return r;
    ACCOUNTS_LOCKED(accounts);
    r = change_begin(&change, by, OPERATOR_GRANTS_CHANGE, id);
    if (r < 0) return r;
    add_grants(&detail, grants);
    change.act.detail = buf_slice(&detail);
    if (!grants_are_administrator(grants)) r = check_not_last(&change);
    if (r == 0) r = user_row_set_grants(accounts, id, grants);
    return change_end(&change, r);
}

static int set_disabled(UserChange *change, bool disabled)
{
    sqlite3_stmt *set = account_ask(change->accounts, USER_SET_DISABLED);
    database_put_number(set, 1, (int64_t)change->row.user.id);
    database_put_number(set, 2, disabled);
    int r = database_run_count(&change->accounts->database, set);
    return r < 0 ? r : r == 0 ? -EALREADY : 0;
}

int account_user_disable(Accounts *accounts, const AccountSelf *by, uint64_t id)
{
    CLEANUP(change_done) UserChange change = {.accounts = accounts};
    ACCOUNTS_LOCKED(accounts);
    int r = change_begin(&change, by, OPERATOR_USER_DISABLE, id);
    if (r < 0) return r;
    r = check_not_last(&change);
    if (r == 0) r = set_disabled(&change, true);
    if (r == 0) r = session_rows_end(accounts, id, 0);
    r = change_end(&change, r);
    return r < 0 ? r : 0;
}

int account_user_enable(Accounts *accounts, const AccountSelf *by, uint64_t id)
{
    CLEANUP(change_done) UserChange change = {.accounts = accounts};
    ACCOUNTS_LOCKED(accounts);
    int r = change_begin(&change, by, OPERATOR_USER_ENABLE, id);
    if (r < 0) return r;
    return change_end(&change, set_disabled(&change, false));
}

int account_user_remove(Accounts *accounts, const AccountSelf *by, uint64_t id)
{
    CLEANUP(change_done) UserChange change = {.accounts = accounts};
    ACCOUNTS_LOCKED(accounts);
    int r = change_begin(&change, by, OPERATOR_USER_REMOVE, id);
    if (r < 0) return r;
    r = check_not_last(&change);
    if (r == 0) {
        sqlite3_stmt *remove = account_ask(accounts, USER_REMOVE);
        database_put_number(remove, 1, (int64_t)id);
        r = database_run(remove);
    }
    return change_end(&change, r);
}

static int lift_delay(UserChange *change)
{
    Slice key;
    int r = user_name_key(change->row.user.name, &change->arena, &key);
    return r < 0 ? r : attempt_forget(change->accounts, key);
}

int account_user_unlock(Accounts *accounts, const AccountSelf *by, uint64_t id)
{
    CLEANUP(change_done) UserChange change = {.accounts = accounts};
    ACCOUNTS_LOCKED(accounts);
    int r = change_begin(&change, by, OPERATOR_DELAY_LIFT, id);
    if (r < 0) return r;
    r = change_end(&change, lift_delay(&change));
    return r < 0 ? r : 0;
}

static int set_password(UserChange *change, const char *hash)
{
    sqlite3_stmt *set = account_ask(change->accounts, USER_SET_PASSWORD);
    database_put_number(set, 1, (int64_t)change->row.user.id);
    database_put_text(set, 2, slice_from_cstr(hash));
    database_put_number(set, 3, 1);
    database_put_number(set, 4, account_now(change->accounts));
    int r = database_run(set);
    if (r == 0) r = session_rows_end(change->accounts, change->row.user.id, 0);
    return r < 0 ? r : lift_delay(change);
}

/* The name, before the password is judged by it. */
static int reset_may(Accounts *accounts, const AccountSelf *by, uint64_t id, Arena *arena,
                     UserRow *ret)
{
    ACCOUNTS_LOCKED(accounts);
    int r = user_row_get(accounts, id, arena, ret);
    if (r < 0 && r != -ENOENT) return r;
    int allowed = account_require(accounts, by, MAY_MANAGE, OPERATOR_PASSWORD_RESET,
                                  r == 0 ? ret->user.name : (Slice){0});
    if (allowed < 0 || r < 0) return allowed < 0 ? allowed : r;
    return ret->user.kind == USER_LOCAL ? 0 : -ENOTSUP;
}

int account_password_reset(Accounts *accounts, const AccountSelf *by, uint64_t id, Slice password,
                           Complaint *complaint)
{
    CLEANUP(change_done) UserChange change = {.accounts = accounts};
    char hash[PASSWORD_HASH_BYTES];
    int r = reset_may(accounts, by, id, &change.arena, &change.row);
    if (r < 0) return r;
    const Slice words[] = {change.row.user.name, change.row.user.display_name,
                           change.row.user.mail};
    r = account_new_hash(accounts, password, words, ARRAY_COUNT(words), hash, complaint);
    if (r < 0) return r;
    ACCOUNTS_LOCKED(accounts);
    r = change_begin(&change, by, OPERATOR_PASSWORD_RESET, id);
    if (r < 0) return r;
    r = change_end(&change, set_password(&change, hash));
    return r < 0 ? r : 0;
}

int account_preferences_set(Accounts *accounts, const AccountSelf *self, Slice text)
{
    if (text.len > PREFERENCES_BYTES_MAX) return -E2BIG;
    if (self->via != VIA_SESSION || self->stage != STAGE_FULL || !utf8_is_valid(text))
        return -EPERM;
    ACCOUNTS_LOCKED(accounts);
    sqlite3_stmt *set = account_ask(accounts, USER_SET_PREFERENCES);
    database_put_number(set, 1, (int64_t)self->user_id);
    database_put_text(set, 2, text);
    return database_run(set);
}
