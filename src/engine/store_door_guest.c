/* What one guest of the store's door asks, in its own thread; see store_door.h. */
#include "engine/store_door_inside.h"

#include "base/number.h"

#include <errno.h>

/* ---- rows */

static void on_settled(Ticket *ticket, int result)
{
    GuestTicket *given = (GuestTicket *)ticket;
    Guest *guest = given->guest;
    pthread_mutex_lock(&guest->door->lock);
    given->is_out = false;
    guest->tally.added += given->row_count - ticket->repeats;
    guest->tally.duplicates += ticket->repeats;
    if (result < 0) guest->error = result;
    pthread_cond_broadcast(&guest->door->changed);
    pthread_mutex_unlock(&guest->door->lock);
}

/* Waits for one that is free. */
static GuestTicket *free_ticket(Guest *guest)
{
    GuestTicket *found = NULL;
    pthread_mutex_lock(&guest->door->lock);
    while (!found) {
        for (size_t i = 0; i < STORE_DOOR_BATCHES_MAX && !found; i++) {
            if (!guest->tickets[i].is_out) found = &guest->tickets[i];
        }
        if (!found) pthread_cond_wait(&guest->door->changed, &guest->door->lock);
    }
    pthread_mutex_unlock(&guest->door->lock);
    return found;
}

/* It goes with the batch, and comes back by on_settled. */
static void give_ticket(Guest *guest, GuestTicket *given, Batch *batch)
{
    pthread_mutex_lock(&guest->door->lock);
    *given = (GuestTicket){.ticket = {.settled = on_settled, .next = batch->tickets},
                           .guest = guest,
                           .row_count = batch->row_count,
                           .is_out = true};
    pthread_mutex_unlock(&guest->door->lock);
    batch->tickets = &given->ticket;
}

/* Of the guest's rows; returns why some are not durable. */
static int wait_for_tickets(Guest *guest, StoreTally *ret)
{
    pthread_mutex_lock(&guest->door->lock);
    for (size_t i = 0; i < STORE_DOOR_BATCHES_MAX; i++) {
        while (guest->tickets[i].is_out) {
            pthread_cond_wait(&guest->door->changed, &guest->door->lock);
        }
    }
    int r = guest->error;
    *ret = guest->tally;
    guest->error = 0;
    guest->tally = (StoreTally){0};
    pthread_mutex_unlock(&guest->door->lock);
    return r;
}

static int read_rows(Slice body, Batch *batch)
{
    buf_add_slice(&batch->bytes, body);
    if (buf_error(&batch->bytes)) return -ENOMEM;
    Slice rest = buf_slice(&batch->bytes);
    while (rest.len > 0) {
        Row row;
        if (rest.len < 4) return -EPROTO;
        size_t bytes = read_le32(rest.ptr);
        rest = slice_skip(rest, 4);
        if (bytes > rest.len) return -EPROTO;
        int r = row_decode(slice_first(rest, bytes), &batch->arena, &row);
        if (r == 0) r = batch_add_row(batch, &row);
        if (r < 0) return r == -EBADMSG ? -EPROTO : r;
        rest = slice_skip(rest, bytes);
    }
    return 0;
}

static void give_back(StoreDoor *door, Batch *batch)
{
    batch_clear(batch);
    if (queue_push(door->options.idle, batch) < 0) batch_free(batch);
}

static int on_rows(Guest *guest)
{
    Batch *batch;
    StoreDoor *door = guest->door;
    GuestTicket *ticket = free_ticket(guest); /* first: a batch is not to wait for it */
    int r = queue_pop(door->options.idle, -1, &batch);
    if (r < 0) return r;
    r = read_rows(buf_slice(&guest->body), batch);
    if (r < 0) {
        give_back(door, batch);
        return r;
    }
    give_ticket(guest, ticket, batch);
    r = queue_push(door->options.rows, batch);
    if (r < 0) batch_free(batch);
    return r;
}

static int on_end(Guest *guest)
{
    StoreTally tally;
    StoreTalkDone done = {.result = wait_for_tickets(guest, &tally)};
    done.a = tally.added;
    done.b = tally.duplicates;
    return store_talk_send_done(guest->fd, &done);
}

/* ---- tasks */

/* False: the server stops. */
static bool begin_task(StoreDoor *door)
{
    pthread_mutex_lock(&door->lock);
    bool may = !door->stopping;
    if (may) door->tasks++;
    pthread_mutex_unlock(&door->lock);
    return may;
}

static void end_task(StoreDoor *door)
{
    pthread_mutex_lock(&door->lock);
    door->tasks--;
    pthread_cond_broadcast(&door->changed);
    pthread_mutex_unlock(&door->lock);
}

/* `run` fills in what is done; it needs the store beside the writer, or only the writer. */
static int do_task(Guest *guest, int (*run)(Guest *guest, StoreTalkDone *done))
{
    StoreTalkDone done = {.result = -ESHUTDOWN};
    if (begin_task(guest->door)) {
        done.result = run(guest, &done);
        end_task(guest->door);
    }
    return store_talk_send_done(guest->fd, &done);
}

