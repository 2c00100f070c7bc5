/* What an auditor's program checks, without any secret and without trust in the machine that wrote
 * the log: that an exported folder holds together and follows from one public key. Rules and their
 * order: doc/format/chain.md, "Verification". No I/O here; main/akashi_verify.c reads the files.
 *
 * Order of calls: verify_log_entries, verify_log_checkpoints, then the others in any order. Each
 * returns VERIFY_HOLDS, VERIFY_BROKEN with *ret filled, or VERIFY_NO_MEMORY. After the first two
 * returned anything but VERIFY_HOLDS only verify_log_done may follow. The bytes given must stay
 * until then. */
#ifndef AKASHI_VERIFY_VERIFY_H
#define AKASHI_VERIFY_VERIFY_H

#include "verify/verify_hash.h"

#include <stdbool.h>

typedef enum VerifyResult { VERIFY_HOLDS, VERIFY_BROKEN, VERIFY_NO_MEMORY } VerifyResult;

/* The first bad thing. */
typedef struct Finding {
    const char *id; /* stable, such as "entry.hidden"; verify_words says it in words */
    const char
        *where; /* "entry" of chain.log, "checkpoint" of checkpoints.txt; "": a file as a whole */
    uint64_t number; /* which one, by its place in the file, 0-based */
} Finding;

typedef struct VerifyKey {
    uint8_t bytes[32];
    uint8_t log_id[16];
    char origin[40]; /* akashi/LOG-ID-HEX, NUL-terminated */
} VerifyKey;
/* Reads `akashi/LOG-ID-HEX+KEY-ID-HEX+BASE64` and a newline. False: it is not that, or the three do
 * not belong together. */
bool verify_key_parse(Bytes text, VerifyKey *ret);

typedef struct VerifyEntry {
    Hash leaf;
    int64_t time_ns;
    Bytes body;
    uint8_t kind;
} VerifyEntry;

typedef struct VerifySegment {
    Hash header;
    uint64_t entry, records;
    bool is_deleted;
} VerifySegment;

/* A file that segments were written to anew, together. */
typedef struct VerifyRepack {
    uint64_t file;
    Hash directory, members; /* of its directory; over the header hashes of those segments */
} VerifyRepack;

typedef struct VerifyEpoch {
    uint8_t key[32];
    uint8_t key_id[4];
    uint64_t entry; /* that announced it; 0 for epoch 0 */
} VerifyEpoch;

typedef struct VerifyCheckpoint {
    Hash text, root;
    uint64_t size, number, epoch;
    int64_t time_ns;
    Hash previous;
} VerifyCheckpoint;

/* A growing array. */
typedef struct VerifyList {
    void *items;
    size_t count, capacity;
} VerifyList;

/* The roots of the perfect subtrees, largest first (RFC 6962 2.1). */
typedef struct VerifyTree {
    uint64_t count;
    Hash peaks[64];
} VerifyTree;

typedef struct VerifyLog {
    VerifyKey key;
    VerifyList entries, segments, repacks, epochs, checkpoints; /* of the types above */
    VerifyTree tree; /* of the entries so far; then of those that the last checkpoint covers */
    Hash last_header;
    uint64_t next_leaf;
    int64_t gap_ns_max;
    uint64_t pauses, tombstones, redactions;
} VerifyLog;

void verify_log_init(VerifyLog *log, const VerifyKey *key);
void verify_log_done(VerifyLog *log);
VerifyResult verify_log_entries(VerifyLog *log, Bytes chain, Finding *ret);
VerifyResult verify_log_checkpoints(VerifyLog *log, Bytes notes, Finding *ret);
/* A checkpoint that came another way (by mail, from a witness): is it of this history? */
VerifyResult verify_log_given(VerifyLog *log, Bytes note, Finding *ret);
/* A proof file. */
VerifyResult verify_log_proof(VerifyLog *log, Bytes proof, Finding *ret);

/* The raw bytes of the record that a proof which holds shows (doc/format/segment.md, leaf): *ret
 * points into *ret_held, to be freed by the caller; a proof without its record gives NULL for both.
 * VERIFY_BROKEN: no record of this form. */
VerifyResult verify_proof_raw(Bytes proof, Bytes *ret, uint8_t **ret_held);

/* What a finding's id means, in one sentence. */
const char *verify_words(const char *id, bool is_japanese);

#endif
