/* Inside verify/: shared by entries, checkpoints and proofs. */
#ifndef AKASHI_VERIFY_VERIFY_INSIDE_H
#define AKASHI_VERIFY_VERIFY_INSIDE_H

#include "verify/verify.h"
#include "verify/verify_text.h"

#define VERSION 1
#define NOTE_BYTES_MAX 8192
#define SIGNATURES_MAX 16
#define ENTRY_HEAD_BYTES 40
#define ENTRY_BYTES_MAX 1024
#define FRAME_HEAD_BYTES 12
#define PATH_MAX_HASHES 64
#define REPACK_RUNS_MAX 32

enum {
    KIND_GENESIS = 1,
    KIND_SEGMENT,
    KIND_EPOCH,
    KIND_TOMBSTONE,
    KIND_NOTICE,
    KIND_REPACK,
    KIND_REDACTION
};
enum { NOTICE_PAUSE = 1 };

/* Room for one more item, zeroed. NULL: no memory. */
void *verify_list_add(VerifyList *list, size_t item_bytes);
static inline VerifyEntry *entry_at(const VerifyLog *log, uint64_t i)
{
    return (VerifyEntry *)log->entries.items + i;
}
static inline VerifySegment *segment_at(const VerifyLog *log, uint64_t i)
{
    return (VerifySegment *)log->segments.items + i;
}
static inline VerifyEpoch *epoch_at(const VerifyLog *log, uint64_t i)
{
    return (VerifyEpoch *)log->epochs.items + i;
}
static inline VerifyCheckpoint *checkpoint_at(const VerifyLog *log, uint64_t i)
{
    return (VerifyCheckpoint *)log->checkpoints.items + i;
}

static inline VerifyResult broken(Finding *ret, const char *id, const char *where, uint64_t number)
{
    *ret = (Finding){id, where, number};
    return VERIFY_BROKEN;
}

static inline uint64_t read_u64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline int64_t read_i64(const uint8_t *at)
{
    return (int64_t)read_u64(at);
}

/* A segment header where it lies in an entry's body. */
#define HEADER_FIXED_BYTES (4 + 16 + 48 + 64 + 2)
typedef struct HeaderFields {
    const uint8_t *log_id;
    uint64_t number, first_leaf, last_leaf, count;
    int64_t from_ns, to_ns;
    const uint8_t *root, *previous;
} HeaderFields;
/* False: not the one form. The version byte is not looked at. */
bool verify_header_parse(Bytes bytes, HeaderFields *ret);

/* The first 4 bytes of SHA-256(origin, newline, 0x01, key): c2sp.org/signed-note. */
void verify_key_id(const VerifyKey *log_key, const uint8_t key[32], uint8_t ret[4]);

Hash verify_leaf(Bytes bytes);
Hash verify_node(const Hash *left, const Hash *right);
bool verify_hash_eq(const Hash *a, const Hash *b);
void verify_tree_add(VerifyTree *tree, const Hash *leaf);
Hash verify_tree_root(const VerifyTree *tree);
/* RFC 9162 2.1.3.2. */
bool verify_inclusion(const Hash *leaf, uint64_t index, uint64_t count, const Hash *path,
                      size_t path_count, const Hash *root);

#endif
