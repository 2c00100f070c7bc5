/* Watch lists: named lists of users, terminals, addresses, folders, programs or other values, and
 * which of them a record names. Filled, finished, then only read, by any number of threads.
 *
 * What is compared is folded (base/fold.h).
 *   users      `taro` is the account of that name in every domain; `EXAMPLE\taro` and
 *              `taro@example.com` only where the record says no other domain
 *   hosts      `PC-021` and `pc-021.example.com` are one; with a domain on both sides these agree
 *   addresses  an address, a network, a range
 *   folders    `D:\人事` is that path and all below it, / and \ alike; a name without any is every
 *              folder and file of this name
 *   programs   `psexec.exe` wherever it lies; a whole path that one
 *   values     the whole value of the fields that the list names */
#ifndef AKASHI_TRANSLATE_WATCH_LIST_H
#define AKASHI_TRANSLATE_WATCH_LIST_H

#include "base/map.h"
#include "record/record.h"
#include "translate/context/network_map.h"

#define WATCH_LISTS_MAX 32u
#define WATCH_ENTRIES_MAX 100000u   /* of all lists; a further one is refused */
#define WATCH_VALUE_BYTES_MAX 1024u /* longer values are refused; of a record's so much is read */
#define WATCH_PARTS_MAX 64u         /* of a path: those behind are not looked at */

typedef enum WatchOf {
    WATCH_USERS,
    WATCH_HOSTS,
    WATCH_ADDRESSES,
    WATCH_FOLDERS,
    WATCH_PROGRAMS,
    WATCH_VALUES,
    WATCH_OF_COUNT,
} WatchOf;

/* A record's time within [from_ns, until_ns); a record of unknown time is in every span. */
typedef struct WatchSpan {
    int64_t from_ns, until_ns; /* INT64_MIN, INT64_MAX: without beginning, without end */
} WatchSpan;
#define WATCH_ALWAYS ((WatchSpan){INT64_MIN, INT64_MAX})

typedef struct WatchEntry WatchEntry;
typedef struct WatchNetwork WatchNetwork;

typedef struct Watch {
    Slice names[WATCH_LISTS_MAX];
    WatchOf of[WATCH_LISTS_MAX];
    uint32_t lists_of[RECORD_FIELD_COUNT]; /* the lists (bit by index) that are for the field */
    size_t list_count;
    RecordField fields[WATCH_OF_COUNT][RECORD_FIELD_COUNT]; /* asked of each kind */
    size_t field_count[WATCH_OF_COUNT];
    Arena arena;
    Map map; /* kind and folded value: one higher than the first entry */
    WatchEntry *entries;
    size_t entry_count, entry_capacity;
    WatchNetwork *networks;
    size_t network_count, network_capacity;
    NetworkMap addresses; /* the lists that an address may be on */
} Watch;

void watch_init(Watch *watch, const uint64_t seed[2]);
void watch_done(Watch *watch);
/* The fields that lists of this kind are for unless they say so. None for values. */
const RecordField *watch_usual_fields(WatchOf of, size_t *ret_count);
/* Which list it is, from 0. The name lives as long as the watch. -E2BIG. */
MUST_USE int watch_add_list(Watch *watch, Slice name, WatchOf of, const RecordField *fields,
                            size_t field_count);
/* -EINVAL: empty, too long, not an address; -E2BIG, -ENOMEM. */
MUST_USE int watch_add(Watch *watch, unsigned list, Slice value, WatchSpan span);
MUST_USE int watch_finish(Watch *watch);
/* The lists (bit by index) that the record is on. */
uint32_t watch_find(const Watch *watch, const Record *record);

/* `EXAMPLE\taro` and `taro@example.com` in two. */
void account_split(Slice text, Slice *ret_name, Slice *ret_domain);

#endif
