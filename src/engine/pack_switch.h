/* Packs that were switched on or off on the page: FOLDER/packs.switched, a line each (`+name`,
 * `-name`), which counts over detect.packs of the configuration. */
#ifndef AKASHI_ENGINE_PACK_SWITCH_H
#define AKASHI_ENGINE_PACK_SWITCH_H

#include "base/buf.h"
#include "engine/settings.h"

#define PACK_SWITCHES_FILE "packs.switched"
#define PACK_SWITCHES_BYTES_MAX                                                                    \
    ((size_t)64 << 10) /* a larger file is -EFBIG, a change -EMSGSIZE                              \
                        */

/* The file's text; empty where there is none. As os_read_file. */
MUST_USE int pack_switches_read(const Os *os, const char *folder, Arena *arena, Slice *ret);
/* `chosen`: the value of detect.packs. */
bool pack_is_on(Slice chosen, Slice switches, Slice pack);
/* The text with the pack switched. buf_error(to) tells whether all of it is there. */
void pack_switches_change(Slice switches, Slice pack, bool on, Buf *to);

#endif
