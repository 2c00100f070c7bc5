/* Merkle trees of RFC 6962 section 2.1 (the same in RFC 9162): a leaf is hashed behind 0x00, a node
 * behind 0x01, so neither passes for the other.
 *
 * Two kinds of trees stand on it: a segment's, over its records in order, and the log's, over its
 * entries. Tree holds one with O(log n) memory while it grows; proofs are made from all leaf
 * hashes, which are computed again when somebody asks. */
#ifndef AKASHI_STORE_TREE_H
#define AKASHI_STORE_TREE_H

#include "base/cleanup.h"
#include "base/digest.h"

#define TREE_PATH_MAX 64 /* hashes in any proof */

/* The roots of the perfect subtrees, largest first: one for each 1 bit of count. */
typedef struct Tree {
    uint64_t count;
    Digest peaks[64];
} Tree;

Digest tree_leaf(Slice bytes);
Digest tree_node(const Digest *left, const Digest *right);
/* SHA-256(0x00 || blind || canonical record bytes); the blind is 16 bytes (crypt_blind). */
Digest tree_record_leaf(const uint8_t blind[16], Slice record);
/* The same of pieces that follow each other. */
#define TREE_PIECES_MAX 4
Digest tree_record_leaf_of(const uint8_t blind[16], const Slice *pieces, size_t count);
/* Several of them, which take less time together (digest_sha256_many); TREE_RECORDS_MAX. */
#define TREE_RECORDS_MAX 8
typedef struct TreeRecord {
    uint8_t blind[16];
    Slice pieces[TREE_PIECES_MAX];
    size_t count;
} TreeRecord;
void tree_record_leaves(const TreeRecord *records, size_t count, Digest *ret);

/* An empty tree is zeroed memory. */
void tree_add(Tree *tree, const Digest *leaf);
/* Of the empty tree: SHA-256 of nothing. */
Digest tree_root(const Tree *tree);

typedef struct TreePath {
    size_t count;
    Digest hashes[TREE_PATH_MAX];
} TreePath;

/* PATH(index, leaves) and PROOF(old_count, leaves) of RFC 9162 2.1.3.1 and 2.1.4.1. -EINVAL: index
 * not below count; old_count 0 or above count. */
MUST_USE int tree_inclusion(const Digest *leaves, uint64_t count, uint64_t index, TreePath *ret);
MUST_USE int tree_consistency(const Digest *leaves, uint64_t count, uint64_t old_count,
                              TreePath *ret);
/* The verifications of RFC 9162 2.1.3.2 and 2.1.4.2. */
bool tree_inclusion_holds(const Digest *leaf, uint64_t index, uint64_t count, const TreePath *path,
                          const Digest *root);
bool tree_consistency_holds(uint64_t old_count, const Digest *old_root, uint64_t count,
                            const Digest *root, const TreePath *path);

#endif
