/* Records of several kinds through a context: see run. */
#include "translate/context/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { RECORDS = 65536, ROUNDS = 16 };

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static Slice read_whole(const char *folder, Slice name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%.*s", folder, SLICE_FMT(name));
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) abort();
    size_t bytes = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(bytes + 1);
    if (!text || fread(text, 1, bytes, file) != bytes) abort();
    fclose(file);
    return slice_of(text, bytes);
}

static Context *load(const char *folder)
{
    static const ContextOptions options = {.seed = {1, 2}, .now_ns = TIME_UNKNOWN};
    Context *context = NULL;
    Complaint complaint = {0};
    Slice document = read_whole(folder, SLICE("company.yaml"));
    if (context_new(document, &options, &context, &complaint) < 0) {
        fprintf(stderr, "%u: %s\n", complaint.line, complaint.en);
        exit(1);
    }
    for (size_t i = 0; i < context_file_count(context); i++) {
        ContextTally tally;
        const ContextFile *file = context_file(context, i);
        Slice bytes = read_whole(folder, file->path);
        double start = cpu_seconds();
        int r = context_add_file(context, i, bytes, &tally, &complaint);
        printf("  %-14.*s %9llu entries  %.2f s%s\n", SLICE_FMT(file->path),
               (unsigned long long)tally.added, cpu_seconds() - start, r < 0 ? "  REFUSED" : "");
        free((void *)bytes.ptr);
    }
    if (context_finish(context) < 0) abort();
    free((void *)document.ptr);
    return context;
}

static uint32_t dice(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static Slice say(Arena *arena, const char *format, unsigned a, unsigned b, unsigned c)
{
    char room[128];
    Slice text = {0};
    snprintf(room, sizeof room, format, a, b, c);
    if (arena_copy(arena, slice_from_cstr(room), &text) < 0) abort();
    return text;
}

typedef enum Kind { FIREWALL, LOGON, FILES, WEB, PROCESS, MIXED, KIND_COUNT } Kind;
static const char *const kind_names[] = {"firewall", "logon", "files", "web", "process", "mixed"};

static void fill(Record *record, Kind kind, Arena *arena)
{
    unsigned a = dice() % 40, b = dice() % 256, c = dice() % 256;
    Slice *text = record->text;
    record->time_ns = INT64_C(1795737600000000000) + (int64_t)dice() * 1000000;
    text[RECORD_SOURCE_IP] = say(arena, "10.%u.%u.%u", a, b, c);
    text[RECORD_HOST_NAME] = say(arena, "fs%u.factory.example", a, 0, 0);
    if (kind != FIREWALL) text[RECORD_USER_NAME] = say(arena, "user%u", dice() % 3000, 0, 0);
    switch (kind) {
    case FIREWALL:
        text[RECORD_DESTINATION_IP] =
            say(arena, "%u.%u.%u.9", 32 + dice() % 190, dice() % 256, dice() % 256);
        break;
    case FILES:
        text[RECORD_FILE_PATH] =
            say(arena, "D:\\share\\department%u\\project%u\\2026\\report%u.xlsx", a, b, c);
        break;
    case WEB:
        text[RECORD_URL_FULL] = say(arena, "https://www%u.site%u.example.com/page/%u", a, b, c);
        text[RECORD_DESTINATION_DOMAIN] = say(arena, "www%u.site%u.example.com", a, b, 0);
        break;
    case PROCESS:
        text[RECORD_PROCESS_EXECUTABLE] =
            say(arena, "C:\\Program Files\\Vendor%u\\tool%u.exe", a, b, 0);
        text[RECORD_FILE_HASH_SHA256] =
            say(arena, "%08x%08x%08xe3b0c44298fc1c149afbf4c8996fb92427ae41e4", a, b, c);
        break;
    case LOGON:
    case MIXED:
    case KIND_COUNT: break;
    }
}

static void measure(const Context *context, Kind kind)
{
    Arena texts = {0}, arena = {0};
    Record *records = calloc(RECORDS, sizeof *records);
    double best = 1e9;
    if (!records) abort();
    for (size_t i = 0; i < RECORDS; i++) {
        fill(&records[i], kind == MIXED ? (Kind)(i % MIXED) : kind, &texts);
    }
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_seconds();
        for (size_t i = 0; i < RECORDS; i++) {
            if (context_enrich(context, &records[i], &arena) < 0) abort();
        }
        double took = cpu_seconds() - start;
        if (took < best) best = took;
        arena_reset(&arena);
    }
    printf("  %-10s %6.2f M records a CPU second\n", kind_names[kind], RECORDS / best / 1e6);
    free(records);
    arena_done(&texts);
    arena_done(&arena);
}

int main(int argc, char **argv)
{
    struct rusage usage;
    if (argc != 2) return 2;
    double start = cpu_seconds();
    Context *context = load(argv[1]);
    getrusage(RUSAGE_SELF, &usage);
    printf("loaded in %.2f CPU s, %ld MiB at most (the files too)\n", cpu_seconds() - start,
           usage.ru_maxrss >> 10);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        measure(context, (Kind)kind);
    }
    context_free(context);
    return 0;
}
