/* See human_script.h: the script and its events in short form. */
#include "tests/support/human_script.h"

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

#define START_NS ((int64_t)1790000000 * NS_PER_SECOND)
#define FILES_MAX 40
#define FOLDERS 4
#define MS NS_PER_MS

typedef struct Person {
    uint32_t number, next_handle, serial;
    int64_t now_ns;
    Slice folders[FOLDERS];
    Slice files[FILES_MAX];
    int64_t touched_ns[FILES_MAX]; /* so that nobody does the same thing twice in a row */
    size_t file_count;
    bool shares; /* works over the network, with 5145 */
} Person;

typedef struct Making {
    const HumanOptions *options;
    HumanScript *script;
    Person *person;
    uint64_t random;
} Making;

static uint64_t dice(Making *making, uint64_t sides)
{
    uint64_t x = making->random += 0x9e3779b97f4a7c15u; /* splitmix64 */
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (x ^ x >> 31) % sides;
}

static void *grow(void *items, size_t count, size_t *room, size_t item_bytes)
{
    if (count < *room) return items;
    *room = *room ? *room * 2 : 1024;
    void *grown = realloc(items, *room * item_bytes);
    CHECK(grown);
    return grown;
}

/* FOLDER\NAME-NUMBER.EXTENSION */
static Slice file_in(Making *making, Slice folder, const char *name, unsigned number,
                     const char *extension)
{
    Slice made;
    CHECK(arena_format(&making->script->arena, &made, "%.*s\\%s-%u.%s", SLICE_FMT(folder), name,
                       number, extension) == 0);
    return made;
}

static void pass_ms(Making *making, uint64_t least, uint64_t most)
{
    making->person->now_ns += (int64_t)(least + dice(making, most - least + 1)) * MS;
}

/* --- events ----------------------------------------------------------------------------------- */

static HumanEvent *add(Making *making, uint32_t event_id, Slice path, uint32_t mask,
                       uint32_t handle)
{
    HumanScript *script = making->script;
    Person *person = making->person;
    script->events =
        grow(script->events, script->event_count, &script->event_room, sizeof *script->events);
    HumanEvent *event = &script->events[script->event_count++];
    person->now_ns += (int64_t)(1 + dice(making, 900)) * 1000;
    *event = (HumanEvent){.time_ns = person->now_ns,
                          .person = person->number,
                          .event_id = event_id,
                          .mask = mask,
                          .handle = handle,
                          .serial = person->serial++,
                          .path = path};
    return event;
}

/* The share's check comes before the file system's own. */
static uint32_t open_file(Making *making, Slice path, uint32_t requested)
{
    Person *person = making->person;
    /* Each person has a few numbers that come again at once. */
    uint32_t handle = 0x1000 * (person->number + 1) + 4 * (person->next_handle++ % 12);
    if (person->shares) {
        HumanEvent *check = add(making, 5145, path, requested, 0);
        check->more = slice_skip(path, sizeof "D:\\Data\\" - 1);
    }
    (void)add(making, 4656, path, requested, handle);
    return handle;
}

static void use_file(Making *making, Slice path, uint32_t handle, uint32_t right)
{
    (void)add(making, 4663, path, right, handle);
}

static void close_file(Making *making, uint32_t handle)
{
    if (dice(making, 1000) < making->options->lost_closes) return;
    (void)add(making, 4658, (Slice){0}, 0, handle);
}

static void once(Making *making, Slice path, uint32_t requested, uint32_t used)
{
    uint32_t handle = open_file(making, path, requested);
    for (uint32_t bit = 1; bit && bit <= used; bit <<= 1) {
        if (used & bit) use_file(making, path, handle, bit);
    }
    close_file(making, handle);
}

static Slice folder_part(Slice path)
{
    return slice_first(path, slice_rfind_char(path, '\\'));
}

/* --- the script ------------------------------------------------------------------------------- */

static HumanAction *expect_action(Making *making, Verb verb, Slice object, Slice target)
{
    HumanScript *script = making->script;
    script->actions =
        grow(script->actions, script->action_count, &script->action_room, sizeof *script->actions);
    HumanAction *action = &script->actions[script->action_count++];
    *action = (HumanAction){.verb = verb,
                            .person = making->person->number,
                            .time_ns = making->person->now_ns,
                            .object = object,
                            .target = target};
    return action;
}

static Slice new_path(Making *making, size_t folder)
{
    static const char *const extensions[] = {"docx", "xlsx", "dwg", "pdf", "txt"};
    static const char *const stems[] = {"見積書", "drawing", "図面", "report", "議事録"};
    const char *stem = stems[dice(making, ARRAY_COUNT(stems))];
    return file_in(making, making->person->folders[folder], stem, (unsigned)dice(making, 1000000),
                   extensions[dice(making, ARRAY_COUNT(extensions))]);
}

