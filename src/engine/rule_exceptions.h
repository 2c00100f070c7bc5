/* What rules pass over: where a field has a value, the rule does not find, until a moment. Kept in
 * FOLDER/exceptions.jsonl, one JSON object a line; in force as a Sigma filter each (Sigma
 * specification, "Sigma Filters"). */
#ifndef AKASHI_ENGINE_RULE_EXCEPTIONS_H
#define AKASHI_ENGINE_RULE_EXCEPTIONS_H

#include "detect/rule_set.h"
#include "os/os.h"

#define RULE_EXCEPTIONS_FILE "exceptions.jsonl"
#define RULE_EXCEPTIONS_MAX 1000u /* further lines of the file are left out */
#define RULE_EXCEPTIONS_BYTES_MAX ((size_t)16 << 20)
#define RULE_EXCEPTIONS_SOURCE "akashi/exceptions" /* RuleInfo.file of the filters made of them */

typedef struct RuleException {
    uint64_t id; /* from 1 */
    Slice rule;  /* its id, else its title */
    Slice field, value;
    Slice by, why;
    int64_t until_ns;
} RuleException;

typedef struct RuleExceptions {
    RuleException *items; /* RULE_EXCEPTIONS_MAX places, in the arena */
    size_t count;
} RuleExceptions;

/* Those that have not ended at now_ns; no file: none. A line that cannot be read is left out.
 * -EFBIG and others as os_read_file; -ENOMEM. */
MUST_USE int rule_exceptions_read(const Os *os, const char *folder, int64_t now_ns, Arena *arena,
                                  RuleExceptions *ret);
/* As the file has them. buf_error(to) tells whether all is there. */
void rule_exceptions_write(const RuleExceptions *exceptions, Buf *to);
/* May a field be called so in a rule? Letters, digits and . _ - @, up to 128 bytes. */
bool rule_exception_field_is_good(Slice field);
/* The Sigma filter: the value is compared as it is, its * and ? stand for themselves. */
void rule_exception_filter(const RuleException *exception, Buf *to);
/* Filters for the rules that the set has, before it is finished. -ENOMEM; -E2BIG. */
MUST_USE int rule_exceptions_apply(const RuleExceptions *exceptions, RuleSet *set);

#endif
