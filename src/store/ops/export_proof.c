/* See export_proof.h. Leaves are not kept: those of a segment are made again from its rows, once
 * for all proofs of that segment. */
#include "store/ops/export_proof.h"

#include "store/segment/segment.h"
#include "store/wal/reader_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Exporting Exporting;
struct Exporting {
    const Os *os;
    const StoreReader *reader;
    Chain *chain;
    ProofWanted *wanted; /* by number */
    size_t count;
    const atomic_bool *cancel; /* NULL: never */
    /* What is done with a proof: rows is how many its segment has. */
    int (*give)(Exporting *exporting, const RecordProof *proof, uint64_t rows, uint64_t ordinal);
    char place[64]; /* what does not hold */
    /* of files: */
    const char *folder;
    ExportProgress progress;
    void *context;
    uint64_t written;
    /* of one row: */
    RowProof *row;
    Buf *text;
    bool is_found;
};

/* A row of the segment at hand that is to be proven. */
typedef struct Chosen {
    uint64_t ordinal;
    SegmentRecord record;
    size_t offset, bytes; /* of its canonical bytes */
} Chosen;

typedef struct Member {
    Digest *leaves; /* by rank */
    uint64_t count;
} Member;

typedef struct Proving {
    Exporting *exporting;
    Segment *segment;
    Member *members;
    size_t member_count;
    Buf records, scratch;
    Buf chosen; /* Chosen each */
} Proving;

/* ---- the tree of a member */

/* Nodes of each level, from the leaves up; a node without a sibling goes up as it is, which gives
 * the tree of RFC 6962 section 2.1. */
typedef struct Levels {
    Digest *nodes;
    size_t starts[65], counts[65], level_count;
} Levels;

static int build_levels(const Member *member, Levels *ret)
{
    Levels levels = {.nodes = calloc(2 * member->count + 66, sizeof(Digest))};
    if (!levels.nodes) return -ENOMEM;
    size_t at = member->count, count = member->count;
    memcpy(levels.nodes, member->leaves, count * sizeof(Digest));
    levels.counts[0] = count;
    levels.level_count = 1;
    while (count > 1) {
        const Digest *below = levels.nodes + levels.starts[levels.level_count - 1];
        levels.starts[levels.level_count] = at;
        for (size_t i = 0; i + 1 < count; i += 2) {
            levels.nodes[at++] = tree_node(&below[i], &below[i + 1]);
        }
        if (count % 2) levels.nodes[at++] = below[count - 1];
        count = (count + 1) / 2;
        levels.counts[levels.level_count++] = count;
    }
    *ret = levels;
    return 0;
}

static void path_of(const Levels *levels, uint64_t index, TreePath *ret)
{
    ret->count = 0;
    for (size_t level = 0; level + 1 < levels->level_count; level++, index /= 2) {
        uint64_t sibling = index ^ 1;
        if (sibling >= levels->counts[level]) continue;
        ret->hashes[ret->count++] = levels->nodes[levels->starts[level] + sibling];
    }
}

/* ---- the rows of a segment */

static int compare_wanted(const void *a, const void *b)
{
    const ProofWanted *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static int choose(Proving *proving, uint64_t number, const SegmentRecord *record)
{
    const Exporting *exporting = proving->exporting;
    const ProofWanted key = {.number = number};
    const ProofWanted *wanted = bsearch(&key, exporting->wanted, exporting->count,
                                        sizeof *exporting->wanted, compare_wanted);
    if (!wanted) return 0;
    Chosen chosen = {.ordinal = wanted->ordinal,
                     .record = *record,
                     .offset = proving->records.len,
                     .bytes = proving->scratch.len};
    buf_add_slice(&proving->records, buf_slice(&proving->scratch));
    buf_add(&proving->chosen, &chosen, sizeof chosen);
    int r = buf_error(&proving->records);
    return r < 0 ? r : buf_error(&proving->chosen);
}

static int take_row(void *context, const Row *row, uint64_t number)
{
    Proving *proving = context;
    SegmentRecord record;
    uint64_t rank;
    buf_clear(&proving->scratch);
    int r = segment_rank_of(proving->segment, number, &rank);
    if (r == -ENOENT) return -EBADMSG;
    if (r == 0) r = segment_record(proving->segment, row, rank, &proving->scratch, &record);
    if (r < 0) return r;
    Member *member = &proving->members[record.member];
    if (record.rank >= member->count) return -EBADMSG;
    member->leaves[record.rank] = tree_record_leaf(record.blind, buf_slice(&proving->scratch));
    return choose(proving, number, &record);
}

static int take_rows(Proving *proving)
{
    int r = 0;
    const atomic_bool *cancel = proving->exporting->cancel;
    for (uint32_t i = 0; i < segment_block_count(proving->segment) && r == 0; i++) {
        r = segment_block_rows(proving->segment, i, take_row, proving);
        if (r == 0 && cancel && atomic_load(cancel)) r = -ECANCELED;
    }
    return r;
}

/* ---- the files */

static int write_proof(Exporting *exporting, const RecordProof *proof, uint64_t rows,
                       uint64_t ordinal)
{
    (void)rows; /* are in the entry, which stands in the file */
    const Os *os = exporting->os;
    CLEANUP(arena_done) Arena arena = arena_make(0);
    CLEANUP(buf_done) Buf text = buf_make(2 * PROOF_RECORD_BYTES_MAX);
    char path[4400];
    int r = proof_text(exporting->chain, proof, &arena, &text);
    if (r < 0) return r == -EINVAL || r == -ENOENT ? -EBADMSG : r;
    snprintf(path, sizeof path, "%s/%08llu.proof", exporting->folder, (unsigned long long)ordinal);
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, path, O_WRONLY | O_CREAT | O_EXCL, 0600)};
    if (file.fd < 0) return file.fd;
    r = os_write_full(os, file.fd, text.ptr, text.len);
    if (r == 0) r = os->sync_data(os->state, file.fd);
    exporting->written += r == 0;
    if (r == 0 && exporting->progress) {
        r = exporting->progress(exporting->context, exporting->written, exporting->count);
    }
    return r;
}

