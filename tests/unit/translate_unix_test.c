/* Unix rules: the messages of sshd, PAM, sudo, su, cron and the account programs in all their
 * forms, and names that try to look like the rest of a message. */
#include "tests/support/tap.h"
#include "tests/support/translate_case.h"

/* --- sshd ---------------------------------------------------------------------------------------
 */

static void check_ssh(const char *message, const char *rule, const char *user, const char *ip,
                      const char *port)
{
    CLEANUP(case_done) Case one = case_syslog("sshd", message);
    bool same = case_has(&one, RECORD_AKASHI_RULE, rule);
    same = case_has(&one, RECORD_USER_NAME, user) && same;
    same = case_has(&one, RECORD_SOURCE_IP, ip) && same;
    if (!case_has(&one, RECORD_SOURCE_PORT, port) || !same) tap_note("%s", message);
}

static void sshd_messages_of_all_versions_are_read(void)
{
    check_ssh("Accepted password for alice from 192.0.2.1 port 22 ssh2", "ssh.accepted", "alice",
              "192.0.2.1", "22");
    check_ssh("Accepted publickey for alice from 2001:db8::5 port 22 ssh2: RSA SHA256:x",
              "ssh.accepted", "alice", "2001:db8::5", "22");
    check_ssh("Accepted keyboard-interactive/pam for alice from 192.0.2.1 port 1 ssh2",
              "ssh.accepted", "alice", "192.0.2.1", "1");
    check_ssh("Accepted publickey for alice from ::1 port 1", "ssh.accepted", "alice", "::1", "1");
    check_ssh("Failed password for illegal user x from ::ffff:192.0.2.1 port 9 ssh1", "ssh.failed",
              "x", "192.0.2.1", "9");
    check_ssh("Failed none for invalid user  from 192.0.2.1 port 9 ssh2", "ssh.failed", "",
              "192.0.2.1", "9");
    check_ssh("Failed publickey for bob from 192.0.2.1 port 9 ssh2: RSA SHA256:abc", "ssh.failed",
              "bob", "192.0.2.1", "9");
    check_ssh("Failed password for bob from 192.0.2.1 port 9 ssh2 [preauth]", "ssh.failed", "bob",
              "192.0.2.1", "9");
    check_ssh("Invalid user x from 192.0.2.1", "ssh.invalid_user", "x", "192.0.2.1", "");
    check_ssh("Invalid user  from 192.0.2.1 port 9", "ssh.invalid_user", "", "192.0.2.1", "9");
    check_ssh("maximum authentication attempts exceeded for invalid user x from 192.0.2.1 port 9 "
              "ssh2 [preauth]",
              "ssh.too_many", "x", "192.0.2.1", "9");
    check_ssh("Disconnected from invalid user x 192.0.2.1 port 9 [preauth]",
              "ssh.closed_before_logon", "x", "192.0.2.1", "9");
    check_ssh("Connection reset by authenticating user root 192.0.2.1 port 9 [preauth]",
              "ssh.closed_before_logon", "root", "192.0.2.1", "9");
    check_ssh("Connection closed by 192.0.2.1", "ssh.disconnect", "", "192.0.2.1", "");
    check_ssh("Disconnected from 192.0.2.1 port 9", "ssh.disconnect", "", "192.0.2.1", "9");
    check_ssh("Received disconnect from 192.0.2.1 port 9:11: disconnected by user",
              "ssh.disconnect", "", "192.0.2.1", "9");
    check_ssh("Received disconnect from 192.0.2.1: 11: Bye Bye", "ssh.disconnect", "", "192.0.2.1",
              "");
    check_ssh("Server listening on 0.0.0.0 port 22.", "fallback.syslog", "", "", "");
    check_ssh("Accepted password", "fallback.syslog", "", "", "");
    check_ssh("Accepted password for alice", "fallback.syslog", "", "", "");
    check_ssh("Accepted password for alice from 192.0.2.1 port x", "fallback.syslog", "", "", "");
    check_ssh("User x from 192.0.2.1", "fallback.syslog", "", "", "");
    check_ssh("Connection closed by ", "fallback.syslog", "", "", "");
}

