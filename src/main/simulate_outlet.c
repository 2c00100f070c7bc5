/* See simulate_outlet.h. */
#include "main/simulate_outlet.h"

#include "base/number.h"
#include "main/output.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One place that bytes go to, in large pieces. */
typedef struct Outlet {
    int fd; /* -1: none */
    Buf waiting;
} Outlet;

struct SimulateOutlet {
    SimulatePlan plan;
    Outlet files[SIMULATE_SOURCE_COUNT];
    Outlet all; /* standard output or the listener, in place of files */
    Outlet labels;
    uint64_t bytes, sent;
    int64_t first_event_ns, started_ns;
};

static int say(Complaint *complaint, const char *what, int error)
{
    complaint_say(complaint, "simulate.output", "%s: cannot be written (%s)",
                  "%s: 書けません（%s）", what, strerror(-error));
    return error;
}

static int say_exists(const char *path, Complaint *complaint)
{
    complaint_say(complaint, "simulate.exists",
                  "%s is there already and is not written over; name another folder or file",
                  "%s はすでにあるので上書きしません。別のフォルダーかファイルを指定してください",
                  path);
    return -EEXIST;
}

static int open_new(Outlet *outlet, const char *path, Complaint *complaint)
{
    int fd = os_real.open(os_real.state, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0) return fd == -EEXIST ? say_exists(path, complaint) : say(complaint, path, fd);
    outlet->fd = fd;
    return 0;
}

typedef char FilePath[4096];

static int name_file(const SimulateOutlet *outlet, unsigned source, FilePath ret)
{
    int len = snprintf(ret, sizeof(FilePath), "%s/%s", outlet->plan.folder,
                       simulate_source_file((SimulateSource)source));
    return len < (int)sizeof(FilePath) ? 0 : -ENAMETOOLONG;
}

/* All names are looked at before the first file is made, so that a refusal leaves nothing behind.
 */
static int prepare_folder(SimulateOutlet *outlet, Complaint *complaint)
{
    FilePath path;
    FileInfo info;
    int r = os_make_folders(&os_real, outlet->plan.folder);
    for (unsigned i = 0; i < SIMULATE_SOURCE_COUNT && r == 0; i++) {
        r = name_file(outlet, i, path);
        if (r == 0 && os_real.info(os_real.state, path, &info) == 0) {
            return say_exists(path, complaint);
        }
    }
    return r < 0 ? say(complaint, outlet->plan.folder, r) : 0;
}

static int open_files(SimulateOutlet *outlet, Complaint *complaint)
{
    FilePath path;
    int r = 0;
    for (unsigned i = 0; i < SIMULATE_SOURCE_COUNT && r == 0; i++) {
        r = name_file(outlet, i, path);
        if (r == 0) r = open_new(&outlet->files[i], path, complaint);
    }
    return r;
}

/* 127.0.0.0/8 (RFC 1122, 3.2.1.3) and ::1 (RFC 4291, 2.5.3), with a port behind the last colon. */
static int read_address(const char *text, struct sockaddr_storage *ret, socklen_t *ret_bytes)
{
    char host[64];
    uint64_t port;
    Slice all = slice_from_cstr(text);
    size_t colon = slice_rfind_char(all, ':');
    if (colon == SLICE_NOT_FOUND || colon >= sizeof host) return -EINVAL;
    if (number_parse_u64(slice_skip(all, colon + 1), &port) < 0 || port < 1 || port > 65535) {
        return -EINVAL;
    }
    bool in_brackets = colon > 1 && text[0] == '[' && text[colon - 1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(in_brackets ? colon - 2 : colon), text + in_brackets);
    if (strcmp(host, "localhost") == 0) snprintf(host, sizeof host, "127.0.0.1");
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, host, &four.sin_addr) == 1) {
        if (ntohl(four.sin_addr.s_addr) >> 24 != 127) return -EACCES;
        memcpy(ret, &four, sizeof four);
        *ret_bytes = sizeof four;
        return 0;
    }
    if (inet_pton(AF_INET6, host, &six.sin6_addr) != 1) return -EINVAL;
    if (!IN6_IS_ADDR_LOOPBACK(&six.sin6_addr)) return -EACCES;
    memcpy(ret, &six, sizeof six);
    *ret_bytes = sizeof six;
    return 0;
}

/* The table of os/ has no connect: it is for what Akashi itself does, and only this tool calls. */
static int open_listener(SimulateOutlet *outlet, Complaint *complaint)
{
    struct sockaddr_storage address = {0};
    socklen_t bytes = 0;
    int r = read_address(outlet->plan.address, &address, &bytes);
    if (r < 0) {
        complaint_say(
            complaint, "simulate.address",
            "%s: simulated attacks are sent to this machine only; write "
            "127.0.0.1:PORT or [::1]:PORT",
            "%s: 模擬の攻撃はこの機械の中だけに送れます。127.0.0.1:ポート か [::1]:ポート "
            "と書いてください",
            outlet->plan.address);
        return r;
    }
    int type = outlet->plan.is_udp ? SOCK_DGRAM : SOCK_STREAM;
    outlet->all.fd = socket(address.ss_family, type | SOCK_CLOEXEC, 0);
    if (outlet->all.fd < 0) return say(complaint, outlet->plan.address, -errno);
    if (connect(outlet->all.fd, (const struct sockaddr *)&address, bytes) == 0) return 0;
    return say(complaint, outlet->plan.address, -errno);
}

