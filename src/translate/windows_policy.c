/* Windows: what is recorded, and whether the record was touched. Rules win.1102, win.104, win.1100,
 * win.4719, win.4904 to win.4907 of doc/translation.md. */
#include "record/words.h"
#include "translate/job.h"

static int security_log_cleared(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_set_object(job, SLICE("Security"), (Slice){0});
    return 0;
}

/* The log that was cleared is a Channel of UserData. Exporters that drop UserData leave the
 * rendered text, of which only the English form is known: "The X log file was cleared." */
static Slice cleared_log(const Job *job)
{
    Slice channel = job_text(job, KNOWN_USER_DATA_CHANNEL);
    if (channel.len > 0) return channel;
    Slice prefix = SLICE("The "), suffix = SLICE(" log file was cleared.");
    Slice text = job_first_line(job->known[KNOWN_WINDOWS_MESSAGE]);
    if (text.len <= prefix.len + suffix.len || !slice_starts(text, prefix) ||
        !slice_ends(text, suffix)) {
        return (Slice){0};
    }
    return slice_first(slice_skip(text, prefix.len), text.len - prefix.len - suffix.len);
}

static int log_cleared(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_set_object(job, cleared_log(job), (Slice){0});
    return 0;
}

static int log_service_stopped(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_object(job, SLICE("Security"), (Slice){0});
    return 0;
}

/* --- audit policy ----------------------------------------------------------------------------- */

/* `{0CCE922B-69AE-11D9-BED3-505054503030}` by its first part; an unknown one stays as it is. */
static Slice subcategory(const Job *job)
{
    char key[8];
    Slice guid = job_text(job, KNOWN_SUBCATEGORY_GUID), bare = guid;
    if (slice_starts(bare, SLICE("{"))) bare = slice_skip(bare, 1);
    if (bare.len < sizeof key) return guid.len ? guid : job_text(job, KNOWN_SUBCATEGORY_ID);
    for (size_t i = 0; i < sizeof key; i++) {
        char c = bare.ptr[i];
        key[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    const Word *word = word_find(&words_audit, slice_of(key, sizeof key));
    return word ? slice_from_cstr(word->text[LANGUAGE_EN]) : guid;
}

/* AuditPolicyChanges lists messages: `%%8448, %%8450`, or their English texts. */
static int add_audit_changes(Job *job)
{
    static const struct {
        Slice message, text, detail;
    } changes[] = {
        {SLICE_INIT("%%8448"), SLICE_INIT("Success removed"), SLICE_INIT("success_removed")},
        {SLICE_INIT("%%8449"), SLICE_INIT("Success Added"), SLICE_INIT("success_added")},
        {SLICE_INIT("%%8450"), SLICE_INIT("Failure removed"), SLICE_INIT("failure_removed")},
        {SLICE_INIT("%%8451"), SLICE_INIT("Failure added"), SLICE_INIT("failure_added")},
    };
    Slice rest = job_text(job, KNOWN_AUDIT_POLICY_CHANGES), piece;
    int r = 0;
    while (r == 0 && slice_cut(&rest, ',', &piece)) {
        piece = slice_trim(piece);
        for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
            if (slice_eq(piece, changes[i].message) || slice_eq_nocase(piece, changes[i].text)) {
                r = job_add_detail(job, changes[i].detail);
                break;
            }
        }
    }
    return r;
}

static int audit_policy_changed(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_set_object(job, subcategory(job), (Slice){0});
    return add_audit_changes(job);
}

static int audit_source_changed(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_copy(job, RECORD_PROCESS_EXECUTABLE, KNOWN_PROCESS_NAME);
    job_set_object(job, job_text(job, KNOWN_AUDIT_SOURCE_NAME), (Slice){0});
    return 0;
}

static int crash_on_audit_fail_changed(Job *job)
{
    job_begin(job, OUTCOME_SUCCESS);
    job_set_object(job, SLICE("CrashOnAuditFail"), (Slice){0});
    return 0;
}

static int object_auditing_changed(Job *job)
{
    Slice name = job_text(job, KNOWN_OBJECT_NAME);
    job_begin(job, OUTCOME_SUCCESS);
    job_set_subject(job);
    job_copy(job, RECORD_PROCESS_EXECUTABLE, KNOWN_PROCESS_NAME);
    if (slice_eq(job_text(job, KNOWN_OBJECT_TYPE), SLICE("File"))) {
        job_set(job, RECORD_FILE_PATH, name);
    }
    job_set_object(job, name, job_text(job, KNOWN_OBJECT_TYPE));
    return 0;
}

static const Rule rules[] = {
    {WINDOWS_EVENTLOG, 1102, SLICE_INIT("win.1102"), VERB_CLEAR_LOG, security_log_cleared},
    {WINDOWS_EVENTLOG, 104, SLICE_INIT("win.104"), VERB_CLEAR_LOG, log_cleared},
    {WINDOWS_EVENTLOG, 1100, SLICE_INIT("win.1100"), VERB_STOP_LOG, log_service_stopped},
    {WINDOWS_SECURITY, 4719, SLICE_INIT("win.4719"), VERB_CHANGE_POLICY, audit_policy_changed},
    {WINDOWS_SECURITY, 4904, SLICE_INIT("win.4904"), VERB_CHANGE_POLICY, audit_source_changed},
    {WINDOWS_SECURITY, 4905, SLICE_INIT("win.4905"), VERB_CHANGE_POLICY, audit_source_changed},
    {WINDOWS_SECURITY, 4906, SLICE_INIT("win.4906"), VERB_CHANGE_POLICY,
     crash_on_audit_fail_changed},
    {WINDOWS_SECURITY, 4907, SLICE_INIT("win.4907"), VERB_CHANGE_POLICY, object_auditing_changed},
};
const RuleTable windows_policy_rules = {rules, ARRAY_COUNT(rules)};
