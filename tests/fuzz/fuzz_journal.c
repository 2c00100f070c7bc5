/* Fuzz target: the journal's export format. However the bytes arrive, the same entries come out,
 * within the maxima. */
#include "base/check.h"
#include "collect/journal_stream.h"

typedef struct Taken {
    uint32_t digest;
    int r;
} Taken;

static Taken take_all(Slice stream, size_t step)
{
    Taken taken = {0};
    JournalStream state = journal_stream_make();
    Bundle group = bundle_make();
    for (size_t at = 0; at < stream.len && taken.r == 0; at += step) {
        taken.r = journal_stream_add(&state, slice_first(slice_skip(stream, at), step));
        if (taken.r == 0) {
            taken.r = journal_stream_take(&state, at + step >= stream.len, &group);
        }
        for (size_t i = 0; i < group.count; i++) {
            Slice bytes = group.messages[i].bytes;
            CHECK(bytes.len > 0 && bytes.len <= JOURNAL_ENTRY_BYTES_MAX + 1);
            uint32_t words[2] = {taken.digest, digest_crc32(bytes)};
            taken.digest = digest_crc32(slice_of(words, sizeof words));
        }
        bundle_clear(&group);
    }
    bundle_done(&group);
    journal_stream_done(&state);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    Slice stream = slice_of(bytes, len);
    if (len == 0) return 0;
    Taken whole = take_all(stream, len), parts = take_all(stream, len / 9 + 1);
    /* What is longer than a field may be is cut where it came in pieces: only then may they differ.
     */
    if (whole.r == 0 && len < JOURNAL_FIELD_BYTES_MAX) {
        CHECK(parts.r == 0 && parts.digest == whole.digest);
    }
    return 0;
}
