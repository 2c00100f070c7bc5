/* Fuzz target: syslog framing. However the bytes arrive, the same messages come out, each within
 * the maximum, and all bytes are used up. */
#include "base/check.h"
#include "base/digest.h"
#include "collect/syslog_listener.h"

typedef struct Taken {
    uint32_t digest; /* of all messages and flags, in order */
    size_t count;
} Taken;

static void take_frame(Taken *taken, const SyslogFrame *frame)
{
    CHECK(frame->message.len <= SYSLOG_MESSAGE_BYTES_MAX);
    uint32_t words[5] = {taken->digest, digest_crc32(frame->message), (uint32_t)frame->message.len,
                         frame->continues, frame->error};
    taken->digest = digest_crc32(slice_of(words, sizeof words));
    taken->count++;
}

static Taken take_all(Slice bytes, size_t step)
{
    Taken taken = {0};
    SyslogFraming state = {0};
    size_t begin = 0, end = 0;
    while (end < bytes.len) {
        end = bytes.len - end < step ? bytes.len : end + step;
        SyslogFrame frame;
        size_t used;
        while ((used = syslog_frame_next(&state, slice_of(bytes.ptr + begin, end - begin),
                                         end == bytes.len, &frame)) > 0) {
            CHECK(used <= end - begin);
            begin += used;
            take_frame(&taken, &frame);
        }
    }
    CHECK(begin == bytes.len);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    Slice stream = slice_of(bytes, len);
    if (len == 0) return 0;
    Taken whole = take_all(stream, len);
    const size_t steps[] = {1, 2, 3, 7, len / 2 + 1};
    for (size_t i = len > 4096 ? 3 : 0; i < sizeof steps / sizeof steps[0]; i++) {
        Taken parts = take_all(stream, steps[i]);
        CHECK(parts.digest == whole.digest && parts.count == whole.count);
    }
    return 0;
}
