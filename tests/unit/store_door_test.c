/* The door to a store that a server holds: rows and tasks of guests of the same user go through it,
 * whatever else is said there is refused and costs nobody anything. */
#include "tests/support/store_kit.h"
#include "tests/support/tap.h"

#include "engine/row_sender.h"
#include "engine/store_door.h"
#include "engine/store_talk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCHES 6

/* What a server has of it. */
typedef struct House {
    char folder[512];
    Queue idle, work;
    Counters counters;
    Writer *writer;
    StoreDoor *door;
    StoreRetention retention;
} House;

static bool house_open(House *house, const char *name)
{
    *house = (House){0};
    snprintf(house->folder, sizeof house->folder, "%s/%s", tap_temporary_folder(), name);
    const WriterOptions options = {.os = &os_real,
                                   .folder = house->folder,
                                   .store = {.kek = kit_kek(), .segment_bytes_max = 64 << 10},
                                   .commit_ms = 5,
                                   .commit_bytes = 1 << 20,
                                   .batch_count = BATCHES,
                                   .policy = WRITER_RETRY};
    Complaint complaint = {0};
    queue_init(&house->idle, BATCHES);
    queue_init(&house->work, BATCHES);
    for (int i = 0; i < BATCHES; i++) {
        expect_ok(queue_push(&house->idle, batch_new()));
    }
    if (!expect_ok(writer_start(&options, &house->work, &house->idle, &house->counters,
                                &house->writer, &complaint))) {
        return false;
    }
    const StoreDoorOptions door = {.folder = house->folder,
                                   .idle = &house->idle,
                                   .rows = &house->work,
                                   .writer = house->writer,
                                   .retention = &house->retention};
    return expect_ok(store_door_open(&door, &house->door));
}

static void house_close(House *house)
{
    store_door_stop(house->door);
    expect_ok(writer_stop(house->writer));
    store_door_close(house->door);
    queue_done(&house->idle);
    queue_done(&house->work);
}

static void send_rows(StoreCall *call, uint64_t from, uint64_t to)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    for (uint64_t id = from; id < to; id++) {
        Row row = kit_row(id, &arena);
        if (!expect_ok(store_call_rows(call, &row, 1))) return;
        arena_reset(&arena);
    }
}

/* Of ids from 0 on: those that have a key, and so are known again. */
static uint64_t keyed(uint64_t count)
{
    return count - (count + 8) / 9;
}

static size_t count_rows(const House *house, bool *ret_good)
{
    CLEANUP(kit_scan_done) KitScan scan = {0};
    expect_ok(kit_scan(&os_real, house->folder, KIT_ALL, &scan));
    *ret_good = scan.wrong == 0 && scan.damage_count == 0;
    return kit_count(&scan.ids);
}

static void expect_rows(const House *house, size_t count)
{
    bool good;
    expect_int(count_rows(house, &good), count);
    expect(good);
}

static void rows_come_through(void)
{
    House house;
    StoreCall *call;
    StoreTally tally;
    if (!house_open(&house, "rows")) return;
    if (expect_ok(store_call_open(house.folder, &call))) {
        send_rows(call, 0, 3000);
        expect_ok(store_call_end(call, &tally));
        expect_int(tally.added, 3000);
        expect_int(tally.duplicates, 0);
        expect_rows(&house, 3000);
        send_rows(call, 0, 3000);
        expect_ok(store_call_end(call, &tally));
        expect_int(tally.duplicates, keyed(3000));
        expect_int(tally.added + tally.duplicates, 3000);
        expect_ok(store_call_end(call, &tally)); /* none given */
        expect_int(tally.added + tally.duplicates, 0);
        store_call_close(call);
    }
    house_close(&house);
}

