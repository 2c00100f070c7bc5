/* The packs that the program carries inside: the files of knowledge/packs, as they are there. */
#ifndef AKASHI_ENGINE_PACKS_H
#define AKASHI_ENGINE_PACKS_H

#include "base/slice.h"

typedef struct BuiltInPackFile {
    Slice pack; /* its folder's name */
    Slice file; /* PACK/NAME.yaml; pack.yaml itself among them */
    Slice yaml;
} BuiltInPackFile;

/* Ordered by pack, then by name. NULL: there is no such index. */
const BuiltInPackFile *packs_built_in(size_t index);

#endif
