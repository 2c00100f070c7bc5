/* See chain_kit.h. */
#include "tests/support/chain_kit.h"
#include "tests/support/tap.h"
#include "verify/verify.h"

#include "base/check.h"

#include <errno.h>
#include <stdio.h>

#define FILE_MAX ((size_t)8 << 20)

Secret *chain_kit_kek(uint8_t number)
{
    Secret *kek = secret_new(KEK_BYTES);
    CHECK(kek);
    memset(secret_bytes(kek), number, KEK_BYTES);
    return kek;
}

SegmentHeader chain_kit_header(uint64_t count)
{
    Digest root = digest_sha256(&(Slice){(const char *)&count, sizeof count}, 1);
    return (SegmentHeader){.count = count,
                           .from_ns = 1,
                           .to_ns = 2,
                           .root = root,
                           .policy = SLICE("a year"),
                           .index = root};
}

int chain_kit_append(Chain *chain, SegmentHeader *header)
{
    chain_next_segment(chain, header);
    header->last_leaf = header->first_leaf + header->count - 1;
    return chain_append_segment(chain, header);
}

static int one_step(Chain *chain, const Os *os, const Secret *kek, int step)
{
    SegmentHeader header = chain_kit_header((uint64_t)step + 1);
    int r = chain_kit_append(chain, &header);
    os->sleep_ns(os->state, 30 * (int64_t)1000000000);
    if (r == 0 && step % 3 == 1)
        r = chain_append_tombstone(chain, header.number, TOMBSTONE_OPERATOR,
                                   SLICE("tanaka: by mistake"));
    if (r == 0) r = chain_checkpoint(chain, NULL);
    if (r == 0 && step % 2 == 1) r = chain_epoch_next(chain, kek);
    if (step % 4 == 2) os->sleep_ns(os->state, 3 * CHAIN_KIT_GAP_NS);
    return r;
}

int chain_kit_work(const Os *os, const char *folder, const Secret *kek, int steps,
                   ChainPromise *promise)
{
    Chain *chain = NULL;
    int r = chain_open(os, folder, kek, CHAIN_KIT_GAP_NS, &chain, NULL, NULL);
    if (r < 0) return r;
    promise->is_made = true;
    chain_state(chain, &promise->state);
    for (int i = 0; i < steps && r == 0; i++) {
        r = one_step(chain, os, kek, i);
        if (r == 0) chain_state(chain, &promise->state);
    }
    chain_close(chain);
    return r;
}

static int read_named(const Os *os, const char *folder, const char *name, Arena *arena, Bytes *ret)
{
    char path[512];
    Slice content;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int r = os_read_file(os, path, FILE_MAX, arena, &content);
    if (r == 0) *ret = (Bytes){(const uint8_t *)content.ptr, content.len};
    return r;
}

static VerifyResult judge(VerifyLog *log, Bytes chain, Bytes notes, Slice given, Finding *finding)
{
    VerifyResult result = verify_log_entries(log, chain, finding);
    if (result == VERIFY_HOLDS) result = verify_log_checkpoints(log, notes, finding);
    if (result != VERIFY_HOLDS || given.len == 0) return result;
    return verify_log_given(log, (Bytes){(const uint8_t *)given.ptr, given.len}, finding);
}

const char *chain_kit_verdict(const Os *os, const char *folder, const PublicKey *first_key,
                              Slice given)
{
    static char text[128];
    Arena arena = arena_make(0);
    CLEANUP(buf_done) Buf key_text = {0};
    LogId log_id = log_id_of(first_key);
    Bytes chain = {0}, notes = {0};
    VerifyKey key;
    VerifyLog log;
    Finding finding = {"?", "", 0};
    public_key_text_add(&key_text, &log_id, first_key);
    CHECK(verify_key_parse((Bytes){(const uint8_t *)key_text.ptr, key_text.len}, &key));
    CHECK(read_named(os, folder, "chain.log", &arena, &chain) == 0);
    CHECK(read_named(os, folder, "checkpoints.txt", &arena, &notes) == 0);
    verify_log_init(&log, &key);
    VerifyResult result = judge(&log, chain, notes, given, &finding);
    verify_log_done(&log);
    arena_done(&arena);
    if (result == VERIFY_HOLDS) return "holds";
    snprintf(text, sizeof text, "%s %s %llu", finding.id, finding.where,
             (unsigned long long)finding.number);
    return text;
}

/* P1: everything that a call returned 0 for is there, byte for byte where it was. */
static bool has_promised(const ChainState *state, const ChainPromise *promise)
{
    if (!promise->is_made) return true;
    const ChainState *was = &promise->state;
    return memcmp(&state->first_key, &was->first_key, sizeof was->first_key) == 0 &&
           state->entries >= was->entries && state->segments >= was->segments &&
           state->epoch >= was->epoch && state->last.number >= was->last.number;
}

bool chain_kit_check(const Os *os, const char *folder, const Secret *kek,
                     const ChainPromise *promise)
{
    Chain *chain = NULL;
    ChainState state;
    Complaint complaint = {0};
    int r = chain_open(os, folder, kek, CHAIN_KIT_GAP_NS, &chain, NULL, &complaint);
    if (r < 0) {
        tap_fail(__FILE__, __LINE__, "does not open: %s %s", strerror(-r), complaint.en);
        return false;
    }
    chain_state(chain, &state);
    bool good = has_promised(&state, promise);
    if (!good) tap_fail(__FILE__, __LINE__, "a promise is lost");
    SegmentHeader header = chain_kit_header(77);
    r = chain_kit_append(chain, &header);
    if (r == 0) r = chain_checkpoint(chain, NULL);
    chain_close(chain);
    if (!expect_ok(r)) return false;
    const char *verdict = chain_kit_verdict(os, folder, &state.first_key, (Slice){0});
    if (strcmp(verdict, "holds") == 0) return good;
    tap_fail(__FILE__, __LINE__, "%s", verdict);
    return false;
}
