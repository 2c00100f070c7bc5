/* Windows: the directory of a domain, its policies and the domains it trusts. Rules win.5136 to
 * win.5141, win.4662, win.4662.replication, win.4706, win.4707, win.4713, win.4739 of
 * doc/translation.md. */
#include "translate/job.h"

/* --- objects ---------------------------------------------------------------------------------- */

static void set_directory_object(Job *job, Known name)
{
    job_begin(job, job_audit_outcome(job, OUTCOME_SUCCESS));
    job_set_subject(job);
    job_set_object(job, job_text(job, name), job_text(job, KNOWN_OBJECT_GUID));
}

static int object_made_or_deleted(Job *job)
{
    set_directory_object(job, KNOWN_OBJECT_DN);
    return 0;
}

/* One event tells of one value of one attribute, gone (%%14675) or come (%%14674); which two of
 * them are a change is not for a single event to say. */
static int attribute_changed(Job *job)
{
    Slice type = job_text(job, KNOWN_OPERATION_TYPE), name = job_text(job, KNOWN_ATTRIBUTE_NAME);
    set_directory_object(job, KNOWN_OBJECT_DN);
    job_set(job, RECORD_MESSAGE, job_first_line(job_text(job, KNOWN_ATTRIBUTE_VALUE)));
    int r = name.len ? job_add_detail(job, name) : 0;
    if (r < 0) return r;
    if (slice_eq(type, SLICE("%%14674"))) return job_add_detail(job, SLICE("value_added"));
    if (slice_eq(type, SLICE("%%14675"))) return job_add_detail(job, SLICE("value_removed"));
    return 0;
}

static int object_moved(Job *job)
{
    set_directory_object(job, KNOWN_OLD_OBJECT_DN);
    job_copy(job, RECORD_AKASHI_TARGET_PATH, KNOWN_NEW_OBJECT_DN);
    return 0;
}

/* --- replication ------------------------------------------------------------------------------ */

/* The rights by which domain controllers copy the directory from each other (MS-ADTS 5.1.3.2.1,
 * control access rights), by the text that Properties holds. */
static const struct {
    Slice guid, detail;
} replication_rights[] = {
    {SLICE_INIT("1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"), SLICE_INIT("replicate_changes")},
    {SLICE_INIT("1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"), SLICE_INIT("replicate_secrets")},
    {SLICE_INIT("89e95b76-444d-4c62-991a-0facbeda640c"), SLICE_INIT("replicate_filtered")},
};

/* Hexadecimal digits come in either case. */
static bool holds_guid(Slice text, Slice guid)
{
    for (; text.len >= guid.len; text = slice_skip(text, 1)) {
        if (slice_starts_nocase(text, guid)) return true;
    }
    return false;
}

/* Domain controllers are accounts of computers, and may show as Windows itself. */
static bool is_asked_by_person(const Job *job)
{
    Slice name = job->record->text[RECORD_USER_NAME], sid = job->record->text[RECORD_USER_ID];
    return name.len > 0 && !slice_ends(name, SLICE("$")) && !slice_eq(sid, SLICE("S-1-5-18"));
}

static int add_replication(Job *job)
{
    Slice properties = job_text(job, KNOWN_PROPERTIES);
    int r = 0;
    for (size_t i = 0; i < ARRAY_COUNT(replication_rights) && r == 0; i++) {
        if (!holds_guid(properties, replication_rights[i].guid)) continue;
        r = job_add_detail(job, replication_rights[i].detail);
    }
    if (r < 0 || job->record->text[RECORD_AKASHI_DETAIL].len == 0) return r;
    job_name(job, SLICE("win.4662.replication"), VERB_READ, job->record->outcome);
    return is_asked_by_person(job) ? job_add_detail(job, SLICE("not_a_controller")) : 0;
}

/* ObjectName is `%{c6faf700-...}`: a name that only the domain can resolve. Objects of other
 * servers than the directory (DS), such as the secrets of LSA, are for no rule (measured). */
static int object_used(Job *job)
{
    Slice server = job_text(job, KNOWN_OBJECT_SERVER);
    if (server.len > 0 && !slice_eq(server, SLICE("DS"))) return RULE_DECLINES;
    Slice name = job_text(job, KNOWN_OBJECT_NAME);
    if (slice_starts(name, SLICE("%{"))) name = slice_skip(name, 1);
    job_begin(job, job_audit_outcome(job, OUTCOME_SUCCESS));
    job_set_subject(job);
    job_set_object(job, name, (Slice){0});
    return add_replication(job);
}

/* --- policies and trusts ---------------------------------------------------------------------- */

/* KerberosPolicyChange: `KerMaxT: 0x10c388d000 (0x861c46800); KerMaxR: ...` (Microsoft, event
 * 4713): the settings that differ, the new value first. */
