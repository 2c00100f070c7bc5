/* Several segments as one file; see segment.h and doc/decisions/0010-repacking.md. */
#include "store/segment/repack_int.h"

#include "base/number.h"
#include "record/event_key.h"

#include <errno.h>
#include <stdlib.h>

static void repacking_done(Repacking *repacking)
{
    for (size_t i = 0; i < repacking->member_count && repacking->left; i++) {
        buf_done(&repacking->left[i]);
    }
    for (size_t i = 0; i < repacking->member_count && repacking->gone; i++) {
        buf_done(&repacking->gone[i]);
    }
    for (size_t i = 0; i < repacking->member_count && repacking->members; i++) {
        explicit_bzero(&repacking->members[i].key_seed, sizeof(KeySeed));
        explicit_bzero(&repacking->members[i].blind_key, sizeof(Digest));
    }
    free(repacking->left);
    free(repacking->gone);
    free(repacking->members);
    free(repacking->marks);
    repack_rows_done(&repacking->rows);
}

/* ---- members */

/* Slices and runs are the input's, which stays open. */
static SegmentMember member_of(const Segment *input, size_t index)
{
    if (segment_is_repacked(input)) {
        SegmentMember member = input->directory.members[index];
        member.keys = (KeyPlace){0};
        return member;
    }
    return (SegmentMember){.header = *segment_header(input),
                           .blind_key = crypt_blind_key(input->key),
                           .numbers = input->directory.numbers,
                           .key_seed = keys_seed(input->key)};
}

static int compare_members(const void *a_member, const void *b_member)
{
    const SegmentMember *a = a_member, *b = b_member;
    return (a->header.number > b->header.number) - (a->header.number < b->header.number);
}

static int judge_members(const Repacking *repacking)
{
    const SegmentMember *members = repacking->members;
    for (size_t i = 1; i < repacking->member_count; i++) {
        bool same_log = memcmp(&members[i].header.log_id, &members[0].header.log_id,
                               sizeof members[i].header.log_id) == 0;
        if (!same_log || members[i].header.number == members[i - 1].header.number ||
            !slice_eq(members[i].header.policy, members[0].header.policy)) {
            return -EINVAL;
        }
    }
    return 0;
}

static int gather_members(Repacking *repacking)
{
    const RepackRows *rows = &repacking->rows;
    size_t count = 0, at = 0;
    for (size_t i = 0; i < rows->input_count; i++) {
        count += segment_member_count(rows->inputs[i]);
    }
    if (count > SEGMENT_MEMBERS_MAX) return -E2BIG;
    repacking->members = calloc(count, sizeof *repacking->members);
    repacking->left = calloc(count, sizeof *repacking->left);
    repacking->gone = calloc(count, sizeof *repacking->gone);
    if (!repacking->members || !repacking->left || !repacking->gone) return -ENOMEM;
    repacking->member_count = count;
    for (size_t i = 0; i < rows->input_count; i++) {
        for (size_t j = 0; j < segment_member_count(rows->inputs[i]); j++) {
            repacking->members[at++] = member_of(rows->inputs[i], j);
        }
    }
    qsort(repacking->members, count, sizeof *repacking->members, compare_members);
    for (size_t i = 0; i < count; i++) {
        const SegmentMember *member = &repacking->members[i];
        repacking->gone[i] = buf_make(0);
        buf_add(&repacking->gone[i], member->gone, member->gone_count * sizeof *member->gone);
        if (buf_error(&repacking->gone[i])) return -ENOMEM;
    }
    return judge_members(repacking);
}

/* ---- rows that are left out */

static int compare_numbers(const void *a_number, const void *b_number)
{
    const uint64_t *a = a_number, *b = b_number;
    return (*a > *b) - (*a < *b);
}

bool repack_drops(const Repacking *repacking, uint64_t number)
{
    if (repacking->drop_count == 0) return false;
    return bsearch(&number, repacking->drop, repacking->drop_count, sizeof number,
                   compare_numbers) != NULL;
}

static void count_rows(Repacking *repacking)
{
    RepackRows *rows = &repacking->rows;
    for (size_t i = 0; i < rows->input_count; i++) {
        const Segment *input = rows->inputs[i];
        uint64_t rank;
        rows->row_count += segment_header(input)->count;
        for (size_t j = 0; j < repacking->drop_count; j++) {
            rows->row_count -= segment_rank_of(input, repacking->drop[j], &rank) == 0;
        }
    }
}

/* ---- for the chain */

