/* A store's reader in memory: rows in an array behind the reader functions of store/store.h. Linked
 * in the place of store/ by tests that ask questions and need no disk. */
#ifndef AKASHI_TESTS_FAKE_READER_H
#define AKASHI_TESTS_FAKE_READER_H

#include "store/store.h"

struct StoreReader {
    const Row *rows;
    size_t count;
    size_t damaged; /* that many blocks are reported as damaged */
};

#endif
