/* See event_feed.h. */
#include "main/event_feed.h"

#include "main/input_words.h"

#include "engine/damage_words.h"

#include <errno.h>

static Batch *take(void *context)
{
    EventFeed *feed = context;
    Batch *batch = feed->batches[feed->turn];
    feed->turn = 1 - feed->turn;
    return batch;
}

static int give(void *context, Batch *batch)
{
    EventFeed *feed = context;
    uint64_t done, total;
    batch_clear(batch);
    input_progress(feed->stream, &done, &total);
    progress_show(&feed->progress, feed->name, done, total, feed->events);
    return 0;
}

static int on_event(void *context, Batch *batch, const Event *event)
{
    EventFeed *feed = context;
    feed->events++;
    return feed->event(feed->context, batch, event, feed->name);
}

static int on_damage(void *context, const Damage *damage)
{
    EventFeed *feed = context;
    if (++feed->damaged > INPUT_PROBLEMS_SHOWN) return 0;
    progress_clear(&feed->progress);
    damage_say(feed->name, damage, feed->invocation->language);
    return 0;
}

static int on_stream(void *context, InputStream *stream, Slice name)
{
    EventFeed *feed = context;
    feed->stream = stream;
    feed->name = name;
    const DecodeOptions options = {.zone_offset_seconds = feed->invocation->zone_offset_seconds,
                                   .received_ns = os_real.now_ns(os_real.state)};
    const ReadingHandler handler = {
        .take = take, .give = give, .event = on_event, .damage = on_damage, .context = feed};
    int r = reading_run(stream, &options, &handler);
    if (r < 0 && r != -EBADMSG && r != -EIO && r != -EISDIR && r != -EOVERFLOW) return r;
    if (!feed->ended) return 0;
    r = feed->ended(feed->context, feed->batches[0]);
    batch_clear(feed->batches[0]);
    return r;
}

static int on_problem(void *context, Slice name, int error, const Complaint *complaint)
{
    EventFeed *feed = context;
    if (++feed->failed > INPUT_PROBLEMS_SHOWN) return 0;
    progress_clear(&feed->progress);
    say_input_problem(name, error, complaint, feed->invocation->language);
    return 0;
}

static void on_passed_over(void *context, Slice name)
{
    (void)name;
    ((EventFeed *)context)->passed_over++;
}

int event_feed_run(EventFeed *feed, char **paths, size_t count)
{
    const InputSink sink = {
        .stream = on_stream, .problem = on_problem, .passed_over = on_passed_over, .context = feed};
    feed->progress = progress_make();
    feed->batches[0] = batch_new();
    feed->batches[1] = batch_new();
    int r = feed->batches[0] && feed->batches[1] ? 0 : -ENOMEM;
    for (size_t i = 0; i < count && r >= 0; i++) {
        r = input_walk(&os_real, paths[i], &sink);
    }
    progress_clear(&feed->progress);
    say_passed_over(feed->passed_over, feed->invocation->language);
    batch_free(feed->batches[0]);
    batch_free(feed->batches[1]);
    return r < 0 ? r : 0;
}
