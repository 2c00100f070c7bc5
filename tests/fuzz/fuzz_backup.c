/* A list of a backup, which lies on a medium that others can write to. What is taken prints as the
 * same bytes, and its names stay in the folder. */
#include "store/ops/backup_list.h"

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* With its sum put right, so that more than the sum is looked at. */
static void with_its_sum(Slice body, Buf *to)
{
    Digest sum = digest_sha256(&body, 1);
    buf_add_slice(to, body);
    buf_add_cstr(to, "sum ");
    for (size_t i = 0; i < sizeof sum.bytes; i++) {
        buf_add_format(to, "%02x", sum.bytes[i]);
    }
    buf_add_char(to, '\n');
}

static void judge(Slice text)
{
    CLEANUP(buf_done) Buf again = buf_make(0);
    BackupList list, same;
    if (backup_list_parse(text, &list) < 0) return;
    for (size_t i = 0; i < backup_file_count(&list); i++) {
        CHECK(backup_name_is_good(slice_from_cstr(backup_file(&list, i)->name)));
    }
    backup_list_print(&list, &again);
    CHECK(!buf_error(&again));
    CHECK(backup_list_parse(buf_slice(&again), &same) == 0);
    CHECK(backup_file_count(&same) == backup_file_count(&list));
    CHECK(backup_list_bytes(&same) == backup_list_bytes(&list));
    backup_list_done(&same);
    backup_list_done(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    CLEANUP(buf_done) Buf text = buf_make(0);
    Slice all = slice_of(bytes, len);
    judge(all);
    with_its_sum(all, &text);
    judge(buf_slice(&text));
    return 0;
}
