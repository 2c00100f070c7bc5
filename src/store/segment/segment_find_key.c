/* Whether a key is among those of an open segment. */
#include "store/segment/segment_state.h"

#include <errno.h>
#include <stdlib.h>

static int read_piece(Segment *segment, const KeyPlace *keys, uint64_t offset, uint64_t bytes,
                      uint64_t piece)
{
    SealedRun run = {.offset = keys->run.offset + offset + piece * CRYPT_TAG_BYTES,
                     .bytes = bytes,
                     .first = keys->run.first + piece};
    if (!segment_run_in_file(segment, &run) || bytes > CRYPT_BLOCK_BYTES_MAX) return -EBADMSG;
    segment->key_part_held = NULL;
    buf_clear(&segment->key_piece);
    return unseal_piece(segment->os, segment->fd, segment->key, SEAL_KEYS, run,
                        &segment->key_piece);
}

static int key_piece(Segment *segment, const KeyPart *part, uint32_t piece)
{
    const uint64_t *offset = &part->fences.offset[piece];
    if (segment->key_part_held == part && segment->key_piece_held == piece) return 0;
    int r = read_piece(segment, &part->place, offset[0], offset[1] - offset[0], piece);
    if (r < 0) return r;
    segment->key_part_held = part;
    segment->key_piece_held = piece;
    return 0;
}

static int open_part(Segment *segment, const KeyPlace *place, const KeySeed *seed)
{
    KeyPart *part = &segment->keys[segment->key_part_count];
    int r = read_piece(segment, place, place->run.bytes - place->fence_bytes, place->fence_bytes,
                       place->pieces - 1);
    if (r == 0) {
        r = keys_read_fences(buf_slice(&segment->key_piece), &segment->arena, &part->fences);
    }
    if (r == 0 && part->fences.piece_count != place->pieces - 1) r = -EBADMSG;
    if (r < 0) return r;
    part->place = *place;
    part->seed = *seed;
    segment->key_part_count++;
    return 0;
}

int segment_open_keys(Segment *segment)
{
    const SegmentDirectory *directory = &segment->directory;
    if (segment->keys) return 0;
    segment->keys = calloc(directory->member_count + 1, sizeof *segment->keys);
    if (!segment->keys) return -ENOMEM;
    KeySeed own = keys_seed(segment->key);
    int r = open_part(segment, &directory->keys, &own);
    explicit_bzero(&own, sizeof own);
    for (size_t i = 0; i < directory->member_count && r == 0; i++) {
        const SegmentMember *member = &directory->members[i];
        if (member->keys.pieces) r = open_part(segment, &member->keys, &member->key_seed);
    }
    if (r < 0) segment_forget_keys(segment);
    return r;
}

void segment_forget_keys(Segment *segment)
{
    for (size_t i = 0; i < segment->key_part_count; i++) {
        free(segment->keys[i].filter);
        explicit_bzero(&segment->keys[i].seed, sizeof segment->keys[i].seed);
    }
    free(segment->keys);
    segment->keys = NULL;
    segment->key_part_count = 0;
    segment->key_part_held = NULL;
}

/* ---- the filter: four bits of one word for each print. The word is chosen by the print's high
 * bits, the four by its low ones. */

enum { FILTER_KEYS_A_WORD = 4, FILTER_BITS = 4 };

static uint64_t *filter_word(const KeyPart *part, uint64_t print)
{
    unsigned __int128 place = (unsigned __int128)print * part->filter_words;
    return &part->filter[(uint64_t)(place >> 64)];
}

static uint64_t filter_bits(uint64_t print)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < FILTER_BITS; i++) {
        bits |= (uint64_t)1 << (print >> (6 * i) & 63);
    }
    return bits;
}

typedef void (*PrintsTake)(void *context, const uint64_t *prints, size_t count);

static int each_piece(Segment *segment, const KeyPart *part, PrintsTake take, void *context)
{
    uint64_t prints[KEYS_PIECE_COUNT];
    for (uint32_t i = 0; i < part->fences.piece_count; i++) {
        size_t count = 0;
        int r = key_piece(segment, part, i);
        if (r == 0) {
            r = keys_piece_read(&part->fences, i, buf_slice(&segment->key_piece), prints, &count);
        }
        if (r < 0) return r;
        take(context, prints, count);
    }
    return 0;
}

static void into_filter(void *context, const uint64_t *prints, size_t count)
{
    KeyPart *part = context;
    for (size_t i = 0; i < count; i++) {
        *filter_word(part, prints[i]) |= filter_bits(prints[i]);
    }
}

static void into_buf(void *context, const uint64_t *prints, size_t count)
{
    buf_add(context, prints, count * sizeof *prints);
}

int segment_read_prints(Segment *segment, const KeyPart *part, Buf *to)
{
    int r = each_piece(segment, part, into_buf, to);
    return r < 0 ? r : buf_error(to);
}

static int hold_part(Segment *segment, KeyPart *part, size_t *bytes)
{
    if (part->filter || part->fences.count == 0) return 0;
    part->filter_words = part->fences.count / FILTER_KEYS_A_WORD + 1;
    part->filter = calloc(part->filter_words, sizeof *part->filter);
    if (!part->filter) return -ENOMEM;
    int r = each_piece(segment, part, into_filter, part);
    if (r < 0) {
        free(part->filter);
        part->filter = NULL;
        return r;
    }
    *bytes += (size_t)part->filter_words * sizeof *part->filter;
    return 0;
}

int segment_hold_keys(Segment *segment, size_t *ret_bytes)
{
    size_t bytes = 0;
    int r = segment_open_keys(segment);
    for (size_t i = 0; i < segment->key_part_count && r == 0; i++) {
        r = hold_part(segment, &segment->keys[i], &bytes);
    }
    if (r == 0) *ret_bytes = bytes;
    return r;
}

static bool filter_excludes(const KeyPart *part, uint64_t print)
{
    if (!part->filter) return false;
    uint64_t bits = filter_bits(print);
    return (*filter_word(part, print) & bits) != bits;
}

static int part_has(Segment *segment, const KeyPart *part, const uint8_t *key)
{
    uint32_t piece;
    uint64_t print = keys_fingerprint(&part->seed, key);
    if (part->fences.count == 0 || filter_excludes(part, print)) return 0;
    if (!keys_find_piece(&part->fences, print, &piece)) return 0;
    int r = key_piece(segment, part, piece);
    if (r < 0) return r;
    return keys_piece_has(&part->fences, piece, buf_slice(&segment->key_piece), print);
}

int segment_has_key(Segment *segment, const uint8_t key[ROW_KEY_BYTES])
{
    if (keys_is_none(key)) return 0;
    int r = segment_open_keys(segment);
    for (size_t i = 0; i < segment->key_part_count && r == 0; i++) {
        r = part_has(segment, &segment->keys[i], key);
    }
    return r;
}

int segment_check_keys(Segment *segment)
{
    int r = segment_open_keys(segment);
    for (size_t i = 0; i < segment->key_part_count && r == 0; i++) {
        for (uint32_t j = 0; j < segment->keys[i].fences.piece_count && r == 0; j++) {
            segment->key_part_held = NULL;
            r = key_piece(segment, &segment->keys[i], j);
        }
    }
    return r;
}
