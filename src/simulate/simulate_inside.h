/* Inside simulate/: the run, and the two things every act does: say what it is, and write lines. */
#ifndef AKASHI_SIMULATE_SIMULATE_INSIDE_H
#define AKASHI_SIMULATE_SIMULATE_INSIDE_H

#include "simulate/agenda.h"
#include "simulate/factory.h"
#include "simulate/outbox.h"

#define NS_PER_MINUTE (60 * NS_PER_SECOND)
#define NS_PER_HOUR (3600 * NS_PER_SECOND)
#define NS_PER_DAY (86400 * NS_PER_SECOND)

/* Windows logs that number their own records. PCs have two each behind these. */
enum { JOURNAL_DC, JOURNAL_FS, JOURNAL_DC_SYSTEM, JOURNAL_FS_SYSTEM, JOURNAL_PCS };

typedef struct Scenario Scenario;

/* What an action of an attack is part of; NULL in Sim: daily work. */
typedef struct AttackMark {
    const char *phase; /* intrusion, infection, spread, theft, destruction (D60); "none" */
    const char *rows;  /* `"D3","D10"`: the detection rows it should set off */
} AttackMark;

/* Moments as text, kept while the second stays the same. */
typedef struct ClockText {
    int64_t second;
    char utc[24];   /* 2026-11-20T08:40:37 */
    char bsd[20];   /* Nov 20 17:40:37, local (RFC 3164) */
    char date[12];  /* 2026-11-20, local */
    char clock[12]; /* 17:40:37, local */
} ClockText;

/* Of the Windows event being written: what comes behind its data. */
typedef struct WinTail {
    unsigned event_id;
    bool is_audit, failed;
    const char *provider;
} WinTail;

typedef struct Sim {
    const SimulateOptions *options;
    const Scenario *scenario;
    Dice dice;
    Dice side_dice; /* of act_side.c: what it does moves nobody else */
    Factory factory;
    Agenda agenda;
    Outbox outbox;
    ClockText clock;
    int64_t begin_ns, end_ns;
    int64_t at_ns;   /* of the next line */
    uint32_t action; /* to which lines belong */
    int error;       /* the first; the run ends with it */
    OutLine *line;   /* being written */
    bool first_field;
    WinTail event;
    bool is_busy; /* the day is a busy month end */
    uint64_t next_logon_id;
    unsigned next_handle, next_pid, next_port;
    uint64_t next_firewall_session;
    uint64_t next_mail, next_serial;
    uint64_t next_cloud_entry, next_statement, next_side_session;
    unsigned next_document; /* numbers that no other act touches */
    const AttackMark *attack;
    Person *actor; /* of the scenario */
    Person puppet; /* whom the attacker plays: a person's account at another's address */
} Sim;

/* Local calendar day of a moment, and back. */
int64_t sim_day(int64_t ns);
int64_t sim_day_begin_ns(int64_t day);
/* The clock for the next line goes on by least to most. */
void sim_wait(Sim *sim, int64_t least_ns, int64_t most_ns);
void sim_plan(Sim *sim, Task task);
const ClockText *sim_clock(Sim *sim);
/* Keeps the first error. */
void sim_fail(Sim *sim, int error);
/* The next process number (Windows: a multiple of four), port of a client, handle. */
unsigned sim_pid(Sim *sim);
unsigned sim_port(Sim *sim);
uint64_t sim_logon_id(Sim *sim);
Person *sim_anyone(Sim *sim);

/* --- actions: what a label says ------------------------------------------------------------------
 */
typedef struct Act {
    Verb verb;
    const Person *who;  /* NULL: use user, ip */
    Slice user, pc, ip; /* win over who's when not empty */
    Slice host;
    Slice object, target;
    Outcome outcome;
} Act;
/* From here on lines belong to this action. Returns what they belonged to before: actions nest. */
uint32_t act_begin(Sim *sim, const Act *act);
void act_end(Sim *sim, uint32_t before);

/* --- lines --------------------------------------------------------------------------------------
 */
/* Begins a line of a text source. Never NULL: after an error it is a line that goes nowhere. */
Buf *line_begin(Sim *sim, SimulateSource source);
void line_end(Sim *sim);
/* <PRI>Nov 20 17:40:37 HOST TAG: in front (RFC 3164). */
Buf *line_begin_syslog(Sim *sim, SimulateSource source, unsigned priority, const char *host,
                       const char *tag);
/* The whole line: what syslog(3) of a program sends. */
void line_syslog(Sim *sim, SimulateSource source, unsigned priority, const char *host,
                 const char *tag, const char *format, ...) PRINTF_LIKE(6, 7);

/* A path built in place; a cut one is marked by nothing, so room is larger than any. */
#define TEXT_BYTES 512
typedef struct Text {
    char bytes[TEXT_BYTES];
    size_t len;
} Text;
static inline Slice text_slice(const Text *text)
{
    return slice_of(text->bytes, text->len);
}
void text_format(Text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* A step of an attack: its labels carry the mark. */
typedef int64_t (*ScenarioStep)(Sim *sim, unsigned step);
struct Scenario {
    Slice name;
    /* Does step number `step` at sim->at_ns; returns how long until the next, 0: it was the last.
     */
    ScenarioStep step;
    /* Local hour at which it begins, on the first worked day (from the second on, when there are
     * several: one quiet day shows what is usual). */
    int hour;
    bool is_busy; /* every day is a busy one */
};
extern const Scenario scenarios[];
extern const size_t scenario_count;

#endif
