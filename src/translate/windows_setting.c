/* Windows: settings of one machine: registry values, the firewall, the clock. Rules win.4657,
 * win.4946 to win.4950, win.4616 of doc/translation.md. */
#include "translate/job.h"

/* OperationType of event 4657: messages of msobjs.dll (Microsoft, event 4657, "Operation Type"). */
static int add_value_change(Job *job)
{
    Slice type = job_text(job, KNOWN_OPERATION_TYPE);
    if (slice_eq(type, SLICE("%%1904"))) return job_add_detail(job, SLICE("value_created"));
    if (slice_eq(type, SLICE("%%1905"))) return job_add_detail(job, SLICE("value_modified"));
    if (slice_eq(type, SLICE("%%1906"))) return job_add_detail(job, SLICE("value_deleted"));
    return 0;
}

static int registry_value_changed(Job *job)
{
    Slice path;
    job_begin(job, job_audit_outcome(job, OUTCOME_SUCCESS));
    job_set_subject(job);
    job_copy(job, RECORD_PROCESS_EXECUTABLE, KNOWN_PROCESS_NAME);
    job_set(job, RECORD_MESSAGE, job_first_line(job_text(job, KNOWN_NEW_VALUE)));
    int r = job_join(job, job_text(job, KNOWN_OBJECT_NAME), '\\',
                     job_text(job, KNOWN_OBJECT_VALUE_NAME), &path);
    if (r < 0) return r;
    job_set_object(job, path, (Slice){0});
    r = job_set_pid(job, KNOWN_PROCESS_ID);
    return r < 0 ? r : add_value_change(job);
}

/* --- firewall --------------------------------------------------------------------------------- */

/* These events do not say who (Microsoft, events 4946 to 4950: no subject). */
static int firewall_rule_changed(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_object(job, job_text(job, KNOWN_RULE_NAME), job_text(job, KNOWN_RULE_ID));
    return 0;
}

static int firewall_reset(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_object(job, SLICE("Windows Firewall"), (Slice){0});
    return 0;
}

static int firewall_setting_changed(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_object(job, job_text(job, KNOWN_SETTING_TYPE), SLICE("Windows Firewall"));
    job_set(job, RECORD_MESSAGE, job_first_line(job_text(job, KNOWN_SETTING_VALUE)));
    return 0;
}

/* --- clock ------------------------------------------------------------------------------------ */

static int clock_set(Job *job)
{
    Slice before = job_text(job, KNOWN_PREVIOUS_TIME), after = job_text(job, KNOWN_NEW_TIME);
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_copy(job, RECORD_PROCESS_EXECUTABLE, KNOWN_PROCESS_NAME);
    job_set_object(job, SLICE("SystemTime"), (Slice){0});
    int r = job_set_pid(job, KNOWN_PROCESS_ID);
    if (r < 0 || before.len == 0 || after.len == 0) return r;
    return arena_format(job->arena, &job->record->text[RECORD_MESSAGE], "%.*s -> %.*s",
                        SLICE_FMT(before), SLICE_FMT(after));
}

static const Rule rules[] = {
    {WINDOWS_SECURITY, 4657, SLICE_INIT("win.4657"), VERB_CONFIG_CHANGE, registry_value_changed},
    {WINDOWS_SECURITY, 4946, SLICE_INIT("win.4946"), VERB_CONFIG_CHANGE, firewall_rule_changed},
    {WINDOWS_SECURITY, 4947, SLICE_INIT("win.4947"), VERB_CONFIG_CHANGE, firewall_rule_changed},
    {WINDOWS_SECURITY, 4948, SLICE_INIT("win.4948"), VERB_CONFIG_CHANGE, firewall_rule_changed},
    {WINDOWS_SECURITY, 4949, SLICE_INIT("win.4949"), VERB_CONFIG_CHANGE, firewall_reset},
    {WINDOWS_SECURITY, 4950, SLICE_INIT("win.4950"), VERB_CONFIG_CHANGE, firewall_setting_changed},
    {WINDOWS_SECURITY, 4616, SLICE_INIT("win.4616"), VERB_CONFIG_CHANGE, clock_set},
};
const RuleTable windows_setting_rules = {rules, ARRAY_COUNT(rules)};
