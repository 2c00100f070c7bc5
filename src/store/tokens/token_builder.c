/* See token_builder.h. */
#include "store/tokens/token_builder_int.h"

#include "base/check.h"
#include "base/fold.h"
#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

enum {
    VALUES_SEEN = 1 << 12, /* places */
    WORDS_SEEN = 1 << 14,
    CHUNK_BYTES = 1 << 16, /* of a long value, folded at once */
    SET_NONE = 0,
};

/* Memory for `count` items instead of what is there; the old and the new together are within
 * `limit`. False: not possible, nothing changed. */
static bool grow(IndexBuilder *builder, void **items, size_t item_bytes, size_t *capacity,
                 size_t count, size_t limit)
{
    size_t new_bytes = count * item_bytes, old_bytes = *capacity * item_bytes;
    if (new_bytes > limit || builder->bytes > limit - new_bytes) return false;
    void *grown = calloc(count, item_bytes);
    if (!grown) return false;
    if (*items) memcpy(grown, *items, old_bytes);
    free(*items);
    if (builder->bytes + new_bytes > builder->bytes_peak) {
        builder->bytes_peak = builder->bytes + new_bytes;
    }
    builder->bytes += new_bytes - old_bytes;
    *items = grown;
    *capacity = count;
    return true;
}

IndexBuilder *index_builder_new(size_t bytes_max, uint64_t seed)
{
    IndexBuilder *builder = calloc(1, sizeof *builder);
    if (!builder) return NULL;
    builder->seed = seed;
    builder->bytes_max = bytes_max < INDEX_BUILDER_BYTES_MIN   ? INDEX_BUILDER_BYTES_MIN
                         : bytes_max > INDEX_BUILDER_BYTES_MAX ? INDEX_BUILDER_BYTES_MAX
                                                               : bytes_max;
    builder->bytes = sizeof *builder;
    size_t values = 0, words = 0;
    const size_t limit = builder->bytes_max;
    bool made =
        grow(builder, (void **)&builder->values, sizeof(uint64_t), &values, VALUES_SEEN, limit) &&
        grow(builder, (void **)&builder->words, sizeof(uint64_t), &words, WORDS_SEEN, limit) &&
        grow(builder, (void **)&builder->folded, 1, &builder->folded_capacity, CHUNK_BYTES,
             limit) &&
        grow(builder, (void **)&builder->sets, sizeof(SetNode), &builder->set_capacity, 1024,
             limit);
    if (!made) {
        index_builder_free(builder);
        return NULL;
    }
    builder->set_count = 1; /* the empty one */
    return builder;
}

void index_builder_free(IndexBuilder *builder)
{
    if (!builder) return;
    free(builder->values);
    free(builder->words);
    free(builder->folded);
    free(builder->text);
    free(builder->entries);
    free(builder->slots);
    for (unsigned i = 0; i < TOKEN_CLASS_COUNT; i++) {
        free(builder->keys[i].entries);
    }
    free(builder->sets);
    free(builder);
}

/* The set with the present block. SET_NONE: no memory. */
static uint32_t set_with_block(IndexBuilder *builder, uint32_t set)
{
    const SetNode *node = &builder->sets[set];
    if (node->depth && node->block == builder->block) return set;
    uint32_t child = node->newest_child;
    if (child && builder->sets[child].block == builder->block) return child;
    if (builder->set_count == builder->set_capacity &&
        !grow(builder, (void **)&builder->sets, sizeof(SetNode), &builder->set_capacity,
              builder->set_capacity * 2, builder->bytes_max)) {
        return SET_NONE;
    }
    uint32_t made = (uint32_t)builder->set_count++;
    SetNode *parent = &builder->sets[set];
    builder->sets[made] = (SetNode){
        .parent = set,
        .older = parent->newest_child,
        .block = (uint16_t)builder->block,
        .depth = (uint16_t)(parent->depth + 1),
    };
    parent->newest_child = made;
    return made;
}

static void open_block(IndexBuilder *builder)
{
    block_set_add(&builder->open, builder->block);
}

/* ---- numbers and fingerprints */

/* Numbers that follow each other lie side by side, as they often come so. */
static size_t key_place(const IndexBuilder *builder, const KeyTable *table, uint64_t key)
{
    unsigned __int128 mixed = (unsigned __int128)(key >> 3 ^ builder->seed) * 0x9e3779b97f4a7c15u;
    size_t place = (size_t)(mixed ^ mixed >> 64) << 3 | (key & 7);
    place &= table->capacity - 1;
    while (table->entries[place].set != SET_NONE && table->entries[place].key != key) {
        place = (place + 1) & (table->capacity - 1);
    }
    return place;
}

