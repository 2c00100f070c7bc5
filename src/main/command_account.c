/* akashi account: users from the shell, for the first one, for forgotten passwords, and for
 * scripts. Whoever may read the store's key may do this; it works beside the running server. */
#include "main/account_print.h"
#include "main/account_setup.h"
#include "main/commands.h"
#include "main/output.h"
#include "main/password_ask.h"
#include "main/store_kek.h"

#include "account/account_factor.h"
#include "base/number.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

typedef struct AccountRun {
    const Invocation *invocation;
    Language language;
    AccountSetup setup;
    Accounts *accounts;
    AccountSelf self;
    Arena arena;
    Slice name; /* the user's, or a number */
    AccountUser user;
    Complaint complaint;
    Buf output;
} AccountRun;

/* The exit status for what a function of account/ returned. */
static int say_failure(AccountRun *run, int r)
{
    Language language = run->language;
    char number[NUMBER_WORDS_MAX];
    if (r == -ENOENT)
        SAY(MESSAGE_ACCOUNT_UNKNOWN, language, {"name", run->name});
    else if (r == -EALREADY)
        SAY(MESSAGE_ACCOUNT_ALREADY, language, {"name", run->name});
    else if (r == -EDEADLK)
        SAY(MESSAGE_ACCOUNT_LAST_ADMINISTRATOR, language, {"name", run->name});
    else if (r == -ENOTSUP)
        SAY(MESSAGE_ACCOUNT_DIRECTORY_USER, language, {"name", run->name});
    else if (r == -ENOBUFS)
        SAY(MESSAGE_ACCOUNT_FULL, language, {"count", number_words(number, USERS_MAX)});
    else {
        if (!run->complaint.id) account_explain(r, run->invocation->folder, &run->complaint);
        const char *words = language == LANGUAGE_JA ? run->complaint.ja : run->complaint.en;
        SAY(MESSAGE_ACCOUNT_FAILED, language, {"words", slice_from_cstr(words)});
    }
    return r == -EALREADY ? EXIT_ANSWER_NO : EXIT_FAILED;
}

static int say_done(AccountRun *run, MessageId done, int r)
{
    if (r < 0) return say_failure(run, r);
    SAY(done, run->language, {"name", run->name});
    return EXIT_DONE;
}

static bool wants_json(const AccountRun *run)
{
    const char *format = option_value(run->invocation, "format");
    return format && strcmp(format, "json") == 0;
}

static int flush(AccountRun *run)
{
    int r = output_flush(&run->output, 0);
    return r < 0 && r != -EPIPE ? EXIT_FAILED : EXIT_DONE;
}

/* ---- list */

static int list_users(AccountRun *run)
{
    AccountUser *users = NULL;
    size_t count, total = 0;
    Slice after = {0};
    do {
        int r =
            account_user_list(run->accounts, &run->self, after, 1000, &run->arena, &users, &count);
        if (r < 0) return say_failure(run, r);
        for (size_t i = 0; i < count; i++) {
            if (wants_json(run))
                account_print_json(&run->output, &users[i]);
            else
                account_print_line(run->invocation, &run->output, &users[i]);
        }
        if (count > 0) after = users[count - 1].name;
        total += count;
    } while (count == 1000);
    if (total == 0) SAY(MESSAGE_ACCOUNT_NONE, run->language);
    return flush(run);
}

/* ---- adding and changing */

/* --role "operator; viewer[nas*@factory]". */
static int read_grants(AccountRun *run, AccountGrants *ret)
{
    const char *given = option_value(run->invocation, "role");
    AccountGrant *grants = ARENA_ARRAY(&run->arena, AccountGrant, GRANTS_MAX + 1);
    Slice text = given ? slice_from_cstr(given) : SLICE("?"), piece;
    size_t count = 0;
    if (!grants) return -ENOMEM;
    while (slice_cut(&text, ';', &piece) && count <= GRANTS_MAX) {
        int r = grant_read(piece, &run->arena, &grants[count++], &run->complaint);
        if (r < 0) return r;
    }
    *ret = (AccountGrants){grants, count};
    return 0;
}

static Slice text_option(const AccountRun *run, const char *name)
{
    return slice_from_cstr(option_value(run->invocation, name));
}

static int add_user(AccountRun *run)
{
    char password[PASSWORD_ASK_BYTES_MAX] = "";
    AccountNewUser user = {.name = run->name,
                           .display_name = text_option(run, "display-name"),
                           .mail = text_option(run, "mail"),
                           .must_change = true};
    uint64_t id;
    int r = read_grants(run, &user.grants);
    if (r < 0) return say_failure(run, r);
    r = password_ask(run->invocation, run->name.ptr, password);
    if (r < 0) return EXIT_FAILED;
    user.password = slice_from_cstr(password);
    r = account_user_add(run->accounts, &run->self, &user, &id, &run->complaint);
    explicit_bzero(password, sizeof password);
    return say_done(run, MESSAGE_ACCOUNT_ADDED, r);
}

