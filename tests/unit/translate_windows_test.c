/* Windows rules: every reason, the forms in which the same value comes, and values that are made
 * up. */
#include "tests/support/tap.h"
#include "tests/support/translate_case.h"

#include "record/words.h"
#include "translate/codes.h"
#include "translate/task_xml.h"

#include <stdio.h>

/* --- reasons ------------------------------------------------------------------------------------
 */

static void check_failed_logon(const char *fields, const char *reason, const char *code)
{
    char line[512];
    snprintf(line, sizeof line, "windows\tEventID=4625\tTargetUserName=tanaka\t%s", fields);
    CLEANUP(case_done) Case one = case_line(line);
    expect_int(one.record.verb, VERB_LOGON_FAIL);
    expect_int(one.record.outcome, OUTCOME_FAILURE);
    bool same = case_has(&one, RECORD_EVENT_REASON, reason);
    if (!case_has(&one, RECORD_ERROR_CODE, code) || !same) tap_note("%s", fields);
}

static void refused_logons_say_why(void)
{
    check_failed_logon("Status=0xc000006d\tSubStatus=0xc000006a", "wrong_password", "0xC000006A");
    check_failed_logon("Status=0xC000006D\tSubStatus=0x0", "bad_credentials", "0xC000006D");
    check_failed_logon("Status=0xC0000072", "account_disabled", "0xC0000072");
    check_failed_logon("Status=3221225581\tSubStatus=3221225578", "wrong_password", "0xC000006A");
    check_failed_logon("Status=-1073741715\tSubStatus=-1073741724", "no_such_user", "0xC0000064");
    check_failed_logon("Status=0xC0000999\tSubStatus=0x0", "", "0xC0000999");
    check_failed_logon("Status=0x5", "", "0x00000005");
    check_failed_logon("Status=-\tSubStatus=-\tFailureReason=%%2310", "account_disabled", "");
    check_failed_logon("FailureReason=%%2303", "", "");
    check_failed_logon("FailureReason=%%2314", "", "");
    check_failed_logon("FailureReason=The account is locked", "", "");
    check_failed_logon("Status=what\tSubStatus=ever", "", "");
}

static void every_code_has_words(void)
{
    for (uint64_t code = 0; code <= 0xffff; code++) {
        const CodeReason *found[] = {code_from_ntstatus((uint32_t)(0xC0000000 + code)),
                                     code_from_kerberos((uint32_t)code)};
        for (size_t i = 0; i < ARRAY_COUNT(found); i++) {
            if (!found[i]) continue;
            if (!expect(word_find(&words_reasons, found[i]->reason) != NULL)) {
                tap_note("%.*s", SLICE_FMT(found[i]->text));
            }
        }
    }
    for (int number = 2304; number <= 2313; number++) {
        char text[16];
        snprintf(text, sizeof text, "%%%%%d", number);
        expect(word_find(&words_reasons, code_reason_from_message(slice_from_cstr(text))) != NULL);
    }
    expect(code_from_ntstatus(0xC000006A) != NULL);
    expect(code_from_ntstatus(0) == NULL);
    expect(code_from_ntstatus(UINT32_MAX) == NULL);
    expect(code_from_kerberos(0x18) != NULL);
}

static void logon_types_are_keys_with_words(void)
{
    for (int type = 0; type <= 13; type++) {
        char text[8];
        int len = snprintf(text, sizeof text, "%d", type);
        Slice key = code_logon_type(slice_of(text, (size_t)len));
        bool known = type != 1 && type != 6;
        if (!expect((word_find(&words_logon_types, key) != NULL) == known)) tap_note("%d", type);
    }
    expect_text(code_logon_type(SLICE("99")), "99");
    expect_text(code_logon_type(SLICE("Network")), "Network");
    expect_text(code_logon_type(SLICE("")), "");
}

static void check_kerberos(const char *event, const char *status, Verb verb, Outcome outcome,
                           const char *reason)
{
    char line[256];
    snprintf(line, sizeof line, "windows\tEventID=%s\tTargetUserName=tanaka\t%s", event, status);
    CLEANUP(case_done) Case one = case_line(line);
    bool same = expect_int(one.record.verb, verb);
    same = expect_int(one.record.outcome, outcome) && same;
    if (!case_has(&one, RECORD_EVENT_REASON, reason) || !same) tap_note("%s %s", event, status);
}

