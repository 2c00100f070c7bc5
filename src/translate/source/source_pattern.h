/* Patterns with named pieces: `{source.ip:address}:{source.port:number} > {rest}`.
 *
 * {name} or {name:kind}; {*} is anything, not kept; {{ is a brace. Kinds: word (no blanks; what
 * {name} means), text (up to the first place of what stands behind it), last (up to the last such
 * place, for what a stranger wrote), number, address, mac, hex, quoted. A pattern covers the whole
 * text; blanks match one or more blanks or tabs. */
#ifndef AKASHI_TRANSLATE_SOURCE_PATTERN_H
#define AKASHI_TRANSLATE_SOURCE_PATTERN_H

#include "translate/source/source_int.h"

/* What a matching pattern found. */
typedef struct PatternFound {
    Slice values[SOURCE_PATTERN_PIECES_MAX];
} PatternFound;

bool source_pattern_match(const SourcePattern *pattern, Slice text, PatternFound *ret);

#endif
