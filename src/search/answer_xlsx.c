/* See answer_xlsx.h: the sheets. Clauses are those of ECMA-376-1 (5th edition). */
#include "search/answer_xlsx.h"

#include "base/json_text.h"
#include "base/utf8.h"
#include "record/sentence.h"
#include "search/answer_cells.h"
#include "search/query_tree.h"
#include "search/text_width.h"
#include "search/xlsx_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NS_PER_DAY ((int64_t)86400 * NS_PER_SECOND)
#define EXCEL_DAY_1970 25569  /* the serial number of 1970-01-01 (18.17.4.1, 1900 date base) */
#define EXCEL_DAY_MIN 61      /* 1900-03-01: before it Excel counts a day that never was */
#define EXCEL_DAY_MAX 2958465 /* 9999-12-31 */
#define NUMBER_DIGITS_MAX 15  /* a longer number would lose digits: it is a text */
#define COLUMNS_MAX (RECORD_CELLS + 1 + PIPE_COLUMNS_MAX)

struct AnswerXlsx {
    XlsxFacts facts;
    ZipWriter *zip;
    Buf xml;
    size_t columns; /* of the first sheet; 0: its heading is not written yet */
    uint64_t rows;  /* below the heading */
    uint64_t cells_cut;
    bool is_full;
};

/* --- cells ------------------------------------------------------------------------------------ */

/* `_x000A_` in a text means the character (22.9.2.19): its first sign is written in that form. */
static bool is_escape(Slice rest)
{
    if (rest.len < 7 || rest.ptr[0] != '_' || rest.ptr[1] != 'x' || rest.ptr[6] != '_')
        return false;
    for (size_t i = 2; i < 6; i++) {
        if (!memchr("0123456789abcdefABCDEF", rest.ptr[i], 22)) return false;
    }
    return true;
}

static void add_code_point(Buf *to, uint32_t code)
{
    char utf8[4];
    switch (code) {
    case '&': buf_add_cstr(to, "&amp;"); return;
    case '<': buf_add_cstr(to, "&lt;"); return;
    case '>': buf_add_cstr(to, "&gt;"); return;
    case '"': buf_add_cstr(to, "&quot;"); return;
    default: buf_add(to, utf8, utf8_put(utf8, code));
    }
}

/* Ends of line and tabs as they are; what XML 1.0 has not (2.2) or would be obeyed, U+FFFD. */
static void add_text(AnswerXlsx *xlsx, Slice text)
{
    size_t units = 0;
    Buf *to = &xlsx->xml;
    while (text.len > 0) {
        Slice rest = text;
        uint32_t code = utf8_take(&text);
        size_t wide = code > 0xFFFF ? 2 : 1;
        if (units + wide > XLSX_CELL_UNITS_MAX - 1 && text.len > 0) {
            buf_add_cstr(to, "…");
            xlsx->cells_cut++;
            return;
        }
        units += wide;
        if (code == '\r' && text.len > 0 && text.ptr[0] == '\n') continue;
        if (code == '\n' || code == '\r' || code == '\t') {
            buf_add_char(to, code == '\t' ? '\t' : '\n');
        } else if (is_escape(rest)) {
            buf_add_cstr(to, "_x005F_");
        } else {
            code = text_made_safe(code);
            add_code_point(to, (code & 0xFFFE) == 0xFFFE ? 0xFFFD : code);
        }
    }
}

/* A1, B1, ... Z1, AA1 (18.18.7). */
static void add_place(AnswerXlsx *xlsx, size_t column)
{
    if (column >= 26) buf_add_char(&xlsx->xml, (char)('A' + column / 26 - 1));
    buf_add_char(&xlsx->xml, (char)('A' + column % 26));
    buf_add_u64(&xlsx->xml, xlsx->rows + 1);
}

static void begin_cell(AnswerXlsx *xlsx, size_t column, int style)
{
    buf_add_cstr(&xlsx->xml, "<c r=\"");
    add_place(xlsx, column);
    if (style != STYLE_PLAIN) buf_add_format(&xlsx->xml, "\" s=\"%d", style);
    buf_add_cstr(&xlsx->xml, "\"");
}

