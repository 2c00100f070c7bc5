/* Items of one name next to each other, as event.h wants an event's fields. */
#ifndef AKASHI_DECODE_NAME_ORDER_H
#define AKASHI_DECODE_NAME_ORDER_H

#include "base/slice.h"

/* Puts items of equal name next to each other, groups in order of their first item, and the items
 * of each group in their order. Each item begins with its name, a Slice; `stride`: bytes from one
 * to the next. Writes the new order of indexes to ret_order, which has room for 2 * count. Names
 * come from an attacker: O(n log n) comparisons. */
void names_order(const void *items, size_t stride, size_t count, uint32_t *ret_order);

#endif
