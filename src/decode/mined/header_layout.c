/* See header_layout.h. */
#include "decode/mined/header_layout.h"

#include "base/cleanup.h"

#define BRACKET_BYTES_MAX 240
/* Shares of lines, in percent: of a column, and of one that ends in a colon (programs that write
 * without one stand in every system's log). */
enum {
    COLUMN_SHARE = 95,
    TAG_SHARE = 90,
    SMALL_SET_BITS = 20,
    NEAR_CELLS = 4,
    MIXED_COLUMNS_MAX = 2
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- cells ------------------------------------------------------------------------------------ */

static bool is_level(Slice word)
{
    static const char *const levels[] = {
        "INFO",        "WARN",    "WARNING", "ERROR", "DEBUG",  "TRACE",    "FATAL",
        "NOTICE",      "CRIT",    "SEVERE",  "ALERT", "EMERG",  "CRITICAL", "ERR",
        "PANIC",       "VERBOSE", "FINE",    "FINER", "FINEST", "LOG",      "FAILURE",
        "INFORMATION", "CONFIG",  "情報",    "警告",  "エラー", "重大"};
    if (word.len == 0 || word.len > 12) return false;
    if (word.len == 1) return memchr("VDIWEFNC", word.ptr[0], 8) != NULL;
    for (size_t i = 0; i < ARRAY_COUNT(levels); i++) {
        if (slice_eq_nocase(word, slice_from_cstr(levels[i]))) return true;
    }
    return false;
}

/* Bytes of the bracketed text at the front with its brackets; 0: it does not close. */
static size_t bracket_length(Slice text)
{
    char open = text.ptr[0], close = open == '[' ? ']' : open == '(' ? ')' : '>';
    size_t depth = 0, end = text.len < BRACKET_BYTES_MAX ? text.len : BRACKET_BYTES_MAX;
    for (size_t i = 0; i < end; i++) {
        depth += text.ptr[i] == open;
        if (text.ptr[i] == close && --depth == 0) return i + 1;
    }
    return 0;
}

static Slice without_signs(Slice word)
{
    while (word.len > 0 && memchr(":,;", word.ptr[word.len - 1], 3)) {
        word.len--;
    }
    return word;
}

static CellKind kind_of_word(Slice word, Slice value)
{
    size_t digits = 0, lower = 0, upper = 0, signs = 0;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        digits += is_digit(c);
        lower += c >= 'a' && c <= 'z';
        upper += c >= 'A' && c <= 'Z';
        signs += memchr("._/$#\\", c, 6) != NULL;
    }
    if (value.len == 0 || (digits + lower + upper == 0 && (value.ptr[0] & 0x80) == 0))
        return CELL_SEPARATOR;
    if (memchr("\"'`", value.ptr[0], 3)) return CELL_WORD; /* the begin of a quoted text */
    if (is_level(value)) return CELL_LEVEL;
    if (word.len > value.len && word.ptr[word.len - 1] == ':' && value.len < 80) return CELL_TAG;
    if (digits * 2 > value.len) return CELL_NUMBER;
    if (signs > 0) return CELL_DOTTED;
    return upper >= 2 && lower == 0 && digits == 0 ? CELL_UPPER : CELL_WORD;
}

static bool take_time_cell(Slice text, int hint, Cell *cell)
{
    size_t before = memchr("[(<\"", text.ptr[0], 4) || memchr("IWEFD", text.ptr[0], 5) ? 1 : 0;
    LineTime *time = &cell->time;
    if (before == 1 && is_letter(text.ptr[0]) && (text.len < 2 || !is_digit(text.ptr[1])))
        before = 0;
    if (!line_time_take(slice_skip(text, before), hint, time)) return false;
    Slice behind = slice_skip(text, before + time->len);
    size_t after =
        before && !is_letter(text.ptr[0]) && behind.len > 0 && memchr("])>\"", behind.ptr[0], 4)
            ? 1
            : 0;
    if (before && !is_letter(text.ptr[0]) && after == 0) return false;
    cell->kind = CELL_TIME;
    cell->value = slice_of(text.ptr + before, time->len);
    cell->text = slice_first(text, before + time->len + after);
    return true;
}

static void take_bracket_cell(Slice text, size_t len, Cell *cell)
{
    cell->text = slice_first(text, len);
    cell->value = slice_of(text.ptr + 1, len - 2);
    cell->kind = is_level(slice_trim(cell->value)) ? CELL_LEVEL : CELL_BRACKET;
    if (text.len > len && text.ptr[len] == ':') cell->text.len++;
}

