/* The Windows file server: what an act leaves as 5145, 4656, 4663, 4660 and 4658. See acts.h.
 *
 * Over SMB the process is System (4) and the person is the subject of the event. Which masks
 * programs ask for and use: measured on public captures, see doc/translation.md. */
#include "simulate/share_handle.h"

static Act share_act(Verb verb, const Person *person, const SharePath *path, Outcome outcome)
{
    Slice object = text_slice(&path->full);
    if (slice_ends(object, SLICE("\\"))) object.len--;
    return (Act){
        .verb = verb, .who = person, .host = SLICE("fs01"), .object = object, .outcome = outcome};
}

/* Opens, uses what was asked for, closes. */
static void open_use_close(Sim *sim, Person *person, const SharePath *path, unsigned requested,
                           unsigned used)
{
    ShareHandle handle = share_open(sim, person, path, requested);
    if (used) share_use(sim, person, &handle, used);
    sim_wait(sim, NS_PER_MS, 40 * NS_PER_MS);
    share_close(sim, person, &handle);
}

/* Renaming is a DELETE access that deletes nothing; the new name shows only in the next open. */
static void rename_bare(Sim *sim, Person *person, const SharePath *from, const SharePath *to)
{
    open_use_close(sim, person, from, 0x110080, 0x10000);
    sim_wait(sim, NS_PER_MS, 20 * NS_PER_MS);
    open_use_close(sim, person, to, 0x100080, 0);
}

static void create_bare(Sim *sim, Person *person, const Document *document, const SharePath *path)
{
    const SharePath folder = share_folder(sim, document);
    open_use_close(sim, person, &folder, 0x100080, 0x2);
    open_use_close(sim, person, path, 0x17019f, 0x6);
}

static void delete_bare(Sim *sim, Person *person, const SharePath *path)
{
    ShareHandle handle = share_open(sim, person, path, 0x110080);
    share_use(sim, person, &handle, 0x10000);
    share_delete(sim, person, &handle);
    share_close(sim, person, &handle);
}

/* Explorer looks for desktop.ini in each folder that it shows. */
static void read_folder_settings(Sim *sim, Person *person, SharePath folder)
{
    share_append(&folder, "desktop.ini");
    open_use_close(sim, person, &folder, 0x120089, 0x1);
}

