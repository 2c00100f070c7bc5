/* The page itself: head, form, what is to be said, rows. */
#include "server/web_request.h"

#include "server/html_text.h"
#include "server/page_row.h"
#include "server/page_words.h"

typedef struct PageRows {
    Buf html;
    PageStyle style;
    uint64_t newest;
    bool table;
    bool full; /* rows were left out at SERVER_PAGE_BYTES_MAX */
} PageRows;

static const char *language_token(Language language)
{
    return language == LANGUAGE_JA ? "ja" : "en";
}

/* --- rows ------------------------------------------------------------------------------------- */

static int add_answer(void *context, const Answer *answer)
{
    PageRows *rows = context;
    size_t before = rows->html.len;
    if (!answer->row && !rows->table) page_add_table_heading(&rows->html, &rows->style, answer);
    rows->table = !answer->row;
    if (answer->row) {
        page_add_record(&rows->html, &rows->style, answer);
    } else {
        page_add_table_row(&rows->html, &rows->style, answer);
    }
    if (buf_error(&rows->html)) {
        rows->html.len = before;
        rows->html.error = 0;
        rows->full = true;
        return 1;
    }
    if (answer->number > rows->newest) rows->newest = answer->number;
    return 0;
}

static PageRows new_rows(const WebRequest *request)
{
    return (PageRows){.html = buf_make(SERVER_PAGE_BYTES_MAX),
                      .style = {.language = request->language,
                                .zone_offset_seconds = request->facts->options.zone_offset_seconds,
                                .filter = page_filter_of(request->given.q),
                                .from = request->given.from,
                                .to = request->given.to}};
}

/* --- the frame -------------------------------------------------------------------------------- */

static void add_words(Buf *to, const WebRequest *request, PageWord word)
{
    html_add_cstr(to, page_word(word, request->language));
}

static void add_attribute(Buf *to, const char *name, Slice value)
{
    buf_add_format(to, " %s=\"", name);
    html_add(to, value);
    buf_add_char(to, '"');
}

static void add_parameter(Buf *to, const char *name, Slice value)
{
    if (value.len == 0) return;
    buf_add_format(to, "&amp;%s=", name);
    url_add(to, value);
}

/* The page's own address in a language; without the times when `times` is false. */
static void add_own_link(Buf *to, const WebRequest *request, Language language, bool times)
{
    buf_add_format(to, "/?lang=%s", language_token(language));
    add_parameter(to, "q", request->given.q);
    add_parameter(to, "n", request->given.rows);
    if (!times) return;
    add_parameter(to, "from", request->given.from);
    add_parameter(to, "to", request->given.to);
}

static void add_head(Buf *to, const WebRequest *request)
{
    Language other = request->language == LANGUAGE_JA ? LANGUAGE_EN : LANGUAGE_JA;
    buf_add_format(
        to,
        "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>%s – Akashi</title>\n<link rel=\"stylesheet\" href=\"/page.css\">\n"
        "<script src=\"/page.js\" defer></script>\n</head>\n<body>\n<header>"
        "<a class=\"brand\" href=\"/?lang=%s\">Akashi</a> <span class=\"tagline\">%s</span>"
        "<a class=\"language\" lang=\"%s\" href=\"",
        language_token(request->language), page_word(WORD_TITLE, request->language),
        language_token(request->language), page_word(WORD_TAGLINE, request->language),
        language_token(other));
    add_own_link(to, request, other, true);
    buf_add_cstr(to, "\">");
    add_words(to, request, WORD_OTHER_LANGUAGE);
    buf_add_cstr(to, "</a></header>\n<main>\n");
}

/* The browser's field takes minutes; a day alone is its first or its last one. */
static void add_time_input(Buf *to, const WebRequest *request, const char *name, PageWord label,
                           Slice value, const char *minute_of_day)
{
    buf_add_cstr(to, "<label>");
    add_words(to, request, label);
    buf_add_format(to, "<input type=\"datetime-local\" name=\"%s\" value=\"", name);
    html_add(to, value);
    if (value.len == 10) buf_add_cstr(to, minute_of_day);
    buf_add_cstr(to, "\"></label>\n");
}

