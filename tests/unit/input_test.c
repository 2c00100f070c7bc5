/* collect/input.h: files, folders and pipes as streams; what cannot be read is told. */
#include "tests/support/input_kit.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void a_plain_file_is_one_stream(void)
{
    input_folder_make("plain");
    input_expect_walk(input_file_make("a.log", SLICE("one\ntwo\n")), "/a.log=one\ntwo\n\n");
    input_expect_walk(input_file_make("empty", SLICE("")), "/empty=\n");
    input_expect_walk(input_file_make("PK", SLICE("PK is no archive")), "/PK=PK is no archive\n");
    input_expect_walk(input_path_in("missing"), "!/missing:input.missing\n");
}

static void a_large_plain_file_keeps_its_bytes_and_tells_progress(void)
{
    input_folder_make("large");
    CLEANUP(buf_done) Buf content = {0};
    for (unsigned i = 0; i < 400000; i++) {
        buf_add_format(&content, "%07u\n", i);
    }
    const char *path = input_file_make("large.log", buf_slice(&content));
    CLEANUP(input_seen_done) InputSeen seen = {.root = input_test_folder};
    expect_int(input_walk_with(&os_real, path, &seen), 0);
    expect_int(seen.byte_count, content.len);
    expect_int(seen.done, content.len);
    expect_int(seen.total, content.len);
    CLEANUP(input_seen_done) InputSeen early = {.root = input_test_folder, .read_max = 1000};
    expect_int(input_walk_with(&os_real, path, &early), 0);
    expect_int(early.done, 1000);
}

static void folders_are_walked_in_name_order(void)
{
    input_folder_make("walk");
    mkdir(input_path_in("b"), 0700);
    input_file_make("b/2", SLICE("two"));
    input_file_make("b/1", SLICE("one"));
    input_file_make("a", SLICE("a"));
    input_file_make("c", SLICE("c"));
    input_file_make("\xe3\x83\xad\xe3\x82\xb0", SLICE("log"));
    input_file_make("bad\xff", SLICE("bad"));
    input_expect_walk(input_test_folder, "/a=a\n/b/1=one\n/b/2=two\n/bad\xef\xbf\xbd=bad\n/c=c\n"
                                         "/\xe3\x83\xad\xe3\x82\xb0=log\n");
    input_expect_walk(input_path_in("b/"), "/b/1=one\n/b/2=two\n");
}

static void links_and_special_files_are_told(void)
{
    input_folder_make("links");
    mkdir(input_path_in("real"), 0700);
    input_file_make("real/x", SLICE("x"));
    expect_int(symlink("real", input_path_in("folder_link")), 0);
    expect_int(symlink("..", input_path_in("real/up")), 0);
    expect_int(symlink("real/x", input_path_in("file_link")), 0);
    expect_int(symlink("nowhere", input_path_in("dangling")), 0);
    expect_int(mkfifo(input_path_in("pipe"), 0600), 0);
    input_expect_walk(input_test_folder,
                      "!/dangling:input.missing\n/file_link=x\n!/folder_link:input.link\n"
                      "!/pipe:input.special\n!/real/up:input.link\n/real/x=x\n");
    input_expect_walk(input_path_in("folder_link"),
                      "!/folder_link/up:input.link\n/folder_link/x=x\n");
    input_expect_walk(input_path_in("pipe"), "!/pipe:input.special\n");
    input_expect_walk("/dev/null", "!/dev/null:input.special\n");
}

static void folders_too_deep_are_told(void)
{
    CLEANUP(buf_done) Buf path = {0};
    buf_add_cstr(&path, input_folder_make("deep"));
    for (int i = 0; i < 70; i++) {
        buf_add_cstr(&path, "/d");
        buf_add_char(&path, '\0');
        expect_int(mkdir(path.ptr, 0700), 0);
        path.len--;
    }
    CLEANUP(input_seen_done) InputSeen seen = {.root = input_test_folder};
    expect_int(input_walk_with(&os_real, input_test_folder, &seen), 0);
    expect_int(seen.stream_count, 0);
    expect_int(seen.problem_count, 1);
    expect(slice_ends(buf_slice(&seen.text), SLICE(":input.deep\n")));
}

