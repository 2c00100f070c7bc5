/* Inside actions/: one line of Linux's audit log, taken apart.
 *
 * `[node=HOST ]type=TYPE msg=audit(SECONDS.MS:SERIAL): NAME=VALUE...` of auditd and its plug-in for
 * syslog, or `[audit: ]type=NUMBER audit(...): ...` of a kernel that has no auditd. Sources: Linux
 * Audit Project, "Audit Event Fields" and "Message dictionary"; linux/audit.h for the numbers;
 * auditd.conf(5), log_format = ENRICHED: names in capitals behind a byte 0x1d. */
#ifndef AKASHI_TRANSLATE_AUDITD_LINE_H
#define AKASHI_TRANSLATE_AUDITD_LINE_H

#include "base/arena.h"

typedef enum AuditType {
    AUDIT_OTHER, /* of no part of what is joined here */
    AUDIT_SYSCALL,
    AUDIT_PATH,
    AUDIT_CWD,
    AUDIT_EXECVE,
    AUDIT_PROCTITLE,
    AUDIT_EOE,
    AUDIT_USER_AUTH,
    AUDIT_USER_LOGIN,
    AUDIT_USER_START,
    AUDIT_USER_END,
    AUDIT_USER_CMD,
    AUDIT_LOGIN,
    AUDIT_CREDENTIALS, /* USER_ACCT, CRED_ACQ, CRED_REFR, CRED_DISP, USER_LOGOUT */
    AUDIT_ADD_USER,
    AUDIT_DEL_USER,
    AUDIT_ADD_GROUP,
    AUDIT_DEL_GROUP,
    AUDIT_USER_MGMT,
    AUDIT_PASSWORD, /* USER_CHAUTHTOK */
    AUDIT_CONFIG,
    AUDIT_DAEMON_END,
} AuditType;

typedef struct AuditLine {
    AuditType type;
    int64_t time_ns;
    uint64_t serial;
    Slice node; /* empty: the line does not say */
    Slice body; /* what is behind the colon */
} AuditLine;

/* False: not such a line, *ret undefined. tag: of the syslog message, empty for a line of a file.
 * Any user may write such a text to syslog; only the programs that write audit lines count. */
bool audit_line_take(Slice tag, Slice message, AuditLine *ret);

/* The first value of the name, without quotes; empty: there is none, or it says so itself
 * ((null), ?, (none)). */
Slice audit_value(Slice body, Slice name);
/* The same of a field that a stranger may have chosen: unquoted it is in hexadecimal. A zero byte
 * between parts (of a command line) becomes a blank. Empty on no memory too. */
Slice audit_text(Slice body, Slice name, Arena *arena);
/* Takes the next one off the front, decoded as audit_text does. False: there are no more. */
bool audit_next_text(Slice *body, Slice *ret_name, Slice *ret_value, Arena *arena);
/* -ENOENT: there is none, or it is no number. */
MUST_USE int audit_number(Slice body, Slice name, uint64_t *ret);
/* Numbers without 0x: the arguments of system calls, a0 to a3. 0: none. */
uint64_t audit_argument(Slice body, Slice name);

#endif
