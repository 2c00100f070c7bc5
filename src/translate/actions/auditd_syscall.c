/* System calls that auditd's rules watch: R1 to R8 and R11 as far as the kernel tells. Sources:
 * syscalls(2), open(2), arch/x86/entry/syscalls/syscall_64.tbl and asm-generic/unistd.h of Linux
 * for the numbers; Linux Audit Project, "Audit Event Fields" for nametype. */
#include "translate/actions/auditd_event.h"

#include "base/number.h"

typedef enum Call {
    CALL_OTHER,
    CALL_OPEN, /* flags in a1 */
    CALL_OPENAT,
    CALL_OPENAT2, /* flags not told */
    CALL_CREAT,
    CALL_TRUNCATE,
    CALL_RENAME,
    CALL_UNLINK,
    CALL_MKDIR,
    CALL_LINK,
    CALL_PERMISSIONS,
    CALL_EXECVE,
    CALL_CLOCK,
    CALL_HOST_NAME,
} Call;

static const struct {
    Slice name;
    int16_t x86_64, aarch64; /* -1: there is none */
    Call call;
    bool at; /* a0 is the folder that names start from */
} calls[] = {
    {SLICE_INIT("openat"), 257, 56, CALL_OPENAT, true},
    {SLICE_INIT("open"), 2, -1, CALL_OPEN, false},
    {SLICE_INIT("openat2"), 437, 437, CALL_OPENAT2, true},
    {SLICE_INIT("creat"), 85, -1, CALL_CREAT, false},
    {SLICE_INIT("truncate"), 76, 45, CALL_TRUNCATE, false},
    {SLICE_INIT("rename"), 82, -1, CALL_RENAME, false},
    {SLICE_INIT("renameat"), 264, 38, CALL_RENAME, true},
    {SLICE_INIT("renameat2"), 316, 276, CALL_RENAME, true},
    {SLICE_INIT("unlink"), 87, -1, CALL_UNLINK, false},
    {SLICE_INIT("unlinkat"), 263, 35, CALL_UNLINK, true},
    {SLICE_INIT("rmdir"), 84, -1, CALL_UNLINK, false},
    {SLICE_INIT("mkdir"), 83, -1, CALL_MKDIR, false},
    {SLICE_INIT("mkdirat"), 258, 34, CALL_MKDIR, true},
    {SLICE_INIT("link"), 86, -1, CALL_LINK, false},
    {SLICE_INIT("linkat"), 265, 37, CALL_LINK, true},
    {SLICE_INIT("symlink"), 88, -1, CALL_LINK, false},
    {SLICE_INIT("symlinkat"), 266, 36, CALL_LINK, false},
    {SLICE_INIT("chmod"), 90, -1, CALL_PERMISSIONS, false},
    {SLICE_INIT("fchmod"), 91, 52, CALL_PERMISSIONS, false},
    {SLICE_INIT("fchmodat"), 268, 53, CALL_PERMISSIONS, true},
    {SLICE_INIT("chown"), 92, -1, CALL_PERMISSIONS, false},
    {SLICE_INIT("fchown"), 93, 55, CALL_PERMISSIONS, false},
    {SLICE_INIT("lchown"), 94, -1, CALL_PERMISSIONS, false},
    {SLICE_INIT("fchownat"), 260, 54, CALL_PERMISSIONS, true},
    {SLICE_INIT("setxattr"), 188, 5, CALL_PERMISSIONS, false},
    {SLICE_INIT("lsetxattr"), 189, 6, CALL_PERMISSIONS, false},
    {SLICE_INIT("fsetxattr"), 190, 7, CALL_PERMISSIONS, false},
    {SLICE_INIT("execve"), 59, 221, CALL_EXECVE, false},
    {SLICE_INIT("execveat"), 322, 281, CALL_EXECVE, true},
    {SLICE_INIT("settimeofday"), 164, 170, CALL_CLOCK, false},
    {SLICE_INIT("clock_settime"), 227, 112, CALL_CLOCK, false},
    {SLICE_INIT("adjtimex"), 159, 171, CALL_CLOCK, false},
    {SLICE_INIT("sethostname"), 170, 161, CALL_HOST_NAME, false},
    {SLICE_INIT("setdomainname"), 171, 162, CALL_HOST_NAME, false},
};

#define OPEN_WRITES 0x3u    /* O_WRONLY, O_RDWR */
#define OPEN_EMPTIES 0x200u /* O_TRUNC */
#define MODE_FOLDER 0040000u
#define MODE_KIND 0170000u
#define FOLDER_OF_PROCESS 0xffffff9cu /* AT_FDCWD, of which the kernel shows 32 or 64 bits */

