/* What actions say beside what was done: how long somebody was logged on, that many files were
 * read at once, that a server tells of its shares only; and permissions in words. */
#include "tests/support/action_case.h"
#include "tests/support/tap.h"

#include "translate/sddl.h"

#include <stdio.h>

#define CASE(name) CLEANUP(action_case_done) ActionCase name = action_case_new(NULL)
#define WHO "TargetUserName=tanaka;TargetUserSid=S-1-5-21-1-2-3-1120;TargetLogonId=0x222;"

static void a_logoff_says_how_long(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4624, WHO "LogonType=2");
    action_case_feed(&one, 3723000, 4647, WHO "LogonType=2");
    action_case_feed(&one, 3724000, 4634, WHO "LogonType=2");
    action_case_end(&one);
    expect_int(action_case_count(&one, "LOGOFF"), 1);
    expect_text(one.message, "1:02:03");
}

static void of_an_unseen_logon_nothing_is_said(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4663,
                     "SubjectLogonId=0x222;ObjectName=C:\\a.txt;HandleId=0x5;AccessMask=0x1");
    action_case_feed(&one, 9000, 4647, WHO "LogonType=2");
    action_case_end(&one);
    expect_int(action_case_count(&one, "LOGOFF"), 1);
    expect_int(one.message.len, 0);
}

static void the_length_outlives_a_restart(void)
{
    CASE(one);
    action_case_feed(&one, 0, 4624, WHO "LogonType=2");
    action_case_restart(&one);
    action_case_feed(&one, 60000, 4634, WHO "LogonType=2");
    action_case_end(&one);
    expect_text(one.message, "0:01:00");
}

static size_t bulk_reads(const ActionCase *one)
{
    size_t count = 0;
    for (size_t i = 0; i < one->record_count; i++) {
        count += slice_find(action_case_record(one, i), SLICE("bulk_read")) != SLICE_NOT_FOUND;
    }
    return count;
}

static void read_files(ActionCase *one, unsigned count, int64_t apart_ms)
{
    for (unsigned i = 0; i < count; i++) {
        char path[64];
        snprintf(path, sizeof path, "D:\\share\\drawing-%u.dxf", i);
        action_case_file(one, (int64_t)i * apart_ms, path, 0x120089, 0x1);
    }
    action_case_end(one);
    expect_int(action_case_count(one, "READ"), count);
}

static void many_reads_in_a_minute_are_marked(void)
{
    CASE(fast);
    read_files(&fast, 12, 3000);
    expect_int(bulk_reads(&fast), 3);
    CASE(slow);
    read_files(&slow, 12, 8000);
    expect_int(bulk_reads(&slow), 0);
}

/* Checks at a share, `apart_ms` from each other, from `from_ms` on. */
static void check_share(ActionCase *one, unsigned count, int64_t from_ms, int64_t apart_ms)
{
    for (unsigned i = 0; i < count; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "ShareName=\\\\*\\data;ShareLocalPath=\\??\\D:\\data;IpAddress=192.0.2.7;"
                 "RelativeTargetName=f%u.txt;AccessMask=0x120089",
                 i);
        action_case_feed(one, from_ms + (int64_t)i * apart_ms, 5145, text);
    }
}

static size_t told_alone(const ActionCase *one)
{
    size_t count = 0;
    for (size_t i = 0; i < one->record_count && i < CASE_RECORDS_MAX; i++) {
        Slice text = action_case_record(one, i);
        count += slice_find(text, SLICE("actions.B.alone")) != SLICE_NOT_FOUND;
    }
    return count;
}

static void a_server_of_shares_alone_is_told(void)
{
    CASE(one);
    check_share(&one, 60, 0, 15000); /* too few */
    expect_int(told_alone(&one), 0);
    check_share(&one, 60, 900000, 15000);
    action_case_end(&one);
    expect_int(told_alone(&one), 1);
    expect(slice_starts(action_case_verb(&one, "OTHER"),
                        SLICE("OTHER File System, Handle Manipulation actions.B.alone")));
}

static void with_the_files_own_events_nothing_is_told(void)
{
    CASE(one);
    action_case_file(&one, 0, "D:\\data\\x.txt", 0x120089, 0x1);
    check_share(&one, 120, 1000, 15000);
    action_case_end(&one);
    expect_int(told_alone(&one), 0);
    CASE(quick); /* many, but not for long */
    check_share(&quick, 400, 0, 100);
    action_case_end(&quick);
    expect_int(told_alone(&quick), 0);
}

static void check_acl(const char *before, const char *after, const char *want)
{
    SddlChange change;
    sddl_compare(slice_from_cstr(before), slice_from_cstr(after), 'D', &change);
    expect_text(slice_of(change.text, change.len), want);
}

static void permissions_are_compared(void)
{
    check_acl("O:BAG:SYD:(A;;FA;;;BA)", "O:BAG:SYD:(A;;FA;;;BA)(A;OICI;0x1200a9;;;WD)",
              "+Everyone:RX");
    check_acl("D:(A;;FA;;;BA)(A;;FR;;;S-1-5-21-1-2-3-4)", "D:(A;;FA;;;BA)", "-S-1-5-21-1-2-3-4:R");
    check_acl("D:(A;OICIID;FA;;;BA)", "D:PAI(A;OICI;FA;;;BA)", "");
    check_acl("", "D:(D;;FW;;;DU)", "+Domain Users:!W");
    check_acl("D:(A;;CCDC;;;XX)", "S:(AU;SA;FA;;;WD)", "-XX:CCDC");
    check_acl("D:(A;;FA;;;BA", "D:)(;;;", "-Administrators:F");
    check_acl("D:(XA;;FX;;;WD;(@User.x == \"S:(\"))", "D:", "-Everyone:X");
    SddlChange change;
    sddl_compare(SLICE("D:AI(A;;FA;;;BA)"), SLICE("D:PAI(A;;FA;;;BA)"), 'D', &change);
    expect(change.inheritance_off && !change.inheritance_on && change.added + change.removed == 0);
}

static void what_does_not_fit_is_left_out(void)
{
    CLEANUP(buf_done) Buf text = {0};
    SddlChange change;
    buf_add_cstr(&text, "D:");
    for (int i = 0; i < 300; i++) {
        buf_add_format(&text, "(A;;FA;;;S-1-5-21-1000000000-2000000000-3000000000-%d)", i);
    }
    sddl_compare((Slice){0}, buf_slice(&text), 'D', &change);
    expect_int(change.added, SDDL_ACES_MAX);
    expect(change.len <= SDDL_CHANGE_BYTES_MAX && change.len > 400);
    expect(slice_ends(slice_of(change.text, change.len), SLICE(":F")));
}

static const TapTest tests[] = {
    TAP_TEST(a_logoff_says_how_long),           TAP_TEST(of_an_unseen_logon_nothing_is_said),
    TAP_TEST(the_length_outlives_a_restart),    TAP_TEST(many_reads_in_a_minute_are_marked),
    TAP_TEST(a_server_of_shares_alone_is_told), TAP_TEST(with_the_files_own_events_nothing_is_told),
    TAP_TEST(permissions_are_compared),         TAP_TEST(what_does_not_fit_is_left_out),
};
TAP_MAIN(tests)
