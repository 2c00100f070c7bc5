/* Unknown lines: whatever they hold, the proposal made of them is a definition that compiles. */
#include "decode/lines.h"
#include "decode/mined/proposal.h"
#include "translate/translate.h"

#include "base/check.h"

#include <errno.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_definition(Slice yaml)
{
    Complaint complaint = {0};
    SourceSet *set = source_set_new();
    if (!set) return;
    int r = source_set_add(set, SLICE("proposal"), yaml, false, &complaint);
    if (r < 0) {
        fprintf(stderr, "%u:%u: %s\n%.*s\n", complaint.line, complaint.column, complaint.en,
                SLICE_FMT(yaml));
    }
    CHECK(r == 0);
    source_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const DecodeOptions options = {.zone_offset_seconds = 32400,
                                   .received_ns = 1798729200 * NS_PER_SECOND};
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf yaml = {0};
    Proposal *proposal = proposal_new(1);
    ProposalSummary summary;
    Slice rest = slice_of(data, size), line;
    if (!proposal) return 0;
    while (slice_cut(&rest, '\n', &line)) {
        Event event;
        if (line.len == 0) continue;
        CHECK(line_decode(line, &options, &arena, &event) == 0);
        CHECK(proposal_feed(proposal, &event) == 0);
    }
    int r = proposal_write(proposal, SLICE("fuzzed"), &yaml, &summary);
    CHECK(r == 0 || r == -ENODATA);
    if (r == 0) check_definition(buf_slice(&yaml));
    proposal_free(proposal);
    return 0;
}