typedef struct CallInfo {
    Call call;
    bool at;
    Slice name; /* empty: only the number is known */
} CallInfo;

/* The number counts of its own machine: arch= AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64. */
static CallInfo call_of(Slice body)
{
    Slice name = audit_value(body, SLICE("SYSCALL")), text = audit_value(body, SLICE("syscall"));
    Slice arch = audit_value(body, SLICE("arch"));
    uint64_t number = 0;
    bool numbered = number_parse_u64(text, &number) == 0;
    bool x86 = slice_eq_nocase(arch, SLICE("c000003e")) || slice_eq(arch, SLICE("x86_64"));
    bool arm = slice_eq_nocase(arch, SLICE("c00000b7")) || slice_eq(arch, SLICE("aarch64"));
    if (name.len == 0 && !numbered) name = text; /* as ausearch -i shows it */
    for (size_t i = 0; i < ARRAY_COUNT(calls); i++) {
        bool same = name.len ? slice_eq(name, calls[i].name)
                             : (x86 && calls[i].x86_64 == (int64_t)number) ||
                                   (arm && calls[i].aarch64 == (int64_t)number);
        if (same) return (CallInfo){calls[i].call, calls[i].at, calls[i].name};
    }
    return (CallInfo){.name = name};
}

/* --- names ------------------------------------------------------------------------------------ */

static bool is_kind(Slice path, Slice nametype)
{
    Slice kind = audit_value(path, SLICE("nametype"));
    return slice_eq(kind, nametype);
}

static Slice find_path(const AuditEvent *event, Slice nametype)
{
    for (size_t i = 0; i < event->path_count; i++) {
        if (is_kind(event->paths[i], nametype)) return event->paths[i];
    }
    return (Slice){0};
}

/* Of an object that was there before: NORMAL, or no nametype (kernels before 3.10), or what is
 * left. */
static Slice find_object(const AuditEvent *event)
{
    Slice path = find_path(event, SLICE("NORMAL"));
    for (size_t i = event->path_count; path.len == 0 && i > 0; i--) {
        if (!is_kind(event->paths[i - 1], SLICE("PARENT"))) path = event->paths[i - 1];
    }
    return path;
}

/* A name starts at the process's folder. At another one (a0 of the ...at calls) that is not told,
 * it stays as short as it stands: no name is made up. */
static Slice full_name(const AuditEvent *event, const CallInfo *info, Slice path)
{
    Arena *arena = &event->actions->arena;
    Slice name = audit_text(path, SLICE("name"), arena);
    Slice folder = audit_text(event->cwd, SLICE("cwd"), arena), both;
    while (slice_starts(name, SLICE("./"))) {
        name = slice_skip(name, 2);
    }
    bool known =
        !info->at || (uint32_t)audit_argument(event->syscall, SLICE("a0")) == FOLDER_OF_PROCESS;
    if (name.len == 0 || name.ptr[0] == '/' || folder.len == 0 || !known) return name;
    bool root = folder.len == 1;
    return arena_format(arena, &both, "%.*s/%.*s",
                        SLICE_FMT(slice_first(folder, root ? 0 : folder.len)), SLICE_FMT(name)) < 0
               ? name
               : both;
}

static bool is_folder(Slice path)
{
    Slice text = audit_value(path, SLICE("mode"));
    unsigned mode = 0;
    for (size_t i = 0; i < text.len && i < 8; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '7') return slice_starts(text, SLICE("dir,"));
        mode = mode * 8 + (unsigned)(text.ptr[i] - '0');
    }
    return (mode & MODE_KIND) == MODE_FOLDER;
}

/* --- files ------------------------------------------------------------------------------------ */

static void say(Op *op, Verb verb, OpRule rule, Certainty certainty)
{
    op->verb = (uint8_t)verb;
    op->rule = (uint8_t)rule;
    op->certainty = (uint8_t)certainty;
}

/* Opened is not read, nor written; what was asked for is all that is known. */
static Slice judge_open(AuditEvent *event, const CallInfo *info)
{
    Op *op = event->op;
    Slice flags_of = info->call == CALL_OPEN ? SLICE("a1") : SLICE("a2");
    uint64_t flags = audit_argument(event->syscall, flags_of);
    Slice made = find_path(event, SLICE("CREATE"));
    Slice path = made.len ? made : find_object(event);
    if (made.len > 0) {
        say(op, VERB_CREATE, RULE_CREATE, CERTAINTY_OBSERVED);
    } else if (is_folder(path)) {
        say(op, VERB_LIST, RULE_LIST, CERTAINTY_INFERRED);
    } else if (info->call == CALL_CREAT || (info->call != CALL_OPENAT2 && flags & OPEN_EMPTIES)) {
        say(op, VERB_WRITE, RULE_WRITE, CERTAINTY_OBSERVED);
    } else if (info->call != CALL_OPENAT2 && flags & OPEN_WRITES) {
        say(op, VERB_WRITE, RULE_WRITE, CERTAINTY_INFERRED);
    } else {
        say(op, VERB_READ, RULE_READ, CERTAINTY_INFERRED);
    }
    return path;
}

