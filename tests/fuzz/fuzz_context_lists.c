/* Files that the company's document names, by the first byte: people, threats (lines, CSV,
 * STIX 2.1) or a country database. Any bytes are read or refused. */
#include "translate/context/context.h"

#include "base/check.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] = "departments: [{name: d, users_file: a}]\n"
                               "watch: [{name: w, of: users, file: b}, {name: x, of: folders, "
                               "file: c}, {name: y, of: addresses, file: d}]\n"
                               "threats: [{name: t, file: e}, {name: u, file: f, column: ip}]\n"
                               "geoip_file: g\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ContextOptions options = {.seed = {1, 2}, .now_ns = NS_PER_SECOND};
    Context *context = NULL;
    Complaint complaint = {0};
    ContextTally tally;
    if (size == 0) return 0;
    CHECK(context_new(slice_from_cstr(document), &options, &context, &complaint) == 0);
    size_t index = data[0] % context_file_count(context);
    int r = context_add_file(context, index, slice_of(data + 1, size - 1), &tally, &complaint);
    CHECK(r == 0 || r == -EINVAL || r == -EBADMSG || r == -ENOMEM || r == -E2BIG);
    if (r == -EINVAL || r == -EBADMSG) CHECK(complaint.id && complaint.en[0]);
    CHECK(context_finish(context) == 0);
    context_free(context);
    return 0;
}
