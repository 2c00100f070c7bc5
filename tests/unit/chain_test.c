/* The log of segments through its interface: what it writes holds for the auditor, across restarts,
 * epochs, pauses, clocks; what was tampered with does not open. */
#include "tests/support/chain_kit.h"
#include "tests/support/tap.h"
#include "verify/verify.h"

#include "base/check.h"
#include "os/simulated.h"
#include "store/proof/proof_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Fixture {
    SimulatedOs *simulated;
    const Os *os;
    Os skewed; /* the same with a clock that can be set back */
    Secret *kek;
    Chain *chain;
    ChainOpening opening;
    Complaint complaint;
} Fixture;

static Fixture fixture(void)
{
    Fixture f = {.simulated = simulated_os_new(11), .kek = chain_kit_kek(1)};
    f.os = simulated_os_table(f.simulated);
    CHECK(f.os->make_folder(f.os->state, "/log", 0700) == 0);
    return f;
}

static const Os *right_clock;
static int64_t clock_skew_ns;

static int64_t skewed_now_ns(void *state)
{
    return right_clock->now_ns(state) + clock_skew_ns;
}

/* From here on the clock is this far off. */
static void skew_clock(Fixture *f, int64_t seconds)
{
    right_clock = simulated_os_table(f->simulated);
    clock_skew_ns = seconds * 1000000000;
    f->skewed = *right_clock;
    f->skewed.now_ns = skewed_now_ns;
    f->os = &f->skewed;
}

static int reopen(Fixture *f)
{
    chain_close(f->chain);
    f->chain = NULL;
    return chain_open(f->os, "/log", f->kek, CHAIN_KIT_GAP_NS, &f->chain, &f->opening,
                      &f->complaint);
}

static void fixture_done(Fixture *f)
{
    chain_close(f->chain);
    secret_free(f->kek);
    simulated_os_free(f->simulated);
}

static void wait_seconds(const Fixture *f, int64_t seconds)
{
    f->os->sleep_ns(f->os->state, seconds * 1000000000);
}

static void expect_holds(const Fixture *f, int line)
{
    ChainState state;
    chain_state(f->chain, &state);
    const char *verdict = chain_kit_verdict(f->os, "/log", &state.first_key, (Slice){0});
    if (strcmp(verdict, "holds") != 0) tap_fail(__FILE__, line, "%s", verdict);
}

static void begins_and_goes_on(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    ChainState state;
    Checkpoint checkpoint;
    if (!expect_ok(reopen(&f))) return;
    expect(f.opening.is_new);
    expect_int(f.opening.entries, 1);
    expect_int(f.opening.checkpoints, 1);
    expect_holds(&f, __LINE__);
    SegmentHeader header = chain_kit_header(10);
    expect_ok(chain_kit_append(f.chain, &header));
    expect_int(header.number, 0);
    expect_int(header.last_leaf, 9);
    SegmentHeader second = chain_kit_header(5);
    expect_ok(chain_kit_append(f.chain, &second));
    expect_int(second.first_leaf, 10);
    Digest first_digest = segment_header_digest(&header);
    expect(memcmp(second.previous.bytes, first_digest.bytes, 32) == 0);
    wait_seconds(&f, 60);
    expect_ok(chain_checkpoint(f.chain, &checkpoint));
    expect_int(checkpoint.size, 3);
    expect_int(checkpoint.number, 1);
    wait_seconds(&f, 60);
    expect_ok(chain_checkpoint(f.chain, &checkpoint)); /* also when nothing arrived */
    expect_int(checkpoint.number, 2);
    expect_holds(&f, __LINE__);
    if (!expect_ok(reopen(&f))) return;
    chain_state(f.chain, &state);
    expect_int(state.segments, 2);
    expect_int(state.leaves, 15);
    expect_int(state.last.number, 2);
    expect(!f.opening.is_new && f.opening.cut_log_bytes == 0 &&
           f.opening.cut_checkpoint_bytes == 0);
}

static void epochs_change(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    ChainState state;
    if (!expect_ok(reopen(&f))) return;
    for (uint64_t epoch = 1; epoch <= 5; epoch++) {
        SegmentHeader header = chain_kit_header(epoch);
        expect_ok(chain_kit_append(f.chain, &header));
        wait_seconds(&f, 30);
        expect_ok(chain_epoch_next(f.chain, f.kek));
        chain_state(f.chain, &state);
        expect_int(state.epoch, epoch);
        expect_int(state.last.size, state.entries); /* P3 */
        expect_int(state.last.epoch, epoch - 1);
        if (epoch % 2 && !expect_ok(reopen(&f))) return;
        expect_holds(&f, __LINE__);
    }
    expect_ok(chain_checkpoint(f.chain, NULL));
    expect_holds(&f, __LINE__);
}