static void the_sender_is_as_a_writer(void)
{
    House house;
    RowSender *sender;
    Queue idle, work;
    Counters counters = {0};
    Batch *batch;
    if (!house_open(&house, "sender")) return;
    queue_init(&idle, 2);
    queue_init(&work, 2);
    expect_ok(queue_push(&idle, batch_new()));
    expect_ok(queue_push(&idle, batch_new()));
    if (expect_ok(row_sender_start(house.folder, &work, &idle, &sender))) {
        for (uint64_t id = 0; id < 200; id += 20) {
            if (!expect_ok(queue_pop(&idle, 10000, &batch))) break;
            for (uint64_t i = id; i < id + 20; i++) {
                const Row row = kit_row(i, &batch->arena);
                expect_ok(batch_add_row(batch, &row));
            }
            expect_ok(queue_push(&work, batch));
        }
        expect_ok(row_sender_stop(sender, &counters));
        expect_int(counter_read(&counters, COUNTER_ROWS_STORED), 200);
        expect_rows(&house, 200);
    }
    queue_done(&idle);
    queue_done(&work);
    house_close(&house);
}

static void files_are_sealed_and_rows_deleted(void)
{
    House house;
    StoreCall *call;
    StoreTally tally;
    StoreDeleted deleted;
    StoreExpired expired;
    const uint64_t numbers[] = {1, 5, 6, 300};
    StoreDeletion deletion = {
        .numbers = numbers, .count = ARRAY_COUNT(numbers), .reason = SLICE("sato: asked")};
    if (!house_open(&house, "tasks")) return;
    if (expect_ok(store_call_open(house.folder, &call))) {
        send_rows(call, 0, 300);
        expect_ok(store_call_end(call, &tally));
        expect_ok(store_call_seal(call));
        deletion.dry_run = true;
        expect_ok(store_call_delete(call, &deletion, &deleted));
        expect_int(deleted.rows, 4);
        expect_rows(&house, 300);
        deletion.dry_run = false;
        expect_ok(store_call_delete(call, &deletion, &deleted));
        expect_int(deleted.rows, 4);
        expect_rows(&house, 296);
        expect_ok(store_call_expire(call, false, true, &expired));
        expect_int(expired.segments, 0);
        expect_int(expired.until_ns, INT64_MIN);
        deletion.reason = SLICE("\xff");
        expect_int(store_call_delete(call, &deletion, &deleted), -EINVAL);
        send_rows(call, 300, 310);
        expect_ok(store_call_end(call, &tally));
        expect_rows(&house, 306);
        store_call_close(call);
    }
    house_close(&house);
}

/* It is told, or the door is shut in its face; the house goes on. */
static void expect_refused(const House *house, StoreTalk what, Slice body, bool greet)
{
    CLEANUP(buf_done) Buf answer = buf_make(0);
    StoreTalk answered;
    int fd = local_connect(house->folder, STORE_TALK_NAME);
    if (!expect_ok(fd)) return;
    if (greet) {
        expect_ok(store_talk_send(fd, TALK_HELLO, SLICE(STORE_TALK_GREETING)));
        expect_int(store_talk_receive(fd, 10000, &answered, &answer), 1);
    }
    expect_ok(store_talk_send(fd, what, body));
    int r = store_talk_receive(fd, 10000, &answered, &answer);
    if (r == 1) {
        StoreTalkDone done = {0};
        expect_int(answered, TALK_DONE);
        expect_ok(store_talk_read_done(buf_slice(&answer), &done));
        expect_int(done.result, -EPROTO);
    } else {
        expect(r == 0 || r == -ECONNRESET);
    }
    local_close(fd);
}

static void what_is_no_talk_is_refused(void)
{
    House house;
    if (!house_open(&house, "refused")) return;
    expect_refused(&house, TALK_HELLO, SLICE("akashi store 0"), false);
    expect_refused(&house, TALK_END, SLICE(""), false);
    expect_refused(&house, TALK_ROWS, SLICE("ab"), true);
    expect_refused(&house, TALK_ROWS, SLICE("\x04\0\0\0abcd"), true);
    expect_refused(&house, TALK_ROWS, SLICE("\xff\xff\xff\x7f"), true);
    expect_refused(&house, TALK_NUMBERS, SLICE("1234567"), true);
    expect_refused(&house, (StoreTalk)77, SLICE(""), true);
    expect_refused(&house, TALK_DONE, SLICE(""), true);
    int fd = local_connect(house.folder, STORE_TALK_NAME);
    expect_ok(local_send(fd, SLICE("\xff\xff\xff\xff\x02"))); /* 4 GiB */
    char byte;
    expect(local_receive(fd, &byte, 1, 10000) <= 0);
    local_close(fd);
    StoreCall *call;
    StoreTally tally;
    if (expect_ok(store_call_open(house.folder, &call))) {
        send_rows(call, 0, 10);
        expect_ok(store_call_end(call, &tally));
        expect_int(tally.added, 10);
        store_call_close(call);
    }
    expect_rows(&house, 10);
    house_close(&house);
}

