/* Many literals looked for in one pass (Aho and Corasick, "Efficient String Matching", 1975).
 *
 * Built once, then read-only. The text must be folded as the literals are. A pass takes at most
 * two steps a byte, plus one for each literal found. */
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

/* Calls `found` for each occurrence, in order of its end; an id may come several times. */
typedef void (*LiteralFound)(void *context, uint32_t id);
void literal_set_scan(const LiteralSet *set, Slice text, LiteralFound found, void *context);

/* A quick look at a text that is not folded: false only when no literal can be in it. Always true
 * when some literal has no four ASCII bytes in a row. */
bool literal_set_may_hold(const LiteralSet *set, Slice text);

#endif
