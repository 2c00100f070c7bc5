/* CHECK: an assert for what cannot happen; kept in release builds. Wrong input is never a CHECK. */
#ifndef AKASHI_BASE_CHECK_H
#define AKASHI_BASE_CHECK_H

#define CHECK(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

/* Prints the condition and where it stands to stderr, then aborts. */
_Noreturn void check_failed(const char *condition, const char *file, int line);

#endif
