/* See action_names.h. Chained hash table over a pool of entries in chunks. */
#include "translate/actions/action_names.h"

#include "base/check.h"
#include "base/map.h"

#include <stdlib.h>

#define CHUNK_NAMES 4096
#define CHUNKS_MAX 2048
#define ENTRY_COST (sizeof(NameEntry) + sizeof(uint32_t) * 2 + 16) /* with malloc's own bytes */

typedef struct NameEntry {
    uint64_t hash;
    char *text;
    uint32_t len, holders, next; /* next: in the slot, or of the free ones */
} NameEntry;

struct Names {
    uint64_t seed[2];
    NameEntry *chunks[CHUNKS_MAX];
    uint32_t *slots;
    size_t slot_count; /* power of two */
    uint32_t used;     /* entries ever taken, the empty one too */
    uint32_t free_first;
    size_t count, bytes, bytes_max;
};

static NameEntry *entry_at(const Names *names, NameId id)
{
    return &names->chunks[id / CHUNK_NAMES][id % CHUNK_NAMES];
}

Names *names_new(size_t bytes_max, const uint64_t seed[2])
{
    Names *names = calloc(1, sizeof *names);
    if (!names) return NULL;
    names->slot_count = 4096;
    names->slots = calloc(names->slot_count, sizeof *names->slots);
    names->seed[0] = seed[0];
    names->seed[1] = seed[1];
    names->bytes_max = bytes_max;
    names->used = 1;
    if (names->slots) return names;
    free(names);
    return NULL;
}

void names_free(Names *names)
{
    if (!names) return;
    for (uint32_t id = 1; id < names->used; id++) {
        free(entry_at(names, id)->text);
    }
    for (size_t i = 0; i < CHUNKS_MAX; i++) {
        free(names->chunks[i]);
    }
    free(names->slots);
    free(names);
}

static inline unsigned char small(char c)
{
    unsigned char letter = (unsigned char)c;
    return (unsigned char)(letter + (letter >= 'A' && letter <= 'Z' ? 32 : 0));
}

static bool is_exact(Slice text)
{
    return text.len > 0 && text.ptr[0] == '/';
}

uint64_t text_hash(const Names *names, Slice text)
{
    char folded[512];
    bool exact = is_exact(text);
    uint64_t seed[2] = {names->seed[0], names->seed[1]};
    do { /* a longer text goes piece by piece, each under what came of the one before */
        size_t len = text.len < sizeof folded ? text.len : sizeof folded;
        for (size_t i = 0; i < len; i++) {
            folded[i] = exact ? text.ptr[i] : (char)small(text.ptr[i]);
        }
        seed[0] = siphash_1_3(seed, slice_of(folded, len));
        text = slice_skip(text, len);
    } while (text.len > 0);
    return seed[0];
}

static bool same_text(const NameEntry *entry, Slice text)
{
    if (entry->len != text.len) return false;
    if (memcmp(entry->text, text.ptr, text.len) == 0) return true;
    if (is_exact(text)) return false;
    for (size_t i = 0; i < text.len; i++) {
        if (small(entry->text[i]) != small(text.ptr[i])) return false;
    }
    return true;
}

static bool grow_slots(Names *names)
{
    size_t slot_count = names->slot_count * 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < names->slot_count; i++) {
        for (uint32_t id = names->slots[i], next; id; id = next) {
            NameEntry *entry = entry_at(names, id);
            next = entry->next;
            entry->next = slots[entry->hash & (slot_count - 1)];
            slots[entry->hash & (slot_count - 1)] = id;
        }
    }
    free(names->slots);
    names->slots = slots;
    names->slot_count = slot_count;
    return true;
}

static NameId take_entry(Names *names)
{
    NameId id = names->free_first;
    if (id) {
        names->free_first = entry_at(names, id)->next;
        return id;
    }
    size_t chunk = names->used / CHUNK_NAMES;
    if (chunk >= CHUNKS_MAX) return 0;
    if (!names->chunks[chunk]) {
        names->chunks[chunk] = calloc(CHUNK_NAMES, sizeof(NameEntry));
        if (!names->chunks[chunk]) return 0;
    }
    return names->used++;
}

static NameId add_entry(Names *names, Slice text, uint64_t hash)
{
    if (names->bytes + text.len + ENTRY_COST > names->bytes_max) return 0;
    if (names->count >= names->slot_count && !grow_slots(names)) return 0;
    char *copy = malloc(text.len);
    NameId id = copy ? take_entry(names) : 0;
    if (!id) {
        free(copy);
        return 0;
    }
    memcpy(copy, text.ptr, text.len);
    uint32_t *slot = &names->slots[hash & (names->slot_count - 1)];
    *entry_at(names, id) = (NameEntry){
        .hash = hash, .text = copy, .len = (uint32_t)text.len, .holders = 1, .next = *slot};
    *slot = id;
    names->count++;
    names->bytes += text.len + ENTRY_COST;
    return id;
}

NameId name_hold(Names *names, Slice text, bool *ret_full)
{
    text = slice_first(text, NAME_BYTES_MAX);
    if (text.len == 0) return 0;
    uint64_t hash = text_hash(names, text);
    for (NameId id = names->slots[hash & (names->slot_count - 1)]; id;) {
        NameEntry *entry = entry_at(names, id);
        if (entry->hash == hash && same_text(entry, text)) {
            entry->holders++;
            return id;
        }
        id = entry->next;
    }
    NameId id = add_entry(names, text, hash);
    if (!id) *ret_full = true;
    return id;
}

NameId name_hold_again(Names *names, NameId id)
{
    if (id) entry_at(names, id)->holders++;
    return id;
}

void name_drop(Names *names, NameId id)
{
    if (!id) return;
    NameEntry *entry = entry_at(names, id);
    CHECK(entry->holders > 0);
    if (--entry->holders > 0) return;
    uint32_t *link = &names->slots[entry->hash & (names->slot_count - 1)];
    while (*link != id) {
        link = &entry_at(names, *link)->next;
    }
    *link = entry->next;
    names->count--;
    names->bytes -= entry->len + ENTRY_COST;
    free(entry->text);
    *entry = (NameEntry){.next = names->free_first};
    names->free_first = id;
}

Slice name_text(const Names *names, NameId id)
{
    if (!id) return (Slice){0};
    const NameEntry *entry = entry_at(names, id);
    return slice_of(entry->text, entry->len);
}

uint64_t name_hash(const Names *names, NameId id)
{
    return id ? entry_at(names, id)->hash : 0;
}
