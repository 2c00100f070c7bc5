/* See action_case.h. */
#include "tests/support/action_case.h"

#include "base/check.h"

#include <stdio.h>

#define START_NS ((int64_t)1790000000 * NS_PER_SECOND)
#define FIELDS_MAX 40

ActionCase action_case_new(const char *settings)
{
    static const uint64_t seed[2] = {3, 5};
    ActionCase one = {.translator = translator_new()};
    CHECK(action_settings_make(slice_from_cstr(settings ? settings : ""), &one.settings, NULL) ==
          0);
    one.actions = actions_new(one.settings, seed);
    CHECK(one.translator && one.actions);
    return one;
}

void action_case_done(ActionCase *one)
{
    actions_free(one->actions);
    action_settings_free(one->settings);
    translator_free(one->translator);
    arena_done(&one->arena);
}

static int on_action(void *context, const Action *action)
{
    ActionCase *one = context;
    const Record *record = action->record;
    Slice target = record->text[RECORD_AKASHI_TARGET_PATH];
    Slice detail = record->text[RECORD_AKASHI_DETAIL];
    CHECK(action->run_count > 0 && action->raw_count == record->count);
    CHECK(record->text[RECORD_AKASHI_OBJECT].len > 0);
    Slice command = record->text[RECORD_PROCESS_COMMAND_LINE];
    if (command.len > 0) CHECK(arena_copy(&one->arena, command, &one->command_line) == 0);
    Slice message = record->text[RECORD_MESSAGE];
    if (message.len > 0) CHECK(arena_copy(&one->arena, message, &one->message) == 0);
    size_t at = one->record_count++;
    if (at >= CASE_RECORDS_MAX) return 0;
    return arena_format(&one->arena, &one->records[at], "%.*s %.*s%s%.*s %.*s %s x%u%s%.*s%s%s",
                        SLICE_FMT(verbs[record->verb].token),
                        SLICE_FMT(record->text[RECORD_AKASHI_OBJECT]), target.len ? " -> " : "",
                        SLICE_FMT(target), SLICE_FMT(record->text[RECORD_AKASHI_RULE]),
                        certainty_token(record->certainty), record->count, detail.len ? " {" : "",
                        SLICE_FMT(detail), detail.len ? "}" : "",
                        record->outcome == OUTCOME_FAILURE ? " failure" : "");
}

static int on_evidence(void *context, uint64_t raw_id, const Event *event, const Record *stateless)
{
    ActionCase *one = context;
    (void)raw_id;
    (void)event;
    (void)stateless;
    one->evidence++;
    return 0;
}

static ActionSink sink_of(ActionCase *one)
{
    return (ActionSink){.record = on_action, .evidence = on_evidence, .context = one};
}

static int on_record(void *context, const Record *record, const Event *event)
{
    ActionCase *one = context;
    const ActionSink sink = sink_of(one);
    return actions_feed(one->actions, event, record, one->raw_id++, &sink);
}

static bool has_field(const Field *fields, size_t count, Slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(fields[i].name, name)) return true;
    }
    return false;
}

static size_t add_usual(Field *fields, size_t count)
{
    static const Field usual[] = {
        {SLICE_INIT("Provider_Name"), SLICE_INIT("Microsoft-Windows-Security-Auditing"),
         FIELD_TEXT},
        {SLICE_INIT("Channel"), SLICE_INIT("Security"), FIELD_TEXT},
        {SLICE_INIT("Computer"), SLICE_INIT("FS01.example.com"), FIELD_TEXT},
        {SLICE_INIT("Keywords"), SLICE_INIT("0x8020000000000000"), FIELD_TEXT},
        {SLICE_INIT("SubjectUserSid"), SLICE_INIT("S-1-5-21-1-2-3-1120"), FIELD_TEXT},
        {SLICE_INIT("SubjectUserName"), SLICE_INIT("tanaka"), FIELD_TEXT},
        {SLICE_INIT("SubjectDomainName"), SLICE_INIT("EXAMPLE"), FIELD_TEXT},
        {SLICE_INIT("SubjectLogonId"), SLICE_INIT("0x111"), FIELD_TEXT},
        {SLICE_INIT("ProcessId"), SLICE_INIT("0x4"), FIELD_TEXT},
        {SLICE_INIT("ObjectType"), SLICE_INIT("File"), FIELD_TEXT},
    };
    for (size_t i = 0; i < ARRAY_COUNT(usual); i++) {
        if (!has_field(fields, count, usual[i].name)) fields[count++] = usual[i];
    }
    return count;
}

