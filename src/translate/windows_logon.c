/* Windows logons: who came from where, or could not, and what the domain controller says of it.
 * Rules win.4624 to win.4776 of doc/translation.md. */
#include "translate/codes.h"
#include "translate/job.h"

#include <errno.h>

static Slice host_of(const Job *job)
{
    return job->record->text[RECORD_HOST_NAME];
}

/* event.reason and error.code. A code without words keeps its number, in the usual spelling: at
 * least `digits` hexadecimal digits. */
static int set_code(Job *job, const CodeReason *known, uint32_t code, int digits)
{
    if (known) {
        job_set(job, RECORD_ERROR_CODE, known->text);
        job_set(job, RECORD_EVENT_REASON, known->reason);
        return 0;
    }
    Slice text;
    int r = arena_format(job->arena, &text, "0x%0*X", digits, code);
    if (r == 0) job_set(job, RECORD_ERROR_CODE, text);
    return r;
}

static int set_ntstatus(Job *job, uint32_t status)
{
    return set_code(job, code_from_ntstatus(status), status, 8);
}

static int set_kerberos_error(Job *job, uint32_t error)
{
    return set_code(job, code_from_kerberos(error), error, 1);
}

static Slice first_label(Slice name)
{
    return slice_first(name, slice_find_char(name, '.'));
}

static bool is_loopback(Slice ip)
{
    return slice_eq(ip, SLICE("::1")) || slice_starts(ip, SLICE("127."));
}

/* For Remote Desktop logons WorkstationName is the machine's own name, not the client's: beside an
 * address from outside it says nothing. */
static void set_logon_source(Job *job)
{
    Slice name = job_text(job, KNOWN_WORKSTATION_NAME);
    job_set_source(job, job_text(job, KNOWN_IP_ADDRESS), job_text(job, KNOWN_IP_PORT));
    Slice ip = job->record->text[RECORD_SOURCE_IP];
    bool own = slice_eq_nocase(first_label(name), first_label(host_of(job)));
    if (ip.len > 0 && !is_loopback(ip) && own) return;
    job_set_source_name(job, name);
}

static void set_logon_common(Job *job)
{
    job_set_target_as_user(job, KNOWN_TARGET_USER_SID);
    job_copy(job, RECORD_AKASHI_SESSION, KNOWN_TARGET_LOGON_ID);
    job_set(job, RECORD_AKASHI_LOGON_TYPE, code_logon_type(job_text(job, KNOWN_LOGON_TYPE)));
    Slice package = job_text(job, KNOWN_LM_PACKAGE_NAME);
    if (package.len == 0) package = job_text(job, KNOWN_AUTHENTICATION_PACKAGE_NAME);
    job_set(job, RECORD_AKASHI_AUTH, package);
    set_logon_source(job);
    job_copy(job, RECORD_PROCESS_EXECUTABLE, KNOWN_PROCESS_NAME);
    job_set_object(job, host_of(job), (Slice){0});
}

static int logon(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    set_logon_common(job);
    job_copy(job, RECORD_USER_EFFECTIVE_NAME, KNOWN_TARGET_OUTBOUND_USER_NAME);
    return 0;
}

/* SubStatus is the closer reason; where it is 0 or missing Status is all there is, and where both
 * are missing the message number of FailureReason. */
static int logon_failure(Job *job)
{
    uint64_t status = 0;
    job_begin(job, OUTCOME_FAILURE);
    set_logon_common(job);
    job_set(job, RECORD_AKASHI_SESSION, (Slice){0});
    if (!job_number(job, KNOWN_SUB_STATUS, &status) || (uint32_t)status == 0) {
        status = 0;
        job_number(job, KNOWN_STATUS, &status);
    }
    if ((uint32_t)status != 0) return set_ntstatus(job, (uint32_t)status);
    job_set(job, RECORD_EVENT_REASON,
            code_reason_from_message(job_text(job, KNOWN_FAILURE_REASON)));
    return 0;
}

static int logoff(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_target_as_user(job, KNOWN_TARGET_USER_SID);
    job_copy(job, RECORD_AKASHI_SESSION, KNOWN_TARGET_LOGON_ID);
    job_set(job, RECORD_AKASHI_LOGON_TYPE, code_logon_type(job_text(job, KNOWN_LOGON_TYPE)));
    job_set_object(job, host_of(job), (Slice){0});
    return 0;
}

