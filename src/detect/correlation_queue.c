/* Two heaps: matches that wait, by time; open windows, by their ends. What is equal in time is put
 * in an order that does not depend on arrival. See correlation_run_int.h. */
#include "detect/correlation_run_int.h"

#include <errno.h>
#include <stdlib.h>

#define COMPARE(a, b)                                                                              \
    if ((a) != (b)) return (a) < (b)

static bool item_is_before(const Item *a, const Item *b)
{
    COMPARE(a->time_ns, b->time_ns);
    COMPARE(a->group->entry, b->group->entry);
    COMPARE(a->group->hash, b->group->hash);
    COMPARE(a->order, b->order);
    COMPARE(a->value, b->value);
    return a->reference < b->reference;
}

int correlation_items_add(Correlations *all, const Item *item)
{
    if (all->heap_count == all->heap_capacity) {
        size_t capacity = all->heap_capacity ? all->heap_capacity * 2 : 64;
        Item *heap = realloc(all->heap, capacity * sizeof *heap);
        if (!heap) return -ENOMEM;
        all->bytes += (capacity - all->heap_capacity) * sizeof *heap;
        all->heap = heap;
        all->heap_capacity = capacity;
    }
    size_t at = all->heap_count++;
    while (at > 0 && item_is_before(item, &all->heap[(at - 1) / 2])) {
        all->heap[at] = all->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    all->heap[at] = *item;
    return 0;
}

Item correlation_items_take(Correlations *all)
{
    Item first = all->heap[0], last = all->heap[--all->heap_count];
    size_t at = 0, count = all->heap_count;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= count) break;
        if (child + 1 < count && item_is_before(&all->heap[child + 1], &all->heap[child])) child++;
        if (!item_is_before(&all->heap[child], &last)) break;
        all->heap[at] = all->heap[child];
        at = child;
    }
    if (count > 0) all->heap[at] = last;
    return first;
}

/* --- windows ---------------------------------------------------------------------------------- */

static bool window_is_before(const Correlations *all, const Group *a, const Group *b)
{
    COMPARE(correlation_window_end(all, a), correlation_window_end(all, b));
    COMPARE(a->entry, b->entry);
    return a->hash < b->hash;
}

static void sift_up(Correlations *all, size_t at)
{
    Group *group = all->timers[at];
    while (at > 0 && window_is_before(all, group, all->timers[(at - 1) / 2])) {
        all->timers[at] = all->timers[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    all->timers[at] = group;
}

static void sift_down(Correlations *all, size_t at)
{
    Group *group = all->timers[at];
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= all->timer_count) break;
        if (child + 1 < all->timer_count &&
            window_is_before(all, all->timers[child + 1], all->timers[child])) {
            child++;
        }
        if (!window_is_before(all, all->timers[child], group)) break;
        all->timers[at] = all->timers[child];
        at = child;
    }
    all->timers[at] = group;
}

int correlation_timers_add(Correlations *all, Group *group)
{
    if (all->timer_count == all->timer_capacity) {
        size_t capacity = all->timer_capacity ? all->timer_capacity * 2 : 64;
        Group **timers = realloc(all->timers, capacity * sizeof(Group *));
        if (!timers) return -ENOMEM;
        all->bytes += (capacity - all->timer_capacity) * sizeof(Group *);
        all->timers = timers;
        all->timer_capacity = capacity;
    }
    all->timers[all->timer_count++] = group;
    sift_up(all, all->timer_count - 1);
    return 0;
}

/* The earliest is at the front; another is looked for: only groups given up for want of memory are.
 */
void correlation_timers_remove(Correlations *all, const Group *group)
{
    size_t at = 0;
    while (at < all->timer_count && all->timers[at] != group)
        at++;
    if (at == all->timer_count) return;
    all->timers[at] = all->timers[--all->timer_count];
    if (at == all->timer_count) return;
    sift_up(all, at);
    sift_down(all, at);
}
