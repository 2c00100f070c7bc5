/* Lines of Linux's auditd, and events of NetApp's audit log, into human actions. The lines have the
 * shapes that the Linux Audit Project and NetApp document; names and addresses are made up. */
#include "decode/lines.h"
#include "tests/support/action_case.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>

#define CASE(name) CLEANUP(action_case_done) ActionCase name = action_case_new(NULL)

static void say(ActionCase *one, const char *text)
{
    const DecodeOptions options = {.received_ns = TIME_UNKNOWN};
    CLEANUP(arena_done) Arena arena = {0};
    Event event;
    expect_ok(line_decode(slice_from_cstr(text), &options, &arena, &event));
    action_case_event(one, &event);
}

static void ends_with(ActionCase *one, const char *const *wanted, size_t count)
{
    action_case_end(one);
    expect_int(one->record_count, count);
    for (size_t i = 0; i < count; i++) {
        expect_text(action_case_record(one, i), wanted[i]);
    }
}
#define ENDS_WITH(one, ...)                                                                        \
    do {                                                                                           \
        static const char *const wanted[] = {__VA_ARGS__};                                         \
        ends_with((one), wanted, ARRAY_COUNT(wanted));                                             \
    } while (0)

#define AT(serial) "msg=audit(1790000010.000:" serial "): "
#define WHO                                                                                        \
    " ppid=4200 pid=4300 auid=1000 uid=1000 gid=1000 euid=1000 tty=pts0 ses=3 comm=\"x\" "         \
    "exe=\"/usr/bin/x\" key=\"design\""
#define CALL(serial, number, arguments)                                                            \
    "type=SYSCALL " AT(serial) "arch=c000003e syscall=" number " success=yes exit=0 " arguments WHO
#define CWD(serial) "type=CWD " AT(serial) "cwd=\"/srv/design\""
#define PATH(serial, name, rest) "type=PATH " AT(serial) "item=0 name=" name " " rest
#define EOE(serial) "type=EOE " AT(serial)

/* --- files ------------------------------------------------------------------------------------ */

static void two_events_at_once_are_kept_apart(void)
{
    CASE(one);
    say(&one, CALL("1", "257", "a0=ffffff9c a1=7f a2=0"));
    say(&one, CALL("2", "87", "a0=7f"));
    say(&one, CWD("1"));
    say(&one, CWD("2"));
    say(&one, PATH("2", "\"b.dwg\"", "inode=2 mode=0100644 nametype=DELETE"));
    say(&one, PATH("1", "\"a.dwg\"", "inode=1 mode=0100644 nametype=NORMAL"));
    say(&one, EOE("2"));
    say(&one, EOE("1"));
    ENDS_WITH(&one, "DELETE /srv/design/b.dwg actions.R7 observed x4",
              "READ /srv/design/a.dwg actions.R5 inferred x4");
}

static void without_an_end_two_seconds_are_enough(void)
{
    CASE(one);
    say(&one, CALL("1", "87", "a0=7f"));
    say(&one, PATH("1", "\"/srv/a\"", "nametype=DELETE"));
    say(&one, "type=CWD msg=audit(1790000012.500:2): cwd=\"/\"");
    say(&one, "type=CWD msg=audit(1790000019.500:3): cwd=\"/\"");
    expect_int(action_case_count(&one, "DELETE"), 1);
    action_case_end(&one);
    expect_int(one.record_count, 1);
    expect_int(one.evidence, 4);
}

static void what_was_asked_for_is_told(void)
{
    CASE(one);
    say(&one, CALL("1", "2", "a0=7f a1=241 a2=1b6"));
    say(&one, PATH("1", "\"/srv/new\"", "nametype=CREATE"));
    say(&one, CALL("2", "2", "a0=7f a1=241 a2=1b6"));
    say(&one, PATH("2", "\"/srv/old\"", "mode=0100644 nametype=NORMAL"));
    say(&one, CALL("3", "257", "a0=ffffff9c a1=7f a2=1"));
    say(&one, PATH("3", "\"/srv/log\"", "mode=0100644 nametype=NORMAL"));
    say(&one, CALL("4", "257", "a0=ffffff9c a1=7f a2=90800"));
    say(&one, PATH("4", "\"/srv\"", "mode=040755 nametype=NORMAL"));
    say(&one, CALL("5", "83", "a0=7f a1=1ff"));
    say(&one, PATH("5", "\"/srv/d\"", "mode=040755 nametype=CREATE"));
    say(&one, CALL("6", "90", "a0=7f a1=1ff"));
    say(&one, PATH("6", "\"/srv/e\"", "mode=0100755 nametype=NORMAL"));
    action_case_end(&one);
    expect_text(action_case_verb(&one, "CREATE"), "CREATE /srv/new actions.R6.create observed x2");
    expect_text(action_case_record(&one, 0), "WRITE /srv/old actions.R6 observed x2");
    expect_text(action_case_record(&one, 1), "WRITE /srv/log actions.R6 inferred x2");
    expect_text(action_case_verb(&one, "LIST"), "LIST /srv actions.R3 inferred x2 {background}");
    expect_text(action_case_verb(&one, "MKDIR"), "MKDIR /srv/d actions.R6.create observed x2");
    expect_text(action_case_verb(&one, "CHANGE_ACL"), "CHANGE_ACL /srv/e actions.R11 observed x2");
}

