/* See block.h. */
#include "store/wal/block_int.h"

#include "base/digest.h"
#include "base/number.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

static const char block_magic[8] = "AKBLOCK\n";

enum { BLOCK_VERSION = 2, BLOCK_FLAG_KEYS = 1, HEAD_KEY_AT = 88, HEAD_SUMMED_BYTES = 204 };
enum {
    ROW_FIELDS_MAX = 65536
}; /* an attacker's event may have millions; each costs a reader memory */
_Static_assert(HEAD_KEY_AT + CRYPT_WRAPPED_BYTES == HEAD_SUMMED_BYTES,
               "the key ends what is summed");
_Static_assert(HEAD_SUMMED_BYTES + BLOCK_SUM_BYTES == BLOCK_HEAD_BYTES, "the sum ends the head");

static void sum_of(const void *bytes, size_t len, uint8_t *to)
{
    Slice piece = slice_of(bytes, len);
    Digest digest = digest_sha256(&piece, 1);
    memcpy(to, digest.bytes, BLOCK_SUM_BYTES);
}

static bool sum_holds(const void *bytes, size_t len, const uint8_t *want)
{
    uint8_t sum[BLOCK_SUM_BYTES];
    sum_of(bytes, len, sum);
    return memcmp(sum, want, BLOCK_SUM_BYTES) == 0;
}

/* ---- gathering rows */

void block_rows_done(BlockRows *rows)
{
    buf_done(&rows->keys);
    buf_done(&rows->bytes);
}

void block_rows_begin(BlockRows *rows, uint64_t first_row)
{
    buf_clear(&rows->keys);
    buf_clear(&rows->bytes);
    rows->first_row = first_row;
    rows->row_count = 0;
    rows->has_keys = false;
    rows->time_min_ns = INT64_MAX;
    rows->time_max_ns = INT64_MIN;
    rows->raw_bytes = 0;
}

/* The row's bytes to [begin, ...). */
static int encode_checked(const Row *row, Buf *to, size_t begin)
{
    to->len = begin;
    to->error = 0; /* of another try */
    row_encode(to, row);
    if (buf_error(to)) return buf_error(to);
    return to->len - begin > ROW_BYTES_MAX ? -EMSGSIZE : 0;
}

/* Keys stand apart from the rows: they do not pack, and the writer reads them alone at open. */
static int encode(const Row *row, Buf *to, size_t begin)
{
    static const Field left_out = {
        .name = SLICE_INIT("akashi.parse_error"),
        .value = SLICE_INIT("store.event_too_large"),
        .kind = FIELD_TEXT,
    };
    Row lean = *row;
    memset(lean.key, 0, ROW_KEY_BYTES);
    int r = row->event.field_count > ROW_FIELDS_MAX ? -EMSGSIZE : encode_checked(&lean, to, begin);
    if (r != -EMSGSIZE) return r;
    lean.event.fields = &left_out;
    lean.event.field_count = 1;
    if (lean.event.parse == PARSE_OK) lean.event.parse = PARSE_PARTIAL;
    return encode_checked(&lean, to, begin);
}

enum { LENGTH_BYTES_LEFT = 2, LENGTH_BYTES_MAX = 10 };

/* A row's length stands before it and is known after it: most are of two bytes, the others move. */
static int put_length(Buf *to, size_t begin)
{
    char room[LENGTH_BYTES_MAX];
    const size_t bytes = to->len - begin - LENGTH_BYTES_LEFT;
    size_t count = 0;
    for (uint64_t left = bytes; left > 0 || count == 0; left >>= 7) {
        room[count++] = (char)(unsigned char)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    }
    if (count != LENGTH_BYTES_LEFT) {
        if (!buf_reserve(to, LENGTH_BYTES_MAX)) return buf_error(to);
        memmove(to->ptr + begin + count, to->ptr + begin + LENGTH_BYTES_LEFT, bytes);
        to->len = begin + count + bytes;
    }
    memcpy(to->ptr + begin, room, count);
    return 0;
}