static int prove_member(Proving *proving, size_t index)
{
    const Member *member = &proving->members[index];
    Levels levels;
    int r = build_levels(member, &levels);
    if (r < 0) return r;
    for (size_t i = 0; i < proving->chosen.len / sizeof(Chosen) && r == 0; i++) {
        const Chosen *chosen = (const Chosen *)proving->chosen.ptr + i;
        if (chosen->record.member != index) continue;
        RecordProof proof = {.segment = segment_member(proving->segment, index)->number,
                             .index = chosen->record.rank,
                             .is_record_shown = true,
                             .record =
                                 slice_of(proving->records.ptr + chosen->offset, chosen->bytes),
                             .leaf = member->leaves[chosen->record.rank]};
        memcpy(proof.blind, chosen->record.blind, sizeof proof.blind);
        path_of(&levels, proof.index, &proof.path);
        r = proving->exporting->give(proving->exporting, &proof, member->count, chosen->ordinal);
    }
    free(levels.nodes);
    return r;
}

static int prove_members(Proving *proving)
{
    int r = 0;
    for (size_t i = 0; i < proving->member_count && r == 0; i++) {
        bool wanted = false;
        for (size_t k = 0; k < proving->chosen.len / sizeof(Chosen) && !wanted; k++) {
            wanted = ((const Chosen *)proving->chosen.ptr)[k].record.member == i;
        }
        if (wanted) r = prove_member(proving, i);
    }
    return r;
}

/* ---- a segment */

static void proving_done(Proving *proving)
{
    for (size_t i = 0; proving->members && i < proving->member_count; i++) {
        free(proving->members[i].leaves);
    }
    free(proving->members);
    segment_close(proving->segment);
    buf_done(&proving->records);
    buf_done(&proving->scratch);
    buf_done(&proving->chosen);
}

static int make_members(Proving *proving)
{
    proving->member_count = segment_member_count(proving->segment);
    proving->members = calloc(proving->member_count, sizeof *proving->members);
    if (!proving->members) return -ENOMEM;
    for (size_t i = 0; i < proving->member_count; i++) {
        Member *member = &proving->members[i];
        member->count = segment_member(proving->segment, i)->count;
        member->leaves = calloc(member->count + 1, sizeof *member->leaves);
        if (!member->leaves) return -ENOMEM;
        size_t gone_count;
        const GoneRow *gone = segment_member_gone(proving->segment, i, &gone_count);
        for (size_t j = 0; j < gone_count; j++) {
            member->leaves[gone[j].rank] = gone[j].leaf;
        }
    }
    return 0;
}

/* Has the segment any of those that are wanted? By the numbers of its first and last row. */
static bool is_wanted(const Exporting *exporting, const ManifestSegment *entry)
{
    size_t low = 0, high = exporting->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (exporting->wanted[middle].number < entry->first_row) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < exporting->count && exporting->wanted[low].number < entry->end_row;
}

static int prove_segment(Exporting *exporting, size_t index)
{
    CLEANUP(proving_done)
    Proving proving = {.exporting = exporting,
                       .records = buf_make((size_t)4 << 30),
                       .scratch = buf_make(2 * PROOF_RECORD_BYTES_MAX),
                       .chosen = buf_make(0)};
    int r = store_reader_open_segment(exporting->reader, index, &proving.segment);
    if (r == 0) r = make_members(&proving);
    if (r == 0) r = take_rows(&proving);
    if (r == 0) r = prove_members(&proving);
    if (r == -EBADMSG) {
        snprintf(exporting->place, sizeof exporting->place, "%s",
                 store_reader_segment_info(exporting->reader, index)->file);
    }
    return r;
}

