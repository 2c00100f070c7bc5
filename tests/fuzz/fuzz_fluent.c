/* Fuzz target: MessagePack and Fluent's forward protocol, the handshake too. Measuring piece by
 * piece gives what measuring at once gives. */
#include "base/check.h"
#include "base/json_tree.h"
#include "collect/fluent_message.h"

#include <stdlib.h>

static void take_as_json(Slice bytes)
{
    Buf json = buf_make((size_t)1 << 20);
    Arena arena = {0};
    JsonTree tree = {0};
    size_t used;
    if (msgpack_add_json(&bytes, &json) == 0) {
        int r = json_tree_read(&tree, buf_slice(&json), true, &arena, &used);
        CHECK(r == 0 || r == -7 || r == -12); /* E2BIG, ENOMEM: too large, never malformed */
    }
    json_tree_done(&tree);
    arena_done(&arena);
    buf_done(&json);
}

static void take_as_message(Slice bytes)
{
    FluentReader reader = {0};
    Bundle group = bundle_make();
    Buf pong = buf_make(4096);
    Slice chunk;
    if (fluent_take(&reader, bytes, &group, &chunk) == 0) {
        for (size_t i = 0; i < group.count; i++)
            CHECK(group.messages[i].bytes.len > 0 && group.messages[i].bytes.ptr[0] == '{');
    }
    CHECK(fluent_answer_ping(bytes, SLICE("0123456789abcdef"), SLICE("key"), &pong) <= 1);
    buf_done(&pong);
    bundle_done(&group);
    fluent_reader_done(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    MsgpackMeasure at_once = {0}, in_steps = {0};
    if (len == 0 || len > 16384) return 0;
    char *exact = malloc(len);
    CHECK(exact);
    memcpy(exact, bytes, len);
    Slice whole = slice_of(exact, len);
    ssize_t measured = msgpack_measure(&at_once, whole), stepped = 0;
    for (size_t end = 1; end <= len && stepped == 0; end++)
        stepped = msgpack_measure(&in_steps, slice_first(whole, end));
    CHECK(stepped == measured);
    take_as_json(whole);
    take_as_message(measured > 0 ? slice_first(whole, (size_t)measured) : whole);
    free(exact);
    return 0;
}
