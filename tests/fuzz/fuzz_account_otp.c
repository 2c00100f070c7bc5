/* Codes as typed, base32, the URI and its picture. */
#include "account/account_otp.h"
#include "base/check.h"
#include "base/time_text.h"

static void try_code(Slice text)
{
    uint32_t code;
    int64_t step;
    if (otp_parse(text, &code) < 0) return;
    CHECK(code < 1000000);
    if (otp_find(SLICE("12345678901234567890"), (int64_t)59 * NS_PER_SECOND, code, &step) == 0)
        CHECK(step >= 0 && step <= 2);
}

/* The text is the only one for its bytes, but for letters' case and what is skipped. */
static void try_base32(Slice text)
{
    CLEANUP(buf_done) Buf bytes = {0}, again = {0}, twice = {0};
    if (base32_decode(text, &bytes) < 0) return;
    base32_add(&again, buf_slice(&bytes));
    CHECK(again.len <= text.len);
    CHECK(base32_decode(buf_slice(&again), &twice) == 0);
    CHECK(slice_eq(buf_slice(&bytes), buf_slice(&twice)));
}

static void try_uri(Slice text)
{
    CLEANUP(buf_done) Buf uri = {0}, svg = {0};
    otp_uri_add(&uri, SLICE("Akashi"), slice_first(text, 100), SLICE("12345678901234567890"));
    for (size_t i = 0; i < uri.len; i++)
        CHECK(uri.ptr[i] > ' ' && uri.ptr[i] < 0x7f && uri.ptr[i] != '"' && uri.ptr[i] != '<');
    if (qr_svg_add(&svg, buf_slice(&uri), text) < 0) return;
    size_t open = 0;
    for (size_t i = 0; i < svg.len; i++)
        open += svg.ptr[i] == '<';
    CHECK(open == 6); /* svg, title, its end, rect, path, the end: none of the text's own */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Slice text = slice_of(data, size);
    try_code(text);
    try_base32(text);
    try_uri(text);
    return 0;
}
