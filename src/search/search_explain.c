/* search_explain: the plan of a question in plain steps. */
#include "search/search.h"

#include "base/time_text.h"
#include "search/query_tree.h"
#include "search/text_width.h"

#define INDENT 2
#define SHOWN_COLUMNS 80

typedef struct Plan {
    Buf *to;
    Language language;
    Arena arena;
} Plan;

static void say(Plan *plan, const char *ja, const char *en)
{
    buf_add_cstr(plan->to, plan->language == LANGUAGE_JA ? ja : en);
}

static void indent(Plan *plan, size_t depth)
{
    for (size_t i = 0; i < (depth + 1) * INDENT; i++) {
        buf_add_char(plan->to, ' ');
    }
}

static void add_text(Plan *plan, Slice text)
{
    buf_add_char(plan->to, '"');
    text_add_safe(plan->to, text, SHOWN_COLUMNS);
    buf_add_char(plan->to, '"');
}

static void add_name(Plan *plan, const FieldRef *field)
{
    text_add_safe(plan->to, field->name, SHOWN_COLUMNS);
}

static void add_time(Plan *plan, Decimal ns)
{
    char text[TIME_TEXT_MAX];
    bool open = ns <= INT64_MIN + 1 || ns >= INT64_MAX;
    buf_add(plan->to, text, open ? 0 : time_print_rfc3339(text, (int64_t)ns));
}

static void add_decimal(Plan *plan, Decimal number)
{
    char text[DECIMAL_TEXT_MAX];
    bool open = number == DECIMAL_MIN || number == DECIMAL_MAX;
    buf_add(plan->to, text, open ? 0 : decimal_print(text, number));
}

