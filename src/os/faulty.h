/* An Os for tests that passes every call on to another Os, counts them, and makes chosen ones fail.
 *
 * A test runs its workload once without a plan to learn how many calls it makes, then once for each
 * n with the n-th call failing. Only calls that can fail are counted; clock readings and sleep are
 * not. Several threads may call through the table at once; the plan is set while none does. */
#ifndef AKASHI_OS_FAULTY_H
#define AKASHI_OS_FAULTY_H

#include "os/os.h"

#include <pthread.h>

typedef enum OsCall {
    OS_CALL_OPEN,
    OS_CALL_CLOSE, /* closes, then says that it failed */
    OS_CALL_READ,
    OS_CALL_PREAD,
    OS_CALL_WRITE,
    OS_CALL_PWRITE,
    OS_CALL_SYNC_DATA,
    OS_CALL_SYNC_FOLDER,
    OS_CALL_TRUNCATE,
    OS_CALL_RENAME,
    OS_CALL_UNLINK,
    OS_CALL_MAKE_FOLDER,
    OS_CALL_INFO,
    OS_CALL_INFO_FD,
    OS_CALL_LIST,
    OS_CALL_LOCK,
    OS_CALL_SOCKET,
    OS_CALL_BIND,
    OS_CALL_LISTEN,
    OS_CALL_ACCEPT,
    OS_CALL_RECEIVE,
    OS_CALL_SEND,
    OS_CALL_SET_OPTION,
    OS_CALL_LOCAL_PORT,
    OS_CALL_POLL_NEW,
    OS_CALL_POLL_SET,
    OS_CALL_WAIT,
    OS_CALL_EVENT_NEW,
    OS_CALL_EVENT_RAISE,
    OS_CALL_RANDOM,
    OS_CALL_COUNT,
} OsCall;

#define OS_CALLS_ALL UINT64_MAX
#define OS_CALL_BIT(call) ((uint64_t)1 << (call))
#define OS_CALLS_WRITE (OS_CALL_BIT(OS_CALL_WRITE) | OS_CALL_BIT(OS_CALL_PWRITE))
#define OS_CALLS_SYNC (OS_CALL_BIT(OS_CALL_SYNC_DATA) | OS_CALL_BIT(OS_CALL_SYNC_FOLDER))

typedef struct FaultPlan {
    uint64_t calls; /* bits of OsCall: which calls are counted for nth; 0: no fault */
    uint64_t nth;   /* 1-based: which of them fails */
    bool for_good;  /* it and all such calls after it */
    int error; /* the negative errno of the failing call; 0: it does not fail, it is short (partly)
                */
    bool partly; /* reads and writes move half of their bytes (rounded down, at least one when
                    not failing) before they fail or return short */
    uint64_t space_bytes; /* writes past this many bytes in all are cut short, then give -ENOSPC;
                             0: no such limit */
} FaultPlan;

typedef struct FaultyOs {
    Os os; /* what the code under test is given; its state is this struct */
    const Os *inner;
    pthread_mutex_t lock;
    FaultPlan plan;                 /* set by faulty_os_plan while nobody calls */
    uint64_t counts[OS_CALL_COUNT]; /* shared, under lock, as are those below */
    uint64_t planned_count;         /* calls that plan.calls names, since the plan was set */
    uint64_t failed_count;
    uint64_t written_bytes;
} FaultyOs;

/* The struct may not move afterwards. */
void faulty_os_init(FaultyOs *faulty, const Os *inner);
void faulty_os_done(FaultyOs *faulty);
/* Sets the plan and puts all counts to zero. */
void faulty_os_plan(FaultyOs *faulty, FaultPlan plan);
/* All counted calls since the plan was set. */
uint64_t faulty_os_count(const FaultyOs *faulty);

const char *os_call_name(OsCall call);

#endif
