/* See store_talk.h. */
#include "engine/store_talk.h"

#include "base/number.h"

#include <errno.h>

enum { HEAD_BYTES = 5, DONE_BYTES = 4 + 5 * 8 };

int store_talk_send(int fd, StoreTalk what, Slice body)
{
    CLEANUP(buf_done) Buf head = buf_make(HEAD_BYTES);
    buf_add_le32(&head, (uint32_t)body.len);
    buf_add_char(&head, (char)what);
    int r = buf_error(&head);
    if (r == 0) r = local_send(fd, buf_slice(&head));
    return r < 0 ? r : local_send(fd, body);
}

int store_talk_send_done(int fd, const StoreTalkDone *done)
{
    CLEANUP(buf_done) Buf body = buf_make(DONE_BYTES);
    buf_add_le32(&body, (uint32_t)done->result);
    buf_add_le64(&body, done->a);
    buf_add_le64(&body, done->b);
    buf_add_le64(&body, done->c);
    buf_add_le64(&body, done->d);
    buf_add_le64(&body, (uint64_t)done->e);
    int r = buf_error(&body);
    return r < 0 ? r : store_talk_send(fd, TALK_DONE, buf_slice(&body));
}

int store_talk_receive(int fd, int wait_ms, StoreTalk *ret_what, Buf *body)
{
    char head[HEAD_BYTES];
    int r = local_receive(fd, head, sizeof head, wait_ms);
    if (r <= 0) return r;
    size_t bytes = read_le32(head);
    if (bytes > STORE_TALK_BODY_BYTES_MAX) return -EPROTO;
    buf_clear(body);
    char *room = buf_reserve(body, bytes + 1);
    if (!room) return -ENOMEM;
    r = bytes ? local_receive(fd, room, bytes, wait_ms) : 1;
    if (r <= 0) return r == 0 ? -ECONNRESET : r;
    body->len = bytes;
    *ret_what = (StoreTalk)(unsigned char)head[4];
    return 1;
}

int store_talk_read_done(Slice body, StoreTalkDone *ret)
{
    if (body.len != DONE_BYTES) return -EPROTO;
    ret->result = (int32_t)read_le32(body.ptr);
    ret->a = read_le64(body.ptr + 4);
    ret->b = read_le64(body.ptr + 12);
    ret->c = read_le64(body.ptr + 20);
    ret->d = read_le64(body.ptr + 28);
    ret->e = (int64_t)read_le64(body.ptr + 36);
    return 0;
}
