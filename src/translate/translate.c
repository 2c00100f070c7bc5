/* See translate.h. An event's fields are read once into a table, what its format says of every
 * event is set, and then the one rule that knows the event fills in the rest. */
#include "translate/translate.h"

#include "base/check.h"
#include "base/number.h"
#include "translate/fallback.h"
#include "translate/source/source_run.h"
#include "translate/unix.h"

#include <errno.h>
#include <stdlib.h>

#define RULE_SLOTS 512 /* power of two, several times the number of rules */

struct Translator {
    KnownIndex index;              /* set at start, then read-only */
    const Rule *rules[RULE_SLOTS]; /* by source and event id; set at start, then read-only */
    SourceRunner *sources;         /* NULL: no definitions are used */
    Slice known[KNOWN_COUNT];      /* of the event at work */
};

/* --- the table of rules ----------------------------------------------------------------------- */

static size_t rule_slot(WindowsSource source, uint64_t event_id)
{
    return ((uint32_t)event_id * 2654435761u + (uint32_t)source * 40503u) >> 16 & (RULE_SLOTS - 1);
}

static void add_rules(Translator *translator, const RuleTable *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const Rule *rule = &table->rules[i];
        size_t at = rule_slot(rule->source, rule->event_id);
        while (translator->rules[at]) {
            CHECK(translator->rules[at]->source != rule->source ||
                  translator->rules[at]->event_id != rule->event_id);
            at = (at + 1) & (RULE_SLOTS - 1);
        }
        translator->rules[at] = rule;
    }
}

static const Rule *find_rule(const Translator *translator, WindowsSource source, uint64_t event_id)
{
    size_t at = rule_slot(source, event_id);
    for (; translator->rules[at]; at = (at + 1) & (RULE_SLOTS - 1)) {
        const Rule *rule = translator->rules[at];
        if (rule->source == source && rule->event_id == event_id) return rule;
    }
    return NULL;
}

Translator *translator_new(void)
{
    static const RuleTable *const tables[] = {
        &windows_logon_rules,     &windows_account_rules,      &windows_policy_rules,
        &windows_process_rules,   &windows_service_task_rules, &windows_defender_rules,
        &windows_directory_rules, &windows_setting_rules,      &windows_device_rules,
        &windows_share_rules,     &windows_powershell_rules,   &windows_remote_rules,
        &windows_plain_rules,     &windows_sql_rules,          &windows_acl_rules};
    Translator *translator = calloc(1, sizeof *translator);
    if (!translator) return NULL;
    known_index_make(&translator->index);
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        add_rules(translator, tables[i]);
    }
    return translator;
}

int translator_use_sources(Translator *translator, const SourceSet *sources,
                           int zone_offset_seconds)
{
    SourceRunner *runner = source_runner_new(sources, zone_offset_seconds);
    if (!runner) return -ENOMEM;
    source_runner_free(translator->sources);
    translator->sources = runner;
    return 0;
}

void translator_free(Translator *translator)
{
    if (!translator) return;
    source_runner_free(translator->sources);
    free(translator);
}

/* --- Windows ---------------------------------------------------------------------------------- */

/* Exporters may leave the provider out; these channels have but one provider each whose numbers the
 * rules know. */
