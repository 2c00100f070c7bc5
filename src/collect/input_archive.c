/* Archives, read through libarchive: formats and filters are those of InputKind and no others.
 *
 * A compressed stream (.gz .zst .xz .bz2) is an archive of one member that keeps the name of the
 * stream; a tar right inside of one counts as one archive together with it. Folders and links
 * inside an archive carry no bytes of their own and are passed over. */
#include "base/utf8.h"
#include "collect/input_inside.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct ArchiveReader {
    struct archive *archive;
    InputStream *packed;
    char *block; /* INPUT_BLOCK_BYTES, packed */
    /* Of the open member: the piece that libarchive gave last, and zeros before it (sparse files).
     */
    const char *piece;
    size_t piece_len;
    uint64_t zeros, piece_end;
} ArchiveReader;

static void reader_done(ArchiveReader *reader)
{
    if (reader->archive) archive_read_free(reader->archive);
    free(reader->block);
}

/* The callbacks. They read the packed stream's whole bytes, head included. */

static la_ssize_t on_read(struct archive *archive, void *context, const void **ret_block)
{
    ArchiveReader *reader = context;
    ssize_t r = input_read(reader->packed, reader->block, INPUT_BLOCK_BYTES);
    if (r < 0) archive_set_error(archive, (int)-r, "read");
    *ret_block = reader->block;
    return r < 0 ? ARCHIVE_FATAL : r;
}

static la_int64_t on_skip(struct archive *archive, void *context, la_int64_t bytes)
{
    (void)archive;
    ArchiveReader *reader = context;
    InputOuter *outer = reader->packed->outer;
    uint64_t left = outer->bytes_total - outer->offset;
    uint64_t step = (uint64_t)bytes < left ? (uint64_t)bytes : left;
    outer->offset += step;
    return (la_int64_t)step;
}

static la_int64_t on_seek(struct archive *archive, void *context, la_int64_t offset, int whence)
{
    ArchiveReader *reader = context;
    InputOuter *outer = reader->packed->outer;
    uint64_t base = whence == SEEK_CUR   ? outer->offset
                    : whence == SEEK_END ? outer->bytes_total
                                         : 0;
    int64_t to = (int64_t)base + offset;
    if (to < 0 || (uint64_t)to > outer->bytes_total) {
        archive_set_error(archive, EINVAL, "seek");
        return ARCHIVE_FATAL;
    }
    outer->offset = (uint64_t)to;
    reader->packed->ended = false;
    return to;
}

static int enable(struct archive *archive, InputKind kind)
{
    switch (kind) {
    case INPUT_ZIP: return archive_read_support_format_zip(archive);
    case INPUT_TAR: return archive_read_support_format_tar(archive);
    case INPUT_XZ: return archive_read_append_filter(archive, ARCHIVE_FILTER_XZ);
    case INPUT_BZIP2: return archive_read_append_filter(archive, ARCHIVE_FILTER_BZIP2);
    default: return ARCHIVE_FATAL;
    }
}

static bool is_compressed(InputKind kind)
{
    return kind != INPUT_ZIP && kind != INPUT_TAR && kind != INPUT_PLAIN;
}

/* 0, -ENOMEM, or -EBADMSG: not what its first bytes promise. */
static int reader_open(ArchiveReader *reader, InputStream *packed, InputKind kind)
{
    reader->packed = packed;
    reader->block = malloc(INPUT_BLOCK_BYTES);
    reader->archive = archive_read_new();
    if (!reader->block || !reader->archive) return -ENOMEM;
    struct archive *archive = reader->archive;
    if (enable(archive, kind) < ARCHIVE_WARN) return -ENOMEM;
    if (is_compressed(kind)) {
        archive_read_support_format_raw(archive);
        archive_read_support_format_empty(archive);
    }
    archive_read_set_read_callback(archive, on_read);
    if (!packed->packed && packed->outer->seekable) {
        packed->outer->offset = 0;
        archive_read_set_skip_callback(archive, on_skip);
        archive_read_set_seek_callback(archive, on_seek);
    }
    archive_read_set_callback_data(archive, reader);
    return archive_read_open1(archive) == ARCHIVE_OK ? 0 : -EBADMSG;
}

/* Why the archive gives no more, when the stream below it is whole. */
static InputFault fault_of(const ArchiveReader *reader)
{
    Slice words = slice_from_cstr(archive_error_string(reader->archive));
    return slice_starts_nocase(words, SLICE("Unsupported")) ? INPUT_FAULT_METHOD
                                                            : INPUT_FAULT_DAMAGED;
}

