/* See tree.h: proofs of inclusion and of consistency, made and verified. */
#include "store/proof/tree.h"

#include <errno.h>

static Digest root_of(const Digest *leaves, uint64_t count)
{
    Tree tree = {0};
    for (uint64_t i = 0; i < count; i++) {
        tree_add(&tree, &leaves[i]);
    }
    return tree_root(&tree);
}

/* The largest power of two below count; count is at least 2. */
static uint64_t split_of(uint64_t count)
{
    return (uint64_t)1 << (63 - __builtin_clzll(count - 1));
}

static void reverse(TreePath *path)
{
    for (size_t i = 0; i < path->count / 2; i++) {
        Digest kept = path->hashes[i];
        path->hashes[i] = path->hashes[path->count - 1 - i];
        path->hashes[path->count - 1 - i] = kept;
    }
}

int tree_inclusion(const Digest *leaves, uint64_t count, uint64_t index, TreePath *ret)
{
    if (index >= count) return -EINVAL;
    ret->count = 0;
    while (count > 1) { /* from the root down; the RFC's order is from the leaf up */
        uint64_t split = split_of(count);
        if (index < split) {
            ret->hashes[ret->count++] = root_of(leaves + split, count - split);
            count = split;
        } else {
            ret->hashes[ret->count++] = root_of(leaves, split);
            leaves += split;
            index -= split;
            count -= split;
        }
    }
    reverse(ret);
    return 0;
}

int tree_consistency(const Digest *leaves, uint64_t count, uint64_t old_count, TreePath *ret)
{
    if (old_count == 0 || old_count > count) return -EINVAL;
    ret->count = 0;
    bool is_whole = true; /* the old tree is a whole subtree here, whose root the verifier has */
    while (old_count < count) {
        uint64_t split = split_of(count);
        if (old_count <= split) {
            ret->hashes[ret->count++] = root_of(leaves + split, count - split);
            count = split;
        } else {
            ret->hashes[ret->count++] = root_of(leaves, split);
            leaves += split;
            old_count -= split;
            count -= split;
            is_whole = false;
        }
    }
    if (!is_whole) ret->hashes[ret->count++] = root_of(leaves, count);
    reverse(ret);
    return 0;
}

static bool same(const Digest *a, const Digest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool tree_inclusion_holds(const Digest *leaf, uint64_t index, uint64_t count, const TreePath *path,
                          const Digest *root)
{
    if (index >= count) return false;
    uint64_t at = index, last = count - 1;
    Digest hash = *leaf;
    for (size_t i = 0; i < path->count; i++) {
        if (last == 0) return false;
        if (at & 1 || at == last) {
            hash = tree_node(&path->hashes[i], &hash);
            while (!(at & 1) && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = tree_node(&hash, &path->hashes[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && same(&hash, root);
}

bool tree_consistency_holds(uint64_t old_count, const Digest *old_root, uint64_t count,
                            const Digest *root, const TreePath *path)
{
    if (old_count == 0 || old_count > count) return false;
    if (old_count == count) return path->count == 0 && same(old_root, root);
    uint64_t at = old_count - 1, last = count - 1;
    size_t next = 0;
    while (at & 1) {
        at >>= 1;
        last >>= 1;
    }
    if (at != 0 && path->count == 0) return false; /* the subtree's root must be given */
    Digest old_hash = at ? path->hashes[next++] : *old_root;
    Digest hash = old_hash;
    for (; next < path->count; next++) {
        if (last == 0) return false;
        if (at & 1 || at == last) {
            old_hash = tree_node(&path->hashes[next], &old_hash);
            hash = tree_node(&path->hashes[next], &hash);
            while (!(at & 1) && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = tree_node(&hash, &path->hashes[next]);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && same(&old_hash, old_root) && same(&hash, root);
}
