/* Writes a Security.evtx as a small office's domain controller would: a day of logons and logoffs,
 * failures against one account from outside, a program start, a new account put into a group, and
 * the log cleared at the end of it. Always the same bytes.
 *
 *   evtx_make PATH */
#include "tests/support/evtx_writer.h"

#include "base/number.h"
#include "base/time_text.h"

#include <stdio.h>

#define START_NS ((int64_t)1779062400 * NS_PER_SECOND) /* 2026-05-18T00:00:00Z */
#define AUDIT_SUCCESS 0x8020000000000000u
#define AUDIT_FAILURE 0x8010000000000000u
#define NOBODY "S-1-0-0"
#define DOMAIN_SID "S-1-5-21-1004336348-1177238915-682003330"

typedef struct Person {
    const char *name, *sid, *address, *machine;
} Person;

static const Person people[] = {
    {"suzuki", DOMAIN_SID "-1104", "192.0.2.21", "PC-021"},
    {"佐藤花子", DOMAIN_SID "-1105", "192.0.2.22", "PC-022"},
    {"tanaka", DOMAIN_SID "-1106", "192.0.2.23", "PC-023"},
    {"backup-svc", DOMAIN_SID "-1110", "192.0.2.5", "BACKUP01"},
};
static const Person administrator = {"Administrator", DOMAIN_SID "-500", "192.0.2.10", "ADMIN-PC"};

static const char logon_xml[] =
    "<EventData><Data Name='SubjectUserSid'>{0}</Data><Data Name='SubjectUserName'>{1}</Data>"
    "<Data Name='SubjectDomainName'>{2}</Data><Data Name='SubjectLogonId'>{3}</Data>"
    "<Data Name='TargetUserSid'>{4}</Data><Data Name='TargetUserName'>{5}</Data>"
    "<Data Name='TargetDomainName'>{6}</Data><Data Name='TargetLogonId'>{7}</Data>"
    "<Data Name='LogonType'>{8}</Data><Data Name='LogonProcessName'>{9}</Data>"
    "<Data Name='AuthenticationPackageName'>{10}</Data><Data Name='WorkstationName'>{11}</Data>"
    "<Data Name='LogonGuid'>{12}</Data><Data Name='ProcessId'>{13}</Data>"
    "<Data Name='ProcessName'>{14}</Data><Data Name='IpAddress'>{15}</Data>"
    "<Data Name='IpPort'>{16}</Data></EventData>";
static const char failure_xml[] =
    "<EventData><Data Name='SubjectUserSid'>{0}</Data><Data Name='SubjectUserName'>{1}</Data>"
    "<Data Name='SubjectDomainName'>{2}</Data><Data Name='SubjectLogonId'>{3}</Data>"
    "<Data Name='TargetUserSid'>{4}</Data><Data Name='TargetUserName'>{5}</Data>"
    "<Data Name='TargetDomainName'>{6}</Data><Data Name='Status'>{7}</Data>"
    "<Data Name='FailureReason'>{8}</Data><Data Name='SubStatus'>{9}</Data>"
    "<Data Name='LogonType'>{10}</Data><Data Name='WorkstationName'>{11}</Data>"
    "<Data Name='IpAddress'>{12}</Data><Data Name='IpPort'>{13}</Data></EventData>";
static const char logoff_xml[] =
    "<EventData><Data Name='TargetUserSid'>{0}</Data><Data Name='TargetUserName'>{1}</Data>"
    "<Data Name='TargetDomainName'>{2}</Data><Data Name='TargetLogonId'>{3}</Data>"
    "<Data Name='LogonType'>{4}</Data></EventData>";
static const char process_xml[] =
    "<EventData><Data Name='SubjectUserSid'>{0}</Data><Data Name='SubjectUserName'>{1}</Data>"
    "<Data Name='SubjectDomainName'>{2}</Data><Data Name='SubjectLogonId'>{3}</Data>"
    "<Data Name='NewProcessId'>{4}</Data><Data Name='NewProcessName'>{5}</Data>"
    "<Data Name='TokenElevationType'>{6}</Data><Data Name='ProcessId'>{7}</Data>"
    "<Data Name='CommandLine'>{8}</Data></EventData>";
