/* Brings fields of one name together, as event.h wants them. */
#ifndef AKASHI_DECODE_FIELD_ORDER_H
#define AKASHI_DECODE_FIELD_ORDER_H

#include "base/cleanup.h"
#include "record/event.h"

/* Moves every later field of a name right behind the earlier ones of that name; the order among
 * them and of the first ones stays. Names come from an attacker: at most n log n comparisons.
 * -ENOMEM: the fields are as they were. */
MUST_USE int fields_group(Field *fields, size_t count);

#endif
