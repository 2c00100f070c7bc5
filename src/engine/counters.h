/* Counters of the running program: one table, knowledge/words/counters.tsv. */
#ifndef AKASHI_ENGINE_COUNTERS_H
#define AKASHI_ENGINE_COUNTERS_H

#include "engine/counter_ids.h" /* generated: enum CounterId, COUNTER_COUNT */

#include <stdatomic.h>
#include <stdint.h>

typedef struct CounterInfo {
    const char *name;
    const char *unit;
    const char *words[2]; /* by Language */
} CounterInfo;
extern const CounterInfo counters_info[COUNTER_COUNT];

/* shared: any thread adds, any reads; only ever grows */
typedef struct Counters {
    atomic_uint_fast64_t value[COUNTER_COUNT];
} Counters;

static inline void counter_add(Counters *all, CounterId id, uint64_t by)
{
    atomic_fetch_add_explicit(&all->value[id], by, memory_order_relaxed);
}
static inline uint64_t counter_read(Counters *all, CounterId id)
{
    return atomic_load_explicit(&all->value[id], memory_order_relaxed);
}

#endif
