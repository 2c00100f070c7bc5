/* Windows: events of which one field says who, one to what, and nothing is to be worked out. A row
 * each; the rules sysmon.2 to sysmon.29 and the others named here are in doc/translation.md,
 * "Windows: further logs", with the source of each row's names. */
#include "translate/job.h"

#include "base/number.h"

#include <errno.h>

#define OBJECTS_MAX 3

typedef struct Plain {
    const char *who;                  /* DOMAIN\name; NULL: the identifier in the event's header */
    const char *objects[OBJECTS_MAX]; /* the first that is there */
    const char *target, *message, *program, *command;
    Outcome outcome;
    bool of_subject; /* SubjectUserName and its kin say who */
    bool is_file;    /* the object is a file's path */
    int (*more)(Job *job);
} Plain;

static Slice field_text(const Job *job, const char *name)
{
    Slice text = name ? slice_trim(event_text(job->event, name)) : (Slice){0};
    return slice_eq(text, SLICE("-")) ? (Slice){0} : text;
}

/* --- what single events have beside --------------------------------------------------------------
 */

/* Sysmon, event 3: Initiated is false for connections that came from outside. */
static int sysmon_connection(Job *job)
{
    job_set_source(job, field_text(job, "SourceIp"), field_text(job, "SourcePort"));
    job_set(job, RECORD_DESTINATION_IP, field_text(job, "DestinationIp"));
    job_set(job, RECORD_DESTINATION_PORT, field_text(job, "DestinationPort"));
    job_set(job, RECORD_DESTINATION_DOMAIN, field_text(job, "DestinationHostname"));
    job_set(job, RECORD_SERVICE_NAME, field_text(job, "Protocol"));
    return 0;
}

/* Sysmon, event 4: `Stopped` is what an intruder wants. */
static int sysmon_state(Job *job)
{
    if (slice_eq_nocase(field_text(job, "State"), SLICE("Stopped"))) {
        job->record->verb = VERB_STOP_LOG;
    }
    return 0;
}

/* Sysmon, event 22: `::ffff:192.0.2.1;192.0.2.2;` or `type: 5 other.example.com;...`. */
static int sysmon_query(Job *job)
{
    Slice rest = field_text(job, "QueryResults"), answer;
    const Slice mapped = SLICE("::ffff:");
    while (slice_cut(&rest, ';', &answer)) {
        answer = slice_trim(answer);
        if (slice_starts_nocase(answer, mapped)) answer = slice_skip(answer, mapped.len);
        if (!job_is_address(answer)) continue;
        job_set(job, RECORD_DESTINATION_IP, answer);
        break;
    }
    job_set(job, RECORD_DESTINATION_DOMAIN, field_text(job, "QueryName"));
    if (!slice_eq(field_text(job, "QueryStatus"), SLICE("0"))) {
        job->record->outcome = OUTCOME_FAILURE;
        job_set(job, RECORD_ERROR_CODE, field_text(job, "QueryStatus"));
    }
    return 0;
}

/* Windows kernel, STORAGE_BUS_TYPE (ntddstor.h): what people plug in. The event also comes when a
 * disk goes, then without capacity; and at each start for the disks inside. */
static int partition_disk(Job *job)
{
    uint64_t bus = 0, bytes = 0;
    Slice model;
    if (number_parse_any(field_text(job, "BusType"), &bus) < 0) bus = 0;
    if (number_parse_any(field_text(job, "Capacity"), &bytes) < 0) bytes = 0;
    bool is_inside =
        bus != 0 && bus != 4 && bus != 7 && bus != 12 && bus != 13; /* 1394 USB SD MMC */
    bool is_gone = field_text(job, "Capacity").len > 0 && bytes == 0;
    if (is_inside || is_gone) job_name(job, SLICE("win.1006.other"), VERB_OTHER, OUTCOME_SUCCESS);
    int r = job_join(job, field_text(job, "Manufacturer"), ' ', field_text(job, "Model"), &model);
    if (r == 0) job_set_object(job, model, field_text(job, "ParentId"));
    return r;
}

/* BITS, event 60: hr is 0 when all went well. */
static int bits_stopped(Job *job)
{
    uint64_t result = 0;
    Slice url = field_text(job, "url");
    job_set(job, RECORD_URL_FULL, url);
    job_set(job, RECORD_DESTINATION_BYTES, field_text(job, "bytesTransferred"));
    if (number_parse_any(field_text(job, "hr"), &result) < 0) {
        job->record->outcome = OUTCOME_UNKNOWN;
    } else if (result != 0) {
        job->record->outcome = OUTCOME_FAILURE;
        job_set(job, RECORD_ERROR_CODE, field_text(job, "hr"));
    }
    return 0;
}

