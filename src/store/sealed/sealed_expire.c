/* Retention; see store/keep.h.
 *
 *   choose -> MANIFEST: tombstones, the files to be removed -> the chain: a tombstone for each
 * segment, checkpoint -> (later) the files' keys are erased, the files removed
 *
 * From MANIFEST on the rows are gone. What a crash then leaves undone is done when the store is
 * opened: a file is removed only after the chain says so. */
#include "store/keep.h"
#include "store/sealed/holds.h"
#include "store/sealed/sealed_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NS_PER_DAY (86400 * NS_PER_SECOND)
/* At once; the rest follows. MANIFEST_REPLACED_MAX is more. */
#define BURIED_AT_ONCE_MAX ((size_t)256)
#define EXPIRE_NS (3600 * NS_PER_SECOND)
#define RETRY_NS (60 * NS_PER_SECOND)
#define POLICY_REASON SLICE("retention")

/* ---- choosing */

typedef struct Choice {
    const Sealed *sealed;
    const StoreRetention *retention;
    StoreHolds holds;
    HoldsLock lock;
    const ManifestSegment **oldest; /* all that are alive, oldest first */
    size_t count;
    uint64_t bytes;    /* of them */
    uint32_t *files;   /* chosen */
    size_t file_count; /* of them */
    StoreExpired sums;
} Choice;

static void choice_done(Choice *choice)
{
    store_holds_done(&choice->holds);
    holds_unlock(&choice->lock);
    free(choice->oldest);
    free(choice->files);
}

static int by_arrival(const void *a_entry, const void *b_entry)
{
    const ManifestSegment *a = *(const ManifestSegment *const *)a_entry;
    const ManifestSegment *b = *(const ManifestSegment *const *)b_entry;
    if (a->sealed_ns != b->sealed_ns) return a->sealed_ns < b->sealed_ns ? -1 : 1;
    return (a->file > b->file) - (a->file < b->file);
}

static int list_living(Choice *choice)
{
    const Manifest *manifest = &choice->sealed->manifest;
    choice->oldest = calloc(manifest->count + 1, sizeof(const ManifestSegment *));
    choice->files = calloc(manifest->count + 1, sizeof *choice->files);
    if (!choice->oldest || !choice->files) return -ENOMEM;
    for (size_t i = 0; i < manifest->count; i++) {
        const ManifestSegment *entry = &manifest->segments[i];
        if (entry->tombstone) continue;
        choice->oldest[choice->count++] = entry;
        choice->bytes += entry->file_bytes;
    }
    qsort(choice->oldest, choice->count, sizeof(const ManifestSegment *), by_arrival);
    return 0;
}

static int32_t days_of(const StoreRetention *retention, const char *class_name)
{
    for (size_t i = 0; i < retention->class_count; i++) {
        if (strcmp(retention->classes[i].name, class_name) == 0) return retention->classes[i].days;
    }
    return retention->days;
}

static bool is_older(const ManifestSegment *entry, int32_t days, int64_t now_ns)
{
    return now_ns - days * NS_PER_DAY >= entry->sealed_ns;
}

/* A time that is not known is not old. */
static bool is_over(const Choice *choice, const ManifestSegment *entry, int64_t now_ns)
{
    const StoreRetention *retention = choice->retention;
    int32_t days = days_of(retention, entry->class_name);
    if (entry->sealed_ns == 0) return false;
    if (days > 0 && is_older(entry, days, now_ns)) return true;
    return retention->bytes_max > 0 && choice->bytes > retention->bytes_max &&
           is_older(entry, retention->floor_days, now_ns);
}

static void choose(Choice *choice)
{
    const Os *os = choice->sealed->folder.os;
    int64_t now_ns = os->now_ns(os->state);
    StoreExpired *sums = &choice->sums;
    for (size_t i = 0; i < choice->count && choice->file_count < BURIED_AT_ONCE_MAX; i++) {
        const ManifestSegment *entry = choice->oldest[i];
        if (!is_over(choice, entry, now_ns)) continue;
        if (holds_have(&choice->holds, entry)) {
            sums->held++;
            continue;
        }
        choice->files[choice->file_count++] = entry->file;
        choice->bytes -= entry->file_bytes;
        sums->segments++;
        sums->rows += entry->row_count;
        sums->bytes += entry->file_bytes;
        if (entry->sealed_ns > sums->until_ns) sums->until_ns = entry->sealed_ns;
    }
}

