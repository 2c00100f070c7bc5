/* See list_lines.h. */
#include "translate/context/list_lines.h"

ListLines list_lines(Slice text)
{
    if (slice_starts(text, SLICE("\xef\xbb\xbf"))) text = slice_skip(text, 3);
    return (ListLines){.rest = text, .line = 1};
}

/* From behind the opening quote to behind the closing one; "" is a quote. */
static Slice take_quoted(Slice *line, ListRow *row)
{
    size_t start = row->room_used, at = 0;
    while (at < line->len) {
        char c = line->ptr[at++];
        if (c == '"') {
            if (at == line->len || line->ptr[at] != '"') break;
            at++;
        }
        if (row->room_used < LIST_ROW_BYTES_MAX) row->room[row->room_used++] = c;
    }
    *line = slice_skip(*line, at);
    return slice_trim(slice_of(row->room + start, row->room_used - start));
}

static Slice take_cell(Slice *line, ListRow *row, char separator)
{
    Slice cell, behind;
    *line = slice_trim(*line);
    if (line->len == 0 || line->ptr[0] != '"') {
        slice_cut(line, separator, &cell);
        return slice_trim(cell);
    }
    *line = slice_skip(*line, 1);
    cell = take_quoted(line, row);
    slice_cut(line, separator, &behind);
    return cell;
}

bool list_next(ListLines *lines, ListRow *ret)
{
    Slice line;
    while (slice_cut(&lines->rest, '\n', &line)) {
        ret->line = lines->line++;
        line = slice_trim(line);
        if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';') continue;
        char separator = slice_find_char(line, ',') == SLICE_NOT_FOUND &&
                                 slice_find_char(line, '\t') != SLICE_NOT_FOUND
                             ? '\t'
                             : ',';
        ret->count = ret->room_used = 0;
        while (line.len > 0 && ret->count < LIST_CELLS_MAX) {
            ret->cells[ret->count++] = take_cell(&line, ret, separator);
        }
        return true;
    }
    return false;
}
