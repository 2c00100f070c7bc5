/* Windows accounts and groups: made, changed, deleted, and who was put into which group.
 * Rules win.4720 to win.4794 of doc/translation.md. */
#include "translate/codes.h"
#include "translate/job.h"

#include "base/number.h"

#include <errno.h>

static void set_object_from_target(Job *job)
{
    job_set_object(job, job->record->text[RECORD_USER_TARGET_NAME],
                   job->record->text[RECORD_USER_TARGET_ID]);
}

/* Most of these events are written only when the change was made; where Windows can also write a
 * failure (4723, 4724) Keywords says which. */
static int account(Job *job)
{
    job_begin(job, job_audit_outcome(job, OUTCOME_SUCCESS));
    job_set_subject(job);
    job_set_target(job, KNOWN_TARGET_SID);
    set_object_from_target(job);
    return 0;
}

/* 4723 and 4724 are attempts: without Keywords nobody can say how they ended. */
static int password(Job *job)
{
    int r = account(job);
    job->record->outcome = job_audit_outcome(job, OUTCOME_UNKNOWN);
    return r;
}

/* --- which settings changed ------------------------------------------------------------------- */

/* Bits of OldUacValue and NewUacValue (MS-SAMR 2.2.1.12). Bit n is also the message %%2080 + n when
 * it is set and %%2048 + n when it is cleared (Microsoft, event 4738, UserAccountControl). */
static const struct UacBit {
    unsigned bit;
    Slice set, cleared;
} uac_bits[] = {
    {0, SLICE_INIT("account_disabled"), SLICE_INIT("account_enabled")},
    {1, SLICE_INIT("home_folder_required_on"), SLICE_INIT("home_folder_required_off")},
    {2, SLICE_INIT("password_not_required_on"), SLICE_INIT("password_not_required_off")},
    {9, SLICE_INIT("password_never_expires_on"), SLICE_INIT("password_never_expires_off")},
    {10, SLICE_INIT("locked_on"), SLICE_INIT("locked_off")},
    {11, SLICE_INIT("password_reversible_on"), SLICE_INIT("password_reversible_off")},
    {12, SLICE_INIT("smart_card_required_on"), SLICE_INIT("smart_card_required_off")},
    {13, SLICE_INIT("delegation_trusted_on"), SLICE_INIT("delegation_trusted_off")},
    {14, SLICE_INIT("delegation_forbidden_on"), SLICE_INIT("delegation_forbidden_off")},
    {15, SLICE_INIT("weak_key_on"), SLICE_INIT("weak_key_off")},
    {16, SLICE_INIT("no_preauth_on"), SLICE_INIT("no_preauth_off")},
    {17, SLICE_INIT("password_expired_on"), SLICE_INIT("password_expired_off")},
    {18, SLICE_INIT("delegation_to_services_on"), SLICE_INIT("delegation_to_services_off")},
};

static int add_uac_difference(Job *job, uint64_t before, uint64_t after)
{
    int r = 0;
    for (size_t i = 0; i < ARRAY_COUNT(uac_bits) && r == 0; i++) {
        uint64_t mask = (uint64_t)1 << uac_bits[i].bit;
        if (((before ^ after) & mask) == 0) continue;
        r = job_add_detail(job, after & mask ? uac_bits[i].set : uac_bits[i].cleared);
    }
    return r;
}

#define UAC_CLEARED_FIRST 2048
#define UAC_SET_FIRST 2080

/* UserAccountControl lists messages: `%%2080 %%2089`. Becomes the two values that differ so. */
static int add_uac_messages(Job *job)
{
    Slice rest = job_text(job, KNOWN_USER_ACCOUNT_CONTROL);
    uint64_t set = 0, cleared = 0, number;
    for (;;) {
        size_t at = slice_find(rest, SLICE("%%"));
        if (at == SLICE_NOT_FOUND) break;
        rest = slice_skip(rest, at + 2);
        if (number_parse_u64(slice_first(rest, 4), &number) < 0) continue;
        if (number >= UAC_SET_FIRST && number < UAC_SET_FIRST + 32) {
            set |= (uint64_t)1 << (number - UAC_SET_FIRST);
        } else if (number >= UAC_CLEARED_FIRST && number < UAC_SET_FIRST) {
            cleared |= (uint64_t)1 << (number - UAC_CLEARED_FIRST);
        }
    }
    return add_uac_difference(job, cleared, set);
}

