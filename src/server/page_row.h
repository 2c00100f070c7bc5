/* Rows of answer as pieces of the page. */
#ifndef AKASHI_SERVER_PAGE_ROW_H
#define AKASHI_SERVER_PAGE_ROW_H

#include "search/search.h"

#define PAGE_VALUE_BYTES_MAX                                                                       \
    4096                         /* of a field on the page; longer ones are cut with an ellipsis   \
                                  */
#define PAGE_RAW_BYTES_MAX 16384 /* of an original log */
#define PAGE_FIELDS_MAX 200      /* of a source, on the page */

typedef struct PageStyle {
    Language language;
    int zone_offset_seconds;
    Slice filter;   /* of the query shown now, without its pipes: links narrow it */
    Slice from, to; /* as asked for; links keep them */
} PageStyle;

/* A record: one line to see, all of it to unfold. */
void page_add_record(Buf *to, const PageStyle *style, const Answer *answer);
/* A row of a table, and its heading. */
void page_add_table_heading(Buf *to, const PageStyle *style, const Answer *answer);
void page_add_table_row(Buf *to, const PageStyle *style, const Answer *answer);

/* The filter of a query text: what stands before its first pipe. */
Slice page_filter_of(Slice query);
/* "/?q=...&lang=..", and the times asked for, with the text as query. */
void page_add_link(Buf *to, const PageStyle *style, Slice query);

#endif
