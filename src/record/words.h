/* The tables of words in both languages (knowledge/words/NAME.tsv), compiled in: what a stable key
 * of a record is called in plain words. */
#ifndef AKASHI_RECORD_WORDS_H
#define AKASHI_RECORD_WORDS_H

#include "record/record.h"

typedef struct Word {
    Slice key;
    const char *text[2]; /* by Language */
} Word;

/* In the order of the keys' bytes; no key stands twice (tools/words.py sees to both). */
typedef struct WordTable {
    const Word *words;
    size_t count;
} WordTable;

extern const WordTable words_reasons;     /* event.reason */
extern const WordTable words_logon_types; /* akashi.logon_type */
extern const WordTable words_details;     /* the tokens of akashi.detail */
extern const WordTable words_sids;        /* security identifiers that are the same everywhere */
extern const WordTable words_audit;       /* audit subcategories, by the first part of their GUID */
extern const WordTable words_placeholders; /* what a sentence says in place of an unknown value */
extern const WordTable words_sentences;    /* sentences of single rules */
extern const WordTable words_titles;       /* event_titles.tsv: `PROVIDER NUMBER` */

/* NULL: the table does not hold the key (exact case). */
const Word *word_find(const WordTable *table, Slice key);
/* What an event of this provider and number is. NULL: nothing is known. */
const Word *word_title(Slice provider, Slice event_code);

#endif
