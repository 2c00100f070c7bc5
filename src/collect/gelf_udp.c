/* GELF over UDP: one datagram is a message or a chunk of one. Nobody can make its sender wait: what
 * finds no room is dropped and counted. */
#include "collect/door_inside.h"
#include "collect/gelf_chunks.h"
#include "collect/gelf_message.h"

#include <errno.h>
#include <stdlib.h>

#define DATAGRAM_BYTES_MAX 65536
#define DATAGRAMS_A_STEP 256

struct GelfDatagrams {
    GelfChunks *chunks;
    JsonTree tree;
    Bundle group;
    char buffer[DATAGRAM_BYTES_MAX];
};

int gelf_udp_new(Doors *doors)
{
    GelfDatagrams *made = calloc(1, sizeof *made);
    if (!made) return -ENOMEM;
    made->group = bundle_make();
    made->chunks = gelf_chunks_new();
    if (!made->chunks) {
        free(made);
        return -ENOMEM;
    }
    doors->datagrams = made;
    return 0;
}

void gelf_udp_free(GelfDatagrams *datagrams)
{
    if (!datagrams) return;
    gelf_chunks_free(datagrams->chunks);
    json_tree_done(&datagrams->tree);
    bundle_done(&datagrams->group);
    free(datagrams);
}

static void offer(Doors *doors, DoorCounters *counters, Slice text)
{
    GelfDatagrams *datagrams = doors->datagrams;
    const MessageSink *sink = &doors->options.sink;
    Bundle *group = &datagrams->group;
    bundle_clear(group);
    int r = gelf_take_packed(group, &datagrams->tree, text);
    if (r < 0) { /* kept as it came */
        Message *message = bundle_add(group);
        if (message) message->bytes = text;
    }
    if (group->count == 0) return;
    doors->offered = true;
    bool taken = sink->message(sink->context, &group->messages[0]) == 0;
    door_count(taken ? &counters->messages : &counters->dropped, 1);
}

static void take_datagram(Doors *doors, DoorCounters *counters, Slice datagram,
                          const struct sockaddr_storage *peer)
{
    GelfDatagrams *datagrams = doors->datagrams;
    char host[LISTEN_HOST_BYTES];
    unsigned dropped = 0;
    Slice whole = datagram;
    listen_print_peer(host, peer);
    bundle_set_origin(&datagrams->group, "gelf/udp", host);
    datagrams->group.received_ns = doors->os->now_ns(doors->os->state);
    if (gelf_is_chunk(datagram)) {
        int r = gelf_chunks_add(datagrams->chunks, datagram, slice_from_cstr(host), doors->now_ns,
                                &whole, &dropped);
        door_count(&counters->dropped, dropped);
        if (r < 0) door_count(&counters->refused, 1);
        if (r <= 0) return;
    }
    if (whole.len > 0) offer(doors, counters, whole);
}

void gelf_udp_read(Doors *doors, const Door *door)
{
    const Os *os = doors->os;
    GelfDatagrams *datagrams = doors->datagrams;
    DoorCounters *counters = &doors->counters[door->kind];
    for (int i = 0; i < DATAGRAMS_A_STEP; i++) {
        struct sockaddr_storage peer = {0};
        ssize_t r =
            os->receive(os->state, door->udp_fd, datagrams->buffer, DATAGRAM_BYTES_MAX, &peer);
        if (r < 0) return;
        size_t len = r < DATAGRAM_BYTES_MAX ? (size_t)r : DATAGRAM_BYTES_MAX;
        door_count(&counters->bytes, len);
        take_datagram(doors, counters, slice_of(datagrams->buffer, len), &peer);
    }
}
