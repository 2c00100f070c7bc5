/* See name_order.h. */
#include "decode/name_order.h"

#include <stdlib.h>

typedef struct OrderContext {
    const char *items;
    size_t stride;
    uint32_t *first; /* by index: the first item of the same name; NULL in the first sort */
} OrderContext;

static Slice name_of(const OrderContext *order, uint32_t index)
{
    Slice name;
    memcpy(&name, order->items + index * order->stride, sizeof name);
    return name;
}

static int compare_names(const void *a, const void *b, void *context)
{
    const OrderContext *order = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int r = slice_compare(name_of(order, x), name_of(order, y));
    return r ? r : (x > y) - (x < y);
}

static int compare_firsts(const void *a, const void *b, void *context)
{
    const uint32_t *first = ((const OrderContext *)context)->first;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (first[x] != first[y]) return first[x] < first[y] ? -1 : 1;
    return (x > y) - (x < y);
}

void names_order(const void *items, size_t stride, size_t count, uint32_t *order)
{
    uint32_t *first = order + count;
    OrderContext context = {.items = items, .stride = stride, .first = first};
    for (uint32_t i = 0; i < count; i++) {
        order[i] = i;
    }
    qsort_r(order, count, sizeof *order, compare_names, &context);
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && slice_eq(name_of(&context, order[i]), name_of(&context, order[i - 1]));
        first[order[i]] = same ? first[order[i - 1]] : order[i];
    }
    qsort_r(order, count, sizeof *order, compare_firsts, &context);
}
