/* decode/windows_json*: every shape comes out under the names of event.h. */
#include "decoding.h"

#include "decode/windows_names.h"

#include <ftw.h>

static void check(const char *input, const char *want_behind_raw)
{
    CLEANUP(decoding_done) Decoding got = {.bodies = true};
    CLEANUP(buf_done) Buf want = {0};
    expect_ok(decoding_run(&json_decoder, slice_from_cstr(input), SIZE_MAX, 1, SIZE_MAX, &got));
    size_t bar = slice_find(slice_from_cstr(want_behind_raw), SLICE(" |"));
    buf_add_format(&want, "%.*s @0+%zu%s\n", (int)bar, want_behind_raw, strlen(input),
                   want_behind_raw + bar);
    if (!expect_slice(buf_slice(&got.text), buf_slice(&want))) tap_note("input: %s", input);
    decoding_expect_same_when_cut(&json_decoder, slice_from_cstr(input));
}

static void nxlog_is_renamed(void)
{
    check(
        "{\"EventTime\":\"2026-11-20 17:40:37\",\"Hostname\":\"pc1.example.com\","
        "\"Keywords\":-9214364837600034816,\"EventType\":\"AUDIT_SUCCESS\",\"EventID\":4688,"
        "\"SourceName\":\"Microsoft-Windows-Security-Auditing\","
        "\"ProviderGuid\":\"{54849625-5478-4994-A5BA-3E3B0328C30D}\",\"Version\":2,\"Task\":13312,"
        "\"OpcodeValue\":0,\"RecordNumber\":77,\"ExecutionProcessID\":4,\"ThreadID\":12,"
        "\"Channel\":\"Security\",\"Opcode\":\"Info\",\"ProcessId\":\"0x1a\",\"UserID\":\"S-1-5-"
        "18\","
        "\"Message\":\"m\",\"@timestamp\":\"2026-11-20T08:40:38.5Z\"}",
        "windows ok 2026-11-20T08:40:38.500Z #77"
        " | EventTime=2026-11-20 17:40:37 | Computer=pc1.example.com"
        " | Keywords=0x8020000000000000 | EventType=AUDIT_SUCCESS | EventID:4688"
        " | Provider_Name=Microsoft-Windows-Security-Auditing"
        " | Provider_Guid={54849625-5478-4994-A5BA-3E3B0328C30D} | Version:2 | Task:13312"
        " | Opcode:0 | EventRecordID:77 | Execution_ProcessID:4 | Execution_ThreadID:12"
        " | Channel=Security | RenderingInfo.Opcode=Info | ProcessId=0x1a"
        " | Security_UserID=S-1-5-18 | Message=m | @timestamp=2026-11-20T08:40:38.5Z");
}

static void names_of_event_data_stay(void)
{
    /* A quoted ProcessID is EventData's (event 5156), a bare one is the header's. */
    check("{\"EventID\":5156,\"Channel\":\"Security\",\"ProcessID\":\"1072\",\"UserID\":\"u1\"}",
          "windows ok - | EventID:5156 | Channel=Security | ProcessID=1072 | UserID=u1");
    check("{\"EventID\":10,\"Channel\":\"c\",\"ProcessID\":3128,\"ThreadID\":5588}",
          "windows ok - | EventID:10 | Channel=c | Execution_ProcessID:3128 | "
          "Execution_ThreadID:5588");
    /* SourceName is the provider, ProviderName beside it is EventData's (event 5058). */
    check("{\"ProviderName\":\"Software Key Storage\",\"EventID\":5058,\"SourceName\":\"p\"}",
          "windows ok - | ProviderName=Software Key Storage | EventID:5058 | Provider_Name=p");
    check("{\"EventID\":1,\"Channel\":\"c\",\"EventData\":{\"Channel\":\"d\",\"Image\":\"i\"}}",
          "windows ok - | EventID:1 | Channel=c | EventData.Channel=d | Image=i");
}