static void a_replaced_file_is_not_the_renamed_one(void)
{
    CASE(one);
    say(&one, CALL("1", "82", "a0=7f a1=7f"));
    say(&one, CWD("1"));
    say(&one, PATH("1", "\"/srv/design\"", "inode=1 nametype=PARENT"));
    say(&one, PATH("1", "\"b.dwg\"", "inode=77 nametype=DELETE"));
    say(&one, PATH("1", "E59BB3E99DA220412E647767", "inode=5 nametype=DELETE"));
    say(&one, PATH("1", "\"b.dwg\"", "inode=5 nametype=CREATE"));
    say(&one, EOE("1"));
    ENDS_WITH(&one, "RENAME /srv/design/図面 A.dwg -> /srv/design/b.dwg actions.R8 observed x7");
}

static void a_name_below_an_unknown_folder_stays_short(void)
{
    CASE(one);
    say(&one, CALL("1", "263", "a0=5 a1=7f a2=0"));
    say(&one, CWD("1"));
    say(&one, PATH("1", "\"a.dwg\"", "nametype=DELETE"));
    say(&one, EOE("1"));
    ENDS_WITH(&one, "DELETE a.dwg actions.R7 observed x4");
}

static void refused_is_told_and_missing_is_not(void)
{
    CASE(one);
    say(&one,
        "type=SYSCALL " AT("1") "arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c" WHO);
    say(&one, PATH("1", "\"/etc/shadow\"", "mode=0100640 nametype=NORMAL"));
    say(&one,
        "type=SYSCALL " AT("2") "arch=c000003e syscall=257 success=no exit=-2 a0=ffffff9c" WHO);
    say(&one, PATH("2", "\"/etc\"", "mode=040755 nametype=PARENT"));
    ENDS_WITH(&one, "ACCESS_DENIED /etc/shadow actions.R0.refused observed x2 failure");
}

/* --- programs --------------------------------------------------------------------------------- */

static void a_program_is_told_with_its_words(void)
{
    CASE(one);
    say(&one, CALL("1", "59", "a0=7f"));
    say(&one, "type=EXECVE " AT("1") "argc=4 a0=\"rm\" a1=\"-rf\" a2_len=9 a2[0]=E59BB3");
    say(&one, "type=EXECVE " AT("1") "a2[1]=20312E747874 a3=\"b\"");
    say(&one, EOE("1"));
    ENDS_WITH(&one, "RUN_PROCESS /usr/bin/x actions.process observed x4");
    expect_text(one.command_line, "rm -rf 図 1.txt b");
}

static void unknown_calls_and_settings(void)
{
    CASE(one);
    say(&one, CALL("1", "101", "a0=7f"));
    say(&one, EOE("1"));
    say(&one, CALL("2", "227", "a0=7f"));
    say(&one, EOE("2"));
    ENDS_WITH(&one, "OTHER 101 actions.audit.syscall observed x2",
              "CONFIG_CHANGE clock_settime actions.audit.syscall observed x2");
}

/* --- people ----------------------------------------------------------------------------------- */

#define SSHD "exe=\"/usr/sbin/sshd\" hostname=192.0.2.7 addr=192.0.2.7 terminal=ssh "
#define USER(type, serial, ids, op)                                                                \
    "type=" type " " AT(serial) "pid=4100 uid=0 " ids " msg='op=" op " "
#define NOBODY "auid=4294967295 ses=4294967295"
#define TANAKA "auid=1000 ses=3"

