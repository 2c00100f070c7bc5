/* Windows: what SQL Server's audit writes into the Application or Security log: event 33205, one
 * text of `name:value` lines. Rules win.33205 and win.18456 of doc/translation.md; names:
 * Microsoft, "SQL Server Audit Records", in the order in which they stand in the text. */
#include "translate/job.h"

typedef struct Audit {
    Slice action, succeeded, session, login, session_login, effective, target_login, target_user;
    Slice server, database, schema, object, statement, address;
} Audit;

/* The statement is whatever somebody typed, with line breaks and all: what stands in it and behind
 * it is not believed, and of what stands before it the first counts. */
static void read_audit(Slice text, Audit *audit)
{
    const struct {
        Slice name;
        Slice *to;
    } rows[] = {{SLICE("action_id"), &audit->action},
                {SLICE("succeeded"), &audit->succeeded},
                {SLICE("session_id"), &audit->session},
                {SLICE("client_ip"), &audit->address},
                {SLICE("session_server_principal_name"), &audit->session_login},
                {SLICE("server_principal_name"), &audit->login},
                {SLICE("database_principal_name"), &audit->effective},
                {SLICE("target_server_principal_name"), &audit->target_login},
                {SLICE("target_database_principal_name"), &audit->target_user},
                {SLICE("server_instance_name"), &audit->server},
                {SLICE("database_name"), &audit->database},
                {SLICE("schema_name"), &audit->schema},
                {SLICE("object_name"), &audit->object}};
    Slice line;
    while (slice_cut(&text, '\n', &line)) {
        size_t colon = slice_find_char(line, ':');
        if (colon == SLICE_NOT_FOUND) continue;
        Slice name = slice_trim(slice_first(line, colon)), value = slice_skip(line, colon + 1);
        if (slice_eq(name, SLICE("statement"))) {
            value = slice_of(value.ptr, value.len + (text.len ? text.len + 1 : 0));
            audit->statement = slice_first(value, slice_find(value, SLICE("\nadditional_info")));
            return;
        }
        for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
            if (rows[i].to->len == 0 && slice_eq(name, rows[i].name)) {
                *rows[i].to = slice_trim(value);
            }
        }
    }
}

/* Microsoft, sys.dm_audit_actions. */
static const struct {
    Slice action;
    Verb verb;
} actions[] = {
    {SLICE_INIT("LGIS"), VERB_LOGON},          {SLICE_INIT("DBAS"), VERB_LOGON},
    {SLICE_INIT("LGIF"), VERB_LOGON_FAIL},     {SLICE_INIT("DBAF"), VERB_LOGON_FAIL},
    {SLICE_INIT("LGO"), VERB_LOGOFF},          {SLICE_INIT("DAGL"), VERB_LOGOFF},
    {SLICE_INIT("APRL"), VERB_ADD_MEMBER},     {SLICE_INIT("DPRL"), VERB_REMOVE_MEMBER},
    {SLICE_INIT("G"), VERB_CHANGE_ACL},        {SLICE_INIT("D"), VERB_CHANGE_ACL},
    {SLICE_INIT("R"), VERB_CHANGE_ACL},        {SLICE_INIT("GWG"), VERB_CHANGE_ACL},
    {SLICE_INIT("PWR"), VERB_RESET_PASSWORD},  {SLICE_INIT("PWRS"), VERB_RESET_PASSWORD},
    {SLICE_INIT("PWC"), VERB_CHANGE_PASSWORD}, {SLICE_INIT("PWCS"), VERB_CHANGE_PASSWORD},
    {SLICE_INIT("AUSC"), VERB_CHANGE_POLICY},  {SLICE_INIT("AUSF"), VERB_CHANGE_POLICY},
    {SLICE_INIT("LGDA"), VERB_DISABLE_USER},   {SLICE_INIT("LGEA"), VERB_ENABLE_USER},
    {SLICE_INIT("CR"), VERB_DB_SCHEMA},        {SLICE_INIT("AL"), VERB_DB_SCHEMA},
    {SLICE_INIT("DR"), VERB_DB_SCHEMA},        {SLICE_INIT("SL"), VERB_DB_QUERY},
    {SLICE_INIT("IN"), VERB_DB_QUERY},         {SLICE_INIT("UP"), VERB_DB_QUERY},
    {SLICE_INIT("DL"), VERB_DB_QUERY},         {SLICE_INIT("EX"), VERB_DB_QUERY},
};

/* CR, AL and DR of a login or a user. */
static Verb verb_of_statement(Slice statement, Verb otherwise)
{
    static const struct {
        Slice begins;
        Verb verb;
    } rows[] = {{SLICE_INIT("create login "), VERB_CREATE_USER},
                {SLICE_INIT("create user "), VERB_CREATE_USER},
                {SLICE_INIT("drop login "), VERB_DELETE_USER},
                {SLICE_INIT("drop user "), VERB_DELETE_USER},
                {SLICE_INIT("alter login "), VERB_CHANGE_USER},
                {SLICE_INIT("alter user "), VERB_CHANGE_USER}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (slice_starts_nocase(statement, rows[i].begins)) return rows[i].verb;
    }
    return otherwise;
}

