/* collect/input.h: compressed files and archives as streams, those that are damaged or bombs too.
 */
#include "tests/support/input_kit.h"
#include "tests/support/tap.h"

#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>

static void compressed_files_keep_their_name(void)
{
    input_folder_make("compressed");
    const struct {
        InputSetup setup;
        const char *name;
    } cases[] = {{input_as_gz, "a.log.gz"},
                 {input_as_zst, "a.zst"},
                 {input_as_xz, "a.xz"},
                 {input_as_bz2, "noext"}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        INPUT_MADE packed = input_one_make(cases[i].setup, "inside", SLICE("line one\nline two\n"));
        char want[100];
        snprintf(want, sizeof want, "/%s=line one\nline two\n\n", cases[i].name);
        input_expect_walk(input_file_make(cases[i].name, packed), want);
    }
    INPUT_MADE nothing = input_one_make(input_as_gz, "inside", SLICE(""));
    input_expect_walk(input_file_make("empty.gz", nothing), "/empty.gz=\n");
}

static void several_gzip_streams_are_one_file(void)
{
    input_folder_make("members");
    INPUT_MADE first = input_one_make(input_as_gz, "x", SLICE("first "));
    INPUT_MADE second = input_one_make(input_as_gz, "x", SLICE("second"));
    CLEANUP(buf_done) Buf both = {0};
    buf_add_slice(&both, first);
    buf_add_slice(&both, second);
    input_expect_walk(input_file_make("both.gz", buf_slice(&both)), "/both.gz=first second\n");
}

static void members_are_streams_of_their_own(void)
{
    input_folder_make("archives");
    const InputMember members[] = {{.name = "b.json", .content = SLICE("{\"b\":1}")},
                                   {.name = "sub/a.json", .content = SLICE("{\"a\":1}")},
                                   {.name = "empty"},
                                   {.name = "../up", .content = SLICE("up")}};
    const struct {
        InputSetup setup;
        const char *name;
    } cases[] = {{input_as_zip, "a.zip"},
                 {input_as_zip_stored, "stored.zip"},
                 {input_as_tar, "a.tar"},
                 {input_as_tar_gz, "a.tar.gz"},
                 {input_as_tar_zst, "a.tar.zst"}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        INPUT_MADE packed = input_archive_make(cases[i].setup, members, ARRAY_COUNT(members));
        const char *n = cases[i].name;
        char want[400];
        snprintf(want, sizeof want,
                 "/%s/b.json={\"b\":1}\n/%s/sub/a.json={\"a\":1}\n/%s/empty=\n/%s/../up=up\n", n, n,
                 n, n);
        input_expect_walk(input_file_make(n, packed), want);
    }
    INPUT_MADE none = input_archive_make(input_as_zip, NULL, 0);
    input_expect_walk(input_file_make("none.zip", none), "");
}

static void folders_and_links_in_archives_are_passed_over(void)
{
    input_folder_make("tarlinks");
    char bytes[65536];
    size_t used = 0;
    struct archive *archive = archive_write_new();
    input_as_tar(archive);
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
    input_member_write(archive, &(InputMember){.name = "logs/x", .content = SLICE("x")});
    archive_write_close(archive);
    archive_write_free(archive);
    input_expect_walk(input_file_make("l.tar", slice_of(bytes, used)), "/l.tar/logs/x=x\n");
}

static void archives_in_archives_are_opened(void)
{
    input_folder_make("nested");
    INPUT_MADE gz = input_one_make(input_as_gz, "x", SLICE("gz"));
    INPUT_MADE inner_zip = input_one_make(input_as_zip, "in.txt", SLICE("zip"));
    INPUT_MADE tar_gz = input_one_make(input_as_tar_gz, "in.txt", SLICE("tgz"));
    const InputMember members[] = {{.name = "a.gz", .content = gz},
                                   {.name = "b.zip", .content = inner_zip},
                                   {.name = "c.tgz", .content = tar_gz}};
    const char *want = "/o/a.gz=gz\n/o/b.zip/in.txt=zip\n/o/c.tgz/in.txt=tgz\n";
    INPUT_MADE zip = input_archive_make(input_as_zip, members, ARRAY_COUNT(members));
    input_expect_walk(input_file_make("o", zip), want);
    INPUT_MADE tar = input_archive_make(input_as_tar_gz, members, ARRAY_COUNT(members));
    input_expect_walk(input_file_make("o", tar), want);
}

