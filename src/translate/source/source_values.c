/* Compiles what a definition says about values: where they come from, what they become, where they
 * go, and conditions on them. */
#include "base/nearest.h"
#include "base/number.h"
#include "translate/source/source_compile.h"

#include <stdlib.h>

#define PIECES_MAX 32

/* --- values ----------------------------------------------------------------------------------- */

/* `{name}` in a template; `{{` is a brace. */
static int take_template(Compiler *compiler, const Node *node, Slice text, SourceValue *ret)
{
    SourcePiece *pieces = ARENA_ARRAY(compiler->arena, SourcePiece, PIECES_MAX);
    if (!pieces) return -ENOMEM;
    size_t count = 0;
    while (text.len > 0) {
        size_t open = slice_find_char(text, '{'), close = slice_find_char(text, '}');
        if (count == PIECES_MAX || (open != SLICE_NOT_FOUND && close < open) ||
            (open != SLICE_NOT_FOUND && close == SLICE_NOT_FOUND)) {
            return WRONG(compiler, node, "source.template",
                         "write names of fields as {name}, at most %d of them, each closed by }",
                         "項目は {項目名} の形で、} で閉じて書いてください（%d 個まで）",
                         PIECES_MAX);
        }
        pieces[count] = (SourcePiece){.text = slice_first(text, open), .slot = -1};
        if (open == SLICE_NOT_FOUND) {
            text.len = 0;
        } else {
            uint16_t slot;
            Slice name = slice_trim(slice_of(text.ptr + open + 1, close - open - 1));
            int r = source_slot(compiler, node, name, false, &slot);
            if (r < 0) return r;
            pieces[count].slot = slot;
            text = slice_skip(text, close + 1);
        }
        count++;
    }
    *ret = (SourceValue){.kind = VALUE_TEMPLATE, .pieces = pieces, .piece_count = count};
    return 0;
}

static int take_value_text(Compiler *compiler, const Node *node, SourceValue *ret)
{
    Slice text = node->text;
    if (slice_starts(text, SLICE("="))) {
        *ret = (SourceValue){.kind = VALUE_TEXT, .text = slice_trim(slice_skip(text, 1))};
        return 0;
    }
    if (slice_find_char(text, '{') != SLICE_NOT_FOUND)
        return take_template(compiler, node, text, ret);
    uint16_t *slot = ARENA_NEW(compiler->arena, uint16_t);
    if (!slot) return -ENOMEM;
    int r = source_slot(compiler, node, text, false, slot);
    if (r == 0) *ret = (SourceValue){.kind = VALUE_SLOTS, .slots = slot, .slot_count = 1};
    return r;
}

static int take_names(Compiler *compiler, const Node *node, SourceValue *ret)
{
    uint16_t *slots = ARENA_ARRAY(compiler->arena, uint16_t, node->count);
    size_t count = 0;
    if (!slots) return -ENOMEM;
    for (const Node *item = node->first; item; item = item->next) {
        Slice name;
        int r = source_take_text(compiler, item, &name);
        if (r == 0) r = source_slot(compiler, item, name, false, &slots[count++]);
        if (r < 0) return r;
    }
    *ret = (SourceValue){.kind = VALUE_SLOTS, .slots = slots, .slot_count = count};
    return 0;
}

/* Names alone are the usual list, and the quick one. */
static int take_value_list(Compiler *compiler, const Node *node, SourceValue *ret)
{
    size_t count = 0;
    bool names = true;
    for (const Node *item = node->first; item; item = item->next) {
        bool name =
            item->kind != NODE_TEXT || (slice_find_char(item->text, '{') == SLICE_NOT_FOUND &&
                                        !slice_starts(item->text, SLICE("=")));
        names = names && name;
    }
    if (names) return take_names(compiler, node, ret);
    SourceValue *choices = ARENA_ARRAY(compiler->arena, SourceValue, node->count);
    if (!choices) return -ENOMEM;
    for (const Node *item = node->first; item; item = item->next) {
        Slice text; /* no list or map in a list */
        int r = source_take_text(compiler, item, &text);
        if (r == 0) r = take_value_text(compiler, item, &choices[count++]);
        if (r < 0) return r;
    }
    *ret = (SourceValue){.kind = VALUE_FIRST, .choices = choices, .choice_count = count};
    return 0;
}

static int compare_entries(const void *a, const void *b)
{
    return slice_compare(((const SourceMapEntry *)a)->from, ((const SourceMapEntry *)b)->from);
}

