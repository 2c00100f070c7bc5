/* See alert_outbox.h. Rows of outbox: state 0 waits, 1 is being sent until due_ns, 2 was sent, 3
 * was given up, 4 was told together with a newer revision. */
#include "alert/alert_outbox.h"

#include "alert/story_base.h"

#include <errno.h>

enum { ROW_WAITS = 0, ROW_SENT = 2, ROW_GIVEN_UP = 3 };

/* ---- what is to be told */

typedef struct Wanted {
    uint64_t story;
    unsigned revision;
    FindingLevel level;
    int64_t due_ns;
} Wanted;

#define COLLECT_AT_ONCE 512

static int find_wanted(Stories *stories, unsigned sink, FindingLevel least, int64_t now_ns,
                       Wanted *wanted, size_t room, size_t *ret_count)
{
    sqlite3_stmt *want = story_base_ask(stories, OUTBOX_WANT);
    database_put_number(want, 1, sink);
    database_put_number(want, 2, least);
    database_put_number(
        want, 3, now_ns - OUTBOX_GIVE_UP_NS); /* a sink that is set later hears no old ones */
    database_put_number(want, 4, (int64_t)room);
    size_t count = 0;
    int r;
    while ((r = database_step(want)) > 0) {
        if (count == room) continue;
        wanted[count++] = (Wanted){.story = (uint64_t)database_number_at(want, 0),
                                   .revision = (unsigned)database_number_at(want, 1),
                                   .level = (FindingLevel)database_number_at(want, 2),
                                   .due_ns = database_number_at(want, 3)};
    }
    *ret_count = count;
    return r;
}

static int put_in(Stories *stories, unsigned sink, const Wanted *wanted, int64_t now_ns)
{
    sqlite3_stmt *fold = story_base_ask(stories, OUTBOX_FOLD);
    database_put_number(fold, 1, (int64_t)wanted->story);
    database_put_number(fold, 2, sink);
    database_put_number(fold, 3, wanted->revision);
    database_put_number(fold, 4, now_ns);
    int r = database_run(fold);
    if (r < 0) return r;
    sqlite3_stmt *add = story_base_ask(stories, OUTBOX_ADD);
    database_put_number(add, 1, (int64_t)wanted->story);
    database_put_number(add, 2, sink);
    database_put_number(add, 3, wanted->revision);
    database_put_number(add, 4, wanted->level);
    database_put_number(add, 5, now_ns);
    database_put_number(add, 6, wanted->due_ns + OUTBOX_SETTLE_NS);
    return database_run(add);
}

/* Most turns find nothing: they take no write lock. */
static int collect_some(Stories *stories, unsigned sink, FindingLevel least, int64_t now_ns)
{
    Wanted wanted[COLLECT_AT_ONCE];
    size_t count;
    int r = find_wanted(stories, sink, least, now_ns, wanted, COLLECT_AT_ONCE, &count);
    if (r < 0 || count == 0) return r;
    r = database_begin(&stories->database);
    if (r < 0) return r;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = put_in(stories, sink, &wanted[i], now_ns);
    r = database_end(&stories->database, r);
    return r < 0 ? r : (int)count;
}

int outbox_collect(Stories *stories, unsigned sink, FindingLevel least, int64_t now_ns)
{
    int total = 0, r;
    do {
        int64_t pending;
        sqlite3_stmt *count = story_base_ask(stories, OUTBOX_COUNT);
        database_put_number(count, 1, sink);
        r = database_number(count, &pending);
        if (r < 0) return r;
        if (pending + COLLECT_AT_ONCE > OUTBOX_PENDING_MAX) return total;
        r = collect_some(stories, sink, least, now_ns);
        if (r > 0) total += r;
    } while (r == COLLECT_AT_ONCE);
    return r < 0 ? r : total;
}

/* ---- what is sent next */

static int new_send(Stories *stories, unsigned sink, bool is_digest, int64_t now_ns,
                    uint64_t *ret_send)
{
    sqlite3_stmt *log = story_base_ask(stories, OUTBOX_LOG_SEND);
    database_put_number(log, 1, sink);
    database_put_number(log, 2, now_ns);
    database_put_number(log, 3, is_digest);
    int r = database_run(log);
    *ret_send = (uint64_t)database_last_id(&stories->database);
    return r;
}

