/* The small vocabularies of syslog: facilities, severities, and words that look like a host. */
#ifndef AKASHI_DECODE_SYSLOG_WORDS_H
#define AKASHI_DECODE_SYSLOG_WORDS_H

#include "base/cleanup.h"
#include "base/slice.h"

/* `daemon.info` (BusyBox, OpenWrt), also in angle brackets (FreeBSD). Numbers as in RFC 5424,
 * tables 1 and 2. -EBADMSG: not such a pair. */
MUST_USE int syslog_pair_read(Slice word, unsigned *ret_facility, unsigned *ret_severity);

/* The severity in a Cisco tag: %ASA-6-302013, and the letters of Cisco's small business switches,
 * %LINK-W-Down. -EBADMSG: not such a tag. */
MUST_USE int syslog_cisco_severity(Slice tag, unsigned *ret_severity);

/* INFO, WARN and so on: a program's own log line, not a host. */
bool syslog_is_level_word(Slice word);

/* Letters, digits, and what addresses have; a colon only in something like an IPv6 address. */
bool syslog_is_host(Slice word);

#endif
