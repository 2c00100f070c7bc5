/* Words that are values, or say that one follows, although they look like any other word. */
#ifndef AKASHI_DECODE_MESSAGE_VALUES_H
#define AKASHI_DECODE_MESSAGE_VALUES_H

#include "base/slice.h"

/* true, false, null. */
bool word_is_value(Slice word);
/* user, ユーザー...: a name follows. */
bool word_names_next(Slice word);
/* KB, ms...: behind a number it is of the value, for it changes with it. */
bool word_is_unit(Slice word);
/* The short name of a day or month. */
bool word_is_calendar(Slice word);
/* At least 8 letters, all of them hexadecimal digits. */
bool word_is_hex(Slice word);

/* `name(arguments) = result`, or as much of it as the line has: of a trace of calls. How long the
 * name is, or 0. */
size_t message_call_name_bytes(Slice message);

#endif
