/* What the company knows of itself and of the world, put on records: when it works, which addresses
 * are its own and where, which users, folders and servers it watches, which countries addresses are
 * in, what others know to be bad. README.md has the fields and their words.
 *
 * Made from the company's document (doc/operate/company.en.md), whose lists stand in files: the
 * caller reads them. context_new, context_add_file for each of the files, context_finish; from then
 * on it does not change, and any number of threads may ask it. Pure: no I/O, no clock, no globals.
 *
 * Limits: the document SOURCE_YAML_NODES_MAX values; CONTEXT_SITES_MAX, CONTEXT_DEPARTMENTS_MAX,
 * CONTEXT_DOMAINS_MAX, CONTEXT_FILES_MAX; CALENDAR_SHIFTS_MAX, WATCH_LISTS_MAX, WATCH_ENTRIES_MAX,
 * THREAT_LISTS_MAX, THREAT_ENTRIES_MAX. What is over is refused with a complaint. */
#ifndef AKASHI_TRANSLATE_CONTEXT_H
#define AKASHI_TRANSLATE_CONTEXT_H

#include "base/arena.h"
#include "base/complaint.h"
#include "record/event.h"
#include "record/record.h"
#include "translate/context/work_calendar.h"

#define CONTEXT_SITES_MAX 4096u
#define CONTEXT_DEPARTMENTS_MAX 256u
#define CONTEXT_MEMBERS_MAX 100000u /* users of departments, hosts and devices of sites */
#define CONTEXT_DOMAINS_MAX 64u
#define CONTEXT_FILES_MAX 128u
#define CONTEXT_NAME_BYTES_MAX 100u
#define CONTEXT_DOCUMENT_BYTES_MAX ((size_t)1 << 20)
#define CONTEXT_LIST_BYTES_MAX ((size_t)256 << 20)

typedef struct Context Context;

typedef struct ContextOptions {
    int zone_offset_seconds; /* of the calendar, where the document says none */
    uint64_t seed[2];        /* random outside of tests */
    int64_t now_ns; /* indicators no longer valid then are left out; TIME_UNKNOWN: all count */
} ContextOptions;

/* An empty document: what is true of every company in Japan. -EINVAL: the complaint has line and
 * column; -ENOMEM. *ret untouched. */
MUST_USE int context_new(Slice document, const ContextOptions *options, Context **ret,
                         Complaint *complaint);
void context_free(Context *context); /* NULL: nothing */

typedef enum ContextFileKind {
    CONTEXT_FILE_DEPARTMENT, /* users */
    CONTEXT_FILE_WATCH,
    CONTEXT_FILE_THREAT,
    CONTEXT_FILE_GEO,
} ContextFileKind;

/* A file that the document names. */
typedef struct ContextFile {
    ContextFileKind kind;
    Slice path;            /* as it is written: beside the document unless it begins with / */
    Slice list;            /* the list's name */
    unsigned line, column; /* where the document names it */
    uint32_t index;        /* of the list among its kind */
    Slice cell;            /* threat lists: the column's name, may be empty */
} ContextFile;
size_t context_file_count(const Context *context);
const ContextFile *context_file(const Context *context, size_t index);

/* What came of a file. */
typedef struct ContextTally {
    uint64_t added, refused, expired;
} ContextTally;
/* The file's bytes, which may go away afterwards. -EINVAL, -EBADMSG: the complaint says what and in
 * which line of that file; what could be understood is in use all the same. -ENOMEM. */
MUST_USE int context_add_file(Context *context, size_t index, Slice bytes, ContextTally *ret,
                              Complaint *complaint);
/* After the last file. -ENOMEM. */
MUST_USE int context_finish(Context *context);

/* The hashes of a file that the event names in fields of its own, for threat lists: file.hash.md5,
 * .sha1, .sha256, where the record has none. Slices of the event. */
void context_take_hashes(const Event *event, Record *record);
/* Puts on the record what is known as of its own time. -ENOMEM: some of it is missing. */
MUST_USE int context_enrich(const Context *context, Record *record, Arena *arena);
/* What an older translation of the same log was given stays with the new one, where both say the
 * same address, host or user: it was known at the time. */
void context_keep(const Record *older, Record *record);

const Calendar *context_calendar(const Context *context);
/* The departments, for people: false at the end. */
bool context_department(const Context *context, size_t index, Slice *ret_name,
                        uint32_t *ret_shifts);

/* Everything known of an address, for people who check what they wrote. */
typedef struct ContextAddress {
    Slice zone, site, country, threats; /* empty: nothing */
} ContextAddress;
/* -EINVAL: no address. -ENOMEM. */
MUST_USE int context_address(const Context *context, Slice text, Arena *arena, ContextAddress *ret);

#endif
