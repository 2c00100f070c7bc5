/* See page_row.h. */
#include "server/page_row.h"

#include "base/number.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "record/sentence.h"
#include "server/html_text.h"
#include "server/page_words.h"

#define LINK_VALUE_BYTES_MAX 200
#define HEX_BYTES_MAX 512
#define HEX_LINE_BYTES 16

Slice page_filter_of(Slice query)
{
    bool quoted = false;
    for (size_t i = 0; i < query.len; i++) {
        Slice rest = slice_skip(query, i);
        if (query.ptr[i] == '"' || slice_starts(rest, SLICE("＂"))) quoted = !quoted;
        if (!quoted && (query.ptr[i] == '|' || slice_starts(rest, SLICE("｜")))) {
            return slice_trim(slice_first(query, i));
        }
    }
    return slice_trim(query);
}

static void add_time(Buf *to, const char *name, Slice value)
{
    if (value.len == 0) return;
    buf_add_format(to, "&amp;%s=", name);
    url_add(to, value);
}

void page_add_link(Buf *to, const PageStyle *style, Slice query)
{
    buf_add_cstr(to, "/?q=");
    url_add(to, query);
    buf_add_cstr(to, style->language == LANGUAGE_JA ? "&amp;lang=ja" : "&amp;lang=en");
    add_time(to, "from", style->from);
    add_time(to, "to", style->to);
}

static void add_words(Buf *to, const PageStyle *style, PageWord word)
{
    html_add_cstr(to, page_word(word, style->language));
}

/* FILTER field:"value", or FILTER NOT field:"value". An OR in the filter would take the new
 * condition to itself, so a filter that may hold one, full-width or not, gets parentheses. */
static void add_narrowed(Buf *query, Slice filter, bool except, Slice name, Slice value)
{
    bool has_or = slice_find_nocase(filter, SLICE("or")) != SLICE_NOT_FOUND ||
                  slice_find(filter, SLICE("\xef\xbc")) != SLICE_NOT_FOUND;
    if (filter.len > 0) {
        if (has_or) buf_add_char(query, '(');
        buf_add_slice(query, filter);
        if (has_or) buf_add_char(query, ')');
        buf_add_char(query, ' ');
    }
    buf_add_cstr(query, except ? "NOT \"" : "\"");
    buf_add_slice(query, name);
    buf_add_cstr(query, "\":\"");
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"') buf_add_char(query, '"');
        buf_add_char(query, value.ptr[i]);
    }
    buf_add_char(query, '"');
}

static void add_value_link(Buf *to, const PageStyle *style, bool except, Slice name, Slice value)
{
    CLEANUP(buf_done) Buf query = buf_make(QUERY_BYTES_MAX);
    add_narrowed(&query, style->filter, except, name, value);
    if (buf_error(&query)) return; /* too long to ask: no link */
    buf_add_cstr(to, " <a href=\"");
    page_add_link(to, style, buf_slice(&query));
    buf_add_cstr(to, "\">");
    add_words(to, style, except ? WORD_NOT_THIS : WORD_ONLY_THIS);
    buf_add_cstr(to, "</a>");
}

static void add_value_links(Buf *to, const PageStyle *style, Slice name, Slice value)
{
    bool nameable = slice_find_char(name, '"') == SLICE_NOT_FOUND && utf8_is_valid(name);
    if (value.len > LINK_VALUE_BYTES_MAX || value.len == 0 || !nameable || !utf8_is_valid(value))
        return;
    buf_add_cstr(to, "<span class=\"links\">");
    add_value_link(to, style, false, name, value);
    add_value_link(to, style, true, name, value);
    buf_add_cstr(to, "</span>");
}

static void add_cut(Buf *to, Slice value, size_t bytes_max)
{
    Slice shown = slice_first(value, bytes_max);
    while (shown.len < value.len && shown.len > 0 &&
           ((unsigned char)value.ptr[shown.len] & 0xc0) == 0x80) {
        shown.len--;
    }
    html_add(to, shown);
    if (shown.len < value.len) buf_add_cstr(to, "…");
}

/* --- the line --------------------------------------------------------------------------------- */

static void add_cell(Buf *to, const char *class, Slice value)
{
    buf_add_format(to, "<span class=\"%s\">", class);
    add_cut(to, value.len > 0 ? value : SLICE("–"), 200);
    buf_add_cstr(to, "</span>");
}

static Slice first_present(Slice a, Slice b)
{
    return a.len > 0 ? a : b;
}

