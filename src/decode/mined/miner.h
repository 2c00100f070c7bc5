/* Lines into templates: which lines are the same sentence with other values. Streaming, in bounded
 * memory, deterministic for a given seed and order of lines.
 *
 * 1. The first lines are held until the header in front of the messages is known (header_layout.h).
 * 2. A message is masked (message_words.h); what is left is its skeleton, found by its hash.
 * 3. Skeletons that differ in one or two places only are one template when enough different words
 *    stand there, or fewer that look like names: over-split skeletons are merged when the table is
 *    full and at the end.
 *
 * What was read for comparison: He, Zhu, Zheng, Lyu, "Drain: An Online Log Parsing Approach with
 * Fixed Depth Tree" (2017); Zhu et al., "Tools and Benchmarks for Automated Log Parsing" (2019),
 * from where the measure comes (bench/unknown). */
#ifndef AKASHI_DECODE_MINER_H
#define AKASHI_DECODE_MINER_H

#include "base/cleanup.h"
#include "decode/mined/header_layout.h"
#include "decode/mined/message_words.h"

#define MINER_SKELETONS_MAX                                                                        \
    4096                      /* when there are more: merging; then those met once are forgotten */
#define MINER_HELD_LINES 2000 /* lines of which the header is learned */
#define MINER_HELD_BYTES ((size_t)1 << 20)
#define MINER_EXAMPLE_BYTES 512 /* of a longer message its template knows the front only */

typedef struct Template {
    uint64_t sum;   /* of its words, as MessageWords.sum */
    uint64_t count; /* lines; 0: merged into another one */
    bool merged;    /* some of its masks come from merging */
    bool is_cut;    /* its example is not the whole message */
    uint16_t word_count;
    uint32_t next; /* inside: chain of merged ones with as many words */
    uint16_t example_len;
    MessageWord words[MESSAGE_WORDS_MAX]; /* places are those in the example */
    char example[MINER_EXAMPLE_BYTES];    /* the first message of it */
} Template;

typedef struct MinerCounts {
    uint64_t lines;     /* all that were fed, empty ones left out */
    uint64_t forgotten; /* lines of skeletons that the table had no room for */
    uint64_t merges;    /* times the table was full */
} MinerCounts;

typedef struct Miner Miner;

/* seed: random outside of tests, so that a stranger cannot make skeletons collide. NULL: no memory.
 */
Miner *miner_new(uint64_t seed);
void miner_free(Miner *miner);
/* One line without its end; of a longer one MESSAGE_BYTES_MAX behind the header are looked at.
 * -ENOMEM. */
MUST_USE int miner_feed(Miner *miner, Slice line);
/* Merges for the last time; after it only the functions below may be called. -ENOMEM. */
MUST_USE int miner_finish(Miner *miner);

const HeaderLayout *miner_layout(const Miner *miner);
MinerCounts miner_counts(const Miner *miner);
/* Most frequent first. */
size_t miner_template_count(const Miner *miner);
const Template *miner_template(const Miner *miner, size_t index);
/* The template of a line; SIZE_MAX: none. */
size_t miner_match(Miner *miner, Slice line);

#endif
