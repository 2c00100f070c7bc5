/* Words anywhere in a row: in raw as it stands, in values without their escapes, in the origin; and
 * the names of verbs and outcomes, which a kind of rows shares. */
#include "search/block_filter_int.h"

/* Bytes that JSON writes as an escape of two characters (RFC 8259, section 7), but for the slash.
 */
static bool is_escaped(char c)
{
    return c == '"' || c == '\\' || c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t';
}

/* The longest run of characters that stand for themselves, taken off the text. */
static Slice longest_run(Slice text, const Slice *taken, size_t taken_count)
{
    Slice longest = {0};
    size_t begin = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && !is_escaped(text.ptr[i])) continue;
        Slice run = slice_of(text.ptr + begin, i - begin);
        bool is_taken = false;
        for (size_t k = 0; k < taken_count; k++) {
            is_taken |= taken[k].ptr == run.ptr;
        }
        if (!is_taken && run.len > longest.len) longest = run;
        begin = i + 1;
    }
    return longest;
}

static int find_runs(BlockFilter *filter, Slice needle, ColumnsFindHow how, TextFind *find)
{
    Slice runs[TEXT_RUNS_MAX];
    while (find->run_count < TEXT_RUNS_MAX) {
        Slice run = longest_run(needle, runs, find->run_count);
        if (run.len == 0) return 0;
        runs[find->run_count] = run;
        int r = segment_view_find(filter->view, run, how, filter->scratch,
                                  &find->runs[find->run_count]);
        if (r < 0) return r;
        find->run_count++;
    }
    return 0;
}

int text_find_new(BlockFilter *filter, Slice needle, ColumnsFindHow how, TextFind *ret)
{
    TextFind find = {0};
    bool slash = false;
    for (size_t i = 0; i < needle.len; i++) {
        find.escaped |= is_escaped(needle.ptr[i]);
        slash |= needle.ptr[i] == '/';
    }
    int r = segment_view_find(filter->view, needle, how, filter->scratch, &find.plain);
    if (r == 0 && find.escaped) r = find_runs(filter, needle, how, &find);
    if (r == 0)
        r = segment_view_hidden(filter->view, needle, filter->scratch,
                                &find.hidden[find.hidden_count++]);
    if (r == 0 && slash) r = segment_view_slashes(filter->view, &find.hidden[find.hidden_count++]);
    if (r == 0) *ret = find;
    return r;
}

/* Of one text, or of all of a row where there is none. */
static int marks_of(ViewFind *find, const ViewKind *kind, const ViewText *text,
                    const uint8_t **ret_marks)
{
    return text ? view_find_text(find, text, ret_marks) : view_find_all(find, kind, ret_marks);
}

typedef struct TextMarks {
    const uint8_t *plain, *runs[TEXT_RUNS_MAX], *hidden[2];
    bool runs_lack; /* one run is nowhere */
} TextMarks;

static uint8_t mark_of(const TextFind *find, const TextMarks *marks, uint32_t place)
{
    if (marks->plain && marks->plain[place]) return marks->plain[place];
    for (size_t i = 0; i < find->hidden_count; i++) {
        if (marks->hidden[i] && marks->hidden[i][place]) return COLUMNS_MAYBE;
    }
    bool all = find->escaped && !marks->runs_lack;
    for (size_t i = 0; i < find->run_count && all; i++) {
        all = marks->runs[i][place] != COLUMNS_NO;
    }
    return all ? COLUMNS_MAYBE : COLUMNS_NO;
}