static const char account_xml[] =
    "<EventData><Data Name='TargetUserName'>{0}</Data><Data Name='TargetDomainName'>{1}</Data>"
    "<Data Name='TargetSid'>{2}</Data><Data Name='SubjectUserSid'>{3}</Data>"
    "<Data Name='SubjectUserName'>{4}</Data><Data Name='SubjectDomainName'>{5}</Data>"
    "<Data Name='SubjectLogonId'>{6}</Data><Data Name='PrivilegeList'>{7}</Data></EventData>";
static const char member_xml[] =
    "<EventData><Data Name='MemberName'>{0}</Data><Data Name='MemberSid'>{1}</Data>"
    "<Data Name='TargetUserName'>{2}</Data><Data Name='TargetDomainName'>{3}</Data>"
    "<Data Name='TargetSid'>{4}</Data><Data Name='SubjectUserSid'>{5}</Data>"
    "<Data Name='SubjectUserName'>{6}</Data><Data Name='SubjectDomainName'>{7}</Data>"
    "<Data Name='SubjectLogonId'>{8}</Data></EventData>";
static const char cleared_xml[] =
    "<UserData><LogFileCleared "
    "xmlns='http://manifests.microsoft.com/win/2004/08/windows/eventlog'>"
    "<SubjectUserSid>{0}</SubjectUserSid><SubjectUserName>{1}</SubjectUserName>"
    "<SubjectDomainName>{2}</SubjectDomainName><SubjectLogonId>{3}</SubjectLogonId>"
    "</LogFileCleared></UserData>";

static EvtxWriter writer;
static EvtxValues values;

static void add_event(uint32_t id, uint16_t task, uint64_t keywords, int64_t time_ns,
                      const char *xml)
{
    bool cleared = id == 1102;
    EvtxEvent event = {
        .provider = cleared ? "Microsoft-Windows-Eventlog" : "Microsoft-Windows-Security-Auditing",
        .provider_guid = cleared ? "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}"
                                 : "{54849625-5478-4994-A5BA-3E3B0328C30D}",
        .channel = "Security",
        .computer = "DC01.example.com",
        .event_id = id,
        .level = cleared ? 4 : 0,
        .task = task,
        .keywords = keywords,
        .time_ns = time_ns,
        .process_id = 640,
        .thread_id = 1520,
        .data_xml = xml,
        .data = &values,
    };
    evtx_writer_add_event(&writer, &event);
    evtx_values_clear(&values);
}

static void subject(const Person *person, uint64_t logon_id)
{
    evtx_values_add_sid(&values, person ? person->sid : NOBODY);
    evtx_values_add_text(&values, person ? person->name : "-");
    evtx_values_add_text(&values, person ? "EXAMPLE" : "-");
    evtx_values_add_number(&values, 0x15, logon_id, 8);
}

static void logon(const Person *person, int64_t time_ns, uint64_t logon_id, uint32_t type)
{
    subject(NULL, 0);
    subject(person, logon_id);
    evtx_values_add_number(&values, 0x08, type, 4);
    evtx_values_add_text(&values, "Kerberos");
    evtx_values_add_text(&values, "Kerberos");
    evtx_values_add_text(&values, person->machine);
    evtx_values_add_guid(&values, "{00000000-0000-0000-0000-000000000000}");
    evtx_values_add_number(&values, 0x10, 0, 8);
    evtx_values_add_text(&values, "-");
    evtx_values_add_text(&values, person->address);
    char port[NUMBER_TEXT_MAX];
    port[number_print_u64(port, 49152 + logon_id % 16000)] = 0;
    evtx_values_add_text(&values, port);
    add_event(4624, 12544, AUDIT_SUCCESS, time_ns, logon_xml);
}

static void logoff(const Person *person, int64_t time_ns, uint64_t logon_id, uint32_t type)
{
    subject(person, logon_id);
    evtx_values_add_number(&values, 0x08, type, 4);
    add_event(4634, 12545, AUDIT_SUCCESS, time_ns, logoff_xml);
}

