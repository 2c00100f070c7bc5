/* Ops: where they wait, and how one takes another in. action_state.h. */
#include "translate/actions/action_state.h"

#include "base/check.h"

#include <errno.h>
#include <stdlib.h>

/* --- groups ----------------------------------------------------------------------------------- */

TableKey op_session_group(const Session *session)
{
    return (TableKey){session->node.index, 0};
}

TableKey op_named_group(Actions *actions, unsigned kind, uint32_t host, Slice text, uint64_t number)
{
    uint64_t hash = text_hash(actions->names, text), mixed = number * 0x9e3779b97f4a7c15u;
    return (TableKey){hash ^ (mixed << 31 | mixed >> 33), (uint64_t)host << 32 | (kind + 1)};
}

Group *group_find(Actions *actions, TableKey key)
{
    return table_find(&actions->groups, key);
}

/* Gives what waits in the group unused for longest, and the group's place. */
static void give_up_oldest_group(Actions *actions)
{
    TableKey key = ((Group *)table_oldest(&actions->groups))->node.key;
    Group *group;
    while ((group = group_find(actions, key)) && group->first_op) {
        actions->counters.pending_evicted++;
        out_op(actions, op_at(actions, group->first_op));
    }
    if (group) table_remove(&actions->groups, group);
}

Group *group_make(Actions *actions, TableKey key)
{
    Group *group = table_find(&actions->groups, key);
    if (group) {
        table_use(&actions->groups, group);
        return group;
    }
    group = table_add(&actions->groups, key);
    if (group || actions->groups.count == 0) return group;
    give_up_oldest_group(actions);
    return table_add(&actions->groups, key);
}

void group_use(Actions *actions, const Op *op)
{
    table_use(&actions->groups, table_at(&actions->groups, op->group));
}

Op *op_at(const Actions *actions, uint32_t index)
{
    return index ? table_at(&actions->ops, index) : NULL;
}

static void leave_group(Actions *actions, Op *op)
{
    if (!op->group) return;
    Group *group = table_at(&actions->groups, op->group);
    Op *older = op_at(actions, op->group_older), *newer = op_at(actions, op->group_newer);
    if (older) older->group_newer = op->group_newer;
    if (newer) newer->group_older = op->group_older;
    if (!older) group->first_op = op->group_newer;
    if (!newer) group->last_op = op->group_older;
    group->op_count--;
    op->group = op->group_older = op->group_newer = 0;
    if (group->op_count == 0 && group->node.key.b != 0) table_remove(&actions->groups, group);
}

void op_move(Actions *actions, Op *op, Group *group)
{
    leave_group(actions, op);
    op->group = group->node.index;
    op->group_older = group->last_op;
    if (group->last_op) op_at(actions, group->last_op)->group_newer = op->node.index;
    group->last_op = op->node.index;
    if (!group->first_op) group->first_op = op->node.index;
    group->op_count++;
}

/* --- the queue of a host: a heap by due_ns, then by age --------------------------------------- */

static bool is_before(const Op *a, const Op *b)
{
    if (a->due_ns != b->due_ns) return a->due_ns < b->due_ns;
    return a->node.key.a < b->node.key.a;
}

static void put_at(Actions *actions, Host *host, uint32_t at, uint32_t index)
{
    host->queue[at] = index;
    op_at(actions, index)->queue_at = at;
}

static void sift_up(Actions *actions, Host *host, uint32_t at)
{
    uint32_t index = host->queue[at];
    for (; at > 1; at /= 2) {
        uint32_t above = host->queue[at / 2];
        if (!is_before(op_at(actions, index), op_at(actions, above))) break;
        put_at(actions, host, at, above);
    }
    put_at(actions, host, at, index);
}

static void sift_down(Actions *actions, Host *host, uint32_t at)
{
    uint32_t index = host->queue[at];
    for (uint32_t below; (below = at * 2) <= host->queue_count; at = below) {
        if (below < host->queue_count &&
            is_before(op_at(actions, host->queue[below + 1]), op_at(actions, host->queue[below]))) {
            below++;
        }
        if (!is_before(op_at(actions, host->queue[below]), op_at(actions, index))) break;
        put_at(actions, host, at, host->queue[below]);
    }
    put_at(actions, host, at, index);
}

static void leave_queue(Actions *actions, Op *op)
{
    uint32_t at = op->queue_at;
    if (!at) return;
    Host *host = actions_host(actions, op->host);
    uint32_t last = host->queue[host->queue_count--];
    op->queue_at = 0;
    if (last == op->node.index) return;
    put_at(actions, host, at, last);
    sift_up(actions, host, at);
    sift_down(actions, host, op_at(actions, last)->queue_at);
}

static bool make_queue_room(Host *host)
{
    if (host->queue_count + 1 < host->queue_room) return true;
    uint32_t room = host->queue_room ? host->queue_room * 2 : 16;
    uint32_t *queue = realloc(host->queue, room * sizeof *queue);
    if (!queue) return false;
    host->queue = queue;
    host->queue_room = room;
    return true;
}

void op_wait(Actions *actions, Op *op, int64_t due_ns)
{
    Host *host = actions_host(actions, op->host);
    op->due_ns = due_ns;
    if (op->queue_at) {
        sift_up(actions, host, op->queue_at);
        sift_down(actions, host, op->queue_at);
    } else if (make_queue_room(host)) {
        put_at(actions, host, ++host->queue_count, op->node.index);
        sift_up(actions, host, host->queue_count);
    } else {
        actions_fail(actions, -ENOMEM);
    }
}