static void guests_are_so_many(void)
{
    House house;
    StoreCall *calls[STORE_DOOR_GUESTS_MAX], *more;
    StoreTally tally;
    if (!house_open(&house, "guests")) return;
    for (size_t i = 0; i < ARRAY_COUNT(calls); i++) {
        if (!expect_ok(store_call_open(house.folder, &calls[i]))) return;
        send_rows(calls[i], i * 100, i * 100 + 100);
    }
    expect_int(store_call_open(house.folder, &more), -EBUSY);
    for (size_t i = 0; i < ARRAY_COUNT(calls); i++) {
        expect_ok(store_call_end(calls[i], &tally));
        expect_int(tally.added, 100);
        store_call_close(calls[i]);
    }
    int r = -EBUSY; /* until it is seen that they have left */
    for (int i = 0; i < 1000 && r == -EBUSY; i++) {
        r = store_call_open(house.folder, &more);
        if (r == -EBUSY) usleep(10000);
    }
    if (expect_ok(r)) store_call_close(more);
    expect_rows(&house, 100 * ARRAY_COUNT(calls));
    house_close(&house);
}

static void the_house_may_close_meanwhile(void)
{
    House house;
    StoreCall *call;
    StoreTally tally;
    if (!house_open(&house, "closing")) return;
    if (expect_ok(store_call_open(house.folder, &call))) {
        send_rows(call, 0, 500);
        house_close(&house);
        expect(store_call_end(call, &tally) < 0);
        store_call_close(call);
    }
    char path[600];
    snprintf(path, sizeof path, "%s/" STORE_TALK_NAME, house.folder);
    expect_int(access(path, F_OK), -1);
    expect_int(store_call_open(house.folder, &call), -ENOENT);
}

/* As root: another user is not spoken with, though the name were open to it. */
static void other_users_are_refused(void)
{
    House house;
    char path[600];
    if (geteuid() != 0) {
        tap_skip("only root can be another user");
        return;
    }
    if (!house_open(&house, "others")) return;
    snprintf(path, sizeof path, "%s/" STORE_TALK_NAME, house.folder);
    expect_int(chmod(path, 0777) | chmod(house.folder, 0777) | chmod(tap_temporary_folder(), 0755),
               0);
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        StoreCall *call;
        if (setgid(65534) < 0 || setuid(65534) < 0) _exit(2);
        int r = store_call_open(house.folder, &call);
        _exit(r == -ECONNRESET || r == -EPIPE ? 0 : 1);
    }
    expect_int(waitpid(child, &status, 0), child);
    expect_int(status, 0);
    house_close(&house);
}

static void a_long_path_is_no_matter(void)
{
    char name[200];
    House house;
    StoreCall *call;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    if (!house_open(&house, name)) return;
    if (expect_ok(store_call_open(house.folder, &call))) store_call_close(call);
    house_close(&house);
}

static const TapTest tests[] = {
    TAP_TEST(rows_come_through),
    TAP_TEST(the_sender_is_as_a_writer),
    TAP_TEST(files_are_sealed_and_rows_deleted),
    TAP_TEST(what_is_no_talk_is_refused),
    TAP_TEST(guests_are_so_many),
    TAP_TEST(the_house_may_close_meanwhile),
    TAP_TEST(other_users_are_refused),
    TAP_TEST(a_long_path_is_no_matter),
};
TAP_MAIN(tests)
