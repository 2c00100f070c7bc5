/* See rule_files.h. */
#include "main/rule_files.h"

#include "main/input_words.h"
#include "os/os.h"

#include <errno.h>
#include <stdlib.h>

#define FOLDER_DEPTH_MAX 32

typedef struct RuleWalk {
    RuleSet *set;
    PackFiles *packs;
    Language language;
    uint64_t unreadable;
    size_t depth;
} RuleWalk;

typedef struct NameList {
    Arena arena;
    char **names;
    size_t count, capacity;
} NameList;

static int walk_path(RuleWalk *walk, const char *path, bool named);

static int on_name(void *context, Slice name)
{
    NameList *list = context;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        char **larger = reallocarray(list->names, capacity, sizeof *larger);
        if (!larger) return -ENOMEM;
        list->names = larger;
        list->capacity = capacity;
    }
    char *copy = arena_alloc(&list->arena, name.len + 1);
    if (!copy) return -ENOMEM;
    memcpy(copy, name.ptr, name.len);
    copy[name.len] = '\0';
    list->names[list->count++] = copy;
    return 0;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void name_list_done(NameList *list)
{
    free(list->names);
    arena_done(&list->arena);
}

static int say_unreadable(RuleWalk *walk, const char *path, int error)
{
    walk->unreadable++;
    say_input_problem(slice_from_cstr(path), error, NULL, walk->language);
    return 0;
}

static int walk_folder(RuleWalk *walk, const char *path)
{
    CLEANUP(name_list_done) NameList list = {0};
    int r = os_real.list(os_real.state, path, on_name, &list);
    if (r == -ENOMEM) return r;
    if (r < 0 || walk->depth == FOLDER_DEPTH_MAX)
        return say_unreadable(walk, path, r < 0 ? r : -ELOOP);
    if (list.count > 1) qsort(list.names, list.count, sizeof *list.names, compare_names);
    walk->depth++;
    for (size_t i = 0; i < list.count; i++) {
        Slice joined;
        r = arena_format(&list.arena, &joined, "%s/%s%c", path, list.names[i], '\0');
        if (r == 0) r = walk_path(walk, joined.ptr, false);
        if (r < 0) return r;
    }
    walk->depth--;
    return 0;
}

static bool is_rule_file(const char *path)
{
    Slice name = slice_from_cstr(path);
    return slice_ends(name, SLICE(".yml")) || slice_ends(name, SLICE(".yaml"));
}

static int read_file(RuleWalk *walk, const char *path)
{
    CLEANUP(arena_done) Arena arena = {0};
    Slice text;
    int r = os_read_file(&os_real, path, RULE_TEXT_BYTES_MAX + 1, &arena, &text);
    if (r < 0) return say_unreadable(walk, path, r);
    Slice file = slice_from_cstr(path);
    if (pack_file_is_info(path))
        return pack_files_add_info(walk->packs, text, file, walk->language);
    size_t first = rule_set_count(walk->set);
    r = rule_set_add(walk->set, text, file);
    return r < 0 ? r : pack_files_add_rules(walk->packs, text, file, first, walk->language);
}

static int walk_path(RuleWalk *walk, const char *path, bool named)
{
    FileInfo info;
    int r = os_real.info(os_real.state, path, &info);
    if (r < 0) return say_unreadable(walk, path, r);
    if (info.is_folder) return walk_folder(walk, path);
    return named || is_rule_file(path) ? read_file(walk, path) : 0;
}

int rule_files_read(RuleSet *set, PackFiles *packs, const char *path, Language language,
                    uint64_t *ret_unreadable)
{
    RuleWalk walk = {.set = set, .packs = packs, .language = language};
    int r = walk_path(&walk, path, true);
    *ret_unreadable += walk.unreadable;
    return r;
}

size_t rule_files_split(char *text, char **ret_paths)
{
    size_t count = 0;
    char *rest = text, *piece;
    while (count < RULE_PATHS_MAX && (piece = strsep(&rest, ","))) {
        if (*piece) ret_paths[count++] = piece;
    }
    return count;
}

int rule_files_pipelines(RuleSet *set, const char *paths, Language language)
{
    char *list[RULE_PATHS_MAX], *text = strdup(paths);
    size_t count = text ? rule_files_split(text, list) : 0;
    int r = text ? 0 : -ENOMEM;
    for (size_t i = 0; i < count && r == 0; i++) {
        CLEANUP(arena_done) Arena arena = {0};
        Complaint complaint = {0};
        Slice yaml;
        r = os_read_file(&os_real, list[i], RULE_TEXT_BYTES_MAX, &arena, &yaml);
        if (r < 0) {
            say_input_problem(slice_from_cstr(list[i]), r, NULL, language);
        } else {
            r = rule_set_add_pipeline(set, yaml, slice_from_cstr(list[i]), &complaint);
            if (r == -EINVAL) say_complaint(&complaint, language);
        }
    }
    free(text);
    return r;
}

RuleSet *rule_files_load(const Invocation *invocation, char **paths, size_t count, PackFiles *packs,
                         uint64_t *ret_unreadable)
{
    RuleSet *set = rule_set_new();
    const char *pipelines = option_value(invocation, "pipeline");
    int r = set ? 0 : -ENOMEM;
    if (r == 0 && pipelines) r = rule_files_pipelines(set, pipelines, invocation->language);
    bool said = r < 0 && set;
    for (size_t i = 0; i < count && r == 0; i++) {
        r = rule_files_read(set, packs, paths[i], invocation->language, ret_unreadable);
    }
    if (r == 0) r = rule_set_finish(set);
    if (r == 0) return set;
    if (!said && r == -ENOMEM) SAY(MESSAGE_MEMORY, invocation->language);
    if (!said && r != -ENOMEM)
        SAY(MESSAGE_RULES_UNREADABLE, invocation->language, {"error", error_words(r)});
    rule_set_free(set);
    return NULL;
}
