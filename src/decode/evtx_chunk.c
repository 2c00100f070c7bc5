/* A chunk of 64 KiB: header, and the walk over its records. libevtx paper, "Chunk".
 *
 * Header: "ElfChnk\0", numbers of first and last record (8 each), ids of first and last record (8
 * each), size (4) at 40, offset of the last record (4), offset of free space (4) at 48, CRC-32 of
 * the records (4) at 52, flags (4) at 120, CRC-32 of bytes 0-119 and 128-511 (4) at 124; then
 * tables of names and templates, which are not needed: every use names its offset. Records begin at
 * 512.
 *
 * What lies after the free-space offset are records of an earlier use of the chunk: not read. */
#include "decode/evtx_int.h"

#include "base/digest.h"

#define CHUNK_HEADER_BYTES 512
#define HEADER_SIZE_FIELD 128
#define FLAG_NO_CHECKSUMS 4 /* seen in files written without any */

typedef struct ChunkHeader {
    EvtxReason reason; /* EVTX_SOUND: the numbers below hold */
    bool with_checksums;
    uint64_t first_id, last_id;
    size_t free_at;
    uint32_t checksum;
} ChunkHeader;

typedef struct Walk {
    EvtxState *state;
    const EvtxChunk *chunk;
    size_t at, limit;
    bool trusted; /* the header's range of ids and end of records hold */
    uint64_t first_id, last_id;
    bool any;
    uint64_t previous_id; /* when any */
    uint64_t count;
} Walk;

size_t evtx_chunk_find(Slice bytes)
{
    const char *found = bytes.len ? memmem(bytes.ptr, bytes.len, "ElfChnk", 8) : NULL;
    return found ? (size_t)(found - bytes.ptr) : SLICE_NOT_FOUND;
}

static bool header_checksum_holds(const char *header)
{
    char covered[CHUNK_HEADER_BYTES - 8];
    memcpy(covered, header, 120);
    memcpy(covered + 120, header + 128, CHUNK_HEADER_BYTES - 128);
    return digest_crc32(slice_of(covered, sizeof covered)) == read_le32(header + 124);
}

static ChunkHeader read_header(const char *header)
{
    ChunkHeader read = {
        .with_checksums = !(read_le32(header + 120) & FLAG_NO_CHECKSUMS),
        .first_id = read_le64(header + 24),
        .last_id = read_le64(header + 32),
        .free_at = read_le32(header + 48),
        .checksum = read_le32(header + 52),
    };
    if (read.with_checksums && !header_checksum_holds(header)) {
        read.reason = EVTX_CHUNK_HEADER_CHECKSUM;
    }
    if (read_le32(header + 40) != HEADER_SIZE_FIELD || read.free_at < CHUNK_HEADER_BYTES ||
        read.free_at > EVTX_CHUNK_BYTES || read_le32(header + 44) > read.free_at) {
        read.reason = EVTX_CHUNK_HEADER;
    }
    return read;
}

/* Is there a record whose signature and sizes hold, within limit? */
static EvtxReason check_record(const Walk *walk, size_t at)
{
    const char *record = walk->chunk->bytes.ptr + at;
    size_t room = walk->limit - at;
    if (room < EVTX_RECORD_BYTES_MIN || memcmp(record, "**\0", 4) != 0) {
        return EVTX_RECORD_SIGNATURE;
    }
    size_t bytes = read_le32(record + 4);
    if (bytes < EVTX_RECORD_BYTES_MIN || bytes > room) return EVTX_RECORD_SIZE;
    return read_le32(record + bytes - 4) == bytes ? EVTX_SOUND : EVTX_RECORD_SIZE;
}

static uint64_t id_at(const Walk *walk, size_t at)
{
    return read_le64(walk->chunk->bytes.ptr + at + 8);
}

/* May a record of this id stand `skipped` bytes after where the next record was expected? Ids in a
 * chunk go up by one. This keeps records of the chunk's earlier uses out. */
