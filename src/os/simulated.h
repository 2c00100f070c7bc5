/* An Os for tests that lives in memory: a file system which knows what would survive a power cut, a
 * clock that moves only by sleeping, and seeded randomness. Sockets and waiting give -ENOSYS.
 *
 * The disk is as unkind as POSIX allows. Written bytes are durable only after sync_data of that
 * file; names that were made, renamed or removed only after sync_folder of their folder; a synced
 * file whose name was never synced may be gone. What was not synced may be there or not, in any
 * mixture: each write torn at 512 bytes, later ones without earlier ones, a file's size without its
 * bytes.
 *
 * Several threads may call through the table at once; the functions below are for one. */
#ifndef AKASHI_OS_SIMULATED_H
#define AKASHI_OS_SIMULATED_H

#include "os/os.h"

typedef struct SimulatedOs SimulatedOs;

#define SIMULATED_SECTOR_BYTES 512 /* what a disk writes whole or not at all */

/* The root folder "/" exists. Without memory the program ends (CHECK), here and everywhere below.
 */
SimulatedOs *simulated_os_new(uint64_t seed);
void simulated_os_free(SimulatedOs *simulated);
const Os *simulated_os_table(SimulatedOs *simulated);

typedef enum PowerCut {
    POWER_CUT_NONE, /* everything arrived, as after kill -9 of the process */
    POWER_CUT_DROP, /* nothing that was not synced arrived */
    POWER_CUT_ANY,  /* a seeded mixture */
} PowerCut;

/* The machine after its power was cut at this moment: a new one, with no file open and no lock
 * held, on which everything left is durable. The given one goes on undisturbed. */
SimulatedOs *simulated_os_after_cut(SimulatedOs *simulated, PowerCut cut, uint64_t seed);

/* Called after each call that changed something (a file, a name, what is durable); NULL: no more.
 */
typedef void (*SimulatedStep)(void *context);
void simulated_os_on_step(SimulatedOs *simulated, SimulatedStep step, void *context);

/* The disk is full at this many bytes in all files; 0: never. */
void simulated_os_set_space(SimulatedOs *simulated, uint64_t bytes);
/* The nth sync_data from now (1: the next) gives -EIO, and what it should have made durable stays
 * readable but is lost at the power cut, whatever is synced later: how Linux treats a failed page
 * write. 0: none fails. */
void simulated_os_fail_sync(SimulatedOs *simulated, uint64_t nth);
/* Toggles the bits of `mask` in a byte of a file, durably. -ENOENT, or -EINVAL past its end. */
MUST_USE int simulated_os_flip(SimulatedOs *simulated, const char *path, uint64_t offset,
                               uint8_t mask);

#endif
