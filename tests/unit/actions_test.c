/* The rules R0 to R15 for files, each by its number, on events of our own making. */
#include "tests/support/action_case.h"
#include "tests/support/tap.h"

#include <stdio.h>

#define CASE(name) CLEANUP(action_case_done) ActionCase name = action_case_new(NULL)

static void expect_only(ActionCase *one, const char *want)
{
    action_case_end(one);
    if (!expect_int(one->record_count, 1)) {
        for (size_t i = 0; i < one->record_count && i < CASE_RECORDS_MAX; i++) {
            tap_note("%.*s", SLICE_FMT(one->records[i]));
        }
    }
    expect_text(action_case_record(one, 0), want);
}

static void r0_handles_without_number_and_unknown_closes_say_nothing(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4656, "HandleId=0x0;ObjectName=D:\\D\\a.txt;AccessMask=0x120089");
    action_case_feed(&one, 1, 4658, "HandleId=0x99");
    action_case_feed(&one, 2, 4690, "SourceHandleId=0x99;TargetHandleId=0x9c");
    action_case_feed(&one, 3, 4660, "HandleId=0x77");
    action_case_end(&one);
    expect_int(one.record_count, 0);
    expect_int(one.evidence, 4);
    expect_int(actions_counters(one.actions).closes_unknown, 1);
}

static void r0_a_refused_open_is_told_at_once(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4656,
                     "Keywords=0x8010000000000000;HandleId=0x0;ObjectName=D:\\D\\pay.xlsx;"
                     "AccessMask=0x12019f");
    expect_only(&one, "WRITE D:\\D\\pay.xlsx actions.R0.refused observed x1 failure");
}

static void r0_a_number_given_again_ends_the_handle_before(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4656, "HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x120089");
    action_case_feed(&one, 1, 4663, "HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x1");
    action_case_feed(&one, 2, 4656, "HandleId=0x8;ObjectName=D:\\D\\b.txt;AccessMask=0x120089");
    action_case_feed(&one, 3, 4658, "HandleId=0x8");
    expect_only(&one, "READ D:\\D\\a.txt actions.R5 observed x2");
    expect_int(actions_counters(one.actions).handles_reused, 1);
}

static void r1_an_open_that_is_not_used_is_no_record(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\D\\a.txt", 0x12019f, 0);
    action_case_end(&one);
    expect_int(one.record_count, 0);
    expect_int(actions_counters(one.actions).unused, 1);
}

static void r2_noise_is_folded_and_kept(void)
{
    CASE(one);
    char path[256];
    for (int i = 0; i < 20; i++) {
        snprintf(path, sizeof path,
                 "HandleId=0x%x;ProcessId=0x50;ProcessName=C:\\W\\SearchIndexer.exe;"
                 "ObjectName=D:\\D\\%d.txt;AccessMask=0x1",
                 16 + i, i);
        action_case_feed(&one, i * 100, 4663, path);
    }
    expect_only(&one, "READ D:\\D actions.R2 observed x20 {background}");
}

static void r2_names_are_the_administrators(void)
{
    CLEANUP(action_case_done) ActionCase one = action_case_new("noise_name\t*.bak\n");
    action_case_file(&one, 0, "D:\\D\\a.bak", 0x12019f, 0x2);
    action_case_file(&one, 10, "D:\\D\\desktop.ini", 0x12019f, 0x2);
    action_case_end(&one);
    expect_int(action_case_count(&one, "WRITE"), 2);
    expect(slice_find(action_case_record(&one, 0), SLICE("actions.R6 ")) != SLICE_NOT_FOUND ||
           slice_find(action_case_record(&one, 1), SLICE("actions.R6 ")) != SLICE_NOT_FOUND);
    expect(slice_find(action_case_record(&one, 0), SLICE("actions.R2 ")) != SLICE_NOT_FOUND ||
           slice_find(action_case_record(&one, 1), SLICE("actions.R2 ")) != SLICE_NOT_FOUND);
}

static void r3_browsing_is_one_list(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\D\\Sales", 0x100081, 0x1);
    action_case_file(&one, 500, "D:\\D\\Sales\\a.txt", 0x100080, 0x80);
    action_case_file(&one, 900, "D:\\D\\Sales\\2026", 0x100081, 0x1);
    expect_only(&one, "LIST D:\\D\\Sales actions.R3 observed x9 {background}");
}

