/* Giving groups to be sealed, waiting for them, and the thread; see sealed.h. */
#include "store/sealed/sealed_int.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { RETRY_SECONDS = 10 }; /* after a group that could not be sealed */

void sealed_tell(const Sealed *sealed, StoreNews news, const char *detail)
{
    if (sealed->options.told) sealed->options.told(sealed->options.told_context, news, detail);
}

/* ---- what waits. All under lock. */

static void take_first(Sealed *sealed)
{
    sealed->waiting_count--;
    memmove(sealed->waiting, sealed->waiting + 1, sealed->waiting_count * sizeof *sealed->waiting);
}

static bool is_waiting(const Sealed *sealed, const WalGroup *group)
{
    for (size_t i = 0; i < sealed->waiting_count; i++) {
        if (sealed->waiting[i] == group) return true;
    }
    return false;
}

/* Makes the first of the waiting groups. The lock is given up meanwhile. */
static void make_first(Sealed *sealed)
{
    WalGroup *group = sealed->waiting[0];
    pthread_mutex_unlock(&sealed->lock);
    pthread_mutex_lock(&sealed->work_lock);
    int r = sealed_make(sealed, group);
    pthread_mutex_unlock(&sealed->work_lock);
    if (r < 0) sealed_tell(sealed, STORE_NEWS_SEAL_FAILED, strerrordesc_np(-r));
    pthread_mutex_lock(&sealed->lock);
    sealed->error = r;
    if (r == 0) take_first(sealed);
    pthread_cond_broadcast(&sealed->changed);
}

/* ---- the thread */

static void wait_seconds(Sealed *sealed, int seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_cond_timedwait(&sealed->changed, &sealed->lock, &until);
}

/* Under lock. Nothing has come for a while. */
static void forget_workspace(Sealed *sealed)
{
    segment_workspace_free(sealed->workspace);
    sealed->workspace = NULL;
}

static void *run(void *context)
{
    Sealed *sealed = context;
    pthread_mutex_lock(&sealed->lock);
    while (!sealed->stopping) {
        if (sealed->waiting_count && !sealed->error) {
            make_first(sealed);
            continue;
        }
        wait_seconds(sealed, sealed->error ? RETRY_SECONDS : 1);
        if (sealed->waiting_count == 0) forget_workspace(sealed);
        sealed->error = 0;
        bool old_files = sealed->manifest.replaced_count > 0;
        if (!sealed->options.keep_time && !sealed->options.retention && !old_files) continue;
        pthread_mutex_unlock(&sealed->lock);
        sealed_expire_hourly(sealed);
        pthread_mutex_lock(&sealed->work_lock);
        if (sealed->options.keep_time) sealed_keep_time(sealed);
        if (old_files) sealed_remove_replaced(sealed, false);
        pthread_mutex_unlock(&sealed->work_lock);
        pthread_mutex_lock(&sealed->lock);
    }
    pthread_mutex_unlock(&sealed->lock);
    return NULL;
}

/* ---- the interface */

uint64_t sealed_end_row(Sealed *sealed)
{
    pthread_mutex_lock(&sealed->lock);
    uint64_t end = manifest_end_row(&sealed->manifest);
    pthread_mutex_unlock(&sealed->lock);
    return end;
}

int sealed_give(Sealed *sealed, WalGroup *group)
{
    pthread_mutex_lock(&sealed->lock);
    sealed->waiting[sealed->waiting_count++] = group;
    if (sealed->threaded) {
        pthread_cond_broadcast(&sealed->changed);
    } else {
        sealed->error = 0;
        while (sealed->waiting_count && !sealed->error) {
            make_first(sealed);
        }
    }
    int r = sealed->threaded ? 0 : sealed->error;
    pthread_mutex_unlock(&sealed->lock);
    return r;
}

bool sealed_is_done_with(Sealed *sealed, const WalGroup *group)
{
    pthread_mutex_lock(&sealed->lock);
    bool done = !is_waiting(sealed, group);
    pthread_mutex_unlock(&sealed->lock);
    return done;
}

int sealed_wait(Sealed *sealed, const WalGroup *group)
{
    pthread_mutex_lock(&sealed->lock);
    while (sealed->threaded && is_waiting(sealed, group) && !sealed->error) {
        pthread_cond_wait(&sealed->changed, &sealed->lock);
    }
    int r = is_waiting(sealed, group) ? sealed->error : 0;
    pthread_mutex_unlock(&sealed->lock);
    return r;
}

