/* From ops to records: R15. */
#include "translate/actions/action_state.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

#define READS_NS (60 * NS_PER_SECOND)
#define READS_MANY 10

const Slice op_rules[RULE_COUNT] = {
    [RULE_OPEN_REFUSED] = SLICE_INIT("actions.R0.refused"),
    [RULE_NOISE] = SLICE_INIT("actions.R2"),
    [RULE_LIST] = SLICE_INIT("actions.R3"),
    [RULE_READ] = SLICE_INIT("actions.R5"),
    [RULE_EXECUTE] = SLICE_INIT("actions.R5.execute"),
    [RULE_WRITE] = SLICE_INIT("actions.R6"),
    [RULE_CREATE] = SLICE_INIT("actions.R6.create"),
    [RULE_DELETE] = SLICE_INIT("actions.R7"),
    [RULE_DELETE_INTENT] = SLICE_INIT("actions.R7.intent"),
    [RULE_RENAME] = SLICE_INIT("actions.R8"),
    [RULE_RECYCLE] = SLICE_INIT("actions.R8.recycle"),
    [RULE_COPY] = SLICE_INIT("actions.R9"),
    [RULE_SAVE] = SLICE_INIT("actions.R10"),
    [RULE_PERMISSIONS] = SLICE_INIT("actions.R11"),
    [RULE_ATTRIBUTES] = SLICE_INIT("actions.R12"),
    [RULE_KEY] = SLICE_INIT("actions.key"),
    [RULE_OBJECT] = SLICE_INIT("actions.object"),
    [RULE_SHARE] = SLICE_INIT("actions.B"),
    [RULE_SHARE_COPY] = SLICE_INIT("actions.B.copy"),
    [RULE_SHARE_CONNECT] = SLICE_INIT("actions.B.connect"),
    [RULE_SHARE_ALONE] = SLICE_INIT("actions.B.alone"),
    [RULE_PIPE] = SLICE_INIT("actions.B.pipe"),
    [RULE_LOGON] = SLICE_INIT("actions.logon"),
    [RULE_NETWORK_LOGON] = SLICE_INIT("actions.logon.network"),
    [RULE_ACCOUNT] = SLICE_INIT("actions.account"),
    [RULE_PROCESS] = SLICE_INIT("actions.process"),
    [RULE_SCRIPT] = SLICE_INIT("actions.script"),
    [RULE_GAP] = SLICE_INIT("actions.gap"),
    [RULE_AUDIT_LOGON] = SLICE_INIT("actions.audit.logon"),
    [RULE_AUDIT_ACCOUNT] = SLICE_INIT("actions.audit.account"),
    [RULE_AUDIT_POLICY] = SLICE_INIT("actions.audit.policy"),
    [RULE_AUDIT_SYSCALL] = SLICE_INIT("actions.audit.syscall"),
};

static Slice copy_text(Actions *actions, const char *text, size_t len)
{
    Slice copy;
    return arena_copy(&actions->arena, slice_of(text, len), &copy) < 0 ? (Slice){0} : copy;
}

static Slice number_text(Actions *actions, uint64_t value, bool hex)
{
    char text[NUMBER_TEXT_MAX];
    size_t len = hex ? number_print_hex(text, value) : number_print_u64(text, value);
    return copy_text(actions, text, len);
}

/* --- akashi.raw ------------------------------------------------------------------------------- */

static void add_range(Buf *to, char mark, uint64_t first, uint32_t count)
{
    buf_add_char(to, mark);
    buf_add_u64(to, first);
    if (count < 2) return;
    buf_add_char(to, '-');
    buf_add_u64(to, first + count - 1);
}

static Slice raw_text(Actions *actions, const RawHead *head, const RawSpan *spans)
{
    CLEANUP(buf_done) Buf text = {0};
    uint64_t named = 0;
    for (uint8_t i = 0; i < head->count; i++) {
        const RawSpan *span = &spans[i];
        if (i > 0) buf_add_char(&text, ',');
        buf_add_slice(&text, actions_text(actions, span->channel));
        if (span->record_id) add_range(&text, '/', span->record_id, span->count);
        add_range(&text, '#', span->id, span->count);
        named += span->count;
    }
    if (named < head->total) buf_add_format(&text, ",+%u", (unsigned)(head->total - named));
    return copy_text(actions, text.ptr ? text.ptr : "", text.len);
}

/* --- the record ------------------------------------------------------------------------------- */

static void set(Actions *actions, Record *record, RecordField field, NameId name)
{
    Slice text = actions_text(actions, name);
    if (text.len > 0) record->text[field] = text;
}

