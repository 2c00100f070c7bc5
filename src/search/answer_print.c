/* See search.h: answers as JSON lines, as a table for a terminal, as CSV for a spreadsheet. */
#include "search/search.h"

#include "base/json_text.h"
#include "base/utf8.h"
#include "record/print.h"
#include "record/sentence.h"
#include "search/answer_cells.h"
#include "search/query_tree.h"
#include "search/text_width.h"

/* Columns on the screen: 19 + 16 + 18 + 16 and the blanks between leave half of a usual terminal to
 * the sentence, which is last and is cut only where it would fill the screen. */
#define TIME_COLUMNS 19
#define WHO_COLUMNS 16
#define FROM_COLUMNS 18
#define SYSTEM_COLUMNS 16
#define SENTENCE_COLUMNS 400
#define NUMBER_COLUMNS 12
#define CELL_COLUMNS 32
#define LAST_CELL_COLUMNS 400

static Slice first_present(Slice a, Slice b)
{
    return a.len > 0 ? a : b;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void print_json_table(Buf *to, const Answer *answer)
{
    buf_add_char(to, '{');
    for (size_t i = 0; i < answer->column_count; i++) {
        Slice cell = answer->cells[i];
        if (i > 0) buf_add_char(to, ',');
        json_add_string(to, answer->columns[i]);
        buf_add_char(to, ':');
        if (cell.len == 0) {
            buf_add(to, "null", 4);
        } else if (answer->numbers[i] && json_is_number(cell)) {
            buf_add_slice(to, cell);
        } else {
            json_add_string(to, cell);
        }
    }
    buf_add(to, "}\n", 2);
}

/* --- table ------------------------------------------------------------------------------------ */

static size_t width_of(Slice text)
{
    size_t width = 0;
    while (text.len > 0 && width < CELL_COLUMNS) {
        width += text_width_of(text_made_safe(utf8_take(&text)));
    }
    return width < CELL_COLUMNS ? width : CELL_COLUMNS;
}

/* As wide as its heading; a time that min or max gave is wider and is not cut. */
static void add_number_cell(Buf *to, Slice heading, Slice cell)
{
    size_t columns = width_of(heading), own = width_of(cell);
    if (columns < NUMBER_COLUMNS) columns = NUMBER_COLUMNS;
    text_add_column(to, cell, own > columns ? own : columns, true);
}

static void print_table_line(Buf *to, const Answer *answer, const Slice *cells)
{
    for (size_t i = 0; i < answer->column_count; i++) {
        bool last = i + 1 == answer->column_count, number = answer->numbers[i];
        Slice cell = first_present(cells[i], SLICE("-"));
        if (number) {
            add_number_cell(to, answer->columns[i], cell);
        } else if (last) {
            text_add_safe(to, cell, LAST_CELL_COLUMNS);
        } else {
            text_add_column(to, cell, CELL_COLUMNS, false);
        }
        buf_add_cstr(to, last ? "\n" : "  ");
    }
}

static void print_record_line(Buf *to, const Slice *cells)
{
    static const size_t columns[RECORD_CELLS - 1] = {TIME_COLUMNS, WHO_COLUMNS, FROM_COLUMNS,
                                                     SYSTEM_COLUMNS};
    for (size_t i = 0; i < ARRAY_COUNT(columns); i++) {
        text_add_column(to, first_present(cells[i], SLICE("-")), columns[i], false);
        buf_add(to, "  ", 2);
    }
    text_add_safe(to, cells[RECORD_CELLS - 1], SENTENCE_COLUMNS);
    buf_add_char(to, '\n');
}

/* --- CSV -------------------------------------------------------------------------------------- */

/* RFC 4180, 2.5 to 2.7. A cell that a spreadsheet would take for a formula gets a ' in front, also
 * when blanks or a tab stand before the sign; control characters but ends of line and tab become
 * U+FFFD. */
static void add_csv_cell(Buf *to, Slice cell)
{
    Slice trimmed = slice_trim(cell);
    bool formula = trimmed.len > 0 && strchr("=+-@", trimmed.ptr[0]) && trimmed.ptr[0];
    bool number = json_is_number(cell); /* -5 is one, and no formula */
    buf_add_char(to, '"');
    if (formula && !number) buf_add_char(to, '\'');
    while (cell.len > 0) {
        bool line_end = cell.ptr[0] == '\n' || cell.ptr[0] == '\r' || cell.ptr[0] == '\t';
        Slice one = cell;
        utf8_take(&cell);
        one.len -= cell.len;
        if (line_end) {
            buf_add_slice(to, one);
        } else if (one.ptr[0] == '"') {
            buf_add(to, "\"\"", 2);
        } else {
            text_add_safe(to, one, SIZE_MAX);
        }
    }
    buf_add_char(to, '"');
}

static void print_csv_line(Buf *to, const Slice *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(to, ',');
        add_csv_cell(to, cells[i]);
    }
    buf_add(to, "\r\n", 2);
}

