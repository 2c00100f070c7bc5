/* Rows of users, and their names: see account_base.h. */
#include "account/account_base.h"

#include "base/fold.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <unictype.h>
#include <uninorm.h>

/* ---- names */

static int say_name(Complaint *complaint)
{
    complaint_say(complaint, "account.name",
                  "a user name is 1 to %d letters and digits of any script and . _ - @ + without "
                  "blanks",
                  "利用者名は文字、数字と . _ - @ + で%d文字までです。空白は使えません",
                  USER_NAME_CHARACTERS_MAX);
    return -EINVAL;
}

int user_name_check(Slice name, Complaint *complaint)
{
    size_t characters = 0;
    if (name.len == 0 || name.len > USER_NAME_BYTES_MAX || !utf8_is_valid(name))
        return say_name(complaint);
    while (name.len > 0) {
        uint32_t c = utf8_take(&name);
        bool is_sign = c < 128 && c != 0 && strchr("._-@+", (int)c);
        if (++characters > USER_NAME_CHARACTERS_MAX ||
            !(is_sign || uc_is_general_category_withtable(
                             c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_Nd)))
            return say_name(complaint);
    }
    return 0;
}

int user_name_key(Slice name, Arena *arena, Slice *ret)
{
    uint8_t room[USER_NAME_BYTES_MAX * 4];
    size_t len = sizeof room;
    if (name.len == 0 || name.len > USER_NAME_BYTES_MAX || !utf8_is_valid(name)) return -EINVAL;
    uint8_t *made = u8_normalize(UNINORM_NFKC, (const uint8_t *)name.ptr, name.len, room, &len);
    if (!made) return -EINVAL;
    char *key = arena_alloc(arena, len);
    if (key) *ret = slice_of(key, fold_text(key, slice_of(made, len)));
    if (made != room) free(made);
    return key ? 0 : -ENOMEM;
}

/* ---- reading */

static int copy_text(sqlite3_stmt *statement, int at, Arena *arena, Slice *ret)
{
    Slice bytes = database_bytes_at(statement, at);
    char *copy = arena_alloc(arena, bytes.len + 1);
    if (!copy) return -ENOMEM;
    if (bytes.len > 0) memcpy(copy, bytes.ptr, bytes.len);
    copy[bytes.len] = '\0';
    *ret = slice_of(copy, bytes.len);
    return 0;
}

static int take_texts(sqlite3_stmt *s, int first, Arena *arena, UserRow *row)
{
    const struct {
        int column;
        Slice *to;
    } texts[] = {
        {2, &row->user.name}, {3, &row->user.display_name}, {4, &row->user.mail},
        {7, &row->hash},      {13, &row->grants_text},      {14, &row->preferences},
        {16, &row->seed},     {17, &row->pending},
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        int r = copy_text(s, first + texts[i].column, arena, texts[i].to);
        if (r < 0) return r;
    }
    return grants_decode(row->grants_text, arena, &row->user.grants);
}

int user_row_take(sqlite3_stmt *s, int first, Arena *arena, UserRow *ret)
{
    UserRow row = {
        .user = {.id = (uint64_t)database_number_at(s, first),
                 .kind = (UserKind)database_number_at(s, first + 1),
                 .disabled = database_number_at(s, first + 5) != 0,
                 .must_change = database_number_at(s, first + 6) != 0,
                 .has_factor = database_number_at(s, first + 8) != 0,
                 .recovery_left = (unsigned)database_number_at(s, first + 9),
                 .created_ns = database_number_at(s, first + 10),
                 .password_ns = database_number_at(s, first + 11),
                 .signed_in_ns = database_number_at(s, first + 12)},
        .grants_number = database_number_at(s, first + 15),
        .pending_ns = database_number_at(s, first + 18),
        .pending_tries = database_number_at(s, first + 19),
    };
    int r = take_texts(s, first, arena, &row);
    if (r < 0) return r;
    row.user.has_password = row.hash.len > 0;
    *ret = row;
    return 0;
}

static int take_one(sqlite3_stmt *ask, Arena *arena, UserRow *ret)
{
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -ENOENT;
    r = user_row_take(ask, 0, arena, ret);
    sqlite3_reset(ask);
    return r;
}

int user_row_get(Accounts *accounts, uint64_t id, Arena *arena, UserRow *ret)
{
    sqlite3_stmt *ask = account_ask(accounts, USER_GET);
    database_put_number(ask, 1, (int64_t)id);
    return take_one(ask, arena, ret);
}

