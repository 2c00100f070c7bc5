/* base/zip_write.h: what is written is read back by the rules of APPNOTE, from its end. */
#include "tests/support/tap.h"

#include "base/zip_write.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

static uint32_t le(Slice bytes, size_t at, size_t count)
{
    uint32_t value = 0;
    for (size_t i = count; i-- > 0;)
        value = value << 8 | (unsigned char)bytes.ptr[at + i];
    return value;
}

/* Unpacks one entry of the directory into *ret; its name, sizes and sum must agree everywhere. */
static void check_entry(Slice file, size_t at, const char *name, Slice want)
{
    size_t packed = le(file, at + 20, 4), bytes = le(file, at + 24, 4);
    size_t local = le(file, at + 42, 4), name_len = le(file, at + 28, 2);
    char *got = calloc(1, bytes + 1);
    z_stream stream = {0};
    expect_int(le(file, at, 4), 0x02014b50);
    expect_text(slice_of(file.ptr + at + 46, name_len), name);
    expect_int(le(file, local, 4), 0x04034b50);
    size_t data = local + 30 + le(file, local + 26, 2) + le(file, local + 28, 2);
    expect_int(le(file, data + packed, 4), 0x08074b50);
    expect_int(le(file, data + packed + 4, 4), le(file, at + 16, 4));
    expect_int(le(file, data + packed + 8, 4), (int64_t)packed);
    expect_int(bytes, (int64_t)want.len);
    stream.next_in = (Bytef *)file.ptr + data;
    stream.avail_in = (uInt)packed;
    stream.next_out = (Bytef *)got;
    stream.avail_out = (uInt)bytes + 1;
    expect_int(inflateInit2(&stream, -MAX_WBITS), Z_OK);
    expect_int(inflate(&stream, Z_FINISH), Z_STREAM_END);
    expect_slice(slice_of(got, stream.total_out), want);
    expect_int(crc32(0, (const Bytef *)got, (uInt)bytes), le(file, at + 16, 4));
    inflateEnd(&stream);
    free(got);
}

static int write_entry(ZipWriter *zip, const char *name, Slice content, size_t piece)
{
    int r = zip_begin(zip, name);
    while (content.len > 0 && r == 0) {
        r = zip_add(zip, slice_first(content, piece));
        content = slice_skip(content, piece < content.len ? piece : content.len);
    }
    return r < 0 ? r : zip_end(zip);
}

static void test_entries_come_back(void)
{
    size_t large_bytes = 300000;
    char *large = malloc(large_bytes);
    for (size_t i = 0; i < large_bytes; i++)
        large[i] = (char)(i * i >> 7);
    Slice contents[] = {SLICE("hello"), {0}, slice_of(large, large_bytes)};
    const char *names[] = {"a.txt", "b/empty", "c.bin"};
    Buf file = buf_make(0);
    ZipWriter *zip = zip_new(&file);
    for (size_t i = 0; i < 3; i++)
        expect_ok(write_entry(zip, names[i], contents[i], 70001));
    expect_ok(zip_finish(zip));
    Slice all = buf_slice(&file);
    size_t end = all.len - 22;
    expect_int(le(all, end, 4), 0x06054b50);
    expect_int(le(all, end + 10, 2), 3);
    expect_int(le(all, end + 12, 4) + le(all, end + 16, 4), (int64_t)end);
    size_t at = le(all, end + 16, 4);
    for (size_t i = 0; i < 3; i++) {
        check_entry(all, at, names[i], contents[i]);
        at += 46 + strlen(names[i]);
    }
    expect_int(at, (int64_t)end);
    zip_free(zip);
    buf_done(&file);
    free(large);
}

/* The caller takes the bytes away while they are made: the whole is the same. */
static void test_taken_away_piece_by_piece(void)
{
    Buf whole = buf_make(0), piece = buf_make(0), joined = buf_make(0);
    ZipWriter *one = zip_new(&whole), *other = zip_new(&piece);
    Slice text = SLICE("the same line again and again\n");
    expect_ok(zip_begin(one, "x"));
    expect_ok(zip_begin(other, "x"));
    for (int i = 0; i < 20000; i++) {
        expect_ok(zip_add(one, text));
        expect_ok(zip_add(other, text));
        buf_add_slice(&joined, buf_slice(&piece));
        buf_clear(&piece);
    }
    expect_int(zip_entry_bytes(one), 20000 * (int64_t)text.len);
    expect_ok(zip_end(one));
    expect_ok(zip_end(other));
    expect_ok(zip_finish(one));
    expect_ok(zip_finish(other));
    buf_add_slice(&joined, buf_slice(&piece));
    expect_slice(buf_slice(&joined), buf_slice(&whole));
    zip_free(one);
    zip_free(other);
    buf_done(&whole);
    buf_done(&piece);
    buf_done(&joined);
}

static void test_bounds(void)
{
    Buf file = buf_make(0), small = buf_make(100);
    ZipWriter *zip = zip_new(&file), *tight = zip_new(&small);
    for (size_t i = 0; i < ZIP_ENTRIES_MAX; i++)
        expect_ok(write_entry(zip, "n", SLICE("x"), 1));
    expect_int(zip_begin(zip, "n"), -E2BIG);
    expect_ok(zip_begin(tight, "n"));
    expect_int(zip_add(tight, SLICE("x")), -EMSGSIZE);
    zip_free(zip);
    zip_free(tight);
    zip_free(NULL);
    buf_done(&file);
    buf_done(&small);
}

static const TapTest tests[] = {
    TAP_TEST(test_entries_come_back),
    TAP_TEST(test_taken_away_piece_by_piece),
    TAP_TEST(test_bounds),
};
TAP_MAIN(tests)
