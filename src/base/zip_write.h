/* A ZIP file written from its first byte to its last, so that it can be sent while it is made
 * (PKWARE APPNOTE 6.3.10: 4.3.7 local header, 4.3.9 data descriptor, 4.3.12 central directory,
 * 4.3.16 end). Entries are deflated (RFC 1951); times are 1980-01-01, so that the same content
 * gives the same bytes. No ZIP64: past ZIP_BYTES_MAX, of the file or of an entry before it is
 * deflated, -EFBIG.
 *
 *   zip_new -> (zip_begin -> zip_add* -> zip_end)* -> zip_finish -> zip_free
 *
 * The bytes go to a Buf, which the caller may empty (buf_clear) between any two calls. After a
 * failure only zip_free may follow. */
#ifndef AKASHI_BASE_ZIP_WRITE_H
#define AKASHI_BASE_ZIP_WRITE_H

#include "base/buf.h"

#define ZIP_ENTRIES_MAX 32
#define ZIP_BYTES_MAX ((uint64_t)4000 << 20)

typedef struct ZipWriter ZipWriter;

ZipWriter *zip_new(Buf *to); /* NULL: no memory */
void zip_free(ZipWriter *zip);
/* A name of printable ASCII that lives as long as the writer. -E2BIG: too many; -EFBIG; buf_error.
 */
MUST_USE int zip_begin(ZipWriter *zip, const char *name);
MUST_USE int zip_add(ZipWriter *zip, Slice bytes);
MUST_USE int zip_end(ZipWriter *zip);
/* The central directory. Nothing may be begun any more. */
MUST_USE int zip_finish(ZipWriter *zip);
/* Of the entry at hand, before it is deflated. */
uint64_t zip_entry_bytes(const ZipWriter *zip);

#endif