/* DELETE is the old name, CREATE the new one; where a file was replaced, that is a second DELETE.
 * What is renamed keeps its inode. */
static Slice judge_rename(AuditEvent *event, const CallInfo *info)
{
    Op *op = event->op;
    Slice made = find_path(event, SLICE("CREATE")), old = {0};
    Slice inode = audit_value(made, SLICE("inode"));
    for (size_t i = 0; i < event->path_count; i++) {
        Slice path = event->paths[i];
        if (!is_kind(path, SLICE("DELETE"))) continue;
        bool same = inode.len > 0 && slice_eq(audit_value(path, SLICE("inode")), inode);
        if (old.len == 0 || same) old = path;
        if (same) break;
    }
    say(op, VERB_RENAME, RULE_RENAME, CERTAINTY_OBSERVED);
    op->target = actions_hold(event->actions, full_name(event, info, made));
    if (!op->target) op->certainty = CERTAINTY_INFERRED;
    return old;
}

static Slice judge_file(AuditEvent *event, const CallInfo *info)
{
    Op *op = event->op;
    switch (info->call) {
    case CALL_OPEN:
    case CALL_OPENAT:
    case CALL_OPENAT2:
    case CALL_CREAT: return judge_open(event, info);
    case CALL_RENAME: return judge_rename(event, info);
    case CALL_TRUNCATE: say(op, VERB_WRITE, RULE_WRITE, CERTAINTY_OBSERVED); break;
    case CALL_UNLINK:
        say(op, VERB_DELETE, RULE_DELETE, CERTAINTY_OBSERVED);
        return find_path(event, SLICE("DELETE"));
    case CALL_MKDIR:
        say(op, VERB_MKDIR, RULE_CREATE, CERTAINTY_OBSERVED);
        return find_path(event, SLICE("CREATE"));
    case CALL_LINK:
        say(op, VERB_CREATE, RULE_CREATE, CERTAINTY_OBSERVED);
        return find_path(event, SLICE("CREATE"));
    case CALL_PERMISSIONS: say(op, VERB_CHANGE_ACL, RULE_PERMISSIONS, CERTAINTY_OBSERVED); break;
    default: return (Slice){0};
    }
    return find_object(event);
}

/* Under another account than the one that logged on: sudo, or a program with rights of its own. */
static void note_account(AuditEvent *event)
{
    Slice body = event->syscall;
    Slice auid = audit_value(body, SLICE("auid")), uid = audit_value(body, SLICE("euid"));
    Slice name = audit_value(body, SLICE("EUID"));
    if (slice_eq(auid, uid) || slice_eq(auid, SLICE("4294967295")) || uid.len == 0) return;
    if (name.len == 0) name = slice_eq(uid, SLICE("0")) ? SLICE("root") : uid;
    event->op->user = actions_hold(event->actions, name);
}

static bool become_file(AuditEvent *event, Slice name)
{
    Op *op = event->op;
    uint64_t pid = 0;
    op->path = actions_hold(event->actions, name);
    op->image = actions_hold(event->actions,
                             audit_text(event->syscall, SLICE("exe"), &event->actions->arena));
    if (audit_number(event->syscall, SLICE("pid"), &pid) == 0) op->pid = (uint32_t)pid;
    if (!audit_find_session(event, event->syscall) || !op->path) return false;
    note_account(event);
    op->kind = OP_FILE;
    op->outcome = OUTCOME_SUCCESS;
    return true;
}

/* --- the others ------------------------------------------------------------------------------- */

/* a0, a1; of a long word a1_len, a1[0], a1[1]... */
static bool is_word(Slice name, bool *ret_goes_on)
{
    size_t at = 1;
    if (name.len < 2 || name.ptr[0] != 'a') return false;
    while (at < name.len && name.ptr[at] >= '0' && name.ptr[at] <= '9') {
        at++;
    }
    Slice rest = slice_skip(name, at);
    *ret_goes_on = rest.len > 0 && !slice_eq(rest, SLICE("[0]"));
    return at > 1 && (rest.len == 0 || rest.ptr[0] == '[');
}