static void take_word_cell(Slice text, Cell *cell)
{
    size_t len = 0, bracket = 0;
    while (len < text.len && !memchr(" \t|", text.ptr[len], 3)) {
        /* `main[worker 1]:` is one name */
        if (text.ptr[len] == '[' && len > 0) bracket = bracket_length(slice_skip(text, len));
        len += bracket > 0 ? bracket : 1;
        bracket = 0;
    }
    cell->text = slice_first(text, len ? len : 1);
    cell->value = without_signs(cell->text);
    cell->kind = kind_of_word(cell->text, cell->value);
    if (cell->kind == CELL_SEPARATOR) cell->value = cell->text;
}

/* time_form: NULL: any. */
static void take_cell(Slice text, const int *time_form, Cell *cell)
{
    size_t bracket;
    bool may_be_time = !time_form || *time_form != LINE_TIME_NO_HINT;
    if (may_be_time && take_time_cell(text, time_form ? *time_form : LINE_TIME_NO_HINT, cell))
        return;
    if (memchr("[(<", text.ptr[0], 3) && (bracket = bracket_length(text)) > 2 &&
        (bracket == text.len || memchr(" \t:|[-,", text.ptr[bracket], 7))) {
        take_bracket_cell(text, bracket, cell);
        return;
    }
    take_word_cell(text, cell);
}

/* Signs glued behind a cell that is not a word: `2026-11-20 17:40:00,`. */
static size_t signs_behind(Slice text)
{
    size_t len = 0;
    while (len < text.len && memchr(",;:", text.ptr[len], 3)) {
        len++;
    }
    return len;
}

size_t header_cells(Slice line, const int *time_forms, size_t cells_max, Cell *cells)
{
    size_t count = 0, at = 0, end = line.len < HEADER_BYTES_MAX ? line.len : HEADER_BYTES_MAX;
    while (count < cells_max) {
        while (at < end && (line.ptr[at] == ' ' || line.ptr[at] == '\t')) {
            at++;
        }
        if (at >= end) break;
        take_cell(slice_skip(line, at), time_forms ? &time_forms[count] : NULL, &cells[count]);
        at += cells[count].text.len;
        if (cells[count].kind == CELL_TIME) at += signs_behind(slice_skip(line, at));
        count++;
    }
    return count;
}

/* --- learning --------------------------------------------------------------------------------- */

static uint64_t value_bit(Slice value)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < value.len; i++) {
        hash = (hash ^ (unsigned char)value.ptr[i]) * 1099511628211u;
    }
    return (uint64_t)1 << (hash >> 58);
}

void header_seen_add(HeaderSeen *seen, Slice line)
{
    Cell cells[HEADER_CELLS_MAX];
    size_t count = header_cells(line, HEADER_ANY_TIME, HEADER_CELLS_MAX, cells);
    size_t time_at = SIZE_MAX;
    seen->lines++;
    for (size_t i = 0; i < count && i < 6 && time_at == SIZE_MAX; i++) {
        if (cells[i].kind == CELL_TIME) time_at = i;
    }
    if (time_at == SIZE_MAX) return;
    seen->timed++;
    seen->time_at[time_at]++;
    bool near[CELL_KINDS] = {false};
    for (size_t i = 0; i < count; i++) {
        seen->kinds[i][cells[i].kind]++;
        if (cells[i].kind == CELL_TIME) seen->time_forms[i] = cells[i].time.form + 1;
        seen->values[i] |= value_bit(cells[i].value);
        if (i > time_at && i <= time_at + NEAR_CELLS) near[cells[i].kind] = true;
    }
    for (size_t kind = 0; kind < CELL_KINDS; kind++) {
        seen->near[kind] += near[kind];
    }
}

static bool is_share(uint64_t part, uint64_t whole, unsigned percent)
{
    return whole > 0 && part * 100 >= whole * percent;
}

/* The kind of the column when nearly all lines have it there; CELL_KINDS: they do not. */
static CellKind column_kind(const HeaderSeen *seen, size_t at)
{
    const uint32_t *kinds = seen->kinds[at];
    for (int kind = CELL_TIME; kind < CELL_KINDS; kind++) {
        unsigned share = kind == CELL_TAG ? TAG_SHARE : COLUMN_SHARE;
        if (is_share(kinds[kind], seen->timed, share)) return (CellKind)kind;
    }
    /* a closed set of capital words, levels among them */
    bool few = __builtin_popcountll(seen->values[at]) <= SMALL_SET_BITS;
    if (few && is_share((uint64_t)kinds[CELL_UPPER] + kinds[CELL_LEVEL], seen->timed, COLUMN_SHARE))
        return CELL_UPPER;
    return CELL_KINDS;
}

