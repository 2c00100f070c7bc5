/* Every call of the collectors failing once: nothing crashes, nothing is acknowledged that was not
 * stored, and a followed line is neither lost nor doubled. */
#include "tests/support/failing_memory.h"
#include "tests/support/tap.h"

#include "base/map.h"
#include "collect/doors.h"
#include "collect/follow.h"
#include "os/faulty.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINES 300

/* A store of keys: a message that comes again under its key is the same one. */
typedef struct Kept {
    Map keys, texts;
    Follow *follow; /* stopped when all lines were offered */
    size_t last_seen;
} Kept;

static Kept kept_make(void)
{
    const uint64_t seed[2] = {1, 2};
    return (Kept){.keys = map_make(10000, seed), .texts = map_make(10000, seed)};
}

static void kept_done(Kept *kept)
{
    map_done(&kept->keys);
    map_done(&kept->texts);
}

static ssize_t on_group(void *context, const Message *group, size_t count, bool first,
                        Ticket *ticket)
{
    Kept *kept = context;
    (void)first;
    failing_memory_pause(true);
    for (size_t i = 0; i < count; i++) {
        bool fresh = false;
        expect(map_put(&kept->keys, slice_of(group[i].key, sizeof group[i].key), &fresh) != NULL);
        uint64_t *times = map_put(&kept->texts, group[i].bytes, NULL);
        if (fresh) (*times)++;
    }
    failing_memory_pause(false);
    if (ticket) ticket->settled(ticket, 0);
    if (kept->follow && kept->texts.count == LINES) follow_stop(kept->follow);
    return (ssize_t)count;
}

static void expect_each_once(const Kept *kept, uint64_t call)
{
    size_t position = 0, wrong = 0;
    Slice text;
    uint64_t times;
    while (map_next(&kept->texts, &position, &text, &times))
        wrong += times != 1;
    if (!expect_int(kept->texts.count, LINES) || !expect_int(wrong, 0)) {
        tap_note("when call %llu failed", (unsigned long long)call);
    }
}

/* --- followed files --------------------------------------------------------------------------- */

static void write_log(const char *path)
{
    FILE *file = fopen(path, "w");
    for (int i = 0; file && i < LINES; i++)
        fprintf(file, "line %d of a log that is followed\n", i);
    if (expect(file != NULL)) fclose(file);
}

/* Opened, one look, closed. */
static void follow_once(const Os *os, const char *log, const char *bookmarks, Kept *kept)
{
    const FollowOptions options = {.os = os,
                                   .sink = {.group = on_group, .context = kept},
                                   .patterns = log,
                                   .bookmarks = bookmarks,
                                   .from_start = true};
    Complaint complaint = {0};
    Follow *follow;
    if (follow_open(&options, &follow, &complaint) < 0) return;
    kept->follow = follow;
    follow_step(follow);
    kept->follow = NULL;
    follow_close(follow);
}

/* After the fault the next start has a system that works. */
static uint64_t follow_with_fault(const char *folder, uint64_t nth, int error)
{
    char log[512], bookmarks[600];
    FaultyOs faulty;
    Kept kept = kept_make();
    snprintf(log, sizeof log, "%s/follow-%llu-%d.log", folder, (unsigned long long)nth, -error);
    snprintf(bookmarks, sizeof bookmarks, "%s.bookmarks", log);
    write_log(log);
    faulty_os_init(&faulty, &os_real);
    faulty_os_plan(&faulty,
                   (FaultPlan){.calls = nth ? OS_CALLS_ALL : 0, .nth = nth, .error = error});
    follow_once(&faulty.os, log, bookmarks, &kept);
    uint64_t calls = faulty_os_count(&faulty);
    faulty_os_done(&faulty);
    follow_once(&os_real, log, bookmarks, &kept);
    expect_each_once(&kept, nth);
    kept_done(&kept);
    return calls;
}

