/* engine/context_follow: the company's document and its lists, read again when they change; what
 * has a mistake leaves what was there in use. */
#include "tests/support/tap.h"

#include "engine/context_follow.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define DOCUMENT "watch: [{name: leavers, of: users, file: leavers.csv}]\n"

typedef struct Place {
    char folders[2][600];
    unsigned mistakes, files;
} Place;

static void on_mistake(void *context, const Complaint *complaint)
{
    Place *place = context;
    expect(complaint->id != NULL && complaint->en[0] && complaint->ja[0]);
    place->mistakes++;
}

static void on_file(void *context, const ContextFile *file, const ContextTally *tally)
{
    Place *place = context;
    expect(file->path.len > 0 && tally->refused == 0);
    place->files++;
}

static void put(const Place *place, size_t folder, const char *name, const char *text)
{
    char path[700];
    snprintf(path, sizeof path, "%s/%s", place->folders[folder], name);
    FILE *file = fopen(path, "w");
    if (!expect(file != NULL)) return;
    expect(fputs(text, file) >= 0);
    expect_int(fclose(file), 0);
}

static void take_away(const Place *place, size_t folder, const char *name)
{
    char path[700];
    snprintf(path, sizeof path, "%s/%s", place->folders[folder], name);
    expect_int(unlink(path), 0);
}

static ContextFollow *follow(Place *place)
{
    static unsigned number;
    const char *const folders[] = {place->folders[0], place->folders[1]};
    const ContextWatcher watcher = {.mistake = on_mistake, .file = on_file, .context = place};
    const ContextLoad load = {.os = &os_real,
                              .folders = folders,
                              .folder_count = ARRAY_COUNT(folders),
                              .watcher = &watcher};
    ContextFollow *ret = NULL;
    *place = (Place){0};
    for (size_t i = 0; i < ARRAY_COUNT(folders); i++) {
        snprintf(place->folders[i], sizeof place->folders[i], "%s/place%u.%zu",
                 tap_temporary_folder(), number, i);
        expect_ok(os_make_folders(&os_real, place->folders[i]));
    }
    number++;
    put(place, 0, "company.yaml", DOCUMENT);
    put(place, 0, "leavers.csv", "value,until\ntanaka,2099-12-31\n");
    expect_ok(context_follow_open(&load, &ret));
    return ret;
}

static bool is_watched(const ContextFollow *from, const char *user)
{
    CLEANUP(arena_done) Arena arena = {0};
    Record record = {0};
    record.text[RECORD_USER_NAME] = slice_from_cstr(user);
    expect_ok(context_enrich(context_follow_now(from), &record, &arena));
    return slice_eq(record.text[RECORD_AKASHI_WATCH], SLICE("leavers"));
}

static void lists_are_read_again(void)
{
    Place place;
    ContextFollow *from = follow(&place);
    if (!from) return;
    expect_int(place.files, 1);
    expect_int(context_follow_refresh(from), 0);
    expect(is_watched(from, "tanaka") && !is_watched(from, "sato"));
    const Context *before = context_follow_now(from);
    put(&place, 0, "leavers.csv", "value,until\nsato,2099-12-31\nsuzuki,2099-12-31\n");
    expect_int(context_follow_refresh(from), 1);
    expect(context_follow_now(from) != before);
    expect(!is_watched(from, "tanaka") && is_watched(from, "sato"));
    /* the one before is still used by somebody */
    put(&place, 0, "leavers.csv", "value,until\n");
    expect_int(context_follow_refresh(from), 0);
    expect(is_watched(from, "sato"));
    context_follow_forget(from);
    expect_int(context_follow_refresh(from), 1);
    expect(!is_watched(from, "sato"));
    expect_int(place.mistakes, 0);
    context_follow_free(from);
}

static void the_last_folder_counts(void)
{
    Place place;
    ContextFollow *from = follow(&place);
    if (!from) return;
    put(&place, 1, "company.yaml", DOCUMENT);
    put(&place, 1, "leavers.csv", "value,until\nito,2099-12-31\n");
    expect_int(context_follow_refresh(from), 1);
    context_follow_forget(from);
    expect(is_watched(from, "ito") && !is_watched(from, "tanaka"));
    take_away(&place, 1, "company.yaml");
    expect_int(context_follow_refresh(from), 1);
    expect(!is_watched(from, "ito") && is_watched(from, "tanaka"));
    context_follow_free(from);
}

static void a_mistake_changes_nothing(void)
{
    Place place;
    ContextFollow *from = follow(&place);
    if (!from) return;
    const Context *before = context_follow_now(from);
    put(&place, 0, "company.yaml", DOCUMENT "sites: nothing\n");
    expect_int(context_follow_refresh(from), -EINVAL);
    expect_int(place.mistakes, 1);
    expect(context_follow_now(from) == before && is_watched(from, "tanaka"));
    expect_int(context_follow_refresh(from), 0); /* it is told once */
    put(&place, 0, "company.yaml", "watch: [{name: leavers, of: users, file: absent.csv}]\n");
    expect_int(context_follow_refresh(from), -EINVAL);
    expect_int(place.mistakes, 2);
    expect(is_watched(from, "tanaka"));
    /* the file that was missing comes: its document has not changed meanwhile */
    put(&place, 0, "absent.csv", "value,until\nkato,2099-12-31\n");
    expect_int(context_follow_refresh(from), 1);
    expect(is_watched(from, "kato") && !is_watched(from, "tanaka"));
    expect_int(place.mistakes, 2);
    context_follow_free(from);
}

static void folders_have_a_maximum(void)
{
    const char *const folders[CONTEXT_FOLDERS_MAX + 1] = {".", ".", ".", ".", "."};
    const ContextLoad load = {
        .os = &os_real, .folders = folders, .folder_count = ARRAY_COUNT(folders)};
    ContextFollow *from;
    expect_int(context_follow_open(&load, &from), -E2BIG);
}

static const TapTest tests[] = {
    TAP_TEST(lists_are_read_again),
    TAP_TEST(the_last_folder_counts),
    TAP_TEST(a_mistake_changes_nothing),
    TAP_TEST(folders_have_a_maximum),
};
TAP_MAIN(tests)
