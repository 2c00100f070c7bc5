/* The one way in for everything that is received live: doors offer messages, alone or as groups
 * with a ticket; they are copied into the batch being filled and go on their way to the worker.
 *
 * A message is numbered when it is taken, and the worker gets messages in this order. A group may
 * lie in several batches; its ticket goes with its last message, because batches become durable in
 * their order. When no batch is idle there is no room (-EAGAIN): the door waits, or drops and
 * counts. At most BATCH_BYTES_MAX and one message lie in a batch.
 *
 * shared: any thread may call anything */
#ifndef AKASHI_ENGINE_INTAKE_H
#define AKASHI_ENGINE_INTAKE_H

#include "engine/counters.h"
#include "engine/messages.h"
#include "engine/queue.h"
#include "os/os.h"

/* A batch is passed on when it holds so much: with its rows it is about eight times that, and
 * SETTING_QUEUE_BATCHES of them are kept. */
#define INTAKE_BATCH_BYTES_MAX ((size_t)192 << 10)
#define INTAKE_BATCH_AGE_MS 10 /* or its first message is so old */

typedef struct Intake {
    /* set at start, then read-only */
    const Os *os;
    Queue *idle, *work;
    Counters *counters;
    Language language;
    /* shared, under lock */
    pthread_mutex_t lock;
    Batch *filling;
    uint64_t number; /* of the next message */
    bool told_full;
} Intake;

void intake_init(Intake *intake, const Os *os, Queue *idle, Queue *work, Counters *counters,
                 Language language);
/* Frees what was not passed on. */
void intake_done(Intake *intake);
/* What doors are given. It lives as long as the intake. */
MessageSink intake_sink(Intake *intake);
/* Passes on what is being filled when it is old enough; true: something still waits for its time.
 */
bool intake_pass_on_when_due(Intake *intake);
/* Passes it on now. */
void intake_pass_on(Intake *intake);

#endif
