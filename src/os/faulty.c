/* See faulty.h. */
#include "os/faulty.h"

#include <errno.h>

typedef struct Verdict {
    bool fails;
    bool partly;
    int error;
} Verdict;

static Verdict judge(FaultyOs *faulty, OsCall call)
{
    Verdict verdict = {0};
    pthread_mutex_lock(&faulty->lock);
    const FaultPlan *plan = &faulty->plan;
    faulty->counts[call]++;
    if (plan->calls & OS_CALL_BIT(call)) {
        uint64_t number = ++faulty->planned_count;
        if (number == plan->nth || (plan->for_good && number > plan->nth)) {
            verdict = (Verdict){.fails = plan->error != 0, .partly = plan->partly, plan->error};
            faulty->failed_count++;
        }
    }
    pthread_mutex_unlock(&faulty->lock);
    return verdict;
}

/* How many of `bytes` still fit the space, and takes them from it. */
static size_t take_space(FaultyOs *faulty, size_t bytes)
{
    pthread_mutex_lock(&faulty->lock);
    uint64_t space = faulty->plan.space_bytes;
    if (space) {
        uint64_t left = space > faulty->written_bytes ? space - faulty->written_bytes : 0;
        if (bytes > left) bytes = (size_t)left;
    }
    faulty->written_bytes += bytes;
    pthread_mutex_unlock(&faulty->lock);
    return bytes;
}

