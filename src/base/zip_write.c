/* See zip_write.h. */
#include "base/zip_write.h"

#include "base/check.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#define LEVEL 3 /* of zlib: XML and logs are twice as quick to write as with 6, a tenth larger */
#define VERSION_NEEDED 20 /* 2.0: deflate (4.4.3.2) */
#define FLAG_DESCRIPTOR 8 /* sums and sizes follow the entry (4.4.4, bit 3) */
#define METHOD_DEFLATE 8
#define DOS_DATE ((0 << 9) | (1 << 5) | 1) /* 1980-01-01 */
#define PIECE_BYTES ((size_t)64 << 10)

typedef struct ZipEntry {
    const char *name;
    uint64_t offset, packed_bytes, bytes;
    uint32_t crc;
} ZipEntry;

struct ZipWriter {
    Buf *to;
    uint64_t written; /* of the file so far, also what the caller has taken away */
    z_stream stream;
    bool is_open;
    size_t count;
    ZipEntry entries[ZIP_ENTRIES_MAX];
};

ZipWriter *zip_new(Buf *to)
{
    ZipWriter *zip = calloc(1, sizeof *zip);
    if (!zip) return NULL;
    zip->to = to;
    /* negative: deflate alone, without the header of zlib */
    if (deflateInit2(&zip->stream, LEVEL, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK)
        return zip;
    free(zip);
    return NULL;
}

void zip_free(ZipWriter *zip)
{
    if (!zip) return;
    deflateEnd(&zip->stream);
    free(zip);
}

uint64_t zip_entry_bytes(const ZipWriter *zip)
{
    return zip->is_open ? zip->entries[zip->count - 1].bytes : 0;
}

/* What local header and directory have in common (4.3.7, 4.3.12): from the version on. */
static void add_common(Buf *to, const ZipEntry *entry)
{
    buf_add_le16(to, VERSION_NEEDED);
    buf_add_le16(to, FLAG_DESCRIPTOR);
    buf_add_le16(to, METHOD_DEFLATE);
    buf_add_le16(to, 0);
    buf_add_le16(to, DOS_DATE);
    buf_add_le32(to, entry->crc);
    buf_add_le32(to, (uint32_t)entry->packed_bytes);
    buf_add_le32(to, (uint32_t)entry->bytes);
    buf_add_le16(to, (uint16_t)strlen(entry->name));
    buf_add_le16(to, 0);
}

static int account(ZipWriter *zip, size_t before)
{
    zip->written += zip->to->len - before;
    if (buf_error(zip->to)) return buf_error(zip->to);
    return zip->written > ZIP_BYTES_MAX ? -EFBIG : 0;
}

int zip_begin(ZipWriter *zip, const char *name)
{
    CHECK(!zip->is_open);
    if (zip->count == ZIP_ENTRIES_MAX) return -E2BIG;
    size_t before = zip->to->len;
    ZipEntry *entry = &zip->entries[zip->count++];
    *entry = (ZipEntry){.name = name, .offset = zip->written};
    buf_add(zip->to, "PK\3\4", 4);
    add_common(zip->to, entry);
    buf_add_cstr(zip->to, name);
    deflateReset(&zip->stream);
    entry->crc = (uint32_t)crc32(0, NULL, 0);
    zip->is_open = true;
    return account(zip, before);
}

static int deflate_all(ZipWriter *zip, int flush)
{
    ZipEntry *entry = &zip->entries[zip->count - 1];
    size_t before = zip->to->len;
    do {
        char *room = buf_reserve(zip->to, PIECE_BYTES);
        if (!room) return buf_error(zip->to);
        zip->stream.next_out = (Bytef *)room;
        zip->stream.avail_out = PIECE_BYTES;
        /* Z_BUF_ERROR: nothing was left to do. It cannot fail else: state and room are right. */
        int r = deflate(&zip->stream, flush);
        if (r == Z_STREAM_ERROR) return -EIO;
        zip->to->len += PIECE_BYTES - zip->stream.avail_out;
    } while (zip->stream.avail_out == 0);
    entry->packed_bytes += zip->to->len - before;
    return account(zip, before);
}

int zip_add(ZipWriter *zip, Slice bytes)
{
    CHECK(zip->is_open);
    ZipEntry *entry = &zip->entries[zip->count - 1];
    int r = 0;
    while (bytes.len > 0 && r == 0) {
        Slice piece = slice_first(bytes, PIECE_BYTES);
        bytes = slice_skip(bytes, piece.len);
        entry->bytes += piece.len;
        if (entry->bytes > ZIP_BYTES_MAX) return -EFBIG;
        entry->crc = (uint32_t)crc32(entry->crc, (const Bytef *)piece.ptr, (uInt)piece.len);
        zip->stream.next_in = (Bytef *)(uintptr_t)piece.ptr; /* zlib only reads it */
        zip->stream.avail_in = (uInt)piece.len;
        r = deflate_all(zip, Z_NO_FLUSH);
    }
    return r;
}

int zip_end(ZipWriter *zip)
{
    CHECK(zip->is_open);
    const ZipEntry *entry = &zip->entries[zip->count - 1];
    zip->stream.next_in = NULL;
    zip->stream.avail_in = 0;
    int r = deflate_all(zip, Z_FINISH);
    if (r < 0) return r;
    size_t before = zip->to->len;
    buf_add(zip->to, "PK\7\10", 4);
    buf_add_le32(zip->to, entry->crc);
    buf_add_le32(zip->to, (uint32_t)entry->packed_bytes);
    buf_add_le32(zip->to, (uint32_t)entry->bytes);
    zip->is_open = false;
    return account(zip, before);
}

static void add_directory_entry(Buf *to, const ZipEntry *entry)
{
    buf_add(to, "PK\1\2", 4);
    buf_add_le16(to, VERSION_NEEDED);
    add_common(to, entry);
    buf_add_le16(to, 0); /* comment, disk, attributes inside and outside */
    buf_add_le16(to, 0);
    buf_add_le16(to, 0);
    buf_add_le32(to, 0);
    buf_add_le32(to, (uint32_t)entry->offset);
    buf_add_cstr(to, entry->name);
}

int zip_finish(ZipWriter *zip)
{
    CHECK(!zip->is_open);
    uint64_t offset = zip->written;
    size_t before = zip->to->len;
    for (size_t i = 0; i < zip->count; i++)
        add_directory_entry(zip->to, &zip->entries[i]);
    uint64_t bytes = zip->to->len - before;
    buf_add(zip->to, "PK\5\6", 4);
    buf_add_le32(zip->to, 0); /* this disk, that of the directory */
    buf_add_le16(zip->to, (uint16_t)zip->count);
    buf_add_le16(zip->to, (uint16_t)zip->count);
    buf_add_le32(zip->to, (uint32_t)bytes);
    buf_add_le32(zip->to, (uint32_t)offset);
    buf_add_le16(zip->to, 0);
    return account(zip, before);
}
