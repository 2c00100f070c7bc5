/* Events out of lines, for tests of translation: the kind of event, then `name=value` with tabs
 * between, in the names of record/event.h:
 *
 *     windows<TAB>EventID=4624<TAB>Provider_Name=...
 *
 * Kinds: windows, syslog, json, text, damaged. In values \n, \t and \\ stand for newline, tab and
 * backslash, \xHH for a byte. A Windows event without Provider_Name is given the one of Windows'
 * security auditing; an empty one means that there is none. */
#ifndef AKASHI_TESTS_EVENT_LINE_H
#define AKASHI_TESTS_EVENT_LINE_H

#include "base/arena.h"
#include "record/event.h"

/* False: the line is not in this form. Slices live as long as the arena and the line. */
bool event_line_read(Slice line, Arena *arena, Event *ret);

#endif
