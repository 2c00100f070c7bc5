/* See verify_inside.h: hashing of RFC 6962, lists. */
#include "verify/verify_inside.h"

#include <stdlib.h>

void *verify_list_add(VerifyList *list, size_t item_bytes)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        void *items = reallocarray(list->items, capacity, item_bytes);
        if (!items) return NULL;
        list->items = items;
        list->capacity = capacity;
    }
    uint8_t *item = (uint8_t *)list->items + item_bytes * list->count++;
    memset(item, 0, item_bytes);
    return item;
}

Hash verify_leaf(Bytes bytes)
{
    Bytes pieces[] = {bytes_of("\0", 1), bytes};
    return verify_sha256(pieces, 2);
}

Hash verify_node(const Hash *left, const Hash *right)
{
    Bytes pieces[] = {bytes_of("\1", 1), bytes_of(left->bytes, 32), bytes_of(right->bytes, 32)};
    return verify_sha256(pieces, 3);
}

bool verify_hash_eq(const Hash *a, const Hash *b)
{
    return memcmp(a->bytes, b->bytes, 32) == 0;
}

void verify_tree_add(VerifyTree *tree, const Hash *leaf)
{
    size_t peaks = (size_t)__builtin_popcountll(tree->count);
    Hash carried = *leaf;
    for (uint64_t bits = tree->count; bits & 1; bits >>= 1) {
        carried = verify_node(&tree->peaks[--peaks], &carried);
    }
    tree->peaks[peaks] = carried;
    tree->count++;
}

Hash verify_tree_root(const VerifyTree *tree)
{
    if (tree->count == 0) return verify_sha256(NULL, 0);
    size_t peaks = (size_t)__builtin_popcountll(tree->count);
    Hash root = tree->peaks[--peaks];
    while (peaks > 0) {
        root = verify_node(&tree->peaks[--peaks], &root);
    }
    return root;
}

bool verify_inclusion(const Hash *leaf, uint64_t index, uint64_t count, const Hash *path,
                      size_t path_count, const Hash *root)
{
    if (index >= count) return false;
    uint64_t at = index, last = count - 1;
    Hash hash = *leaf;
    for (size_t i = 0; i < path_count; i++) {
        if (last == 0) return false;
        if (at & 1 || at == last) {
            hash = verify_node(&path[i], &hash);
            while (!(at & 1) && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = verify_node(&hash, &path[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && verify_hash_eq(&hash, root);
}
