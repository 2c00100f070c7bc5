/* Windows: Remote Desktop. Rules win.1149, win.21, win.23, win.24, win.25 of doc/translation.md.
 * The texts of the events name their values: user, domain, source network address; user, session,
 * source network address. Exporters that drop UserData leave nothing a rule could read in every
 * language of Windows; then nobody is named. */
#include "translate/job.h"

/* The address of someone at the machine itself is the word LOCAL. */
static bool is_local(Slice address)
{
    return slice_eq(address, SLICE("LOCAL"));
}

static void set_session(Job *job)
{
    Slice name, domain, address = job_text(job, KNOWN_ADDRESS);
    job_begin(job, OUTCOME_SUCCESS);
    job_split_account(job_text(job, KNOWN_USER), &name, &domain);
    job_set(job, RECORD_USER_NAME, name);
    job_set(job, RECORD_USER_DOMAIN, domain);
    if (!is_local(address)) job_set_source(job, address, (Slice){0});
    job_set_object(job, job->record->text[RECORD_HOST_NAME], (Slice){0});
}

/* Without network-level authentication this event comes when the logon screen is shown, before any
 * password was asked for; so it is no logon. */
static int arrived(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_copy(job, RECORD_USER_NAME, KNOWN_PARAM1);
    job_copy(job, RECORD_USER_DOMAIN, KNOWN_PARAM2);
    job_set_source(job, job_text(job, KNOWN_PARAM3), (Slice){0});
    job_copy(job, RECORD_DESTINATION_DOMAIN, KNOWN_COMPUTER);
    job_set_object(job, SLICE("Remote Desktop"), (Slice){0});
    return 0;
}

static int session_started(Job *job)
{
    Slice address = job_text(job, KNOWN_ADDRESS);
    set_session(job);
    if (address.len > 0) {
        job_set(job, RECORD_AKASHI_LOGON_TYPE,
                is_local(address) ? SLICE("interactive") : SLICE("remote_interactive"));
    }
    return 0;
}

static int session_changed(Job *job)
{
    set_session(job);
    return 0;
}

static const Rule rules[] = {
    {WINDOWS_REMOTE_ARRIVAL, 1149, SLICE_INIT("win.1149"), VERB_CONNECT, arrived},
    {WINDOWS_REMOTE_SESSIONS, 21, SLICE_INIT("win.21"), VERB_LOGON, session_started},
    {WINDOWS_REMOTE_SESSIONS, 23, SLICE_INIT("win.23"), VERB_LOGOFF, session_changed},
    {WINDOWS_REMOTE_SESSIONS, 24, SLICE_INIT("win.24"), VERB_OTHER, session_changed},
    {WINDOWS_REMOTE_SESSIONS, 25, SLICE_INIT("win.25"), VERB_LOGON, session_started},
};
const RuleTable windows_remote_rules = {rules, ARRAY_COUNT(rules)};