static void add_length(Plan *plan, int64_t ns)
{
    static const struct {
        int64_t seconds;
        char name;
    } units[] = {{604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    int64_t seconds = ns / NS_PER_SECOND;
    size_t unit = 0;
    while (unit + 1 < ARRAY_COUNT(units) && seconds % units[unit].seconds != 0) {
        unit++;
    }
    buf_add_i64(plan->to, seconds / units[unit].seconds);
    buf_add_char(plan->to, units[unit].name);
}

/* --- the filter ------------------------------------------------------------------------------- */

static void add_choices(Plan *plan, const FieldRef *field, const ChoiceSet *choices)
{
    const char *before = "";
    for (size_t i = 0; i < field_ref_choices(field); i++) {
        if (!choice_has(choices, i)) continue;
        buf_add_cstr(plan->to, before);
        buf_add_slice(plan->to, field_ref_choice_name(field, i, 0));
        before = " / ";
    }
}

static void add_regex(Plan *plan, const Regex *regex)
{
    regex_is_table(regex) ? say(plan, "正規表現（表で照合）", "regular expression (by table)")
                          : say(plan, "正規表現（状態で照合）", "regular expression (by states)");
    if (regex_literal(regex).len == 0) return;
    say(plan, "、必ず含む文字 ", ", must hold ");
    add_text(plan, regex_literal(regex));
}

static void add_condition(Plan *plan, const FieldTest *test, const Condition *condition)
{
    switch (condition->kind) {
    case CONDITION_PRESENT: say(plan, "値がある", "has a value"); return;
    case CONDITION_TEXT: say(plan, "値または語が ", "value or words "); break;
    case CONDITION_EXACT: say(plan, "大文字小文字も同じ ", "with its case "); break;
    case CONDITION_CONTAINS: say(plan, "含む ", "holds "); break;
    case CONDITION_PATTERN: say(plan, "全体が ", "whole value "); break;
    case CONDITION_REGEX: add_regex(plan, condition->regex); return;
    case CONDITION_CHOICE: add_choices(plan, &test->field, &condition->choices); return;
    case CONDITION_ADDRESS: say(plan, "アドレスの範囲", "range of addresses"); return;
    case CONDITION_NUMBER:
        add_decimal(plan, condition->low);
        buf_add_cstr(plan->to, " .. ");
        add_decimal(plan, condition->high);
        return;
    case CONDITION_TIME:
        add_time(plan, condition->low);
        buf_add_cstr(plan->to, " .. ");
        add_time(plan, condition->high);
        return;
    }
    add_text(plan, condition->folded);
}

static void add_test(Plan *plan, const FieldTest *test)
{
    add_name(plan, &test->field);
    buf_add_cstr(plan->to, ": ");
    for (size_t i = 0; i < test->condition_count; i++) {
        if (i > 0) say(plan, " または ", " or ");
        add_condition(plan, test, &test->conditions[i]);
    }
}

static void add_word(Plan *plan, const WordTest *word)
{
    const FieldRef action = {.place = PLACE_ACTION}, outcome = {.place = PLACE_OUTCOME};
    say(plan, "どこかに ", "anywhere ");
    word->regex ? add_regex(plan, word->regex) : add_text(plan, word->needle);
    if (word->exact) say(plan, "（大文字小文字も同じ）", " (with its case)");
    Buf names = {0}, *to = plan->to;
    plan->to = &names;
    add_choices(plan, &action, &word->verbs);
    if (names.len == 0) add_choices(plan, &outcome, &word->outcomes);
    plan->to = to;
    if (names.len > 0) {
        say(plan, "、または操作・結果が ", ", or the action or outcome is ");
        buf_add_slice(to, buf_slice(&names));
    }
    buf_done(&names);
}

/* As deep as the tree (query_match.c). */
static void add_node(Plan *plan, const Node *node, size_t depth)
{
    indent(plan, depth);
    switch (node->kind) {
    case NODE_ALL: say(plan, "すべての行", "every row"); break;
    case NODE_AND: say(plan, "次のすべて:", "all of:"); break;
    case NODE_OR: say(plan, "次のどれか:", "any of:"); break;
    case NODE_NOT: say(plan, "次でない:", "not:"); break;
    case NODE_WORD: add_word(plan, &node->word); break;
    case NODE_TEST: add_test(plan, &node->test); break;
    }
    buf_add_char(plan->to, '\n');
    for (const Node *child = node->first; child; child = child->next) {
        add_node(plan, child, depth + 1);
    }
}

/* --- what is read ----------------------------------------------------------------------------- */

static void add_reads(Plan *plan, const QueryReads *reads)
{
    const char *before = "";
    if (reads->whole_records) {
        say(plan, "記録の全体", "whole records");
        before = ", ";
    }
    if (reads->everything) {
        buf_add_cstr(plan->to, before);
        say(plan, "すべての文字（元のログ、機器の項目、記録の項目）",
            "all text (raw, the source's fields, the record's)");
        before = ", ";
    }
    for (size_t i = 0; i < reads->count; i++) {
        buf_add_cstr(plan->to, before);
        add_name(plan, &reads->fields[i]);
        before = ", ";
    }
    if (!*before) say(plan, "なし", "nothing");
    buf_add_char(plan->to, '\n');
}

static void add_needs(Plan *plan, const Query *query)
{
    const QueryNeed *needs;
    size_t count = 0;
    if (query_needs(query, &plan->arena, &needs, &count) < 0) count = 0;
    if (count == 0) say(plan, "  なし\n", "  none\n");
    for (size_t i = 0; i < count; i++) {
        indent(plan, 0);
        add_text(plan, needs[i].text);
        if (needs[i].field) {
            buf_add_cstr(plan->to, " : ");
            add_name(plan, needs[i].field);
        }
        buf_add_char(plan->to, '\n');
    }
}

/* --- the pipes -------------------------------------------------------------------------------- */

static void add_pipe_fields(Plan *plan, const Pipe *pipe)
{
    for (size_t i = 0; i < pipe->field_count; i++) {
        buf_add_cstr(plan->to, i > 0 ? ", " : " ");
        add_name(plan, &pipe->fields[i].ref);
        if (pipe->fields[i].descending) buf_add_cstr(plan->to, " desc");
    }
}

static void add_aggregates(Plan *plan, const Pipe *pipe)
{
    for (size_t i = 0; i < pipe->aggregate_count; i++) {
        buf_add_cstr(plan->to, i > 0 ? ", " : " ");
        text_add_safe(plan->to, pipe->aggregates[i].name, SHOWN_COLUMNS);
    }
    if (pipe->field_count > 0) buf_add_cstr(plan->to, " by");
    add_pipe_fields(plan, pipe);
}

static void add_pipe_details(Plan *plan, const Pipe *pipe)
{
    switch (pipe->kind) {
    case PIPE_GROUP: add_aggregates(plan, pipe); break;
    case PIPE_EVAL:
        buf_add_char(plan->to, ' ');
        text_add_safe(plan->to, pipe->columns[pipe->column_at], SHOWN_COLUMNS);
        break;
    case PIPE_LOOKUP:
        buf_add_char(plan->to, ' ');
        text_add_safe(plan->to, pipe->file, SHOWN_COLUMNS);
        add_pipe_fields(plan, pipe);
        break;
    case PIPE_SEQUENCE:
        add_pipe_fields(plan, pipe);
        buf_add_char(plan->to, ' ');
        add_length(plan, pipe->span_ns);
        break;
    case PIPE_TIMELINE:
        buf_add_char(plan->to, ' ');
        pipe->span_ns > 0 ? add_length(plan, pipe->span_ns)
                          : say(plan, "（刻みは期間に合わせる）", "(the step fits the times)");
        break;
    default: add_pipe_fields(plan, pipe); break;
    }
    if (pipe->rows_max > 0) {
        buf_add_char(plan->to, ' ');
        buf_add_u64(plan->to, pipe->rows_max);
    }
}

static void add_pipe(Plan *plan, const Pipe *pipe)
{
    static const char *const names[] = {
        [PIPE_HEAD] = "head",         [PIPE_SORT] = "sort",     [PIPE_FIELDS] = "fields",
        [PIPE_GROUP] = "stats",       [PIPE_FILTER] = "search", [PIPE_WHERE] = "where",
        [PIPE_EVAL] = "eval",         [PIPE_DEDUP] = "dedup",   [PIPE_TIMELINE] = "timeline",
        [PIPE_SEQUENCE] = "sequence", [PIPE_LOOKUP] = "lookup"};
    indent(plan, 0);
    buf_add_cstr(plan->to, names[pipe->kind]);
    add_pipe_details(plan, pipe);
    buf_add_cstr(plan->to, ": ");
    pipe_holds(pipe)
        ? say(plan, "メモリーの分け前まで溜める", "holds up to its share of the memory")
        : say(plan, "溜めない", "holds nothing back");
    buf_add_char(plan->to, '\n');
    if (pipe->filter) add_node(plan, pipe->filter, 1);
    for (size_t i = 0; i < pipe->step_count; i++) {
        add_node(plan, pipe->steps[i], 1);
    }
}

static void add_stages(Plan *plan, const Query *query)
{
    size_t holding = 0;
    for (size_t i = 0; i < query->pipe_count; i++) {
        holding += pipe_holds(&query->pipes[i]);
        add_pipe(plan, &query->pipes[i]);
    }
    if (query->pipe_count == 0)
        say(plan, "  なし: 記録を新しい順に\n", "  none: records, newest first\n");
    if (holding > 1) {
        say(plan, "  メモリーは等しく分ける: 1/", "  the memory is shared out evenly: 1/");
        buf_add_u64(plan->to, holding);
        buf_add_char(plan->to, '\n');
    }
}

void search_explain(const Query *query, Buf *to, Language language)
{
    Plan plan = {.to = to, .language = language, .arena = arena_make(0)};
    QueryReads reads;
    int64_t from_ns = INT64_MIN, to_ns = INT64_MAX;
    say(&plan, "条件\n", "filter\n");
    add_node(&plan, query->filter, 0);
    say(&plan, "索引で探せる文字\n", "text that an index could look for\n");
    add_needs(&plan, query);
    query_range(query, &from_ns, &to_ns);
    say(&plan, "期間\n  ", "times\n  ");
    add_time(&plan, from_ns);
    buf_add_cstr(to, " .. ");
    add_time(&plan, to_ns);
    say(&plan, "\n条件が読む項目\n  ", "\nread by the filter\n  ");
    if (query_filter_reads(query, &plan.arena, &reads) == 0) add_reads(&plan, &reads);
    say(&plan, "パイプと答えが読む項目\n  ", "read by the pipes and the answer\n  ");
    if (query_pipe_reads(query, &plan.arena, &reads) == 0) add_reads(&plan, &reads);
    say(&plan, "パイプ\n", "pipes\n");
    add_stages(&plan, query);
    arena_done(&plan.arena);
}
