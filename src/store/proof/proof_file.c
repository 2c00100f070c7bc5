/* See proof_file.h. */
#include "store/proof/proof_file.h"
#include "store/proof/chain_int.h"

#include "store/crypt/base64_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static void add_hashes(Buf *buf, const char *name, const TreePath *path)
{
    for (size_t i = 0; i < path->count; i++) {
        buf_add_cstr(buf, name);
        base64_add(buf, path->hashes[i].bytes, 32);
        buf_add_char(buf, '\n');
    }
}

static void add_bytes(Buf *buf, const char *name, const void *bytes, size_t count)
{
    buf_add_cstr(buf, name);
    base64_add(buf, bytes, count);
    buf_add_char(buf, '\n');
}

static bool proof_fits(const RecordProof *proof, const SegmentHeader *header)
{
    if (proof->is_record_shown) {
        Digest leaf = tree_record_leaf(proof->blind, proof->record);
        if (proof->record.len > PROOF_RECORD_BYTES_MAX ||
            memcmp(leaf.bytes, proof->leaf.bytes, 32) != 0) {
            return false;
        }
    }
    return tree_inclusion_holds(&proof->leaf, proof->index, header->count, &proof->path,
                                &header->root);
}

int proof_place(Chain *chain, const RecordProof *proof, Arena *arena, ProofPlace *ret)
{
    ProofPlace place;
    int r = chain_find_segment(chain, proof->segment, &place.entry);
    if (r == 0) r = chain_prove(chain, place.entry, arena, &place.body, &place.log_path);
    if (r == 0) r = chain_entry_parse(place.body, &place.parsed);
    if (r < 0) return r;
    Digest leaf = tree_leaf(place.body);
    if (!proof_fits(proof, &place.parsed.segment) ||
        !tree_inclusion_holds(&leaf, place.entry, chain->last.size, &place.log_path,
                              &chain->last.root)) {
        return -EINVAL;
    }
    *ret = place;
    return 0;
}

int proof_text(Chain *chain, const RecordProof *proof, Arena *arena, Buf *ret)
{
    ProofPlace place;
    int r = proof_place(chain, proof, arena, &place);
    if (r < 0) return r;
    buf_add_format(ret, "akashi proof 1\nentry %llu\nsize %llu\n", (unsigned long long)place.entry,
                   (unsigned long long)chain->last.size);
    add_bytes(ret, "header ", place.body.ptr, place.body.len);
    buf_add_format(ret, "record-index %llu\n", (unsigned long long)proof->index);
    if (proof->is_record_shown) {
        add_bytes(ret, "blind ", proof->blind, sizeof proof->blind);
        add_bytes(ret, "record ", proof->record.ptr, proof->record.len);
    } else {
        add_bytes(ret, "leaf ", proof->leaf.bytes, 32);
    }
    add_hashes(ret, "path ", &proof->path);
    add_hashes(ret, "log ", &place.log_path);
    buf_add_cstr(ret, "end\n");
    return buf_error(ret);
}

static int give_start(Chain *chain, int from, uint64_t bytes, ChainSink sink, void *context)
{
    char piece[16 << 10];
    int r = 0;
    for (uint64_t at = 0; at < bytes && r == 0;) {
        size_t here = bytes - at < sizeof piece ? (size_t)(bytes - at) : sizeof piece;
        ssize_t got = os_pread_full(chain->os, from, piece, here, at);
        if (got < 0) return (int)got;
        if ((size_t)got < here) return -EIO;
        r = sink(context, slice_of(piece, here));
        at += here;
    }
    return r;
}

typedef struct SealedBytes {
    uint64_t size, bytes;
} SealedBytes;

static int count_sealed(void *context, const ChainEntry *entry, Slice body, const Digest *leaf)
{
    (void)leaf;
    SealedBytes *sealed = context;
    if (entry->index < sealed->size) sealed->bytes += FRAME_HEAD_BYTES + body.len;
    return 0;
}

int chain_export_log(Chain *chain, ChainSink sink, void *context)
{
    SealedBytes sealed = {.size = chain->last.size};
    uint64_t good_bytes;
    int r = chain_walk(chain, count_sealed, &sealed, &good_bytes);
    return r < 0 ? r : give_start(chain, chain->log_fd, sealed.bytes, sink, context);
}

int chain_export_notes(Chain *chain, ChainSink sink, void *context)
{
    return give_start(chain, chain->notes_fd, chain->notes_bytes, sink, context);
}

static int write_piece(void *context, Slice piece)
{
    const OsFd *file = context;
    return os_write_full(file->os, file->fd, piece.ptr, piece.len);
}

static int copy_to(Chain *chain, const char *folder, const char *name,
                   int (*give)(Chain *, ChainSink, void *))
{
    const Os *os = chain->os;
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path) {
        return -ENAMETOOLONG;
    }
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, path, O_WRONLY | O_CREAT | O_EXCL, 0644)};
    if (file.fd < 0) return file.fd;
    int r = give(chain, write_piece, &file);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    return r < 0 ? r : 0;
}

int chain_export(Chain *chain, const char *folder)
{
    int r = copy_to(chain, folder, "chain.log", chain_export_log);
    if (r == 0) r = copy_to(chain, folder, "checkpoints.txt", chain_export_notes);
    if (r == 0) r = chain->os->sync_folder(chain->os->state, folder);
    return r < 0 ? r : 0;
}
