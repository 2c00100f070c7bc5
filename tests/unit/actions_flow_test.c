/* Order and gaps, logons, accounts, programs, scripts, saved state, settings; and the score of a
 * small script of human actions. */
#include "tests/support/action_case.h"
#include "tests/support/action_score.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <stdio.h>

#define CASE(name) CLEANUP(action_case_done) ActionCase name = action_case_new(NULL)

static void feed_number(ActionCase *one, int64_t ms, uint64_t record_id)
{
    one->record_id = record_id;
    action_case_feed(one, ms, 5446, "ObjectType=File");
}

/* --- order: T6 -------------------------------------------------------------------------------- */

static void missing_numbers_are_told(void)
{
    CASE(one);
    static const uint64_t numbers[] = {10, 11, 15, 16, 20};
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        feed_number(&one, (int64_t)i * 3000, numbers[i]);
    }
    action_case_end(&one);
    expect_int(action_case_count(&one, "LOG_GAP"), 1);
    expect_int(actions_counters(one.actions).gaps, 2);
    expect_int(actions_counters(one.actions).missing, 6);
    expect_int(action_case_count(&one, "OTHER"), 5);
}

static void early_ones_wait_and_repeated_ones_are_one(void)
{
    CASE(one);
    static const uint64_t numbers[] = {10, 12, 11, 12, 13, 10};
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        feed_number(&one, (int64_t)i, numbers[i]);
    }
    action_case_end(&one);
    expect_int(action_case_count(&one, "LOG_GAP"), 0);
    expect_int(actions_counters(one.actions).duplicates, 2);
    expect_int(action_case_count(&one, "OTHER"), 4);
}

static void numbers_that_begin_anew_are_told(void)
{
    CASE(one);
    feed_number(&one, 0, 5000);
    feed_number(&one, 10, 5001);
    feed_number(&one, 60000, 1);
    feed_number(&one, 60010, 2);
    action_case_end(&one);
    Slice told = action_case_verb(&one, "LOG_GAP");
    expect(slice_find(told, SLICE("numbers_restarted")) != SLICE_NOT_FOUND);
    expect_int(action_case_count(&one, "OTHER"), 4);
}

/* What is written about the log itself always comes through. */
static void tampering_always_passes(void)
{
    CASE(one);
    action_case_feed(&one, 0, 1102, "Provider_Name=Microsoft-Windows-Eventlog");
    action_case_feed(&one, 1, 1100, "Provider_Name=Microsoft-Windows-Eventlog");
    action_case_feed(&one, 2, 4719, "SubcategoryGuid={0CCE921D-69AE-11D9-BED3-505054503030}");
    action_case_feed(&one, 3, 104, "Provider_Name=Microsoft-Windows-Eventlog;Channel=System");
    action_case_end(&one);
    expect_int(action_case_count(&one, "CLEAR_LOG"), 2);
    expect_int(action_case_count(&one, "STOP_LOG"), 1);
    expect_int(action_case_count(&one, "CHANGE_POLICY"), 1);
}

/* --- logons ----------------------------------------------------------------------------------- */

#define CONTROLLER                                                                                 \
    "Computer=DC01.example.com;TargetUserName=tanaka;TargetDomainName=EXAMPLE;Status=0x0;"
#define SERVER "TargetUserName=tanaka;TargetDomainName=EXAMPLE;TargetLogonId=0x7b;"

static void both_views_of_a_logon_are_one(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4768, CONTROLLER "IpAddress=::ffff:192.0.2.7");
    action_case_feed(&one, 20, 4769, CONTROLLER "IpAddress=::ffff:192.0.2.7;ServiceName=FS01$");
    action_case_feed(&one, 50, 4624, SERVER "LogonType=10;IpAddress=192.0.2.7");
    action_case_feed(&one, 51, 4672, "SubjectLogonId=0x7b");
    action_case_end(&one);
    expect_int(one.record_count, 1);
    expect_text(action_case_verb(&one, "LOGON"),
                "LOGON FS01.example.com actions.logon correlated x4 {seen_by_dc,privileged}");
}

static void another_client_or_user_is_another_logon(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4768, CONTROLLER "IpAddress=192.0.2.7");
    action_case_feed(&one, 10, 4624, SERVER "LogonType=10;IpAddress=192.0.2.8");
    action_case_feed(
        &one, 20, 4624,
        "TargetUserName=suzuki;TargetDomainName=EXAMPLE;TargetLogonId=0x7c;LogonType=10;"
        "IpAddress=192.0.2.7");
    action_case_end(&one);
    expect_int(action_case_count(&one, "LOGON"), 3);
}