static int reset_password(AccountRun *run)
{
    char password[PASSWORD_ASK_BYTES_MAX] = "";
    if (run->user.kind != USER_LOCAL) return say_failure(run, -ENOTSUP);
    if (password_ask(run->invocation, run->name.ptr, password) < 0) return EXIT_FAILED;
    int r = account_password_reset(run->accounts, &run->self, run->user.id,
                                   slice_from_cstr(password), &run->complaint);
    explicit_bzero(password, sizeof password);
    return say_done(run, MESSAGE_ACCOUNT_PASSWORD_SET, r);
}

static int set_roles(AccountRun *run)
{
    CLEANUP(buf_done) Buf roles = {0};
    AccountGrants grants;
    int r = read_grants(run, &grants);
    if (r == 0)
        r = account_user_grants(run->accounts, &run->self, run->user.id, grants, &run->complaint);
    if (r < 0) return say_failure(run, r);
    account_print_roles(&roles, grants);
    SAY(MESSAGE_ACCOUNT_ROLES_SET, run->language, {"name", run->name},
        {"roles", buf_slice(&roles)});
    return EXIT_DONE;
}

static int disable_user(AccountRun *run)
{
    return say_done(run, MESSAGE_ACCOUNT_DISABLED,
                    account_user_disable(run->accounts, &run->self, run->user.id));
}

static int enable_user(AccountRun *run)
{
    return say_done(run, MESSAGE_ACCOUNT_ENABLED,
                    account_user_enable(run->accounts, &run->self, run->user.id));
}

static int remove_user(AccountRun *run)
{
    return say_done(run, MESSAGE_ACCOUNT_REMOVED,
                    account_user_remove(run->accounts, &run->self, run->user.id));
}

static int unlock_user(AccountRun *run)
{
    return say_done(run, MESSAGE_ACCOUNT_UNLOCKED,
                    account_user_unlock(run->accounts, &run->self, run->user.id));
}

static int reset_factor(AccountRun *run)
{
    int r = account_factor_remove(run->accounts, &run->self, run->user.id);
    if (r != -ENOENT) return say_done(run, MESSAGE_ACCOUNT_FACTOR_REMOVED, r);
    SAY(MESSAGE_ACCOUNT_NO_FACTOR, run->language, {"name", run->name});
    return EXIT_ANSWER_NO;
}

static int end_sessions(AccountRun *run)
{
    char number[NUMBER_WORDS_MAX];
    int r = account_session_end_all(run->accounts, &run->self, run->user.id);
    if (r < 0) return say_failure(run, r);
    SAY(MESSAGE_ACCOUNT_SESSIONS_ENDED, run->language, {"name", run->name},
        {"count", number_words(number, (uint64_t)r)});
    return EXIT_DONE;
}

/* ---- tokens, set-up */

static int list_tokens(AccountRun *run)
{
    AccountToken *tokens;
    size_t count;
    int r = account_token_list(run->accounts, &run->self, 0, &run->arena, &tokens, &count);
    if (r < 0) return say_failure(run, r);
    for (size_t i = 0; i < count; i++)
        account_print_token(run->invocation, &run->output, &tokens[i]);
    return flush(run);
}

static int revoke_token(AccountRun *run)
{
    uint64_t id;
    int r = number_parse_u64(run->name, &id) < 0
                ? -ENOENT
                : account_token_revoke(run->accounts, &run->self, id);
    if (r != -ENOENT) return say_done(run, MESSAGE_ACCOUNT_TOKEN_REVOKED, r);
    SAY(MESSAGE_ACCOUNT_UNKNOWN_TOKEN, run->language, {"name", run->name});
    return EXIT_FAILED;
}

static int make_setup_code(AccountRun *run)
{
    char code[SETUP_CODE_BYTES];
    int r = account_setup_begin(run->accounts, code);
    if (r == -EEXIST) {
        SAY(MESSAGE_ACCOUNT_SETUP_OVER, run->language);
        return EXIT_ANSWER_NO;
    }
    if (r < 0) return say_failure(run, r);
    SAY(MESSAGE_ACCOUNT_SETUP_CODE, run->language, {"code", slice_from_cstr(code)});
    explicit_bzero(code, sizeof code);
    return EXIT_DONE;
}

/* ---- the command */

typedef enum TaskNeeds { NEEDS_NOTHING, NEEDS_NAME, NEEDS_USER } TaskNeeds;

