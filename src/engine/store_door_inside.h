/* Inside of store_door.h: store_door.c lets guests in and out, store_door_guest.c does what one
 * asks. */
#ifndef AKASHI_ENGINE_STORE_DOOR_INSIDE_H
#define AKASHI_ENGINE_STORE_DOOR_INSIDE_H

#include "engine/store_door.h"
#include "engine/store_talk.h"

#define STORE_DOOR_GREETING_MS 2000 /* a guest says at once who it is */

typedef struct Guest Guest;

typedef struct GuestTicket {
    Ticket ticket; /* first: it is what the engine gives back */
    Guest *guest;
    size_t row_count;
    bool is_out; /* shared, under lock */
} GuestTicket;

struct Guest {
    StoreDoor *door;
    int fd;
    pthread_t thread;
    bool is_here;  /* owned by the thread that lets guests in: the others are its own's */
    bool has_gone; /* shared, under lock */
    Buf body, numbers;
    GuestTicket tickets[STORE_DOOR_BATCHES_MAX];
    StoreTally tally; /* shared, under lock */
    int error;        /* shared, under lock: some rows will not be durable */
};

struct StoreDoor {
    StoreDoorOptions options; /* set at start, then read-only */
    int fd;
    pthread_t thread;
    Guest guests[STORE_DOOR_GUESTS_MAX];
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a ticket was settled, a task has ended */
    bool stopping;          /* shared, under lock */
    unsigned tasks;         /* shared, under lock: under way */
};

/* A guest's thread: all that it asks, until it leaves or says what cannot be understood. */
void *store_door_guest_run(void *guest);

#endif