static void add_row_choice(Buf *to, const WebRequest *request)
{
    static const uint64_t choices[] = {20, SERVER_PAGE_ROWS_DEFAULT, 100, SERVER_PAGE_ROWS_MAX};
    bool listed = false;
    buf_add_cstr(to, "<label>");
    add_words(to, request, WORD_ROWS);
    buf_add_cstr(to, "<select name=\"n\">");
    for (size_t i = 0; i < ARRAY_COUNT(choices); i++) {
        bool selected = choices[i] == request->rows;
        listed |= selected;
        buf_add_format(to, "<option%s>%u</option>", selected ? " selected" : "",
                       (unsigned)choices[i]);
    }
    if (!listed) buf_add_format(to, "<option selected>%u</option>", (unsigned)request->rows);
    buf_add_cstr(to, "</select></label>\n");
}

static void add_form(Buf *to, const WebRequest *request)
{
    buf_add_format(to,
                   "<form role=\"search\" action=\"/\" method=\"get\">\n<div class=\"ask\"><label "
                   "for=\"q\">%s</label>"
                   "<input id=\"q\" name=\"q\" type=\"search\" autocomplete=\"off\" "
                   "spellcheck=\"false\" maxlength=\"%d\"",
                   page_word(WORD_QUERY_LABEL, request->language), QUERY_BYTES_MAX);
    add_attribute(to, "placeholder",
                  slice_from_cstr(page_word(WORD_QUERY_HINT, request->language)));
    add_attribute(to, "value", request->given.q);
    buf_add_format(to, "><button>%s</button></div>\n<div class=\"more\">",
                   page_word(WORD_SEARCH, request->language));
    add_time_input(to, request, "from", WORD_FROM, request->given.from, "T00:00");
    add_time_input(to, request, "to", WORD_TO, request->given.to, "T23:59");
    add_row_choice(to, request);
    buf_add_format(to,
                   "<input type=\"hidden\" name=\"lang\" value=\"%s\">\n"
                   "<label class=\"check\" hidden><input type=\"checkbox\" id=\"live\" "
                   "checked>%s</label></div>\n</form>\n",
                   language_token(request->language), page_word(WORD_LIVE, request->language));
}

static void add_examples(Buf *to, const WebRequest *request, const PageStyle *style)
{
    buf_add_cstr(to, "<nav class=\"examples\"><span>");
    add_words(to, request, WORD_EXAMPLES);
    buf_add_cstr(to, "</span>");
    for (size_t i = 0; i < PAGE_EXAMPLE_COUNT; i++) {
        buf_add_cstr(to, " <a href=\"");
        page_add_link(to, style, slice_from_cstr(page_examples[i].query));
        buf_add_cstr(to, "\">");
        html_add_cstr(to, page_examples[i].words[request->language]);
        buf_add_cstr(to, "</a>");
    }
    buf_add_cstr(to, "</nav>\n");
}

/* --- what is to be said ----------------------------------------------------------------------- */

static void add_notice(Buf *to, const WebRequest *request, PageWord word)
{
    buf_add_cstr(to, "<p class=\"notice\" role=\"status\">");
    add_words(to, request, word);
    buf_add_cstr(to, "</p>\n");
}

/* The query with a mark on the character that the complaint is about. */
static void add_marked_query(Buf *to, Slice query, unsigned column)
{
    size_t at = 0;
    for (unsigned i = 1; i < column && at < query.len; i++) {
        do {
            at++;
        } while (at < query.len && ((unsigned char)query.ptr[at] & 0xc0) == 0x80);
    }
    size_t end = at < query.len ? at + 1 : at;
    while (end < query.len && ((unsigned char)query.ptr[end] & 0xc0) == 0x80) {
        end++;
    }
    buf_add_cstr(to, "<pre>");
    html_add(to, slice_first(query, at));
    buf_add_cstr(to, "<mark>");
    html_add(to, end > at ? slice_of(query.ptr + at, end - at) : SLICE(" "));
    buf_add_cstr(to, "</mark>");
    html_add(to, slice_skip(query, end));
    buf_add_cstr(to, "</pre>");
}

static void add_complaint(Buf *to, const WebRequest *request, PageWord heading)
{
    const Complaint *complaint = &request->complaint;
    buf_add_cstr(to, "<section class=\"complaint\" role=\"alert\"><h2>");
    add_words(to, request, heading);
    buf_add_cstr(to, "</h2><p>");
    if (complaint->column > 0) {
        const char *here = page_word(WORD_HERE, request->language);
        if (request->language == LANGUAGE_JA) {
            buf_add_format(to, "%u%s: ", complaint->column, here);
        } else {
            buf_add_format(to, "%s %u: ", here, complaint->column);
        }
    }
    html_add_cstr(to, request->language == LANGUAGE_JA ? complaint->ja : complaint->en);
    buf_add_cstr(to, "</p>");
    if (complaint->column > 0) add_marked_query(to, request->given.q, complaint->column);
    buf_add_cstr(to, "</section>\n");
}

