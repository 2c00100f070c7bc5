/* See row_sender.h. */
#include "engine/row_sender.h"

#include <errno.h>
#include <stdlib.h>

struct RowSender {
    Queue *work, *idle; /* set at start, then read-only */
    pthread_t thread;
    StoreCall *call; /* owned by the thread, then by whoever joined it */
    int error;       /* likewise */
};

static void *run(void *context)
{
    RowSender *sender = context;
    Batch *batch;
    while (sender->error == 0 && queue_pop(sender->work, -1, &batch) == 0) {
        sender->error = store_call_rows(sender->call, batch->rows, batch->row_count);
        batch_clear(batch);
        if (queue_push(sender->idle, batch) < 0) batch_free(batch);
    }
    queue_close(sender->work);
    queue_close(sender->idle);
    return NULL;
}

int row_sender_start(const char *folder, Queue *work, Queue *idle, RowSender **ret)
{
    RowSender *sender = calloc(1, sizeof *sender);
    if (!sender) return -ENOMEM;
    *sender = (RowSender){.work = work, .idle = idle};
    int r = store_call_open(folder, &sender->call);
    if (r == 0) r = -pthread_create(&sender->thread, NULL, run, sender);
    if (r < 0) {
        store_call_close(sender->call);
        free(sender);
        return r;
    }
    *ret = sender;
    return 0;
}

int row_sender_stop(RowSender *sender, Counters *counters)
{
    StoreTally tally;
    queue_close(sender->work);
    pthread_join(sender->thread, NULL);
    int r = sender->error;
    if (r == 0) r = store_call_end(sender->call, &tally);
    if (r == 0) {
        counter_add(counters, COUNTER_ROWS_STORED, tally.added);
        counter_add(counters, COUNTER_ROWS_DUPLICATE, tally.duplicates);
    }
    store_call_close(sender->call);
    free(sender);
    return r;
}
