/* For tests of collect/input.h: what a walk gave as one text, and files, folders and archives to
 * walk.
 */
#ifndef AKASHI_TESTS_INPUT_KIT_H
#define AKASHI_TESTS_INPUT_KIT_H

#include "base/buf.h"
#include "collect/input.h"

#include <archive.h>

/* What a walk gave, as one text: a line `NAME=CONTENT` a stream (long content as its length), a
 * line `!NAME:ID` a problem. */
typedef struct InputSeen {
    Buf text;
    const char *root; /* cut off the front of names */
    unsigned stream_count, problem_count;
    uint64_t byte_count;
    size_t read_max;   /* return early after so many bytes of each stream; 0: read all */
    int stream_result; /* what the sink returns */
    bool passes_errors_on;
    uint64_t done, total;
    int last_error;
} InputSeen;
int input_walk_with(const Os *os, const char *path, InputSeen *seen);
void input_seen_done(InputSeen *seen);
/* The whole walk of a path gives this text. */
void input_expect_walk(const char *path, const char *want);

/* The folder of the test at hand. */
extern char input_test_folder[512];
const char *input_folder_make(const char *name);
/* In it; four at a time. */
const char *input_path_in(const char *name);
const char *input_file_make(const char *name, Slice content);

/* Members for archives. */
typedef struct InputMember {
    const char *name;
    Slice content;
    uint64_t zeros; /* instead of the content */
} InputMember;

void input_member_write(struct archive *archive, const InputMember *member);

typedef int (*InputSetup)(struct archive *archive);
int input_as_tar(struct archive *archive);
int input_as_tar_gz(struct archive *archive);
int input_as_tar_zst(struct archive *archive);
int input_as_zip(struct archive *archive);
int input_as_zip_stored(struct archive *archive);
int input_as_zip_locked(struct archive *archive);
int input_as_gz(struct archive *archive);
int input_as_zst(struct archive *archive);
int input_as_xz(struct archive *archive);
int input_as_bz2(struct archive *archive);

/* Bytes that are freed at the end of the scope. */
void input_slice_free(Slice *slice);
#define INPUT_MADE CLEANUP(input_slice_free) Slice
Slice input_archive_make(InputSetup setup, const InputMember *members, size_t count);
Slice input_one_make(InputSetup setup, const char *name, Slice content);

#endif
