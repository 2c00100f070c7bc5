/* Measures the token index over the distinct values that values.py wrote.
 *
 *     tokens_bench RAW_BYTES VALUES WORD...     builds in rounds, then asks for each word
 *
 * A word is asked as a whole word; with a * behind it as a beginning; with one before it as a part.
 */
#include "base/buf.h"
#include "base/number.h"
#include "store/tokens/token_builder.h"
#include "store/tokens/token_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 5, TURNS = 50 };

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int read_file(const char *path, Buf *to)
{
    FILE *file = fopen(path, "rb");
    if (!file) return -1;
    for (;;) {
        char *room = buf_reserve(to, 1 << 20);
        size_t got = room ? fread(room, 1, 1 << 20, file) : 0;
        if (got == 0) break;
        to->len += got;
    }
    fclose(file);
    return buf_error(to);
}

static int build(Slice values, Buf *to, IndexParts *parts, double *ret_add_seconds)
{
    IndexBuilder *builder = index_builder_new((size_t)256 << 20, 42);
    if (!builder) return -1;
    uint32_t block = 0;
    double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
    while (values.len >= 8) {
        block = read_le32(values.ptr);
        uint32_t len = read_le32(values.ptr + 4);
        int r = index_builder_add(builder, block, slice_first(slice_skip(values, 8), len));
        if (r) return r;
        values = slice_skip(values, 8 + (size_t)len);
    }
    *ret_add_seconds = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    int r = index_builder_finish(builder, block + 1, to, parts);
    index_builder_free(builder);
    return r;
}

static void show_parts(const IndexParts *parts)
{
    static const char *const names[] = {"words", "numbers", "random"};
    printf("head %zu bytes\n", parts->head_bytes);
    for (unsigned i = 0; i < TOKEN_CLASS_COUNT; i++) {
        printf("%-8s %8zu tokens %8zu bytes %6zu sets %7zu bytes\n", names[i],
               parts->classes[i].entry_count, parts->classes[i].entry_bytes,
               parts->classes[i].set_count, parts->classes[i].set_bytes);
    }
    printf("memory %zu bytes, loose blocks %u, open blocks %u\n", parts->peak_bytes,
           parts->loose_count, parts->open_count);
}

typedef struct Question {
    const char *words;
    Slice text;
    unsigned edges;
    uint32_t block_count;
    double best, sum;
} Question;

static Question question_of(const char *words)
{
    Question question = {.words = words, .text = slice_from_cstr(words), .best = 1e9};
    if (slice_starts(question.text, SLICE("*"))) {
        question.edges |= INDEX_OPEN_LEFT;
        question.text = slice_skip(question.text, 1);
    }
    if (slice_ends(question.text, SLICE("*"))) {
        question.edges |= INDEX_OPEN_RIGHT;
        question.text.len--;
    }
    return question;
}

static void ask(TokenIndex *index, Question *question)
{
    BlockSet found = {0};
    double start = seconds(CLOCK_MONOTONIC);
    if (index_find_text(index, question->text, question->edges, &found)) exit(1);
    double took = seconds(CLOCK_MONOTONIC) - start;
    if (took < question->best) question->best = took;
    question->sum += took;
    question->block_count = block_set_size(&found);
}

/* In turns, so that no question finds its own pieces unpacked. */
static void ask_all(TokenIndex *index, char **words, int count)
{
    Question *questions = calloc((size_t)count + 1, sizeof *questions);
    if (!questions) exit(1);
    for (int i = 0; i < count; i++) {
        questions[i] = question_of(words[i]);
    }
    for (int turn = 0; turn < TURNS; turn++) {
        for (int i = 0; i < count; i++) {
            ask(index, &questions[i]);
        }
    }
    for (int i = 0; i < count; i++) {
        printf("%-34s %5u blocks  fastest %8.1f us  mean %8.1f us\n", questions[i].words,
               questions[i].block_count, questions[i].best * 1e6, questions[i].sum * 1e6 / TURNS);
    }
    free(questions);
}

int main(int argc, char **argv)
{
    Buf values = buf_make((size_t)4 << 30), bytes = {0};
    if (argc < 3 || read_file(argv[2], &values)) {
        fprintf(stderr, "usage: tokens_bench RAW_BYTES VALUES WORD...\n");
        return 2;
    }
    size_t value_bytes = 0, value_count = 0;
    for (Slice rest = buf_slice(&values); rest.len >= 8; value_count++) {
        uint32_t len = read_le32(rest.ptr + 4);
        value_bytes += len;
        rest = slice_skip(rest, 8 + (size_t)len);
    }
    printf("%zu distinct values, %zu bytes\n", value_count, value_bytes);
    IndexParts parts = {0};
    double best = 1e9, best_add = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        buf_clear(&bytes);
        double add, start = seconds(CLOCK_PROCESS_CPUTIME_ID);
        if (build(buf_slice(&values), &bytes, &parts, &add)) return 1;
        double took = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
        if (took < best) best = took;
        if (add < best_add) best_add = add;
    }
    show_parts(&parts);
    double raw = strtod(argv[1], NULL);
    printf("index %zu bytes, %.6f of raw\n", bytes.len, (double)bytes.len / raw);
    printf("build %.0f MB/s of values (adding alone %.0f), %.0f MB/s of raw\n",
           (double)value_bytes / best * 1e-6, (double)value_bytes / best_add * 1e-6,
           raw / best * 1e-6);
    TokenIndex *index;
    double start = seconds(CLOCK_MONOTONIC);
    if (index_open(buf_slice(&bytes), NULL, &index)) return 1;
    printf("open %.0f us\n", (seconds(CLOCK_MONOTONIC) - start) * 1e6);
    ask_all(index, argv + 3, argc - 3);
    index_close(index);
    buf_done(&values);
    buf_done(&bytes);
    return 0;
}
