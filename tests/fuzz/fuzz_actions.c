/* translate/actions/ under sequences of events that the bytes choose: every event of the folder's,
 * few handles, sessions and paths, times and numbers that jump; and saved state that the bytes make
 * up. Each event must be answered for once. */
#include "translate/actions/actions.h"
#include "translate/translate.h"

#include "base/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define EVENTS_MAX 400

typedef struct Fuzzing {
    Translator *translator;
    Actions *actions;
    Arena arena;
    ActionSink sink;
    uint64_t raw_id, answered, named;
} Fuzzing;

static int on_action(void *context, const Action *action)
{
    Fuzzing *fuzzing = context;
    CHECK(action->run_count > 0 && action->run_count <= ACTIONS_RAW_RUNS_MAX);
    CHECK(action->record->count >= 1 && action->raw_count >= 1);
    CHECK(action->record->text[RECORD_AKASHI_OBJECT].len > 0);
    CHECK(action->record->text[RECORD_AKASHI_RULE].len > 0);
    for (size_t i = 0; i < action->run_count; i++) {
        CHECK(action->runs[i].id + action->runs[i].count <= fuzzing->raw_id + 1);
        fuzzing->named += action->runs[i].count;
    }
    if (action->event) fuzzing->answered++;
    return 0;
}

static int on_evidence(void *context, uint64_t raw_id, const Event *event, const Record *stateless)
{
    Fuzzing *fuzzing = context;
    CHECK(raw_id <= fuzzing->raw_id);
    CHECK(event != NULL && stateless != NULL);
    fuzzing->answered++;
    return 0;
}

static int on_record(void *context, const Record *record, const Event *event)
{
    Fuzzing *fuzzing = context;
    return actions_feed(fuzzing->actions, event, record, fuzzing->raw_id, &fuzzing->sink);
}

static const char *const paths[] = {"D:\\D",
                                    "D:\\D\\a.txt",
                                    "D:\\D\\b.txt",
                                    "D:\\D\\~WRD0001.tmp",
                                    "D:\\D\\~WRL1.tmp",
                                    "D:\\E\\a.txt",
                                    "D:\\D\\a - Copy.txt",
                                    "D:\\D\\tool.exe",
                                    "D:\\D\\desktop.ini",
                                    "D:\\$Recycle.Bin\\S\\$RX.txt",
                                    "",
                                    "\\"};
static const uint32_t masks[] = {0x1,      0x2,      0x4,      0x20,      0x40,
                                 0x80,     0x100,    0x10000,  0x40000,   0x120089,
                                 0x12019f, 0x17019f, 0x1200a9, 0x100081,  0x110080,
                                 0x100002, 0x100004, 0,        0xffffffff};
static const unsigned ids[] = {4656, 4663, 4658, 4660, 4659, 4690, 4670, 5140, 5145,
                               4624, 4625, 4634, 4647, 4672, 4768, 4769, 4776, 4688,
                               4689, 4720, 4722, 4732, 4608, 1102, 4104};

