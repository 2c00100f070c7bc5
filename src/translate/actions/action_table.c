/* See action_table.h. */
#include "translate/actions/action_table.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_ITEMS 1024

Table table_make(size_t item_bytes, uint32_t count_max, uint64_t seed)
{
    return (Table){.item_bytes = (item_bytes + 7) & ~(size_t)7,
                   .count_max = count_max,
                   .used = 1,
                   .seed = seed | 1};
}

void table_done(Table *table)
{
    for (size_t i = 0; i < table->chunk_count; i++) {
        free(table->chunks[i]);
    }
    free(table->chunks);
    free(table->slots);
    *table = (Table){0};
}

void *table_at(const Table *table, uint32_t index)
{
    return table->chunks[index / CHUNK_ITEMS] + (index % CHUNK_ITEMS) * table->item_bytes;
}

/* Keys are numbers that Windows gives or hashes made under a seed; mixed with a seed of the table's
 * own, so that nobody outside can pile them onto one slot. */
static size_t slot_of(const Table *table, TableKey key)
{
    __uint128_t mixed = (__uint128_t)(key.a ^ table->seed) * (key.b ^ 0x9e3779b97f4a7c15u);
    uint64_t hash = (uint64_t)mixed ^ (uint64_t)(mixed >> 64) ^ key.a * 0xff51afd7ed558ccdu;
    hash = (hash ^ table->seed) * 0xc4ceb9fe1a85ec53u;
    return (size_t)(hash >> 20) & (table->slot_count - 1);
}

void *table_find(const Table *table, TableKey key)
{
    if (table->count == 0) return NULL;
    for (uint32_t index = table->slots[slot_of(table, key)]; index;) {
        TableNode *node = table_at(table, index);
        if (node->key.a == key.a && node->key.b == key.b) return node;
        index = node->next;
    }
    return NULL;
}

static bool grow_slots(Table *table)
{
    size_t before = table->slot_count, after = before ? before * 2 : 256;
    uint32_t *old = table->slots, *slots = calloc(after, sizeof *slots);
    if (!slots) return false;
    table->slots = slots;
    table->slot_count = after;
    for (size_t i = 0; i < before; i++) {
        for (uint32_t index = old[i], next; index; index = next) {
            TableNode *node = table_at(table, index);
            uint32_t *slot = &slots[slot_of(table, node->key)];
            next = node->next;
            node->next = *slot;
            *slot = index;
        }
    }
    free(old);
    return true;
}

static bool add_chunk(Table *table)
{
    char **chunks = realloc(table->chunks, (table->chunk_count + 1) * sizeof *chunks);
    if (!chunks) return false;
    table->chunks = chunks;
    chunks[table->chunk_count] = malloc(CHUNK_ITEMS * table->item_bytes);
    if (!chunks[table->chunk_count]) return false;
    table->chunk_count++;
    return true;
}

static uint32_t take_index(Table *table)
{
    uint32_t index = table->free_first;
    if (index) {
        table->free_first = ((TableNode *)table_at(table, index))->next;
        return index;
    }
    if (table->used / CHUNK_ITEMS >= table->chunk_count && !add_chunk(table)) return 0;
    return table->used++;
}

static void link_newest(Table *table, TableNode *node)
{
    node->older = table->newest;
    node->newer = 0;
    if (table->newest) ((TableNode *)table_at(table, table->newest))->newer = node->index;
    table->newest = node->index;
    if (!table->oldest) table->oldest = node->index;
}

static void unlink_use(Table *table, TableNode *node)
{
    uint32_t older = node->older, newer = node->newer;
    if (older) ((TableNode *)table_at(table, older))->newer = newer;
    if (newer) ((TableNode *)table_at(table, newer))->older = older;
    if (table->oldest == node->index) table->oldest = newer;
    if (table->newest == node->index) table->newest = older;
}

void *table_add(Table *table, TableKey key)
{
    if (table->count >= table->count_max) return NULL;
    if (table->count >= table->slot_count && !grow_slots(table)) return NULL;
    uint32_t index = take_index(table);
    if (!index) return NULL;
    TableNode *node = table_at(table, index);
    uint32_t *slot = &table->slots[slot_of(table, key)];
    memset(node, 0, table->item_bytes);
    node->key = key;
    node->index = index;
    node->next = *slot;
    *slot = index;
    table->count++;
    link_newest(table, node);
    return node;
}

void table_use(Table *table, void *item)
{
    TableNode *node = item;
    if (table->newest == node->index) return;
    unlink_use(table, node);
    link_newest(table, node);
}

void table_remove(Table *table, void *item)
{
    TableNode *node = item;
    uint32_t *link = &table->slots[slot_of(table, node->key)];
    while (*link != node->index) {
        link = &((TableNode *)table_at(table, *link))->next;
    }
    *link = node->next;
    unlink_use(table, node);
    node->next = table->free_first;
    table->free_first = node->index;
    table->count--;
}

void *table_oldest(const Table *table)
{
    return table->oldest ? table_at(table, table->oldest) : NULL;
}

void *table_newer(const Table *table, const void *item)
{
    uint32_t newer = ((const TableNode *)item)->newer;
    return newer ? table_at(table, newer) : NULL;
}
