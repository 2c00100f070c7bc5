/* Who the program works as beside a service of its own user. */
#ifndef AKASHI_MAIN_DATA_OWNER_H
#define AKASHI_MAIN_DATA_OWNER_H

#include "base/cleanup.h"

/* Started by root where the data folder belongs to somebody else (the service's user), the program
 * goes on as that user, so that the service can read and write all that it leaves behind. What root
 * may read it may read all the same (CAP_DAC_READ_SEARCH: the key, logs to import), and ports below
 * 1024 stay open to it; every other privilege is gone. Call it before any thread starts.
 * 0: done, or nothing to do; -EPERM and others: the system refused a part of it. */
MUST_USE int data_owner_become(const char *folder);

#endif
