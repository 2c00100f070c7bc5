/* See win_line.h. */
#include "simulate/win_line.h"

#include "base/json_text.h"
#include "base/number.h"

#include <stdio.h>

#define SECURITY_PROVIDER "Microsoft-Windows-Security-Auditing"
#define EVENTLOG_PROVIDER "Microsoft-Windows-Eventlog"

/* Task names: the messages of Microsoft's "Security audit events" table. */
typedef struct WinTask {
    unsigned event_id;
    const char *name;
} WinTask;
static const WinTask tasks[] = {
    {4624, "Logon"},
    {4625, "Logon"},
    {4634, "Logoff"},
    {4647, "Logoff"},
    {4648, "Logon"},
    {4656, "File System"},
    {4658, "File System"},
    {4660, "File System"},
    {4663, "File System"},
    {4670, "File System"},
    {4672, "Special Logon"},
    {4688, "Process Creation"},
    {4689, "Process Termination"},
    {4719, "Audit Policy Change"},
    {4720, "User Account Management"},
    {4722, "User Account Management"},
    {4723, "User Account Management"},
    {4724, "User Account Management"},
    {4725, "User Account Management"},
    {4726, "User Account Management"},
    {4728, "Security Group Management"},
    {4738, "User Account Management"},
    {4740, "User Account Management"},
    {4767, "User Account Management"},
    {4768, "Kerberos Authentication Service"},
    {4769, "Kerberos Service Ticket Operations"},
    {4771, "Kerberos Authentication Service"},
    {4776, "Credential Validation"},
    {5140, "File Share"},
    {5145, "Detailed File Share"},
    {6416, "Plug and Play Events"},
    {1102, "Log clear"},
};

static const char *task_name(unsigned event_id)
{
    for (size_t i = 0; i < ARRAY_COUNT(tasks); i++) {
        if (tasks[i].event_id == event_id) return tasks[i].name;
    }
    return NULL;
}

WinLog win_log_dc(void)
{
    return (WinLog){SIMULATE_DC, JOURNAL_DC, "dc01." FACTORY_DNS};
}
WinLog win_log_fs(void)
{
    return (WinLog){SIMULATE_FS, JOURNAL_FS, "fs01." FACTORY_DNS};
}
WinLog win_log_pc(const Person *person)
{
    WinLog log = {SIMULATE_PCS, JOURNAL_PCS + 2 * person->index, ""};
    snprintf(log.computer, sizeof log.computer, "%s." FACTORY_DNS, person->pc);
    return log;
}

WinWho win_person(const Person *person, uint64_t logon_id)
{
    return (WinWho){person->rid, NULL, person->account, FACTORY_DOMAIN, logon_id};
}

WinWho win_machine(const char *computer)
{
    return (WinWho){0, "S-1-5-18", computer, FACTORY_DOMAIN, 0x3e7};
}

static void add_key(Sim *sim, Buf *to, const char *name)
{
    if (!sim->first_field) buf_add_char(to, ',');
    sim->first_field = false;
    buf_add_char(to, '"');
    buf_add_cstr(to, name);
    buf_add_cstr(to, "\":");
}

static Buf *text_of(Sim *sim)
{
    return sim->line ? &sim->line->text : &sim->outbox.scratch;
}

void win_plain(Sim *sim, const char *name, const char *value)
{
    Buf *to = text_of(sim);
    add_key(sim, to, name);
    buf_add_char(to, '"');
    buf_add_cstr(to, value);
    buf_add_char(to, '"');
}

void win_text(Sim *sim, const char *name, Slice value)
{
    Buf *to = text_of(sim);
    add_key(sim, to, name);
    json_add_string(to, value);
}

void win_hex(Sim *sim, const char *name, uint64_t value)
{
    char text[NUMBER_TEXT_MAX + 1];
    text[number_print_hex(text, value)] = '\0';
    win_plain(sim, name, text);
}

void win_number(Sim *sim, const char *name, uint64_t value)
{
    char text[NUMBER_TEXT_MAX + 1];
    text[number_print_u64(text, value)] = '\0';
    win_plain(sim, name, text);
}

void win_sid(Sim *sim, const char *name, const WinWho *who)
{
    char text[80];
    if (who->rid == 0) {
        win_plain(sim, name, who->sid);
        return;
    }
    snprintf(text, sizeof text, FACTORY_SID "-%u", who->rid);
    win_plain(sim, name, text);
}

void win_who(Sim *sim, const char *prefix, const WinWho *who)
{
    char name[40];
    snprintf(name, sizeof name, "%sUserSid", prefix);
    win_sid(sim, name, who);
    snprintf(name, sizeof name, "%sUserName", prefix);
    win_plain(sim, name, who->name);
    snprintf(name, sizeof name, "%sDomainName", prefix);
    win_plain(sim, name, who->domain);
    if (who->logon_id == 0) return;
    snprintf(name, sizeof name, "%sLogonId", prefix);
    win_hex(sim, name, who->logon_id);
}

