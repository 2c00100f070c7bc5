/* The doors that speak no HTTP: syslog (over TLS or not), GELF over TCP, Lumberjack, Fluent
 * forward. What their bytes mean is in the pure parts; here they meet the connection. */
#include "collect/door_inside.h"
#include "collect/fluent_message.h"
#include "collect/gelf_message.h"
#include "collect/lumberjack_frames.h"
#include "collect/syslog_listener.h"

#include <errno.h>
#include <stdlib.h>

#define FRAMES_A_BUNDLE 4096
#define KEPT_BYTES ((size_t)256 << 10)

/* --- syslog: RFC 6587 framings, and with TLS RFC 5425 -------------------------------------------
 */

static void *syslog_begin(DoorConnection *connection)
{
    bool is_tls = connection->door->tls != DOOR_TLS_NEVER;
    bundle_set_origin(&connection->group, is_tls ? "syslog/tls" : "syslog/tcp", connection->peer);
    return calloc(1, sizeof(SyslogFraming));
}

static ssize_t syslog_take(DoorConnection *connection, Slice input, bool ended)
{
    SyslogFraming *state = connection->state;
    Slice rest = input;
    while (connection->group.count < FRAMES_A_BUNDLE) {
        SyslogFrame frame;
        size_t used = syslog_frame_next(state, rest, ended, &frame);
        if (used == 0) break;
        rest = slice_skip(rest, used);
        if (frame.message.len == 0) continue;
        Message *message = bundle_add(&connection->group);
        if (!message) return -ENOMEM;
        message->bytes = frame.message;
        message->continues = frame.continues;
    }
    return (ssize_t)(input.len - rest.len);
}

const DoorProtocol door_syslog = {.name = "syslog/tls",
                                  .input_bytes_max = SYSLOG_MESSAGE_BYTES_MAX + 64,
                                  .begin = syslog_begin,
                                  .end = free,
                                  .take = syslog_take};

/* --- GELF over TCP: each message ended by NUL (Graylog, "GELF via TCP") -------------------------
 */

static void *gelf_begin(DoorConnection *connection)
{
    (void)connection;
    return calloc(1, sizeof(JsonTree));
}

static void gelf_end(void *state)
{
    json_tree_done(state);
    free(state);
}

static bool means_http(Slice input)
{
    return slice_starts(input, SLICE("POST ")) || slice_starts(input, SLICE("GET ")) ||
           slice_starts(input, SLICE("HEAD ")) || slice_starts(input, SLICE("OPTIONS "));
}

/* What is no GELF is kept all the same: a line of text. */
static int gelf_take_text(DoorConnection *connection, Slice text)
{
    Bundle *group = &connection->group;
    if (text.len > BUNDLE_MESSAGE_BYTES_MAX) return -EMSGSIZE;
    int r = gelf_take(group, connection->state, text);
    if (r != -EBADMSG) return r;
    Message *message = bundle_add(group);
    if (!message) return -ENOMEM;
    message->bytes = text;
    return 0;
}

static ssize_t gelf_take_some(DoorConnection *connection, Slice input, bool ended)
{
    Slice rest = input;
    if (input.len > 0 && input.len < 8 && !ended && memchr("PGHO", input.ptr[0], 4)) return 0;
    if (means_http(input)) {
        int r = door_connection_become(connection, &door_http);
        return r < 0 ? r : connection->protocol->take(connection, input, ended);
    }
    while (rest.len > 0 && connection->group.count < FRAMES_A_BUNDLE) {
        size_t end = slice_find_char(rest, '\0');
        if (end == SLICE_NOT_FOUND && !ended) break;
        Slice text = slice_trim(slice_first(rest, end));
        int r = text.len > 0 ? gelf_take_text(connection, text) : 0;
        if (r < 0) return r;
        rest = slice_skip(rest, end == SLICE_NOT_FOUND ? rest.len : end + 1);
    }
    return (ssize_t)(input.len - rest.len);
}

const DoorProtocol door_gelf = {.name = "gelf/tcp",
                                .input_bytes_max = BUNDLE_MESSAGE_BYTES_MAX + 1,
                                .begin = gelf_begin,
                                .end = gelf_end,
                                .take = gelf_take_some};

/* --- Lumberjack ---------------------------------------------------------------------------------
 */

static void *lumberjack_begin(DoorConnection *connection)
{
    (void)connection;
    return calloc(1, sizeof(LumberjackState));
}

static void lumberjack_end(void *context)
{
    LumberjackState *state = context;
    json_tree_done(&state->tree);
    buf_done(&state->unpacked);
    free(state);
}

