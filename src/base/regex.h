/* Regular expressions in linear time, whatever the pattern and the text.
 *
 * Understood: . (any character but end of line) [a-z] [^a-z] | ( ) (?: ) * + ? {n} {n,} {n,m}, lazy
 * forms too (they find the same), ^ $ \A \z (begin and end of the text) \b \B \d \D \w \W \s \S
 * \t \n \r \f \v \xHH \x{H...}, \ before a sign; (?i) or (?-i) at the very front. \d is 0-9, \s are
 * the blanks of ASCII, \w and \b take letters, digits, _ of ASCII and everything from U+00C0 on
 * for parts of words. Case is ignored unless (?-i) stands in front; width always (base/fold.h).
 * Refused, because they cannot be had in linear time or say nothing here: back-references,
 * look-around, \p, named groups, and options in the middle.
 *
 * The pattern becomes a nondeterministic automaton over classes of code points (Thompson, "Regular
 * Expression Search Algorithm", 1968) and, while that stays within REGEX_STATES_MAX and a budget of
 * work, a deterministic one: one table look-up a character. Else the first is followed with all its
 * states at once: at most REGEX_INSTRUCTIONS_MAX steps a character. An ill-formed byte is one
 * character, U+FFFD. */
#ifndef AKASHI_BASE_REGEX_H
#define AKASHI_BASE_REGEX_H

#include "base/arena.h"
#include "base/complaint.h"

#define REGEX_DEPTH_MAX 32
#define REGEX_REPEAT_MAX 1000
#define REGEX_INSTRUCTIONS_MAX 2048
#define REGEX_STATES_MAX 1024
#define REGEX_CLASSES_MAX 250

typedef struct Regex Regex;

/* -EINVAL: *ret_where is the byte in the pattern that the complaint's words are about; its place is
 * the caller's. -ENOMEM. The regex lives in the arena and is read-only. */
MUST_USE int regex_make(Slice pattern, Arena *arena, Regex **ret, size_t *ret_where,
                        Complaint *complaint);
/* Does it match anywhere in the text? Allocates nothing. */
bool regex_matches(const Regex *regex, Slice text);

/* The same language with nothing folded but what is asked for: of rules that say themselves when
 * case is ignored. (?i) at the very front asks too. */
typedef struct RegexOptions {
    bool ignore_case; /* letters as fold_letter has them; width and marks always count */
    bool lines;       /* ^ and $ also match behind and before an end of line; \A and \z alike */
    bool dot_all;     /* . matches an end of line too */
} RegexOptions;
/* As regex_make; regex_literal is then folded as fold_letters does. Takes only as much of the arena
 * as the regex needs. */
MUST_USE int regex_make_exact(Slice pattern, RegexOptions options, Arena *arena, Regex **ret,
                              size_t *ret_where, Complaint *complaint);
/* What every matching text holds, folded as fold_text does; may be empty. */
Slice regex_literal(const Regex *regex);
/* Did the deterministic automaton stay small enough? For explanations. */
bool regex_is_table(const Regex *regex);

/* ---- a text that comes in pieces: states of the table, from REGEX_BEGIN on. A character must not
 * be cut apart, nor a kana from its mark. */
#define REGEX_MATCHED 0u /* and stays so */
#define REGEX_BEGIN 1u
#define REGEX_STATE_BITS 12
/* Has it a table, and does it ask nothing of the places between characters (^ $ \b)? Then what is
 * in a piece is also in the whole. */
bool regex_can_follow(const Regex *regex);
uint16_t regex_follow(const Regex *regex, uint16_t state, Slice piece);
/* Can this character of ASCII be within a match? */
bool regex_takes(const Regex *regex, char c);
/* Does the text match that ends here? */
bool regex_ends(const Regex *regex, uint16_t state);

#endif
