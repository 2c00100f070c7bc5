/* See segment_keys.h. */
#include "store/segment/segment_keys.h"

#include "base/map.h"
#include "base/number.h"
#include "store/tokens/token_bits.h"

#include <errno.h>
#include <stdlib.h>

/* Of a print; as they have no order they are not worth a code, and gaps are small without them. */
#define TAIL_BITS 16u
#define TAIL_MASK (((uint64_t)1 << TAIL_BITS) - 1)

KeySeed keys_seed(const SegmentKey *key)
{
    Digest secret = crypt_segment_secret(key, SLICE("akashi keys 1"));
    return (KeySeed){{read_le64(secret.bytes), read_le64(secret.bytes + 8)}};
}

bool keys_is_none(const uint8_t key[ROW_KEY_BYTES])
{
    return read_le64(key) == 0 && read_le64(key + 8) == 0;
}

uint64_t keys_fingerprint(const KeySeed *seed, const uint8_t key[ROW_KEY_BYTES])
{
    return siphash_1_3(seed->words, slice_of(key, ROW_KEY_BYTES));
}

/* ---- writing */

static int compare_prints(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static size_t without_repeats(uint64_t *prints, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || prints[kept - 1] != prints[i]) prints[kept++] = prints[i];
    }
    return kept;
}

/* The first print stands in the fence. Of the others the distance from the one before without the
 * lowest TAIL_BITS, then these. */
static void add_piece(Buf *to, const uint64_t *prints, size_t count)
{
    uint64_t gaps[KEYS_PIECE_COUNT] = {0};
    for (size_t i = 1; i < count; i++) {
        gaps[i - 1] = (prints[i] >> TAIL_BITS) - (prints[i - 1] >> TAIL_BITS);
    }
    unsigned low_bits = gap_best_low_bits(gaps, count - 1);
    BitWriter bits = {.to = to};
    buf_add_char(to, (char)low_bits);
    for (size_t i = 1; i < count; i++) {
        gap_put(&bits, gaps[i - 1], low_bits);
        bits_put(&bits, prints[i] & TAIL_MASK, TAIL_BITS);
    }
    bits_end(&bits);
}

int keys_write(uint64_t *prints, size_t count, KeysPut put, void *context)
{
    CLEANUP(buf_done) Buf fences = buf_make(0);
    CLEANUP(buf_done) Buf piece = buf_make(0);
    int r = 0;
    if (count > 0) qsort(prints, count, sizeof *prints, compare_prints);
    count = without_repeats(prints, count);
    buf_add_varint(&fences, count);
    for (size_t at = 0; at < count && r == 0; at += KEYS_PIECE_COUNT) {
        size_t left = count - at;
        buf_clear(&piece);
        add_piece(&piece, prints + at, left < KEYS_PIECE_COUNT ? left : KEYS_PIECE_COUNT);
        buf_add_varint(&fences, at ? prints[at] - prints[at - KEYS_PIECE_COUNT] : prints[0]);
        buf_add_varint(&fences, piece.len);
        r = buf_error(&piece) ? -ENOMEM : put(context, buf_slice(&piece));
    }
    if (r == 0 && buf_error(&fences)) r = -ENOMEM;
    return r < 0 ? r : put(context, buf_slice(&fences));
}

/* ---- reading */

int keys_read_fences(Slice bytes, Arena *arena, KeyFences *ret)
{
    KeyFences fences = {0};
    uint64_t step, piece_bytes, before = 0;
    int r = slice_take_varint(&bytes, &fences.count);
    if (r < 0 || fences.count > bytes.len * KEYS_PIECE_COUNT) return -EBADMSG;
    fences.piece_count = (uint32_t)((fences.count + KEYS_PIECE_COUNT - 1) / KEYS_PIECE_COUNT);
    fences.first = ARENA_ARRAY(arena, uint64_t, (size_t)fences.piece_count + 1);
    fences.offset = ARENA_ARRAY(arena, uint64_t, (size_t)fences.piece_count + 1);
    if (!fences.first || !fences.offset) return -ENOMEM;
    for (uint32_t i = 0; i < fences.piece_count; i++) {
        if (slice_take_varint(&bytes, &step) < 0 || slice_take_varint(&bytes, &piece_bytes) < 0 ||
            step > UINT64_MAX - before || piece_bytes > CRYPT_BLOCK_BYTES_MAX) {
            return -EBADMSG;
        }
        before = fences.first[i] = before + step;
        fences.offset[i + 1] = fences.offset[i] + piece_bytes;
    }
    if (bytes.len > 0) return -EBADMSG;
    *ret = fences;
    return 0;
}

bool keys_find_piece(const KeyFences *fences, uint64_t print, uint32_t *ret_piece)
{
    uint32_t low = 0, high = fences->piece_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (fences->first[middle] <= print) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) return false;
    *ret_piece = low - 1;
    return true;
}

int keys_piece_has(const KeyFences *fences, uint32_t piece, Slice bytes, uint64_t print)
{
    uint64_t at = fences->first[piece], left = fences->count - piece * KEYS_PIECE_COUNT;
    if (left > KEYS_PIECE_COUNT) left = KEYS_PIECE_COUNT;
    if (bytes.len == 0 || (unsigned char)bytes.ptr[0] > GAP_LOW_BITS_MAX) return -EBADMSG;
    unsigned low_bits = (unsigned char)bytes.ptr[0];
    BitReader bits = {.bytes = slice_skip(bytes, 1)};
    while (at < print && --left > 0) {
        uint64_t high = (at >> TAIL_BITS) + gap_take(&bits, low_bits);
        at = high << TAIL_BITS | bits_take(&bits, TAIL_BITS);
        if (bits_overrun(&bits)) return -EBADMSG;
    }
    return at == print;
}

int keys_piece_read(const KeyFences *fences, uint32_t piece, Slice bytes, uint64_t *to,
                    size_t *ret_count)
{
    uint64_t at = fences->first[piece], left = fences->count - piece * KEYS_PIECE_COUNT;
    size_t count = left < KEYS_PIECE_COUNT ? (size_t)left : KEYS_PIECE_COUNT;
    if (bytes.len == 0 || (unsigned char)bytes.ptr[0] > GAP_LOW_BITS_MAX) return -EBADMSG;
    unsigned low_bits = (unsigned char)bytes.ptr[0];
    BitReader bits = {.bytes = slice_skip(bytes, 1)};
    to[0] = at;
    for (size_t i = 1; i < count; i++) {
        uint64_t high = (at >> TAIL_BITS) + gap_take(&bits, low_bits);
        to[i] = at = high << TAIL_BITS | bits_take(&bits, TAIL_BITS);
        if (bits_overrun(&bits)) return -EBADMSG;
    }
    *ret_count = count;
    return 0;
}
