/* A message as words, with what surely changes from line to line masked: numbers and whatever holds
 * a digit, addresses, hexadecimal, GUIDs, paths, URLs, mail addresses, quoted text, values behind =
 * and behind a word for user, days and months before a number, true, false, null, and all behind
 * the name of `name(arguments) = result` (traces of calls). Masks that follow each other are one (a
 * list of any length is one value). Signs are no words. Japanese text, which has no blanks, is cut
 * where the script changes. */
#ifndef AKASHI_DECODE_MESSAGE_WORDS_H
#define AKASHI_DECODE_MESSAGE_WORDS_H

#include "base/slice.h"

#define MESSAGE_WORDS_MAX 48   /* what is behind so many words is not looked at */
#define MESSAGE_BYTES_MAX 4096 /* nor what is behind so many bytes */

#define WORD_MASK 0 /* the hash of everything masked; no word has it */

typedef struct MessageWord {
    uint64_t hash;
    uint32_t begin, len; /* in the message; of several masks in a row: all of them */
    bool soft;           /* looks like a name rather than a word of a sentence */
    bool known;          /* set by the miner: the name of something in other lines */
} MessageWord;

/* Names inside of what was masked: what a path ends with, a value behind =, a quoted word. Where
 * such a name stands alone in another line, it is likely a value there too. */
#define MESSAGE_NAMES_MAX 8
#define MESSAGE_NAME_BYTES_MAX 32

typedef struct MessageWords {
    uint64_t sum; /* of word_place_hash over all words; equal sums: the same skeleton */
    size_t count;
    size_t masks;
    size_t name_count;
    uint64_t names[MESSAGE_NAMES_MAX]; /* hashes, as those of words */
    MessageWord at[MESSAGE_WORDS_MAX];
} MessageWords;

/* The part of one word at one place in the sum, so that a word can be taken out of a sum again. */
static inline uint64_t word_place_hash(uint64_t word, size_t place)
{
    uint64_t mixed = (word + place * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u);
    mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9u;
    return mixed ^ (mixed >> 32);
}

/* seed: of the hashes, random outside of tests, so that a stranger cannot choose them. */
void message_words_take(Slice message, uint64_t seed, MessageWords *ret);

#endif
