/* Windows: what PowerShell ran. Rules win.4103, win.4104, win.400 of doc/translation.md.
 * Events and fields: Microsoft, "about_Logging_Windows" and "about_Eventlogs". */
#include "translate/job.h"

/* Who it was is only the identifier in the event's header. */
static void set_person(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set(job, RECORD_USER_ID, job_sid(job, KNOWN_SECURITY_USER_ID));
}

/* The script's file, or its first line when it was typed or came from elsewhere. The text is logged
 * when it is read, before it runs: how it ended is not known. */
static int script_block(Job *job)
{
    Slice text = job->known[KNOWN_SCRIPT_BLOCK_TEXT];
    set_person(job);
    job->record->outcome = OUTCOME_UNKNOWN;
    job_copy(job, RECORD_FILE_PATH, KNOWN_PATH);
    job_set(job, RECORD_PROCESS_COMMAND_LINE, text);
    job_set_object(job, job->record->text[RECORD_FILE_PATH], job_first_line(text));
    return 0;
}

/* `CommandInvocation(Get-Item): "Get-Item"`: the command. The words before the bracket are of that
 * Windows' language; a text of another shape is shown by its first line. */
static Slice invoked_command(Slice payload)
{
    Slice line = job_first_line(payload);
    size_t open = slice_find_char(line, '('), close = slice_find(line, SLICE("):"));
    if (open == SLICE_NOT_FOUND || close == SLICE_NOT_FOUND || close <= open + 1) return line;
    return slice_first(slice_skip(line, open + 1), close - open - 1);
}

static int module_logged(Job *job)
{
    Slice payload = job->known[KNOWN_PAYLOAD];
    if (payload.len == 0) payload = job->known[KNOWN_WINDOWS_MESSAGE];
    set_person(job);
    job_set(job, RECORD_PROCESS_COMMAND_LINE, slice_trim(payload));
    job_set_object(job, invoked_command(payload), (Slice){0});
    return 0;
}

/* --- start of the engine ---------------------------------------------------------------------- */

/* `HostApplication=powershell.exe -NoProfile ...` to the end of its line. */
static Slice host_application(Slice text)
{
    Slice name = SLICE("HostApplication=");
    size_t at = slice_find(text, name);
    if (at == SLICE_NOT_FOUND) return (Slice){0};
    text = slice_skip(text, at + name.len);
    text = slice_first(text, slice_find_char(text, '\n'));
    return slice_trim(slice_first(text, slice_find_char(text, '\r')));
}

/* The third of the event's values without a name; exporters may leave the rendered text only. */
static int engine_started(Job *job)
{
    Slice command = host_application(job->known[KNOWN_WINDOWS_MESSAGE]);
    for (size_t i = 0; i < job->event->field_count && command.len == 0; i++) {
        const Field *field = &job->event->fields[i];
        if (slice_eq(field->name, SLICE("Data"))) command = host_application(field->value);
    }
    job_begin(job, OUTCOME_SUCCESS);
    job_set(job, RECORD_PROCESS_COMMAND_LINE, command);
    job_set_object(job, command, SLICE("PowerShell"));
    return 0;
}

static const Rule rules[] = {
    {WINDOWS_POWERSHELL, 4103, SLICE_INIT("win.4103"), VERB_RUN_SCRIPT, module_logged},
    {WINDOWS_POWERSHELL, 4104, SLICE_INIT("win.4104"), VERB_RUN_SCRIPT, script_block},
    {WINDOWS_POWERSHELL_OLD, 400, SLICE_INIT("win.400"), VERB_RUN_PROCESS, engine_started},
};
const RuleTable windows_powershell_rules = {rules, ARRAY_COUNT(rules)};
