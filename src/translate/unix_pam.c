/* PAM: sessions and refused authentications, of whatever program. Rules pam.* of
 * doc/translation.md. Forms of the messages: Linux-PAM, pam_unix (pam_unix_sess.c, support.c,
 * pam_unix_passwd.c), pam_faillock and pam_tally2; pam_sss writes the same "authentication
 * failure". */
#include "translate/text.h"
#include "translate/unix.h"

/* What a session of a PAM service is. */
typedef enum SessionKind { SESSION_LOGON, SESSION_SWITCH, SESSION_JOB } SessionKind;

static const struct Service {
    Slice name;
    SessionKind kind;
    Slice logon_type;
} services[] = {
    {SLICE_INIT("sshd"), SESSION_LOGON, SLICE_INIT("ssh")},
    {SLICE_INIT("login"), SESSION_LOGON, SLICE_INIT("console")},
    {SLICE_INIT("gdm-password"), SESSION_LOGON, SLICE_INIT("graphical")},
    {SLICE_INIT("gdm"), SESSION_LOGON, SLICE_INIT("graphical")},
    {SLICE_INIT("lightdm"), SESSION_LOGON, SLICE_INIT("graphical")},
    {SLICE_INIT("sddm"), SESSION_LOGON, SLICE_INIT("graphical")},
    {SLICE_INIT("systemd-user"), SESSION_LOGON, SLICE_INIT("user_services")},
    {SLICE_INIT("cron"), SESSION_JOB, SLICE_INIT("batch")},
    {SLICE_INIT("crond"), SESSION_JOB, SLICE_INIT("batch")},
    {SLICE_INIT("CRON"), SESSION_JOB, SLICE_INIT("batch")},
    {SLICE_INIT("atd"), SESSION_JOB, SLICE_INIT("batch")},
    {SLICE_INIT("sudo"), SESSION_SWITCH, SLICE_INIT("")},
    {SLICE_INIT("sudo-i"), SESSION_SWITCH, SLICE_INIT("")},
    {SLICE_INIT("su"), SESSION_SWITCH, SLICE_INIT("")},
    {SLICE_INIT("su-l"), SESSION_SWITCH, SLICE_INIT("")},
    {SLICE_INIT("polkit-1"), SESSION_SWITCH, SLICE_INIT("")},
    {SLICE_INIT("runuser"), SESSION_SWITCH, SLICE_INIT("")},
    {SLICE_INIT("runuser-l"), SESSION_SWITCH, SLICE_INIT("")},
};

/* A service that is not in the table opens sessions for people all the same: a logon of unknown
 * kind. */
static const struct Service unknown_service = {.kind = SESSION_LOGON};

static const struct Service *find_service(Slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(services); i++) {
        if (slice_eq(services[i].name, name)) return &services[i];
    }
    return &unknown_service;
}

static void set_host_object(Job *job)
{
    job_set_object(job, job->record->text[RECORD_HOST_NAME], (Slice){0});
}

/* "session opened for user NAME(uid=N) by NAME(uid=N)"; who opened it may be empty. */
static int session_opened(Job *job, const struct Service *service, Slice rest)
{
    Slice user, user_id, by, by_id;
    if (!text_split_last(rest, SLICE(" by "), &user, &by)) {
        user = rest;
        by = (Slice){0};
    }
    text_take_uid(&user, &user_id);
    text_take_uid(&by, &by_id);
    if (user.len == 0) return RULE_DECLINES;
    if (service->kind == SESSION_SWITCH) {
        job_name(job, SLICE("pam.switch"), VERB_LOGON_AS, OUTCOME_SUCCESS);
        job_set(job, RECORD_USER_NAME, by);
        job_set(job, RECORD_USER_ID, by.len ? by_id : (Slice){0});
        job_set(job, RECORD_USER_TARGET_NAME, user);
        job_set(job, RECORD_USER_TARGET_ID, user_id);
        job_set(job, RECORD_USER_EFFECTIVE_NAME, user);
    } else {
        bool is_job = service->kind == SESSION_JOB;
        job_name(job, is_job ? SLICE("pam.job") : SLICE("pam.opened"), VERB_LOGON, OUTCOME_SUCCESS);
        job_set(job, RECORD_USER_NAME, user);
        job_set(job, RECORD_USER_ID, user_id);
        job_set(job, RECORD_AKASHI_LOGON_TYPE, service->logon_type);
    }
    set_host_object(job);
    return 0;
}

