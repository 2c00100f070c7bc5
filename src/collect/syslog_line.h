/* A syslog line made of what an envelope says: so that a line that came by another road is known by
 * the same rules as if its device had sent it itself. */
#ifndef AKASHI_COLLECT_SYSLOG_LINE_H
#define AKASHI_COLLECT_SYSLOG_LINE_H

#include "base/buf.h"

typedef struct SyslogLine {
    int priority;    /* facility * 8 + severity, RFC 5424 6.2.1 */
    int64_t time_ns; /* 0: unknown */
    Slice host, tag, pid, message;
} SyslogLine;

/* Appends `<38>2026-11-20T08:40:37Z host tag[pid]: message`. Blanks and control characters in host,
 * tag and pid become `_`; an empty host or tag is `-`. */
void syslog_line_add(Buf *to, const SyslogLine *line);

#endif
