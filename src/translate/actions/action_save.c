/* Over a restart: sessions, open handles, and the numbers to which the logs have come. What waits
 * is given before (actions_flush), so that nothing else is to be kept. */
#include "translate/actions/action_order.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

#define SAVE_VERSION 3

void save_text(Buf *to, Slice text)
{
    buf_add_varint(to, text.len);
    buf_add_slice(to, text);
}

int restore_text(Slice *bytes, Slice *ret)
{
    uint64_t len;
    if (slice_take_varint(bytes, &len) < 0 || len > bytes->len || len > NAME_BYTES_MAX) {
        return -EBADMSG;
    }
    *ret = slice_first(*bytes, (size_t)len);
    *bytes = slice_skip(*bytes, (size_t)len);
    return 0;
}

int restore_u64(Slice *bytes, uint64_t *ret)
{
    if (bytes->len < 8) return -EBADMSG;
    *ret = read_le64(bytes->ptr);
    *bytes = slice_skip(*bytes, 8);
    return 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void save_name(const Actions *actions, Buf *to, NameId id)
{
    save_text(to, actions_text(actions, id));
}

static void save_session(const Actions *actions, Buf *to, const Session *session)
{
    const NameId names[] = {actions->hosts[session->host].name,
                            session->user,
                            session->domain,
                            session->sid,
                            session->ip,
                            session->client,
                            session->auth};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        save_name(actions, to, names[i]);
    }
    buf_add_le64(to, session->logon_id);
    buf_add_le64(to, (uint64_t)session->seen_ns);
    buf_add_le64(to, (uint64_t)session->begun_ns);
    buf_add_le16(to, session->port);
    buf_add_char(to, (char)session->logon_type);
    buf_add_char(to, (char)session->ended);
    buf_add_char(to, (char)session->source);
}

static void save_handle(const Actions *actions, Buf *to, const Handle *handle)
{
    buf_add_le64(to, handle->node.key.a);
    buf_add_le64(to, handle->node.key.b & UINT32_MAX); /* without the host: its number may change */
    buf_add_varint(to, handle->session);               /* its place in what was written before */
    save_name(actions, to, handle->path);
    save_name(actions, to, handle->image);
    save_name(actions, to, handle->share);
    save_name(actions, to, handle->copied_from);
    buf_add_le32(to, handle->requested);
    buf_add_le32(to, handle->used);
    buf_add_le64(to, (uint64_t)handle->opened_ns);
    buf_add_le64(to, (uint64_t)handle->last_ns);
    const uint8_t flags[] = {handle->kind,      handle->deleted,   handle->alone,
                             handle->was_known, handle->announced, handle->permissions_told,
                             handle->told};
    buf_add(to, flags, sizeof flags);
    buf_add_varint(to, handle->raw.total);
    buf_add_varint(to, handle->raw.count);
    for (uint8_t i = 0; i < handle->raw.count; i++) {
        const RawSpan *span = &handle->spans[i];
        buf_add_le64(to, span->id);
        buf_add_le64(to, span->record_id);
        buf_add_le32(to, span->count);
        save_name(actions, to, span->channel);
    }
}

void actions_save(const Actions *actions, Buf *to)
{
    buf_add_char(to, SAVE_VERSION);
    orders_save(actions, to);
    buf_add_varint(to, actions->sessions.count);
    const Table *sessions = &actions->sessions;
    for (Session *s = table_oldest(sessions); s; s = table_newer(sessions, s)) {
        buf_add_varint(to, s->node.index);
        buf_add_varint(to, s->node.key.b & 3);
        save_session(actions, to, s);
    }
    buf_add_varint(to, actions->handles.count);
    const Table *handles = &actions->handles;
    for (Handle *h = table_oldest(handles); h; h = table_newer(handles, h)) {
        save_handle(actions, to, h);
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct Restoring {
    Actions *actions;
    Slice bytes;
    uint32_t *session_at; /* by the number that the session had when it was written */
    size_t session_count;
    bool bad;
} Restoring;

static Slice take_text(Restoring *in)
{
    Slice text = {0};
    if (restore_text(&in->bytes, &text) < 0) in->bad = true;
    return text;
}

static uint64_t take_u64(Restoring *in)
{
    uint64_t value = 0;
    if (restore_u64(&in->bytes, &value) < 0) in->bad = true;
    return value;
}

static uint64_t take_varint(Restoring *in, uint64_t max)
{
    uint64_t value = 0;
    if (slice_take_varint(&in->bytes, &value) < 0 || value > max) in->bad = true;
    return in->bad ? 0 : value;
}

static uint64_t take_bytes(Restoring *in, size_t count)
{
    uint64_t value = 0;
    if (in->bytes.len < count) {
        in->bad = true;
        return 0;
    }
    memcpy(&value, in->bytes.ptr, count);
    in->bytes = slice_skip(in->bytes, count);
    return value;
}

static int64_t take_time(Restoring *in)
{
    int64_t ns = (int64_t)take_u64(in);
    if (ns < 0 || ns >= ACTIONS_TIME_NS_MAX) in->bad = true;
    return in->bad ? 0 : ns;
}

static int restore_session(Restoring *in)
{
    Actions *actions = in->actions;
    uint64_t number = take_varint(in, ACTIONS_SESSIONS_MAX), kind = take_varint(in, 3);
    Slice host = take_text(in), names[6];
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        names[i] = take_text(in);
    }
    uint64_t logon_id = take_u64(in);
    int64_t seen_ns = take_time(in), begun_ns = take_time(in);
    uint64_t port = take_bytes(in, 2), type = take_bytes(in, 1), ended = take_bytes(in, 1);
    uint64_t source = take_bytes(in, 1);
    bool windows = source == SOURCE_WINDOWS || source == SOURCE_NETAPP;
    if (in->bad || number == 0 || source >= SOURCE_COUNT || windows != (kind < 3)) return -EBADMSG;
    if (windows && (host.len == 0 || (kind == 1) != (logon_id != 0))) return -EBADMSG;
    uint32_t at = host_number(actions, host);
    Slice who = source == SOURCE_SAMBA ? names[0] : names[2];
    TableKey key = windows ? session_key(actions, at, logon_id, names[2])
                           : session_unix_key(actions, at, (ActionSource)source, who, logon_id);
    if (at == 0 || in->session_at[number] || table_find(&actions->sessions, key)) return -EBADMSG;
    Session *session = table_add(&actions->sessions, key);
    if (!session) return -ENOMEM;
    NameId *places[] = {&session->user, &session->domain, &session->sid,
                        &session->ip,   &session->client, &session->auth};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        *places[i] = actions_hold(actions, names[i]);
    }
    session->host = at;
    session->logon_id = logon_id;
    session->seen_ns = seen_ns;
    session->begun_ns = begun_ns;
    session->port = (uint16_t)port;
    session->logon_type = (uint8_t)type;
    session->ended = ended != 0;
    session->source = (uint8_t)source;
    in->session_at[number] = session->node.index;
    return 0;
}

