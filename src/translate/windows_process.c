/* Windows programs that were started: win.4688 and sysmon.1 of doc/translation.md. */
#include "translate/job.h"

static void set_program(Job *job, Known image, Known parent)
{
    job_copy(job, RECORD_PROCESS_EXECUTABLE, image);
    job_copy(job, RECORD_PROCESS_PARENT_EXECUTABLE, parent);
    job_copy(job, RECORD_PROCESS_COMMAND_LINE, KNOWN_COMMAND_LINE);
    job_set_object(job, job->record->text[RECORD_PROCESS_EXECUTABLE],
                   job->record->text[RECORD_PROCESS_COMMAND_LINE]);
}

/* TargetUserName is the account the program runs under when that is not the one that started it
 * (Microsoft, event 4688, "Target Subject"). %%1937: it was run as administrator. */
static int process_created(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    set_program(job, KNOWN_NEW_PROCESS_NAME, KNOWN_PARENT_PROCESS_NAME);
    Slice target = job_text(job, KNOWN_TARGET_USER_NAME);
    if (target.len > 0 && !slice_eq_nocase(target, job->record->text[RECORD_USER_NAME])) {
        job_set(job, RECORD_USER_EFFECTIVE_NAME, target);
    }
    int r = job_set_pid(job, KNOWN_NEW_PROCESS_ID);
    if (r < 0) return r;
    bool elevated = slice_eq(job_text(job, KNOWN_TOKEN_ELEVATION_TYPE), SLICE("%%1937"));
    return elevated ? job_add_detail(job, SLICE("elevated")) : 0;
}

static int sysmon_process_created(Job *job)
{
    Slice name, domain;
    job_begin(job, OUTCOME_SUCCESS);
    job_split_account(job_text(job, KNOWN_USER), &name, &domain);
    job_set(job, RECORD_USER_NAME, name);
    job_set(job, RECORD_USER_DOMAIN, domain);
    job_set(job, RECORD_USER_ID, job_account_id(name, domain));
    job_copy(job, RECORD_AKASHI_SESSION, KNOWN_LOGON_ID);
    job_copy(job, RECORD_PROCESS_WORKING_DIRECTORY, KNOWN_CURRENT_DIRECTORY);
    set_program(job, KNOWN_IMAGE, KNOWN_PARENT_IMAGE);
    return job_set_pid(job, KNOWN_PROCESS_ID);
}

static const Rule rules[] = {
    {WINDOWS_SECURITY, 4688, SLICE_INIT("win.4688"), VERB_RUN_PROCESS, process_created},
    {WINDOWS_SYSMON, 1, SLICE_INIT("sysmon.1"), VERB_RUN_PROCESS, sysmon_process_created},
};
const RuleTable windows_process_rules = {rules, ARRAY_COUNT(rules)};
