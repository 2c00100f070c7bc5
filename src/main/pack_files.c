/* See pack_files.h. */
#include "main/pack_files.h"

#include <errno.h>
#include <stdlib.h>

void pack_files_done(PackFiles *packs)
{
    arena_done(&packs->arena);
    free(packs->rules);
    free(packs->habits);
}

bool pack_file_is_info(const char *path)
{
    Slice name = slice_from_cstr(path);
    return slice_eq(name, SLICE("pack.yaml")) || slice_ends(name, SLICE("/pack.yaml"));
}

static int say_mistake(PackFiles *packs, int error, const Complaint *complaint, Language language)
{
    if (error != -EINVAL) return error;
    packs->mistakes++;
    say_complaint(complaint, language);
    return 0;
}

int pack_files_add_info(PackFiles *packs, Slice yaml, Slice file, Language language)
{
    Complaint complaint = {0};
    PackInfo info;
    int r = pack_info_read(yaml, file, &packs->arena, &info, &complaint);
    if (r == 0 && packs->info_count < PACKS_MAX) packs->infos[packs->info_count++] = info;
    return say_mistake(packs, r, &complaint, language);
}

static int make_room(PackFiles *packs, size_t more)
{
    size_t capacity = packs->capacity ? packs->capacity : 64;
    if (packs->rule_count + more <= packs->capacity) return 0;
    while (capacity < packs->rule_count + more)
        capacity *= 2;
    PackRule *rules = reallocarray(packs->rules, capacity, sizeof *rules);
    if (!rules) return -ENOMEM;
    packs->rules = rules;
    HabitEntry *habits = reallocarray(packs->habits, capacity, sizeof *habits);
    if (!habits) return -ENOMEM;
    packs->habits = habits;
    packs->capacity = capacity;
    return 0;
}

/* The world's rules say nothing of this: they are not read a second time. */
static bool is_worth_reading(Slice yaml)
{
    return slice_starts(yaml, SLICE("akashi:")) ||
           slice_find(yaml, SLICE("\nakashi:")) != SLICE_NOT_FOUND;
}

int pack_files_add_rules(PackFiles *packs, Slice yaml, Slice file, size_t first_rule,
                         Language language)
{
    Complaint complaint = {0};
    PackRule *rules;
    size_t count;
    if (!is_worth_reading(yaml)) return 0;
    int r = pack_rules_read(yaml, file, first_rule, &packs->arena, &rules, &count, &complaint);
    if (r == 0) r = make_room(packs, count);
    if (r < 0) return say_mistake(packs, r, &complaint, language);
    for (size_t i = 0; i < count; i++) {
        packs->rules[packs->rule_count++] = rules[i];
        if (!rules[i].has_habit) continue;
        packs->habits[packs->habit_count++] =
            (HabitEntry){.rule = rules[i].rule, .spec = rules[i].habit};
    }
    return 0;
}
