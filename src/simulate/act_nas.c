/* The Samba NAS with vfs_full_audit, prefix `%u|%I|%m|%S` (its manual page). See acts.h.
 *
 * One line an operation: PREFIX|operation|ok or fail (why)|arguments, by syslog(3) with facility
 * LOCAL5, level NOTICE. create_file carries the Windows mask, the kind and the disposition. */
#include "simulate/acts.h"

#include <ctype.h>
#include <stdio.h>

#define PRIORITY 173 /* local5.notice */

typedef struct NasPath {
    Slice share;
    Text full; /* /srv/share/SHARE/... */
} NasPath;

static NasPath path_of(const Sim *sim, const Document *document, bool is_folder)
{
    NasPath path = {.share = department_name(&sim->factory, document->department)};
    char bytes[TEXT_BYTES];
    Buf text = {.ptr = bytes, .capacity = sizeof bytes, .bytes_max = sizeof bytes};
    if (is_folder) document_add_folder(&text, &sim->factory, document, '/');
    if (!is_folder) document_add_path(&text, &sim->factory, document, '/');
    text_format(&path.full, "/srv/share/%.*s/%.*s", SLICE_FMT(path.share),
                SLICE_FMT(buf_slice(&text)));
    return path;
}

static void operation(Sim *sim, const Person *person, Slice share, const char *what,
                      const char *result, const char *format, Slice first, Slice second)
{
    char tag[24], pc[16];
    snprintf(tag, sizeof tag, "smbd_audit[%u]", person->nas_pid);
    snprintf(pc, sizeof pc, "%s", person->pc);
    for (char *at = pc; *at; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    Buf *to = line_begin_syslog(sim, SIMULATE_SAMBA, PRIORITY, "nas01", tag);
    buf_add_format(to, "%s|%s|%s|%.*s|%s|%s|%s%.*s", person->account, person->ip, pc,
                   SLICE_FMT(share), what, result, format, SLICE_FMT(first));
    if (second.len > 0) {
        buf_add_char(to, '|');
        buf_add_slice(to, second);
    }
    line_end(sim);
    sim_wait(sim, NS_PER_MS / 10, 3 * NS_PER_MS);
}

/* arguments: what stands before the path. */
static void on_path(Sim *sim, const Person *person, const NasPath *path, const char *what,
                    const char *arguments)
{
    operation(sim, person, path->share, what, "ok", arguments, text_slice(&path->full), (Slice){0});
}

static void session(Sim *sim, Person *person, Slice share)
{
    if (person->nas_pid == 0) {
        const Act act = {.verb = VERB_CONNECT_SHARE,
                         .who = person,
                         .host = SLICE("nas01"),
                         .object = share,
                         .outcome = OUTCOME_SUCCESS};
        uint32_t before = act_begin(sim, &act);
        person->nas_pid = sim_pid(sim);
        operation(sim, person, share, "connect", "ok", "", share, (Slice){0});
        act_end(sim, before);
        sim_plan(sim, (Task){.kind = TASK_NAS_END,
                             .who = person->index,
                             .time_ns = sim->at_ns + 20 * NS_PER_MINUTE});
    }
    person->nas_used_ns = sim->at_ns;
}

void act_nas_session_end(Sim *sim, Person *person)
{
    if (person->nas_pid == 0) return;
    if (sim->at_ns < person->nas_used_ns + 20 * NS_PER_MINUTE && person->present) {
        sim_plan(sim, (Task){.kind = TASK_NAS_END,
                             .who = person->index,
                             .time_ns = person->nas_used_ns + 20 * NS_PER_MINUTE + 1});
        return;
    }
    Slice share = department_name(&sim->factory, person->department);
    operation(sim, person, share, "disconnect", "ok", "", share, (Slice){0});
    person->nas_pid = 0;
}

static Act nas_act(Verb verb, const Person *person, const NasPath *path, Outcome outcome)
{
    return (Act){.verb = verb,
                 .who = person,
                 .host = SLICE("nas01"),
                 .object = text_slice(&path->full),
                 .outcome = outcome};
}

void act_nas_browse(Sim *sim, Person *person, const Document *document)
{
    const NasPath folder = path_of(sim, document, true);
    session(sim, person, folder.share);
    const Act act = nas_act(VERB_LIST, person, &folder, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    on_path(sim, person, &folder, "create_file", "0x100081|dir|open|");
    int64_t files = dice_between(&sim->dice, 4, 9);
    for (int64_t i = 0; i < files; i++) {
        Document shown = *document;
        shown.number = 100 + (document->number + (unsigned)i * 7) % 300;
        const NasPath path = path_of(sim, &shown, false);
        on_path(sim, person, &path, "create_file", "0x100080|file|open|");
        on_path(sim, person, &path, "close", "");
    }
    on_path(sim, person, &folder, "close", "");
    act_end(sim, before);
}

static void read_bare(Sim *sim, const Person *person, const NasPath *path)
{
    on_path(sim, person, path, "create_file", "0x120089|file|open|");
    int64_t blocks = dice_between(&sim->dice, 1, 4);
    for (int64_t i = 0; i < blocks; i++) {
        on_path(sim, person, path, "pread_send", "");
    }
    sim_wait(sim, 5 * NS_PER_MS, NS_PER_SECOND);
    on_path(sim, person, path, "close", "");
}

static void write_bare(Sim *sim, const Person *person, const NasPath *path, const char *open)
{
    on_path(sim, person, path, "create_file", open);
    int64_t blocks = dice_between(&sim->dice, 1, 4);
    for (int64_t i = 0; i < blocks; i++) {
        on_path(sim, person, path, "pwrite_send", "");
    }
    on_path(sim, person, path, "close", "");
}

static void rename_bare(Sim *sim, const Person *person, const NasPath *from, const NasPath *to)
{
    on_path(sim, person, from, "create_file", "0x110080|file|open|");
    operation(sim, person, from->share, "renameat", "ok", "", text_slice(&from->full),
              text_slice(&to->full));
    on_path(sim, person, to, "close", "");
}

static void delete_bare(Sim *sim, const Person *person, const NasPath *path)
{
    on_path(sim, person, path, "create_file", "0x110080|file|open|");
    on_path(sim, person, path, "unlinkat", "");
    on_path(sim, person, path, "close", "");
}

void act_nas_read(Sim *sim, Person *person, const Document *document)
{
    const NasPath path = path_of(sim, document, false);
    session(sim, person, path.share);
    const Act act = nas_act(VERB_READ, person, &path, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    read_bare(sim, person, &path);
    act_end(sim, before);
}

void act_nas_save(Sim *sim, Person *person, const Document *document)
{
    const NasPath path = path_of(sim, document, false);
    NasPath temporary = path_of(sim, document, true), aside = temporary;
    unsigned long long number = dice_u64(&sim->dice);
    text_format(&aside.full, "%.*s/%08llX.tmp", SLICE_FMT(text_slice(&temporary.full)),
                number >> 32);
    const NasPath folder = temporary;
    text_format(&temporary.full, "%.*s/%08llX", SLICE_FMT(text_slice(&folder.full)),
                number & 0xffffffff);
    session(sim, person, path.share);
    const Act act = nas_act(VERB_WRITE, person, &path, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    if (slice_eq(document_extension(&sim->factory, document), SLICE("xlsx"))) {
        write_bare(sim, person, &temporary, "0x17019f|file|create|");
        rename_bare(sim, person, &path, &aside);
        rename_bare(sim, person, &temporary, &path);
        delete_bare(sim, person, &aside);
    } else {
        write_bare(sim, person, &path, "0x12019f|file|open|");
    }
    act_end(sim, before);
}

void act_nas_create(Sim *sim, Person *person, const Document *document)
{
    const NasPath path = path_of(sim, document, false);
    session(sim, person, path.share);
    const Act act = nas_act(VERB_CREATE, person, &path, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    write_bare(sim, person, &path, "0x17019f|file|create|");
    act_end(sim, before);
}

void act_nas_copy(Sim *sim, Person *person, const Document *document)
{
    Document copied = *document;
    copied.suffix = sim->factory.names == LANGUAGE_JA ? " - コピー" : " - Copy";
    const NasPath from = path_of(sim, document, false), to = path_of(sim, &copied, false);
    session(sim, person, from.share);
    Act act = nas_act(VERB_COPY, person, &from, OUTCOME_SUCCESS);
    act.target = text_slice(&to.full);
    uint32_t before = act_begin(sim, &act);
    on_path(sim, person, &from, "create_file", "0x120089|file|open|");
    on_path(sim, person, &to, "create_file", "0x17019f|file|create|");
    operation(sim, person, from.share, "offload_write_send", "ok", "", (Slice){0}, (Slice){0});
    on_path(sim, person, &to, "close", "");
    on_path(sim, person, &from, "close", "");
    act_end(sim, before);
}

void act_nas_rename(Sim *sim, Person *person, const Document *document)
{
    Document renamed = *document;
    renamed.suffix = sim->factory.names == LANGUAGE_JA ? "_改訂" : "_rev";
    const NasPath from = path_of(sim, document, false), to = path_of(sim, &renamed, false);
    session(sim, person, from.share);
    Act act = nas_act(VERB_RENAME, person, &from, OUTCOME_SUCCESS);
    act.target = text_slice(&to.full);
    uint32_t before = act_begin(sim, &act);
    rename_bare(sim, person, &from, &to);
    act_end(sim, before);
}

void act_nas_delete(Sim *sim, Person *person, const Document *document)
{
    const NasPath path = path_of(sim, document, false);
    session(sim, person, path.share);
    const Act act = nas_act(VERB_DELETE, person, &path, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    delete_bare(sim, person, &path);
    act_end(sim, before);
}

void act_nas_denied(Sim *sim, Person *person, const Document *document)
{
    const NasPath path = path_of(sim, document, false);
    session(sim, person, path.share);
    const Act act = nas_act(VERB_ACCESS_DENIED, person, &path, OUTCOME_FAILURE);
    uint32_t before = act_begin(sim, &act);
    operation(sim, person, path.share, "create_file", "fail (Permission denied)",
              "0x120089|file|open|", text_slice(&path.full), (Slice){0});
    act_end(sim, before);
}