/* 0xC000006D: logon failure; 0xC000006A: the password was wrong. */
static void failure(const char *name, const char *address, int64_t time_ns)
{
    subject(NULL, 0);
    evtx_values_add_sid(&values, NOBODY);
    evtx_values_add_text(&values, name);
    evtx_values_add_text(&values, "EXAMPLE");
    evtx_values_add_number(&values, 0x14, 0xc000006d, 4);
    evtx_values_add_text(&values, "%%2313");
    evtx_values_add_number(&values, 0x14, 0xc000006a, 4);
    evtx_values_add_number(&values, 0x08, 3, 4);
    evtx_values_add_text(&values, "-");
    evtx_values_add_text(&values, address);
    evtx_values_add_text(&values, "50312");
    add_event(4625, 12544, AUDIT_FAILURE, time_ns, failure_xml);
}

static void process(const Person *person, int64_t time_ns, const char *program, const char *command)
{
    subject(person, 0x3e7a1);
    evtx_values_add_number(&values, 0x10, 0x1a4c, 8);
    evtx_values_add_text(&values, program);
    evtx_values_add_text(&values, "%%1937");
    evtx_values_add_number(&values, 0x10, 0x9d8, 8);
    evtx_values_add_text(&values, command);
    add_event(4688, 13312, AUDIT_SUCCESS, time_ns, process_xml);
}

static void new_account(int64_t time_ns)
{
    evtx_values_add_text(&values, "support_tmp");
    evtx_values_add_text(&values, "EXAMPLE");
    evtx_values_add_sid(&values, DOMAIN_SID "-1190");
    subject(&administrator, 0x3e7a1);
    evtx_values_add_text(&values, "-");
    add_event(4720, 13824, AUDIT_SUCCESS, time_ns, account_xml);
    evtx_values_add_text(&values, "CN=support_tmp,CN=Users,DC=example,DC=com");
    evtx_values_add_sid(&values, DOMAIN_SID "-1190");
    evtx_values_add_text(&values, "Domain Admins");
    evtx_values_add_text(&values, "EXAMPLE");
    evtx_values_add_sid(&values, DOMAIN_SID "-512");
    subject(&administrator, 0x3e7a1);
    add_event(4728, 13826, AUDIT_SUCCESS, time_ns + 8 * NS_PER_SECOND, member_xml);
}

static void write_day(void)
{
    const int64_t minute_ns = 60 * NS_PER_SECOND;
    uint64_t logon_id = 0x51000;
    for (int64_t minute = 0; minute < 600; minute += 5) {
        const Person *person = &people[(size_t)(minute / 5) % ARRAY_COUNT(people)];
        int64_t time_ns = START_NS + minute * minute_ns + (minute * 7919 % 997) * NS_PER_MS;
        logon(person, time_ns, logon_id, 3);
        logoff(person, time_ns + 3 * minute_ns, logon_id, 3);
        logon_id += 0x137;
    }
    int64_t attack_ns = START_NS + 600 * minute_ns;
    for (int i = 0; i < 24; i++) {
        failure("Administrator", "192.0.2.200", attack_ns + i * 700 * NS_PER_MS);
    }
    logon(&administrator, attack_ns + minute_ns, 0x3e7a1, 10);
    process(&administrator, attack_ns + 2 * minute_ns, "C:\\Windows\\System32\\net.exe",
            "net user support_tmp /add /domain");
    new_account(attack_ns + 2 * minute_ns + NS_PER_SECOND);
    evtx_values_add_sid(&values, administrator.sid);
    evtx_values_add_text(&values, administrator.name);
    evtx_values_add_text(&values, "EXAMPLE");
    evtx_values_add_number(&values, 0x15, 0x3e7a1, 8);
    add_event(1102, 104, 0x4020000000000000, attack_ns + 9 * minute_ns, cleared_xml);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: evtx_make PATH\n");
        return 2;
    }
    evtx_writer_init(&writer);
    write_day();
    evtx_writer_add_unused(&writer);
    Slice bytes = evtx_writer_finish(&writer);
    FILE *file = fopen(argv[1], "wb");
    bool written = file && fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len;
    if (file && fclose(file) != 0) written = false;
    if (!written) perror(argv[1]);
    evtx_writer_done(&writer);
    return written ? 0 : 2;
}
