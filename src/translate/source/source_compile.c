/* A definition's tree into its compiled form. The keys at each level are tables; doc/sources.md
 * says what each means. */
#include "translate/source/source_compile.h"

#include "base/nearest.h"

#include <stdlib.h>

/* --- places and names ------------------------------------------------------------------------- */

void source_place(Complaint *complaint, const Node *node)
{
    if (!complaint) return;
    complaint->line = node->line;
    complaint->column = node->column;
}

void source_place_key(Complaint *complaint, const Node *node)
{
    if (!complaint) return;
    complaint->line = node->key_line;
    complaint->column = node->key_column;
}

#define KEYS_MAX 32

static int unknown_key(Compiler *compiler, const Node *node, const KeyRow *rows, size_t row_count)
{
    Slice names[KEYS_MAX];
    for (size_t i = 0; i < row_count; i++) {
        names[i] = slice_from_cstr(rows[i].name);
    }
    Slice nearest = nearest_name(node->key, names, row_count);
    if (nearest.len == 0) {
        return WRONG_KEY(compiler, node, "source.key_unknown",
                         "%.*s is not known here; doc/sources.md lists what is",
                         "%.*s はここでは使えません。使えるものは doc/sources.md にあります",
                         SLICE_FMT(node->key));
    }
    return WRONG_KEY(
        compiler, node, "source.key_unknown", "%.*s is not known here; did you mean %.*s?",
        "%.*s はここでは使えません。%.*s のことですか", SLICE_FMT(node->key), SLICE_FMT(nearest));
}

int source_take_map(Compiler *compiler, const Node *node, const KeyRow *rows, size_t row_count,
                    void *context)
{
    if (node->kind != NODE_MAP) {
        return WRONG(compiler, node, "source.map_wanted",
                     "`name: value` lines are expected here, such as `%s: ...`",
                     "ここには `%s: ...` のような行を書いてください", rows[0].name);
    }
    for (const Node *item = node->first; item; item = item->next) {
        const KeyRow *row = NULL;
        for (size_t i = 0; i < row_count && !row; i++) {
            if (slice_eq(item->key, slice_from_cstr(rows[i].name))) row = &rows[i];
        }
        int r =
            row ? row->take(compiler, item, context) : unknown_key(compiler, item, rows, row_count);
        if (r < 0) return r;
    }
    return 0;
}

int source_take_text(Compiler *compiler, const Node *node, Slice *ret)
{
    if (node->kind != NODE_TEXT) {
        return WRONG(compiler, node, "source.text_wanted",
                     "one text is expected here; put it in quotes when it has : or # in it",
                     "ここには文字列を一つ書いてください。: や # を含むときは引用符で囲みます");
    }
    *ret = node->text;
    return 0;
}

int source_take_texts(Compiler *compiler, const Node *node, const Slice **ret, size_t *ret_count)
{
    size_t count = node->kind == NODE_LIST ? node->count : 1, at = 0;
    Slice *texts = ARENA_ARRAY(compiler->arena, Slice, count);
    if (!texts) return -ENOMEM;
    if (node->kind != NODE_LIST) {
        int r = source_take_text(compiler, node, &texts[0]);
        if (r < 0) return r;
    }
    for (const Node *item = node->kind == NODE_LIST ? node->first : NULL; item; item = item->next) {
        int r = source_take_text(compiler, item, &texts[at++]);
        if (r < 0) return r;
    }
    *ret = texts;
    *ret_count = count;
    return 0;
}

static int record_field_named(Slice name)
{
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (slice_eq(record_fields[i].name, name) && i != RECORD_MESSAGE) return (int)i;
    }
    return -1;
}

int source_slot(Compiler *compiler, const Node *node, Slice name, bool is_ours, uint16_t *ret)
{
    SourceSlots *slots = &compiler->definition->slots;
    uint32_t hash = source_name_hash(name);
    int slot = source_slot_of(slots, name, hash);
    if (name.len == 0) {
        return WRONG(compiler, node, "source.no_name", "the name of a field is missing here",
                     "ここに項目名が必要です");
    }
    if (slot < 0 && slots->count == SOURCE_SLOTS_MAX) {
        return WRONG(compiler, node, "source.names",
                     "a definition may use at most %d names of fields; make two of it",
                     "一つの定義で使える項目名は %d 個までです。二つに分けてください",
                     SOURCE_SLOTS_MAX);
    }
    if (slot < 0) {
        size_t at = hash & (SOURCE_SLOT_TABLE - 1);
        while (slots->table[at]) {
            at = (at + 1) & (SOURCE_SLOT_TABLE - 1);
        }
        slot = (int)slots->count++;
        slots->table[at] = (uint16_t)(slot + 1);
        slots->names[slot] = name;
        slots->record_field[slot] = -1;
    }
    if (is_ours) slots->record_field[slot] = (int16_t)record_field_named(name);
    *ret = (uint16_t)slot;
    return 0;
}

