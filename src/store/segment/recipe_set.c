/* See recipe_set.h. */
#include "store/segment/recipe_set.h"

#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

enum {
    KINDS = 1024, /* places; two kinds that meet in one only forget what they had lately */
    TRIED = 8     /* recipes of a kind, before a new one is made */
};

typedef struct KindRecipes {
    uint64_t kind;
    uint32_t count;
    uint32_t recent[TRIED]; /* used last first */
} KindRecipes;

typedef struct KeptRecipe {
    Recipe recipe;
    Slice bytes;
} KeptRecipe;

struct RecipeSet {
    Arena arena;
    Map known; /* bytes to number + 1 */
    Buf kept;  /* KeptRecipe each */
    Buf one;
    KindRecipes kinds[KINDS];
};

RecipeSet *recipe_set_new(uint64_t seed)
{
    const uint64_t map_seed[2] = {seed, ~seed};
    RecipeSet *set = calloc(1, sizeof *set);
    if (!set) return NULL;
    set->arena = arena_make(RECIPE_SET_BYTES_MAX);
    set->known = map_make(RECIPE_SET_MAX, map_seed);
    return set;
}

void recipe_set_free(RecipeSet *set)
{
    if (!set) return;
    arena_done(&set->arena);
    map_done(&set->known);
    buf_done(&set->kept);
    buf_done(&set->one);
    free(set);
}

size_t recipe_set_count(const RecipeSet *set)
{
    return set->kept.len / sizeof(KeptRecipe);
}

size_t recipe_set_memory_bytes(const RecipeSet *set)
{
    return sizeof *set + set->arena.bytes + set->known.keys.bytes + set->kept.capacity;
}

static const KeptRecipe *kept_at(const RecipeSet *set, uint32_t number)
{
    return (const KeptRecipe *)(const void *)set->kept.ptr + number;
}

const Recipe *recipe_set_at(const RecipeSet *set, uint32_t number)
{
    return &kept_at(set, number)->recipe;
}

Slice recipe_set_bytes(const RecipeSet *set, uint32_t number)
{
    return kept_at(set, number)->bytes;
}

static int new_recipe(RecipeSet *set, const RecipeRow *row, uint32_t *ret)
{
    KeptRecipe kept;
    int r = recipe_make(row, &set->arena, &kept.recipe);
    if (r < 0) return -ENOBUFS;
    buf_clear(&set->one);
    recipe_add(&set->one, &kept.recipe);
    if (buf_error(&set->one)) return -ENOMEM;
    uint64_t *place = map_put(&set->known, buf_slice(&set->one), NULL);
    if (!place) return -ENOBUFS;
    if (*place == 0) {
        r = arena_copy(&set->arena, buf_slice(&set->one), &kept.bytes);
        if (r == 0) buf_add(&set->kept, &kept, sizeof kept);
        if (r < 0 || buf_error(&set->kept)) return -ENOBUFS;
        *place = recipe_set_count(set);
    }
    *ret = (uint32_t)*place - 1;
    return 0;
}

/* Moves it to the front; a new one pushes the last out. */
static void use_recent(KindRecipes *kind, uint32_t place, uint32_t recipe)
{
    if (place == kind->count && place < TRIED) kind->count++;
    if (place == TRIED) place--;
    memmove(kind->recent + 1, kind->recent, place * sizeof *kind->recent);
    kind->recent[0] = recipe;
}

int recipe_set_choose(RecipeSet *set, const RecipeRow *row, uint64_t kind, uint32_t *ret)
{
    KindRecipes *of_kind = &set->kinds[kind & (KINDS - 1)];
    if (of_kind->kind != kind) *of_kind = (KindRecipes){.kind = kind};
    uint32_t place = 0;
    while (place < of_kind->count &&
           !recipe_fits(recipe_set_at(set, of_kind->recent[place]), row)) {
        place++;
    }
    uint32_t recipe = place < of_kind->count ? of_kind->recent[place] : 0;
    int r = place < of_kind->count ? 0 : new_recipe(set, row, &recipe);
    if (r < 0) return r;
    use_recent(of_kind, place, recipe);
    *ret = recipe;
    return 0;
}