static int take_again(Stories *stories, uint64_t send, int64_t now_ns, OutboxJob *ret)
{
    int64_t is_digest;
    sqlite3_stmt *ask = story_base_ask(stories, OUTBOX_IS_DIGEST);
    database_put_number(ask, 1, (int64_t)send);
    int r = database_number(ask, &is_digest);
    if (r < 0) return r;
    ret->send = send;
    ret->is_digest = is_digest != 0;
    sqlite3_stmt *take = story_base_ask(stories, OUTBOX_TAKE_AGAIN);
    database_put_number(take, 1, (int64_t)send);
    database_put_number(take, 2, now_ns + OUTBOX_LEASE_NS);
    return database_run(take);
}

static int take_one(Stories *stories, unsigned sink, int64_t row, int64_t now_ns, OutboxJob *ret)
{
    int r = new_send(stories, sink, false, now_ns, &ret->send);
    if (r < 0) return r;
    sqlite3_stmt *take = story_base_ask(stories, OUTBOX_TAKE_ONE);
    database_put_number(take, 1, row);
    database_put_number(take, 2, (int64_t)ret->send);
    database_put_number(take, 3, now_ns + OUTBOX_LEASE_NS);
    return database_run(take);
}

static int take_all(Stories *stories, unsigned sink, int64_t now_ns, OutboxJob *ret)
{
    int r = new_send(stories, sink, true, now_ns, &ret->send);
    if (r < 0) return r;
    ret->is_digest = true;
    sqlite3_stmt *take = story_base_ask(stories, OUTBOX_TAKE_ALL);
    database_put_number(take, 1, sink);
    database_put_number(take, 2, (int64_t)ret->send);
    database_put_number(take, 3, now_ns + OUTBOX_LEASE_NS);
    database_put_number(take, 4, now_ns);
    return database_run(take);
}

/* O3. 1: *ret is taken; 0: all must wait until *ret_next_ns. */
static int take_fresh(Stories *stories, unsigned sink, int64_t row, bool is_urgent, int64_t now_ns,
                      OutboxJob *ret, int64_t *ret_next_ns)
{
    int64_t recent, last;
    sqlite3_stmt *ask = story_base_ask(stories, OUTBOX_RECENT);
    database_put_number(ask, 1, sink);
    database_put_number(ask, 2, now_ns - OUTBOX_STORM_NS);
    int r = database_number(ask, &recent);
    if (r < 0) return r;
    if (recent < OUTBOX_SINGLES_MAX + (is_urgent ? OUTBOX_URGENT_MAX : 0)) {
        r = take_one(stories, sink, row, now_ns, ret);
        return r < 0 ? r : 1;
    }
    ask = story_base_ask(stories, OUTBOX_LAST_DIGEST);
    database_put_number(ask, 1, sink);
    r = database_number(ask, &last);
    if (r < 0) return r;
    if (last > 0 && now_ns - last < OUTBOX_DIGEST_NS && now_ns >= last) {
        *ret_next_ns = last + OUTBOX_DIGEST_NS;
        return 0;
    }
    r = take_all(stories, sink, now_ns, ret);
    return r < 0 ? r : 1;
}

static int read_stories(Stories *stories, unsigned sink, OutboxJob *job)
{
    sqlite3_stmt *ask = story_base_ask(stories, OUTBOX_STORIES);
    database_put_number(ask, 1, (int64_t)job->send);
    job->created_ns = INT64_MAX;
    int r;
    while ((r = database_step(ask)) > 0) {
        unsigned tries = (unsigned)database_number_at(ask, 2);
        int64_t created_ns = database_number_at(ask, 3);
        if (tries > job->tries) job->tries = tries;
        if (created_ns < job->created_ns) job->created_ns = created_ns;
        if (job->story_count < OUTBOX_STORIES_MAX) {
            job->stories[job->story_count++] =
                (OutboxStory){.story = (uint64_t)database_number_at(ask, 0),
                              .revision = (unsigned)database_number_at(ask, 1)};
        }
        job->total++;
    }
    if (r < 0 || job->story_count == 0) return r;
    int64_t told;
    sqlite3_stmt *ask_told = story_base_ask(stories, OUTBOX_TOLD);
    database_put_number(ask_told, 1, (int64_t)job->stories[0].story);
    database_put_number(ask_told, 2, sink);
    r = database_number(ask_told, &told);
    job->told_before = r > 0;
    return r < 0 ? r : 0;
}