static int run_seal(Guest *guest, StoreTalkDone *done)
{
    Batch *nothing;
    (void)done;
    int r = queue_pop(guest->door->options.idle, -1, &nothing);
    return r < 0 ? r : writer_seal(guest->door->options.writer, nothing);
}

typedef struct Lent {
    Guest *guest;
    StoreTalkDone *done;
    unsigned flags;
    Slice text;
} Lent;

/* A byte of flags, then text. */
static Lent lent_of(Guest *guest, StoreTalkDone *done)
{
    Slice body = buf_slice(&guest->body);
    return (Lent){.guest = guest,
                  .done = done,
                  .flags = body.len ? (unsigned char)body.ptr[0] : TALK_DRY_RUN,
                  .text = slice_skip(body, body.len ? 1 : 0)};
}

static int expire_lent(void *context, Store *store)
{
    const Lent *lent = context;
    StoreRetention retention = *lent->guest->door->options.retention;
    StoreExpired expired;
    retention.dry_run = lent->flags & TALK_DRY_RUN;
    retention.at_once = lent->flags & TALK_AT_ONCE;
    int r = store_expire(store, &retention, &expired);
    lent->done->a = expired.segments;
    lent->done->b = expired.rows;
    lent->done->c = expired.bytes;
    lent->done->d = expired.held;
    lent->done->e = expired.until_ns;
    return r;
}

static int run_expire(Guest *guest, StoreTalkDone *done)
{
    Lent lent = lent_of(guest, done);
    return writer_lend_store(guest->door->options.writer, expire_lent, &lent);
}

static int delete_lent(void *context, Store *store)
{
    const Lent *lent = context;
    const Buf *numbers = &lent->guest->numbers;
    const StoreDeletion deletion = {.numbers = (const uint64_t *)(const void *)numbers->ptr,
                                    .count = numbers->len / sizeof(uint64_t),
                                    .reason = lent->text,
                                    .dry_run = lent->flags & TALK_DRY_RUN};
    StoreDeleted deleted = {0};
    int r = store_delete(store, &deletion, &deleted);
    lent->done->a = deleted.rows;
    lent->done->b = deleted.segments;
    lent->done->c = deleted.held;
    return r;
}

static int run_delete(Guest *guest, StoreTalkDone *done)
{
    Lent lent = lent_of(guest, done);
    int r = buf_error(&guest->numbers);
    if (r == 0) r = writer_lend_store(guest->door->options.writer, delete_lent, &lent);
    buf_clear(&guest->numbers);
    return r;
}

static int on_seal(Guest *guest)
{
    return do_task(guest, run_seal);
}

static int on_expire(Guest *guest)
{
    return do_task(guest, run_expire);
}

static int on_delete(Guest *guest)
{
    return do_task(guest, run_delete);
}

static int on_numbers(Guest *guest)
{
    Slice body = buf_slice(&guest->body);
    if (body.len % sizeof(uint64_t) != 0) return -EPROTO;
    for (size_t at = 0; at < body.len; at += sizeof(uint64_t)) {
        uint64_t number = read_le64(body.ptr + at);
        buf_add(&guest->numbers, &number, sizeof number);
    }
    return 0;
}

/* ---- guests */

static int greet(Guest *guest)
{
    StoreTalk what;
    StoreTalkDone done = {0};
    int r = store_talk_receive(guest->fd, STORE_DOOR_GREETING_MS, &what, &guest->body);
    if (r <= 0) return r < 0 ? r : -ECONNRESET;
    bool is_known =
        what == TALK_HELLO && slice_eq(buf_slice(&guest->body), SLICE(STORE_TALK_GREETING));
    if (!is_known) done.result = -EPROTO;
    r = store_talk_send_done(guest->fd, &done);
    return r < 0 ? r : done.result;
}

static int serve_one(Guest *guest)
{
    static int (*const acts[])(Guest * guest) = {
        [TALK_ROWS] = on_rows,     [TALK_END] = on_end,         [TALK_SEAL] = on_seal,
        [TALK_EXPIRE] = on_expire, [TALK_NUMBERS] = on_numbers, [TALK_DELETE] = on_delete,
    };
    StoreTalk what;
    int r = store_talk_receive(guest->fd, -1, &what, &guest->body);
    if (r <= 0) return r < 0 ? r : -ECONNRESET;
    if (what >= ARRAY_COUNT(acts) || !acts[what]) return -EPROTO;
    return acts[what](guest);
}

void *store_door_guest_run(void *context)
{
    Guest *guest = context;
    StoreTally ignored;
    int r = greet(guest);
    while (r == 0) {
        r = serve_one(guest);
    }
    local_shut(guest->fd);
    (void)!wait_for_tickets(guest, &ignored);
    pthread_mutex_lock(&guest->door->lock);
    guest->has_gone = true;
    pthread_mutex_unlock(&guest->door->lock);
    return NULL;
}
