/* Lines of Samba's vfs_full_audit into human actions. The lines are as Samba 4.17 writes them. */
#include "decode/lines.h"
#include "tests/support/action_case.h"
#include "tests/support/tap.h"

#include <stdio.h>

#define CASE(name) CLEANUP(action_case_done) ActionCase name = action_case_new(NULL)
#define S "/srv/design"

/* `ms` after noon, in process `pid`, by `who` (`user|address|computer|share`). */
static void line(ActionCase *one, int ms, unsigned pid, const char *who, const char *what)
{
    char text[1024];
    const DecodeOptions options = {.received_ns = TIME_UNKNOWN};
    Event event;
    Slice copy;
    int len =
        snprintf(text, sizeof text, "2026-11-20T12:%02d:%02d.%03d+00:00 fs01 smbd_audit[%u]: %s|%s",
                 ms / 60000, ms / 1000 % 60, ms % 1000, pid, who, what);
    CLEANUP(arena_done) Arena arena = {0};
    expect_ok(arena_copy(&arena, slice_of(text, (size_t)len), &copy));
    expect_ok(line_decode(copy, &options, &arena, &event));
    action_case_event(one, &event);
}

static const char sato[] = "sato|192.0.2.7|pc-05|design";

static void say(ActionCase *one, int ms, const char *what)
{
    line(one, ms, 811, sato, what);
}

static void ends_with(ActionCase *one, const char *const *wanted, size_t count)
{
    action_case_end(one);
    expect_int(one->record_count, count);
    for (size_t i = 0; i < count; i++) {
        expect_text(action_case_record(one, i), wanted[i]);
    }
}
#define ENDS_WITH(one, ...)                                                                        \
    do {                                                                                           \
        static const char *const wanted[] = {__VA_ARGS__};                                         \
        ends_with((one), wanted, ARRAY_COUNT(wanted));                                             \
    } while (0)

static void reading(ActionCase *one, int ms, const char *path)
{
    char text[512];
    snprintf(text, sizeof text, "create_file|ok|0x120089|file|open|%s", path);
    say(one, ms, text);
    snprintf(text, sizeof text, "pread_send|ok|%s", path);
    say(one, ms + 1, text);
    snprintf(text, sizeof text, "close|ok|%s", path);
    say(one, ms + 2, text);
}

static void opened_is_not_read(void)
{
    CASE(one);
    say(&one, 0, "create_file|ok|0x120089|file|open|" S "/a.dwg");
    say(&one, 1, "close|ok|" S "/a.dwg");
    reading(&one, 100, S "/b.dwg");
    ENDS_WITH(&one, "READ " S "/b.dwg actions.R5 observed x3");
}

static void looking_at_folders_is_one_list(void)
{
    CASE(one);
    say(&one, 0, "create_file|ok|0x100081|dir|open|" S);
    say(&one, 1, "close|ok|" S "/..");
    say(&one, 2, "close|ok|" S);
    say(&one, 1500, "create_file|ok|0x81|dir|open|" S "/old");
    say(&one, 1501, "close|ok|" S "/old");
    ENDS_WITH(&one, "LIST " S " actions.R3 inferred x4 {background}");
}

static void pictures_are_previews_and_documents_are_read(void)
{
    CASE(one);
    char path[64];
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, S "/p%d.jpg", i);
        reading(&one, i * 10, path);
        snprintf(path, sizeof path, S "/d%d.dwg", i);
        reading(&one, i * 10 + 5, path);
    }
    action_case_end(&one);
    expect_int(action_case_count(&one, "READ"), 6);
    expect_int(action_case_count(&one, "LIST"), 1);
}

static void a_new_file_is_created(void)
{
    CASE(one);
    say(&one, 0, "create_file|ok|0x12019f|file|overwrite_if|" S "/a.txt");
    say(&one, 1, "pwrite_send|ok|" S "/a.txt");
    say(&one, 2, "close|ok|" S "/a.txt");
    say(&one, 100, "fset_nt_acl|ok|" S "/b.txt [O:BAG:BAD:]");
    say(&one, 101, "create_file|ok|0x12019f|file|open_if|" S "/b.txt");
    say(&one, 102, "close|ok|" S "/b.txt");
    ENDS_WITH(&one, "CREATE " S "/a.txt actions.R6.create correlated x3",
              "CREATE " S "/b.txt actions.R6.create observed x3");
}

