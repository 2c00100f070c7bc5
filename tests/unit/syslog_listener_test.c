/* collect/syslog_listener.h on the loopback interface. */
#include "tests/support/tap.h"

#include "base/buf.h"
#include "collect/listen_address.h"
#include "collect/syslog_listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE_NS ((int64_t)20 * 1000000000)

/* What came: each message as `ORIGIN|BYTES` (long ones as their length), `+` behind a piece. */
typedef struct Seen {
    Buf text;
    uint64_t count, bytes;
    uint64_t last_connection;
    int64_t last_received_ns;
    bool refuses;
    uint64_t refusals;
    uint64_t room; /* with refuse_after: how many are taken before it refuses */
    bool limited;
    /* numbered messages `<13>NNNN`: in order within each connection */
    uint32_t next[2048];
    bool numbered;
} Seen;

static void take_numbered(Seen *seen, const Message *message)
{
    char digits[16] = "";
    memcpy(digits, message->bytes.ptr + 4,
           message->bytes.len - 4 < 15 ? message->bytes.len - 4 : 15);
    uint32_t number = (uint32_t)strtoul(digits, NULL, 10);
    uint32_t *next = &seen->next[message->connection % 2048];
    expect_int(number, *next);
    *next = number + 1;
}

static int on_message(void *context, const Message *message)
{
    Seen *seen = context;
    if (seen->refuses || (seen->limited && seen->room == 0)) {
        seen->refusals++;
        return -EAGAIN;
    }
    if (seen->limited) seen->room--;
    seen->count++;
    seen->bytes += message->bytes.len;
    seen->last_connection = message->connection;
    seen->last_received_ns = message->received_ns;
    if (seen->numbered) {
        take_numbered(seen, message);
        return 0;
    }
    buf_add_cstr(&seen->text, message->origin);
    buf_add_char(&seen->text, '|');
    if (message->bytes.len <= 200) {
        buf_add_slice(&seen->text, message->bytes);
    } else {
        buf_add_u64(&seen->text, message->bytes.len);
    }
    buf_add_cstr(&seen->text, message->continues ? "+\n" : "\n");
    return 0;
}

/* A listener under test, with its sink. */
typedef struct Door {
    SyslogListener *listener;
    Seen seen;
    int port;
} Door;

static bool door_open(Door *door, const Os *os, const char *address)
{
    const MessageSink sink = {.message = on_message, .context = &door->seen};
    Complaint complaint = {0};
    int r = syslog_listener_open(os, address, 0, &sink, &door->listener, &complaint);
    if (!expect_ok(r)) return false;
    door->port = syslog_listener_port(door->listener);
    return expect(door->port > 0);
}

static void door_done(Door *door)
{
    if (door->listener) syslog_listener_close(door->listener);
    door->listener = NULL;
    buf_done(&door->seen.text);
}

static void step_for(Door *door, int steps)
{
    for (int i = 0; i < steps; i++) {
        expect_ok(syslog_listener_step(door->listener, 5));
    }
}

/* Steps until so many messages came, or for too long. */
static bool step_until(Door *door, uint64_t count)
{
    int64_t end_ns = os_real.monotonic_ns(NULL) + DEADLINE_NS;
    while (door->seen.count < count && os_real.monotonic_ns(NULL) < end_ns) {
        if (!expect_ok(syslog_listener_step(door->listener, 50))) return false;
    }
    return expect_int(door->seen.count, count);
}

static uint64_t counted(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return to;
}