/* A name is whatever a stranger typed. What the program wrote behind it counts. */
static void a_name_cannot_change_where_it_came_from(void)
{
    check_ssh("Failed password for invalid user x from 192.0.2.9 port 22 ssh2 from 192.0.2.1 port "
              "4000 ssh2",
              "ssh.failed", "x from 192.0.2.9 port 22 ssh2", "192.0.2.1", "4000");
    check_ssh("Failed password for invalid user root from 192.0.2.9 port 22 from 192.0.2.1 port "
              "4000 ssh2",
              "ssh.failed", "root from 192.0.2.9 port 22", "192.0.2.1", "4000");
    check_ssh("Invalid user x from 192.0.2.9 port 22 from 192.0.2.1 port 4000", "ssh.invalid_user",
              "x from 192.0.2.9 port 22", "192.0.2.1", "4000");
    check_ssh("Connection closed by invalid user x 192.0.2.9 port 22 192.0.2.1 port 4000 [preauth]",
              "ssh.closed_before_logon", "x 192.0.2.9 port 22", "192.0.2.1", "4000");
    check_ssh("User x from 192.0.2.9 not allowed because from 192.0.2.1 not allowed because not "
              "listed in AllowUsers",
              "ssh.not_allowed", "x from 192.0.2.9 not allowed because", "192.0.2.1", "");
    check_ssh("Received disconnect from 192.0.2.1 port 9:11: from 192.0.2.9 port 22",
              "ssh.disconnect", "", "192.0.2.1", "9");
    /* A certificate's own id is behind the address of an accepted key. */
    check_ssh("Accepted publickey for alice from 192.0.2.1 port 9 ssh2: RSA-CERT ID x from "
              "192.0.2.9 port 22 ssh2: y",
              "ssh.accepted", "alice", "192.0.2.1", "9");
    /* Name and key both a stranger's: which address is the real one cannot be known. */
    check_ssh("Failed publickey for invalid user x from 192.0.2.9 port 22 ssh2: y from 192.0.2.1 "
              "port 9 ssh2: RSA SHA256:z",
              "fallback.syslog", "", "", "");
}

static void repeated_messages_count(void)
{
    static const struct {
        const char *message, *rule;
        uint32_t count;
    } messages[] = {
        {"message repeated 5 times: [ Failed password for a from 192.0.2.1 port 9 ssh2]",
         "ssh.failed", 5},
        {"message repeated 0 times: [ Failed password for a from 192.0.2.1 port 9 ssh2]",
         "fallback.syslog", 1},
        {"message repeated 99999999999 times: [ Failed password for a from 192.0.2.1 port 9 ssh2]",
         "fallback.syslog", 1},
        {"message repeated 5 times: [ Failed password for a from 192.0.2.1 port 9 ssh2",
         "fallback.syslog", 1},
        {"message repeated many times: [ x]", "fallback.syslog", 1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(messages); i++) {
        CLEANUP(case_done) Case one = case_syslog("sshd", messages[i].message);
        bool same = case_has(&one, RECORD_AKASHI_RULE, messages[i].rule);
        if (!expect_int(one.record.count, messages[i].count) || !same)
            tap_note("%s", messages[i].message);
    }
}

/* --- PAM, sudo, su, cron, accounts --------------------------------------------------------------
 */

typedef struct UnixCase {
    const char *tag, *message, *rule;
    Verb verb;
    const char *user, *target;
} UnixCase;

static void check_unix(const UnixCase *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP(case_done) Case one = case_syslog(cases[i].tag, cases[i].message);
        bool same = case_has(&one, RECORD_AKASHI_RULE, cases[i].rule);
        same = expect_int(one.record.verb, cases[i].verb) && same;
        same = case_has(&one, RECORD_USER_NAME, cases[i].user) && same;
        same = case_has(&one, RECORD_USER_TARGET_NAME, cases[i].target) && same;
        same = expect(one.record.text[RECORD_AKASHI_OBJECT].len > 0) && same;
        if (!same) tap_note("%s: %s", cases[i].tag, cases[i].message);
    }
}

