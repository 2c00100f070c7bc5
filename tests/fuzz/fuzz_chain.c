/* chain.log, for the writer's parser and the auditor's: as it is, and with the checks of its frames
 * put right, so that what lies behind them is reached. What parses prints to the same bytes. */
#include "tests/support/log_kit.h"
#include "verify/verify.h"

#include "base/check.h"
#include "base/number.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const VerifyKey *first_key(void)
{
    static VerifyKey key;
    if (key.origin[0]) return &key;
    LogKit *kit = log_kit_new(1);
    CLEANUP(buf_done) Buf text = {0};
    log_kit_print_key(kit, &text);
    CHECK(verify_key_parse((Bytes){(const uint8_t *)text.ptr, text.len}, &key));
    log_kit_free(kit);
    return &key;
}

static void judge(const uint8_t *bytes, size_t len)
{
    VerifyLog log;
    Finding finding = {0};
    verify_log_init(&log, first_key());
    VerifyResult result = verify_log_entries(&log, (Bytes){bytes, len}, &finding);
    CHECK(result != VERIFY_BROKEN || verify_words(finding.id, false)[0]);
    verify_log_done(&log);
}

static void parse(Slice rest)
{
    Slice body;
    Digest leaf;
    while (frame_take(&rest, &body, &leaf) == 0) {
        ChainEntry entry;
        if (chain_entry_parse(body, &entry) < 0) continue;
        char room[ENTRY_BYTES_MAX];
        Buf again = buf_over(room, sizeof room);
        chain_entry_add(&again, &entry);
        CHECK(!buf_error(&again) && slice_eq(buf_slice(&again), body));
    }
}

static void put_right(char *bytes, size_t len)
{
    for (size_t at = 0; at + FRAME_HEAD_BYTES <= len;) {
        uint32_t count = read_le32(bytes + at);
        if (count > len - at - FRAME_HEAD_BYTES) return;
        Digest leaf = tree_leaf(slice_of(bytes + at + FRAME_HEAD_BYTES, count));
        memcpy(bytes + at + 4, leaf.bytes, 8);
        at += FRAME_HEAD_BYTES + count;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    judge(bytes, len);
    char *copy = malloc(len ? len : 1);
    if (!copy) return 0;
    if (len) memcpy(copy, bytes, len);
    put_right(copy, len);
    judge((const uint8_t *)copy, len);
    parse(slice_of(copy, len));
    free(copy);
    return 0;
}
