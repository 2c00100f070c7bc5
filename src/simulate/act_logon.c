/* Logons at PCs and on the network, tickets, wrong passwords, leases. See acts.h.
 *
 * Which events one logon leaves, and their fields: Microsoft's "Advanced security audit policy
 * settings" pages of each event. */
#include "simulate/acts.h"
#include "simulate/win_line.h"

#include <stdio.h>

#define NO_GUID "{00000000-0000-0000-0000-000000000000}"

#define DHCP(...) line_syslog(sim, SIMULATE_DHCP, 30, "ns01", "dhcpd[640]", __VA_ARGS__)

/* ISC dhcpd 4.4, server/dhcp.c: the four steps of RFC 2131. */
void act_address(Sim *sim, Person *person)
{
    const Act act = {.verb = VERB_IP_ASSIGNED,
                     .who = person,
                     .host = SLICE("ns01"),
                     .object = slice_from_cstr(person->ip),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    DHCP("DHCPDISCOVER from %s (%s) via eth0", person->mac, person->pc);
    sim_wait(sim, NS_PER_MS, 900 * NS_PER_MS);
    DHCP("DHCPOFFER on %s to %s (%s) via eth0", person->ip, person->mac, person->pc);
    sim_wait(sim, NS_PER_MS, 20 * NS_PER_MS);
    DHCP("DHCPREQUEST for %s (10.10.0.53) from %s (%s) via eth0", person->ip, person->mac,
         person->pc);
    DHCP("DHCPACK on %s to %s (%s) via eth0", person->ip, person->mac, person->pc);
    act_end(sim, before);
}

static void ticket_address(Sim *sim, const Person *person)
{
    char address[32];
    snprintf(address, sizeof address, "::ffff:%s", person->ip);
    win_plain(sim, "IpAddress", address);
    win_number(sim, "IpPort", sim_port(sim));
}

static void ticket_granting(Sim *sim, const Person *person, const char *status)
{
    const WinLog log = win_log_dc();
    const WinWho who = win_person(person, 0);
    bool failed = strcmp(status, "0x0") != 0;
    win_begin(sim, &log, failed ? 4771 : 4768, failed);
    ticket_address(sim, person);
    win_plain(sim, "PreAuthType", "2");
    win_plain(sim, "ServiceName", failed ? "krbtgt/" FACTORY_DOMAIN : "krbtgt");
    if (!failed) win_plain(sim, "ServiceSid", FACTORY_SID "-502");
    win_plain(sim, "Status", status);
    if (!failed) win_plain(sim, "TargetDomainName", FACTORY_DOMAIN);
    win_sid(sim, "TargetSid", &who);
    win_plain(sim, "TargetUserName", person->account);
    if (!failed) win_plain(sim, "TicketEncryptionType", "0x12");
    win_plain(sim, "TicketOptions", "0x40810010");
    win_end(sim);
}

void act_ticket(Sim *sim, const Person *person, const char *service)
{
    char name[80];
    const WinLog log = win_log_dc();
    snprintf(name, sizeof name, "%s@" FACTORY_REALM, person->account);
    win_begin(sim, &log, 4769, false);
    ticket_address(sim, person);
    win_plain(sim, "LogonGuid", "{b7c1d1a2-6f0e-4c55-9d1e-3f6a52c0e811}");
    win_plain(sim, "ServiceName", service);
    win_plain(sim, "ServiceSid", FACTORY_SID "-1001");
    win_plain(sim, "Status", "0x0");
    win_plain(sim, "TargetDomainName", FACTORY_REALM);
    win_plain(sim, "TargetUserName", name);
    win_plain(sim, "TicketEncryptionType", "0x12");
    win_plain(sim, "TicketOptions", "0x40810000");
    win_plain(sim, "TransmittedServices", "-");
    win_end(sim);
}

static void logon(Sim *sim, const WinLog *log, const WinWho *subject, const WinWho *target,
                  unsigned type, Slice ip, Slice workstation)
{
    bool local = type == 2;
    win_begin(sim, log, 4624, false);
    win_who(sim, "Subject", subject);
    win_who(sim, "Target", target);
    win_plain(sim, "AuthenticationPackageName", local ? "Negotiate" : "Kerberos");
    win_plain(sim, "ElevatedToken", "%%1842");
    win_plain(sim, "ImpersonationLevel", "%%1833");
    win_text(sim, "IpAddress", ip);
    win_number(sim, "IpPort", local ? 0 : sim_port(sim));
    win_plain(sim, "KeyLength", "0");
    win_plain(sim, "LmPackageName", "-");
    win_plain(sim, "LogonGuid", local ? NO_GUID : "{b7c1d1a2-6f0e-4c55-9d1e-3f6a52c0e811}");
    win_plain(sim, "LogonProcessName", local ? "User32 " : "Kerberos");
    win_number(sim, "LogonType", type);
    win_plain(sim, "ProcessId", local ? "0x2f4" : "0x0");
    win_text(sim, "ProcessName", local ? SLICE("C:\\Windows\\System32\\svchost.exe") : SLICE("-"));
    win_plain(sim, "RestrictedAdminMode", "-");
    win_plain(sim, "TargetLinkedLogonId", "0x0");
    win_plain(sim, "TargetOutboundDomainName", "-");
    win_plain(sim, "TargetOutboundUserName", "-");
    win_plain(sim, "TransmittedServices", "-");
    win_plain(sim, "VirtualAccount", "%%1843");
    win_text(sim, "WorkstationName", workstation);
    win_end(sim);
}

static void privileges(Sim *sim, const WinLog *log, const WinWho *who)
{
    win_begin(sim, log, 4672, false);
    win_who(sim, "Subject", who);
    win_plain(sim, "PrivilegeList",
              "SeSecurityPrivilege\\n\\t\\t\\tSeBackupPrivilege\\n\\t\\t\\tSeRestorePrivilege\\n\\t"
              "\\t\\tSeTakeOwnershipPrivilege\\n\\t\\t\\tSeDebugPrivilege");
    win_end(sim);
}

static void logoff(Sim *sim, const WinLog *log, const WinWho *who, unsigned type)
{
    win_begin(sim, log, 4634, false);
    win_who(sim, "Target", who);
    win_number(sim, "LogonType", type);
    win_end(sim);
}

void act_read_policy(Sim *sim, const Person *person)
{
    const WinLog log = win_log_dc();
    const WinWho nobody = {0, "S-1-0-0", "-", "-", 0};
    const WinWho who = win_person(person, sim_logon_id(sim));
    act_ticket(sim, person, "DC01$");
    sim_wait(sim, NS_PER_MS, 30 * NS_PER_MS);
    logon(sim, &log, &nobody, &who, 3, slice_from_cstr(person->ip), SLICE("-"));
    if (person->is_admin) privileges(sim, &log, &who);
    sim_wait(sim, 200 * NS_PER_MS, 3 * NS_PER_SECOND);
    logoff(sim, &log, &who, 3);
}

void act_log_on(Sim *sim, Person *person)
{
    const WinLog log = win_log_pc(person);
    char machine[24];
    snprintf(machine, sizeof machine, "%s$", person->pc);
    const WinWho system = win_machine(machine);
    const Act act = {.verb = VERB_LOGON,
                     .who = person,
                     .host = slice_from_cstr(person->pc),
                     .object = slice_from_cstr(person->pc),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    dns_query(sim, slice_from_cstr(person->ip), SLICE("_ldap._tcp.dc._msdcs." FACTORY_DNS), "SRV");
    ticket_granting(sim, person, "0x0");
    sim_wait(sim, NS_PER_MS, 40 * NS_PER_MS);
    act_ticket(sim, person, machine);
    person->pc_logon_id = sim_logon_id(sim);
    const WinWho who = win_person(person, person->pc_logon_id);
    logon(sim, &log, &system, &who, 2, SLICE("127.0.0.1"), slice_from_cstr(person->pc));
    if (person->is_admin) privileges(sim, &log, &who);
    sim_wait(sim, 300 * NS_PER_MS, NS_PER_SECOND);
    act_read_policy(sim, person);
    act_end(sim, before);
}

void act_log_off(Sim *sim, Person *person)
{
    const WinLog log = win_log_pc(person);
    const WinWho who = win_person(person, person->pc_logon_id);
    const Act act = {.verb = VERB_LOGOFF,
                     .who = person,
                     .host = slice_from_cstr(person->pc),
                     .object = slice_from_cstr(person->pc),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    win_begin(sim, &log, 4647, false);
    win_who(sim, "Target", &who);
    win_end(sim);
    sim_wait(sim, NS_PER_SECOND, 4 * NS_PER_SECOND);
    logoff(sim, &log, &who, 2);
    act_end(sim, before);
    person->pc_logon_id = 0;
}

static void failure(Sim *sim, const WinLog *log, const Person *person, unsigned type, Slice ip,
                    Slice workstation)
{
    char machine[24];
    snprintf(machine, sizeof machine, "%s$", person->pc);
    const WinWho system = win_machine(machine), nobody = {0, "S-1-0-0", "-", "-", 0};
    win_begin(sim, log, 4625, true);
    win_who(sim, "Subject", type == 2 ? &system : &nobody);
    win_plain(sim, "TargetUserSid", "S-1-0-0");
    win_plain(sim, "TargetUserName", person->account);
    win_plain(sim, "TargetDomainName", FACTORY_DOMAIN);
    win_plain(sim, "AuthenticationPackageName", type == 2 ? "Negotiate" : "NTLM");
    win_plain(sim, "FailureReason", "%%2313");
    win_text(sim, "IpAddress", ip);
    win_number(sim, "IpPort", type == 2 ? 0 : sim_port(sim));
    win_plain(sim, "KeyLength", "0");
    win_plain(sim, "LmPackageName", "-");
    win_plain(sim, "LogonProcessName", type == 2 ? "User32 " : "NtLmSsp ");
    win_number(sim, "LogonType", type);
    win_plain(sim, "ProcessId", type == 2 ? "0x2f4" : "0x0");
    win_text(sim, "ProcessName",
             type == 2 ? SLICE("C:\\Windows\\System32\\svchost.exe") : SLICE("-"));
    win_plain(sim, "Status", "0xc000006d");
    win_plain(sim, "SubStatus", "0xc000006a");
    win_plain(sim, "TransmittedServices", "-");
    win_text(sim, "WorkstationName", workstation);
    win_end(sim);
}

static void lockout(Sim *sim, const Person *person)
{
    const WinLog log = win_log_dc();
    const WinWho system = win_machine("DC01$");
    const WinWho who = win_person(person, 0);
    const Act act = {.verb = VERB_LOCKOUT,
                     .who = person,
                     .host = SLICE("dc01"),
                     .object = slice_from_cstr(person->account),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    win_begin(sim, &log, 4740, false);
    win_who(sim, "Subject", &system);
    win_plain(sim, "TargetUserName", person->account);
    win_plain(sim, "TargetDomainName", person->pc); /* the caller's name stands here */
    win_sid(sim, "TargetSid", &who);
    win_end(sim);
    act_end(sim, before);
}

void act_wrong_password(Sim *sim, const Person *person, bool locks_out)
{
    const WinLog log = win_log_pc(person);
    int64_t times = locks_out ? 5 : dice_between(&sim->dice, 1, 2);
    for (int64_t i = 0; i < times; i++) {
        const Act act = {.verb = VERB_LOGON_FAIL,
                         .who = person,
                         .host = slice_from_cstr(person->pc),
                         .object = slice_from_cstr(person->pc),
                         .outcome = OUTCOME_FAILURE};
        uint32_t before = act_begin(sim, &act);
        ticket_granting(sim, person, "0x18");
        sim_wait(sim, NS_PER_MS, 20 * NS_PER_MS);
        failure(sim, &log, person, 2, SLICE("127.0.0.1"), slice_from_cstr(person->pc));
        act_end(sim, before);
        sim_wait(sim, 3 * NS_PER_SECOND, 12 * NS_PER_SECOND);
    }
    if (locks_out) lockout(sim, person);
}

static void validation(Sim *sim, const Person *person, Slice workstation, const char *status)
{
    const WinLog log = win_log_dc();
    win_begin(sim, &log, 4776, strcmp(status, "0x0") != 0);
    win_plain(sim, "PackageName", "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0");
    win_plain(sim, "Status", status);
    win_plain(sim, "TargetUserName", person->account);
    win_text(sim, "Workstation", workstation);
    win_end(sim);
}

void act_network_failure(Sim *sim, const Person *person, Slice from_ip, Slice from_name)
{
    const WinLog log = win_log_dc();
    const Act act = {.verb = VERB_LOGON_FAIL,
                     .who = person,
                     .pc = from_name,
                     .ip = from_ip,
                     .host = SLICE("dc01"),
                     .object = SLICE("dc01"),
                     .outcome = OUTCOME_FAILURE};
    uint32_t before = act_begin(sim, &act);
    validation(sim, person, from_name, "0xc000006a");
    failure(sim, &log, person, 3, from_ip, from_name);
    act_end(sim, before);
}

void act_network_logon(Sim *sim, const Person *person, bool on_dc, Slice from_ip, Slice from_name)
{
    const WinLog log = on_dc ? win_log_dc() : win_log_fs();
    const WinWho nobody = {0, "S-1-0-0", "-", "-", 0};
    const WinWho who = win_person(person, sim_logon_id(sim));
    Slice host = on_dc ? SLICE("dc01") : SLICE("fs01");
    const Act act = {.verb = VERB_LOGON,
                     .who = person,
                     .pc = from_name,
                     .ip = from_ip,
                     .host = host,
                     .object = host,
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    validation(sim, person, from_name, "0x0");
    logon(sim, &log, &nobody, &who, 3, from_ip, from_name);
    if (person->is_admin) privileges(sim, &log, &who);
    act_end(sim, before);
}

uint64_t network_session_begin(Sim *sim, const Person *person, bool on_dc)
{
    const WinLog log = on_dc ? win_log_dc() : win_log_fs();
    const WinWho nobody = {0, "S-1-0-0", "-", "-", 0};
    const WinWho who = win_person(person, sim_logon_id(sim));
    logon(sim, &log, &nobody, &who, 3, slice_from_cstr(person->ip), SLICE("-"));
    if (person->is_admin) privileges(sim, &log, &who);
    return who.logon_id;
}

void network_session_end(Sim *sim, const Person *person, bool on_dc, uint64_t logon_id)
{
    const WinLog log = on_dc ? win_log_dc() : win_log_fs();
    const WinWho who = win_person(person, logon_id);
    logoff(sim, &log, &who, 3);
}

void act_use_credentials(Sim *sim, const Person *person, const Person *other, const char *server)
{
    const WinLog log = win_log_pc(person);
    const WinWho who = win_person(person, person->pc_logon_id);
    const Act act = {.verb = VERB_LOGON_AS,
                     .who = person,
                     .host = slice_from_cstr(person->pc),
                     .object = slice_from_cstr(server),
                     .target = slice_from_cstr(other->account),
                     .outcome = OUTCOME_SUCCESS};
    uint32_t before = act_begin(sim, &act);
    win_begin(sim, &log, 4648, false);
    win_who(sim, "Subject", &who);
    win_plain(sim, "LogonGuid", NO_GUID);
    win_plain(sim, "TargetUserName", other->account);
    win_plain(sim, "TargetDomainName", FACTORY_DOMAIN);
    win_plain(sim, "TargetLogonGuid", NO_GUID);
    win_plain(sim, "TargetServerName", server);
    win_plain(sim, "TargetInfo", server);
    win_hex(sim, "ProcessId", person->explorer_pid);
    win_text(sim, "ProcessName", SLICE("C:\\Windows\\System32\\svchost.exe"));
    win_plain(sim, "IpAddress", "-");
    win_plain(sim, "IpPort", "-");
    win_end(sim);
    act_end(sim, before);
}
