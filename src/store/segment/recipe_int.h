/* Between row_recipe.c (a row to a recipe) and recipe_read.c (back). */
#ifndef AKASHI_STORE_RECIPE_INT_H
#define AKASHI_STORE_RECIPE_INT_H

#include "store/segment/row_recipe.h"

enum RecipeFlag {                      /* stored on disk: never renumber */
                  RECIPE_OWN_TIME = 1, /* record.time_ns is in the tail, else the event's */
                  RECIPE_END = 2,      /* end_ns is in the tail, else unknown */
                  RECIPE_COUNT = 4,    /* count is in the tail, else 1 */
                  RECIPE_FLAGS_KNOWN = 7,
};

/* What parts are taken from, while values are put together one after the other. */
typedef struct PartContext {
    Slice raw;
    const RawSlots *slots;
    const Field *fields;
    uint32_t field_count; /* that have their values */
    size_t raw_end;       /* of the last piece of raw; of its rest: where that begins */
} PartContext;

/* The value of a part that is not of the tail. False: it is not there. */
bool part_value(const Part *part, PartContext *context, Slice *ret);

#endif
