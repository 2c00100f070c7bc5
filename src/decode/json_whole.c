/* See json_whole.h. */
#include "decode/json_whole.h"

#include "decode/json_time.h"

#include <errno.h>

static bool is_wrapper_name(Slice name)
{
    static const Slice names[] = {
        SLICE_INIT("Records"), SLICE_INIT("records"), SLICE_INIT("activities"), SLICE_INIT("value"),
        SLICE_INIT("items"),   SLICE_INIT("events"),  SLICE_INIT("Events")};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (slice_eq(names[i], name)) return true;
    }
    return false;
}

static bool is_beside_wrapped(const JsonNode *node)
{
    return !json_is_container(node) && !json_time_is_candidate(node->name);
}

static bool has_only_objects(const JsonTree *tree, const JsonNode *array)
{
    const JsonNode *child = json_first_child(tree, array);
    if (!child) return false;
    while (child && child->kind == JSON_OBJECT) {
        child = json_next_child(tree, array, child);
    }
    return !child;
}

const JsonNode *json_wrapped_find(const JsonTree *tree)
{
    const JsonNode *root = &tree->nodes[0], *array = NULL;
    if (root->kind != JSON_OBJECT) return NULL;
    const JsonNode *child = json_first_child(tree, root);
    for (; child; child = json_next_child(tree, root, child)) {
        if (is_beside_wrapped(child)) continue;
        if (array || child->kind != JSON_ARRAY || !is_wrapper_name(child->name)) return NULL;
        array = child;
    }
    return array && has_only_objects(tree, array) ? array : NULL;
}

const JsonNode *json_wrapped_find_open(const JsonTree *tree)
{
    if (tree->depth < 2 || tree->nodes[0].kind != JSON_OBJECT) return NULL;
    uint32_t array_index = tree->open[1];
    const JsonNode *array = &tree->nodes[array_index];
    if (array->kind != JSON_ARRAY || !is_wrapper_name(array->name)) return NULL;
    for (uint32_t i = 1; i < array_index; i = tree->nodes[i].next) {
        if (!is_beside_wrapped(&tree->nodes[i])) return NULL;
    }
    bool has_object = tree->count > array_index + 1 && array[1].kind == JSON_OBJECT;
    return has_object ? array : NULL;
}

static const Slice byte_order_mark = SLICE_INIT("\xef\xbb\xbf");

/* Text lines may hold JSON: a file that has both is for the lines decoder. */
enum { SURE = 90, MIXED = 5, NOT_JSON = 0 };

static Slice skip_blanks_and_mark(Slice head)
{
    if (slice_starts(head, byte_order_mark)) head = slice_skip(head, byte_order_mark.len);
    while (head.len > 0 && strchr(" \t\r\n,", head.ptr[0]) && head.ptr[0]) {
        head = slice_skip(head, 1);
    }
    return head;
}

static bool opens_json(Slice head)
{
    if (head.len == 0) return false;
    if (head.ptr[0] == '{') return true;
    if (head.ptr[0] != '[') return false;
    Slice inside = skip_blanks_and_mark(slice_skip(head, 1));
    return inside.len == 0 || inside.ptr[0] == '{' || inside.ptr[0] == ']';
}

/* Broken after a line that is indented: still a file of documents over several lines. */
static bool is_spread_over_lines(Slice read)
{
    size_t newline = slice_find_char(read, '\n');
    Slice next = newline == SLICE_NOT_FOUND ? (Slice){0} : slice_skip(read, newline + 1);
    return next.len > 0 && (next.ptr[0] == ' ' || next.ptr[0] == '\t');
}

static int judge_documents(JsonTree *tree, Arena *arena, Slice head)
{
    for (bool first = true; head.len > 0; first = false) {
        size_t used;
        if (!opens_json(head)) return first ? NOT_JSON : MIXED;
        int r = json_tree_read(tree, head, false, arena, &used);
        if (r == -EBADMSG && !is_spread_over_lines(slice_first(head, used))) {
            return first ? NOT_JSON : MIXED;
        }
        if (r < 0) break;
        head = skip_blanks_and_mark(slice_skip(head, used));
    }
    return SURE;
}

int json_recognise(Slice head)
{
    JsonTree tree = {0};
    Arena arena = arena_make((size_t)1 << 20);
    head = skip_blanks_and_mark(head);
    int certainty = head.len > 0 ? judge_documents(&tree, &arena, head) : NOT_JSON;
    json_tree_done(&tree);
    arena_done(&arena);
    return certainty;
}