static void add_no_logs(Buf *to, const WebRequest *request)
{
    const ServerOptions *options = &request->facts->options;
    buf_add_cstr(to, "<section class=\"empty\"><h2>");
    add_words(to, request, WORD_EMPTY_TITLE);
    buf_add_cstr(to, "</h2><p>");
    add_words(to, request, WORD_EMPTY_SEND);
    buf_add_cstr(to, "</p>");
    if (options->syslog_port > 0) {
        buf_add_cstr(to, "<p>");
        add_words(to, request, WORD_EMPTY_TEST);
        buf_add_cstr(to, "</p><pre>logger -n ");
        html_add_cstr(to, options->address);
        buf_add_format(to, " -P %d \"hello akashi\"</pre><p>", options->syslog_port);
        add_words(to, request, WORD_EMPTY_DEVICES);
        buf_add_format(to, " <b>%d</b></p>", options->syslog_port);
    }
    buf_add_cstr(to, "<p>");
    add_words(to, request, WORD_EMPTY_FILES);
    buf_add_cstr(to, "</p><pre>akashi import --data ");
    html_add_cstr(to, options->store_folder);
    buf_add_cstr(to, " FILE</pre></section>\n");
}

static void add_no_matches(Buf *to, const WebRequest *request)
{
    bool times = request->given.from.len > 0 || request->given.to.len > 0;
    buf_add_cstr(to, "<section class=\"empty\"><h2>");
    add_words(to, request, WORD_NONE_TITLE);
    buf_add_cstr(to, "</h2><p>");
    add_words(to, request, WORD_NONE_WHY);
    buf_add_cstr(to, "</p><p>");
    if (times) {
        buf_add_cstr(to, "<a href=\"");
        add_own_link(to, request, request->language, false);
        buf_add_cstr(to, "\">");
        add_words(to, request, WORD_NONE_WITHOUT_TIMES);
        buf_add_cstr(to, "</a> ");
    }
    buf_add_format(to, "<a href=\"/?lang=%s\">", language_token(request->language));
    add_words(to, request, WORD_NONE_ALL);
    buf_add_cstr(to, "</a></p></section>\n");
}

static void add_counts(Buf *to, const WebRequest *request, const SearchStats *stats,
                       const StoreStats *store)
{
    int minutes = request->facts->options.zone_offset_seconds / 60;
    unsigned distance = (unsigned)(minutes < 0 ? -minutes : minutes);
    buf_add_cstr(to, "<p class=\"counts\"><b>");
    html_add_count(to, stats->answers);
    buf_add_format(to, "</b> %s", page_word(WORD_SHOWN, request->language));
    if (stats->limited) add_words(to, request, WORD_MORE);
    buf_add_format(to, " · %s ", page_word(WORD_STORED, request->language));
    html_add_count(to, store->rows);
    buf_add_format(to, " · %s UTC%c%02u:%02u</p>\n", page_word(WORD_ZONE, request->language),
                   minutes < 0 ? '-' : '+', distance / 60, distance % 60);
}

/* --- all together ----------------------------------------------------------------------------- */

static void add_row_heading(Buf *to, const WebRequest *request)
{
    static const struct {
        const char *class;
        PageWord word;
    } columns[] = {{"time", WORD_TIME},
                   {"who", WORD_WHO},
                   {"from", WORD_CLIENT},
                   {"system", WORD_SYSTEM},
                   {"what", WORD_WHAT}};
    buf_add_cstr(to, "<div class=\"heading\" aria-hidden=\"true\">");
    for (size_t i = 0; i < ARRAY_COUNT(columns); i++) {
        buf_add_format(to, "<span class=\"%s\">", columns[i].class);
        add_words(to, request, columns[i].word);
        buf_add_cstr(to, "</span>");
    }
    buf_add_cstr(to, "</div>\n");
}

