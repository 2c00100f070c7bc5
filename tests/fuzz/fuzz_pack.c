/* Packs: any text as pack.yaml and as rules; any text moved in time. */
#include "detect/pack.h"
#include "engine/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf moved = {0};
    Complaint complaint = {0};
    Slice text = slice_of(data, size);
    PackInfo info;
    PackRule *rules;
    size_t count;
    int r = pack_info_read(text, SLICE("a"), &arena, &info, &complaint);
    if (r == 0) r = (int)info.need_count;
    r = pack_rules_read(text, SLICE("a"), 0, &arena, &rules, &count, &complaint);
    if (r == 0 && count > 0 && !rules[0].is_part && rules[0].rows.count == 0) __builtin_trap();
    replay_shift(&moved, text, (int64_t)86400 * NS_PER_SECOND, replay_record_numbers(text));
    return 0;
}
