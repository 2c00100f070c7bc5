/* The condition's language: or < and < not < `1 of`, `all of` < ( ).
 *
 *   or   = and { "or" and }
 *   and  = not { "and" not }
 *   not  = "not" not | "(" or ")" | ( "1" | "all" | "any" ) "of" ( "them" | NAME* ) | NAME */
#include "detect/sigma_rule.h"

#include "base/nearest.h"

#include <errno.h>

typedef struct Parser {
    SigmaReader *reader;
    const YamlNode *place;
    RuleNode *selections;
    Slice rest;
    size_t depth;
} Parser;

static int parse_or(Parser *parser, RuleNode **ret);

static Slice peek(Parser *parser)
{
    parser->rest = slice_trim(parser->rest);
    size_t len = 0;
    if (parser->rest.len == 0) return (Slice){0};
    if (parser->rest.ptr[0] == '(' || parser->rest.ptr[0] == ')' || parser->rest.ptr[0] == '|')
        return slice_first(parser->rest, 1);
    while (len < parser->rest.len && !strchr(" \t\r\n()|", parser->rest.ptr[len])) {
        len++;
    }
    return slice_first(parser->rest, len);
}

static Slice take(Parser *parser)
{
    Slice word = peek(parser);
    parser->rest = slice_skip(parser->rest, word.len);
    return word;
}

static bool take_word(Parser *parser, const char *word)
{
    if (!slice_eq_nocase(peek(parser), slice_from_cstr(word))) return false;
    take(parser);
    return true;
}

static int refuse_word(Parser *parser, Slice word)
{
    if (slice_eq(word, SLICE("|"))) {
        return YAML_REFUSE(parser->reader->complaint, parser->place, "sigma.aggregation",
                           "`| count()` and its like are no longer part of Sigma; write a "
                           "correlation rule of type event_count or value_count",
                           "「| count()」の類は Sigma から除かれました。event_count や "
                           "value_count の相関ルールで書いてください");
    }
    return YAML_REFUSE(parser->reader->complaint, parser->place, "sigma.condition",
                       "the condition cannot be read at \"%.*s\"; it is made of selection names, "
                       "and, or, not, ( ), `1 of` and `all of`",
                       "条件の \"%.*s\" のところが読めません。選択の名前、and、or、not、( )、"
                       "1 of、all of で書いてください",
                       SLICE_FMT(word));
}

static int refuse_name(Parser *parser, Slice name)
{
    Slice names[64] = {{0}}, nearest;
    size_t count = 0;
    for (const RuleNode *s = parser->selections; s && count < ARRAY_COUNT(names); s = s->next) {
        names[count++] = s->name;
    }
    nearest = nearest_name(name, names, count);
    if (nearest.len == 0 && count > 0) nearest = names[0];
    return YAML_REFUSE(parser->reader->complaint, parser->place, "sigma.selection",
                       "the condition names \"%.*s\", but no selection is called so; did you mean "
                       "%.*s?",
                       "条件にある \"%.*s\" という選択がありません。%.*s のことですか",
                       SLICE_FMT(name), SLICE_FMT(nearest));
}

static int make_reference(Parser *parser, RuleNode *target, RuleNode **ret)
{
    *ret = sigma_new_node(parser->reader, RULE_REF, parser->place);
    if (!*ret) return -ENOMEM;
    (*ret)->target = target;
    (*ret)->name = target->name;
    return 0;
}

/* them: all but the names with _ in front; a pattern: those that it covers. */
static bool is_meant(Slice pattern, Slice name)
{
    if (slice_eq_nocase(pattern, SLICE("them"))) return name.len == 0 || name.ptr[0] != '_';
    while (pattern.len > 0 && pattern.ptr[0] != '*') {
        if (name.len == 0 || name.ptr[0] != pattern.ptr[0]) return false;
        pattern = slice_skip(pattern, 1);
        name = slice_skip(name, 1);
    }
    if (pattern.len == 0) return name.len == 0;
    pattern = slice_skip(pattern, 1);
    for (size_t i = 0; i <= name.len; i++) {
        if (is_meant(pattern, slice_skip(name, i))) return true;
    }
    return false;
}