static bool id_fits(const Walk *walk, uint64_t id, size_t skipped)
{
    if (walk->trusted && (id < walk->first_id || id > walk->last_id)) return false;
    if (!walk->any) return true;
    return id > walk->previous_id && id - walk->previous_id - 1 <= skipped / EVTX_RECORD_BYTES_MIN;
}

/* The next sound record after `from` that belongs here, or SLICE_NOT_FOUND. */
static size_t find_record(const Walk *walk, size_t from)
{
    for (size_t at = from + 1; at < walk->limit; at++) {
        const char *start = walk->chunk->bytes.ptr;
        const char *found = memmem(start + at, walk->limit - at, "**\0", 4);
        if (!found) break;
        at = (size_t)(found - start);
        if (check_record(walk, at) == EVTX_SOUND && id_fits(walk, id_at(walk, at), at - from)) {
            return at;
        }
    }
    return SLICE_NOT_FOUND;
}

/* Only the second size is wrong when the next record, or the end, is where the first one says. */
static bool size_is_confirmed(const Walk *walk)
{
    const char *record = walk->chunk->bytes.ptr + walk->at;
    size_t room = walk->limit - walk->at;
    size_t bytes = read_le32(record + 4);
    if (bytes < EVTX_RECORD_BYTES_MIN || bytes > room) return false;
    if (bytes == room) return walk->trusted;
    return check_record(walk, walk->at + bytes) == EVTX_SOUND &&
           id_at(walk, walk->at + bytes) == id_at(walk, walk->at) + 1;
}

static int take_record(Walk *walk, EvtxReason reason)
{
    size_t at = walk->at, bytes = read_le32(walk->chunk->bytes.ptr + at + 4);
    walk->any = true;
    walk->previous_id = id_at(walk, at);
    walk->at += bytes;
    walk->count++;
    return evtx_record_decode(walk->state, walk->chunk, at, bytes, reason);
}

/* From walk->at to the next record, or to the end: one damage. */
static int skip_damage(Walk *walk, EvtxReason reason)
{
    size_t next = find_record(walk, walk->at);
    bool found = next != SLICE_NOT_FOUND;
    /* Without a header to trust, the end of the records is where no record follows. */
    if (!found && !walk->trusted) {
        walk->at = walk->limit;
        return 0;
    }
    if (!found) next = walk->limit;
    uint64_t id =
        reason == EVTX_RECORD_SIZE && walk->limit - walk->at >= 16 ? id_at(walk, walk->at) : 0;
    int r = evtx_damage(walk->state, reason, walk->chunk->offset + walk->at, next - walk->at, id);
    walk->at = next;
    return r;
}

static int walk_records(Walk *walk)
{
    int r = 0;
    while (r == 0 && walk->at < walk->limit) {
        EvtxReason reason = check_record(walk, walk->at);
        if (reason == EVTX_SOUND && !walk->trusted && !id_fits(walk, id_at(walk, walk->at), 0)) {
            reason = EVTX_RECORD_SIGNATURE;
        }
        if (reason == EVTX_SOUND || (reason == EVTX_RECORD_SIZE && size_is_confirmed(walk))) {
            r = take_record(walk, reason);
        } else {
            r = skip_damage(walk, reason);
        }
    }
    return r;
}

/* The input ends, or another chunk begins, before `free_at`: whole records come out, the rest is
 * one damage. */
static int walk_cut(Walk *walk, size_t free_at)
{
    int r = 0;
    while (r == 0 && walk->at < walk->limit && check_record(walk, walk->at) == EVTX_SOUND) {
        r = take_record(walk, EVTX_SOUND);
    }
    if (r == 0 && find_record(walk, walk->at) != SLICE_NOT_FOUND) r = walk_records(walk);
    if (r < 0) return r;
    size_t bytes = free_at > walk->at ? free_at - walk->at : 0;
    bool id_known = walk->at < walk->limit && walk->limit - walk->at >= 16;
    return evtx_damage(walk->state, EVTX_CHUNK_TRUNCATED, walk->chunk->offset + walk->at, bytes,
                       id_known ? id_at(walk, walk->at) : 0);
}