/* P3: the file before the change cannot be put back: the log has gone on. */
static void an_old_key_is_of_no_use(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    Arena arena = arena_make(0);
    Slice old;
    if (!expect_ok(reopen(&f))) return;
    expect_ok(os_read_file(f.os, "/log/epoch.key", 4096, &arena, &old));
    expect_ok(chain_epoch_next(f.chain, f.kek));
    int fd = f.os->open(f.os->state, "/log/epoch.key", O_WRONLY | O_TRUNC, 0600);
    CHECK(os_write_full(f.os, fd, old.ptr, old.len) == 0);
    f.os->close(f.os->state, fd);
    expect_int(reopen(&f), -EBADMSG);
    expect_text(slice_from_cstr(f.complaint.id), "chain.broken");
    arena_done(&arena);
}

static void pauses_and_clocks(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    ChainState before, after;
    if (!expect_ok(reopen(&f))) return;
    wait_seconds(&f, 10000);
    expect_ok(chain_checkpoint(f.chain, NULL));
    chain_state(f.chain, &before);
    expect_int(before.entries, 2); /* P5: the notice of the pause */
    if (!expect_ok(reopen(&f))) return;
    wait_seconds(&f, 10000);
    if (!expect_ok(reopen(&f))) return;
    SegmentHeader header = chain_kit_header(1);
    expect_ok(chain_kit_append(f.chain, &header));
    wait_seconds(&f, 10000);
    expect_ok(chain_epoch_next(f.chain, f.kek));
    expect_holds(&f, __LINE__);
    skew_clock(&f, -5000); /* P4 */
    if (!expect_ok(reopen(&f))) return;
    header = chain_kit_header(1);
    expect_ok(chain_kit_append(f.chain, &header));
    expect_ok(chain_checkpoint(f.chain, NULL));
    expect_ok(chain_checkpoint(f.chain, NULL));
    chain_state(f.chain, &before);
    wait_seconds(&f, 60);
    expect_ok(chain_checkpoint(f.chain, NULL));
    chain_state(f.chain, &after);
    expect_int(after.entries, before.entries); /* one notice is enough */
    expect_int(after.last.time_ns, before.last.time_ns);
    expect_holds(&f, __LINE__);
}

static void deletions(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    if (!expect_ok(reopen(&f))) return;
    SegmentHeader header = chain_kit_header(1);
    expect_ok(chain_kit_append(f.chain, &header));
    expect_int(chain_append_tombstone(f.chain, 1, TOMBSTONE_POLICY, (Slice){0}), -ENOENT);
    expect_ok(chain_append_tombstone(f.chain, 0, TOMBSTONE_POLICY, SLICE("365 days")));
    expect_int(chain_append_tombstone(f.chain, 0, TOMBSTONE_POLICY, (Slice){0}), -ENOENT);
    char long_reason[REASON_BYTES_MAX + 1] = {0};
    expect_int(chain_append_tombstone(f.chain, 0, TOMBSTONE_POLICY,
                                      slice_of(long_reason, sizeof long_reason)),
               -EINVAL);
    expect_ok(chain_checkpoint(f.chain, NULL));
    expect_holds(&f, __LINE__);
}

static void repacks(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    if (!expect_ok(reopen(&f))) return;
    SegmentHeader headers[2] = {chain_kit_header(1), chain_kit_header(2)};
    expect_ok(chain_kit_append(f.chain, &headers[0]));
    expect_ok(chain_kit_append(f.chain, &headers[1]));
    Digest digests[2] = {segment_header_digest(&headers[0]), segment_header_digest(&headers[1])};
    Slice all = slice_of(digests[0].bytes, sizeof digests);
    Repack repack = {
        .file = 9, .members = digest_sha256(&all, 1), .runs = {{0, 2}}, .run_count = 1};
    expect_ok(chain_append_repack(f.chain, &repack));
    repack.runs[0].count = 3;
    expect_int(chain_append_repack(f.chain, &repack), -EINVAL);
    repack.run_count = 0;
    expect_int(chain_append_repack(f.chain, &repack), -EINVAL);
    expect_ok(chain_checkpoint(f.chain, NULL));
    expect_holds(&f, __LINE__);
    expect_ok(reopen(&f));
    expect_holds(&f, __LINE__);
}

