/* The company's document: any text is a context or a complaint with its place; and a context
 * answers any record. */
#include "translate/context/context.h"

#include "base/check.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes behind the last line of ---, a value in every field. */
static void ask(const Context *context, Slice value)
{
    CLEANUP(arena_done) Arena arena = {0};
    for (unsigned verb = 0; verb < 2; verb++) {
        Record record = {.time_ns = (int64_t)value.len * 7 * 3600 * NS_PER_SECOND,
                         .verb = verb ? VERB_DNS_QUERY : VERB_CONNECT};
        for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
            record.text[i] = value;
        }
        CHECK(context_enrich(context, &record, &arena) == 0);
        CHECK(record.text[RECORD_AKASHI_CALENDAR].len > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ContextOptions options = {.seed = {1, 2}, .now_ns = TIME_UNKNOWN};
    Slice text = slice_of(data, size), rest = text, value = {0};
    Context *context = NULL;
    Complaint complaint = {0};
    size_t cut = slice_find(text, SLICE("\n---\n"));
    if (cut != SLICE_NOT_FOUND) {
        rest = slice_first(text, cut);
        value = slice_skip(text, cut + 5);
    }
    int r = context_new(rest, &options, &context, &complaint);
    CHECK(r == 0 || r == -EINVAL || r == -ENOMEM);
    if (r == -EINVAL) CHECK(complaint.id && complaint.en[0] && complaint.ja[0]);
    if (r == 0 && context_finish(context) == 0) ask(context, value);
    context_free(context);
    return 0;
}
