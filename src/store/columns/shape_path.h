/* The names of the slots of a JSON row, found from the literals around them. */
#ifndef AKASHI_STORE_SHAPE_PATH_H
#define AKASHI_STORE_SHAPE_PATH_H

#include "base/slice.h"

#define PATH_DEPTH_MAX 64   /* containers; deeper ones have no names of their own */
#define PATH_BYTES_MAX 1024 /* a name that would make the path longer is left out */

typedef struct ShapePath {
    char text[PATH_BYTES_MAX];
    size_t len;                     /* with the key at hand */
    size_t lengths[PATH_DEPTH_MAX]; /* of the path before each open container */
    size_t depth;
} ShapePath;

/* Takes the literal before the next slot; path->text is then the slot's: names joined with dots,
 * the elements of an array under the array's. `after_slot`: the literal follows a slot. */
void shape_path_literal(ShapePath *path, Slice literal, bool after_slot);

#endif
