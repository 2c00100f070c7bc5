/* Windows services and scheduled tasks: what will run by itself from now on. Rules win.7045,
 * win.4697 to win.4702 of doc/translation.md. */
#include "translate/job.h"
#include "translate/task_xml.h"

static void set_service(Job *job, Known command, Known account)
{
    job_copy(job, RECORD_SERVICE_NAME, KNOWN_SERVICE_NAME);
    job_copy(job, RECORD_PROCESS_COMMAND_LINE, command);
    job_copy(job, RECORD_USER_EFFECTIVE_NAME, account);
    job_set_object(job, job->record->text[RECORD_SERVICE_NAME],
                   job->record->text[RECORD_PROCESS_COMMAND_LINE]);
}

/* The System log names who did it only by the identifier in the event's header. */
static int service_installed(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set(job, RECORD_USER_ID, job_sid(job, KNOWN_SECURITY_USER_ID));
    set_service(job, KNOWN_IMAGE_PATH, KNOWN_ACCOUNT_NAME);
    return 0;
}

static int service_installed_audited(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    set_service(job, KNOWN_SERVICE_FILE_NAME, KNOWN_SERVICE_ACCOUNT);
    return 0;
}

/* --- tasks ------------------------------------------------------------------------------------ */

static void set_task(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_copy(job, RECORD_AKASHI_TASK, KNOWN_TASK_NAME);
    job_set_object(job, job->record->text[RECORD_AKASHI_TASK], (Slice){0});
}

static int set_task_command(Job *job, Slice xml)
{
    TaskAction action;
    int r = task_action_find(job->arena, xml, &action);
    if (r < 0) return r;
    if (action.command.len == 0) return 0;
    r = job_join(job, action.command, ' ', action.arguments,
                 &job->record->text[RECORD_PROCESS_COMMAND_LINE]);
    if (r < 0) return r;
    return action.count > 1 ? job_add_detail(job, SLICE("several_actions")) : 0;
}

static int task_created(Job *job)
{
    set_task(job);
    return set_task_command(job, job->known[KNOWN_TASK_CONTENT]);
}

static int task_deleted(Job *job)
{
    set_task(job);
    return 0;
}

static int task_enabled(Job *job)
{
    set_task(job);
    return job_add_detail(job, SLICE("task_enabled"));
}

static int task_disabled(Job *job)
{
    set_task(job);
    return job_add_detail(job, SLICE("task_disabled"));
}

static int task_updated(Job *job)
{
    set_task(job);
    int r = job_add_detail(job, SLICE("task_updated"));
    return r < 0 ? r : set_task_command(job, job->known[KNOWN_TASK_CONTENT_NEW]);
}

static const Rule rules[] = {
    {WINDOWS_SERVICES, 7045, SLICE_INIT("win.7045"), VERB_ADD_SERVICE, service_installed},
    {WINDOWS_SECURITY, 4697, SLICE_INIT("win.4697"), VERB_ADD_SERVICE, service_installed_audited},
    {WINDOWS_SECURITY, 4698, SLICE_INIT("win.4698"), VERB_ADD_TASK, task_created},
    {WINDOWS_SECURITY, 4699, SLICE_INIT("win.4699"), VERB_DELETE_TASK, task_deleted},
    {WINDOWS_SECURITY, 4700, SLICE_INIT("win.4700"), VERB_CHANGE_TASK, task_enabled},
    {WINDOWS_SECURITY, 4701, SLICE_INIT("win.4701"), VERB_CHANGE_TASK, task_disabled},
    {WINDOWS_SECURITY, 4702, SLICE_INIT("win.4702"), VERB_CHANGE_TASK, task_updated},
};
const RuleTable windows_service_task_rules = {rules, ARRAY_COUNT(rules)};
