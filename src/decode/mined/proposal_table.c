/* Definitions of tables, pairs, CEF, LEEF, W3C and JSON. */
#include "decode/mined/proposal_int.h"

#include <stdio.h>

#define COLUMN_SHARE 90 /* percent of the lines in which a column must be a time to be the time */

static Slice column_name(const ColumnSeen *column)
{
    return slice_of(column->name, column->name_len);
}

/* Can stand in braces. */
static bool is_plain(Slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (memchr("{}:'\"", name.ptr[i], 5)) return false;
    }
    return name.len > 0;
}

/* --- columns ---------------------------------------------------------------------------------- */

bool proposal_has_names(const Writing *writing)
{
    bool more = true, values = false;
    Slice rest = held_text(writing->stream, 0), cell;
    LineTime time;
    while (shape_cut_cell(&rest, writing->separator, &more, &cell)) {
        ValueKind kind = value_kind(cell);
        if (kind == VALUE_NUMBER || kind == VALUE_ADDRESS || cell.len == 0) return false;
        if (line_time_take(cell, LINE_TIME_NO_HINT, &time)) return false;
    }
    if (writing->stream->held_count < 2) return false;
    rest = held_text(writing->stream, 1);
    for (more = true; shape_cut_cell(&rest, writing->separator, &more, &cell);) {
        ValueKind kind = value_kind(cell);
        values = values || kind == VALUE_NUMBER || kind == VALUE_ADDRESS ||
                 line_time_take(cell, LINE_TIME_NO_HINT, &time);
    }
    return values;
}

/* Names without a header line: by what most values of the column are. */
static void see_rows(const Writing *writing)
{
    bool named = writing->named;
    Proposal *proposal = writing->proposal;
    char room[16];
    for (size_t i = named; i < writing->stream->held_count; i++) {
        Slice rest = held_text(writing->stream, i), cell, name;
        Slice names = held_text(writing->stream, 0);
        bool more = true, names_more = true;
        for (size_t at = 1; shape_cut_cell(&rest, writing->separator, &more, &cell); at++) {
            name = slice_of(room, (size_t)snprintf(room, sizeof room, "c%zu", at));
            if (named && !shape_cut_cell(&names, writing->separator, &names_more, &name)) break;
            proposal_see_column(proposal, name, cell);
        }
    }
}

static void see_pairs(const Writing *writing)
{
    for (size_t i = 0; i < writing->stream->held_count; i++) {
        Slice rest = held_text(writing->stream, i), name, value;
        while (shape_cut_pair(&rest, &name, &value)) {
            proposal_see_column(writing->proposal, name, value);
        }
    }
}

/* Names of W3C files stand in their line of fields. */
static Slice w3c_names(const Writing *writing)
{
    for (size_t i = 0; i < writing->stream->held_count; i++) {
        Slice line = held_text(writing->stream, i);
        if (slice_starts(line, SLICE("#Fields:"))) return line;
    }
    return SLICE("#Fields:");
}

static void see_w3c(const Writing *writing)
{
    for (size_t i = 0; i < writing->stream->held_count; i++) {
        Slice names = slice_trim(slice_skip(w3c_names(writing), 8));
        Slice rest = held_text(writing->stream, i), name, value;
        if (slice_starts(rest, SLICE("#"))) continue;
        while (slice_cut(&names, ' ', &name) && slice_cut(&rest, ' ', &value)) {
            proposal_see_column(writing->proposal, name, value);
        }
    }
}

/* --- time ------------------------------------------------------------------------------------- */

static bool is_time_column(const ColumnSeen *column)
{
    return column->lines > 0 &&
           (uint64_t)column->times * 100 >= (uint64_t)column->lines * COLUMN_SHARE;
}

