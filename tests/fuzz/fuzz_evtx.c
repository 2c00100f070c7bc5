/* decode/evtx over any bytes, in windows whose sizes the first byte chooses. What every event must
 * keep is checked by tests/support/evtx_decoded.c; the output of kept and of forgotten templates
 * must be the same. */
#include "tests/support/evtx_decoded.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const size_t steps[] = {0, 700, 5000, 30000, 65536, 70000, 100000, 150000};
    static EvtxDecoded kept, uncached;
    if (len == 0) return 0;
    size_t step = steps[bytes[0] % ARRAY_COUNT(steps)];
    Slice file = slice_of(bytes + 1, len - 1);
    CHECK(evtx_decode_bytes(&evtx_decoder, file, step, &kept) == 0);
    CHECK(evtx_decode_bytes(&evtx_uncached_decoder, file, 0, &uncached) == 0);
    /* Compiling anew each time reaches the maxima of a chunk's work and output earlier. */
    if (evtx_decoded_count(&uncached, EVTX_EVENT_SIZE) == 0) {
        CHECK(slice_eq(buf_slice(&kept.json), buf_slice(&uncached.json)));
        CHECK(kept.damage_count == uncached.damage_count);
    }
    evtx_decoded_done(&kept);
    evtx_decoded_done(&uncached);
    return 0;
}