static void pam_sessions_are_told_apart(void)
{
    static const UnixCase cases[] = {
        {"sshd(pam_unix)", "session opened for user alice by (uid=0)", "pam.opened", VERB_LOGON,
         "alice", ""},
        {"sshd-session",
         "pam_unix(sshd:session): session opened for user alice(uid=1) by alice(uid=0)",
         "pam.opened", VERB_LOGON, "alice", ""},
        {"/usr/sbin/cron", "pam_unix(cron:session): session opened for user root by (uid=0)",
         "pam.job", VERB_LOGON, "root", ""},
        {"su", "pam_unix(su-l:session): session opened for user root(uid=0) by alice(uid=1000)",
         "pam.switch", VERB_LOGON_AS, "alice", "root"},
        {"su", "pam_unix(su:session): session opened for user root by (uid=0)", "pam.switch",
         VERB_LOGON_AS, "", "root"},
        {"systemd",
         "pam_unix(systemd-user:session): session opened for user alice(uid=1000) by (uid=0)",
         "pam.opened", VERB_LOGON, "alice", ""},
        {"other", "pam_unix(other:session): session closed for user alice", "pam.closed",
         VERB_LOGOFF, "alice", ""},
        {"sshd",
         "pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
         "rhost=192.0.2.1 user=alice",
         "pam.failed", VERB_LOGON_FAIL, "alice", ""},
        {"sshd",
         "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
         "rhost=192.0.2.1 ",
         "pam.failed", VERB_LOGON_FAIL, "", ""},
        {"su",
         "pam_unix(su:auth): authentication failure; logname=alice uid=1 euid=0 tty=pts/0 "
         "ruser=alice rhost=  user=root",
         "pam.failed", VERB_LOGON_AS, "alice", "root"},
        {"sudo",
         "pam_unix(sudo:auth): authentication failure; logname=alice uid=1 euid=0 tty=pts/0 "
         "ruser=alice rhost=  user=alice",
         "pam.failed", VERB_LOGON_FAIL, "alice", ""},
        {"sshd", "pam_unix(sshd:auth): authentication failure", "fallback.syslog", VERB_OTHER, "",
         ""},
        {"sshd", "pam_unix(sshd:auth): check pass; user unknown", "fallback.syslog", VERB_OTHER, "",
         ""},
        {"sshd", "pam_unix(sshd:session): session opened for user ", "fallback.syslog", VERB_OTHER,
         "", ""},
        {"sshd", "pam_unix(sshd:session)", "fallback.syslog", VERB_OTHER, "", ""},
        {"sshd", "pam_unix (x): session closed for user y", "fallback.syslog", VERB_OTHER, "", ""},
        {"chpasswd", "pam_unix(chpasswd:chauthtok): password changed for bob", "pam.password",
         VERB_CHANGE_PASSWORD, "", "bob"},
    };
    check_unix(cases, ARRAY_COUNT(cases));
}

/* A name at the end of the line cannot put another address before itself. */
static void pam_takes_the_address_from_the_program(void)
{
    CLEANUP(case_done)
    Case one = case_syslog(
        "sshd", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
                "rhost=192.0.2.1  user=x rhost=192.0.2.9 user=y");
    case_has(&one, RECORD_SOURCE_IP, "192.0.2.1");
    case_has(&one, RECORD_USER_NAME, "x rhost=192.0.2.9 user=y");
}

static void check_sudo(const char *message, const char *user, const char *as, const char *command,
                       const char *reason)
{
    CLEANUP(case_done) Case one = case_syslog("sudo", message);
    bool same = case_has(&one, RECORD_AKASHI_RULE, "unix.sudo");
    same = case_has(&one, RECORD_USER_NAME, user) && same;
    same = case_has(&one, RECORD_USER_EFFECTIVE_NAME, as) && same;
    same = case_has(&one, RECORD_PROCESS_COMMAND_LINE, command) && same;
    same = expect_int(one.record.outcome, *reason ? OUTCOME_FAILURE : OUTCOME_SUCCESS) && same;
    if (!case_has(&one, RECORD_EVENT_REASON, reason) || !same) tap_note("%s", message);
}

static void sudo_lines_are_read_and_doubt_is_kept(void)
{
    check_sudo("alice : TTY=pts/0 ; PWD=/x ; USER=root ; COMMAND=/bin/ls -l", "alice", "root",
               "/bin/ls -l", "");
    check_sudo("alice : PWD=/x ; USER=bob ; GROUP=g ; ENV=A=1 ; COMMAND=list", "alice", "bob",
               "list", "");
    check_sudo("alice : HOST=h ; TTY=pts/0 ; PWD=/ ; USER=root ; TSID=0001 ; COMMAND=/bin/a ; b",
               "alice", "root", "/bin/a ; b", "");
    check_sudo(
        "alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/a",
        "alice", "root", "/bin/a", "wrong_password");
    check_sudo(
        "alice : 1 incorrect password attempt ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/a",
        "alice", "root", "/bin/a", "wrong_password");
    check_sudo("alice : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/a",
               "alice", "root", "/bin/a", "command_not_allowed");
    check_sudo("alice : a password is required ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/a",
               "alice", "root", "/bin/a", "password_required");
    /* A folder or a command that looks like the rest of the line. */
    check_sudo(
        "alice : TTY=p ; PWD=/a ; USER=bob ; COMMAND=/bin/true ; USER=root ; COMMAND=/bin/sh",
        "alice", "", "", "");
    check_sudo("alice : TTY=p ; PWD=/a ; USER=bob ; USER=root ; COMMAND=/bin/sh", "alice", "", "",
               "");
    static const UnixCase others[] = {
        {"sudo", "alice : problem with defaults entries ; TTY=p ; PWD=/ ; USER=root ; COMMAND=x",
         "fallback.syslog", VERB_OTHER, "", ""},
        {"sudo", "alice : (command continued) /bin/a", "fallback.syslog", VERB_OTHER, "", ""},
        {"sudo", "unable to resolve host x", "fallback.syslog", VERB_OTHER, "", ""},
    };
    check_unix(others, ARRAY_COUNT(others));
}

