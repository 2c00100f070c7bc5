/* Writes the index; see token_builder.h and doc/format/tokens.md. */
#include "store/tokens/token_write_int.h"

#include <errno.h>
#include <stdlib.h>

#define PACK_LEVEL 9 /* of zstd: pieces are so small that more gains 1 % */

static void writer_done(IndexWriter *writer)
{
    index_order_done(&writer->order);
    free(writer->postings);
    free(writer->preorder);
    buf_done(&writer->head);
    buf_done(&writer->pieces);
    buf_done(&writer->unpacked);
    ZSTD_freeCCtx(writer->packer);
}

size_t index_pack(IndexWriter *writer, Slice bytes, Buf *to)
{
    size_t bound = ZSTD_compressBound(bytes.len);
    char *room = buf_reserve(to, bound);
    if (!room) return 0;
    size_t len = ZSTD_compressCCtx(writer->packer, room, bound, bytes.ptr, bytes.len, PACK_LEVEL);
    if (ZSTD_isError(len)) {
        to->error = -ENOMEM; /* the only way to fail with enough room */
        return 0;
    }
    to->len += len;
    return len;
}

/* ---- words */

static Slice word_of(const IndexBuilder *builder, const Posting *posting)
{
    const WordEntry *entry = &builder->entries[posting->entry];
    return slice_of(builder->text + entry->text_offset, entry->len);
}

static size_t shared_length(Slice a, Slice b)
{
    size_t len = 0;
    while (len < a.len && len < b.len && a.ptr[len] == b.ptr[len]) {
        len++;
    }
    return len;
}

/* Where the piece that begins at `start` ends: with the word whose own bytes reach the measure. */
static size_t text_piece_end(const IndexWriter *writer, size_t start)
{
    size_t bytes = 0, i = start;
    Slice before = {0};
    for (; i < writer->count && bytes < TEXT_PIECE_BYTES; i++) {
        Slice word = word_of(writer->builder, &writer->postings[i]);
        bytes += 2 + word.len - shared_length(before, word);
        before = word;
    }
    return i;
}

/* First all shared lengths, then all lengths of the rest, then the rests. */
static void gather_text_piece(IndexWriter *writer, size_t start, size_t end)
{
    Buf *to = &writer->unpacked;
    buf_clear(to);
    char *lengths = buf_reserve(to, (end - start) * 2);
    if (!lengths) return;
    to->len += (end - start) * 2;
    Slice before = {0};
    for (size_t i = start; i < end; i++) {
        Slice word = word_of(writer->builder, &writer->postings[i]);
        size_t shared = shared_length(before, word);
        to->ptr[i - start] = (char)shared;
        to->ptr[end - start + i - start] = (char)(word.len - shared);
        buf_add_slice(to, slice_skip(word, shared));
        before = word;
    }
}

static void write_text_piece(IndexWriter *writer, size_t start, size_t end)
{
    gather_text_piece(writer, start, end);
    size_t packed = index_pack(writer, buf_slice(&writer->unpacked), &writer->pieces);
    size_t bits_start = writer->pieces.len;
    BitWriter bits = {.to = &writer->pieces};
    for (size_t i = start; i < end; i++) {
        index_put_posting(writer, &bits, i, start);
    }
    bits_end(&bits);
    Slice first = word_of(writer->builder, &writer->postings[start]);
    buf_add_varint(&writer->head, end - start);
    buf_add_varint(&writer->head, packed);
    buf_add_varint(&writer->head, writer->unpacked.len);
    buf_add_varint(&writer->head, writer->pieces.len - bits_start);
    buf_add_varint(&writer->head, first.len);
    buf_add_slice(&writer->head, first);
}

static void write_text(IndexWriter *writer)
{
    for (size_t start = 0; start < writer->count;) {
        size_t end = text_piece_end(writer, start);
        write_text_piece(writer, start, end);
        start = end;
    }
    buf_add_varint(&writer->head, 0);
}

/* ---- numbers and fingerprints */

