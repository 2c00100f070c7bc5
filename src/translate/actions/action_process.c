/* Programs: which image a process id stands for, and one record for the two events of one start
 * (Security 4688 and Sysmon 1; Sysmon's says more). Sources: Microsoft, events 4688, 4689; Sysmon,
 * event IDs 1 and 5. */
#include "translate/actions/action_state.h"

#define SYSTEM_PID 4

static TableKey process_key(uint32_t host, uint64_t pid)
{
    return (TableKey){pid, host};
}

static void remove_process(Actions *actions, Process *process)
{
    handles_finish_process(actions, process);
    name_drop(actions->names, process->image);
    table_remove(&actions->processes, process);
}

/* NULL: no room; the handle is then finished by its other ends. */
Process *process_of(Actions *actions, uint32_t host, uint64_t pid, Slice image)
{
    TableKey key = process_key(host, pid);
    Process *process = table_find(&actions->processes, key);
    if (process) {
        table_use(&actions->processes, process);
        return process;
    }
    if (actions->processes.count >= ACTIONS_PROCESSES_MAX) {
        Process *oldest = table_oldest(&actions->processes);
        if (oldest->first_handle) return NULL;
        actions->counters.processes_evicted++;
        remove_process(actions, oldest);
    }
    process = table_add(&actions->processes, key);
    if (!process) return NULL;
    process->host = host;
    process->image = actions_hold(actions, image);
    return process;
}

void process_ended(Work *work, uint64_t pid)
{
    Actions *actions = work->actions;
    Process *process = table_find(&actions->processes, process_key(work->host, pid));
    if (process && pid != SYSTEM_PID) remove_process(actions, process);
}

/* --- the start -------------------------------------------------------------------------------- */

static Op *find_start(Work *work, TableKey key, Slice image, bool sysmon)
{
    Actions *actions = work->actions;
    int64_t window_ns = actions->settings->window_ns[WINDOW_PROCESS];
    Group *group = group_find(actions, key);
    for (Op *op = group ? op_at(actions, group->first_op) : NULL; op;
         op = op_at(actions, op->group_newer)) {
        int64_t apart = work->now_ns - op->first_ns;
        if (op->from_server != sysmon && apart <= window_ns && apart >= -window_ns &&
            slice_eq_nocase(actions_text(actions, op->image), image)) {
            return op;
        }
    }
    return NULL;
}

/* from_server says which of the two events began the record: Sysmon's. */
Taken process_started(Work *work, uint64_t pid, Slice image, bool sysmon)
{
    Actions *actions = work->actions;
    Process *before = table_find(&actions->processes, process_key(work->host, pid));
    TableKey key = op_named_group(actions, RULE_PROCESS, work->host, (Slice){0}, pid);
    Op *op = find_start(work, key, image, sysmon);
    if (op) {
        raw_add(&op->raw, op->spans, work->ref);
        if (sysmon && !op_hold_record(actions, op, work->record)) return TAKEN_PASS;
        op->rule = RULE_PROCESS;
        op->certainty = CERTAINTY_CORRELATED;
        return TAKEN_EVIDENCE;
    }
    if (before && pid != SYSTEM_PID) remove_process(actions, before); /* its end was lost */
    (void)process_of(actions, work->host, pid, image);
    op = op_new(actions, OP_RECORD, work->host, NULL, key);
    if (!op) return TAKEN_PASS;
    if (!op_hold_record(actions, op, work->record)) {
        op_free(actions, op);
        return TAKEN_PASS;
    }
    op->from_server = sysmon;
    op->image = actions_hold(actions, image);
    op->rule = RULE_STATELESS;
    op->certainty = (uint8_t)work->record->certainty;
    op->first_ns = op->last_ns = work->now_ns;
    raw_add(&op->raw, op->spans, work->ref);
    op_wait(actions, op, work->now_ns + actions->settings->window_ns[WINDOW_PROCESS]);
    return TAKEN_EVIDENCE;
}
