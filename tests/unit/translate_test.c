/* translate/: what the golden sentences do not show: missing fields, hostile values, every reason,
 * and the forms in which the same thing can come. */
#include "tests/support/event_line.h"
#include "tests/support/tap.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "os/os.h"
#include "record/sentence.h"
#include "record/words.h"
#include "translate/codes.h"
#include "translate/job.h"
#include "translate/task_xml.h"
#include "translate/translate.h"

#include <errno.h>
#include <stdio.h>

/* --- one event through the translator -----------------------------------------------------------
 */

typedef struct Case {
    Arena arena;
    Record record;
    unsigned records;
} Case;

static int keep_record(void *context, const Record *record, const Event *event)
{
    Case *kept = context;
    (void)event;
    kept->record = *record;
    kept->records++;
    return 0;
}

static void case_done(Case *one)
{
    arena_done(&one->arena);
}

static Case translate_event(const Event *event)
{
    Case one = {0};
    Translator *translator = translator_new();
    expect_ok(translator_feed(translator, event, 7, &one.arena, keep_record, &one));
    translator_free(translator);
    expect_int(one.records, 1);
    return one;
}

/* The line is kept in the arena, so that the record's slices into it stay. */
static Case translate_line(const char *text)
{
    Event event;
    Arena arena = {0};
    Slice line;
    Case one = {0};
    expect_ok(arena_copy(&arena, slice_from_cstr(text), &line));
    if (expect(event_line_read(line, &arena, &event))) {
        Translator *translator = translator_new();
        one.arena = arena;
        expect_ok(translator_feed(translator, &event, 7, &one.arena, keep_record, &one));
        translator_free(translator);
        expect_int(one.records, 1);
    } else {
        tap_note("line: %s", text);
    }
    return one;
}

static bool has(const Case *one, RecordField field, const char *want)
{
    bool same = expect_slice(one->record.text[field], slice_from_cstr(want));
    if (!same) tap_note("%.*s", SLICE_FMT(record_fields[field].name));
    return same;
}

static Case syslog_case(const char *tag, const char *message)
{
    const Field fields[] = {{SLICE("host"), SLICE("web01"), FIELD_TEXT},
                            {SLICE("tag"), slice_from_cstr(tag), FIELD_TEXT},
                            {SLICE("message"), slice_from_cstr(message), FIELD_TEXT}};
    const Event event = {.format = EVENT_SYSLOG,
                         .time_ns = TIME_UNKNOWN,
                         .fields = fields,
                         .field_count = ARRAY_COUNT(fields)};
    return translate_event(&event);
}

/* --- all rules ----------------------------------------------------------------------------------
 */

static const RuleTable *const rule_tables[] = {&windows_logon_rules, &windows_account_rules,
                                               &windows_policy_rules, &windows_process_rules,
                                               &windows_service_task_rules};

static const char *provider_of(WindowsSource source)
{
    switch (source) {
    case WINDOWS_SECURITY: return "Microsoft-Windows-Security-Auditing";
    case WINDOWS_EVENTLOG: return "Microsoft-Windows-Eventlog";
    case WINDOWS_SERVICES: return "Service Control Manager";
    case WINDOWS_SYSMON: return "Microsoft-Windows-Sysmon";
    case WINDOWS_OTHER: break;
    }
    return "";
}

static void check_bare_event(const Rule *rule)
{
    char line[256];
    CLEANUP(buf_done) Buf sentence = {0};
    snprintf(line, sizeof line, "windows\tProvider_Name=%s\tEventID=%u", provider_of(rule->source),
             rule->event_id);
    CLEANUP(case_done) Case one = translate_line(line);
    expect_slice(one.record.text[RECORD_AKASHI_RULE], rule->id);
    expect_int(one.record.verb, rule->verb);
    expect(one.record.text[RECORD_AKASHI_OBJECT].len > 0);
    expect_int(one.record.count, 1);
    expect_int(one.record.ingested_ns, 7);
    sentence_add(&sentence, &one.record, LANGUAGE_JA);
    sentence_add(&sentence, &one.record, LANGUAGE_EN);
    expect(sentence.len > 10 && utf8_is_valid(buf_slice(&sentence)));
}