/* The event is written when the attempt is made; whether it went well is in other events. */
static int explicit_credentials(Job *job)
{
    job_begin(job, OUTCOME_UNKNOWN);
    job_set_subject(job);
    job_set_target(job, KNOWN_TARGET_USER_SID);
    Slice server = job_text(job, KNOWN_TARGET_SERVER_NAME);
    bool here = server.len == 0 || slice_eq_nocase(server, SLICE("localhost"));
    if (!here) job_set(job, RECORD_DESTINATION_DOMAIN, server);
    job_set_object(job, here ? host_of(job) : server, (Slice){0});
    job_set_source(job, job_text(job, KNOWN_IP_ADDRESS), job_text(job, KNOWN_IP_PORT));
    job_copy(job, RECORD_PROCESS_EXECUTABLE, KNOWN_PROCESS_NAME);
    return job_set_pid(job, KNOWN_PROCESS_ID);
}

/* The list stands one name a line; akashi.detail has them with commas between. */
static int set_privileges(Job *job)
{
    Slice list = job_text(job, KNOWN_PRIVILEGE_LIST);
    if (list.len == 0) return 0;
    char *out = arena_alloc(job->arena, list.len);
    if (!out) return -ENOMEM;
    size_t len = 0;
    bool between = false;
    for (size_t i = 0; i < list.len; i++) {
        char c = list.ptr[i];
        if (c == ' ' || c == ',' || (c >= '\t' && c <= '\r')) {
            between = len > 0;
            continue;
        }
        /* A comma takes the place of at least one blank, so it always fits. */
        if (between) out[len++] = ',';
        between = false;
        out[len++] = c;
    }
    job_set(job, RECORD_AKASHI_DETAIL, slice_of(out, len));
    return 0;
}

static int privileged_logon(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_set_object(job, host_of(job), (Slice){0});
    return set_privileges(job);
}

/* TargetDomainName holds the caller's computer name in this event (Microsoft, event 4740). */
static int lockout(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_copy(job, RECORD_USER_TARGET_NAME, KNOWN_TARGET_USER_NAME);
    job_set(job, RECORD_USER_TARGET_ID, job_sid(job, KNOWN_TARGET_SID));
    job_set_source_name(job, job_text(job, KNOWN_TARGET_DOMAIN_NAME));
    job_set_object(job, job->record->text[RECORD_USER_TARGET_NAME],
                   job->record->text[RECORD_USER_TARGET_ID]);
    return 0;
}

/* --- what a domain controller sees ------------------------------------------------------------ */

/* Sets the outcome from Status: absent, it is not known. A refusal becomes `refused`. */
static int set_kerberos_outcome(Job *job, Verb refused)
{
    uint64_t status;
    if (!job_number(job, KNOWN_STATUS, &status)) {
        job->record->outcome = job_audit_outcome(job, OUTCOME_UNKNOWN);
        if (job->record->outcome == OUTCOME_FAILURE) job->record->verb = refused;
        return 0;
    }
    if ((uint32_t)status == 0) return 0;
    job->record->outcome = OUTCOME_FAILURE;
    job->record->verb = refused;
    return set_kerberos_error(job, (uint32_t)status);
}

/* The user may be name@DOMAIN; the domain is then in TargetDomainName too. */
static void set_kerberos_user(Job *job)
{
    Slice name, domain, given = job_text(job, KNOWN_TARGET_DOMAIN_NAME);
    job_split_account(job_text(job, KNOWN_TARGET_USER_NAME), &name, &domain);
    job_set(job, RECORD_USER_NAME, name);
    job_set(job, RECORD_USER_DOMAIN, given.len ? given : domain);
    job_set(job, RECORD_USER_ID, job_sid(job, KNOWN_TARGET_SID));
    job_set(job, RECORD_AKASHI_AUTH, SLICE("Kerberos"));
    job_copy(job, RECORD_SERVICE_NAME, KNOWN_SERVICE_NAME);
    job_set_source(job, job_text(job, KNOWN_IP_ADDRESS), job_text(job, KNOWN_IP_PORT));
}

static int ticket_granting_ticket(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    set_kerberos_user(job);
    job_set(job, RECORD_AKASHI_LOGON_TYPE, SLICE("domain"));
    job_set_object(job, job->record->text[RECORD_USER_DOMAIN],
                   job->record->text[RECORD_SERVICE_NAME]);
    int r = set_kerberos_outcome(job, VERB_LOGON_FAIL);
    if (r < 0 || job->record->outcome != OUTCOME_SUCCESS) return r;
    /* PreAuthType 0: the ticket was given without a proof of the password. */
    bool unproved = slice_eq(job_text(job, KNOWN_PRE_AUTH_TYPE), SLICE("0"));
    return unproved ? job_add_detail(job, SLICE("no_password_check")) : 0;
}

