/* API tokens: see account_sign.h. */
#include "account/account_base.h"

#include "base/utf8.h"

#define NS_PER_DAY ((int64_t)86400 * NS_PER_SECOND)
#define HINT_CHARACTERS 4

/* ---- making */

static int say_token(Complaint *complaint, unsigned days_max)
{
    complaint_say(complaint, "account.token",
                  "a token needs a label of 1 to %d bytes, permissions, and an end within %u days",
                  "トークンには%dバイトまでの名前、権限、%u日以内の期限が要ります",
                  TOKEN_LABEL_BYTES_MAX, days_max);
    return -EINVAL;
}

static int check_token(const Accounts *accounts, const NewToken *token,
                       const AccountSettings *settings, Complaint *complaint)
{
    int64_t now_ns = account_now(accounts);
    bool is_label = token->label.len > 0 && token->label.len <= TOKEN_LABEL_BYTES_MAX &&
                    utf8_is_valid(token->label);
    bool is_time = token->expires_ns > now_ns &&
                   token->expires_ns <= now_ns + settings->token_days_max * NS_PER_DAY;
    if (!is_label || !is_time || token->permissions == 0 || (token->permissions & ~PERMISSIONS_ALL))
        return say_token(complaint, settings->token_days_max);
    return grants_check(token->grants, complaint);
}

/* A token makes no tokens: whoever stole one must not be able to stay. */
static int may_make(Accounts *accounts, const AccountSelf *by, const UserRow *owner,
                    const NewToken *token)
{
    OperatorAct act = account_act_of(accounts, by, OPERATOR_TOKEN_ADD);
    act.target = owner->user.name;
    bool is_own = by->user_id == owner->user.id && by->stage == STAGE_FULL;
    bool is_allowed = by->via != VIA_TOKEN && (is_own || (by->permissions & MAY_MANAGE));
    if ((token->permissions & MAY_INGEST) && !(by->permissions & MAY_CONFIGURE)) is_allowed = false;
    if (!is_allowed) return account_refused(accounts, act, "no_permission", -EPERM);
    return account_require_proof(accounts, by, OPERATOR_TOKEN_ADD, owner->user.name);
}

static int check_room(Accounts *accounts, uint64_t user_id)
{
    sqlite3_stmt *ask = account_ask(accounts, TOKEN_COUNT);
    database_put_number(ask, 1, (int64_t)user_id);
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -EIO;
    bool is_full = database_number_at(ask, 0) >= TOKENS_MAX ||
                   database_number_at(ask, 1) >= TOKENS_PER_USER_MAX;
    sqlite3_reset(ask);
    return is_full ? -ENOBUFS : 0;
}

/* Roles in them are ignored: the widest that patterns allow. */
static void add_narrowing(Buf *to, AccountGrants grants)
{
    for (size_t i = 0; i < grants.count; i++) {
        AccountGrant grant = grants.items[i];
        grant.role = ROLE_ADMINISTRATOR;
        grants_encode(to, (AccountGrants){&grant, 1});
    }
}

static int add_row(Accounts *accounts, uint64_t user_id, const NewToken *token, Slice text,
                   uint64_t *ret_id)
{
    CLEANUP(buf_done) Buf grants = {0};
    const Digest hash = secret_text_hash("token", text);
    add_narrowing(&grants, token->grants);
    if (buf_error(&grants) < 0) return buf_error(&grants);
    sqlite3_stmt *add = account_ask(accounts, TOKEN_ADD);
    put_digest(add, 1, &hash);
    database_put_number(add, 2, (int64_t)user_id);
    database_put_text(add, 3, token->label);
    database_put_text(add, 4, slice_skip(text, text.len - HINT_CHARACTERS));
    database_put_number(add, 5, token->permissions);
    database_put_text(add, 6, buf_slice(&grants));
    database_put_number(add, 7, account_now(accounts));
    database_put_number(add, 8, token->expires_ns);
    int r = database_run(add);
    if (r == 0) *ret_id = (uint64_t)database_last_id(&accounts->database);
    return r;
}

static void add_permissions(Buf *to, unsigned permissions)
{
    for (unsigned i = 0; i < PERMISSION_COUNT; i++) {
        if (permissions >> i & 1)
            buf_add_format(to, " %s", permission_token((Permission)(1u << i)));
    }
}