void act_share_browse(Sim *sim, Person *person, const Document *document, bool preview)
{
    const SharePath folder = share_folder(sim, document);
    act_share_session(sim, person);
    const Act act = share_act(VERB_LIST, person, &folder, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    open_use_close(sim, person, &folder, 0x100081, 0x1);
    read_folder_settings(sim, person, folder);
    int64_t files = dice_between(&sim->dice, 5, 9);
    for (int64_t i = 0; i < files; i++) {
        Document shown = *document;
        shown.number = 100 + (document->number + (unsigned)i * 7) % 300;
        const SharePath path = share_path(sim, &shown);
        open_use_close(sim, person, &path, preview ? 0x120089 : 0x100080, preview ? 0x1 : 0);
    }
    act_end(sim, before);
}

static void read_held(Sim *sim, Person *person, const Document *document, int64_t least_ns,
                      int64_t most_ns)
{
    const SharePath path = share_path(sim, document);
    act_share_session(sim, person);
    const Act act = share_act(VERB_READ, person, &path, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    ShareHandle handle = share_open(sim, person, &path, 0x120089);
    share_use(sim, person, &handle, 0x1);
    sim_wait(sim, least_ns, most_ns);
    share_close(sim, person, &handle);
    act_end(sim, before);
}

void act_share_read(Sim *sim, Person *person, const Document *document)
{
    read_held(sim, person, document, 80 * NS_PER_MS, 30 * NS_PER_SECOND);
}

void act_share_take(Sim *sim, Person *person, const Document *document)
{
    read_held(sim, person, document, 60 * NS_PER_MS, 300 * NS_PER_MS);
}

void act_share_execute(Sim *sim, Person *person, const Document *document)
{
    const SharePath path = share_path(sim, document);
    act_share_session(sim, person);
    const Act act = share_act(VERB_EXECUTE, person, &path, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    open_use_close(sim, person, &path, 0x1200a9, 0x21);
    act_end(sim, before);
}

/* Office writes a temporary file, sets the original aside, gives the temporary its name and deletes
 * what was set aside: to the person one save. */
static void save_by_swap(Sim *sim, Person *person, const Document *document, const SharePath *path)
{
    SharePath temporary = share_folder(sim, document), aside = temporary;
    uint64_t number = dice_u64(&sim->dice);
    share_append(&temporary, "%08llX", (unsigned long long)(number & 0xffffffff));
    share_append(&aside, "%08llX.tmp", (unsigned long long)(number >> 32));
    create_bare(sim, person, document, &temporary);
    sim_wait(sim, 20 * NS_PER_MS, 300 * NS_PER_MS);
    rename_bare(sim, person, path, &aside);
    rename_bare(sim, person, &temporary, path);
    delete_bare(sim, person, &aside);
}

/* ~$NAME: by it Office tells others who has the document open. */
static SharePath owner_file(const Sim *sim, const Document *document)
{
    SharePath path = share_folder(sim, document);
    char bytes[TEXT_BYTES];
    Buf leaf = {.ptr = bytes, .capacity = sizeof bytes, .bytes_max = sizeof bytes};
    document_add_leaf(&leaf, &sim->factory, document);
    share_append(&path, "~$%.*s", SLICE_FMT(buf_slice(&leaf)));
    return path;
}

void act_share_save(Sim *sim, Person *person, const Document *document)
{
    const SharePath path = share_path(sim, document);
    Slice extension = document_extension(&sim->factory, document);
    act_share_session(sim, person);
    const Act act = share_act(VERB_WRITE, person, &path, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    if (slice_eq(extension, SLICE("xlsx")) || slice_eq(extension, SLICE("docx"))) {
        const SharePath owner = owner_file(sim, document);
        create_bare(sim, person, document, &owner);
        sim_wait(sim, NS_PER_SECOND, 20 * NS_PER_SECOND);
        save_by_swap(sim, person, document, &path);
        delete_bare(sim, person, &owner);
    } else {
        open_use_close(sim, person, &path, 0x12019f, 0x6);
    }
    act_end(sim, before);
}

void act_share_create(Sim *sim, Person *person, const Document *document)
{
    const SharePath path = share_path(sim, document);
    act_share_session(sim, person);
    const Act act = share_act(VERB_CREATE, person, &path, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    create_bare(sim, person, document, &path);
    act_end(sim, before);
}

void act_share_copy(Sim *sim, Person *person, const Document *document)
{
    Document copied = *document;
    copied.suffix = sim->factory.names == LANGUAGE_JA ? " - コピー" : " - Copy";
    const SharePath from = share_path(sim, document), to = share_path(sim, &copied);
    act_share_session(sim, person);
    Act act = share_act(VERB_COPY, person, &from, OUTCOME_SUCCESS);
    act.target = text_slice(&to.full);
    uint32_t before = act_begin(sim, &act);
    open_use_close(sim, person, &from, 0x120089, 0x1);
    sim_wait(sim, 20 * NS_PER_MS, 200 * NS_PER_MS);
    create_bare(sim, person, &copied, &to);
    act_end(sim, before);
}

void act_share_rename(Sim *sim, Person *person, const Document *document, const char *suffix)
{
    Document renamed = *document;
    renamed.suffix = suffix;
    const SharePath from = share_path(sim, document), to = share_path(sim, &renamed);
    act_share_session(sim, person);
    Act act = share_act(VERB_RENAME, person, &from, OUTCOME_SUCCESS);
    act.target = text_slice(&to.full);
    uint32_t before = act_begin(sim, &act);
    rename_bare(sim, person, &from, &to);
    act_end(sim, before);
}

void act_share_move(Sim *sim, Person *person, const Document *document)
{
    const SharePath from = share_path(sim, document);
    SharePath to = share_folder(sim, document);
    char bytes[TEXT_BYTES];
    Buf leaf = {.ptr = bytes, .capacity = sizeof bytes, .bytes_max = sizeof bytes};
    document_add_leaf(&leaf, &sim->factory, document);
    share_append(&to, "%s\\", sim->factory.names == LANGUAGE_JA ? "旧" : "old");
    share_append(&to, "%.*s", SLICE_FMT(buf_slice(&leaf)));
    act_share_session(sim, person);
    Act act = share_act(VERB_MOVE, person, &from, OUTCOME_SUCCESS);
    act.target = text_slice(&to.full);
    uint32_t before = act_begin(sim, &act);
    rename_bare(sim, person, &from, &to);
    act_end(sim, before);
}

void act_share_delete(Sim *sim, Person *person, const Document *document)
{
    const SharePath path = share_path(sim, document);
    act_share_session(sim, person);
    const Act act = share_act(VERB_DELETE, person, &path, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    delete_bare(sim, person, &path);
    act_end(sim, before);
}

void act_share_make_folder(Sim *sim, Person *person, const Document *document)
{
    SharePath folder = share_folder(sim, document);
    const SharePath parent = folder;
    share_append(&folder, "%u%s", document->number,
                 sim->factory.names == LANGUAGE_JA ? "号案件" : "_job");
    act_share_session(sim, person);
    const Act act = share_act(VERB_MKDIR, person, &folder, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    open_use_close(sim, person, &parent, 0x100080, 0x4);
    open_use_close(sim, person, &folder, 0x100081, 0);
    act_end(sim, before);
}

void act_share_denied(Sim *sim, Person *person, const Document *document)
{
    const SharePath path = share_path(sim, document);
    act_share_session(sim, person);
    /* Windows says what was asked for: a refused READ (R0) */
    const Act act = share_act(VERB_READ, person, &path, OUTCOME_FAILURE);
    uint32_t before = act_begin(sim, &act);
    share_refuse(sim, person, &path, 0x120089);
    act_end(sim, before);
}

void act_share_change_rights(Sim *sim, Person *person, const Document *document)
{
    const SharePath path = share_path(sim, document);
    act_share_session(sim, person);
    const Act act = share_act(VERB_CHANGE_ACL, person, &path, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    ShareHandle handle = share_open(sim, person, &path, 0x60080);
    share_use(sim, person, &handle, 0x40000);
    share_change_rights(sim, person, &handle);
    share_close(sim, person, &handle);
    act_end(sim, before);
}

void act_share_encrypt(Sim *sim, Person *person, const Document *document)
{
    const SharePath path = share_path(sim, document);
    SharePath to = path;
    share_append(&to, ".locked");
    act_share_session(sim, person);
    Act act = share_act(VERB_WRITE, person, &path, OUTCOME_SUCCESS);
    uint32_t before = act_begin(sim, &act);
    open_use_close(sim, person, &path, 0x12019f, 0x7);
    act_end(sim, before);
    act.verb = VERB_RENAME;
    act.target = text_slice(&to.full);
    before = act_begin(sim, &act);
    rename_bare(sim, person, &path, &to);
    act_end(sim, before);
}

void act_share_indexer(Sim *sim, const Document *document)
{
    const SharePath path = share_path(sim, document);
    share_read_as_system(sim, &path);
}