static void fill_who(Actions *actions, const Op *op, Record *record)
{
    const Session *session = table_at(&actions->sessions, op->session);
    set(actions, record, RECORD_USER_NAME, session->user);
    set(actions, record, RECORD_USER_DOMAIN, session->domain);
    set(actions, record, RECORD_USER_ID, session->sid);
    set(actions, record, RECORD_SOURCE_IP, session->ip);
    set(actions, record, RECORD_SOURCE_DOMAIN, session->client);
    if (session->logon_id && session->source == SOURCE_WINDOWS) {
        record->text[RECORD_AKASHI_SESSION] = number_text(actions, session->logon_id, true);
    }
    if (session->port) {
        record->text[RECORD_SOURCE_PORT] = number_text(actions, session->port, false);
    }
}

static void fill_source(Actions *actions, const Op *op, Record *record)
{
    static const struct {
        Slice provider, dataset, vendor, product;
    } sources[SOURCE_COUNT] = {
        [SOURCE_WINDOWS] = {SLICE_INIT("Microsoft-Windows-Security-Auditing"),
                            SLICE_INIT("windows.security"), SLICE_INIT("Microsoft"),
                            SLICE_INIT("Windows")},
        [SOURCE_SAMBA] = {SLICE_INIT("smbd_audit"), SLICE_INIT("samba.full_audit"),
                          SLICE_INIT("Samba"), SLICE_INIT("Samba")},
        [SOURCE_AUDITD] = {SLICE_INIT("auditd"), SLICE_INIT("linux.audit"), SLICE_INIT("Linux"),
                           SLICE_INIT("auditd")},
        [SOURCE_NETAPP] = {SLICE_INIT("NetApp-Security-Auditing"), SLICE_INIT("netapp.audit"),
                           SLICE_INIT("NetApp"), SLICE_INIT("ONTAP")},
    };
    const Session *session = op->session ? table_at(&actions->sessions, op->session) : NULL;
    uint8_t source = session ? session->source : SOURCE_WINDOWS;
    set(actions, record, RECORD_HOST_NAME, actions_host(actions, op->host)->name);
    record->text[RECORD_EVENT_PROVIDER] = sources[source].provider;
    record->text[RECORD_EVENT_DATASET] = sources[source].dataset;
    record->text[RECORD_OBSERVER_VENDOR] = sources[source].vendor;
    record->text[RECORD_OBSERVER_PRODUCT] = sources[source].product;
}

static void fill_what(Actions *actions, const Op *op, Record *record)
{
    bool file = op->handle_kind == HANDLE_FILE && op->rule != RULE_PIPE && op->rule != RULE_GAP &&
                op->rule != RULE_SHARE_CONNECT;
    set(actions, record, RECORD_AKASHI_OBJECT, op->path);
    if (file) set(actions, record, RECORD_FILE_PATH, op->path);
    set(actions, record, RECORD_AKASHI_TARGET_PATH, op->target);
    set(actions, record, RECORD_SHARE_NAME, op->share);
    set(actions, record, RECORD_PROCESS_EXECUTABLE, op->image);
    if (op->kind == OP_FILE) set(actions, record, RECORD_USER_EFFECTIVE_NAME, op->user);
    if (op->verb == VERB_ACCESS_DENIED) record->text[RECORD_EVENT_REASON] = SLICE("access_denied");
    if (op->pid && op->image) {
        record->text[RECORD_PROCESS_PID] = number_text(actions, op->pid, false);
    }
}

static void fill_unheld(Actions *actions, Op *op, Record *record)
{
    fill_source(actions, op, record);
    fill_what(actions, op, record);
    if (op->session) fill_who(actions, op, record);
    if (op->rule == RULE_GAP && op->text) {
        record->text[RECORD_MESSAGE] = buf_slice(op->text);
        record->text[RECORD_EVENT_PROVIDER] = (Slice){0};
    } else if ((op->verb == VERB_RENAME || op->verb == VERB_MOVE) && !op->target) {
        record->text[RECORD_AKASHI_TARGET_PATH] = SLICE("unknown");
    }
}

static void fill(Actions *actions, Op *op, Record *record)
{
    if (op->held) {
        *record = op->held->record;
    } else {
        *record = (Record){.ingested_ns = op->ingested_ns, .verb = (Verb)op->verb};
        fill_unheld(actions, op, record);
    }
    record->time_ns = op->first_ns;
    record->end_ns = op->last_ns > op->first_ns ? op->last_ns : TIME_UNKNOWN;
    record->verb = (Verb)op->verb;
    record->outcome = (Outcome)op->outcome;
    record->certainty = (Certainty)op->certainty;
    record->count = op->raw.total ? op->raw.total : 1;
    if (op->rule != RULE_STATELESS) record->text[RECORD_AKASHI_RULE] = op_rules[op->rule];
    if (record->text[RECORD_AKASHI_OBJECT].len == 0) {
        record->text[RECORD_AKASHI_OBJECT] = SLICE("unknown");
    }
}