static void network_logons_are_folded_and_services_are_evidence(void)
{
    CASE(one);
    for (int i = 0; i < 9; i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "TargetUserName=tanaka;TargetDomainName=EXAMPLE;TargetLogonId=0x%x;LogonType=3;"
                 "IpAddress=192.0.2.7",
                 0x100 + i);
        action_case_feed(&one, i * 20000, 4624, text);
    }
    action_case_feed(&one, 1000, 4624, "TargetUserName=SYSTEM;TargetLogonId=0x3e7;LogonType=5");
    action_case_end(&one);
    expect_int(one.record_count, 1);
    expect(slice_find(action_case_record(&one, 0), SLICE("actions.logon.network observed x9")) !=
           SLICE_NOT_FOUND);
}

static void both_halves_of_an_administrators_logon_are_one(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4624, SERVER "LogonType=2;TargetLinkedLogonId=0x7c");
    action_case_feed(
        &one, 1, 4624,
        "TargetUserName=tanaka;TargetDomainName=EXAMPLE;TargetLogonId=0x7c;LogonType=2;"
        "TargetLinkedLogonId=0x7b");
    action_case_feed(&one, 5000, 4647, SERVER);
    action_case_feed(&one, 5001, 4634, SERVER "LogonType=2");
    action_case_end(&one);
    expect_int(action_case_count(&one, "LOGON"), 1);
    expect_int(action_case_count(&one, "LOGOFF"), 1);
}

static void the_end_of_a_session_ends_its_files(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4624, SERVER "LogonType=3;IpAddress=192.0.2.7");
    action_case_feed(
        &one, 1, 4656,
        "SubjectLogonId=0x7b;HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x120089");
    action_case_feed(&one, 2, 4663,
                     "SubjectLogonId=0x7b;HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x1");
    action_case_feed(&one, 3, 4634, SERVER "LogonType=3");
    expect_int(actions_counters(one.actions).handles_open, 0);
    action_case_end(&one);
    expect_text(action_case_verb(&one, "READ"), "READ D:\\D\\a.txt actions.R5 observed x2");
}

/* --- bursts ----------------------------------------------------------------------------------- */

static void the_making_of_an_account_is_one_record(void)
{
    CASE(one);
    const char *account = "TargetUserName=tanaka2;TargetSid=S-1-5-21-1-2-3-1200";
    action_case_feed(&one, 0, 4720, account);
    action_case_feed(&one, 10, 4722, account);
    action_case_feed(&one, 20, 4724, account);
    action_case_feed(&one, 30, 4738, account);
    action_case_feed(&one, 40, 4732,
                     "MemberSid=S-1-5-21-1-2-3-1200;TargetUserName=Administrators;"
                     "TargetSid=S-1-5-32-544");
    action_case_feed(&one, 9000, 4722, account);
    action_case_end(&one);
    Slice got = action_case_verb(&one, "CREATE_USER");
    expect(slice_find(got, SLICE("actions.account correlated x5")) != SLICE_NOT_FOUND);
    expect(slice_find(got, SLICE("account_enabled")) != SLICE_NOT_FOUND);
    expect(slice_find(got, SLICE("privileged_group")) != SLICE_NOT_FOUND);
    expect_int(action_case_count(&one, "ENABLE_USER"), 1);
    expect_int(one.record_count, 2);
}

static void sysmon_and_security_tell_of_one_start(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4688, "NewProcessId=0x50;NewProcessName=C:\\Windows\\cmd.exe");
    action_case_feed(&one, 100, 1,
                     "Provider_Name=Microsoft-Windows-Sysmon;"
                     "Channel=Microsoft-Windows-Sysmon/Operational;ProcessId=80;"
                     "Image=C:\\Windows\\cmd.exe;CommandLine=cmd /c dir;User=EXAMPLE\\tanaka");
    action_case_feed(&one, 200, 4688, "NewProcessId=0x54;NewProcessName=C:\\Windows\\cmd.exe");
    action_case_end(&one);
    expect_int(action_case_count(&one, "RUN_PROCESS"), 2);
    expect_text(action_case_record(&one, 0),
                "RUN_PROCESS C:\\Windows\\cmd.exe actions.process correlated x2");
}

static void parts_of_a_script_are_one(void)
{
    CASE(one);
    for (int i = 1; i <= 3; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "Provider_Name=Microsoft-Windows-PowerShell;"
                 "Channel=Microsoft-Windows-PowerShell/Operational;ScriptBlockId=a-b;"
                 "MessageTotal=3;MessageNumber=%d;ScriptBlockText=part%d",
                 i, i);
        action_case_feed(&one, i, 4104, text);
    }
    action_case_end(&one);
    expect_int(one.record_count, 1);
    expect(slice_find(action_case_record(&one, 0), SLICE("actions.script correlated x3")) !=
           SLICE_NOT_FOUND);
}

/* --- over a restart --------------------------------------------------------------------------- */