/* T5: a folder opened as a file is opened is a folder as soon as something in it is met. */
static void r3_a_folder_read_like_a_file_is_no_read(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\D\\Sales", 0x120089, 0x1);
    action_case_file(&one, 500, "D:\\D\\Sales\\a.txt", 0x100080, 0x80);
    action_case_end(&one);
    expect_int(action_case_count(&one, "READ"), 0);
    expect(action_case_count(&one, "LIST") > 0);
}

static void r4_small_pictures_are_no_reads(void)
{
    CASE(one);
    char path[64];
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "D:\\D\\Photos\\%d.jpg", i);
        action_case_file(&one, i * 40, path, 0x120089, 0x1);
    }
    action_case_file(&one, 4000, "D:\\D\\Photos\\3.jpg", 0x120089, 0x1);
    action_case_file(&one, 30000, "D:\\D\\Photos\\3.jpg", 0x120089, 0x1);
    action_case_end(&one);
    expect_int(action_case_count(&one, "READ"), 2);
    expect(slice_find(action_case_verb(&one, "LIST"), SLICE("preview")) != SLICE_NOT_FOUND);
}

static void r5_reading_and_running(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\D\\a.txt", 0x120089, 0x1);
    expect_only(&one, "READ D:\\D\\a.txt actions.R5 observed x3");
    CASE(other);
    action_case_file(&other, 0, "D:\\D\\tool.exe", 0x120089, 0x1);
    action_case_file(&other, 100, "D:\\D\\tool.exe", 0x1200a9, 0x21);
    expect_only(&other, "EXECUTE D:\\D\\tool.exe actions.R5.execute observed x7");
}

static void r6_writing_and_making(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\D\\a.txt", 0x12019f, 0x6);
    expect_only(&one, "WRITE D:\\D\\a.txt actions.R6 observed x4");
    CASE(made);
    action_case_file(&made, 0, "D:\\D", 0x100002, 0x2);
    action_case_file(&made, 1, "D:\\D\\new.txt", 0x12019f, 0x2);
    expect_only(&made, "CREATE D:\\D\\new.txt actions.R6.create correlated x3");
    CASE(folder);
    action_case_file(&folder, 0, "D:\\D", 0x100004, 0x4);
    action_case_file(&folder, 1, "D:\\D\\new", 0x100080, 0x80);
    expect_only(&folder, "MKDIR D:\\D\\new actions.R6.create correlated x3");
}

static void r7_deleting_needs_4660(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4656, "HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x10080");
    action_case_feed(&one, 1, 4663, "HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x10000");
    action_case_feed(&one, 2, 4660, "HandleId=0x8");
    action_case_feed(&one, 3, 4658, "HandleId=0x8");
    expect_only(&one, "DELETE D:\\D\\a.txt actions.R7 observed x4");
    CASE(intent);
    action_case_feed(&intent, 0, 4659, "HandleId=0x0;ObjectName=D:\\D\\b.txt;AccessMask=0x10000");
    expect_only(&intent, "DELETE D:\\D\\b.txt actions.R7.intent inferred x1");
}

static void r8_renaming_finds_the_new_name(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\D\\old.txt", 0x110080, 0x10000);
    action_case_file(&one, 100, "D:\\D\\new.txt", 0x100080, 0x80);
    action_case_end(&one);
    expect_text(action_case_verb(&one, "RENAME"),
                "RENAME D:\\D\\old.txt -> D:\\D\\new.txt actions.R8 correlated x4");
    CASE(moved);
    action_case_file(&moved, 0, "D:\\D\\a.txt", 0x110080, 0x10000);
    action_case_file(&moved, 100, "D:\\E\\a.txt", 0x100080, 0x80);
    action_case_end(&moved);
    expect_text(action_case_verb(&moved, "MOVE"),
                "MOVE D:\\D\\a.txt -> D:\\E\\a.txt actions.R8 correlated x4");
    CASE(unknown);
    action_case_file(&unknown, 0, "D:\\D\\a.txt", 0x110080, 0x10000);
    expect_only(&unknown, "RENAME D:\\D\\a.txt -> unknown actions.R8 inferred x3");
    CASE(bin);
    action_case_file(&bin, 0, "D:\\D\\a.txt", 0x110080, 0x10000);
    action_case_file(&bin, 5, "D:\\$Recycle.Bin\\S-1-5-21-1\\$RX7Q2P.txt", 0x100080, 0x80);
    action_case_end(&bin);
    expect_int(action_case_count(&bin, "DELETE"), 0);
}

