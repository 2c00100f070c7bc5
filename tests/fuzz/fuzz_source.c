/* The compiler of source definitions: any text is a definition or a complaint with its place. */
#include "translate/source/source.h"

#include "base/check.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SourceSet *set = source_set_new();
    Complaint complaint = {0};
    if (!set) return 0;
    int r = source_set_add(set, SLICE("fuzz.yaml"), slice_of(data, size), false, &complaint);
    CHECK(r == 0 || r == -EINVAL || r == -ENOMEM);
    if (r == -EINVAL) CHECK(complaint.id && complaint.en[0] && complaint.ja[0]);
    CHECK(source_set_count(set) == (r == 0));
    if (r == 0) {
        r = source_set_finish(set);
        CHECK(r == 0 || r == -E2BIG || r == -ENOMEM);
    }
    source_set_free(set);
    return 0;
}
