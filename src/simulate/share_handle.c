/* See share_handle.h. */
#include "simulate/share_handle.h"
#include "simulate/win_line.h"

#include <stdarg.h>
#include <stdio.h>

#define SYSTEM_PID 4

void share_append(SharePath *path, const char *format, ...)
{
    Text *parts[] = {&path->relative, &path->full};
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        va_list args;
        size_t room = sizeof parts[i]->bytes - parts[i]->len;
        va_start(args, format);
        int len = vsnprintf(parts[i]->bytes + parts[i]->len, room, format, args);
        va_end(args);
        parts[i]->len += len < (int)room ? (size_t)len : room - 1;
    }
}

static SharePath begin_path(const Sim *sim, Department department)
{
    SharePath path = {.share = department_name(&sim->factory, department)};
    const char *top = sim->factory.names == LANGUAGE_JA ? "共有" : "share";
    text_format(&path.full, "D:\\%s\\%.*s\\", top, SLICE_FMT(path.share));
    path.relative.len = 0;
    return path;
}

SharePath share_path(const Sim *sim, const Document *document)
{
    SharePath path = begin_path(sim, document->department);
    char bytes[TEXT_BYTES];
    Buf text = {.ptr = bytes, .capacity = sizeof bytes, .bytes_max = sizeof bytes};
    document_add_path(&text, &sim->factory, document, '\\');
    share_append(&path, "%.*s", SLICE_FMT(buf_slice(&text)));
    return path;
}

SharePath share_folder(const Sim *sim, const Document *document)
{
    SharePath path = begin_path(sim, document->department);
    char bytes[TEXT_BYTES];
    Buf text = {.ptr = bytes, .capacity = sizeof bytes, .bytes_max = sizeof bytes};
    document_add_folder(&text, &sim->factory, document, '\\');
    share_append(&path, "%.*s\\", SLICE_FMT(buf_slice(&text)));
    return path;
}

static Slice without_end(Slice path)
{
    return path.len > 0 && path.ptr[path.len - 1] == '\\' ? slice_first(path, path.len - 1) : path;
}

/* 5145: the check at the share's door. */
static void check_share(Sim *sim, const Person *person, const SharePath *path, unsigned requested,
                        bool failed)
{
    const WinLog log = win_log_fs();
    const WinWho who = win_person(person, person->fs_logon_id);
    Text local, name;
    Slice full = text_slice(&path->full);
    Slice root = slice_first(full, full.len - path->relative.len - 1);
    text_format(&local, "\\??\\%.*s", SLICE_FMT(root));
    text_format(&name, "\\\\*\\%.*s", SLICE_FMT(path->share));
    win_begin(sim, &log, 5145, failed);
    win_who(sim, "Subject", &who);
    win_access(sim, requested);
    win_plain(sim, "IpAddress", person->ip);
    win_number(sim, "IpPort", person->fs_port);
    win_plain(sim, "ObjectType", "File");
    win_text(sim, "RelativeTargetName", without_end(text_slice(&path->relative)));
    win_text(sim, "ShareLocalPath", text_slice(&local));
    win_text(sim, "ShareName", text_slice(&name));
    win_end(sim);
}

static void object(Sim *sim, unsigned event_id, const WinWho *who, unsigned handle, Slice path,
                   unsigned mask, bool failed)
{
    const WinLog log = win_log_fs();
    win_begin(sim, &log, event_id, failed);
    win_who(sim, "Subject", who);
    if (mask) win_access(sim, mask);
    win_hex(sim, "HandleId", handle);
    if (path.len > 0) win_text(sim, "ObjectName", without_end(path));
    win_plain(sim, "ObjectServer", "Security");
    if (path.len > 0) win_plain(sim, "ObjectType", "File");
    win_hex(sim, "ProcessId", who->rid ? SYSTEM_PID : 0xd18);
    win_text(sim, "ProcessName",
             who->rid ? SLICE("") : SLICE("C:\\Windows\\System32\\SearchProtocolHost.exe"));
    if (event_id == 4663) win_plain(sim, "ResourceAttributes", "S:AI");
    if (event_id == 4656 || event_id == 4660) {
        win_plain(sim, "TransactionId", "{00000000-0000-0000-0000-000000000000}");
    }
    if (event_id != 4656) return;
    win_plain(sim, "AccessReason", "-");
    win_plain(sim, "PrivilegeList", "-");
    win_plain(sim, "RestrictedSidCount", "0");
}

static void object_event(Sim *sim, unsigned event_id, const WinWho *who, unsigned handle,
                         Slice path, unsigned mask, bool failed)
{
    object(sim, event_id, who, handle, path, mask, failed);
    win_end(sim);
}

/* Numbers go round through 64 Ki of four apart: acts hold a handle for seconds. */
static unsigned next_handle(Sim *sim)
{
    sim->next_handle = sim->next_handle >= 0x40000 ? 0x100 : sim->next_handle + 4;
    return sim->next_handle;
}