static WindowsSource source_of(Slice provider, Slice channel)
{
    static const struct {
        Slice provider;
        WindowsSource source;
    } providers[] = {
        {SLICE_INIT("Microsoft-Windows-Security-Auditing"), WINDOWS_SECURITY},
        {SLICE_INIT("Microsoft-Windows-Sysmon"), WINDOWS_SYSMON},
        {SLICE_INIT("Microsoft-Windows-Eventlog"), WINDOWS_EVENTLOG},
        {SLICE_INIT("Service Control Manager"), WINDOWS_SERVICES},
        {SLICE_INIT("Microsoft-Windows-Windows Defender"), WINDOWS_DEFENDER},
        {SLICE_INIT("Microsoft-Windows-PowerShell"), WINDOWS_POWERSHELL},
        {SLICE_INIT("PowerShellCore"), WINDOWS_POWERSHELL},
        {SLICE_INIT("PowerShell"), WINDOWS_POWERSHELL_OLD},
        {SLICE_INIT("Microsoft-Windows-PrintService"), WINDOWS_PRINT},
        {SLICE_INIT("Microsoft-Windows-TerminalServices-RemoteConnectionManager"),
         WINDOWS_REMOTE_ARRIVAL},
        {SLICE_INIT("Microsoft-Windows-TerminalServices-LocalSessionManager"),
         WINDOWS_REMOTE_SESSIONS},
        {SLICE_INIT("Microsoft-Windows-TaskScheduler"), WINDOWS_TASKS},
        {SLICE_INIT("Microsoft-Windows-DriverFrameworks-UserMode"), WINDOWS_UMDF},
        {SLICE_INIT("Microsoft-Windows-Partition"), WINDOWS_PARTITION},
        {SLICE_INIT("Microsoft-Windows-Bits-Client"), WINDOWS_BITS},
        {SLICE_INIT("Microsoft-Windows-WMI-Activity"), WINDOWS_WMI},
        {SLICE_INIT("Microsoft-Windows-DNSServer"), WINDOWS_DNS_SERVER},
        {SLICE_INIT("Microsoft-Windows-DHCP-Server"), WINDOWS_DHCP_SERVER},
    };
    for (size_t i = 0; i < ARRAY_COUNT(providers); i++) {
        if (slice_eq(provider, providers[i].provider)) return providers[i].source;
    }
    if (slice_starts(provider, SLICE("MSSQL"))) return WINDOWS_SQL_SERVER;
    if (provider.len > 0) return WINDOWS_OTHER;
    if (slice_eq_nocase(channel, SLICE("Security"))) return WINDOWS_SECURITY;
    if (slice_eq(channel, SLICE("Microsoft-Windows-Sysmon/Operational"))) return WINDOWS_SYSMON;
    return WINDOWS_OTHER;
}

/* Event numbers from 1100 to 1108 of the Security channel are the event log service's own. */
static WindowsSource source_without_provider(WindowsSource source, Slice provider, uint64_t id)
{
    bool own = source == WINDOWS_SECURITY && provider.len == 0 && id >= 1100 && id <= 1108;
    return own ? WINDOWS_EVENTLOG : source;
}