static const struct Attribute {
    Known known;
    Slice detail;
} attributes[] = {
    {KNOWN_DISPLAY_NAME, SLICE_INIT("attr_display_name")},
    {KNOWN_USER_PRINCIPAL_NAME, SLICE_INIT("attr_principal_name")},
    {KNOWN_HOME_DIRECTORY, SLICE_INIT("attr_home_folder")},
    {KNOWN_HOME_PATH, SLICE_INIT("attr_home_drive")},
    {KNOWN_SCRIPT_PATH, SLICE_INIT("attr_logon_script")},
    {KNOWN_PROFILE_PATH, SLICE_INIT("attr_profile")},
    {KNOWN_USER_WORKSTATIONS, SLICE_INIT("attr_workstations")},
    {KNOWN_PASSWORD_LAST_SET, SLICE_INIT("attr_password_set")},
    {KNOWN_ACCOUNT_EXPIRES, SLICE_INIT("attr_account_expires")},
    {KNOWN_PRIMARY_GROUP_ID, SLICE_INIT("attr_primary_group")},
    {KNOWN_ALLOWED_TO_DELEGATE_TO, SLICE_INIT("attr_delegation")},
    {KNOWN_SID_HISTORY, SLICE_INIT("attr_sid_history")},
    {KNOWN_LOGON_HOURS, SLICE_INIT("attr_logon_hours")},
};

/* An unchanged attribute is `-` (Microsoft, event 4738). For an account of the machine itself
 * Windows lists all attributes, changed or not, SamAccountName among them; then nothing can be
 * said. */
static int add_attributes(Job *job)
{
    if (job_text(job, KNOWN_SAM_ACCOUNT_NAME).len > 0) return 0;
    int r = 0;
    for (size_t i = 0; i < ARRAY_COUNT(attributes) && r == 0; i++) {
        Slice raw = slice_trim(job->known[attributes[i].known]);
        if (raw.len == 0 || slice_eq(raw, SLICE("-"))) continue;
        r = job_add_detail(job, attributes[i].detail);
    }
    return r;
}

static int account_changed(Job *job)
{
    uint64_t before, after;
    int r = account(job);
    if (r < 0) return r;
    if (job_number(job, KNOWN_OLD_UAC_VALUE, &before) &&
        job_number(job, KNOWN_NEW_UAC_VALUE, &after)) {
        r = add_uac_difference(job, before, after);
    } else {
        r = add_uac_messages(job);
    }
    return r < 0 ? r : add_attributes(job);
}

static int account_renamed(Job *job)
{
    int r = account(job);
    job_copy(job, RECORD_USER_TARGET_NAME, KNOWN_OLD_TARGET_USER_NAME);
    job_copy(job, RECORD_AKASHI_TARGET_PATH, KNOWN_NEW_TARGET_USER_NAME);
    set_object_from_target(job);
    return r;
}

/* SidHistory gives an account all rights of another (Microsoft, events 4765, 4766). */
static int sid_history(Job *job)
{
    int r = account(job);
    job_copy(job, RECORD_RELATED_USER, KNOWN_SOURCE_USER_NAME);
    return r < 0 ? r : job_add_detail(job, SLICE("attr_sid_history"));
}

static int sid_history_failed(Job *job)
{
    int r = sid_history(job);
    job->record->outcome = OUTCOME_FAILURE;
    return r;
}

/* The password by which a domain controller is entered when its directory is down. Status 0 is
 * success; it is on the machine itself, so there is no account of the domain to name. */
static int restore_password(Job *job)
{
    uint64_t status;
    job_begin(job, job_audit_outcome(job, OUTCOME_UNKNOWN));
    job_set_subject(job);
    job_set_source_name(job, job_text(job, KNOWN_WORKSTATION));
    job_set_object(job, SLICE("DSRM"), (Slice){0});
    if (!job_number(job, KNOWN_STATUS, &status)) return 0;
    job->record->outcome = status == 0 ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
    if (status == 0) return 0;
    const CodeReason *known = status <= UINT32_MAX ? code_from_ntstatus((uint32_t)status) : NULL;
    job_set(job, RECORD_ERROR_CODE, known ? known->text : job_text(job, KNOWN_STATUS));
    if (known) job_set(job, RECORD_EVENT_REASON, known->reason);
    return 0;
}

/* --- groups ----------------------------------------------------------------------------------- */

/* Well-known groups with rights over the domain or the machine (Microsoft, "Security identifiers"):
 * by the last number of the identifier, in a domain (S-1-5-21-...) and built in (S-1-5-32-...). */