static bool ends_header(CellKind kind)
{
    return kind == CELL_TIME || kind == CELL_LEVEL || kind == CELL_BRACKET || kind == CELL_TAG ||
           kind == CELL_SEPARATOR || kind == CELL_UPPER;
}

/* Columns that may stand before one that ends the header: those of one kind, and a few of any (a
 * host, a thread's name): a message has words there, but nothing that always ends them. */
static bool is_gap(const HeaderSeen *seen, size_t from, size_t to)
{
    size_t mixed = 0;
    for (size_t i = from; i < to; i++) {
        mixed += column_kind(seen, i) == CELL_KINDS;
    }
    return mixed <= MIXED_COLUMNS_MAX;
}

static size_t common_time_column(const HeaderSeen *seen)
{
    for (size_t i = 0; i < HEADER_CELLS_MAX; i++) {
        if (is_share(seen->time_at[i], seen->timed, TAG_SHARE)) return i;
    }
    return SIZE_MAX;
}

HeaderLayout header_layout_make(const HeaderSeen *seen)
{
    HeaderLayout layout = {.time_at = common_time_column(seen)};
    if (layout.time_at == SIZE_MAX || !is_share(seen->timed, seen->lines, 20)) {
        layout.time_at = SIZE_MAX;
        return layout;
    }
    layout.count = layout.time_at + 1;
    for (size_t i = layout.count; i < HEADER_CELLS_MAX; i++) {
        CellKind kind = column_kind(seen, i);
        if (kind == CELL_KINDS || !ends_header(kind)) continue;
        if (!is_gap(seen, layout.count, i)) break;
        layout.count = i + 1;
    }
    for (size_t i = 0; i < layout.count; i++) {
        CellKind kind = column_kind(seen, i);
        layout.kinds[i] = kind == CELL_KINDS ? CELL_WORD : kind;
    }
    for (size_t i = 0; i < HEADER_CELLS_MAX; i++) {
        bool is_time = i < layout.count && layout.kinds[i] == CELL_TIME;
        layout.time_forms[i] =
            i == layout.time_at || is_time ? seen->time_forms[i] - 1 : LINE_TIME_NO_HINT;
    }
    if (layout.count > layout.time_at + 1) return layout;
    if (is_share(seen->near[CELL_TAG], seen->timed, COLUMN_SHARE)) layout.ends_at = CELL_TAG;
    if (is_share(seen->near[CELL_SEPARATOR], seen->timed, COLUMN_SHARE))
        layout.ends_at = CELL_SEPARATOR;
    return layout;
}

/* --- applying --------------------------------------------------------------------------------- */

static bool fits(CellKind column, const Cell *cell)
{
    if (column == CELL_UPPER) return cell->kind == CELL_UPPER || cell->kind == CELL_LEVEL;
    return column == cell->kind || column == CELL_WORD || !ends_header(column);
}

/* How many cells of this line are its header. */
static size_t cells_of_header(const HeaderLayout *layout, const Cell *cells, size_t count)
{
    size_t header = layout->time_at + 1;
    for (size_t i = header; layout->ends_at && i < count && i < header + NEAR_CELLS; i++) {
        if (cells[i].kind == layout->ends_at) return i + 1;
    }
    for (size_t i = header; i < layout->count && i < count; i++) {
        if (!fits(layout->kinds[i], &cells[i])) break;
        if (ends_header(layout->kinds[i])) header = i + 1;
    }
    return header;
}

size_t header_layout_apply(const HeaderLayout *layout, Slice line, Cell *ret_cells,
                           size_t *ret_count)
{
    Cell room[HEADER_CELLS_MAX];
    Cell *cells = ret_cells ? ret_cells : room;
    size_t want = layout->count + (layout->ends_at ? NEAR_CELLS : 0);
    if (ret_count) *ret_count = 0;
    if (layout->count == 0) return 0;
    if (want > HEADER_CELLS_MAX) want = HEADER_CELLS_MAX;
    size_t count = header_cells(line, layout->time_forms, want, cells);
    if (count <= layout->time_at || cells[layout->time_at].kind != CELL_TIME) return 0;
    size_t header = cells_of_header(layout, cells, count);
    Slice last = cells[header - 1].text;
    size_t at = (size_t)(last.ptr - line.ptr) + last.len;
    at += signs_behind(slice_skip(line, at));
    if (ret_count) *ret_count = header;
    return at;
}
