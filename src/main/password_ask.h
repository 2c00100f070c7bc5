/* Passwords from a person at a terminal, or from a descriptor that a script gives: never from the
 * command line, which everybody on the machine can read. */
#ifndef AKASHI_MAIN_PASSWORD_ASK_H
#define AKASHI_MAIN_PASSWORD_ASK_H

#include "main/options.h"

#define PASSWORD_ASK_BYTES_MAX 1024

/* Of the descriptor that --password-fd names the first line; else asks twice on the terminal,
 * without echo. The caller wipes `to`. Negative after saying why. */
MUST_USE int password_ask(const Invocation *invocation, const char *name,
                          char to[PASSWORD_ASK_BYTES_MAX]);

#endif