static int kerberos_policy_changed(Job *job)
{
    static const struct {
        Slice name, detail;
    } settings[] = {
        {SLICE_INIT("KerOpts:"), SLICE_INIT("policy_kerberos_options")},
        {SLICE_INIT("KerMinT:"), SLICE_INIT("policy_ticket_minimum")},
        {SLICE_INIT("KerMaxT:"), SLICE_INIT("policy_ticket_lifetime")},
        {SLICE_INIT("KerMaxR:"), SLICE_INIT("policy_ticket_renewal")},
        {SLICE_INIT("KerProxy:"), SLICE_INIT("policy_clock_tolerance")},
        {SLICE_INIT("KerLogoff:"), SLICE_INIT("policy_force_logoff")},
    };
    Slice changes = job_text(job, KNOWN_KERBEROS_POLICY_CHANGE);
    int r = 0;
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_set_object(job, SLICE("Kerberos"), (Slice){0});
    for (size_t i = 0; i < ARRAY_COUNT(settings) && r == 0; i++) {
        if (slice_find(changes, settings[i].name) == SLICE_NOT_FOUND) continue;
        r = job_add_detail(job, settings[i].detail);
    }
    return r;
}

/* An unchanged setting is `-` (Microsoft, event 4739). */
static int domain_policy_changed(Job *job)
{
    static const struct {
        Known known;
        Slice detail;
    } settings[] = {
        {KNOWN_MIN_PASSWORD_AGE, SLICE_INIT("policy_password_minimum_age")},
        {KNOWN_MAX_PASSWORD_AGE, SLICE_INIT("policy_password_maximum_age")},
        {KNOWN_MIN_PASSWORD_LENGTH, SLICE_INIT("policy_password_length")},
        {KNOWN_PASSWORD_HISTORY_LENGTH, SLICE_INIT("policy_password_history")},
        {KNOWN_PASSWORD_PROPERTIES, SLICE_INIT("policy_password_complexity")},
        {KNOWN_LOCKOUT_THRESHOLD, SLICE_INIT("policy_lockout_threshold")},
        {KNOWN_LOCKOUT_OBSERVATION_WINDOW, SLICE_INIT("policy_lockout_window")},
        {KNOWN_LOCKOUT_DURATION, SLICE_INIT("policy_lockout_duration")},
        {KNOWN_FORCE_LOGOFF, SLICE_INIT("policy_force_logoff")},
        {KNOWN_MACHINE_ACCOUNT_QUOTA, SLICE_INIT("policy_computer_quota")},
        {KNOWN_DOMAIN_BEHAVIOR_VERSION, SLICE_INIT("policy_domain_level")},
    };
    int r = 0;
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_set_object(job, job_text(job, KNOWN_DOMAIN_NAME), job_sid(job, KNOWN_DOMAIN_SID));
    for (size_t i = 0; i < ARRAY_COUNT(settings) && r == 0; i++) {
        if (job_text(job, settings[i].known).len == 0) continue;
        r = job_add_detail(job, settings[i].detail);
    }
    return r;
}

/* TdoDirection: 1 inbound, 2 outbound, 3 both (MS-ADTS 6.1.6.7.12); 4707 has none. */
static int trust_changed(Job *job)
{
    static const Slice directions[] = {
        {0}, SLICE_INIT("trust_inbound"), SLICE_INIT("trust_outbound"), SLICE_INIT("trust_both")};
    uint64_t direction = 0;
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_set_object(job, job_text(job, KNOWN_DOMAIN_NAME), job_sid(job, KNOWN_DOMAIN_SID));
    bool known = job_number(job, KNOWN_TDO_DIRECTION, &direction) && direction > 0 &&
                 direction < ARRAY_COUNT(directions);
    return known ? job_add_detail(job, directions[direction]) : 0;
}

static const Rule rules[] = {
    {WINDOWS_SECURITY, 5136, SLICE_INIT("win.5136"), VERB_CONFIG_CHANGE, attribute_changed},
    {WINDOWS_SECURITY, 5137, SLICE_INIT("win.5137"), VERB_CONFIG_CHANGE, object_made_or_deleted},
    {WINDOWS_SECURITY, 5138, SLICE_INIT("win.5138"), VERB_CONFIG_CHANGE, object_moved},
    {WINDOWS_SECURITY, 5139, SLICE_INIT("win.5139"), VERB_CONFIG_CHANGE, object_moved},
    {WINDOWS_SECURITY, 5141, SLICE_INIT("win.5141"), VERB_CONFIG_CHANGE, object_made_or_deleted},
    {WINDOWS_SECURITY, 4662, SLICE_INIT("win.4662"), VERB_OTHER, object_used},
    {WINDOWS_SECURITY, 4706, SLICE_INIT("win.4706"), VERB_CHANGE_POLICY, trust_changed},
    {WINDOWS_SECURITY, 4707, SLICE_INIT("win.4707"), VERB_CHANGE_POLICY, trust_changed},
    {WINDOWS_SECURITY, 4713, SLICE_INIT("win.4713"), VERB_CHANGE_POLICY, kerberos_policy_changed},
    {WINDOWS_SECURITY, 4739, SLICE_INIT("win.4739"), VERB_CHANGE_POLICY, domain_policy_changed},
};
const RuleTable windows_directory_rules = {rules, ARRAY_COUNT(rules)};