static int parse_of(Parser *parser, bool all, RuleNode **ret)
{
    Slice pattern = take(parser);
    size_t stars = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        stars += pattern.ptr[i] == '*';
    }
    RuleNode *group = sigma_new_node(parser->reader, all ? RULE_AND : RULE_OR, parser->place);
    if (!group) return -ENOMEM;
    RuleNode **tail = &group->first;
    for (RuleNode *s = parser->selections; s && stars <= 3; s = s->next) {
        if (!is_meant(pattern, s->name)) continue;
        int r = make_reference(parser, s, tail);
        if (r < 0) return r;
        tail = &(*tail)->next;
    }
    if (!group->first) return refuse_name(parser, pattern);
    *ret = group;
    return 0;
}

static int parse_name(Parser *parser, RuleNode **ret)
{
    Slice word = take(parser);
    bool one = slice_eq(word, SLICE("1")) || slice_eq_nocase(word, SLICE("any"));
    bool all = slice_eq_nocase(word, SLICE("all"));
    if ((one || all) && take_word(parser, "of")) return parse_of(parser, all, ret);
    if (word.len == 0 || strchr("()|", word.ptr[0]) || slice_eq_nocase(word, SLICE("and")) ||
        slice_eq_nocase(word, SLICE("or")))
        return refuse_word(parser, word.len ? word : SLICE("(end)"));
    for (RuleNode *s = parser->selections; s; s = s->next) {
        if (slice_eq(s->name, word)) return make_reference(parser, s, ret);
    }
    return refuse_name(parser, word);
}

static int parse_not(Parser *parser, RuleNode **ret)
{
    int r;
    if (++parser->depth > SIGMA_DEPTH_MAX) return refuse_word(parser, peek(parser));
    if (take_word(parser, "not")) {
        RuleNode *node = sigma_new_node(parser->reader, RULE_NOT, parser->place);
        if (!node) return -ENOMEM;
        *ret = node;
        r = parse_not(parser, &node->first);
    } else if (take_word(parser, "(")) {
        r = parse_or(parser, ret);
        if (r == 0 && !take_word(parser, ")")) r = refuse_word(parser, SLICE("( without )"));
    } else {
        r = parse_name(parser, ret);
    }
    parser->depth--;
    return r;
}

static int parse_joined(Parser *parser, bool is_and, RuleNode **ret)
{
    RuleNode *first;
    int r = is_and ? parse_not(parser, &first) : parse_joined(parser, true, &first);
    if (r < 0) return r;
    *ret = first;
    if (!slice_eq_nocase(peek(parser), is_and ? SLICE("and") : SLICE("or"))) return 0;
    RuleNode *group = sigma_new_node(parser->reader, is_and ? RULE_AND : RULE_OR, parser->place);
    if (!group) return -ENOMEM;
    group->first = first;
    for (RuleNode *last = first; take_word(parser, is_and ? "and" : "or"); last = last->next) {
        r = is_and ? parse_not(parser, &last->next) : parse_joined(parser, true, &last->next);
        if (r < 0) return r;
    }
    *ret = group;
    return 0;
}

static int parse_or(Parser *parser, RuleNode **ret)
{
    return parse_joined(parser, false, ret);
}

int sigma_read_condition(SigmaReader *reader, const YamlNode *text, RuleNode *selections,
                         RuleNode **ret)
{
    Parser parser = {.reader = reader, .place = text, .selections = selections, .rest = text->text};
    RuleNode *tree;
    int r = parse_or(&parser, &tree);
    if (r == 0 && peek(&parser).len > 0) r = refuse_word(&parser, peek(&parser));
    if (r == 0) *ret = tree;
    return r;
}