static Verb verb_of(const Audit *audit)
{
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        if (!slice_eq(actions[i].action, audit->action)) continue;
        bool is_schema = actions[i].verb == VERB_DB_SCHEMA;
        return is_schema ? verb_of_statement(audit->statement, VERB_DB_SCHEMA) : actions[i].verb;
    }
    return VERB_OTHER;
}

static void set_people(Job *job, const Audit *audit)
{
    Slice name, domain;
    job_split_account(audit->login.len ? audit->login : audit->session_login, &name, &domain);
    job_set(job, RECORD_USER_NAME, name);
    job_set(job, RECORD_USER_DOMAIN, domain);
    job_set(job, RECORD_USER_EFFECTIVE_NAME, audit->effective);
    Slice target = audit->target_user.len ? audit->target_user : audit->target_login;
    job_split_account(target, &name, &domain);
    job_set(job, RECORD_USER_TARGET_NAME, name);
    job_set(job, RECORD_USER_TARGET_DOMAIN, domain);
}

/* database.schema.object, as far as they are said. */
static int set_thing(Job *job, const Audit *audit)
{
    Slice thing;
    int r = job_join(job, audit->database, '.', audit->schema, &thing);
    if (r == 0) r = job_join(job, thing, '.', audit->object, &thing);
    if (r < 0) return r;
    Verb verb = job->record->verb;
    if (verb == VERB_LOGON || verb == VERB_LOGON_FAIL || verb == VERB_LOGOFF) {
        thing = audit->server;
        job_set(job, RECORD_AKASHI_LOGON_TYPE, SLICE("network"));
    } else if (verb == VERB_ADD_MEMBER || verb == VERB_REMOVE_MEMBER) {
        job_set(job, RECORD_GROUP_NAME, audit->object);
    }
    if (verb == VERB_CREATE_USER || verb == VERB_DELETE_USER || verb == VERB_CHANGE_USER) {
        if (audit->target_login.len == 0 && audit->target_user.len == 0) {
            job_set(job, RECORD_USER_TARGET_NAME, audit->object);
        }
    }
    job_set_object(job, thing, audit->action);
    return 0;
}

static int audit_event(Job *job)
{
    Audit audit = {0};
    Slice text = event_text(job->event, "Data");
    read_audit(text.len ? text : job->known[KNOWN_WINDOWS_MESSAGE], &audit);
    job_begin(job, slice_eq(audit.succeeded, SLICE("true"))    ? OUTCOME_SUCCESS
                   : slice_eq(audit.succeeded, SLICE("false")) ? OUTCOME_FAILURE
                                                               : OUTCOME_UNKNOWN);
    job->record->verb = verb_of(&audit);
    if (job->record->verb == VERB_LOGON_FAIL) {
        job->record->outcome = OUTCOME_FAILURE;
        job_set(job, RECORD_EVENT_REASON, SLICE("authentication_failed"));
    }
    set_people(job, &audit);
    job_set(job, RECORD_AKASHI_SESSION, audit.session);
    if (job_is_address(audit.address)) job_set_source(job, audit.address, (Slice){0});
    job_set(job, RECORD_SERVICE_NAME, audit.server);
    job_set(job, RECORD_MESSAGE, job_first_line(slice_trim(audit.statement)));
    return set_thing(job, &audit);
}

/* --- the server's own log ------------------------------------------------------------------------
 */

/* Event 18456: the values are the login, the reason and ` [CLIENT: 192.0.2.1]`. */
static int login_failed(Job *job)
{
    Slice name = {0}, domain, client = {0};
    const Slice mark = SLICE("[CLIENT: ");
    for (size_t i = 0; i < job->event->field_count; i++) {
        const Field *field = &job->event->fields[i];
        if (!slice_eq(field->name, SLICE("Data"))) continue;
        if (name.len == 0) name = slice_trim(field->value);
        size_t at = slice_find(field->value, mark);
        if (at != SLICE_NOT_FOUND) client = slice_skip(field->value, at + mark.len);
    }
    job_begin(job, OUTCOME_FAILURE);
    job_split_account(name, &name, &domain);
    job_set(job, RECORD_USER_NAME, name);
    job_set(job, RECORD_USER_DOMAIN, domain);
    client = slice_first(client, slice_find_char(client, ']'));
    if (job_is_address(client)) job_set_source(job, client, (Slice){0});
    job_set(job, RECORD_EVENT_REASON, SLICE("authentication_failed"));
    job_set(job, RECORD_AKASHI_LOGON_TYPE, SLICE("network"));
    job_copy(job, RECORD_SERVICE_NAME, KNOWN_PROVIDER_NAME);
    job_set_object(job, job->record->text[RECORD_HOST_NAME], (Slice){0});
    return 0;
}

static const Rule rules[] = {
    {WINDOWS_SQL_SERVER, 33205, SLICE_INIT("win.33205"), VERB_OTHER, audit_event},
    {WINDOWS_SQL_SERVER, 18456, SLICE_INIT("win.18456"), VERB_LOGON_FAIL, login_failed},
};
const RuleTable windows_sql_rules = {rules, ARRAY_COUNT(rules)};