static void r8_into_the_recycle_bin_by_the_folder_that_is_told(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4656, "HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x110080");
    action_case_feed(&one, 0, 4663, "HandleId=0x8;ObjectName=D:\\D\\a.txt;AccessMask=0x10000");
    action_case_file(&one, 1, "D:\\$Recycle.Bin\\S-1-5-21-1", 0x100002, 0x2);
    action_case_feed(&one, 2, 4658, "HandleId=0x8");
    action_case_file(&one, 5, "D:\\$Recycle.Bin\\S-1-5-21-1\\$RX7Q2P.txt", 0x100080, 0x80);
    action_case_end(&one);
    Slice got = action_case_verb(&one, "DELETE_RECYCLE");
    expect(slice_starts(got, SLICE("DELETE_RECYCLE D:\\D\\a.txt -> D:\\$Recycle.Bin\\")));
}

static void r9_copying_is_one_record(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\D\\a.txt", 0x120089, 0x1);
    action_case_file(&one, 50, "D:\\D\\a - コピー.txt", 0x17019f, 0x6);
    expect_only(&one, "COPY D:\\D\\a.txt -> D:\\D\\a - コピー.txt actions.R9 correlated x7");
    CASE(in);
    action_case_file(&in, 0, "D:\\D\\in.txt", 0x17019f, 0x6);
    expect_only(&in, "CREATE D:\\D\\in.txt actions.R6.create correlated x4 {copied_in}");
}

static void delete_file(ActionCase *one, int64_t ms, const char *path)
{
    char text[256];
    snprintf(text, sizeof text, "HandleId=0x8;AccessMask=0x10080;ObjectName=%s", path);
    action_case_feed(one, ms, 4656, text);
    snprintf(text, sizeof text, "HandleId=0x8;AccessMask=0x10000;ObjectName=%s", path);
    action_case_feed(one, ms, 4663, text);
    action_case_feed(one, ms, 4660, "HandleId=0x8");
    action_case_feed(one, ms, 4658, "HandleId=0x8");
}

static void r10_a_saved_document_is_one_write(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\D\\見積書.docx", 0x120089, 0x80);
    action_case_file(&one, 10000, "D:\\D\\~WRD0001.tmp", 0x12019f, 0x6);
    action_case_file(&one, 10100, "D:\\D\\見積書.docx", 0x110080, 0x10000);
    action_case_file(&one, 10120, "D:\\D\\~WRD0001.tmp", 0x110080, 0x10000);
    delete_file(&one, 10200, "D:\\D\\~WRL0002.tmp");
    action_case_file(&one, 10300, "D:\\D\\見積書.docx", 0x120089, 0x80);
    action_case_end(&one);
    expect_int(action_case_count(&one, "RENAME"), 0);
    expect_int(action_case_count(&one, "DELETE"), 0);
    expect_int(action_case_count(&one, "CREATE"), 0);
    expect_int(action_case_count(&one, "WRITE"), 1);
    expect(slice_starts(action_case_verb(&one, "WRITE"),
                        SLICE("WRITE D:\\D\\見積書.docx actions.R10 ")));
}

static void r11_r12_rights_and_attributes(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\D\\a.txt", 0x60080, 0x40000);
    expect_only(&one, "CHANGE_ACL D:\\D\\a.txt actions.R11 correlated x3");
    CASE(other);
    action_case_file(&other, 0, "D:\\D\\a.txt", 0x100180, 0x100);
    expect_only(&other, "SET_ATTR D:\\D\\a.txt actions.R12 observed x3");
}

static void r13_the_same_again_is_one_record(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\D\\a.txt", 0x12019f, 0x2);
    action_case_file(&one, 4000, "D:\\D\\a.txt", 0x12019f, 0x2);
    action_case_file(&one, 20000, "D:\\D\\a.txt", 0x12019f, 0x2);
    action_case_end(&one);
    expect_int(one.record_count, 2);
    expect_text(action_case_record(&one, 0), "WRITE D:\\D\\a.txt actions.R6 observed x6");
    CLEANUP(action_case_done) ActionCase never = action_case_new("window\tmerge\t0\n");
    action_case_file(&never, 0, "D:\\D\\a.txt", 0x12019f, 0x2);
    action_case_file(&never, 4000, "D:\\D\\a.txt", 0x12019f, 0x2);
    action_case_end(&never);
    expect_int(never.record_count, 2);
}

static void r14_the_weightiest_wins(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\D\\a.txt", 0x13019f, 0x103);
    expect_only(&one, "WRITE D:\\D\\a.txt actions.R6 observed x5");
}

