/* See csv_table.h. */
#include "search/csv_table.h"

#include "base/fold.h"

#include <errno.h>

typedef struct Reader {
    Slice rest;
    Arena *arena;
    size_t line;
} Reader;

/* "..." with "" for a quotation mark inside. */
static int take_quoted(Reader *reader, Slice *ret)
{
    Slice rest = slice_skip(reader->rest, 1);
    size_t len = 0, end = 0;
    while (end < rest.len &&
           (rest.ptr[end] != '"' || (end + 1 < rest.len && rest.ptr[end + 1] == '"'))) {
        end += rest.ptr[end] == '"' ? 2 : 1;
    }
    if (end >= rest.len) return -EBADMSG;
    char *text = arena_alloc(reader->arena, end + 1);
    if (!text) return -ENOMEM;
    for (size_t i = 0; i < end; i += rest.ptr[i] == '"' ? 2 : 1) {
        text[len++] = rest.ptr[i];
        reader->line += rest.ptr[i] == '\n';
    }
    reader->rest = slice_skip(rest, end + 1);
    *ret = slice_of(text, len);
    return 0;
}

static bool is_cell_end(char c)
{
    return c == ',' || c == '\r' || c == '\n';
}

static Slice take_bare(Reader *reader)
{
    size_t len = 0;
    while (len < reader->rest.len && !is_cell_end(reader->rest.ptr[len])) {
        len++;
    }
    Slice cell = slice_first(reader->rest, len);
    reader->rest = slice_skip(reader->rest, len);
    return slice_trim(cell);
}

/* Takes a cell and what ends it; *ret_last: it was the last of its row. */
static int take_cell(Reader *reader, Slice *ret, bool *ret_last)
{
    int r = 0;
    if (reader->rest.len > 0 && reader->rest.ptr[0] == '"') {
        r = take_quoted(reader, ret);
        if (r == 0) take_bare(reader); /* what stands between the mark and the comma */
    } else {
        *ret = take_bare(reader);
    }
    if (r < 0) return r;
    *ret_last = reader->rest.len == 0 || reader->rest.ptr[0] != ',';
    if (slice_starts(reader->rest, SLICE("\r\n"))) reader->rest = slice_skip(reader->rest, 1);
    reader->line += *ret_last;
    reader->rest = slice_skip(reader->rest, 1);
    return 0;
}

static int grow(CsvTable *table, Arena *arena)
{
    if (table->row_count < table->row_room) return 0;
    size_t room = table->row_room * 2 + 64;
    Slice *larger = ARENA_ARRAY(arena, Slice, room * table->column_count);
    if (!larger) return -ENOMEM;
    size_t used = table->row_count * table->column_count;
    if (used) memcpy(larger, table->cells, used * sizeof *larger);
    table->cells = larger;
    table->row_room = room;
    return 0;
}

static int read_heading(Reader *reader, CsvTable *table)
{
    bool last = reader->rest.len == 0;
    if (last) return -EBADMSG;
    while (!last) {
        if (table->column_count == CSV_COLUMNS_MAX) return -EBADMSG;
        int r = take_cell(reader, &table->columns[table->column_count++], &last);
        if (r < 0) return r;
    }
    return 0;
}

static int read_row(Reader *reader, CsvTable *table)
{
    int r = grow(table, reader->arena);
    if (r < 0) return r;
    Slice *row = table->cells + table->row_count * table->column_count, cell;
    bool last = false, empty = true;
    for (size_t i = 0; !last; i++) {
        r = take_cell(reader, &cell, &last);
        if (r < 0) return r;
        if (i < table->column_count) row[i] = cell;
        empty &= cell.len == 0;
    }
    table->row_count += !empty;
    return 0;
}

int csv_table_read(Slice text, Arena *arena, CsvTable *ret)
{
    if (slice_starts(text, SLICE("\xef\xbb\xbf"))) text = slice_skip(text, 3);
    Reader reader = {.rest = text, .arena = arena, .line = 1};
    *ret = (CsvTable){0};
    int r = read_heading(&reader, ret);
    while (r == 0 && reader.rest.len > 0) {
        r = read_row(&reader, ret);
    }
    ret->line = reader.line;
    return r;
}

size_t csv_table_column(const CsvTable *table, Slice name)
{
    char folded[512];
    if (name.len > sizeof folded) return CSV_COLUMNS_MAX;
    Slice wanted = slice_of(folded, fold_text(folded, name));
    for (size_t i = 0; i < table->column_count; i++) {
        if (fold_equals(table->columns[i], wanted)) return i;
    }
    return CSV_COLUMNS_MAX;
}