static bool grow_keys(IndexBuilder *builder, KeyTable *table)
{
    KeyTable grown = {.count = table->count};
    size_t capacity = table->capacity ? table->capacity * 2 : 1024;
    if (!grow(builder, (void **)&grown.entries, sizeof(KeyEntry), &grown.capacity, capacity,
              builder->bytes_max)) {
        return false;
    }
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->entries[i].set == SET_NONE) continue;
        grown.entries[key_place(builder, &grown, table->entries[i].key)] = table->entries[i];
    }
    free(table->entries);
    builder->bytes -= table->capacity * sizeof(KeyEntry);
    *table = grown;
    return true;
}

static void put_key(IndexBuilder *builder, TokenClass class, uint64_t key)
{
    KeyTable *table = &builder->keys[class];
    if (table->count * 4 >= table->capacity * 3 && !grow_keys(builder, table)) {
        open_block(builder);
        return;
    }
    KeyEntry *entry = &table->entries[key_place(builder, table, key)];
    uint32_t set = set_with_block(builder, entry->set);
    if (set == SET_NONE) {
        open_block(builder);
        return;
    }
    table->count += entry->set == SET_NONE;
    *entry = (KeyEntry){.key = key, .set = set};
}

/* ---- words */

static WordSlot *word_slot(const IndexBuilder *builder, uint64_t hash, Slice word)
{
    const uint32_t tag = (uint32_t)hash;
    size_t place = (size_t)(hash >> 32) & (builder->slot_capacity - 1);
    for (;; place = (place + 1) & (builder->slot_capacity - 1)) {
        WordSlot *slot = &builder->slots[place];
        if (slot->entry == 0) return slot;
        if (slot->tag != tag) continue;
        const WordEntry *entry = &builder->entries[slot->entry - 1];
        if (entry->len == word.len &&
            memcmp(builder->text + entry->text_offset, word.ptr, word.len) == 0) {
            return slot;
        }
    }
}

static bool grow_slots(IndexBuilder *builder)
{
    WordSlot *grown = NULL;
    size_t capacity = 0, wanted = builder->slot_capacity ? builder->slot_capacity * 2 : 1024;
    if (!grow(builder, (void **)&grown, sizeof(WordSlot), &capacity, wanted,
              builder->bytes_max / 2)) {
        return false;
    }
    WordSlot *old = builder->slots;
    size_t old_capacity = builder->slot_capacity;
    builder->slots = grown;
    builder->slot_capacity = capacity;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].entry == 0) continue;
        const WordEntry *entry = &builder->entries[old[i].entry - 1];
        Slice word = slice_of(builder->text + entry->text_offset, entry->len);
        *word_slot(builder, token_hash(builder->seed, word), word) = old[i];
    }
    free(old);
    builder->bytes -= old_capacity * sizeof(WordSlot);
    return true;
}

/* Room for one word more. */
static bool word_room(IndexBuilder *builder, size_t len)
{
    const size_t limit = builder->bytes_max / 2;
    if (builder->entry_count * 4 >= builder->slot_capacity * 3 && !grow_slots(builder)) {
        return false;
    }
    if (builder->entry_count == builder->entry_capacity &&
        !grow(builder, (void **)&builder->entries, sizeof(WordEntry), &builder->entry_capacity,
              builder->entry_capacity ? builder->entry_capacity * 2 : 1024, limit)) {
        return false;
    }
    return builder->text_len + len <= builder->text_capacity ||
           grow(builder, (void **)&builder->text, 1, &builder->text_capacity,
                builder->text_capacity ? builder->text_capacity * 2 : 1 << 14, limit);
}

static void add_word(IndexBuilder *builder, uint64_t hash, Slice word)
{
    if (!word_room(builder, word.len)) {
        block_set_add(&builder->loose, builder->block);
        put_key(builder, TOKEN_RANDOM, hash);
        return;
    }
    uint32_t set = set_with_block(builder, SET_NONE);
    if (set == SET_NONE) {
        open_block(builder);
        return;
    }
    WordSlot *slot = word_slot(builder, hash, word);
    builder->entries[builder->entry_count++] =
        (WordEntry){(uint32_t)builder->text_len, set, (uint32_t)word.len};
    memcpy(builder->text + builder->text_len, word.ptr, word.len);
    builder->text_len += word.len;
    *slot = (WordSlot){(uint32_t)hash, (uint32_t)builder->entry_count};
}

static void put_word(IndexBuilder *builder, uint64_t hash, Slice word)
{
    WordSlot *slot = builder->slot_capacity ? word_slot(builder, hash, word) : NULL;
    if (!slot || slot->entry == 0) {
        add_word(builder, hash, word);
        return;
    }
    WordEntry *entry = &builder->entries[slot->entry - 1];
    uint32_t set = set_with_block(builder, entry->set);
    if (set == SET_NONE) {
        open_block(builder);
    } else {
        entry->set = set;
    }
}

/* ---- values */

/* Was it there, in this block? A hash of 64 bits under a secret seed decides: that two texts of a
 * block meet in it is as likely as that memory fails unseen. */