static void the_domain_controllers_answer_is_the_outcome(void)
{
    check_kerberos("4768", "Status=0x0", VERB_LOGON, OUTCOME_SUCCESS, "");
    check_kerberos("4768", "Status=0x12", VERB_LOGON_FAIL, OUTCOME_FAILURE, "account_unusable");
    check_kerberos("4768", "Status=24", VERB_LOGON_FAIL, OUTCOME_FAILURE, "wrong_password");
    check_kerberos("4768", "Status=0xF00", VERB_LOGON_FAIL, OUTCOME_FAILURE, "");
    check_kerberos("4768", "Keywords=0x8010000000000000", VERB_LOGON_FAIL, OUTCOME_FAILURE, "");
    check_kerberos("4768", "X=1", VERB_LOGON, OUTCOME_UNKNOWN, "");
    check_kerberos("4769", "Status=0x1F", VERB_TICKET, OUTCOME_FAILURE, "ticket_damaged");
    check_kerberos("4771", "Status=0x18", VERB_LOGON_FAIL, OUTCOME_FAILURE, "wrong_password");
    check_kerberos("4771", "Status=0x0", VERB_LOGON_FAIL, OUTCOME_FAILURE, "");
    check_kerberos("4776", "Status=0xc0000234", VERB_LOGON_FAIL, OUTCOME_FAILURE, "account_locked");
    check_kerberos("4776", "Status=0x0", VERB_LOGON, OUTCOME_SUCCESS, "");
    check_kerberos("4776", "Keywords=Audit Failure", VERB_LOGON_FAIL, OUTCOME_FAILURE, "");
}

/* --- values in their many forms -----------------------------------------------------------------
 */

static void check_source(const char *address, const char *port, const char *ip, const char *name,
                         const char *number)
{
    char line[256];
    snprintf(line, sizeof line, "windows\tEventID=4624\tIpAddress=%s\tIpPort=%s", address, port);
    CLEANUP(case_done) Case one = case_line(line);
    bool same = case_has(&one, RECORD_SOURCE_IP, ip);
    same = case_has(&one, RECORD_SOURCE_DOMAIN, name) && same;
    if (!case_has(&one, RECORD_SOURCE_PORT, number) || !same) tap_note("%s %s", address, port);
}

static void addresses_are_in_one_form(void)
{
    check_source("192.0.2.1", "50000", "192.0.2.1", "", "50000");
    check_source("::ffff:192.0.2.1", "50000", "192.0.2.1", "", "50000");
    check_source("::FFFF:192.0.2.1", "0", "192.0.2.1", "", "");
    check_source("2001:db8::1", "-", "2001:db8::1", "", "");
    check_source("fe80::1%4", "1", "fe80::1%4", "", "1");
    check_source("::1", "0", "::1", "", "");
    check_source("-", "-", "", "", "");
    check_source("", "", "", "", "");
    check_source("LOCAL", "70000", "", "LOCAL", "");
    check_source("192.0.2.1 evil", "x", "", "192.0.2.1 evil", "");
    check_source("192.0.2.256", "1", "", "192.0.2.256", "");
    check_source("::ffff:pc.example.com", "1", "", "pc.example.com", "");
    check_source("192.0.2.1%eth0", "1", "", "192.0.2.1%eth0", "");
}

static void check_keywords(const char *field, Outcome outcome)
{
    char line[256];
    snprintf(line, sizeof line, "windows\tEventID=4723\t%s", field);
    CLEANUP(case_done) Case one = case_line(line);
    if (!expect_int(one.record.outcome, outcome)) tap_note("%s", field);
}