/* The column that is a whole time; else a date and a clock in two of them. */
static void write_time(const Writing *writing)
{
    const Proposal *proposal = writing->proposal;
    const ColumnSeen *date = NULL, *clock = NULL, *full = NULL;
    char format[LINE_TIME_FORMAT_MAX], clock_format[LINE_TIME_FORMAT_MAX];
    for (size_t i = 0; i < proposal->column_count && !full; i++) {
        const ColumnSeen *column = &proposal->columns[i];
        if (!is_time_column(column) || !is_plain(column_name(column))) continue;
        line_time_format(&column->time, format);
        bool has_clock = strchr(format, 'H') || strchr(format, 'I');
        bool has_day = strchr(format, 'd') != NULL;
        if (line_time_is_full(&column->time) || (has_clock && has_day)) full = column;
        if (!full && has_clock && !clock) clock = column;
        if (!full && has_day && !date) date = column;
    }
    if (!full && !(date && clock)) return;
    const ColumnSeen *first = full ? full : date;
    line_time_format(&first->time, format);
    buf_add_cstr(writing->yaml, "time:\n  - {of: '{");
    buf_add_slice(writing->yaml, column_name(first));
    if (!full) {
        line_time_format(&clock->time, clock_format);
        buf_add_cstr(writing->yaml, "} {");
        buf_add_slice(writing->yaml, column_name(clock));
    }
    buf_add_format(writing->yaml, "}', format: '%s%s%s'", format, full ? "" : " ",
                   full ? "" : clock_format);
    /* the format's standard says GMT */
    if (writing->summary->shape == SHAPE_W3C) buf_add_cstr(writing->yaml, ", zone: '+00:00'");
    buf_add_cstr(writing->yaml, "}\n");
    memcpy(writing->summary->time_format, format, sizeof format);
}

static void write_fields(const Writing *writing)
{
    const Proposal *proposal = writing->proposal;
    NamesUsed used = {0};
    char name[40];
    for (size_t i = 0; i < proposal->column_count && used.count < NAMES_MAX; i++) {
        const ColumnSeen *column = &proposal->columns[i];
        const char *field = column_field(column_name(column), proposal_column_kind(column));
        if (!field) field = column_field_by_value(proposal_column_kind(column));
        bool address = proposal_column_kind(column) == VALUE_ADDRESS;
        /* a table without names: its first address is more often whose it is than whom it asked */
        if (!field && address && writing->summary->shape == SHAPE_TABLE && !writing->named)
            field = "source.ip";
        if (!field || is_time_column(column)) continue;
        proposal_take_name(&used, field, name);
        if (strcmp(name, field) != 0) continue;
        buf_add_cstr(writing->yaml, used.count == 1 ? "fields:\n  " : "  ");
        buf_add_format(writing->yaml, "%s: ", field);
        proposal_add_quoted(writing->yaml, column_name(column));
        buf_add_char(writing->yaml, '\n');
    }
}

/* --- recognising and taking ------------------------------------------------------------------- */

static void write_column_names(const Writing *writing)
{
    Buf *to = writing->yaml;
    Slice rest = held_text(writing->stream, 0), cell;
    bool more = true;
    buf_add_cstr(to, "  columns: [");
    for (size_t at = 1; shape_cut_cell(&rest, writing->separator, &more, &cell); at++) {
        if (at > 1) buf_add_cstr(to, ", ");
        if (writing->named) {
            proposal_add_quoted(to, cell);
        } else {
            buf_add_format(to, "c%zu", at);
        }
    }
    buf_add_cstr(to, "]\n");
}

/* So many cells, and a time in the first that is one. */
static void write_row_regex(const Writing *writing)
{
    const Proposal *proposal = writing->proposal;
    char format[LINE_TIME_FORMAT_MAX];
    char sign = writing->separator;
    const char *separator = sign == '\t' ? "\\t" : sign == '|' ? "\\|" : sign == ',' ? "," : ";";
    size_t before = 0;
    while (before < proposal->column_count && !is_time_column(&proposal->columns[before])) {
        before++;
    }
    bool timed = before < proposal->column_count;
    if (!timed) before = proposal->column_count - 1;
    writing->summary->marks++;
    buf_add_cstr(writing->yaml, "  - regex: '^");
    if (before > 0) buf_add_format(writing->yaml, "([^%s]*%s){%zu}", separator, separator, before);
    if (timed) {
        line_time_format(&proposal->columns[before].time, format);
        buf_add_cstr(writing->yaml, "\"?");
        proposal_add_time_regex(writing->yaml, format);
        if (before + 1 < proposal->column_count) buf_add_format(writing->yaml, "\"?%s", separator);
    }
    buf_add_cstr(writing->yaml, "'\n");
}