/* ---- doing it */

int sealed_finish_burials(Sealed *sealed, const Manifest *manifest)
{
    bool changed = false;
    int r = 0;
    for (size_t i = 0; i < manifest->count && r == 0; i++) {
        const ManifestSegment *entry = &manifest->segments[i];
        if (!entry->tombstone || !manifest_is_replaced(manifest, entry->file)) continue;
        r = chain_bury(sealed->chain, entry->chain_number, &entry->header, TOMBSTONE_POLICY,
                       POLICY_REASON);
        changed = true;
    }
    return r == 0 && changed ? sealed_seal_chain(sealed) : r;
}

static int bury(Sealed *sealed, const uint32_t *files, size_t count, bool at_once)
{
    CLEANUP(manifest_done) Manifest next = {0};
    const Os *os = sealed->folder.os;
    int64_t kept_ns = at_once ? 0 : STORE_REPLACED_KEPT_S * NS_PER_SECOND;
    int64_t until_ns = os->now_ns(os->state) + kept_ns;
    int r = manifest_copy(&sealed->manifest, &next);
    for (size_t i = 0; i < count && r == 0; i++) {
        r = manifest_bury(&next, files[i], until_ns);
    }
    if (r < 0) return r;
    sealed->in_doubt = true;
    r = sealed_set_manifest(sealed, &next);
    if (r == 0) r = sealed_finish_burials(sealed, &sealed->manifest);
    if (r < 0) return r;
    sealed->in_doubt = false;
    sealed_remove_replaced(sealed, false);
    return 0;
}

/* Under work_lock. 1: there may be more. */
static int expire_some(Sealed *sealed, const StoreRetention *retention, StoreExpired *ret)
{
    CLEANUP(choice_done)
    Choice choice = {.sealed = sealed, .retention = retention, .lock.fd = -1};
    choice.sums.until_ns = ret->until_ns;
    int r = sealed_settle(sealed);
    if (r == 0) r = holds_lock(&sealed->folder, &choice.lock);
    if (r == 0) r = holds_read(&sealed->folder, &choice.holds);
    if (r == 0) r = list_living(&choice);
    if (r < 0) return r;
    choose(&choice);
    if (choice.file_count && !retention->dry_run) {
        r = bury(sealed, choice.files, choice.file_count, retention->at_once);
        if (r < 0) return r;
    }
    ret->segments += choice.sums.segments;
    ret->rows += choice.sums.rows;
    ret->bytes += choice.sums.bytes;
    ret->held = choice.sums.held;
    ret->until_ns = choice.sums.until_ns;
    return !retention->dry_run && choice.file_count == BURIED_AT_ONCE_MAX;
}

void sealed_expire_hourly(Sealed *sealed)
{
    const Os *os = sealed->folder.os;
    char detail[32];
    StoreExpired expired;
    int64_t now_ns = os->monotonic_ns(os->state);
    if (!sealed->options.retention) return;
    if (sealed->expired_ns && now_ns - sealed->expired_ns < EXPIRE_NS) return;
    sealed->expired_ns = now_ns;
    int r = sealed_expire(sealed, sealed->options.retention, &expired);
    snprintf(detail, sizeof detail, "%llu", (unsigned long long)expired.rows);
    if (expired.rows) sealed_tell(sealed, STORE_NEWS_EXPIRED, detail);
    /* Re-packing may take long, and another one may be writing a hold: in a while, then. */
    if (r == -EBUSY || r == -EWOULDBLOCK) sealed->expired_ns = now_ns - EXPIRE_NS + RETRY_NS;
    if (r < 0 && r != -EBUSY && r != -EWOULDBLOCK) {
        sealed_tell(sealed, STORE_NEWS_EXPIRE_FAILED, strerrordesc_np(-r));
    }
}

int sealed_expire(Sealed *sealed, const StoreRetention *retention, StoreExpired *ret)
{
    StoreExpired sums = {.until_ns = INT64_MIN};
    int r = 1;
    *ret = sums;
    if (pthread_mutex_trylock(&sealed->pack_lock) != 0) return -EBUSY; /* its files are read */
    while (r == 1) {
        pthread_mutex_lock(&sealed->work_lock);
        r = expire_some(sealed, retention, &sums);
        pthread_mutex_unlock(&sealed->work_lock);
    }
    pthread_mutex_unlock(&sealed->pack_lock);
    *ret = sums;
    return r;
}
