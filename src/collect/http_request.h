/* A request of HTTP/1.1 or 1.0 (RFC 9112), pure: bytes in, its parts out. Strict where laxness lets
 * two readers see two requests: no folded lines, no blank before a colon, no Content-Length beside
 * Transfer-Encoding, no two Content-Lengths. */
#ifndef AKASHI_COLLECT_HTTP_REQUEST_H
#define AKASHI_COLLECT_HTTP_REQUEST_H

#include "base/buf.h"

#include <sys/types.h>

#define HTTP_HEAD_BYTES_MAX ((size_t)16 << 10)
#define HTTP_FIELDS_MAX 64
#define HTTP_BODY_BYTES_MAX ((size_t)32 << 20)     /* as it came */
#define HTTP_UNPACKED_BYTES_MAX ((size_t)64 << 20) /* after its content coding was undone */
#define HTTP_UNPACKED_RATIO_MAX 200                /* once past 1 MiB */
#define HTTP_CHUNK_LINE_BYTES_MAX 256

typedef struct HttpField {
    Slice name, value;
} HttpField;

typedef struct HttpRequest {
    Slice method, path, query; /* path as it came: nothing is decoded */
    HttpField fields[HTTP_FIELDS_MAX];
    size_t field_count;
    size_t head_bytes; /* 0: the head is not whole yet */
    Slice body;        /* whole only when http_request_read gave bytes */
    uint64_t body_bytes;
    bool chunked;
    bool keeps_alive;
    bool expects_continue;
} HttpRequest;

/* How far a chunked body was put together, so that what came is not read over again with every
 * further byte. All zero at the start of a request. */
typedef struct HttpProgress {
    size_t at;     /* in the input; 0: at the start */
    uint64_t left; /* of the chunk, as http_chunk_read has it */
    Buf body;
} HttpProgress;

/* The head alone. Bytes of it, 0: more must come, or
 *   -EBADMSG  this is no HTTP
 *   -E2BIG    over HTTP_HEAD_BYTES_MAX or HTTP_FIELDS_MAX
 *   -ENOTSUP  another version, or a transfer coding that is not `chunked` */
ssize_t http_head_read(Slice input, HttpRequest *ret);
/* The whole request off the front of the input: its bytes, 0: more must come (ret->head_bytes tells
 * whether the head is there), the errors above, or -EMSGSIZE: the body is over HTTP_BODY_BYTES_MAX.
 * The input is the same from call to call but for what came behind it. A body in chunks lies in
 * progress->body. */
ssize_t http_request_read(Slice input, HttpRequest *ret, HttpProgress *progress);
/* One piece of a chunked body off the front: bytes used; *ret_data what it carries (as far as it is
 * there: *left says what of the chunk is to come and begins with 0); *ret_end at the last chunk and
 * its trailer. 0: more must come. -EBADMSG. */
ssize_t http_chunk_read(Slice input, uint64_t *left, Slice *ret_data, bool *ret_end);

/* The value of the first header of that name, or empty. */
Slice http_field(const HttpRequest *request, Slice name);
/* A parameter of a query, not decoded; empty: it is not there. */
Slice http_parameter(Slice query, Slice name);

#endif
