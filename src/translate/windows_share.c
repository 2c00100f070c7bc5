/* Windows: shared folders, connected to, made, changed, removed. Rules win.5140, win.5142 to
 * win.5144 of doc/translation.md. */
#include "translate/job.h"

static void set_share(Job *job)
{
    Slice local = job_text(job, KNOWN_SHARE_LOCAL_PATH);
    if (slice_starts(local, SLICE("\\??\\"))) local = slice_skip(local, 4);
    job_begin(job, job_audit_outcome(job, OUTCOME_SUCCESS));
    job_set_subject(job);
    job_copy(job, RECORD_SHARE_NAME, KNOWN_SHARE_NAME);
    job_set(job, RECORD_FILE_PATH, local);
    job_set_object(job, job->record->text[RECORD_SHARE_NAME], local);
}

static int share_connected(Job *job)
{
    set_share(job);
    job_set_source(job, job_text(job, KNOWN_IP_ADDRESS), job_text(job, KNOWN_IP_PORT));
    return 0;
}

static int share_added(Job *job)
{
    set_share(job);
    job_set_object(job, job->record->text[RECORD_FILE_PATH], job->record->text[RECORD_SHARE_NAME]);
    return 0;
}

static int share_removed(Job *job)
{
    set_share(job);
    return 0;
}

/* Old and new value of each setting stand in the event whether they differ or not (Microsoft, event
 * 5143). */
static int share_changed(Job *job)
{
    static const struct {
        Known before, after;
        Slice detail;
    } settings[] = {
        {KNOWN_OLD_REMARK, KNOWN_NEW_REMARK, SLICE_INIT("share_remark")},
        {KNOWN_OLD_MAX_USERS, KNOWN_NEW_MAX_USERS, SLICE_INIT("share_user_limit")},
        {KNOWN_OLD_SHARE_FLAGS, KNOWN_NEW_SHARE_FLAGS, SLICE_INIT("share_offline")},
        {KNOWN_OLD_SHARE_SD, KNOWN_NEW_SHARE_SD, SLICE_INIT("share_permissions")},
    };
    int r = 0;
    set_share(job);
    for (size_t i = 0; i < ARRAY_COUNT(settings) && r == 0; i++) {
        Slice before = job_text(job, settings[i].before), after = job_text(job, settings[i].after);
        if (!slice_eq_nocase(before, after)) r = job_add_detail(job, settings[i].detail);
    }
    Slice before = job_text(job, KNOWN_OLD_SHARE_SD), after = job_text(job, KNOWN_NEW_SHARE_SD);
    return r < 0 ? r : job_add_acl_change(job, before, after, 'D');
}

static const Rule rules[] = {
    {WINDOWS_SECURITY, 5140, SLICE_INIT("win.5140"), VERB_CONNECT_SHARE, share_connected},
    {WINDOWS_SECURITY, 5142, SLICE_INIT("win.5142"), VERB_SHARE_ADD, share_added},
    {WINDOWS_SECURITY, 5143, SLICE_INIT("win.5143"), VERB_SHARE_CHANGE, share_changed},
    {WINDOWS_SECURITY, 5144, SLICE_INIT("win.5144"), VERB_SHARE_REMOVE, share_removed},
};
const RuleTable windows_share_rules = {rules, ARRAY_COUNT(rules)};