static int open_labels(SimulateOutlet *outlet, Complaint *complaint)
{
    const char *path = outlet->plan.labels;
    if (!path) return 0;
    if (strcmp(path, "-") != 0) return open_new(&outlet->labels, path, complaint);
    outlet->labels.fd = STDOUT_FILENO;
    return 0;
}

static int open_all(SimulateOutlet *outlet, Complaint *complaint)
{
    const SimulatePlan *plan = &outlet->plan;
    bool to_files = !plan->address && strcmp(plan->folder, "-") != 0;
    int r = 0;
    if (plan->address)
        r = open_listener(outlet, complaint);
    else if (to_files)
        r = prepare_folder(outlet, complaint);
    else
        outlet->all.fd = STDOUT_FILENO;
    if (r == 0) r = open_labels(outlet, complaint);
    if (r == 0 && to_files) r = open_files(outlet, complaint);
    return r;
}

int simulate_outlet_open(const SimulatePlan *plan, SimulateOutlet **ret, Complaint *complaint)
{
    SimulateOutlet *outlet = calloc(1, sizeof *outlet);
    if (!outlet) return say(complaint, "memory", -ENOMEM);
    outlet->plan = *plan;
    outlet->all.fd = outlet->labels.fd = -1;
    outlet->first_event_ns = TIME_UNKNOWN;
    for (size_t i = 0; i < SIMULATE_SOURCE_COUNT; i++) {
        outlet->files[i].fd = -1;
    }
    int r = open_all(outlet, complaint);
    if (r < 0) {
        simulate_outlet_close(outlet);
        return r;
    }
    *ret = outlet;
    return 0;
}

static int flush(Outlet *outlet, size_t bytes_min)
{
    if (outlet->fd < 0 || outlet->waiting.len < bytes_min || outlet->waiting.len == 0) return 0;
    int r = buf_error(&outlet->waiting);
    if (r == 0) r = os_write_full(&os_real, outlet->fd, outlet->waiting.ptr, outlet->waiting.len);
    buf_clear(&outlet->waiting);
    return r;
}

static int add_line(Outlet *outlet, Slice line)
{
    buf_add_slice(&outlet->waiting, line);
    buf_add_char(&outlet->waiting, '\n');
    return flush(outlet, OUTPUT_PIECE_BYTES);
}

/* Waits until the line's turn: by its own time, by the rate, or both. */
static int keep_pace(SimulateOutlet *outlet, int64_t time_ns)
{
    int64_t now_ns = os_real.monotonic_ns(os_real.state), due_ns = now_ns;
    if (outlet->first_event_ns == TIME_UNKNOWN) {
        outlet->first_event_ns = time_ns;
        outlet->started_ns = now_ns;
    }
    if (outlet->plan.speed > 0) {
        double passed_ns = (double)(time_ns - outlet->first_event_ns) / outlet->plan.speed;
        due_ns = outlet->started_ns + (int64_t)passed_ns;
    }
    if (outlet->plan.rate > 0) {
        int64_t by_rate_ns = outlet->started_ns +
                             (int64_t)(outlet->sent / outlet->plan.rate) * NS_PER_SECOND +
                             (int64_t)(outlet->sent % outlet->plan.rate) * NS_PER_SECOND /
                                 (int64_t)outlet->plan.rate;
        if (by_rate_ns > due_ns) due_ns = by_rate_ns;
    }
    if (due_ns - now_ns < NS_PER_MS) return 0;
    int r = flush(&outlet->all, 0);
    os_real.sleep_ns(os_real.state, due_ns - now_ns);
    return r;
}

static int send_line(SimulateOutlet *outlet, int64_t time_ns, Slice line)
{
    int r = keep_pace(outlet, time_ns);
    outlet->sent++;
    if (r < 0 || !outlet->plan.is_udp) return r < 0 ? r : add_line(&outlet->all, line);
    ssize_t sent = os_real.send(os_real.state, outlet->all.fd, line.ptr, line.len);
    return sent < 0 ? (int)sent : 0;
}

int simulate_outlet_line(SimulateOutlet *outlet, SimulateSource source, int64_t time_ns, Slice line)
{
    outlet->bytes += line.len + 1;
    if (outlet->plan.address) return send_line(outlet, time_ns, line);
    return add_line(outlet->all.fd >= 0 ? &outlet->all : &outlet->files[source], line);
}

int simulate_outlet_label(SimulateOutlet *outlet, Slice label)
{
    return outlet->labels.fd < 0 ? 0 : add_line(&outlet->labels, label);
}

int simulate_outlet_flush(SimulateOutlet *outlet)
{
    int r = flush(&outlet->all, 0);
    for (size_t i = 0; i < SIMULATE_SOURCE_COUNT && r == 0; i++) {
        r = flush(&outlet->files[i], 0);
    }
    return r == 0 ? flush(&outlet->labels, 0) : r;
}

static void close_one(Outlet *outlet)
{
    if (outlet->fd > STDERR_FILENO) os_real.close(os_real.state, outlet->fd);
    buf_done(&outlet->waiting);
}

void simulate_outlet_close(SimulateOutlet *outlet)
{
    if (!outlet) return;
    for (size_t i = 0; i < SIMULATE_SOURCE_COUNT; i++) {
        close_one(&outlet->files[i]);
    }
    close_one(&outlet->all);
    close_one(&outlet->labels);
    free(outlet);
}

uint64_t simulate_outlet_bytes(const SimulateOutlet *outlet)
{
    return outlet->bytes;
}
