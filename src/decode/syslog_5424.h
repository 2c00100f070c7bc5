/* The header and structured data of RFC 5424, section 6. */
#ifndef AKASHI_DECODE_SYSLOG_5424_H
#define AKASHI_DECODE_SYSLOG_5424_H

#include "base/arena.h"
#include "record/event.h"

/* An empty slice: nil, or absent. */
typedef struct Syslog5424 {
    Slice version;
    Slice timestamp;
    int64_t time_ns;
    Slice host;
    Slice app;
    Slice procid;
    Slice msgid;
    Slice data;    /* the structured data as it stands; empty: nil or not well-formed */
    size_t params; /* how many fields syslog_5424_params adds */
    bool data_is_bad;
    Slice message;
} Syslog5424;

/* Reads what follows <PRI>. With has_version false the version is not there and the rest must be
 * strict, structured data included (VMware NSX files). -EBADMSG: not this form, *ret untouched. */
MUST_USE int syslog_5424_read(Slice text, bool has_version, Syslog5424 *ret);

/* Adds the structured data's fields at `fields`, which has room for header->params: SD-ID.PARAM, an
 * element without parameters as SD-ID with an empty value. -ENOMEM. */
MUST_USE int syslog_5424_params(const Syslog5424 *header, Arena *arena, Field *fields);

#endif