/* An event of which only the number is left still gives its rule's record, and claims no one. */
static void every_windows_rule_bears_missing_fields(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(rule_tables); i++) {
        for (size_t k = 0; k < rule_tables[i]->count; k++) {
            check_bare_event(&rule_tables[i]->rules[k]);
        }
    }
}

static Slice read_file(Arena *arena, const char *name)
{
    Slice path, text = {0};
    if (!expect_ok(arena_format(arena, &path, "%s/%s%c", tap_source_root(), name, '\0')))
        return text;
    expect_ok(os_read_file(&os_real, path.ptr, 4 << 20, arena, &text));
    return text;
}

/* doc/translation.md names every rule of the tables and every rule that has a sentence. */
static void every_rule_is_documented(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    Slice manual = read_file(&arena, "doc/translation.md"), quoted;
    for (size_t i = 0; i < ARRAY_COUNT(rule_tables); i++) {
        for (size_t k = 0; k < rule_tables[i]->count; k++) {
            Slice id = rule_tables[i]->rules[k].id;
            expect_ok(arena_format(&arena, &quoted, "`%.*s`", SLICE_FMT(id)));
            if (!expect(slice_find(manual, quoted) != SLICE_NOT_FOUND))
                tap_note("%.*s", SLICE_FMT(id));
        }
    }
    for (size_t i = 0; i < words_sentences.count; i++) {
        Slice key = words_sentences.words[i].key, id = slice_first(key, slice_find_char(key, ' '));
        if (slice_eq(id, SLICE("generic"))) continue;
        expect_ok(arena_format(&arena, &quoted, "`%.*s`", SLICE_FMT(id)));
        if (!expect(slice_find(manual, quoted) != SLICE_NOT_FOUND)) tap_note("%.*s", SLICE_FMT(id));
    }
}

/* Every token that a rule can add to akashi.detail, and every reason, has words. */
static void every_key_in_the_sources_has_words(void)
{
    static const char *const files[] = {
        "windows_account.c",      "windows_logon.c", "windows_policy.c", "windows_process.c",
        "windows_service_task.c", "unix_account.c",  "unix_pam.c",       "unix_ssh.c",
        "unix_command.c"};
    CLEANUP(arena_done) Arena arena = {0};
    for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
        char name[64];
        snprintf(name, sizeof name, "src/translate/%s", files[i]);
        Slice rest = read_file(&arena, name);
        for (;;) {
            size_t at = slice_find(rest, SLICE("job_add_detail(job, SLICE(\""));
            if (at == SLICE_NOT_FOUND) break;
            rest = slice_skip(rest, at + strlen("job_add_detail(job, SLICE(\""));
            Slice token = slice_first(rest, slice_find_char(rest, '"'));
            if (!expect(word_find(&words_details, token) != NULL))
                tap_note("%.*s", SLICE_FMT(token));
        }
    }
}

/* --- reasons ------------------------------------------------------------------------------------
 */

static void check_failed_logon(const char *fields, const char *reason, const char *code)
{
    char line[512];
    snprintf(line, sizeof line, "windows\tEventID=4625\tTargetUserName=tanaka\t%s", fields);
    CLEANUP(case_done) Case one = translate_line(line);
    expect_int(one.record.verb, VERB_LOGON_FAIL);
    expect_int(one.record.outcome, OUTCOME_FAILURE);
    bool same = has(&one, RECORD_EVENT_REASON, reason);
    if (!has(&one, RECORD_ERROR_CODE, code) || !same) tap_note("%s", fields);
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
    CLEANUP(case_done) Case one = translate_line(line);
    bool same = expect_int(one.record.verb, verb);
    same = expect_int(one.record.outcome, outcome) && same;
    if (!has(&one, RECORD_EVENT_REASON, reason) || !same) tap_note("%s %s", event, status);
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
    CLEANUP(case_done) Case one = translate_line(line);
    bool same = has(&one, RECORD_SOURCE_IP, ip);
    same = has(&one, RECORD_SOURCE_DOMAIN, name) && same;
    if (!has(&one, RECORD_SOURCE_PORT, number) || !same) tap_note("%s %s", address, port);
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
    CLEANUP(case_done) Case one = translate_line(line);
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
        CLEANUP(case_done) Case one = translate_line(lines[i].line);
        if (!has(&one, RECORD_AKASHI_RULE, lines[i].rule)) tap_note("%s", lines[i].line);
        expect(one.record.text[RECORD_AKASHI_OBJECT].len > 0);
    }
}

