/* The names of a Windows event's System fields (event.h), and their values' one form. */
#ifndef AKASHI_DECODE_WINDOWS_NAMES_H
#define AKASHI_DECODE_WINDOWS_NAMES_H

#include "base/arena.h"
#include "record/event.h"

/* In the order in which they come out. */
typedef enum WindowsName {
    WINDOWS_PROVIDER_NAME,
    WINDOWS_PROVIDER_GUID,
    WINDOWS_EVENT_SOURCE_NAME,
    WINDOWS_EVENT_ID,
    WINDOWS_QUALIFIERS,
    WINDOWS_VERSION,
    WINDOWS_LEVEL,
    WINDOWS_TASK,
    WINDOWS_OPCODE,
    WINDOWS_KEYWORDS,
    WINDOWS_TIME_CREATED,
    WINDOWS_RECORD_ID,
    WINDOWS_ACTIVITY_ID,
    WINDOWS_RELATED_ACTIVITY_ID,
    WINDOWS_PROCESS_ID,
    WINDOWS_THREAD_ID,
    WINDOWS_CHANNEL,
    WINDOWS_COMPUTER,
    WINDOWS_USER_ID,
    WINDOWS_MESSAGE, /* rendered text: not of System, but its name is taken the same way */
    WINDOWS_NAME_COUNT,
} WindowsName;

extern const Slice windows_names[WINDOWS_NAME_COUNT];

/* -ENOENT: not one of the names. */
MUST_USE int windows_name_find(Slice name, WindowsName *ret);

/* Brings a System value to its one form: numbers as FIELD_NUMBER, Keywords as lower-case 0x hex
 * also when it came as a decimal number (signed as NXLog writes it) or as the word Audit Success or
 * Audit Failure alone (winmeta.xml: 0x20 and 0x10, with the classic bit of Security). -ENOMEM. */
MUST_USE int windows_value_normalise(WindowsName name, Arena *arena, Field *field);

/* Numbers in System; their text is FIELD_NUMBER. */
bool windows_name_is_number(WindowsName name);

#endif