void action_case_event(ActionCase *one, const Event *event)
{
    CHECK(translator_feed(one->translator, event, 0, &one->arena, on_record, one) == 0);
}

void action_case_restart(ActionCase *one)
{
    static const uint64_t seed[2] = {7, 9};
    CLEANUP(buf_done) Buf saved = {0};
    const ActionSink sink = sink_of(one);
    CHECK(actions_flush(one->actions, false, &sink) == 0);
    actions_save(one->actions, &saved);
    actions_free(one->actions);
    one->actions = actions_new(one->settings, seed);
    CHECK(actions_restore(one->actions, buf_slice(&saved)) == 0);
}

void action_case_feed(ActionCase *one, int64_t ms, unsigned event_id, const char *text)
{
    Field fields[FIELDS_MAX + 12];
    char id[16];
    size_t count = 0;
    Slice rest = slice_from_cstr(text), piece;
    int len = snprintf(id, sizeof id, "%u", event_id);
    fields[count++] = (Field){SLICE("EventID"), slice_of(id, (size_t)len), FIELD_TEXT};
    while (slice_cut(&rest, ';', &piece)) {
        size_t at = slice_find_char(piece, '=');
        CHECK(at != SLICE_NOT_FOUND && count < FIELDS_MAX);
        fields[count++] = (Field){slice_first(piece, at), slice_skip(piece, at + 1), FIELD_TEXT};
    }
    const Event event = {.format = EVENT_WINDOWS,
                         .time_ns = START_NS + ms * NS_PER_MS,
                         .record_id = one->record_id,
                         .fields = fields,
                         .field_count = add_usual(fields, count)};
    if (one->record_id) one->record_id++;
    action_case_event(one, &event);
}

void action_case_file(ActionCase *one, int64_t ms, const char *path, uint32_t requested,
                      uint32_t used)
{
    char text[1024];
    unsigned handle = 0x100 + (unsigned)one->raw_id;
    snprintf(text, sizeof text, "HandleId=0x%x;AccessMask=0x%x;ObjectName=%s", handle, requested,
             path);
    action_case_feed(one, ms, 4656, text);
    for (uint32_t bit = 1; bit && bit <= used; bit <<= 1) {
        if (!(used & bit)) continue;
        snprintf(text, sizeof text, "HandleId=0x%x;AccessMask=0x%x;ObjectName=%s", handle, bit,
                 path);
        action_case_feed(one, ms, 4663, text);
    }
    snprintf(text, sizeof text, "HandleId=0x%x", handle);
    action_case_feed(one, ms, 4658, text);
}

void action_case_end(ActionCase *one)
{
    const ActionSink sink = sink_of(one);
    CHECK(actions_flush(one->actions, true, &sink) == 0);
}

Slice action_case_record(const ActionCase *one, size_t index)
{
    return index < one->record_count && index < CASE_RECORDS_MAX ? one->records[index] : (Slice){0};
}

static bool is_of(Slice record, const char *verb)
{
    Slice first;
    return slice_cut(&record, ' ', &first) && slice_eq(first, slice_from_cstr(verb));
}

Slice action_case_verb(const ActionCase *one, const char *verb)
{
    for (size_t i = 0; i < one->record_count && i < CASE_RECORDS_MAX; i++) {
        if (is_of(one->records[i], verb)) return one->records[i];
    }
    return (Slice){0};
}

size_t action_case_count(const ActionCase *one, const char *verb)
{
    size_t count = 0;
    for (size_t i = 0; i < one->record_count && i < CASE_RECORDS_MAX; i++) {
        count += is_of(one->records[i], verb);
    }
    return count;
}
