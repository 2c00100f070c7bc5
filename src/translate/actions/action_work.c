/* The event at work, hosts, and what is remembered of paths: action_state.h. */
#include "translate/actions/action_state.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

typedef struct HostItem {
    TableNode node; /* its index is the host's number */
} HostItem;

uint32_t host_number(Actions *actions, Slice name)
{
    TableKey key = {text_hash(actions->names, name), 0};
    HostItem *item = table_find(&actions->host_index, key);
    if (item) return item->node.index;
    item = table_add(&actions->host_index, key);
    if (!item) return 0;
    uint32_t host = item->node.index;
    actions->hosts[host] = (Host){.name = actions_hold(actions, name),
                                  .now_ns = TIME_UNKNOWN,
                                  .handle_ns = TIME_UNKNOWN,
                                  .sysmon_ns = TIME_UNKNOWN};
    actions->host_count = host;
    return host;
}

/* Lines of Samba and auditd come through syslog, or as they stand in auditd's own file. auditd
 * writes its time into the line; a host that it does not name is the empty one. */
static void begin_unix(Work *work)
{
    EventFormat format = work->event->format;
    Slice message = work->known[KNOWN_MESSAGE], tag = work->known[KNOWN_TAG];
    Slice host = work_text(work, KNOWN_HOST);
    if (message.len == 0 || (format != EVENT_SYSLOG && format != EVENT_TEXT)) return;
    if (format == EVENT_SYSLOG && samba_line_take(tag, message, &work->samba)) {
        if (work->now_ns == TIME_UNKNOWN) return;
        work->source = SOURCE_SAMBA;
        work->host = host_number(work->actions, host);
    } else if (audit_line_take(tag, message, &work->audit) &&
               work->audit.time_ns < ACTIONS_TIME_NS_MAX) {
        work->source = SOURCE_AUDITD;
        work->now_ns = work->audit.time_ns;
        work->host = host_number(work->actions, work->audit.node.len ? work->audit.node : host);
    }
}

void work_begin(Work *work)
{
    known_read(&work->actions->index, work->event, work->known);
    if (work->event->format != EVENT_WINDOWS) {
        begin_unix(work);
        return;
    }
    if (work->now_ns == TIME_UNKNOWN) return;
    Slice name = work_text(work, KNOWN_COMPUTER);
    if (name.len > 0) work->host = host_number(work->actions, name);
    work->event_id = work_number(work, KNOWN_EVENT_ID);
    if (slice_eq_nocase(work_text(work, KNOWN_PROVIDER_NAME), SLICE("NetApp-Security-Auditing"))) {
        work->source = SOURCE_NETAPP;
    }
}

Slice work_text(const Work *work, Known known)
{
    const Job job = {.known = work->known};
    return job_text(&job, known);
}

uint64_t work_number(const Work *work, Known known)
{
    const Job job = {.known = work->known};
    uint64_t number;
    return job_number(&job, known, &number) ? number : 0;
}

bool work_failed(const Work *work)
{
    const Job job = {.known = work->known};
    return job_audit_outcome(&job, OUTCOME_SUCCESS) == OUTCOME_FAILURE;
}

/* The messages of access rights (Microsoft, event 4663, table "Access Request Information"):
 * %%4416 up are the bits of a file from 0 on, %%1537 up the standard rights from 16 on. */
static uint32_t mask_of_token(uint64_t token)
{
    if (token >= 4416 && token <= 4424) return 1u << (token - 4416);
    if (token >= 1537 && token <= 1541) return 0x10000u << (token - 1537);
    return token == 1542 ? 0x1000000u : 0;
}

static uint32_t mask_of_list(Slice list)
{
    uint32_t mask = 0;
    for (size_t at; (at = slice_find(list, SLICE("%%"))) != SLICE_NOT_FOUND;) {
        uint64_t token = 0;
        list = slice_skip(list, at + 2);
        while (list.len > 0 && list.ptr[0] >= '0' && list.ptr[0] <= '9' && token < 100000) {
            token = token * 10 + (uint64_t)(list.ptr[0] - '0');
            list = slice_skip(list, 1);
        }
        mask |= mask_of_token(token);
    }
    return mask;
}

