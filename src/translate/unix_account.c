/* Accounts and groups of Unix machines: useradd, usermod, userdel, groupadd, groupmod, groupdel,
 * gpasswd, passwd, chage (shadow). Rule unix.account of doc/translation.md. These programs do not
 * say who ran them, except passwd and gpasswd. They log a change of the shadow files on lines of
 * their own ("shadow group", "/etc/gshadow"): those say nothing new and no rule claims them. */
#include "translate/text.h"
#include "translate/unix.h"

static int begin(Job *job, Verb verb)
{
    job_name(job, SLICE("unix.account"), verb, OUTCOME_SUCCESS);
    return 0;
}

static int set_account(Job *job, Verb verb, Slice user)
{
    if (user.len == 0) return RULE_DECLINES;
    begin(job, verb);
    job_set(job, RECORD_USER_TARGET_NAME, user);
    job_set_object(job, user, (Slice){0});
    return 0;
}

static int set_group(Job *job, Verb verb, Slice group)
{
    if (group.len == 0) return RULE_DECLINES;
    begin(job, verb);
    job_set(job, RECORD_GROUP_NAME, group);
    job_set_object(job, group, (Slice){0});
    return 0;
}

static int set_membership(Job *job, Verb verb, Slice user, Slice group)
{
    if (user.len == 0) return RULE_DECLINES;
    int r = set_group(job, verb, group);
    if (r == 0) job_set(job, RECORD_USER_TARGET_NAME, user);
    return r;
}

/* `name=bob, UID=1001, ...`: the value up to the comma. */
static Slice listed_name(Slice rest, Slice *ret_id, Slice id_mark)
{
    Slice before, after;
    *ret_id = (Slice){0};
    if (text_split(rest, id_mark, &before, &after)) {
        *ret_id = slice_first(after, slice_find_char(after, ','));
    }
    return slice_first(rest, slice_find_char(rest, ','));
}

/* "new user: name=bob, UID=1001, GID=1001, home=/home/bob, shell=/bin/bash" */
static int new_user(Job *job, Slice rest)
{
    Slice id, name = listed_name(rest, &id, SLICE(", UID="));
    int r = set_account(job, VERB_CREATE_USER, name);
    if (r == 0) job_set(job, RECORD_USER_TARGET_ID, id);
    return r;
}

static int new_group(Job *job, Slice rest)
{
    Slice id, name = listed_name(rest, &id, SLICE(", GID="));
    int r = set_group(job, VERB_CREATE_GROUP, name);
    if (r == 0) job_set(job, RECORD_GROUP_ID, id);
    return r;
}

/* "failed adding user 'bob', ..." */
static int failed_user(Job *job, Slice rest)
{
    Slice name;
    if (!text_take_quoted(&rest, &name)) return RULE_DECLINES;
    int r = set_account(job, VERB_CREATE_USER, name);
    if (r == 0) job->record->outcome = OUTCOME_FAILURE;
    return r;
}

/* "add 'bob' to group 'sudo'", "delete 'bob' from group 'sudo'" */
static int membership(Job *job, Slice rest, Verb verb, Slice between)
{
    Slice user, group;
    if (!text_take_quoted(&rest, &user) || !text_take(&rest, between) ||
        !text_take_quoted(&rest, &group)) {
        return RULE_DECLINES;
    }
    return set_membership(job, verb, user, group);
}

static int add_member(Job *job, Slice rest)
{
    return membership(job, rest, VERB_ADD_MEMBER, SLICE(" to group "));
}

static int remove_member(Job *job, Slice rest)
{
    return membership(job, rest, VERB_REMOVE_MEMBER, SLICE(" from group "));
}

static int deleted_user(Job *job, Slice rest)
{
    Slice name;
    return text_take_quoted(&rest, &name) ? set_account(job, VERB_DELETE_USER, name)
                                          : RULE_DECLINES;
}

/* "removed group 'bob' owned by 'bob'" */
static int removed_group(Job *job, Slice rest)
{
    Slice name;
    return text_take_quoted(&rest, &name) ? set_group(job, VERB_DELETE_GROUP, name) : RULE_DECLINES;
}

/* groupdel: "group 'devs' removed", the last of its three lines. */
static int group_removed(Job *job, Slice rest)
{
    Slice name;
    if (!text_take_quoted(&rest, &name) || !slice_eq(rest, SLICE(" removed"))) return RULE_DECLINES;
    return set_group(job, VERB_DELETE_GROUP, name);
}

/* groupmod: "group changed in /etc/group (group devs/1005, new name: builders)" */
static int group_changed(Job *job, Slice rest)
{
    Slice name, after, id;
    if (!text_take(&rest, SLICE("(group ")) || !text_take_end(&rest, SLICE(")")) ||
        !text_split(rest, SLICE(", new "), &name, &after)) {
        return RULE_DECLINES;
    }
    if (text_split_last(name, SLICE("/"), &name, &id) && !text_is_number(id)) return RULE_DECLINES;
    int r = set_group(job, VERB_CHANGE_GROUP, name);
    if (r != 0) return r;
    if (text_take(&after, SLICE("name: "))) {
        job_set(job, RECORD_AKASHI_TARGET_PATH, after);
        return job_add_detail(job, SLICE("attr_name"));
    }
    return job_add_detail(job, SLICE("attr_gid"));
}

/* --- changes of an account -------------------------------------------------------------------- */

