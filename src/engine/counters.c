/* See counters.h. */
#include "engine/counters.h"

const CounterInfo counters[COUNTER_COUNT] = {
#include "engine/counter_table.inc"
};
