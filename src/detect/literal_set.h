/* Many literals looked for in one pass (Aho and Corasick, "Efficient String Matching", 1975).
 *
 * Built once, then read-only. The text must be folded as the literals are. A pass takes at most
 * two steps a byte, plus one for each literal found; where all literals are long enough, most bytes
 * are not even read (literal_sieve.h). */
#ifndef AKASHI_DETECT_LITERAL_SET_H
#define AKASHI_DETECT_LITERAL_SET_H

#include "base/arena.h"

typedef enum LiteralPlace { LITERAL_INSIDE, LITERAL_AT_START, LITERAL_AT_END } LiteralPlace;

typedef struct Literal {
    Slice text; /* at least one byte */
    uint32_t id;
    LiteralPlace place;
} Literal;

typedef struct LiteralSet LiteralSet;

/* Sorts the list in place; the texts must live as long as the set. No literals: *ret is NULL.
 * -ENOMEM. */
MUST_USE int literal_set_make(Literal *list, size_t count, Arena *arena, LiteralSet **ret);

/* Calls `found` at least once for each literal that occurs, in no order; an id may come several
 * times. */
typedef void (*LiteralFound)(void *context, uint32_t id);
void literal_set_scan(const LiteralSet *set, Slice text, LiteralFound found, void *context);

/* A quick look at a text that is not folded: false only when no literal can be in it. Always true
 * when there is no sieve: some literal has no four ASCII bytes in a row, or they are too many. */
bool literal_set_may_hold(const LiteralSet *set, Slice text);
/* Bytes of the shortest literal: shorter texts hold none, folded or not. */
size_t literal_set_shortest(const LiteralSet *set);

#endif