static void add_summary(Buf *to, const PageStyle *style, const Row *row)
{
    const Record *record = &row->record;
    char time[TIME_TEXT_MAX];
    CLEANUP(buf_done) Buf sentence = {0};
    size_t len = time_print_plain(time, record->time_ns, style->zone_offset_seconds);
    buf_add_cstr(to, "<summary>");
    add_cell(to, "time", slice_of(time, len));
    add_cell(to, "who", record->text[RECORD_USER_NAME]);
    add_cell(to, "from",
             first_present(record->text[RECORD_SOURCE_IP], record->text[RECORD_SOURCE_DOMAIN]));
    add_cell(to, "system",
             first_present(record->text[RECORD_HOST_NAME], record->text[RECORD_AKASHI_SOURCE]));
    sentence_add(&sentence, record, style->language);
    buf_add_cstr(to, "<span class=\"what\">");
    if (record->outcome == OUTCOME_FAILURE) {
        buf_add_format(to, "<b class=\"bad\">%s</b> ", page_word(WORD_FAILED, style->language));
    }
    if (row->event.parse != PARSE_OK) {
        buf_add_format(to, "<b class=\"odd\">%s</b> ", page_word(WORD_UNREAD, style->language));
    }
    html_add(to, buf_slice(&sentence));
    buf_add_cstr(to, "</span></summary>");
}

/* --- all of it -------------------------------------------------------------------------------- */

static void add_field(Buf *to, const PageStyle *style, Slice label, Slice name, Slice value)
{
    if (value.len == 0) return;
    buf_add_cstr(to, "<dt>");
    html_add(to, label);
    if (!slice_eq(label, name)) {
        buf_add_cstr(to, " <code>");
        html_add(to, name);
        buf_add_cstr(to, "</code>");
    }
    buf_add_cstr(to, "</dt><dd><bdi>");
    add_cut(to, value, PAGE_VALUE_BYTES_MAX);
    buf_add_cstr(to, "</bdi>");
    add_value_links(to, style, name, value);
    buf_add_cstr(to, "</dd>");
}

static void add_computed(Buf *to, const PageStyle *style, const Row *row)
{
    const Record *record = &row->record;
    Language language = style->language;
    char text[TIME_TEXT_MAX];
    Slice action = slice_from_cstr(verbs[record->verb].label[language]);
    Slice outcome = slice_from_cstr(page_outcome(record->outcome, language));
    add_field(to, style, slice_from_cstr(page_word(WORD_ACTION, language)), SLICE("event.action"),
              action);
    add_field(to, style, slice_from_cstr(page_word(WORD_OUTCOME, language)), SLICE("event.outcome"),
              outcome);
    if (record->count > 1) {
        Slice count = slice_of(text, number_print_u64(text, record->count));
        add_field(to, style, slice_from_cstr(page_word(WORD_COUNT, language)),
                  SLICE("akashi.count"), count);
    }
}

static void add_arrival(Buf *to, const PageStyle *style, const Row *row)
{
    char text[TIME_TEXT_MAX];
    size_t len = time_print_plain(text, row->record.ingested_ns, style->zone_offset_seconds);
    buf_add_cstr(to, "<dt>");
    add_words(to, style, WORD_RECEIVED);
    buf_add_cstr(to, "</dt><dd>");
    html_add(to, slice_of(text, len));
    buf_add_cstr(to, "</dd>");
    add_field(to, style, slice_from_cstr(page_word(WORD_ORIGIN, style->language)), SLICE("_file"),
              row->origin);
}

static void add_record_fields(Buf *to, const PageStyle *style, const Row *row)
{
    buf_add_cstr(to, "<h3>");
    add_words(to, style, WORD_RECORD_FIELDS);
    buf_add_cstr(to, "</h3><dl>");
    add_computed(to, style, row);
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        add_field(to, style, slice_from_cstr(record_fields[i].label[style->language]),
                  record_fields[i].name, row->record.text[i]);
    }
    add_arrival(to, style, row);
    buf_add_cstr(to, "</dl>");
}

static void add_source_fields(Buf *to, const PageStyle *style, const Event *event)
{
    if (event->field_count == 0) return;
    buf_add_cstr(to, "<h3>");
    add_words(to, style, WORD_SOURCE_FIELDS);
    buf_add_cstr(to, "</h3><dl>");
    for (size_t i = 0; i < event->field_count && i < PAGE_FIELDS_MAX; i++) {
        Slice name = event->fields[i].name;
        add_field(to, style, name, name, event->fields[i].value);
    }
    buf_add_cstr(to, "</dl>");
    if (event->field_count > PAGE_FIELDS_MAX) buf_add_cstr(to, "<p>…</p>");
}

static void add_hexadecimal(Buf *to, Slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        buf_add_format(to, "%02x%c", (unsigned char)bytes.ptr[i],
                       (i + 1) % HEX_LINE_BYTES == 0 ? '\n' : ' ');
    }
}

