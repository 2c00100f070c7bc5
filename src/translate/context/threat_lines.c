/* Threat lists as lines or CSV: see threat_set.h. */
#include "translate/context/threat_set.h"

#include "translate/context/list_lines.h"

#include <errno.h>

/* hosts(5) lists name bad hosts behind an address that leads nowhere. */
static bool is_nowhere(Slice cell)
{
    return slice_eq(cell, SLICE("0.0.0.0")) || slice_eq(cell, SLICE("127.0.0.1"));
}

static Slice take_word(Slice *line)
{
    size_t end = 0;
    while (end < line->len && line->ptr[end] != ' ' && line->ptr[end] != '\t')
        end++;
    Slice word = slice_first(*line, end);
    *line = slice_trim(slice_skip(*line, end));
    return word;
}

/* The first word of a line, the first cell of a row that is an indicator. */
static int add_any(ThreatSet *set, unsigned list, const ListRow *row)
{
    int r = -EINVAL;
    for (size_t i = 0; i < row->count && r == -EINVAL; i++) {
        Slice cell = row->cells[i], word = take_word(&cell);
        if (is_nowhere(word)) word = take_word(&cell);
        if (row->count > 1 && cell.len > 0) continue; /* a sentence is no indicator */
        r = threat_add(set, list, word);
    }
    return r;
}

static size_t column_of(const ListRow *row, Slice name)
{
    for (size_t i = 0; i < row->count; i++) {
        if (slice_eq_nocase(row->cells[i], name)) return i;
    }
    return SIZE_MAX;
}

static int note(ThreatTally *tally, const ListRow *row, int r)
{
    if (r == 0) tally->added++;
    if (r == -E2BIG) tally->is_full = true;
    if (r == -EINVAL || r == -E2BIG) {
        if (tally->refused++ == 0) tally->first_refused_line = row->line;
        return 0;
    }
    return r;
}

int threat_read_lines(ThreatSet *set, unsigned list, Slice text, Slice column, ThreatTally *tally)
{
    ListLines lines = list_lines(text);
    ListRow row;
    size_t at = SIZE_MAX;
    int r = 0;
    while (r == 0 && list_next(&lines, &row)) {
        if (column.len == 0) {
            r = note(tally, &row, add_any(set, list, &row));
        } else if (at == SIZE_MAX) {
            at = column_of(&row, column);
        } else {
            r = note(tally, &row, at < row.count ? threat_add(set, list, row.cells[at]) : -EINVAL);
        }
    }
    return r;
}