static void mode_b_shares_alone(void)
{
    CASE(one);
    static const char *const opens[][2] = {
        {"in.exe", "0x17019f"}, {"in.exe", "0x120089"}, {"in.exe", "0x1200a9"},
        {"a.txt", "0x12019f"},  {"b.txt", "0x10080"},   {"Users", "0x100081"},
    };
    char text[512];
    for (size_t i = 0; i < ARRAY_COUNT(opens); i++) {
        snprintf(text, sizeof text,
                 "ShareName=\\\\*\\C$;ShareLocalPath=\\??\\C:\\;IpAddress=192.0.2.7;IpPort=50000;"
                 "RelativeTargetName=%s;AccessMask=%s",
                 opens[i][0], opens[i][1]);
        action_case_feed(&one, (int64_t)i * 10, 5145, text);
    }
    action_case_end(&one);
    expect_text(action_case_verb(&one, "COPY"),
                "COPY C:\\in.exe -> C:\\in.exe actions.B.copy inferred x1");
    expect_text(action_case_verb(&one, "EXECUTE"), "EXECUTE C:\\in.exe actions.B inferred x2");
    expect_text(action_case_verb(&one, "WRITE"), "WRITE C:\\a.txt actions.B inferred x1");
    expect_text(action_case_verb(&one, "DELETE"),
                "DELETE C:\\b.txt actions.B inferred x1 {or_renamed}");
    expect_int(action_case_count(&one, "READ"), 0);
    expect_int(action_case_count(&one, "LIST"), 1);
}

static void mode_c_a_share_event_joins_the_files_own(void)
{
    CASE(one);
    action_case_feed(&one, 0, 5145,
                     "ShareName=\\\\*\\Data;ShareLocalPath=\\??\\D:\\D;IpAddress=192.0.2.7;"
                     "IpPort=50000;RelativeTargetName=a.txt;AccessMask=0x12019f");
    action_case_file(&one, 1, "D:\\D\\a.txt", 0x12019f, 0x1);
    expect_only(&one, "READ D:\\D\\a.txt actions.R5 observed x4");
}

static void a_pipe_says_what_is_done_through_it(void)
{
    CASE(one);
    action_case_feed(&one, 0, 5145,
                     "ShareName=\\\\*\\IPC$;ShareLocalPath=;IpAddress=192.0.2.7;"
                     "RelativeTargetName=svcctl;AccessMask=0x3");
    expect_only(&one, "CONNECT \\\\*\\IPC$\\svcctl actions.B.pipe inferred x1 {remote_services}");
}

static void registry_and_other_objects(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4656,
                     "ObjectType=Key;HandleId=0x8;ProcessId=0x50;ObjectName=\\REGISTRY\\MACHINE\\S;"
                     "AccessMask=0x2");
    action_case_feed(&one, 0, 4663,
                     "ObjectType=Key;HandleId=0x8;ProcessId=0x50;ObjectName=\\REGISTRY\\MACHINE\\S;"
                     "AccessMask=0x2");
    action_case_feed(&one, 0, 4658, "HandleId=0x8;ProcessId=0x50");
    expect_only(&one, "WRITE \\REGISTRY\\MACHINE\\S actions.key observed x3");
}

static const TapTest tests[] = {
    TAP_TEST(r0_handles_without_number_and_unknown_closes_say_nothing),
    TAP_TEST(r0_a_refused_open_is_told_at_once),
    TAP_TEST(r0_a_number_given_again_ends_the_handle_before),
    TAP_TEST(r1_an_open_that_is_not_used_is_no_record),
    TAP_TEST(r2_noise_is_folded_and_kept),
    TAP_TEST(r2_names_are_the_administrators),
    TAP_TEST(r3_browsing_is_one_list),
    TAP_TEST(r3_a_folder_read_like_a_file_is_no_read),
    TAP_TEST(r4_small_pictures_are_no_reads),
    TAP_TEST(r5_reading_and_running),
    TAP_TEST(r6_writing_and_making),
    TAP_TEST(r7_deleting_needs_4660),
    TAP_TEST(r8_renaming_finds_the_new_name),
    TAP_TEST(r8_into_the_recycle_bin_by_the_folder_that_is_told),
    TAP_TEST(r9_copying_is_one_record),
    TAP_TEST(r10_a_saved_document_is_one_write),
    TAP_TEST(r11_r12_rights_and_attributes),
    TAP_TEST(r13_the_same_again_is_one_record),
    TAP_TEST(r14_the_weightiest_wins),
    TAP_TEST(mode_b_shares_alone),
    TAP_TEST(mode_c_a_share_event_joins_the_files_own),
    TAP_TEST(a_pipe_says_what_is_done_through_it),
    TAP_TEST(registry_and_other_objects),
};
TAP_MAIN(tests)
