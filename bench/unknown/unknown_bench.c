/* Groups the lines of a file by template, with nothing known of them.
 *
 *     unknown_bench groups FILE       prints the template's number of each line
 *     unknown_bench bare FILE         prints each line without its time, for other tools
 *     unknown_bench templates FILE    prints how many lines, and an example, of each template
 *     unknown_bench speed FILE...     messages a CPU second through miner_feed, several rounds
 */
#include "decode/mined/miner.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 5, MESSAGES = 1000000 };

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void read_file(const char *path, Buf *to)
{
    FILE *file = fopen(path, "rb");
    size_t got;
    if (!file) {
        perror(path);
        exit(2);
    }
    do {
        char *room = buf_reserve(to, 1 << 16);
        got = room ? fread(room, 1, 1 << 16, file) : 0;
        to->len += got;
    } while (got > 0);
    fclose(file);
}

static bool take_line(Slice *text, Slice *line)
{
    if (!slice_cut(text, '\n', line)) return false;
    if (line->len > 0 && line->ptr[line->len - 1] == '\r') line->len--;
    return true;
}

static Miner *learn(Slice text)
{
    Miner *miner = miner_new(0);
    Slice line;
    if (!miner) exit(2);
    while (take_line(&text, &line)) {
        if (miner_feed(miner, line) < 0) exit(2);
    }
    return miner;
}

static void print_groups(Slice text)
{
    Miner *miner = learn(text);
    Slice line;
    if (miner_finish(miner) < 0) exit(2);
    while (take_line(&text, &line)) {
        printf("%zd\n", (ssize_t)miner_match(miner, line));
    }
    miner_free(miner);
}

static void print_templates(Slice text)
{
    Miner *miner = learn(text);
    if (miner_finish(miner) < 0) exit(2);
    printf("header:");
    for (size_t i = 0; i < miner_layout(miner)->count; i++) {
        printf(" %d", miner_layout(miner)->kinds[i]);
    }
    printf("%s\n", miner_layout(miner)->ends_at ? " ..." : "");
    for (size_t i = 0; i < miner_template_count(miner); i++) {
        const Template *template = miner_template(miner, i);
        size_t at = 0;
        printf("%7lu ", (unsigned long)template->count);
        for (size_t k = 0; k < template->word_count; k++) {
            const MessageWord *word = &template->words[k];
            if (word->begin + word->len > template->example_len) break;
            if (word->begin > at) printf("%.*s", (int)(word->begin - at), template->example + at);
            at = word->begin + word->len;
            if (word->hash == WORD_MASK) {
                printf("<*>");
            } else {
                printf("%.*s", (int)word->len, template->example + word->begin);
            }
        }
        putchar('\n');
    }
    miner_free(miner);
}

/* The first cell that is a time is cut out, as `the time is known` means it. */
static void print_bare(Slice text)
{
    Slice line;
    while (take_line(&text, &line)) {
        Cell cells[HEADER_CELLS_MAX];
        size_t count = header_cells(line, HEADER_ANY_TIME, HEADER_CELLS_MAX, cells), i = 0;
        while (i < count && cells[i].kind != CELL_TIME) {
            i++;
        }
        size_t at = i < count ? (size_t)(cells[i].text.ptr - line.ptr) : 0;
        size_t len = i < count ? cells[i].text.len : 0;
        printf("%.*s%.*s\n", (int)at, line.ptr, (int)(line.len - at - len), line.ptr + at + len);
    }
}

static void print_speed(Slice text, const char *name)
{
    size_t lines = 0, bytes = 0;
    Slice rest = text, line;
    Miner *miner = miner_new(0);
    if (!miner) exit(2);
    double start = cpu_seconds();
    while (lines < MESSAGES) {
        if (!take_line(&rest, &line)) {
            if (text.len == 0) break;
            rest = text;
            continue;
        }
        if (miner_feed(miner, line) < 0) exit(2);
        lines++;
        bytes += line.len;
    }
    if (miner_finish(miner) < 0) exit(2);
    double seconds = cpu_seconds() - start;
    printf("%-40s %9.0f messages a CPU second, %3.0f bytes a message, %zu templates\n", name,
           (double)lines / seconds, (double)bytes / (double)lines, miner_template_count(miner));
    miner_free(miner);
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    for (int i = 2; i < argc; i++) {
        CLEANUP(buf_done) Buf text = {0};
        read_file(argv[i], &text);
        if (strcmp(argv[1], "groups") == 0) print_groups(buf_slice(&text));
        if (strcmp(argv[1], "bare") == 0) print_bare(buf_slice(&text));
        if (strcmp(argv[1], "templates") == 0) print_templates(buf_slice(&text));
        for (int round = 0; strcmp(argv[1], "speed") == 0 && round < ROUNDS; round++) {
            print_speed(buf_slice(&text), argv[i]);
        }
    }
    return 0;
}
