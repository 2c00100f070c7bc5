/* Compiles how a definition takes its lines apart. */
#include "base/number.h"
#include "translate/source/source_compile.h"

static int on_take_as(Compiler *compiler, const Node *node, void *context)
{
    static const struct {
        Slice name;
        TakeKind kind;
    } kinds[] = {{SLICE_INIT("kv"), TAKE_KV},     {SLICE_INIT("csv"), TAKE_CSV},
                 {SLICE_INIT("cef"), TAKE_CEF},   {SLICE_INIT("leef"), TAKE_LEEF},
                 {SLICE_INIT("json"), TAKE_JSON}, {SLICE_INIT("nothing"), TAKE_NOTHING}};
    SourceTake *take = context;
    Slice name;
    int r = source_take_text(compiler, node, &name);
    for (size_t i = 0; i < ARRAY_COUNT(kinds) && r == 0; i++) {
        if (!slice_eq(kinds[i].name, name)) continue;
        take->kind = kinds[i].kind;
        return 0;
    }
    return r < 0 ? r
                 : WRONG(compiler, node, "source.take_as",
                         "lines are taken apart as one of: kv, csv, cef, leef, json, nothing",
                         "行の分け方は kv, csv, cef, leef, json, nothing のどれかです");
}

static int on_take_of(Compiler *compiler, const Node *node, void *context)
{
    Slice name;
    int r = source_take_text(compiler, node, &name);
    if (r < 0) return r;
    return source_slot(compiler, node, name, false, &((SourceTake *)context)->of);
}

static int take_char(Compiler *compiler, const Node *node, char *ret)
{
    Slice text;
    int r = source_take_text(compiler, node, &text);
    if (r < 0) return r;
    bool tab = slice_eq(text, SLICE("tab")), blank = slice_eq(text, SLICE("blank"));
    if (!tab && !blank && text.len != 1) {
        return WRONG(compiler, node, "source.one_char",
                     "one character is expected here, or tab, or blank",
                     "ここには 1 文字か、tab か blank を書いてください");
    }
    *ret = (char)(tab ? '\t' : blank ? ' ' : text.ptr[0]);
    return 0;
}

static int on_separator(Compiler *compiler, const Node *node, void *context)
{
    return take_char(compiler, node, &((SourceTake *)context)->separator);
}

static int on_pair(Compiler *compiler, const Node *node, void *context)
{
    return take_char(compiler, node, &((SourceTake *)context)->pair);
}

static int on_columns(Compiler *compiler, const Node *node, void *context)
{
    SourceTake *take = context;
    uint16_t slot;
    int r = source_take_texts(compiler, node, &take->columns, &take->column_count);
    if (r < 0) return r;
    if (take->column_count > SOURCE_COLUMNS_MAX) {
        return WRONG(compiler, node, "source.columns", "there may be at most %d columns",
                     "列は %d 個までです", SOURCE_COLUMNS_MAX);
    }
    for (size_t i = 0; i < take->column_count && r == 0; i++) {
        if (slice_eq(take->columns[i], SLICE("-"))) continue;
        r = source_slot(compiler, node, take->columns[i], true, &slot);
    }
    if (take->columns_least == 0) take->columns_least = take->column_count;
    return r;
}

static int on_least(Compiler *compiler, const Node *node, void *context)
{
    Slice text;
    uint64_t number;
    int r = source_take_text(compiler, node, &text);
    if (r < 0) return r;
    if (number_parse_u64(text, &number) < 0 || number == 0 || number > SOURCE_COLUMNS_MAX) {
        return WRONG(compiler, node, "source.least", "a number from 1 to %d is expected here",
                     "ここには 1 から %d までの数を書いてください", SOURCE_COLUMNS_MAX);
    }
    ((SourceTake *)context)->columns_least = (size_t)number;
    return 0;
}

static int on_take_header(Compiler *compiler, const Node *node, void *context)
{
    SourceTake *take = context;
    take->header = true;
    int r = source_take_text(compiler, node, &take->header_prefix);
    if (slice_eq(take->header_prefix, SLICE("first line"))) take->header_prefix = (Slice){0};
    return r;
}

/* A table whose header line names the column in which the JSON stands. */
static int on_column(Compiler *compiler, const Node *node, void *context)
{
    SourceTake *take = context;
    take->header = true;
    return source_take_text(compiler, node, &take->column);
}

static int on_list_of(Compiler *compiler, const Node *node, void *context)
{
    SourceList *list = context;
    int r = source_take_text(compiler, node, &list->prefix);
    return r < 0 ? r : source_slot(compiler, node, list->prefix, false, &list->of);
}

static int on_list_name(Compiler *compiler, const Node *node, void *context)
{
    return source_take_text(compiler, node, &((SourceList *)context)->name);
}

static int on_list_value(Compiler *compiler, const Node *node, void *context)
{
    SourceList *list = context;
    return source_take_texts(compiler, node, &list->values, &list->value_count);
}

static int on_prefer_of(Compiler *compiler, const Node *node, void *context)
{
    return source_take_text(compiler, node, &((SourceList *)context)->prefer_of);
}

static int on_prefer_holds(Compiler *compiler, const Node *node, void *context)
{
    SourceList *list = context;
    return source_take_texts(compiler, node, &list->prefer, &list->prefer_count);
}

