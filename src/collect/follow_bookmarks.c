/* The bookmarks of the follower: a file of lines, written anew and renamed into its place.
 *
 *   akashi-bookmarks 1
 *   DEVICE INODE GENERATION OFFSET DAY HEAD_BYTES TAIL_BYTES HEAD_SHA256 TAIL_SHA256
 *   end COUNT */
#include "base/number.h"
#include "collect/follow_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_LINE "akashi-bookmarks 1"
#define FILE_BYTES_MAX ((size_t)4 << 20)

static int read_digest(Slice text, Digest *ret)
{
    if (text.len != 2 * sizeof ret->bytes) return -EBADMSG;
    for (size_t i = 0; i < sizeof ret->bytes; i++) {
        uint64_t byte;
        if (number_parse_hex(slice_of(text.ptr + 2 * i, 2), &byte) < 0) return -EBADMSG;
        ret->bytes[i] = (uint8_t)byte;
    }
    return 0;
}

static int read_line(Slice line, Bookmark *ret)
{
    uint64_t numbers[7];
    Slice word;
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        if (!slice_cut(&line, ' ', &word) || number_parse_u64(word, &numbers[i]) < 0) {
            return -EBADMSG;
        }
    }
    if (numbers[4] > UINT32_MAX || numbers[5] > FOLLOW_HEAD_BYTES ||
        numbers[6] > FOLLOW_TAIL_BYTES) {
        return -EBADMSG;
    }
    *ret = (Bookmark){.device = numbers[0],
                      .inode = numbers[1],
                      .generation = numbers[2],
                      .offset = numbers[3],
                      .used_day = (uint32_t)numbers[4],
                      .head_bytes = (uint32_t)numbers[5],
                      .tail_bytes = (uint32_t)numbers[6]};
    if (!slice_cut(&line, ' ', &word) || read_digest(word, &ret->head) < 0) return -EBADMSG;
    return read_digest(line, &ret->tail);
}

static int read_lines(Slice text, Bookmarks *ret)
{
    Slice line;
    uint64_t count;
    if (!slice_cut(&text, '\n', &line) || !slice_eq(line, SLICE(FIRST_LINE))) return -EBADMSG;
    while (slice_cut(&text, '\n', &line)) {
        if (slice_starts(line, SLICE("end "))) {
            bool good = number_parse_u64(slice_skip(line, 4), &count) == 0 && count == ret->count;
            return good ? 0 : -EBADMSG;
        }
        if (ret->count == FOLLOW_BOOKMARKS_MAX || read_line(line, &ret->items[ret->count]) < 0) {
            return -EBADMSG;
        }
        ret->count++;
    }
    return -EBADMSG;
}

int bookmarks_read(const Os *os, const char *path, Bookmarks *ret)
{
    CLEANUP(arena_done) Arena arena = {0};
    Slice text;
    ret->count = 0;
    ret->items = calloc(FOLLOW_BOOKMARKS_MAX, sizeof *ret->items);
    if (!ret->items) return -ENOMEM;
    int r = os_read_file(os, path, FILE_BYTES_MAX, &arena, &text);
    if (r == -ENOENT) return 0;
    if (r == 0) r = read_lines(text, ret);
    if (r < 0) bookmarks_done(ret);
    return r;
}

static void add_digest(Buf *to, const Digest *digest)
{
    for (size_t i = 0; i < sizeof digest->bytes; i++)
        buf_add_format(to, "%02x", digest->bytes[i]);
}

static void add_line(Buf *to, const Bookmark *bookmark)
{
    buf_add_format(to, "%llu %llu %llu %llu %u %u %u ", (unsigned long long)bookmark->device,
                   (unsigned long long)bookmark->inode, (unsigned long long)bookmark->generation,
                   (unsigned long long)bookmark->offset, bookmark->used_day, bookmark->head_bytes,
                   bookmark->tail_bytes);
    add_digest(to, &bookmark->head);
    buf_add_char(to, ' ');
    add_digest(to, &bookmark->tail);
    buf_add_char(to, '\n');
}

static int write_file(const Os *os, const char *path, Slice text)
{
    CLEANUP(os_fd_done)
    OsFd file = {os, os->open(os->state, path, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (file.fd < 0) return file.fd;
    int r = os_write_full(os, file.fd, text.ptr, text.len);
    return r < 0 ? r : os->sync_data(os->state, file.fd);
}

int bookmarks_write(const Os *os, const char *path, Bookmarks *bookmarks)
{
    char fresh[PATH_MAX], folder[PATH_MAX];
    Buf text = buf_make(FILE_BYTES_MAX);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = '\0';
    buf_add_cstr(&text, FIRST_LINE "\n");
    for (size_t i = 0; i < bookmarks->count; i++)
        add_line(&text, &bookmarks->items[i]);
    buf_add_format(&text, "end %zu\n", bookmarks->count);
    int r = buf_error(&text);
    if (r == 0) r = write_file(os, fresh, buf_slice(&text));
    if (r == 0) r = os->rename(os->state, fresh, path);
    if (r == 0) r = os->sync_folder(os->state, slash ? folder : ".");
    if (r == 0) bookmarks->changed = false;
    buf_done(&text);
    return r;
}

void bookmarks_done(Bookmarks *bookmarks)
{
    free(bookmarks->items);
    *bookmarks = (Bookmarks){0};
}

Bookmark *bookmarks_add(Bookmarks *bookmarks, const Bookmark *bookmark)
{
    Bookmark *place = &bookmarks->items[0];
    if (bookmarks->count < FOLLOW_BOOKMARKS_MAX) {
        place = &bookmarks->items[bookmarks->count++];
    } else {
        for (size_t i = 1; i < bookmarks->count; i++) {
            if (bookmarks->items[i].used_day < place->used_day) place = &bookmarks->items[i];
        }
    }
    *place = *bookmark;
    bookmarks->changed = true;
    return place;
}
