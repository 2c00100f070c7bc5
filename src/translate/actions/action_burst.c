/* Events that one action writes in a burst: the making of an account (Microsoft, events 4720, 4722,
 * 4724, 4738, 4728, 4732, 4756: the tools write them all for one new account), and the parts of a
 * PowerShell script (Microsoft, about_Logging_Windows: 4104 with MessageNumber of MessageTotal). */
#include "translate/actions/action_state.h"

#include <errno.h>
#include <stdlib.h>

/* --- accounts --------------------------------------------------------------------------------- */

static bool is_member_event(uint64_t event_id)
{
    return event_id == 4728 || event_id == 4732 || event_id == 4756;
}

static Slice account_sid(const Work *work)
{
    return work_text(work, is_member_event(work->event_id) ? KNOWN_MEMBER_SID : KNOWN_TARGET_SID);
}

static Slice step_token(uint64_t event_id)
{
    switch (event_id) {
    case 4722: return SLICE("account_enabled");
    case 4724: return SLICE("password_set");
    case 4728:
    case 4732:
    case 4756: return SLICE("added_to_group");
    default: return (Slice){0};
    }
}

/* Group and tokens of the step go into the record of the account. */
static void take_group(Actions *actions, Op *op, const Record *step)
{
    Record joined = op->held->record;
    Slice tokens = step->text[RECORD_AKASHI_DETAIL], token;
    joined.text[RECORD_GROUP_NAME] = step->text[RECORD_GROUP_NAME];
    joined.text[RECORD_GROUP_ID] = step->text[RECORD_GROUP_ID];
    HeldRecord *before = op->held;
    op->held = NULL;
    if (op_hold_record(actions, op, &joined)) {
        free(before);
    } else {
        op->held = before;
    }
    while (slice_cut(&tokens, ',', &token)) {
        op_add_detail(actions, op, token);
    }
}

static Taken join_account(Work *work, Op *op)
{
    Actions *actions = work->actions;
    if (is_member_event(work->event_id)) take_group(actions, op, work->record);
    op_add_detail(actions, op, step_token(work->event_id));
    op->last_ns = work->now_ns > op->last_ns ? work->now_ns : op->last_ns;
    op->rule = RULE_ACCOUNT;
    op->certainty = CERTAINTY_CORRELATED;
    raw_add(&op->raw, op->spans, work->ref);
    op_wait(actions, op, op->last_ns + actions->settings->window_ns[WINDOW_ACCOUNT]);
    return TAKEN_EVIDENCE;
}

Taken burst_account(Work *work)
{
    Actions *actions = work->actions;
    Slice sid = account_sid(work);
    uint64_t by = work_number(work, KNOWN_SUBJECT_LOGON_ID);
    if (sid.len == 0) return TAKEN_PASS;
    TableKey key = op_named_group(actions, RULE_ACCOUNT, work->host, sid, by);
    Group *group = group_find(actions, key);
    Op *op = group ? op_at(actions, group->first_op) : NULL;
    if (op && work->event_id != 4720 &&
        work->now_ns - op->last_ns <= actions->settings->window_ns[WINDOW_ACCOUNT]) {
        return join_account(work, op);
    }
    if (work->event_id != 4720) return TAKEN_PASS;
    op = op_new(actions, OP_RECORD, work->host, NULL, key);
    if (!op) return TAKEN_PASS;
    if (!op_hold_record(actions, op, work->record)) {
        op_free(actions, op);
        return TAKEN_PASS;
    }
    op->rule = RULE_STATELESS;
    op->certainty = (uint8_t)work->record->certainty;
    op->first_ns = op->last_ns = work->now_ns;
    raw_add(&op->raw, op->spans, work->ref);
    op_wait(actions, op, work->now_ns + actions->settings->window_ns[WINDOW_ACCOUNT]);
    return TAKEN_EVIDENCE;
}

/* --- scripts ---------------------------------------------------------------------------------- */

static bool add_part(Work *work, Op *op, uint64_t number)
{
    Slice text = work->known[KNOWN_SCRIPT_BLOCK_TEXT];
    size_t room = ACTIONS_SCRIPT_BYTES_MAX - op->text->len;
    if (number != op->parts + 1) op_add_detail(work->actions, op, SLICE("parts_missing"));
    op->parts = (uint32_t)number;
    buf_add_slice(op->text, slice_first(text, room));
    if (text.len > room) op_add_detail(work->actions, op, SLICE("script_cut"));
    if (buf_error(op->text) < 0) actions_fail(work->actions, buf_error(op->text));
    raw_add(&op->raw, op->spans, work->ref);
    if (work->now_ns > op->last_ns) op->last_ns = work->now_ns;
    return number >= op->part_count;
}

static Op *new_script(Work *work, TableKey key, uint64_t total)
{
    Actions *actions = work->actions;
    Op *op = op_new(actions, OP_RECORD, work->host, NULL, key);
    if (!op) return NULL;
    op->text = calloc(1, sizeof *op->text);
    if (!op->text || !op_hold_record(actions, op, work->record)) {
        op_free(actions, op);
        actions_fail(actions, -ENOMEM);
        return NULL;
    }
    op->rule = RULE_SCRIPT;
    op->certainty = CERTAINTY_CORRELATED;
    op->part_count = (uint32_t)total;
    op->first_ns = op->last_ns = work->now_ns;
    return op;
}

Taken burst_script(Work *work)
{
    Actions *actions = work->actions;
    uint64_t number = work_number(work, KNOWN_MESSAGE_NUMBER);
    uint64_t total = work_number(work, KNOWN_MESSAGE_TOTAL);
    Slice id = work_text(work, KNOWN_SCRIPT_BLOCK_ID);
    if (total < 2 || total > UINT32_MAX || number > total || id.len == 0) return TAKEN_PASS;
    TableKey key = op_named_group(actions, RULE_SCRIPT, work->host, id, 0);
    Group *group = group_find(actions, key);
    Op *op = group ? op_at(actions, group->first_op) : NULL;
    if (!op) op = new_script(work, key, total);
    if (!op) return TAKEN_PASS;
    bool whole = add_part(work, op, number);
    int64_t wait_ns = whole ? 0 : actions->settings->window_ns[WINDOW_SCRIPT];
    op_wait(actions, op, op->last_ns + wait_ns);
    return TAKEN_EVIDENCE;
}

void script_fill(const Op *op, Record *record)
{
    record->text[RECORD_PROCESS_COMMAND_LINE] = buf_slice(op->text);
    if (op->parts < op->part_count) {
        Slice *detail = &record->text[RECORD_AKASHI_DETAIL];
        if (detail->len == 0) *detail = SLICE("parts_missing");
    }
}