static int on_list_prefer(Compiler *compiler, const Node *node, void *context)
{
    static const KeyRow rows[] = {{"of", on_prefer_of}, {"holds", on_prefer_holds}};
    SourceList *list = context;
    int r = source_take_map(compiler, node, rows, ARRAY_COUNT(rows), list);
    if (r < 0 || (list->prefer_of.len > 0 && list->prefer_count > 0)) return r;
    return WRONG(compiler, node, "source.list_prefer",
                 "prefer needs `of:` (a list inside the object) and `holds:` (values)",
                 "prefer には `of:`（中にあるリストの名前）と `holds:`（値）が必要です");
}

static int list_make(Compiler *compiler, const Node *node, SourceList *ret)
{
    static const KeyRow rows[] = {{"of", on_list_of},
                                  {"name", on_list_name},
                                  {"value", on_list_value},
                                  {"prefer", on_list_prefer}};
    int r = source_take_map(compiler, node, rows, ARRAY_COUNT(rows), ret);
    if (r < 0) return r;
    if (ret->prefix.len > 0 && (ret->name.len > 0) == (ret->value_count > 0)) return 0;
    return WRONG(
        compiler, node, "source.list_parts",
        "a list needs `of:` (its name), and `name:` and `value:` together or not at all",
        "リストには `of:`（その名前）が必要です。`name:` と `value:` は両方書くか、どちらも"
        "書かないでください");
}

static int on_lists(Compiler *compiler, const Node *node, void *context)
{
    SourceTake *take = context;
    size_t count = 0;
    if (node->kind != NODE_LIST || node->count > SOURCE_LISTS_MAX) {
        return WRONG(compiler, node, "source.lists",
                     "write a list here of at most %d items, each item behind a `-`",
                     "ここには `-` で始まる項目を %d 個まで並べて書いてください", SOURCE_LISTS_MAX);
    }
    SourceList *made = ARENA_ARRAY(compiler->arena, SourceList, node->count);
    if (!made) return -ENOMEM;
    for (const Node *item = node->first; item; item = item->next, count++) {
        made[count] = (SourceList){0};
        int r = list_make(compiler, item, &made[count]);
        if (r < 0) return r;
    }
    take->lists = made;
    take->list_count = count;
    return 0;
}

static int on_frame(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    SourceDefinition *definition = compiler->definition;
    return source_patterns_make(compiler, node, &definition->frames, &definition->frame_count);
}

/* --- split ------------------------------------------------------------------------------------ */

static int on_split_of(Compiler *compiler, const Node *node, void *context)
{
    Slice name;
    int r = source_take_text(compiler, node, &name);
    if (r < 0) return r;
    return source_slot(compiler, node, name, false, &((SourceSplit *)context)->of);
}

static int on_split_pattern(Compiler *compiler, const Node *node, void *context)
{
    SourceSplit *split = context;
    return source_patterns_make(compiler, node, &split->patterns, &split->pattern_count);
}

int source_splits_make(Compiler *compiler, const Node *node, void *context)
{
    static const KeyRow rows[] = {{"of", on_split_of}, {"pattern", on_split_pattern}};
    SourceDefinition *definition = compiler->definition;
    size_t count = 0;
    (void)context;
    if (node->kind != NODE_LIST || node->count > SOURCE_SPLITS_MAX) {
        return WRONG(compiler, node, "source.splits",
                     "write a list here of at most %d items, each item behind a `-`",
                     "ここには `-` で始まる項目を %d 個まで並べて書いてください",
                     SOURCE_SPLITS_MAX);
    }
    SourceSplit *made = ARENA_ARRAY(compiler->arena, SourceSplit, node->count);
    if (!made) return -ENOMEM;
    for (const Node *item = node->first; item; item = item->next, count++) {
        made[count] = (SourceSplit){0};
        int r = source_take_map(compiler, item, rows, ARRAY_COUNT(rows), &made[count]);
        if (r < 0) return r;
        if (node_member(item, "of") && made[count].pattern_count > 0) continue;
        return WRONG(compiler, item, "source.split_parts",
                     "a split needs `of:` (which value) and `pattern:` (its pieces)",
                     "split には `of:`（どの値か）と `pattern:`（その部品）が必要です");
    }
    definition->splits = made;
    definition->split_count = count;
    return 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

int source_take_make(Compiler *compiler, const Node *node, void *context)
{
    static const KeyRow rows[] = {{"as", on_take_as},          {"of", on_take_of},
                                  {"separator", on_separator}, {"pair", on_pair},
                                  {"columns", on_columns},     {"least", on_least},
                                  {"header", on_take_header},  {"frame", on_frame},
                                  {"lists", on_lists},         {"column", on_column}};
    SourceTake *take = &compiler->definition->take;
    (void)context;
    int r = source_take_map(compiler, node, rows, ARRAY_COUNT(rows), take);
    if (r < 0) return r;
    bool is_table = take->kind == TAKE_CSV || take->column.len > 0;
    if (take->separator == 0) take->separator = is_table ? ',' : ' ';
    if (take->pair == 0) take->pair = '=';
    if (take->kind == TAKE_CSV && take->column_count == 0 && !take->header) {
        return WRONG(compiler, node, "source.no_columns",
                     "csv needs `columns: [...]`, or `header:` when the names stand in the log",
                     "csv には `columns: [...]` か、列名がログにあるときは `header:` が必要です");
    }
    if ((take->list_count > 0 || take->column.len > 0) && take->kind != TAKE_JSON) {
        return WRONG(compiler, node, "source.lists_json", "only json has `lists:` and `column:`",
                     "`lists:` と `column:` は json のときだけ書けます");
    }
    return 0;
}