void op_change_host(Actions *actions, Op *op, uint32_t host)
{
    leave_queue(actions, op);
    op->host = host;
}

void ops_due(Actions *actions, uint32_t host_number, int64_t now_ns)
{
    Host *host = actions_host(actions, host_number);
    while (host->queue_count > 0 && actions->error == 0) {
        Op *op = op_at(actions, host->queue[1]);
        if (op->due_ns > now_ns) return;
        leave_queue(actions, op);
        if (now_ns == INT64_MAX || !pair_due(actions, op)) out_op(actions, op);
    }
}

/* In the order in which the hosts' work is due; nothing waits for its other half any more. */
void ops_flush(Actions *actions)
{
    for (uint32_t host = 1; host <= actions->host_count; host++) {
        while (actions->hosts[host].queue_count > 0 && actions->error == 0) {
            Op *op = op_at(actions, actions->hosts[host].queue[1]);
            leave_queue(actions, op);
            if (!op->settled && pair_due(actions, op)) continue;
            out_op(actions, op);
        }
    }
}

/* --- ops -------------------------------------------------------------------------------------- */

static Op *oldest_of_group(Actions *actions, TableKey key)
{
    Group *group = group_find(actions, key);
    return group && group->op_count >= GROUP_OPS_MAX ? op_at(actions, group->first_op) : NULL;
}

static void make_room(Actions *actions, TableKey group)
{
    Op *op = oldest_of_group(actions, group);
    if (!op && actions->ops.count >= ACTIONS_PENDING_MAX) op = table_oldest(&actions->ops);
    if (!op) return;
    actions->counters.pending_evicted++;
    out_op(actions, op);
}

Op *op_new(Actions *actions, OpKind kind, uint32_t host, Session *session, TableKey key)
{
    make_room(actions, key);
    Op *op = table_add(&actions->ops, (TableKey){++actions->op_serial, 0});
    Group *group = op ? group_make(actions, key) : NULL;
    if (!group) {
        if (op) table_remove(&actions->ops, op);
        actions_fail(actions, -ENOMEM);
        return NULL;
    }
    op->kind = (uint8_t)kind;
    op->host = host;
    op->session = session ? session->node.index : 0;
    if (session) session->holders++;
    op->ingested_ns = actions->ingested_ns;
    op->raw.count_max = ACTIONS_RAW_RUNS_MAX;
    op_move(actions, op, group);
    return op;
}

static void drop_names(Actions *actions, Op *op)
{
    const NameId names[] = {op->path, op->target, op->image,  op->share,   op->away,
                            op->user, op->ip,     op->client, op->service, op->detail};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        name_drop(actions->names, names[i]);
    }
}

void op_free(Actions *actions, Op *op)
{
    leave_queue(actions, op);
    leave_group(actions, op);
    drop_names(actions, op);
    session_drop(actions, op->session);
    if (op->text) buf_done(op->text);
    free(op->text);
    free(op->held);
    table_remove(&actions->ops, op);
}

void op_absorb(Actions *actions, Op *op, Op *other)
{
    CHECK(op != other);
    if (other->first_ns < op->first_ns) op->first_ns = other->first_ns;
    if (other->last_ns > op->last_ns) op->last_ns = other->last_ns;
    if (other->open_ns > op->open_ns) op->open_ns = other->open_ns;
    op->used |= other->used;
    if (!op->share) op_set_name(actions, &op->share, other->share);
    raw_join(&op->raw, op->spans, &other->raw, other->spans);
    op_free(actions, other);
}

void op_set_name(Actions *actions, NameId *place, NameId id)
{
    name_hold_again(actions->names, id);
    name_drop(actions->names, *place);
    *place = id;
}

#define DETAIL_BYTES_MAX 512

static bool has_token(Slice list, Slice token)
{
    Slice piece;
    while (slice_cut(&list, ',', &piece)) {
        if (slice_eq(piece, token)) return true;
    }
    return false;
}

void op_add_detail(Actions *actions, Op *op, Slice token)
{
    char joined[DETAIL_BYTES_MAX];
    Slice before = actions_text(actions, op->detail);
    if (token.len == 0 || before.len + 1 + token.len > sizeof joined || has_token(before, token)) {
        return;
    }
    if (before.len > 0) memcpy(joined, before.ptr, before.len);
    size_t len = before.len;
    if (len > 0) joined[len++] = ',';
    memcpy(joined + len, token.ptr, token.len);
    NameId id = actions_hold(actions, slice_of(joined, len + token.len));
    name_drop(actions->names, op->detail);
    op->detail = id;
}

bool op_hold_record(Actions *actions, Op *op, const Record *record)
{
    size_t bytes = 0;
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        bytes += record->text[i].len;
    }
    HeldRecord *held = malloc(sizeof *held + bytes);
    if (!held) {
        actions_fail(actions, -ENOMEM);
        return false;
    }
    held->record = *record;
    char *at = held->text;
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        Slice text = record->text[i];
        if (text.len > 0) memcpy(at, text.ptr, text.len);
        held->record.text[i] = slice_of(at, text.len);
        at += text.len;
    }
    free(op->held);
    op->held = held;
    op->verb = (uint8_t)record->verb;
    op->outcome = (uint8_t)record->outcome;
    return true;
}
