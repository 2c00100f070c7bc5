/* Countries of addresses from a MaxMind DB file (GeoLite2 Country or City and their kin), that the
 * user supplies: MaxMind DB File Format Specification 2.0, maxmind.github.io/MaxMind-DB.
 *
 * The file is read once: its tree becomes a NetworkMap from address to country, so that nothing of
 * it is needed afterwards. Any bytes may be given. */
#ifndef AKASHI_TRANSLATE_GEO_FILE_H
#define AKASHI_TRANSLATE_GEO_FILE_H

#include "base/complaint.h"
#include "translate/context/network_map.h"

#define GEO_FILE_BYTES_MAX                                                                         \
    ((size_t)512 << 20)          /* of the file; a larger one is refused by its reader */
#define GEO_STEPS_MAX (1u << 26) /* nodes walked; a tree that goes on longer is refused */

/* Two letters as a number that is not 0, and back (two bytes at `to`). */
static inline uint32_t country_number(Slice code)
{
    return (uint32_t)(uint8_t)code.ptr[0] << 8 | (uint8_t)code.ptr[1];
}
/* ISO 3166-1 alpha-2 by its form, in capitals or not: number of the capitals. -EINVAL. */
MUST_USE int country_parse(Slice text, uint32_t *ret);
/* Its two letters; lives for ever. */
Slice country_text(uint32_t number);

/* Fills the empty map and finishes it: country.iso_code, else registered_country.iso_code. The
 * aliases of the IPv4 tree inside of IPv6 (6to4, Teredo) are left out. -EBADMSG: not such a file,
 * with the complaint, and the map is to be freed; -E2BIG; -ENOMEM. */
MUST_USE int geo_read(Slice file, NetworkMap *map, Complaint *complaint);

#endif