/* A file that was left alone for a while. */
static size_t pick(Making *making)
{
    Person *person = making->person;
    for (;;) {
        size_t at = (size_t)dice(making, person->file_count);
        if (person->now_ns - person->touched_ns[at] > 40 * NS_PER_SECOND) {
            person->touched_ns[at] = person->now_ns;
            return at;
        }
        person->now_ns += 5 * NS_PER_SECOND;
    }
}

static void keep(Making *making, Slice path)
{
    Person *person = making->person;
    size_t at =
        person->file_count < FILES_MAX ? person->file_count++ : (size_t)dice(making, FILES_MAX);
    person->files[at] = path;
    person->touched_ns[at] = person->now_ns;
}

static void forget(Making *making, size_t at)
{
    Person *person = making->person;
    person->file_count--;
    person->files[at] = person->files[person->file_count];
    person->touched_ns[at] = person->touched_ns[person->file_count];
}

static void add_child(Making *making, Slice folder, uint32_t right)
{
    once(making, folder, 0x100000 | right, right);
}

static void do_read(Making *making)
{
    Slice path = making->person->files[pick(making)];
    (void)expect_action(making, VERB_READ, path, (Slice){0});
    uint32_t handle = open_file(making, path, 0x120089);
    use_file(making, path, handle, 0x1);
    pass_ms(making, 60, 900);
    close_file(making, handle);
}

static void do_write(Making *making)
{
    Slice path = making->person->files[pick(making)];
    (void)expect_action(making, VERB_WRITE, path, (Slice){0});
    once(making, path, 0x12019f, dice(making, 2) ? 0x2 : 0x6);
}

static void do_create(Making *making)
{
    Slice path = new_path(making, (size_t)dice(making, FOLDERS));
    (void)expect_action(making, VERB_CREATE, path, (Slice){0});
    add_child(making, folder_part(path), 0x2);
    once(making, path, 0x12019f, 0x6);
    keep(making, path);
}

static void delete_file(Making *making, Slice path)
{
    uint32_t handle = open_file(making, path, 0x110080);
    use_file(making, path, handle, 0x10000);
    (void)add(making, 4660, (Slice){0}, 0, handle);
    close_file(making, handle);
}

static void do_delete(Making *making)
{
    size_t at = pick(making);
    Slice path = making->person->files[at];
    if (making->person->file_count < 6) return;
    (void)expect_action(making, VERB_DELETE, path, (Slice){0});
    delete_file(making, path);
    forget(making, at);
}

static void give_name(Making *making, Slice from, Slice to)
{
    uint32_t handle = open_file(making, from, 0x110080);
    use_file(making, from, handle, 0x10000);
    add_child(making, folder_part(to), 0x2);
    close_file(making, handle);
}

static bool exists(const Making *making, Slice path)
{
    for (size_t i = 0; i < making->person->file_count; i++) {
        if (slice_eq(making->person->files[i], path)) return true;
    }
    return false;
}

static void do_rename(Making *making, bool move)
{
    size_t at = pick(making);
    Slice from = making->person->files[at], to;
    Slice folder = folder_part(from), other = making->person->folders[dice(making, FOLDERS)];
    if (move && slice_eq(folder, other)) return;
    if (move) {
        CHECK(arena_format(&making->script->arena, &to, "%.*s%.*s", SLICE_FMT(other),
                           SLICE_FMT(slice_skip(from, folder.len))) == 0);
    } else {
        to = file_in(making, folder, "新", (unsigned)dice(making, 1000000), "pdf");
    }
    if (exists(making, to)) return;
    HumanAction *action = expect_action(making, move ? VERB_MOVE : VERB_RENAME, from, to);
    give_name(making, from, to);
    if (dice(making, 50) == 0) {
        action->unknown_target = true; /* nobody looked at it again at once */
        action->verb = VERB_RENAME;
        making->person->now_ns += 3 * NS_PER_SECOND;
    } else {
        pass_ms(making, 5, 300);
        once(making, to, 0x100080, 0x80);
    }
    making->person->files[at] = to;
}

static void do_copy(Making *making)
{
    Slice from = making->person->files[pick(making)], to;
    Slice folder = folder_part(from), other = making->person->folders[dice(making, FOLDERS)];
    size_t dot = slice_rfind_char(from, '.');
    if (slice_eq(folder, other)) {
        CHECK(arena_format(&making->script->arena, &to, "%.*s - コピー%.*s",
                           SLICE_FMT(slice_first(from, dot)),
                           SLICE_FMT(slice_skip(from, dot))) == 0);
    } else {
        CHECK(arena_format(&making->script->arena, &to, "%.*s%.*s", SLICE_FMT(other),
                           SLICE_FMT(slice_skip(from, folder.len))) == 0);
    }
    if (exists(making, to)) return; /* Explorer would ask first */
    (void)expect_action(making, VERB_COPY, from, to);
    uint32_t read = open_file(making, from, 0x120089);
    add_child(making, folder_part(to), 0x2);
    uint32_t written = open_file(making, to, 0x17019f);
    use_file(making, from, read, 0x1);
    use_file(making, to, written, 0x2);
    pass_ms(making, 10, 2000);
    use_file(making, to, written, 0x100);
    close_file(making, written);
    close_file(making, read);
    keep(making, to);
}

