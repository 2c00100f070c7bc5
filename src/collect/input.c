/* The walk over files and folders. See input.h. */
#include "base/utf8.h"
#include "collect/input_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>

typedef struct Walk {
    const Os *os;
    const InputSink *sink;
    Buf path; /* the running path, with a NUL behind its length */
} Walk;

static int problem(const Walk *walk, InputFault fault, int error)
{
    return input_fault_say(walk->sink, buf_slice(&walk->path), fault, error);
}

/* Appends to the path and ends it with a NUL that its length leaves out. */
static int path_add(Walk *walk, Slice piece)
{
    buf_add_slice(&walk->path, piece);
    buf_add_char(&walk->path, '\0');
    if (buf_error(&walk->path)) return buf_error(&walk->path);
    walk->path.len--;
    return 0;
}

static void path_cut(Walk *walk, size_t len)
{
    walk->path.len = len;
    walk->path.ptr[len] = '\0';
}

/* A descriptor's stream under its name, with what ends the file as a whole said after it. */
static int walk_open_file(Walk *walk, int fd, bool in_order)
{
    FileInfo info = {0};
    int r = walk->os->info_fd(walk->os->state, fd, &info);
    if (r < 0) return problem(walk, INPUT_FAULT_SYSTEM, r);
    InputOuter outer = {
        .os = walk->os,
        .sink = walk->sink,
        .fd = fd,
        .seekable = info.is_regular && !in_order,
        .bytes_total = info.is_regular ? info.bytes : 0,
    };
    InputStream stream = input_stream_outer(&outer);
    CLEANUP(buf_done) Buf name = {0};
    utf8_add_repaired(&name, buf_slice(&walk->path));
    if (buf_error(&name)) return buf_error(&name);
    input_stream_look(&stream);
    if (stream.head_len == 0 && stream.error) {
        return problem(walk, INPUT_FAULT_SYSTEM, stream.error);
    }
    r = input_stream_walk(&stream, input_stream_kind(&stream), &name, 0);
    if (r >= 0 && outer.end) r = problem(walk, outer.end, 0);
    return r;
}

/* Not blocking: between the look at the name and the opening of it, a pipe may have taken its
 * place. It means nothing for regular files. */
static int walk_file(Walk *walk, int flags)
{
    CLEANUP(os_fd_done)
    OsFd file = {walk->os, walk->os->open(walk->os->state, walk->path.ptr, flags, 0)};
    if (file.fd < 0) return problem(walk, INPUT_FAULT_SYSTEM, file.fd);
    return walk_open_file(walk, file.fd, !(flags & O_NONBLOCK));
}

typedef struct FolderNames {
    Arena arena; /* the names */
    Slice *names;
    size_t count, capacity;
} FolderNames;

static void folder_names_done(FolderNames *names)
{
    free(names->names);
    arena_done(&names->arena);
}

static int on_name(void *context, Slice name)
{
    FolderNames *names = context;
    if (names->count == names->capacity) {
        size_t capacity = names->capacity ? names->capacity * 2 : 64;
        Slice *grown = realloc(names->names, capacity * sizeof *grown);
        if (!grown) return -ENOMEM;
        names->names = grown;
        names->capacity = capacity;
    }
    int r = arena_copy(&names->arena, name, &names->names[names->count]);
    if (r == 0) names->count++;
    return r == -ENOMEM ? -EFBIG : r;
}

static int by_name(const void *a, const void *b)
{
    return slice_compare(*(const Slice *)a, *(const Slice *)b);
}

/* The link itself, not what it points to, is what O_PATH | O_NOFOLLOW opens. */
static bool is_link(const Walk *walk)
{
    CLEANUP(os_fd_done)
    OsFd file = {walk->os, walk->os->open(walk->os->state, walk->path.ptr, O_PATH | O_NOFOLLOW, 0)};
    FileInfo info;
    return file.fd >= 0 && walk->os->info_fd(walk->os->state, file.fd, &info) == 0 &&
           !info.is_folder;
}