#define INNER(state) (((FaultyOs *)(state))->inner)
/* Passes a call on unless the plan fails it. */
#define PASS(call, function, ...)                                                                  \
    do {                                                                                           \
        Verdict verdict = judge(state, call);                                                      \
        if (verdict.fails) return verdict.error;                                                   \
        return INNER(state)->function(INNER(state)->state, ##__VA_ARGS__);                         \
    } while (0)

static int faulty_open(void *state, const char *path, int flags, mode_t mode)
{
    PASS(OS_CALL_OPEN, open, path, flags, mode);
}

static int faulty_close(void *state, int fd)
{
    Verdict verdict = judge(state, OS_CALL_CLOSE);
    int r = INNER(state)->close(INNER(state)->state, fd);
    return verdict.fails ? verdict.error : r;
}

/* How much of a transfer takes place: all, half, or nothing. A short one moves at least a byte, for
 * nothing would mean the end of the file. */
static size_t part_of(Verdict verdict, size_t bytes)
{
    if (!verdict.partly) return verdict.fails ? 0 : bytes;
    if (!verdict.fails && bytes == 1) return 1;
    return bytes / 2;
}

static ssize_t faulty_read(void *state, int fd, void *to, size_t bytes)
{
    Verdict verdict = judge(state, OS_CALL_READ);
    if (verdict.fails) return verdict.error;
    return INNER(state)->read(INNER(state)->state, fd, to, part_of(verdict, bytes));
}

static ssize_t faulty_pread(void *state, int fd, void *to, size_t bytes, uint64_t offset)
{
    Verdict verdict = judge(state, OS_CALL_PREAD);
    if (verdict.fails) return verdict.error;
    return INNER(state)->pread(INNER(state)->state, fd, to, part_of(verdict, bytes), offset);
}

static ssize_t faulty_write(void *state, int fd, const void *from, size_t bytes)
{
    Verdict verdict = judge(state, OS_CALL_WRITE);
    size_t part = take_space(state, part_of(verdict, bytes));
    ssize_t r = part ? INNER(state)->write(INNER(state)->state, fd, from, part) : 0;
    if (verdict.fails) return verdict.error;
    return part == 0 && bytes > 0 ? -ENOSPC : r;
}

static ssize_t faulty_pwrite(void *state, int fd, const void *from, size_t bytes, uint64_t offset)
{
    Verdict verdict = judge(state, OS_CALL_PWRITE);
    size_t part = take_space(state, part_of(verdict, bytes));
    ssize_t r = part ? INNER(state)->pwrite(INNER(state)->state, fd, from, part, offset) : 0;
    if (verdict.fails) return verdict.error;
    return part == 0 && bytes > 0 ? -ENOSPC : r;
}

static int faulty_sync_data(void *state, int fd)
{
    PASS(OS_CALL_SYNC_DATA, sync_data, fd);
}

static int faulty_sync_folder(void *state, const char *path)
{
    PASS(OS_CALL_SYNC_FOLDER, sync_folder, path);
}

static int faulty_truncate(void *state, int fd, uint64_t bytes)
{
    PASS(OS_CALL_TRUNCATE, truncate, fd, bytes);
}

static int faulty_rename(void *state, const char *from, const char *to)
{
    PASS(OS_CALL_RENAME, rename, from, to);
}

static int faulty_unlink(void *state, const char *path)
{
    PASS(OS_CALL_UNLINK, unlink, path);
}

static int faulty_make_folder(void *state, const char *path, mode_t mode)
{
    PASS(OS_CALL_MAKE_FOLDER, make_folder, path, mode);
}

static int faulty_info(void *state, const char *path, FileInfo *ret)
{
    PASS(OS_CALL_INFO, info, path, ret);
}

static int faulty_info_fd(void *state, int fd, FileInfo *ret)
{
    PASS(OS_CALL_INFO_FD, info_fd, fd, ret);
}

static int faulty_list(void *state, const char *path, FolderSink sink, void *context)
{
    PASS(OS_CALL_LIST, list, path, sink, context);
}

static int faulty_lock(void *state, int fd)
{
    PASS(OS_CALL_LOCK, lock, fd);
}

static int faulty_socket(void *state, int family, int type)
{
    PASS(OS_CALL_SOCKET, socket, family, type);
}

static int faulty_bind(void *state, int fd, const struct sockaddr *address, socklen_t bytes)
{
    PASS(OS_CALL_BIND, bind, fd, address, bytes);
}

static int faulty_listen(void *state, int fd, int backlog)
{
    PASS(OS_CALL_LISTEN, listen, fd, backlog);
}

static int faulty_accept(void *state, int fd, struct sockaddr_storage *ret_peer)
{
    PASS(OS_CALL_ACCEPT, accept, fd, ret_peer);
}

static ssize_t faulty_receive(void *state, int fd, void *to, size_t bytes,
                              struct sockaddr_storage *ret_peer)
{
    Verdict verdict = judge(state, OS_CALL_RECEIVE);
    if (verdict.fails) return verdict.error;
    size_t part = part_of(verdict, bytes);
    return INNER(state)->receive(INNER(state)->state, fd, to, part, ret_peer);
}

static ssize_t faulty_send(void *state, int fd, const void *from, size_t bytes)
{
    Verdict verdict = judge(state, OS_CALL_SEND);
    size_t part = part_of(verdict, bytes);
    ssize_t r = part ? INNER(state)->send(INNER(state)->state, fd, from, part) : 0;
    return verdict.fails ? verdict.error : r;
}

static int faulty_set_option(void *state, int fd, int level, int name, int value)
{
    PASS(OS_CALL_SET_OPTION, set_option, fd, level, name, value);
}

static int faulty_local_port(void *state, int fd)
{
    PASS(OS_CALL_LOCAL_PORT, local_port, fd);
}

static int faulty_poll_new(void *state)
{
    PASS(OS_CALL_POLL_NEW, poll_new);
}

static int faulty_poll_set(void *state, int poll_fd, int operation, int fd, uint32_t events,
                           uint64_t token)
{
    PASS(OS_CALL_POLL_SET, poll_set, poll_fd, operation, fd, events, token);
}

static int faulty_wait(void *state, int poll_fd, struct epoll_event *events, int count, int wait_ms)
{
    PASS(OS_CALL_WAIT, wait, poll_fd, events, count, wait_ms);
}

static int faulty_event_new(void *state)
{
    PASS(OS_CALL_EVENT_NEW, event_new);
}

static int faulty_event_raise(void *state, int fd)
{
    PASS(OS_CALL_EVENT_RAISE, event_raise, fd);
}

static int64_t faulty_now_ns(void *state)
{
    return INNER(state)->now_ns(INNER(state)->state);
}

static int64_t faulty_monotonic_ns(void *state)
{
    return INNER(state)->monotonic_ns(INNER(state)->state);
}

static void faulty_sleep_ns(void *state, int64_t ns)
{
    INNER(state)->sleep_ns(INNER(state)->state, ns);
}

static int faulty_random(void *state, void *to, size_t bytes)
{
    PASS(OS_CALL_RANDOM, random, to, bytes);
}

static const Os faulty_table = {
    .open = faulty_open,
    .close = faulty_close,
    .read = faulty_read,
    .pread = faulty_pread,
    .write = faulty_write,
    .pwrite = faulty_pwrite,
    .sync_data = faulty_sync_data,
    .sync_folder = faulty_sync_folder,
    .truncate = faulty_truncate,
    .rename = faulty_rename,
    .unlink = faulty_unlink,
    .make_folder = faulty_make_folder,
    .info = faulty_info,
    .info_fd = faulty_info_fd,
    .list = faulty_list,
    .lock = faulty_lock,
    .socket = faulty_socket,
    .bind = faulty_bind,
    .listen = faulty_listen,
    .accept = faulty_accept,
    .receive = faulty_receive,
    .send = faulty_send,
    .set_option = faulty_set_option,
    .local_port = faulty_local_port,
    .poll_new = faulty_poll_new,
    .poll_set = faulty_poll_set,
    .wait = faulty_wait,
    .event_new = faulty_event_new,
    .event_raise = faulty_event_raise,
    .now_ns = faulty_now_ns,
    .monotonic_ns = faulty_monotonic_ns,
    .sleep_ns = faulty_sleep_ns,
    .random = faulty_random,
};

void faulty_os_init(FaultyOs *faulty, const Os *inner)
{
    *faulty = (FaultyOs){.os = faulty_table, .inner = inner};
    faulty->os.state = faulty;
    pthread_mutex_init(&faulty->lock, NULL);
}

void faulty_os_done(FaultyOs *faulty)
{
    pthread_mutex_destroy(&faulty->lock);
}

void faulty_os_plan(FaultyOs *faulty, FaultPlan plan)
{
    faulty->plan = plan;
    memset(faulty->counts, 0, sizeof faulty->counts);
    faulty->planned_count = faulty->failed_count = faulty->written_bytes = 0;
}

uint64_t faulty_os_count(const FaultyOs *faulty)
{
    uint64_t all = 0;
    for (size_t i = 0; i < OS_CALL_COUNT; i++) {
        all += faulty->counts[i];
    }
    return all;
}

const char *os_call_name(OsCall call)
{
    static const char *const names[OS_CALL_COUNT] = {
        "open",      "close",       "read",     "pread",     "write",       "pwrite",
        "sync_data", "sync_folder", "truncate", "rename",    "unlink",      "make_folder",
        "info",      "info_fd",     "list",     "lock",      "socket",      "bind",
        "listen",    "accept",      "receive",  "send",      "set_option",  "local_port",
        "poll_new",  "poll_set",    "wait",     "event_new", "event_raise", "random",
    };
    return names[call];
}
