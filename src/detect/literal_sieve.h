/* Literals looked for in steps: one sample of four bytes in every `stride` bytes of the text.
 *
 * Of each literal a piece of stride + 3 bytes is kept as its `stride` samples; wherever the literal
 * stands, exactly one of them falls on a place that is looked at. What a sample belongs to is then
 * compared plainly. (Samples of q bytes as a filter: Navarro and Raffinot, "Flexible Pattern
 * Matching in Strings", 2002, chapter 6.) Nearly all bytes of nearly all values are never read.
 *
 * Built once, then read-only. Samples hold ASCII only and leave letter case aside, so that a text
 * may be looked at before it is folded: no other letter folds into an ASCII one (base/fold.h). */
#ifndef AKASHI_DETECT_LITERAL_SIEVE_H
#define AKASHI_DETECT_LITERAL_SIEVE_H

#include "detect/literal_set.h"

#define SIEVE_STRIDE_MAX 8
#define SIEVE_SAMPLES_MAX 16384

typedef struct LiteralSieve LiteralSieve;

/* Has the literal so many ASCII bytes in a row? The stride is that of the worst literal. */
bool literal_sieve_takes(Slice literal, size_t run_bytes);

/* *ret is NULL when it would not pay: no literals, some literal without four ASCII bytes in a row,
 * or too many of them. The list must stay. -ENOMEM. */
MUST_USE int literal_sieve_make(const Literal *list, size_t count, Arena *arena,
                                LiteralSieve **ret);
/* Of a text that is not folded: false only when no literal can be in it. */
bool literal_sieve_may_hold(const LiteralSieve *sieve, Slice text);
/* Calls `found` once for each occurrence in the folded text. False: too much of the text looks like
 * literals for this to be quick, and some were perhaps not found: ask the automaton. */
bool literal_sieve_scan(const LiteralSieve *sieve, Slice text, LiteralFound found, void *context);

#endif