/* The first key is in the head. */
static void write_key_page(IndexWriter *writer, size_t start, size_t end)
{
    uint64_t gaps[KEY_PAGE_ENTRIES];
    for (size_t i = start + 1; i < end; i++) {
        gaps[i - start - 1] = writer->postings[i].key - writer->postings[i - 1].key;
    }
    unsigned low_bits = gap_best_low_bits(gaps, end - start - 1);
    buf_add_char(&writer->pieces, (char)low_bits);
    BitWriter bits = {.to = &writer->pieces};
    for (size_t i = start; i < end; i++) {
        if (i > start) gap_put(&bits, gaps[i - start - 1], low_bits);
        index_put_posting(writer, &bits, i, start);
    }
    bits_end(&bits);
}

static void write_keys(IndexWriter *writer)
{
    uint64_t last = 0;
    for (size_t start = 0; start < writer->count; start += KEY_PAGE_ENTRIES) {
        size_t end =
            start + KEY_PAGE_ENTRIES < writer->count ? start + KEY_PAGE_ENTRIES : writer->count;
        size_t page_start = writer->pieces.len;
        write_key_page(writer, start, end);
        buf_add_varint(&writer->head, writer->pieces.len - page_start);
        buf_add_varint(&writer->head, writer->postings[start].key - last);
        last = writer->postings[start].key;
    }
}

/* ---- the classes */

static unsigned fingerprint_bits(size_t count)
{
    unsigned bits = KEY_BITS_MIN;
    while (bits < KEY_BITS_MAX && (uint64_t)1 << bits < (uint64_t)count << KEY_SPARE_BITS) {
        bits++;
    }
    return bits;
}

static uint64_t first_bytes(Slice word)
{
    uint64_t key = 0;
    memcpy(&key, word.ptr, word.len < 8 ? word.len : 8);
    return __builtin_bswap64(key);
}

static void gather_keys(IndexWriter *writer, TokenClass class, unsigned bits, SortItem *items)
{
    const KeyTable *table = &writer->builder->keys[class];
    size_t count = 0;
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->entries[i].set == 0) continue;
        items[count++] = (SortItem){table->entries[i].key >> (64 - bits), table->entries[i].set};
    }
}

static int compare_words(const void *a, const void *b, void *builder)
{
    return slice_compare(word_of(builder, a), word_of(builder, b));
}

/* Words whose first 8 bytes are alike. */
static void sort_alike(IndexWriter *writer)
{
    size_t end;
    for (size_t start = 0; start < writer->count; start = end) {
        end = start + 1;
        while (end < writer->count && writer->postings[end].key == writer->postings[start].key) {
            end++;
        }
        if (end - start < 2) continue;
        qsort_r(writer->postings + start, end - start, sizeof(Posting), compare_words,
                writer->builder);
    }
}

/* The postings of a class in order; the table it came from is given back. */
static int gather(IndexWriter *writer, TokenClass class, unsigned bits)
{
    IndexBuilder *builder = writer->builder;
    writer->count = class == TOKEN_TEXT ? builder->entry_count : builder->keys[class].count;
    size_t room = writer->count ? writer->count : 1;
    SortItem *items = calloc(room, sizeof *items), *spare = calloc(room, sizeof *spare);
    free(writer->postings);
    writer->postings = NULL;
    if (items && spare) {
        if (class != TOKEN_TEXT) gather_keys(writer, class, bits, items);
        for (size_t i = 0; class == TOKEN_TEXT && i < writer->count; i++) {
            Posting posting = {.entry = (uint32_t)i};
            items[i] = (SortItem){first_bytes(word_of(builder, &posting)), i};
        }
        free(builder->keys[class].entries);
        builder->keys[class] = (KeyTable){0};
        sort_items(items, spare, writer->count);
    }
    free(spare);
    if (items && spare) writer->postings = calloc(room, sizeof *writer->postings);
    for (size_t i = 0; writer->postings && i < writer->count; i++) {
        uint32_t value = (uint32_t)items[i].value;
        writer->postings[i] =
            class == TOKEN_TEXT
                ? (Posting){.key = items[i].key, .set = builder->entries[value].set, .entry = value}
                : (Posting){.key = items[i].key, .set = value};
    }
    free(items);
    if (!writer->postings) return -ENOMEM;
    if (class == TOKEN_TEXT) sort_alike(writer);
    return 0;
}

