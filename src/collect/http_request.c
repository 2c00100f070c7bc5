/* See http_request.h. */
#include "collect/http_request.h"

#include "base/number.h"

#include <errno.h>

static bool is_token(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", c)) return false;
    }
    return text.len > 0;
}

static bool is_clean(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

static int read_target(Slice target, HttpRequest *ret)
{
    if (target.len == 0 || target.ptr[0] != '/' || !is_clean(target)) return -EBADMSG;
    if (slice_find_char(target, ' ') != SLICE_NOT_FOUND) return -EBADMSG;
    size_t mark = slice_find_char(target, '?');
    ret->path = slice_first(target, mark);
    ret->query = mark == SLICE_NOT_FOUND ? (Slice){0} : slice_skip(target, mark + 1);
    return 0;
}

static int read_request_line(Slice line, HttpRequest *ret)
{
    size_t first = slice_find_char(line, ' '), last = slice_rfind_char(line, ' ');
    if (first == SLICE_NOT_FOUND || last <= first) return -EBADMSG;
    ret->method = slice_first(line, first);
    Slice version = slice_skip(line, last + 1);
    bool is_11 = slice_eq(version, SLICE("HTTP/1.1"));
    if (!is_token(ret->method) || !slice_starts(version, SLICE("HTTP/"))) return -EBADMSG;
    if (!is_11 && !slice_eq(version, SLICE("HTTP/1.0"))) return -ENOTSUP;
    ret->keeps_alive = is_11;
    return read_target(slice_of(line.ptr + first + 1, last - first - 1), ret);
}

static int read_field(Slice line, HttpRequest *ret)
{
    size_t colon = slice_find_char(line, ':');
    if (colon == SLICE_NOT_FOUND) return -EBADMSG;
    HttpField field = {slice_first(line, colon), slice_trim(slice_skip(line, colon + 1))};
    if (!is_token(field.name) || !is_clean(field.value)) return -EBADMSG;
    if (ret->field_count == HTTP_FIELDS_MAX) return -E2BIG;
    ret->fields[ret->field_count++] = field;
    return 0;
}

static size_t count_fields(const HttpRequest *request, Slice name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->field_count; i++)
        count += slice_eq_nocase(request->fields[i].name, name);
    return count;
}

/* RFC 9112, 6.3: what says how long the body is. */
static int read_length(HttpRequest *ret)
{
    const Slice length_name = SLICE("content-length"), coding_name = SLICE("transfer-encoding");
    size_t lengths = count_fields(ret, length_name), codings = count_fields(ret, coding_name);
    if (lengths + codings > 1) return -EBADMSG;
    if (codings == 1) {
        if (!slice_eq_nocase(http_field(ret, coding_name), SLICE("chunked"))) return -ENOTSUP;
        ret->chunked = true;
    } else if (lengths == 1 &&
               number_parse_u64(http_field(ret, length_name), &ret->body_bytes) < 0) {
        return -EBADMSG;
    }
    Slice connection = http_field(ret, SLICE("connection"));
    if (slice_find_nocase(connection, SLICE("close")) != SLICE_NOT_FOUND) ret->keeps_alive = false;
    if (slice_find_nocase(connection, SLICE("keep-alive")) != SLICE_NOT_FOUND) {
        ret->keeps_alive = true;
    }
    ret->expects_continue =
        slice_eq_nocase(http_field(ret, SLICE("expect")), SLICE("100-continue"));
    return 0;
}

/* The next line without its ending. False: it is not whole yet. A lone CR is no ending. */
static bool take_line(Slice *rest, Slice *ret)
{
    size_t end = slice_find_char(*rest, '\n');
    if (end == SLICE_NOT_FOUND) return false;
    *ret = slice_first(*rest, end);
    if (ret->len > 0 && ret->ptr[ret->len - 1] == '\r') ret->len--;
    *rest = slice_skip(*rest, end + 1);
    return true;
}

ssize_t http_head_read(Slice input, HttpRequest *ret)
{
    Slice rest = slice_first(input, HTTP_HEAD_BYTES_MAX), line;
    ret->field_count = ret->head_bytes = 0;
    ret->body = (Slice){0};
    ret->body_bytes = 0;
    ret->chunked = ret->expects_continue = false;
    int r = 0;
    for (size_t number = 0; r == 0 && take_line(&rest, &line); number++) {
        if (number == 0) {
            r = read_request_line(line, ret);
        } else if (line.len > 0) {
            r = read_field(line, ret);
        } else {
            r = read_length(ret);
            if (r < 0) return r;
            ret->head_bytes = (size_t)(rest.ptr - input.ptr);
            return (ssize_t)ret->head_bytes;
        }
    }
    if (r < 0) return r;
    return input.len >= HTTP_HEAD_BYTES_MAX ? -E2BIG : 0;
}