static void nesting_has_a_maximum(void)
{
    input_folder_make("nesting");
    INPUT_MADE one = input_one_make(input_as_gz, "x", SLICE("deep"));
    INPUT_MADE two = input_one_make(input_as_gz, "x", one);
    INPUT_MADE three = input_one_make(input_as_gz, "x", two);
    INPUT_MADE four = input_one_make(input_as_gz, "x", three);
    input_expect_walk(input_file_make("3", three), "/3=deep\n");
    input_expect_walk(input_file_make("4", four), "!/4:input.nesting\n");
    const InputMember members[] = {{.name = "three", .content = three},
                                   {.name = "good", .content = SLICE("good")}};
    INPUT_MADE zip = input_archive_make(input_as_zip, members, ARRAY_COUNT(members));
    input_expect_walk(input_file_make("z", zip), "!/z/three:input.nesting\n/z/good=good\n");
}

static void bombs_are_given_up_and_the_next_member_taken(void)
{
    input_folder_make("bomb");
    const InputMember members[] = {{.name = "0", .zeros = (uint64_t)160 << 20},
                                   {.name = "good", .content = SLICE("good")}};
    INPUT_MADE zip = input_archive_make(input_as_zip, members, 2);
    CLEANUP(input_seen_done) InputSeen seen = {.root = input_test_folder};
    expect_int(input_walk_with(&os_real, input_file_make("x.zip", zip), &seen), 0);
    expect(seen.byte_count < (uint64_t)130 << 20);
    expect(slice_find(buf_slice(&seen.text), SLICE("!/x.zip/0:input.bomb\n/x.zip/good=good\n")) !=
           SLICE_NOT_FOUND);
    INPUT_MADE tar = input_archive_make(input_as_tar_gz, members, 2);
    CLEANUP(input_seen_done)
    InputSeen in_tar = {.root = input_test_folder, .passes_errors_on = true};
    expect_int(input_walk_with(&os_real, input_file_make("x.tar.gz", tar), &in_tar), 0);
    expect(in_tar.byte_count < (uint64_t)130 << 20);
    expect(slice_find(buf_slice(&in_tar.text),
                      SLICE("!/x.tar.gz/0:input.bomb\n!/x.tar.gz:input.bomb\n")) !=
           SLICE_NOT_FOUND);
    INPUT_MADE gz = input_archive_make(input_as_gz, members, 1);
    CLEANUP(input_seen_done) InputSeen in_gz = {.root = input_test_folder};
    expect_int(input_walk_with(&os_real, input_file_make("x.gz", gz), &in_gz), 0);
    expect_int(in_gz.problem_count, 1);
    expect(slice_ends(buf_slice(&in_gz.text), SLICE("!/x.gz:input.bomb\n")));
}

static void many_small_bombs_are_one_bomb(void)
{
    input_folder_make("bombs");
    InputMember members[8];
    char names[8][2];
    for (size_t i = 0; i < ARRAY_COUNT(members); i++) {
        names[i][0] = (char)('0' + i);
        names[i][1] = '\0';
        members[i] = (InputMember){.name = names[i], .zeros = (uint64_t)60 << 20};
    }
    INPUT_MADE zip = input_archive_make(input_as_zip, members, ARRAY_COUNT(members));
    CLEANUP(input_seen_done) InputSeen seen = {.root = input_test_folder};
    expect_int(input_walk_with(&os_real, input_file_make("x.zip", zip), &seen), 0);
    expect(seen.byte_count < (uint64_t)300 << 20);
    expect(slice_ends(buf_slice(&seen.text), SLICE("!/x.zip:input.bomb\n")));
    expect_int(seen.problem_count, 1);
}

static void well_packed_logs_are_no_bomb(void)
{
    input_folder_make("wellpacked");
    INPUT_MADE small = input_archive_make(
        input_as_gz, &(InputMember){.name = "x", .zeros = (uint64_t)60 << 20}, 1);
    input_expect_walk(input_file_make("x.gz", small), "/x.gz=62914560\n");
}

static void locked_members_are_told(void)
{
    input_folder_make("locked");
    INPUT_MADE zip = input_one_make(input_as_zip_locked, "secret.log", SLICE("text"));
    input_expect_walk(input_file_make("l.zip", zip), "!/l.zip/secret.log:input.encrypted\n");
    CLEANUP(input_seen_done) InputSeen seen = {.root = input_test_folder};
    expect_int(input_walk_with(&os_real, input_path_in("l.zip"), &seen), 0);
    expect_int(seen.last_error, -ENOKEY);
}

/* The method stands at 8 in the local header (APPNOTE 4.3.7), at 10 in the central one (4.3.12). */
static void unknown_methods_are_told(void)
{
    input_folder_make("method");
    INPUT_MADE zip = input_one_make(input_as_zip_stored, "a.log", SLICE("text"));
    char *bytes = (char *)zip.ptr;
    size_t central = slice_find(zip, SLICE("PK\x01\x02"));
    if (!expect(central != SLICE_NOT_FOUND)) return;
    bytes[8] = 9;
    bytes[central + 10] = 9;
    input_expect_walk(input_file_make("m.zip", zip), "!/m.zip/a.log:input.method\n");
}

