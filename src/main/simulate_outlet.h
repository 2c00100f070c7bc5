/* Where simulated lines go: one file a source, standard output, or a listener on this machine. */
#ifndef AKASHI_MAIN_SIMULATE_OUTLET_H
#define AKASHI_MAIN_SIMULATE_OUTLET_H

#include "base/complaint.h"
#include "os/os.h"
#include "simulate/simulate.h"

typedef struct SimulatePlan {
    const char *folder;  /* files; "-": all lines in one on standard output; NULL: none */
    const char *address; /* HOST:PORT of a listener; loopback only; NULL: none */
    bool is_udp;
    uint64_t rate;      /* lines a second to the listener; 0: as fast as it takes them */
    double speed;       /* event time runs this much faster than the clock; 0: does not matter */
    const char *labels; /* file, "-": standard output, NULL: none */
} SimulatePlan;

typedef struct SimulateOutlet SimulateOutlet;

/* Opens everything. Files that are there already are never written over (-EEXIST). Any failure
 * with a complaint; addresses that are not 127.0.0.0/8 or ::1 are refused (-EACCES). */
MUST_USE int simulate_outlet_open(const SimulatePlan *plan, SimulateOutlet **ret,
                                  Complaint *complaint);
/* As SimulateSink; negative errno of writing. */
MUST_USE int simulate_outlet_line(SimulateOutlet *outlet, SimulateSource source, int64_t time_ns,
                                  Slice line);
MUST_USE int simulate_outlet_label(SimulateOutlet *outlet, Slice label);
/* Writes what is held back. */
MUST_USE int simulate_outlet_flush(SimulateOutlet *outlet);
/* Closes and frees; NULL: nothing. */
void simulate_outlet_close(SimulateOutlet *outlet);
uint64_t simulate_outlet_bytes(const SimulateOutlet *outlet);

#endif