static void followed_lines_survive_every_fault(void)
{
    const char *folder = tap_temporary_folder();
    uint64_t calls = follow_with_fault(folder, 0, 0);
    expect(calls > 15);
    for (uint64_t nth = 1; nth <= calls; nth++)
        (void)follow_with_fault(folder, nth, -EIO);
    tap_note("%llu calls", (unsigned long long)calls);
}

/* --- doors ------------------------------------------------------------------------------------ */

#define BULK "{\"index\":{\"_id\":\"1\"}}\n{\"a\":1}\n"
#define REQUEST "POST /_bulk HTTP/1.1\r\nContent-Length: 30\r\n\r\n" BULK

static bool is_answered(const char *room, ssize_t bytes)
{
    return slice_starts(slice_of(room, bytes > 0 ? (size_t)bytes : 0), SLICE("HTTP/1.1 200 "));
}

static bool ask_once(Doors *doors, int port)
{
    char room[4096];
    ssize_t got = -1;
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (expect_int(connect(fd, (const struct sockaddr *)&address, sizeof address), 0)) {
        (void)!send(fd, REQUEST, sizeof REQUEST - 1, MSG_NOSIGNAL);
        for (int i = 0; i < 20 && got < 0; i++) {
            (void)!doors_step(doors, 5);
            got = recv(fd, room, sizeof room, MSG_DONTWAIT);
        }
    }
    close(fd);
    (void)!doors_step(doors, 1);
    return is_answered(room, got);
}

/* How many calls; whether it was answered, and what is kept then. */
static uint64_t door_with_fault(uint64_t nth, bool *ret_answered)
{
    FaultyOs faulty;
    Kept kept = kept_make();
    Doors *doors;
    Complaint complaint = {0};
    *ret_answered = false;
    faulty_os_init(&faulty, &os_real);
    faulty_os_plan(&faulty,
                   (FaultPlan){.calls = nth ? OS_CALLS_ALL : 0, .nth = nth, .error = -EIO});
    const DoorsOptions options = {.os = &faulty.os, .sink = {.group = on_group, .context = &kept}};
    if (doors_new(&options, &doors) == 0) {
        int port = doors_add(doors, DOOR_HTTP, DOOR_TLS_NEVER, "127.0.0.1", 0, &complaint);
        if (port > 0) *ret_answered = ask_once(doors, port);
        expect(port > 0 || complaint.id != NULL);
        doors_close(doors);
    }
    expect(!*ret_answered || kept.texts.count == 1);
    uint64_t calls = faulty_os_count(&faulty);
    faulty_os_done(&faulty);
    kept_done(&kept);
    return calls;
}

static void no_fault_makes_a_false_answer(void)
{
    bool answered;
    uint64_t calls = door_with_fault(0, &answered), count = 0;
    expect(answered && calls > 10);
    for (uint64_t nth = 1; nth <= calls; nth++) {
        (void)door_with_fault(nth, &answered);
        count += answered;
    }
    tap_note("%llu calls; answered all the same: %llu", (unsigned long long)calls,
             (unsigned long long)count);
    expect(count < calls);
}

/* Without memory a request is refused or its connection closed; the doors go on. */
static void no_missing_memory_makes_one_either(void)
{
    bool answered;
    failing_memory_begin(0);
    (void)door_with_fault(0, &answered);
    uint64_t count = failing_memory_end();
    expect(answered && count > 5);
    for (uint64_t nth = 1; nth <= count; nth++) {
        failing_memory_begin(nth);
        (void)door_with_fault(0, &answered);
    }
    (void)failing_memory_end();
    tap_note("%llu allocations", (unsigned long long)count);
}

static const TapTest tests[] = {
    TAP_TEST(followed_lines_survive_every_fault),
    TAP_TEST(no_fault_makes_a_false_answer),
    TAP_TEST(no_missing_memory_makes_one_either),
};
TAP_MAIN(tests)