/* Word: writes ~WRD, puts the document away as ~WRL, gives ~WRD its name, deletes ~WRL. Excel: the
 * same with eight hexadecimal digits (KB Q211632). */
static void do_save(Making *making)
{
    size_t at = pick(making);
    Slice path = making->person->files[at], folder = folder_part(path);
    bool word = dice(making, 2) == 0;
    unsigned number = (unsigned)dice(making, 10000);
    Slice written, away;
    Arena *arena = &making->script->arena;
    if (word) {
        CHECK(arena_format(arena, &written, "%.*s\\~WRD%04u.tmp", SLICE_FMT(folder), number) == 0);
        CHECK(arena_format(arena, &away, "%.*s\\~WRL%04u.tmp", SLICE_FMT(folder), number) == 0);
    } else {
        CHECK(arena_format(arena, &written, "%.*s\\%08X", SLICE_FMT(folder), number) == 0);
        CHECK(arena_format(arena, &away, "%.*s\\%08X.tmp", SLICE_FMT(folder), ~number) == 0);
    }
    (void)expect_action(making, VERB_WRITE, path, (Slice){0});
    add_child(making, folder, 0x2);
    once(making, written, 0x12019f, 0x6);
    pass_ms(making, 5, 400);
    give_name(making, path, away);
    give_name(making, written, path);
    pass_ms(making, 1, 50);
    if (dice(making, 4) > 0) once(making, path, 0x120089, 0x80);
    delete_file(making, away);
    making->person->now_ns += 6 * NS_PER_SECOND;
}

static void do_browse(Making *making)
{
    Person *person = making->person;
    Slice folder = person->folders[dice(making, FOLDERS)];
    once(making, folder, dice(making, 3) ? 0x100081 : 0x120089, 0x1);
    Slice settings;
    CHECK(arena_format(&making->script->arena, &settings, "%.*s\\desktop.ini", SLICE_FMT(folder)) ==
          0);
    once(making, settings, 0x120089, 0x1);
    for (uint64_t i = dice(making, 8); i > 0; i--) {
        once(making, person->files[dice(making, person->file_count)], 0x100080, 0x80);
    }
    making->script->folders_browsed++;
}

/* Explorer makes small pictures of what is in a folder. */
static void do_preview(Making *making)
{
    Person *person = making->person;
    Slice folder = person->folders[0];
    for (unsigned i = 0; i < 8; i++) {
        Slice path = file_in(making, folder, "写真", i, "jpg");
        uint32_t handle = open_file(making, path, 0x120089);
        use_file(making, path, handle, 0x1);
        pass_ms(making, 2, 25);
        close_file(making, handle);
    }
}

/* On the computer itself Explorer renames into the bin of the volume. */
static void do_recycle(Making *making)
{
    Person *person = making->person;
    size_t at = pick(making);
    Slice path = person->files[at], in_bin, bin;
    if (person->file_count < 6 || person->shares) return;
    Arena *arena = &making->script->arena;
    CHECK(arena_format(arena, &bin, "D:\\$Recycle.Bin\\S-1-5-21-1000-2000-3000-%u",
                       1100 + person->number) == 0);
    CHECK(arena_format(arena, &in_bin, "%.*s\\$R%06X.txt", SLICE_FMT(bin),
                       (unsigned)dice(making, 1 << 24)) == 0);
    (void)expect_action(making, VERB_DELETE_RECYCLE, path, in_bin);
    uint32_t handle = open_file(making, path, 0x110080);
    use_file(making, path, handle, 0x10000);
    add_child(making, bin, 0x2);
    close_file(making, handle);
    pass_ms(making, 1, 100);
    once(making, in_bin, 0x100080, 0x80);
    forget(making, at);
}

static void do_mkdir(Making *making)
{
    Person *person = making->person;
    Slice folder = person->folders[dice(making, FOLDERS)], made;
    CHECK(arena_format(&making->script->arena, &made, "%.*s\\新しいフォルダー%u", SLICE_FMT(folder),
                       (unsigned)dice(making, 1000000)) == 0);
    (void)expect_action(making, VERB_MKDIR, made, (Slice){0});
    add_child(making, folder, 0x4);
    once(making, made, 0x100081, 0x80);
}

