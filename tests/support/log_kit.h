/* A small log for tests, made piece by piece with keys that come from a number: so that a test can
 * do what an attacker does who holds some of the keys. Nothing is checked here. */
#ifndef AKASHI_TESTS_LOG_KIT_H
#define AKASHI_TESTS_LOG_KIT_H

#include "store/proof/note.h"
#include "store/proof/tree.h"

#define LOG_KIT_MAX 64
#define LOG_KIT_SECOND ((int64_t)1000000000)
#define LOG_KIT_START ((int64_t)1795000000 * LOG_KIT_SECOND)
#define LOG_KIT_GAP_SECONDS 90

typedef struct LogKitPiece {
    char bytes[2048];
    size_t len;
} LogKitPiece;

typedef struct LogKit {
    uint64_t seed;
    Secret *keys[8];
    PublicKey public_keys[8];
    LogId log_id;
    LogKitPiece entries[LOG_KIT_MAX]; /* bodies */
    LogKitPiece notes[LOG_KIT_MAX];
    Checkpoint checkpoints[LOG_KIT_MAX]; /* of the notes */
    size_t entry_count, note_count;
    uint64_t segments, leaves;
    Digest headers[LOG_KIT_MAX];        /* of the segments */
    Digest leaf_hashes[LOG_KIT_MAX][4]; /* of their records */
    const char *policy;                 /* of the segments that follow */
} LogKit;

/* Other seeds: other keys, so another log. */
LogKit *log_kit_new(uint64_t seed);
void log_kit_free(LogKit *kit);

/* Times are seconds after LOG_KIT_START. Each takes the next place. */
void log_kit_genesis(LogKit *kit, int second);
void log_kit_segment(LogKit *kit, int second); /* of three records */
void log_kit_tombstone(LogKit *kit, int second, uint64_t segment);
/* Of segments [first, first + count) as one file. */
void log_kit_repack(LogKit *kit, int second, uint64_t first, uint64_t count);
void log_kit_redaction(LogKit *kit, int second, uint64_t segment, uint64_t records);
void log_kit_pause(LogKit *kit, int second, int from_second, int to_second);
/* key: whose public half is announced; by: who signs. */
void log_kit_epoch(LogKit *kit, int second, uint64_t epoch, size_t key, size_t by);
void log_kit_checkpoint(LogKit *kit, uint64_t size, int second, uint64_t epoch, size_t by);
/* The log that most tests begin with: 9 entries, 4 segments, 3 epochs, 8 checkpoints. */
void log_kit_usual(LogKit *kit);
/* The same again from nothing, but for the keys. */
void log_kit_forget(LogKit *kit);

void log_kit_remove_entry(LogKit *kit, size_t at);
void log_kit_remove_note(LogKit *kit, size_t at);
/* Root of the first `size` entries as they are now. */
Digest log_kit_root(const LogKit *kit, uint64_t size);

void log_kit_print(const LogKit *kit, Buf *chain, Buf *notes);
void log_kit_print_key(const LogKit *kit, Buf *to);
/* A proof of a record of a segment, against the last checkpoint. */
void log_kit_print_proof(const LogKit *kit, uint64_t segment, size_t record, bool is_shown,
                         Buf *to);

#endif