static int report_checksum(EvtxState *state, const EvtxChunk *chunk, const ChunkHeader *header,
                           bool *ret_bad)
{
    *ret_bad = false;
    if (!header->with_checksums || header->free_at > chunk->bytes.len) return 0;
    size_t bytes = header->free_at - CHUNK_HEADER_BYTES;
    Slice records = slice_of(chunk->bytes.ptr + CHUNK_HEADER_BYTES, bytes);
    if (digest_crc32(records) == header->checksum) return 0;
    *ret_bad = true;
    return evtx_damage(state, EVTX_CHUNK_CHECKSUM, chunk->offset + CHUNK_HEADER_BYTES, bytes, 0);
}

/* Bytes may be missing from a damaged chunk, so that the next begins early. */
static size_t find_next_chunk(const EvtxChunk *chunk)
{
    size_t at = 8;
    for (;;) {
        size_t found = evtx_chunk_find(slice_skip(chunk->bytes, at));
        if (found == SLICE_NOT_FOUND) return SLICE_NOT_FOUND;
        at += found;
        if (chunk->bytes.len - at < CHUNK_HEADER_BYTES) return SLICE_NOT_FOUND;
        if (header_checksum_holds(chunk->bytes.ptr + at)) return at;
        at++;
    }
}

static void begin(EvtxState *state)
{
    evtx_cache_begin_chunk(&state->cache);
    state->chunk_work = EVTX_CHUNK_WORK_MAX;
    state->chunk_output = EVTX_CHUNK_OUTPUT_BYTES_MAX;
}

int evtx_chunk_decode(EvtxState *state, const EvtxChunk *whole, size_t *ret_used)
{
    EvtxChunk chunk = *whole;
    *ret_used = chunk.bytes.len;
    begin(state);
    if (chunk.bytes.len < CHUNK_HEADER_BYTES) {
        return evtx_damage(state, EVTX_CHUNK_TRUNCATED, chunk.offset, 0, 0);
    }
    ChunkHeader header = read_header(chunk.bytes.ptr);
    bool bad = header.reason != EVTX_SOUND;
    int r = bad ? evtx_damage(state, header.reason, chunk.offset, CHUNK_HEADER_BYTES, 0)
                : report_checksum(state, &chunk, &header, &bad);
    if (r < 0) return r;
    size_t next = bad ? find_next_chunk(&chunk) : SLICE_NOT_FOUND;
    if (next != SLICE_NOT_FOUND) chunk.bytes.len = *ret_used = next;
    Walk walk = {.state = state,
                 .chunk = &chunk,
                 .at = CHUNK_HEADER_BYTES,
                 .limit = chunk.bytes.len,
                 .trusted = header.reason == EVTX_SOUND,
                 .first_id = header.first_id,
                 .last_id = header.last_id};
    if (chunk.bytes.len < EVTX_CHUNK_BYTES) {
        if (walk.trusted && header.free_at < walk.limit) walk.limit = header.free_at;
        return walk_cut(&walk, walk.trusted ? header.free_at : walk.limit);
    }
    if (walk.trusted) walk.limit = header.free_at;
    return walk_records(&walk);
}

static Walk headless_walk(EvtxState *state, const EvtxChunk *chunk)
{
    return (Walk){
        .state = state, .chunk = chunk, .at = CHUNK_HEADER_BYTES, .limit = chunk->bytes.len};
}

bool evtx_chunk_has_records(const EvtxChunk *chunk)
{
    Walk walk = headless_walk(NULL, chunk);
    return chunk->bytes.len > CHUNK_HEADER_BYTES &&
           find_record(&walk, CHUNK_HEADER_BYTES - 1) != SLICE_NOT_FOUND;
}

int evtx_chunk_decode_headless(EvtxState *state, const EvtxChunk *chunk)
{
    begin(state);
    int r = evtx_damage(state, EVTX_CHUNK_SIGNATURE, chunk->offset, CHUNK_HEADER_BYTES, 0);
    if (r < 0) return r;
    Walk walk = headless_walk(state, chunk);
    return walk_records(&walk);
}