static void do_unused(Making *making)
{
    once(making, making->person->files[pick(making)], 0x120089, 0);
}

static void do_something(Making *making)
{
    pass_ms(making, 1500, 25000);
    switch (dice(making, 22)) {
    case 0:
    case 1:
    case 2:
    case 3: do_read(making); break;
    case 4:
    case 5: do_write(making); break;
    case 6:
    case 7:
    case 8: do_create(making); break;
    case 9: do_delete(making); break;
    case 10: do_rename(making, false); break;
    case 11: do_rename(making, true); break;
    case 12:
    case 13: do_copy(making); break;
    case 14:
    case 15: do_save(making); break;
    case 16: do_preview(making); break;
    case 17: do_unused(making); break;
    case 18: do_recycle(making); break;
    case 19: do_mkdir(making); break;
    default: do_browse(making); break;
    }
}

static void begin_person(Making *making, Person *person, uint32_t number)
{
    *person = (Person){.number = number, .now_ns = START_NS};
    making->person = person;
    person->now_ns += (int64_t)dice(making, 60000) * MS;
    person->shares = dice(making, 100) < making->options->share_events;
    for (unsigned i = 0; i < FOLDERS; i++) {
        CHECK(arena_format(&making->script->arena, &person->folders[i], "D:\\Data\\部署%u",
                           number * 10 + i) == 0);
    }
    (void)add(making, 4624, (Slice){0}, 0, 0);
    for (size_t i = 0; i < 12; i++) { /* files of before: seen when their folder is opened */
        Slice path = new_path(making, i % FOLDERS);
        keep(making, path);
        person->touched_ns[i] = 0;
        once(making, path, 0x100080, 0x80);
    }
}

/* --- arrival ---------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const HumanEvent *left = a, *right = b;
    if (left->time_ns != right->time_ns) return left->time_ns < right->time_ns ? -1 : 1;
    if (left->person != right->person) return left->person < right->person ? -1 : 1;
    return left->serial < right->serial ? -1 : 1;
}

#define AGAIN_AFTER 30 /* events later */

/* Some events come a second time. */
static void deliver_again(Making *making)
{
    HumanScript *script = making->script;
    size_t written = script->event_count, room = 0, count = 0;
    HumanEvent *all = NULL;
    for (size_t i = 0; i < written + AGAIN_AFTER; i++) {
        if (i < written) {
            all = grow(all, count, &room, sizeof *all);
            all[count++] = script->events[i];
        }
        if (i >= AGAIN_AFTER && dice(making, 1000) < making->options->twice) {
            all = grow(all, count, &room, sizeof *all);
            all[count++] = script->events[i - AGAIN_AFTER];
        }
    }
    free(script->events);
    script->events = all;
    script->event_count = count;
    script->event_room = room;
}

/* Numbers are given in the order of writing; then some events are lost on their way, some come
 * twice, some change places with their neighbour, and the times jitter. */
static void arrive(Making *making)
{
    HumanScript *script = making->script;
    const HumanOptions *options = making->options;
    size_t written = script->event_count;
    qsort(script->events, written, sizeof *script->events, by_time);
    for (size_t i = 0; i < written; i++) {
        script->events[i].record_id = 1000 + i;
        script->events[i].time_ns += (int64_t)dice(making, 2000) * 1000 - MS;
    }
    for (unsigned i = 0; i < options->gaps && options->gaps < written / 1000; i++) {
        /* Numbers of events that nothing in the script depends on. */
        size_t at = written / (options->gaps + 1) * (i + 1);
        uint64_t length = 1 + dice(making, 9);
        for (size_t k = at; k < written; k++) {
            script->events[k].record_id += length;
        }
        script->dropped += length;
        script->gap_count++;
    }
    for (size_t i = 1; i < written; i++) {
        HumanEvent *event = &script->events[i];
        if (dice(making, 1000) < options->early) {
            HumanEvent before = event[-1];
            event[-1] = *event;
            *event = before;
        }
    }
    deliver_again(making);
}

void human_script_make(const HumanOptions *options, HumanScript *ret)
{
    static Person people[HUMAN_PEOPLE_MAX];
    *ret = (HumanScript){.arena = arena_make((size_t)2 << 30)};
    Making making = {.options = options, .script = ret, .random = options->seed};
    CHECK(options->people <= HUMAN_PEOPLE_MAX);
    for (size_t i = 0; i < options->people; i++) {
        begin_person(&making, &people[i], (uint32_t)i);
        for (size_t k = 0; k < options->actions; k++) {
            do_something(&making);
        }
    }
    arrive(&making);
}

void human_script_done(HumanScript *script)
{
    free(script->actions);
    free(script->events);
    arena_done(&script->arena);
}
