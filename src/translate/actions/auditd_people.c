/* What programs tell auditd about people: logons, sudo, accounts, the audit rules themselves.
 * Sources: Linux Audit Project, "Message dictionary"; Linux-PAM and shadow for what they write. */
#include "translate/actions/auditd_event.h"

#include "base/number.h"

/* --- who -------------------------------------------------------------------------------------- */

static Slice leaf_of(Slice body)
{
    Slice exe = audit_value(body, SLICE("exe"));
    return path_leaf(exe);
}

static bool is_one_of(Slice name, const Slice *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(name, list[i])) return true;
    }
    return false;
}

bool audit_lets_in(Slice body)
{
    static const Slice programs[] = {SLICE_INIT("sshd"),        SLICE_INIT("sshd-session"),
                                     SLICE_INIT("login"),       SLICE_INIT("gdm-session-worker"),
                                     SLICE_INIT("lightdm"),     SLICE_INIT("sddm-helper"),
                                     SLICE_INIT("xrdp-sesman"), SLICE_INIT("cockpit-session")};
    return is_one_of(leaf_of(body), programs, ARRAY_COUNT(programs));
}

static bool changes_person(Slice body)
{
    static const Slice programs[] = {SLICE_INIT("su"), SLICE_INIT("sudo"), SLICE_INIT("runuser"),
                                     SLICE_INIT("pkexec"), SLICE_INIT("doas")};
    return is_one_of(leaf_of(body), programs, ARRAY_COUNT(programs));
}

static bool is_set(Slice id)
{
    return id.len > 0 && !slice_eq(id, SLICE("4294967295")) && !slice_eq(id, SLICE("-1")) &&
           !slice_eq(id, SLICE("unset"));
}

/* The name that auditd resolved (log_format = ENRICHED). Of the others only root's is the same
 * everywhere. */
static Slice name_of(Slice body, Slice enriched, Slice id)
{
    Slice name = audit_value(body, enriched);
    if (name.len > 0 && !slice_eq(name, SLICE("unset"))) return name;
    return slice_eq(id, SLICE("0")) ? SLICE("root") : (Slice){0};
}

static void learn(Actions *actions, NameId *place, Slice text)
{
    if (*place || text.len == 0) return;
    *place = actions_hold(actions, text);
}

/* A logon tells the name and the address of its session; what is done later says neither. */
static void learn_from_logon(Actions *actions, Session *session, Slice body)
{
    Slice host = audit_value(body, SLICE("hostname")), addr = audit_value(body, SLICE("addr"));
    if (!audit_lets_in(body)) return;
    learn(actions, &session->user, audit_text(body, SLICE("acct"), &actions->arena));
    if (job_is_address(addr)) learn(actions, &session->ip, addr);
    if (!slice_eq(host, addr)) learn(actions, &session->client, host);
}

bool audit_find_session(AuditEvent *event, Slice body)
{
    Actions *actions = event->actions;
    Slice auid = audit_value(body, SLICE("auid")), uid = audit_value(body, SLICE("uid"));
    uint64_t number = 0;
    bool logged_on = is_set(auid);
    Slice id = logged_on ? auid : uid;
    Slice name = name_of(body, logged_on ? SLICE("AUID") : SLICE("UID"), id);
    if (audit_number(body, SLICE("ses"), &number) < 0 || number == AUDIT_UNSET) number = 0;
    Session *session =
        session_unix(actions, event->op->host, SOURCE_AUDITD, id, number, event->op->last_ns);
    if (!session) return false;
    learn(actions, &session->sid, id);
    if (logged_on) learn_from_logon(actions, session, body);
    learn(actions, &session->user, name);
    session->holders++;
    event->op->session = session->node.index;
    return true;
}