ShareHandle share_open(Sim *sim, Person *person, const SharePath *path, unsigned requested)
{
    ShareHandle handle = {next_handle(sim), path};
    const WinWho who = win_person(person, person->fs_logon_id);
    check_share(sim, person, path, requested, false);
    object_event(sim, 4656, &who, handle.id, text_slice(&path->full), requested, false);
    sim_wait(sim, NS_PER_MS / 10, 2 * NS_PER_MS);
    return handle;
}

void share_use(Sim *sim, const Person *person, const ShareHandle *handle, unsigned used)
{
    const WinWho who = win_person(person, person->fs_logon_id);
    object_event(sim, 4663, &who, handle->id, text_slice(&handle->path->full), used, false);
}

void share_delete(Sim *sim, const Person *person, const ShareHandle *handle)
{
    const WinWho who = win_person(person, person->fs_logon_id);
    object_event(sim, 4660, &who, handle->id, (Slice){0}, 0, false);
}

void share_close(Sim *sim, const Person *person, const ShareHandle *handle)
{
    const WinWho who = win_person(person, person->fs_logon_id);
    object_event(sim, 4658, &who, handle->id, (Slice){0}, 0, false);
}

void share_change_rights(Sim *sim, const Person *person, const ShareHandle *handle)
{
    const WinWho who = win_person(person, person->fs_logon_id);
    object(sim, 4670, &who, handle->id, text_slice(&handle->path->full), 0, false);
    win_plain(sim, "OldSd", "D:AI(A;ID;FA;;;BA)(A;ID;0x1301bf;;;DU)");
    win_plain(sim, "NewSd", "D:AI(A;;0x1200a9;;;WD)(A;ID;FA;;;BA)(A;ID;0x1301bf;;;DU)");
    win_end(sim);
}

void share_refuse(Sim *sim, const Person *person, const SharePath *path, unsigned requested)
{
    const WinWho who = win_person(person, person->fs_logon_id);
    check_share(sim, person, path, requested, true);
    object_event(sim, 4656, &who, 0, text_slice(&path->full), requested, true);
}

void share_read_as_system(Sim *sim, const SharePath *path)
{
    WinWho who = win_machine("FS01$");
    unsigned handle = next_handle(sim);
    object_event(sim, 4656, &who, handle, text_slice(&path->full), 0x120089, false);
    object_event(sim, 4663, &who, handle, text_slice(&path->full), 0x1, false);
    sim_wait(sim, NS_PER_MS, 5 * NS_PER_MS);
    object_event(sim, 4658, &who, handle, (Slice){0}, 0, false);
}

/* A session with the server, and the first share of it: 4624, 5140. */
void act_share_session(Sim *sim, Person *person)
{
    if (person->fs_logon_id == 0) {
        Slice share = department_name(&sim->factory, DEPARTMENT_COMMON);
        Text object_name, local;
        text_format(&object_name, "\\\\*\\%.*s", SLICE_FMT(share));
        text_format(&local, "\\??\\D:\\%s\\%.*s",
                    sim->factory.names == LANGUAGE_JA ? "共有" : "share", SLICE_FMT(share));
        const Act act = {.verb = VERB_CONNECT_SHARE,
                         .who = person,
                         .host = SLICE("fs01"),
                         .object = text_slice(&object_name),
                         .outcome = OUTCOME_SUCCESS};
        uint32_t before = act_begin(sim, &act);
        const WinLog log = win_log_fs();
        dns_query(sim, slice_from_cstr(person->ip), SLICE("fs01." FACTORY_DNS), "A");
        act_ticket(sim, person, "FS01$");
        person->fs_logon_id = network_session_begin(sim, person, false);
        person->fs_port = sim_port(sim);
        const WinWho who = win_person(person, person->fs_logon_id);
        win_begin(sim, &log, 5140, false);
        win_who(sim, "Subject", &who);
        win_access(sim, 0x1);
        win_plain(sim, "IpAddress", person->ip);
        win_number(sim, "IpPort", person->fs_port);
        win_plain(sim, "ObjectType", "File");
        win_text(sim, "ShareLocalPath", text_slice(&local));
        win_text(sim, "ShareName", text_slice(&object_name));
        win_end(sim);
        act_end(sim, before);
        sim_plan(sim, (Task){.kind = TASK_SESSION_END,
                             .who = person->index,
                             .time_ns = sim->at_ns + 15 * NS_PER_MINUTE});
    }
    person->fs_used_ns = sim->at_ns;
}

/* An idle session ends; one in use is looked at again later. */
void act_share_session_end(Sim *sim, Person *person)
{
    if (person->fs_logon_id == 0) return;
    if (sim->at_ns < person->fs_used_ns + 15 * NS_PER_MINUTE && person->present) {
        sim_plan(sim, (Task){.kind = TASK_SESSION_END,
                             .who = person->index,
                             .time_ns = person->fs_used_ns + 15 * NS_PER_MINUTE + 1});
        return;
    }
    network_session_end(sim, person, false, person->fs_logon_id);
    person->fs_logon_id = 0;
}
