/* engine/intake.h, envelope.h and source_health.h: what doors offer, as batches and as events. */
#include "tests/support/tap.h"

#include "engine/envelope.h"
#include "engine/intake.h"
#include "engine/source_health.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCHES 3

typedef struct Way {
    Queue idle, work;
    Counters counters;
    Intake intake;
    MessageSink sink;
} Way;

typedef struct Told {
    Ticket ticket;
    int times, result;
} Told;

static void on_settled(Ticket *ticket, int result)
{
    Told *told = (Told *)(void *)ticket;
    told->times++;
    told->result = result;
}

static void way_open(Way *way)
{
    *way = (Way){0};
    queue_init(&way->idle, BATCHES);
    queue_init(&way->work, BATCHES);
    for (int i = 0; i < BATCHES; i++)
        expect_ok(queue_push(&way->idle, batch_new()));
    intake_init(&way->intake, &os_real, &way->idle, &way->work, &way->counters, LANGUAGE_EN);
    way->sink = intake_sink(&way->intake);
}

static void way_close(Way *way)
{
    intake_done(&way->intake);
    queue_done(&way->idle);
    queue_done(&way->work);
}

/* Messages of which six overfill a batch. */
static void offer_large(Way *way, size_t count, bool first, Told *told, ssize_t want)
{
    static char large[INTAKE_BATCH_BYTES_MAX / 6 + 100];
    Message *group = calloc(count, sizeof *group);
    for (size_t i = 0; i < count; i++)
        group[i] = (Message){.bytes = slice_of(large, sizeof large), .origin = "test"};
    expect_int(way->sink.group(way->sink.context, group, count, first, &told->ticket), want);
    free(group);
}

static void the_ticket_goes_with_the_last_batch(void)
{
    Way way;
    Told told = {.ticket.settled = on_settled};
    Batch *batch[2] = {NULL, NULL};
    way_open(&way);
    offer_large(&way, 8, true, &told, 8);
    intake_pass_on(&way.intake);
    expect_ok(queue_pop(&way.work, 0, &batch[0]));
    expect_ok(queue_pop(&way.work, 0, &batch[1]));
    expect(batch[0]->tickets == NULL && batch[1]->tickets == &told.ticket);
    expect_int(told.ticket.from, 0);
    expect_int(told.ticket.to, 8);
    expect_int(batch[1]->messages[0].number, batch[0]->message_count);
    batch_settle(batch[1], 0);
    expect_int(told.times, 1);
    expect_int(told.result, 0);
    batch_free(batch[0]);
    batch_free(batch[1]);
    expect_int(told.times, 1);
    way_close(&way);
}

static void what_finds_no_room_is_offered_again(void)
{
    Way way;
    Told told = {.ticket.settled = on_settled};
    Batch *batch;
    way_open(&way);
    offer_large(&way, 30, true, &told, 18);
    offer_large(&way, 12, false, &told, -EAGAIN);
    expect_int(told.times, 0);
    expect_ok(queue_pop(&way.work, 0, &batch));
    expect(batch->tickets == NULL);
    batch_clear(batch);
    expect_ok(queue_push(&way.idle, batch));
    offer_large(&way, 5, false, &told, 5);
    expect_int(told.ticket.from, 0);
    expect_int(told.ticket.to, 23);
    way_close(&way); /* never durable: the sender is told so */
    expect_int(told.times, 1);
    expect_int(told.result, -EIO);
}

/* --- envelopes -------------------------------------------------------------------------------- */

static void decode(const Message *message, Arena *arena, Event *ret)
{
    static Batch *batch;
    const DecodeOptions options = {.received_ns = 1764000000000000000};
    if (!batch) batch = batch_new();
    batch_clear(batch);
    expect_ok(batch_take_message(batch, message, 0));
    JsonTree tree = {0};
    expect_ok(envelope_decode(batch, &batch->messages[0], &options, &tree, arena, ret));
    json_tree_done(&tree);
}

