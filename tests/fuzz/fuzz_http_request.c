/* Fuzz target: HTTP requests. However the bytes arrive, the same request comes out, no slice leaves
 * the input, and what is used up is never more than what is there. */
#include "base/check.h"
#include "base/digest.h"
#include "collect/http_request.h"

#include <stdlib.h>

static uint32_t digest_of(const HttpRequest *request)
{
    uint32_t words[4] = {digest_crc32(request->method), digest_crc32(request->path),
                         digest_crc32(request->body), (uint32_t)request->field_count};
    return digest_crc32(slice_of(words, sizeof words));
}

/* The input grows by `step` bytes: copied to an exact size each time, so that a read past the end
 * is seen. */
static ssize_t read_in_steps(Slice whole, size_t step, uint32_t *ret_digest)
{
    HttpProgress progress = {.body = buf_make(HTTP_BODY_BYTES_MAX)};
    HttpRequest request;
    ssize_t r = 0;
    for (size_t end = step < whole.len ? step : whole.len;; end += step) {
        if (end > whole.len) end = whole.len;
        char *exact = malloc(end + !end);
        CHECK(exact);
        memcpy(exact, whole.ptr, end);
        r = http_request_read(slice_of(exact, end), &request, &progress);
        CHECK(r <= (ssize_t)end);
        if (r > 0) *ret_digest = digest_of(&request);
        free(exact);
        if (r != 0 || end == whole.len) break;
    }
    buf_done(&progress.body);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    uint32_t whole_digest = 0, step_digest = 0;
    if (len == 0 || len > 20000) return 0;
    Slice whole = slice_of(bytes, len);
    ssize_t at_once = read_in_steps(whole, len, &whole_digest);
    ssize_t in_steps = read_in_steps(whole, len / 5 + 1, &step_digest);
    if (at_once > 0) CHECK(in_steps == at_once && step_digest == whole_digest);
    return 0;
}