static int on_of(Compiler *compiler, const Node *node, void *context)
{
    SourceValue *value = context, source;
    int r = node->kind == NODE_MAP
                ? WRONG(compiler, node, "source.of", "give the name of a field, or a list of names",
                        "項目名か、項目名の並びを書いてください")
                : source_value_make(compiler, node, &source);
    if (r < 0) return r;
    source.map = value->map;
    source.map_count = value->map_count;
    source.has_otherwise = value->has_otherwise;
    source.otherwise = value->otherwise;
    *value = source;
    return 0;
}

static int on_map(Compiler *compiler, const Node *node, void *context)
{
    SourceValue *value = context;
    if (node->kind != NODE_MAP) {
        return WRONG(compiler, node, "source.map", "a map is written as `from: to` lines",
                     "対応表は `元の値: 新しい値` の行を並べて書きます");
    }
    SourceMapEntry *map = ARENA_ARRAY(compiler->arena, SourceMapEntry, node->count);
    size_t count = 0;
    if (!map) return -ENOMEM;
    for (const Node *item = node->first; item; item = item->next) {
        map[count].from = item->key;
        int r = source_take_text(compiler, item, &map[count++].to);
        if (r < 0) return r;
    }
    if (count > 0) qsort(map, count, sizeof *map, compare_entries);
    value->map = map;
    value->map_count = count;
    return 0;
}

static int on_else(Compiler *compiler, const Node *node, void *context)
{
    SourceValue *value = context;
    value->has_otherwise = true;
    return source_take_text(compiler, node, &value->otherwise);
}

int source_value_make(Compiler *compiler, const Node *node, SourceValue *ret)
{
    static const KeyRow rows[] = {{"of", on_of}, {"map", on_map}, {"else", on_else}};
    SourceValue value = {0};
    if (node->kind == NODE_TEXT) return take_value_text(compiler, node, ret);
    if (node->kind == NODE_LIST) return take_value_list(compiler, node, ret);
    int r = source_take_map(compiler, node, rows, ARRAY_COUNT(rows), &value);
    if (r < 0) return r;
    if (value.kind == VALUE_NONE) {
        return WRONG(compiler, node, "source.of_missing",
                     "say with `of:` which field the value comes from",
                     "どの項目の値かを `of:` で書いてください");
    }
    *ret = value;
    return 0;
}

/* --- where they go ---------------------------------------------------------------------------- */

static int find_target(Slice name, int *ret)
{
    static const struct {
        Slice name;
        int target;
    } others[] = {{SLICE_INIT("user.account"), TARGET_USER_ACCOUNT},
                  {SLICE_INIT("user.target.account"), TARGET_USER_TARGET_ACCOUNT},
                  {SLICE_INIT("akashi.count"), TARGET_COUNT}};
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        if (!slice_eq(others[i].name, name)) continue;
        *ret = others[i].target;
        return 0;
    }
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (!slice_eq(record_fields[i].name, name)) continue;
        *ret = (int)i;
        return 0;
    }
    return -ENOENT;
}

static int unknown_target(Compiler *compiler, const Node *node)
{
    Slice names[RECORD_FIELD_COUNT];
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        names[i] = record_fields[i].name;
    }
    Slice nearest = nearest_name(node->key, names, RECORD_FIELD_COUNT);
    if (nearest.len == 0) nearest = SLICE("source.ip");
    return WRONG_KEY(compiler, node, "source.record_field",
                     "records have no field %.*s; fields are named as in %.*s",
                     "記録に %.*s という項目はありません。%.*s のように書いてください",
                     SLICE_FMT(node->key), SLICE_FMT(nearest));
}

int source_setters_make(Compiler *compiler, const Node *node, SourceSetters *ret)
{
    if (node->kind != NODE_MAP) {
        return WRONG(compiler, node, "source.fields",
                     "write `record field: source field` lines, such as `source.ip: srcip`",
                     "`記録の項目: ログの項目` の行を並べてください（例: `source.ip: srcip`）");
    }
    SourceSetter *setters = ARENA_ARRAY(compiler->arena, SourceSetter, node->count);
    size_t count = 0;
    if (!setters) return -ENOMEM;
    for (const Node *item = node->first; item; item = item->next) {
        if (find_target(item->key, &setters[count].target) < 0)
            return unknown_target(compiler, item);
        int r = source_value_make(compiler, item, &setters[count++].value);
        if (r < 0) return r;
    }
    *ret = (SourceSetters){.at = setters, .count = count};
    return 0;
}

