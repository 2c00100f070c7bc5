#include "server/page/web_files.h"

#include "base/buf.h"
#include "base/digest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define PATH_BYTES_MAX 512
#define FOLDER_DEPTH_MAX 4

struct WebFiles {
    Arena arena;
    WebFile files[WEB_FILES_MAX];
    size_t count, bytes;
};

typedef struct Reading {
    const Os *os;
    WebFiles *to;
    const char *root;
    char path[PATH_BYTES_MAX]; /* below root, with a slash in front */
    unsigned depth;
} Reading;

static const char *type_of(Slice path)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".woff2", "font/woff2"},
        {".json", "application/json"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        if (slice_ends(path, slice_from_cstr(types[i].ending))) return types[i].type;
    }
    return "application/octet-stream";
}

/* Level 9 costs nothing here: it is done once. */
static int compress_file(Arena *arena, Slice bytes, Slice *ret)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return -ENOMEM;
    size_t room = deflateBound(&stream, bytes.len);
    char *to = arena_alloc(arena, room);
    stream.next_in = (Bytef *)(uintptr_t)bytes.ptr;
    stream.avail_in = (uInt)bytes.len;
    stream.next_out = (Bytef *)to;
    stream.avail_out = (uInt)room;
    int r = to ? deflate(&stream, Z_FINISH) : Z_MEM_ERROR;
    size_t len = stream.total_out;
    deflateEnd(&stream);
    if (r != Z_STREAM_END) return -ENOMEM;
    *ret = len < bytes.len ? slice_of(to, len) : (Slice){0};
    return 0;
}

static void write_etag(char to[WEB_ETAG_BYTES], Slice bytes)
{
    Digest digest = digest_sha256(&bytes, 1);
    to[0] = '"';
    for (size_t i = 0; i < 16; i++)
        snprintf(to + 1 + 2 * i, 3, "%02x", digest.bytes[i]);
    to[33] = '"';
    to[34] = '\0';
}

static int add_file(Reading *reading, const char *full)
{
    WebFiles *files = reading->to;
    WebFile file = {0};
    if (files->count == WEB_FILES_MAX) return -E2BIG;
    int r = os_read_file(reading->os, full, WEB_FILE_BYTES_MAX, &files->arena, &file.bytes);
    if (r < 0) return r;
    files->bytes += file.bytes.len;
    if (files->bytes > WEB_FILES_BYTES_MAX) return -E2BIG;
    r = arena_copy(&files->arena, slice_from_cstr(reading->path), &file.path);
    if (r < 0) return r;
    file.type = type_of(file.path);
    file.is_constant = slice_starts(file.path, SLICE("/assets/"));
    if (file.is_constant) r = compress_file(&files->arena, file.bytes, &file.gzip);
    if (r < 0) return r;
    write_etag(file.etag, file.bytes);
    files->files[files->count++] = file;
    return 0;
}

static int read_folder(Reading *reading);

static int read_name(void *context, Slice name)
{
    Reading *reading = context;
    char full[2 * PATH_BYTES_MAX];
    FileInfo info;
    size_t len = strlen(reading->path);
    if (len + 1 + name.len >= sizeof reading->path) return -ENAMETOOLONG;
    snprintf(reading->path + len, sizeof reading->path - len, "/%.*s", SLICE_FMT(name));
    snprintf(full, sizeof full, "%s%s", reading->root, reading->path);
    int r = reading->os->info(reading->os->state, full, &info);
    if (r >= 0 && info.is_folder) {
        r = read_folder(reading);
    } else if (r >= 0 && info.is_regular) {
        r = add_file(reading, full);
    }
    reading->path[len] = '\0';
    return r < 0 ? r : 0;
}

static int read_folder(Reading *reading)
{
    char full[2 * PATH_BYTES_MAX];
    if (reading->depth == FOLDER_DEPTH_MAX) return -E2BIG;
    snprintf(full, sizeof full, "%s%s", reading->root, reading->path);
    reading->depth++;
    int r = reading->os->list(reading->os->state, full, read_name, reading);
    reading->depth--;
    return r;
}

static const WebFile *file_named(const WebFiles *files, Slice path)
{
    for (size_t i = 0; i < files->count; i++) {
        if (slice_eq(path, files->files[i].path)) return &files->files[i];
    }
    return NULL;
}

static int fill(const Os *os, const char *folder, WebFiles *files)
{
    Reading reading = {.os = os, .to = files, .root = folder};
    if (strlen(folder) >= PATH_BYTES_MAX) return -ENAMETOOLONG;
    int r = read_folder(&reading);
    if (r < 0) return r;
    return file_named(files, SLICE("/index.html")) ? 0 : -ENOENT;
}

int web_files_open(const Os *os, const char *folder, WebFiles **ret, Complaint *complaint)
{
    WebFiles *files = calloc(1, sizeof *files);
    if (!files) return -ENOMEM;
    files->arena = arena_make(2 * WEB_FILES_BYTES_MAX);
    int r = fill(os, folder, files);
    if (r < 0) {
        complaint_say(complaint, "server.web",
                      "the files of the web page cannot be read from %.200s: %s; install Akashi "
                      "again, or name their folder with server.web_folder",
                      "%.200s から画面のファイルを読めません: %s。Akashiを入れ直すか、"
                      "server.web_folder でフォルダを指定してください",
                      folder, strerrordesc_np(-r));
        web_files_close(files);
        return r;
    }
    *ret = files;
    return 0;
}

void web_files_close(WebFiles *files)
{
    if (!files) return;
    arena_done(&files->arena);
    free(files);
}

const WebFile *web_files_find(const WebFiles *files, Slice path)
{
    const WebFile *found = file_named(files, path);
    if (found || slice_starts(path, SLICE("/assets/"))) return found;
    return file_named(files, SLICE("/index.html"));
}
