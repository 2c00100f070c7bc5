/* Windows: permissions. Rule win.4670 of doc/translation.md, and what 4907 and 5143 say of them. */
#include "translate/job.h"
#include "translate/sddl.h"

int job_add_acl_change(Job *job, Slice before, Slice after, char list)
{
    SddlChange change;
    Slice text;
    sddl_compare(before, after, list, &change);
    int r = arena_copy(job->arena, slice_of(change.text, change.len), &text);
    if (r == 0 && text.len > 0) job_set(job, RECORD_MESSAGE, text);
    if (r == 0 && change.added) r = job_add_detail(job, SLICE("acl_added"));
    if (r == 0 && change.removed) r = job_add_detail(job, SLICE("acl_removed"));
    if (r == 0 && change.inheritance_off) r = job_add_detail(job, SLICE("acl_inheritance_off"));
    if (r == 0 && change.inheritance_on) r = job_add_detail(job, SLICE("acl_inheritance_on"));
    return r;
}

/* Services change the permissions of their own tokens all day (MS 4670, "Object Type"): nobody did
 * anything. */
static int permissions_changed(Job *job)
{
    job_begin(job, job_audit_outcome(job, OUTCOME_SUCCESS));
    job_set_subject(job);
    Slice type = job_text(job, KNOWN_OBJECT_TYPE);
    bool is_file = slice_eq_nocase(type, SLICE("File"));
    if (slice_eq_nocase(type, SLICE("Token"))) {
        job_name(job, SLICE("win.4670.token"), VERB_OTHER, job->record->outcome);
    }
    if (is_file) job_copy(job, RECORD_FILE_PATH, KNOWN_OBJECT_NAME);
    job_copy(job, RECORD_PROCESS_EXECUTABLE, KNOWN_PROCESS_NAME);
    job_set_object(job, job_text(job, KNOWN_OBJECT_NAME), type);
    int r = job_set_pid(job, KNOWN_PROCESS_ID);
    if (r < 0) return r;
    return job_add_acl_change(job, job->known[KNOWN_OLD_SD], job->known[KNOWN_NEW_SD], 'D');
}

static const Rule rules[] = {
    {WINDOWS_SECURITY, 4670, SLICE_INIT("win.4670"), VERB_CHANGE_ACL, permissions_changed},
};
const RuleTable windows_acl_rules = {rules, ARRAY_COUNT(rules)};
