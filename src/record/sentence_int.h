/* Between the files of sentence.h: sentence.c has the templates, sentence_parts.c what each
 * placeholder says, sentence_value.c how words of ours and values of a record are written. */
#ifndef AKASHI_RECORD_SENTENCE_INT_H
#define AKASHI_RECORD_SENTENCE_INT_H

#include "record/sentence.h"
#include "record/words.h"

typedef struct Rendering {
    Buf *to;
    const Record *record;
    Language language;
    size_t start; /* of the sentence, in to */
    bool own;     /* what stands last are words or marks of ours, not a value */
} Rendering;

/* A place to go back to. The byte before it is kept, since words may have taken a blank there. */
typedef struct Mark {
    size_t len;
    char last;
} Mark;

Mark sentence_mark(const Rendering *r);
void sentence_go_back(Rendering *r, Mark mark);

/* Words of ours: at the beginning of an English sentence they get a capital, values never do. */
void sentence_add_words(Rendering *r, const char *words);
void sentence_add_either(Rendering *r, const char *ja, const char *en);
/* The words of a key. False: the table does not hold it, nothing was written. */
bool sentence_add_known(Rendering *r, const WordTable *table, Slice key);

typedef enum Quote { QUOTE_WHEN_NEEDED, QUOTE_ALWAYS } Quote;

/* A value of the record, cleaned and cut as sentence.h says. False: there is none, nothing was
 * written. */
bool sentence_add_value(Rendering *r, Slice value, Quote quote);

/* What the placeholder of this name says. False: no value, nothing was written. */
bool sentence_say(Rendering *r, Slice name);

#endif