static void success_and_failure_are_read_in_any_form(void)
{
    check_keywords("Keywords=0x8020000000000000", OUTCOME_SUCCESS);
    check_keywords("Keywords=0x8010000000000000", OUTCOME_FAILURE);
    check_keywords("Keywords=-9214364837600034816", OUTCOME_SUCCESS);
    check_keywords("Keywords=-9218868437227405312", OUTCOME_FAILURE);
    check_keywords("Keywords=9227875636482146304", OUTCOME_FAILURE); /* 0x8010000000000000 */
    check_keywords("Keywords=Audit Success", OUTCOME_SUCCESS);
    check_keywords("Keywords=audit failure", OUTCOME_FAILURE);
    check_keywords("EventType=AUDIT_SUCCESS", OUTCOME_SUCCESS);
    check_keywords("EventType=AUDIT_FAILURE", OUTCOME_FAILURE);
    check_keywords("Keywords=0x8000000000000000", OUTCOME_UNKNOWN);
    check_keywords("Level=0", OUTCOME_UNKNOWN);
}

static void the_provider_decides_which_event_a_number_is(void)
{
    static const struct {
        const char *line, *rule;
    } lines[] = {
        {"windows\tEventID=4624\tProvider_Name=\tChannel=security", "win.4624"},
        {"windows\tEventID=0x1210", "win.4624"},
        {"windows\tEventID=1102\tProvider_Name=\tChannel=Security", "win.1102"},
        {"windows\tEventID=1\tProvider_Name=\tChannel=Microsoft-Windows-Sysmon/Operational",
         "sysmon.1"},
        {"windows\tEventID=1\tProvider_Name=Microsoft-Windows-Kernel-General\tChannel=System",
         "fallback.titled"},
        {"windows\tEventID=1\tProvider_Name=Example\tChannel=Microsoft-Windows-Sysmon/Operational",
         "fallback.windows"},
        {"windows\tEventID=4624\tProvider_Name=\tChannel=Application", "fallback.windows"},
        {"windows\tEventID=104\tProvider_Name=\tChannel=System", "fallback.windows"},
        {"windows\tEventID=4624\tProvider_Name=Example", "fallback.windows"},
        {"windows\tEventID=", "fallback.windows"},
        {"windows\tEventID=99999999999999999999", "fallback.windows"},
        {"windows\tEventID=4294971920", "fallback.windows"}, /* 4624 + 2^32 */
        {"windows\tProvider_Name=", "fallback.windows"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
        CLEANUP(case_done) Case one = case_line(lines[i].line);
        if (!case_has(&one, RECORD_AKASHI_RULE, lines[i].rule)) tap_note("%s", lines[i].line);
        expect(one.record.text[RECORD_AKASHI_OBJECT].len > 0);
    }
}

static void check_account(const char *fields, const char *detail)
{
    char line[1024];
    snprintf(line, sizeof line, "windows\tEventID=4738\tTargetUserName=suzuki\t%s", fields);
    CLEANUP(case_done) Case one = case_line(line);
    if (!case_has(&one, RECORD_AKASHI_DETAIL, detail)) tap_note("%s", fields);
}

static void account_changes_are_named_and_none_is_made_up(void)
{
    check_account("SamAccountName=-\tOldUacValue=0x15\tNewUacValue=0x10",
                  "account_enabled,password_not_required_off");
    check_account("SamAccountName=-\tOldUacValue=0x10\tNewUacValue=0x10210",
                  "password_never_expires_on,no_preauth_on");
    check_account("SamAccountName=-\tOldUacValue=-\tNewUacValue=-\t"
                  "UserAccountControl=\\n\\t\\t%%2089\\n\\t\\t%%2048",
                  "account_enabled,password_never_expires_on");
    check_account("SamAccountName=-\tUserAccountControl=%%99999 %%20x %%", "");
    check_account("SamAccountName=-\tDisplayName=Hanako\tScriptPath=%%1793\tHomePath=-",
                  "attr_display_name,attr_logon_script");
    /* A local account: everything is listed, changed or not. */
    check_account("SamAccountName=suzuki\tDisplayName=Hanako\tHomePath=H:\tOldUacValue=0x210\t"
                  "NewUacValue=0x210",
                  "");
}

static void check_group(const char *sid, const char *detail)
{
    char line[256];
    snprintf(line, sizeof line, "windows\tEventID=4728\tTargetUserName=g\tTargetSid=%s", sid);
    CLEANUP(case_done) Case one = case_line(line);
    if (!case_has(&one, RECORD_AKASHI_DETAIL, detail)) tap_note("%s", sid);
}

static void powerful_groups_are_known_by_their_number(void)
{
    static const char *const powerful[] = {"S-1-5-21-1-2-3-512", "S-1-5-21-1-2-3-519",
                                           "S-1-5-32-544", "S-1-5-32-551"};
    static const char *const others[] = {"S-1-5-21-1-2-3-544",
                                         "S-1-5-32-512",
                                         "S-1-5-21-1-2-3-5120",
                                         "S-1-5-32-545",
                                         "512",
                                         "S-1-5-21-",
                                         "S-1-1-0",
                                         "-",
                                         "S-1-5-32-"};
    for (size_t i = 0; i < ARRAY_COUNT(powerful); i++) {
        check_group(powerful[i], "privileged_group");
    }
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        check_group(others[i], "");
    }
}