static void damaged_archives_give_what_came_before(void)
{
    input_folder_make("damaged");
    CLEANUP(buf_done) Buf noise = {0};
    uint64_t random = 4711;
    for (int i = 0; i < 50000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        buf_add_le32(&noise, (uint32_t)(random >> 32));
    }
    const InputMember members[] = {{.name = "first", .content = SLICE("first")},
                                   {.name = "second", .content = buf_slice(&noise)}};
    const InputSetup setups[] = {input_as_zip, input_as_tar, input_as_tar_gz};
    for (size_t i = 0; i < ARRAY_COUNT(setups); i++) {
        INPUT_MADE whole = input_archive_make(setups[i], members, 2);
        const char *path = input_file_make("d", slice_first(whole, whole.len / 2));
        CLEANUP(input_seen_done) InputSeen seen = {.root = input_test_folder};
        expect_int(input_walk_with(&os_real, path, &seen), 0);
        Slice text = buf_slice(&seen.text);
        expect(slice_starts(text, SLICE("/d/first=first\n/d/second=")));
        expect(slice_ends(text, SLICE("!/d/second:input.damaged\n")));
        expect(seen.byte_count > 50000);
        expect_int(seen.last_error, -EBADMSG);
    }
    INPUT_MADE gz = input_one_make(input_as_gz, "x", buf_slice(&noise));
    CLEANUP(input_seen_done) InputSeen seen = {.root = input_test_folder};
    expect_int(
        input_walk_with(&os_real, input_file_make("d.gz", slice_first(gz, gz.len / 2)), &seen), 0);
    expect(seen.byte_count > 50000);
    expect(slice_ends(buf_slice(&seen.text), SLICE("!/d.gz:input.damaged\n")));
    input_expect_walk(input_file_make("h.gz", SLICE("\x1f\x8b\x08\x00")), "!/h.gz:input.damaged\n");
    input_expect_walk(input_file_make("h.zip", SLICE("PK\x03\x04")), "!/h.zip:input.damaged\n");
}

static void any_changed_byte_ends_in_words_or_a_stream(void)
{
    input_folder_make("flips");
    const InputMember members[] = {{.name = "a", .content = SLICE("aaaa bbbb aaaa")},
                                   {.name = "b", .content = SLICE("cccc")}};
    const InputSetup setups[] = {input_as_zip, input_as_tar_gz, input_as_zst};
    for (size_t i = 0; i < ARRAY_COUNT(setups); i++) {
        INPUT_MADE packed =
            input_archive_make(setups[i], members, setups[i] == input_as_zst ? 1 : 2);
        for (size_t at = 0; at < packed.len; at++) {
            char *bytes = (char *)packed.ptr;
            bytes[at] = (char)(bytes[at] ^ 0x55);
            CLEANUP(input_seen_done) InputSeen seen = {.root = input_test_folder};
            expect_int(input_walk_with(&os_real, input_file_make("f", packed), &seen), 0);
            /* An empty zip is the one input that gives neither. */
            expect(seen.stream_count + seen.problem_count > 0 || slice_starts(packed, SLICE("PK")));
            bytes[at] = (char)(bytes[at] ^ 0x55);
        }
    }
}

static void names_of_members_become_utf8(void)
{
    input_folder_make("names");
    const InputMember members[] = {{.name = "\xe5\x85\xb1\xe6\x9c\x89.log", .content = SLICE("1")},
                                   {.name = "\x8b\xa4\x97\x4c.log", .content = SLICE("2")},
                                   {.name = "x\xff\xff", .content = SLICE("3")}};
    const char *want = "/n/\xe5\x85\xb1\xe6\x9c\x89.log=1\n/n/\xe5\x85\xb1\xe6\x9c\x89.log=2\n"
                       "/n/x\xef\xbf\xbd\xef\xbf\xbd=3\n";
    INPUT_MADE zip = input_archive_make(input_as_zip, members, ARRAY_COUNT(members));
    input_expect_walk(input_file_make("n", zip), want);
    INPUT_MADE tar = input_archive_make(input_as_tar, members, ARRAY_COUNT(members));
    input_expect_walk(input_file_make("n", tar), want);
    /* The mark for UTF-8 (APPNOTE 4.4.4, bit 11) in both headers of the first member. */
    INPUT_MADE marked = input_archive_make(input_as_zip, members, 1);
    size_t central = slice_find(marked, SLICE("PK\x01\x02"));
    ((char *)marked.ptr)[7] |= 8;
    ((char *)marked.ptr)[central + 9] |= 8;
    input_expect_walk(input_file_make("n", marked), "/n/\xe5\x85\xb1\xe6\x9c\x89.log=1\n");
}

static const TapTest tests[] = {
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
};
TAP_MAIN(tests)
