/* A proof file against a log that is whole: nothing but the truth holds. */
#include "tests/support/log_kit.h"
#include "verify/verify.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static VerifyLog *whole(void)
{
    static VerifyLog log;
    static Buf chain, notes;
    Finding finding;
    if (log.entries.count) return &log;
    CLEANUP(buf_done) Buf text = {0};
    VerifyKey key;
    LogKit *kit = log_kit_new(1);
    log_kit_usual(kit);
    log_kit_print(kit, &chain, &notes);
    log_kit_print_key(kit, &text);
    CHECK(verify_key_parse((Bytes){(const uint8_t *)text.ptr, text.len}, &key));
    verify_log_init(&log, &key);
    CHECK(verify_log_entries(&log, (Bytes){(const uint8_t *)chain.ptr, chain.len}, &finding) ==
          VERIFY_HOLDS);
    CHECK(verify_log_checkpoints(&log, (Bytes){(const uint8_t *)notes.ptr, notes.len}, &finding) ==
          VERIFY_HOLDS);
    log_kit_free(kit);
    return &log;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    Finding finding = {0};
    VerifyResult result = verify_log_proof(whole(), (Bytes){bytes, len}, &finding);
    CHECK(result != VERIFY_BROKEN || verify_words(finding.id, false)[0]);
    VerifyKey key;
    CHECK(!verify_key_parse((Bytes){bytes, len}, &key) || key.origin[38]);
    return 0;
}
