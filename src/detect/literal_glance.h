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

/* A walk over the places of one text at which a literal may begin, in their order. */
typedef struct GlanceWalk {
    const LiteralGlance *glance;
    Slice text;
    size_t block;    /* where the places in `bits` begin */
    size_t unlooked; /* the places from here on were not looked at */
    uint64_t bits;
} GlanceWalk;

/* Looks at the next places; false: there are none left. */
bool literal_glance_advance(GlanceWalk *walk);

static inline GlanceWalk literal_glance_begin(const LiteralGlance *glance, Slice text)
{
    return (GlanceWalk){.glance = glance, .text = text};
}
/* The next place from `least` on, which may not go back; text.len: none. */
static inline size_t literal_glance_next(GlanceWalk *walk, size_t least)
{
    for (;;) {
        if (least > walk->block)
            walk->bits &= least - walk->block < 64 ? UINT64_MAX << (least - walk->block) : 0;
        if (walk->bits) break;
        if (walk->unlooked < least) walk->unlooked = least;
        if (!literal_glance_advance(walk)) return walk->text.len;
    }
    return walk->block + (size_t)__builtin_ctzll(walk->bits);
}

#endif
