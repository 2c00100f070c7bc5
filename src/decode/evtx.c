/* See evtx.h. The walk over a file: header, chunks, and the stretches between that are neither.
 * libevtx paper, "File header". */
#include "decode/evtx.h"

#include "base/digest.h"
#include "decode/evtx_int.h"

#include <stdlib.h>

#define FLAG_NO_CHECKSUM 4 /* in the flags at 120 of the file header */

const char *const evtx_reasons[EVTX_REASON_COUNT] = {
    [EVTX_SOUND] = "",
    [EVTX_FILE_SIGNATURE] = "evtx.file.signature",
    [EVTX_FILE_CHECKSUM] = "evtx.file.checksum",
    [EVTX_FILE_TRUNCATED] = "evtx.file.truncated",
    [EVTX_FILE_CHUNKS_MISSING] = "evtx.file.chunks_missing",
    [EVTX_CHUNK_SIGNATURE] = "evtx.chunk.signature",
    [EVTX_CHUNK_HEADER] = "evtx.chunk.header",
    [EVTX_CHUNK_HEADER_CHECKSUM] = "evtx.chunk.header_checksum",
    [EVTX_CHUNK_CHECKSUM] = "evtx.chunk.checksum",
    [EVTX_CHUNK_TRUNCATED] = "evtx.chunk.truncated",
    [EVTX_RECORD_SIGNATURE] = "evtx.record.signature",
    [EVTX_RECORD_SIZE] = "evtx.record.size",
    [EVTX_XML_TOKEN] = "evtx.xml.token",
    [EVTX_XML_TRUNCATED] = "evtx.xml.truncated",
    [EVTX_XML_NAME] = "evtx.xml.name",
    [EVTX_XML_DEPTH] = "evtx.xml.depth",
    [EVTX_TEMPLATE_MISSING] = "evtx.template.missing",
    [EVTX_VALUE_TABLE] = "evtx.value.table",
    [EVTX_VALUE_MISSING] = "evtx.value.missing",
    [EVTX_EVENT_SIZE] = "evtx.event.size",
};

static bool is_chunk(Slice bytes)
{
    return bytes.len >= 8 && memcmp(bytes.ptr, "ElfChnk", 8) == 0;
}

static bool is_file(Slice bytes)
{
    return bytes.len >= 8 && memcmp(bytes.ptr, "ElfFile", 8) == 0;
}

static int recognise(Slice head)
{
    if (is_file(head)) return 100;
    return is_chunk(head) ? 90 : 0;
}

static void *new_state(bool keeps_programs)
{
    EvtxState *state = calloc(1, sizeof *state);
    if (!state) return NULL;
    state->keeps_programs = keeps_programs;
    state->compiler.tree = arena_make(EVTX_CACHE_BYTES_MAX);
    return state;
}

static void *new_keeping(const DecodeOptions *options)
{
    (void)options; /* times in the format are UTC */
    return new_state(true);
}

static void *new_forgetting(const DecodeOptions *options)
{
    (void)options;
    return new_state(false);
}

static void free_state(void *opaque)
{
    EvtxState *state = opaque;
    if (!state) return;
    evtx_cache_done(&state->cache);
    evtx_compiler_done(&state->compiler);
    free(state);
}

/* A stretch without a chunk is told as one damage when it ends. */
static int close_lost(EvtxState *state)
{
    uint64_t bytes = state->lost_bytes;
    if (bytes == 0) return 0;
    state->lost_bytes = 0;
    return evtx_damage(state, EVTX_CHUNK_SIGNATURE, state->lost_at, bytes, 0);
}

static void lose(EvtxState *state, uint64_t offset, size_t bytes)
{
    if (state->lost_bytes == 0) state->lost_at = offset;
    state->lost_bytes += bytes;
}

/* "ElfFile\0", first and last chunk (8 each), next record (8), sizes, number of chunks (2) at 42,
 * flags (4) at 120, CRC-32 of bytes 0-119 (4) at 124; then zeros up to 4096. The numbers are not
 * kept up to date while a log is open, so nothing rests on them. */
static int read_header(EvtxState *state, Slice header, uint64_t offset)
{
    const char *p = header.ptr;
    bool with_checksum = !(read_le32(p + 120) & FLAG_NO_CHECKSUM);
    bool holds = digest_crc32(slice_of(p, 120)) == read_le32(p + 124);
    state->header_counts = with_checksum && holds;
    state->header_chunks = read_le16(p + 42);
    if (holds || !with_checksum) return 0;
    return evtx_damage(state, EVTX_FILE_CHECKSUM, offset, 128, 0);
}

