/* See query.h. A recursive descent, one function a rule:
 *
 *   query   = [ any ] { "|" pipe }
 *   any     = all { OR all }
 *   all     = not { [ AND ] not }
 *   not     = ( NOT | "-" | "!" ) not | primary
 *   primary = "(" any ")" | test | times | value
 *   value   = word | "phrase" | cs"phrase" | ~"regex"
 *   test    = name ( ":" | "=" ) ( value | "(" any ")" ) | name ( "<" | ... ) value | name in "("
 * values ")"
 */
#include "search/query_reader.h"

#include "base/fold.h"
#include "base/utf8.h"

#include <errno.h>

static int parse_any(QueryReader *reader, Node **ret);

/* --- words ------------------------------------------------------------------------------------ */

static void find_choices(WordTest *word)
{
    const FieldRef action = {.place = PLACE_ACTION}, outcome = {.place = PLACE_OUTCOME};
    for (unsigned form = 0; form < 3; form++) {
        for (size_t i = 0; i < VERB_COUNT; i++) {
            if (word_test_in(word, field_ref_choice_name(&action, i, form)))
                choice_add(&word->verbs, i);
        }
        /* Not `unknown`: nobody who types it means all rows without an outcome. */
        for (size_t i = OUTCOME_SUCCESS; i <= OUTCOME_FAILURE; i++) {
            Slice name = field_ref_choice_name(&outcome, i, form);
            if (word_test_in(word, name)) choice_add(&word->outcomes, i);
        }
    }
}

/* The folded word between stars (a pattern is looked for anywhere), or as it is. */
static int fold_word(QueryReader *reader, Slice text, WordTest *word)
{
    char *folded = arena_alloc(reader->arena, text.len + 2);
    if (!folded) return -ENOMEM;
    size_t len = 0;
    if (word->pattern) folded[len++] = '*';
    len += word->exact ? fold_text_case(folded + len, text) : fold_text(folded + len, text);
    if (word->pattern) folded[len++] = '*';
    word->needle = slice_of(folded, len);
    return 0;
}

static int make_word(QueryReader *reader, size_t where, const ConditionValue *value, Node **ret)
{
    Node *node;
    bool plain = value->form == VALUE_PLAIN;
    Slice text = plain ? fold_without_stars(value->text) : value->text;
    int r = query_length_check(reader, where, value->text);
    if (r == 0) r = query_node_new(reader, text.len ? NODE_WORD : NODE_ALL, &node);
    if (r < 0) return r;
    if (node->kind == NODE_WORD) {
        node->word.pattern = plain && fold_has_wildcard(text);
        node->word.exact = value->form == VALUE_EXACT;
        node->word.regex = value->regex;
        r = fold_word(reader, text, &node->word);
        if (r < 0) return r;
        find_choices(&node->word);
    }
    *ret = node;
    return 0;
}

/* --- primaries -------------------------------------------------------------------------------- */

int query_enter(QueryReader *reader, size_t where)
{
    if (++reader->depth <= QUERY_DEPTH_MAX) return 0;
    return QUERY_COMPLAIN(reader, where, "query.too_deep",
                          "more than %d parentheses or NOT inside each other; write it flatter",
                          "かっこやNOTの入れ子が%d段を超えています。平らに書き直します",
                          QUERY_DEPTH_MAX);
}

int query_group_parse(QueryReader *reader, Node **ret)
{
    size_t open = reader->at - 1;
    int r = query_enter(reader, open);
    if (r < 0) return r;
    r = parse_any(reader, ret);
    if (r < 0) return r;
    reader->depth--;
    return query_reader_take(reader, ')') ? 0 : query_complain_unclosed(reader, open);
}

static int make_leaf(QueryReader *reader, size_t where, const ConditionValue *value, Node **ret)
{
    if (!reader->group) return make_word(reader, where, value, ret);
    int r = query_length_check(reader, where, value->text);
    return r < 0 ? r : query_field_value(reader, reader->group, where, value, ret);
}