static int bits_started(Job *job)
{
    job_set(job, RECORD_URL_FULL, field_text(job, "url"));
    return 0;
}

/* MS 5447, "Change Type". */
static int filter_change(Job *job)
{
    Slice type = field_text(job, "ChangeType");
    if (slice_eq(type, SLICE("%%16384"))) return job_add_detail(job, SLICE("filter_added"));
    if (slice_eq(type, SLICE("%%16385"))) return job_add_detail(job, SLICE("filter_deleted"));
    return 0;
}

static int task_name(Job *job)
{
    job_set(job, RECORD_AKASHI_TASK, field_text(job, "TaskName"));
    return 0;
}

/* Task Scheduler, event 201: 0 is what programs end with when all went well. */
static int task_result(Job *job)
{
    Slice result = field_text(job, "ResultCode");
    bool failed = result.len > 0 && !slice_eq(result, SLICE("0"));
    if (failed) job_set(job, RECORD_ERROR_CODE, result);
    if (failed) job->record->outcome = OUTCOME_FAILURE;
    return task_name(job);
}

/* A name that a machine gave itself: from which address. */
static int dns_update(Job *job)
{
    Slice address = field_text(job, "SourceIP");
    job_set_source(job, address.len ? address : field_text(job, "Source"), (Slice){0});
    return 0;
}

/* --- PowerShell's own log: the values have no names ----------------------------------------------
 */

/* `NAME=value` at the beginning of a line of the text. */
static Slice line_value(Slice text, Slice name)
{
    Slice line;
    while (slice_cut(&text, '\n', &line)) {
        line = slice_trim(line);
        if (slice_starts(line, name) && line.len > name.len && line.ptr[name.len] == '=') {
            return slice_trim(slice_skip(line, name.len + 1));
        }
    }
    return (Slice){0};
}

static Slice data_value(const Job *job, Slice name)
{
    Slice value = {0};
    for (size_t i = 0; i < job->event->field_count && value.len == 0; i++) {
        const Field *field = &job->event->fields[i];
        if (slice_eq(field->name, SLICE("Data"))) value = line_value(field->value, name);
    }
    return value.len ? value : line_value(job->known[KNOWN_WINDOWS_MESSAGE], name);
}

/* Event 800: the line that was typed comes first, then who and in which program. */
static int pipeline_details(Job *job)
{
    Slice name, domain, line = event_text(job->event, "Data");
    job_split_account(data_value(job, SLICE("UserId")), &name, &domain);
    job_set(job, RECORD_USER_NAME, name);
    job_set(job, RECORD_USER_DOMAIN, domain);
    if (line.len == 0) line = data_value(job, SLICE("CommandLine"));
    line = job_first_line(slice_trim(line));
    job_set(job, RECORD_PROCESS_COMMAND_LINE, line);
    job_set_object(job, line, data_value(job, SLICE("HostApplication")));
    return 0;
}

static int engine_part(Job *job)
{
    Slice provider = data_value(job, SLICE("ProviderName"));
    job_set(job, RECORD_PROCESS_COMMAND_LINE, data_value(job, SLICE("HostApplication")));
    job_set_object(job, provider, SLICE("PowerShell"));
    return 0;
}

/* --- the rows ------------------------------------------------------------------------------------
 */

#define BY_USER .who = "User", .program = "Image"
#define DONE .outcome = OUTCOME_SUCCESS
#define DNS_ZONE                                                                                   \
    {                                                                                              \
        "Zone", "NAME", "Setting"                                                                  \
    }
#define DHCP_SCOPE .who = "UserName", DONE, .objects = {"ScopeName", "ScopeAddress", "Scope"}

