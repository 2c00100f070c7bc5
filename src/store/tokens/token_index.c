/* Opening; see token_index.h. Every number of the head is checked here, so that the rest may trust
 * the tables; what the pieces hold is checked where it is read. */
#include "store/tokens/token_index_int.h"

#include <stdlib.h>

static int take_u32(Slice *bytes, uint32_t max, uint32_t *ret)
{
    uint64_t value;
    if (slice_take_varint(bytes, &value) || value > max) return -EBADMSG;
    *ret = (uint32_t)value;
    return 0;
}

static int take_bytes(Slice *bytes, size_t count, Slice *ret)
{
    if (bytes->len < count) return -EBADMSG;
    *ret = slice_first(*bytes, count);
    *bytes = slice_skip(*bytes, count);
    return 0;
}

/* The next piece of the index, after those that were added before. */
static uint32_t add_piece(TokenIndex *index, Buf *pieces, uint32_t bytes)
{
    uint64_t offset = 0;
    if (index->piece_count) {
        const IndexPiece *last =
            (const IndexPiece *)(const void *)pieces->ptr + index->piece_count - 1;
        offset = last->offset + last->bytes;
    }
    buf_add(pieces, &(IndexPiece){offset, bytes}, sizeof(IndexPiece));
    if (buf_error(pieces)) return 0;
    return (uint32_t)index->piece_count++;
}

static int read_set_pieces(TokenIndex *index, ClassIndex *class, Slice *head, Buf *pieces)
{
    Buf rows = {0};
    uint32_t packed, set_count = 0;
    for (;;) {
        SetPiece row = {.first_set = set_count};
        if (take_u32(head, 1 << 24, &packed)) goto damaged;
        if (packed == 0) break;
        if (take_u32(head, SET_PIECE_BYTES_MAX, &row.unpacked_bytes)) goto damaged;
        if (take_u32(head, SET_PIECE_BYTES_MAX / 2, &row.set_count)) goto damaged;
        set_count += row.set_count;
        if (set_count > TOKEN_SETS_MAX) goto damaged;
        row.piece = add_piece(index, pieces, packed);
        buf_add(&rows, &row, sizeof row);
    }
    class->set_pieces = (SetPiece *)(void *)rows.ptr;
    class->set_piece_count = rows.len / sizeof(SetPiece);
    class->set_count = set_count;
    class->wanted = calloc(set_count / 64 + 1, sizeof(uint64_t));
    return buf_error(&rows) || !class->wanted ? -ENOMEM : 0;
damaged:
    buf_done(&rows);
    return -EBADMSG;
}

static int read_text_piece(Slice *head, TextPiece *row, uint32_t *ret_bits_bytes)
{
    uint32_t first_bytes;
    if (take_u32(head, 1 << 24, &row->packed_bytes) || row->packed_bytes == 0 ||
        take_u32(head, TEXT_PIECE_BYTES_MAX, &row->unpacked_bytes) ||
        take_u32(head, 1 << 24, ret_bits_bytes) || take_u32(head, TOKEN_BYTES_MAX, &first_bytes) ||
        take_bytes(head, first_bytes, &row->first)) {
        return -EBADMSG;
    }
    return 0;
}

static int read_text_pieces(TokenIndex *index, ClassIndex *class, Slice *head, Buf *pieces)
{
    Buf rows = {0};
    uint64_t word_count = 0;
    int r;
    for (;;) {
        TextPiece row = {0};
        uint32_t bits_bytes;
        r = take_u32(head, TEXT_PIECE_BYTES_MAX / 2, &row.word_count);
        if (r || row.word_count == 0) break;
        r = read_text_piece(head, &row, &bits_bytes);
        if (r) break;
        word_count += row.word_count;
        row.piece = add_piece(index, pieces, row.packed_bytes + bits_bytes);
        buf_add(&rows, &row, sizeof row);
    }
    class->text_pieces = (TextPiece *)(void *)rows.ptr;
    class->text_piece_count = rows.len / sizeof(TextPiece);
    if (r || word_count != class->entry_count) return -EBADMSG;
    return buf_error(&rows);
}