static int add_encoded(Buf *to, const Row *row, Slice *ret)
{
    const size_t begin = to->len;
    buf_add(to, "\0\0", LENGTH_BYTES_LEFT);
    int r = buf_error(to) ? buf_error(to) : encode(row, to, begin + LENGTH_BYTES_LEFT);
    size_t bytes = to->len - begin - LENGTH_BYTES_LEFT;
    if (r == 0) r = put_length(to, begin);
    if (r == 0) *ret = slice_of(to->ptr + to->len - bytes, bytes);
    return r;
}

int block_rows_add(BlockRows *rows, const Row *row, Slice *ret_encoded)
{
    static const uint8_t no_key[ROW_KEY_BYTES];
    size_t before = rows->bytes.len;
    int r = add_encoded(&rows->bytes, row, ret_encoded);
    if (r == 0) {
        buf_add(&rows->keys, row->key, ROW_KEY_BYTES);
        r = buf_error(&rows->keys);
    }
    if (r < 0) {
        rows->bytes.len = before;
        rows->keys.len = (size_t)rows->row_count * ROW_KEY_BYTES;
        rows->bytes.error = rows->keys.error = 0;
        return r;
    }
    int64_t time_ns = row_time_ns(row);
    if (time_ns < rows->time_min_ns) rows->time_min_ns = time_ns;
    if (time_ns > rows->time_max_ns) rows->time_max_ns = time_ns;
    rows->has_keys |= memcmp(row->key, no_key, ROW_KEY_BYTES) != 0;
    rows->raw_bytes += row->event.raw.len;
    rows->row_count++;
    return 0;
}

/* ---- packing */

BlockCodec *block_codec_new(const Secret *kek)
{
    BlockCodec *codec = calloc(1, sizeof *codec);
    if (!codec) return NULL;
    codec->kek = kek;
    codec->pack = ZSTD_createCCtx();
    codec->unpack = ZSTD_createDCtx();
    if (codec->pack && codec->unpack) return codec;
    block_codec_free(codec);
    return NULL;
}

void block_codec_free(BlockCodec *codec)
{
    if (!codec) return;
    ZSTD_freeCCtx(codec->pack);
    ZSTD_freeDCtx(codec->unpack);
    crypt_segment_free(codec->opener);
    buf_done(&codec->sealed);
    buf_done(&codec->plain);
    buf_done(&codec->rows);
    free(codec);
}

static void put_le(char **at, uint64_t value, size_t width)
{
    memcpy(*at, &value, width);
    *at += width;
}

static void write_head(char *to, const BlockHead *head)
{
    char *at = to;
    memcpy(at, block_magic, sizeof block_magic);
    at += sizeof block_magic;
    put_le(&at, BLOCK_VERSION, 2);
    put_le(&at, head->kind, 1);
    put_le(&at, head->has_keys ? BLOCK_FLAG_KEYS : 0, 1);
    put_le(&at, head->file_number, 4);
    put_le(&at, head->store_id, 8);
    put_le(&at, head->offset, 8);
    put_le(&at, head->durable_end, 8);
    put_le(&at, head->first_row, 8);
    put_le(&at, head->row_count, 4);
    put_le(&at, head->row_bytes, 4);
    put_le(&at, head->packed_bytes, 4);
    put_le(&at, 0, 4);
    put_le(&at, (uint64_t)head->time_min_ns, 8);
    put_le(&at, (uint64_t)head->time_max_ns, 8);
    put_le(&at, head->raw_bytes, 8);
    memcpy(at, head->key.bytes, CRYPT_WRAPPED_BYTES);
    sum_of(to, HEAD_SUMMED_BYTES, (uint8_t *)to + HEAD_SUMMED_BYTES);
}

/* What will be sealed, into codec->plain: room for the head's sum, the keys, the rows packed. */
static int pack_rows(BlockCodec *codec, int level, const BlockRows *rows, size_t keys_bytes,
                     size_t *ret_packed_bytes)
{
    size_t before = BLOCK_SUM_BYTES + keys_bytes, most = ZSTD_compressBound(rows->bytes.len);
    buf_clear(&codec->plain);
    char *room = buf_reserve(&codec->plain, before + most);
    if (!room) return buf_error(&codec->plain);
    if (keys_bytes) memcpy(room + BLOCK_SUM_BYTES, rows->keys.ptr, keys_bytes);
    size_t bytes = ZSTD_compressCCtx(codec->pack, room + before, most, rows->bytes.ptr,
                                     rows->bytes.len, level);
    if (ZSTD_isError(bytes)) return -EIO;
    codec->plain.len = before + bytes;
    *ret_packed_bytes = bytes;
    return 0;
}

