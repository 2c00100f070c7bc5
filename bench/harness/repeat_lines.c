/* JSON lines, several times over: what a larger site would have sent.
 *
 *     repeat_lines COPIES HOST_KEY FILE [PLANTED] > OUT
 *
 * Copy 0 is FILE as it is, with the lines of PLANTED put in: each is a line number of FILE in
 * decimal, a tab and the line that goes before it, numbers ascending. In copy N every date
 * (YYYY-MM-DD, 1980 to 2099) is N * 40 days later, and the name of the line's host, the text value
 * of HOST_KEY, has -N before its first dot wherever it stands in the line. Streams: memory does not
 * grow with COPIES. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES_MAX ((size_t)64 << 20) /* longer ones end the program */
#define DAYS_A_COPY 40
#define DATE_BYTES 10

typedef struct Text {
    const char *ptr;
    size_t len;
} Text;

typedef struct Planted {
    char *line; /* of getline */
    size_t held_bytes;
    FILE *file;
    unsigned long before; /* number of the line it stands before */
    Text text;
} Planted;

static void stop(const char *what)
{
    fprintf(stderr, "repeat_lines: %s: %s\n", what, strerror(errno));
    exit(2);
}

static Text map_file(const char *path)
{
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) < 0) stop(path);
    Text all = {"", (size_t)about.st_size};
    if (all.len > 0) {
        void *mapped = mmap(NULL, all.len, PROT_READ, MAP_PRIVATE, file, 0);
        if (mapped == MAP_FAILED) stop(path);
        madvise(mapped, all.len, MADV_SEQUENTIAL);
        all.ptr = mapped;
    }
    close(file);
    return all;
}

/* Days since 1970-01-01 of a civil date, and back, by counting 400-year eras of 146,097 days that
 * begin on 1 March. */
static long days_from_date(int year, int month, int day)
{
    int shifted = month <= 2 ? year - 1 : year;
    int era = shifted / 400, of_era = shifted - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097L + of_era * 365L + of_era / 4 - of_era / 100 + of_year - 719468L;
}

