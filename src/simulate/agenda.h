/* What is to be done next: tasks in the order of their time, equal times in the order of asking. */
#ifndef AKASHI_SIMULATE_AGENDA_H
#define AKASHI_SIMULATE_AGENDA_H

#include "base/buf.h"

typedef enum TaskKind {
    TASK_DAY,         /* plan a day: who comes when */
    TASK_ARRIVE,      /* who */
    TASK_WORK,        /* who: one action, then the next one is planned */
    TASK_SESSION_END, /* who: an idle session with the file server ends */
    TASK_NAS_END,     /* who */
    TASK_VPN_UP,      /* who */
    TASK_VPN_DOWN,    /* who; number: the session */
    TASK_BACKGROUND,  /* number: which of the machines' own habits */
    TASK_SCENARIO,    /* number: the step */
    TASK_SIDE,        /* number: a SideHabit */
} TaskKind;

typedef struct Task {
    int64_t time_ns;
    uint64_t order;
    TaskKind kind;
    unsigned who;
    uint64_t number;
} Task;

/* At most a few tasks a person stand in it; AGENDA_TASKS_MAX ends a program that errs. */
#define AGENDA_TASKS_MAX ((size_t)1 << 20)

typedef struct Agenda {
    Task *tasks; /* a heap: the first is the next */
    size_t count, capacity;
    uint64_t next_order;
} Agenda;

/* -ENOMEM. */
MUST_USE int agenda_add(Agenda *agenda, Task task);
/* False: nothing is left. */
bool agenda_take(Agenda *agenda, Task *ret);
void agenda_done(Agenda *agenda);

#endif