static void add_raw(Buf *to, const PageStyle *style, Slice raw)
{
    Slice head = slice_first(raw, HEX_BYTES_MAX);
    bool binary = head.len > 0 && memchr(head.ptr, 0, head.len) != NULL;
    buf_add_cstr(to, "<h3>");
    add_words(to, style, WORD_RAW);
    buf_add_cstr(to, "</h3>");
    if (binary || raw.len > PAGE_RAW_BYTES_MAX) {
        buf_add_cstr(to, "<p>");
        add_words(to, style, binary ? WORD_RAW_BINARY : WORD_RAW_CUT);
        buf_add_cstr(to, "</p>");
    }
    buf_add_cstr(to, "<pre>");
    if (binary) {
        add_hexadecimal(to, head);
    } else {
        add_cut(to, raw, PAGE_RAW_BYTES_MAX);
    }
    buf_add_cstr(to, "</pre>");
}

/* What eval and lookup put beside the record. */
static void add_columns(Buf *to, const Answer *answer)
{
    if (answer->column_count == 0) return;
    buf_add_cstr(to, "<dl>");
    for (size_t i = 0; i < answer->column_count; i++) {
        buf_add_cstr(to, "<dt>");
        add_cut(to, answer->columns[i], 200);
        buf_add_cstr(to, "</dt><dd><bdi>");
        add_cut(to, answer->cells[i].len ? answer->cells[i] : SLICE("–"), PAGE_VALUE_BYTES_MAX);
        buf_add_cstr(to, "</bdi></dd>");
    }
    buf_add_cstr(to, "</dl>");
}

void page_add_record(Buf *to, const PageStyle *style, const Answer *answer)
{
    const Row *row = answer->row;
    buf_add_cstr(to, "<details class=\"row\">");
    add_summary(to, style, row);
    buf_add_cstr(to, "<div class=\"inside\">");
    add_columns(to, answer);
    add_record_fields(to, style, row);
    add_raw(to, style, row->event.raw);
    add_source_fields(to, style, &row->event);
    buf_add_cstr(to, "</div></details>\n");
}

/* --- tables ----------------------------------------------------------------------------------- */

static void add_column_label(Buf *to, const PageStyle *style, Slice column)
{
    RecordField field;
    if (slice_eq(column, SLICE("count"))) {
        add_words(to, style, WORD_COUNT);
    } else if (slice_eq(column, SLICE("event.action"))) {
        add_words(to, style, WORD_ACTION);
    } else if (slice_eq(column, SLICE("event.outcome"))) {
        add_words(to, style, WORD_OUTCOME);
    } else if (slice_eq(column, SLICE("@timestamp"))) {
        add_words(to, style, WORD_TIME);
    } else if (record_field_by_name(column, &field) == 0) {
        html_add_cstr(to, record_fields[field].label[style->language]);
    } else {
        add_cut(to, column, 200);
    }
}

void page_add_table_heading(Buf *to, const PageStyle *style, const Answer *answer)
{
    buf_add_cstr(to, "<div class=\"wide\"><table><thead><tr>");
    for (size_t i = 0; i < answer->column_count; i++) {
        buf_add_cstr(to, answer->numbers[i] ? "<th class=\"number\" scope=\"col\">"
                                            : "<th scope=\"col\">");
        add_column_label(to, style, answer->columns[i]);
        buf_add_cstr(to, "</th>");
    }
    buf_add_cstr(to, "</tr></thead><tbody>\n");
}

/* Verbs are shown in the reader's words; everything else as it is. */
static void add_cell_text(Buf *to, const PageStyle *style, Slice column, Slice cell)
{
    Verb verb;
    uint64_t count;
    if (cell.len == 0) {
        buf_add_cstr(to, "–");
    } else if (slice_eq(column, SLICE("event.action")) && verb_by_name(cell, &verb) == 0) {
        html_add_cstr(to, verbs[verb].label[style->language]);
    } else if (slice_eq(column, SLICE("count")) && number_parse_u64(cell, &count) == 0) {
        html_add_count(to, count);
    } else {
        add_cut(to, cell, PAGE_VALUE_BYTES_MAX);
    }
}

void page_add_table_row(Buf *to, const PageStyle *style, const Answer *answer)
{
    buf_add_cstr(to, "<tr>");
    for (size_t i = 0; i < answer->column_count; i++) {
        bool number = answer->numbers[i];
        buf_add_cstr(to, number ? "<td class=\"number\">" : "<td><bdi>");
        add_cell_text(to, style, answer->columns[i], answer->cells[i]);
        if (!number) {
            buf_add_cstr(to, "</bdi>");
            add_value_links(to, style, answer->columns[i], answer->cells[i]);
        }
        buf_add_cstr(to, "</td>");
    }
    buf_add_cstr(to, "</tr>\n");
}