static void date_from_days(long days, int *year, int *month, int *day)
{
    long from = days + 719468L, era = from / 146097L, of_era = from - era * 146097L;
    long years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    long of_year = of_era - (365 * years + years / 4 - years / 100);
    long shifted = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(years + era * 400 + (*month <= 2));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int two_digits(const char *at)
{
    return (at[0] - '0') * 10 + at[1] - '0';
}

static bool is_date(const char *at)
{
    for (int i = 0; i < DATE_BYTES; i++) {
        if (i == 4 || i == 7 ? at[i] != '-' : !is_digit(at[i])) return false;
    }
    int century = two_digits(at), month = two_digits(at + 5), day = two_digits(at + 8);
    if (century == 19 && at[2] < '8') return false;
    return (century == 19 || century == 20) && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static void shift_date(char *at, long days)
{
    static char last[DATE_BYTES], made[64]; /* neighbouring lines are of one day */
    static long last_days;
    if (last_days != days || memcmp(at, last, DATE_BYTES) != 0) {
        int year, month, day;
        memcpy(last, at, DATE_BYTES);
        last_days = days;
        date_from_days(days_from_date(two_digits(at) * 100 + two_digits(at + 2), two_digits(at + 5),
                                      two_digits(at + 8)) +
                           days,
                       &year, &month, &day);
        snprintf(made, sizeof made, "%04d-%02d-%02d", year, month, day);
    }
    memcpy(at, made, DATE_BYTES);
}

static void shift_dates(char *line, size_t len, long days)
{
    char *end = line + len, *from = line + 4;
    while (from + 6 <= end) {
        char *dash = memchr(from, '-', (size_t)(end - from));
        if (!dash || dash + 6 > end) return;
        bool alone = dash - 4 == line || !is_digit(dash[-5]);
        if (alone && is_date(dash - 4)) shift_date(dash - 4, days);
        from = dash + 1;
    }
}

/* Empty when the line has none. */
static Text find_host(Text line, const char *quoted_key)
{
    size_t key_len = strlen(quoted_key);
    const char *at = memmem(line.ptr, line.len, quoted_key, key_len);
    if (!at) return (Text){"", 0};
    const char *from = at + key_len, *line_end = line.ptr + line.len;
    while (from < line_end && (*from == ' ' || *from == ':'))
        from++;
    if (from == line_end || *from != '"') return (Text){"", 0};
    const char *end = memchr(from + 1, '"', (size_t)(line_end - from - 1));
    return end ? (Text){from + 1, (size_t)(end - from - 1)} : (Text){"", 0};
}

/* Returns the bytes put into `to`, which has room for twice LINE_BYTES_MAX. */
static size_t rename_host(char *to, Text line, Text host, int copy)
{
    char tail[16];
    size_t tail_len = (size_t)snprintf(tail, sizeof tail, "-%d", copy), len = 0;
    const char *dot = memchr(host.ptr, '.', host.len), *from = line.ptr;
    const char *line_end = line.ptr + line.len;
    size_t before = dot ? (size_t)(dot - host.ptr) : host.len;
    while (host.len > 0) {
        const char *found = memmem(from, (size_t)(line_end - from), host.ptr, host.len);
        if (!found || len + line.len + tail_len > LINE_BYTES_MAX) break;
        size_t upto = (size_t)(found - from) + before;
        memcpy(to + len, from, upto);
        memcpy(to + len + upto, tail, tail_len);
        len += upto + tail_len;
        from += upto;
    }
    memcpy(to + len, from, (size_t)(line_end - from));
    return len + (size_t)(line_end - from);
}

static void put(Text text)
{
    if (fwrite_unlocked(text.ptr, 1, text.len, stdout) != text.len ||
        putc_unlocked('\n', stdout) == EOF) {
        stop("output");
    }
}

static void planted_next(Planted *planted)
{
    planted->before = (unsigned long)-1;
    if (!planted->file) return;
    ssize_t len = getline(&planted->line, &planted->held_bytes, planted->file);
    char *tab = len > 0 ? strchr(planted->line, '\t') : NULL;
    if (!tab) return;
    planted->before = strtoul(planted->line, NULL, 10);
    planted->text = (Text){tab + 1, strcspn(tab + 1, "\n")};
}

static void put_copy(Text all, int copy, const char *quoted_key, Planted *planted, char *changed)
{
    const char *end = all.ptr + all.len;
    unsigned long number = 0;
    for (const char *from = all.ptr; from < end; number++) {
        const char *stop_at = memchr(from, '\n', (size_t)(end - from));
        Text line = {from, (size_t)((stop_at ? stop_at : end) - from)};
        from = line.ptr + line.len + 1;
        if (copy == 0) {
            for (; planted->before <= number; planted_next(planted))
                put(planted->text);
            put(line);
            continue;
        }
        errno = EMSGSIZE;
        if (line.len > LINE_BYTES_MAX) stop("line");
        size_t len = rename_host(changed, line, find_host(line, quoted_key), copy);
        shift_dates(changed, len, (long)copy * DAYS_A_COPY);
        put((Text){changed, len});
    }
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc > 5) {
        fprintf(stderr, "repeat_lines COPIES HOST_KEY FILE [PLANTED]\n");
        return 2;
    }
    char quoted_key[256];
    snprintf(quoted_key, sizeof quoted_key, "\"%s\"", argv[2]);
    Text all = map_file(argv[3]);
    Planted planted = {.file = argc == 5 ? fopen(argv[4], "re") : NULL};
    if (argc == 5 && !planted.file) stop(argv[4]);
    char *changed = malloc(2 * LINE_BYTES_MAX);
    if (!changed) stop("memory");
    planted_next(&planted);
    for (int copy = 0; copy < atoi(argv[1]); copy++) {
        put_copy(all, copy, quoted_key, &planted, changed);
    }
    if (fflush(stdout) != 0) stop("output");
    free(changed);
    free(planted.line);
    if (planted.file) fclose(planted.file);
    return 0;
}