static void log_on(ActionCase *one)
{
    say(one,
        USER("USER_AUTH", "1", NOBODY, "PAM:authentication") "acct=\"tanaka\" " SSHD "res=failed'");
    say(one, USER("USER_AUTH", "2", NOBODY, "PAM:authentication") "acct=\"tanaka\" " SSHD
                                                                  "res=success'");
    say(one,
        USER("USER_ACCT", "3", NOBODY, "PAM:accounting") "acct=\"tanaka\" " SSHD "res=success'");
    say(one, "type=LOGIN " AT("4") "pid=4100 uid=0 old-auid=4294967295 auid=1000 ses=3 res=1");
    say(one,
        USER("USER_START", "5", TANAKA, "PAM:session_open") "acct=\"tanaka\" " SSHD "res=success'");
    say(one, USER("USER_LOGIN", "6", TANAKA, "login") "id=1000 " SSHD "res=success'");
}

static void one_logon_and_the_wrong_password_before_it(void)
{
    CASE(one);
    log_on(&one);
    ENDS_WITH(&one, "LOGON_FAIL tanaka actions.audit.logon observed x4 failure",
              "LOGON tanaka actions.audit.logon observed x2");
}

static void sudo_is_one_command(void)
{
    CASE(one);
#define SUDO                                                                                       \
    "acct=\"root\" exe=\"/usr/bin/sudo\" hostname=? addr=? terminal=/dev/pts/0 res=success'"
    say(&one, "type=USER_CMD " AT("1") "pid=4100 uid=1000 " TANAKA
                                       " msg='cwd=\"/home/tanaka\" cmd=7573657261646420626F62 "
                                       "exe=\"/usr/bin/sudo\" res=success'");
    say(&one, USER("CRED_REFR", "2", TANAKA, "PAM:setcred") SUDO);
    say(&one, USER("USER_START", "3", TANAKA, "PAM:session_open") SUDO);
    say(&one, USER("USER_END", "4", TANAKA, "PAM:session_close") SUDO);
    ENDS_WITH(&one, "RUN_PROCESS useradd bob actions.process observed x3");
}

static void accounts_and_the_audit_itself(void)
{
    CASE(one);
    say(&one, USER("ADD_USER", "1", TANAKA,
                   "adding user") "acct=\"bob\" exe=\"/usr/sbin/useradd\" res=success'");
    say(&one,
        "type=CONFIG_CHANGE " AT("2") "auid=1000 ses=3 op=remove_rule key=\"design\" list=4 res=1");
    say(&one, "type=DAEMON_END " AT("3") "op=terminate auid=0 pid=1 subj=x res=success");
    ENDS_WITH(&one, "CHANGE_POLICY design actions.audit.policy observed x1",
              "STOP_LOG auditd actions.audit.policy observed x1",
              "CREATE_USER bob actions.audit.account observed x1");
}

/* --- shapes ----------------------------------------------------------------------------------- */

static void every_way_of_writing_is_understood(void)
{
    CASE(one);
    say(&one, "node=web01 type=SYSCALL " AT("1") "arch=c00000b7 syscall=34 success=yes exit=0 "
                                                 "a0=ffffffffffffff9c" WHO "\x1d"
                                                 "ARCH=aarch64 SYSCALL=mkdirat AUID=\"suzuki\"");
    say(&one, "node=web01 type=PATH " AT("1") "name=\"/srv/1\" mode=040755 nametype=CREATE");
    say(&one, "<13>Nov 20 12:00:00 srv02 audisp-syslog: " CALL("1", "84", "a0=7f"));
    say(&one,
        "<13>Nov 20 12:00:00 srv02 audisp-syslog: " PATH("1", "\"/srv/2\"", "nametype=DELETE"));
    say(&one,
        "<5>Nov 20 12:00:00 srv03 kernel: audit: type=1300 audit(1790000010.000:1): arch=c000003e "
        "syscall=84 success=yes exit=0 a0=7f" WHO);
    say(&one, "<5>Nov 20 12:00:00 srv03 kernel: audit: type=1302 audit(1790000010.000:1): item=0 "
              "name=\"/srv/3\" nametype=DELETE");
    ENDS_WITH(&one, "MKDIR /srv/1 actions.R6.create observed x2",
              "DELETE /srv/2 actions.R7 observed x2", "DELETE /srv/3 actions.R7 observed x2");
}

static void a_command_without_end_is_cut_and_said_so(void)
{
    CASE(one);
    enum { LONG = 20000 };
    char *text = malloc(LONG + 200);
    if (!expect(text != NULL)) return;
    say(&one, CALL("1", "59", "a0=7f"));
    for (int i = 0; i < 3; i++) {
        int len = snprintf(text, 200, "type=EXECVE " AT("1") "argc=1 a%d=\"", i);
        memset(text + len, 'x', LONG);
        memcpy(text + len + LONG, "\"", 2);
        say(&one, text);
    }
    free(text);
    ENDS_WITH(&one, "RUN_PROCESS /usr/bin/x actions.process observed x4 {parts_missing}");
}

