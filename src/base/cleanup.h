/* Scope cleanup by attribute, and the few annotations that every folder uses. */
#ifndef AKASHI_BASE_CLEANUP_H
#define AKASHI_BASE_CLEANUP_H

/* Calls fn(&variable) when the variable leaves its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* The caller must look at the returned int: 0 or more is fine, a negative errno failed. */
#define MUST_USE __attribute__((warn_unused_result))

#define PRINTF_LIKE(format_index, first_arg)                                                       \
    __attribute__((format(printf, format_index, first_arg)))

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
