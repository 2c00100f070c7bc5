/* See agenda.h. */
#include "simulate/agenda.h"

#include <errno.h>
#include <stdlib.h>

static bool is_before(const Task *a, const Task *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

static int grow(Agenda *agenda)
{
    if (agenda->count < agenda->capacity) return 0;
    if (agenda->count >= AGENDA_TASKS_MAX) return -ENOMEM;
    size_t capacity = agenda->capacity ? agenda->capacity * 2 : 256;
    Task *tasks = realloc(agenda->tasks, capacity * sizeof *tasks);
    if (!tasks) return -ENOMEM;
    agenda->tasks = tasks;
    agenda->capacity = capacity;
    return 0;
}

int agenda_add(Agenda *agenda, Task task)
{
    int r = grow(agenda);
    if (r < 0) return r;
    task.order = agenda->next_order++;
    size_t at = agenda->count++;
    while (at > 0 && is_before(&task, &agenda->tasks[(at - 1) / 2])) {
        agenda->tasks[at] = agenda->tasks[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    agenda->tasks[at] = task;
    return 0;
}

bool agenda_take(Agenda *agenda, Task *ret)
{
    if (agenda->count == 0) return false;
    *ret = agenda->tasks[0];
    Task last = agenda->tasks[--agenda->count];
    size_t at = 0;
    for (size_t child = 1; child < agenda->count; child = at * 2 + 1) {
        if (child + 1 < agenda->count &&
            is_before(&agenda->tasks[child + 1], &agenda->tasks[child])) {
            child++;
        }
        if (!is_before(&agenda->tasks[child], &last)) break;
        agenda->tasks[at] = agenda->tasks[child];
        at = child;
    }
    if (agenda->count > 0) agenda->tasks[at] = last;
    return true;
}

void agenda_done(Agenda *agenda)
{
    free(agenda->tasks);
    *agenda = (Agenda){0};
}