/* KEY_PIECE_PAGES pages are a piece. */
static int read_key_pages(TokenIndex *index, ClassIndex *class, Slice *head, Buf *pieces)
{
    const uint64_t page_count = (class->entry_count + KEY_PAGE_ENTRIES - 1) / KEY_PAGE_ENTRIES;
    if (page_count > head->len / 2) return -EBADMSG; /* each takes two bytes of the head */
    class->pages = calloc(page_count + 1, sizeof(KeyPage));
    if (!class->pages) return -ENOMEM;
    class->page_count = page_count;
    uint64_t key = 0, step, left = class->entry_count;
    uint32_t offset = 0;
    for (size_t i = 0; i < page_count; i++) {
        KeyPage *page = &class->pages[i];
        if (take_u32(head, 1 << 16, &page->bytes) || slice_take_varint(head, &step)) {
            return -EBADMSG;
        }
        if (step > UINT64_MAX - key) return -EBADMSG;
        page->first_key = key += step;
        page->offset = offset;
        page->entry_count = left < KEY_PAGE_ENTRIES ? (uint32_t)left : KEY_PAGE_ENTRIES;
        page->piece = (uint32_t)index->piece_count;
        left -= page->entry_count;
        offset += page->bytes;
        if ((i + 1) % KEY_PIECE_PAGES != 0 && i + 1 < page_count) continue;
        add_piece(index, pieces, offset);
        offset = 0;
    }
    return 0;
}

static int read_class(TokenIndex *index, TokenClass number, Slice *head, Buf *pieces)
{
    ClassIndex *class = &index->classes[number];
    Slice bits;
    if (slice_take_varint(head, &class->entry_count) || class->entry_count > 1u << 30 ||
        take_bytes(head, 1, &bits) || rank_code_read(head, &class->code) ||
        take_u32(head, UINT32_MAX - 1, &class->repeat)) {
        return -EBADMSG;
    }
    class->key_bits = (unsigned char)bits.ptr[0];
    if (number == TOKEN_RANDOM &&
        (class->key_bits < KEY_BITS_MIN || class->key_bits > KEY_BITS_MAX)) {
        return -EBADMSG;
    }
    int r = read_set_pieces(index, class, head, pieces);
    if (r) return r;
    bool has_repeat = class->repeat < class->code.symbol_count;
    if (class->code.symbol_count != class->set_count + has_repeat) return -EBADMSG;
    return number == TOKEN_TEXT ? read_text_pieces(index, class, head, pieces)
                                : read_key_pages(index, class, head, pieces);
}

static int read_block_notes(TokenIndex *index, Slice *head)
{
    Slice seed, open, loose, random;
    if (take_u32(head, BLOCK_SET_BLOCKS_MAX, &index->block_count)) return -EBADMSG;
    const size_t bytes = (index->block_count + 7) / 8;
    if (take_bytes(head, 8, &seed) || take_bytes(head, bytes, &open) ||
        take_bytes(head, bytes, &loose) || take_bytes(head, index->block_count, &random)) {
        return -EBADMSG;
    }
    index->seed = read_le64(seed.ptr);
    index->random_bytes_max = (const uint8_t *)random.ptr;
    block_set_none(&index->open, index->block_count);
    block_set_none(&index->loose, index->block_count);
    for (uint32_t i = 0; i < index->block_count; i++) {
        if ((unsigned char)open.ptr[i / 8] >> i % 8 & 1) block_set_add(&index->open, i);
        if ((unsigned char)loose.ptr[i / 8] >> i % 8 & 1) block_set_add(&index->loose, i);
    }
    index->has_loose = block_set_size(&index->loose) > 0;
    return 0;
}