static void flat_times_have_an_order(void)
{
    check("{\"EventID\":1,\"Channel\":\"c\",\"TimeCreated\":\"2026-11-20T08:40:37.123Z\","
          "\"EventTime\":\"2020-01-01 00:00:00\"}",
          "windows ok 2026-11-20T08:40:37.123Z | EventID:1 | Channel=c"
          " | TimeCreated=2026-11-20T08:40:37.123Z | EventTime=2020-01-01 00:00:00");
    check("{\"EventID\":1,\"Channel\":\"c\",\"EventTime\":\"2026-11-20 08:40:37\"}",
          "windows ok 2026-11-20T08:40:37Z | EventID:1 | Channel=c"
          " | EventTime=2026-11-20 08:40:37");
}

static void fluent_bit_is_renamed(void)
{
    check("{\"ProviderName\":\"p\",\"ProviderGuid\":\"g\",\"Qualifiers\":16384,\"EventID\":7036,"
          "\"Version\":0,\"Level\":4,\"Task\":0,\"Opcode\":0,\"Keywords\":\"0x8080000000000000\","
          "\"TimeCreated\":\"2026-11-20 17:40:37 +0900\",\"EventRecordID\":5,\"ActivityID\":\"\","
          "\"ProcessID\":8,\"ThreadID\":9,\"Channel\":\"System\",\"Computer\":\"pc1\",\"UserID\":"
          "\"\","
          "\"StringInserts\":[\"a\",\"b\"]}",
          "windows ok 2026-11-20T08:40:37Z #5 | Provider_Name=p | Provider_Guid=g | "
          "Qualifiers:16384 | EventID:7036"
          " | Version:0 | Level:4 | Task:0 | Opcode:0 | Keywords=0x8080000000000000"
          " | TimeCreated=2026-11-20 17:40:37 +0900 | EventRecordID:5 | ActivityID="
          " | Execution_ProcessID:8 | Execution_ThreadID:9 | Channel=System | Computer=pc1"
          " | UserID= | StringInserts=a | StringInserts=b");
}

static void winlogbeat_is_renamed(void)
{
    check("{\"@timestamp\":\"2026-11-20T08:40:37.123Z\",\"event\":{\"code\":\"4624\",\"kind\":"
          "\"event\"},"
          "\"winlog\":{\"channel\":\"Security\",\"event_id\":\"4624\",\"provider_name\":\"p\","
          "\"provider_guid\":\"{g}\",\"record_id\":42,\"computer_name\":\"pc1\",\"version\":2,"
          "\"opcode\":\"Info\",\"task\":\"Logon\",\"keywords\":[\"Audit Success\"],"
          "\"process\":{\"pid\":640,\"thread\":{\"id\":641}},\"activity_id\":\"{a}\","
          "\"event_data\":{\"TargetUserName\":\"u1\",\"LogonType\":\"3\",\"Channel\":\"x\"},"
          "\"user_data\":{\"BackupPath\":\"b\"},\"api\":\"wineventlog\"},"
          "\"message\":\"m\",\"host\":{\"name\":\"h\"},\"log\":{\"level\":\"information\"}}",
          "windows ok 2026-11-20T08:40:37.123Z #42 | @timestamp=2026-11-20T08:40:37.123Z"
          " | event.code=4624 | event.kind=event | Channel=Security | EventID:4624"
          " | Provider_Name=p | Provider_Guid={g} | EventRecordID:42 | Computer=pc1 | Version:2"
          " | winlog.opcode=Info | winlog.task=Logon | Keywords=0x8020000000000000"
          " | Execution_ProcessID:640 | Execution_ThreadID:641 | ActivityID={a}"
          " | TargetUserName=u1 | LogonType=3 | EventData.Channel=x | BackupPath=b"
          " | winlog.api=wineventlog | Message=m | host.name=h | log.level=information");
    check("{\"winlog.event_id\":1,\"winlog.channel\":\"c\",\"winlog.event_data.Image\":\"i\","
          "\"winlog.keywords\":[\"Audit Failure\",\"Other\"]}",
          "windows ok - | EventID:1 | Channel=c | Image=i | Keywords=Audit Failure | "
          "Keywords=Other");
}