/* The list says where newer rows come from, unless the page shows a table or ends in the past. */
static void add_list(Buf *to, const WebRequest *request, const PageRows *rows, uint64_t newest)
{
    bool live = request->query && search_is_live(request->query) && request->given.to.len == 0;
    if (rows->html.len > 0) add_row_heading(to, request);
    buf_add_cstr(to, "<div id=\"rows\"");
    if (live) {
        buf_add_format(to, " data-max=\"%u\" data-newest=\"%llu\" data-live=\"/live?lang=%s",
                       (unsigned)request->rows, (unsigned long long)newest,
                       language_token(request->language));
        add_parameter(to, "q", request->given.q);
        add_parameter(to, "from", request->given.from);
        buf_add_char(to, '"');
    }
    buf_add_cstr(to, ">\n");
    buf_add_slice(to, buf_slice(&rows->html));
    buf_add_cstr(to, "</div>\n");
}

static void add_notices(Buf *to, const WebRequest *request, const PageRows *rows,
                        const SearchStats *stats, WebOutcome outcome)
{
    if (outcome == WEB_TIMED_OUT) add_notice(to, request, WORD_TIMED_OUT);
    if (outcome == WEB_BUSY) add_notice(to, request, WORD_BUSY);
    if (stats->memory_met) add_notice(to, request, WORD_MEMORY_MET);
    if (rows->full) add_notice(to, request, WORD_PAGE_FULL);
    if (stats->damaged_blocks == 0) return;
    buf_add_format(to, "<p class=\"notice\" role=\"status\">%s %llu</p>\n",
                   page_word(WORD_DAMAGED, request->language),
                   (unsigned long long)stats->damaged_blocks);
}

static void add_result(Buf *to, const WebRequest *request, const PageRows *rows,
                       const SearchStats *stats, const StoreStats *store, WebOutcome outcome)
{
    add_notices(to, request, rows, stats, outcome);
    if (outcome == WEB_BUSY) return;
    bool empty = outcome == WEB_NO_STORE || store->rows == 0;
    if (!empty) add_counts(to, request, stats, store);
    if (empty) {
        add_no_logs(to, request);
    } else if (stats->answers == 0 && outcome == WEB_DONE) {
        add_no_matches(to, request);
    }
    if (rows->table) {
        buf_add_slice(to, buf_slice(&rows->html));
        buf_add_cstr(to, "</tbody></table></div>\n");
    } else {
        uint64_t newest = rows->newest > store->rows ? rows->newest : store->rows;
        add_list(to, request, rows, newest);
    }
}

static unsigned status_of(WebOutcome outcome)
{
    switch (outcome) {
    case WEB_BAD_QUERY: return 400;
    case WEB_BUSY: return 503;
    case WEB_FAILED: return 500;
    default: return 200;
    }
}

void web_page_answer(WebRequest *request, WebAnswer *answer)
{
    SearchStats stats = {0};
    StoreStats store = {0};
    WebOutcome outcome = WEB_BAD_QUERY;
    int error;
    int r = web_request_read(request, WEB_TIMES_OF_PAGE, SERVER_PAGE_ROWS_DEFAULT,
                             SERVER_PAGE_ROWS_MAX);
    PageRows rows = new_rows(request);
    if (r == 0) outcome = web_request_search(request, add_answer, &rows, &stats, &store, &error);
    Buf *to = &answer->body;
    answer->status = status_of(outcome);
    answer->type = "text/html; charset=utf-8";
    add_head(to, request);
    add_form(to, request);
    add_examples(to, request, &rows.style);
    if (outcome == WEB_BAD_QUERY) {
        add_complaint(to, request, WORD_BAD_QUERY);
    } else if (outcome == WEB_FAILED) {
        add_complaint(to, request, WORD_STORE_FAILED);
    } else {
        add_result(to, request, &rows, &stats, &store, outcome);
    }
    buf_add_cstr(to, "</main>\n</body>\n</html>\n");
    buf_done(&rows.html);
}

void web_live_answer(WebRequest *request, WebAnswer *answer)
{
    SearchStats stats;
    StoreStats store;
    int error;
    answer->status = 204;
    answer->type = "text/html; charset=utf-8";
    if (web_request_read(request, WEB_TIMES_OF_PAGE, SERVER_PAGE_ROWS_MAX, SERVER_PAGE_ROWS_MAX) <
        0)
        return;
    PageRows rows = new_rows(request);
    WebOutcome outcome = web_request_search(request, add_answer, &rows, &stats, &store, &error);
    bool live = request->query && search_is_live(request->query);
    if (outcome == WEB_DONE && live && rows.html.len > 0) {
        answer->status = 200;
        answer->newest = rows.newest > store.rows ? rows.newest : store.rows;
        buf_add_slice(&answer->body, buf_slice(&rows.html));
    }
    buf_done(&rows.html);
}