static bool is_privileged_group(Slice sid)
{
    static const uint16_t in_domain[] = {512, 516, 518, 519, 520};
    static const uint16_t built_in[] = {544, 548, 549, 550, 551};
    uint64_t rid;
    size_t dash = slice_rfind_char(sid, '-');
    if (dash == SLICE_NOT_FOUND || number_parse_u64(slice_skip(sid, dash + 1), &rid) < 0)
        return false;
    bool domain = slice_starts(sid, SLICE("S-1-5-21-"));
    if (!domain && !slice_starts(sid, SLICE("S-1-5-32-"))) return false;
    const uint16_t *rids = domain ? in_domain : built_in;
    for (size_t i = 0; i < ARRAY_COUNT(in_domain); i++) {
        if (rids[i] == rid) return true;
    }
    return false;
}

static int group(Job *job)
{
    job_begin(job, job_audit_outcome(job, OUTCOME_SUCCESS));
    job_set_subject(job);
    Slice sid = job_sid(job, KNOWN_TARGET_SID);
    job_copy(job, RECORD_GROUP_NAME, KNOWN_TARGET_USER_NAME);
    job_set(job, RECORD_GROUP_ID, sid);
    job_set_object(job, job->record->text[RECORD_GROUP_NAME], sid);
    return is_privileged_group(sid) ? job_add_detail(job, SLICE("privileged_group")) : 0;
}

/* The value of the first part of a distinguished name, `CN=Tanaka\, Taro,OU=...` (RFC 4514 3): its
 * backslashes taken off. A text of another shape is given back as it is. */
static int common_name(Job *job, Slice name, Slice *ret)
{
    *ret = name;
    if (!slice_starts_nocase(name, SLICE("CN="))) return 0;
    name = slice_skip(name, 3);
    char *out = arena_alloc(job->arena, name.len);
    if (!out) return -ENOMEM;
    size_t len = 0;
    for (size_t i = 0; i < name.len && name.ptr[i] != ','; i++) {
        if (name.ptr[i] == '\\' && i + 1 < name.len) i++;
        out[len++] = name.ptr[i];
    }
    *ret = slice_of(out, len);
    return 0;
}

static int member(Job *job)
{
    int r = group(job);
    if (r < 0) return r;
    Slice name;
    r = common_name(job, job_text(job, KNOWN_MEMBER_NAME), &name);
    if (r < 0) return r;
    job_set(job, RECORD_USER_TARGET_NAME, name);
    job_set(job, RECORD_USER_TARGET_ID, job_sid(job, KNOWN_MEMBER_SID));
    return 0;
}

static int group_type_changed(Job *job)
{
    int r = group(job);
    return r < 0 ? r : job_add_detail(job, SLICE("attr_type"));
}

