/* A factory that never was, writing the logs that a real one writes.
 *
 * People come and go by shift and calendar, open, save and move documents, browse, mail, print
 * nothing and forget passwords; scenarios put an attack into their midst. Each source's lines come
 * in its own real format, and each human action comes as a label that says what it was and which
 * lines it made. Pure: no I/O, no clock, no globals; the same options give the same bytes.
 *
 * Addresses: 10.0.0.0/8 inside. Outside: 192.0.2.0/24 web and mail servers, 203.0.113.0/24 the
 * company's own and its people's homes, 198.51.100.0/24 abroad. Nothing real is named. Local times
 * in lines without a zone are Japan's (SIMULATE_ZONE_SECONDS). */
#ifndef AKASHI_SIMULATE_SIMULATE_H
#define AKASHI_SIMULATE_SIMULATE_H

#include "base/complaint.h"
#include "base/time_text.h"
#include "record/record.h"

#define SIMULATE_ZONE_SECONDS (9 * 3600)
#define SIMULATE_PEOPLE_MIN 8
#define SIMULATE_PEOPLE_MAX 5000
#define SIMULATE_DAYS_MAX 3660

/* Each source is one file. */
typedef enum SimulateSource {
    SIMULATE_DC,       /* Security log of the domain controller */
    SIMULATE_FS,       /* Security log of the Windows file server */
    SIMULATE_PCS,      /* Security logs of the PCs, forwarded to one place */
    SIMULATE_SYSTEM,   /* System logs of the servers */
    SIMULATE_DEFENDER, /* Defender logs of the PCs */
    SIMULATE_FORTIGATE,
    SIMULATE_YAMAHA,
    SIMULATE_SQUID,
    SIMULATE_POSTFIX,
    SIMULATE_BIND,
    SIMULATE_DHCP,
    SIMULATE_SAMBA,
    SIMULATE_AUTH,     /* sshd, sudo and PAM of the Linux server */
    SIMULATE_CLOUD,    /* Microsoft 365: sign-ins and audit log */
    SIMULATE_DATABASE, /* PostgreSQL of the production system */
    SIMULATE_SOURCE_COUNT
} SimulateSource;
/* `dc01.security.jsonl` and so on. */
const char *simulate_source_file(SimulateSource source);

typedef struct SimulateOptions {
    uint64_t seed;
    unsigned people_count;
    int64_t first_day; /* days since 1970-01-01, Japan's calendar; years 2000 to 2099 */
    unsigned day_count;
    Slice scenario;
    Language names; /* LANGUAGE_JA: Japanese file and share names; LANGUAGE_EN: romaji */
} SimulateOptions;

/* Both are called in the order of time; negative stops. A line is one message without its end of
 * line; line_number counts from 1 in its source's file. A label is a JSON object, and comes when
 * its last line has come. Slices live until the call returns. */
typedef struct SimulateSink {
    int (*line)(void *context, SimulateSource source, uint64_t line_number, int64_t time_ns,
                Slice line);
    int (*label)(void *context, Slice label);
    void *context;
} SimulateSink;

/* The scenarios in their order; NULL at the end. Their words: words_simulate_scenarios. */
Slice simulate_scenario_name(size_t index);
const char *simulate_scenario_words(size_t index, Language language);

/* -EINVAL with a complaint for options out of range and unknown scenarios. */
MUST_USE int simulate_judge(const SimulateOptions *options, Complaint *complaint);
/* Runs it from beginning to end. Memory depends on people_count alone. What simulate_judge says,
 * -ENOMEM, or what the sink returned. */
MUST_USE int simulate_run(const SimulateOptions *options, const SimulateSink *sink,
                          Complaint *complaint);

#endif