void audit_fill_record(AuditEvent *event, Slice body, Record *record)
{
    Actions *actions = event->actions;
    Slice exe = audit_text(body, SLICE("exe"), &actions->arena);
    *record = (Record){.ingested_ns = event->op->ingested_ns, .count = 1};
    record->text[RECORD_HOST_NAME] =
        actions_text(actions, actions_host(actions, event->op->host)->name);
    record->text[RECORD_EVENT_PROVIDER] = SLICE("auditd");
    record->text[RECORD_EVENT_DATASET] = SLICE("linux.audit");
    record->text[RECORD_OBSERVER_VENDOR] = SLICE("Linux");
    record->text[RECORD_OBSERVER_PRODUCT] = SLICE("auditd");
    record->text[RECORD_PROCESS_EXECUTABLE] = exe;
    record->text[RECORD_PROCESS_PID] = audit_value(body, SLICE("pid"));
    if (!audit_find_session(event, body)) return;
    const Session *session = table_at(&actions->sessions, event->op->session);
    record->text[RECORD_USER_NAME] = actions_text(actions, session->user);
    record->text[RECORD_USER_ID] = actions_text(actions, session->sid);
    record->text[RECORD_SOURCE_IP] = actions_text(actions, session->ip);
    record->text[RECORD_SOURCE_DOMAIN] = actions_text(actions, session->client);
    if (session->logon_id) record->text[RECORD_AKASHI_SESSION] = audit_value(body, SLICE("ses"));
}

bool audit_hold(AuditEvent *event, const Record *record, OpRule rule)
{
    Op *op = event->op;
    if (!op_hold_record(event->actions, op, record)) return false;
    op->kind = OP_RECORD;
    op->rule = (uint8_t)rule;
    op->certainty = CERTAINTY_OBSERVED;
    return true;
}

/* --- logons ----------------------------------------------------------------------------------- */

static bool succeeded(Slice body)
{
    Slice result = audit_value(body, SLICE("res"));
    if (result.len == 0) result = audit_value(body, SLICE("result"));
    return slice_eq(result, SLICE("success")) || slice_eq(result, SLICE("1")) ||
           slice_eq(result, SLICE("yes"));
}

static const AuditBody *find_line(const AuditEvent *event, AuditType type)
{
    for (size_t i = 0; i < event->line_count; i++) {
        if (event->lines[i].type == type) return &event->lines[i];
    }
    return NULL;
}

static void set_source(Record *record, Slice body)
{
    Slice addr = audit_value(body, SLICE("addr")), host = audit_value(body, SLICE("hostname"));
    if (job_is_address(addr)) record->text[RECORD_SOURCE_IP] = addr;
    if (!slice_eq(host, addr) && host.len > 0) record->text[RECORD_SOURCE_DOMAIN] = host;
}

/* sudo: cmd= is what was asked for, cwd= where; as whom is said by its USER_START. */
static bool judge_command(AuditEvent *event, const AuditBody *command)
{
    Actions *actions = event->actions;
    const AuditBody *start = find_line(event, AUDIT_USER_START);
    Record record;
    audit_fill_record(event, command->body, &record);
    record.verb = VERB_RUN_PROCESS;
    record.outcome = succeeded(command->body) ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
    record.text[RECORD_PROCESS_COMMAND_LINE] =
        audit_text(command->body, SLICE("cmd"), &actions->arena);
    record.text[RECORD_PROCESS_WORKING_DIRECTORY] =
        audit_text(command->body, SLICE("cwd"), &actions->arena);
    record.text[RECORD_AKASHI_OBJECT] = record.text[RECORD_PROCESS_COMMAND_LINE];
    if (start) {
        record.text[RECORD_USER_EFFECTIVE_NAME] =
            audit_text(start->body, SLICE("acct"), &actions->arena);
    }
    return audit_hold(event, &record, RULE_PROCESS);
}

static bool judge_logon(AuditEvent *event, Verb verb, const AuditBody *line)
{
    Actions *actions = event->actions;
    Slice account = audit_text(line->body, SLICE("acct"), &actions->arena);
    bool good = verb != VERB_LOGON_FAIL && succeeded(line->body);
    Record record;
    audit_fill_record(event, line->body, &record);
    record.verb = verb;
    record.outcome = good ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
    if (verb == VERB_LOGON_AS) {
        record.text[RECORD_USER_TARGET_NAME] = account;
    } else {
        if (account.len > 0) record.text[RECORD_USER_NAME] = account;
        if (verb == VERB_LOGON_FAIL) record.text[RECORD_USER_ID] = (Slice){0};
    }
    set_source(&record, line->body);
    if (!good && verb != VERB_LOGOFF)
        record.text[RECORD_EVENT_REASON] = SLICE("authentication_failed");
    record.text[RECORD_AKASHI_OBJECT] = account.len ? account : record.text[RECORD_USER_NAME];
    return audit_hold(event, &record, RULE_AUDIT_LOGON);
}