/* "change user 'bob' shell from '/bin/sh' to '/bin/bash'", "change user 'bob' password" */
static int changed_user(Job *job, Slice rest)
{
    static const struct {
        Slice what, detail;
    } attributes[] = {
        {SLICE_INIT(" shell "), SLICE_INIT("attr_shell")},
        {SLICE_INIT(" UID "), SLICE_INIT("attr_uid")},
        {SLICE_INIT(" GID "), SLICE_INIT("attr_gid")},
        {SLICE_INIT(" home "), SLICE_INIT("attr_home_folder")},
        {SLICE_INIT(" expiration "), SLICE_INIT("attr_account_expires")},
        {SLICE_INIT(" inactive "), SLICE_INIT("attr_password_expiry")},
    };
    Slice name;
    if (!text_take_quoted(&rest, &name)) return RULE_DECLINES;
    if (slice_eq(rest, SLICE(" password"))) return set_account(job, VERB_RESET_PASSWORD, name);
    int r = set_account(job, VERB_CHANGE_USER, name);
    for (size_t i = 0; i < ARRAY_COUNT(attributes) && r == 0; i++) {
        if (slice_starts(rest, attributes[i].what)) {
            return job_add_detail(job, attributes[i].detail);
        }
    }
    return r;
}

/* "change user name 'bob' to 'robert'" */
static int renamed_user(Job *job, Slice rest)
{
    Slice old_name, new_name;
    if (!text_take_quoted(&rest, &old_name) || !text_take(&rest, SLICE(" to ")) ||
        !text_take_quoted(&rest, &new_name)) {
        return RULE_DECLINES;
    }
    int r = set_account(job, VERB_CHANGE_USER, old_name);
    if (r != 0) return r;
    job_set(job, RECORD_AKASHI_TARGET_PATH, new_name);
    job_set(job, RECORD_AKASHI_RULE, SLICE("unix.account_renamed"));
    return 0;
}

/* "lock user 'bob' password", "unlock user 'bob' password": only the password stops to work. */
static int password_lock(Job *job, Slice rest, Slice detail)
{
    Slice name;
    if (!text_take_quoted(&rest, &name)) return RULE_DECLINES;
    int r = set_account(job, VERB_CHANGE_USER, name);
    return r != 0 ? r : job_add_detail(job, detail);
}

static int lock(Job *job, Slice rest)
{
    return password_lock(job, rest, SLICE("password_locked"));
}

static int unlock(Job *job, Slice rest)
{
    return password_lock(job, rest, SLICE("password_unlocked"));
}

/* passwd: "password for 'bob' changed by 'root'" */
static int password_changed(Job *job, Slice rest)
{
    Slice name, by;
    if (!text_take_quoted(&rest, &name) || !text_take(&rest, SLICE(" changed by ")) ||
        !text_take_quoted(&rest, &by)) {
        return RULE_DECLINES;
    }
    int r = set_account(job, slice_eq(name, by) ? VERB_CHANGE_PASSWORD : VERB_RESET_PASSWORD, name);
    if (r == 0) job_set(job, RECORD_USER_NAME, by);
    return r;
}

/* chage: "changed password expiry for bob" */
static int expiry_changed(Job *job, Slice rest)
{
    int r = set_account(job, VERB_CHANGE_USER, rest);
    return r != 0 ? r : job_add_detail(job, SLICE("attr_password_expiry"));
}

/* gpasswd: "user bob added by root to group docker", "... removed by root from group docker" */
static int group_member(Job *job, Slice rest)
{
    Slice user, by, group;
    Verb verb = VERB_ADD_MEMBER;
    Slice between = SLICE(" to group ");
    if (!text_split(rest, SLICE(" added by "), &user, &by)) {
        if (!text_split(rest, SLICE(" removed by "), &user, &by)) return RULE_DECLINES;
        verb = VERB_REMOVE_MEMBER;
        between = SLICE(" from group ");
    }
    if (!text_split(by, between, &by, &group)) return RULE_DECLINES;
    group = slice_first(group, slice_find_char(group, ' '));
    int r = set_membership(job, verb, user, group);
    if (r == 0) job_set(job, RECORD_USER_NAME, by);
    return r;
}

int unix_account(Job *job, Slice message)
{
    static const struct {
        Slice prefix;
        int (*translate)(Job *job, Slice rest);
    } forms[] = {
        {SLICE_INIT("new user: name="), new_user},
        {SLICE_INIT("new group: name="), new_group},
        {SLICE_INIT("failed adding user "), failed_user},
        {SLICE_INIT("add "), add_member},
        {SLICE_INIT("delete user "), deleted_user},
        {SLICE_INIT("delete "), remove_member},
        {SLICE_INIT("removed group "), removed_group},
        {SLICE_INIT("group changed in /etc/group "), group_changed},
        {SLICE_INIT("group "), group_removed},
        {SLICE_INIT("change user name "), renamed_user},
        {SLICE_INIT("change user "), changed_user},
        {SLICE_INIT("lock user "), lock},
        {SLICE_INIT("unlock user "), unlock},
        {SLICE_INIT("password for "), password_changed},
        {SLICE_INIT("password locked for "), lock},
        {SLICE_INIT("changed password expiry for "), expiry_changed},
        {SLICE_INIT("user "), group_member},
    };
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
        if (text_take(&message, forms[i].prefix)) return forms[i].translate(job, message);
    }
    return RULE_DECLINES;
}