static int session_closed(Job *job, const struct Service *service, Slice rest)
{
    static const Slice rules[] = {[SESSION_LOGON] = SLICE_INIT("pam.closed"),
                                  [SESSION_SWITCH] = SLICE_INIT("pam.switch_end"),
                                  [SESSION_JOB] = SLICE_INIT("pam.job_end")};
    Slice user = rest, user_id;
    text_take_uid(&user, &user_id);
    if (user.len == 0) return RULE_DECLINES;
    job_name(job, rules[service->kind], VERB_LOGOFF, OUTCOME_SUCCESS);
    job_set(job, RECORD_USER_NAME, user);
    job_set(job, RECORD_USER_ID, user_id);
    job_set(job, RECORD_AKASHI_LOGON_TYPE, service->logon_type);
    set_host_object(job);
    return 0;
}

/* The value of ` NAME=` up to the next blank. */
static Slice value_of(Slice text, Slice key)
{
    Slice before, after;
    if (!text_split(text, key, &before, &after)) return (Slice){0};
    return slice_first(after, slice_find_char(after, ' '));
}

/* "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=NAME". The
 * name stands last and may hold anything; the rest is the program's own. For sudo and su ruser is
 * who asked and user whose password was wanted. */
static int authentication_failure(Job *job, const struct Service *service, Slice rest)
{
    Slice own, remote, user = {0};
    if (!text_split(rest, SLICE(" rhost="), &own, &remote)) return RULE_DECLINES;
    text_split(remote, SLICE(" user="), &remote, &user);
    Slice ruser = value_of(own, SLICE(" ruser="));
    bool switching =
        service->kind == SESSION_SWITCH && ruser.len > 0 && user.len > 0 && !slice_eq(ruser, user);
    job_name(job, SLICE("pam.failed"), switching ? VERB_LOGON_AS : VERB_LOGON_FAIL,
             OUTCOME_FAILURE);
    job_set(job, RECORD_USER_NAME, switching ? ruser : user);
    if (switching) job_set(job, RECORD_USER_TARGET_NAME, user);
    job_set_source(job, slice_trim(remote), (Slice){0});
    job_set(job, RECORD_AKASHI_LOGON_TYPE, service->logon_type);
    job_set(job, RECORD_EVENT_REASON, SLICE("authentication_failed"));
    set_host_object(job);
    return 0;
}

static int password_changed(Job *job, Slice user)
{
    if (user.len == 0) return RULE_DECLINES;
    job_name(job, SLICE("pam.password"), VERB_CHANGE_PASSWORD, OUTCOME_SUCCESS);
    job_set(job, RECORD_USER_TARGET_NAME, user);
    job_set_object(job, user, (Slice){0});
    return 0;
}

/* pam_faillock: "Consecutive login failures for user NAME account temporarily locked" */
static int account_locked(Job *job, Slice user)
{
    if (!text_take_end(&user, SLICE(" account temporarily locked"))) return RULE_DECLINES;
    job_name(job, SLICE("pam.locked"), VERB_LOCKOUT, OUTCOME_SUCCESS);
    job_set(job, RECORD_USER_TARGET_NAME, user);
    job_set_object(job, user, (Slice){0});
    return job_add_detail(job, SLICE("temporary_lock"));
}

int unix_pam(Job *job, Slice service_name, Slice message)
{
    const struct Service *service = find_service(service_name);
    if (text_take(&message, SLICE("session opened for user "))) {
        return session_opened(job, service, message);
    }
    if (text_take(&message, SLICE("session closed for user "))) {
        return session_closed(job, service, message);
    }
    if (text_take(&message, SLICE("authentication failure;"))) {
        return authentication_failure(job, service, message);
    }
    if (text_take(&message, SLICE("password changed for "))) return password_changed(job, message);
    if (text_take(&message, SLICE("Consecutive login failures for user "))) {
        return account_locked(job, message);
    }
    return RULE_DECLINES;
}
