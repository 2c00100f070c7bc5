/* collect/doors.h on the loopback interface, with a sink whose room and whose disk the test
 * decides: nothing is answered before it is durable, nothing is read when there is no room. */
#include "tests/support/tap.h"

#include "collect/doors.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define TICKETS_MAX 16

/* What the sink took, and the tickets that it has not settled yet. */
typedef struct Taken {
    Buf text;
    size_t room; /* how many messages it still takes */
    Ticket *tickets[TICKETS_MAX];
    size_t ticket_count;
    size_t refusals;
} Taken;

typedef struct House {
    Doors *doors;
    Taken taken;
    int port;
} House;

static ssize_t on_group(void *context, const Message *group, size_t count, bool first,
                        Ticket *ticket)
{
    Taken *taken = context;
    size_t some = count < taken->room ? count : taken->room;
    (void)first;
    for (size_t i = 0; i < some; i++) {
        buf_add_slice(&taken->text, group[i].body.len ? group[i].body : group[i].bytes);
        buf_add_char(&taken->text, '\n');
    }
    taken->room -= some;
    taken->refusals += some < count;
    if (some == count && ticket && taken->ticket_count < TICKETS_MAX) {
        taken->tickets[taken->ticket_count++] = ticket;
    }
    return some > 0 ? (ssize_t)some : -EAGAIN;
}

static int on_message(void *context, const Message *message)
{
    return on_group(context, message, 1, true, NULL) == 1 ? 0 : -EAGAIN;
}

static bool house_open(House *house, DoorKind kind)
{
    *house = (House){.taken.room = 1000};
    const DoorsOptions options = {
        .os = &os_real,
        .sink = {.message = on_message, .group = on_group, .context = &house->taken}};
    Complaint complaint = {0};
    if (!expect_ok(doors_new(&options, &house->doors))) return false;
    house->port = doors_add(house->doors, kind, DOOR_TLS_NEVER, "127.0.0.1", 0, &complaint);
    return expect_ok(house->port);
}

static void house_settle(House *house, int result)
{
    for (size_t i = 0; i < house->taken.ticket_count; i++)
        house->taken.tickets[i]->settled(house->taken.tickets[i], result);
    house->taken.ticket_count = 0;
}

static void house_close(House *house)
{
    house_settle(house, -EIO);
    doors_close(house->doors);
    buf_done(&house->taken.text);
}

static void steps(House *house, int count)
{
    for (int i = 0; i < count; i++)
        expect_ok(doors_step(house->doors, 10));
}

static int connect_to(const House *house)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)house->port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int r = connect(fd, (const struct sockaddr *)&address, sizeof address);
    expect(r == 0 || errno == EINPROGRESS);
    return fd;
}

static void say(House *house, int fd, Slice bytes)
{
    steps(house, 2);
    expect_int(send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL), bytes.len);
    steps(house, 3);
}

/* What came back so far. */
static Slice heard(int fd, char *room, size_t bytes)
{
    ssize_t r = recv(fd, room, bytes, 0);
    return slice_of(room, r > 0 ? (size_t)r : 0);
}

#define BULK "{\"index\":{}}\n{\"a\":1}\n{\"index\":{}}\n{\"a\":2}\n"
#define BULK_REQUEST "POST /_bulk HTTP/1.1\r\nContent-Length: 42\r\n\r\n" BULK

static void answered_when_durable(void)
{
    House house;
    char room[4096];
    if (!house_open(&house, DOOR_HTTP)) return;
    int fd = connect_to(&house);
    say(&house, fd, SLICE(BULK_REQUEST));
    expect_text(buf_slice(&house.taken.text), "{\"a\":1}\n{\"a\":2}\n");
    expect_int(house.taken.ticket_count, 1);
    expect_int(heard(fd, room, sizeof room).len, 0);
    steps(&house, 3);
    expect_int(heard(fd, room, sizeof room).len, 0);
    house_settle(&house, 0);
    steps(&house, 2);
    Slice answer = heard(fd, room, sizeof room);
    expect(slice_starts(answer, SLICE("HTTP/1.1 200 OK\r\n")));
    expect(slice_find(answer, SLICE("\"errors\":false")) != SLICE_NOT_FOUND);
    close(fd);
    house_close(&house);
}

static void told_when_it_cannot_be(void)
{
    House house;
    char room[4096];
    if (!house_open(&house, DOOR_HTTP)) return;
    int fd = connect_to(&house);
    say(&house, fd, SLICE(BULK_REQUEST));
    house_settle(&house, -EIO);
    steps(&house, 2);
    expect(slice_starts(heard(fd, room, sizeof room), SLICE("HTTP/1.1 503 ")));
    close(fd);
    house_close(&house);
}

