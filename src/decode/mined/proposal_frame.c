/* The header of the lines as the frame of a definition: time, level, program... */
#include "decode/mined/proposal_int.h"

#include <stdio.h>

/* A held line that has all the columns, with its cells. False: none has. */
static bool find_example(const FrameWriting *writing, Slice *ret_line, Cell *cells, size_t *count,
                         size_t *ret_message)
{
    const LineStream *stream = writing->stream;
    const HeaderLayout *layout = miner_layout(stream->miner);
    if (layout->count == 0) return false;
    for (size_t i = 0; i < stream->held_count; i++) {
        Slice line = held_text(stream, i);
        *ret_message = header_layout_apply(layout, line, cells, count);
        *ret_line = line;
        bool full = *count >= layout->count && *ret_message < line.len;
        if (full && (!layout->ends_at || *count > layout->count)) return true;
    }
    return false;
}

/* `I1120 17:40:00`: the letter of the level is glued to the time. */
static bool has_glued_letter(const Cell *cell)
{
    char c = cell->text.ptr[0];
    return cell->value.ptr > cell->text.ptr && c >= 'A' && c <= 'Z';
}

static Slice time_text(const Cell *cell)
{
    return has_glued_letter(cell) ? slice_of(cell->text.ptr, cell->value.len + 1) : cell->value;
}

static size_t count_words(Slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] != ' ' && (i == 0 || text.ptr[i - 1] == ' ');
    }
    return count;
}

/* One piece for each word of the time, for a piece may not know where a time with blanks ends. */
static void add_time_pieces(Buf *to, Slice time, bool named)
{
    size_t count = count_words(time);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(to, ' ');
        if (named) {
            buf_add_format(to, "{time%zu}", i + 1);
        } else {
            buf_add_cstr(to, "{*:word}");
        }
    }
}

static const char *name_of(const HeaderLayout *layout, size_t at, const Cell *cell)
{
    bool tag_next = at + 1 < layout->count && layout->kinds[at + 1] == CELL_TAG;
    switch (cell->kind) {
    case CELL_LEVEL: return "log.level";
    case CELL_TAG: return "component";
    case CELL_NUMBER: return "number";
    case CELL_BRACKET: return "context";
    case CELL_UPPER: return "class";
    default: return tag_next && layout->kinds[at] != CELL_DOTTED ? "host.name" : "component";
    }
}

/* Writes a cell; *at is how much of the line is written, and moves behind the cell's value. */
static void add_cell(const FrameWriting *writing, Slice line, const Cell *cell, size_t index,
                     NamesUsed *used, size_t *at)
{
    Buf *to = writing->yaml;
    const HeaderLayout *layout = miner_layout(writing->stream->miner);
    Slice value = cell->kind == CELL_TIME ? time_text(cell) : cell->value;
    size_t begin = (size_t)(value.ptr - line.ptr);
    char name[40];
    if (cell->kind == CELL_SEPARATOR) return;
    proposal_add_text(to, slice_of(line.ptr + *at, begin - *at));
    *at = begin + value.len;
    if (cell->kind == CELL_TIME) {
        add_time_pieces(to, value, index == layout->time_at);
        return;
    }
    proposal_take_name(used, name_of(layout, index, cell), name);
    buf_add_format(to, "{%s%s}", name, cell->kind == CELL_BRACKET ? ":text" : "");
}

/* The whole header; with `most` cells only its begin. */
static void add_frame(const FrameWriting *writing, Slice line, const Cell *cells, size_t count,
                      size_t message)
{
    Buf *to = writing->yaml;
    const HeaderLayout *layout = miner_layout(writing->stream->miner);
    NamesUsed used = {0};
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        bool loose = layout->ends_at && i > layout->time_at;
        if (!loose) add_cell(writing, line, &cells[i], i, &used, &at);
        if (!loose || i != layout->time_at + 1) continue;
        size_t begin = (size_t)(cells[i].text.ptr - line.ptr);
        proposal_add_text(to, slice_of(line.ptr + at, begin - at));
        const Cell *last = &cells[count - 1];
        at = last->kind == CELL_TAG ? (size_t)(last->value.ptr - line.ptr) + last->value.len
                                    : (size_t)(last->text.ptr - line.ptr);
        while (at > begin && line.ptr[at - 1] == ' ') {
            at--;
        }
        buf_add_cstr(to, "{program:text}");
    }
    while (message < line.len && (line.ptr[message] == ' ' || line.ptr[message] == '\t')) {
        message++;
    }
    proposal_add_text(to, slice_of(line.ptr + at, message - at));
    buf_add_cstr(to, "{message:text}");
}