static int sender_open(const Door *door, int type)
{
    struct sockaddr_in to = loopback(door->port);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    expect_int(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, Slice bytes)
{
    while (bytes.len > 0) {
        ssize_t r = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (!expect(r > 0)) return;
        bytes = slice_skip(bytes, (size_t)r);
    }
}

#define DOOR CLEANUP(door_done) Door

static void datagrams_are_messages(void)
{
    DOOR door = {0};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    int fd = sender_open(&door, SOCK_DGRAM);
    say(fd, SLICE("<13>one"));
    say(fd, SLICE("<13>two\r\n"));
    say(fd, SLICE("<13>three\nlines\n\0"));
    send(fd, "", 0, 0);
    say(fd, SLICE("\n"));
    say(fd, SLICE("<13>last"));
    int64_t before_ns = os_real.now_ns(NULL);
    step_until(&door, 4);
    expect_text(buf_slice(&door.seen.text),
                "syslog/udp 127.0.0.1|<13>one\nsyslog/udp 127.0.0.1|<13>two\n"
                "syslog/udp 127.0.0.1|<13>three\nlines\nsyslog/udp 127.0.0.1|<13>last\n");
    expect_int(door.seen.last_connection, 0);
    expect(door.seen.last_received_ns >= before_ns);
    const SyslogCounters *counters = syslog_listener_counters(door.listener);
    expect_int(counted(&counters->udp_messages), 4);
    expect_int(counted(&counters->udp_bytes), 7 + 9 + 17 + 1 + 8);
    expect_int(counted(&counters->udp_dropped), 0);
    close(fd);
}

static void the_largest_datagram_is_whole(void)
{
    DOOR door = {0};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    static char large[65507];
    memset(large, 'x', sizeof large);
    int fd = sender_open(&door, SOCK_DGRAM);
    say(fd, slice_of(large, sizeof large));
    step_until(&door, 1);
    expect_text(buf_slice(&door.seen.text), "syslog/udp 127.0.0.1|65507\n");
    close(fd);
}

static void both_framings_share_a_connection(void)
{
    DOOR door = {0};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    int fd = sender_open(&door, SOCK_STREAM);
    say(fd, SLICE("<13>line\n9 <14>count<15>zero\0\n\n5 <16"));
    step_until(&door, 3);
    say(fd, SLICE(">x<17>unended"));
    close(fd);
    step_until(&door, 5);
    expect_text(buf_slice(&door.seen.text),
                "syslog/tcp 127.0.0.1|<13>line\nsyslog/tcp 127.0.0.1|<14>count\n"
                "syslog/tcp 127.0.0.1|<15>zero\nsyslog/tcp 127.0.0.1|<16>x\n"
                "syslog/tcp 127.0.0.1|<17>unended\n");
    const SyslogCounters *counters = syslog_listener_counters(door.listener);
    step_for(&door, 2);
    expect_int(counted(&counters->tcp_messages), 5);
    expect_int(counted(&counters->connections_total), 1);
    expect_int(counted(&counters->connections_open), 0);
    expect_int(counted(&counters->framing_errors), 0);
    expect_int(door.seen.last_connection, 1);
}

static void long_messages_are_split(void)
{
    DOOR door = {0};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    CLEANUP(buf_done) Buf bytes = {0};
    for (int counting = 0; counting < 2; counting++) {
        buf_add_cstr(&bytes, counting ? "307200 <13>" : "<13>");
        char *room = buf_reserve(&bytes, 307196);
        if (!expect(room != NULL)) return;
        memset(room, 'x', 307196);
        bytes.len += 307196;
        buf_add_cstr(&bytes, counting ? "5 <13>b" : "\n<13>a\n");
    }
    int fd = sender_open(&door, SOCK_STREAM);
    int size = 1 << 20;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    for (size_t at = 0; at < bytes.len; at += 30000) {
        say(fd, slice_first(slice_skip(buf_slice(&bytes), at), 30000));
        step_for(&door, 1);
    }
    step_until(&door, 6);
    expect_text(buf_slice(&door.seen.text),
                "syslog/tcp 127.0.0.1|262144+\nsyslog/tcp 127.0.0.1|45056\nsyslog/tcp "
                "127.0.0.1|<13>a\nsyslog/tcp 127.0.0.1|262144+\nsyslog/tcp "
                "127.0.0.1|45056\nsyslog/tcp 127.0.0.1|<13>b\n");
    expect_int(counted(&syslog_listener_counters(door.listener)->split), 2);
    close(fd);
}

/* A thread that sends `count` numbered lines over `connections` TCP connections in turn. */
typedef struct Sender {
    const Door *door;
    unsigned connections, count;
    pthread_t thread;
} Sender;

static void *sender_run(void *context)
{
    Sender *sender = context;
    int *fds = calloc(sender->connections, sizeof *fds);
    if (!fds) abort();
    for (unsigned c = 0; c < sender->connections; c++) {
        fds[c] = sender_open(sender->door, SOCK_STREAM);
    }
    for (unsigned n = 0; n < sender->count; n++) {
        for (unsigned c = 0; c < sender->connections; c++) {
            char line[64];
            int len = snprintf(line, sizeof line, n % 2 ? "<13>%010u\n" : "14 <13>%010u", n);
            say(fds[c], slice_of(line, (size_t)len));
        }
    }
    for (unsigned c = 0; c < sender->connections; c++) {
        close(fds[c]);
    }
    free(fds);
    return NULL;
}

static void sender_start(Sender *sender)
{
    expect_int(pthread_create(&sender->thread, NULL, sender_run, sender), 0);
}

static void a_full_sink_loses_nothing_on_tcp(void)
{
    DOOR door = {.seen = {.numbered = true, .limited = true, .room = 1000}};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    Sender sender = {.door = &door, .connections = 5, .count = 40000};
    sender_start(&sender);
    int64_t end_ns = os_real.monotonic_ns(NULL) + DEADLINE_NS;
    unsigned rounds = 0;
    while (door.seen.count < 200000 && os_real.monotonic_ns(NULL) < end_ns) {
        expect_ok(syslog_listener_step(door.listener, 5));
        if (door.seen.room > 0) continue;
        expect_ok(syslog_listener_step(door.listener, 1)); /* refused again, and waits */
        door.seen.room = ++rounds % 7 ? 2500 : 1;
        syslog_listener_wake(door.listener);
    }
    pthread_join(sender.thread, NULL);
    expect_int(door.seen.count, 200000);
    expect(door.seen.refusals > 10);
    const SyslogCounters *counters = syslog_listener_counters(door.listener);
    expect(counted(&counters->tcp_paused) > 0);
    expect_int(counted(&counters->tcp_messages), 200000);
    expect_int(counted(&counters->framing_errors), 0);
}

static void a_full_sink_bounds_what_is_held(void)
{
    DOOR door = {.seen = {.refuses = true}};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    int fd = sender_open(&door, SOCK_STREAM);
    static char lines[1 << 16];
    for (size_t i = 0; i < sizeof lines; i++) {
        lines[i] = i % 16 == 15 ? '\n' : 'x';
    }
    size_t sent = 0;
    for (int silent = 0; silent < 50;) {
        ssize_t r = send(fd, lines, sizeof lines, MSG_DONTWAIT | MSG_NOSIGNAL);
        silent = r > 0 ? 0 : silent + 1;
        sent += r > 0 ? (size_t)r : 0;
        expect_ok(syslog_listener_step(door.listener, 1));
    }
    /* The sender was made to wait: only a read's worth left the kernel. */
    uint64_t got = counted(&syslog_listener_counters(door.listener)->tcp_bytes);
    expect(got <= 65536);
    expect(sent > got);
    door.seen.refuses = false;
    step_until(&door, sent / 16);
    close(fd);
}

static void a_full_sink_leaves_datagrams_to_the_kernel(void)
{
    DOOR door = {.seen = {.refuses = true}};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    int fd = sender_open(&door, SOCK_DGRAM);
    for (int i = 0; i < 200; i++) {
        say(fd, SLICE("<13>kept"));
    }
    step_for(&door, 5);
    expect_int(door.seen.count, 0);
    door.seen.refuses = false;
    step_until(&door, 200);
    close(fd);
}

static void dropped_datagrams_are_counted(void)
{
    DOOR door = {.seen = {.refuses = true}};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    int fd = sender_open(&door, SOCK_DGRAM);
    const uint64_t sent = 150000; /* more than the largest buffer that the kernel may grant */
    for (uint64_t i = 0; i < sent; i++) {
        say(fd, SLICE("<13>too many to keep, and nobody takes them"));
    }
    door.seen.refuses = false;
    const SyslogCounters *counters = syslog_listener_counters(door.listener);
    int64_t end_ns = os_real.monotonic_ns(NULL) + DEADLINE_NS;
    while (door.seen.count + counted(&counters->udp_dropped) < sent &&
           os_real.monotonic_ns(NULL) < end_ns) {
        expect_ok(syslog_listener_step(door.listener, 20));
    }
    expect_int(door.seen.count + counted(&counters->udp_dropped), sent);
    expect(counted(&counters->udp_dropped) > 0);
    close(fd);
}

/* An Os without the kernel's table of sockets, or without descriptors for accept. */
static int open_without_proc(void *state, const char *path, int flags, mode_t mode)
{
    if (slice_starts(slice_from_cstr(path), SLICE("/proc/"))) return -ENOENT;
    return os_real.open(state, path, flags, mode);
}

static void without_the_kernels_word_datagrams_are_dropped_here(void)
{
    Os os = os_real;
    os.open = open_without_proc;
    DOOR door = {.seen = {.refuses = true}};
    if (!door_open(&door, &os, "127.0.0.1")) return;
    int fd = sender_open(&door, SOCK_DGRAM);
    for (int i = 0; i < 20; i++) {
        say(fd, SLICE("<13>x"));
    }
    step_for(&door, 3);
    expect_int(counted(&syslog_listener_counters(door.listener)->udp_dropped), 20);
    door.seen.refuses = false;
    say(fd, SLICE("<13>taken"));
    step_until(&door, 1);
    close(fd);
}

static atomic_int accepts_to_fail;

static int scarce_accept(void *state, int fd, struct sockaddr_storage *ret_peer)
{
    if (atomic_fetch_sub(&accepts_to_fail, 1) > 0) return -EMFILE;
    return os_real.accept(state, fd, ret_peer);
}

static void without_descriptors_connections_wait(void)
{
    Os os = os_real;
    os.accept = scarce_accept;
    atomic_store(&accepts_to_fail, 1);
    DOOR door = {0};
    if (!door_open(&door, &os, "127.0.0.1")) return;
    int fd = sender_open(&door, SOCK_STREAM);
    say(fd, SLICE("<13>patient\n"));
    expect_ok(syslog_listener_step(door.listener, 100));
    expect_int(door.seen.count, 0);
    int64_t before_ns = os_real.monotonic_ns(NULL);
    expect_ok(syslog_listener_step(door.listener, 50)); /* not ready all the time */
    expect(os_real.monotonic_ns(NULL) - before_ns > 40 * 1000000);
    step_until(&door, 1);
    close(fd);
}

static void a_thousand_connections_are_served(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 2200) {
        tap_skip("fewer than 2200 descriptors are allowed");
        return;
    }
    DOOR door = {.seen = {.numbered = true}};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    Sender sender = {.door = &door, .connections = 1000, .count = 30};
    sender_start(&sender);
    step_until(&door, 30000);
    pthread_join(sender.thread, NULL);
    expect_int(counted(&syslog_listener_counters(door.listener)->connections_total), 1000);
}