/* Unpacks the head; *ret_packed: its length in the index. */
static int unpack_head(TokenIndex *index, Slice bytes, uint32_t *ret_packed)
{
    if (bytes.len < TOKEN_INDEX_FRONT_BYTES || !slice_starts(bytes, SLICE(TOKEN_INDEX_MAGIC)) ||
        read_le16(bytes.ptr + 8) != TOKEN_INDEX_VERSION) {
        return -EBADMSG;
    }
    uint32_t packed = read_le32(bytes.ptr + 10), unpacked = read_le32(bytes.ptr + 14);
    if (packed > bytes.len - TOKEN_INDEX_FRONT_BYTES || unpacked == 0 ||
        unpacked > TOKEN_HEAD_BYTES_MAX) {
        return -EBADMSG;
    }
    Slice frame = slice_first(slice_skip(bytes, TOKEN_INDEX_FRONT_BYTES), packed);
    if (ZSTD_getFrameContentSize(frame.ptr, frame.len) != unpacked) return -EBADMSG;
    char *room = buf_reserve(&index->head, unpacked);
    index->unpacker = ZSTD_createDCtx();
    if (!room || !index->unpacker) return -ENOMEM;
    if (ZSTD_decompressDCtx(index->unpacker, room, unpacked, frame.ptr, frame.len) != unpacked) {
        return -EBADMSG;
    }
    index->head.len = unpacked;
    *ret_packed = packed;
    return 0;
}

static int read_head(TokenIndex *index, Slice bytes)
{
    uint32_t packed;
    Buf pieces = {0};
    int r = unpack_head(index, bytes, &packed);
    if (r) return r;
    Slice head = buf_slice(&index->head);
    add_piece(index, &pieces, TOKEN_INDEX_FRONT_BYTES + packed);
    r = read_block_notes(index, &head);
    for (unsigned class = 0; class < TOKEN_CLASS_COUNT && !r; class ++) {
        r = read_class(index, (TokenClass) class, &head, &pieces);
    }
    if (!r && head.len > 0) r = -EBADMSG;
    if (!r) r = buf_error(&pieces);
    index->pieces = (IndexPiece *)(void *)pieces.ptr;
    return r;
}

int index_open(Slice head, const IndexSource *source, TokenIndex **ret)
{
    TokenIndex *index = calloc(1, sizeof *index);
    if (!index) return -ENOMEM;
    index->head = buf_make(TOKEN_HEAD_BYTES_MAX);
    int r = read_head(index, head);
    if (!r && source) {
        index->source = *source;
    } else if (!r) {
        IndexPiece last = index->pieces[index->piece_count - 1];
        index->whole = head;
        if (last.offset + last.bytes != head.len) r = -EBADMSG;
    }
    if (r) {
        index_close(index);
        return r;
    }
    *ret = index;
    return 0;
}

void index_close(TokenIndex *index)
{
    if (!index) return;
    for (unsigned i = 0; i < TOKEN_CLASS_COUNT; i++) {
        free(index->classes[i].set_pieces);
        free(index->classes[i].text_pieces);
        free(index->classes[i].pages);
        free(index->classes[i].wanted);
    }
    free(index->pieces);
    buf_done(&index->head);
    ZSTD_freeDCtx(index->unpacker);
    free(index);
}

uint32_t index_block_count(const TokenIndex *index)
{
    return index->block_count;
}

uint32_t index_piece_count(const TokenIndex *index)
{
    return (uint32_t)index->piece_count;
}

IndexPiece index_piece(const TokenIndex *index, uint32_t piece_number)
{
    return piece_number < index->piece_count ? index->pieces[piece_number] : (IndexPiece){0};
}

int index_get_piece(TokenIndex *index, uint32_t piece, Slice *ret)
{
    const IndexPiece where = index->pieces[piece];
    if (!index->source.get) {
        *ret = slice_first(slice_skip(index->whole, where.offset), where.bytes);
        return 0;
    }
    Slice got;
    int r = index->source.get(index->source.context, piece, where, &got);
    if (r) return r;
    if (got.len != where.bytes) return -EBADMSG;
    *ret = got;
    return 0;
}

int index_unpack(TokenIndex *index, uint32_t piece, Slice packed, uint32_t bytes, Unpacked *to)
{
    to->piece = 0;
    size_t len = ZSTD_decompressDCtx(index->unpacker, to->bytes, bytes, packed.ptr, packed.len);
    if (ZSTD_isError(len) || len != bytes) return -EBADMSG;
    to->piece = piece;
    to->bytes_count = bytes;
    return 0;
}
