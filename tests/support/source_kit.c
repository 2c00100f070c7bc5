/* See source_kit.h. */
#include "tests/support/source_kit.h"

#include "decode/lines.h"
#include "tests/support/tap.h"

SourceKit kit_open(const char *const *definitions, size_t count)
{
    SourceKit kit = {.set = source_set_new(), .translator = translator_new()};
    for (size_t i = 0; i < count; i++) {
        Complaint complaint = {0};
        int r = source_set_add(kit.set, SLICE("test.yaml"), slice_from_cstr(definitions[i]), false,
                               &complaint);
        if (!expect_ok(r)) tap_note("%u:%u: %s", complaint.line, complaint.column, complaint.en);
    }
    expect_ok(source_set_finish(kit.set));
    expect_ok(translator_use_sources(kit.translator, kit.set, KIT_ZONE_SECONDS));
    return kit;
}

void kit_done(SourceKit *kit)
{
    translator_free(kit->translator);
    source_set_free(kit->set);
    arena_done(&kit->arena);
}

static int keep(void *context, const Record *record, const Event *event)
{
    SourceKit *kit = context;
    kit->record = *record;
    kit->event = *event;
    kit->records++;
    return 0;
}

void kit_feed(SourceKit *kit, Slice line)
{
    const DecodeOptions options = {.zone_offset_seconds = KIT_ZONE_SECONDS,
                                   .received_ns = KIT_RECEIVED_NS};
    Event event;
    kit->records = 0;
    if (!expect_ok(line_decode(line, &options, &kit->arena, &event))) return;
    event.index = kit->lines++;
    expect_ok(translator_feed(kit->translator, &event, KIT_RECEIVED_NS, &kit->arena, keep, kit));
    expect_int(kit->records, 1);
}

bool kit_has(const SourceKit *kit, const char *name, const char *want)
{
    char scratch[RECORD_SCRATCH_BYTES];
    Slice got = {0};
    expect_ok(record_get(&kit->record, slice_from_cstr(name), scratch, &got));
    bool same = slice_eq(got, slice_from_cstr(want));
    if (!same)
        tap_fail(__FILE__, __LINE__, "%s is \"%.*s\", not \"%s\"", name, SLICE_FMT(got), want);
    return same;
}
