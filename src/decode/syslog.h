/* Syslog messages: RFC 5424, RFC 3164 and what devices send in its place. The deviations
 * understood, each with an example, are in doc/format/syslog.md; field names are in record/event.h.
 *
 * Beyond those names: `sequence`, the number that Cisco devices put in front (`123: `). */
#ifndef AKASHI_DECODE_SYSLOG_H
#define AKASHI_DECODE_SYSLOG_H

#include "decode/decoder.h"

/* One message without its framing. Anything with a <PRI> of 0 to 191 is syslog; without one, a time
 * with a host, tag or facility behind it, or a Cisco %TAG, must show that it is. NUL, CR and LF at
 * the end are no part of the message text; raw keeps them. Structured data that is not well-formed
 * stays in the message: PARSE_PARTIAL, reason SYSLOG_REASON_DATA.
 * -EBADMSG: not syslog; -ENOMEM. *ret untouched. offset and index of *ret are left 0. */
MUST_USE int syslog_decode(Slice message, const DecodeOptions *options, Arena *arena, Event *ret);

#define SYSLOG_REASON_DATA "syslog.structured_data"
#define SYSLOG_SD_NAME_BYTES_MAX 64 /* RFC 5424, 6.3.2 says 32; longer ones are not well-formed */

#endif