static void switching_users_and_jobs(void)
{
    static const UnixCase cases[] = {
        {"su", "Successful su for root by alice", "unix.su", VERB_LOGON_AS, "alice", "root"},
        {"su", "FAILED su for root by alice", "unix.su", VERB_LOGON_AS, "alice", "root"},
        {"su", "(to root) alice on none", "unix.su", VERB_LOGON_AS, "alice", "root"},
        {"su", "+ /dev/pts/0 alice:root", "fallback.syslog", VERB_OTHER, "", ""},
        {"su", "(to ", "fallback.syslog", VERB_OTHER, "", ""},
        {"CRON", "(alice) CMD (  echo (a)  )", "unix.cron", VERB_RUN_PROCESS, "alice", ""},
        {"crond", "(root) CMDEND (x)", "fallback.syslog", VERB_OTHER, "", ""},
        {"cron", "(CRON) INFO (pidfile fd = 3)", "fallback.syslog", VERB_OTHER, "", ""},
    };
    check_unix(cases, ARRAY_COUNT(cases));
}

static void account_programs_are_read(void)
{
    static const UnixCase cases[] = {
        {"useradd", "new user: name=bob, UID=1, GID=1, home=/h, shell=/bin/sh", "unix.account",
         VERB_CREATE_USER, "", "bob"},
        {"useradd", "add 'bob' to group 'wheel'", "unix.account", VERB_ADD_MEMBER, "", "bob"},
        {"useradd", "add 'bob' to shadow group 'wheel'", "fallback.syslog", VERB_OTHER, "", ""},
        {"userdel", "delete 'bob' from group 'wheel'", "unix.account", VERB_REMOVE_MEMBER, "",
         "bob"},
        {"userdel", "delete user `bob'", "unix.account", VERB_DELETE_USER, "", "bob"},
        {"userdel", "removed group 'bob' owned by 'bob'", "unix.account", VERB_DELETE_GROUP, "",
         ""},
        {"usermod", "change user 'bob' password", "unix.account", VERB_RESET_PASSWORD, "", "bob"},
        {"usermod", "change user 'bob' comment", "unix.account", VERB_CHANGE_USER, "", "bob"},
        {"usermod", "unlock user 'bob' password", "unix.account", VERB_CHANGE_USER, "", "bob"},
        {"groupdel", "group 'devs' removed from /etc/group", "fallback.syslog", VERB_OTHER, "", ""},
        {"groupadd", "group added to /etc/group: name=devs, GID=1", "fallback.syslog", VERB_OTHER,
         "", ""},
        {"groupmod", "group changed in /etc/group (group devs/5, new gid: 7)", "unix.account",
         VERB_CHANGE_GROUP, "", ""},
        {"groupmod", "group changed in /etc/group (group devs)", "fallback.syslog", VERB_OTHER, "",
         ""},
        {"gpasswd", "user bob added by root to group docker", "unix.account", VERB_ADD_MEMBER,
         "root", "bob"},
        {"passwd", "password for 'bob' changed by 'bob'", "unix.account", VERB_CHANGE_PASSWORD,
         "bob", "bob"},
        {"passwd", "password locked for 'bob'", "unix.account", VERB_CHANGE_USER, "", "bob"},
        {"gpasswd", "user bob added by root to group docker in /etc/group", "unix.account",
         VERB_ADD_MEMBER, "root", "bob"},
        {"passwd", "password for 'bob", "fallback.syslog", VERB_OTHER, "", ""},
        {"useradd", "new user: name=", "fallback.syslog", VERB_OTHER, "", ""},
        {"useradd", "add '' to group 'x'", "fallback.syslog", VERB_OTHER, "", ""},
        {"useradd", "", "fallback.syslog", VERB_OTHER, "", ""},
        {"other", "new user: name=bob, UID=1", "fallback.syslog", VERB_OTHER, "", ""},
    };
    check_unix(cases, ARRAY_COUNT(cases));
}

static const TapTest tests[] = {
    TAP_TEST(sshd_messages_of_all_versions_are_read),
    TAP_TEST(a_name_cannot_change_where_it_came_from),
    TAP_TEST(repeated_messages_count),
    TAP_TEST(pam_sessions_are_told_apart),
    TAP_TEST(pam_takes_the_address_from_the_program),
    TAP_TEST(sudo_lines_are_read_and_doubt_is_kept),
    TAP_TEST(switching_users_and_jobs),
    TAP_TEST(account_programs_are_read),
};
TAP_MAIN(tests)