/* winnt.h and the message file of Security-Auditing: bit and number. */
typedef struct Right {
    unsigned bit;
    const char *text;
} Right;
static const Right rights[] = {
    {0x10000, "%%1537"},  {0x20000, "%%1538"}, {0x40000, "%%1539"}, {0x80000, "%%1540"},
    {0x100000, "%%1541"}, {0x1, "%%4416"},     {0x2, "%%4417"},     {0x4, "%%4418"},
    {0x8, "%%4419"},      {0x10, "%%4420"},    {0x20, "%%4421"},    {0x40, "%%4422"},
    {0x80, "%%4423"},     {0x100, "%%4424"},
};

void win_access(Sim *sim, unsigned mask)
{
    Buf *to = text_of(sim);
    add_key(sim, to, "AccessList");
    buf_add_char(to, '"');
    bool first = true;
    for (size_t i = 0; i < ARRAY_COUNT(rights); i++) {
        if (!(mask & rights[i].bit)) continue;
        if (!first) buf_add_cstr(to, "\\n\\t\\t\\t\\t");
        first = false;
        buf_add_cstr(to, rights[i].text);
    }
    buf_add_char(to, '"');
    win_hex(sim, "AccessMask", mask);
}

static void begin(Sim *sim, const WinLog *log)
{
    char milli[8];
    Buf *to = line_begin(sim, log->source);
    snprintf(milli, sizeof milli, ".%03u", (unsigned)(sim->at_ns / NS_PER_MS % 1000));
    if (sim->line) sim->line->journal = log->journal;
    sim->first_field = true;
    buf_add_cstr(to, "{\"@timestamp\":\"");
    buf_add_cstr(to, sim_clock(sim)->utc);
    buf_add_cstr(to, milli);
    buf_add_cstr(to, "Z\",");
}

static void begin_winlog(Buf *to, const WinLog *log, const char *channel, const char *data)
{
    buf_add_cstr(to, "\"winlog\":{\"api\":\"wineventlog\",\"channel\":\"");
    buf_add_cstr(to, channel);
    buf_add_cstr(to, "\",\"computer_name\":\"");
    buf_add_cstr(to, log->computer);
    buf_add_cstr(to, "\",\"");
    buf_add_cstr(to, data);
    buf_add_cstr(to, "\":{");
}

void win_begin(Sim *sim, const WinLog *log, unsigned event_id, bool failed)
{
    bool clears = event_id == 1102;
    sim->event = (WinTail){.event_id = event_id,
                           .is_audit = true,
                           .failed = failed,
                           .provider = clears ? EVENTLOG_PROVIDER : SECURITY_PROVIDER};
    begin(sim, log);
    Buf *to = text_of(sim);
    buf_add_cstr(to, "\"event\":{\"code\":\"");
    buf_add_u64(to, event_id);
    buf_add_cstr(to, failed ? "\",\"kind\":\"event\",\"outcome\":\"failure\",\"provider\":\""
                            : "\",\"kind\":\"event\",\"outcome\":\"success\",\"provider\":\"");
    buf_add_cstr(to, sim->event.provider);
    buf_add_cstr(to, "\"},\"log\":{\"level\":\"information\"},");
    begin_winlog(to, log, "Security", clears ? "user_data" : "event_data");
}

void win_begin_of(Sim *sim, const WinLog *log, unsigned event_id, const char *channel,
                  const char *provider, const char *level)
{
    sim->event = (WinTail){.event_id = event_id, .provider = provider};
    begin(sim, log);
    Buf *to = text_of(sim);
    buf_add_format(to,
                   "\"event\":{\"code\":\"%u\",\"kind\":\"event\",\"provider\":\"%s\"},"
                   "\"log\":{\"level\":\"%s\"},",
                   event_id, provider, level);
    begin_winlog(to, log, channel, "event_data");
}

static void add_audit(Buf *to, const WinTail *event)
{
    bool clears = event->event_id == 1102;
    buf_add_cstr(to, event->failed ? ",\"keywords\":[\"Audit Failure\"],\"opcode\":\"Info\""
                                   : ",\"keywords\":[\"Audit Success\"],\"opcode\":\"Info\"");
    buf_add_cstr(to, clears ? ",\"process\":{\"pid\":1180,\"thread\":{\"id\":"
                            : ",\"process\":{\"pid\":760,\"thread\":{\"id\":");
    buf_add_u64(to, 4 * (event->event_id % 997));
    buf_add_cstr(to, clears ? "}},\"provider_guid\":\"{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}\""
                            : "}},\"provider_guid\":\"{54849625-5478-4994-a5ba-3e3b0328c30d}\"");
}

/* What stands behind the data. */
void win_end(Sim *sim)
{
    Buf *to = text_of(sim);
    const WinTail *event = &sim->event;
    const char *task = task_name(event->event_id);
    buf_add_cstr(to, "},\"event_id\":\"");
    buf_add_u64(to, event->event_id);
    buf_add_char(to, '"');
    if (event->is_audit) add_audit(to, event);
    buf_add_cstr(to, ",\"provider_name\":\"");
    buf_add_cstr(to, event->provider);
    buf_add_cstr(to, "\",\"record_id\":\"");
    if (sim->line) sim->line->record_at = to->len;
    buf_add_char(to, '"');
    if (task) {
        buf_add_cstr(to, ",\"task\":\"");
        buf_add_cstr(to, task);
        buf_add_char(to, '"');
    }
    buf_add_cstr(to, "}}");
    line_end(sim);
}