static const AuditBody *find_refused(const AuditEvent *event)
{
    for (size_t i = 0; i < event->line_count; i++) {
        const AuditBody *line = &event->lines[i];
        if (line->type == AUDIT_USER_AUTH && !succeeded(line->body)) return line;
    }
    return NULL;
}

/* A wrong password is told of though the right one followed; that one is told of by its session. su
 * has no session of its own: there what came of it counts. */
static bool judge_entry(AuditEvent *event)
{
    const AuditBody *login = find_line(event, AUDIT_USER_LOGIN);
    const AuditBody *start = find_line(event, AUDIT_USER_START);
    const AuditBody *refused = find_refused(event);
    if (start && succeeded(start->body) && audit_lets_in(start->body)) {
        return judge_logon(event, VERB_LOGON, start);
    }
    if (start && succeeded(start->body) && changes_person(start->body)) {
        return judge_logon(event, VERB_LOGON_AS, start);
    }
    if (refused) {
        bool other = changes_person(refused->body);
        return judge_logon(event, other ? VERB_LOGON_AS : VERB_LOGON_FAIL, refused);
    }
    if (!login) return false;
    return judge_logon(event, succeeded(login->body) ? VERB_LOGON : VERB_LOGON_FAIL, login);
}

/* The end of sudo is the end of its command; su and what lets people in have sessions. */
static bool judge_end(AuditEvent *event, const AuditBody *end)
{
    if (!audit_lets_in(end->body)) return false;
    return judge_logon(event, VERB_LOGOFF, end);
}

/* --- accounts and rules ----------------------------------------------------------------------- */

static bool judge_account(AuditEvent *event, const AuditBody *line, Verb verb)
{
    Actions *actions = event->actions;
    bool group = verb == VERB_CREATE_GROUP || verb == VERB_DELETE_GROUP;
    Slice name = audit_text(line->body, group ? SLICE("grp") : SLICE("acct"), &actions->arena);
    Slice id = audit_value(line->body, SLICE("id"));
    Record record;
    if (group && name.len == 0) name = audit_text(line->body, SLICE("acct"), &actions->arena);
    audit_fill_record(event, line->body, &record);
    record.verb = verb;
    record.outcome = succeeded(line->body) ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
    record.text[group ? RECORD_GROUP_NAME : RECORD_USER_TARGET_NAME] = name;
    record.text[group ? RECORD_GROUP_ID : RECORD_USER_TARGET_ID] = id;
    record.text[RECORD_AKASHI_OBJECT] = name.len ? name : id;
    return audit_hold(event, &record, RULE_AUDIT_ACCOUNT);
}

/* audit_enabled=0, op=remove_rule: what is recorded has changed. */
static bool judge_policy(AuditEvent *event, const AuditBody *line, Verb verb)
{
    Record record;
    Slice key = audit_text(line->body, SLICE("key"), &event->actions->arena);
    audit_fill_record(event, line->body, &record);
    record.verb = verb;
    record.outcome = succeeded(line->body) ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
    record.text[RECORD_MESSAGE] = job_first_line(line->body);
    record.text[RECORD_AKASHI_OBJECT] = key.len ? key : SLICE("auditd");
    return audit_hold(event, &record, RULE_AUDIT_POLICY);
}

bool audit_judge_people(AuditEvent *event)
{
    static const struct {
        AuditType type;
        Verb verb;
    } accounts[] = {{AUDIT_ADD_USER, VERB_CREATE_USER},     {AUDIT_DEL_USER, VERB_DELETE_USER},
                    {AUDIT_ADD_GROUP, VERB_CREATE_GROUP},   {AUDIT_DEL_GROUP, VERB_DELETE_GROUP},
                    {AUDIT_PASSWORD, VERB_CHANGE_PASSWORD}, {AUDIT_USER_MGMT, VERB_CHANGE_USER}};
    const AuditBody *line;
    if ((line = find_line(event, AUDIT_USER_CMD))) return judge_command(event, line);
    if ((line = find_line(event, AUDIT_CONFIG)))
        return judge_policy(event, line, VERB_CHANGE_POLICY);
    if ((line = find_line(event, AUDIT_DAEMON_END)))
        return judge_policy(event, line, VERB_STOP_LOG);
    for (size_t i = 0; i < ARRAY_COUNT(accounts); i++) {
        line = find_line(event, accounts[i].type);
        if (line) return judge_account(event, line, accounts[i].verb);
    }
    if ((line = find_line(event, AUDIT_USER_END))) return judge_end(event, line);
    return judge_entry(event);
}