void sealed_stats(Sealed *sealed, StoreStats *ret)
{
    StoreStats stats = {0};
    pthread_mutex_lock(&sealed->lock);
    for (size_t i = 0; i < sealed->manifest.count; i++) {
        const ManifestSegment *segment = &sealed->manifest.segments[i];
        if (segment->tombstone) continue;
        stats.rows += segment->row_count;
        stats.row_bytes += segment->row_bytes;
        stats.raw_bytes += segment->raw_bytes;
        stats.bytes += segment->file_bytes;
        stats.damaged_blocks += segment->lost_blocks;
    }
    stats.damaged_blocks += sealed->damaged;
    pthread_mutex_unlock(&sealed->lock);
    *ret = stats;
}

int sealed_checkpoint(Sealed *sealed)
{
    pthread_mutex_lock(&sealed->work_lock);
    int r = sealed->chain ? chain_checkpoint(sealed->chain, NULL) : -EIO;
    pthread_mutex_unlock(&sealed->work_lock);
    return r;
}

void sealed_first_key(const Sealed *sealed, char *to, size_t bytes)
{
    ChainState state;
    Buf text = buf_over(to, bytes - 1);
    chain_state(sealed->chain, &state);
    public_key_text_add(&text, &state.log_id, &state.first_key);
    while (text.len && to[text.len - 1] == '\n') {
        text.len--;
    }
    to[text.len] = '\0';
}

void sealed_proof(Sealed *sealed, StoreProof *ret)
{
    StoreProof proof = {0};
    pthread_mutex_lock(&sealed->work_lock);
    if (sealed->chain) {
        ChainState state;
        chain_state(sealed->chain, &state);
        sealed_first_key(sealed, proof.first_key, sizeof proof.first_key);
        proof.segments = state.segments;
        proof.checkpoints = state.last.number + 1;
    }
    pthread_mutex_unlock(&sealed->work_lock);
    *ret = proof;
}

static Sealed *new_sealed(const StoreFolder *folder, const StoreOptions *options)
{
    Sealed *sealed = calloc(1, sizeof *sealed);
    if (!sealed) return NULL;
    sealed->folder = *folder;
    sealed->options = *options;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&sealed->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&sealed->lock, NULL);
    pthread_mutex_init(&sealed->work_lock, NULL);
    pthread_mutex_init(&sealed->pack_lock, NULL);
    return sealed;
}

int sealed_open(const StoreFolder *folder, const StoreOptions *options, Sealed **ret,
                Complaint *complaint)
{
    Sealed *sealed = new_sealed(folder, options);
    if (!sealed) return -ENOMEM;
    sealed->codec = block_codec_new(folder->kek);
    int r = sealed->codec ? sealed_open_chain(sealed, complaint) : -ENOMEM;
    if (r == 0) r = sealed_reconcile(sealed);
    if (r == 0 && !options->seal_in_commit) {
        r = -pthread_create(&sealed->thread, NULL, run, sealed);
        sealed->threaded = r == 0;
    }
    if (r == 0 && options->pack_daily) r = sealed_daily_start(sealed);
    if (r < 0) {
        sealed_close(sealed);
        return r;
    }
    *ret = sealed;
    return 0;
}

void sealed_close(Sealed *sealed)
{
    if (!sealed) return;
    pthread_mutex_lock(&sealed->lock);
    sealed->stopping = true;
    pthread_cond_broadcast(&sealed->changed);
    pthread_mutex_unlock(&sealed->lock);
    if (sealed->packs) pthread_join(sealed->pack_thread, NULL);
    if (sealed->threaded) pthread_join(sealed->thread, NULL);
    if (sealed->options.keep_time && sealed->chain && chain_checkpoint(sealed->chain, NULL) < 0) {
        sealed_tell(sealed, STORE_NEWS_CHECKPOINT_FAILED, "");
    }
    chain_close(sealed->chain);
    segment_workspace_free(sealed->workspace);
    block_codec_free(sealed->codec);
    sealed_keys_done(&sealed->keys);
    manifest_done(&sealed->manifest);
    pthread_mutex_destroy(&sealed->lock);
    pthread_mutex_destroy(&sealed->work_lock);
    pthread_mutex_destroy(&sealed->pack_lock);
    pthread_cond_destroy(&sealed->changed);
    free(sealed);
}
