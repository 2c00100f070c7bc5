/* Inside actions/: one event of auditd, all its lines together. */
#ifndef AKASHI_TRANSLATE_AUDITD_EVENT_H
#define AKASHI_TRANSLATE_AUDITD_EVENT_H

#include "translate/actions/action_state.h"

#define AUDIT_PATHS_MAX 16
#define AUDIT_LINES_MAX 24
#define AUDIT_EXECVE_MAX 8      /* lines of one program's words */
#define AUDIT_UNSET 4294967295u /* auid and ses of what nobody who logged on has started */

typedef struct AuditBody {
    AuditType type;
    Slice body;
} AuditBody;

typedef struct AuditEvent {
    Actions *actions;
    Op *op;
    Slice syscall, cwd, proctitle; /* bodies; empty: none came */
    Slice execve[AUDIT_EXECVE_MAX];
    Slice paths[AUDIT_PATHS_MAX];
    AuditBody lines[AUDIT_LINES_MAX]; /* of programs, in their order */
    size_t path_count, line_count, execve_count;
} AuditEvent;

/* Makes the op an OP_FILE or OP_RECORD. False: there is nothing to tell. */
bool audit_judge_syscall(AuditEvent *event); /* auditd_syscall.c */
bool audit_judge_people(AuditEvent *event);  /* auditd_people.c */

/* The person's session, as a line of theirs tells it, held by the op. False: no room. */
bool audit_find_session(AuditEvent *event, Slice body);
/* The op's who and where, on which host, from which source: for a record of one's own. */
void audit_fill_record(AuditEvent *event, Slice body, Record *record);
/* Is the line of a program that lets people in: sshd, login, a desktop? */
bool audit_lets_in(Slice body);
/* The op is the record's. */
bool audit_hold(AuditEvent *event, const Record *record, OpRule rule);

#endif
