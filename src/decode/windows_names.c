/* See windows_names.h. */
#include "decode/windows_names.h"

#include "base/json_text.h"
#include "base/number.h"

#include <errno.h>

const Slice windows_names[WINDOWS_NAME_COUNT] = {
    [WINDOWS_PROVIDER_NAME] = SLICE_INIT("Provider_Name"),
    [WINDOWS_PROVIDER_GUID] = SLICE_INIT("Provider_Guid"),
    [WINDOWS_EVENT_SOURCE_NAME] = SLICE_INIT("EventSourceName"),
    [WINDOWS_EVENT_ID] = SLICE_INIT("EventID"),
    [WINDOWS_QUALIFIERS] = SLICE_INIT("Qualifiers"),
    [WINDOWS_VERSION] = SLICE_INIT("Version"),
    [WINDOWS_LEVEL] = SLICE_INIT("Level"),
    [WINDOWS_TASK] = SLICE_INIT("Task"),
    [WINDOWS_OPCODE] = SLICE_INIT("Opcode"),
    [WINDOWS_KEYWORDS] = SLICE_INIT("Keywords"),
    [WINDOWS_TIME_CREATED] = SLICE_INIT("TimeCreated"),
    [WINDOWS_RECORD_ID] = SLICE_INIT("EventRecordID"),
    [WINDOWS_ACTIVITY_ID] = SLICE_INIT("ActivityID"),
    [WINDOWS_RELATED_ACTIVITY_ID] = SLICE_INIT("RelatedActivityID"),
    [WINDOWS_PROCESS_ID] = SLICE_INIT("Execution_ProcessID"),
    [WINDOWS_THREAD_ID] = SLICE_INIT("Execution_ThreadID"),
    [WINDOWS_CHANNEL] = SLICE_INIT("Channel"),
    [WINDOWS_COMPUTER] = SLICE_INIT("Computer"),
    [WINDOWS_USER_ID] = SLICE_INIT("Security_UserID"),
    [WINDOWS_MESSAGE] = SLICE_INIT("Message"),
};

int windows_name_find(Slice name, WindowsName *ret)
{
    for (size_t i = 0; i < WINDOWS_NAME_COUNT; i++) {
        if (!slice_eq(windows_names[i], name)) continue;
        *ret = (WindowsName)i;
        return 0;
    }
    return -ENOENT;
}

bool windows_name_is_number(WindowsName name)
{
    const unsigned numbers = 1u << WINDOWS_EVENT_ID | 1u << WINDOWS_QUALIFIERS |
                             1u << WINDOWS_VERSION | 1u << WINDOWS_LEVEL | 1u << WINDOWS_TASK |
                             1u << WINDOWS_OPCODE | 1u << WINDOWS_RECORD_ID |
                             1u << WINDOWS_PROCESS_ID | 1u << WINDOWS_THREAD_ID;
    return numbers >> name & 1;
}

static int read_keywords(Slice text, uint64_t *ret)
{
    int64_t negative;
    if (slice_eq(text, SLICE("Audit Success"))) {
        *ret = 0x8020000000000000;
        return 0;
    }
    if (slice_eq(text, SLICE("Audit Failure"))) {
        *ret = 0x8010000000000000;
        return 0;
    }
    if (number_parse_i64(text, &negative) == 0) {
        *ret = (uint64_t)negative;
        return 0;
    }
    return number_parse_any(text, ret);
}

static int normalise_keywords(Arena *arena, Field *field)
{
    uint64_t keywords;
    if (read_keywords(field->value, &keywords) < 0) return 0;
    char *text = arena_alloc(arena, NUMBER_TEXT_MAX);
    if (!text) return -ENOMEM;
    field->value = slice_of(text, number_print_hex(text, keywords));
    field->kind = FIELD_TEXT;
    return 0;
}

int windows_value_normalise(WindowsName name, Arena *arena, Field *field)
{
    if (name == WINDOWS_KEYWORDS) return normalise_keywords(arena, field);
    if (windows_name_is_number(name) && field->kind == FIELD_TEXT && json_is_number(field->value)) {
        field->kind = FIELD_NUMBER;
    }
    return 0;
}