static void check_account(const char *fields, const char *detail)
{
    char line[1024];
    snprintf(line, sizeof line, "windows\tEventID=4738\tTargetUserName=suzuki\t%s", fields);
    CLEANUP(case_done) Case one = translate_line(line);
    if (!has(&one, RECORD_AKASHI_DETAIL, detail)) tap_note("%s", fields);
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
    CLEANUP(case_done) Case one = translate_line(line);
    if (!has(&one, RECORD_AKASHI_DETAIL, detail)) tap_note("%s", sid);
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
        CLEANUP(case_done) Case one = translate_line(line);
        if (!has(&one, RECORD_USER_TARGET_NAME, members[i].name)) tap_note("%s", members[i].member);
    }
}

static void check_audit(const char *fields, const char *object, const char *detail)
{
    char line[512];
    snprintf(line, sizeof line, "windows\tEventID=4719\t%s", fields);
    CLEANUP(case_done) Case one = translate_line(line);
    bool same = has(&one, RECORD_AKASHI_OBJECT, object);
    if (!has(&one, RECORD_AKASHI_DETAIL, detail) || !same) tap_note("%s", fields);
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
        CLEANUP(case_done) Case one = translate_line(line);
        if (!has(&one, RECORD_AKASHI_OBJECT, events[i].object)) tap_note("%s", events[i].fields);
    }
}

static void programs_run_for_others_and_as_administrator(void)
{
    CLEANUP(case_done)
    Case one = translate_line("windows\tEventID=4688\tSubjectUserName=PC$\tTargetUserName="
                              "tanaka\tNewProcessId=0xffffffffffffffff\t"
                              "TokenElevationType=%%1937\tCommandLine=x");
    has(&one, RECORD_USER_EFFECTIVE_NAME, "tanaka");
    has(&one, RECORD_PROCESS_PID, "18446744073709551615");
    has(&one, RECORD_AKASHI_DETAIL, "elevated");
    has(&one, RECORD_AKASHI_OBJECT, "x");
    CLEANUP(case_done)
    Case same = translate_line(
        "windows\tEventID=4688\tSubjectUserName=Tanaka\tTargetUserName=TANAKA\tNewProcessId=zz");
    has(&same, RECORD_USER_EFFECTIVE_NAME, "");
    has(&same, RECORD_PROCESS_PID, "");
    has(&same, RECORD_AKASHI_OBJECT, "unknown");
    CLEANUP(case_done)
    Case sysmon = translate_line("windows\tProvider_Name=Microsoft-Windows-Sysmon\tEventID=1\tUser="
                                 "NT AUTHORITY\\\\SYSTEM\tProcessId=4");
    has(&sysmon, RECORD_USER_NAME, "SYSTEM");
    has(&sysmon, RECORD_USER_DOMAIN, "NT AUTHORITY");
    has(&sysmon, RECORD_PROCESS_PID, "4");
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
    Case one = translate_line("windows\tEventID=4698\tTaskName=t\tTaskContent=<Task><Actions><Exec>"
                              "<Command>a</Command></Exec>"
                              "<Exec><Command>b</Command></Exec></Actions></Task>");
    has(&one, RECORD_PROCESS_COMMAND_LINE, "a");
    has(&one, RECORD_AKASHI_DETAIL, "several_actions");
    CLEANUP(case_done)
    Case none = translate_line("windows\tEventID=4698\tTaskName=t\tTaskContent=-");
    has(&none, RECORD_PROCESS_COMMAND_LINE, "");
    has(&none, RECORD_AKASHI_OBJECT, "t");
}