/* The second request waits in the connection until the first one is answered. */
static void requests_are_taken_one_by_one(void)
{
    House house;
    char room[8192];
    if (!house_open(&house, DOOR_HTTP)) return;
    int fd = connect_to(&house);
    say(&house, fd, SLICE(BULK_REQUEST BULK_REQUEST));
    expect_int(house.taken.ticket_count, 1);
    house_settle(&house, 0);
    steps(&house, 2);
    expect_int(house.taken.ticket_count, 1);
    house_settle(&house, 0);
    steps(&house, 2);
    Slice both = heard(fd, room, sizeof room);
    size_t second = slice_find(slice_skip(both, 1), SLICE("HTTP/1.1 200"));
    expect(second != SLICE_NOT_FOUND);
    close(fd);
    house_close(&house);
}

/* A group of which the sink takes a part goes on where it stopped: nothing twice, nothing lost. */
static void no_room_is_waited_for(void)
{
    House house;
    char room[4096];
    if (!house_open(&house, DOOR_HTTP)) return;
    house.taken.room = 1;
    int fd = connect_to(&house);
    say(&house, fd, SLICE(BULK_REQUEST));
    expect_text(buf_slice(&house.taken.text), "{\"a\":1}\n");
    expect_int(house.taken.ticket_count, 0);
    expect(house.taken.refusals > 0);
    house.taken.room = 5;
    doors_wake(house.doors);
    steps(&house, 4);
    expect_text(buf_slice(&house.taken.text), "{\"a\":1}\n{\"a\":2}\n");
    house_settle(&house, 0);
    steps(&house, 2);
    expect(slice_starts(heard(fd, room, sizeof room), SLICE("HTTP/1.1 200 OK\r\n")));
    close(fd);
    house_close(&house);
}

/* The sender goes away while its events are on their way: they count all the same. */
static void gone_before_the_answer(void)
{
    House house;
    if (!house_open(&house, DOOR_HTTP)) return;
    int fd = connect_to(&house);
    say(&house, fd, SLICE(BULK_REQUEST));
    close(fd);
    steps(&house, 3);
    house_settle(&house, 0);
    steps(&house, 3);
    expect_int(atomic_load(&doors_counters(house.doors, DOOR_HTTP)->connections_open), 0);
    expect_int(atomic_load(&doors_counters(house.doors, DOOR_HTTP)->messages), 2);
    house_close(&house);
}

/* However much many senders have ready: what lies in memory is a request and a read of each. */
static void a_full_house_is_not_read(void)
{
    enum { SENDERS = 8, REQUESTS = 20000 };
    House house;
    Buf flood = {0};
    int fds[SENDERS];
    if (!house_open(&house, DOOR_HTTP)) return;
    house.taken.room = 0;
    for (int i = 0; i < REQUESTS; i++)
        buf_add_cstr(&flood, BULK_REQUEST);
    for (int i = 0; i < SENDERS; i++)
        fds[i] = connect_to(&house);
    for (int turn = 0; turn < 20; turn++) {
        steps(&house, 1);
        for (int i = 0; i < SENDERS; i++)
            (void)!send(fds[i], flood.ptr, flood.len, MSG_NOSIGNAL);
    }
    const DoorCounters *counters = doors_counters(house.doors, DOOR_HTTP);
    expect(atomic_load(&counters->bytes) <= (uint64_t)SENDERS * 2 * (64 << 10));
    expect_int(atomic_load(&counters->messages), 0);
    for (int i = 0; i < SENDERS; i++)
        close(fds[i]);
    buf_done(&flood);
    house_close(&house);
}

/* Small requests that unpack to much wait packed: what is taken apart at once has a maximum. */
static void packed_requests_wait_packed(void)
{
    enum { SENDERS = 12 };
    House house;
    Buf plain = {0}, request = {0};
    int fds[SENDERS];
    if (!house_open(&house, DOOR_HTTP)) return;
    house.taken.room = 0;
    while (plain.len < (size_t)60 << 20) /* one line of it is not worth its packing: 100 to 1 */
        buf_add_format(&plain, "{\"a\":%zu,\"b\":\"%01000d\"}\n", plain.len, 0);
    uLongf packed_len = compressBound(plain.len);
    char *packed = malloc(packed_len);
    expect_int(compress2((Bytef *)packed, &packed_len, (const Bytef *)plain.ptr, plain.len, 1),
               Z_OK);
    buf_add_format(&request,
                   "POST /ingest/jsonl HTTP/1.1\r\nContent-Encoding: deflate\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   (size_t)packed_len);
    buf_add(&request, packed, packed_len);
    for (int i = 0; i < SENDERS; i++) {
        size_t sent = 0;
        fds[i] = connect_to(&house);
        for (int turn = 0; turn < 200 && sent < request.len; turn++) {
            ssize_t r = send(fds[i], request.ptr + sent, request.len - sent, MSG_NOSIGNAL);
            if (r > 0) sent += (size_t)r;
            steps(&house, 1);
        }
    }
    steps(&house, 5);
    uint64_t taken = atomic_load(&doors_counters(house.doors, DOOR_HTTP)->requests);
    tap_note("%zu bytes packed; %llu of %d requests were taken apart", (size_t)packed_len,
             (unsigned long long)taken, SENDERS);
    expect(taken >= 3 && taken <= 6);
    for (int i = 0; i < SENDERS; i++)
        close(fds[i]);
    free(packed);
    buf_done(&plain);
    buf_done(&request);
    house_close(&house);
}

/* One address cannot take all places. */
static void one_address_has_its_share(void)
{
    House house;
    static int fds[DOOR_CONNECTIONS_A_PEER_MAX + 10];
    if (!house_open(&house, DOOR_HTTP)) return;
    for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
        fds[i] = connect_to(&house);
        if (i % 50 == 0) steps(&house, 1);
    }
    steps(&house, 10);
    const DoorCounters *counters = doors_counters(house.doors, DOOR_HTTP);
    expect_int(atomic_load(&counters->connections_open), DOOR_CONNECTIONS_A_PEER_MAX);
    expect_int(atomic_load(&counters->connections_refused), 10);
    for (size_t i = 0; i < ARRAY_COUNT(fds); i++)
        close(fds[i]);
    house_close(&house);
}