static void winlogbeat_6_is_renamed(void)
{
    check(
        "{\"@timestamp\":\"2026-11-20T08:40:37Z\",\"event_id\":4625,\"log_name\":\"Security\","
        "\"source_name\":\"p\",\"computer_name\":\"pc1\",\"record_number\":\"9\",\"process_id\":4,"
        "\"thread_id\":5,\"event_data\":{\"Status\":\"0xc000006d\"},\"level\":\"Information\"}",
        "windows ok 2026-11-20T08:40:37Z #9 | @timestamp=2026-11-20T08:40:37Z | EventID:4625"
        " | Channel=Security | Provider_Name=p | Computer=pc1 | EventRecordID:9"
        " | Execution_ProcessID:4 | Execution_ThreadID:5 | Status=0xc000006d"
        " | level=Information");
}

#define SYSTEM_WANT                                                                                \
    " | Provider_Name=p | Provider_Guid=g | EventID:4624 | Qualifiers:0 | Version:2 | Level:0"     \
    " | Task:12544 | Opcode:0 | Keywords=0x8020000000000000"                                       \
    " | TimeCreated=2026-11-20T08:40:37.123456Z | EventRecordID:42 | ActivityID=a"                 \
    " | Execution_ProcessID:640 | Execution_ThreadID:641 | Channel=Security | Computer=pc1"        \
    " | Security_UserID=S-1-5-18"

static void evtx_dump_is_renamed(void)
{
    check(
        "{\"Event\":{\"#attributes\":{\"xmlns\":\"x\"},\"System\":{"
        "\"Provider\":{\"#attributes\":{\"Name\":\"p\",\"Guid\":\"g\"}},"
        "\"EventID\":{\"#attributes\":{\"Qualifiers\":0},\"#text\":4624},\"Version\":2,\"Level\":0,"
        "\"Task\":12544,\"Opcode\":0,\"Keywords\":\"0x8020000000000000\","
        "\"TimeCreated\":{\"#attributes\":{\"SystemTime\":\"2026-11-20T08:40:37.123456Z\"}},"
        "\"EventRecordID\":42,\"Correlation\":{\"#attributes\":{\"ActivityID\":\"a\"}},"
        "\"Execution\":{\"#attributes\":{\"ProcessID\":640,\"ThreadID\":641}},"
        "\"Channel\":\"Security\",\"Computer\":\"pc1\","
        "\"Security\":{\"#attributes\":{\"UserID\":\"S-1-5-18\"}}},"
        "\"EventData\":{\"TargetUserName\":\"u1\",\"LogonType\":3,\"Channel\":\"x\"}}}",
        "windows ok 2026-11-20T08:40:37.123456Z #42" SYSTEM_WANT
        " | TargetUserName=u1 | LogonType:3 | EventData.Channel=x");
}

static void separate_attributes_are_renamed(void)
{
    check("{\"Event_attributes\":{\"xmlns\":\"x\"},\"Event\":{\"System\":{"
          "\"Provider_attributes\":{\"Name\":\"p\"},\"EventID\":7,\"Channel\":\"c\","
          "\"Execution_attributes\":{\"ProcessID\":1,\"ThreadID\":2,\"ProcessorID\":3}}},"
          "\"file\":\"f\"}",
          "windows ok - | Provider_Name=p | EventID:7 | Execution_ProcessID:1 | "
          "Execution_ThreadID:2 | Channel=c | System.Execution.ProcessorID:3 | file=f");
}

static void converted_xml_is_renamed(void)
{
    check(
        "{\"Event\":{\"@xmlns\":\"x\",\"System\":{"
        "\"Provider\":{\"@Name\":\"p\",\"@Guid\":\"g\"},"
        "\"EventID\":{\"@Qualifiers\":\"0\",\"#text\":\"4624\"},\"Version\":\"2\",\"Level\":\"0\","
        "\"Task\":\"12544\",\"Opcode\":\"0\",\"Keywords\":\"0x8020000000000000\","
        "\"TimeCreated\":{\"@SystemTime\":\"2026-11-20T08:40:37.123456Z\"},"
        "\"EventRecordID\":\"42\",\"Correlation\":{\"@ActivityID\":\"a\"},"
        "\"Execution\":{\"@ProcessID\":\"640\",\"@ThreadID\":\"641\"},"
        "\"Channel\":\"Security\",\"Computer\":\"pc1\",\"Security\":{\"@UserID\":\"S-1-5-18\"}},"
        "\"EventData\":{\"Data\":[{\"@Name\":\"TargetUserName\",\"#text\":\"u1\"},"
        "{\"@Name\":\"LogonType\",\"#text\":\"3\"},{\"@Name\":\"Empty\"},\"plain\",null]}}}",
        "windows ok 2026-11-20T08:40:37.123456Z #42" SYSTEM_WANT
        " | TargetUserName=u1 | LogonType=3 | Empty= | Data=plain | Data~");
}