static int complain_operand(QueryReader *reader)
{
    char c = query_reader_peek(reader);
    if (c == ')' && reader->depth == 0) {
        return QUERY_COMPLAIN(
            reader, reader->at, "query.stray_parenthesis",
            "this ) closes nothing; take it away, or write \")\" to look for it",
            "この ) に対応する ( がありません。消すか、文字として探すなら \")\" と書きます");
    }
    return QUERY_COMPLAIN(
        reader, reader->at, "query.missing_word",
        "a word or a condition is due here (AND, OR, NOT, and, or, not join others; "
        "to look for such a word write \"or\")",
        "ここには探す語か条件が必要です（AND・OR・NOT は語をつなぐ印です。"
        "その語を探すなら \"or\" と書きます）");
}

/* A word, or a name in quotation marks with an operator behind it. */
static int parse_value(QueryReader *reader, Node **ret)
{
    size_t where = reader->at;
    ConditionValue value;
    int r = query_value_take(reader, false, &value);
    if (r < 0) return r;
    char c = query_reader_byte(reader, 0);
    if (value.form == VALUE_QUOTED && !reader->group && (c == ':' || c == '=')) {
        return query_field_test(reader, value.text, query_operator_take(reader), ret);
    }
    if (value.text.len == 0 && value.form != VALUE_PLAIN) {
        return QUERY_COMPLAIN(reader, where, "query.empty_phrase",
                              "there is nothing between the quotation marks", "引用符の中が空です");
    }
    return make_leaf(reader, where, &value, ret);
}

static bool is_keyword_here(QueryReader *reader)
{
    size_t before = reader->at;
    bool is = query_reader_take_keyword(reader, "and") || query_reader_take_keyword(reader, "or");
    reader->at = before;
    return is;
}

static int parse_primary(QueryReader *reader, Node **ret)
{
    size_t where = (query_reader_peek(reader), reader->at);
    if (query_reader_ends(reader) || is_keyword_here(reader)) return complain_operand(reader);
    if (query_reader_take(reader, '(')) return query_group_parse(reader, ret);
    int r = query_term_count(reader, where);
    if (r < 0) return r;
    r = reader->group ? 0 : query_time_take(reader, ret);
    if (r != 0) return r < 0 ? r : 0;
    Slice name = query_reader_name(reader);
    if (name.len > 0 && !reader->group && !query_is_text_with_colon(reader, name)) {
        reader->at += name.len;
        QueryOperator operator= query_operator_take(reader);
        if (operator!= OPERATOR_NONE) return query_field_test(reader, name, operator, ret);
        reader->at = where;
    }
    return parse_value(reader, ret);
}

/* --- NOT, AND, OR ----------------------------------------------------------------------------- */

/* `-word` excludes; `--option` and a - that stands alone are words. */
static bool take_not(QueryReader *reader)
{
    char c = query_reader_peek(reader), next = query_reader_byte(reader, 1);
    if ((c == '-' && next != '-') || c == '!') {
        if ((unsigned char)next <= ' ') return false;
        reader->at++;
        return true;
    }
    return query_reader_take_keyword(reader, "not");
}

static int parse_not(QueryReader *reader, Node **ret)
{
    Node * not ;
    query_reader_peek(reader);
    size_t where = reader->at;
    if (!take_not(reader)) return parse_primary(reader, ret);
    int r = query_enter(reader, where);
    if (r == 0) r = query_node_new(reader, NODE_NOT, &not );
    if (r == 0) r = parse_not(reader, &not ->first);
    if (r < 0) return r;
    reader->depth--;
    *ret = not ;
    return 0;
}

/* Hangs the further children that `more` announces under one node; a single child stays alone. */
static int parse_joined(QueryReader *reader, NodeKind kind, bool (*more)(QueryReader *),
                        int (*parse)(QueryReader *, Node **), Node **ret)
{
    Node *first, *parent = NULL;
    int r = parse(reader, &first);
    if (r < 0) return r;
    for (Node *last = first; more(reader); last = last->next) {
        if (!parent) {
            r = query_node_new(reader, kind, &parent);
            if (r < 0) return r;
            parent->first = first;
        }
        r = parse(reader, &last->next);
        if (r < 0) return r;
    }
    *ret = parent ? parent : first;
    return 0;
}

