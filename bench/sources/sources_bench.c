/* Measures recognition and translation by source definitions, in messages a CPU second.
 *
 *     sources_bench LINES DEFINITION.yaml...    LINES: a file of syslog messages, one a line
 *
 * Prints for each of several rounds: decoding alone, then recognition and translation of the
 * decoded events with all definitions loaded; and how many messages a definition claimed.
 */
#include "decode/lines.h"
#include "translate/translate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 5, BATCH = 1000, TURNS = 200 };

typedef struct Counts {
    const SourceSet *set;
    size_t claimed, total;
} Counts;

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int read_file(const char *path, Buf *to)
{
    FILE *file = fopen(path, "rb");
    if (!file) return -1;
    for (;;) {
        char *room = buf_reserve(to, 1 << 16);
        size_t got = room ? fread(room, 1, 1 << 16, file) : 0;
        if (got == 0) break;
        to->len += got;
    }
    fclose(file);
    return buf_error(to);
}

static int on_record(void *context, const Record *record, const Event *event)
{
    Counts *counts = context;
    size_t index;
    (void)event;
    counts->total++;
    Slice rule = record->text[RECORD_AKASHI_RULE];
    counts->claimed += source_set_of_rule(counts->set, rule, &index) == 0;
    return 0;
}

static size_t split(Slice text, Slice *lines, size_t most)
{
    Slice line;
    size_t count = 0;
    while (count < most && slice_cut(&text, '\n', &line)) {
        if (line.len > 0) lines[count++] = line;
    }
    return count;
}

static void run_round(const SourceSet *set, Translator *translator, const Slice *lines,
                      size_t line_count)
{
    static Event events[BATCH];
    const DecodeOptions options = {.zone_offset_seconds = 32400, .received_ns = 0};
    CLEANUP(arena_done) Arena arena = {0};
    Counts counts = {.set = set};
    double decoding = 0, translating = 0;
    size_t bytes = 0;
    for (size_t turn = 0; turn < TURNS; turn++) {
        double start = cpu_seconds();
        for (size_t i = 0; i < BATCH; i++) {
            Slice line = lines[i % line_count];
            bytes += line.len;
            if (line_decode(line, &options, &arena, &events[i]) < 0) exit(1);
            events[i].index = 1;
        }
        double middle = cpu_seconds();
        for (size_t i = 0; i < BATCH; i++) {
            if (translator_feed(translator, &events[i], 0, &arena, on_record, &counts) < 0) exit(1);
        }
        decoding += middle - start;
        translating += cpu_seconds() - middle;
        arena_reset(&arena);
    }
    double total = (double)BATCH * TURNS;
    printf("%4.0f bytes a message; decode %8.0f/s, recognise and translate %8.0f/s, both %8.0f/s; "
           "claimed %zu of %zu\n",
           (double)bytes / total, total / decoding, total / translating,
           total / (decoding + translating), counts.claimed, counts.total);
}

int main(int argc, char **argv)
{
    static Slice lines[BATCH];
    CLEANUP(buf_done) Buf text = {0};
    SourceSet *set = source_set_new();
    if (argc < 3 || !set || read_file(argv[1], &text) < 0) return 2;
    for (int i = 2; i < argc; i++) {
        CLEANUP(buf_done) Buf yaml = {0};
        Complaint complaint = {0};
        if (read_file(argv[i], &yaml) < 0) return 2;
        if (source_set_add(set, slice_from_cstr(argv[i]), buf_slice(&yaml), true, &complaint) < 0) {
            fprintf(stderr, "%s:%u: %s\n", complaint.file, complaint.line, complaint.en);
            return 2;
        }
    }
    Translator *translator = translator_new();
    if (source_set_finish(set) < 0 || !translator) return 2;
    if (translator_use_sources(translator, set, 32400) < 0) return 2;
    size_t count = split(buf_slice(&text), lines, BATCH);
    printf("%zu definitions, %zu different messages\n", source_set_count(set), count);
    for (int round = 0; round < ROUNDS; round++) {
        run_round(set, translator, lines, count);
    }
    translator_free(translator);
    source_set_free(set);
    return 0;
}