static Slice windows_dataset(Slice channel)
{
    static const struct {
        Slice channel, dataset;
    } datasets[] = {
        {SLICE_INIT("Security"), SLICE_INIT("windows.security")},
        {SLICE_INIT("System"), SLICE_INIT("windows.system")},
        {SLICE_INIT("Application"), SLICE_INIT("windows.application")},
        {SLICE_INIT("Microsoft-Windows-Sysmon/Operational"), SLICE_INIT("windows.sysmon")},
        {SLICE_INIT("Microsoft-Windows-PowerShell/Operational"), SLICE_INIT("windows.powershell")},
        {SLICE_INIT("Windows PowerShell"), SLICE_INIT("windows.powershell")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(datasets); i++) {
        if (slice_eq_nocase(channel, datasets[i].channel)) return datasets[i].dataset;
    }
    return SLICE("windows.other");
}

/* Level of winmeta.xml; 0 (log always) is what audit events have. */
static Slice windows_level(Slice level)
{
    static const Slice names[] = {SLICE_INIT("information"), SLICE_INIT("critical"),
                                  SLICE_INIT("error"),       SLICE_INIT("warning"),
                                  SLICE_INIT("information"), SLICE_INIT("verbose")};
    uint64_t number;
    if (number_parse_u64(level, &number) < 0) return level;
    return number < ARRAY_COUNT(names) ? names[number] : (Slice){0};
}

static int translate_windows(const Translator *translator, Job *job)
{
    uint64_t id = 0;
    Slice provider = job_text(job, KNOWN_PROVIDER_NAME), channel = job_text(job, KNOWN_CHANNEL);
    job_copy(job, RECORD_EVENT_CODE, KNOWN_EVENT_ID);
    job_set(job, RECORD_EVENT_PROVIDER, provider.len ? provider : channel);
    job_set(job, RECORD_EVENT_DATASET, windows_dataset(channel));
    job_set(job, RECORD_LOG_LEVEL, windows_level(job_text(job, KNOWN_LEVEL)));
    job_copy(job, RECORD_HOST_NAME, KNOWN_COMPUTER);
    WindowsSource source = source_of(provider, channel);
    if (source != WINDOWS_OTHER || slice_starts(provider, SLICE("Microsoft-Windows-"))) {
        job_set(job, RECORD_OBSERVER_VENDOR, SLICE("Microsoft"));
        job_set(job, RECORD_OBSERVER_PRODUCT,
                source == WINDOWS_SYSMON       ? SLICE("Sysmon")
                : source == WINDOWS_SQL_SERVER ? SLICE("SQL Server")
                                               : SLICE("Windows"));
    }
    if (!job_number(job, KNOWN_EVENT_ID, &id)) return RULE_DECLINES;
    job->rule = find_rule(translator, source_without_provider(source, provider, id), id);
    return job->rule ? job->rule->apply(job) : RULE_DECLINES;
}

/* --- the others ------------------------------------------------------------------------------- */

/* Severities of RFC 5424, table 2. */
static Slice syslog_level(Slice severity)
{
    static const Slice names[] = {SLICE_INIT("emergency"),     SLICE_INIT("alert"),
                                  SLICE_INIT("critical"),      SLICE_INIT("error"),
                                  SLICE_INIT("warning"),       SLICE_INIT("notice"),
                                  SLICE_INIT("informational"), SLICE_INIT("debug")};
    uint64_t number;
    if (number_parse_u64(severity, &number) < 0 || number >= ARRAY_COUNT(names)) return (Slice){0};
    return names[number];
}

static int translate_syslog(Job *job)
{
    Slice program = unix_program(job_text(job, KNOWN_TAG));
    bool auth = unix_is_auth_program(program);
    job_set(job, RECORD_EVENT_PROVIDER, program);
    job_copy(job, RECORD_EVENT_CODE, KNOWN_MSGID);
    job_set(job, RECORD_EVENT_DATASET, auth ? SLICE("linux.auth") : SLICE("syslog"));
    job_set(job, RECORD_LOG_LEVEL, syslog_level(job_text(job, KNOWN_SEVERITY)));
    job_copy(job, RECORD_HOST_NAME, KNOWN_HOST);
    int r = unix_translate(job);
    if (r == 0) job_set(job, RECORD_EVENT_DATASET, SLICE("linux.auth"));
    return r;
}

/* Only names that can mean nothing else: `host` of a JSON object is often something else. */
static int translate_json(Job *job)
{
    job_set(job, RECORD_EVENT_DATASET, SLICE("json"));
    job_copy(job, RECORD_HOST_NAME, KNOWN_HOSTNAME);
    return RULE_DECLINES;
}

static int translate_text(Job *job)
{
    job_set(job, RECORD_EVENT_DATASET, SLICE("text"));
    return RULE_DECLINES;
}

static int translate_event(const Translator *translator, Job *job)
{
    switch (job->event->format) {
    case EVENT_WINDOWS: return translate_windows(translator, job);
    case EVENT_SYSLOG: return translate_syslog(job);
    case EVENT_JSON: return translate_json(job);
    case EVENT_TEXT: break;
    }
    return translate_text(job);
}

int translator_feed(Translator *translator, const Event *event, int64_t received_ns, Arena *arena,
                    RecordSink sink, void *context)
{
    Record record = {
        .time_ns = event->time_ns, .end_ns = TIME_UNKNOWN, .ingested_ns = received_ns, .count = 1};
    Event own = *event; /* with what a source definition finds in its text */
    Job job = {.event = &own, .known = translator->known, .record = &record, .arena = arena};
    known_read(&translator->index, event, translator->known);
    int r = RULE_DECLINES;
    if (translator->sources) {
        r = source_runner_feed(translator->sources, &job, translator->known, &own);
    }
    if (r == RULE_DECLINES) r = translate_event(translator, &job);
    if (r == RULE_DECLINES) r = fallback_translate(&job);
    if (r < 0) return r;
    return sink(context, &record, &own);
}
