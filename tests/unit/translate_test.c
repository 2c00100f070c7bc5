/* translate/: what holds for every rule: missing fields, documentation, words; and what no rule
 * knows. */
#include "tests/support/event_line.h"
#include "tests/support/tap.h"
#include "tests/support/translate_case.h"

#include "base/utf8.h"
#include "os/os.h"
#include "record/sentence.h"
#include "record/words.h"
#include "translate/job.h"

#include <errno.h>
#include <stdio.h>

/* --- all rules ----------------------------------------------------------------------------------
 */

static const RuleTable *const rule_tables[] = {
    &windows_logon_rules,     &windows_account_rules,      &windows_policy_rules,
    &windows_process_rules,   &windows_service_task_rules, &windows_defender_rules,
    &windows_directory_rules, &windows_setting_rules,      &windows_device_rules,
    &windows_share_rules,     &windows_powershell_rules,   &windows_remote_rules,
    &windows_plain_rules,     &windows_sql_rules,          &windows_acl_rules};

static const char *provider_of(WindowsSource source)
{
    switch (source) {
    case WINDOWS_SECURITY: return "Microsoft-Windows-Security-Auditing";
    case WINDOWS_EVENTLOG: return "Microsoft-Windows-Eventlog";
    case WINDOWS_SERVICES: return "Service Control Manager";
    case WINDOWS_SYSMON: return "Microsoft-Windows-Sysmon";
    case WINDOWS_DEFENDER: return "Microsoft-Windows-Windows Defender";
    case WINDOWS_POWERSHELL: return "Microsoft-Windows-PowerShell";
    case WINDOWS_POWERSHELL_OLD: return "PowerShell";
    case WINDOWS_PRINT: return "Microsoft-Windows-PrintService";
    case WINDOWS_REMOTE_ARRIVAL:
        return "Microsoft-Windows-TerminalServices-RemoteConnectionManager";
    case WINDOWS_REMOTE_SESSIONS: return "Microsoft-Windows-TerminalServices-LocalSessionManager";
    case WINDOWS_TASKS: return "Microsoft-Windows-TaskScheduler";
    case WINDOWS_UMDF: return "Microsoft-Windows-DriverFrameworks-UserMode";
    case WINDOWS_PARTITION: return "Microsoft-Windows-Partition";
    case WINDOWS_BITS: return "Microsoft-Windows-Bits-Client";
    case WINDOWS_WMI: return "Microsoft-Windows-WMI-Activity";
    case WINDOWS_DNS_SERVER: return "Microsoft-Windows-DNSServer";
    case WINDOWS_DHCP_SERVER: return "Microsoft-Windows-DHCP-Server";
    case WINDOWS_SQL_SERVER: return "MSSQLSERVER";
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
    CLEANUP(case_done) Case one = case_line(line);
    expect_slice(one.record.text[RECORD_AKASHI_RULE], rule->id);
    expect_int(one.record.verb, rule->verb);
    expect(one.record.text[RECORD_AKASHI_OBJECT].len > 0);
    expect_int(one.record.count, 1);
    expect_int(one.record.ingested_ns, CASE_RECEIVED_NS);
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

/* --- what no rule knows -------------------------------------------------------------------------
 */

static void unknown_json_gives_only_what_it_plainly_says(void)
{
    CLEANUP(case_done)
    Case one = case_line(
        "json\tuser.name=tanaka\tsource.ip=192.0.2.1\takashi.rule=win.4624\takashi.object=x\t"
        "SubjectUserName=root\tuser=root\tevent.action=LOGON\tname=x\tmessage=hello\\nworld\thost="
        "1");
    expect_int(one.record.verb, VERB_OTHER);
    case_has(&one, RECORD_USER_NAME, "tanaka");
    case_has(&one, RECORD_SOURCE_IP, "192.0.2.1");
    case_has(&one, RECORD_AKASHI_RULE, "fallback.json");
    case_has(&one, RECORD_AKASHI_OBJECT, "json");
    case_has(&one, RECORD_MESSAGE, "hello");
    case_has(&one, RECORD_HOST_NAME, "");
    case_has(&one, RECORD_EVENT_DATASET, "json");
}

static void json_without_a_message_is_shown_by_its_first_fields(void)
{
    CLEANUP(case_done) Case one = case_line("json\ta=1\tb=x y\tc=");
    case_has(&one, RECORD_MESSAGE, "a=1, b=x y, c=");
    char line[1000];
    snprintf(line, sizeof line, "json\ta=1\tb=%0500d\tc=2", 0);
    CLEANUP(case_done) Case wide = case_line(line);
    case_has(&wide, RECORD_MESSAGE, "a=1, c=2");
}

static void unknown_windows_events_say_which_they_are(void)
{
    CLEANUP(case_done)
    Case one = case_line(
        "windows\tProvider_Name=Example\tEventID=7\tChannel=Setup\tComputer=PC\tLevel=2\t"
        "TargetUserName=root\tKeywords=0x80000000000000\tMessage=\\n\\n first \\n second");
    expect_int(one.record.verb, VERB_OTHER);
    expect_int(one.record.outcome, OUTCOME_UNKNOWN);
    case_has(&one, RECORD_EVENT_CODE, "7");
    case_has(&one, RECORD_EVENT_PROVIDER, "Example");
    case_has(&one, RECORD_EVENT_DATASET, "windows.other");
    case_has(&one, RECORD_LOG_LEVEL, "error");
    case_has(&one, RECORD_HOST_NAME, "PC");
    case_has(&one, RECORD_OBSERVER_VENDOR, "");
    case_has(&one, RECORD_USER_NAME, "");
    case_has(&one, RECORD_USER_TARGET_NAME, "");
    case_has(&one, RECORD_MESSAGE, "first");
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
            CLEANUP(case_done) Case one = case_event(&event);
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

static int count_record(void *context, const Record *record, const Event *event)
{
    unsigned *records = context;
    (void)record;
    (void)event;
    (*records)++;
    return 0;
}

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
        "json\ta=b",
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
        unsigned records = 0;
        expect(event_line_read(slice_from_cstr(needing_memory[i]), &arena, &event));
        expect_int(translator_feed(translator, &event, 0, &none, count_record, &records), -ENOMEM);
        expect_int(records, 0);
        expect_int(translator_feed(translator, &event, 0, &arena, refuse, NULL), -EPIPE);
    }
    translator_free(translator);
    translator_free(NULL);
}

static const TapTest tests[] = {
    TAP_TEST(every_windows_rule_bears_missing_fields),
    TAP_TEST(every_rule_is_documented),
    TAP_TEST(every_key_in_the_sources_has_words),
    TAP_TEST(unknown_json_gives_only_what_it_plainly_says),
    TAP_TEST(json_without_a_message_is_shown_by_its_first_fields),
    TAP_TEST(unknown_windows_events_say_which_they_are),
    TAP_TEST(long_messages_are_cut_on_a_code_point),
    TAP_TEST(an_event_without_anything_still_gives_a_record),
    TAP_TEST(errors_come_back),
};
TAP_MAIN(tests)
