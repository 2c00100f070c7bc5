/* What is wrong with a text that a person wrote (rule, query, configuration), or with a request:
 * filled by the function that judged it, shown by main or server in the person's language. */
#ifndef AKASHI_BASE_COMPLAINT_H
#define AKASHI_BASE_COMPLAINT_H

#include "base/cleanup.h"
#include "base/slice.h"

#define COMPLAINT_WORDS_MAX 512

typedef struct Complaint {
    char file[256];               /* empty: not in a file */
    unsigned line;                /* 1-based; 0: unknown */
    unsigned column;              /* 1-based, in characters; 0: unknown */
    const char *id;               /* stable id, such as "query.unclosed_quote" */
    char en[COMPLAINT_WORDS_MAX]; /* what happened, and what to do next */
    char ja[COMPLAINT_WORDS_MAX];
} Complaint;

/* Fills id and the words of both languages; the arguments of both formats are the same ones. The
 * place (file, line, column) is left as it was. NULL complaint: nothing. */
void complaint_say(Complaint *complaint, const char *id, const char *en_format,
                   const char *ja_format, ...);

#endif
