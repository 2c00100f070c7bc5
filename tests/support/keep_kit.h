/* For tests of what is kept and what goes (store/keep.h): a store whose rows are of three classes,
 * and what must be in it, may be, and must not. */
#ifndef AKASHI_TESTS_KEEP_KIT_H
#define AKASHI_TESTS_KEEP_KIT_H

#include "tests/support/store_kit.h"

#include "store/keep.h"

#define KEEP_DAY ((int64_t)86400 * 1000000000)
#define KEEP_ROWS_MAX 2000

typedef enum KeepState {
    KEEP_ABSENT,  /* was not put in */
    KEEP_PRESENT, /* is there */
    KEEP_GOING,   /* is there or not: what takes it out did not return yet */
    KEEP_GONE,    /* is not there */
} KeepState;

/* By the id of kit_row. Classes by id: of three one each brief, standard, audit. */
typedef struct KeepBook {
    uint8_t states[KEEP_ROWS_MAX];
    uint64_t next;
} KeepBook;

#define KEEP_BRIEF 0
const StoreOptions *keep_options(void);
MUST_USE int keep_open(const Os *os, const char *folder, Store **ret);

/* Appends rows and seals them. */
MUST_USE int keep_add(Store *store, KeepBook *book, uint64_t count);
/* Brief ones a day, others 30, audit for ever. */
StoreRetention keep_retention(void);
/* All of that class (NULL: all) that are there: from a state into another. */
void keep_mark(KeepBook *book, int class_index, KeepState from, KeepState to);
/* Those of every nth id. */
void keep_mark_each(KeepBook *book, uint64_t nth, KeepState from, KeepState to);
/* Deletes rows with every nth id; numbers are ids + 1 where all were added by keep_add. */
MUST_USE int keep_delete_each(Store *store, const KeepBook *book, uint64_t nth, bool dry_run,
                              StoreDeleted *ret);

/* The store has what the book says, each row as it was put in and once; each segment holds by its
 * root, and the chain by the auditor's checks. False, and says why, when not. */
bool keep_check(const Os *os, const char *folder, const KeepBook *book);
/* The same, but the chain's ends may be torn: the store was not opened since the power was cut. */
bool keep_check_cut(const Os *os, const char *folder, const KeepBook *book);

#endif
