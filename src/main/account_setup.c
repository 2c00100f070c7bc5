/* See account_setup.h. */
#include "main/account_setup.h"

#include <errno.h>

/* ---- the directory */

/* A NUL behind each, in the arena: slices of a setting's text have none. */
static int keep_text(AccountSetup *setup, Slice text, const char **ret)
{
    Slice copy;
    int r = arena_format(&setup->arena, &copy, "%.*s", SLICE_FMT(text));
    if (r < 0) return r;
    char *ended = arena_alloc(&setup->arena, copy.len + 1);
    if (!ended) return -ENOMEM;
    memcpy(ended, copy.ptr, copy.len);
    ended[copy.len] = '\0';
    *ret = ended;
    return 0;
}

static int read_servers(AccountSetup *setup, Slice text)
{
    Slice server;
    while (slice_cut(&text, ' ', &server)) {
        server = slice_trim(server);
        if (server.len == 0) continue;
        if (setup->ldap.server_count == LDAP_SERVERS_MAX) return -EINVAL;
        int r = keep_text(setup, server, &setup->ldap.servers[setup->ldap.server_count++]);
        if (r < 0) return r;
    }
    return 0;
}

/* `ROLE=GROUP; ROLE[SCOPE]=GROUP`: a role holds no =, a group's name may. */
static int read_rules(AccountSetup *setup, Slice text, Complaint *complaint)
{
    Slice rule, role = {0};
    while (slice_cut(&text, ';', &rule)) {
        rule = slice_trim(rule);
        if (rule.len == 0) continue;
        if (setup->ldap.rule_count == LDAP_GROUP_RULES_MAX) return -EINVAL;
        LdapGroupRule *to = &setup->rules[setup->ldap.rule_count++];
        slice_cut(&rule, '=', &role);
        to->group = slice_trim(rule);
        int r = grant_read(role, &setup->arena, &to->grant, complaint);
        if (r == 0 && to->group.len == 0)
            r = grant_read(SLICE("="), &setup->arena, &to->grant, complaint);
        if (r < 0) return r;
    }
    setup->ldap.rules = setup->rules;
    return 0;
}

static int read_directory(const Invocation *invocation, AccountSetup *setup, Complaint *complaint)
{
    const Settings *settings = &invocation->settings;
    setup->ldap = (LdapConfig){
        .ca_file = setting_text(settings, SETTING_DIRECTORY_CA_FILE),
        .insecure = strcmp(setting_text(settings, SETTING_DIRECTORY_CHECK), "no") == 0,
        .time_out_seconds = (unsigned)setting_number(settings, SETTING_DIRECTORY_TIME_OUT_SECONDS),
        .bind_pattern = setting_text(settings, SETTING_DIRECTORY_BIND_PATTERN),
        .search_base = setting_text(settings, SETTING_DIRECTORY_SEARCH_BASE),
        .search_filter = setting_text(settings, SETTING_DIRECTORY_SEARCH_FILTER),
        .search_user = setting_text(settings, SETTING_DIRECTORY_SEARCH_USER),
        .search_password_file = setting_text(settings, SETTING_DIRECTORY_SEARCH_PASSWORD_FILE),
        .group_attribute = setting_text(settings, SETTING_DIRECTORY_GROUP_ATTRIBUTE),
        .group_base = setting_text(settings, SETTING_DIRECTORY_GROUP_BASE),
    };
    int r = read_servers(setup, slice_from_cstr(setting_text(settings, SETTING_DIRECTORY_SERVERS)));
    if (r < 0 || setup->ldap.server_count == 0) return r;
    r = read_rules(setup, slice_from_cstr(setting_text(settings, SETTING_DIRECTORY_GROUPS)),
                   complaint);
    return r < 0 ? r : ldap_config_check(&setup->ldap, complaint);
}

static int settle_directory(const Invocation *invocation, AccountSetup *setup)
{
    Complaint complaint = {0};
    int r = read_directory(invocation, setup, &complaint);
    if (r == -EINVAL) {
        const char *words = invocation->language == LANGUAGE_JA ? complaint.ja : complaint.en;
        SAY(MESSAGE_ACCOUNT_DIRECTORY_BAD, invocation->language, {"words", slice_from_cstr(words)});
    }
    if (r < 0) return r;
    if (setup->ldap.server_count == 0) return 0;
    if (setup->ldap.insecure) SAY(MESSAGE_ACCOUNT_DIRECTORY_UNCHECKED, invocation->language);
    setup->options.ldap = &setup->ldap;
    return 0;
}

/* ---- the whole */

int account_setup(const Invocation *invocation, const Secret *kek, AccountSetup *ret)
{
    const Settings *settings = &invocation->settings;
    *ret = (AccountSetup){0};
    int r = side_keys_open(&os_real, invocation->folder, kek, SIDE_ACCOUNTS, &ret->keys);
    if (r < 0) return r;
    ret->cipher = side_keys_accounts(&ret->keys);
    ret->options = (AccountOptions){
        .os = &os_real,
        .folder = invocation->folder,
        .cipher = &ret->cipher,
        .common_file = setting_text(settings, SETTING_ACCOUNT_COMMON_FILE),
        .company = slice_from_cstr(setting_text(settings, SETTING_ACCOUNT_COMPANY)),
    };
    return settle_directory(invocation, ret);
}

void account_setup_done(AccountSetup *setup)
{
    side_keys_done(&setup->keys);
    arena_done(&setup->arena);
    *setup = (AccountSetup){0};
}