static void one_connection_too_many_is_closed(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 2200) {
        tap_skip("fewer than 2200 descriptors are allowed");
        return;
    }
    DOOR door = {0};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    static int fds[SYSLOG_CONNECTIONS_MAX + 1];
    for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
        fds[i] = sender_open(&door, SOCK_STREAM);
        if (i % 100 == 0) step_for(&door, 1);
    }
    step_for(&door, 10);
    const SyslogCounters *counters = syslog_listener_counters(door.listener);
    expect_int(counted(&counters->connections_open), SYSLOG_CONNECTIONS_MAX);
    expect_int(counted(&counters->connections_refused), 1);
    char byte;
    expect_int(recv(fds[SYSLOG_CONNECTIONS_MAX], &byte, 1, 0), 0);
    close(fds[0]);
    step_for(&door, 2);
    fds[0] = sender_open(&door, SOCK_STREAM);
    say(fds[0], SLICE("<13>room again\n"));
    step_until(&door, 1);
    for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
        close(fds[i]);
    }
}

static void close_hands_over_what_was_received(void)
{
    DOOR door = {0};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    int tcp = sender_open(&door, SOCK_STREAM), udp = sender_open(&door, SOCK_DGRAM);
    say(tcp, SLICE("<13>first\n"));
    step_until(&door, 1);
    CLEANUP(buf_done) Buf lines = {0};
    for (int i = 0; i < 20000; i++) {
        buf_add_cstr(&lines, "<13>line\n");
    }
    say(tcp, buf_slice(&lines));
    say(tcp, SLICE("<13>unended"));
    say(udp, SLICE("<13>datagram"));
    int late = sender_open(&door, SOCK_STREAM);
    say(late, SLICE("<13>not accepted yet\n"));
    syslog_listener_close(door.listener);
    door.listener = NULL;
    expect_int(door.seen.count, 1 + 20000 + 1 + 1 + 1);
    close(tcp);
    close(udp);
    close(late);
}

