/* Compiled templates, kept from chunk to chunk.
 *
 * A definition is known again by its bytes: GUID, size and body compared with the copy that the
 * program holds, but for the offsets of names, which each chunk has anew; there the names
 * themselves are compared. Nothing rests on a hash alone, so no file can pass one template for
 * another. */
#include "decode/evtx_int.h"

#include <errno.h>
#include <stdlib.h>

#define DEFINITION_HEADER_BYTES 24 /* next offset (4), GUID (16), size of the body (4) */
#define SLOT_LENGTH_MAX 16         /* programs under one hash; more are compiled each time */

static void drop_all(EvtxCache *cache)
{
    for (size_t i = 0; i < EVTX_CACHE_SLOTS; i++) {
        while (cache->slots[i]) {
            EvtxProgram *program = cache->slots[i];
            cache->slots[i] = program->next;
            free(program);
        }
    }
    cache->count = cache->bytes = 0;
}

void evtx_cache_begin_chunk(EvtxCache *cache)
{
    cache->chunk_serial++;
    if (cache->count >= EVTX_CACHE_PROGRAMS_MAX || cache->bytes >= EVTX_CACHE_BYTES_MAX) {
        drop_all(cache);
    }
}

void evtx_cache_done(EvtxCache *cache)
{
    drop_all(cache);
}

static bool place_eq(EvtxPlace a, EvtxPlace b)
{
    return a.context == b.context && slice_eq(a.section, b.section);
}

static bool name_is_same(const EvtxProgram *program, const EvtxNameRef *ref, Slice chunk,
                         size_t definition_at)
{
    size_t after = definition_at + ref->at + 4;
    size_t offset = read_le32(chunk.ptr + definition_at + ref->at);
    if (ref->is_inline) return offset == after;
    size_t len = 2 * (size_t)ref->chars;
    if (offset == after || offset > chunk.len || chunk.len - offset < 8 + len) return false;
    const char *name = chunk.ptr + offset;
    return read_le16(name + 6) == ref->chars &&
           memcmp(name + 8, program->ref_chars + ref->chars_at, len) == 0;
}

/* An inline name begins with the offset of the next name of its hash: chunk-relative, too. */
static bool definition_is_same(const EvtxProgram *program, Slice chunk, size_t at)
{
    const char *mine = program->definition.ptr, *other = chunk.ptr + at;
    size_t from = 4; /* past the next definition's offset */
    for (size_t i = 0; i < program->ref_count; i++) {
        const EvtxNameRef *ref = &program->refs[i];
        if (memcmp(mine + from, other + from, ref->at - from) != 0) return false;
        if (!name_is_same(program, ref, chunk, at)) return false;
        from = ref->at + (ref->is_inline ? 8 : 4);
    }
    return memcmp(mine + from, other + from, program->definition.len - from) == 0;
}

static uint64_t hash_definition(const char *definition, EvtxPlace place)
{
    uint64_t hash = read_le64(definition + 4) ^ read_le32(definition + 20);
    hash = (hash ^ (uint64_t)place.context << 32) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ read_le64(definition + 12)) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static char *put(char **at, const void *bytes, size_t len)
{
    char *piece = *at;
    if (len) memcpy(piece, bytes, len);
    *at += (len + 15) & ~(size_t)15;
    return piece;
}

/* The program and all that it points to, in one block at `block`. */
static EvtxProgram *pack(char *block, const EvtxProgram *from, Slice refs, Slice chars)
{
    EvtxProgram *program = (EvtxProgram *)(void *)put(&block, from, sizeof *from);
    program->steps = (void *)put(&block, from->steps, from->step_count * sizeof(EvtxStep));
    program->parts = (void *)put(&block, from->parts, from->part_count * sizeof(EvtxPart));
    program->guards = (void *)put(&block, from->guards, from->guard_count * sizeof(EvtxGuard));
    program->text.ptr = put(&block, from->text.ptr, from->text.len);
    program->place.section.ptr = put(&block, from->place.section.ptr, from->place.section.len);
    program->definition.ptr = put(&block, from->definition.ptr, from->definition.len);
    program->refs = (void *)put(&block, refs.ptr, refs.len);
    program->ref_chars = put(&block, chars.ptr, chars.len);
    return program;
}

static size_t packed_bytes(const EvtxProgram *program, size_t extra)
{
    return sizeof *program + program->step_count * sizeof(EvtxStep) +
           program->part_count * sizeof(EvtxPart) + program->guard_count * sizeof(EvtxGuard) +
           program->text.len + program->place.section.len + program->definition.len + extra +
           9 * 16;
}

static int pack_for_record(EvtxState *state, const EvtxProgram *program, EvtxProgram **ret)
{
    char *block = arena_alloc(&state->compiler.tree, packed_bytes(program, 0));
    if (!block) return -ENOMEM;
    *ret = pack(block, program, (Slice){0}, (Slice){0});
    return 0;
}

int evtx_program_of_nodes(EvtxState *state, const EvtxNode *nodes, EvtxPlace place,
                          EvtxProgram **ret)
{
    EvtxProgram program;
    int r = evtx_compile(&state->compiler, nodes, place, &program);
    return r < 0 ? r : pack_for_record(state, &program, ret);
}

