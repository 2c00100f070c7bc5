/* See input_kit.h. */
#include "tests/support/input_kit.h"

#include "tests/support/tap.h"

#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static Slice below_root(const InputSeen *seen, Slice name)
{
    Slice root = slice_from_cstr(seen->root ? seen->root : "");
    return slice_starts(name, root) ? slice_skip(name, root.len) : name;
}

static int on_stream(void *context, InputStream *stream, Slice name)
{
    InputSeen *seen = context;
    static char block[1 << 20];
    char start[64];
    uint64_t len = 0;
    ssize_t r;
    while ((r = input_read(stream, block, seen->read_max ? seen->read_max : sizeof block)) > 0) {
        for (ssize_t i = 0; i < r && len + (uint64_t)i < sizeof start; i++) {
            start[len + (uint64_t)i] = block[i];
        }
        len += (uint64_t)r;
        if (seen->read_max && len >= seen->read_max) break;
    }
    input_progress(stream, &seen->done, &seen->total);
    seen->stream_count++;
    seen->byte_count += len;
    buf_add_slice(&seen->text, below_root(seen, name));
    buf_add_char(&seen->text, '=');
    if (len <= sizeof start) {
        buf_add(&seen->text, start, len);
    } else {
        buf_add_u64(&seen->text, len);
    }
    buf_add_char(&seen->text, '\n');
    if (r < 0 && seen->passes_errors_on) return (int)r;
    return seen->stream_result;
}

static int on_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    InputSeen *seen = context;
    seen->problem_count++;
    seen->last_error = error;
    expect(error < 0);
    expect(complaint->en[0] && complaint->ja[0] && complaint->file[0]);
    buf_add_char(&seen->text, '!');
    buf_add_slice(&seen->text, below_root(seen, name));
    buf_add_char(&seen->text, ':');
    buf_add_cstr(&seen->text, complaint->id ? complaint->id : "?");
    buf_add_char(&seen->text, '\n');
    return 0;
}

int input_walk_with(const Os *os, const char *path, InputSeen *seen)
{
    const InputSink sink = {.stream = on_stream, .problem = on_problem, .context = seen};
    return input_walk(os, path, &sink);
}

void input_seen_done(InputSeen *seen)
{
    buf_done(&seen->text);
}

/* Folder and file makers; every test has a folder of its own. */

char input_test_folder[512];

const char *input_folder_make(const char *name)
{
    snprintf(input_test_folder, sizeof input_test_folder, "%s/%s", tap_temporary_folder(), name);
    expect_int(mkdir(input_test_folder, 0700), 0);
    return input_test_folder;
}

const char *input_path_in(const char *name)
{
    static char paths[4][1024];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", input_test_folder, name);
    return path;
}

const char *input_file_make(const char *name, Slice content)
{
    const char *path = input_path_in(name);
    FILE *file = fopen(path, "wb");
    if (!expect(file != NULL)) exit(99);
    expect(fwrite(content.ptr, 1, content.len, file) == content.len);
    fclose(file);
    return path;
}

void input_member_write(struct archive *archive, const InputMember *member)
{
    static const char zeros[1 << 16];
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_pathname(entry, member->name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_size(entry,
                           (la_int64_t)(member->zeros ? member->zeros : member->content.len));
    expect(archive_write_header(archive, entry) >= ARCHIVE_WARN);
    if (member->content.len) archive_write_data(archive, member->content.ptr, member->content.len);
    for (uint64_t left = member->zeros; left > 0;) {
        size_t step = left < sizeof zeros ? (size_t)left : sizeof zeros;
        expect(archive_write_data(archive, zeros, step) == (la_ssize_t)step);
        left -= step;
    }
    archive_entry_free(entry);
}

/* An archive's bytes, in memory that the caller frees. */
Slice input_archive_make(InputSetup setup, const InputMember *members, size_t count)
{
    size_t room = (size_t)4 << 20, used = 0;
    char *bytes = malloc(room);
    struct archive *archive = archive_write_new();
    if (!bytes || !archive) exit(99);
    expect_int(setup(archive), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(archive, 1);
    expect_int(archive_write_open_memory(archive, bytes, room, &used), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        input_member_write(archive, &members[i]);
    }
    expect_int(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    return slice_of(bytes, used);
}

void input_slice_free(Slice *slice)
{
    free((char *)slice->ptr);
}
int input_as_tar(struct archive *archive)
{
    return archive_write_set_format_ustar(archive);
}
int input_as_tar_gz(struct archive *archive)
{
    archive_write_add_filter_gzip(archive);
    return archive_write_set_format_ustar(archive);
}
int input_as_tar_zst(struct archive *archive)
{
    archive_write_add_filter_zstd(archive);
    return archive_write_set_format_ustar(archive);
}
int input_as_zip(struct archive *archive)
{
    return archive_write_set_format_zip(archive);
}
int input_as_zip_stored(struct archive *archive)
{
    archive_write_set_format_zip(archive);
    return archive_write_zip_set_compression_store(archive);
}
int input_as_zip_locked(struct archive *archive)
{
    archive_write_set_format_zip(archive);
    archive_write_set_passphrase(archive, "secret");
    return archive_write_set_options(archive, "zip:encryption=zipcrypt");
}
int input_as_gz(struct archive *archive)
{
    archive_write_add_filter_gzip(archive);
    return archive_write_set_format_raw(archive);
}
int input_as_zst(struct archive *archive)
{
    archive_write_add_filter_zstd(archive);
    return archive_write_set_format_raw(archive);
}
int input_as_xz(struct archive *archive)
{
    archive_write_add_filter_xz(archive);
    return archive_write_set_format_raw(archive);
}
int input_as_bz2(struct archive *archive)
{
    archive_write_add_filter_bzip2(archive);
    return archive_write_set_format_raw(archive);
}

Slice input_one_make(InputSetup setup, const char *name, Slice content)
{
    const InputMember member = {.name = name, .content = content};
    return input_archive_make(setup, &member, 1);
}

void input_expect_walk(const char *path, const char *want)
{
    CLEANUP(input_seen_done) InputSeen seen = {.root = input_test_folder};
    expect_int(input_walk_with(&os_real, path, &seen), 0);
    expect_text(buf_slice(&seen.text), want);
}
