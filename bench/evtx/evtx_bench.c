/* Decodes EVTX files and prints their events as JSON lines: what `akashi decode` does, without the
 * rest of the program. For measuring and for comparing with other decoders.
 *
 *   evtx_bench [--uncached] [--no-print] FILE...    events on stdout, a summary on stderr */
#include "decode/evtx.h"
#include "os/os.h"
#include "record/print.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WINDOW_BYTES ((size_t)1 << 20)
#define OUTPUT_BYTES ((size_t)256 << 10)

typedef struct Bench {
    const Decoder *decoder;
    bool print;
    Slice file; /* at hand */
    Buf output;
    uint64_t events, damages;
    size_t arena_bytes; /* largest seen */
} Bench;

static int write_out(Bench *bench)
{
    int r = os_write_full(&os_real, STDOUT_FILENO, bench->output.ptr, bench->output.len);
    buf_clear(&bench->output);
    return r;
}

static int on_event(void *context, const Event *event)
{
    Bench *bench = context;
    bench->events++;
    if (!bench->print) return 0;
    print_event_json(&bench->output, event, bench->file);
    return bench->output.len >= OUTPUT_BYTES ? write_out(bench) : 0;
}

static int on_damage(void *context, const Damage *damage)
{
    Bench *bench = context;
    bench->damages++;
    fprintf(stderr, "%.*s: %s at %" PRIu64 ", %" PRIu64 " bytes, record %" PRIu64 "\n",
            SLICE_FMT(bench->file), damage->reason, damage->offset, damage->bytes,
            damage->record_id);
    return 0;
}

static int decode_windows(Bench *bench, void *state, int fd, char *window_bytes, Arena *arena)
{
    DecodeSink sink = {.event = on_event, .damage = on_damage, .context = bench};
    DecodeWindow window = {.bytes = slice_of(window_bytes, 0)};
    while (!window.last) {
        size_t room = WINDOW_BYTES - window.bytes.len;
        ssize_t got = os_read_full(&os_real, fd, window_bytes + window.bytes.len, room);
        if (got < 0) return (int)got;
        window.last = (size_t)got < room;
        window.bytes.len += (size_t)got;
        window.full = window.bytes.len == WINDOW_BYTES;
        ssize_t used = bench->decoder->feed(state, &window, arena, &sink);
        if (used < 0) return (int)used;
        if (arena->bytes > bench->arena_bytes) bench->arena_bytes = arena->bytes;
        arena_reset(arena);
        window.bytes.len -= (size_t)used;
        window.offset += (uint64_t)used;
        memmove(window_bytes, window_bytes + used, window.bytes.len);
    }
    return 0;
}

static int decode_file(Bench *bench, const char *path, char *window_bytes)
{
    CLEANUP(os_fd_done) OsFd file = {&os_real, os_real.open(os_real.state, path, O_RDONLY, 0)};
    if (file.fd < 0) return file.fd;
    CLEANUP(arena_done) Arena arena = arena_make(0);
    void *state = bench->decoder->new (&(DecodeOptions){0});
    if (!state) return -1;
    bench->file = slice_from_cstr(path);
    int r = decode_windows(bench, state, file.fd, window_bytes, &arena);
    bench->decoder->free(state);
    return r;
}

int main(int argc, char **argv)
{
    Bench bench = {.decoder = &evtx_decoder, .print = true};
    char *window_bytes = malloc(WINDOW_BYTES);
    if (!window_bytes) return 2;
    int status = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--uncached") == 0) {
            bench.decoder = &evtx_uncached_decoder;
        } else if (strcmp(argv[i], "--no-print") == 0) {
            bench.print = false;
        } else if (decode_file(&bench, argv[i], window_bytes) < 0) {
            fprintf(stderr, "evtx_bench: %s cannot be decoded\n", argv[i]);
            status = 2;
        }
    }
    if (write_out(&bench) < 0) status = 2;
    fprintf(stderr, "records: %" PRIu64 " damaged: %" PRIu64 " (arena at most %zu KiB)\n",
            bench.events, bench.damages, bench.arena_bytes >> 10);
    buf_done(&bench.output);
    free(window_bytes);
    return status;
}