static void an_emptied_file_is_written(void)
{
    CASE(one);
    say(&one, 0, "close|ok|" S "/a.txt");
    say(&one, 0, "ftruncate|ok|" S "/a.txt");
    say(&one, 1, "create_file|ok|0x12019f|file|overwrite_if|" S "/a.txt");
    say(&one, 2, "pwrite_send|ok|" S "/a.txt");
    say(&one, 3, "close|ok|" S "/a.txt");
    ENDS_WITH(&one, "WRITE " S "/a.txt actions.R6 observed x4");
}

static void names_are_exact(void)
{
    CASE(one);
    say(&one, 0, "create_file|ok|0x10000|file|open|" S "/Plan.dwg");
    say(&one, 1, "renameat|ok|" S "/Plan.dwg|" S "/PLAN.dwg");
    say(&one, 2, "close|ok|" S "/PLAN.dwg");
    say(&one, 3, "renameat|ok|" S "/PLAN.dwg|" S "/old/PLAN.dwg");
    say(&one, 4, "renameat|ok|" S "/x|y.txt|" S "/z.txt");
    ENDS_WITH(&one, "RENAME " S "/Plan.dwg -> " S "/PLAN.dwg actions.R8 observed x2",
              "RENAME " S "/x|y.txt|" S "/z.txt -> unknown actions.R8 inferred x1",
              "MOVE " S "/PLAN.dwg -> " S "/old/PLAN.dwg actions.R8 observed x1");
}

static void deleted_and_recycled(void)
{
    CASE(one);
    say(&one, 0, "create_file|ok|0x10080|file|open|" S "/a.dwg");
    say(&one, 1, "unlinkat|ok|" S "/a.dwg");
    say(&one, 2, "close|ok|" S "/a.dwg");
    say(&one, 3, "renameat|ok|" S "/b.dwg|" S "/.recycle/b.dwg");
    ENDS_WITH(&one, "DELETE " S "/a.dwg actions.R7 observed x2",
              "DELETE_RECYCLE " S "/b.dwg -> " S "/.recycle/b.dwg actions.R8.recycle observed x1");
}

static void a_folder_is_made_once(void)
{
    CASE(one);
    say(&one, 0, "mkdirat|ok|" S "/new");
    say(&one, 1, "fset_nt_acl|ok|" S "/new []");
    say(&one, 2, "create_file|ok|0x80|dir|create|" S "/new");
    say(&one, 3, "close|ok|" S "/new");
    ENDS_WITH(&one, "MKDIR " S "/new actions.R6.create observed x4");
}

static void the_server_copies(void)
{
    CASE(one);
    say(&one, 0, "create_file|ok|0x120089|file|open|" S "/a.dwg");
    say(&one, 1, "create_file|ok|0x17019f|file|create|" S "/b.dwg");
    say(&one, 2, "offload_write_send|ok|");
    say(&one, 3, "offload_write_send|ok|");
    say(&one, 4, "close|ok|" S "/a.dwg");
    say(&one, 5, "close|ok|" S "/b.dwg");
    ENDS_WITH(&one, "COPY " S "/a.dwg -> " S "/b.dwg actions.R9 correlated x5");
}

static void saving_a_document_is_one_write(void)
{
    CASE(one);
    say(&one, 0, "create_file|ok|0x12019f|file|create|" S "/~WRD0001.tmp");
    say(&one, 10, "pwrite_send|ok|" S "/~WRD0001.tmp");
    say(&one, 20, "close|ok|" S "/~WRD0001.tmp");
    say(&one, 30, "renameat|ok|" S "/報告.docx|" S "/~WRL0002.tmp");
    say(&one, 40, "renameat|ok|" S "/~WRD0001.tmp|" S "/報告.docx");
    say(&one, 50, "unlinkat|ok|" S "/~WRL0002.tmp");
    ENDS_WITH(&one, "WRITE " S "/報告.docx actions.R10 correlated x6");
}

static void refused_is_told_and_missing_is_not(void)
{
    CASE(one);
    say(&one, 0, "create_file|fail (Permission denied)|0x120089|file|open|" S "/a.dwg");
    say(&one, 1, "create_file|fail (No such file or directory)|0x120089|file|open|" S "/b.dwg");
    say(&one, 2, "close|ok|" S "/c.dwg");
    say(&one, 3, "create_file|fail (No such file or directory)|0x120089|file|open|" S "/c.dwg");
    ENDS_WITH(&one, "ACCESS_DENIED " S "/a.dwg actions.R0.refused observed x1 failure",
              "ACCESS_DENIED " S "/c.dwg actions.R0.refused inferred x1 failure");
}

