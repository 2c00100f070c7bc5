/* Fuzz target: the bodies of every dialect over HTTP. The first byte chooses the route, the second
 * the content type; the rest is the body. Messages lie within the maxima, and nothing is read
 * outside. */
#include "base/check.h"
#include "collect/http_dialect.h"

#include <stdlib.h>

static void check_messages(const Bundle *group)
{
    CHECK(group->count <= BUNDLE_MESSAGES_MAX);
    for (size_t i = 0; i < group->count; i++) {
        const Message *message = &group->messages[i];
        Slice rest = message->beside;
        Field field;
        unsigned sum = 0;
        CHECK(message->bytes.len > 0 && message->bytes.len <= 2 * BUNDLE_MESSAGE_BYTES_MAX);
        for (size_t at = 0; at < message->bytes.len; at++)
            sum |= (unsigned char)message->bytes.ptr[at];
        for (size_t at = 0; at < message->body.len; at++)
            sum |= (unsigned char)message->body.ptr[at];
        while (message_fields_next(&rest, &field))
            sum |= (unsigned)field.value.len & 0xff;
        CHECK(rest.len == 0 && sum + 1 != 0);
    }
}

static void run_one(const HttpRoute *route, const HttpRequest *request, Slice body)
{
    const uint64_t seed[2] = {1, 2};
    Bundle group = bundle_make();
    JsonTree tree = {0};
    HecChannels *channels = hec_channels_new(seed);
    Buf answer = buf_make((size_t)64 << 20);
    bundle_set_origin(&group, route->name, "192.0.2.7");
    HttpExchange exchange = {.request = request,
                             .body = body,
                             .group = &group,
                             .channels = channels,
                             .tree = &tree,
                             .peer = "192.0.2.7",
                             .status = 200,
                             .answer = &answer};
    route->run(&exchange);
    CHECK(exchange.status >= 200 && exchange.status < 600);
    check_messages(&group);
    CHECK(exchange.status < 400 || group.count == 0);
    buf_done(&answer);
    hec_channels_free(channels);
    json_tree_done(&tree);
    bundle_done(&group);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    size_t count = 0;
    if (len < 2 || len > 65536) return 0;
    while (http_routes[count].path)
        count++;
    const HttpRoute *route = &http_routes[bytes[0] % count];
    HttpRequest request = {.method = slice_from_cstr(route->method),
                           .path = slice_from_cstr(route->path),
                           .query = SLICE("channel=c&message=m&time=t&host=h"),
                           .field_count = 1,
                           .head_bytes = 1};
    request.fields[0] =
        (HttpField){SLICE("Content-Type"),
                    bytes[1] & 1 ? SLICE("application/json") : SLICE("application/x-protobuf")};
    char *exact = malloc(len - 2 + (len == 2));
    CHECK(exact);
    memcpy(exact, bytes + 2, len - 2);
    run_one(route, &request, slice_of(exact, len - 2));
    free(exact);
    return 0;
}