/* The names that are not inline, copied one after the other; chars_at becomes the place there. */
static Slice copy_names(EvtxState *state, Slice chunk, EvtxNameRef *refs, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += refs[i].is_inline ? 0 : 2 * (size_t)refs[i].chars;
    }
    char *chars = arena_alloc(&state->compiler.tree, bytes + 1);
    if (!chars) return (Slice){0};
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (refs[i].is_inline) continue;
        size_t len = 2 * (size_t)refs[i].chars;
        memcpy(chars + at, chunk.ptr + refs[i].chars_at, len);
        refs[i].chars_at = (uint32_t)at;
        at += len;
    }
    return slice_of(chars, at);
}

/* NULL: too large to be kept, or no memory. */
static EvtxProgram *keep(EvtxState *state, EvtxProgram *program)
{
    EvtxCache *cache = &state->cache;
    Slice chunk = state->run.chunk->bytes;
    Buf *noted = &state->compiler.name_refs;
    EvtxNameRef *refs = (EvtxNameRef *)(void *)noted->ptr;
    program->ref_count = noted->len / sizeof *refs;
    Slice chars = copy_names(state, chunk, refs, program->ref_count);
    program->bytes = packed_bytes(program, noted->len + chars.len);
    if (!chars.ptr || program->bytes > EVTX_PROGRAM_BYTES_MAX) return NULL;
    char *block = malloc(program->bytes);
    if (!block) return NULL;
    EvtxProgram *kept = pack(block, program, buf_slice(noted), chars);
    EvtxProgram **slot = &cache->slots[kept->hash % EVTX_CACHE_SLOTS];
    kept->next = *slot;
    *slot = kept;
    cache->count++;
    cache->bytes += kept->bytes;
    return kept;
}

/* *ret_may_keep: there is none, and room to keep one. */
static EvtxProgram *find_kept(const EvtxCache *cache, Slice chunk, Slice definition,
                              EvtxPlace place, uint64_t hash, bool *ret_may_keep)
{
    size_t at = (size_t)(definition.ptr - chunk.ptr);
    unsigned length = 0;
    EvtxProgram *program = cache->slots[hash % EVTX_CACHE_SLOTS];
    for (; program; program = program->next, length++) {
        if (program->hash == hash && program->definition.len == definition.len &&
            place_eq(program->place, place) && definition_is_same(program, chunk, at)) {
            return program;
        }
    }
    *ret_may_keep = length < SLOT_LENGTH_MAX && cache->count < EVTX_CACHE_PROGRAMS_MAX &&
                    cache->bytes < EVTX_CACHE_BYTES_MAX;
    return NULL;
}

static int parse_definition(EvtxState *state, Slice definition, EvtxNode **ret)
{
    size_t at = (size_t)(definition.ptr - state->run.chunk->bytes.ptr);
    EvtxParser parser = {.chunk = state->run.chunk,
                         .at = at + DEFINITION_HEADER_BYTES,
                         .end = at + definition.len,
                         .arena = &state->compiler.tree,
                         .work = &state->chunk_work,
                         .has_dependencies = true,
                         .refs_base = at,
                         .name_refs = &state->compiler.name_refs};
    buf_clear(&state->compiler.name_refs);
    int r = evtx_xml_parse_elements(&parser, ret);
    if (r < 0 && state->run.reason == EVTX_SOUND) state->run.reason = parser.reason;
    return r;
}

/* *may_keep becomes false when the program could not be kept: then it lasts for the record. */
static int make_program(EvtxState *state, Slice definition, EvtxPlace place, uint64_t hash,
                        bool *may_keep, EvtxProgram **ret)
{
    EvtxNode *nodes;
    int r = parse_definition(state, definition, &nodes);
    if (r < 0) return r;
    EvtxProgram program, *kept = NULL;
    r = evtx_compile(&state->compiler, nodes, place, &program);
    if (r < 0) return r;
    program.definition = definition;
    program.hash = hash;
    if (*may_keep) kept = keep(state, &program);
    *may_keep = kept != NULL;
    if (!kept) return pack_for_record(state, &program, ret);
    *ret = kept;
    return 0;
}

static EvtxTemplateRef *ref_for(EvtxCache *cache, size_t at, EvtxPlace place)
{
    return &cache->refs[(at / 8 * 31 + at + (size_t)place.context) % EVTX_REF_SLOTS];
}

int evtx_program_for(EvtxState *state, size_t at, size_t body_bytes, EvtxPlace place,
                     EvtxProgram **ret)
{
    EvtxCache *cache = &state->cache;
    Slice chunk = state->run.chunk->bytes;
    Slice definition = slice_of(chunk.ptr + at, DEFINITION_HEADER_BYTES + body_bytes);
    bool may_keep = false;
    if (!state->keeps_programs) return make_program(state, definition, place, 0, &may_keep, ret);
    EvtxTemplateRef *ref = ref_for(cache, at, place);
    if (ref->chunk_serial == cache->chunk_serial && ref->at == at && place_eq(ref->place, place)) {
        *ret = ref->program;
        return 0;
    }
    uint64_t hash = hash_definition(definition.ptr, place);
    EvtxProgram *program = find_kept(cache, chunk, definition, place, hash, &may_keep);
    bool found = program != NULL;
    int r = found ? 0 : make_program(state, definition, place, hash, &may_keep, &program);
    if (r < 0) return r;
    if (found || may_keep)
        *ref = (EvtxTemplateRef){cache->chunk_serial, at, program->place, program};
    *ret = program;
    return 0;
}