static int keep_token(Accounts *accounts, const AccountSelf *by, const UserRow *owner,
                      const NewToken *token, const char *text, uint64_t *ret_id)
{
    CLEANUP(buf_done) Buf detail = {0};
    buf_add_slice(&detail, token->label);
    add_permissions(&detail, token->permissions);
    OperatorAct act = account_act_of(accounts, by, OPERATOR_TOKEN_ADD);
    act.target = owner->user.name;
    act.detail = buf_slice(&detail);
    int r = account_begin(accounts);
    if (r < 0) return r;
    r = check_room(accounts, owner->user.id);
    if (r == 0) r = add_row(accounts, owner->user.id, token, slice_from_cstr(text), ret_id);
    return account_end(accounts, r, &act);
}

int account_token_add(Accounts *accounts, const AccountSelf *by, uint64_t user_id,
                      const NewToken *token, char ret[TOKEN_TEXT_BYTES], uint64_t *ret_id,
                      Complaint *complaint)
{
    CLEANUP(arena_done) Arena arena = {0};
    AccountSettings settings;
    UserRow owner;
    char text[TOKEN_TEXT_BYTES];
    uint64_t id = 0;
    ACCOUNTS_LOCKED(accounts);
    int r = settings_row_get(accounts, &arena, &settings);
    if (r == 0) r = user_row_get(accounts, user_id, &arena, &owner);
    if (r == 0) r = may_make(accounts, by, &owner, token);
    if (r == 0) r = check_token(accounts, token, &settings, complaint);
    if (r == 0) r = token_text_make(accounts->os, text);
    if (r == 0) r = keep_token(accounts, by, &owner, token, text, &id);
    if (r == 0) {
        memcpy(ret, text, sizeof text);
        *ret_id = id;
    }
    explicit_bzero(text, sizeof text);
    return r;
}

/* ---- using */

typedef struct TokenRow {
    uint64_t id;
    unsigned permissions;
    AccountGrants grants;
    int64_t created_ns, expires_ns, used_ns;
    Slice used_address, label;
    UserRow owner;
} TokenRow;

static int take_token(sqlite3_stmt *s, Arena *arena, TokenRow *ret)
{
    TokenRow row = {.id = (uint64_t)database_number_at(s, 0),
                    .permissions = (unsigned)database_number_at(s, 2),
                    .created_ns = database_number_at(s, 4),
                    .expires_ns = database_number_at(s, 5),
                    .used_ns = database_number_at(s, 6)};
    Slice grants;
    int r = arena_copy(arena, database_bytes_at(s, 3), &grants);
    if (r == 0) r = grants_decode(grants, arena, &row.grants);
    if (r == 0) r = arena_copy(arena, database_bytes_at(s, 7), &row.used_address);
    if (r == 0) r = arena_copy(arena, database_bytes_at(s, 8), &row.label);
    if (r == 0) r = user_row_take(s, 9, arena, &row.owner);
    if (r == 0) *ret = row;
    return r;
}

/* -EACCES: not one that is good now, *ret_reason says why. */
static int find_token(Accounts *accounts, Slice text, Arena *arena, TokenRow *ret,
                      const char **ret_reason)
{
    *ret_reason = "unknown_token";
    if (token_text_check(text) < 0) return -EACCES;
    const Digest hash = secret_text_hash("token", text);
    sqlite3_stmt *ask = account_ask(accounts, TOKEN_FIND);
    put_digest(ask, 1, &hash);
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -EACCES;
    r = take_token(ask, arena, ret);
    sqlite3_reset(ask);
    if (r < 0) return r;
    int64_t now_ns = account_now(accounts);
    if (now_ns < ret->used_ns) now_ns = ret->used_ns; /* the clock was set back */
    bool is_over = now_ns >= ret->expires_ns;
    if (is_over || ret->owner.user.disabled) {
        *ret_reason = is_over ? "expired" : "disabled";
        return -EACCES;
    }
    return 0;
}

