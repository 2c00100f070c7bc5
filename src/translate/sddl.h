/* What differs between two security descriptors in SDDL (MS-DTYP 2.5.1): who got which right, who
 * lost which. Pure, no allocation. */
#ifndef AKASHI_TRANSLATE_SDDL_H
#define AKASHI_TRANSLATE_SDDL_H

#include "base/slice.h"

#include <stdbool.h>

#define SDDL_ACES_MAX 128         /* of one list; further ones are not compared */
#define SDDL_CHANGE_BYTES_MAX 512 /* what does not fit is left out, `...` says so */

typedef struct SddlChange {
    unsigned added, removed;
    bool inheritance_off, inheritance_on; /* the list is protected now; is not any more */
    /* `+Everyone:F, -S-1-5-21-...:RX`: rights in the letters of icacls where they are one of its
     * simple rights (F M RX R W X), `!` before those that are denied; else as they stand. */
    char text[SDDL_CHANGE_BYTES_MAX];
    size_t len;
} SddlChange;

/* list: 'D' (who may do what) or 'S' (what is recorded). A text without that list has an empty one.
 */
void sddl_compare(Slice before, Slice after, char list, SddlChange *ret);

#endif
