/* auditd: the lines of one event, brought together by audit(TIME:SERIAL) until EOE or two seconds
 * later (ausearch(8) and auparse wait likewise); and what one program says about one logon or
 * account, by its process. Sources: Linux Audit Project, "Audit Event Fields". */
#include "translate/actions/action_pair.h"
#include "translate/actions/auditd_event.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

#define EVENT_NS (2 * NS_PER_SECOND)

typedef enum AuditGroup { GROUP_EVENT = 64, GROUP_PROCESS, GROUP_SESSION, GROUP_END } AuditGroup;

static bool is_kernel(AuditType type)
{
    return type >= AUDIT_SYSCALL && type <= AUDIT_EOE;
}

static bool is_alone(AuditType type)
{
    return type == AUDIT_CONFIG || type == AUDIT_DAEMON_END;
}

/* What belongs together. A logon's lines bear its session once it has one. */
static TableKey group_of(Work *work)
{
    const AuditLine *line = &work->audit;
    uint64_t pid, session;
    bool begins = line->type == AUDIT_LOGIN || line->type == AUDIT_USER_LOGIN ||
                  line->type == AUDIT_USER_START;
    if (is_kernel(line->type) || is_alone(line->type)) {
        return op_named_group(work->actions, GROUP_EVENT, work->host, (Slice){0},
                              line->serial ^ (uint64_t)line->time_ns);
    }
    if (audit_number(line->body, SLICE("pid"), &pid) < 0) pid = 0;
    if (audit_number(line->body, SLICE("ses"), &session) < 0) session = AUDIT_UNSET;
    if (line->type == AUDIT_USER_END) {
        return op_named_group(work->actions, GROUP_END, work->host, (Slice){0}, pid);
    }
    if (begins && session != AUDIT_UNSET && audit_lets_in(line->body)) {
        return op_named_group(work->actions, GROUP_SESSION, work->host, (Slice){0}, session);
    }
    return op_named_group(work->actions, GROUP_PROCESS, work->host, (Slice){0}, pid);
}

static Op *new_event(Work *work, TableKey key)
{
    Actions *actions = work->actions;
    Op *op = op_new(actions, OP_AUDIT, work->host, NULL, key);
    if (!op) return NULL;
    op->text = calloc(1, sizeof *op->text);
    if (!op->text) {
        actions_fail(actions, -ENOMEM);
        op_free(actions, op);
        return NULL;
    }
    op->first_ns = op->last_ns = work->now_ns;
    return op;
}

static void keep_line(Actions *actions, Op *op, const AuditLine *line)
{
    size_t bytes = line->body.len + 2;
    if (op->text->len + bytes > ACTIONS_AUDIT_EVENT_BYTES_MAX ||
        actions->audit_bytes + bytes > ACTIONS_AUDIT_BYTES_MAX) {
        op_add_detail(actions, op, SLICE("parts_missing"));
        return;
    }
    buf_add_char(op->text, (char)(line->type + 'A'));
    buf_add_slice(op->text, line->body);
    buf_add_char(op->text, '\n');
    if (buf_error(op->text) < 0) actions_fail(actions, buf_error(op->text));
    actions->audit_bytes += bytes;
}

void auditd_pair(Actions *actions, Op *op)
{
    const Session *session = table_at(&actions->sessions, op->session);
    group_use(actions, op);
    Group *group = group_make(actions, op_session_group(session));
    if (group) op_move(actions, op, group);
    (void)pair_finished(actions, op);
}

static void finish(Actions *actions, Op *op)
{
    if (!auditd_become(actions, op)) return;
    if (op->kind == OP_FILE) {
        auditd_pair(actions, op);
    } else {
        out_op(actions, op);
    }
}

Taken auditd_take(Work *work)
{
    Actions *actions = work->actions;
    const AuditLine *line = &work->audit;
    if (line->type == AUDIT_OTHER) return TAKEN_PASS;
    TableKey key = group_of(work);
    Group *group = group_find(actions, key);
    Op *op = group ? op_at(actions, group->first_op) : NULL;
    if (line->type == AUDIT_EOE && !op) return TAKEN_EVIDENCE;
    if (!op) op = new_event(work, key);
    if (!op) return TAKEN_PASS;
    if (work->now_ns > op->last_ns) op->last_ns = work->now_ns;
    raw_add(&op->raw, op->spans, work->ref);
    if (line->type != AUDIT_EOE) keep_line(actions, op, line);
    if (line->type == AUDIT_EOE || is_alone(line->type)) {
        finish(actions, op);
    } else {
        op_wait(actions, op, work->now_ns + EVENT_NS);
    }
    return TAKEN_EVIDENCE;
}

/* --- when all has come ------------------------------------------------------------------------ */

static void sort_line(AuditEvent *event, AuditType type, Slice body)
{
    Slice *const places[] = {[AUDIT_SYSCALL] = &event->syscall,
                             [AUDIT_CWD] = &event->cwd,
                             [AUDIT_PROCTITLE] = &event->proctitle};
    if (type == AUDIT_PATH) {
        if (event->path_count < AUDIT_PATHS_MAX) event->paths[event->path_count++] = body;
    } else if (type == AUDIT_EXECVE) {
        if (event->execve_count < AUDIT_EXECVE_MAX) event->execve[event->execve_count++] = body;
    } else if (type < ARRAY_COUNT(places) && places[type]) {
        *places[type] = body;
    } else if (event->line_count < AUDIT_LINES_MAX) {
        event->lines[event->line_count++] = (AuditBody){type, body};
    }
}

bool auditd_become(Actions *actions, Op *op)
{
    AuditEvent event = {.actions = actions, .op = op};
    Buf *text = op->text;
    Slice rest = buf_slice(text), line;
    op->text = NULL;
    actions->audit_bytes -= text->len < actions->audit_bytes ? text->len : actions->audit_bytes;
    while (slice_cut(&rest, '\n', &line)) {
        if (line.len == 0) continue;
        sort_line(&event, (AuditType)(line.ptr[0] - 'A'), slice_skip(line, 1));
    }
    bool done = event.syscall.len ? audit_judge_syscall(&event) : audit_judge_people(&event);
    buf_done(text);
    free(text);
    if (!done) op_free(actions, op);
    return done;
}