static int find_marks(BlockFilter *filter, const TextFind *find, const ViewKind *kind,
                      const ViewText *text, const uint8_t **ret)
{
    TextMarks marks = {0};
    uint32_t size = 0;
    int r = marks_of(find->plain, kind, text, &marks.plain);
    bool more = find->escaped;
    for (size_t i = 0; i < find->hidden_count && r == 0; i++) {
        r = marks_of(find->hidden[i], kind, text, &marks.hidden[i]);
        more |= marks.hidden[i] != NULL;
    }
    for (size_t i = 0; i < find->run_count && r == 0 && !marks.runs_lack; i++) {
        r = marks_of(find->runs[i], kind, text, &marks.runs[i]);
        marks.runs_lack = !marks.runs[i];
    }
    *ret = marks.plain;
    if (r < 0 || !more) return r;
    for (uint32_t i = 0; i < kind->count; i++) {
        if (view_place(kind, i) >= size) size = view_place(kind, i) + 1;
    }
    uint8_t *joined = ARENA_ARRAY(filter->scratch, uint8_t, (size_t)size + 1);
    if (!joined) return -ENOMEM;
    for (uint32_t i = 0; i < kind->count; i++) {
        joined[view_place(kind, i)] = mark_of(find, &marks, view_place(kind, i));
    }
    *ret = joined;
    return 0;
}

int text_find_in(BlockFilter *filter, const TextFind *find, const ViewKind *kind,
                 const ViewText *text, const uint8_t **ret_marks)
{
    return find_marks(filter, find, kind, text, ret_marks);
}

int text_find_anywhere(BlockFilter *filter, const TextFind *find, const ViewKind *kind,
                       const uint8_t **ret_marks)
{
    return find_marks(filter, find, kind, NULL, ret_marks);
}

/* The origin has few values, and each is that of many rows. */
static int judge_origin(BlockFilter *filter, const WordTest *word, const ViewKind *kind,
                        RowBits among, Judgement *ret)
{
    ViewText origin;
    ViewValues values;
    int r = segment_view_origin(filter->view, kind, &origin);
    if (r < 0 || origin.place != VIEW_COLUMN) return r;
    r = segment_view_values(filter->view, &origin, &values);
    if (r < 0) return r;
    if (!values.codes) {
        if (word_test_in(word, values.values[0])) block_judge_kind(kind, among, ret->yes);
        return 0;
    }
    uint32_t before = UINT32_MAX;
    bool holds = false;
    for (uint32_t i = 0; i < kind->count; i++) {
        uint32_t code = values.codes[view_place(kind, i)];
        if (code != before) holds = word_test_in(word, values.values[code]);
        before = code;
        if (holds && row_bits_has(among, kind->rows[i])) row_bits_set(ret->yes, kind->rows[i]);
    }
    return 0;
}

static void add_marks(const ViewKind *kind, const uint8_t *marks, RowBits among, uint8_t least,
                      RowBits to)
{
    for (uint32_t i = 0; i < kind->count && marks; i++) {
        if (marks[view_place(kind, i)] >= least && row_bits_has(among, kind->rows[i]))
            row_bits_set(to, kind->rows[i]);
    }
}

/* Of these rows, that are of the kind: are all among those that pass? */
static bool all_pass(const ViewKind *kind, RowBits among, RowBits passed)
{
    for (uint32_t i = 0; i < kind->count; i++) {
        if (row_bits_has(among, kind->rows[i]) && !row_bits_has(passed, kind->rows[i]))
            return false;
    }
    return true;
}

/* What a word that is no pattern is found in is known; all others are only narrowed down. Raw
 * first: what all rows of a kind have there, nothing more has to be unpacked for. */
static int judge_kind(BlockFilter *filter, const WordTest *word, const TextFind *find,
                      const ViewKind *kind, RowBits among, Judgement *ret)
{
    const Recipe *recipe = kind->recipe;
    const uint8_t *marks = NULL;
    int r = 0;
    if (choice_has(&word->verbs, recipe->verb) || choice_has(&word->outcomes, recipe->outcome)) {
        block_judge_kind(kind, among, ret->yes);
        return 0;
    }
    if (!find) {
        block_judge_kind(kind, among, ret->may);
        return 0;
    }
    if (!word->pattern && !word->regex) {
        r = view_find_raw(find->plain, kind, &marks);
        if (r == 0) add_marks(kind, marks, among, COLUMNS_YES, ret->yes);
        if (r < 0 || all_pass(kind, among, ret->yes)) return r;
    }
    r = judge_origin(filter, word, kind, among, ret);
    if (r == 0) r = text_find_anywhere(filter, find, kind, &marks);
    if (r == 0 && marks) add_marks(kind, marks, among, COLUMNS_MAYBE, ret->may);
    return r;
}

