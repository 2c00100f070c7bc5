/* Where in a text may one of a few literals begin? Thirty-two places at once.
 *
 * The first four bytes of each literal are kept as tables by half bytes, one bit for each of eight
 * groups of literals; a place at which some bit is left over in all four may be a beginning. (The
 * way of Hyperscan's literal matcher: Wang and others, "Hyperscan: A Fast Multi-pattern Regex
 * Matcher for Modern CPUs", NSDI 2019, section 4.) It needs a processor that shuffles bytes by a
 * table (AVX2); elsewhere literal_glance_make says no, and the callers have slower ways.
 *
 * Letter case of ASCII is left aside, so a text may be looked at before it is folded. */
#ifndef AKASHI_DETECT_LITERAL_GLANCE_H
#define AKASHI_DETECT_LITERAL_GLANCE_H

#include "detect/literal_set.h"

#define GLANCE_LITERALS_MAX 64 /* with more, too many places look like beginnings */

typedef struct LiteralGlance {
    uint8_t low[4][16], high[4][16]; /* by byte of the beginning and half byte: bits of groups */
    bool has_short;                  /* some literal is of two or three bytes */
} LiteralGlance;

/* The list is sorted. False: too many literals, one of a single byte, one that does not begin with
 * ASCII, or no such processor. */
bool literal_glance_make(const Literal *list, size_t count, LiteralGlance *ret);
/* The next place from `at` on where a literal may begin; text.len or beyond: none. */
size_t literal_glance_next(const LiteralGlance *glance, Slice text, size_t at);

#endif