/* --- columns beside records ------------------------------------------------------------------- */

/* {"a":1} with its closing brace and end of line at the end of `to`: more members before them. */
static void add_members(Buf *to, const Answer *answer)
{
    if (answer->column_count == 0 || buf_error(to) || to->len < 2) return;
    to->len -= 2;
    buf_add_char(to, ',');
    size_t open = to->len;
    print_json_table(to, answer);
    if (buf_error(to)) return;
    memmove(to->ptr + open, to->ptr + open + 1, to->len - open - 1); /* the opening brace */
    to->len--;
}

static void add_columns(Buf *to, const Answer *answer)
{
    if (answer->column_count == 0 || buf_error(to) || to->len == 0) return;
    to->len--; /* the end of line */
    for (size_t i = 0; i < answer->column_count; i++) {
        buf_add(to, "  ", 2);
        text_add_safe(to, answer->columns[i], LAST_CELL_COLUMNS);
        buf_add_char(to, '=');
        text_add_safe(to, first_present(answer->cells[i], SLICE("-")), LAST_CELL_COLUMNS);
    }
    buf_add_char(to, '\n');
}

static void print_csv_record(Buf *to, const Slice *first, const Slice *more, size_t count)
{
    Slice cells[RECORD_CELLS + PIPE_COLUMNS_MAX];
    memcpy(cells, first, RECORD_CELLS * sizeof *cells);
    if (count) memcpy(cells + RECORD_CELLS, more, count * sizeof *cells);
    print_csv_line(to, cells, RECORD_CELLS + count);
}

/* --- all -------------------------------------------------------------------------------------- */

static void print_heading(Buf *to, const AnswerPrinter *printer, const Answer *answer)
{
    Slice headings[RECORD_CELLS];
    for (size_t i = 0; i < RECORD_CELLS; i++) {
        headings[i] = record_cells_heading(printer->language, i);
    }
    bool csv = printer->format == ANSWER_CSV;
    if (answer->row) {
        csv ? print_csv_record(to, headings, answer->columns, answer->column_count)
            : print_record_line(to, headings);
    } else {
        csv ? print_csv_line(to, answer->columns, answer->column_count)
            : print_table_line(to, answer, answer->columns);
    }
}

static void print_record(Buf *to, const AnswerPrinter *printer, const Answer *answer)
{
    RecordCells record;
    CLEANUP(buf_done) Buf sentence = {0};
    sentence_add(&sentence, &answer->row->record, printer->language);
    record_cells_fill(&record, &answer->row->record, buf_slice(&sentence),
                      printer->zone_offset_seconds);
    if (printer->format == ANSWER_CSV) {
        print_csv_record(to, record.cells, answer->cells, answer->column_count);
    } else {
        print_record_line(to, record.cells);
        add_columns(to, answer);
    }
}

void answer_print(Buf *to, AnswerPrinter *printer, const Answer *answer)
{
    if (printer->format != ANSWER_JSON && printer->printed == 0) print_heading(to, printer, answer);
    printer->printed++;
    if (printer->format == ANSWER_JSON) {
        answer->row ? print_record_json(to, answer->row, true) : print_json_table(to, answer);
        if (answer->row) add_members(to, answer);
    } else if (answer->row) {
        print_record(to, printer, answer);
    } else if (printer->format == ANSWER_CSV) {
        print_csv_line(to, answer->cells, answer->column_count);
    } else {
        print_table_line(to, answer, answer->cells);
    }
}