/* --- sshd ---------------------------------------------------------------------------------------
 */

static void check_ssh(const char *message, const char *rule, const char *user, const char *ip,
                      const char *port)
{
    CLEANUP(case_done) Case one = syslog_case("sshd", message);
    bool same = has(&one, RECORD_AKASHI_RULE, rule);
    same = has(&one, RECORD_USER_NAME, user) && same;
    same = has(&one, RECORD_SOURCE_IP, ip) && same;
    if (!has(&one, RECORD_SOURCE_PORT, port) || !same) tap_note("%s", message);
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
        CLEANUP(case_done) Case one = syslog_case("sshd", messages[i].message);
        bool same = has(&one, RECORD_AKASHI_RULE, messages[i].rule);
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
        CLEANUP(case_done) Case one = syslog_case(cases[i].tag, cases[i].message);
        bool same = has(&one, RECORD_AKASHI_RULE, cases[i].rule);
        same = expect_int(one.record.verb, cases[i].verb) && same;
        same = has(&one, RECORD_USER_NAME, cases[i].user) && same;
        same = has(&one, RECORD_USER_TARGET_NAME, cases[i].target) && same;
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
    Case one = syslog_case(
        "sshd", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
                "rhost=192.0.2.1  user=x rhost=192.0.2.9 user=y");
    has(&one, RECORD_SOURCE_IP, "192.0.2.1");
    has(&one, RECORD_USER_NAME, "x rhost=192.0.2.9 user=y");
}

