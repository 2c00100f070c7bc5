/* Pasted lines: a definition is proposed or none, never a broken one; each time that is offered can
 * be chosen, and the definition still reads the lines. */
#include "engine/pasted_guess.h"

#include "base/check.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_row(void *context, const Row *row, uint64_t line)
{
    size_t *rows = context;
    CHECK(row->event.index == line && line > 0);
    CHECK(++*rows <= PASTED_ROWS_MAX);
    return 0;
}

static int guess(const SourceSet *sources, Slice sample, Slice format, Arena *arena,
                 PastedGuess *ret)
{
    Complaint complaint = {0};
    size_t rows = 0;
    const PastedQuestion question = {.os = &os_real,
                                     .sources = sources,
                                     .sample = sample,
                                     .time_format = format,
                                     .zone_offset_seconds = 32400,
                                     .received_ns = 1798729200 * NS_PER_SECOND,
                                     .row = on_row,
                                     .context = &rows};
    int r = pasted_guess(&question, arena, ret, &complaint);
    CHECK(r != 0 || ret->unread <= ret->lines);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_done) Arena arena = {0};
    PastedGuess first, other;
    Slice sample = slice_of(data, size);
    SourceSet *none = source_set_new();
    CHECK(none && source_set_finish(none) == 0);
    CHECK(guess(none, sample, (Slice){0}, &arena, &first) == 0);
    for (size_t i = 0; i < first.times.count; i++) {
        const PastedTime *time = &first.times.of[i];
        CHECK(time->from < time->to && time->text.len == time->to - time->from);
        CHECK(guess(none, sample, time->format, &arena, &other) == 0);
    }
    source_set_free(none);
    return 0;
}