static int add_fixed_slots(Compiler *compiler)
{
    static const Slice names[SLOT_FIXED_COUNT] = {
        [SLOT_MESSAGE] = SLICE_INIT("message"),   [SLOT_WHOLE] = SLICE_INIT("whole"),
        [SLOT_HOST] = SLICE_INIT("syslog.host"),  [SLOT_TAG] = SLICE_INIT("syslog.tag"),
        [SLOT_PID] = SLICE_INIT("syslog.pid"),    [SLOT_SEVERITY] = SLICE_INIT("syslog.severity"),
        [SLOT_MSGID] = SLICE_INIT("syslog.msgid")};
    static const Node nowhere;
    for (size_t i = 0; i < SLOT_FIXED_COUNT; i++) {
        uint16_t slot;
        int r = source_slot(compiler, &nowhere, names[i], false, &slot);
        if (r < 0) return r;
    }
    return 0;
}

/* --- names, texts in two languages ------------------------------------------------------------ */

static bool is_plain_name(Slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-') return false;
    }
    return name.len > 0 && name.len <= 64;
}

static int on_name(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    int r = source_take_text(compiler, node, &compiler->definition->info.name);
    if (r < 0 || is_plain_name(compiler->definition->info.name)) return r;
    return WRONG(compiler, node, "source.name",
                 "a name has small letters a-z, digits, - and _, at most 64 of them",
                 "名前には英小文字・数字・-・_ を 64 文字まで使えます");
}

static int on_ja(Compiler *compiler, const Node *node, void *context)
{
    return source_take_text(compiler, node, &((Slice *)context)[0]);
}

static int on_en(Compiler *compiler, const Node *node, void *context)
{
    return source_take_text(compiler, node, &((Slice *)context)[1]);
}

static int take_two_languages(Compiler *compiler, const Node *node, Slice *ret)
{
    static const KeyRow rows[] = {{"ja", on_ja}, {"en", on_en}};
    if (node->kind != NODE_TEXT)
        return source_take_map(compiler, node, rows, ARRAY_COUNT(rows), ret);
    ret[0] = ret[1] = node->text;
    return 0;
}

static int on_title(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    return take_two_languages(compiler, node, compiler->definition->info.title);
}

static int on_setup(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    return take_two_languages(compiler, node, compiler->definition->info.setup);
}

static int on_vendor(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    return source_take_text(compiler, node, &compiler->definition->info.vendor);
}

static int on_product(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    return source_take_text(compiler, node, &compiler->definition->info.product);
}

static int on_dataset(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    return source_take_text(compiler, node, &compiler->definition->info.dataset);
}

static int on_translator(Compiler *compiler, const Node *node, void *context)
{
    SourceInfo *info = &compiler->definition->info;
    (void)context;
    return source_take_texts(compiler, node, &info->rules, &info->rule_count);
}

static int on_about(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    SourceInfo *info = &compiler->definition->info;
    return source_take_texts(compiler, node, &info->about, &info->about_count);
}

static int on_empty(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    SourceDefinition *definition = compiler->definition;
    return source_take_texts(compiler, node, &definition->empty, &definition->empty_count);
}

static int on_charset(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    static const Slice known[] = {SLICE_INIT("UTF-8"), SLICE_INIT("CP932"), SLICE_INIT("EUC-JP"),
                                  SLICE_INIT("ISO-2022-JP")};
    int r = source_take_text(compiler, node, &compiler->definition->charset);
    if (r < 0) return r;
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        if (slice_eq(compiler->definition->charset, known[i])) return 0;
    }
    return WRONG(compiler, node, "source.charset",
                 "charset is one of UTF-8, CP932, EUC-JP, ISO-2022-JP; without it each line is "
                 "looked at",
                 "charset は UTF-8, CP932, EUC-JP, ISO-2022-JP のどれかです。書かなければ行ごとに"
                 "見分けます");
}