typedef struct AccountTask {
    const char *name;
    TaskNeeds needs;
    int (*run)(AccountRun *run);
} AccountTask;

static const AccountTask tasks[] = {
    {"list", NEEDS_NOTHING, list_users},
    {"add", NEEDS_NAME, add_user},
    {"reset-password", NEEDS_USER, reset_password},
    {"roles", NEEDS_USER, set_roles},
    {"disable", NEEDS_USER, disable_user},
    {"enable", NEEDS_USER, enable_user},
    {"remove", NEEDS_USER, remove_user},
    {"unlock", NEEDS_USER, unlock_user},
    {"reset-factor", NEEDS_USER, reset_factor},
    {"end-sessions", NEEDS_USER, end_sessions},
    {"tokens", NEEDS_NOTHING, list_tokens},
    {"revoke", NEEDS_NAME, revoke_token},
    {"setup-code", NEEDS_NOTHING, make_setup_code},
};

static const AccountTask *find_task(const Invocation *invocation)
{
    size_t given = invocation->argument_count;
    for (size_t i = 0; given > 0 && i < ARRAY_COUNT(tasks); i++) {
        if (strcmp(tasks[i].name, invocation->arguments[0]) == 0 &&
            given == (tasks[i].needs == NEEDS_NOTHING ? 1u : 2u))
            return &tasks[i];
    }
    SAY(MESSAGE_ACCOUNT_USAGE, invocation->language);
    return NULL;
}

static int open_accounts(AccountRun *run)
{
    Secret *kek = NULL;
    const struct passwd *login = getpwuid(getuid());
    int r = store_kek_open(run->invocation, true, &kek);
    if (r < 0) return r;
    r = account_setup(run->invocation, kek, &run->setup);
    secret_free(kek);
    if (r < 0) return r;
    run->self = account_shell(slice_from_cstr(login ? login->pw_name : "?"));
    r = accounts_open(&run->setup.options, &run->accounts);
    if (r < 0) say_failure(run, r);
    return r;
}

static int run_task(AccountRun *run, const AccountTask *task)
{
    if (task->needs != NEEDS_NOTHING) run->name = slice_from_cstr(run->invocation->arguments[1]);
    if (task->needs == NEEDS_USER) {
        int r = account_user_find(run->accounts, &run->self, run->name, &run->arena, &run->user);
        if (r < 0) return say_failure(run, r);
    }
    return task->run(run);
}

static int run_account(const Invocation *invocation)
{
    AccountRun run = {.invocation = invocation, .language = invocation->language};
    const AccountTask *task = find_task(invocation);
    int status = EXIT_FAILED;
    if (!task) return status;
    if (open_accounts(&run) == 0) status = run_task(&run, task);
    accounts_close(run.accounts);
    account_setup_done(&run.setup);
    buf_done(&run.output);
    arena_done(&run.arena);
    return status;
}

static const OptionInfo account_options[] = {
    {"role",
     "ROLES",
     {"add, roles: 役割。viewer（見る）, operator（対応する）, auditor（監査）, "
      "administrator（管理）。"
      "一部のログだけなら operator[機器|機器@拠点]。; で並べる",
      "add, roles: viewer, operator, auditor or administrator; for a part of the logs "
      "operator[SOURCE|SOURCE@SITE]; several with ; between"}},
    {"display-name", "TEXT", {"add: 画面に出す名前", "add: name as shown"}},
    {"mail", "ADDRESS", {"add: メールアドレス", "add: mail address"}},
    {"password-fd",
     "N",
     {"add, reset-password: パスワードをこのファイル記述子の1行目から読む",
      "add, reset-password: reads the password from the first line of this descriptor"}},
    {"format", "FORMAT", {"list の形: table（表）, json", "list: table or json"}},
};

const CommandInfo account_command = {
    .name = "account",
    .arguments = "list|add|reset-password|roles|disable|enable|remove|unlock|reset-factor|"
                 "end-sessions|tokens|revoke|setup-code [NAME]",
    .words = {"画面の利用者: 追加、パスワードの再設定、停止、二段階認証の解除、セッションの終了",
              "people who may sign in: adding, forgotten passwords, second factors, sessions"},
    .examples = "  akashi account add tanaka --role operator --display-name \"Taro Tanaka\"\n"
                "  akashi account add audit --role \"auditor; viewer[nas*@factory 1]\"\n"
                "  akashi account reset-password tanaka\n"
                "  akashi account reset-password tanaka --password-fd 3 3< new-password\n"
                "  akashi account reset-factor tanaka\n"
                "  akashi account end-sessions tanaka\n"
                "  akashi account setup-code\n",
    .options = account_options,
    .option_count = ARRAY_COUNT(account_options),
    .run = run_account,
};