static void wrong_headers(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    if (!expect_ok(reopen(&f))) return;
    SegmentHeader header = chain_kit_header(0);
    expect_int(chain_kit_append(f.chain, &header), -EINVAL);
    header = chain_kit_header(1);
    header.from_ns = 3;
    expect_int(chain_kit_append(f.chain, &header), -EINVAL);
    header = chain_kit_header(1);
    header.policy = SLICE("\xff");
    expect_int(chain_kit_append(f.chain, &header), -EINVAL);
    header = chain_kit_header(1);
    expect_int(chain_append_segment(f.chain, &header), -EINVAL); /* of no place */
    expect_ok(chain_kit_append(f.chain, &header));               /* nothing of that was written */
    expect_int(chain_append_segment(f.chain, &header), -EINVAL); /* of the place before */
    expect_ok(chain_checkpoint(f.chain, NULL));
    expect_holds(&f, __LINE__);
}

static void other_keys_and_other_processes(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    CLEANUP(secret_done) Secret *other = chain_kit_kek(2);
    Chain *second = NULL;
    if (!expect_ok(reopen(&f))) return;
    expect_int(chain_open(f.os, "/log", f.kek, 0, &second, NULL, &f.complaint), -EWOULDBLOCK);
    expect_ok(chain_rewrap(f.chain, other));
    expect_int(reopen(&f), -ENOKEY);
    expect_text(slice_from_cstr(f.complaint.id), "chain.key");
    expect(second == NULL && f.chain == NULL);
    secret_free(f.kek);
    f.kek = chain_kit_kek(2);
    expect_ok(reopen(&f));
}

/* P2: every byte of the sealed part. */
static void tampered_files_do_not_open(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    ChainPromise promise;
    FileInfo info;
    expect_ok(chain_kit_work(f.os, "/log", f.kek, 2, &promise));
    expect_ok(f.os->info(f.os->state, "/log/chain.log", &info));
    for (uint64_t at = 0; at < info.bytes; at++) {
        CHECK(simulated_os_flip(f.simulated, "/log/chain.log", at, 2) == 0);
        expect_int(reopen(&f), -EBADMSG);
        CHECK(simulated_os_flip(f.simulated, "/log/chain.log", at, 2) == 0);
    }
    expect_ok(f.os->info(f.os->state, "/log/epoch.key", &info));
    for (uint64_t at = 0; at < info.bytes; at++) {
        CHECK(simulated_os_flip(f.simulated, "/log/epoch.key", at, 2) == 0);
        expect(reopen(&f) < 0);
        CHECK(simulated_os_flip(f.simulated, "/log/epoch.key", at, 2) == 0);
    }
    expect_ok(reopen(&f));
}

static void checkpoints_cut_short_do_not_open(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    ChainPromise promise;
    expect_ok(chain_kit_work(f.os, "/log", f.kek, 3, &promise));
    expect_ok(f.os->unlink(f.os->state, "/log/checkpoints.txt"));
    expect_int(reopen(&f), -EBADMSG);
    expect_ok(f.os->unlink(f.os->state, "/log/chain.log"));
    expect_int(reopen(&f), -EBADMSG);
    expect_text(slice_from_cstr(f.complaint.id), "chain.broken");
    expect_ok(f.os->unlink(f.os->state, "/log/epoch.key")); /* with nothing left it is a new one */
    expect_ok(reopen(&f));
    expect(f.opening.is_new);
}

/* No log is begun again under the same key. */
static void a_lost_log_is_not_begun_again(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    expect_ok(reopen(&f));
    expect_ok(f.os->unlink(f.os->state, "/log/checkpoints.txt"));
    expect_int(reopen(&f), -EBADMSG);
    expect_ok(f.os->unlink(f.os->state, "/log/chain.log"));
    expect_int(reopen(&f), -EBADMSG);
}

static void a_torn_end_is_cut_and_said(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    ChainPromise promise;
    ChainState state;
    static const char *const names[] = {"/log/chain.log", "/log/checkpoints.txt"};
    expect_ok(chain_kit_work(f.os, "/log", f.kek, 3, &promise));
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        int fd = f.os->open(f.os->state, names[i], O_WRONLY | O_APPEND, 0);
        CHECK(fd >= 0 && os_write_full(f.os, fd, "akashi/ torn \n\n", 15) == 0);
        f.os->close(f.os->state, fd);
    }
    if (!expect_ok(reopen(&f))) return;
    expect_int(f.opening.cut_log_bytes, 15);
    expect_int(f.opening.cut_checkpoint_bytes, 15);
    chain_state(f.chain, &state);
    expect(state.entries > promise.state.entries);
    expect_ok(chain_checkpoint(f.chain, NULL));
    expect_holds(&f, __LINE__);
}

/* Far more checkpoints than the opening reads. */
static void many_checkpoints(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    ChainState state;
    if (!expect_ok(reopen(&f))) return;
    for (int i = 0; i < 300; i++) {
        wait_seconds(&f, 60);
        expect_ok(chain_checkpoint(f.chain, NULL));
        if (i % 40 == 7) expect_ok(chain_epoch_next(f.chain, f.kek));
    }
    if (!expect_ok(reopen(&f))) return;
    chain_state(f.chain, &state);
    expect_int(state.last.number, 300 + 8);
    expect_holds(&f, __LINE__);
}