#define HEAD "{\"Event\":{\"System\":{\"EventID\":1,\"Channel\":\"c\"}"
#define HEAD_WANT "windows ok - | EventID:1 | Channel=c"

static void event_data_comes_in_many_forms(void)
{
    check(HEAD ",\"EventData\":{\"Data\":\"x\"}}}", HEAD_WANT " | Data=x");
    check(HEAD ",\"EventData\":{\"Data\":[\"x\",\"y\"],\"Binary\":\"00ff\"}}}",
          HEAD_WANT " | Data=x | Data=y | Binary=00ff");
    check(HEAD ",\"EventData\":{\"Data\":{\"#text\":[\"x\",\"y\"]}}}}",
          HEAD_WANT " | Data=x | Data=y");
    check(HEAD ",\"EventData\":{\"Data\":{\"@Name\":\"N\",\"#text\":\"x\"}}}}", HEAD_WANT " | N=x");
    check(HEAD ",\"EventData\":{\"Data\":[{\"#attributes\":{\"Name\":\"N\"},\"#text\":1}]}}}",
          HEAD_WANT " | N:1");
    check(HEAD ",\"EventData\":null}}", HEAD_WANT);
    check(HEAD ",\"EventData\":{\"Value\":\"v\",\"EventID\":2,\"Task\":3}}}",
          HEAD_WANT " | Value=v | EventData.EventID:2 | Task:3");
    check(
        HEAD
        ",\"UserData\":{\"LogFileCleared\":{\"#attributes\":{\"xmlns\":\"x\"},"
        "\"SubjectUserName\":\"u1\",\"Channel\":\"d\",\"Deep\":{\"@xmlns:y\":\"z\",\"Leaf\":1}}}}}",
        HEAD_WANT " | SubjectUserName=u1 | UserData.Channel=d | Leaf:1");
    check(HEAD ",\"RenderingInfo\":{\"#attributes\":{\"Culture\":\"ja-JP\"},\"Message\":\"m\","
               "\"Level\":\"Info\"}}}",
          HEAD_WANT " | RenderingInfo.#attributes.Culture=ja-JP | Message=m | "
                    "RenderingInfo.Level=Info");
    check("{\"System\":{\"Provider\":{\"Name\":\"p\"},\"EventID\":{\"Value\":1},"
          "\"TimeCreated\":{\"SystemTime\":1795164037.5}},\"EventData\":{\"a\":1}}",
          "windows ok 2026-11-20T08:40:37.500Z | Provider_Name=p | EventID:1"
          " | TimeCreated:1795164037.5 | a:1");
}

static void other_objects_are_not_windows_events(void)
{
    static const char *const inputs[] = {
        "{\"EventID\":1}",
        "{\"EventID\":\"login\",\"Channel\":\"c\"}",
        "{\"Channel\":\"c\"}",
        "{\"Event\":{\"System\":{\"EventID\":1}}}",
        "{\"Event\":{\"System\":{\"Channel\":\"c\"}}}",
        "{\"Event\":\"x\",\"System\":3}",
        "{\"winlog\":{\"channel\":\"c\"}}",
    };
    for (size_t i = 0; i < ARRAY_COUNT(inputs); i++) {
        CLEANUP(decoding_done) Decoding got = {0};
        expect_ok(
            decoding_run(&json_decoder, slice_from_cstr(inputs[i]), SIZE_MAX, 1, SIZE_MAX, &got));
        if (!expect_int(got.by_format[EVENT_JSON], 1)) tap_note("%s", inputs[i]);
    }
}