static bool more_to_and(QueryReader *reader)
{
    if (query_reader_take_keyword(reader, "and")) return true;
    if (query_reader_ends(reader)) return false;
    size_t before = reader->at;
    bool or = query_reader_take_keyword(reader, "or");
    reader->at = before;
    return ! or ;
}

static bool more_to_or(QueryReader *reader)
{
    return query_reader_take_keyword(reader, "or");
}

static int parse_all(QueryReader *reader, Node **ret)
{
    return parse_joined(reader, NODE_AND, more_to_and, parse_not, ret);
}

static int parse_any(QueryReader *reader, Node **ret)
{
    return parse_joined(reader, NODE_OR, more_to_or, parse_all, ret);
}

/* --- the whole -------------------------------------------------------------------------------- */

static int prepare(QueryReader *reader, Slice text)
{
    if (text.len > QUERY_BYTES_MAX) {
        return QUERY_COMPLAIN(reader, 0, "query.too_long",
                              "a query may have %d bytes; this has more",
                              "検索文は%dバイトまでです", QUERY_BYTES_MAX);
    }
    size_t good = utf8_valid_prefix(text);
    if (good < text.len) {
        reader->text = text;
        return QUERY_COMPLAIN(reader, good, "query.encoding", "the query is not UTF-8 text here",
                              "検索文のこの位置がUTF-8の文字ではありません");
    }
    char *narrow = arena_alloc(reader->arena, text.len + 1);
    if (!narrow) return -ENOMEM;
    reader->text = slice_of(narrow, fold_width(narrow, text));
    return 0;
}

int query_filter_parse(QueryReader *reader, Node **ret)
{
    char c = query_reader_peek(reader);
    if (c == ')') return complain_operand(reader);
    int r =
        query_reader_ends(reader) ? query_node_new(reader, NODE_ALL, ret) : parse_any(reader, ret);
    if (r < 0) return r;
    return query_reader_peek(reader) == ')' ? complain_operand(reader) : 0;
}

static bool has_role(const QueryReads *reads)
{
    for (size_t i = 0; i < reads->count; i++) {
        const FieldRef *field = &reads->fields[i];
        if (field->place == PLACE_RECORD && field->id == RECORD_AKASHI_ROLE) return true;
    }
    return false;
}

/* The condition is made by the parser, from the words that a user would write. */
static int leave_evidence_out(QueryReader *reader, Query *query)
{
    QueryReads filter, pipes;
    int r = query_filter_reads(query, reader->arena, &filter);
    if (r == 0) r = query_pipe_reads(query, reader->arena, &pipes);
    if (r < 0 || has_role(&filter) || has_role(&pipes)) return r;
    QueryReader more = {.text = SLICE("NOT akashi.role:evidence"),
                        .arena = reader->arena,
                        .complaint = reader->complaint,
                        .options = reader->options};
    Node *both, *condition, *first;
    r = query_filter_parse(&more, &condition);
    if (r == 0) r = query_node_new(reader, NODE_AND, &both);
    if (r == 0) r = query_node_new(reader, query->filter->kind, &first);
    if (r < 0) return r;
    *first = *query->filter;
    first->next = condition;
    both->first = query->filter->kind == NODE_ALL ? condition : first;
    query->filter = both;
    return 0;
}

int query_parse(Slice text, const QueryOptions *options, Arena *arena, Query **ret,
                Complaint *complaint)
{
    QueryReader reader = {.arena = arena, .complaint = complaint, .options = *options};
    Node *filter;
    int r = prepare(&reader, text);
    if (r == 0) r = query_filter_parse(&reader, &filter);
    if (r < 0) return r;
    Query *query = ARENA_NEW(arena, Query);
    if (!query) return -ENOMEM;
    query->filter = filter;
    r = query_pipes_parse(&reader, query);
    if (r == 0 && options->without_evidence) r = leave_evidence_out(&reader, query);
    if (r < 0) return r;
    *ret = query;
    return 0;
}