static void lines_come_out_of_envelopes(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    Buf beside = {0};
    Event event;
    message_field_add(&beside, SLICE("index"), SLICE("main"), FIELD_TEXT);
    const Message message = {.bytes = SLICE("{\"event\":\"...\"}"),
                             .body = SLICE("<38>Nov 20 17:40:00 gw sshd[1]: hello"),
                             .beside = buf_slice(&beside),
                             .time_ns = 7,
                             .origin = "hec"};
    decode(&message, &arena, &event);
    expect_int(event.format, EVENT_SYSLOG);
    expect_text(event.raw, "{\"event\":\"...\"}");
    expect_text(event_text(&event, "message"), "hello");
    expect_text(event_text(&event, "index"), "main");
    expect(event.time_ns != 7); /* the line's own time wins */
    buf_done(&beside);
}

static void shipped_lines_are_opened(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    Event event;
    Message message = {.bytes = SLICE("{\"message\":\"<38>Nov 20 17:40:00 gw app: x\",\"host\":{"
                                      "\"name\":\"h\"}}"),
                       .shipped = true,
                       .origin = "elastic"};
    decode(&message, &arena, &event);
    expect_int(event.format, EVENT_SYSLOG);
    expect_text(event_text(&event, "host.name"), "h");
    message.bytes = SLICE("{\"message\":\"plain\",\"level\":\"info\"}"); /* an application's own */
    decode(&message, &arena, &event);
    expect_int(event.format, EVENT_JSON);
    message.bytes = SLICE("{\"message\":\"plain\",\"log\":{\"file\":{\"path\":\"/x\"}}}");
    decode(&message, &arena, &event);
    expect_int(event.format, EVENT_TEXT);
    expect_text(event_text(&event, "log.file.path"), "/x");
    message.shipped = false; /* what came as a line stays what it is */
    decode(&message, &arena, &event);
    expect_int(event.format, EVENT_JSON);
}

/* --- health ----------------------------------------------------------------------------------- */

static bool note(SourceHealths *healths, const MessageSpan *span, const Event *event)
{
    source_healths_begin(healths);
    bool own = source_healths_note(healths, span, event);
    source_healths_end(healths);
    return own;
}

static void silences_are_seen(void)
{
    const uint64_t seed[2] = {1, 2};
    SourceHealths healths;
    SourceHealth read[4];
    MessageSpan span = {.bytes = 10, .origin = "syslog/udp 192.0.2.7"};
    Event event = {.parse = PARSE_OK};
    expect_ok(source_healths_init(&healths, seed));
    for (int64_t second = 1; second <= 100; second++) {
        span.received_ns = second * NS_PER_SECOND;
        event.time_ns = span.received_ns - 3 * NS_PER_SECOND;
        expect(note(&healths, &span, &event));
    }
    expect_int(source_healths_read(&healths, read, 4), 1);
    expect_text(slice_from_cstr(read[0].origin), "syslog/udp 192.0.2.7");
    expect_int(read[0].messages, 100);
    expect_int(read[0].lag_ns, 3 * NS_PER_SECOND);
    expect(read[0].rate > 0.5 && read[0].rate < 1.5);
    expect(!source_health_is_silent(&read[0], 300 * NS_PER_SECOND));
    expect(source_health_is_silent(&read[0], 500 * NS_PER_SECOND));
    span.received_ns = 600 * NS_PER_SECOND;
    event.parse = PARSE_FAILED;
    expect(note(&healths, &span, &event));
    expect_int(source_healths_read(&healths, read, 4), 1);
    expect_int(read[0].gaps, 1);
    expect_int(read[0].unparsed, 1);
    source_healths_done(&healths);
}

static const SourceHealth *find_host(const SourceHealth *all, size_t count, const char *host)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].host, host) == 0) return &all[i];
    }
    return NULL;
}

/* One line of `host` (NULL: it names none) by the relay; whether it had a place of its own. */
static bool note_host(SourceHealths *healths, const char *origin, const char *host, int64_t ns)
{
    MessageSpan span = {.bytes = 10, .received_ns = ns};
    const Field field = {.name = SLICE("host"), .value = slice_from_cstr(host)};
    const Event event = {.format = EVENT_SYSLOG,
                         .time_ns = TIME_UNKNOWN,
                         .fields = &field,
                         .field_count = host ? 1 : 0};
    snprintf(span.origin, sizeof span.origin, "%s", origin);
    return note(healths, &span, &event);
}

