/* See source.h: the set as its users see it. */
#include "translate/source/source_recognise.h"

#include <errno.h>
#include <stdlib.h>

#define SET_BYTES_MAX ((size_t)256 << 20)

SourceSet *source_set_new(void)
{
    SourceSet *set = calloc(1, sizeof *set);
    if (set) set->arena = arena_make(SET_BYTES_MAX);
    return set;
}

void source_set_free(SourceSet *set)
{
    if (!set) return;
    arena_done(&set->arena);
    free(set);
}

int source_set_finish(SourceSet *set)
{
    return source_recogniser_make(set);
}

size_t source_set_count(const SourceSet *set)
{
    return set->count;
}

const SourceInfo *source_set_info(const SourceSet *set, size_t index)
{
    return &set->definitions[index]->info;
}

int source_set_find(const SourceSet *set, Slice name, size_t *ret_index)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!slice_eq(set->definitions[i]->info.name, name)) continue;
        *ret_index = i;
        return 0;
    }
    return -ENOENT;
}

int source_set_of_rule(const SourceSet *set, Slice rule, size_t *ret_index)
{
    return source_set_find(set, slice_first(rule, slice_find_char(rule, '.')), ret_index);
}

bool source_set_owns(const SourceSet *set, size_t index, Slice rule)
{
    const SourceInfo *info = source_set_info(set, index);
    size_t of_rule;
    if (info->rule_count == 0) {
        return source_set_of_rule(set, rule, &of_rule) == 0 && of_rule == index;
    }
    for (size_t i = 0; i < info->rule_count; i++) {
        Slice name = info->rules[i];
        bool open = slice_ends(name, SLICE("*"));
        if (open ? slice_starts(rule, slice_first(name, name.len - 1)) : slice_eq(rule, name))
            return true;
    }
    return false;
}