static void close_does_not_wait_for_ever(void)
{
    DOOR door = {.seen = {.refuses = true}};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    int fd = sender_open(&door, SOCK_STREAM);
    say(fd, SLICE("<13>nobody takes this\n"));
    step_for(&door, 2);
    int64_t before_ns = os_real.monotonic_ns(NULL);
    syslog_listener_close(door.listener);
    door.listener = NULL;
    int64_t took_ms = (os_real.monotonic_ns(NULL) - before_ns) / 1000000;
    expect(took_ms >= SYSLOG_CLOSE_MS_MAX && took_ms < 3 * SYSLOG_CLOSE_MS_MAX);
    close(fd);
}

static void *wake_later(void *context)
{
    os_real.sleep_ns(NULL, 50 * 1000000);
    syslog_listener_wake(context);
    return NULL;
}

static void a_wake_ends_a_waiting_step(void)
{
    DOOR door = {0};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    pthread_t waker;
    expect_int(pthread_create(&waker, NULL, wake_later, door.listener), 0);
    int64_t before_ns = os_real.monotonic_ns(NULL);
    expect_ok(syslog_listener_step(door.listener, 900));
    expect(os_real.monotonic_ns(NULL) - before_ns < (int64_t)700 * 1000000);
    pthread_join(waker, NULL);
    before_ns = os_real.monotonic_ns(NULL);
    expect_ok(syslog_listener_step(door.listener, 30)); /* one wake, one step */
    expect(os_real.monotonic_ns(NULL) - before_ns > 20 * 1000000);
}

