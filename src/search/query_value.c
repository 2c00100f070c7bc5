/* Values as they are written: plain, "quoted", cs"With Case", ~"regex". */
#include "search/query_reader.h"

#include <errno.h>

/* The byte of the question that stands for byte `at` of the quoted text that begins at `quote`. */
static size_t place_in_quotes(const QueryReader *reader, size_t quote, size_t at)
{
    size_t place = quote + 1;
    for (; at > 0 && place < reader->text.len; at--, place++) {
        bool doubled = reader->text.ptr[place] == '"';
        place += doubled;
    }
    return place;
}

int query_regex_take(QueryReader *reader, const Regex **ret)
{
    size_t quote = reader->at, where = 0;
    Slice pattern;
    Regex *regex;
    int r = query_reader_quoted(reader, &pattern);
    if (r == 0) r = query_length_check(reader, quote, pattern);
    if (r < 0) return r;
    if (pattern.len == 0 || ++reader->regexes > QUERY_REGEXES_MAX) {
        return QUERY_COMPLAIN(reader, quote, "query.regex",
                              "a regular expression must not be empty, and a query may have %d",
                              "正規表現は空にできません。また%d個までです", QUERY_REGEXES_MAX);
    }
    r = regex_make(pattern, reader->arena, &regex, &where, reader->complaint);
    if (r == -EINVAL) query_reader_place(reader, place_in_quotes(reader, quote, where));
    if (r == 0) *ret = regex;
    return r;
}

static ValueForm form_here(const QueryReader *reader)
{
    char c = query_reader_byte(reader, 0), next = query_reader_byte(reader, 1);
    if (c == '"') return VALUE_QUOTED;
    if (c == '~' && next == '"') return VALUE_REGEX;
    bool exact = (c | 32) == 'c' && (next | 32) == 's' && query_reader_byte(reader, 2) == '"';
    return exact ? VALUE_EXACT : VALUE_PLAIN;
}

int query_value_take(QueryReader *reader, bool list, ConditionValue *ret)
{
    query_reader_peek(reader);
    ConditionValue value = {.form = form_here(reader)};
    size_t quote = reader->at + (value.form == VALUE_REGEX ? 1 : value.form == VALUE_EXACT ? 2 : 0);
    int r = 0;
    reader->at = quote;
    if (value.form == VALUE_PLAIN) {
        value.text = query_reader_bare(reader, list);
    } else if (value.form == VALUE_REGEX) {
        r = query_regex_take(reader, &value.regex);
        if (r == 0) value.text = slice_of(reader->text.ptr + quote + 1, reader->at - quote - 2);
    } else {
        r = query_reader_quoted(reader, &value.text);
    }
    if (r == 0) *ret = value;
    return r;
}