static int next_due(Stories *stories, unsigned sink, int64_t *ret_ns)
{
    sqlite3_stmt *ask = story_base_ask(stories, OUTBOX_NEXT_DUE);
    database_put_number(ask, 1, sink);
    int r = database_step(ask);
    if (r <= 0) return r;
    bool none = sqlite3_column_type(ask, 0) == SQLITE_NULL;
    *ret_ns = none ? INT64_MAX : database_number_at(ask, 0);
    sqlite3_reset(ask);
    return 0;
}

static int take(Stories *stories, unsigned sink, int64_t now_ns, OutboxJob *ret,
                int64_t *ret_next_ns)
{
    sqlite3_stmt *next = story_base_ask(stories, OUTBOX_NEXT);
    database_put_number(next, 1, sink);
    database_put_number(next, 2, now_ns);
    int r = database_step(next);
    if (r <= 0) return r;
    int64_t row = database_number_at(next, 0), send = database_number_at(next, 1);
    bool is_urgent = database_number_at(next, 2) >= FINDING_CRITICAL;
    sqlite3_reset(next);
    if (send != 0) {
        r = take_again(stories, (uint64_t)send, now_ns, ret);
        r = r < 0 ? r : 1;
    } else {
        r = take_fresh(stories, sink, row, is_urgent, now_ns, ret, ret_next_ns);
    }
    if (r <= 0) return r;
    r = read_stories(stories, sink, ret);
    return r < 0 ? r : 1;
}

int outbox_take(Stories *stories, unsigned sink, int64_t now_ns, OutboxJob *ret,
                int64_t *ret_next_ns)
{
    *ret_next_ns = INT64_MAX;
    int r = next_due(stories, sink, ret_next_ns);
    if (r < 0 || *ret_next_ns > now_ns) return r;
    *ret = (OutboxJob){0};
    r = database_begin(&stories->database);
    if (r < 0) return r;
    return database_end(&stories->database, take(stories, sink, now_ns, ret, ret_next_ns));
}

/* ---- what became of it */

static int64_t retry_wait_ns(unsigned tries)
{
    int64_t wait = OUTBOX_RETRY_LEAST_NS;
    for (unsigned i = 1; i < tries && wait < OUTBOX_RETRY_MOST_NS; i++)
        wait *= 2;
    return wait < OUTBOX_RETRY_MOST_NS ? wait : OUTBOX_RETRY_MOST_NS;
}

int outbox_settle(Stories *stories, const OutboxJob *job, int error, int64_t now_ns)
{
    bool given_up = error < 0 && now_ns - job->created_ns > OUTBOX_GIVE_UP_NS;
    sqlite3_stmt *settle = story_base_ask(stories, OUTBOX_SETTLE);
    database_put_number(settle, 1, (int64_t)job->send);
    database_put_number(settle, 2, error == 0 ? ROW_SENT : given_up ? ROW_GIVEN_UP : ROW_WAITS);
    database_put_number(settle, 3, now_ns + retry_wait_ns(job->tries));
    database_put_number(settle, 4, now_ns);
    database_put_number(settle, 5, error);
    return database_run(settle);
}

int outbox_summary(Stories *stories, unsigned sink, OutboxSummary *ret)
{
    sqlite3_stmt *ask = story_base_ask(stories, OUTBOX_SUMMARY);
    database_put_number(ask, 1, sink);
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -EIO;
    *ret = (OutboxSummary){.pending = (uint64_t)database_number_at(ask, 0),
                           .sent = (uint64_t)database_number_at(ask, 1),
                           .given_up = (uint64_t)database_number_at(ask, 2),
                           .last_sent_ns = database_number_at(ask, 3),
                           .tries = (unsigned)database_number_at(ask, 4),
                           .error = -(int)database_number_at(ask, 5)};
    sqlite3_reset(ask);
    return 0;
}
