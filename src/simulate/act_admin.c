/* What administrators do: the Linux server by ssh and sudo, accounts and groups of the domain, logs
 * and auditing, the firewall. See acts.h. */
#include "simulate/acts.h"
#include "simulate/win_line.h"

#include <stdio.h>

#define AUTH(...) line_syslog(sim, SIMULATE_AUTH, 86, "ns01", __VA_ARGS__)

/* OpenSSH 9, Linux-PAM 1.5, sudo 1.9: the texts of their sources. */
void act_ssh_sudo(Sim *sim, const Person *person, const char *command)
{
    char tag[24];
    unsigned pid = sim_pid(sim), port = sim_port(sim);
    snprintf(tag, sizeof tag, "sshd[%u]", pid);
    const Act logon = {.verb = VERB_LOGON,
                       .who = person,
                       .host = SLICE("ns01"),
                       .object = SLICE("ns01"),
                       .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &logon);
    AUTH(tag,
         "Accepted publickey for %s from %s port %u ssh2: ED25519 "
         "SHA256:Zm9yIGRlbW9uc3RyYXRpb24gb25seSwgbm8ga2V5IQ",
         person->account, person->ip, port);
    AUTH(tag, "pam_unix(sshd:session): session opened for user %s(uid=%u) by (uid=0)",
         person->account, person->rid);
    act_end(sim, before);
    sim_wait(sim, 4 * NS_PER_SECOND, 30 * NS_PER_SECOND);
    const Act sudo = {.verb = VERB_RUN_PROCESS,
                      .who = person,
                      .host = SLICE("ns01"),
                      .object = slice_from_cstr(command),
                      .outcome = OUTCOME_SUCCESS};
    before = act_begin(sim, &sudo);
    AUTH("sudo", "%8s : TTY=pts/0 ; PWD=/home/%s ; USER=root ; COMMAND=%s", person->account,
         person->account, command);
    AUTH("sudo", "pam_unix(sudo:session): session opened for user root(uid=0) by %s(uid=%u)",
         person->account, person->rid);
    sim_wait(sim, 10 * NS_PER_MS, 2 * NS_PER_SECOND);
    AUTH("sudo", "pam_unix(sudo:session): session closed for user root");
    act_end(sim, before);
    sim_wait(sim, 10 * NS_PER_SECOND, 60 * NS_PER_SECOND);
    AUTH(tag, "Received disconnect from %s port %u:11: disconnected by user", person->ip, port);
    AUTH(tag, "pam_unix(sshd:session): session closed for user %s", person->account);
}

void act_ssh_failure(Sim *sim, const char *user, Slice from)
{
    char tag[24];
    unsigned pid = sim_pid(sim), port = sim_port(sim);
    snprintf(tag, sizeof tag, "sshd[%u]", pid);
    const Act act = {.verb = VERB_LOGON_FAIL,
                     .user = slice_from_cstr(user),
                     .ip = from,
                     .host = SLICE("ns01"),
                     .object = SLICE("ns01"),
                     .outcome = OUTCOME_FAILURE};
    uint32_t before = act_begin(sim, &act);
    AUTH(tag, "Failed password for %s from %.*s port %u ssh2", user, SLICE_FMT(from), port);
    act_end(sim, before);
}

static Act domain_act(Verb verb, const Person *person, Slice object)
{
    return (Act){.verb = verb,
                 .who = person,
                 .host = SLICE("dc01"),
                 .object = object,
                 .outcome = OUTCOME_SUCCESS};
}

static void begin_account(Sim *sim, unsigned event_id, const WinWho *by, const WinWho *target)
{
    const WinLog log = win_log_dc();
    win_begin(sim, &log, event_id, false);
    win_who(sim, "Subject", by);
    win_plain(sim, "TargetDomainName", FACTORY_DOMAIN);
    win_sid(sim, "TargetSid", target);
    win_plain(sim, "TargetUserName", target->name);
}

static void account_attributes(Sim *sim, const char *account, const char *old_control,
                               const char *new_control)
{
    win_plain(sim, "AccountExpires", "%%1794");
    win_plain(sim, "DisplayName", "%%1793");
    win_plain(sim, "NewUacValue", new_control);
    win_plain(sim, "OldUacValue", old_control);
    win_plain(sim, "PasswordLastSet", "%%1794");
    win_plain(sim, "PrimaryGroupId", "513");
    win_plain(sim, "PrivilegeList", "-");
    win_plain(sim, "SamAccountName", account);
    win_plain(sim, "UserAccountControl", "%%2080 %%2082 %%2084");
}

/* The console's wizard: created, password set, enabled, changed, in one second. */
void act_create_user(Sim *sim, const Person *person, const char *account)
{
    const WinWho target = {9000 + (unsigned)(sim->next_serial++ % 900), NULL, account,
                           FACTORY_DOMAIN, 0};
    const Act act = domain_act(VERB_CREATE_USER, person, slice_from_cstr(account));
    uint32_t before = act_begin(sim, &act);
    const WinWho by = win_person(person, network_session_begin(sim, person, true));
    begin_account(sim, 4720, &by, &target);
    account_attributes(sim, account, "0x0", "0x15");
    win_end(sim);
    sim_wait(sim, 10 * NS_PER_MS, 60 * NS_PER_MS);
    begin_account(sim, 4724, &by, &target);
    win_end(sim);
    begin_account(sim, 4722, &by, &target);
    win_end(sim);
    begin_account(sim, 4738, &by, &target);
    account_attributes(sim, account, "0x15", "0x10");
    win_plain(sim, "Dummy", "-");
    win_end(sim);
    network_session_end(sim, person, true, by.logon_id);
    act_end(sim, before);
}

