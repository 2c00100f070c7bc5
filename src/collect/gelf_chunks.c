/* See gelf_chunks.h. */
#include "collect/gelf_chunks.h"

#include "base/time_text.h"

#include <errno.h>
#include <stdlib.h>

enum { HEAD_BYTES = 12, ID_BYTES = 8, SENDER_BYTES = 48 };

typedef struct Unfinished {
    bool used;
    char id[ID_BYTES];
    char sender[SENDER_BYTES];
    int64_t since_ns;
    unsigned count, have;
    bool has[GELF_CHUNKS_MAX];
    Buf parts[GELF_CHUNKS_MAX];
} Unfinished;

struct GelfChunks {
    Unfinished items[GELF_UNFINISHED_MAX];
    Buf whole;
};

GelfChunks *gelf_chunks_new(void)
{
    return calloc(1, sizeof(GelfChunks));
}

static void give_up(Unfinished *item)
{
    for (unsigned i = 0; i < item->count; i++)
        buf_done(&item->parts[i]);
    *item = (Unfinished){0};
}

void gelf_chunks_free(GelfChunks *chunks)
{
    if (!chunks) return;
    for (size_t i = 0; i < GELF_UNFINISHED_MAX; i++)
        give_up(&chunks->items[i]);
    buf_done(&chunks->whole);
    free(chunks);
}

static void expire(GelfChunks *chunks, int64_t now_ns, unsigned *dropped)
{
    for (size_t i = 0; i < GELF_UNFINISHED_MAX; i++) {
        Unfinished *item = &chunks->items[i];
        if (!item->used || now_ns - item->since_ns < GELF_UNFINISHED_SECONDS * NS_PER_SECOND) {
            continue;
        }
        give_up(item);
        (*dropped)++;
    }
}

static Unfinished *find(GelfChunks *chunks, const char *id, const char *sender)
{
    for (size_t i = 0; i < GELF_UNFINISHED_MAX; i++) {
        Unfinished *item = &chunks->items[i];
        if (item->used && memcmp(item->id, id, ID_BYTES) == 0 &&
            memcmp(item->sender, sender, SENDER_BYTES) == 0) {
            return item;
        }
    }
    return NULL;
}

/* A free place, or that of the oldest. */
static Unfinished *make_room(GelfChunks *chunks, unsigned *dropped)
{
    Unfinished *oldest = &chunks->items[0];
    for (size_t i = 0; i < GELF_UNFINISHED_MAX; i++) {
        Unfinished *item = &chunks->items[i];
        if (!item->used) return item;
        if (item->since_ns < oldest->since_ns) oldest = item;
    }
    give_up(oldest);
    (*dropped)++;
    return oldest;
}

static int join(GelfChunks *chunks, Unfinished *item, Slice *ret)
{
    buf_clear(&chunks->whole);
    for (unsigned i = 0; i < item->count; i++)
        buf_add_slice(&chunks->whole, buf_slice(&item->parts[i]));
    give_up(item);
    *ret = buf_slice(&chunks->whole);
    return buf_error(&chunks->whole) ? buf_error(&chunks->whole) : 1;
}

int gelf_chunks_add(GelfChunks *chunks, Slice datagram, Slice sender, int64_t now_ns, Slice *ret,
                    unsigned *ret_dropped)
{
    char name[SENDER_BYTES] = {0};
    *ret_dropped = 0;
    if (!gelf_is_chunk(datagram) || datagram.len <= HEAD_BYTES) return -EBADMSG;
    unsigned number = (unsigned char)datagram.ptr[10], count = (unsigned char)datagram.ptr[11];
    Slice part = slice_skip(datagram, HEAD_BYTES);
    if (count == 0 || count > GELF_CHUNKS_MAX || number >= count) return -EBADMSG;
    if (part.len > GELF_CHUNK_BYTES_MAX) return -EBADMSG;
    memcpy(name, sender.ptr, sender.len < SENDER_BYTES ? sender.len : SENDER_BYTES);
    expire(chunks, now_ns, ret_dropped);
    Unfinished *item = find(chunks, datagram.ptr + 2, name);
    if (!item) {
        item = make_room(chunks, ret_dropped);
        *item = (Unfinished){.used = true, .since_ns = now_ns, .count = count};
        memcpy(item->id, datagram.ptr + 2, ID_BYTES);
        memcpy(item->sender, name, SENDER_BYTES);
    }
    if (item->count != count) return -EBADMSG;
    if (item->has[number]) return 0; /* a datagram that came twice */
    buf_add_slice(&item->parts[number], part);
    if (buf_error(&item->parts[number])) return -ENOMEM;
    item->has[number] = true;
    return ++item->have == count ? join(chunks, item, ret) : 0;
}
