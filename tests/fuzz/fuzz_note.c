/* checkpoints.txt and a single given checkpoint, against a log that is whole. What the writer's
 * parser takes, the auditor's takes too. */
#include "tests/support/log_kit.h"
#include "verify/verify.h"

#include "base/check.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

typedef struct Whole {
    LogKit *kit;
    VerifyLog entries; /* with nothing but the entries read */
    VerifyLog all;
} Whole;

static Bytes bytes_of_buf(const Buf *buf)
{
    return (Bytes){(const uint8_t *)buf->ptr, buf->len};
}

static const Whole *whole(void)
{
    static Whole held;
    static Buf chain, notes;
    Finding finding;
    VerifyKey key;
    if (held.kit) return &held;
    CLEANUP(buf_done) Buf text = {0};
    held.kit = log_kit_new(1);
    log_kit_usual(held.kit);
    log_kit_print(held.kit, &chain, &notes);
    log_kit_print_key(held.kit, &text);
    CHECK(verify_key_parse(bytes_of_buf(&text), &key));
    verify_log_init(&held.entries, &key);
    verify_log_init(&held.all, &key);
    CHECK(verify_log_entries(&held.entries, bytes_of_buf(&chain), &finding) == VERIFY_HOLDS);
    CHECK(verify_log_entries(&held.all, bytes_of_buf(&chain), &finding) == VERIFY_HOLDS);
    CHECK(verify_log_checkpoints(&held.all, bytes_of_buf(&notes), &finding) == VERIFY_HOLDS);
    return &held;
}

static void judge_notes(Bytes notes)
{
    VerifyLog log = whole()->entries; /* whose lists stay the shared ones, but the checkpoints' */
    Finding finding = {0};
    VerifyResult result = verify_log_checkpoints(&log, notes, &finding);
    CHECK(result != VERIFY_BROKEN || verify_words(finding.id, true)[0]);
    free(log.checkpoints.items);
}

static VerifyResult judge_given(Bytes given)
{
    VerifyLog log = whole()->all;
    Finding finding = {0};
    VerifyResult result = verify_log_given(&log, given, &finding);
    CHECK(result != VERIFY_BROKEN || verify_words(finding.id, true)[0]);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    Bytes input = {bytes, len};
    Slice rest = slice_of(bytes, len);
    Checkpoint checkpoint;
    judge_notes(input);
    VerifyResult given = judge_given(input);
    if (checkpoint_note_take(&rest, &whole()->kit->log_id, whole()->kit->public_keys, 3,
                             &checkpoint) < 0 ||
        rest.len) {
        return 0;
    }
    /* No fuzzer forges a signature: it can only be one of the log's own. A witness's line may be
     * bad. */
    CHECK(checkpoint.number < whole()->kit->note_count || given != VERIFY_HOLDS);
    return 0;
}
