/* Re-packing once a day, at the second that the options say; see sealed.h. */
#include "store/sealed/sealed_int.h"

#include <errno.h>
#include <time.h>

enum { DAY_SECONDS = 86400, LOOK_SECONDS = 1 };

/* Which day it is, where days begin at the second to re-pack at. */
static int64_t day_of(const Sealed *sealed)
{
    const Os *os = sealed->folder.os;
    return (os->now_ns(os->state) / NS_PER_SECOND - sealed->options.pack_second) / DAY_SECONDS;
}

static bool is_stopping(Sealed *sealed)
{
    pthread_mutex_lock(&sealed->lock);
    bool stopping = sealed->stopping;
    pthread_mutex_unlock(&sealed->lock);
    return stopping;
}

static int on_going(void *context, uint64_t rows, uint64_t rows_all)
{
    (void)rows, (void)rows_all;
    return is_stopping(context) ? -ECANCELED : 0;
}

/* What failed is tried again tomorrow. */
static void pack(Sealed *sealed)
{
    const StorePackOptions options = {
        .level = sealed->options.pack_level, .going = on_going, .context = sealed};
    StorePackTally tally;
    int r = sealed_pack(sealed, &options, &tally);
    if (r < 0 && r != -ECANCELED && r != -EBUSY) {
        sealed_tell(sealed, STORE_NEWS_PACK_FAILED, strerrordesc_np(-r));
    }
}

/* True: it is to end. */
static bool wait_a_while(Sealed *sealed)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_SECONDS;
    pthread_mutex_lock(&sealed->lock);
    while (!sealed->stopping &&
           pthread_cond_timedwait(&sealed->changed, &sealed->lock, &until) != ETIMEDOUT) {
    }
    bool stopping = sealed->stopping;
    pthread_mutex_unlock(&sealed->lock);
    return stopping;
}

static void *run(void *context)
{
    Sealed *sealed = context;
    int64_t done_day = day_of(sealed);
    os_thread_background();
    while (!wait_a_while(sealed)) {
        int64_t day = day_of(sealed);
        if (day == done_day) continue;
        if (day > done_day) pack(sealed);
        done_day = day; /* a clock that was set back begins anew */
    }
    return NULL;
}

int sealed_daily_start(Sealed *sealed)
{
    int r = -pthread_create(&sealed->pack_thread, NULL, run, sealed);
    sealed->packs = r == 0;
    return r;
}
