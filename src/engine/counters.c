/* See counters.h. */
#include "engine/counters.h"

const CounterInfo counters_info[COUNTER_COUNT] = {
#include "engine/counter_table.inc"
};