/* More events at once than can wait: the oldest is told as far as it has come, and counted. */
static void more_events_than_can_wait_are_told_early(void)
{
    CASE(one);
    char text[512];
    for (unsigned i = 0; i < ACTIONS_PENDING_MAX + 100; i++) {
        snprintf(text, sizeof text,
                 "type=SYSCALL msg=audit(1790000010.000:%u): arch=c000003e syscall=101 success=yes",
                 i);
        say(&one, text);
    }
    expect_int(action_case_count(&one, "OTHER"), 100);
    expect_int(actions_counters(one.actions).pending_evicted, one.record_count);
    action_case_end(&one);
    expect_int(one.record_count, ACTIONS_PENDING_MAX + 100);
    expect_int(one.evidence, ACTIONS_PENDING_MAX + 100);
}

static void what_only_looks_alike_passes(void)
{
    CASE(one);
    say(&one, "type=SYSCALL msg=audit(1790000010.000): arch=c000003e");
    say(&one, "type=SERVICE_START " AT("1") "pid=1 uid=0 msg='unit=x res=success'");
    say(&one, "type=SYSCALL msg=audit(99999999999999.000:1): arch=c000003e");
    say(&one, "<13>Nov 20 12:00:00 srv02 tanaka: " CALL("1", "84", "a0=7f"));
    action_case_end(&one);
    expect_int(one.record_count, 4);
    expect_int(one.evidence, 0);
}

/* --- NetApp ----------------------------------------------------------------------------------- */

#define ONTAP                                                                                      \
    "Provider_Name=NetApp-Security-Auditing;Computer=svm1;SubjectLogonId=;SubjectIP=192.0.2.9;"

static void netapp(ActionCase *one, int64_t ms, unsigned event_id, const char *fields)
{
    char text[512];
    snprintf(text, sizeof text, ONTAP "%s", fields);
    action_case_feed(one, ms, event_id, text);
}

static void netapp_says_what_was_done(void)
{
    CASE(one);
    netapp(&one, 0, 4656, "EventName=Open Object;ObjectName=(v)/a.dwg;AccessList=%%4416");
    netapp(&one, 1, 4663,
           "EventName=Read Object;ObjectName=(v)/a.dwg;AccessList=%%4416;AccessMask=");
    netapp(&one, 2, 4656, "EventName=Create Object;ObjectName=(v)/b.dwg;AccessList=%%4417");
    netapp(&one, 3, 4659, "ObjectName=(v)/c.dwg;AccessList=%%1537");
    netapp(&one, 3, 9998, "FileName=(v)/c.dwg");
    netapp(&one, 3, 4660, "ObjectName=(v)/c.dwg");
    netapp(&one, 4, 9999, "OldPath=(v)/d.dwg;NewPath=(v)/old/d.dwg");
    netapp(&one, 5, 4656, "Keywords=0x8010000000000000;ObjectName=(v)/e.dwg;AccessList=%%4416");
    ENDS_WITH(&one, "DELETE (v)/c.dwg actions.R7 observed x3",
              "MOVE (v)/d.dwg -> (v)/old/d.dwg actions.R8 observed x1",
              "ACCESS_DENIED (v)/e.dwg actions.R0.refused observed x1 failure",
              "READ (v)/a.dwg actions.R5 observed x1",
              "CREATE (v)/b.dwg actions.R6.create observed x1");
}

static const TapTest tests[] = {
    TAP_TEST(two_events_at_once_are_kept_apart),
    TAP_TEST(without_an_end_two_seconds_are_enough),
    TAP_TEST(what_was_asked_for_is_told),
    TAP_TEST(a_replaced_file_is_not_the_renamed_one),
    TAP_TEST(a_name_below_an_unknown_folder_stays_short),
    TAP_TEST(refused_is_told_and_missing_is_not),
    TAP_TEST(a_program_is_told_with_its_words),
    TAP_TEST(unknown_calls_and_settings),
    TAP_TEST(one_logon_and_the_wrong_password_before_it),
    TAP_TEST(sudo_is_one_command),
    TAP_TEST(accounts_and_the_audit_itself),
    TAP_TEST(every_way_of_writing_is_understood),
    TAP_TEST(a_command_without_end_is_cut_and_said_so),
    TAP_TEST(more_events_than_can_wait_are_told_early),
    TAP_TEST(what_only_looks_alike_passes),
    TAP_TEST(netapp_says_what_was_done),
};
TAP_MAIN(tests)
