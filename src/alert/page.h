/* The alert page (出来事シート): what happened, why it matters, how far it went, what to do now,
 * whom to call. Made of a story by tables and templates, so that the same story gives the same
 * page; every sentence names the records it rests on.
 *
 * page_make settles all texts: they are cleaned log content (clean_text_add) or words of ours, in
 * one language. The writers below it only lay them out and escape them for their form. */
#ifndef AKASHI_ALERT_PAGE_H
#define AKASHI_ALERT_PAGE_H

#include "alert/story.h"

#define PAGE_REFS_MAX 4      /* records named behind a sentence; the first ones */
#define PAGE_EVIDENCE_MAX 40 /* records shown; more are on the web page, and it is said */
#define PAGE_HAPPENED_MAX 8  /* findings told one by one */
#define PAGE_TODO_MAX 8
#define PAGE_CALL_MAX 8
#define PAGE_NAMES_MAX 5 /* names listed in a fact; more are counted */
#define PAGE_VALUE_BYTES_MAX 160
#define PAGE_SENTENCE_BYTES_MAX 480
#define PAGE_RAW_BYTES_MAX 600
#define PAGE_LINES_MAX 16

typedef struct PageLine {
    Slice label; /* may be empty */
    Slice text;
    unsigned refs[PAGE_REFS_MAX]; /* numbers of evidence, from 1 */
    size_t ref_count;
} PageLine;

typedef struct PageSection {
    Slice title;
    PageLine lines[PAGE_LINES_MAX];
    size_t count;
    bool numbered;
} PageSection;

typedef struct PageEvidence {
    uint64_t reference; /* of the row in the store */
    Slice time, sentence, origin, raw;
} PageEvidence;

typedef enum PagePart {
    PAGE_FACTS,
    PAGE_HAPPENED,
    PAGE_WHY,
    PAGE_FAR,
    PAGE_TODO,
    PAGE_CALL,
    PAGE_HISTORY,
    PAGE_PART_COUNT
} PagePart;

typedef struct Page {
    Language language;
    FindingLevel level;
    uint64_t id;
    int64_t made_ns;   /* 0: not said */
    const char *shape; /* of the level: a second sign besides word and colour */
    Slice level_word, level_act;
    Slice name, number, title, state, made, zone, footer, link;
    PageSection parts[PAGE_PART_COUNT];
    bool phases[PHASE_COUNT];
    Slice phase_words[PHASE_COUNT];
    PageEvidence evidence[PAGE_EVIDENCE_MAX];
    size_t evidence_count, evidence_left_out;
} Page;

typedef struct PageOptions {
    Language language;
    int zone_offset_seconds;
    int64_t now_ns;   /* `as of`; TIME_UNKNOWN: not said */
    Slice contacts;   /* the company's own, one a line */
    const char *link; /* of the web page's first part, without a slash at the end; may be NULL */
    const StoryHead *similar; /* stories_similar */
    size_t similar_count;
} PageOptions;

/* The page lives in the arena. -ENOMEM. */
MUST_USE int page_make(const Story *story, const PageOptions *options, Arena *arena,
                       const Page **ret);

/* Plain text, for mails and terminals. */
void page_add_text(Buf *to, const Page *page);
/* A whole document: no script, nothing from elsewhere, fit to be printed on A4. */
void page_add_html(Buf *to, const Page *page);
/* PDF 1.5, A4, fonts embedded; the same page gives the same bytes. -ENOMEM; -EIO: what Cairo says.
 */
MUST_USE int page_add_pdf(Buf *to, const Page *page);

/* Between the files of page.h. */
void page_tell_facts(const Story *story, const PageOptions *options, Arena *arena, Page *page);
void page_tell_far(const Story *story, const PageOptions *options, Arena *arena, Page *page);
void page_collect_evidence(const Story *story, const PageOptions *options, Arena *arena,
                           Page *page);
/* The numbers under which the finding's records stand in the page, into the line. */
void page_add_refs(const Page *page, const StoryFinding *finding, PageLine *line);
/* The next line of a section, or NULL when it is full. */
PageLine *page_line(Page *page, PagePart part, Slice text);

#endif
