/* See tap.h. */
#include "tests/support/tap.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned failures;
static const char *skip_reason;
static char temporary_folder[256];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void remove_temporary_folder(void)
{
    if (temporary_folder[0]) nftw(temporary_folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

int tap_run(const TapTest *tests, size_t count, int argc, char **argv)
{
    unsigned failed = 0, number = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < count; i++) {
        if (argc > 1 && !strstr(tests[i].name, argv[1])) continue;
        failures = 0;
        skip_reason = NULL;
        tests[i].run();
        failed += failures > 0;
        printf("%s %u - %s%s%s\n", failures ? "not ok" : "ok", ++number, tests[i].name,
               skip_reason ? " # SKIP " : "", skip_reason ? skip_reason : "");
    }
    printf("1..%u\n", number);
    remove_temporary_folder();
    return failed ? 1 : 0;
}

void tap_skip(const char *reason)
{
    skip_reason = reason;
}

void tap_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("# ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
}

void tap_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("# %s:%d: ", file, line);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    failures++;
}

unsigned tap_failures(void)
{
    return failures;
}

bool tap_expect(bool held, const char *file, int line, const char *what)
{
    if (!held) tap_fail(file, line, "%s: got false, want true", what);
    return held;
}

bool tap_expect_int(int64_t got, int64_t want, const char *file, int line, const char *what)
{
    if (got != want) {
        tap_fail(file, line, "%s: got %lld, want %lld", what, (long long)got, (long long)want);
    }
    return got == want;
}

bool tap_expect_slice(Slice got, Slice want, const char *file, int line, const char *what)
{
    bool same = slice_eq(got, want);
    if (!same) {
        tap_fail(file, line, "%s:\n#   got  \"%.*s\"\n#   want \"%.*s\"", what, SLICE_FMT(got),
                 SLICE_FMT(want));
    }
    return same;
}

bool tap_expect_ok(int64_t got, const char *file, int line, const char *what)
{
    if (got < 0) {
        const char *name = strerrorname_np((int)-got);
        tap_fail(file, line, "%s: got -%s, want 0 or more", what, name ? name : "?");
    }
    return got >= 0;
}

const char *tap_source_root(void)
{
    const char *root = getenv("AKASHI_SOURCE_ROOT");
    return root ? root : ".";
}

const char *tap_corpus(void)
{
    static char path[4096];
    const char *given = getenv("AKASHI_CORPUS");
    if (given) {
        snprintf(path, sizeof path, "%s", given);
    } else {
        snprintf(path, sizeof path, "%s/../shared/corpus", tap_source_root());
    }
    return access(path, R_OK) == 0 ? path : NULL;
}

const char *tap_temporary_folder(void)
{
    if (!temporary_folder[0]) {
        const char *base = getenv("TMPDIR");
        snprintf(temporary_folder, sizeof temporary_folder, "%s/akashi-test-XXXXXX",
                 base ? base : "/tmp");
        if (!mkdtemp(temporary_folder)) {
            perror(temporary_folder);
            exit(99);
        }
    }
    return temporary_folder;
}
