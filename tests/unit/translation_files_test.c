/* engine/translation_files: what an administrator writes is read again when it has changed; a
 * mistake keeps what was there. */
#include "tests/support/tap.h"

#include "decode/lines.h"
#include "engine/translation_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECEIVED_NS (INT64_C(1795737600) * 1000000000)

typedef struct Desk {
    char folder[128];
    TranslationFiles *files;
    RowMaker *maker;
    Arena arena;
    uint64_t index;
    char rule[64]; /* of the last row */
    unsigned mistakes;
    Complaint last;
} Desk;

static void on_mistake(void *context, const Complaint *complaint)
{
    Desk *desk = context;
    desk->mistakes++;
    desk->last = *complaint;
}

static void write_file(const Desk *desk, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", desk->folder, name);
    FILE *file = fopen(path, "w");
    if (!expect(file != NULL)) return;
    fputs(text, file);
    fclose(file);
}

static int open_files(Desk *desk, Complaint *complaint)
{
    char actions[256];
    const char *const folders[] = {desk->folder};
    snprintf(actions, sizeof actions, "%s/actions.tsv", desk->folder);
    const TranslationFilesOptions options = {
        .os = &os_real,
        .folders = folders,
        .folder_count = 1,
        .actions_path = actions,
        .watcher = {.mistake = on_mistake, .context = desk},
    };
    return translation_files_open(&options, &desk->files, complaint);
}

static void desk_open(Desk *desk)
{
    char sources[256];
    Complaint complaint = {0};
    *desk = (Desk){.folder = "/tmp/akashi-files-XXXXXX"};
    expect(mkdtemp(desk->folder) != NULL);
    snprintf(sources, sizeof sources, "%s/sources", desk->folder);
    expect_ok(mkdir(sources, 0700));
    if (!expect_ok(open_files(desk, &complaint))) return;
    const RowMakerOptions options = {.sources = translation_files_sources(desk->files),
                                     .action_settings = translation_files_actions(desk->files)};
    expect_ok(row_maker_new(&os_real, &options, &desk->maker, &complaint));
}

static void desk_done(Desk *desk)
{
    static const char *const names[] = {"sources/gate.yaml", "sources", "actions.tsv", ""};
    row_maker_free(desk->maker);
    translation_files_free(desk->files);
    arena_done(&desk->arena);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", desk->folder, names[i]);
        remove(path);
    }
}

static int on_row(void *context, const Row *row)
{
    Desk *desk = context;
    snprintf(desk->rule, sizeof desk->rule, "%.*s",
             SLICE_FMT(row->record.text[RECORD_AKASHI_RULE]));
    return 0;
}

static const char *rule_of(Desk *desk, const char *line)
{
    const DecodeOptions options = {.received_ns = RECEIVED_NS};
    const RowMakerSink sink = {.row = on_row, .context = desk};
    Event event;
    desk->rule[0] = 0;
    expect_ok(line_decode(slice_from_cstr(line), &options, &desk->arena, &event));
    event.index = desk->index++;
    const RowEvent given = {.event = &event, .received_ns = RECEIVED_NS};
    expect_ok(row_maker_feed(desk->maker, &given, &desk->arena, &sink));
    return desk->rule;
}

#define GATE "<14>Nov 20 09:00:00 h gate: open 12"
#define DEFINITION(verb)                                                                           \
    "name: gate\nrecognise:\n  - tag: gate\nmessages:\n  - {rule: " verb ", verb: OTHER}\n"

static void changed_definitions_are_used(void)
{
    Desk desk;
    desk_open(&desk);
    expect_text(slice_from_cstr(rule_of(&desk, GATE)), "fallback.syslog");
    expect_int(translation_files_refresh(desk.files, desk.maker), 0);
    write_file(&desk, "sources/gate.yaml", DEFINITION("first"));
    expect_int(translation_files_refresh(desk.files, desk.maker), 1);
    expect_int(translation_files_refresh(desk.files, desk.maker), 0);
    expect_text(slice_from_cstr(rule_of(&desk, GATE)), "gate.first");
    write_file(&desk, "sources/gate.yaml", DEFINITION("another"));
    expect_int(translation_files_refresh(desk.files, desk.maker), 1);
    expect_text(slice_from_cstr(rule_of(&desk, GATE)), "gate.another");
    char path[256];
    snprintf(path, sizeof path, "%s/sources/gate.yaml", desk.folder);
    expect_ok(unlink(path));
    expect_int(translation_files_refresh(desk.files, desk.maker), 1);
    expect_text(slice_from_cstr(rule_of(&desk, GATE)), "fallback.syslog");
    expect_int(desk.mistakes, 0);
    desk_done(&desk);
}

static void a_mistake_keeps_what_was_there(void)
{
    Desk desk;
    desk_open(&desk);
    write_file(&desk, "sources/gate.yaml", DEFINITION("first"));
    expect_int(translation_files_refresh(desk.files, desk.maker), 1);
    write_file(&desk, "sources/gate.yaml", "name: gate\nrecognise:\n  - tagg: gate\n");
    expect_int(translation_files_refresh(desk.files, desk.maker), -EINVAL);
    expect_int(desk.mistakes, 1);
    expect_int(desk.last.line, 3);
    expect(strstr(desk.last.file, "sources/gate.yaml") != NULL);
    expect_text(slice_from_cstr(rule_of(&desk, GATE)), "gate.first");
    expect_int(translation_files_refresh(desk.files, desk.maker), 0);
    expect_int(desk.mistakes, 1);
    write_file(&desk, "sources/gate.yaml", DEFINITION("mended"));
    write_file(&desk, "actions.tsv", "window\tmerge\t3\nwindow\tmerg\t9\n");
    expect_int(translation_files_refresh(desk.files, desk.maker), -EINVAL);
    expect_int(desk.mistakes, 2);
    expect_int(desk.last.line, 2);
    expect(strstr(desk.last.file, "actions.tsv") != NULL);
    expect_text(slice_from_cstr(rule_of(&desk, GATE)), "gate.first");
    write_file(&desk, "actions.tsv", "window\tmerge\t3\n");
    expect_int(translation_files_refresh(desk.files, desk.maker), 1);
    expect_text(slice_from_cstr(rule_of(&desk, GATE)), "gate.mended");
    desk_done(&desk);
}

static void at_the_start_a_mistake_in_the_actions_is_an_error(void)
{
    Desk desk;
    desk_open(&desk);
    translation_files_free(desk.files);
    desk.files = NULL;
    write_file(&desk, "actions.tsv", "# mine\n\nnoise_nam\tx\n");
    Complaint complaint = {0};
    expect_int(open_files(&desk, &complaint), -EINVAL);
    expect_int(complaint.line, 3);
    expect(strstr(complaint.file, "actions.tsv") != NULL);
    expect(complaint.ja[0] && complaint.en[0]);
    CLEANUP(arena_done) Arena arena = {0};
    Slice text;
    expect_int(actions_file_read(&os_real, "/nowhere/x.tsv", true, &arena, &text, &complaint),
               -EINVAL);
    expect_ok(actions_file_read(&os_real, "/nowhere/x.tsv", false, &arena, &text, &complaint));
    expect_int(text.len, 0);
    desk_done(&desk);
}

static const TapTest tests[] = {
    TAP_TEST(changed_definitions_are_used),
    TAP_TEST(a_mistake_keeps_what_was_there),
    TAP_TEST(at_the_start_a_mistake_in_the_actions_is_an_error),
};
TAP_MAIN(tests)
