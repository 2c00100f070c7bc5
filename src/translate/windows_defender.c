/* Windows: what Defender found, and that it was turned off. Rules win.1116, win.1117, win.5001 of
 * doc/translation.md. Names of the event's fields: Microsoft, "Event IDs and error codes" of
 * Defender Antivirus. */
#include "translate/job.h"

/* `file:_C:\a.exe`, `containerfile:_C:\a.zip; file:_C:\a.zip->a.exe`: the first path. */
static Slice first_path(Slice resources)
{
    size_t end = slice_find(resources, SLICE("; ")), mark = slice_find(resources, SLICE(":_"));
    Slice first = end == SLICE_NOT_FOUND ? resources : slice_first(resources, end);
    if (mark == SLICE_NOT_FOUND || mark >= first.len) return first;
    return slice_skip(first, mark + 2);
}

static int threat(Job *job)
{
    Slice name, domain;
    job_begin(job, OUTCOME_SUCCESS);
    job_split_account(job_text(job, KNOWN_DETECTION_USER), &name, &domain);
    job_set(job, RECORD_USER_NAME, name);
    job_set(job, RECORD_USER_DOMAIN, domain);
    job_set(job, RECORD_FILE_PATH, first_path(job_text(job, KNOWN_PATH)));
    job_set_object(job, job_text(job, KNOWN_THREAT_NAME), job->record->text[RECORD_FILE_PATH]);
    return 0;
}

/* The event does not say by whom. */
static int protection_off(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_object(job, SLICE("Real-time protection"), (Slice){0});
    return 0;
}

static const Rule rules[] = {
    {WINDOWS_DEFENDER, 1116, SLICE_INIT("win.1116"), VERB_MALWARE, threat},
    {WINDOWS_DEFENDER, 1117, SLICE_INIT("win.1117"), VERB_MALWARE, threat},
    {WINDOWS_DEFENDER, 5001, SLICE_INIT("win.5001"), VERB_CONFIG_CHANGE, protection_off},
};
const RuleTable windows_defender_rules = {rules, ARRAY_COUNT(rules)};