/* ServiceName is krbtgt/DOMAIN or krbtgt. */
static int pre_authentication_failed(Job *job)
{
    job_begin(job, OUTCOME_FAILURE);
    set_kerberos_user(job);
    job_set(job, RECORD_AKASHI_LOGON_TYPE, SLICE("domain"));
    Slice service = job->record->text[RECORD_SERVICE_NAME];
    size_t slash = slice_find_char(service, '/');
    job_set_object(job, slash == SLICE_NOT_FOUND ? service : slice_skip(service, slash + 1),
                   host_of(job));
    int r = set_kerberos_outcome(job, VERB_LOGON_FAIL);
    /* The event itself says that it failed, whatever its Status. */
    job->record->outcome = OUTCOME_FAILURE;
    return r;
}

/* RC4 (0x17, 0x18) and DES (0x1, 0x3) can be broken off line (Microsoft, event 4769). */
static int service_ticket(Job *job)
{
    uint64_t encryption;
    job_begin(job, OUTCOME_SUCCESS);
    set_kerberos_user(job);
    job_set_object(job, job->record->text[RECORD_SERVICE_NAME], (Slice){0});
    int r = set_kerberos_outcome(job, VERB_TICKET);
    if (r < 0 || job->record->outcome != OUTCOME_SUCCESS) return r;
    if (!job_number(job, KNOWN_TICKET_ENCRYPTION_TYPE, &encryption)) return 0;
    bool weak = encryption == 0x17 || encryption == 0x18 || encryption == 0x1 || encryption == 0x3;
    return weak ? job_add_detail(job, SLICE("weak_encryption")) : 0;
}

static int credential_validation(Job *job)
{
    uint64_t status;
    job_begin(job, OUTCOME_SUCCESS);
    job_copy(job, RECORD_USER_NAME, KNOWN_TARGET_USER_NAME);
    job_set(job, RECORD_AKASHI_AUTH, SLICE("NTLM"));
    job_set_source_name(job, job_text(job, KNOWN_WORKSTATION));
    job_set_object(job, host_of(job), (Slice){0});
    if (!job_number(job, KNOWN_STATUS, &status)) {
        job->record->outcome = job_audit_outcome(job, OUTCOME_UNKNOWN);
        if (job->record->outcome == OUTCOME_FAILURE) job->record->verb = VERB_LOGON_FAIL;
        return 0;
    }
    if ((uint32_t)status == 0) return 0;
    job->record->outcome = OUTCOME_FAILURE;
    job->record->verb = VERB_LOGON_FAIL;
    return set_ntstatus(job, (uint32_t)status);
}

static const Rule rules[] = {
    {WINDOWS_SECURITY, 4624, SLICE_INIT("win.4624"), VERB_LOGON, logon},
    {WINDOWS_SECURITY, 4625, SLICE_INIT("win.4625"), VERB_LOGON_FAIL, logon_failure},
    {WINDOWS_SECURITY, 4634, SLICE_INIT("win.4634"), VERB_LOGOFF, logoff},
    {WINDOWS_SECURITY, 4647, SLICE_INIT("win.4647"), VERB_LOGOFF, logoff},
    {WINDOWS_SECURITY, 4648, SLICE_INIT("win.4648"), VERB_LOGON_AS, explicit_credentials},
    {WINDOWS_SECURITY, 4672, SLICE_INIT("win.4672"), VERB_PRIVILEGE, privileged_logon},
    {WINDOWS_SECURITY, 4740, SLICE_INIT("win.4740"), VERB_LOCKOUT, lockout},
    {WINDOWS_SECURITY, 4768, SLICE_INIT("win.4768"), VERB_LOGON, ticket_granting_ticket},
    {WINDOWS_SECURITY, 4769, SLICE_INIT("win.4769"), VERB_TICKET, service_ticket},
    {WINDOWS_SECURITY, 4771, SLICE_INIT("win.4771"), VERB_LOGON_FAIL, pre_authentication_failed},
    {WINDOWS_SECURITY, 4776, SLICE_INIT("win.4776"), VERB_LOGON, credential_validation},
};
const RuleTable windows_logon_rules = {rules, ARRAY_COUNT(rules)};
