/* Tests in C, reporting in TAP (Test Anything Protocol 13): one `ok` line a test function, and for
 * each failure a diagnostic with file, line, what was got and what was wanted. */
#ifndef AKASHI_TESTS_TAP_H
#define AKASHI_TESTS_TAP_H

#include "base/cleanup.h"
#include "base/slice.h"

typedef struct TapTest {
    const char *name;
    void (*run)(void);
} TapTest;
#define TAP_TEST(function)                                                                         \
    {                                                                                              \
#function, function                                                                        \
    }

/* Runs all (or those whose name contains argv[1]); the return value is main's. */
int tap_run(const TapTest *tests, size_t count, int argc, char **argv);
#define TAP_MAIN(tests)                                                                            \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return tap_run(tests, ARRAY_COUNT(tests), argc, argv);                                     \
    }

/* Marks the running test as skipped, with the reason; the test function then returns. */
void tap_skip(const char *reason);
/* A line of comment in the output. */
void tap_note(const char *format, ...) PRINTF_LIKE(1, 2);
/* Fails the running test with the words. */
void tap_fail(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4);
/* How many failures the running test has. */
unsigned tap_failures(void);

/* Each says whether it held, so that a test may stop: if (!expect_ok(r)) return; */
bool tap_expect(bool held, const char *file, int line, const char *what);
bool tap_expect_int(int64_t got, int64_t want, const char *file, int line, const char *what);
bool tap_expect_slice(Slice got, Slice want, const char *file, int line, const char *what);
bool tap_expect_ok(int64_t got, const char *file, int line, const char *what);

#define expect(condition) tap_expect((condition), __FILE__, __LINE__, #condition)
#define expect_int(got, want)                                                                      \
    tap_expect_int((int64_t)(got), (int64_t)(want), __FILE__, __LINE__, #got)
#define expect_slice(got, want) tap_expect_slice((got), (want), __FILE__, __LINE__, #got)
#define expect_text(got, want)                                                                     \
    tap_expect_slice((got), slice_from_cstr(want), __FILE__, __LINE__, #got)
/* 0 or more; a negative errno fails and is named. */
#define expect_ok(got) tap_expect_ok((int64_t)(got), __FILE__, __LINE__, #got)

/* The folder of the shared corpus ($AKASHI_CORPUS, else ../shared/corpus beside the project), or
 * NULL when it is absent: the test then calls tap_skip. */
const char *tap_corpus(void);
/* The project's own folder. */
const char *tap_source_root(void);
/* A fresh temporary folder, removed when the program ends. */
const char *tap_temporary_folder(void);

#endif
