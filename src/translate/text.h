/* Inside translate/: taking apart the texts of syslog messages. The texts hold what strangers typed
 * (user names, commands), so each rule parses from the side where the program itself wrote. */
#ifndef AKASHI_TRANSLATE_TEXT_H
#define AKASHI_TRANSLATE_TEXT_H

#include "base/slice.h"

/* Takes the prefix off the front. False: it does not stand there, nothing was taken. */
bool text_take(Slice *text, Slice prefix);
/* Takes the suffix off the end. */
bool text_take_end(Slice *text, Slice suffix);
/* Cuts at the first or last occurrence. False: there is none, nothing is written. */
bool text_split(Slice text, Slice at, Slice *ret_before, Slice *ret_after);
bool text_split_last(Slice text, Slice at, Slice *ret_before, Slice *ret_after);
/* Takes 'VALUE' off the front; older programs wrote `VALUE'. */
bool text_take_quoted(Slice *text, Slice *ret_value);
/* Takes `(uid=N)` off the end; *ret_uid is empty when there is none. */
void text_take_uid(Slice *name, Slice *ret_uid);
/* Only digits, at least one. */
bool text_is_number(Slice text);

#endif