uint32_t work_mask(const Work *work)
{
    uint64_t mask = work_number(work, KNOWN_ACCESS_MASK);
    return mask ? (uint32_t)mask : mask_of_list(work_text(work, KNOWN_ACCESS_LIST));
}

NameId actions_hold(Actions *actions, Slice text)
{
    bool full = false;
    NameId id = name_hold(actions->names, text, &full);
    if (full) actions->counters.names_full++;
    return id;
}

void actions_fail(Actions *actions, int error)
{
    if (actions->error == 0) actions->error = error;
}

/* --- paths ------------------------------------------------------------------------------------ */

static int64_t memo_age_ns(const PathMemo *memo)
{
    return memo->hash == 0 ? INT64_MIN
                           : (memo->seen_ns > memo->opened_ns ? memo->seen_ns : memo->opened_ns);
}

#define CHUNK_SETS (PATH_SETS / PATH_CHUNKS)

/* NULL: not made yet, or no memory. */
static PathMemo *path_set(Actions *actions, uint64_t hash, bool make)
{
    size_t set = hash >> 20 & (PATH_SETS - 1);
    PathMemo **chunk = &actions->paths[set / CHUNK_SETS];
    if (!*chunk && make) *chunk = calloc(CHUNK_SETS * PATH_WAYS, sizeof **chunk);
    return *chunk ? *chunk + set % CHUNK_SETS * PATH_WAYS : NULL;
}

static PathMemo *spare_memo(Actions *actions)
{
    actions_fail(actions, -ENOMEM);
    actions->spare_path =
        (PathMemo){.seen_ns = TIME_UNKNOWN, .opened_ns = TIME_UNKNOWN, .preview_ns = TIME_UNKNOWN};
    return &actions->spare_path;
}

PathMemo *path_memo(Actions *actions, uint32_t host, Slice path, bool make)
{
    while (path.len > 0 && path.ptr[path.len - 1] == '\\') {
        path.len--;
    }
    uint64_t hash = (text_hash(actions->names, path) ^ (uint64_t)host * 0x9e3779b97f4a7c15u) | 1;
    PathMemo *set = path_set(actions, hash, make);
    PathMemo *oldest = set;
    if (!set) return make ? spare_memo(actions) : NULL;
    for (size_t i = 0; i < PATH_WAYS; i++) {
        if (set[i].hash == hash) return &set[i];
        if (memo_age_ns(&set[i]) < memo_age_ns(oldest)) oldest = &set[i];
    }
    if (!make) return NULL;
    *oldest = (PathMemo){.hash = hash,
                         .seen_ns = TIME_UNKNOWN,
                         .opened_ns = TIME_UNKNOWN,
                         .preview_ns = TIME_UNKNOWN};
    return oldest;
}

#define PATH_REMEMBERED_NS (86400 * NS_PER_SECOND) /* R6: "no earlier event in the last 24 h" */

bool path_was_met(const Work *work, const PathMemo *memo)
{
    return memo && memo->seen_ns != TIME_UNKNOWN &&
           work->now_ns - memo->seen_ns < PATH_REMEMBERED_NS;
}

PathMemo *path_met(Work *work, Slice path, bool opened)
{
    Slice folder = path_folder(path);
    if (folder.len > 0 && folder.len + 1 < path.len) {
        PathMemo *above = path_memo(work->actions, work->host, folder, true);
        above->folder = true;
        if (above->opened_ns == TIME_UNKNOWN) above->opened_ns = work->now_ns;
    }
    PathMemo *memo = path_memo(work->actions, work->host, path, true);
    if (path.len > 0 && path.ptr[path.len - 1] == '\\') memo->folder = true;
    if (opened) memo->seen_ns = work->now_ns;
    return memo;
}

bool path_is_folder(Actions *actions, uint32_t host, Slice path)
{
    const PathMemo *memo = path_memo(actions, host, path, false);
    return (path.len > 0 && path.ptr[path.len - 1] == '\\') || (memo && memo->folder);
}
