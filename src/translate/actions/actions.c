/* See actions.h: the door. */
#include "translate/actions/actions.h"

#include "translate/actions/action_order.h"
#include "translate/actions/action_state.h"

#include <errno.h>
#include <stdlib.h>

Actions *actions_new(const ActionSettings *settings, const uint64_t seed[2])
{
    Actions *actions = calloc(1, sizeof *actions);
    if (!actions) return NULL;
    uint64_t key = seed[0] ^ seed[1] * 0x9e3779b97f4a7c15u;
    actions->settings = settings;
    actions->seed[0] = seed[0];
    actions->seed[1] = seed[1];
    actions->names = names_new(ACTIONS_NAMES_BYTES_MAX, seed);
    actions->orders = orders_new(seed);
    actions->hosts = calloc(ACTIONS_HOSTS_MAX + 1, sizeof *actions->hosts);
    actions->sessions = table_make(sizeof(Session), ACTIONS_SESSIONS_MAX, key);
    actions->processes = table_make(sizeof(Process), ACTIONS_PROCESSES_MAX, key);
    actions->handles = table_make(sizeof(Handle), ACTIONS_HANDLES_MAX, key);
    actions->ops = table_make(sizeof(Op), ACTIONS_PENDING_MAX, key);
    actions->groups = table_make(sizeof(Group), ACTIONS_GROUPS_MAX, key);
    actions->host_index = table_make(sizeof(TableNode), ACTIONS_HOSTS_MAX, key);
    known_index_make(&actions->index);
    if (actions->names && actions->orders && actions->hosts) return actions;
    actions_free(actions);
    return NULL;
}

static void free_ops(Actions *actions)
{
    for (Op *op = table_oldest(&actions->ops); op; op = table_newer(&actions->ops, op)) {
        free(op->held);
        if (op->text) buf_done(op->text);
        free(op->text);
    }
}

void actions_use_settings(Actions *actions, const ActionSettings *settings)
{
    actions->settings = settings;
}

void actions_free(Actions *actions)
{
    if (!actions) return;
    free_ops(actions);
    for (uint32_t i = 1; actions->hosts && i <= actions->host_count; i++) {
        free(actions->hosts[i].queue);
    }
    table_done(&actions->sessions);
    table_done(&actions->processes);
    table_done(&actions->handles);
    table_done(&actions->ops);
    table_done(&actions->groups);
    table_done(&actions->host_index);
    orders_free(actions->orders);
    names_free(actions->names);
    arena_done(&actions->arena);
    free(actions->hosts);
    for (size_t i = 0; i < PATH_CHUNKS; i++) {
        free(actions->paths[i]);
    }
    free(actions);
}

/* Times that no clock of our days shows are as good as none; sums of what is left cannot pass the
 * end of the numbers. */
static int64_t sane_time(int64_t ns)
{
    return ns >= 0 && ns < ACTIONS_TIME_NS_MAX ? ns : TIME_UNKNOWN;
}

static void begin(Actions *actions, const ActionSink *sink)
{
    actions->sink = sink;
    actions->error = 0;
}

int actions_feed(Actions *actions, const Event *event, const Record *stateless, uint64_t raw_id,
                 const ActionSink *sink)
{
    Work work = {.actions = actions, .event = event, .record = stateless};
    work.now_ns = sane_time(event->time_ns);
    begin(actions, sink);
    actions->counters.events++;
    work.ref = (RawRef){.id = raw_id, .record_id = event->record_id};
    work_begin(&work);
    order_feed(&work);
    return actions->error;
}

int actions_advance(Actions *actions, int64_t now_ns, const ActionSink *sink)
{
    begin(actions, sink);
    if (sane_time(now_ns) == TIME_UNKNOWN) return 0;
    orders_release(actions, now_ns);
    for (uint32_t host = 1; host <= actions->host_count; host++) {
        if (actions->hosts[host].now_ns < now_ns) ops_due(actions, host, now_ns);
    }
    handles_expire(actions, now_ns);
    sessions_expire(actions, now_ns);
    return actions->error;
}

int actions_flush(Actions *actions, bool handles, const ActionSink *sink)
{
    begin(actions, sink);
    orders_release(actions, TIME_ALL);
    for (Handle *handle; handles && (handle = table_oldest(&actions->handles));) {
        handle_finish(actions, handle);
    }
    ops_flush(actions);
    return actions->error;
}

int actions_settle(Actions *actions, int64_t age_ns, const ActionSink *sink)
{
    begin(actions, sink);
    orders_release(actions, TIME_ALL);
    handles_finish_old(actions, age_ns);
    ops_flush(actions);
    return actions->error;
}

void actions_begin_input(Actions *actions)
{
    orders_begin_input(actions->orders);
}

ActionCounters actions_counters(const Actions *actions)
{
    ActionCounters counters = actions->counters;
    counters.handles_open = actions->handles.count;
    counters.sessions_open = actions->sessions.count;
    return counters;
}
