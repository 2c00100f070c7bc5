/* See tree.h: hashing and the growing tree. */
#include "store/proof/tree.h"

#include "base/check.h"

Digest tree_leaf(Slice bytes)
{
    Slice pieces[] = {SLICE("\0"), bytes};
    return digest_sha256(pieces, ARRAY_COUNT(pieces));
}

Digest tree_node(const Digest *left, const Digest *right)
{
    char bytes[1 + 64] = {1};
    memcpy(bytes + 1, left->bytes, 32);
    memcpy(bytes + 33, right->bytes, 32);
    return digest_sha256(&(Slice){bytes, sizeof bytes}, 1);
}

Digest tree_record_leaf(const uint8_t blind[16], Slice record)
{
    return tree_record_leaf_of(blind, &record, 1);
}

Digest tree_record_leaf_of(const uint8_t blind[16], const Slice *pieces, size_t count)
{
    char head[1 + 16] = {0};
    Slice all[1 + TREE_PIECES_MAX];
    CHECK(count <= TREE_PIECES_MAX);
    memcpy(head + 1, blind, 16);
    all[0] = slice_of(head, sizeof head);
    memcpy(all + 1, pieces, count * sizeof *pieces);
    return digest_sha256(all, 1 + count);
}

void tree_record_leaves(const TreeRecord *records, size_t count, Digest *ret)
{
    char heads[TREE_RECORDS_MAX][1 + 16] = {{0}};
    Slice all[TREE_RECORDS_MAX][1 + TREE_PIECES_MAX];
    DigestText texts[TREE_RECORDS_MAX] = {{0}};
    CHECK(count <= TREE_RECORDS_MAX);
    for (size_t i = 0; i < count; i++) {
        const TreeRecord *record = &records[i];
        CHECK(record->count <= TREE_PIECES_MAX);
        memcpy(heads[i] + 1, record->blind, 16);
        all[i][0] = slice_of(heads[i], sizeof heads[i]);
        memcpy(all[i] + 1, record->pieces, record->count * sizeof *record->pieces);
        texts[i] = (DigestText){all[i], 1 + record->count};
    }
    digest_sha256_many(texts, count, ret);
}

void tree_add(Tree *tree, const Digest *leaf)
{
    CHECK(tree->count < UINT64_MAX);
    size_t peaks = (size_t)__builtin_popcountll(tree->count);
    Digest carried = *leaf;
    for (uint64_t bits = tree->count; bits & 1; bits >>= 1) {
        carried = tree_node(&tree->peaks[--peaks], &carried);
    }
    tree->peaks[peaks] = carried;
    tree->count++;
}

Digest tree_root(const Tree *tree)
{
    if (tree->count == 0) return digest_sha256(NULL, 0);
    size_t peaks = (size_t)__builtin_popcountll(tree->count);
    Digest root = tree->peaks[--peaks];
    while (peaks > 0) {
        root = tree_node(&tree->peaks[--peaks], &root);
    }
    return root;
}
