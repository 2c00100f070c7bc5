/* See packs.h. */
#include "engine/packs.h"

#include "base/cleanup.h"

static const BuiltInPackFile built_in[] = {
#include "engine/pack_table.inc"
};

const BuiltInPackFile *packs_built_in(size_t index)
{
    return index < ARRAY_COUNT(built_in) ? &built_in[index] : NULL;
}
