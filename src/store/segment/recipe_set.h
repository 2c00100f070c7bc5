/* Recipes of many rows of all kinds (row_recipe.h), each with a number. For one thread at a time.
 */
#ifndef AKASHI_STORE_RECIPE_SET_H
#define AKASHI_STORE_RECIPE_SET_H

#include "store/segment/row_recipe.h"

#define RECIPE_SET_MAX ((size_t)65536)          /* recipes */
#define RECIPE_SET_BYTES_MAX ((size_t)16 << 20) /* of memory */

typedef struct RecipeSet RecipeSet;

RecipeSet *recipe_set_new(uint64_t seed); /* NULL: no memory */
void recipe_set_free(RecipeSet *set);
size_t recipe_set_count(const RecipeSet *set);
size_t recipe_set_memory_bytes(const RecipeSet *set);

/* The number of a recipe that fits: one that rows of this kind had lately, or a new one. `kind`:
 * rows for which it is the same are likely to share one (a hash of raw's literals). -ENOBUFS: a
 * maximum above; -ENOMEM. */
MUST_USE int recipe_set_choose(RecipeSet *set, const RecipeRow *row, uint64_t kind, uint32_t *ret);

/* Of a number below the count; they live as long as the set. */
const Recipe *recipe_set_at(const RecipeSet *set, uint32_t number);
Slice recipe_set_bytes(const RecipeSet *set, uint32_t number); /* as recipe_add writes it */

#endif