/* Each refusal costs the address a try; without tries left no more is said than to wait. */
static int refuse_token(Accounts *accounts, const AccountSettings *settings, OperatorAct act,
                        const char *reason)
{
    unsigned wait_seconds;
    int r = account_limit(accounts, settings, &act, &wait_seconds);
    return r < 0 ? r : account_refused(accounts, act, reason, -EACCES);
}

static unsigned token_may(const TokenRow *row)
{
    unsigned permissions = row->permissions & grants_permissions(row->owner.user.grants);
    if (row->grants.count > 0) permissions &= grants_permissions(row->grants);
    return permissions | (row->permissions & MAY_INGEST);
}

static int is_new_address(Accounts *accounts, uint64_t token_id, Slice address)
{
    int64_t found;
    sqlite3_stmt *ask = account_ask(accounts, TOKEN_ADDRESS_HAS);
    database_put_number(ask, 1, (int64_t)token_id);
    database_put_text(ask, 2, address);
    int r = database_number(ask, &found);
    return r < 0 ? r : !r;
}

static int keep_address(Accounts *accounts, uint64_t token_id, Slice address)
{
    sqlite3_stmt *add = account_ask(accounts, TOKEN_ADDRESS_ADD);
    database_put_number(add, 1, (int64_t)token_id);
    database_put_text(add, 2, address);
    database_put_number(add, 3, account_now(accounts));
    int r = database_run(add);
    if (r < 0) return r;
    sqlite3_stmt *forget = account_ask(accounts, TOKEN_ADDRESS_FORGET);
    database_put_number(forget, 1, (int64_t)token_id);
    database_put_number(forget, 2, TOKEN_ADDRESSES_MAX);
    return database_run(forget);
}

static int keep_use(Accounts *accounts, const TokenRow *row, Slice address)
{
    int64_t now_ns = account_now(accounts);
    sqlite3_stmt *used = account_ask(accounts, TOKEN_USED);
    database_put_number(used, 1, (int64_t)row->id);
    database_put_number(used, 2, now_ns > row->used_ns ? now_ns : row->used_ns);
    database_put_text(used, 3, address);
    int r = database_run(used);
    return r < 0 ? r : keep_address(accounts, row->id, address);
}

/* The first use from an address is logged before it takes effect; the time is kept now and then,
 * and when the disk is full not at all. */
static int mark_used(Accounts *accounts, const AccountSelf *self, const TokenRow *row)
{
    int64_t age = account_now(accounts) - row->used_ns;
    Slice address = slice_first(self->client.address, ACCOUNT_TEXT_BYTES_MAX);
    int is_new = is_new_address(accounts, row->id, address);
    if (is_new < 0) return is_new;
    if (!is_new && age < SESSION_SEEN_NS && age >= 0) return 0;
    OperatorAct act = account_act_of(accounts, self, OPERATOR_TOKEN_USE);
    act.detail = row->label;
    int r = account_begin(accounts);
    if (r == 0) r = account_end(accounts, keep_use(accounts, row, address), is_new ? &act : NULL);
    return !is_new && (r == -ENOSPC || r == -EBUSY || r == -EROFS) ? 0 : r;
}

int account_token_check(Accounts *accounts, Slice text, const AccountClient *client, Arena *arena,
                        AccountSelf *ret)
{
    AccountSettings settings;
    const char *reason = NULL;
    TokenRow *row = ARENA_NEW(arena, TokenRow);
    if (!row) return -ENOMEM;
    ACCOUNTS_LOCKED(accounts);
    OperatorAct act = account_act_by(accounts, client, OPERATOR_TOKEN_USE, (Slice){0});
    int r = settings_row_get(accounts, arena, &settings);
    if (r == 0) r = find_token(accounts, text, arena, row, &reason);
    act.user = row->owner.user.name;
    if (r == -EACCES) return refuse_token(accounts, &settings, act, reason);
    if (r < 0) return r;
    if (!settings_allow(&settings, client->address))
        return account_refused(accounts, act, "not_allowed_address", -EPERM);
    const AccountSelf self = {.via = VIA_TOKEN,
                              .via_id = row->id,
                              .user_id = row->owner.user.id,
                              .name = row->owner.user.name,
                              .display_name = row->owner.user.display_name,
                              .stage = STAGE_FULL,
                              .permissions = token_may(row),
                              .grants = row->owner.user.grants,
                              .token_grants = row->grants,
                              .client = *client};
    r = mark_used(accounts, &self, row);
    if (r == 0) *ret = self;
    return r;
}

