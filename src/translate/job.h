/* Inside translate/: one event on its way to a record, what rules are, and the helpers by which
 * they fill the record. Nothing here allocates but where the arena is named. */
#ifndef AKASHI_TRANSLATE_JOB_H
#define AKASHI_TRANSLATE_JOB_H

#include "base/arena.h"
#include "record/record.h"
#include "translate/known.h"

typedef struct Rule Rule;

typedef struct Job {
    const Event *event;
    const Slice *known; /* by Known */
    const Rule *rule;   /* the rule that is being tried */
    Record *record;
    Arena *arena;
} Job;

/* What apply returns besides 0 and -ENOMEM: the event is not what the rule knows after all (a text
 * of another shape), the record is as it was. */
#define RULE_DECLINES 1

/* Where Windows events come from that rules know. */
typedef enum WindowsSource {
    WINDOWS_OTHER,
    WINDOWS_SECURITY,        /* Microsoft-Windows-Security-Auditing */
    WINDOWS_EVENTLOG,        /* Microsoft-Windows-Eventlog */
    WINDOWS_SERVICES,        /* Service Control Manager */
    WINDOWS_SYSMON,          /* Microsoft-Windows-Sysmon */
    WINDOWS_DEFENDER,        /* Microsoft-Windows-Windows Defender */
    WINDOWS_POWERSHELL,      /* Microsoft-Windows-PowerShell, PowerShellCore */
    WINDOWS_POWERSHELL_OLD,  /* PowerShell, of the log Windows PowerShell */
    WINDOWS_PRINT,           /* Microsoft-Windows-PrintService */
    WINDOWS_REMOTE_ARRIVAL,  /* Microsoft-Windows-TerminalServices-RemoteConnectionManager */
    WINDOWS_REMOTE_SESSIONS, /* Microsoft-Windows-TerminalServices-LocalSessionManager */
    WINDOWS_TASKS,           /* Microsoft-Windows-TaskScheduler */
    WINDOWS_UMDF,            /* Microsoft-Windows-DriverFrameworks-UserMode */
    WINDOWS_PARTITION,       /* Microsoft-Windows-Partition */
    WINDOWS_BITS,            /* Microsoft-Windows-Bits-Client */
    WINDOWS_WMI,             /* Microsoft-Windows-WMI-Activity */
    WINDOWS_DNS_SERVER,      /* Microsoft-Windows-DNSServer */
    WINDOWS_DHCP_SERVER,     /* Microsoft-Windows-DHCP-Server */
    WINDOWS_SQL_SERVER,      /* MSSQLSERVER, MSSQL$INSTANCE, and both with $AUDIT */
} WindowsSource;

struct Rule {
    WindowsSource source;
    uint32_t event_id;
    Slice id; /* akashi.rule; doc/translation.md has a section of this name */
    Verb verb;
    int (*apply)(Job *job);
};

typedef struct RuleTable {
    const Rule *rules;
    size_t count;
} RuleTable;

extern const RuleTable windows_logon_rules;        /* windows_logon.c */
extern const RuleTable windows_account_rules;      /* windows_account.c */
extern const RuleTable windows_policy_rules;       /* windows_policy.c */
extern const RuleTable windows_process_rules;      /* windows_process.c */
extern const RuleTable windows_service_task_rules; /* windows_service_task.c */
extern const RuleTable windows_defender_rules;     /* windows_defender.c */
extern const RuleTable windows_directory_rules;    /* windows_directory.c */
extern const RuleTable windows_setting_rules;      /* windows_setting.c */
extern const RuleTable windows_device_rules;       /* windows_device.c */
extern const RuleTable windows_share_rules;        /* windows_share.c */
extern const RuleTable windows_powershell_rules;   /* windows_powershell.c */
extern const RuleTable windows_remote_rules;       /* windows_remote.c */
extern const RuleTable windows_acl_rules;          /* windows_acl.c */
extern const RuleTable windows_plain_rules;        /* windows_plain.c */
extern const RuleTable windows_sql_rules;          /* windows_sql.c */

/* --- reading ---------------------------------------------------------------------------------- */

/* The value without blanks around it; empty where Windows writes that there is none: `-`, %%1793
 * ("<value not set>"). */
Slice job_text(const Job *job, Known known);
/* The same for a security identifier: S-1-0-0 (nobody) is empty. */
Slice job_sid(const Job *job, Known known);
/* Decimal, hexadecimal with 0x, or negative decimal (some exporters print 64-bit masks signed).
 * False: not a number, *ret untouched. */
bool job_number(const Job *job, Known known, uint64_t *ret);
/* What Keywords (winmeta.xml: bits 52, 53) or an exporter's EventType say, else `otherwise`. */
Outcome job_audit_outcome(const Job *job, Outcome otherwise);

/* --- filling ---------------------------------------------------------------------------------- */

static inline void job_set(Job *job, RecordField field, Slice value)
{
    job->record->text[field] = value;
}
static inline void job_copy(Job *job, RecordField field, Known known)
{
    job->record->text[field] = job_text(job, known);
}
/* Verb and akashi.rule of the rule being tried, certainty observed. */
void job_begin(Job *job, Outcome outcome);
/* The same for rules that are not in a table. */
void job_name(Job *job, Slice rule_id, Verb verb, Outcome outcome);
/* akashi.object: the first of the two that is not empty, else `unknown`. */
void job_set_object(Job *job, Slice object, Slice otherwise);
/* user.* from Subject*; user.* or user.target.* from Target*. */
void job_set_subject(Job *job);
void job_set_target_as_user(Job *job, Known sid);
void job_set_target(Job *job, Known sid);
/* An IPv4 or IPv6 address, with or without a zone. */
bool job_is_address(Slice text);
/* source.ip or, when it is no address, source.domain; `::ffff:a.b.c.d` becomes a.b.c.d (RFC 4291
 * 2.5.5.2). A port of 0 is none. Empty values change nothing. */
void job_set_source(Job *job, Slice address, Slice port);
/* source.domain, without the backslashes that some programs put before a name. */
void job_set_source_name(Job *job, Slice name);
/* DOMAIN\name or name@domain apart; a name without either has no domain. */
void job_split_account(Slice account, Slice *ret_name, Slice *ret_domain);
/* The identifier of Windows' own accounts by their English names, for programs that give names
 * only; else empty ("Well-known SIDs"). */
Slice job_account_id(Slice name, Slice domain);
/* process.pid in decimal, whatever it was in. */
MUST_USE int job_set_pid(Job *job, Known known);
/* Adds a token to akashi.detail. */
MUST_USE int job_add_detail(Job *job, Slice token);
/* Of two security descriptors (SDDL): who got which right and who lost which, in `message`, and
 * that it is so in akashi.detail. windows_acl.c */
MUST_USE int job_add_acl_change(Job *job, Slice before, Slice after, char list);
/* a, the separator, b; when one of a and b is empty, the other alone. */
MUST_USE int job_join(Job *job, Slice a, char separator, Slice b, Slice *ret);
/* The first line, at most JOB_MESSAGE_BYTES_MAX of it, on a code point's boundary. */
#define JOB_MESSAGE_BYTES_MAX 1024
Slice job_first_line(Slice text);

#endif