static inline bool seen(uint64_t *places, size_t count, uint64_t salted)
{
    uint64_t *place = &places[salted >> 40 & (count - 1)];
    if (*place == salted) return true;
    *place = salted;
    return false;
}

static void put_random(IndexBuilder *builder, uint64_t hash, Slice piece)
{
    uint8_t *longest = &builder->random_bytes_max[builder->block];
    if (piece.len > *longest) *longest = (uint8_t)piece.len;
    put_key(builder, TOKEN_RANDOM, hash);
    if (piece.len <= TOKEN_START_BYTES) return;
    put_key(builder, TOKEN_RANDOM, token_start_hash(builder->seed, piece));
    uint64_t samples[TOKEN_BYTES_MAX];
    size_t count = token_sample_hashes(builder->seed, piece, samples);
    for (size_t i = 0; i < count; i++) {
        put_key(builder, TOKEN_RANDOM, samples[i]);
    }
}

static void put_piece(IndexBuilder *builder, Slice piece)
{
    uint64_t number = 0;
    /* Most numbers come once in a block: they are not worth a hash. */
    bool digit = (unsigned char)(piece.ptr[0] - '0') < 10;
    if (digit && token_class(piece, &number) == TOKEN_NUMBER) {
        put_key(builder, TOKEN_NUMBER, number);
        return;
    }
    uint64_t hash = token_hash(builder->seed, piece);
    if (seen(builder->words, WORDS_SEEN, hash ^ builder->block_salt)) return;
    if (token_class(piece, &number) == TOKEN_TEXT) {
        put_word(builder, hash, piece);
        return;
    }
    put_random(builder, hash, piece);
}

static void put_folded(IndexBuilder *builder, Slice folded)
{
    TokenWalk walk = token_walk(folded);
    Token token;
    Slice piece;
    for (;;) {
        while (token_next_plain(&walk, &piece)) {
            put_piece(builder, piece);
        }
        if (!token_next(&walk, &token)) return;
        size_t position = 0;
        while (token_next_piece(token.text, &position, &piece)) {
            put_piece(builder, piece);
        }
    }
}

static bool is_blank_or_comma(char c)
{
    return (unsigned char)c <= ' ' || c == ',';
}

/* How many bytes at the front of the value are done, because the value before, of the same block,
 * began with them too: up to the last byte that divides for certain. Values often come sorted. */
static size_t known_prefix(const IndexBuilder *builder, Slice value)
{
    const char *before = builder->before;
    size_t max = value.len < builder->before_len ? value.len : builder->before_len, len = 0;
    while (len + 8 <= max && read_le64(value.ptr + len) == read_le64(before + len)) {
        len += 8;
    }
    while (len < max && value.ptr[len] == before[len]) {
        len++;
    }
    while (len > 0 && token_byte_kinds[(unsigned char)value.ptr[len - 1]] != 0) {
        len--;
    }
    return len;
}

static void remember(IndexBuilder *builder, Slice value)
{
    builder->before_len = value.len < sizeof builder->before ? value.len : sizeof builder->before;
    memcpy(builder->before, value.ptr, builder->before_len);
}

/* How much of a long value is folded at once: to the last blank of the chunk, where no token is
 * cut; where there is none, to the next one. */
static size_t chunk_length(Slice value)
{
    if (value.len <= CHUNK_BYTES) return value.len;
    for (size_t len = CHUNK_BYTES; len > 0; len--) {
        if (is_blank_or_comma(value.ptr[len - 1])) return len;
    }
    size_t len = CHUNK_BYTES;
    while (len < value.len && !is_blank_or_comma(value.ptr[len])) {
        len++;
    }
    return len;
}

/* False: no memory to fold it in. */
static bool put_value(IndexBuilder *builder, Slice value)
{
    while (value.len > 0) {
        size_t len = chunk_length(value);
        if (len > builder->folded_capacity &&
            !grow(builder, (void **)&builder->folded, 1, &builder->folded_capacity, len,
                  builder->bytes_max)) {
            return false;
        }
        size_t folded = fold_text(builder->folded, slice_first(value, len));
        put_folded(builder, slice_of(builder->folded, folded));
        value = slice_skip(value, len);
    }
    return true;
}

int index_builder_add(IndexBuilder *builder, uint32_t block, Slice value)
{
    if (block >= BLOCK_SET_BLOCKS_MAX) return -EINVAL;
    if (builder->block_count == 0 || block != builder->block) {
        if (block < builder->block_count) return -EINVAL;
        builder->block = block;
        builder->block_count = block + 1;
        builder->before_len = 0;
        builder->block_salt = token_hash(builder->seed, slice_of(&block, sizeof block));
    }
    if (value.len == 0) return 0;
    uint64_t salted = token_hash(~builder->seed, value) ^ builder->block_salt;
    if (seen(builder->values, VALUES_SEEN, salted)) return 0;
    if (!put_value(builder, slice_skip(value, known_prefix(builder, value)))) {
        open_block(builder);
    }
    remember(builder, value);
    return 0;
}