static void add_words(Buf *line, Slice body, Arena *arena)
{
    Slice name, word;
    bool goes_on;
    while (audit_next_text(&body, &name, &word, arena)) {
        if (!is_word(name, &goes_on)) continue;
        if (line->len > 0 && !goes_on) buf_add_char(line, ' ');
        buf_add_slice(line, word);
    }
}

/* EXECVE has the words one by one; PROCTITLE, cut at 128 bytes, is what there is without it. */
static Slice command_line(AuditEvent *event)
{
    CLEANUP(buf_done) Buf line = {0};
    Arena *arena = &event->actions->arena;
    Slice copy;
    for (size_t i = 0; i < event->execve_count; i++) {
        add_words(&line, event->execve[i], arena);
    }
    if (line.len == 0) return audit_text(event->proctitle, SLICE("proctitle"), arena);
    return arena_copy(arena, buf_slice(&line), &copy) < 0 ? (Slice){0} : copy;
}

static bool become_process(AuditEvent *event, bool good)
{
    Record record;
    audit_fill_record(event, event->syscall, &record);
    note_account(event);
    record.verb = VERB_RUN_PROCESS;
    record.outcome = good ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
    if (!good) record.text[RECORD_EVENT_REASON] = SLICE("access_denied");
    record.text[RECORD_PROCESS_COMMAND_LINE] = command_line(event);
    record.text[RECORD_PROCESS_WORKING_DIRECTORY] =
        audit_text(event->cwd, SLICE("cwd"), &event->actions->arena);
    record.text[RECORD_USER_EFFECTIVE_NAME] = actions_text(event->actions, event->op->user);
    record.text[RECORD_AKASHI_OBJECT] = record.text[RECORD_PROCESS_EXECUTABLE];
    return audit_hold(event, &record, RULE_PROCESS);
}

/* What no rule above knows: which call, by which program, and the key of the rule that watches. */
static bool become_other(AuditEvent *event, const CallInfo *info, bool good)
{
    Record record;
    Slice what = info->name.len ? info->name : audit_value(event->syscall, SLICE("syscall"));
    bool setting = info->call == CALL_CLOCK || info->call == CALL_HOST_NAME;
    audit_fill_record(event, event->syscall, &record);
    record.verb = setting ? VERB_CONFIG_CHANGE : VERB_OTHER;
    record.outcome = good ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
    record.text[RECORD_EVENT_CODE] = what;
    record.text[RECORD_MESSAGE] = audit_text(event->syscall, SLICE("key"), &event->actions->arena);
    record.text[RECORD_AKASHI_OBJECT] = what;
    return audit_hold(event, &record, RULE_AUDIT_SYSCALL);
}

/* EPERM, EACCES, EROFS: errno(3), and as ausearch -i shows them. */
static bool was_refused(Slice body)
{
    static const Slice errors[] = {SLICE_INIT("-1"),    SLICE_INIT("-13"),    SLICE_INIT("-30"),
                                   SLICE_INIT("EPERM"), SLICE_INIT("EACCES"), SLICE_INIT("EROFS")};
    Slice exit = audit_value(body, SLICE("exit"));
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        if (slice_eq(exit, errors[i])) return true;
    }
    return false;
}

/* Tried, and refused for lack of rights; another failure (no such file) is no news of a person. */
static bool become_refused(AuditEvent *event, const CallInfo *info)
{
    Op *op = event->op;
    Slice path = find_object(event);
    Slice name = full_name(event, info, path.len ? path : find_path(event, SLICE("PARENT")));
    if (!was_refused(event->syscall)) return false;
    say(op, VERB_ACCESS_DENIED, RULE_OPEN_REFUSED, CERTAINTY_OBSERVED);
    if (!become_file(event, name)) return false;
    op->outcome = OUTCOME_FAILURE;
    return true;
}

bool audit_judge_syscall(AuditEvent *event)
{
    const CallInfo info = call_of(event->syscall);
    Slice success = audit_value(event->syscall, SLICE("success"));
    bool good = slice_eq(success, SLICE("yes"));
    if (info.call == CALL_EXECVE) {
        return (good || was_refused(event->syscall)) && become_process(event, good);
    }
    if (info.call == CALL_OTHER || info.call == CALL_CLOCK || info.call == CALL_HOST_NAME) {
        return become_other(event, &info, good);
    }
    if (!good) return become_refused(event, &info);
    Slice path = judge_file(event, &info);
    Slice name = full_name(event, &info, path);
    if (name.len == 0) return become_other(event, &info, good); /* of an open file: no name told */
    return become_file(event, name);
}