/* --- conditions ------------------------------------------------------------------------------- */

/* 400..599 */
static bool take_range(Slice text, SourceMatch *ret)
{
    size_t dots = slice_find(text, SLICE(".."));
    if (dots == SLICE_NOT_FOUND) return false;
    ret->kind = MATCH_RANGE;
    return number_parse_u64(slice_first(text, dots), &ret->least) == 0 &&
           number_parse_u64(slice_skip(text, dots + 2), &ret->most) == 0;
}

/* `a*b`: the texts around the stars. */
static int take_parts(Compiler *compiler, const Node *node, Slice text, SourceMatch *ret)
{
    Slice *parts = ARENA_ARRAY(compiler->arena, Slice, SOURCE_MATCH_PARTS_MAX), part;
    size_t count = 0;
    if (!parts) return -ENOMEM;
    bool ends_open = text.ptr[text.len - 1] == '*';
    while (slice_cut(&text, '*', &part)) {
        if (count + ends_open == SOURCE_MATCH_PARTS_MAX || (part.len == 0 && count > 0)) {
            return WRONG(compiler, node, "source.stars",
                         "a condition has at most %d texts with single * between them",
                         "条件に書ける文字列は、* を一つずつはさんで %d 個までです",
                         SOURCE_MATCH_PARTS_MAX);
        }
        parts[count++] = part;
    }
    if (ends_open) parts[count++] = (Slice){0};
    *ret = (SourceMatch){.kind = MATCH_PARTS, .parts = parts, .part_count = count};
    return 0;
}

static int match_make(Compiler *compiler, const Node *node, Slice text, SourceMatch *ret)
{
    SourceMatch match = {0};
    if (take_range(text, &match)) {
        *ret = match;
        return 0;
    }
    match = (SourceMatch){.kind = MATCH_EXACT, .text = text};
    bool before = text.len > 0 && text.ptr[0] == '*';
    bool behind = text.len > 1 && text.ptr[text.len - 1] == '*';
    if (slice_eq(text, SLICE("*"))) match.kind = MATCH_PRESENT;
    if (before) match.text = slice_skip(match.text, 1);
    if (behind) match.text.len--;
    if (slice_find_char(match.text, '*') != SLICE_NOT_FOUND || slice_eq(text, SLICE("**")))
        return take_parts(compiler, node, text, ret);
    if (match.kind == MATCH_EXACT && (before || behind)) {
        match.kind = before && behind ? MATCH_HOLDS : before ? MATCH_ENDS : MATCH_STARTS;
    }
    *ret = match;
    return 0;
}

static int take_matches(Compiler *compiler, const Node *node, SourceTest *ret)
{
    const Slice *texts;
    size_t count;
    int r = source_take_texts(compiler, node, &texts, &count);
    if (r < 0) return r;
    SourceMatch *matches = ARENA_ARRAY(compiler->arena, SourceMatch, count);
    if (!matches) return -ENOMEM;
    const Node *item = node->kind == NODE_LIST ? node->first : node;
    for (size_t i = 0; i < count; i++, item = item->next) {
        r = match_make(compiler, item, texts[i], &matches[i]);
        if (r < 0) return r;
    }
    ret->matches = matches;
    ret->match_count = count;
    return 0;
}

static int take_test(Compiler *compiler, const Node *node, SourceTest *ret)
{
    Slice key = node->key;
    ret->negated = slice_starts(key, SLICE("not "));
    if (ret->negated) key = slice_trim(slice_skip(key, 4));
    ret->any_case = slice_starts(key, SLICE("any case "));
    if (ret->any_case) key = slice_trim(slice_skip(key, 9));
    int r = source_slot(compiler, node, key, false, &ret->slot);
    return r < 0 ? r : take_matches(compiler, node, ret);
}

int source_tests_make(Compiler *compiler, const Node *node, const SourceTest **ret,
                      size_t *ret_count)
{
    if (node->kind != NODE_MAP) {
        return WRONG(compiler, node, "source.when",
                     "write conditions as `field: value` lines, such as `action: deny`",
                     "条件は `項目: 値` の行を並べて書きます（例: `action: deny`）");
    }
    SourceTest *tests = ARENA_ARRAY(compiler->arena, SourceTest, node->count);
    size_t count = 0;
    if (!tests) return -ENOMEM;
    for (const Node *item = node->first; item; item = item->next) {
        int r = take_test(compiler, item, &tests[count++]);
        if (r < 0) return r;
    }
    *ret = tests;
    *ret_count = count;
    return 0;
}