static void permissions_and_attributes(void)
{
    CASE(one);
    say(&one, 0, "create_file|ok|0x60000|file|open|" S "/a.dwg");
    say(&one, 1, "fset_nt_acl|ok|" S "/a.dwg [O:BAG:BAD:(A;;FA;;;WD)]");
    say(&one, 2, "close|ok|" S "/a.dwg");
    say(&one, 3, "create_file|ok|0x100|file|open|" S "/b.dwg");
    say(&one, 4, "close|ok|" S "/b.dwg");
    ENDS_WITH(&one, "CHANGE_ACL " S "/a.dwg actions.R11 observed x3",
              "SET_ATTR " S "/b.dwg actions.R12 inferred x2");
}

static void connections(void)
{
    CASE(one);
    say(&one, 0, "connect|ok|design");
    line(&one, 1, 811, "sato|192.0.2.7|pc-05|IPC$", "connect|ok|IPC$");
    line(&one, 2, 812, "kato|192.0.2.8|pc-06|design", "connect|fail (Permission denied)|design");
    ENDS_WITH(&one, "CONNECT_SHARE design actions.B.connect observed x1",
              "CONNECT_SHARE design actions.B.connect observed x1 failure");
}

/* Samba 3 and 4.0 to 4.12, and prefixes of other shapes. */
static void old_names_and_prefixes(void)
{
    CASE(one);
    line(&one, 0, 1, "sato|192.0.2.7|design", "open|ok|r|a.dwg");
    line(&one, 1, 1, "sato|192.0.2.7|design", "pread|ok|a.dwg");
    line(&one, 2, 1, "sato|192.0.2.7|design", "close|ok|a.dwg");
    line(&one, 3, 1, "192.0.2.7|sato", "rename|ok|b.dwg|c.dwg");
    line(&one, 4, 1, "sato", "rmdir|ok|old");
    line(&one, 5, 1, "ok|192.0.2.7|open|design", "unlink|ok|d.dwg");
    ENDS_WITH(&one, "RENAME b.dwg -> c.dwg actions.R8 observed x1",
              "DELETE old actions.R7 observed x1", "DELETE d.dwg actions.R7 observed x1",
              "READ a.dwg actions.R5 observed x2");
}

static void people_are_kept_apart(void)
{
    CASE(one);
    static const char kato[] = "kato|192.0.2.8|pc-06|design";
    say(&one, 0, "create_file|ok|0x120089|file|open|" S "/a.dwg");
    line(&one, 1, 812, kato, "create_file|ok|0x12019f|file|open|" S "/a.dwg");
    line(&one, 2, 812, kato, "pwrite|ok|" S "/a.dwg");
    say(&one, 3, "pread|ok|" S "/a.dwg");
    line(&one, 4, 812, kato, "close|ok|" S "/a.dwg");
    say(&one, 5, "disconnect|ok|design");
    ENDS_WITH(&one, "WRITE " S "/a.dwg actions.R6 observed x3",
              "READ " S "/a.dwg actions.R5 observed x2");
}

static void what_is_open_outlives_a_restart(void)
{
    CASE(one);
    say(&one, 0, "create_file|ok|0x12019f|file|open|" S "/a.dwg");
    say(&one, 1, "pwrite|ok|" S "/a.dwg");
    action_case_restart(&one);
    say(&one, 60000, "close|ok|" S "/a.dwg");
    ENDS_WITH(&one, "WRITE " S "/a.dwg actions.R6 observed x3");
}

static void other_lines_pass(void)
{
    CASE(one);
    line(&one, 0, 1, "sato|192.0.2.7|pc|design", "frobnicate|ok|a");
    line(&one, 1, 1, "smbd version 4.17", "started");
    line(&one, 2, 1, "sato|192.0.2.7|pc|design", "create_file|ok|mask|file|open|a");
    action_case_end(&one);
    expect_int(one.evidence, 0);
    expect_int(one.record_count, 3);
}

static const TapTest tests[] = {
    TAP_TEST(opened_is_not_read),
    TAP_TEST(looking_at_folders_is_one_list),
    TAP_TEST(pictures_are_previews_and_documents_are_read),
    TAP_TEST(a_new_file_is_created),
    TAP_TEST(an_emptied_file_is_written),
    TAP_TEST(names_are_exact),
    TAP_TEST(deleted_and_recycled),
    TAP_TEST(a_folder_is_made_once),
    TAP_TEST(the_server_copies),
    TAP_TEST(saving_a_document_is_one_write),
    TAP_TEST(refused_is_told_and_missing_is_not),
    TAP_TEST(permissions_and_attributes),
    TAP_TEST(connections),
    TAP_TEST(old_names_and_prefixes),
    TAP_TEST(people_are_kept_apart),
    TAP_TEST(what_is_open_outlives_a_restart),
    TAP_TEST(other_lines_pass),
};
TAP_MAIN(tests)