static void open_files_outlive_a_restart(void)
{
    static const uint64_t seed[2] = {77, 78};
    CLEANUP(buf_done) Buf saved = {0};
    CASE(one);
    action_case_feed(&one, 0, 4624, SERVER "LogonType=2;IpAddress=192.0.2.7");
    action_case_feed(
        &one, 1, 4656,
        "SubjectLogonId=0x7b;HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x12019f");
    action_case_feed(&one, 2, 4663,
                     "SubjectLogonId=0x7b;HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x2");
    actions_save(one.actions, &saved);
    if (!expect_ok(buf_error(&saved))) return;
    for (size_t len = 0; len < saved.len;
         len++) { /* a piece of it is refused, and breaks nothing */
        Actions *cut = actions_new(one.settings, seed);
        expect_int(actions_restore(cut, slice_of(saved.ptr, len)), -EBADMSG);
        actions_free(cut);
    }
    actions_free(one.actions);
    one.actions = actions_new(one.settings, seed);
    expect_ok(actions_restore(one.actions, buf_slice(&saved)));
    action_case_feed(&one, 3, 4658, "SubjectLogonId=0x7b;HandleId=0x8");
    action_case_end(&one);
    expect_text(action_case_verb(&one, "WRITE"), "WRITE D:\\D\\a.txt actions.R6 observed x3");
}

/* --- settings --------------------------------------------------------------------------------- */

static void check_mistake(const char *text, unsigned line, const char *id)
{
    ActionSettings *settings = NULL;
    Complaint complaint = {0};
    expect_int(action_settings_make(slice_from_cstr(text), &settings, &complaint), -EINVAL);
    expect(settings == NULL);
    expect_int(complaint.line, line);
    expect_text(slice_from_cstr(complaint.id ? complaint.id : ""), id);
    expect(complaint.ja[0] != '\0' && complaint.en[0] != '\0');
}

static void mistakes_in_settings_are_named(void)
{
    check_mistake("# note\nnoise\tx\n", 2, "actions.unknown_kind");
    check_mistake("window\tmerging\t5\n", 1, "actions.unknown_window");
    check_mistake("window\tmerge\tsoon\n", 1, "actions.bad_seconds");
    check_mistake("window\tmerge\t9999999999\n", 1, "actions.bad_seconds");
    check_mistake("noise_name\t\n", 1, "actions.bad_value");
    check_mistake("list_mask\tread\n", 1, "actions.bad_value");
}

/* --- T1, T5, T6, T9 in small ------------------------------------------------------------------ */

static void a_script_of_people_is_understood(void)
{
    const HumanOptions options = {.seed = 21,
                                  .people = 30,
                                  .actions = 40,
                                  .lost_closes = 20,
                                  .twice = 10,
                                  .gaps = 3,
                                  .share_events = 50,
                                  .early = 5};
    static const uint64_t seed[2] = {1, 2};
    static const Verb wanted[] = {VERB_READ,   VERB_WRITE, VERB_CREATE, VERB_DELETE,
                                  VERB_RENAME, VERB_MOVE,  VERB_COPY};
    HumanScript script;
    ActionScore score;
    ActionSettings *settings = NULL;
    if (!expect_ok(action_settings_make((Slice){0}, &settings, NULL))) return;
    human_script_make(&options, &script);
    action_score_run(&script, settings, seed, &score);
    for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
        const VerbScore *one = &score.verbs[wanted[i]];
        expect(one->right > 10);
        if (!expect(verb_score_f1(one) >= 0.97) || !expect_int(one->wrong_target, 0)) {
            tap_note("%s F1 %.4f", verbs[wanted[i]].token.ptr, verb_score_f1(one));
        }
    }
    expect_int(score.wrong_observed, 0);
    expect_int(score.folders_read, 0);
    expect_int(score.wrong_references, 0);
    expect(score.references > 1000);
    expect_int(score.gaps_told, script.gap_count);
    expect_int(score.counters.missing, script.dropped);
    human_script_done(&script);
    action_settings_free(settings);
}

static const TapTest tests[] = {
    TAP_TEST(missing_numbers_are_told),
    TAP_TEST(early_ones_wait_and_repeated_ones_are_one),
    TAP_TEST(numbers_that_begin_anew_are_told),
    TAP_TEST(tampering_always_passes),
    TAP_TEST(both_views_of_a_logon_are_one),
    TAP_TEST(another_client_or_user_is_another_logon),
    TAP_TEST(network_logons_are_folded_and_services_are_evidence),
    TAP_TEST(both_halves_of_an_administrators_logon_are_one),
    TAP_TEST(the_end_of_a_session_ends_its_files),
    TAP_TEST(the_making_of_an_account_is_one_record),
    TAP_TEST(sysmon_and_security_tell_of_one_start),
    TAP_TEST(parts_of_a_script_are_one),
    TAP_TEST(open_files_outlive_a_restart),
    TAP_TEST(mistakes_in_settings_are_named),
    TAP_TEST(a_script_of_people_is_understood),
};
TAP_MAIN(tests)
