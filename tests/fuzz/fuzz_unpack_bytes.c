/* Fuzz target: gzip, zlib, snappy within a maximum; and GELF's chunks, whose datagrams are cut out
 * of the input by a length byte. */
#include "base/check.h"
#include "collect/gelf_chunks.h"
#include "collect/unpack_bytes.h"

#include <stdlib.h>

#define UNPACKED_MAX ((size_t)4 << 20)

static void unpack_both(Slice packed)
{
    Buf plain = buf_make(UNPACKED_MAX);
    (void)!unpack_deflated(packed, 200, &plain);
    CHECK(plain.len <= UNPACKED_MAX);
    buf_clear(&plain);
    (void)!unpack_snappy(packed, &plain);
    CHECK(plain.len <= UNPACKED_MAX);
    buf_done(&plain);
}

static void join_chunks(Slice rest)
{
    GelfChunks *chunks = gelf_chunks_new();
    CHECK(chunks);
    for (int64_t now_ns = 0; rest.len > 1; now_ns += 100000000) {
        size_t len = (unsigned char)rest.ptr[0];
        Slice datagram = slice_first(slice_skip(rest, 1), len), whole;
        unsigned dropped;
        if (gelf_chunks_add(chunks, datagram, SLICE("192.0.2.7"), now_ns, &whole, &dropped) == 1) {
            CHECK(whole.len <= GELF_CHUNKS_MAX * GELF_CHUNK_BYTES_MAX);
        }
        rest = slice_skip(rest, 1 + len);
    }
    gelf_chunks_free(chunks);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *exact = malloc(len + !len);
    CHECK(exact);
    memcpy(exact, bytes, len);
    unpack_both(slice_of(exact, len));
    join_chunks(slice_of(exact, len));
    free(exact);
    return 0;
}
