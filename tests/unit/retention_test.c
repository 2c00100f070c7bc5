/* engine/retention: the settings of retention, and which class a row is of. */
#include "tests/support/tap.h"

#include "engine/retention.h"

#include <errno.h>
#include <string.h>

static Settings settings;
static Retention retention;

static int read_classes(const char *classes, Complaint *complaint)
{
    settings_init(&settings);
    expect_ok(
        settings_set(&settings, SETTING_RETENTION_CLASSES, slice_from_cstr(classes), complaint));
    return retention_read(&settings, &retention, complaint);
}

static const char *class_of(const char *source, const char *dataset)
{
    Row row = {0};
    row.record.text[RECORD_AKASHI_SOURCE] = slice_from_cstr(source);
    row.record.text[RECORD_EVENT_DATASET] = slice_from_cstr(dataset);
    return retention.classes.names[retention.classes.of(retention.classes.context, &row)];
}

static void without_classes_all_is_kept_a_year(void)
{
    Complaint complaint = {0};
    expect_ok(read_classes("", &complaint));
    expect_int(retention.limits.days, 365);
    expect_int(retention.limits.class_count, 0);
    expect_int(retention.limits.bytes_max, 0);
    expect_int(retention.limits.floor_days, 30);
    expect_int(retention.classes.count, 1);
    expect_text(slice_from_cstr(class_of("FS01", "windows.security")), "standard");
}

static void the_first_class_that_fits_counts(void)
{
    Complaint complaint = {0};
    expect_ok(read_classes("audit=1095: windows.security, FS0* ; debug=0:nginx*;", &complaint));
    expect_int(retention.classes.count, 3);
    expect_int(retention.limits.class_count, 2);
    expect_int(retention.limits.classes[0].days, 1095);
    expect_int(retention.limits.classes[1].days, 0);
    expect_text(slice_from_cstr(class_of("x", "Windows.Security")), "audit");
    expect_text(slice_from_cstr(class_of("fs01", "nginx.access")), "audit");
    expect_text(slice_from_cstr(class_of("fs11", "nginx.access")), "debug");
    expect_text(slice_from_cstr(class_of("fs11", "ngin")), "standard");
    expect_text(slice_from_cstr(class_of("", "")), "standard");
}

static void a_lone_star_fits_all_that_say_anything(void)
{
    Complaint complaint = {0};
    expect_ok(read_classes("all=7:*", &complaint));
    expect_text(slice_from_cstr(class_of("x", "")), "all");
    expect_text(slice_from_cstr(class_of("", "")), "standard");
}

static void what_is_no_class_is_refused(void)
{
    static const char many[] = "a=1:x;b=1:x;c=1:x;d=1:x;e=1:x;f=1:x;g=1:x;h=1:x;i=1:x;j=1:"
                               "x;k=1:x;l=1:x;m=1:x;n=1:x;o=1:x;p=1:x";
    const char *const wrong[] = {"audit",
                                 "audit=3",
                                 "audit=3:",
                                 "audit=:x",
                                 "=3:x",
                                 "audit=x:x",
                                 "audit=36501:x",
                                 "audit=-1:x",
                                 "standard=3:x",
                                 "au dit=3:x",
                                 "audit=3:x,,y",
                                 "a=1:x;a=2:y",
                                 "audit=3:x;b",
                                 "監査=3:x",
                                 "a23456789012345678901234567890xy=3:x",
                                 many};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        Complaint complaint = {0};
        if (!expect_int(read_classes(wrong[i], &complaint), -EINVAL)) tap_note("%s", wrong[i]);
        expect(complaint.id && strcmp(complaint.id, "retention.class") == 0);
    }
}

static const TapTest tests[] = {
    TAP_TEST(without_classes_all_is_kept_a_year),
    TAP_TEST(the_first_class_that_fits_counts),
    TAP_TEST(a_lone_star_fits_all_that_say_anything),
    TAP_TEST(what_is_no_class_is_refused),
};
TAP_MAIN(tests)