static const Rule rules[] = {
    {WINDOWS_SECURITY, 4720, SLICE_INIT("win.4720"), VERB_CREATE_USER, account},
    {WINDOWS_SECURITY, 4722, SLICE_INIT("win.4722"), VERB_ENABLE_USER, account},
    {WINDOWS_SECURITY, 4723, SLICE_INIT("win.4723"), VERB_CHANGE_PASSWORD, password},
    {WINDOWS_SECURITY, 4724, SLICE_INIT("win.4724"), VERB_RESET_PASSWORD, password},
    {WINDOWS_SECURITY, 4725, SLICE_INIT("win.4725"), VERB_DISABLE_USER, account},
    {WINDOWS_SECURITY, 4726, SLICE_INIT("win.4726"), VERB_DELETE_USER, account},
    {WINDOWS_SECURITY, 4727, SLICE_INIT("win.4727"), VERB_CREATE_GROUP, group},
    {WINDOWS_SECURITY, 4728, SLICE_INIT("win.4728"), VERB_ADD_MEMBER, member},
    {WINDOWS_SECURITY, 4729, SLICE_INIT("win.4729"), VERB_REMOVE_MEMBER, member},
    {WINDOWS_SECURITY, 4730, SLICE_INIT("win.4730"), VERB_DELETE_GROUP, group},
    {WINDOWS_SECURITY, 4731, SLICE_INIT("win.4731"), VERB_CREATE_GROUP, group},
    {WINDOWS_SECURITY, 4732, SLICE_INIT("win.4732"), VERB_ADD_MEMBER, member},
    {WINDOWS_SECURITY, 4733, SLICE_INIT("win.4733"), VERB_REMOVE_MEMBER, member},
    {WINDOWS_SECURITY, 4734, SLICE_INIT("win.4734"), VERB_DELETE_GROUP, group},
    {WINDOWS_SECURITY, 4735, SLICE_INIT("win.4735"), VERB_CHANGE_GROUP, group},
    {WINDOWS_SECURITY, 4737, SLICE_INIT("win.4737"), VERB_CHANGE_GROUP, group},
    {WINDOWS_SECURITY, 4738, SLICE_INIT("win.4738"), VERB_CHANGE_USER, account_changed},
    {WINDOWS_SECURITY, 4741, SLICE_INIT("win.4741"), VERB_CREATE_USER, account},
    {WINDOWS_SECURITY, 4742, SLICE_INIT("win.4742"), VERB_CHANGE_USER, account_changed},
    {WINDOWS_SECURITY, 4743, SLICE_INIT("win.4743"), VERB_DELETE_USER, account},
    {WINDOWS_SECURITY, 4744, SLICE_INIT("win.4744"), VERB_CREATE_GROUP, group},
    {WINDOWS_SECURITY, 4745, SLICE_INIT("win.4745"), VERB_CHANGE_GROUP, group},
    {WINDOWS_SECURITY, 4746, SLICE_INIT("win.4746"), VERB_ADD_MEMBER, member},
    {WINDOWS_SECURITY, 4747, SLICE_INIT("win.4747"), VERB_REMOVE_MEMBER, member},
    {WINDOWS_SECURITY, 4748, SLICE_INIT("win.4748"), VERB_DELETE_GROUP, group},
    {WINDOWS_SECURITY, 4749, SLICE_INIT("win.4749"), VERB_CREATE_GROUP, group},
    {WINDOWS_SECURITY, 4750, SLICE_INIT("win.4750"), VERB_CHANGE_GROUP, group},
    {WINDOWS_SECURITY, 4751, SLICE_INIT("win.4751"), VERB_ADD_MEMBER, member},
    {WINDOWS_SECURITY, 4752, SLICE_INIT("win.4752"), VERB_REMOVE_MEMBER, member},
    {WINDOWS_SECURITY, 4753, SLICE_INIT("win.4753"), VERB_DELETE_GROUP, group},
    {WINDOWS_SECURITY, 4754, SLICE_INIT("win.4754"), VERB_CREATE_GROUP, group},
    {WINDOWS_SECURITY, 4755, SLICE_INIT("win.4755"), VERB_CHANGE_GROUP, group},
    {WINDOWS_SECURITY, 4756, SLICE_INIT("win.4756"), VERB_ADD_MEMBER, member},
    {WINDOWS_SECURITY, 4757, SLICE_INIT("win.4757"), VERB_REMOVE_MEMBER, member},
    {WINDOWS_SECURITY, 4758, SLICE_INIT("win.4758"), VERB_DELETE_GROUP, group},
    {WINDOWS_SECURITY, 4759, SLICE_INIT("win.4759"), VERB_CREATE_GROUP, group},
    {WINDOWS_SECURITY, 4760, SLICE_INIT("win.4760"), VERB_CHANGE_GROUP, group},
    {WINDOWS_SECURITY, 4761, SLICE_INIT("win.4761"), VERB_ADD_MEMBER, member},
    {WINDOWS_SECURITY, 4762, SLICE_INIT("win.4762"), VERB_REMOVE_MEMBER, member},
    {WINDOWS_SECURITY, 4763, SLICE_INIT("win.4763"), VERB_DELETE_GROUP, group},
    {WINDOWS_SECURITY, 4764, SLICE_INIT("win.4764"), VERB_CHANGE_GROUP, group_type_changed},
    {WINDOWS_SECURITY, 4765, SLICE_INIT("win.4765"), VERB_CHANGE_USER, sid_history},
    {WINDOWS_SECURITY, 4766, SLICE_INIT("win.4766"), VERB_CHANGE_USER, sid_history_failed},
    {WINDOWS_SECURITY, 4767, SLICE_INIT("win.4767"), VERB_UNLOCK_USER, account},
    {WINDOWS_SECURITY, 4781, SLICE_INIT("win.4781"), VERB_CHANGE_USER, account_renamed},
    {WINDOWS_SECURITY, 4794, SLICE_INIT("win.4794"), VERB_RESET_PASSWORD, restore_password},
};
const RuleTable windows_account_rules = {rules, ARRAY_COUNT(rules)};
