/* See progress.h. */
#include "main/progress.h"

#include "base/buf.h"
#include "os/os.h"

#include <stdio.h>
#include <unistd.h>

#define INTERVAL_NS ((int64_t)100000000)
#define NAME_BYTES_MAX 48
#define BAR_CELLS 20

Progress progress_make(void)
{
    return (Progress){.shown = isatty(STDERR_FILENO) == 1};
}

static void add_bar(Buf *line, uint64_t done, uint64_t total)
{
    unsigned percent = (unsigned)(done >= total ? 100 : done * 100 / total);
    buf_add_char(line, '[');
    for (unsigned i = 0; i < BAR_CELLS; i++) {
        buf_add_char(line, i * 100 < percent * BAR_CELLS ? '#' : '.');
    }
    buf_add_format(line, "] %3u%%  ", percent);
}

/* The end of a name says more than its start; file names may hold anything, so only ASCII is shown.
 */
static void add_name(Buf *line, Slice name)
{
    if (name.len > NAME_BYTES_MAX) name = slice_skip(name, name.len - NAME_BYTES_MAX);
    for (size_t i = 0; i < name.len; i++) {
        bool plain = name.ptr[i] >= ' ' && name.ptr[i] <= '~';
        buf_add_char(line, plain ? name.ptr[i] : '?');
    }
}

void progress_show(Progress *progress, Slice name, uint64_t done, uint64_t total, uint64_t count)
{
    if (!progress->shown) return;
    int64_t now_ns = os_real.monotonic_ns(os_real.state);
    if (now_ns < progress->next_ns) return;
    progress->next_ns = now_ns + INTERVAL_NS;
    CLEANUP(buf_done) Buf line = {0};
    buf_add_cstr(&line, "\r\033[K");
    if (total > 0) add_bar(&line, done, total);
    buf_add_format(&line, "%llu  ", (unsigned long long)count);
    add_name(&line, name);
    progress->line_is_set = write(STDERR_FILENO, line.ptr, line.len) > 0;
}

void progress_clear(Progress *progress)
{
    static const char clear[] = "\r\033[K";
    if (progress->line_is_set && write(STDERR_FILENO, clear, sizeof clear - 1) > 0) {
        progress->line_is_set = false;
    }
}