static void members_are_named_by_their_common_name(void)
{
    static const struct {
        const char *member, *name;
    } members[] = {
        {"CN=suzuki,CN=Users,DC=example,DC=com", "suzuki"},
        {"cn=Suzuki\\\\, Hanako,OU=x", "Suzuki, Hanako"},
        {"CN=a\\\\\\\\b,OU=x", "a\\b"},
        {"CN=", ""},
        {"CN=x\\\\", "x\\"},
        {"-", ""},
        {"EXAMPLE\\\\suzuki", "EXAMPLE\\suzuki"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(members); i++) {
        char line[256];
        snprintf(line, sizeof line, "windows\tEventID=4732\tMemberName=%s", members[i].member);
        CLEANUP(case_done) Case one = case_line(line);
        if (!case_has(&one, RECORD_USER_TARGET_NAME, members[i].name))
            tap_note("%s", members[i].member);
    }
}

static void check_audit(const char *fields, const char *object, const char *detail)
{
    char line[512];
    snprintf(line, sizeof line, "windows\tEventID=4719\t%s", fields);
    CLEANUP(case_done) Case one = case_line(line);
    bool same = case_has(&one, RECORD_AKASHI_OBJECT, object);
    if (!case_has(&one, RECORD_AKASHI_DETAIL, detail) || !same) tap_note("%s", fields);
}

static void audit_changes_name_what_is_recorded(void)
{
    check_audit("SubcategoryGuid={0cce922b-69ae-11d9-bed3-505054503030}\tAuditPolicyChanges=%%8449",
                "Process Creation", "success_added");
    check_audit("SubcategoryGuid=0CCE9215-69AE-11D9-BED3-505054503030\t"
                "AuditPolicyChanges=Success removed, Failure added",
                "Logon", "success_removed,failure_added");
    check_audit("SubcategoryGuid={11111111-2222-3333-4444-555555555555}\tAuditPolicyChanges=%%9999",
                "{11111111-2222-3333-4444-555555555555}", "");
    check_audit("SubcategoryId=%%12800", "%%12800", "");
    check_audit("AuditPolicyChanges=,,%%8451,", "unknown", "failure_added");
    check_audit("SubcategoryGuid={", "{", "");
}

static void cleared_logs_are_named(void)
{
    static const struct {
        const char *fields, *object;
    } events[] = {
        {"UserData.Channel=Application\tMessage=The X log file was cleared.", "Application"},
        {"Message=The Windows PowerShell log file was cleared.", "Windows PowerShell"},
        {"Message=Le journal a été effacé.", "unknown"},
        {"Message=The  log file was cleared.", "unknown"},
        {"Message=The log file was cleared.", "unknown"},
        {"X=1", "unknown"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(events); i++) {
        char line[256];
        snprintf(line, sizeof line,
                 "windows\tProvider_Name=Microsoft-Windows-Eventlog\tEventID=104\t%s",
                 events[i].fields);
        CLEANUP(case_done) Case one = case_line(line);
        if (!case_has(&one, RECORD_AKASHI_OBJECT, events[i].object))
            tap_note("%s", events[i].fields);
    }
}

static void programs_run_for_others_and_as_administrator(void)
{
    CLEANUP(case_done)
    Case one = case_line("windows\tEventID=4688\tSubjectUserName=PC$\tTargetUserName="
                         "tanaka\tNewProcessId=0xffffffffffffffff\t"
                         "TokenElevationType=%%1937\tCommandLine=x");
    case_has(&one, RECORD_USER_EFFECTIVE_NAME, "tanaka");
    case_has(&one, RECORD_PROCESS_PID, "18446744073709551615");
    case_has(&one, RECORD_AKASHI_DETAIL, "elevated");
    case_has(&one, RECORD_AKASHI_OBJECT, "x");
    CLEANUP(case_done)
    Case same = case_line(
        "windows\tEventID=4688\tSubjectUserName=Tanaka\tTargetUserName=TANAKA\tNewProcessId=zz");
    case_has(&same, RECORD_USER_EFFECTIVE_NAME, "");
    case_has(&same, RECORD_PROCESS_PID, "");
    case_has(&same, RECORD_AKASHI_OBJECT, "unknown");
    CLEANUP(case_done)
    Case sysmon = case_line("windows\tProvider_Name=Microsoft-Windows-Sysmon\tEventID=1\tUser="
                            "NT AUTHORITY\\\\SYSTEM\tProcessId=4");
    case_has(&sysmon, RECORD_USER_NAME, "SYSTEM");
    case_has(&sysmon, RECORD_USER_DOMAIN, "NT AUTHORITY");
    case_has(&sysmon, RECORD_PROCESS_PID, "4");
}

/* --- scheduled tasks ----------------------------------------------------------------------------
 */

#define EXEC(inside) "<Task><Actions><Exec>" inside "</Exec></Actions></Task>"

static void the_action_of_a_task_is_found_and_only_that(void)
{
    static const struct {
        const char *xml, *command, *arguments;
        size_t count;
    } tasks[] = {
        {EXEC("<Command>a.exe</Command><Arguments>-b</Arguments>"), "a.exe", "-b", 1},
        {EXEC("<Command>\n a.exe \n</Command>"), "a.exe", "", 1},
        {EXEC("<Arguments>-b</Arguments><Command>a</Command>"), "a", "-b", 1},
        {EXEC("<Command>a &lt;b&gt; &amp;&quot;&apos;&#65;&#x42;&#x65E5;</Command>"),
         "a <b> &\"'AB日", "", 1},
        {EXEC("<Command>a&amp;lt;&bogus;&#0;&#xFFFFFFFFFFFF;&</Command>"),
         "a&lt;&bogus;&#0;&#xFFFFFFFFFFFF;&", "", 1},
        {EXEC("<!-- <Command>evil</Command> --><Command>a</Command>"), "a", "", 1},
        {"<!-- " EXEC("<Command>evil</Command>") " -->" EXEC("<Command>a</Command>"), "a", "", 1},
        {EXEC("<Command><![CDATA[x]]>a</Command>"), "", "", 1},
        {"<Task><RegistrationInfo><Description><![CDATA[<Actions><Exec><Command>evil</Command>]]></"
         "Description>"
         "</RegistrationInfo><Actions><Exec><Command>a</Command></Exec></Actions></Task>",
         "a", "", 1},
        {"<Task "
         "x='><Actions><Exec><Command>evil</Command>'><Actions><Exec><Command>a</Command></Exec></"
         "Actions></Task>",
         "a", "", 1},
        {"<Task><Settings><Exec><Command>evil</Command></Exec></Settings></Task>", "", "", 0},
        {"<Other><Actions><Exec><Command>evil</Command></Exec></Actions></Other>", "", "", 0},
        {"<?xml version=\"1.0\"?><Task a=\"1\"><Actions Context=\"A\"><Exec "
         "id='x'><Command>a</Command></Exec>"
         "<Exec><Command>b</Command><Arguments>c</Arguments></Exec></Actions></Task>",
         "a", "", 2},
        {"<Task><Actions><ComHandler><ClassId>{0}</ClassId></ComHandler></Actions></Task>", "", "",
         0},
        {"<Task><Triggers/><Actions><Exec><Command/><WorkingDirectory>d</WorkingDirectory></Exec></"
         "Actions></Task>",
         "", "", 1},
        {"&lt;Task&gt;&lt;Actions&gt;&lt;Exec&gt;&lt;Command&gt;a &amp;amp; b&lt;/Command&gt;",
         "a & b", "", 1},
        {"<Task><Actions><Exec><Command>a", "a", "", 1},
        {"<Task><Actions><Exec><Command", "", "", 1},
        {"</Task><Task><Actions><Exec><Command>a", "", "", 0},
        {"<><Task>", "", "", 0},
        {"<Task><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><Command>x</Command>", "", "",
         0},
        {"", "", "", 0},
        {"<", "", "", 0},
        {"-", "", "", 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(tasks); i++) {
        CLEANUP(arena_done) Arena arena = {0};
        TaskAction action;
        expect_ok(task_action_find(&arena, slice_from_cstr(tasks[i].xml), &action));
        bool same = expect_text(action.command, tasks[i].command);
        same = expect_text(action.arguments, tasks[i].arguments) && same;
        if (!expect_int(action.count, tasks[i].count) || !same) tap_note("%s", tasks[i].xml);
    }
}

static void a_task_with_several_actions_says_so(void)
{
    CLEANUP(case_done)
    Case one = case_line("windows\tEventID=4698\tTaskName=t\tTaskContent=<Task><Actions><Exec>"
                         "<Command>a</Command></Exec>"
                         "<Exec><Command>b</Command></Exec></Actions></Task>");
    case_has(&one, RECORD_PROCESS_COMMAND_LINE, "a");
    case_has(&one, RECORD_AKASHI_DETAIL, "several_actions");
    CLEANUP(case_done)
    Case none = case_line("windows\tEventID=4698\tTaskName=t\tTaskContent=-");
    case_has(&none, RECORD_PROCESS_COMMAND_LINE, "");
    case_has(&none, RECORD_AKASHI_OBJECT, "t");
}

static void defender_names_threat_user_and_place(void)
{
    static const struct {
        const char *resources, *path;
    } cases[] = {
        {"file:_C:\\\\Users\\\\a.exe", "C:\\Users\\a.exe"},
        {"C:\\\\Users\\\\a.exe", "C:\\Users\\a.exe"},
        {"containerfile:_D:\\\\a.zip; file:_D:\\\\a.zip->b.exe", "D:\\a.zip"},
        {"plain; file:_D:\\\\x", "plain"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char line[256];
        snprintf(line, sizeof line,
                 "windows\tProvider_Name=Microsoft-Windows-Windows Defender\tEventID=1116\t"
                 "Threat Name=Trojan:Win32/Example\tDetection User=EXAMPLE\\\\tanaka\tPath=%s",
                 cases[i].resources);
        CLEANUP(case_done) Case one = case_line(line);
        expect_int(one.record.verb, VERB_MALWARE);
        expect_text(one.record.text[RECORD_USER_NAME], "tanaka");
        expect_text(one.record.text[RECORD_USER_DOMAIN], "EXAMPLE");
        expect_text(one.record.text[RECORD_AKASHI_OBJECT], "Trojan:Win32/Example");
        expect_text(one.record.text[RECORD_FILE_PATH], cases[i].path);
    }
}

static const TapTest tests[] = {
    TAP_TEST(defender_names_threat_user_and_place),
    TAP_TEST(refused_logons_say_why),
    TAP_TEST(every_code_has_words),
    TAP_TEST(logon_types_are_keys_with_words),
    TAP_TEST(the_domain_controllers_answer_is_the_outcome),
    TAP_TEST(addresses_are_in_one_form),
    TAP_TEST(success_and_failure_are_read_in_any_form),
    TAP_TEST(the_provider_decides_which_event_a_number_is),
    TAP_TEST(account_changes_are_named_and_none_is_made_up),
    TAP_TEST(powerful_groups_are_known_by_their_number),
    TAP_TEST(members_are_named_by_their_common_name),
    TAP_TEST(audit_changes_name_what_is_recorded),
    TAP_TEST(cleared_logs_are_named),
    TAP_TEST(programs_run_for_others_and_as_administrator),
    TAP_TEST(the_action_of_a_task_is_found_and_only_that),
    TAP_TEST(a_task_with_several_actions_says_so),
};
TAP_MAIN(tests)