/* A share's event tells of the check at the opening only; what was done then is concluded. */
static void settle_share(Actions *actions, Op *op)
{
    op->certainty = CERTAINTY_INFERRED;
    if (op->rule == RULE_COPY || op->rule == RULE_SHARE_CONNECT || op->rule == RULE_PIPE) return;
    if (op->verb == VERB_RENAME && !op->target) {
        op->verb = VERB_DELETE;
        op_add_detail(actions, op, SLICE("or_renamed"));
    } else if (op->verb == VERB_CREATE && op->copy_in) {
        op->verb = VERB_COPY;
        op->rule = RULE_SHARE_COPY;
        op_set_name(actions, &op->target, op->path);
        return;
    } else if (op->verb == VERB_CREATE) {
        op->verb = VERB_WRITE;
    }
    if (op->outcome == OUTCOME_FAILURE) op->certainty = CERTAINTY_OBSERVED;
    op->rule = RULE_SHARE;
}

/* R9: who reads so many files may be taking them along. */
static bool is_bulk_read(Actions *actions, const Op *op)
{
    if (op->verb != VERB_READ || op->kind != OP_FILE || op->background || !op->session)
        return false;
    Session *session = table_at(&actions->sessions, op->session);
    if (session->read_count == 0 || op->first_ns - session->read_ns > READS_NS) {
        session->read_ns = op->first_ns;
        session->read_count = 0;
    }
    return ++session->read_count >= READS_MANY;
}

static void add_details(Actions *actions, Op *op, Record *record)
{
    if (is_bulk_read(actions, op)) op_add_detail(actions, op, SLICE("bulk_read"));
    if (op->kind == OP_FILE && op->verb == VERB_CREATE && op->copy_in) {
        op_add_detail(actions, op, SLICE("copied_in"));
    }
    if (op->background) op_add_detail(actions, op, SLICE("background"));
    Slice own = record->text[RECORD_AKASHI_DETAIL], more = actions_text(actions, op->detail);
    Slice both;
    if (own.len == 0 || more.len == 0) {
        record->text[RECORD_AKASHI_DETAIL] = own.len ? own : more;
    } else if (arena_format(&actions->arena, &both, "%.*s,%.*s", SLICE_FMT(own), SLICE_FMT(more)) ==
               0) {
        record->text[RECORD_AKASHI_DETAIL] = both;
    }
}

static void give(Actions *actions, Op *op, const Record *record)
{
    RawRun runs[ACTIONS_RAW_RUNS_MAX];
    for (uint8_t i = 0; i < op->raw.count; i++) {
        const RawSpan *span = &op->spans[i];
        runs[i] =
            (RawRun){span->id, span->record_id, span->count, actions_text(actions, span->channel)};
    }
    const Action action = {
        .record = record, .runs = runs, .run_count = op->raw.count, .raw_count = op->raw.total};
    actions->counters.records++;
    int r = actions->sink->record(actions->sink->context, &action);
    if (r < 0) actions_fail(actions, r);
}

void out_op(Actions *actions, Op *op)
{
    Record record;
    if (op->kind == OP_WATCH) {
        op_free(actions, op);
        return;
    }
    if (op->kind == OP_AUDIT && !auditd_become(actions, op)) return;
    if (op->kind == OP_SHARE) settle_share(actions, op);
    raw_sort(&op->raw, op->spans);
    fill(actions, op, &record);
    if (op->held && op->rule == RULE_SCRIPT) script_fill(op, &record);
    add_details(actions, op, &record);
    record.text[RECORD_AKASHI_RAW] = raw_text(actions, &op->raw, op->spans);
    give(actions, op, &record);
    op_free(actions, op);
    arena_reset(&actions->arena);
}

void out_pass(Work *work)
{
    Actions *actions = work->actions;
    const RawRun run = {work->ref.id, work->ref.record_id, 1,
                        actions_text(actions, work->ref.channel)};
    const Action action = {
        .record = work->record, .runs = &run, .run_count = 1, .raw_count = 1, .event = work->event};
    actions->counters.records++;
    int r = actions->sink->record(actions->sink->context, &action);
    if (r < 0) actions_fail(actions, r);
}

void out_evidence(Work *work)
{
    Actions *actions = work->actions;
    actions->counters.evidence++;
    if (!actions->sink->evidence) return;
    int r =
        actions->sink->evidence(actions->sink->context, work->ref.id, work->event, work->record);
    if (r < 0) actions_fail(actions, r);
}
