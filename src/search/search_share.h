/* How the memory of a question (SearchOptions.memory_bytes_max) is shared out. With sealed segments
 * at hand: a quarter for what the pipes hold, an eighth each for the places of rows that were
 * found, for rows made and not yet given, and for columns kept from one piece of work to the next
 * (without a cache of the caller's); the rest for two workers: each an eighth for a block's
 * columns, a sixteenth for what is made on the way. Without segments the pipes have all. */
#ifndef AKASHI_SEARCH_SEARCH_SHARE_H
#define AKASHI_SEARCH_SEARCH_SHARE_H

#include "search/search.h"

#define SEARCH_WORKERS 2u

static inline size_t search_memory(const SearchOptions *options)
{
    return options->memory_bytes_max ? options->memory_bytes_max : SEARCH_MEMORY_DEFAULT;
}
static inline size_t search_share_eighth(const SearchOptions *options)
{
    return search_memory(options) / 8;
}

#endif