static size_t lumberjack_held(const void *context)
{
    const LumberjackState *state = context;
    return state->unpacked.capacity;
}

static void lumberjack_finish(void *context)
{
    LumberjackState *state = context;
    if (state->unpacked.capacity > KEPT_BYTES) buf_done(&state->unpacked);
}

static ssize_t lumberjack_take_some(DoorConnection *connection, Slice input, bool ended)
{
    LumberjackState *state = connection->state;
    (void)ended;
    ssize_t used = lumberjack_take(state, input, &connection->group);
    if (used < 0) {
        bundle_clear(&connection->group);
        return used;
    }
    if (used > 0 && state->has_events) {
        lumberjack_add_ack(&connection->answer, state->sequence);
        state->has_events = false;
    }
    connection->awaited = true;
    return used;
}

/* An acknowledgement of nothing yet: the client knows that it need not give up. */
static void lumberjack_keep_alive(DoorConnection *connection, Buf *out)
{
    (void)connection;
    lumberjack_add_ack(out, 0);
}

const DoorProtocol door_lumberjack = {.name = "lumberjack",
                                      .input_bytes_max = LUMBERJACK_FRAME_BYTES_MAX + 64,
                                      .begin = lumberjack_begin,
                                      .end = lumberjack_end,
                                      .take = lumberjack_take_some,
                                      .held = lumberjack_held,
                                      .finish = lumberjack_finish,
                                      .keep_alive = lumberjack_keep_alive};

/* --- Fluent forward -----------------------------------------------------------------------------
 */

typedef struct FluentState {
    FluentReader reader;
    MsgpackMeasure measure;
    bool must_know; /* the handshake is not over */
    unsigned char nonce[FLUENT_NONCE_BYTES];
} FluentState;

static void *fluent_begin(DoorConnection *connection)
{
    const Doors *doors = connection->doors;
    FluentState *state = calloc(1, sizeof *state);
    if (!state) return NULL;
    state->must_know = door_secrets_has(doors->options.secrets, SECRET_FLUENT);
    if (!state->must_know) return state;
    if (doors->os->random(doors->os->state, state->nonce, sizeof state->nonce) < 0) {
        free(state);
        return NULL;
    }
    fluent_add_helo(&connection->out, slice_of(state->nonce, sizeof state->nonce));
    return state;
}

static void fluent_end(void *context)
{
    FluentState *state = context;
    fluent_reader_done(&state->reader);
    free(state);
}

static size_t fluent_held(const void *context)
{
    const FluentState *state = context;
    return state->reader.unpacked.capacity;
}

static void fluent_finish(void *context)
{
    FluentState *state = context;
    if (state->reader.unpacked.capacity > KEPT_BYTES) buf_done(&state->reader.unpacked);
}

/* Each of the keys may be the client's. */
static int fluent_handshake(DoorConnection *connection, Slice message)
{
    FluentState *state = connection->state;
    const DoorSecrets *secrets = connection->doors->options.secrets;
    Slice nonce = slice_of(state->nonce, sizeof state->nonce), key;
    int r = 0;
    for (size_t n = 0; r == 0 && (key = door_secrets_at(secrets, SECRET_FLUENT, n)).len > 0; n++) {
        buf_clear(&connection->answer);
        r = fluent_answer_ping(message, nonce, key, &connection->answer);
    }
    state->must_know = r != 1;
    if (r == 1) return 0;
    door_count(&door_counters_of(connection)->unauthorised, 1);
    return r < 0 ? r : -EACCES;
}

static ssize_t fluent_take_some(DoorConnection *connection, Slice input, bool ended)
{
    FluentState *state = connection->state;
    Slice chunk;
    (void)ended;
    if (input.len == 0) return 0;
    ssize_t bytes = msgpack_measure(&state->measure, input);
    if (bytes <= 0) return bytes;
    state->measure = (MsgpackMeasure){0};
    Slice message = slice_first(input, (size_t)bytes);
    if (state->must_know) {
        int r = fluent_handshake(connection, message);
        return r < 0 ? r : bytes;
    }
    int r = fluent_take(&state->reader, message, &connection->group, &chunk);
    if (r < 0) {
        bundle_clear(&connection->group);
        return r;
    }
    if (chunk.len > 0) fluent_add_ack(&connection->answer, chunk);
    connection->awaited = chunk.len > 0;
    return bytes;
}

const DoorProtocol door_fluent = {.name = "fluent",
                                  .input_bytes_max = FLUENT_MESSAGE_BYTES_MAX,
                                  .begin = fluent_begin,
                                  .end = fluent_end,
                                  .take = fluent_take_some,
                                  .held = fluent_held,
                                  .finish = fluent_finish};
