/* See text_shape.h. */
#include "decode/mined/text_shape.h"

enum {
    SHAPE_SHARE = 90,      /* percent of the lines that must have the shape */
    PAIRS_LEAST = 3,       /* in a line, and most of its words */
    COMMA_CELLS_LEAST = 4, /* sentences have commas too */
    CELLS_LEAST = 3,
};

bool shape_cut_cell(Slice *rest, char separator, bool *more, Slice *ret)
{
    if (!*more) return false;
    size_t at = 0;
    if (rest->len > 0 && rest->ptr[0] == '"') {
        for (at = 1; at < rest->len; at++) {
            if (rest->ptr[at] != '"') continue;
            if (at + 1 < rest->len && rest->ptr[at + 1] == '"') {
                at++;
                continue;
            }
            break;
        }
        *ret = slice_of(rest->ptr + 1, at - 1);
        *rest = slice_skip(*rest, at + 1);
        at = slice_find_char(*rest, separator);
    } else {
        at = slice_find_char(*rest, separator);
        *ret = slice_first(*rest, at);
    }
    *more = at != SLICE_NOT_FOUND;
    *rest = *more ? slice_skip(*rest, at + 1) : (Slice){0};
    return true;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || (c & 0x80);
}

static size_t value_length(Slice text)
{
    if (text.len > 0 && text.ptr[0] == '"') {
        for (size_t at = 1; at < text.len; at++) {
            if (text.ptr[at] == '\\') {
                at++;
            } else if (text.ptr[at] == '"') {
                return at + 1;
            }
        }
    }
    size_t blank = slice_find_char(text, ' ');
    return blank == SLICE_NOT_FOUND ? text.len : blank;
}

bool shape_cut_pair(Slice *rest, Slice *ret_name, Slice *ret_value)
{
    for (;;) {
        size_t equals = slice_find_char(*rest, '='), begin = equals;
        if (equals == SLICE_NOT_FOUND) return false;
        while (begin > 0 && is_name_char(rest->ptr[begin - 1])) {
            begin--;
        }
        bool named = begin < equals && (begin == 0 || rest->ptr[begin - 1] == ' ' ||
                                        rest->ptr[begin - 1] == ',' || rest->ptr[begin - 1] == ';');
        *ret_name = slice_of(rest->ptr + begin, equals - begin);
        *rest = slice_skip(*rest, equals + 1);
        if (!named) continue;
        *ret_value = slice_first(*rest, value_length(*rest));
        *rest = slice_skip(*rest, ret_value->len);
        if (ret_value->len > 1 && ret_value->ptr[0] == '"')
            *ret_value = slice_of(ret_value->ptr + 1, ret_value->len - 2);
        return true;
    }
}

static bool is_pairs(Slice line)
{
    Slice rest = line, name, value;
    size_t pairs = 0, bytes = 0;
    while (shape_cut_pair(&rest, &name, &value)) {
        pairs++;
        bytes += name.len + 1 + value.len;
    }
    return pairs >= PAIRS_LEAST && bytes * 2 > line.len;
}

static void count_cells(ShapeSeen *seen, Slice line)
{
    for (size_t i = 0; i < sizeof SHAPE_SEPARATORS - 1; i++) {
        Slice rest = line, cell;
        size_t cells = 0;
        for (bool more = true; cells <= SHAPE_COLUMNS_MAX &&
                               shape_cut_cell(&rest, SHAPE_SEPARATORS[i], &more, &cell);) {
            cells++;
        }
        if (cells > SHAPE_COLUMNS_MAX) continue;
        seen->cells[i][cells]++;
        seen->rows[i] += cells >= CELLS_LEAST;
    }
}

void shape_seen_add(ShapeSeen *seen, Slice line)
{
    line = slice_first(slice_trim(line), 4096);
    if (line.len == 0) return;
    seen->w3c += slice_starts(line, SLICE("#Fields:"));
    if (line.ptr[0] == '#') return; /* comments of W3C files and the like say nothing of the rest */
    seen->lines++;
    Slice front = slice_first(line, 256);
    seen->cef += slice_find(front, SLICE("CEF:")) != SLICE_NOT_FOUND;
    seen->leef += slice_find(front, SLICE("LEEF:")) != SLICE_NOT_FOUND;
    seen->xml += line.ptr[0] == '<' && line.ptr[line.len - 1] == '>';
    seen->pairs += is_pairs(line);
    count_cells(seen, line);
}

static bool most(const ShapeSeen *seen, uint64_t count)
{
    return seen->lines > 0 && count * 100 >= seen->lines * SHAPE_SHARE;
}

static bool is_table(const ShapeSeen *seen, char *ret_separator, size_t *ret_columns)
{
    for (size_t i = 0; i < sizeof SHAPE_SEPARATORS - 1; i++) {
        size_t least = SHAPE_SEPARATORS[i] == ',' ? COMMA_CELLS_LEAST : CELLS_LEAST;
        for (size_t cells = least; cells <= SHAPE_COLUMNS_MAX; cells++) {
            if (!most(seen, seen->cells[i][cells])) continue;
            *ret_separator = SHAPE_SEPARATORS[i];
            *ret_columns = cells;
            return true;
        }
    }
    return false;
}

TextShape shape_judge(const ShapeSeen *seen, char *ret_separator, size_t *ret_columns)
{
    if (seen->w3c > 0) return SHAPE_W3C;
    if (most(seen, seen->cef)) return SHAPE_CEF;
    if (most(seen, seen->leef)) return SHAPE_LEEF;
    if (most(seen, seen->xml)) return SHAPE_XML;
    if (most(seen, seen->pairs)) return SHAPE_PAIRS;
    return is_table(seen, ret_separator, ret_columns) ? SHAPE_TABLE : SHAPE_TEXT;
}

const char *shape_name(TextShape shape)
{
    static const char *const names[] = {"text", "table", "w3c", "pairs",
                                        "cef",  "leef",  "xml", "json"};
    return names[shape];
}