static void add_text_cell(AnswerXlsx *xlsx, size_t column, Slice text, int style)
{
    if (text.len == 0) return;
    bool formula = memchr("=+-@", slice_trim(text).len ? slice_trim(text).ptr[0] : 'x', 4);
    begin_cell(xlsx, column, formula && style == STYLE_PLAIN ? STYLE_QUOTED : style);
    buf_add_cstr(&xlsx->xml, " t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    add_text(xlsx, text);
    buf_add_cstr(&xlsx->xml, "</t></is></c>");
}

static size_t digits_of(Slice number)
{
    size_t digits = 0;
    for (size_t i = 0; i < number.len; i++)
        digits += number.ptr[i] >= '0' && number.ptr[i] <= '9';
    return digits;
}

static void add_cell(AnswerXlsx *xlsx, size_t column, Slice cell, bool number)
{
    if (!number || !json_is_number(cell) || digits_of(cell) > NUMBER_DIGITS_MAX) {
        add_text_cell(xlsx, column, cell, STYLE_PLAIN);
        return;
    }
    begin_cell(xlsx, column, STYLE_PLAIN);
    buf_add_cstr(&xlsx->xml, "><v>");
    buf_add_slice(&xlsx->xml, cell);
    buf_add_cstr(&xlsx->xml, "</v></c>");
}

/* Days and their ten-thousand-millionth parts (8.6 microseconds) since 1900, at the zone. */
static void add_date_cell(AnswerXlsx *xlsx, size_t column, int64_t ns)
{
    if (ns == TIME_UNKNOWN) return;
    int64_t day = ns / NS_PER_DAY, rest = ns % NS_PER_DAY;
    rest += xlsx->facts.zone_offset_seconds * NS_PER_SECOND;
    while (rest < 0) {
        rest += NS_PER_DAY;
        day--;
    }
    day += rest / NS_PER_DAY + EXCEL_DAY_1970;
    rest %= NS_PER_DAY;
    if (day < EXCEL_DAY_MIN || day > EXCEL_DAY_MAX) return;
    begin_cell(xlsx, column, STYLE_DATE);
    buf_add_format(&xlsx->xml, "><v>%lld.%010lld</v></c>", (long long)day,
                   (long long)(rest / (NS_PER_DAY / 10000000) * 1000 +
                               rest % (NS_PER_DAY / 10000000) * 1000 / (NS_PER_DAY / 10000000)));
}

/* --- rows ------------------------------------------------------------------------------------- */

static void begin_row(AnswerXlsx *xlsx)
{
    buf_add_format(&xlsx->xml, "<row r=\"%llu\">", (unsigned long long)xlsx->rows + 1);
}

static int pass_row(AnswerXlsx *xlsx)
{
    buf_add_cstr(&xlsx->xml, "</row>");
    int r = buf_error(&xlsx->xml);
    if (r == 0) r = zip_add(xlsx->zip, buf_slice(&xlsx->xml));
    buf_clear(&xlsx->xml);
    return r;
}

/* What stands before the rows of a sheet: the heading kept in sight, how wide the columns are. */
static void begin_sheet(AnswerXlsx *xlsx, const unsigned *widths, size_t count, bool frozen)
{
    Buf *to = &xlsx->xml;
    buf_clear(to);
    buf_add_cstr(to, XLSX_XML_HEAD "<worksheet xmlns=\"" XLSX_MAIN
                                   "\"><sheetViews><sheetView workbookViewId=\"0\">");
    if (frozen)
        buf_add_cstr(to, "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" "
                         "state=\"frozen\"/>");
    buf_add_cstr(to, "</sheetView></sheetViews><cols>");
    for (size_t i = 0; i < count; i++)
        buf_add_format(to, "<col min=\"%zu\" max=\"%zu\" width=\"%u\" customWidth=\"1\"/>", i + 1,
                       i + 1, widths[i]);
    buf_add_cstr(to, "</cols><sheetData>");
}

static void zone_words(int offset_seconds, char *to, size_t room)
{
    int minutes = abs(offset_seconds) / 60;
    snprintf(to, room, "%c%02d:%02d", offset_seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void add_record_headings(AnswerXlsx *xlsx)
{
    char zone[16], text[64];
    bool ja = xlsx->facts.language == LANGUAGE_JA;
    zone_words(xlsx->facts.zone_offset_seconds, zone, sizeof zone);
    for (size_t i = 0; i < RECORD_CELLS; i++) {
        Slice heading = record_cells_heading(xlsx->facts.language, i);
        if (i == 0) {
            snprintf(text, sizeof text, ja ? "%.*s（%s）" : "%.*s (%s)", SLICE_FMT(heading), zone);
            heading = slice_from_cstr(text);
        }
        add_text_cell(xlsx, i, heading, STYLE_HEADING);
    }
    add_text_cell(xlsx, RECORD_CELLS, ja ? SLICE("日時（日付型）") : SLICE("time as a date"),
                  STYLE_HEADING);
}

static int add_heading(AnswerXlsx *xlsx, const Slice *columns, size_t count, bool records)
{
    static const unsigned record_widths[] = {20, 18, 20, 18, 90, 20};
    unsigned widths[COLUMNS_MAX];
    size_t first = records ? RECORD_CELLS + 1 : 0;
    xlsx->columns = first + count;
    for (size_t i = 0; i < xlsx->columns; i++)
        widths[i] = i < first ? record_widths[i] : 24;
    begin_sheet(xlsx, widths, xlsx->columns, true);
    begin_row(xlsx);
    if (records) add_record_headings(xlsx);
    for (size_t i = 0; i < count; i++)
        add_text_cell(xlsx, first + i, columns[i], STYLE_HEADING);
    return pass_row(xlsx);
}

static void add_record(AnswerXlsx *xlsx, const Record *record)
{
    RecordCells cells;
    CLEANUP(buf_done) Buf sentence = {0};
    sentence_add(&sentence, record, xlsx->facts.language);
    record_cells_fill(&cells, record, buf_slice(&sentence), xlsx->facts.zone_offset_seconds);
    for (size_t i = 0; i < RECORD_CELLS; i++)
        add_text_cell(xlsx, i, cells.cells[i], STYLE_PLAIN);
    add_date_cell(xlsx, RECORD_CELLS, record->time_ns);
}

int answer_xlsx_add(AnswerXlsx *xlsx, const Answer *answer)
{
    int r = 0;
    if (xlsx->columns == 0)
        r = add_heading(xlsx, answer->columns, answer->column_count, answer->row != NULL);
    xlsx->is_full =
        xlsx->rows == XLSX_ROWS_MAX || zip_entry_bytes(xlsx->zip) > XLSX_SHEET_BYTES_MAX;
    if (r < 0 || xlsx->is_full) return r < 0 ? r : 1;
    size_t first = answer->row ? RECORD_CELLS + 1 : 0;
    xlsx->rows++;
    begin_row(xlsx);
    if (answer->row) add_record(xlsx, &answer->row->record);
    for (size_t i = 0; i < answer->column_count && first + i < xlsx->columns; i++)
        add_cell(xlsx, first + i, answer->cells[i], answer->numbers[i]);
    return pass_row(xlsx);
}

/* --- the sheet about it ----------------------------------------------------------------------- */

static int end_rows(AnswerXlsx *xlsx)
{
    const Slice *columns = NULL;
    size_t count = xlsx->columns ? 0 : search_columns(xlsx->facts.query, &columns);
    int r = xlsx->columns ? 0 : add_heading(xlsx, columns, count, count == 0);
    if (r < 0) return r;
    buf_add_cstr(&xlsx->xml, "</sheetData><autoFilter ref=\"A1:");
    add_place(xlsx, xlsx->columns - 1);
    buf_add_cstr(&xlsx->xml, "\"/></worksheet>");
    r = buf_error(&xlsx->xml);
    if (r == 0) r = zip_add(xlsx->zip, buf_slice(&xlsx->xml));
    return r < 0 ? r : zip_end(xlsx->zip);
}

static int add_fact(AnswerXlsx *xlsx, const char *ja, const char *en, Slice value, bool number)
{
    begin_row(xlsx);
    add_text_cell(xlsx, 0, slice_from_cstr(xlsx->facts.language == LANGUAGE_JA ? ja : en),
                  STYLE_HEADING);
    add_cell(xlsx, 1, value, number);
    int r = pass_row(xlsx);
    xlsx->rows++;
    return r;
}

static int add_count(AnswerXlsx *xlsx, const char *ja, const char *en, uint64_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)count);
    return add_fact(xlsx, ja, en, slice_from_cstr(text), true);
}

static Slice cut_words(const AnswerXlsx *xlsx, XlsxCut cut)
{
    static const char *const words[][2] = {
        {"全部です", "all of it"},
        {"続きがあります。指定した最大の行数で終わっています",
         "there is more; no more rows were asked for"},
        {"途中までです。時間がかかりすぎたため終わりました。期間を短くしてください",
         "cut off, because the search took too long; choose a shorter time"},
        {"途中までです。読めない部分があったか、メモリーが足りませんでした",
         "cut off: something could not be read, or memory was short"},
        {"途中までです。Excelの1枚のシートに入るのはここまでです。期間を短くしてください",
         "cut off: one sheet of Excel takes no more; choose a shorter time"},
    };
    size_t at = xlsx->is_full ? ARRAY_COUNT(words) - 1 : (size_t)cut;
    return slice_from_cstr(words[at][xlsx->facts.language == LANGUAGE_JA ? 0 : 1]);
}

static int add_facts(AnswerXlsx *xlsx, uint64_t rows, XlsxCut cut)
{
    char zone[16], made[TIME_TEXT_MAX];
    const XlsxFacts *facts = &xlsx->facts;
    size_t made_len = time_print_plain(made, facts->made_ns, facts->zone_offset_seconds);
    zone_words(facts->zone_offset_seconds, zone, sizeof zone);
    int r = add_fact(xlsx, "さがした言葉", "question", facts->question, false);
    if (r == 0) r = add_count(xlsx, "行数", "rows", rows);
    if (r == 0) r = add_fact(xlsx, "全部か", "complete", cut_words(xlsx, cut), false);
    if (r == 0 && xlsx->cells_cut > 0)
        r = add_count(xlsx, "長すぎて切ったセル", "cells that were too long and were cut",
                      xlsx->cells_cut);
    if (r == 0) r = add_fact(xlsx, "時間帯", "zone of the times", slice_from_cstr(zone), false);
    if (r == 0) r = add_fact(xlsx, "作った日時", "made at", slice_of(made, made_len), false);
    return r;
}

static int add_about(AnswerXlsx *xlsx, XlsxCut cut)
{
    static const unsigned widths[] = {28, 100};
    uint64_t rows = xlsx->rows;
    xlsx->rows = 0;
    int r = zip_begin(xlsx->zip, XLSX_SHEET_2);
    begin_sheet(xlsx, widths, ARRAY_COUNT(widths), false);
    if (r == 0) r = add_facts(xlsx, rows, cut);
    if (r == 0) r = zip_add(xlsx->zip, SLICE("</sheetData></worksheet>"));
    return r < 0 ? r : zip_end(xlsx->zip);
}

int answer_xlsx_end(AnswerXlsx *xlsx, XlsxCut cut)
{
    int r = end_rows(xlsx);
    if (r == 0) r = add_about(xlsx, cut);
    return r < 0 ? r : zip_finish(xlsx->zip);
}

/* --- all -------------------------------------------------------------------------------------- */

AnswerXlsx *answer_xlsx_new(Buf *to, const XlsxFacts *facts)
{
    AnswerXlsx *xlsx = calloc(1, sizeof *xlsx);
    if (!xlsx) return NULL;
    xlsx->facts = *facts;
    xlsx->xml = buf_make((size_t)64 << 20);
    xlsx->zip = zip_new(to);
    int r = xlsx->zip ? 0 : -ENOMEM;
    if (r == 0) r = xlsx_parts_add(xlsx->zip, facts->language);
    if (r == 0) r = zip_begin(xlsx->zip, XLSX_SHEET_1);
    if (r == 0) return xlsx;
    answer_xlsx_free(xlsx);
    return NULL;
}

void answer_xlsx_free(AnswerXlsx *xlsx)
{
    if (!xlsx) return;
    zip_free(xlsx->zip);
    buf_done(&xlsx->xml);
    free(xlsx);
}