/* By the names that archives of samples and source trees give their papers. */
static bool is_document(Slice path)
{
    static const Slice starts[] = {SLICE_INIT("README"), SLICE_INIT("LICENSE"),
                                   SLICE_INIT("COPYING"), SLICE_INIT("NOTICE")};
    size_t slash = slice_rfind_char(path, '/');
    Slice name = slash == SLICE_NOT_FOUND ? path : slice_skip(path, slash + 1);
    for (size_t i = 0; i < ARRAY_COUNT(starts); i++) {
        if (slice_starts_nocase(name, starts[i])) return true;
    }
    return name.len > 3 && slice_eq_nocase(slice_skip(name, name.len - 3), SLICE(".md"));
}

static int pass_over(const Walk *walk)
{
    if (walk->sink->passed_over) {
        walk->sink->passed_over(walk->sink->context, buf_slice(&walk->path));
    }
    return 0;
}

static int walk_folder(Walk *walk, unsigned depth);

static int walk_found(Walk *walk, unsigned depth)
{
    FileInfo info = {0};
    int r = walk->os->info(walk->os->state, walk->path.ptr, &info);
    if (r < 0) return problem(walk, INPUT_FAULT_SYSTEM, r);
    if (info.is_folder && is_link(walk)) return problem(walk, INPUT_FAULT_LINK, 0);
    if (info.is_folder) return walk_folder(walk, depth + 1);
    if (!info.is_regular) return problem(walk, INPUT_FAULT_SPECIAL, 0);
    if (is_document(buf_slice(&walk->path))) return pass_over(walk);
    return walk_file(walk, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

static int walk_names(Walk *walk, const FolderNames *names, unsigned depth)
{
    size_t folder_len = walk->path.len;
    bool slashed = folder_len > 0 && walk->path.ptr[folder_len - 1] == '/';
    int r = 0;
    for (size_t i = 0; i < names->count && r >= 0; i++) {
        r = slashed ? 0 : path_add(walk, SLICE("/"));
        if (r == 0) r = path_add(walk, names->names[i]);
        if (r == 0) r = walk_found(walk, depth);
        path_cut(walk, folder_len);
    }
    return r;
}

static int walk_folder(Walk *walk, unsigned depth)
{
    if (depth > INPUT_FOLDERS_DEEP_MAX) return problem(walk, INPUT_FAULT_DEEP, 0);
    CLEANUP(folder_names_done)
    FolderNames names = {.arena = arena_make(INPUT_FOLDER_NAMES_BYTES_MAX)};
    int r = walk->os->list(walk->os->state, walk->path.ptr, on_name, &names);
    if (r == -ENOMEM) return r;
    if (r == -EFBIG) return problem(walk, INPUT_FAULT_FOLDER_LARGE, 0);
    /* A folder that breaks off in the middle still gives the names that came. */
    if (r < 0) r = problem(walk, INPUT_FAULT_SYSTEM, r);
    if (r < 0) return r;
    if (names.count) qsort(names.names, names.count, sizeof names.names[0], by_name);
    return walk_names(walk, &names, depth);
}

/* `<(command)` of a shell comes as one of these: a pipe, but one that was asked for. */
static bool is_open_stream(Slice path)
{
    return slice_starts(path, SLICE("/dev/fd/")) || slice_starts(path, SLICE("/proc/self/fd/")) ||
           slice_eq(path, SLICE("/dev/stdin"));
}

static int walk_named(Walk *walk)
{
    FileInfo info = {0};
    if (slice_eq(buf_slice(&walk->path), SLICE("-"))) return walk_open_file(walk, 0, true);
    int r = walk->os->info(walk->os->state, walk->path.ptr, &info);
    if (r < 0) return problem(walk, INPUT_FAULT_SYSTEM, r);
    if (info.is_folder) return walk_folder(walk, 0);
    if (info.is_regular) return walk_file(walk, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (is_open_stream(buf_slice(&walk->path))) return walk_file(walk, O_RDONLY);
    return problem(walk, INPUT_FAULT_SPECIAL, 0);
}

/* libarchive gives UTF-8 names of members through the thread's locale; in the C locale all but
 * ASCII would be lost. */
int input_walk(const Os *os, const char *path, const InputSink *sink)
{
    Walk walk = {.os = os, .sink = sink};
    int r = path_add(&walk, slice_from_cstr(path));
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    if (r == 0) r = walk_named(&walk);
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    buf_done(&walk.path);
    return r < 0 ? r : 0;
}
