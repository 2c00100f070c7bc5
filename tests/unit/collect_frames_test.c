/* MessagePack, Fluent forward, GELF's chunks, and the bookmarks of followed files. */
#include "tests/support/tap.h"

#include "collect/fluent_message.h"
#include "collect/follow_inside.h"
#include "collect/gelf_chunks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static void json_of(Slice packed, int want, const char *text)
{
    Buf json = {0};
    expect_int(msgpack_add_json(&packed, &json), want);
    if (want == 0) expect_text(buf_slice(&json), text);
    buf_done(&json);
}

static void msgpack_becomes_json(void)
{
    json_of(SLICE("\x86\xa1"
                  "a\x01\xa1"
                  "b\xff\xa1"
                  "c\xc3\xa1"
                  "d\xc0\xa1"
                  "e\x92\x01\xa1x\x02\xcb\x3f\xf8\0\0\0\0\0\0"),
            0, "{\"a\":1,\"b\":-1,\"c\":true,\"d\":null,\"e\":[1,\"x\"],\"2\":1.5}");
    json_of(SLICE("\xd3\xff\xff\xff\xff\xff\xff\xff\xfe"), 0, "-2");
    json_of(SLICE("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), 0, "18446744073709551615");
    json_of(SLICE("\xc4\x02\"\n"), 0, "\"\\\"\\n\"");
    json_of(SLICE("\xc1"), -EBADMSG, NULL);
    json_of(SLICE("\x92\x01"), -EBADMSG, NULL);
    json_of(SLICE("\xdf\xff\xff\xff\xff"), -EBADMSG, NULL);
}

static void measured_piece_by_piece(void)
{
    const Slice value = SLICE("\x93\xa3tag\xcf\0\0\0\0i\x20\0\0\x81\xa1m\xda\0\x03"
                              "abc");
    MsgpackMeasure measure = {0};
    for (size_t len = 0; len < value.len; len++)
        expect_int(msgpack_measure(&measure, slice_first(value, len)), 0);
    expect_int(msgpack_measure(&measure, value), value.len);
}

static void fluent_modes_are_one(void)
{
    /* [time, {"message":"a"}] twice, by each mode, with the chunk "c" */
    static const Slice messages[] = {
        SLICE_INIT("\x93\xa1t\x92\x92\x01\x81\xa7message\xa1"
                   "a\x92\x02\x81\xa7message\xa1"
                   "b\x81\xa5"
                   "chunk\xa1"
                   "c"),
        SLICE_INIT("\x93\xa1t\xc4\x1a\x92\x01\x81\xa7message\xa1"
                   "a\x92\x02\x81\xa7message\xa1"
                   "b\x81\xa5"
                   "chunk\xa1"
                   "c"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(messages); i++) {
        FluentReader reader = {0};
        Bundle group = bundle_make();
        Slice chunk;
        expect_ok(fluent_take(&reader, messages[i], &group, &chunk));
        expect_text(chunk, "c");
        if (expect_int(group.count, 2)) {
            expect_text(group.messages[0].bytes, "{\"message\":\"a\"}");
            expect_int(group.messages[1].time_ns, 2000000000);
        }
        for (size_t len = 0; len < messages[i].len; len++)
            expect(fluent_take(&reader, slice_first(messages[i], len), &group, &chunk) < 0);
        bundle_done(&group);
        fluent_reader_done(&reader);
    }
}

static void fluent_event_times(void)
{
    const Slice message = SLICE("\x93\xa1t\xd7\0\0\0\0\x05\0\0\0\x07\x81\xa1"
                                "a\x01");
    FluentReader reader = {0};
    Bundle group = bundle_make();
    Slice chunk;
    expect_ok(fluent_take(&reader, message, &group, &chunk));
    if (expect_int(group.count, 1)) expect_int(group.messages[0].time_ns, 5000000007);
    bundle_done(&group);
    fluent_reader_done(&reader);
}

static int add_chunk(GelfChunks *chunks, unsigned id, unsigned number, unsigned count,
                     const char *part, int64_t now_ns, Slice *ret)
{
    char datagram[64] = {0x1e, 0x0f};
    unsigned dropped;
    datagram[2] = (char)id;
    datagram[10] = (char)number;
    datagram[11] = (char)count;
    size_t len = strlen(part);
    memcpy(datagram + 12, part, len);
    return gelf_chunks_add(chunks, slice_of(datagram, 12 + len), SLICE("192.0.2.7"), now_ns, ret,
                           &dropped);
}

static void chunks_in_any_order(void)
{
    GelfChunks *chunks = gelf_chunks_new();
    Slice whole;
    expect_int(add_chunk(chunks, 1, 2, 3, "c", 0, &whole), 0);
    expect_int(add_chunk(chunks, 2, 0, 1, "alone", 0, &whole), 1);
    expect_text(whole, "alone");
    expect_int(add_chunk(chunks, 1, 0, 3, "a", 0, &whole), 0);
    expect_int(add_chunk(chunks, 1, 0, 3, "a", 0, &whole), 0);
    expect_int(add_chunk(chunks, 1, 1, 4, "b", 0, &whole), -EBADMSG);
    expect_int(add_chunk(chunks, 1, 1, 3, "b", 0, &whole), 1);
    expect_text(whole, "abc");
    expect_int(add_chunk(chunks, 1, 3, 3, "x", 0, &whole), -EBADMSG);
    expect_int(add_chunk(chunks, 1, 0, 200, "x", 0, &whole), -EBADMSG);
    expect_int(add_chunk(chunks, 3, 0, 2, "x", 0, &whole), 0);
    expect_int(add_chunk(chunks, 3, 1, 2, "y", 6 * NS_PER_SECOND, &whole), 0); /* given up */
    gelf_chunks_free(chunks);
}

static void bookmarks_are_kept_whole(void)
{
    char path[512];
    Bookmarks kept = {0}, read = {0};
    snprintf(path, sizeof path, "%s/bookmarks", tap_temporary_folder());
    expect_ok(bookmarks_read(&os_real, path, &kept));
    expect_int(kept.count, 0);
    Bookmark one = {.device = 1, .inode = 2, .generation = 3, .offset = 4, .head_bytes = 5};
    one.head = follow_digest(SLICE("head"));
    for (uint64_t i = 0; i < 3; i++) {
        one.inode = i;
        bookmarks_add(&kept, &one);
    }
    expect_ok(bookmarks_write(&os_real, path, &kept));
    expect_ok(bookmarks_read(&os_real, path, &read));
    expect_int(read.count, 3);
    expect(memcmp(read.items, kept.items, 3 * sizeof *kept.items) == 0);
    bookmarks_done(&read);
    FileInfo info;
    expect_ok(os_real.info(os_real.state, path, &info));
    int fd = os_real.open(os_real.state, path, O_RDWR, 0);
    for (uint64_t bytes = info.bytes - 2; bytes > 0;
         bytes -= bytes < 40 ? 1 : 37) { /* cut anywhere */
        expect_ok(os_real.truncate(os_real.state, fd, bytes));
        expect_int(bookmarks_read(&os_real, path, &read), -EBADMSG);
    }
    os_real.close(os_real.state, fd);
    bookmarks_done(&kept);
}

static const TapTest tests[] = {
    TAP_TEST(msgpack_becomes_json), TAP_TEST(measured_piece_by_piece),
    TAP_TEST(fluent_modes_are_one), TAP_TEST(fluent_event_times),
    TAP_TEST(chunks_in_any_order),  TAP_TEST(bookmarks_are_kept_whole),
};
TAP_MAIN(tests)