static void check_sudo(const char *message, const char *user, const char *as, const char *command,
                       const char *reason)
{
    CLEANUP(case_done) Case one = syslog_case("sudo", message);
    bool same = has(&one, RECORD_AKASHI_RULE, "unix.sudo");
    same = has(&one, RECORD_USER_NAME, user) && same;
    same = has(&one, RECORD_USER_EFFECTIVE_NAME, as) && same;
    same = has(&one, RECORD_PROCESS_COMMAND_LINE, command) && same;
    same = expect_int(one.record.outcome, *reason ? OUTCOME_FAILURE : OUTCOME_SUCCESS) && same;
    if (!has(&one, RECORD_EVENT_REASON, reason) || !same) tap_note("%s", message);
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

/* --- what no rule knows -------------------------------------------------------------------------
 */

static void unknown_json_gives_only_what_it_plainly_says(void)
{
    CLEANUP(case_done)
    Case one = translate_line(
        "json\tuser.name=tanaka\tsource.ip=192.0.2.1\takashi.rule=win.4624\takashi.object=x\t"
        "SubjectUserName=root\tuser=root\tevent.action=LOGON\tname=x\tmessage=hello\\nworld\thost="
        "1");
    expect_int(one.record.verb, VERB_OTHER);
    has(&one, RECORD_USER_NAME, "tanaka");
    has(&one, RECORD_SOURCE_IP, "192.0.2.1");
    has(&one, RECORD_AKASHI_RULE, "fallback.json");
    has(&one, RECORD_AKASHI_OBJECT, "json");
    has(&one, RECORD_MESSAGE, "hello");
    has(&one, RECORD_HOST_NAME, "");
    has(&one, RECORD_EVENT_DATASET, "json");
}

static void unknown_windows_events_say_which_they_are(void)
{
    CLEANUP(case_done)
    Case one = translate_line(
        "windows\tProvider_Name=Example\tEventID=7\tChannel=Setup\tComputer=PC\tLevel=2\t"
        "TargetUserName=root\tKeywords=0x80000000000000\tMessage=\\n\\n first \\n second");
    expect_int(one.record.verb, VERB_OTHER);
    expect_int(one.record.outcome, OUTCOME_UNKNOWN);
    has(&one, RECORD_EVENT_CODE, "7");
    has(&one, RECORD_EVENT_PROVIDER, "Example");
    has(&one, RECORD_EVENT_DATASET, "windows.other");
    has(&one, RECORD_LOG_LEVEL, "error");
    has(&one, RECORD_HOST_NAME, "PC");
    has(&one, RECORD_OBSERVER_VENDOR, "");
    has(&one, RECORD_USER_NAME, "");
    has(&one, RECORD_USER_TARGET_NAME, "");
    has(&one, RECORD_MESSAGE, "first");
}

static void long_messages_are_cut_on_a_code_point(void)
{
    CLEANUP(buf_done) Buf text = {0};
    buf_add_char(&text, 'x');
    while (text.len < 5000) {
        buf_add_cstr(&text, "漢");
    }
    Slice line = job_first_line(buf_slice(&text));
    expect(line.len <= JOB_MESSAGE_BYTES_MAX && line.len + 3 > JOB_MESSAGE_BYTES_MAX);
    expect(utf8_is_valid(line));
    expect_text(job_first_line(SLICE(" a\rb")), "a");
    expect_text(job_first_line(SLICE("")), "");
}

static void an_event_without_anything_still_gives_a_record(void)
{
    for (int format = EVENT_TEXT; format <= EVENT_JSON; format++) {
        for (int parse = PARSE_OK; parse <= PARSE_FAILED; parse++) {
            const Event event = {.format = (EventFormat)format,
                                 .parse = (ParseState)parse,
                                 .time_ns = 5 * NS_PER_SECOND};
            CLEANUP(case_done) Case one = translate_event(&event);
            expect_int(one.record.verb, VERB_OTHER);
            expect_int(one.record.time_ns, 5 * NS_PER_SECOND);
            expect_int(one.record.end_ns, TIME_UNKNOWN);
            expect(one.record.text[RECORD_AKASHI_OBJECT].len > 0);
            expect(word_find(&words_sentences, one.record.text[RECORD_AKASHI_RULE]) != NULL);
        }
    }
}

/* --- errors -------------------------------------------------------------------------------------
 */

static int refuse(void *context, const Record *record, const Event *event)
{
    (void)context;
    (void)record;
    (void)event;
    return -EPIPE;
}

static void errors_come_back(void)
{
    static const char *const needing_memory[] = {
        "windows\tEventID=4672\tPrivilegeList=a b",
        "windows\tEventID=4625\tStatus=0x99",
        "windows\tEventID=4688\tNewProcessId=0x10",
        "windows\tEventID=4698\tTaskContent=<Task><Actions><Exec><Command>&lt;a</Command>",
        "windows\tEventID=4732\tMemberName=CN=x\\\\,y,OU=z",
    };
    Translator *translator = translator_new();
    for (size_t i = 0; i < ARRAY_COUNT(needing_memory); i++) {
        CLEANUP(arena_done) Arena arena = {0};
        Arena none = arena_make(1);
        Event event;
        Case one = {0};
        expect(event_line_read(slice_from_cstr(needing_memory[i]), &arena, &event));
        expect_int(translator_feed(translator, &event, 0, &none, keep_record, &one), -ENOMEM);
        expect_int(one.records, 0);
        expect_int(translator_feed(translator, &event, 0, &arena, refuse, NULL), -EPIPE);
    }
    translator_free(translator);
    translator_free(NULL);
}

static const TapTest tests[] = {
    TAP_TEST(every_windows_rule_bears_missing_fields),
    TAP_TEST(every_rule_is_documented),
    TAP_TEST(every_key_in_the_sources_has_words),
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
    TAP_TEST(sshd_messages_of_all_versions_are_read),
    TAP_TEST(a_name_cannot_change_where_it_came_from),
    TAP_TEST(repeated_messages_count),
    TAP_TEST(pam_sessions_are_told_apart),
    TAP_TEST(pam_takes_the_address_from_the_program),
    TAP_TEST(sudo_lines_are_read_and_doubt_is_kept),
    TAP_TEST(switching_users_and_jobs),
    TAP_TEST(account_programs_are_read),
    TAP_TEST(unknown_json_gives_only_what_it_plainly_says),
    TAP_TEST(unknown_windows_events_say_which_they_are),
    TAP_TEST(long_messages_are_cut_on_a_code_point),
    TAP_TEST(an_event_without_anything_still_gives_a_record),
    TAP_TEST(errors_come_back),
};
TAP_MAIN(tests)