int block_pack(BlockCodec *codec, int level, const BlockRows *rows, const BlockPlace *place,
               BlockKey *key, Buf *to)
{
    size_t packed_bytes = 0;
    int r = pack_rows(codec, level, rows, rows->has_keys ? rows->keys.len : 0, &packed_bytes);
    if (r < 0) return r;
    const BlockHead head = {
        .kind = BLOCK_ROWS,
        .has_keys = rows->has_keys,
        .file_number = place->file_number,
        .store_id = place->store_id,
        .offset = place->offset,
        .durable_end = place->durable_end,
        .first_row = rows->first_row,
        .row_count = rows->row_count,
        .row_bytes = (uint32_t)rows->bytes.len,
        .packed_bytes = (uint32_t)packed_bytes,
        .time_min_ns = rows->time_min_ns,
        .time_max_ns = rows->time_max_ns,
        .raw_bytes = rows->raw_bytes,
        .key = key->wrapped,
    };
    char *room = buf_reserve(to, (size_t)block_bytes(&head));
    if (!room) return buf_error(to);
    write_head(room, &head);
    memcpy(codec->plain.ptr, room + HEAD_SUMMED_BYTES, BLOCK_SUM_BYTES);
    r = block_seal_part(key->key, head.offset, buf_slice(&codec->plain), room + BLOCK_HEAD_BYTES);
    if (r == 0) to->len += (size_t)block_bytes(&head);
    return r;
}

int block_add_mark(const BlockPlace *place, uint64_t next_row, Buf *to)
{
    char *room = buf_reserve(to, BLOCK_HEAD_BYTES);
    if (!room) return buf_error(to);
    BlockHead head = {
        .kind = BLOCK_MARK,
        .file_number = place->file_number,
        .store_id = place->store_id,
        .offset = place->offset,
        .durable_end = place->durable_end,
        .first_row = next_row,
        .time_min_ns = INT64_MAX,
        .time_max_ns = INT64_MIN,
    };
    write_head(room, &head);
    to->len += BLOCK_HEAD_BYTES;
    return 0;
}

/* ---- reading */

static BlockHead parse_head(const char *bytes)
{
    BlockHead head = {
        .kind = (BlockKind)bytes[10],
        .has_keys = bytes[11] & BLOCK_FLAG_KEYS,
        .file_number = read_le32(bytes + 12),
        .store_id = read_le64(bytes + 16),
        .offset = read_le64(bytes + 24),
        .durable_end = read_le64(bytes + 32),
        .first_row = read_le64(bytes + 40),
        .row_count = read_le32(bytes + 48),
        .row_bytes = read_le32(bytes + 52),
        .packed_bytes = read_le32(bytes + 56),
        .time_min_ns = (int64_t)read_le64(bytes + 64),
        .time_max_ns = (int64_t)read_le64(bytes + 72),
        .raw_bytes = read_le64(bytes + 80),
    };
    memcpy(head.key.bytes, bytes + HEAD_KEY_AT, CRYPT_WRAPPED_BYTES);
    memcpy(head.sum, bytes + HEAD_SUMMED_BYTES, BLOCK_SUM_BYTES);
    return head;
}

/* The sum keeps out accidents; these limits keep out a head that somebody made. */
static bool is_sound(const BlockHead *head)
{
    if (head->kind == BLOCK_MARK) return head->row_count == 0 && head->packed_bytes == 0;
    return head->kind == BLOCK_ROWS && head->row_count > 0 && head->row_count <= BLOCK_ROWS_MAX &&
           head->row_bytes <= BLOCK_ROW_BYTES_MAX &&
           head->packed_bytes <= ZSTD_COMPRESSBOUND(BLOCK_ROW_BYTES_MAX) && head->first_row > 0 &&
           head->first_row <= UINT64_MAX - head->row_count;
}

