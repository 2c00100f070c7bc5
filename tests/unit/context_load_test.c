/* engine/context_load and context_file: the company's document and its lists on disk; a write that
 * fails at any call leaves the old document; the examples of the manual are good. */
#include "tests/support/tap.h"

#include "engine/context_load.h"
#include "os/faulty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static void done(Context **held)
{
    context_free(*held);
}

static const char *folder_new(void)
{
    static unsigned number;
    static char room[4096];
    snprintf(room, sizeof room, "%s/company%u", tap_temporary_folder(), number++);
    expect_ok(os_make_folders(&os_real, room));
    return room;
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[4352];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!expect(file != NULL)) return;
    expect(fputs(text, file) >= 0);
    expect_int(fclose(file), 0);
}

typedef struct Told {
    unsigned mistakes, files;
    Complaint last;
} Told;

static void on_mistake(void *context, const Complaint *complaint)
{
    Told *told = context;
    told->mistakes++;
    told->last = *complaint;
}

static void on_file(void *context, const ContextFile *file, const ContextTally *tally)
{
    Told *told = context;
    expect(file->path.len > 0 && tally->refused == 0);
    told->files++;
}

static Context *load(const char *first, const char *second, Told *told)
{
    const char *const folders[] = {first, second};
    const ContextWatcher watcher = {.mistake = on_mistake, .file = on_file, .context = told};
    const ContextLoad all = {.os = &os_real,
                             .folders = folders,
                             .folder_count = second ? 2 : 1,
                             .zone_offset_seconds = 9 * 3600,
                             .watcher = &watcher};
    Context *context = NULL;
    *told = (Told){0};
    expect_ok(context_load(&all, &context));
    return context;
}

static Slice watch_of(const Context *context, const char *user)
{
    CLEANUP(arena_done) Arena arena = {0};
    Record record = {0};
    record.text[RECORD_USER_NAME] = slice_from_cstr(user);
    expect_ok(context_enrich(context, &record, &arena));
    return record.text[RECORD_AKASHI_WATCH]; /* of one list: the context's own text */
}

static void document_with_its_lists(void)
{
    char configuration[4096];
    snprintf(configuration, sizeof configuration, "%s", folder_new());
    const char *data = folder_new();
    Told told;
    char lists[4352];
    snprintf(lists, sizeof lists, "%s/lists", configuration);
    expect_ok(os_make_folders(&os_real, lists));
    put(lists, "leavers.csv", "value,until\nyamada,2026-12-31\n");
    put(configuration, "company.yaml",
        "watch:\n  - {name: leavers, of: users, file: lists/leavers.csv}\n");
    CLEANUP(done) Context *context = load(configuration, data, &told);
    expect_int(told.mistakes, 0);
    expect_int(told.files, 1);
    expect_text(watch_of(context, "yamada"), "leavers");
    put(data, "company.yaml", "watch: [{name: other, of: users, values: [yamada]}]\n");
    CLEANUP(done) Context *second = load(configuration, data, &told);
    expect_text(watch_of(second, "yamada"), "other"); /* the data folder's counts */
}

static void nothing_there(void)
{
    Told told;
    CLEANUP(done) Context *context = load(folder_new(), NULL, &told);
    expect_int(told.mistakes, 0);
    expect(context_calendar(context)->national);
}

/* What is wrong is told with its place; the rest is in use. */
static void mistakes_are_told(void)
{
    Told told;
    const char *folder = folder_new();
    put(folder, "company.yaml",
        "watch:\n  - {name: a, of: users, file: absent.csv, values: [sato]}\n");
    CLEANUP(done) Context *context = load(folder, NULL, &told);
    expect_int(told.mistakes, 1);
    expect_text(slice_from_cstr(told.last.id), "company.file_unreadable");
    expect_int(told.last.line, 2);
    expect_int(told.last.column, 32);
    expect(strstr(told.last.file, "company.yaml") != NULL);
    expect_text(watch_of(context, "sato"), "a");
    put(folder, "company.yaml", "watch: [\n");
    CLEANUP(done) Context *fallback = load(folder, NULL, &told);
    expect_int(told.mistakes, 1);
    expect(told.last.line > 0 && strstr(told.last.file, "company.yaml") != NULL);
    expect_text(watch_of(fallback, "sato"), "");
}