static int follow_kind(const WordTest *word, ViewFollow *follow, const ViewKind *kind,
                       RowBits among, Judgement *ret)
{
    const uint8_t *marks;
    if (choice_has(&word->verbs, kind->recipe->verb) ||
        choice_has(&word->outcomes, kind->recipe->outcome)) {
        block_judge_kind(kind, among, ret->yes);
        return 0;
    }
    int r = view_follow_kind(follow, kind, &marks);
    if (r < 0) return r;
    add_marks(kind, marks, among, COLUMNS_MAYBE, ret->may);
    add_marks(kind, marks, among, COLUMNS_YES, ret->yes);
    return 0;
}

/* A regular expression that needs no rows but where an escape or a character is cut apart. */
static int judge_regex(BlockFilter *filter, const WordTest *word, RowBits among, Judgement *ret)
{
    const ViewKind *kinds;
    size_t count;
    ViewFollow *follow;
    int r = segment_view_kinds(filter->view, &kinds, &count);
    if (r == 0) r = segment_view_follow(filter->view, word->regex, filter->scratch, &follow);
    for (size_t i = 0; i < count && r == 0; i++) {
        if (block_kind_among(&kinds[i], among))
            r = follow_kind(word, follow, &kinds[i], among, ret);
    }
    if (r != -ENOMEM) return r;
    row_bits_or(ret->may, among); /* one row at a time takes less */
    return 0;
}

static int judge_word(BlockFilter *filter, const WordTest *word, RowBits among, Judgement *ret)
{
    const ViewKind *kinds;
    size_t count = 0;
    TextFind find;
    bool plain = !word->pattern && !word->regex;
    ColumnsFindHow how = plain && word->exact ? COLUMNS_CASED : COLUMNS_FOLDED;
    Slice needle = word->needle;
    int r = plain ? 0 : word_test_literal(word, filter->scratch, &needle);
    if (r == 0) r = segment_view_kinds(filter->view, &kinds, &count);
    if (r == 0 && needle.len > 0) r = text_find_new(filter, needle, how, &find);
    for (size_t i = 0; i < count && r == 0; i++) {
        if (!block_kind_among(&kinds[i], among)) continue;
        r = judge_kind(filter, word, needle.len > 0 ? &find : NULL, &kinds[i], among, ret);
    }
    return r;
}

/* A literal so long is looked for before the pattern is followed: it is found many times faster,
 * and where few rows have it, they may as well be made. */
#define LITERAL_BYTES_RARE 5u
#define ROWS_FEW 64u

int block_judge_word(BlockFilter *filter, const WordTest *word, RowBits among, Judgement *ret)
{
    bool follows = word->regex && regex_can_follow(word->regex);
    if (follows && regex_literal(word->regex).len < LITERAL_BYTES_RARE)
        return judge_regex(filter, word, among, ret);
    int r = judge_word(filter, word, among, ret);
    if (r < 0 || !follows) return r;
    RowBits left;
    r = row_bits_new(among.word_count, filter->scratch, &left);
    if (r < 0) return r;
    row_bits_copy(left, ret->may);
    row_bits_and(left, among);
    row_bits_remove(left, ret->yes);
    if (row_bits_count(left) < ROWS_FEW) return 0;
    memset(ret->may.words, 0, ret->may.word_count * sizeof *ret->may.words);
    return judge_regex(filter, word, left, ret);
}
