/* Files, folders, archives and standard input as streams of bytes: the door of decode, translate,
 * import.
 *
 * Folders are walked in name order (symbolic links to folders are not followed, each is reported).
 * Archives (.gz .zst .zip .tar, also nested such as .tar.gz, and a .gz inside a .zip) are opened by
 * content through libarchive; each member is an input of its own, named `outer.zip/member.json`.
 * Limits against bombs: INPUT_* below; past one the member is given up with the complaint
 * `input.bomb` and the next one is taken. */
#ifndef AKASHI_COLLECT_INPUT_H
#define AKASHI_COLLECT_INPUT_H

#include "base/complaint.h"
#include "os/os.h"

#define INPUT_NESTING_MAX 3 /* archive in archive */
#define INPUT_RATIO_MAX 400 /* unpacked : packed bytes, once past 64 MiB unpacked */
#define INPUT_UNPACKED_BYTES_MAX ((uint64_t)1 << 40) /* of one outer file */
#define INPUT_MEMBERS_MAX 1000000                    /* of one outer file */

typedef struct InputStream InputStream;

/* The next bytes of the stream, as read(2): 0 at the end, negative errno when it broke (-EBADMSG:
 * the archive is damaged here; what came before is good; -EFBIG: a limit above). The error stays.
 */
ssize_t input_read(InputStream *stream, void *to, size_t bytes);
/* Bytes of the outer file used up so far, and its size (0: unknown, a pipe); for progress. */
void input_progress(const InputStream *stream, uint64_t *ret_done, uint64_t *ret_total);

typedef struct InputSink {
    /* A stream is open; read it to its end or return early. Negative stops the walk, except the
     * error that input_read gave: then this input is over, `problem` tells it, and the walk goes
     * on. */
    int (*stream)(void *context, InputStream *stream, Slice name);
    /* An input that cannot be read (or not to its end): said in words, the walk goes on. Negative
     * stops the walk. */
    int (*problem)(void *context, Slice name, int error, const Complaint *complaint);
    /* A document that lies beside logs in a folder (README*, LICENSE*, COPYING*, NOTICE*, *.md) was
     * not read: it is no log. Named itself, it is read like any file. NULL: not wanted. */
    void (*passed_over)(void *context, Slice name);
    void *context;
} InputSink;

/* path: a file, a folder, or `-`. 0, or what a sink returned, or -ENOMEM. */
MUST_USE int input_walk(const Os *os, const char *path, const InputSink *sink);

#endif