static void lumberjack_is_acknowledged(void)
{
    House house;
    char room[64];
    if (!house_open(&house, DOOR_LUMBERJACK)) return;
    int fd = connect_to(&house);
    say(&house, fd,
        SLICE("2W\0\0\0\2"
              "2J\0\0\0\1\0\0\0\7{\"a\":1}"
              "2J\0\0\0\2\0\0\0\7{\"a\":2}"));
    expect_int(heard(fd, room, sizeof room).len, 0);
    house_settle(&house, 0);
    steps(&house, 2);
    expect_slice(heard(fd, room, sizeof room), SLICE("2A\0\0\0\2"));
    say(&house, fd, SLICE("no frame"));
    steps(&house, 2);
    expect_int(recv(fd, room, sizeof room, 0), 0);
    close(fd);
    house_close(&house);
}

static void syslog_is_not_answered(void)
{
    House house;
    if (!house_open(&house, DOOR_SYSLOG)) return;
    int fd = connect_to(&house);
    say(&house, fd, SLICE("<13>one\n7 <13>two<13>thr"));
    expect_text(buf_slice(&house.taken.text), "<13>one\n<13>two\n");
    expect_int(house.taken.ticket_count, 0);
    close(fd);
    steps(&house, 3);
    expect_text(buf_slice(&house.taken.text), "<13>one\n<13>two\n<13>thr\n");
    house_close(&house);
}

static void the_last_answers_are_sent(void)
{
    House house;
    char room[4096];
    if (!house_open(&house, DOOR_HTTP)) return;
    int fd = connect_to(&house);
    say(&house, fd, SLICE(BULK_REQUEST));
    house_settle(&house, 0); /* after the last step: the doors are being closed */
    doors_close(house.doors);
    usleep(20000);
    expect(slice_starts(heard(fd, room, sizeof room), SLICE("HTTP/1.1 200 OK\r\n")));
    close(fd);
    buf_done(&house.taken.text);
}

static void secrets_are_read_strictly(void)
{
    DoorSecrets *secrets = NULL;
    Complaint complaint = {0};
    expect_ok(door_secrets_parse(SLICE("# senders\nhec a-b\n\nbasic u:w x\nfluent long key\n"),
                                 &secrets, &complaint));
    expect(door_secrets_match(secrets, SECRET_HEC, SLICE("a-b")));
    expect(!door_secrets_match(secrets, SECRET_HEC, SLICE("a-c")));
    expect(!door_secrets_match(secrets, SECRET_BEARER, SLICE("a-b")));
    expect(door_secrets_match(secrets, SECRET_BASIC, SLICE("u:w x")));
    expect_text(door_secrets_at(secrets, SECRET_FLUENT, 0), "long key");
    expect(!door_secrets_has(secrets, SECRET_BEARER));
    expect(!door_secrets_has(NULL, SECRET_HEC));
    door_secrets_free(secrets);
    expect_int(door_secrets_parse(SLICE("hec a\nhek b\n"), &secrets, &complaint), -EINVAL);
    expect_int(complaint.line, 2);
}

static const TapTest tests[] = {
    TAP_TEST(answered_when_durable),         TAP_TEST(told_when_it_cannot_be),
    TAP_TEST(requests_are_taken_one_by_one), TAP_TEST(no_room_is_waited_for),
    TAP_TEST(gone_before_the_answer),        TAP_TEST(a_full_house_is_not_read),
    TAP_TEST(packed_requests_wait_packed),   TAP_TEST(one_address_has_its_share),
    TAP_TEST(lumberjack_is_acknowledged),    TAP_TEST(syslog_is_not_answered),
    TAP_TEST(the_last_answers_are_sent),     TAP_TEST(secrets_are_read_strictly),
};
TAP_MAIN(tests)