/* clang-format off */
#define PLAIN_ROWS(X)                                                                              \
    X(SYSMON, 2, "sysmon.2", SET_ATTR, BY_USER, DONE, .objects = {"TargetFilename"},               \
      .message = "CreationUtcTime", .is_file = true)                                               \
    X(SYSMON, 3, "sysmon.3", CONNECT, BY_USER, DONE,                                               \
      .objects = {"DestinationHostname", "DestinationIp"}, .more = sysmon_connection)              \
    X(SYSMON, 4, "sysmon.4", OTHER, DONE, .objects = {"State"}, .more = sysmon_state)              \
    X(SYSMON, 5, "sysmon.5", OTHER, BY_USER, DONE, .objects = {"Image"})                           \
    X(SYSMON, 6, "sysmon.6", OTHER, DONE, .objects = {"ImageLoaded"}, .message = "Signature")      \
    X(SYSMON, 7, "sysmon.7", OTHER, BY_USER, DONE, .objects = {"ImageLoaded"},                     \
      .message = "Signature")                                                                      \
    X(SYSMON, 8, "sysmon.8", OTHER, .who = "SourceUser", .program = "SourceImage", DONE,           \
      .objects = {"TargetImage"}, .message = "StartFunction")                                      \
    X(SYSMON, 9, "sysmon.9", READ, BY_USER, DONE, .objects = {"Device"})                           \
    X(SYSMON, 10, "sysmon.10", OTHER, .who = "SourceUser", .program = "SourceImage", DONE,         \
      .objects = {"TargetImage"}, .message = "GrantedAccess")                                      \
    X(SYSMON, 11, "sysmon.11", CREATE, BY_USER, DONE, .objects = {"TargetFilename"},               \
      .is_file = true)                                                                             \
    X(SYSMON, 12, "sysmon.12", CONFIG_CHANGE, BY_USER, DONE, .objects = {"TargetObject"})          \
    X(SYSMON, 13, "sysmon.13", CONFIG_CHANGE, BY_USER, DONE, .objects = {"TargetObject"},          \
      .message = "Details")                                                                        \
    X(SYSMON, 14, "sysmon.14", CONFIG_CHANGE, BY_USER, DONE, .objects = {"TargetObject"},          \
      .target = "NewName")                                                                         \
    X(SYSMON, 15, "sysmon.15", CREATE, BY_USER, DONE, .objects = {"TargetFilename"},               \
      .is_file = true)                                                                             \
    X(SYSMON, 16, "sysmon.16", CONFIG_CHANGE, DONE, .objects = {"Configuration"})                  \
    X(SYSMON, 17, "sysmon.17", OTHER, BY_USER, DONE, .objects = {"PipeName"})                      \
    X(SYSMON, 18, "sysmon.18", CONNECT, BY_USER, DONE, .objects = {"PipeName"})                    \
    X(SYSMON, 19, "sysmon.19", CONFIG_CHANGE, .who = "User", DONE, .objects = {"Name"},            \
      .message = "Query")                                                                          \
    X(SYSMON, 20, "sysmon.20", CONFIG_CHANGE, .who = "User", DONE, .objects = {"Name"},            \
      .message = "Destination")                                                                    \
    X(SYSMON, 21, "sysmon.21", CONFIG_CHANGE, .who = "User", DONE, .objects = {"Consumer"},        \
      .message = "Filter")                                                                         \
    X(SYSMON, 22, "sysmon.22", DNS_QUERY, BY_USER, DONE, .objects = {"QueryName"},                 \
      .message = "QueryResults", .more = sysmon_query)                                             \
    X(SYSMON, 23, "sysmon.23", DELETE, BY_USER, DONE, .objects = {"TargetFilename"},               \
      .is_file = true)                                                                             \
    X(SYSMON, 24, "sysmon.24", OTHER, BY_USER, DONE, .objects = {"ClientInfo", "Image"})           \
    X(SYSMON, 25, "sysmon.25", OTHER, BY_USER, DONE, .objects = {"Image"}, .message = "Type")      \
    X(SYSMON, 26, "sysmon.26", DELETE, BY_USER, DONE, .objects = {"TargetFilename"},               \
      .is_file = true)                                                                             \
    X(SYSMON, 27, "sysmon.27", CREATE, BY_USER, .outcome = OUTCOME_FAILURE,                        \
      .objects = {"TargetFilename"}, .is_file = true)                  \
    X(SYSMON, 28, "sysmon.28", DELETE, BY_USER, .outcome = OUTCOME_FAILURE,                        \
      .objects = {"TargetFilename"}, .is_file = true)                  \
    X(SYSMON, 29, "sysmon.29", CREATE, BY_USER, DONE, .objects = {"TargetFilename"},               \
      .is_file = true)                                                                             \
    X(SYSMON, 255, "sysmon.255", OTHER, .outcome = OUTCOME_FAILURE, .objects = {"ID"},             \
      .message = "Description")                                                                    \
    X(TASKS, 106, "win.106", ADD_TASK, .who = "UserContext", DONE, .objects = {"TaskName"},        \
      .more = task_name)                                                                           \
    X(TASKS, 140, "win.140", CHANGE_TASK, .who = "UserName", DONE, .objects = {"TaskName"},        \
      .more = task_name)                                                                           \
    X(TASKS, 141, "win.141", DELETE_TASK, .who = "UserName", DONE, .objects = {"TaskName"},        \
      .more = task_name)                                                                           \
    X(TASKS, 200, "win.200", RUN_PROCESS, DONE, .objects = {"ActionName"},                         \
      .command = "ActionName", .more = task_name)                                                  \
    X(TASKS, 201, "win.201", OTHER, DONE, .objects = {"ActionName", "TaskName"},                   \
      .more = task_result)                                                                         \
    X(UMDF, 2003, "win.2003", DEVICE_CONNECT, DONE, .objects = {"InstanceId", "instance"})         \
    X(UMDF, 2102, "win.2102", OTHER, DONE, .objects = {"InstanceId", "instance"})                  \
    X(PARTITION, 1006, "win.1006", DEVICE_CONNECT, DONE, .objects = {"Model"},                     \
      .message = "SerialNumber", .more = partition_disk)                                           \
    X(BITS, 3, "win.bits.3", OTHER, .who = "jobOwner", DONE, .objects = {"jobTitle"},              \
      .program = "processPath")                                                                    \
    X(BITS, 59, "win.bits.59", OTHER, DONE, .objects = {"url", "name"}, .more = bits_started)      \
    X(BITS, 60, "win.bits.60", DOWNLOAD, DONE, .objects = {"url", "name"}, .more = bits_stopped)   \
    X(WMI, 5857, "win.5857", OTHER, DONE, .objects = {"ProviderName"}, .message = "ProviderPath")  \
    X(WMI, 5858, "win.5858", OTHER, .who = "User", .outcome = OUTCOME_FAILURE,                     \
      .objects = {"Operation"}, .message = "ResultCode")                                           \
    X(WMI, 5859, "win.5859", CONFIG_CHANGE, .who = "User", DONE, .objects = {"Query"},             \
      .message = "NamespaceName")                                                                  \
    X(WMI, 5860, "win.5860", CONFIG_CHANGE, .who = "User", DONE, .objects = {"Query"},             \
      .message = "NamespaceName")                                                                  \
    X(WMI, 5861, "win.5861", CONFIG_CHANGE, DONE, .objects = {"CONSUMER", "ESS"},                  \
      .message = "PossibleCause")                                                                  \
    X(POWERSHELL_OLD, 403, "win.403", OTHER, DONE, .more = engine_part)                            \
    X(POWERSHELL_OLD, 600, "win.600", OTHER, DONE, .more = engine_part)                            \
    X(POWERSHELL_OLD, 800, "win.800", RUN_SCRIPT, DONE, .more = pipeline_details)                  \
    X(SECURITY, 4985, "win.4985", OTHER, .of_subject = true, DONE,                                 \
      .objects = {"TransactionId"}, .program = "ProcessName", .message = "NewState")               \
    X(SECURITY, 5447, "win.5447", CONFIG_CHANGE, .who = "UserName", DONE,                          \
      .objects = {"FilterName", "FilterKey"}, .message = "LayerName", .more = filter_change)       \
    X(DNS_SERVER, 512, "win.dns.512", CONFIG_CHANGE, DONE, .objects = DNS_ZONE)                    \
    X(DNS_SERVER, 513, "win.dns.513", CONFIG_CHANGE, DONE, .objects = DNS_ZONE)                    \
    X(DNS_SERVER, 514, "win.dns.514", CONFIG_CHANGE, DONE, .objects = DNS_ZONE,                    \
      .message = "PropertyKey", .target = "NewValue")                                              \
    X(DNS_SERVER, 515, "win.dns.515", CONFIG_CHANGE, DONE, .objects = {"NAME", "Zone"},            \
      .message = "Zone", .target = "RDATA")                                                        \
    X(DNS_SERVER, 516, "win.dns.516", CONFIG_CHANGE, DONE, .objects = {"NAME", "Zone"},            \
      .message = "Zone", .target = "RDATA")                                                        \
    X(DNS_SERVER, 517, "win.dns.517", CONFIG_CHANGE, DONE, .objects = {"NAME", "Zone"},            \
      .message = "Zone")                                                                           \
    X(DNS_SERVER, 518, "win.dns.518", CONFIG_CHANGE, DONE, .objects = {"NAME", "Zone"},            \
      .message = "Zone")                                                                           \
    X(DNS_SERVER, 519, "win.dns.519", OTHER, DONE, .objects = {"NAME", "Zone"},                    \
      .message = "Zone", .target = "RDATA", .more = dns_update)                                    \
    X(DNS_SERVER, 520, "win.dns.520", OTHER, DONE, .objects = {"NAME", "Zone"},                    \
      .message = "Zone", .target = "RDATA", .more = dns_update)                                    \
    X(DNS_SERVER, 521, "win.dns.521", OTHER, DONE, .objects = {"NAME", "Zone"},                    \
      .message = "Zone")                                                                           \
    X(DNS_SERVER, 536, "win.dns.536", CONFIG_CHANGE, DONE, .objects = DNS_ZONE)                    \
    X(DNS_SERVER, 537, "win.dns.537", CONFIG_CHANGE, DONE, .objects = {"Forwarders", "Zone"})      \
    X(DNS_SERVER, 541, "win.dns.541", CONFIG_CHANGE, DONE, .objects = {"Setting", "Scope"},        \
      .target = "NewValue")                                                                        \
    X(DHCP_SERVER, 70, "win.dhcp.70", CONFIG_CHANGE, DHCP_SCOPE)                                   \
    X(DHCP_SERVER, 71, "win.dhcp.71", CONFIG_CHANGE, DHCP_SCOPE)                                   \
    X(DHCP_SERVER, 72, "win.dhcp.72", CONFIG_CHANGE, DHCP_SCOPE)                                   \
    X(DHCP_SERVER, 73, "win.dhcp.73", CONFIG_CHANGE, DHCP_SCOPE)                                   \
    X(DHCP_SERVER, 74, "win.dhcp.74", CONFIG_CHANGE, DHCP_SCOPE)                                   \
    X(DHCP_SERVER, 75, "win.dhcp.75", CONFIG_CHANGE, DHCP_SCOPE, .message = "LeaseDuration")       \
    X(DHCP_SERVER, 76, "win.dhcp.76", CONFIG_CHANGE, DHCP_SCOPE, .message = "OptionName")          \
    X(DHCP_SERVER, 106, "win.dhcp.106", CONFIG_CHANGE, DHCP_SCOPE, .message = "ReservationName")   \
    X(DHCP_SERVER, 107, "win.dhcp.107", CONFIG_CHANGE, DHCP_SCOPE, .message = "ReservationName")
