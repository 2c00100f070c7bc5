/* Who acts and what they may do: see account.h. */
#include "account/account_base.h"

AccountSelf account_shell(Slice login_name)
{
    static const AccountGrant everything = {.role = ROLE_ADMINISTRATOR};
    return (AccountSelf){
        .via = VIA_SHELL,
        .name = login_name,
        .stage = STAGE_FULL,
        .permissions = role_permissions(ROLE_ADMINISTRATOR),
        .grants = {&everything, 1},
    };
}

bool grants_are_administrator(AccountGrants grants)
{
    return (grants_permissions(grants) & MAY_MANAGE) != 0;
}

unsigned grants_roles(AccountGrants grants)
{
    unsigned roles = 0;
    for (size_t i = 0; i < grants.count; i++)
        roles |= 1u << grants.items[i].role;
    return roles;
}

bool factor_is_needed(const AccountSettings *settings, AccountGrants grants)
{
    return (settings->factor_roles & grants_roles(grants)) != 0;
}

int account_require_proof(Accounts *accounts, const AccountSelf *by, OperatorVerb verb,
                          Slice target)
{
    int64_t age = account_now(accounts) - by->proved_ns;
    if (by->via != VIA_SESSION) return 0;
    if (age <= ACCOUNT_PROOF_NS && age >= -CLOCK_STEP_NS) return 0;
    OperatorAct act = account_act_of(accounts, by, verb);
    act.target = target;
    return account_refused(accounts, act, "no_proof", -EKEYEXPIRED);
}

int account_require(Accounts *accounts, const AccountSelf *by, Permission permission,
                    OperatorVerb verb, Slice target)
{
    if (!(by->permissions & permission)) {
        OperatorAct act = account_act_of(accounts, by, verb);
        act.target = target;
        return account_refused(accounts, act, "no_permission", -EPERM);
    }
    return account_require_proof(accounts, by, verb, target);
}

int account_may(Accounts *accounts, const AccountSelf *self, Permission permission, Slice on)
{
    if (self->permissions & permission) return 0;
    ACCOUNTS_LOCKED(accounts);
    OperatorAct act = account_act_of(accounts, self, OPERATOR_ACCESS);
    act.target = on;
    return account_refused(accounts, act, "no_permission", -EPERM);
}

bool account_may_with(const AccountSelf *self, Permission permission, Slice source, Slice site)
{
    if (!(self->permissions & permission)) return false;
    return grants_allow(self->grants, permission, source, site) &&
           (self->token_grants.count == 0 ||
            grants_allow(self->token_grants, permission, source, site));
}

int account_scope(const AccountSelf *self, Permission permission, Buf *to)
{
    if (!(self->permissions & permission)) return -EACCES;
    size_t start = to->len;
    int r = grants_filter(self->grants, permission, to);
    if (r < 0 || self->token_grants.count == 0) return r;
    if (r == 0) buf_add_cstr(to, " AND ");
    int narrower = grants_filter(self->token_grants, permission, to);
    if (narrower == 1 && r == 0) to->len -= strlen(" AND ");
    if (narrower < 0) to->len = start;
    return narrower == 1 ? r : narrower;
}

int account_log(Accounts *accounts, const AccountSelf *self, const OperatorAct *act)
{
    ACCOUNTS_LOCKED(accounts);
    OperatorAct full = account_act_of(accounts, self, act->verb);
    full.failed = act->failed;
    full.reason = act->reason;
    full.target = act->target;
    full.detail = act->detail;
    full.count = act->count;
    return account_write_log(accounts, &full);
}

/* ---- errors in words */

typedef struct ErrorWords {
    int error;
    const char *id, *en, *ja;
} ErrorWords;

static const ErrorWords error_words[] = {
    {-EBADMSG, "account.damaged",
     "%s/accounts.db is damaged. Stop akashi, put the file aside with its -wal and -shm, and put "
     "back that of the last backup (akashi restore). Without one, start akashi again: it prints a "
     "set-up code for a new administrator. The logs are not touched by this.",
     "%s/accounts.db が壊れています。akashi を止め、このファイルと -wal、-shm "
     "を別の場所に移し、直近のバックアップのものを戻してください（akashi "
     "restore）。ないときは、そのまま起動し直すと新しい管理者を作るコードが表示されます。ログには"
     "影響しません"},
    {-EPROTO, "account.newer",
     "%s/accounts.db was made by a newer version of akashi; use that version",
     "%s/accounts.db は新しい版の akashi が作ったものです。その版を使ってください"},
    {-ENOSPC, "account.full",
     "the disk of %s is full: nothing was changed. Make room; those who are signed in stay so",
     "%s のディスクがいっぱいで、変更は行われていません。空きを作ってください。サインイン中の人は"
     "そのまま使えます"},
    {-EBUSY, "account.busy",
     "%s/accounts.db is held by another process for over 5 seconds; try again in a moment",
     "%s/accounts.db を別のプロセスが5秒以上使っています。少し待ってもう一度行ってください"},
    {-EROFS, "account.read_only",
     "%s/accounts.db cannot be written: the file or its folder is read-only for this user",
     "%s/accounts.db に書けません。ファイルかフォルダーがこの利用者には読み取り専用です"},
    {-EACCES, "account.no_access",
     "%s/accounts.db cannot be opened: run the command as the user that runs akashi, or as root",
     "%s/accounts.db を開けません。akashi を動かしている利用者か root で実行してください"},
    {ACCOUNT_NOT_LOGGED, "account.not_logged",
     "it was not done, because it could not be written to the operator log of %s (disk full, or "
     "the store has stopped)",
     "操作の記録を %s "
     "に書けないため、行いませんでした（ディスクがいっぱいか、保存が止まっています）"},
};

void account_explain(int error, const char *folder, Complaint *ret)
{
    for (size_t i = 0; i < ARRAY_COUNT(error_words); i++) {
        const ErrorWords *words = &error_words[i];
        if (words->error != error) continue;
        complaint_say(ret, words->id, words->en, words->ja, folder);
        return;
    }
    complaint_say(ret, "account.failed", "%s/accounts.db: %s", "%s/accounts.db: %s", folder,
                  strerror(-error));
}