static void hosts_behind_a_relay_are_told_apart(void)
{
    const uint64_t seed[2] = {1, 2};
    const char *relay = "syslog/tcp 192.0.2.7";
    SourceHealths healths;
    SourceHealth read[8];
    expect_ok(source_healths_init(&healths, seed));
    for (int64_t second = 1; second <= 1000; second++) {
        const int64_t ns = second * NS_PER_SECOND;
        expect(note_host(&healths, relay, "gw1", ns));
        if (second <= 100) expect(note_host(&healths, relay, "gw2.example.com", ns));
        if (second == 50)
            expect(note_host(&healths, "syslog/udp 192.0.2.8", "gw2.example.com", ns));
        if (second == 60) expect(note_host(&healths, relay, "192.0.2.7", ns));
        if (second == 70) expect(note_host(&healths, relay, NULL, ns));
    }
    size_t count = source_healths_read(&healths, read, ARRAY_COUNT(read));
    expect_int(count, 4);
    const SourceHealth *one = find_host(read, count, "gw1");
    const SourceHealth *two = find_host(read, count, "gw2.example.com");
    const SourceHealth *none = find_host(read, count, "");
    expect(one && two && none);
    expect_text(slice_from_cstr(two->origin), relay);
    expect_int(one->messages, 1000);
    expect_int(two->messages, 100);
    expect_int(none->messages, 2);
    expect_int(none->host_count, 2);
    expect(!source_health_is_silent(one, 1001 * NS_PER_SECOND));
    expect(source_health_is_silent(two, 1001 * NS_PER_SECOND));
    source_healths_done(&healths);
}

/* Names cost nothing to make up: what is beyond the maximum is counted with the address. */
static void a_flood_of_hosts_is_bounded(void)
{
    const uint64_t seed[2] = {3, 4};
    SourceHealths healths;
    char name[SOURCE_HOST_BYTES + 2];
    expect_ok(source_healths_init(&healths, seed));
    SourceHealth *read = calloc(SOURCE_HEALTH_MAX, sizeof *read);
    expect(read != NULL);
    size_t crowded = 0;
    for (size_t origin = 0; origin < 6; origin++) {
        char address[32];
        snprintf(address, sizeof address, "syslog/udp 192.0.2.%zu", origin);
        for (size_t i = 0; i < SOURCE_HOSTS_MAX + 100; i++) {
            snprintf(name, sizeof name, "made-up-%zu", i);
            crowded += !note_host(&healths, address, name, NS_PER_SECOND);
        }
        if (origin == 0) expect_int(crowded, 100);
    }
    size_t count = source_healths_read(&healths, read, SOURCE_HEALTH_MAX), heard = 0;
    expect(count <= SOURCE_HEALTH_MAX);
    for (size_t i = 0; i < count; i++) {
        heard += read[i].messages;
        expect(!read[i].host[0] || !source_health_is_silent(&read[i], 9999 * NS_PER_SECOND));
    }
    expect_int(heard, 6 * (SOURCE_HOSTS_MAX + 100));
    expect(note_host(&healths, "syslog/udp 192.0.2.0", "made-up-7", NS_PER_SECOND));
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0'; /* too long: as if the line named none */
    expect(note_host(&healths, "syslog/udp 192.0.2.0", name, NS_PER_SECOND));
    free(read);
    source_healths_done(&healths);
}

static const TapTest tests[] = {
    TAP_TEST(the_ticket_goes_with_the_last_batch),
    TAP_TEST(what_finds_no_room_is_offered_again),
    TAP_TEST(lines_come_out_of_envelopes),
    TAP_TEST(shipped_lines_are_opened),
    TAP_TEST(silences_are_seen),
    TAP_TEST(hosts_behind_a_relay_are_told_apart),
    TAP_TEST(a_flood_of_hosts_is_bounded),
};
TAP_MAIN(tests)