/* ---- lists, ending */

static int take_listed(sqlite3_stmt *s, Arena *arena, AccountToken *ret)
{
    AccountToken token = {.id = (uint64_t)database_number_at(s, 0),
                          .user_id = (uint64_t)database_number_at(s, 1),
                          .permissions = (unsigned)database_number_at(s, 5),
                          .created_ns = database_number_at(s, 7),
                          .expires_ns = database_number_at(s, 8),
                          .used_ns = database_number_at(s, 9)};
    const struct {
        int column;
        Slice *to;
    } texts[] = {
        {2, &token.user_name}, {3, &token.label}, {4, &token.hint}, {10, &token.used_address}};
    Slice grants;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        int r = arena_copy(arena, database_bytes_at(s, texts[i].column), texts[i].to);
        if (r < 0) return r;
    }
    int r = arena_copy(arena, database_bytes_at(s, 6), &grants);
    if (r == 0) r = grants_decode(grants, arena, &token.grants);
    *ret = token;
    return r;
}

static size_t list_max(uint64_t user_id)
{
    return user_id ? TOKENS_PER_USER_MAX : TOKENS_MAX;
}

int account_token_list(Accounts *accounts, const AccountSelf *by, uint64_t user_id, Arena *arena,
                       AccountToken **ret, size_t *ret_count)
{
    size_t count = 0;
    int r;
    ACCOUNTS_LOCKED(accounts);
    bool is_own = user_id != 0 && by->user_id == user_id && by->stage == STAGE_FULL;
    if (!is_own && !(by->permissions & MAY_MANAGE)) {
        OperatorAct act = account_act_of(accounts, by, OPERATOR_ACCESS);
        act.target = SLICE("tokens");
        return account_refused(accounts, act, "no_permission", -EPERM);
    }
    AccountToken *tokens = ARENA_ARRAY(arena, AccountToken, list_max(user_id));
    if (!tokens) return -ENOMEM;
    sqlite3_stmt *ask = account_ask(accounts, TOKEN_LIST);
    database_put_number(ask, 1, (int64_t)user_id);
    while ((r = database_step(ask)) == 1 && count < list_max(user_id)) {
        r = take_listed(ask, arena, &tokens[count]);
        if (r < 0) break;
        count++;
    }
    if (ask) sqlite3_reset(ask);
    if (r < 0) return r;
    *ret = tokens;
    *ret_count = count;
    return 0;
}

typedef struct TokenOwner {
    uint64_t user_id;
    Slice name, label;
} TokenOwner;

static int find_owner(Accounts *accounts, uint64_t token_id, Arena *arena, TokenOwner *ret)
{
    sqlite3_stmt *ask = account_ask(accounts, TOKEN_GET);
    database_put_number(ask, 1, (int64_t)token_id);
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -ENOENT;
    ret->user_id = (uint64_t)database_number_at(ask, 0);
    r = arena_copy(arena, database_bytes_at(ask, 1), &ret->name);
    if (r == 0) r = arena_copy(arena, database_bytes_at(ask, 2), &ret->label);
    sqlite3_reset(ask);
    return r;
}

int account_token_revoke(Accounts *accounts, const AccountSelf *by, uint64_t token_id)
{
    CLEANUP(arena_done) Arena arena = {0};
    TokenOwner owner;
    ACCOUNTS_LOCKED(accounts);
    int r = find_owner(accounts, token_id, &arena, &owner);
    if (r < 0) return r;
    OperatorAct act = account_act_of(accounts, by, OPERATOR_TOKEN_REVOKE);
    act.target = owner.name;
    act.detail = owner.label;
    bool is_own = by->user_id == owner.user_id && by->stage == STAGE_FULL;
    if (!is_own && !(by->permissions & MAY_MANAGE))
        return account_refused(accounts, act, "no_permission", -EPERM);
    r = account_begin(accounts);
    if (r < 0) return r;
    sqlite3_stmt *drop = account_ask(accounts, TOKEN_DROP);
    database_put_number(drop, 1, (int64_t)token_id);
    return account_end(accounts, database_run(drop), &act);
}