static int describe(const SegmentMember *members, size_t count, uint64_t file, Repack *ret)
{
    CLEANUP(buf_done) Buf hashes = buf_make(0);
    Repack repack = {.file = file};
    for (size_t i = 0; i < count; i++) {
        const SegmentHeader *header = &members[i].header;
        Digest digest = segment_header_digest(header);
        buf_add(&hashes, digest.bytes, sizeof digest.bytes);
        RepackRun *last = repack.run_count ? &repack.runs[repack.run_count - 1] : NULL;
        if (last && last->first + last->count == header->number) {
            last->count++;
            continue;
        }
        if (repack.run_count == REPACK_RUNS_MAX) return -E2BIG;
        repack.runs[repack.run_count++] = (RepackRun){header->number, 1};
    }
    if (buf_error(&hashes)) return -ENOMEM;
    Slice all = buf_slice(&hashes);
    repack.members = digest_sha256(&all, 1);
    *ret = repack;
    return 0;
}

int segment_repack_entry(const Segment *segment, Repack *ret)
{
    const SegmentDirectory *directory = &segment->directory;
    const SegmentHeader *header = segment_header(segment);
    Repack repack;
    int r = describe(directory->members, directory->member_count, header->number & ~REPACKED_BIT,
                     &repack);
    if (r < 0) return r;
    repack.directory = header->dictionary;
    *ret = repack;
    return 0;
}

/* ---- the file */

typedef struct Going {
    const RepackOptions *options;
    uint64_t rows_all;
} Going;

static int tell(void *context, uint64_t rows)
{
    const Going *going = context;
    if (!going->options->going) return 0;
    return going->options->going(going->options->context, rows, going->rows_all);
}

static int write_file(const Os *os, const char *folder, const char *name,
                      const RepackOptions *options, Repacking *repacking, SegmentHeader *ret_header)
{
    const SegmentHeader *first = &repacking->members[0].header;
    SegmentOptions file = {.kek = options->kek,
                           .header = {.log_id = first->log_id,
                                      .number = REPACKED_BIT | options->file,
                                      .policy = first->policy},
                           .level = options->level,
                           .seed = options->seed,
                           .index_bytes_max = options->index_bytes_max};
    SegmentRows rows = {
        .count = repacking->rows.row_count, .get = repack_rows_get, .context = &repacking->rows};
    Going going = {options, repacking->rows.row_count};
    SegmentPlan plan = {.rows = &rows,
                        .survey = repack_survey,
                        .context = repacking,
                        .members = repacking->members,
                        .left = repacking->left,
                        .member_count = repacking->member_count,
                        .going = tell,
                        .going_context = &going};
    return segment_write_plan(os, folder, name, &file, &plan, ret_header);
}

int segment_repack(const Os *os, const char *folder, const char *name, const RepackOptions *options,
                   Segment *const *inputs, size_t count, SegmentHeader *ret_header,
                   Repack *ret_repack)
{
    CLEANUP(repacking_done)
    Repacking repacking = {.rows = {.inputs = inputs, .input_count = count},
                           .seed = options->seed,
                           .drop = options->drop,
                           .drop_count = options->drop_count};
    SegmentHeader header;
    Repack repack;
    if (count == 0) return -EINVAL;
    if (count > REPACK_INPUTS_MAX) return -E2BIG;
    count_rows(&repacking);
    int r = gather_members(&repacking);
    if (r == 0) r = describe(repacking.members, repacking.member_count, options->file, &repack);
    if (r == 0) r = write_file(os, folder, name, options, &repacking, &header);
    if (r < 0) return r;
    repack.directory = header.dictionary;
    header.policy = segment_header(inputs[0])->policy; /* the input's slice */
    *ret_header = header;
    *ret_repack = repack;
    return 0;
}

void segment_marked_key(Buf *scratch, const Row *row, unsigned mark, uint8_t ret_key[ROW_KEY_BYTES])
{
    Slice source = row->record.text[RECORD_AKASHI_SOURCE];
    unsigned added = mark - 1;
    if (mark <= MARK_CONTENT) {
        event_content_key(scratch, source, &row->event, ret_key);
    } else {
        Digest line = event_line_digest(source, &row->event);
        added = (mark - MARK_CONTENT - 1) % MARK_ADDED;
        event_line_key(&line, false, (mark - MARK_CONTENT - 1) / MARK_ADDED, ret_key);
    }
    ret_key[ROW_KEY_BYTES - 1] = (uint8_t)(ret_key[ROW_KEY_BYTES - 1] + added);
}

int segment_block_keys(Segment *segment, uint32_t block, KeySink sink, void *context)
{
    CLEANUP(open_block_done) OpenBlock *open = NULL;
    CLEANUP(buf_done) Buf scratch = buf_make(0);
    if (!segment_is_repacked(segment)) return 0;
    int r = segment_open_block(segment, block, &open);
    for (uint32_t i = 0; r == 0 && i < segment_block(segment, block)->row_count; i++) {
        uint8_t key[ROW_KEY_BYTES];
        Row row;
        unsigned mark = open_block_mark(open, i);
        if (mark == 0) continue;
        r = open_block_row(open, i, &row);
        if (r < 0) break;
        segment_marked_key(&scratch, &row, mark, key);
        r = sink(context, key);
    }
    return r;
}