static void feed(Fuzzing *fuzzing, const uint8_t *bytes)
{
    char id[16], handle[16], mask[16], session[16], number[16];
    bool script = ids[bytes[0] % ARRAY_COUNT(ids)] == 4104;
    snprintf(id, sizeof id, "%u", ids[bytes[0] % ARRAY_COUNT(ids)]);
    snprintf(handle, sizeof handle, "0x%x", bytes[1] % 6);
    snprintf(mask, sizeof mask, "0x%x", masks[bytes[2] % ARRAY_COUNT(masks)]);
    snprintf(session, sizeof session, "0x%x", 0x3e4 + bytes[3] % 6);
    snprintf(number, sizeof number, "%u", bytes[1] % 5);
    Slice path = slice_from_cstr(paths[bytes[4] % ARRAY_COUNT(paths)]);
    Slice user = bytes[3] & 64 ? SLICE("tanaka") : SLICE("FS01$");
    const Field fields[] = {
        {SLICE("EventID"), slice_from_cstr(id), FIELD_TEXT},
        {SLICE("Provider_Name"),
         script ? SLICE("Microsoft-Windows-PowerShell")
                : SLICE("Microsoft-Windows-Security-Auditing"),
         FIELD_TEXT},
        {SLICE("Channel"), bytes[5] & 1 ? SLICE("Security") : SLICE("Other"), FIELD_TEXT},
        {SLICE("Computer"), bytes[5] & 2 ? SLICE("FS01") : SLICE("DC01"), FIELD_TEXT},
        {SLICE("Keywords"),
         bytes[5] & 4 ? SLICE("0x8010000000000000") : SLICE("0x8020000000000000"), FIELD_TEXT},
        {SLICE("SubjectLogonId"), slice_from_cstr(session), FIELD_TEXT},
        {SLICE("SubjectUserName"), user, FIELD_TEXT},
        {SLICE("TargetLogonId"), slice_from_cstr(session), FIELD_TEXT},
        {SLICE("TargetLinkedLogonId"), slice_from_cstr(handle), FIELD_TEXT},
        {SLICE("TargetUserName"), user, FIELD_TEXT},
        {SLICE("TargetSid"), slice_from_cstr(session), FIELD_TEXT},
        {SLICE("MemberSid"), slice_from_cstr(session), FIELD_TEXT},
        {SLICE("LogonType"), bytes[5] & 8 ? SLICE("3") : SLICE("10"), FIELD_TEXT},
        {SLICE("IpAddress"), bytes[5] & 16 ? SLICE("192.0.2.7") : SLICE("-"), FIELD_TEXT},
        {SLICE("ObjectType"), bytes[5] & 32 ? SLICE("File") : SLICE("Key"), FIELD_TEXT},
        {SLICE("ObjectName"), path, FIELD_TEXT},
        {SLICE("RelativeTargetName"), path, FIELD_TEXT},
        {SLICE("ShareName"), bytes[5] & 64 ? SLICE("\\\\*\\IPC$") : SLICE("\\\\*\\D"), FIELD_TEXT},
        {SLICE("ShareLocalPath"), SLICE("\\??\\D:"), FIELD_TEXT},
        {SLICE("HandleId"), slice_from_cstr(handle), FIELD_TEXT},
        {SLICE("AccessMask"), slice_from_cstr(mask), FIELD_TEXT},
        {SLICE("ProcessId"), slice_from_cstr(handle), FIELD_TEXT},
        {SLICE("NewProcessId"), slice_from_cstr(handle), FIELD_TEXT},
        {SLICE("NewProcessName"), path, FIELD_TEXT},
        {SLICE("ScriptBlockId"), slice_from_cstr(session), FIELD_TEXT},
        {SLICE("ScriptBlockText"), path, FIELD_TEXT},
        {SLICE("MessageNumber"), slice_from_cstr(number), FIELD_TEXT},
        {SLICE("MessageTotal"), SLICE("4"), FIELD_TEXT},
    };
    static int64_t at_ns;
    if (fuzzing->raw_id == 0) at_ns = (int64_t)1790000000 * NS_PER_SECOND;
    at_ns += ((int64_t)(int8_t)bytes[6] + (bytes[7] & 128 ? 30 : 0)) * 100 * NS_PER_MS;
    const Event event = {.format = EVENT_WINDOWS,
                         .time_ns = bytes[7] == 255 ? TIME_UNKNOWN : at_ns,
                         .record_id = bytes[7] & 64 ? 0 : 1 + fuzzing->raw_id + bytes[7] % 8,
                         .fields = fields,
                         .field_count = ARRAY_COUNT(fields)};
    CHECK(translator_feed(fuzzing->translator, &event, 0, &fuzzing->arena, on_record, fuzzing) ==
          0);
    arena_reset(&fuzzing->arena);
    fuzzing->raw_id++;
}

static void save_and_restore(Fuzzing *fuzzing, const ActionSettings *settings, Slice made_up)
{
    static const uint64_t seed[2] = {8, 9};
    CLEANUP(buf_done) Buf saved = {0};
    CHECK(actions_flush(fuzzing->actions, false, &fuzzing->sink) == 0);
    actions_save(fuzzing->actions, &saved);
    Actions *other = actions_new(settings, seed);
    CHECK(actions_restore(other, buf_slice(&saved)) == 0);
    CHECK(actions_counters(other).handles_open == actions_counters(fuzzing->actions).handles_open);
    actions_free(other);
    other = actions_new(settings, seed);
    int r = actions_restore(other, made_up);
    CHECK(r == 0 || r == -EBADMSG);
    actions_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static ActionSettings *settings;
    static const uint64_t seed[2] = {1, 2};
    if (!settings) CHECK(action_settings_make((Slice){0}, &settings, NULL) == 0);
    Fuzzing fuzzing = {.translator = translator_new(), .actions = actions_new(settings, seed)};
    fuzzing.sink = (ActionSink){.record = on_action, .evidence = on_evidence, .context = &fuzzing};
    for (size_t i = 0; i + 8 <= size && i / 8 < EVENTS_MAX; i += 8) {
        feed(&fuzzing, bytes + i);
        if (bytes[i] == 254) save_and_restore(&fuzzing, settings, slice_of(bytes, size));
    }
    CHECK(actions_flush(fuzzing.actions, true, &fuzzing.sink) == 0);
    CHECK(fuzzing.answered == fuzzing.raw_id);
    CHECK(actions_counters(fuzzing.actions).handles_open == 0);
    actions_free(fuzzing.actions);
    translator_free(fuzzing.translator);
    arena_done(&fuzzing.arena);
    return 0;
}