void act_delete_user(Sim *sim, const Person *person, const char *account)
{
    const WinWho target = {8800 + (unsigned)(sim->next_serial++ % 100), NULL, account,
                           FACTORY_DOMAIN, 0};
    const Act act = domain_act(VERB_DELETE_USER, person, slice_from_cstr(account));
    uint32_t before = act_begin(sim, &act);
    const WinWho by = win_person(person, network_session_begin(sim, person, true));
    begin_account(sim, 4726, &by, &target);
    win_plain(sim, "PrivilegeList", "-");
    win_end(sim);
    network_session_end(sim, person, true, by.logon_id);
    act_end(sim, before);
}

void act_reset_password(Sim *sim, const Person *person, const Person *target)
{
    const WinWho whose = win_person(target, 0);
    const Act act = domain_act(VERB_RESET_PASSWORD, person, slice_from_cstr(target->account));
    uint32_t before = act_begin(sim, &act);
    const WinWho by = win_person(person, network_session_begin(sim, person, true));
    begin_account(sim, 4724, &by, &whose);
    win_end(sim);
    network_session_end(sim, person, true, by.logon_id);
    act_end(sim, before);
}

void act_add_member(Sim *sim, const Person *person, const Person *target, const char *group,
                    unsigned group_rid)
{
    Text member;
    const WinWho who = win_person(target, 0);
    const WinWho into = {group_rid, NULL, group, FACTORY_DOMAIN, 0};
    Act act = domain_act(VERB_ADD_MEMBER, person, slice_from_cstr(group));
    act.target = slice_from_cstr(target->account);
    text_format(&member, "CN=%s,CN=Users,DC=akebono,DC=example,DC=com", target->account);
    uint32_t before = act_begin(sim, &act);
    const WinWho by = win_person(person, network_session_begin(sim, person, true));
    begin_account(sim, 4728, &by, &into);
    win_text(sim, "MemberName", text_slice(&member));
    win_sid(sim, "MemberSid", &who);
    win_plain(sim, "PrivilegeList", "-");
    win_end(sim);
    network_session_end(sim, person, true, by.logon_id);
    act_end(sim, before);
}

void act_clear_log(Sim *sim, const Person *person, bool on_dc)
{
    const WinLog log = on_dc ? win_log_dc() : win_log_fs();
    Act act = domain_act(VERB_CLEAR_LOG, person, SLICE("Security"));
    if (!on_dc) act.host = SLICE("fs01");
    uint32_t before = act_begin(sim, &act);
    const WinWho by = win_person(person, network_session_begin(sim, person, on_dc));
    win_begin(sim, &log, 1102, false);
    win_who(sim, "Subject", &by);
    win_plain(sim, "xml_name", "LogFileCleared");
    win_end(sim);
    network_session_end(sim, person, on_dc, by.logon_id);
    act_end(sim, before);
}

/* File System auditing: its GUID as in Microsoft's list of subcategories. */
void act_stop_audit(Sim *sim, const Person *person, bool on_dc)
{
    const WinLog log = on_dc ? win_log_dc() : win_log_fs();
    Act act = domain_act(VERB_CHANGE_POLICY, person, SLICE("File System"));
    if (!on_dc) act.host = SLICE("fs01");
    uint32_t before = act_begin(sim, &act);
    const WinWho by = win_person(person, network_session_begin(sim, person, on_dc));
    win_begin(sim, &log, 4719, false);
    win_who(sim, "Subject", &by);
    win_plain(sim, "AuditPolicyChanges", "%%8448, %%8450");
    win_plain(sim, "CategoryId", "%%8274");
    win_plain(sim, "SubcategoryGuid", "{0cce921d-69ae-11d9-bed3-505054503030}");
    win_plain(sim, "SubcategoryId", "%%12800");
    win_end(sim);
    network_session_end(sim, person, on_dc, by.logon_id);
    act_end(sim, before);
}

void act_change_firewall(Sim *sim, const Person *person)
{
    Slice user = slice_from_cstr(person->account), from = slice_from_cstr(person->ip);
    Act act = {.verb = VERB_LOGON,
               .who = person,
               .host = SLICE("fw01"),
               .object = SLICE("fw01"),
               .outcome = OUTCOME_SUCCESS};
    uint32_t before;
    if (dice_chance(&sim->dice, 200)) {
        const Act mistyped = {.verb = VERB_LOGON_FAIL,
                              .who = person,
                              .host = SLICE("fw01"),
                              .object = SLICE("fw01"),
                              .outcome = OUTCOME_FAILURE};
        before = act_begin(sim, &mistyped);
        fortigate_admin(sim, user, from, false);
        act_end(sim, before);
        sim_wait(sim, 5 * NS_PER_SECOND, 15 * NS_PER_SECOND);
    }
    act.verb = VERB_LOGON;
    before = act_begin(sim, &act);
    fortigate_admin(sim, user, from, true);
    act_end(sim, before);
    sim_wait(sim, 20 * NS_PER_SECOND, 90 * NS_PER_SECOND);
    act.verb = VERB_CONFIG_CHANGE;
    act.object = SLICE("firewall.policy 12");
    before = act_begin(sim, &act);
    fortigate_change(sim, user, from, "firewall.policy", "12", "status[disable->enable]");
    act_end(sim, before);
}
