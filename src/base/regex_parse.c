/* The text of a regular expression -> its tree. A recursive descent:
 *
 *   any    = concat { "|" concat }
 *   concat = { atom { "*" | "+" | "?" | "{" n [ "," [ m ] ] "}" [ "?" ] } }
 *   atom   = "(" [ "?:" ] any ")" | "[" set "]" | "." | "^" | "$" | "\" escape | character */
#include "base/regex_int.h"

#include "base/fold.h"
#include "base/utf8.h"

#include <errno.h>

typedef struct Parser {
    Slice pattern;
    size_t at;
    size_t depth;
    Arena *arena;
    Complaint *complaint;
    size_t where; /* of what is complained about */
    bool keep_case;
    bool exact;
    bool dot_all;
    bool has_boundary;
} Parser;

#define REFUSE(parser, place, ...)                                                                 \
    ((parser)->where = (place), complaint_say((parser)->complaint, __VA_ARGS__), -EINVAL)

static int parse_any(Parser *parser, RegexNode **ret);

static char peek(const Parser *parser, size_t ahead)
{
    size_t at = parser->at + ahead;
    return at < parser->pattern.len ? parser->pattern.ptr[at] : '\0';
}

static bool at_end(const Parser *parser)
{
    return parser->at >= parser->pattern.len;
}

static int new_node(Parser *parser, RegexKind kind, RegexNode **ret)
{
    RegexNode *node = ARENA_NEW(parser->arena, RegexNode);
    if (!node) return -ENOMEM;
    node->kind = kind;
    *ret = node;
    return 0;
}

uint32_t regex_take(Slice *text, bool exact, bool keep_case)
{
    if (!exact) return keep_case ? fold_take_width(text) : fold_take(text);
    uint32_t c = utf8_take(text);
    return keep_case ? c : fold_letter(c);
}

static RegexFold fold_of(const Parser *parser)
{
    if (parser->keep_case) return NULL;
    return parser->exact ? fold_letter : fold_code_point;
}

/* One character of the pattern, folded as the text will be. */
static uint32_t take_character(Parser *parser)
{
    Slice rest = slice_skip(parser->pattern, parser->at);
    uint32_t c = regex_take(&rest, parser->exact, parser->keep_case);
    parser->at = parser->pattern.len - rest.len;
    return c;
}

