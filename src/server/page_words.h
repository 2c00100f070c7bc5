/* The page's words in both languages, one table. */
#ifndef AKASHI_SERVER_PAGE_WORDS_H
#define AKASHI_SERVER_PAGE_WORDS_H

#include "record/record.h"

typedef enum PageWord {
    WORD_TITLE,
    WORD_TAGLINE,
    WORD_QUERY_LABEL,
    WORD_QUERY_HINT,
    WORD_FROM,
    WORD_TO,
    WORD_ROWS,
    WORD_SEARCH,
    WORD_EXAMPLES,
    WORD_OTHER_LANGUAGE,
    WORD_LIVE,
    WORD_TIME,
    WORD_WHO,
    WORD_CLIENT,
    WORD_SYSTEM,
    WORD_WHAT,
    WORD_FAILED,
    WORD_UNREAD,
    WORD_RECORD_FIELDS,
    WORD_SOURCE_FIELDS,
    WORD_RAW,
    WORD_RAW_CUT,
    WORD_RAW_BINARY,
    WORD_ONLY_THIS,
    WORD_NOT_THIS,
    WORD_ACTION,
    WORD_OUTCOME,
    WORD_COUNT,
    WORD_RECEIVED,
    WORD_ORIGIN,
    WORD_SHOWN,
    WORD_MORE,
    WORD_STORED,
    WORD_ZONE,
    WORD_BAD_QUERY,
    WORD_HERE,
    WORD_MEMORY_MET,
    WORD_TIMED_OUT,
    WORD_PAGE_FULL,
    WORD_DAMAGED,
    WORD_BUSY,
    WORD_STORE_FAILED,
    WORD_EMPTY_TITLE,
    WORD_EMPTY_SEND,
    WORD_EMPTY_TEST,
    WORD_EMPTY_DEVICES,
    WORD_EMPTY_FILES,
    WORD_NONE_TITLE,
    WORD_NONE_WHY,
    WORD_NONE_WITHOUT_TIMES,
    WORD_NONE_ALL,
    PAGE_WORD_COUNT
} PageWord;

const char *page_word(PageWord word, Language language);
/* Of an outcome: 成功, success. */
const char *page_outcome(Outcome outcome, Language language);

/* Questions for people who do not know the language yet. */
typedef struct PageExample {
    const char *words[2]; /* by Language */
    const char *query;
} PageExample;
#define PAGE_EXAMPLE_COUNT 6
extern const PageExample page_examples[PAGE_EXAMPLE_COUNT];

#endif