static int write_class(IndexWriter *writer, TokenClass class, IndexParts *parts)
{
    unsigned bits =
        class == TOKEN_RANDOM ? fingerprint_bits(writer->builder->keys[class].count) : 64;
    int r = gather(writer, class, bits);
    if (!r) r = index_order_sets(writer, class);
    if (r) return r;
    buf_add_varint(&writer->head, writer->count);
    buf_add_char(&writer->head, (char)bits);
    rank_code_write(&writer->order.code, &writer->head);
    buf_add_varint(&writer->head, writer->order.repeat);
    size_t start = writer->pieces.len;
    index_write_sets(writer);
    parts->classes[class].set_bytes = writer->pieces.len - start;
    parts->classes[class].set_count = writer->order.used_count;
    start = writer->pieces.len;
    if (class == TOKEN_TEXT) {
        write_text(writer);
    } else {
        write_keys(writer);
    }
    parts->classes[class].entry_bytes = writer->pieces.len - start;
    parts->classes[class].entry_count = writer->count;
    return 0;
}

static void write_block_notes(IndexWriter *writer, uint32_t block_count)
{
    const IndexBuilder *builder = writer->builder;
    Buf *head = &writer->head;
    buf_add_varint(head, block_count);
    buf_add_le64(head, builder->seed);
    buf_add(head, builder->open.words, (block_count + 7) / 8);
    buf_add(head, builder->loose.words, (block_count + 7) / 8);
    buf_add(head, builder->random_bytes_max, block_count);
}

static void join(IndexWriter *writer, Buf *to, IndexParts *parts)
{
    buf_clear(&writer->unpacked);
    size_t packed = index_pack(writer, buf_slice(&writer->head), &writer->unpacked);
    buf_add(to, TOKEN_INDEX_MAGIC, 8);
    buf_add_le16(to, TOKEN_INDEX_VERSION);
    buf_add_le32(to, (uint32_t)packed);
    buf_add_le32(to, (uint32_t)writer->head.len);
    buf_add_slice(to, buf_slice(&writer->unpacked));
    buf_add_slice(to, buf_slice(&writer->pieces));
    parts->head_bytes = TOKEN_INDEX_FRONT_BYTES + packed;
}

static int first_error(const IndexWriter *writer, const Buf *to)
{
    if (buf_error(&writer->head)) return buf_error(&writer->head);
    if (buf_error(&writer->pieces)) return buf_error(&writer->pieces);
    if (buf_error(&writer->unpacked)) return buf_error(&writer->unpacked);
    return buf_error(to);
}

/* What only adding needs. */
static void give_back(IndexBuilder *builder)
{
    free(builder->values);
    free(builder->words);
    free(builder->folded);
    free(builder->slots);
    builder->values = builder->words = NULL;
    builder->folded = NULL;
    builder->slots = NULL;
    builder->slot_capacity = 0;
}

int index_builder_finish(IndexBuilder *builder, uint32_t block_count, Buf *to,
                         IndexParts *ret_parts)
{
    if (block_count < builder->block_count || block_count > BLOCK_SET_BLOCKS_MAX) return -EINVAL;
    IndexParts parts = {.peak_bytes = builder->bytes_peak,
                        .loose_count = block_set_size(&builder->loose),
                        .open_count = block_set_size(&builder->open)};
    give_back(builder);
    IndexWriter writer = {.builder = builder, .packer = ZSTD_createCCtx()};
    writer.head = buf_make(TOKEN_HEAD_BYTES_MAX);
    int r = writer.packer ? index_number_sets(&writer) : -ENOMEM;
    if (!r) write_block_notes(&writer, block_count);
    for (unsigned class = 0; class < TOKEN_CLASS_COUNT && !r; class ++) {
        r = write_class(&writer, (TokenClass) class, &parts);
    }
    if (!r) {
        join(&writer, to, &parts);
        r = first_error(&writer, to);
    }
    writer_done(&writer);
    if (!r && ret_parts) *ret_parts = parts;
    return r;
}
