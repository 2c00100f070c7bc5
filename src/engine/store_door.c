/* See store_door.h. */
#include "engine/store_door.h"

#include "base/time_text.h"
#include "engine/store_door_inside.h"

#include <errno.h>
#include <stdlib.h>

#define LOOK_MS 500 /* between two looks whether the door is to be closed */

static bool is_stopping(StoreDoor *door)
{
    pthread_mutex_lock(&door->lock);
    bool stopping = door->stopping;
    pthread_mutex_unlock(&door->lock);
    return stopping;
}

static void see_out(Guest *guest)
{
    pthread_join(guest->thread, NULL);
    local_close(guest->fd);
    buf_done(&guest->body);
    buf_done(&guest->numbers);
    *guest = (Guest){0};
}

/* Those who have gone are seen out first. NULL: all places are taken. */
static Guest *free_place(StoreDoor *door)
{
    Guest *found = NULL;
    for (size_t i = 0; i < STORE_DOOR_GUESTS_MAX; i++) {
        Guest *guest = &door->guests[i];
        pthread_mutex_lock(&door->lock);
        bool has_gone = guest->is_here && guest->has_gone;
        pthread_mutex_unlock(&door->lock);
        if (has_gone) see_out(guest);
        if (!guest->is_here) found = guest;
    }
    return found;
}

static void refuse(int fd)
{
    CLEANUP(buf_done) Buf body = buf_make(STORE_TALK_BODY_BYTES);
    const StoreTalkDone done = {.result = -EBUSY};
    StoreTalk what;
    /* Its greeting is read, or closing would take the answer with it. */
    if (store_talk_receive(fd, STORE_DOOR_GREETING_MS, &what, &body) > 0) {
        (void)!store_talk_send_done(fd, &done);
    }
    local_close(fd);
}

static void let_in(StoreDoor *door, int fd)
{
    Guest *guest = free_place(door);
    if (!guest) {
        refuse(fd);
        return;
    }
    *guest = (Guest){.door = door,
                     .fd = fd,
                     .is_here = true,
                     .body = buf_make(STORE_TALK_BODY_BYTES_MAX),
                     .numbers = buf_make(STORE_TALK_NUMBERS_MAX * sizeof(uint64_t))};
    if (pthread_create(&guest->thread, NULL, store_door_guest_run, guest) != 0) {
        *guest = (Guest){0};
        refuse(fd);
    }
}

static void *door_run(void *context)
{
    StoreDoor *door = context;
    while (!is_stopping(door)) {
        int fd = local_accept(door->fd, LOOK_MS);
        if (fd >= 0) let_in(door, fd);
        /* EMFILE and the like pass: who comes meanwhile waits. */
        if (fd < 0 && fd != -EAGAIN && fd != -EPERM) {
            os_real.sleep_ns(os_real.state, LOOK_MS * NS_PER_MS);
        }
    }
    return NULL;
}

int store_door_open(const StoreDoorOptions *options, StoreDoor **ret)
{
    StoreDoor *door = calloc(1, sizeof *door);
    if (!door) return -ENOMEM;
    door->options = *options;
    pthread_mutex_init(&door->lock, NULL);
    pthread_cond_init(&door->changed, NULL);
    door->fd = local_listen(options->folder, STORE_TALK_NAME);
    int r = door->fd < 0 ? door->fd : -pthread_create(&door->thread, NULL, door_run, door);
    if (r < 0) {
        local_close(door->fd);
        pthread_cond_destroy(&door->changed);
        pthread_mutex_destroy(&door->lock);
        free(door);
        return r;
    }
    *ret = door;
    return 0;
}

static void remove_name(const StoreDoor *door)
{
    CLEANUP(buf_done) Buf path = buf_make(8192);
    buf_add_format(&path, "%s/%s", door->options.folder, STORE_TALK_NAME);
    buf_add_char(&path, '\0');
    if (!buf_error(&path)) (void)!os_real.unlink(os_real.state, path.ptr);
}

void store_door_stop(StoreDoor *door)
{
    if (!door) return;
    pthread_mutex_lock(&door->lock);
    door->stopping = true;
    pthread_mutex_unlock(&door->lock);
    pthread_join(door->thread, NULL);
    remove_name(door); /* while the store is locked: the next server makes its own */
    for (size_t i = 0; i < STORE_DOOR_GUESTS_MAX; i++) {
        if (door->guests[i].is_here) local_shut(door->guests[i].fd);
    }
    pthread_mutex_lock(&door->lock);
    while (door->tasks > 0) {
        pthread_cond_wait(&door->changed, &door->lock);
    }
    pthread_mutex_unlock(&door->lock);
}

void store_door_close(StoreDoor *door)
{
    if (!door) return;
    for (size_t i = 0; i < STORE_DOOR_GUESTS_MAX; i++) {
        if (door->guests[i].is_here) see_out(&door->guests[i]);
    }
    local_close(door->fd);
    pthread_cond_destroy(&door->changed);
    pthread_mutex_destroy(&door->lock);
    free(door);
}
