/* Commands run by other means than a person's own shell: sudo, su, cron. Rules unix.sudo, unix.su,
 * unix.cron of doc/translation.md. */
#include "translate/text.h"
#include "translate/unix.h"

/* --- sudo ------------------------------------------------------------------------------------- */

/* Why sudo refused, or nothing when it did not. False: a text that is about neither. */
static bool sudo_reason(Slice first, Slice *ret_reason)
{
    static const struct {
        Slice text, reason;
    } refusals[] = {
        {SLICE_INIT("user NOT in sudoers"), SLICE_INIT("not_in_sudoers")},
        {SLICE_INIT("user NOT authorized on host"), SLICE_INIT("not_in_sudoers")},
        {SLICE_INIT("command not allowed"), SLICE_INIT("command_not_allowed")},
        {SLICE_INIT("a password is required"), SLICE_INIT("password_required")},
    };
    size_t equals = slice_find_char(first, '=');
    *ret_reason = (Slice){0};
    if (equals != SLICE_NOT_FOUND && slice_find_char(first, ' ') > equals) return true;
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        if (slice_eq(first, refusals[i].text)) *ret_reason = refusals[i].reason;
    }
    if (slice_find(first, SLICE("incorrect password attempt")) != SLICE_NOT_FOUND) {
        *ret_reason = SLICE("wrong_password");
    }
    return ret_reason->len > 0;
}

/* A part behind `mark`, up to the next ` ; `. */
static Slice sudo_part(Slice text, Slice mark)
{
    Slice before, after;
    if (!text_split(text, mark, &before, &after)) return (Slice){0};
    return slice_first(after, slice_find(after, SLICE(" ; ")));
}

static bool occurs_once(Slice text, Slice mark)
{
    Slice before, after;
    return text_split(text, mark, &before, &after) && slice_find(after, mark) == SLICE_NOT_FOUND;
}

/* "NAME : [why not ; ]TTY=... ; PWD=... ; USER=... ; COMMAND=..." (sudo, lib/eventlog). Both the
 * folder and the command can hold such marks of their own. Where a mark stands twice nobody can
 * tell which is the real one: then only who used sudo is claimed, and the message is kept. */
int unix_sudo(Job *job, Slice message)
{
    Slice name, rest, reason, command_mark = SLICE(" ; COMMAND=");
    if (!text_split(message, SLICE(" : "), &name, &rest) ||
        slice_find(rest, command_mark) == SLICE_NOT_FOUND ||
        !sudo_reason(slice_first(rest, slice_find(rest, SLICE(" ; "))), &reason)) {
        return RULE_DECLINES;
    }
    job_name(job, SLICE("unix.sudo"), VERB_RUN_PROCESS,
             reason.len ? OUTCOME_FAILURE : OUTCOME_SUCCESS);
    job_set(job, RECORD_USER_NAME, slice_trim(name));
    job_set(job, RECORD_EVENT_REASON, reason);
    if (!occurs_once(rest, command_mark) || !occurs_once(rest, SLICE(" ; USER="))) {
        job_set(job, RECORD_MESSAGE, job_first_line(message));
        job_set_object(job, SLICE("sudo"), (Slice){0});
        return 0;
    }
    Slice head, command;
    text_split(rest, command_mark, &head, &command);
    job_set(job, RECORD_USER_EFFECTIVE_NAME, sudo_part(head, SLICE(" ; USER=")));
    job_set(job, RECORD_PROCESS_WORKING_DIRECTORY, sudo_part(head, SLICE(" ; PWD=")));
    job_set(job, RECORD_PROCESS_COMMAND_LINE, command);
    job_set_object(job, command, SLICE("sudo"));
    return 0;
}

/* --- su --------------------------------------------------------------------------------------- */

static int set_su(Job *job, Slice from, Slice to, Outcome outcome)
{
    if (to.len == 0) return RULE_DECLINES;
    job_name(job, SLICE("unix.su"), VERB_LOGON_AS, outcome);
    job_set(job, RECORD_USER_NAME, from);
    job_set(job, RECORD_USER_TARGET_NAME, to);
    if (outcome == OUTCOME_SUCCESS) job_set(job, RECORD_USER_EFFECTIVE_NAME, to);
    job_set_object(job, to, (Slice){0});
    return 0;
}

/* util-linux: "[FAILED SU ](to root) alice on pts/0"; shadow: "Successful su for root by alice",
 * "FAILED su for root by alice". */
int unix_su(Job *job, Slice message)
{
    Slice to, from, terminal;
    bool failed = text_take(&message, SLICE("FAILED SU "));
    if (text_take(&message, SLICE("(to "))) {
        if (!text_split(message, SLICE(") "), &to, &from)) return RULE_DECLINES;
        text_split_last(from, SLICE(" on "), &from, &terminal);
        return set_su(job, from, to, failed ? OUTCOME_FAILURE : OUTCOME_SUCCESS);
    }
    failed = text_take(&message, SLICE("FAILED su for "));
    if (!failed && !text_take(&message, SLICE("Successful su for "))) return RULE_DECLINES;
    if (!text_split(message, SLICE(" by "), &to, &from)) return RULE_DECLINES;
    return set_su(job, from, to, failed ? OUTCOME_FAILURE : OUTCOME_SUCCESS);
}

/* --- cron ------------------------------------------------------------------------------------- */

/* "(root) CMD (command)": vixie-cron and cronie, log_it(). */
int unix_cron(Job *job, Slice message)
{
    Slice user, command;
    if (!text_take(&message, SLICE("(")) ||
        !text_split(message, SLICE(") CMD ("), &user, &command) ||
        !text_take_end(&command, SLICE(")"))) {
        return RULE_DECLINES;
    }
    command = slice_trim(command);
    job_name(job, SLICE("unix.cron"), VERB_RUN_PROCESS, OUTCOME_SUCCESS);
    job_set(job, RECORD_USER_NAME, user);
    job_set(job, RECORD_PROCESS_COMMAND_LINE, command);
    job_set_object(job, command, SLICE("cron"));
    return 0;
}
