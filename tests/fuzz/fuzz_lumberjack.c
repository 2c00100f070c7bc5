/* Fuzz target: Lumberjack frames. However the bytes arrive, the same events come out; counts huge
 * or cut anywhere read nothing outside. */
#include "base/check.h"
#include "collect/lumberjack_frames.h"

#include <stdlib.h>

typedef struct Taken {
    uint32_t digest;
    ssize_t last;
} Taken;

static void take_group(Taken *taken, Bundle *group)
{
    for (size_t i = 0; i < group->count; i++) {
        uint32_t words[2] = {taken->digest, digest_crc32(group->messages[i].bytes)};
        taken->digest = digest_crc32(slice_of(words, sizeof words));
    }
    bundle_clear(group);
}

static Taken take_all(Slice stream, size_t step)
{
    Taken taken = {0};
    LumberjackState state = {0};
    Bundle group = bundle_make();
    size_t begin = 0, end = 0;
    while (end < stream.len && taken.last >= 0) {
        end = stream.len - end < step ? stream.len : end + step;
        do {
            char *exact = malloc(end - begin + 1);
            CHECK(exact);
            memcpy(exact, stream.ptr + begin, end - begin);
            taken.last = lumberjack_take(&state, slice_of(exact, end - begin), &group);
            CHECK(taken.last <= (ssize_t)(end - begin));
            if (taken.last > 0) begin += (size_t)taken.last;
            if (taken.last >= 0) take_group(&taken, &group);
            bundle_clear(&group);
            free(exact);
        } while (taken.last > 0 && begin < end);
    }
    bundle_done(&group);
    json_tree_done(&state.tree);
    buf_done(&state.unpacked);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0 || len > 16384) return 0;
    Slice stream = slice_of(bytes, len);
    Taken whole = take_all(stream, len), parts = take_all(stream, len / 7 + 1);
    if (whole.last >= 0) CHECK(parts.last >= 0 && parts.digest == whole.digest);
    return 0;
}
