/* See rule_exceptions.h. */
#include "engine/rule_exceptions.h"

#include "base/json_text.h"
#include "base/json_tree.h"
#include "base/number.h"

#include <errno.h>
#include <stdio.h>

#define PATH_BYTES_MAX 4352
#define FIELD_BYTES_MAX 128
#define FILTER_BYTES_MAX ((size_t)64 << 10)

/* ---- the file -------------------------------------------------------------------------------- */

static Slice member(const JsonTree *tree, const char *name)
{
    const JsonNode *node = json_child(tree, &tree->nodes[0], slice_from_cstr(name));
    return node ? node->value : (Slice){0};
}

/* 1: it is one; 0: the line is none of ours. */
static int read_line(Slice line, Arena *arena, RuleException *ret)
{
    JsonTree tree = {0};
    size_t used;
    int r = json_tree_read(&tree, line, true, arena, &used);
    bool is_object = r == 0 && tree.nodes[0].kind == JSON_OBJECT;
    if (is_object) {
        *ret = (RuleException){.rule = member(&tree, "rule"),
                               .field = member(&tree, "field"),
                               .value = member(&tree, "value"),
                               .by = member(&tree, "by"),
                               .why = member(&tree, "why")};
        bool has_numbers = number_parse_u64(member(&tree, "id"), &ret->id) == 0 &&
                           number_parse_i64(member(&tree, "until_ns"), &ret->until_ns) == 0;
        is_object = has_numbers && ret->id > 0 && rule_exception_field_is_good(ret->field);
    }
    json_tree_done(&tree);
    return r == -ENOMEM ? r : is_object;
}

int rule_exceptions_read(const Os *os, const char *folder, int64_t now_ns, Arena *arena,
                         RuleExceptions *ret)
{
    char path[PATH_BYTES_MAX];
    Slice text = {0}, line;
    RuleExceptions list = {.items = ARENA_ARRAY(arena, RuleException, RULE_EXCEPTIONS_MAX)};
    int len = snprintf(path, sizeof path, "%s/" RULE_EXCEPTIONS_FILE, folder);
    if (!list.items) return -ENOMEM;
    if (len >= (int)sizeof path) return -ENAMETOOLONG;
    int r = os_read_file(os, path, RULE_EXCEPTIONS_BYTES_MAX, arena, &text);
    if (r < 0 && r != -ENOENT) return r;
    while (list.count < RULE_EXCEPTIONS_MAX && slice_cut(&text, '\n', &line)) {
        RuleException *item = &list.items[list.count];
        r = line.len > 0 ? read_line(line, arena, item) : 0;
        if (r < 0) return r;
        list.count += r == 1 && item->until_ns > now_ns;
    }
    *ret = list;
    return 0;
}

static void add_member(Buf *to, const char *name, Slice value)
{
    buf_add_format(to, ",\"%s\":", name);
    json_add_string(to, value);
}

void rule_exceptions_write(const RuleExceptions *exceptions, Buf *to)
{
    for (size_t i = 0; i < exceptions->count; i++) {
        const RuleException *item = &exceptions->items[i];
        buf_add_format(to, "{\"id\":%llu,\"until_ns\":%lld", (unsigned long long)item->id,
                       (long long)item->until_ns);
        add_member(to, "rule", item->rule);
        add_member(to, "field", item->field);
        add_member(to, "value", item->value);
        add_member(to, "by", item->by);
        add_member(to, "why", item->why);
        buf_add_cstr(to, "}\n");
    }
}

/* ---- as filters ------------------------------------------------------------------------------ */

bool rule_exception_field_is_good(Slice field)
{
    for (size_t i = 0; i < field.len; i++) {
        char c = field.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && c != '.' && c != '_' && c != '-' && c != '@') return false;
    }
    return field.len > 0 && field.len <= FIELD_BYTES_MAX;
}

static void add_literal(Buf *to, Slice value)
{
    CLEANUP(buf_done) Buf text = buf_make(FILTER_BYTES_MAX);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '\\' || c == '*' || c == '?') buf_add_char(&text, '\\');
        buf_add_char(&text, c);
    }
    if (buf_error(&text) < 0) to->error = buf_error(&text);
    json_add_string(to, buf_slice(&text));
}

/* Texts stand as JSON strings, which YAML reads as they are (YAML 1.2, section 1.3). */
void rule_exception_filter(const RuleException *exception, Buf *to)
{
    buf_add_format(to, "title: exception %llu\nfilter:\n  rules:\n    - ",
                   (unsigned long long)exception->id);
    json_add_string(to, exception->rule);
    buf_add_cstr(to, "\n  passed:\n    ");
    json_add_string(to, exception->field);
    buf_add_cstr(to, ": ");
    add_literal(to, exception->value);
    buf_add_cstr(to, "\n  condition: not passed\n");
}

static bool has_rule(const RuleSet *set, Slice rule)
{
    for (size_t i = 0; i < rule_set_count(set); i++) {
        const RuleInfo *info = rule_set_info(set, i);
        if (slice_eq(info->id, rule) || slice_eq(info->title, rule)) return true;
    }
    return false;
}

/* A rule of a pack that is off is no mistake: its exceptions wait. */
int rule_exceptions_apply(const RuleExceptions *exceptions, RuleSet *set)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < exceptions->count; i++) {
        CLEANUP(buf_done) Buf yaml = buf_make(FILTER_BYTES_MAX);
        if (!has_rule(set, exceptions->items[i].rule)) continue;
        rule_exception_filter(&exceptions->items[i], &yaml);
        r = buf_error(&yaml);
        if (r == 0) r = rule_set_add(set, buf_slice(&yaml), SLICE(RULE_EXCEPTIONS_SOURCE));
    }
    return r;
}