static int prove_all(Exporting *exporting)
{
    int r = 0;
    for (size_t i = 0; i < store_reader_segment_count(exporting->reader) && r == 0; i++) {
        if (is_wanted(exporting, exporting->reader->entries[i])) r = prove_segment(exporting, i);
    }
    return r;
}

bool export_is_sealed(const StoreReader *reader, uint64_t number)
{
    return number < manifest_end_row(&reader->manifest);
}

static int open_chain(Exporting *exporting, const char *store)
{
    char path[4352];
    snprintf(path, sizeof path, "%s/chain", store);
    int r = chain_open_reading(exporting->os, path, &exporting->chain);
    if (r < 0) snprintf(exporting->place, sizeof exporting->place, "chain/chain.log");
    return r == -ENOENT ? -EBADMSG : r;
}

static ChainState describe_chain(const Exporting *exporting, char ret_key[EXPORT_KEY_BYTES])
{
    ChainState state;
    Buf text = buf_over(ret_key, EXPORT_KEY_BYTES - 1);
    chain_state(exporting->chain, &state);
    public_key_text_add(&text, &state.log_id, &state.first_key);
    ret_key[text.len] = '\0';
    return state;
}

static void describe(const Exporting *exporting, ProofsWritten *ret)
{
    ChainState state = describe_chain(exporting, ret->first_key);
    ret->proofs = exporting->written;
    ret->unsealed = exporting->count - exporting->written;
    ret->size = state.last.size;
}

static void say_damaged(const Exporting *exporting, Complaint *complaint)
{
    complaint_say(complaint, "export.damaged",
                  "%s does not hold, so nothing of it can be proven. Run akashi verify.",
                  "%s が壊れているか書き換えられているため、証明を作れません。akashi verify で"
                  "確かめてください。",
                  exporting->place);
}

int export_proofs(const Os *os, const char *store, const StoreReader *reader, ProofWanted *wanted,
                  size_t count, const char *folder, ExportProgress progress, void *context,
                  ProofsWritten *ret, Complaint *complaint)
{
    Exporting exporting = {.os = os,
                           .reader = reader,
                           .give = write_proof,
                           .folder = folder,
                           .wanted = wanted,
                           .count = count,
                           .progress = progress,
                           .context = context};
    if (count > EXPORT_PROOFS_MAX) return -E2BIG;
    if (count) qsort(wanted, count, sizeof *wanted, compare_wanted);
    int r = open_chain(&exporting, store);
    if (r == 0) r = chain_export(exporting.chain, folder);
    if (r == 0) r = prove_all(&exporting);
    if (r == 0) r = os->sync_folder(os->state, folder);
    if (r >= 0) describe(&exporting, ret);
    chain_close(exporting.chain);
    if (r == -EBADMSG) say_damaged(&exporting, complaint);
    return r < 0 ? r : 0;
}

/* ---- one row, to be shown */

static int keep_proof(Exporting *exporting, const RecordProof *proof, uint64_t rows,
                      uint64_t ordinal)
{
    (void)ordinal;
    CLEANUP(arena_done) Arena arena = arena_make(0);
    RowProof *row = exporting->row;
    ProofPlace place;
    ChainState state = describe_chain(exporting, row->first_key);
    uint64_t entry;
    row->segment = proof->segment;
    row->segment_rows = rows;
    row->index = proof->index;
    row->leaf = proof->leaf;
    row->checkpoint = state.last;
    exporting->is_found = true;
    int r = chain_find_segment(exporting->chain, proof->segment, &entry);
    if (r < 0) return r == -ENOENT ? -EBADMSG : r;
    row->is_covered = entry < state.last.size;
    if (!row->is_covered) return 0;
    r = proof_place(exporting->chain, proof, &arena, &place);
    if (r == 0) {
        row->entry = place.entry;
        row->segment_root = place.parsed.segment.root;
    }
    if (r == 0 && exporting->text) {
        r = proof_text(exporting->chain, proof, &arena, exporting->text);
    }
    return r == -EINVAL || r == -ENOENT ? -EBADMSG : r;
}

int export_row_proof(const Os *os, const char *store, const StoreReader *reader, uint64_t number,
                     const atomic_bool *cancel, RowProof *ret, Buf *text, Complaint *complaint)
{
    ProofWanted wanted = {.number = number, .ordinal = 1};
    RowProof row = {0};
    Exporting exporting = {.os = os,
                           .reader = reader,
                           .give = keep_proof,
                           .wanted = &wanted,
                           .count = 1,
                           .cancel = cancel,
                           .row = &row,
                           .text = text};
    if (!export_is_sealed(reader, number)) return -ENOENT;
    int r = open_chain(&exporting, store);
    if (r == 0) r = prove_all(&exporting);
    if (r == 0 && !exporting.is_found) r = -ENOENT;
    if (r == 0) *ret = row;
    chain_close(exporting.chain);
    if (r == -EBADMSG) say_damaged(&exporting, complaint);
    return r;
}