#define RECORDS 9

static void proofs_hold(void)
{
    CLEANUP(fixture_done) Fixture f = fixture();
    CLEANUP(buf_done) Buf text = {0}, leaf_text = {0}, key_text = {0};
    Arena arena = arena_make(0);
    Digest leaves[RECORDS];
    Tree tree = {0};
    ChainState state;
    RecordProof proof = {.segment = 1,
                         .index = 4,
                         .is_record_shown = true,
                         .blind = "sixteen bytes..",
                         .record = SLICE("record 4")};
    if (!expect_ok(reopen(&f))) return;
    for (size_t i = 0; i < RECORDS; i++) {
        char record[16];
        size_t len = (size_t)snprintf(record, sizeof record, "record %zu", i);
        leaves[i] = tree_record_leaf(proof.blind, slice_of(record, len));
        tree_add(&tree, &leaves[i]);
    }
    SegmentHeader header = chain_kit_header(3), second = chain_kit_header(RECORDS);
    second.root = tree_root(&tree);
    expect_ok(chain_kit_append(f.chain, &header));
    expect_ok(chain_kit_append(f.chain, &second));
    proof.leaf = leaves[4];
    expect_ok(tree_inclusion(leaves, RECORDS, 4, &proof.path));
    expect_int(proof_text(f.chain, &proof, &arena, &text), -ENOENT); /* not sealed yet */
    expect_ok(chain_checkpoint(f.chain, NULL));
    buf_clear(&text);
    expect_ok(proof_text(f.chain, &proof, &arena, &text));
    proof.is_record_shown = false;
    expect_ok(proof_text(f.chain, &proof, &arena, &leaf_text));
    proof.index = 5;
    expect_int(proof_text(f.chain, &proof, &arena, &text), -EINVAL);

    SegmentHeader third = chain_kit_header(1);
    expect_ok(chain_kit_append(f.chain, &third));
    CHECK(f.os->make_folder(f.os->state, "/export", 0700) == 0);
    expect_ok(chain_export(f.chain, "/export"));
    expect_int(chain_export(f.chain, "/export"), -EEXIST);
    chain_state(f.chain, &state);
    expect_text(slice_from_cstr(chain_kit_verdict(f.os, "/export", &state.first_key, (Slice){0})),
                "holds");
    expect_text(slice_from_cstr(chain_kit_verdict(f.os, "/log", &state.first_key, (Slice){0})),
                "entry.unsealed entry 3");

    Slice chain_bytes, note_bytes;
    VerifyKey key;
    VerifyLog log;
    Finding finding;
    expect_ok(os_read_file(f.os, "/export/chain.log", 1 << 20, &arena, &chain_bytes));
    expect_ok(os_read_file(f.os, "/export/checkpoints.txt", 1 << 20, &arena, &note_bytes));
    public_key_text_add(&key_text, &state.log_id, &state.first_key);
    expect(verify_key_parse((Bytes){(uint8_t *)key_text.ptr, key_text.len}, &key));
    verify_log_init(&log, &key);
    expect(verify_log_entries(&log, (Bytes){(const uint8_t *)chain_bytes.ptr, chain_bytes.len},
                              &finding) == VERIFY_HOLDS);
    expect(verify_log_checkpoints(&log, (Bytes){(const uint8_t *)note_bytes.ptr, note_bytes.len},
                                  &finding) == VERIFY_HOLDS);
    expect(verify_log_proof(&log, (Bytes){(uint8_t *)text.ptr, text.len}, &finding) ==
           VERIFY_HOLDS);
    expect(verify_log_proof(&log, (Bytes){(uint8_t *)leaf_text.ptr, leaf_text.len}, &finding) ==
           VERIFY_HOLDS);
    verify_log_done(&log);
    arena_done(&arena);
}

static const TapTest tests[] = {
    TAP_TEST(begins_and_goes_on),
    TAP_TEST(epochs_change),
    TAP_TEST(an_old_key_is_of_no_use),
    TAP_TEST(pauses_and_clocks),
    TAP_TEST(deletions),
    TAP_TEST(repacks),
    TAP_TEST(wrong_headers),
    TAP_TEST(other_keys_and_other_processes),
    TAP_TEST(tampered_files_do_not_open),
    TAP_TEST(checkpoints_cut_short_do_not_open),
    TAP_TEST(a_lost_log_is_not_begun_again),
    TAP_TEST(a_torn_end_is_cut_and_said),
    TAP_TEST(many_checkpoints),
    TAP_TEST(proofs_hold),
};
TAP_MAIN(tests)