int user_row_find(Accounts *accounts, Slice name, Arena *arena, UserRow *ret)
{
    Slice key;
    int r = user_name_key(name, arena, &key);
    if (r < 0) return r == -EINVAL ? -ENOENT : r;
    sqlite3_stmt *ask = account_ask(accounts, USER_FIND);
    database_put_text(ask, 1, key);
    return take_one(ask, arena, ret);
}

/* ---- writing */

static int check_new(Accounts *accounts, Slice key)
{
    int64_t count;
    int r = database_number(account_ask(accounts, USER_COUNT), &count);
    if (r < 0) return r;
    if (count >= USERS_MAX) return -ENOBUFS;
    sqlite3_stmt *ask = account_ask(accounts, USER_FIND);
    database_put_text(ask, 1, key);
    r = database_step(ask);
    if (r == 1) sqlite3_reset(ask);
    return r == 1 ? -EEXIST : r;
}

static int add_row(Accounts *accounts, const UserToAdd *user, Slice key, Slice grants)
{
    int64_t now_ns = account_now(accounts);
    sqlite3_stmt *add = account_ask(accounts, USER_ADD);
    database_put_text(add, 1, user->name);
    database_put_text(add, 2, key);
    database_put_text(add, 3, user->display_name);
    database_put_text(add, 4, user->mail);
    database_put_number(add, 5, user->kind);
    database_put_number(add, 6, user->must_change);
    database_put_text(add, 7, user->hash);
    database_put_text(add, 8, grants);
    database_put_number(add, 9, grants_are_administrator(user->grants));
    database_put_number(add, 10, now_ns);
    database_put_number(add, 11, user->hash.len > 0 ? now_ns : 0);
    return database_run(add);
}

int user_row_add(Accounts *accounts, const UserToAdd *user, uint64_t *ret_id)
{
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf grants = {0};
    Slice key;
    int r = user_name_key(user->name, &arena, &key);
    if (r == 0) r = check_new(accounts, key);
    if (r < 0) return r;
    grants_encode(&grants, user->grants);
    r = buf_error(&grants);
    if (r == 0) r = add_row(accounts, user, key, buf_slice(&grants));
    if (r == 0) *ret_id = (uint64_t)database_last_id(&accounts->database);
    return r;
}

int user_row_set_grants(Accounts *accounts, uint64_t id, AccountGrants grants)
{
    CLEANUP(buf_done) Buf text = {0};
    grants_encode(&text, grants);
    if (buf_error(&text) < 0) return buf_error(&text);
    sqlite3_stmt *set = account_ask(accounts, USER_SET_GRANTS);
    database_put_number(set, 1, (int64_t)id);
    database_put_text(set, 2, buf_slice(&text));
    database_put_number(set, 3, grants_are_administrator(grants));
    return database_run(set);
}

/* ---- new passwords */

static int judge(const Accounts *accounts, Slice password, const Slice *words, size_t word_count,
                 Complaint *complaint)
{
    CLEANUP(arena_done) Arena arena = {0};
    PasswordContext context = {.words = {accounts->options.company}, .word_count = 1};
    const char *path = accounts->options.common_file;
    for (size_t i = 0; i < word_count && context.word_count < ARRAY_COUNT(context.words); i++)
        context.words[context.word_count++] = words[i];
    if (path && path[0]) {
        int r =
            os_read_file(accounts->os, path, PASSWORD_COMMON_BYTES_MAX, &arena, &context.common);
        if (r < 0) {
            complaint_say(complaint, "account.common_file",
                          "%s, the list of common passwords, cannot be read: %s",
                          "よくあるパスワードの一覧 %s を読めません: %s", path, strerror(-r));
            return r == -ENOMEM ? r : -EINVAL;
        }
    }
    return password_judge(password, &context, complaint);
}

int account_new_hash(Accounts *accounts, Slice password, const Slice *words, size_t word_count,
                     char ret[PASSWORD_HASH_BYTES], Complaint *complaint)
{
    Password taken;
    int r = judge(accounts, password, words, word_count, complaint);
    if (r < 0) return r;
    r = password_take(password, &taken);
    if (r == 0) r = password_hash(accounts->gate, accounts->os, &taken, ret);
    password_wipe(&taken);
    return r;
}