static int restore_spans(Restoring *in, Handle *handle)
{
    handle->raw.count_max = HANDLE_SPANS_MAX;
    handle->raw.total = (uint32_t)take_varint(in, UINT32_MAX);
    handle->raw.count = (uint8_t)take_varint(in, HANDLE_SPANS_MAX);
    for (uint8_t i = 0; i < handle->raw.count && !in->bad; i++) {
        RawSpan *span = &handle->spans[i];
        span->id = take_u64(in);
        span->record_id = take_u64(in);
        span->count = (uint32_t)take_bytes(in, 4);
        bool full = false; /* the channel's name is the stream's, restored before */
        span->channel = name_hold(in->actions->names, take_text(in), &full);
    }
    return in->bad ? -EBADMSG : 0;
}

static int restore_handle(Restoring *in)
{
    Actions *actions = in->actions;
    uint64_t number = take_u64(in), pid = take_u64(in);
    uint64_t of = take_varint(in, ACTIONS_SESSIONS_MAX);
    Slice path = take_text(in), image = take_text(in), share = take_text(in);
    Slice copied_from = take_text(in);
    if (in->bad || path.len == 0 || !in->session_at[of]) return -EBADMSG;
    Session *session = table_at(&actions->sessions, in->session_at[of]);
    NameId name = actions_hold(actions, path);
    TableKey key = session->source == SOURCE_SAMBA ? samba_handle_key(actions, session, name)
                                                   : handle_key(session->host, pid, number);
    Handle *handle = table_find(&actions->handles, key) ? NULL : table_add(&actions->handles, key);
    if (!handle) {
        name_drop(actions->names, name);
        return table_find(&actions->handles, key) ? -EBADMSG : -ENOMEM;
    }
    handle_link(actions, handle, session,
                pid ? process_of(actions, session->host, pid, image) : NULL);
    handle->path = name;
    handle->copied_from = actions_hold(actions, copied_from);
    handle->image = actions_hold(actions, image);
    handle->share = actions_hold(actions, share);
    handle->requested = (uint32_t)take_bytes(in, 4);
    handle->used = (uint32_t)take_bytes(in, 4);
    handle->opened_ns = take_time(in);
    handle->last_ns = take_time(in);
    handle->kind = (uint8_t)take_bytes(in, 1);
    handle->deleted = take_bytes(in, 1) != 0;
    handle->alone = take_bytes(in, 1) != 0;
    handle->was_known = take_bytes(in, 1) != 0;
    handle->announced = (uint8_t)take_bytes(in, 1);
    handle->permissions_told = take_bytes(in, 1) != 0;
    handle->told = (uint8_t)take_bytes(in, 1);
    if (handle->kind > HANDLE_OTHER || handle->told > CERTAINTY_INFERRED + 1) in->bad = true;
    return restore_spans(in, handle);
}

static int restore_all(Restoring *in)
{
    uint64_t sessions = take_varint(in, ACTIONS_SESSIONS_MAX);
    for (uint64_t i = 0; i < sessions && !in->bad; i++) {
        int r = restore_session(in);
        if (r < 0) return r;
    }
    uint64_t handles = take_varint(in, ACTIONS_HANDLES_MAX);
    for (uint64_t i = 0; i < handles && !in->bad; i++) {
        int r = restore_handle(in);
        if (r < 0) return r;
    }
    return in->bad || in->bytes.len > 0 ? -EBADMSG : 0;
}

int actions_restore(Actions *actions, Slice bytes)
{
    if (bytes.len == 0 || bytes.ptr[0] != SAVE_VERSION) return -EBADMSG;
    Restoring in = {.actions = actions, .bytes = slice_skip(bytes, 1)};
    int r = orders_restore(actions, &in.bytes);
    if (r < 0) return r;
    in.session_at = calloc(ACTIONS_SESSIONS_MAX + 1, sizeof *in.session_at);
    if (!in.session_at) return -ENOMEM;
    r = restore_all(&in);
    free(in.session_at);
    return r;
}