static void keywords_have_one_form(void)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"-9223372036854775808", "0x8000000000000000"},
        {"36028797018963968", "0x80000000000000"},
        {"9259400833873739776", "0x8080000000000000"},
        {"0", "0x0"},
        {"0X80AB", "0x80ab"},
        {"0x0080000000000000", "0x80000000000000"},
        {"Audit Failure", "0x8010000000000000"},
        {"Classic", "Classic"},
    };
    Arena arena = arena_make(0);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        Field field = {.value = slice_from_cstr(cases[i].from)};
        expect_ok(windows_value_normalise(WINDOWS_KEYWORDS, &arena, &field));
        expect_text(field.value, cases[i].to);
    }
    arena_done(&arena);
}

/* The names of all fields and the record ids, which EVTX and JSON of the same events must share. */
typedef struct Names {
    Buf text;
    bool all_windows;
} Names;

static int add_names(void *context, const Event *event)
{
    Names *to = context;
    to->all_windows = to->all_windows && event->format == EVENT_WINDOWS;
    buf_add_format(&to->text, "%llu:", (unsigned long long)event->record_id);
    for (size_t i = 0; i < event->field_count; i++) {
        buf_add_char(&to->text, ' ');
        buf_add_slice(&to->text, event->fields[i].name);
    }
    buf_add_char(&to->text, '\n');
    return 0;
}

static int count_damage(void *context, const Damage *damage)
{
    (void)damage;
    ((Names *)context)->all_windows = false;
    return 0;
}

static Names read_names(const Decoder *decoder, const char *path)
{
    Names names = {.all_windows = true};
    const DecodeSink sink = {add_names, count_damage, &names};
    Slice bytes = decoding_read_file(path);
    const DecodeWindow window = {bytes, 0, true, true};
    Arena arena = arena_make(0);
    void *state = decoder->new (&decoding_options);
    expect_int(decoder->feed(state, &window, &arena, &sink), bytes.len);
    decoder->free(state);
    arena_done(&arena);
    free((char *)bytes.ptr);
    return names;
}

static unsigned corpus_files;

static int check_corpus_file(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    char evtx_path[4096];
    Slice name = slice_from_cstr(path);
    (void)info;
    (void)place;
    if (kind != FTW_F || !slice_ends(name, SLICE(".json"))) return 0;
    snprintf(evtx_path, sizeof evtx_path, "%.*s.evtx", (int)name.len - 5, path);
    Names json = read_names(&json_decoder, path), evtx = read_names(&evtx_decoder, evtx_path);
    bool same = expect_slice(buf_slice(&json.text), buf_slice(&evtx.text));
    if (!same || !expect(json.all_windows && json.text.len > 0)) tap_note("%s", path);
    buf_done(&json.text);
    buf_done(&evtx.text);
    corpus_files++;
    return 0;
}

static void json_and_evtx_have_the_same_names(void)
{
    const char *corpus = tap_corpus();
    char path[4096];
    if (!corpus) {
        tap_skip("no corpus");
        return;
    }
    snprintf(path, sizeof path, "%s/sigma/regression_data", corpus);
    nftw(path, check_corpus_file, 16, FTW_PHYS);
    expect(corpus_files > 100);
}

static const TapTest tests[] = {
    TAP_TEST(nxlog_is_renamed),
    TAP_TEST(names_of_event_data_stay),
    TAP_TEST(flat_times_have_an_order),
    TAP_TEST(fluent_bit_is_renamed),
    TAP_TEST(winlogbeat_is_renamed),
    TAP_TEST(winlogbeat_6_is_renamed),
    TAP_TEST(evtx_dump_is_renamed),
    TAP_TEST(separate_attributes_are_renamed),
    TAP_TEST(converted_xml_is_renamed),
    TAP_TEST(event_data_comes_in_many_forms),
    TAP_TEST(other_objects_are_not_windows_events),
    TAP_TEST(keywords_have_one_form),
    TAP_TEST(json_and_evtx_have_the_same_names),
};

TAP_MAIN(tests)
