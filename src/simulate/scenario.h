/* The steps of the scenarios, and what they share. Each does step number `step` at sim->at_ns and
 * returns how long it is until the next one; 0: that was the last. */
#ifndef AKASHI_SIMULATE_SCENARIO_H
#define AKASHI_SIMULATE_SCENARIO_H

#include "simulate/acts.h"

#define ATTACKER_IP SLICE("198.51.100.66")
#define ATTACKER_COUNTRY "Netherlands"

int64_t scenario_ransomware(Sim *sim, unsigned step); /* scenario_intrusion.c */
int64_t scenario_spray(Sim *sim, unsigned step);
int64_t scenario_vpn_abroad(Sim *sim, unsigned step);
int64_t scenario_insider(Sim *sim, unsigned step); /* scenario_inside.c */
int64_t scenario_slow(Sim *sim, unsigned step);
int64_t scenario_log_cleared(Sim *sim, unsigned step);
int64_t scenario_scan(Sim *sim, unsigned step); /* scenario_network.c */
int64_t scenario_beacon(Sim *sim, unsigned step);
int64_t scenario_silence(Sim *sim, unsigned step);

/* Sets sim->actor: somebody of the department who is at work, else anybody of it. */
void scenario_cast(Sim *sim, Department department);
/* The actor logs on, when he is not. */
void scenario_wake(Sim *sim);
/* Sets sim->puppet: an administrator's account, used from the actor's PC. */
void scenario_cast_puppet(Sim *sim);
/* Labels from here on carry this; rows as in a JSON array: `"D3","D10"`. */
#define MARK(sim, phase_name, row_list)                                                            \
    do {                                                                                           \
        static const AttackMark mark_here = {.phase = (phase_name), .rows = (row_list)};           \
        (sim)->attack = &mark_here;                                                                \
    } while (false)

#endif
