/* The reader's insides, shared by store_reader.c (open) and store_scan.c. */
#ifndef AKASHI_STORE_READER_INT_H
#define AKASHI_STORE_READER_INT_H

#include "store/plain/key_index.h"
#include "store/store.h"

typedef struct ReaderFile {
    uint32_t number;
    int fd; /* of a log; -1: segments are opened when they are scanned */
    FileSurvey survey;
    uint64_t expected_row; /* number of its first row, if nothing is missing before it */
} ReaderFile;

struct StoreReader {
    StoreFolder folder;
    BlockCodec *codec;
    StoreStats stats;
    ReaderFile *segments, *logs; /* ascending */
    size_t segment_count, log_count;
};

/* The file of a segment, for reading. */
int reader_open_segment(const StoreReader *reader, uint32_t number);

#endif