/* RFC 9112, 7.1: the size in hexadecimal, extensions behind a semicolon are passed over. */
static int chunk_size(Slice line, uint64_t *ret)
{
    Slice digits = slice_trim(slice_first(line, slice_find_char(line, ';')));
    uint64_t size = 0;
    if (digits.len == 0 || digits.len > 8) return -EBADMSG;
    for (size_t i = 0; i < digits.len; i++) {
        char c = (char)(digits.ptr[i] | 0x20);
        int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (value < 0) return -EBADMSG;
        size = size << 4 | (uint64_t)value;
    }
    *ret = size;
    return 0;
}

/* `left` counts the chunk's bytes and the line end behind them. */
static ssize_t read_chunk_rest(Slice input, uint64_t *left, Slice *ret_data)
{
    uint64_t data_left = *left > 2 ? *left - 2 : 0;
    size_t take = data_left < input.len ? (size_t)data_left : input.len;
    *ret_data = slice_first(input, take);
    *left -= take;
    if (take > 0) return (ssize_t)take;
    if (input.len < 2) return 0;
    if (input.ptr[0] != '\r' || input.ptr[1] != '\n') return -EBADMSG;
    *left = 0;
    return 2;
}

/* Trailer fields are read over up to the empty line. */
static ssize_t read_trailer(Slice input, Slice rest, bool *ret_end)
{
    Slice line;
    while (take_line(&rest, &line)) {
        if (line.len > 0) continue;
        *ret_end = true;
        return (ssize_t)(rest.ptr - input.ptr);
    }
    return input.len > HTTP_HEAD_BYTES_MAX ? -EBADMSG : 0;
}

ssize_t http_chunk_read(Slice input, uint64_t *left, Slice *ret_data, bool *ret_end)
{
    Slice rest = input, line;
    uint64_t size;
    *ret_data = (Slice){0};
    *ret_end = false;
    if (*left > 0) return read_chunk_rest(input, left, ret_data);
    if (!take_line(&rest, &line)) return input.len > HTTP_CHUNK_LINE_BYTES_MAX ? -EBADMSG : 0;
    if (line.len > HTTP_CHUNK_LINE_BYTES_MAX) return -EBADMSG;
    int r = chunk_size(line, &size);
    if (r < 0) return r;
    if (size == 0) return read_trailer(input, rest, ret_end);
    *left = size + 2;
    return (ssize_t)(rest.ptr - input.ptr);
}

static ssize_t read_chunks(Slice input, HttpRequest *ret, HttpProgress *progress)
{
    Slice data;
    bool end = false;
    if (progress->at == 0) {
        progress->at = ret->head_bytes;
        progress->left = 0;
        buf_clear(&progress->body);
    }
    while (!end) {
        ssize_t r = http_chunk_read(slice_skip(input, progress->at), &progress->left, &data, &end);
        if (r <= 0) return r;
        if (progress->body.len + data.len > HTTP_BODY_BYTES_MAX) return -EMSGSIZE;
        buf_add_slice(&progress->body, data);
        progress->at += (size_t)r;
    }
    if (buf_error(&progress->body)) return buf_error(&progress->body);
    ret->body = buf_slice(&progress->body);
    return (ssize_t)progress->at;
}

ssize_t http_request_read(Slice input, HttpRequest *ret, HttpProgress *progress)
{
    ssize_t r = http_head_read(input, ret);
    if (r <= 0) return r;
    if (ret->chunked) return read_chunks(input, ret, progress);
    if (ret->body_bytes > HTTP_BODY_BYTES_MAX) return -EMSGSIZE;
    Slice rest = slice_skip(input, ret->head_bytes);
    if (rest.len < ret->body_bytes) return 0;
    ret->body = slice_first(rest, (size_t)ret->body_bytes);
    return (ssize_t)(ret->head_bytes + ret->body.len);
}

Slice http_field(const HttpRequest *request, Slice name)
{
    for (size_t i = 0; i < request->field_count; i++) {
        if (slice_eq_nocase(request->fields[i].name, name)) return request->fields[i].value;
    }
    return (Slice){0};
}

Slice http_parameter(Slice query, Slice name)
{
    Slice piece;
    while (slice_cut(&query, '&', &piece)) {
        size_t mark = slice_find_char(piece, '=');
        if (slice_eq(slice_first(piece, mark), name)) {
            return mark == SLICE_NOT_FOUND ? (Slice){0} : slice_skip(piece, mark + 1);
        }
    }
    return (Slice){0};
}