/* archive_read_data would be simpler, but loses what came before an error in the same call. */
static int next_piece(ArchiveReader *reader)
{
    const void *piece;
    size_t len;
    la_int64_t offset;
    int r;
    do {
        r = archive_read_data_block(reader->archive, &piece, &len, &offset);
    } while (r == ARCHIVE_RETRY);
    if (r != ARCHIVE_OK) return r;
    reader->piece = piece;
    reader->piece_len = len;
    if (offset < 0 || (uint64_t)offset < reader->piece_end) return ARCHIVE_FATAL;
    reader->zeros = (uint64_t)offset - reader->piece_end;
    reader->piece_end = (uint64_t)offset + len;
    return r;
}

static ssize_t member_read(InputStream *stream, void *to, size_t bytes)
{
    ArchiveReader *reader = stream->reader;
    while (reader->piece_len == 0 && reader->zeros == 0) {
        int r = next_piece(reader);
        if (r == ARCHIVE_EOF) return 0;
        if (r != ARCHIVE_OK) return input_stream_break(stream, fault_of(reader));
    }
    if (reader->zeros) {
        if (bytes > reader->zeros) bytes = (size_t)reader->zeros;
        memset(to, 0, bytes);
        reader->zeros -= bytes;
        return (ssize_t)bytes;
    }
    if (bytes > reader->piece_len) bytes = reader->piece_len;
    memcpy(to, reader->piece, bytes);
    reader->piece += bytes;
    reader->piece_len -= bytes;
    return (ssize_t)bytes;
}

static InputStream member_open(ArchiveReader *reader)
{
    reader->piece_len = 0;
    reader->zeros = reader->piece_end = 0;
    return input_stream_unpacked(reader->packed, reader, member_read);
}

/* Explorer in Japan writes names in CP932 with no mark of it (the UTF-8 mark is APPNOTE 4.4.4, bit
 * 11). False: not CP932 either. */
static bool add_cp932(Buf *to, Slice name)
{
    iconv_t converter = iconv_open("UTF-8", "CP932");
    if (converter == (iconv_t)-1) return false;
    size_t room_bytes = 3 * name.len + 1;
    char *room = buf_reserve(to, room_bytes), *out = room, *in = (char *)name.ptr;
    size_t left = name.len;
    bool good = room && iconv(converter, &in, &left, &out, &room_bytes) == 0 && left == 0;
    if (good) to->len += (size_t)(out - room);
    iconv_close(converter);
    return good;
}

static void add_member_name(Buf *name, struct archive_entry *entry, uint64_t number)
{
    const char *given = archive_entry_pathname(entry);
    if (!given || !given[0]) given = archive_entry_pathname_utf8(entry);
    Slice text = slice_from_cstr(given);
    buf_add_char(name, '/');
    if (text.len == 0) {
        buf_add_u64(name, number);
    } else if (text.len > INPUT_NAME_BYTES_MAX) {
        utf8_add_repaired(name, slice_first(text, INPUT_NAME_BYTES_MAX));
        buf_add_cstr(name, "…");
    } else if (utf8_is_valid(text) || !add_cp932(name, text)) {
        utf8_add_repaired(name, text);
    }
}

typedef struct ArchiveWalk {
    ArchiveReader *reader;
    InputKind kind;
    Buf *name;
    unsigned level;
} ArchiveWalk;

static int walk_member(const ArchiveWalk *walk, bool encrypted, InputFault *ret_fault)
{
    InputStream *packed = walk->reader->packed;
    InputOuter *outer = packed->outer;
    Slice name = buf_slice(walk->name);
    if (encrypted) return input_fault_say(outer->sink, name, INPUT_FAULT_ENCRYPTED, 0);
    InputStream member = member_open(walk->reader);
    input_stream_look(&member);
    InputKind kind = input_stream_kind(&member);
    unsigned level = walk->level - (is_compressed(walk->kind) && kind == INPUT_TAR);
    int r = input_stream_walk(&member, kind, walk->name, level);
    *ret_fault = member.fault;
    return r;
}

static bool carries_bytes(const ArchiveWalk *walk, struct archive_entry *entry)
{
    if (is_compressed(walk->kind)) return true;
    mode_t type = archive_entry_filetype(entry);
    return (type == AE_IFREG || type == 0) && !archive_entry_hardlink(entry);
}