void proposal_add_frame(const FrameWriting *writing)
{
    Cell cells[HEADER_CELLS_MAX];
    const HeaderLayout *layout = miner_layout(writing->stream->miner);
    Slice line;
    size_t count, message;
    if (!find_example(writing, &line, cells, &count, &message)) return;
    buf_add_cstr(writing->yaml, "  frame:\n    - '");
    add_frame(writing, line, cells, count, message);
    buf_add_cstr(writing->yaml, "'\n");
    if (count == layout->time_at + 1) return;
    /* lines that have only the time before their message */
    const Cell *last = &cells[layout->time_at];
    size_t end = (size_t)(last->text.ptr - line.ptr) + last->text.len;
    buf_add_cstr(writing->yaml, "    - '");
    for (size_t i = 0; i <= layout->time_at; i++) {
        if (i > 0) buf_add_char(writing->yaml, ' ');
        if (i < layout->time_at) buf_add_cstr(writing->yaml, "{*:word}");
    }
    Slice value = time_text(last);
    proposal_add_text(writing->yaml,
                      slice_of(last->text.ptr, (size_t)(value.ptr - last->text.ptr)));
    add_time_pieces(writing->yaml, value, true);
    size_t value_end = (size_t)(value.ptr - line.ptr) + value.len;
    proposal_add_text(writing->yaml, slice_of(line.ptr + value_end, end - value_end));
    buf_add_cstr(writing->yaml, " {message:text}'\n");
}

/* --- time ------------------------------------------------------------------------------------- */

#define FORMATS_MAX 4

/* Adds the format when it is new. */
static void see_format(char formats[][LINE_TIME_FORMAT_MAX], size_t *count, const Cell *cell)
{
    char format[LINE_TIME_FORMAT_MAX];
    line_time_format(&cell->time, format);
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(formats[i], format) == 0) return;
    }
    if (*count < FORMATS_MAX) memcpy(formats[(*count)++], format, sizeof format);
}

static void add_time_row(Buf *to, Slice time, const char *letter, const char *format)
{
    buf_add_cstr(to, "  - {of: '");
    add_time_pieces(to, time, true);
    buf_add_cstr(to, "', format: ");
    CLEANUP(buf_done) Buf whole = {0};
    buf_add_cstr(&whole, letter);
    buf_add_cstr(&whole, format);
    proposal_add_quoted(to, buf_slice(&whole));
    buf_add_cstr(to, "}\n");
}

void proposal_add_time(const FrameWriting *writing)
{
    static const char *const letters[] = {"I", "W", "E", "F", "D"};
    const LineStream *stream = writing->stream;
    const HeaderLayout *layout = miner_layout(stream->miner);
    char formats[FORMATS_MAX][LINE_TIME_FORMAT_MAX];
    size_t count = 0, cell_count;
    Cell cells[HEADER_CELLS_MAX], example = {0};
    for (size_t i = 0; i < stream->held_count && layout->count > 0; i++) {
        header_layout_apply(layout, held_text(stream, i), cells, &cell_count);
        if (cell_count <= layout->time_at) continue;
        if (count == 0) example = cells[layout->time_at];
        see_format(formats, &count, &cells[layout->time_at]);
    }
    if (count == 0) return;
    memcpy(writing->summary->time_format, formats[0], LINE_TIME_FORMAT_MAX);
    buf_add_cstr(writing->yaml, "time:\n");
    for (size_t i = 0; i < count; i++) {
        bool glued = has_glued_letter(&example);
        for (size_t k = 0; k < (glued ? ARRAY_COUNT(letters) : 1); k++) {
            add_time_row(writing->yaml, time_text(&example), glued ? letters[k] : "", formats[i]);
        }
    }
}

/* --- recognising ------------------------------------------------------------------------------ */

static void add_regex_text(Buf *to, Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ' ') {
            buf_add_cstr(to, " *");
        } else {
            if (memchr(".^$*+?()[]{}|\\/-", c, 16)) buf_add_char(to, '\\');
            buf_add_char(to, c);
        }
    }
}

void proposal_add_time_regex(Buf *to, const char *format)
{
    static const char *const parts[][2] = {
        {"Y", "\\d{4}"},           {"b", "[A-Za-z]{3}"}, {"a", "[^ ]+"},
        {"p", "[^ \\d]+"},         {"f", "\\d+"},        {"z", "[^ ]+"},
        {"E", "[^ \\d]+(\\d+|元)"}};
    if (strcmp(format, "epoch") == 0) {
        buf_add_cstr(to, "1\\d{9}");
        return;
    }
    for (const char *at = format; *at; at++) {
        if (*at != '%') {
            add_regex_text(to, slice_of(at, 1));
            continue;
        }
        const char *part = "\\d{1,2}";
        at++;
        for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
            if (parts[i][0][0] == *at) part = parts[i][1];
        }
        buf_add_cstr(to, part);
    }
}

bool proposal_add_regex(const FrameWriting *writing, Buf *to)
{
    Cell cells[HEADER_CELLS_MAX];
    const HeaderLayout *layout = miner_layout(writing->stream->miner);
    Slice line;
    size_t count, message;
    char format[LINE_TIME_FORMAT_MAX];
    if (!find_example(writing, &line, cells, &count, &message)) return false;
    const Cell *time = &cells[layout->time_at];
    buf_add_char(to, '^');
    for (size_t i = 0; i < layout->time_at; i++) {
        buf_add_cstr(to, "[^ ]+ +");
    }
    if (has_glued_letter(time)) {
        buf_add_cstr(to, "[A-Z]");
    } else {
        add_regex_text(to, slice_of(time->text.ptr, (size_t)(time->value.ptr - time->text.ptr)));
    }
    line_time_format(&time->time, format);
    proposal_add_time_regex(to, format);
    return true;
}