static int complain_escape(Parser *parser, size_t place)
{
    return REFUSE(parser, place, "regex.escape",
                  "regular expressions here know \\d \\w \\s \\b \\t \\n \\r \\xHH and \\ before a "
                  "sign; not this (back-references and \\p cannot be had in linear time)",
                  "ここの正規表現で使えるのは \\d \\w \\s \\b \\t \\n \\r \\xHH と、記号の前の \\ "
                  "です。これは使えません（後方参照と \\p は一定の速さで調べられません）");
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    char letter = (char)(c | 32);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* What follows \x: two digits, or any in braces. */
static int take_hex(Parser *parser, size_t place, uint32_t *ret)
{
    bool braces = peek(parser, 0) == '{';
    uint32_t value = 0;
    size_t digits = 0;
    parser->at += braces;
    for (int digit; digits < (braces ? 6u : 2u) && (digit = hex_digit(peek(parser, 0))) >= 0;
         digits++) {
        value = value * 16 + (uint32_t)digit;
        parser->at++;
    }
    bool closed = !braces || peek(parser, 0) == '}';
    parser->at += braces;
    if (digits == 0 || (!braces && digits < 2) || !closed || value > CODE_POINT_MAX)
        return complain_escape(parser, place);
    *ret = value;
    return 0;
}

/* Takes an escape that is a character (the \ is taken already); 1 when it is a class, whose letter
 * is left in *ret. */
static int take_escape(Parser *parser, uint32_t *ret)
{
    static const char letters[] = "tnrfv", meant[] = "\t\n\r\f\v";
    size_t place = parser->at - 1;
    char c = peek(parser, 0);
    if (c == '\0') return complain_escape(parser, place);
    if (strchr("dDwWsS", c)) {
        parser->at++;
        *ret = (uint32_t)c;
        return 1;
    }
    const char *known = strchr(letters, c);
    if (known || c == 'x') {
        parser->at++;
        if (c == 'x') return take_hex(parser, place, ret);
        *ret = (uint32_t)meant[known - letters];
        return 0;
    }
    char letter = (char)(c | 32);
    if ((letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9'))
        return complain_escape(parser, place);
    *ret = take_character(parser);
    return 0;
}

static int complain_set(Parser *parser, size_t place)
{
    return REFUSE(parser, place, "regex.set",
                  "this [ is not closed by ], or a range in it is empty or reversed; "
                  "to look for [ itself write \\[",
                  "この [ が ] で閉じていないか、中の範囲が空か逆です。"
                  "[ という文字を探すなら \\[ と書きます");
}

static int too_large(Parser *parser, int r)
{
    if (r != -E2BIG) return r;
    return REFUSE(parser, 0, "regex.too_large",
                  "this regular expression is too large; write it shorter",
                  "正規表現が大きすぎます。短く書き直します");
}

/* One character or class inside [ ]; 1: it was a class and is added already. */
static int take_member(Parser *parser, RegexRanges *set, uint32_t *ret)
{
    if (peek(parser, 0) != '\\') {
        Slice rest = slice_skip(parser->pattern, parser->at);
        *ret = utf8_take(&rest); /* folded with the whole set, for ranges go by what is typed */
        parser->at = parser->pattern.len - rest.len;
        return 0;
    }
    parser->at++;
    int r = take_escape(parser, ret);
    if (r != 1) return r;
    r = regex_ranges_add_letter(set, parser->arena, (char)*ret);
    return r < 0 ? too_large(parser, r) : 1;
}

static int parse_set(Parser *parser, RegexNode *node)
{
    size_t open = parser->at - 1;
    bool negate = peek(parser, 0) == '^';
    RegexRanges set = {0};
    parser->at += negate;
    for (bool first = true; at_end(parser) || peek(parser, 0) != ']' || first; first = false) {
        uint32_t low, high;
        if (at_end(parser)) return complain_set(parser, open);
        int r = take_member(parser, &set, &low);
        if (r < 0) return r;
        if (r == 1) continue;
        high = low;
        if (peek(parser, 0) == '-' && peek(parser, 1) != ']' &&
            parser->at + 1 < parser->pattern.len) {
            parser->at++;
            r = take_member(parser, &set, &high);
            if (r < 0) return r;
            if (r == 1 || high < low) return complain_set(parser, open);
        }
        r = regex_ranges_add(&set, parser->arena, low, high);
        if (r < 0) return too_large(parser, r);
    }
    parser->at++;
    int r = regex_ranges_finish(&set, parser->arena, fold_of(parser), negate);
    node->set = set;
    return r < 0 ? too_large(parser, r) : 0;
}

static int complain_group(Parser *parser, size_t place)
{
    return REFUSE(parser, place, "regex.group",
                  "of groups with ? only (?: ) is known here, and (?i) (?-i) at the very front; "
                  "look-around cannot be had in linear time",
                  "? の付くかっこは (?: ) と、先頭の (?i) (?-i) だけです。"
                  "先読み・後読みは一定の速さで調べられません");
}

static int parse_group(Parser *parser, RegexNode **ret)
{
    size_t open = parser->at - 1;
    if (peek(parser, 0) == '?') {
        if (peek(parser, 1) != ':') return complain_group(parser, open);
        parser->at += 2;
    }
    if (++parser->depth > REGEX_DEPTH_MAX) return too_large(parser, -E2BIG);
    int r = parse_any(parser, ret);
    if (r < 0) return r;
    parser->depth--;
    if (peek(parser, 0) != ')') {
        return REFUSE(parser, open, "regex.unclosed_group",
                      "this ( is not closed; to look for ( itself write \\(",
                      "この ( が閉じていません。( という文字を探すなら \\( と書きます");
    }
    parser->at++;
    return 0;
}

static int set_of(Parser *parser, RegexNode *node, uint32_t first, uint32_t last)
{
    int r = regex_ranges_add(&node->set, parser->arena, first, last);
    if (r == 0) r = regex_ranges_finish(&node->set, parser->arena, NULL, false);
    return r;
}

static int make_assert(Parser *parser, RegexNode *node, RegexAssert kind)
{
    node->kind = RX_ASSERT;
    node->assert_kind = kind;
    parser->has_boundary |= kind == ASSERT_BOUNDARY || kind == ASSERT_INSIDE;
    return 0;
}

static int parse_escape(Parser *parser, RegexNode *node)
{
    uint32_t c;
    switch (peek(parser, 0)) {
    case 'b': return parser->at++, make_assert(parser, node, ASSERT_BOUNDARY);
    case 'B': return parser->at++, make_assert(parser, node, ASSERT_INSIDE);
    case 'A': return parser->at++, make_assert(parser, node, ASSERT_BEGIN);
    case 'z':
    case 'Z': return parser->at++, make_assert(parser, node, ASSERT_END);
    default: break;
    }
    int r = take_escape(parser, &c);
    if (r == 0) {
        RegexFold fold = fold_of(parser);
        if (fold) c = fold(c);
        return set_of(parser, node, c, c);
    }
    if (r < 0) return r;
    r = regex_ranges_add_letter(&node->set, parser->arena, (char)c);
    /* \W holds no letter and \D, \S all of them: folding them is of no effect. */
    return r < 0 ? r : regex_ranges_finish(&node->set, parser->arena, NULL, false);
}

static int complain_quantifier(Parser *parser, size_t place)
{
    return REFUSE(parser, place, "regex.quantifier",
                  "there is nothing here to repeat, or the numbers in { } are over %d or reversed; "
                  "to look for the sign itself write \\ before it",
                  "ここには繰り返すものがないか、{ } の中の数が%dを超えているか逆です。"
                  "その文字を探すなら前に \\ を書きます",
                  REGEX_REPEAT_MAX);
}

static int parse_atom(Parser *parser, RegexNode **ret)
{
    char c = peek(parser, 0);
    RegexNode *node;
    if (c == '*' || c == '+' || c == '?') return complain_quantifier(parser, parser->at);
    if (c == '(') return parser->at++, parse_group(parser, ret);
    int r = new_node(parser, RX_SET, &node);
    if (r < 0) return r;
    *ret = node;
    switch (c) {
    case '[': return parser->at++, parse_set(parser, node);
    case '\\': return parser->at++, parse_escape(parser, node);
    case '^': return parser->at++, make_assert(parser, node, ASSERT_BEGIN);
    case '$': return parser->at++, make_assert(parser, node, ASSERT_END);
    case '.':
        parser->at++;
        if (parser->dot_all) return regex_ranges_add(&node->set, parser->arena, 0, CODE_POINT_MAX);
        r = regex_ranges_add(&node->set, parser->arena, 0, '\n' - 1);
        return r < 0 ? r : regex_ranges_add(&node->set, parser->arena, '\n' + 1, CODE_POINT_MAX);
    default: break;
    }
    uint32_t character = take_character(parser);
    return set_of(parser, node, character, character);
}

static bool take_number(Parser *parser, unsigned *number)
{
    size_t digits = 0;
    *number = 0;
    for (; peek(parser, 0) >= '0' && peek(parser, 0) <= '9'; parser->at++, digits++) {
        if (*number <= REGEX_REPEAT_MAX) *number = *number * 10 + (unsigned)(peek(parser, 0) - '0');
    }
    return digits > 0;
}

/* {n}, {n,}, {n,m}; false and nothing taken when it is none, for then { is a character. */
static bool take_braces(Parser *parser, unsigned *min, unsigned *max)
{
    size_t before = parser->at++;
    bool good = take_number(parser, min);
    *max = *min;
    if (good && peek(parser, 0) == ',') {
        parser->at++;
        if (!take_number(parser, max)) *max = 0;
    } else if (good && *max == 0) {
        *max = REGEX_REPEAT_MAX + 1; /* {0} repeats nothing: refused below */
    }
    if (good && peek(parser, 0) == '}') {
        parser->at++;
        return true;
    }
    parser->at = before;
    return false;
}

static bool take_quantifier(Parser *parser, unsigned *min, unsigned *max)
{
    char c = peek(parser, 0);
    *min = c == '+';
    *max = c == '?';
    if (c == '{') {
        if (!take_braces(parser, min, max)) return false;
    } else if (c == '*' || c == '+' || c == '?') {
        parser->at++;
    } else {
        return false;
    }
    if (peek(parser, 0) == '?') parser->at++; /* lazy: finds the same */
    return true;
}

static int parse_repeated(Parser *parser, RegexNode **ret)
{
    unsigned min, max;
    int r = parse_atom(parser, ret);
    size_t place = parser->at, repeats = 0;
    while (r == 0 && take_quantifier(parser, &min, &max)) {
        RegexNode *node;
        bool wrong = min > REGEX_REPEAT_MAX || max > REGEX_REPEAT_MAX || (max > 0 && max < min);
        if (wrong) return complain_quantifier(parser, place);
        if (++repeats > 4) return too_large(parser, -E2BIG);
        r = new_node(parser, RX_REPEAT, &node);
        if (r < 0) return r;
        node->first = *ret;
        node->min = min;
        node->max = max;
        *ret = node;
        place = parser->at;
    }
    return r;
}

static int parse_concat(Parser *parser, RegexNode **ret)
{
    RegexNode *node, **link;
    int r = new_node(parser, RX_CONCAT, &node);
    if (r < 0) return r;
    link = &node->first;
    while (!at_end(parser) && peek(parser, 0) != '|' && peek(parser, 0) != ')') {
        r = parse_repeated(parser, link);
        if (r < 0) return r;
        link = &(*link)->next;
    }
    *ret = node;
    return 0;
}

static int parse_any(Parser *parser, RegexNode **ret)
{
    RegexNode *node, *first;
    int r = parse_concat(parser, &first);
    if (r < 0) return r;
    *ret = first;
    if (peek(parser, 0) != '|') return 0;
    r = new_node(parser, RX_ANY_OF, &node);
    if (r < 0) return r;
    node->first = first;
    for (RegexNode *last = first; peek(parser, 0) == '|'; last = last->next) {
        parser->at++;
        r = parse_concat(parser, &last->next);
        if (r < 0) return r;
    }
    *ret = node;
    return 0;
}

static void take_options(Parser *parser)
{
    if (slice_starts(parser->pattern, SLICE("(?i)"))) {
        parser->at = 4;
        parser->keep_case = false;
    } else if (slice_starts(parser->pattern, SLICE("(?-i)"))) {
        parser->at = 5;
        parser->keep_case = true;
    }
}

int regex_parse(Slice pattern, const RegexOptions *options, Arena *arena, RegexTree *ret,
                size_t *ret_where, Complaint *complaint)
{
    Parser parser = {.pattern = pattern, .arena = arena, .complaint = complaint};
    RegexTree tree = {.exact = options != NULL};
    if (options) {
        parser.exact = true;
        parser.keep_case = !options->ignore_case;
        parser.dot_all = options->dot_all;
    }
    take_options(&parser);
    int r = parse_any(&parser, &tree.root);
    if (r == 0 && !at_end(&parser)) {
        r = REFUSE(&parser, parser.at, "regex.stray_group",
                   "this ) closes nothing; to look for ) itself write \\)",
                   "この ) に対応する ( がありません。) という文字を探すなら \\) と書きます");
    }
    *ret_where = parser.where;
    if (r < 0) return r;
    tree.keep_case = parser.keep_case;
    tree.has_boundary = parser.has_boundary;
    *ret = tree;
    return 0;
}
