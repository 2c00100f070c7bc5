/* See store_call.h. */
#include "engine/store_call.h"

#include "engine/store_talk.h"

#include <errno.h>
#include <stdlib.h>

struct StoreCall {
    int fd;
    Buf body; /* being gathered, or received */
};

void store_call_close(StoreCall *call)
{
    if (!call) return;
    local_close(call->fd);
    buf_done(&call->body);
    free(call);
}

static int send_body(StoreCall *call, StoreTalk what)
{
    int r = buf_error(&call->body);
    if (r == 0) r = store_talk_send(call->fd, what, buf_slice(&call->body));
    buf_clear(&call->body);
    return r;
}

/* Sends what is in the body, waits for the answer. The server may take its time. */
static int ask(StoreCall *call, StoreTalk what, StoreTalkDone *ret)
{
    StoreTalk answered;
    int r = send_body(call, what);
    if (r == 0) r = store_talk_receive(call->fd, -1, &answered, &call->body);
    if (r == 0) r = -ECONNRESET;
    if (r > 0)
        r = answered == TALK_DONE ? store_talk_read_done(buf_slice(&call->body), ret) : -EPROTO;
    buf_clear(&call->body);
    return r < 0 ? r : ret->result;
}

int store_call_open(const char *folder, StoreCall **ret)
{
    StoreTalkDone done = {0};
    int fd = local_connect(folder, STORE_TALK_NAME);
    if (fd < 0) return fd;
    StoreCall *call = calloc(1, sizeof *call);
    if (!call) {
        local_close(fd);
        return -ENOMEM;
    }
    *call = (StoreCall){.fd = fd, .body = buf_make(STORE_TALK_BODY_BYTES_MAX)};
    buf_add_cstr(&call->body, STORE_TALK_GREETING);
    int r = ask(call, TALK_HELLO, &done);
    if (r < 0) {
        store_call_close(call);
        return r;
    }
    *ret = call;
    return 0;
}

static void add_row(Buf *to, const Row *row)
{
    size_t at = to->len;
    buf_add_le32(to, 0);
    row_encode(to, row);
    if (buf_error(to)) return;
    uint32_t bytes = (uint32_t)(to->len - at - 4);
    for (unsigned i = 0; i < 4; i++) {
        to->ptr[at + i] = (char)(bytes >> 8 * i);
    }
}

int store_call_rows(StoreCall *call, const Row *rows, size_t count)
{
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        add_row(&call->body, &rows[i]);
        if (call->body.len >= STORE_TALK_BODY_BYTES || buf_error(&call->body)) {
            r = send_body(call, TALK_ROWS);
        }
    }
    return r;
}

int store_call_end(StoreCall *call, StoreTally *ret)
{
    StoreTalkDone done = {0};
    int r = call->body.len ? send_body(call, TALK_ROWS) : 0;
    if (r == 0) r = ask(call, TALK_END, &done);
    if (r == 0) *ret = (StoreTally){.added = done.a, .duplicates = done.b};
    return r;
}

int store_call_seal(StoreCall *call)
{
    StoreTalkDone done = {0};
    return ask(call, TALK_SEAL, &done);
}

int store_call_expire(StoreCall *call, bool dry_run, bool at_once, StoreExpired *ret)
{
    StoreTalkDone done = {.e = INT64_MIN};
    buf_add_char(&call->body, (char)((dry_run ? TALK_DRY_RUN : 0) | (at_once ? TALK_AT_ONCE : 0)));
    int r = ask(call, TALK_EXPIRE, &done);
    *ret = (StoreExpired){
        .segments = done.a, .rows = done.b, .bytes = done.c, .held = done.d, .until_ns = done.e};
    return r;
}

int store_call_delete(StoreCall *call, const StoreDeletion *deletion, StoreDeleted *ret)
{
    StoreTalkDone done = {0};
    int r = 0;
    for (size_t i = 0; i < deletion->count && r == 0; i++) {
        buf_add_le64(&call->body, deletion->numbers[i]);
        bool is_last = i + 1 == deletion->count;
        if (is_last || call->body.len >= STORE_TALK_BODY_BYTES) r = send_body(call, TALK_NUMBERS);
    }
    if (r == 0) {
        buf_add_char(&call->body, deletion->dry_run ? TALK_DRY_RUN : 0);
        buf_add_slice(&call->body, deletion->reason);
        r = ask(call, TALK_DELETE, &done);
    }
    *ret = (StoreDeleted){.rows = done.a, .segments = done.b, .held = done.c};
    return r;
}
