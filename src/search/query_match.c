/* The filter asked of one row. No allocation, no state. */
#include "search/query_tree.h"

#include "base/fold.h"

bool word_test_in(const WordTest *word, Slice text)
{
    if (text.len == 0) return false;
    if (word->regex) return regex_matches(word->regex, text);
    if (word->exact) return fold_contains_case(text, word->needle);
    return word->pattern ? fold_glob(text, word->needle) : fold_contains(text, word->needle);
}

/* Raw first: what is in a log at all is mostly in there. */
static bool word_test_matches(const WordTest *word, const Row *row)
{
    const Record *record = &row->record;
    if (choice_has(&word->verbs, record->verb)) return true;
    if (choice_has(&word->outcomes, record->outcome)) return true;
    if (word_test_in(word, row->event.raw)) return true;
    for (size_t i = 0; i < row->event.field_count; i++) {
        if (word_test_in(word, row->event.fields[i].value)) return true;
    }
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (word_test_in(word, record->text[i])) return true;
    }
    return word_test_in(word, row->origin);
}

static bool test_matches(const FieldTest *test, const Row *row)
{
    for (size_t i = 0; i < test->condition_count; i++) {
        if (condition_holds(&test->conditions[i], &test->field, row)) return true;
    }
    return false;
}

/* As deep as the tree: three levels for each of QUERY_DEPTH_MAX parentheses at most. */
bool query_node_matches(const Node *node, const Row *row)
{
    switch (node->kind) {
    case NODE_ALL: return true;
    case NODE_NOT: return !query_node_matches(node->first, row);
    case NODE_WORD: return word_test_matches(&node->word, row);
    case NODE_TEST: return test_matches(&node->test, row);
    case NODE_AND:
        for (const Node *child = node->first; child; child = child->next) {
            if (!query_node_matches(child, row)) return false;
        }
        return true;
    case NODE_OR:
        for (const Node *child = node->first; child; child = child->next) {
            if (query_node_matches(child, row)) return true;
        }
        return false;
    }
    return false;
}

bool query_matches(const Query *query, const Row *row)
{
    return query_node_matches(query->filter, row);
}
