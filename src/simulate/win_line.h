/* Windows events as JSON lines, in the shape that Winlogbeat 8 writes (its reference, "Exported
 * fields", winlog.*): keys in alphabetical order, values of event_data all text, in the order in
 * which Windows has them. */
#ifndef AKASHI_SIMULATE_WIN_LINE_H
#define AKASHI_SIMULATE_WIN_LINE_H

#include "simulate/simulate_inside.h"

/* A log of one machine. */
typedef struct WinLog {
    SimulateSource source;
    uint32_t journal;
    char computer[48];
} WinLog;

WinLog win_log_dc(void);
WinLog win_log_fs(void);
WinLog win_log_pc(const Person *person);

/* Somebody as events name him. */
typedef struct WinWho {
    unsigned rid; /* 0: a well-known one, sid says which */
    const char *sid;
    const char *name;
    const char *domain;
    uint64_t logon_id;
} WinWho;
WinWho win_person(const Person *person, uint64_t logon_id);
/* The machine's own account, PC-0001$, as the system uses it. */
WinWho win_machine(const char *computer);

/* Begins an event; its data follow in any number, then win_end. */
void win_begin(Sim *sim, const WinLog *log, unsigned event_id, bool failed);
void win_end(Sim *sim);
/* Values without characters that JSON escapes; win_text for all others. */
void win_plain(Sim *sim, const char *name, const char *value);
void win_text(Sim *sim, const char *name, Slice value);
void win_hex(Sim *sim, const char *name, uint64_t value);
void win_number(Sim *sim, const char *name, uint64_t value);
void win_sid(Sim *sim, const char *name, const WinWho *who);
/* SubjectUserSid, SubjectUserName, SubjectDomainName, SubjectLogonId, or Target... without the id
 * when logon_id is 0. */
void win_who(Sim *sim, const char *prefix, const WinWho *who);
/* AccessMask and AccessList: the rights of file objects (winnt.h) as message numbers. */
void win_access(Sim *sim, unsigned mask);
/* An event of another log than Security. */
void win_begin_of(Sim *sim, const WinLog *log, unsigned event_id, const char *channel,
                  const char *provider, const char *level);

#endif