static void failures_to_open_are_told(void)
{
    DOOR door = {0};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    const MessageSink sink = {.message = on_message, .context = &door.seen};
    const struct {
        const char *address;
        int port, want;
        const char *id, *words;
    } cases[] = {
        {"127.0.0.1", door.port, -EADDRINUSE, "listen.in_use", "127.0.0.1"},
        {"192.0.2.254", 0, -EADDRNOTAVAIL, "listen.not_here", "192.0.2.254"},
        {"localhost", 0, -EINVAL, "listen.address", "localhost"},
        {"127.0.0.1", 65536, -EINVAL, "listen.address", "65536"},
        {"127.0.0.1", -1, -EINVAL, "listen.address", "-1"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        SyslogListener *untouched = NULL;
        Complaint complaint = {0};
        expect_int(syslog_listener_open(&os_real, cases[i].address, cases[i].port, &sink,
                                        &untouched, &complaint),
                   cases[i].want);
        expect(untouched == NULL);
        expect_text(slice_from_cstr(complaint.id), cases[i].id);
        expect(strstr(complaint.en, cases[i].words) && strstr(complaint.ja, cases[i].words));
    }
}

static void ipv6_and_ipv4_come_through_one_door(void)
{
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    if (probe < 0 || bind(probe, (struct sockaddr *)&to, sizeof to) < 0) {
        if (probe >= 0) close(probe);
        tap_skip("no IPv6 here");
        return;
    }
    close(probe);
    DOOR door = {0};
    if (!door_open(&door, &os_real, "::")) return;
    to.sin6_port = htons((uint16_t)door.port);
    int tcp = socket(AF_INET6, SOCK_STREAM, 0), udp = socket(AF_INET6, SOCK_DGRAM, 0);
    expect_int(connect(tcp, (struct sockaddr *)&to, sizeof to), 0);
    expect_int(connect(udp, (struct sockaddr *)&to, sizeof to), 0);
    say(tcp, SLICE("<13>t\n"));
    step_until(&door, 1);
    say(udp, SLICE("<13>u"));
    step_until(&door, 2);
    int v4 = sender_open(&door, SOCK_DGRAM);
    say(v4, SLICE("<13>v4"));
    step_until(&door, 3);
    expect_text(buf_slice(&door.seen.text),
                "syslog/tcp ::1|<13>t\nsyslog/udp ::1|<13>u\nsyslog/udp 127.0.0.1|<13>v4\n");
    close(tcp);
    close(udp);
    close(v4);
}

static void garbage_is_taken_as_it_is(void)
{
    DOOR door = {0};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    uint64_t random = 99;
    uint64_t sent = 0;
    for (int c = 0; c < 50; c++) {
        char bytes[8192];
        for (size_t i = 0; i < sizeof bytes; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bytes[i] = (char)(random >> 40);
        }
        int fd = sender_open(&door, SOCK_STREAM);
        say(fd, slice_of(bytes, sizeof bytes));
        sent += sizeof bytes;
        struct linger reset = {.l_onoff = 1, .l_linger = 0};
        if (c % 2 == 0) {
            step_for(&door, 3);
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        }
        close(fd);
        step_for(&door, 3);
    }
    const SyslogCounters *counters = syslog_listener_counters(door.listener);
    expect_int(counted(&counters->tcp_bytes), sent);
    expect_int(counted(&counters->connections_open), 0);
    /* Only line ends are no part of a message: about one byte in 100. */
    expect(door.seen.bytes > sent / 100 * 97 && door.seen.bytes < sent);
}

/* The loop in a thread of its own, the counters read and the loop woken from this one. */
typedef struct Loop {
    Door *door;
    atomic_bool stop;
} Loop;

static void *loop_run(void *context)
{
    Loop *loop = context;
    while (!atomic_load(&loop->stop)) {
        if (syslog_listener_step(loop->door->listener, 100) < 0) abort();
    }
    return NULL;
}

static void counters_may_be_read_by_other_threads(void)
{
    DOOR door = {.seen = {.numbered = true}};
    if (!door_open(&door, &os_real, "127.0.0.1")) return;
    Loop loop = {.door = &door};
    pthread_t thread;
    expect_int(pthread_create(&thread, NULL, loop_run, &loop), 0);
    Sender sender = {.door = &door, .connections = 2, .count = 5000};
    sender_start(&sender);
    const SyslogCounters *counters = syslog_listener_counters(door.listener);
    int64_t end_ns = os_real.monotonic_ns(NULL) + DEADLINE_NS;
    while (counted(&counters->tcp_messages) < 10000 && os_real.monotonic_ns(NULL) < end_ns) {
        os_real.sleep_ns(NULL, 1000000);
        syslog_listener_wake(door.listener);
    }
    pthread_join(sender.thread, NULL);
    atomic_store(&loop.stop, true);
    syslog_listener_wake(door.listener);
    pthread_join(thread, NULL);
    expect_int(counted(&counters->tcp_messages), 10000);
    expect_int(door.seen.count, 10000);
}

static int stopping_sink(void *context, const Message *message)
{
    (void)context, (void)message;
    return -ENOSPC;
}

static void an_error_of_the_sink_ends_the_loop(void)
{
    const MessageSink sink = {.message = stopping_sink};
    Complaint complaint;
    Door door = {0};
    if (!expect_ok(
            syslog_listener_open(&os_real, "127.0.0.1", 0, &sink, &door.listener, &complaint)))
        return;
    door.port = syslog_listener_port(door.listener);
    int fd = sender_open(&door, SOCK_STREAM);
    say(fd, SLICE("<13>x\n"));
    int r = 0;
    for (int i = 0; i < 100 && r == 0; i++) {
        r = syslog_listener_step(door.listener, 10);
    }
    expect_int(r, -ENOSPC);
    syslog_listener_close(door.listener);
    close(fd);
}

static void loopback_is_told_from_the_rest(void)
{
    static const char *const near[] = {"127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"};
    static const char *const open[] = {"0.0.0.0",          "::",   "192.0.2.7",
                                       "::ffff:192.0.2.7", "host", ""};
    for (size_t i = 0; i < ARRAY_COUNT(near); i++)
        expect(listen_is_loopback(near[i]));
    for (size_t i = 0; i < ARRAY_COUNT(open); i++)
        expect(!listen_is_loopback(open[i]));
}

static const TapTest tests[] = {
    TAP_TEST(datagrams_are_messages),
    TAP_TEST(the_largest_datagram_is_whole),
    TAP_TEST(both_framings_share_a_connection),
    TAP_TEST(long_messages_are_split),
    TAP_TEST(a_full_sink_loses_nothing_on_tcp),
    TAP_TEST(a_full_sink_bounds_what_is_held),
    TAP_TEST(a_full_sink_leaves_datagrams_to_the_kernel),
    TAP_TEST(dropped_datagrams_are_counted),
    TAP_TEST(without_the_kernels_word_datagrams_are_dropped_here),
    TAP_TEST(without_descriptors_connections_wait),
    TAP_TEST(a_thousand_connections_are_served),
    TAP_TEST(one_connection_too_many_is_closed),
    TAP_TEST(close_hands_over_what_was_received),
    TAP_TEST(close_does_not_wait_for_ever),
    TAP_TEST(a_wake_ends_a_waiting_step),
    TAP_TEST(failures_to_open_are_told),
    TAP_TEST(ipv6_and_ipv4_come_through_one_door),
    TAP_TEST(garbage_is_taken_as_it_is),
    TAP_TEST(counters_may_be_read_by_other_threads),
    TAP_TEST(an_error_of_the_sink_ends_the_loop),
    TAP_TEST(loopback_is_told_from_the_rest),
};
TAP_MAIN(tests)