bool block_head_read(const char *bytes, const BlockPlace *place, BlockHead *ret)
{
    if (memcmp(bytes, block_magic, sizeof block_magic) != 0) return false;
    if (read_le16(bytes + 8) != BLOCK_VERSION) return false;
    BlockHead head = parse_head(bytes);
    if (head.file_number != place->file_number || head.offset != place->offset) return false;
    if (place->store_id && head.store_id != place->store_id) return false;
    if (!sum_holds(bytes, HEAD_SUMMED_BYTES, (const uint8_t *)bytes + HEAD_SUMMED_BYTES))
        return false;
    if (!is_sound(&head)) return false;
    *ret = head;
    return true;
}

/* Reads what follows the head into codec->sealed. */
static int load(BlockCodec *codec, const Os *os, int fd, const BlockHead *head,
                const char **ret_reason)
{
    size_t bytes = (size_t)block_bytes(head) - BLOCK_HEAD_BYTES;
    buf_clear(&codec->sealed);
    char *room = buf_reserve(&codec->sealed, bytes + 1);
    if (!room) return buf_error(&codec->sealed);
    ssize_t got = os_pread_full(os, fd, room, bytes, head->offset + BLOCK_HEAD_BYTES);
    if (got < 0) return (int)got;
    codec->sealed.len = (size_t)got;
    if ((size_t)got == bytes) return 0;
    *ret_reason = "block.cut";
    return -EBADMSG;
}

/* Reads and opens what follows the head: the keys, then the packed rows. */
static int load_plain(BlockCodec *codec, const Os *os, int fd, const BlockHead *head, Slice *ret,
                      const char **ret_reason)
{
    int r = load(codec, os, fd, head, ret_reason);
    if (r < 0) return r;
    *ret_reason = "block.key";
    r = block_opener(codec, head);
    if (r < 0) return r == -ENOMEM ? r : -EBADMSG;
    *ret_reason = "block.rows";
    r = block_open_part(codec->opener, head->offset, buf_slice(&codec->sealed), &codec->plain);
    if (r < 0) return r;
    Slice plain = buf_slice(&codec->plain);
    if (memcmp(plain.ptr, head->sum, BLOCK_SUM_BYTES) != 0) return -EBADMSG;
    *ret = slice_skip(plain, BLOCK_SUM_BYTES);
    return 0;
}

int block_load_keys(BlockCodec *codec, const Os *os, int fd, const BlockHead *head, Slice *ret,
                    const char **ret_reason)
{
    Slice plain;
    int r = load_plain(codec, os, fd, head, &plain, ret_reason);
    if (r == 0) *ret = slice_first(plain, (size_t)block_keys_bytes(head));
    return r;
}

static int unpack(BlockCodec *codec, const BlockHead *head, Slice packed)
{
    buf_clear(&codec->rows);
    char *room = buf_reserve(&codec->rows, (size_t)head->row_bytes + 1);
    if (!room) return buf_error(&codec->rows);
    size_t bytes =
        ZSTD_decompressDCtx(codec->unpack, room, head->row_bytes, packed.ptr, packed.len);
    if (ZSTD_isError(bytes) || bytes != head->row_bytes) return -EBADMSG;
    codec->rows.len = bytes;
    return 0;
}

int block_load(BlockCodec *codec, const Os *os, int fd, const BlockHead *head, BlockContent *ret,
               const char **ret_reason)
{
    Slice plain;
    int r = load_plain(codec, os, fd, head, &plain, ret_reason);
    if (r < 0) return r;
    size_t keys_bytes = (size_t)block_keys_bytes(head);
    r = unpack(codec, head, slice_skip(plain, keys_bytes));
    if (r < 0) return r;
    *ret = (BlockContent){slice_first(plain, keys_bytes), buf_slice(&codec->rows)};
    return 0;
}

int block_take_row(Slice *rows, Slice *ret)
{
    uint64_t len;
    Slice rest = *rows;
    if (slice_take_varint(&rest, &len) < 0 || len > rest.len) return -EBADMSG;
    *ret = slice_first(rest, (size_t)len);
    *rows = slice_skip(rest, (size_t)len);
    return 0;
}
