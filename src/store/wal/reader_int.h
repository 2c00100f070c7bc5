/* The reader's insides, shared by store_reader.c (open) and store_scan.c. */
#ifndef AKASHI_STORE_READER_INT_H
#define AKASHI_STORE_READER_INT_H

#include "store/sealed/manifest.h"
#include "store/segment/segment.h"
#include "store/store.h"
#include "store/wal/block_walk.h"

typedef struct ReaderFile {
    StoreFile kind;
    uint32_t number;
    int fd; /* stays open: the file goes away when its rows are sealed */
    FileSurvey survey;
    uint64_t expected_row; /* number of its first row, if nothing is missing before it */
} ReaderFile;

struct StoreReader {
    StoreFolder folder;
    Secret *kek;
    BlockCodec *codec;
    StoreStats stats;
    uint64_t end_row;
    ReaderFile *files; /* of the log: wal files ascending, then tips ascending */
    size_t file_count, file_capacity;
    Manifest manifest;
    bool manifest_damaged;
    size_t segment_count;            /* without those that are deleted */
    int64_t expired_to_ns;           /* keep.h */
    StoreSegmentInfo *infos;         /* newest to_ns first */
    const ManifestSegment **entries; /* of each info */
    SegmentFileName *names;
};

#endif
