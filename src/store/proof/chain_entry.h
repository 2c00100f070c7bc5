/* The bytes of the log: entries and segment headers, each with one form only (canonical), so that
 * its hash means something. Layout and the verifier's rules: doc/format/chain.md.
 *
 * An entry's body, all numbers little-endian:
 *   `AKE` version 1 | kind 1, zeros 3 | index 8 | log id 16 | time_ns 8 | what the kind says
 * A frame of chain.log: body length 4 | first 8 bytes of the body's leaf hash | body. */
#ifndef AKASHI_STORE_CHAIN_ENTRY_H
#define AKASHI_STORE_CHAIN_ENTRY_H

#include "base/buf.h"
#include "base/digest.h"
#include "store/proof/signing.h"

#define ENTRY_VERSION 1
#define ENTRY_HEAD_BYTES 40
#define ENTRY_BYTES_MAX 1024
#define FRAME_HEAD_BYTES 12
#define POLICY_BYTES_MAX 256
#define REASON_BYTES_MAX 512
#define SEGMENT_HEADER_BYTES_MAX (4 + 16 + 48 + 64 + 2 + POLICY_BYTES_MAX + 96)

/* A Buf over memory on the stack, for what is small: its digest must not depend on whether memory
 * was there. Not to be given to buf_done. */
static inline Buf buf_over(char *room, size_t bytes)
{
    return (Buf){.ptr = room, .capacity = bytes, .bytes_max = bytes};
}

typedef struct LogId {
    uint8_t bytes[16];
} LogId;
/* The first 16 bytes of SHA-256("akashi log 1\n" || first public key): no other key can begin it.
 */
LogId log_id_of(const PublicKey *first_key);

typedef enum EntryKind {
    ENTRY_GENESIS = 1,   /* the first entry, and only it */
    ENTRY_SEGMENT = 2,   /* a sealed segment */
    ENTRY_EPOCH = 3,     /* the next key, signed by the one it follows */
    ENTRY_TOMBSTONE = 4, /* a segment's records were deleted */
    ENTRY_NOTICE = 5,    /* something that an auditor should know */
    ENTRY_REPACK = 6,    /* segments were written anew, together, as one file */
    ENTRY_REDACTION = 7, /* some of a segment's records were deleted; its root stays what it was */
} EntryKind;

typedef struct SegmentHeader {
    LogId log_id;
    uint64_t number;                /* 0-based, without gaps */
    uint64_t first_leaf, last_leaf; /* numbers of records in the whole log, 0-based, without gaps */
    uint64_t count;                 /* last_leaf - first_leaf + 1 */
    int64_t from_ns, to_ns;         /* least and greatest time of its records */
    Digest root;                    /* of the segment's tree */
    Digest previous;                /* SHA-256 of the header before; zeros for number 0 */
    Slice policy;                   /* retention class, UTF-8, at most POLICY_BYTES_MAX */
    Digest index, dictionary, filter; /* SHA-256 of those parts; zeros: there is none */
} SegmentHeader;

typedef struct Tombstone {
    uint64_t segment;
    Digest header; /* SHA-256 of its header */
    uint8_t cause; /* TombstoneCause */
    Slice reason;  /* who and why, UTF-8, at most REASON_BYTES_MAX */
} Tombstone;
typedef enum TombstoneCause { TOMBSTONE_POLICY = 1, TOMBSTONE_OPERATOR = 2 } TombstoneCause;

typedef struct Redaction {
    uint64_t segment;
    Digest header;  /* SHA-256 of its header */
    uint64_t count; /* records deleted, 1 to those of the segment */
    Digest leaves;  /* SHA-256 over their leaves, in the order of their ranks */
    Slice reason;   /* who and why, UTF-8, at most REASON_BYTES_MAX */
} Redaction;

/* Runs of segment numbers, ascending, that do not touch. */
#define REPACK_RUNS_MAX 32
typedef struct RepackRun {
    uint64_t first, count;
} RepackRun;
typedef struct Repack {
    uint64_t file;    /* number of the file; its header's is this with REPACKED_BIT */
    Digest directory; /* SHA-256 of its directory, which has those of its blocks */
    Digest members;   /* SHA-256 over the header hashes of its members, by number */
    RepackRun runs[REPACK_RUNS_MAX];
    uint16_t run_count;
} Repack;
/* In the number of a header that is no segment's of the log but a re-packed file's. */
#define REPACKED_BIT ((uint64_t)1 << 63)

typedef enum NoticeCode {
    NOTICE_PAUSE = 1, /* nobody was there to make checkpoints, from the last one until to_ns */
    NOTICE_CUT = 2,   /* a torn end of chain.log, never promised to anybody, was cut off */
    NOTICE_CLOCK = 3, /* the clock stood at to_ns, before from_ns, the time already written */
} NoticeCode;

typedef struct ChainEntry {
    EntryKind kind;
    uint64_t index;
    LogId log_id;
    int64_t time_ns;
    union {
        struct {
            PublicKey key;
            int64_t gap_ns_max; /* between two checkpoints, unless a pause says otherwise */
        } genesis;
        SegmentHeader segment;
        struct {
            uint64_t epoch; /* from 1 on; epoch 0's key is in the genesis entry */
            PublicKey key;
            uint8_t signature[SIGNATURE_BYTES]; /* by the key of epoch - 1, over epoch_message */
        } epoch;
        Tombstone tombstone;
        Repack repack;
        Redaction redaction;
        struct {
            uint8_t code; /* NoticeCode */
            int64_t from_ns, to_ns;
        } notice;
    };
} ChainEntry;

void segment_header_add(Buf *buf, const SegmentHeader *header);
Digest segment_header_digest(const SegmentHeader *header);
void chain_entry_add(Buf *buf, const ChainEntry *entry);
/* -EBADMSG: not the one form of any entry; -EPROTO: another version. Slices point into body. */
MUST_USE int chain_entry_parse(Slice body, ChainEntry *ret);
MUST_USE int segment_header_parse(Slice bytes, SegmentHeader *ret);

/* What epoch's signature is over: "akashi epoch 1\n", the root of the log before this entry, the
 * entry's body without the signature. */
void epoch_message_add(Buf *buf, const ChainEntry *entry, const Digest *root_before);

void frame_add(Buf *buf, Slice body);
/* Takes a frame off the front. -EBADMSG: cut short, or its check does not hold; *bytes is untouched
 * then. */
MUST_USE int frame_take(Slice *bytes, Slice *ret_body, Digest *ret_leaf);

#endif
