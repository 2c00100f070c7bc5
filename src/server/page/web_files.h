/* The page's files (web/dist), read once at start: small, and never again from the disk, so that
 * nothing a request says is ever a path of the system.
 *
 * Files under /assets/ have the hash of their content in their name: they may be kept by browsers
 * for ever. Everything else, and every path that names no file (/search, /alerts/12), is
 * index.html, which is asked for anew each time. Those under /assets/ are kept gzipped beside
 * themselves; nothing else is ever compressed, as its length could tell of what is in it (BREACH,
 * CVE-2013-3587). */
#ifndef AKASHI_SERVER_PAGE_WEB_FILES_H
#define AKASHI_SERVER_PAGE_WEB_FILES_H

#include "base/complaint.h"
#include "os/os.h"

#define WEB_FILES_MAX 256
#define WEB_FILE_BYTES_MAX ((size_t)4 << 20)
#define WEB_FILES_BYTES_MAX ((size_t)32 << 20)
#define WEB_ETAG_BYTES 36

typedef struct WebFile {
    Slice path;       /* "/assets/index-abc.js" */
    const char *type; /* Content-Type */
    Slice bytes;
    Slice gzip; /* empty: not under /assets/, or it would not be smaller */
    bool is_constant;
    char etag[WEB_ETAG_BYTES]; /* quoted, of the plain bytes */
} WebFile;

typedef struct WebFiles WebFiles;

/* -ENOENT: no index.html there; -E2BIG, -EFBIG: over the maxima; what the system said: with the
 * complaint. *ret untouched on failure. */
MUST_USE int web_files_open(const Os *os, const char *folder, WebFiles **ret, Complaint *complaint);
void web_files_close(WebFiles *files); /* NULL: nothing */
/* The file of that path; else index.html. NULL: a path under /assets/ that is none (an old page
 * asks for an old file: 404, so that it loads itself anew). */
const WebFile *web_files_find(const WebFiles *files, Slice path);

#endif