static void write_table(const Writing *writing)
{
    Buf *to = writing->yaml;
    see_rows(writing);
    buf_add_cstr(to, "recognise:\n");
    if (writing->named) {
        writing->summary->marks++;
        buf_add_cstr(to, "  - header: [");
        proposal_add_quoted(to, slice_first(held_text(writing->stream, 0), 200));
        buf_add_cstr(to, "]\n");
    }
    if (!proposal_write_tags(writing)) write_row_regex(writing);
    buf_add_format(to, "take:\n  as: csv\n  separator: %s\n",
                   writing->separator == '\t'  ? "tab"
                   : writing->separator == ',' ? "','"
                   : writing->separator == ';' ? "';'"
                                               : "'|'");
    if (writing->named) buf_add_cstr(to, "  header: first line\n");
    write_column_names(writing);
}

static void write_w3c(const Writing *writing)
{
    see_w3c(writing);
    writing->summary->marks++;
    buf_add_cstr(writing->yaml, "recognise:\n  - header: [");
    proposal_add_quoted(writing->yaml, slice_first(w3c_names(writing), 200));
    buf_add_cstr(writing->yaml,
                 "]\ntake:\n  as: csv\n  separator: blank\n  header: '#Fields: '\nempty: ['-']\n");
}

/* Names that all lines have, at most four. */
static void write_common_names(const Writing *writing, const char *behind)
{
    const Proposal *proposal = writing->proposal;
    size_t written = 0;
    for (size_t i = 0; i < proposal->column_count && written < 4; i++) {
        const ColumnSeen *column = &proposal->columns[i];
        bool common = column->lines >= writing->stream->held_count;
        if (!common && i + 1 + 4 < proposal->column_count) continue;
        if (!common && written > 0) continue;
        CLEANUP(buf_done) Buf text = {0};
        buf_add_slice(&text, column_name(column));
        buf_add_cstr(&text, behind);
        if (written++ > 0) buf_add_cstr(writing->yaml, ", ");
        writing->summary->marks++;
        proposal_add_quoted(writing->yaml, buf_slice(&text));
    }
}

static void write_pairs(const Writing *writing)
{
    const FrameWriting frame = {writing->stream, writing->yaml, writing->summary};
    see_pairs(writing);
    buf_add_cstr(writing->yaml, "recognise:\n");
    if (!proposal_write_tags(writing)) {
        buf_add_cstr(writing->yaml, "  - contains: [");
        write_common_names(writing, "=");
        buf_add_cstr(writing->yaml, "]\n");
    }
    buf_add_cstr(writing->yaml, "take:\n  as: kv\n");
    if (miner_layout(writing->stream->miner)->count > 0) proposal_add_frame(&frame);
}

static void write_json(const Writing *writing)
{
    buf_add_cstr(writing->yaml, "recognise:\n  - json: [");
    write_common_names(writing, "");
    buf_add_cstr(writing->yaml, "]\ntake: {as: json}\n");
}

/* The vendor and the product stand behind the version. */
static void write_cef(const Writing *writing, const char *start, const char *as)
{
    Slice line = held_text(writing->stream, 0), cell;
    size_t at = slice_find(line, slice_from_cstr(start));
    line = slice_skip(line, at == SLICE_NOT_FOUND ? 0 : at);
    writing->summary->marks++;
    buf_add_format(writing->yaml, "recognise:\n  - contains: ['%s'", start);
    for (int i = 0; i < 3 && slice_cut(&line, '|', &cell); i++) {
        if (i == 0 || cell.len == 0 || cell.len > 60) continue;
        buf_add_cstr(writing->yaml, ", ");
        proposal_add_quoted(writing->yaml, cell);
    }
    buf_add_format(writing->yaml, "]\ntake: {as: %s}\n", as);
}

void proposal_write_table(const Writing *writing)
{
    const FrameWriting frame = {writing->stream, writing->yaml, writing->summary};
    switch (writing->summary->shape) {
    case SHAPE_TABLE: write_table(writing); break;
    case SHAPE_W3C: write_w3c(writing); break;
    case SHAPE_PAIRS: write_pairs(writing); break;
    case SHAPE_CEF: write_cef(writing, "CEF:", "cef"); break;
    case SHAPE_LEEF: write_cef(writing, "LEEF:", "leef"); break;
    default: write_json(writing); break;
    }
    if (writing->summary->shape == SHAPE_PAIRS && miner_layout(writing->stream->miner)->count > 0) {
        proposal_add_time(&frame);
    } else {
        write_time(writing);
    }
    write_fields(writing);
    buf_add_cstr(writing->yaml, "messages:\n  - rule: line\n    verb: OTHER\n");
}