/* One header's member. *ret_fault: how its reading ended. */
static int take_entry(const ArchiveWalk *walk, struct archive_entry *entry, InputFault *ret_fault)
{
    InputOuter *outer = walk->reader->packed->outer;
    uint64_t number = outer->member_count++;
    if (number >= INPUT_MEMBERS_MAX) {
        outer->end = *ret_fault = INPUT_FAULT_MEMBERS;
        return 0;
    }
    if (!carries_bytes(walk, entry)) return 0;
    size_t name_len = walk->name->len;
    if (!is_compressed(walk->kind)) add_member_name(walk->name, entry, number);
    int r = buf_error(walk->name);
    if (r == 0) r = walk_member(walk, archive_entry_is_encrypted(entry) > 0, ret_fault);
    walk->name->len = name_len;
    return r;
}

/* A member given up in the middle can be passed over without unpacking the rest of it only where
 * members are packed one by one. */
static bool can_pass_over(const ArchiveWalk *walk)
{
    return walk->kind == INPUT_ZIP || (walk->kind == INPUT_TAR && !walk->reader->packed->packed);
}

static int say(const ArchiveWalk *walk, InputFault fault)
{
    const InputStream *packed = walk->reader->packed;
    return input_fault_say(packed->outer->sink, buf_slice(walk->name), fault, packed->error);
}

/* The archive is over before its end: by itself, unless the stream below it broke. */
static int say_broken(const ArchiveWalk *walk)
{
    InputStream *packed = walk->reader->packed;
    if (packed->fault) return input_stream_tell(packed, buf_slice(walk->name));
    return say(walk, fault_of(walk->reader));
}

/* 1: the next one; 0: the archive is over; negative: stop all. */
static int after_member(const ArchiveWalk *walk, InputFault fault)
{
    const InputStream *packed = walk->reader->packed;
    if (packed->outer->end) return 0;
    if (fault == INPUT_FAULT_RATIO && walk->kind == INPUT_TAR && !can_pass_over(walk)) {
        return say(walk, INPUT_FAULT_CUT_OFF);
    }
    return !packed->fault && (fault != INPUT_FAULT_RATIO || can_pass_over(walk));
}

/* Bad headers in a row are said once; libarchive looks for the next good one. */
static int after_bad_header(const ArchiveWalk *walk, bool *said)
{
    InputStream *packed = walk->reader->packed;
    if (packed->outer->member_count++ >= INPUT_MEMBERS_MAX) {
        packed->outer->end = INPUT_FAULT_MEMBERS;
        return 0;
    }
    if (*said) return 1;
    *said = true;
    int r = say(walk, INPUT_FAULT_DAMAGED);
    return r < 0 ? r : 1;
}

static int walk_entries(const ArchiveWalk *walk)
{
    InputStream *packed = walk->reader->packed;
    bool said = false; /* the damage at this place */
    for (int go_on = 1; go_on > 0;) {
        struct archive_entry *entry = NULL;
        int r = archive_read_next_header(walk->reader->archive, &entry);
        if (r == ARCHIVE_EOF || packed->outer->end) return 0;
        if (r == ARCHIVE_FATAL) return said && !packed->fault ? 0 : say_broken(walk);
        if (r < ARCHIVE_WARN) {
            go_on = after_bad_header(walk, &said);
        } else {
            InputFault fault = INPUT_FAULT_NONE;
            r = take_entry(walk, entry, &fault);
            go_on = r < 0 ? r : after_member(walk, fault);
            said = fault == INPUT_FAULT_DAMAGED;
        }
        if (go_on < 0) return go_on;
    }
    return 0;
}

/* Nothing packed is an empty file, not a missing one. */
static int walk_empty(const ArchiveWalk *walk)
{
    InputStream empty = input_stream_unpacked(walk->reader->packed, walk->reader, member_read);
    empty.ended = true;
    return input_stream_walk(&empty, INPUT_PLAIN, walk->name, walk->level);
}

int input_archive_walk(InputStream *packed, InputKind kind, Buf *name, unsigned level)
{
    CLEANUP(reader_done) ArchiveReader reader = {0};
    ArchiveWalk walk = {&reader, kind, name, level};
    int r = reader_open(&reader, packed, kind);
    if (r == -EBADMSG) return say_broken(&walk);
    if (r == 0) r = walk_entries(&walk);
    bool is_empty = archive_format(reader.archive) == ARCHIVE_FORMAT_EMPTY;
    if (r == 0 && is_empty && !packed->fault) r = walk_empty(&walk);
    return r;
}
