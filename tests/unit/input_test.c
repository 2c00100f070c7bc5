/* collect/input.h: files, folders, archives and pipes as streams. */
#include "tests/support/tap.h"

#include "base/buf.h"
#include "collect/input.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a walk gave, as one text: a line `NAME=CONTENT` a stream (long content as its length), a
 * line
 * `!NAME:ID` a problem. */
typedef struct Seen {
    Buf text;
    const char *root; /* cut off the front of names */
    unsigned stream_count, problem_count;
    uint64_t byte_count;
    size_t read_max;   /* return early after so many bytes of each stream; 0: read all */
    int stream_result; /* what the sink returns */
    bool passes_errors_on;
    uint64_t done, total;
    int last_error;
} Seen;

static Slice below_root(const Seen *seen, Slice name)
{
    Slice root = slice_from_cstr(seen->root ? seen->root : "");
    return slice_starts(name, root) ? slice_skip(name, root.len) : name;
}

static int on_stream(void *context, InputStream *stream, Slice name)
{
    Seen *seen = context;
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
    Seen *seen = context;
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

static int walk_with(const Os *os, const char *path, Seen *seen)
{
    const InputSink sink = {.stream = on_stream, .problem = on_problem, .context = seen};
    return input_walk(os, path, &sink);
}

static void seen_done(Seen *seen)
{
    buf_done(&seen->text);
}

/* Folder and file makers; every test has a folder of its own. */

static char test_folder[512];

static const char *folder_make(const char *name)
{
    snprintf(test_folder, sizeof test_folder, "%s/%s", tap_temporary_folder(), name);
    expect_int(mkdir(test_folder, 0700), 0);
    return test_folder;
}

static const char *path_in(const char *name)
{
    static char paths[4][1024];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", test_folder, name);
    return path;
}

static const char *file_make(const char *name, Slice content)
{
    const char *path = path_in(name);
    FILE *file = fopen(path, "wb");
    if (!expect(file != NULL)) exit(99);
    expect(fwrite(content.ptr, 1, content.len, file) == content.len);
    fclose(file);
    return path;
}

/* Members for archives. */
typedef struct Member {
    const char *name;
    Slice content;
    uint64_t zeros; /* instead of the content */
} Member;

typedef int (*ArchiveSetup)(struct archive *archive);

static void member_write(struct archive *archive, const Member *member)
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
static Slice archive_make(ArchiveSetup setup, const Member *members, size_t count)
{
    size_t room = (size_t)4 << 20, used = 0;
    char *bytes = malloc(room);
    struct archive *archive = archive_write_new();
    if (!bytes || !archive) exit(99);
    expect_int(setup(archive), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(archive, 1);
    expect_int(archive_write_open_memory(archive, bytes, room, &used), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        member_write(archive, &members[i]);
    }
    expect_int(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    return slice_of(bytes, used);
}

static void slice_free(Slice *slice)
{
    free((char *)slice->ptr);
}
#define MADE CLEANUP(slice_free) Slice

static int as_tar(struct archive *archive)
{
    return archive_write_set_format_ustar(archive);
}
static int as_tar_gz(struct archive *archive)
{
    archive_write_add_filter_gzip(archive);
    return archive_write_set_format_ustar(archive);
}
static int as_tar_zst(struct archive *archive)
{
    archive_write_add_filter_zstd(archive);
    return archive_write_set_format_ustar(archive);
}
static int as_zip(struct archive *archive)
{
    return archive_write_set_format_zip(archive);
}
static int as_zip_stored(struct archive *archive)
{
    archive_write_set_format_zip(archive);
    return archive_write_zip_set_compression_store(archive);
}
static int as_zip_locked(struct archive *archive)
{
    archive_write_set_format_zip(archive);
    archive_write_set_passphrase(archive, "secret");
    return archive_write_set_options(archive, "zip:encryption=zipcrypt");
}
static int as_gz(struct archive *archive)
{
    archive_write_add_filter_gzip(archive);
    return archive_write_set_format_raw(archive);
}
static int as_zst(struct archive *archive)
{
    archive_write_add_filter_zstd(archive);
    return archive_write_set_format_raw(archive);
}
static int as_xz(struct archive *archive)
{
    archive_write_add_filter_xz(archive);
    return archive_write_set_format_raw(archive);
}
static int as_bz2(struct archive *archive)
{
    archive_write_add_filter_bzip2(archive);
    return archive_write_set_format_raw(archive);
}

static Slice one_make(ArchiveSetup setup, const char *name, Slice content)
{
    const Member member = {.name = name, .content = content};
    return archive_make(setup, &member, 1);
}

static void expect_walk(const char *path, const char *want)
{
    CLEANUP(seen_done) Seen seen = {.root = test_folder};
    expect_int(walk_with(&os_real, path, &seen), 0);
    expect_text(buf_slice(&seen.text), want);
}

static void a_plain_file_is_one_stream(void)
{
    folder_make("plain");
    expect_walk(file_make("a.log", SLICE("one\ntwo\n")), "/a.log=one\ntwo\n\n");
    expect_walk(file_make("empty", SLICE("")), "/empty=\n");
    expect_walk(file_make("PK", SLICE("PK is no archive")), "/PK=PK is no archive\n");
    expect_walk(path_in("missing"), "!/missing:input.missing\n");
}

static void a_large_plain_file_keeps_its_bytes_and_tells_progress(void)
{
    folder_make("large");
    CLEANUP(buf_done) Buf content = {0};
    for (unsigned i = 0; i < 400000; i++) {
        buf_add_format(&content, "%07u\n", i);
    }
    const char *path = file_make("large.log", buf_slice(&content));
    CLEANUP(seen_done) Seen seen = {.root = test_folder};
    expect_int(walk_with(&os_real, path, &seen), 0);
    expect_int(seen.byte_count, content.len);
    expect_int(seen.done, content.len);
    expect_int(seen.total, content.len);
    CLEANUP(seen_done) Seen early = {.root = test_folder, .read_max = 1000};
    expect_int(walk_with(&os_real, path, &early), 0);
    expect_int(early.done, 1000);
}

static void folders_are_walked_in_name_order(void)
{
    folder_make("walk");
    mkdir(path_in("b"), 0700);
    file_make("b/2", SLICE("two"));
    file_make("b/1", SLICE("one"));
    file_make("a", SLICE("a"));
    file_make("c", SLICE("c"));
    file_make("\xe3\x83\xad\xe3\x82\xb0", SLICE("log"));
    file_make("bad\xff", SLICE("bad"));
    expect_walk(test_folder, "/a=a\n/b/1=one\n/b/2=two\n/bad\xef\xbf\xbd=bad\n/c=c\n"
                             "/\xe3\x83\xad\xe3\x82\xb0=log\n");
    expect_walk(path_in("b/"), "/b/1=one\n/b/2=two\n");
}

static void links_and_special_files_are_told(void)
{
    folder_make("links");
    mkdir(path_in("real"), 0700);
    file_make("real/x", SLICE("x"));
    expect_int(symlink("real", path_in("folder_link")), 0);
    expect_int(symlink("..", path_in("real/up")), 0);
    expect_int(symlink("real/x", path_in("file_link")), 0);
    expect_int(symlink("nowhere", path_in("dangling")), 0);
    expect_int(mkfifo(path_in("pipe"), 0600), 0);
    expect_walk(test_folder, "!/dangling:input.missing\n/file_link=x\n!/folder_link:input.link\n"
                             "!/pipe:input.special\n!/real/up:input.link\n/real/x=x\n");
    expect_walk(path_in("folder_link"), "!/folder_link/up:input.link\n/folder_link/x=x\n");
    expect_walk(path_in("pipe"), "!/pipe:input.special\n");
    expect_walk("/dev/null", "!/dev/null:input.special\n");
}

static void folders_too_deep_are_told(void)
{
    CLEANUP(buf_done) Buf path = {0};
    buf_add_cstr(&path, folder_make("deep"));
    for (int i = 0; i < 70; i++) {
        buf_add_cstr(&path, "/d");
        buf_add_char(&path, '\0');
        expect_int(mkdir(path.ptr, 0700), 0);
        path.len--;
    }
    CLEANUP(seen_done) Seen seen = {.root = test_folder};
    expect_int(walk_with(&os_real, test_folder, &seen), 0);
    expect_int(seen.stream_count, 0);
    expect_int(seen.problem_count, 1);
    expect(slice_ends(buf_slice(&seen.text), SLICE(":input.deep\n")));
}

static void compressed_files_keep_their_name(void)
{
    folder_make("compressed");
    const struct {
        ArchiveSetup setup;
        const char *name;
    } cases[] = {{as_gz, "a.log.gz"}, {as_zst, "a.zst"}, {as_xz, "a.xz"}, {as_bz2, "noext"}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        MADE packed = one_make(cases[i].setup, "inside", SLICE("line one\nline two\n"));
        char want[100];
        snprintf(want, sizeof want, "/%s=line one\nline two\n\n", cases[i].name);
        expect_walk(file_make(cases[i].name, packed), want);
    }
    MADE nothing = one_make(as_gz, "inside", SLICE(""));
    expect_walk(file_make("empty.gz", nothing), "/empty.gz=\n");
}

static void several_gzip_streams_are_one_file(void)
{
    folder_make("members");
    MADE first = one_make(as_gz, "x", SLICE("first "));
    MADE second = one_make(as_gz, "x", SLICE("second"));
    CLEANUP(buf_done) Buf both = {0};
    buf_add_slice(&both, first);
    buf_add_slice(&both, second);
    expect_walk(file_make("both.gz", buf_slice(&both)), "/both.gz=first second\n");
}

static void members_are_streams_of_their_own(void)
{
    folder_make("archives");
    const Member members[] = {{.name = "b.json", .content = SLICE("{\"b\":1}")},
                              {.name = "sub/a.json", .content = SLICE("{\"a\":1}")},
                              {.name = "empty"},
                              {.name = "../up", .content = SLICE("up")}};
    const struct {
        ArchiveSetup setup;
        const char *name;
    } cases[] = {{as_zip, "a.zip"},
                 {as_zip_stored, "stored.zip"},
                 {as_tar, "a.tar"},
                 {as_tar_gz, "a.tar.gz"},
                 {as_tar_zst, "a.tar.zst"}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        MADE packed = archive_make(cases[i].setup, members, ARRAY_COUNT(members));
        const char *n = cases[i].name;
        char want[400];
        snprintf(want, sizeof want,
                 "/%s/b.json={\"b\":1}\n/%s/sub/a.json={\"a\":1}\n/%s/empty=\n/%s/../up=up\n", n, n,
                 n, n);
        expect_walk(file_make(n, packed), want);
    }
    MADE none = archive_make(as_zip, NULL, 0);
    expect_walk(file_make("none.zip", none), "");
}

static void folders_and_links_in_archives_are_passed_over(void)
{
    folder_make("tarlinks");
    char bytes[65536];
    size_t used = 0;
    struct archive *archive = archive_write_new();
    as_tar(archive);
    archive_write_open_memory(archive, bytes, sizeof bytes, &used);
    const struct {
        const char *name;
        unsigned type;
        const char *soft, *hard;
    } entries[] = {{"logs", AE_IFDIR, NULL, NULL},
                   {"logs/soft", AE_IFLNK, "/etc/passwd", NULL},
                   {"logs/hard", AE_IFREG, NULL, "logs/x"},
                   {"logs/null", AE_IFCHR, NULL, NULL}};
    for (size_t i = 0; i < ARRAY_COUNT(entries); i++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, entries[i].name);
        archive_entry_set_filetype(entry, entries[i].type);
        archive_entry_set_perm(entry, 0700);
        archive_entry_set_size(entry, 0);
        if (entries[i].soft) archive_entry_set_symlink(entry, entries[i].soft);
        if (entries[i].hard) archive_entry_set_hardlink(entry, entries[i].hard);
        expect(archive_write_header(archive, entry) >= ARCHIVE_WARN);
        archive_entry_free(entry);
    }
    member_write(archive, &(Member){.name = "logs/x", .content = SLICE("x")});
    archive_write_close(archive);
    archive_write_free(archive);
    expect_walk(file_make("l.tar", slice_of(bytes, used)), "/l.tar/logs/x=x\n");
}

static void archives_in_archives_are_opened(void)
{
    folder_make("nested");
    MADE gz = one_make(as_gz, "x", SLICE("gz"));
    MADE inner_zip = one_make(as_zip, "in.txt", SLICE("zip"));
    MADE tar_gz = one_make(as_tar_gz, "in.txt", SLICE("tgz"));
    const Member members[] = {{.name = "a.gz", .content = gz},
                              {.name = "b.zip", .content = inner_zip},
                              {.name = "c.tgz", .content = tar_gz}};
    const char *want = "/o/a.gz=gz\n/o/b.zip/in.txt=zip\n/o/c.tgz/in.txt=tgz\n";
    MADE zip = archive_make(as_zip, members, ARRAY_COUNT(members));
    expect_walk(file_make("o", zip), want);
    MADE tar = archive_make(as_tar_gz, members, ARRAY_COUNT(members));
    expect_walk(file_make("o", tar), want);
}

static void nesting_has_a_maximum(void)
{
    folder_make("nesting");
    MADE one = one_make(as_gz, "x", SLICE("deep"));
    MADE two = one_make(as_gz, "x", one);
    MADE three = one_make(as_gz, "x", two);
    MADE four = one_make(as_gz, "x", three);
    expect_walk(file_make("3", three), "/3=deep\n");
    expect_walk(file_make("4", four), "!/4:input.nesting\n");
    const Member members[] = {{.name = "three", .content = three},
                              {.name = "good", .content = SLICE("good")}};
    MADE zip = archive_make(as_zip, members, ARRAY_COUNT(members));
    expect_walk(file_make("z", zip), "!/z/three:input.nesting\n/z/good=good\n");
}

static void bombs_are_given_up_and_the_next_member_taken(void)
{
    folder_make("bomb");
    const Member members[] = {{.name = "0", .zeros = (uint64_t)160 << 20},
                              {.name = "good", .content = SLICE("good")}};
    MADE zip = archive_make(as_zip, members, 2);
    CLEANUP(seen_done) Seen seen = {.root = test_folder};
    expect_int(walk_with(&os_real, file_make("x.zip", zip), &seen), 0);
    expect(seen.byte_count < (uint64_t)130 << 20);
    expect(slice_find(buf_slice(&seen.text), SLICE("!/x.zip/0:input.bomb\n/x.zip/good=good\n")) !=
           SLICE_NOT_FOUND);
    MADE tar = archive_make(as_tar_gz, members, 2);
    CLEANUP(seen_done) Seen in_tar = {.root = test_folder, .passes_errors_on = true};
    expect_int(walk_with(&os_real, file_make("x.tar.gz", tar), &in_tar), 0);
    expect(in_tar.byte_count < (uint64_t)130 << 20);
    expect(slice_find(buf_slice(&in_tar.text),
                      SLICE("!/x.tar.gz/0:input.bomb\n!/x.tar.gz:input.bomb\n")) !=
           SLICE_NOT_FOUND);
    MADE gz = archive_make(as_gz, members, 1);
    CLEANUP(seen_done) Seen in_gz = {.root = test_folder};
    expect_int(walk_with(&os_real, file_make("x.gz", gz), &in_gz), 0);
    expect_int(in_gz.problem_count, 1);
    expect(slice_ends(buf_slice(&in_gz.text), SLICE("!/x.gz:input.bomb\n")));
}

static void many_small_bombs_are_one_bomb(void)
{
    folder_make("bombs");
    Member members[8];
    char names[8][2];
    for (size_t i = 0; i < ARRAY_COUNT(members); i++) {
        names[i][0] = (char)('0' + i);
        names[i][1] = '\0';
        members[i] = (Member){.name = names[i], .zeros = (uint64_t)60 << 20};
    }
    MADE zip = archive_make(as_zip, members, ARRAY_COUNT(members));
    CLEANUP(seen_done) Seen seen = {.root = test_folder};
    expect_int(walk_with(&os_real, file_make("x.zip", zip), &seen), 0);
    expect(seen.byte_count < (uint64_t)300 << 20);
    expect(slice_ends(buf_slice(&seen.text), SLICE("!/x.zip:input.bomb\n")));
    expect_int(seen.problem_count, 1);
}

static void well_packed_logs_are_no_bomb(void)
{
    folder_make("wellpacked");
    MADE small = archive_make(as_gz, &(Member){.name = "x", .zeros = (uint64_t)60 << 20}, 1);
    expect_walk(file_make("x.gz", small), "/x.gz=62914560\n");
}

static void locked_members_are_told(void)
{
    folder_make("locked");
    MADE zip = one_make(as_zip_locked, "secret.log", SLICE("text"));
    expect_walk(file_make("l.zip", zip), "!/l.zip/secret.log:input.encrypted\n");
    CLEANUP(seen_done) Seen seen = {.root = test_folder};
    expect_int(walk_with(&os_real, path_in("l.zip"), &seen), 0);
    expect_int(seen.last_error, -ENOKEY);
}

/* The method stands at 8 in the local header (APPNOTE 4.3.7), at 10 in the central one (4.3.12). */
static void unknown_methods_are_told(void)
{
    folder_make("method");
    MADE zip = one_make(as_zip_stored, "a.log", SLICE("text"));
    char *bytes = (char *)zip.ptr;
    size_t central = slice_find(zip, SLICE("PK\x01\x02"));
    if (!expect(central != SLICE_NOT_FOUND)) return;
    bytes[8] = 9;
    bytes[central + 10] = 9;
    expect_walk(file_make("m.zip", zip), "!/m.zip/a.log:input.method\n");
}

static void damaged_archives_give_what_came_before(void)
{
    folder_make("damaged");
    CLEANUP(buf_done) Buf noise = {0};
    uint64_t random = 4711;
    for (int i = 0; i < 50000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        buf_add_le32(&noise, (uint32_t)(random >> 32));
    }
    const Member members[] = {{.name = "first", .content = SLICE("first")},
                              {.name = "second", .content = buf_slice(&noise)}};
    const ArchiveSetup setups[] = {as_zip, as_tar, as_tar_gz};
    for (size_t i = 0; i < ARRAY_COUNT(setups); i++) {
        MADE whole = archive_make(setups[i], members, 2);
        const char *path = file_make("d", slice_first(whole, whole.len / 2));
        CLEANUP(seen_done) Seen seen = {.root = test_folder};
        expect_int(walk_with(&os_real, path, &seen), 0);
        Slice text = buf_slice(&seen.text);
        expect(slice_starts(text, SLICE("/d/first=first\n/d/second=")));
        expect(slice_ends(text, SLICE("!/d/second:input.damaged\n")));
        expect(seen.byte_count > 50000);
        expect_int(seen.last_error, -EBADMSG);
    }
    MADE gz = one_make(as_gz, "x", buf_slice(&noise));
    CLEANUP(seen_done) Seen seen = {.root = test_folder};
    expect_int(walk_with(&os_real, file_make("d.gz", slice_first(gz, gz.len / 2)), &seen), 0);
    expect(seen.byte_count > 50000);
    expect(slice_ends(buf_slice(&seen.text), SLICE("!/d.gz:input.damaged\n")));
    expect_walk(file_make("h.gz", SLICE("\x1f\x8b\x08\x00")), "!/h.gz:input.damaged\n");
    expect_walk(file_make("h.zip", SLICE("PK\x03\x04")), "!/h.zip:input.damaged\n");
}

static void any_changed_byte_ends_in_words_or_a_stream(void)
{
    folder_make("flips");
    const Member members[] = {{.name = "a", .content = SLICE("aaaa bbbb aaaa")},
                              {.name = "b", .content = SLICE("cccc")}};
    const ArchiveSetup setups[] = {as_zip, as_tar_gz, as_zst};
    for (size_t i = 0; i < ARRAY_COUNT(setups); i++) {
        MADE packed = archive_make(setups[i], members, setups[i] == as_zst ? 1 : 2);
        for (size_t at = 0; at < packed.len; at++) {
            char *bytes = (char *)packed.ptr;
            bytes[at] = (char)(bytes[at] ^ 0x55);
            CLEANUP(seen_done) Seen seen = {.root = test_folder};
            expect_int(walk_with(&os_real, file_make("f", packed), &seen), 0);
            /* An empty zip is the one input that gives neither. */
            expect(seen.stream_count + seen.problem_count > 0 || slice_starts(packed, SLICE("PK")));
            bytes[at] = (char)(bytes[at] ^ 0x55);
        }
    }
}

static void names_of_members_become_utf8(void)
{
    folder_make("names");
    const Member members[] = {{.name = "\xe5\x85\xb1\xe6\x9c\x89.log", .content = SLICE("1")},
                              {.name = "\x8b\xa4\x97\x4c.log", .content = SLICE("2")},
                              {.name = "x\xff\xff", .content = SLICE("3")}};
    const char *want = "/n/\xe5\x85\xb1\xe6\x9c\x89.log=1\n/n/\xe5\x85\xb1\xe6\x9c\x89.log=2\n"
                       "/n/x\xef\xbf\xbd\xef\xbf\xbd=3\n";
    MADE zip = archive_make(as_zip, members, ARRAY_COUNT(members));
    expect_walk(file_make("n", zip), want);
    MADE tar = archive_make(as_tar, members, ARRAY_COUNT(members));
    expect_walk(file_make("n", tar), want);
    /* The mark for UTF-8 (APPNOTE 4.4.4, bit 11) in both headers of the first member. */
    MADE marked = archive_make(as_zip, members, 1);
    size_t central = slice_find(marked, SLICE("PK\x01\x02"));
    ((char *)marked.ptr)[7] |= 8;
    ((char *)marked.ptr)[central + 9] |= 8;
    expect_walk(file_make("n", marked), "/n/\xe5\x85\xb1\xe6\x9c\x89.log=1\n");
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
    CLEANUP(seen_done) Seen seen = {0};
    expect_int(walk_with(&os_real, "-", &seen), 0);
    expect_text(buf_slice(&seen.text), want);
    expect_int(seen.total, 0);
    dup2(kept, 0);
    close(kept);
}

static void standard_input_is_read_in_order(void)
{
    expect_stdin(SLICE("line\n"), "-=line\n\n");
    expect_stdin(SLICE(""), "-=\n");
    MADE gz = one_make(as_gz, "x", SLICE("packed"));
    expect_stdin(gz, "-=packed\n");
    const Member members[] = {{.name = "a", .content = SLICE("1")},
                              {.name = "b", .content = SLICE("2")}};
    MADE zip = archive_make(as_zip, members, 2);
    expect_stdin(zip, "-/a=1\n-/b=2\n");
    MADE tar = archive_make(as_tar_gz, members, 2);
    expect_stdin(tar, "-/a=1\n-/b=2\n");
}

static void a_sink_may_stop_the_walk_or_leave_a_stream(void)
{
    folder_make("stop");
    file_make("a", SLICE("aa"));
    file_make("b", SLICE("bb"));
    const Member members[] = {{.name = "1", .content = SLICE("111")},
                              {.name = "2", .content = SLICE("222")}};
    MADE tar = archive_make(as_tar_gz, members, 2);
    file_make("c.tgz", tar);
    CLEANUP(seen_done) Seen stopping = {.root = test_folder, .stream_result = -ECANCELED};
    expect_int(walk_with(&os_real, test_folder, &stopping), -ECANCELED);
    expect_text(buf_slice(&stopping.text), "/a=aa\n");
    CLEANUP(seen_done) Seen leaving = {.root = test_folder, .read_max = 1};
    expect_int(walk_with(&os_real, test_folder, &leaving), 0);
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
    folder_make("rights");
    file_make("a", SLICE("a"));
    file_make("b.denied", SLICE("b"));
    mkdir(path_in("c.denied"), 0700);
    file_make("d", SLICE("d"));
    Faulty faulty = faulty_make(0);
    faulty.os.state = &faulty;
    CLEANUP(seen_done) Seen seen = {.root = test_folder};
    expect_int(walk_with(&faulty.os, test_folder, &seen), 0);
    expect_text(buf_slice(&seen.text),
                "/a=a\n!/b.denied:input.denied\n!/c.denied:input.denied\n/d=d\n");
}

/* Invariant: whichever call fails, the walk goes on to its end and says that something is missing.
 */
static void every_failing_read_is_told(void)
{
    folder_make("faults");
    const Member members[] = {{.name = "1", .content = SLICE("111")},
                              {.name = "2", .content = SLICE("222")}};
    MADE zip = archive_make(as_zip, members, 2);
    MADE tar = archive_make(as_tar_gz, members, 2);
    file_make("a.zip", zip);
    file_make("b.tgz", tar);
    file_make("c", SLICE("plain"));
    unsigned n = 1;
    for (;; n++) {
        Faulty faulty = faulty_make(n);
        faulty.os.state = &faulty;
        CLEANUP(seen_done) Seen seen = {.root = test_folder, .passes_errors_on = n % 2};
        expect_int(walk_with(&faulty.os, test_folder, &seen), 0);
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
    TAP_TEST(compressed_files_keep_their_name),
    TAP_TEST(several_gzip_streams_are_one_file),
    TAP_TEST(members_are_streams_of_their_own),
    TAP_TEST(folders_and_links_in_archives_are_passed_over),
    TAP_TEST(archives_in_archives_are_opened),
    TAP_TEST(nesting_has_a_maximum),
    TAP_TEST(bombs_are_given_up_and_the_next_member_taken),
    TAP_TEST(many_small_bombs_are_one_bomb),
    TAP_TEST(well_packed_logs_are_no_bomb),
    TAP_TEST(locked_members_are_told),
    TAP_TEST(unknown_methods_are_told),
    TAP_TEST(damaged_archives_give_what_came_before),
    TAP_TEST(any_changed_byte_ends_in_words_or_a_stream),
    TAP_TEST(names_of_members_become_utf8),
    TAP_TEST(standard_input_is_read_in_order),
    TAP_TEST(a_sink_may_stop_the_walk_or_leave_a_stream),
    TAP_TEST(what_may_not_be_read_is_told),
    TAP_TEST(every_failing_read_is_told),
};
TAP_MAIN(tests)
