/* The joining of Windows events into human actions: targets T1 and T4 to T9 of doc/translation.md,
 * section 10, each as one line. Arguments: files of decoded logs for T4. */
#include "tests/support/action_score.h"

#include "base/check.h"
#include "tests/support/decoded_rows.h"
#include "translate/translate.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const uint64_t seed[2] = {0x616b61736869, 42};
static ActionSettings *settings;

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static double resident_mib(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%ld %ld", &pages, &resident) == 2);
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

/* --- T1, T5, T6, T9 --------------------------------------------------------------------------- */

static void show_verb(const ActionScore *score, Verb verb, double target)
{
    const VerbScore *one = &score->verbs[verb];
    double f1 = verb_score_f1(one);
    printf(
        "T1  %-7s F1 %.4f (target %.2f)  right %llu wrong %llu missed %llu, other new name %llu\n",
        verbs[verb].token.ptr, f1, target, (unsigned long long)one->right,
        (unsigned long long)one->wrong, (unsigned long long)one->missed,
        (unsigned long long)one->wrong_target);
}

static void bench_script(void)
{
    const HumanOptions options = {.seed = 7,
                                  .people = 200,
                                  .actions = 100,
                                  .lost_closes = 20,
                                  .twice = 10,
                                  .gaps = 40,
                                  .share_events = 50,
                                  .early = 5};
    HumanScript script;
    ActionScore score, again;
    human_script_make(&options, &script);
    action_score_run(&script, settings, seed, &score);
    printf("T1  %zu people, %zu actions, %zu events, %llu records\n", options.people,
           script.action_count, script.event_count, (unsigned long long)score.records);
    show_verb(&score, VERB_READ, 0.99);
    show_verb(&score, VERB_WRITE, 0.99);
    show_verb(&score, VERB_CREATE, 0.99);
    show_verb(&score, VERB_DELETE, 0.99);
    show_verb(&score, VERB_RENAME, 0.97);
    show_verb(&score, VERB_MOVE, 0.97);
    show_verb(&score, VERB_COPY, 0.95);
    show_verb(&score, VERB_MKDIR, 0.99);
    show_verb(&score, VERB_DELETE_RECYCLE, 0.97);
    printf("T1  wrong object names at certainty observed: %llu (target 0)\n",
           (unsigned long long)score.wrong_observed);
    printf("T5  READ records of %zu browsed folders: %llu (target 0)\n", script.folders_browsed,
           (unsigned long long)score.folders_read);
    printf("T6  gaps injected %llu (%llu numbers), reported %llu (%llu numbers)\n",
           (unsigned long long)script.gap_count, (unsigned long long)script.dropped,
           (unsigned long long)score.gaps_told, (unsigned long long)score.counters.missing);
    const uint64_t other_seed[2] = {1, 2};
    action_score_run(&script, settings, other_seed, &again);
    printf("T9  references %llu, wrong %llu (target 0); a replay gives %s\n",
           (unsigned long long)score.references, (unsigned long long)score.wrong_references,
           again.output_hash == score.output_hash ? "the same bytes" : "OTHER BYTES");
    human_script_done(&script);
}

/* --- T7 --------------------------------------------------------------------------------------- */

#define LOGONS 10000

typedef struct LogonEvent {
    int64_t time_ns;
    uint32_t person;
    uint32_t event_id; /* 4768, 4769 of the domain controller; 4624 of the server */
} LogonEvent;

typedef struct LogonCount {
    Actions *actions;
    const LogonEvent *events;
    uint64_t raw_id, mixed;
    uint32_t records[LOGONS];
    ActionSink sink;
} LogonCount;

static int by_time(const void *a, const void *b)
{
    const LogonEvent *left = a, *right = b;
    return left->time_ns < right->time_ns ? -1 : left->time_ns > right->time_ns;
}

static int on_logon(void *context, const Action *action)
{
    LogonCount *count = context;
    uint32_t person = count->events[action->runs[0].id].person;
    for (size_t i = 0; i < action->run_count; i++) {
        for (uint32_t k = 0; k < action->runs[i].count; k++) {
            count->mixed += count->events[action->runs[i].id + k].person != person;
        }
    }
    count->records[person]++;
    return 0;
}

static int on_logon_record(void *context, const Record *record, const Event *event)
{
    LogonCount *count = context;
    return actions_feed(count->actions, event, record, count->raw_id, &count->sink);
}

static void feed_logon(Translator *translator, LogonCount *count, const LogonEvent *from)
{
    char id[8], user[24], ip[24], session[24];
    bool server = from->event_id == 4624;
    int lengths[] = {snprintf(id, sizeof id, "%u", from->event_id),
                     snprintf(user, sizeof user, "user%u", from->person),
                     snprintf(ip, sizeof ip, "10.%u.%u.%u", from->person >> 16,
                              from->person >> 8 & 255, from->person & 255),
                     snprintf(session, sizeof session, "0x%x", from->person + 0x1000)};
    (void)lengths;
    const Field fields[] = {
        {SLICE("Provider_Name"), SLICE("Microsoft-Windows-Security-Auditing"), FIELD_TEXT},
        {SLICE("EventID"), slice_from_cstr(id), FIELD_TEXT},
        {SLICE("Channel"), SLICE("Security"), FIELD_TEXT},
        {SLICE("Keywords"), SLICE("0x8020000000000000"), FIELD_TEXT},
        {SLICE("Computer"), server ? SLICE("FS01.example.com") : SLICE("DC01.example.com"),
         FIELD_TEXT},
        {SLICE("TargetUserName"), slice_from_cstr(user), FIELD_TEXT},
        {SLICE("TargetDomainName"), server ? SLICE("EXAMPLE") : SLICE("example.com"), FIELD_TEXT},
        {SLICE("TargetLogonId"), slice_from_cstr(session), FIELD_TEXT},
        {SLICE("LogonType"), SLICE("3"), FIELD_TEXT},
        {SLICE("IpAddress"), slice_from_cstr(ip), FIELD_TEXT},
        {SLICE("Status"), SLICE("0x0"), FIELD_TEXT},
        {SLICE("ServiceName"), SLICE("FS01$"), FIELD_TEXT},
    };
    CLEANUP(arena_done) Arena arena = {0};
    const Event event = {.format = EVENT_WINDOWS,
                         .time_ns = from->time_ns,
                         .fields = fields,
                         .field_count = ARRAY_COUNT(fields)};
    CHECK(translator_feed(translator, &event, 0, &arena, on_logon_record, count) == 0);
}

/* Ten logons a second; the server's clock is up to 0.8 s before or behind the controller's. */
static void bench_logons(void)
{
    static LogonEvent events[LOGONS * 3];
    static LogonCount count;
    srand(7);
    for (uint32_t i = 0; i < LOGONS; i++) {
        int64_t at = (int64_t)1790000000 * NS_PER_SECOND + i * 100 * NS_PER_MS;
        int64_t skew = (rand() % 1600 - 800) * NS_PER_MS;
        events[i * 3] = (LogonEvent){at, i, 4768};
        events[i * 3 + 1] = (LogonEvent){at + 20 * NS_PER_MS, i, 4769};
        events[i * 3 + 2] = (LogonEvent){at + 40 * NS_PER_MS + skew, i, 4624};
    }
    qsort(events, LOGONS * 3, sizeof *events, by_time);
    count.actions = actions_new(settings, seed);
    count.events = events;
    count.sink = (ActionSink){.record = on_logon, .context = &count};
    Translator *translator = translator_new();
    for (count.raw_id = 0; count.raw_id < LOGONS * 3; count.raw_id++) {
        feed_logon(translator, &count, &events[count.raw_id]);
    }
    CHECK(actions_flush(count.actions, true, &count.sink) == 0);
    uint32_t single = 0;
    for (uint32_t i = 0; i < LOGONS; i++) {
        single += count.records[i] == 1;
    }
    printf(
        "T7  %d logons seen by both: %.2f %% are one record (target 99), merged across users: %llu "
        "(target 0)\n",
        LOGONS, 100.0 * single / LOGONS, (unsigned long long)count.mixed);
    translator_free(translator);
    actions_free(count.actions);
}

/* --- T8 --------------------------------------------------------------------------------------- */

#define CHUNK_EVENTS 4096

typedef struct Speed {
    Actions *actions;
    ActionSink sink;
    uint64_t raw_id, records;
} Speed;

static int on_fast_action(void *context, const Action *action)
{
    ((Speed *)context)->records += action->run_count > 0;
    return 0;
}

static int on_fast_record(void *context, const Record *record, const Event *event)
{
    Speed *speed = context;
    return actions_feed(speed->actions, event, record, speed->raw_id++, &speed->sink);
}

static void bench_speed(void)
{
    const HumanOptions options = {.seed = 11,
                                  .people = 500,
                                  .actions = 150,
                                  .lost_closes = 10,
                                  .twice = 2,
                                  .share_events = 50,
                                  .early = 2};
    HumanScript script;
    static Event events[CHUNK_EVENTS];
    Arena arena = {0}, records = {0};
    int64_t spent_ns = 0;
    human_script_make(&options, &script);
    Speed speed = {.actions = actions_new(settings, seed)};
    speed.sink = (ActionSink){.record = on_fast_action, .context = &speed};
    Translator *translator = translator_new();
    for (size_t at = 0; at < script.event_count; at += CHUNK_EVENTS) {
        size_t count =
            script.event_count - at < CHUNK_EVENTS ? script.event_count - at : CHUNK_EVENTS;
        for (size_t i = 0; i < count; i++) {
            human_event(&script.events[at + i], at + i, &arena, &events[i]);
        }
        int64_t start_ns = cpu_ns();
        for (size_t i = 0; i < count; i++) {
            CHECK(translator_feed(translator, &events[i], 0, &records, on_fast_record, &speed) ==
                  0);
        }
        spent_ns += cpu_ns() - start_ns;
        arena_reset(&arena);
        arena_reset(&records);
    }
    printf("T8  %zu events, %llu records: %.0f events a CPU second (target 150000 a core)\n",
           script.event_count, (unsigned long long)speed.records,
           (double)script.event_count * 1e9 / (double)spent_ns);
    translator_free(translator);
    actions_free(speed.actions);
    human_script_done(&script);
    arena_done(&arena);
    arena_done(&records);
}

/* A million files open at once, each by a session of its own. */
static void bench_memory(void)
{
    double before = resident_mib();
    Speed speed = {.actions = actions_new(settings, seed)};
    speed.sink = (ActionSink){.record = on_fast_action, .context = &speed};
    Translator *translator = translator_new();
    CLEANUP(arena_done) Arena arena = {0};
    for (uint32_t i = 0; i < 1000000; i++) {
        char session[16], path[96], handle[16];
        int session_len = snprintf(session, sizeof session, "0x%x", 0x1000 + i);
        int path_len = snprintf(path, sizeof path,
                                "D:\\Data\\Design\\Project-%u\\Drawings\\part-%u.dwg", i / 100, i);
        int handle_len = snprintf(handle, sizeof handle, "0x%x", 4 * i + 4);
        const Field fields[] = {
            {SLICE("Provider_Name"), SLICE("Microsoft-Windows-Security-Auditing"), FIELD_TEXT},
            {SLICE("EventID"), SLICE("4656"), FIELD_TEXT},
            {SLICE("Channel"), SLICE("Security"), FIELD_TEXT},
            {SLICE("Computer"), SLICE(HUMAN_HOST), FIELD_TEXT},
            {SLICE("SubjectUserName"), SLICE("user"), FIELD_TEXT},
            {SLICE("SubjectLogonId"), slice_of(session, (size_t)session_len), FIELD_TEXT},
            {SLICE("ObjectType"), SLICE("File"), FIELD_TEXT},
            {SLICE("ObjectName"), slice_of(path, (size_t)path_len), FIELD_TEXT},
            {SLICE("HandleId"), slice_of(handle, (size_t)handle_len), FIELD_TEXT},
            {SLICE("AccessMask"), SLICE("0x12019f"), FIELD_TEXT},
            {SLICE("ProcessId"), SLICE("0x4"), FIELD_TEXT},
        };
        const Event event = {.format = EVENT_WINDOWS,
                             .time_ns = (int64_t)1790000000 * NS_PER_SECOND + i,
                             .record_id = i + 1,
                             .fields = fields,
                             .field_count = ARRAY_COUNT(fields)};
        CHECK(translator_feed(translator, &event, 0, &arena, on_fast_record, &speed) == 0);
        if (i % 4096 == 0) arena_reset(&arena);
    }
    ActionCounters counters = actions_counters(speed.actions);
    printf("T8  %llu handles and %llu sessions open: %.0f MiB (target 512)\n",
           (unsigned long long)counters.handles_open, (unsigned long long)counters.sessions_open,
           resident_mib() - before);
    translator_free(translator);
    actions_free(speed.actions);
}

/* --- T4 --------------------------------------------------------------------------------------- */

static Slice map_file(const char *name)
{
    struct stat about;
    int fd = open(name, O_RDONLY);
    CHECK(fd >= 0 && fstat(fd, &about) == 0);
    void *bytes =
        about.st_size ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    CHECK(bytes != MAP_FAILED);
    close(fd);
    return slice_of(bytes, (size_t)about.st_size);
}

static void bench_corpus(char **names, int count)
{
    uint64_t joined = 0, alone = 0, opens = 0, unused = 0, events = 0, records = 0;
    for (int i = 0; i < count; i++) {
        DecodedRows decoded = {.arena = arena_make((size_t)2 << 30)};
        Slice bytes = map_file(names[i]);
        if (decoded_rows_add(&decoded, bytes, slice_from_cstr(names[i])) < 0) continue;
        Speed speed = {.actions = actions_new(settings, seed)};
        speed.sink = (ActionSink){.record = on_fast_action, .context = &speed};
        for (size_t k = 0; k < decoded_rows_count(&decoded); k++) {
            const Row *row = &decoded_rows(&decoded)[k];
            CHECK(on_fast_record(&speed, &row->record, &row->event) == 0);
        }
        CHECK(actions_flush(speed.actions, true, &speed.sink) == 0);
        ActionCounters counters = actions_counters(speed.actions);
        joined += counters.used_joined;
        alone += counters.used_alone;
        opens += counters.opens;
        unused += counters.unused;
        events += counters.events;
        records += speed.records;
        actions_free(speed.actions);
        decoded_rows_done(&decoded);
        if (bytes.len) munmap((void *)(uintptr_t)bytes.ptr, bytes.len);
    }
    printf("T4  %d files, %llu events, %llu records: 4663 joined to its 4656 %llu, alone %llu: "
           "%.2f %% "
           "(target 99.6); opens %llu, unused %llu, none of them a record\n",
           count, (unsigned long long)events, (unsigned long long)records,
           (unsigned long long)joined, (unsigned long long)alone,
           100.0 * (double)joined / (double)(joined + alone + !joined), (unsigned long long)opens,
           (unsigned long long)unused);
}

int main(int argc, char **argv)
{
    CHECK(action_settings_make((Slice){0}, &settings, NULL) == 0);
    bench_script();
    bench_logons();
    bench_speed();
    bench_memory();
    if (argc > 1) bench_corpus(argv + 1, argc - 1);
    action_settings_free(settings);
    return 0;
}