/* Returns the bytes used up; *ret_wait: the window must grow first. */
static ssize_t take_header(EvtxState *state, const DecodeWindow *window, bool *ret_wait)
{
    Slice bytes = window->bytes;
    *ret_wait = bytes.len < EVTX_FILE_HEADER_BYTES && !window->last && !window->full;
    if (*ret_wait) return 0;
    state->header_read = true;
    int r;
    if (is_file(bytes) && bytes.len >= EVTX_FILE_HEADER_BYTES) {
        r = read_header(state, bytes, window->offset);
        return r < 0 ? r : EVTX_FILE_HEADER_BYTES;
    }
    if (is_file(bytes) || bytes.len == 0) {
        r = evtx_damage(state, EVTX_FILE_TRUNCATED, window->offset, 0, 0);
        return r < 0 ? r : (ssize_t)bytes.len;
    }
    r = evtx_damage(state, EVTX_FILE_SIGNATURE, window->offset, 8, 0);
    if (r < 0) return r;
    /* A header of another name is still skipped when a chunk follows where one should. */
    return is_chunk(slice_skip(bytes, EVTX_FILE_HEADER_BYTES)) ? EVTX_FILE_HEADER_BYTES : 0;
}

static bool is_zero(Slice bytes)
{
    if (bytes.len && bytes.ptr[0] != 0) return false;
    return bytes.len < 2 || memcmp(bytes.ptr, bytes.ptr + 1, bytes.len - 1) == 0;
}

/* Length of the longest end of the block that may be the beginning of a chunk's signature. */
static size_t signature_tail(Slice block)
{
    for (size_t len = block.len < 7 ? block.len : 7; len > 0; len--) {
        if (memcmp(block.ptr + block.len - len, "ElfChnk", len) == 0) return len;
    }
    return 0;
}

/* Where no chunk begins: unused space (zeros), a chunk whose header is gone, or neither. */
static ssize_t take_other(EvtxState *state, const EvtxChunk *block, bool more_follows)
{
    Slice bytes = block->bytes;
    if (is_zero(bytes)) {
        int r = close_lost(state);
        return r < 0 ? r : (ssize_t)bytes.len;
    }
    size_t found = evtx_chunk_find(bytes);
    bool aligned = (block->offset - EVTX_FILE_HEADER_BYTES) % EVTX_CHUNK_BYTES == 0;
    if (found == SLICE_NOT_FOUND && aligned && evtx_chunk_has_records(block)) {
        int r = close_lost(state);
        if (r == 0) r = evtx_chunk_decode_headless(state, block);
        return r < 0 ? r : (ssize_t)bytes.len;
    }
    size_t used = found;
    if (found == SLICE_NOT_FOUND) {
        size_t tail = more_follows ? signature_tail(bytes) : 0;
        used = tail < bytes.len ? bytes.len - tail : 1;
    }
    lose(state, block->offset, used);
    return (ssize_t)used;
}

/* Returns the bytes used up; 0: the window must grow first. */
static ssize_t take_block(EvtxState *state, const DecodeWindow *window, size_t at)
{
    Slice rest = slice_skip(window->bytes, at);
    bool final = window->last || window->full;
    if (rest.len < EVTX_CHUNK_BYTES && !(final && (window->last || at == 0))) return 0;
    EvtxChunk block = {.bytes = slice_first(rest, EVTX_CHUNK_BYTES), .offset = window->offset + at};
    if (!is_chunk(rest)) {
        return take_other(state, &block, !window->last || rest.len > EVTX_CHUNK_BYTES);
    }
    int r = close_lost(state);
    if (r < 0) return r;
    size_t used;
    r = evtx_chunk_decode(state, &block, &used);
    return r < 0 ? r : (ssize_t)used;
}

static int finish(EvtxState *state, uint64_t end)
{
    int r = close_lost(state);
    if (r < 0 || !state->header_counts) return r;
    uint64_t need =
        EVTX_FILE_HEADER_BYTES +
        (uint64_t)EVTX_CHUNK_BYTES * (state->header_chunks ? state->header_chunks - 1u : 0);
    if (end > need || state->header_chunks == 0) return 0;
    return evtx_damage(state, EVTX_FILE_CHUNKS_MISSING, end, need + EVTX_CHUNK_BYTES - end, 0);
}

static ssize_t feed(void *opaque, const DecodeWindow *window, Arena *arena, const DecodeSink *sink)
{
    EvtxState *state = opaque;
    state->arena = arena;
    state->sink = sink;
    state->feed++;
    size_t at = 0;
    if (!state->header_read) {
        bool wait;
        ssize_t used = take_header(state, window, &wait);
        if (used < 0 || wait) return used;
        at = (size_t)used;
    }
    while (at < window->bytes.len) {
        ssize_t used = take_block(state, window, at);
        if (used < 0) return used;
        if (used == 0) break;
        at += (size_t)used;
    }
    if (window->last) {
        int r = finish(state, window->offset + window->bytes.len);
        if (r < 0) return r;
    }
    return (ssize_t)at;
}

const Decoder evtx_decoder = {
    .name = "evtx", .recognise = recognise, .new = new_keeping, .free = free_state, .feed = feed};
const Decoder evtx_uncached_decoder = {.name = "evtx",
                                       .recognise = recognise,
                                       .new = new_forgetting,
                                       .free = free_state,
                                       .feed = feed};