/* clang-format on */

static int plain_apply(Job *job);

#define PLAIN_RULE(source, id, name, verb, ...)                                                    \
    {WINDOWS_##source, id, SLICE_INIT(name), VERB_##verb, plain_apply},
static const Rule rules[] = {PLAIN_ROWS(PLAIN_RULE)};

#define PLAIN_FIELDS(source, id, name, verb, ...) {__VA_ARGS__},
static const Plain plains[] = {PLAIN_ROWS(PLAIN_FIELDS)};

_Static_assert(ARRAY_COUNT(rules) == ARRAY_COUNT(plains), "one row, one rule");

static void set_person(Job *job, const Plain *plain)
{
    Slice name, domain;
    if (plain->of_subject) {
        job_set_subject(job);
        return;
    }
    job_split_account(field_text(job, plain->who), &name, &domain);
    job_set(job, RECORD_USER_NAME, name);
    job_set(job, RECORD_USER_DOMAIN, domain);
    job_set(job, RECORD_USER_ID,
            name.len ? job_account_id(name, domain) : job_sid(job, KNOWN_SECURITY_USER_ID));
}

static int plain_apply(Job *job)
{
    const Plain *plain = &plains[job->rule - rules];
    Slice object = {0};
    job_begin(job, plain->outcome);
    set_person(job, plain);
    for (size_t i = 0; i < OBJECTS_MAX && object.len == 0; i++) {
        object = field_text(job, plain->objects[i]);
    }
    if (plain->is_file) job_set(job, RECORD_FILE_PATH, object);
    job_set(job, RECORD_AKASHI_TARGET_PATH, field_text(job, plain->target));
    job_set(job, RECORD_MESSAGE, job_first_line(field_text(job, plain->message)));
    job_set(job, RECORD_PROCESS_EXECUTABLE, field_text(job, plain->program));
    job_set(job, RECORD_PROCESS_COMMAND_LINE, field_text(job, plain->command));
    job_set_object(job, object, job_first_line(job->known[KNOWN_WINDOWS_MESSAGE]));
    return plain->more ? plain->more(job) : 0;
}

const RuleTable windows_plain_rules = {rules, ARRAY_COUNT(rules)};