static void only_good_documents_are_kept(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    Complaint complaint = {0};
    const char *folder = folder_new();
    Slice text = {0};
    expect_int(company_file_read(&os_real, folder, &arena, &text, &complaint), -ENOENT);
    expect_ok(company_file_write(&os_real, folder, SLICE("name: a\n"), &complaint));
    expect_int(company_file_write(&os_real, folder, SLICE("zone: x\n"), &complaint), -EINVAL);
    expect_text(slice_from_cstr(complaint.id), "company.zone");
    expect_int(complaint.line, 1);
    expect_ok(company_file_read(&os_real, folder, &arena, &text, &complaint));
    expect_text(text, "name: a\n");
}

/* Whatever call fails: the old document or the new one, and the new one when it says so. */
static void writes_that_fail(void)
{
    const char *folder = folder_new();
    FaultyOs faulty;
    Complaint complaint = {0};
    unsigned failed = 0;
    faulty_os_init(&faulty, &os_real);
    for (uint64_t nth = 1; nth <= 20; nth++) {
        CLEANUP(arena_done) Arena arena = {0};
        Slice text = {0};
        expect_ok(company_file_write(&os_real, folder, SLICE("name: old\n"), &complaint));
        faulty_os_plan(
            &faulty, (FaultPlan){.calls = OS_CALLS_ALL, .nth = nth, .error = -EIO, .partly = true});
        int r = company_file_write(&faulty.os, folder, SLICE("name: new\n"), &complaint);
        failed += r < 0;
        expect_ok(company_file_read(&os_real, folder, &arena, &text, &complaint));
        bool is_new = slice_eq(text, SLICE("name: new\n"));
        expect(is_new || slice_eq(text, SLICE("name: old\n")));
        if (r == 0) expect(is_new);
    }
    expect(failed >= 5); /* random, open, write, sync, rename */
    faulty_os_done(&faulty);
}

/* The example between ```yaml and ``` of the manual. */
static void example_of(const char *page)
{
    CLEANUP(arena_done) Arena arena = {0};
    char path[4096];
    Slice text;
    Context *context = NULL;
    Complaint complaint = {0};
    const ContextOptions options = {.now_ns = TIME_UNKNOWN};
    snprintf(path, sizeof path, "%s/%s", tap_source_root(), page);
    if (!expect_ok(os_read_file(&os_real, path, 1 << 20, &arena, &text))) return;
    Slice example = slice_skip(text, slice_find(text, SLICE("```yaml\n")) + 8);
    example = slice_first(example, slice_find(example, SLICE("```\n")));
    expect(example.len > 1000);
    if (!expect_ok(context_new(example, &options, &context, &complaint))) {
        tap_note("%s, line %u of the example: %s", page, complaint.line, complaint.en);
        return;
    }
    expect_int(context_file_count(context), 6);
    context_free(context);
}

static void examples_of_the_manual(void)
{
    example_of("doc/operate/company.en.md");
    example_of("doc/operate/company.ja.md");
}

/* The company that tests of packs know. */
static void company_of_tests(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    char path[4096];
    Slice text;
    Told told = {0};
    const ContextWatcher watcher = {.mistake = on_mistake, .context = &told};
    const ContextLoad all = {.os = &os_real, .watcher = &watcher};
    Context *context = NULL;
    snprintf(path, sizeof path, "%s/knowledge/simulate/company.yaml", tap_source_root());
    if (!expect_ok(os_read_file(&os_real, path, 1 << 20, &arena, &text))) return;
    expect_ok(context_load_document(&all, text, ".", &context));
    if (!expect_int(told.mistakes, 0)) tap_note("%u: %s", told.last.line, told.last.en);
    context_free(context);
}

static const TapTest tests[] = {
    TAP_TEST(document_with_its_lists), TAP_TEST(nothing_there),
    TAP_TEST(mistakes_are_told),       TAP_TEST(only_good_documents_are_kept),
    TAP_TEST(writes_that_fail),        TAP_TEST(examples_of_the_manual),
    TAP_TEST(company_of_tests),
};
TAP_MAIN(tests)