/* Standard input becomes a pipe holding the bytes (at most 64 KiB). */
static void expect_stdin(Slice bytes, const char *want)
{
    int ends[2], kept = dup(0);
    if (!expect_int(pipe(ends), 0)) return;
    expect(write(ends[1], bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    close(ends[1]);
    dup2(ends[0], 0);
    close(ends[0]);
    CLEANUP(input_seen_done) InputSeen seen = {0};
    expect_int(input_walk_with(&os_real, "-", &seen), 0);
    expect_text(buf_slice(&seen.text), want);
    expect_int(seen.total, 0);
    dup2(kept, 0);
    close(kept);
}

static void standard_input_is_read_in_order(void)
{
    expect_stdin(SLICE("line\n"), "-=line\n\n");
    expect_stdin(SLICE(""), "-=\n");
    INPUT_MADE gz = input_one_make(input_as_gz, "x", SLICE("packed"));
    expect_stdin(gz, "-=packed\n");
    const InputMember members[] = {{.name = "a", .content = SLICE("1")},
                                   {.name = "b", .content = SLICE("2")}};
    INPUT_MADE zip = input_archive_make(input_as_zip, members, 2);
    expect_stdin(zip, "-/a=1\n-/b=2\n");
    INPUT_MADE tar = input_archive_make(input_as_tar_gz, members, 2);
    expect_stdin(tar, "-/a=1\n-/b=2\n");
}

static void a_sink_may_stop_the_walk_or_leave_a_stream(void)
{
    input_folder_make("stop");
    input_file_make("a", SLICE("aa"));
    input_file_make("b", SLICE("bb"));
    const InputMember members[] = {{.name = "1", .content = SLICE("111")},
                                   {.name = "2", .content = SLICE("222")}};
    INPUT_MADE tar = input_archive_make(input_as_tar_gz, members, 2);
    input_file_make("c.tgz", tar);
    CLEANUP(input_seen_done)
    InputSeen stopping = {.root = input_test_folder, .stream_result = -ECANCELED};
    expect_int(input_walk_with(&os_real, input_test_folder, &stopping), -ECANCELED);
    expect_text(buf_slice(&stopping.text), "/a=aa\n");
    CLEANUP(input_seen_done) InputSeen leaving = {.root = input_test_folder, .read_max = 1};
    expect_int(input_walk_with(&os_real, input_test_folder, &leaving), 0);
    expect_text(buf_slice(&leaving.text), "/a=a\n/b=b\n/c.tgz/1=1\n/c.tgz/2=2\n");
}

/* The real Os but for its n-th call of those that read, which gives -EIO; and -EACCES for one name.
 */
typedef struct Faulty {
    Os os;
    unsigned countdown; /* 0: never */
    unsigned failed;
} Faulty;

static bool fails_now(Faulty *faulty)
{
    if (faulty->countdown == 0 || --faulty->countdown > 0) return false;
    faulty->failed++;
    return true;
}

static ssize_t faulty_pread(void *state, int fd, void *to, size_t bytes, uint64_t offset)
{
    if (fails_now(state)) return -EIO;
    if (bytes > 100) bytes = 100; /* short reads, so that there are many */
    return os_real.pread(os_real.state, fd, to, bytes, offset);
}

static int faulty_open(void *state, const char *path, int flags, mode_t mode)
{
    if (slice_ends(slice_from_cstr(path), SLICE("denied"))) return -EACCES;
    if (!(flags & O_PATH) && fails_now(state)) return -EIO;
    return os_real.open(os_real.state, path, flags, mode);
}

static int faulty_list(void *state, const char *path, FolderSink sink, void *context)
{
    if (slice_ends(slice_from_cstr(path), SLICE("denied"))) return -EACCES;
    if (fails_now(state)) return -EIO;
    return os_real.list(os_real.state, path, sink, context);
}

static int faulty_info_fd(void *state, int fd, FileInfo *ret)
{
    if (fails_now(state)) return -EIO;
    return os_real.info_fd(os_real.state, fd, ret);
}

static Faulty faulty_make(unsigned countdown)
{
    Faulty faulty = {.os = os_real, .countdown = countdown};
    faulty.os.pread = faulty_pread;
    faulty.os.open = faulty_open;
    faulty.os.list = faulty_list;
    faulty.os.info_fd = faulty_info_fd;
    return faulty;
}

static void what_may_not_be_read_is_told(void)
{
    input_folder_make("rights");
    input_file_make("a", SLICE("a"));
    input_file_make("b.denied", SLICE("b"));
    mkdir(input_path_in("c.denied"), 0700);
    input_file_make("d", SLICE("d"));
    Faulty faulty = faulty_make(0);
    faulty.os.state = &faulty;
    CLEANUP(input_seen_done) InputSeen seen = {.root = input_test_folder};
    expect_int(input_walk_with(&faulty.os, input_test_folder, &seen), 0);
    expect_text(buf_slice(&seen.text),
                "/a=a\n!/b.denied:input.denied\n!/c.denied:input.denied\n/d=d\n");
}

/* Invariant: whichever call fails, the walk goes on to its end and says that something is missing.
 */
static void every_failing_read_is_told(void)
{
    input_folder_make("faults");
    const InputMember members[] = {{.name = "1", .content = SLICE("111")},
                                   {.name = "2", .content = SLICE("222")}};
    INPUT_MADE zip = input_archive_make(input_as_zip, members, 2);
    INPUT_MADE tar = input_archive_make(input_as_tar_gz, members, 2);
    input_file_make("a.zip", zip);
    input_file_make("b.tgz", tar);
    input_file_make("c", SLICE("plain"));
    unsigned n = 1;
    for (;; n++) {
        Faulty faulty = faulty_make(n);
        faulty.os.state = &faulty;
        CLEANUP(input_seen_done)
        InputSeen seen = {.root = input_test_folder, .passes_errors_on = n % 2};
        expect_int(input_walk_with(&faulty.os, input_test_folder, &seen), 0);
        if (!faulty.failed) break;
        if (!expect(seen.problem_count > 0)) tap_note("call %u", n);
    }
    tap_note("%u calls failed in turn", n - 1);
    expect(n > 20);
}

static const TapTest tests[] = {
    TAP_TEST(a_plain_file_is_one_stream),
    TAP_TEST(a_large_plain_file_keeps_its_bytes_and_tells_progress),
    TAP_TEST(folders_are_walked_in_name_order),
    TAP_TEST(links_and_special_files_are_told),
    TAP_TEST(folders_too_deep_are_told),
    TAP_TEST(standard_input_is_read_in_order),
    TAP_TEST(a_sink_may_stop_the_walk_or_leave_a_stream),
    TAP_TEST(what_may_not_be_read_is_told),
    TAP_TEST(every_failing_read_is_told),
};
TAP_MAIN(tests)
