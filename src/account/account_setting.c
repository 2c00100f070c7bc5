/* The settings that administrators change while the server runs: see account.h. */
#include "account/account_base.h"

#include "account/account_network.h"

static int copy_column(sqlite3_stmt *statement, int at, Arena *arena, Slice *ret)
{
    return arena_copy(arena, database_bytes_at(statement, at), ret);
}

int settings_row_get(Accounts *accounts, Arena *arena, AccountSettings *ret)
{
    sqlite3_stmt *ask = account_ask(accounts, SETTINGS_GET);
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -EBADMSG;
    AccountSettings settings = {
        .idle_minutes = (unsigned)database_number_at(ask, 2),
        .absolute_hours = (unsigned)database_number_at(ask, 3),
        .factor_roles = (unsigned)database_number_at(ask, 4),
        .sessions_per_user = (unsigned)database_number_at(ask, 5),
        .token_days_max = (unsigned)database_number_at(ask, 6),
    };
    r = copy_column(ask, 0, arena, &settings.allowed_networks);
    if (r == 0) r = copy_column(ask, 1, arena, &settings.trusted_networks);
    sqlite3_reset(ask);
    if (r == 0) *ret = settings;
    return r;
}

bool settings_allow(const AccountSettings *settings, Slice address)
{
    Network network;
    if (slice_trim(settings->allowed_networks).len == 0 || address.len == 0) return true;
    if (network_parse(address, &network) < 0) return false;
    return network_is_loopback(&network) || networks_hold(settings->allowed_networks, &network);
}

bool settings_trust(const AccountSettings *settings, Slice address)
{
    Network network;
    if (network_parse(address, &network) < 0) return false;
    return networks_hold(settings->trusted_networks, &network);
}

int account_settings_get(Accounts *accounts, Arena *arena, AccountSettings *ret)
{
    ACCOUNTS_LOCKED(accounts);
    return settings_row_get(accounts, arena, ret);
}

/* ---- changing */

typedef struct NumberRule {
    const char *name;
    unsigned least, most, value;
} NumberRule;

static int check_numbers(const AccountSettings *settings, Complaint *complaint)
{
    const NumberRule rules[] = {
        {"idle_minutes", 1, 480, settings->idle_minutes},
        {"absolute_hours", 1, 24, settings->absolute_hours},
        {"factor_roles", 0, (1u << ROLE_COUNT) - 1, settings->factor_roles},
        {"sessions_per_user", 1, 100, settings->sessions_per_user},
        {"token_days_max", 1, 3650, settings->token_days_max},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        if (rules[i].value >= rules[i].least && rules[i].value <= rules[i].most) continue;
        complaint_say(complaint, "account.setting_range", "%s must be %u to %u",
                      "%s は%uから%uまでです", rules[i].name, rules[i].least, rules[i].most);
        return -EINVAL;
    }
    return 0;
}

static int check_settings(const AccountSettings *settings, Complaint *complaint)
{
    Network networks[SETTING_NETWORKS_MAX];
    size_t count;
    int r = networks_parse(settings->allowed_networks, networks, SETTING_NETWORKS_MAX, &count,
                           complaint);
    if (r == 0)
        r = networks_parse(settings->trusted_networks, networks, SETTING_NETWORKS_MAX, &count,
                           complaint);
    return r < 0 ? -EINVAL : check_numbers(settings, complaint);
}

static int keep_settings(Accounts *accounts, const AccountSettings *settings)
{
    sqlite3_stmt *set = account_ask(accounts, SETTINGS_SET);
    database_put_text(set, 1, settings->allowed_networks);
    database_put_text(set, 2, settings->trusted_networks);
    database_put_number(set, 3, settings->idle_minutes);
    database_put_number(set, 4, settings->absolute_hours);
    database_put_number(set, 5, settings->factor_roles);
    database_put_number(set, 6, settings->sessions_per_user);
    database_put_number(set, 7, settings->token_days_max);
    return database_run(set);
}

static void add_settings(Buf *to, const AccountSettings *settings)
{
    buf_add_format(to,
                   "allowed_networks=%.*s trusted_networks=%.*s idle_minutes=%u absolute_hours=%u "
                   "factor_roles=%u sessions_per_user=%u token_days_max=%u",
                   SLICE_FMT(settings->allowed_networks), SLICE_FMT(settings->trusted_networks),
                   settings->idle_minutes, settings->absolute_hours, settings->factor_roles,
                   settings->sessions_per_user, settings->token_days_max);
}

int account_settings_set(Accounts *accounts, const AccountSelf *by, const AccountSettings *settings,
                         Complaint *complaint)
{
    CLEANUP(buf_done) Buf detail = {0};
    ACCOUNTS_LOCKED(accounts);
    int r = account_require(accounts, by, MAY_MANAGE, OPERATOR_SETTING_CHANGE,
                            SLICE("account settings"));
    if (r == 0) r = check_settings(settings, complaint);
    if (r < 0) return r;
    if (!settings_allow(settings, by->client.address)) {
        complaint_say(complaint, "account.shut_out",
                      "your own address %.*s is not in these networks: you could not come in again",
                      "いま使っているアドレス %.*s "
                      "がこの中にありません。このままでは自分が入れなくなります",
                      SLICE_FMT(by->client.address));
        return -EDEADLK;
    }
    add_settings(&detail, settings);
    OperatorAct act = account_act_of(accounts, by, OPERATOR_SETTING_CHANGE);
    act.target = SLICE("account settings");
    act.detail = buf_slice(&detail);
    r = account_begin(accounts);
    if (r < 0) return r;
    r = keep_settings(accounts, settings);
    return account_end(accounts, r, &act);
}