static int on_recognise(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    SourceDefinition *definition = compiler->definition;
    return source_marks_make(compiler, node, &definition->marks, &definition->mark_count);
}

static int on_time(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    SourceDefinition *definition = compiler->definition;
    return source_times_make(compiler, node, &definition->times, &definition->time_count);
}

static int on_fields(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    return source_setters_make(compiler, node, &compiler->definition->setters);
}

/* --- the whole -------------------------------------------------------------------------------- */

static int check_whole(Compiler *compiler, const Node *top)
{
    SourceDefinition *definition = compiler->definition;
    if (definition->info.rule_count > 0 && definition->mark_count > 0) {
        return WRONG(compiler, top, "source.translator",
                     "`translator:` describes what is built in; leave out `recognise:`",
                     "`translator:` は組み込みの翻訳の説明です。`recognise:` は書かないでください");
    }
    if (definition->mark_count == 0 && definition->info.rule_count == 0) {
        return WRONG(compiler, top, "source.no_recognise",
                     "say with `recognise:` how its lines are known",
                     "どの行がこの機器のものかを `recognise:` で書いてください");
    }
    if (definition->info.dataset.len == 0) definition->info.dataset = definition->info.name;
    for (size_t i = 0; i < 2; i++) {
        if (definition->info.title[i].len == 0)
            definition->info.title[i] = definition->info.title[1 - i];
        if (definition->info.title[i].len == 0) definition->info.title[i] = definition->info.name;
    }
    return arena_format(compiler->arena, &definition->other_rule, "%.*s.other",
                        SLICE_FMT(definition->info.name));
}

static int compile(Compiler *compiler, const Node *top)
{
    static const KeyRow rows[] = {{"name", on_name},
                                  {"title", on_title},
                                  {"vendor", on_vendor},
                                  {"product", on_product},
                                  {"dataset", on_dataset},
                                  {"about", on_about},
                                  {"setup", on_setup},
                                  {"translator", on_translator},
                                  {"recognise", on_recognise},
                                  {"take", source_take_make},
                                  {"split", source_splits_make},
                                  {"charset", on_charset},
                                  {"empty", on_empty},
                                  {"time", on_time},
                                  {"fields", on_fields},
                                  {"messages", source_messages_make},
                                  {"samples", source_samples_make}};
    const Node *name = node_member(top, "name");
    if (!name || name != top->first) {
        return WRONG(compiler, top, "source.name_first", "begin with `name:`, a short name",
                     "最初の行に `name:` で短い名前を書いてください");
    }
    int r = add_fixed_slots(compiler);
    if (r == 0) r = source_take_map(compiler, top, rows, ARRAY_COUNT(rows), NULL);
    return r < 0 ? r : check_whole(compiler, top);
}

static int add(SourceSet *set, SourceDefinition *definition, Complaint *complaint)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!slice_eq(set->definitions[i]->info.name, definition->info.name)) continue;
        set->definitions[i] = definition;
        return 0;
    }
    if (set->count == SOURCES_MAX) {
        complaint_say(complaint, "source.too_many", "there may be at most %d definitions",
                      "定義は %d 個までです", SOURCES_MAX);
        return -EINVAL;
    }
    set->definitions[set->count++] = definition;
    return 0;
}

int source_set_add(SourceSet *set, Slice file, Slice yaml, bool built_in, Complaint *complaint)
{
    Node *top;
    if (complaint) {
        size_t len = file.len < sizeof complaint->file ? file.len : sizeof complaint->file - 1;
        memcpy(complaint->file, file.ptr, len);
        complaint->file[len] = '\0';
        complaint->line = complaint->column = 0;
    }
    if (yaml.len > SOURCE_FILE_BYTES_MAX) {
        complaint_say(complaint, "source.file_size", "a definition has at most %zu KiB",
                      "定義のファイルは %zu KiB までです", SOURCE_FILE_BYTES_MAX >> 10);
        return -EINVAL;
    }
    SourceDefinition *definition = ARENA_NEW(&set->arena, SourceDefinition);
    if (!definition) return -ENOMEM;
    Compiler compiler = {.arena = &set->arena, .complaint = complaint, .definition = definition};
    int r = arena_copy(&set->arena, file, &definition->info.file);
    definition->info.built_in = built_in;
    if (r == 0) r = source_yaml_read(yaml, &set->arena, &top, complaint);
    if (r == 0) r = compile(&compiler, top);
    return r < 0 ? r : add(set, definition, complaint);
}
