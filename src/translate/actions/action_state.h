/* Inside actions/: what is kept between events, and what the files of this folder do for each
 * other. Who owns what: a Handle belongs to `handles`, is in the list of its session and process,
 * and becomes an Op when it ends. An Op is one thing that was done; it waits in a Group (of what
 * may belong together) and in its host's queue until its time is due, and becomes a record. */
#ifndef AKASHI_TRANSLATE_ACTION_STATE_H
#define AKASHI_TRANSLATE_ACTION_STATE_H

#include "translate/actions/action_names.h"
#include "translate/actions/action_settings.h"
#include "translate/actions/action_table.h"
#include "translate/actions/auditd_line.h"
#include "translate/actions/samba_line.h"
#include "translate/job.h"

#define ACTIONS_TIME_NS_MAX ((int64_t)7258118400 * NS_PER_SECOND) /* 2200-01-01 */

/* --- references to raw events (action_raw.c) -------------------------------------------------- */

typedef struct RawRef {
    uint64_t id, record_id;
    NameId channel; /* held by the stream */
} RawRef;

typedef struct RawSpan {
    uint64_t id, record_id;
    uint32_t count;
    NameId channel;
} RawSpan;

/* The number of raw events, and where they are: the first span_max - 1 runs and the newest one. */
typedef struct RawHead {
    uint32_t total;
    uint8_t count, count_max;
} RawHead;

void raw_add(RawHead *head, RawSpan *spans, RawRef ref);
void raw_join(RawHead *head, RawSpan *spans, const RawHead *other, const RawSpan *other_spans);
/* In the order of ids, neighbours joined: for the record. */
void raw_sort(RawHead *head, RawSpan *spans);

/* --- hosts, sessions, processes, handles ------------------------------------------------------ */

typedef struct Host {
    NameId name;
    int64_t now_ns;        /* its newest event */
    int64_t handle_ns;     /* its newest 4656 of a file; TIME_UNKNOWN: none */
    int64_t sysmon_ns;     /* its newest Sysmon 1 */
    int64_t shares_ns;     /* since when its shares are counted (mode B alone) */
    uint32_t share_checks; /* since then */
    uint32_t *queue;       /* heap of ops by due_ns */
    uint32_t queue_count, queue_room;
} Host;

/* Who writes the events. Values are stored by actions_save: never renumber. */
typedef enum ActionSource {
    SOURCE_WINDOWS,
    SOURCE_SAMBA,
    SOURCE_AUDITD,
    SOURCE_NETAPP,
    SOURCE_COUNT
} ActionSource;

typedef struct Session {
    TableNode node;
    uint32_t host;
    NameId user, domain, sid, ip, client, auth;
    uint32_t holders; /* handles and ops */
    uint32_t first_handle;
    int64_t seen_ns;
    int64_t begun_ns;     /* its 4624; 0: not seen */
    int64_t read_ns;      /* the first of the reads that are counted */
    uint32_t read_count;  /* within READS_NS */
    uint64_t closed_hash; /* Samba: of the path that its last line closed; 0: it was another line */
    uint64_t logon_id;    /* Samba: the process of the connection; auditd: ses */
    uint16_t port;
    uint8_t logon_type;
    uint8_t source; /* ActionSource */
    bool ended;
} Session;

typedef struct Process {
    TableNode node;
    uint32_t host, first_handle;
    NameId image;
} Process;

#define HANDLE_SPANS_MAX 3

typedef struct Handle {
    TableNode node;
    uint32_t session, process;
    uint32_t session_older, session_newer, process_older, process_newer;
    NameId path, image, share;
    NameId copied_from; /* what the server itself copied into it */
    uint32_t requested, used;
    int64_t opened_ns, last_ns;
    uint8_t kind;          /* HandleKind */
    uint8_t told;          /* 0, or the Certainty the source itself gives, plus 1 */
    bool deleted;          /* 4660 was seen */
    bool alone;            /* no 4656: known from 4663 only */
    bool was_known;        /* the path had been met before */
    uint8_t announced;     /* its folder was told of a new child: 0x2 a file, 0x4 a folder */
    bool permissions_told; /* by 4670 */
    RawHead raw;
    RawSpan spans[HANDLE_SPANS_MAX];
} Handle;

typedef enum HandleKind { HANDLE_FILE, HANDLE_KEY, HANDLE_OTHER } HandleKind;

/* --- work that waits -------------------------------------------------------------------------- */

typedef enum OpKind {
    OP_FILE,   /* done through a handle */
    OP_SHARE,  /* seen at a share only (mode B) */
    OP_LIST,   /* browsing, folded */
    OP_NOISE,  /* background work, folded */
    OP_RECORD, /* a stateless record that waits for more of the same */
    OP_WATCH,  /* no record: a handle that is to be looked at when the time has come */
    OP_AUDIT,  /* lines of one event of auditd, in `text`; becomes OP_FILE or OP_RECORD */
} OpKind;

/* The rule that made the record: akashi.rule. */
typedef enum OpRule {
    RULE_OPEN_REFUSED, /* R0 */
    RULE_NOISE,        /* R2 */
    RULE_LIST,         /* R3 */
    RULE_READ,         /* R5 */
    RULE_EXECUTE,
    RULE_WRITE, /* R6 */
    RULE_CREATE,
    RULE_DELETE, /* R7 */
    RULE_DELETE_INTENT,
    RULE_RENAME, /* R8 */
    RULE_RECYCLE,
    RULE_COPY,        /* R9 */
    RULE_SAVE,        /* R10 */
    RULE_PERMISSIONS, /* R11 */
    RULE_ATTRIBUTES,  /* R12 */
    RULE_KEY,
    RULE_OBJECT,
    RULE_SHARE, /* mode B */
    RULE_SHARE_COPY,
    RULE_SHARE_CONNECT,
    RULE_SHARE_ALONE,
    RULE_PIPE,
    RULE_LOGON,
    RULE_NETWORK_LOGON,
    RULE_ACCOUNT,
    RULE_PROCESS,
    RULE_SCRIPT,
    RULE_GAP,
    RULE_AUDIT_LOGON,
    RULE_AUDIT_ACCOUNT,
    RULE_AUDIT_POLICY,
    RULE_AUDIT_SYSCALL,
    RULE_COUNT,
    RULE_STATELESS, /* keep the record's own */
} OpRule;

extern const Slice op_rules[RULE_COUNT];

/* A record of translate() kept for later: one block of memory. */
typedef struct HeldRecord {
    Record record;
    char text[];
} HeldRecord;

typedef struct Op {
    TableNode node;
    uint32_t host, session, group;
    uint32_t group_older, group_newer;
    uint32_t queue_at; /* place in the host's queue; 0: not in it */
    uint8_t kind, verb, outcome, certainty, rule, handle_kind;
    bool was_known, background, copy_in, settled;
    bool temp; /* the path is named as a temporary file */
    bool from_dc, from_server;
    uint32_t pid;
    NameId path, target, image, share, away; /* away: what a saved document was renamed to */
    NameId detail;                           /* tokens of akashi.detail */
    NameId user, ip, client, service;        /* of a logon: what it is compared by */
    uint64_t folder_hash; /* of a renamed one: where its new name is; 0: unknown */
    uint32_t requested, used, parts, part_count;
    uint64_t missing; /* of a gap: how many numbers */
    TableKey watched; /* OP_WATCH: the handle */
    int64_t first_ns, last_ns, due_ns, ingested_ns;
    int64_t open_ns; /* for how long a handle was in use, at most */
    HeldRecord *held;
    Buf *text; /* OP_RECORD: of a script what has come so far, of a gap the missing numbers */
    RawHead raw;
    RawSpan spans[ACTIONS_RAW_RUNS_MAX];
} Op;

#define ANNOUNCED_MAX 8
#define GROUP_OPS_MAX 256 /* the oldest of a larger group is finished at once */

/* An AddFile or AddSubdirectory used on a folder: it announces a child (R6). */
typedef struct Announced {
    uint64_t folder_hash;
    int64_t time_ns;
    uint32_t mask;
    bool folder; /* surely; a file that is written to looks alike */
} Announced;

/* Ops that may belong together: those of a session, of a user's logons, of an account. */
typedef struct Group {
    TableNode node;
    uint32_t first_op, last_op, op_count;
    uint32_t announced_at;
    Announced announced[ANNOUNCED_MAX];
} Group;

/* What is remembered of a path for a day: four places a set, the oldest gives way. */
typedef struct PathMemo {
    uint64_t hash;
    int64_t seen_ns;    /* really opened (4656, 4663) */
    int64_t opened_ns;  /* the newest handle on it */
    int64_t preview_ns; /* of a folder: when small pictures were made of its files */
    uint32_t session;   /* of that handle */
    bool folder;
} PathMemo;
#define PATH_SETS ((size_t)1 << 16)
#define PATH_WAYS 4
#define PATH_CHUNKS 64

typedef struct Orders Orders; /* action_order.h */

struct Actions {
    const ActionSettings *settings;
    uint64_t seed[2];
    KnownIndex index;
    Names *names;
    bool names_full;
    Table sessions, processes, handles, ops, groups, host_index;
    Host *hosts; /* from 1 */
    uint32_t host_count;
    PathMemo *paths[PATH_CHUNKS]; /* each made when it is first needed */
    PathMemo spare_path;          /* where there was no memory for one */
    Orders *orders;
    ActionCounters counters;
    uint64_t op_serial;
    size_t audit_bytes;  /* of the lines that wait in OP_AUDIT */
    int64_t ingested_ns; /* of the event at work */
    const ActionSink *sink;
    Arena arena; /* of the event or record at work */
    int error;   /* of the sink or memory; sticks until the call returns */
};

/* The event at work. */
typedef struct Work {
    Actions *actions;
    const Event *event;
    const Record *record;
    Slice known[KNOWN_COUNT];
    RawRef ref;
    uint32_t host;
    ActionSource source;
    SambaLine samba; /* SOURCE_SAMBA */
    AuditLine audit; /* SOURCE_AUDITD */
    int64_t now_ns;
    uint64_t event_id;
} Work;

typedef enum Taken { TAKEN_PASS, TAKEN_EVIDENCE } Taken;

/* --- small helpers (action_work.c) ------------------------------------------------------------ */

/* Reads the known fields and finds the host; the other members are set. */
void work_begin(Work *work);
/* 0: no more hosts can be kept apart. */
uint32_t host_number(Actions *actions, Slice name);

Slice work_text(const Work *work, Known known);      /* as job_text */
uint64_t work_number(const Work *work, Known known); /* 0 when there is none */
uint32_t work_mask(const Work *work);                /* AccessMask, else the tokens of AccessList */
bool work_failed(const Work *work);                  /* Keywords: audit failure */
NameId actions_hold(Actions *actions, Slice text);
static inline Slice actions_text(const Actions *actions, NameId id)
{
    return name_text(actions->names, id);
}
static inline Host *actions_host(Actions *actions, uint32_t host)
{
    return &actions->hosts[host];
}
PathMemo *path_memo(Actions *actions, uint32_t host, Slice path, bool make);
/* Notes that the path was met, and that what holds it is a folder. */
PathMemo *path_met(Work *work, Slice path, bool opened);
bool path_was_met(const Work *work, const PathMemo *memo);
bool path_is_folder(Actions *actions, uint32_t host, Slice path);

/* --- sessions (action_session.c) -------------------------------------------------------------- */

/* The session of the event's subject, made from it when it is not known. NULL: no room. */
Session *session_of_subject(Work *work);
Session *session_find(Actions *actions, uint32_t host, uint64_t logon_id, Slice sid);
/* A session of Samba or auditd, found by the person's name there and a number. NULL: no room. */
Session *session_unix(Actions *actions, uint32_t host, ActionSource source, Slice who,
                      uint64_t number, int64_t now_ns);
void session_drop(Actions *actions, uint32_t session); /* a handle or op let go of it */
TableKey session_key(const Actions *actions, uint32_t host, uint64_t logon_id, Slice sid);
Session *session_begin(Work *work); /* 4624 */
Taken session_end(Work *work);      /* 4634, 4647 */

TableKey session_unix_key(const Actions *actions, uint32_t host, ActionSource source, Slice who,
                          uint64_t number);

/* --- logons (action_logon.c) ------------------------------------------------------------------ */

Taken session_logon(Work *work);      /* 4624, 4625 */
Taken session_privileged(Work *work); /* 4672 */
Taken session_elsewhere(Work *work);  /* 4768, 4769, 4771, 4776: the domain controller */

/* --- processes (action_process.c) ------------------------------------------------------------- */

Process *process_of(Actions *actions, uint32_t host, uint64_t pid, Slice image);
Taken process_started(Work *work, uint64_t pid, Slice image, bool sysmon);
void process_ended(Work *work, uint64_t pid);
void sessions_expire(Actions *actions, int64_t now_ns);

/* --- handles (action_handle.c) ---------------------------------------------------------------- */

Taken handle_opened(Work *work);      /* 4656 */
Taken handle_used(Work *work);        /* 4663 */
Taken handle_deleted(Work *work);     /* 4660 */
Taken handle_intent(Work *work);      /* 4659 */
Taken handle_closed(Work *work);      /* 4658 */
Taken handle_permissions(Work *work); /* 4670 */
TableKey handle_key(uint32_t host, uint64_t pid, uint64_t handle);
/* Into the lists of its session and (not NULL) process. */
void handle_link(Actions *actions, Handle *handle, Session *session, Process *process);
void handle_finish(Actions *actions, Handle *handle);
/* A new one of the session, path held; makes room. NULL: no room for the name, no memory. */
Handle *handle_make(Actions *actions, TableKey key, Session *session, Process *process, Slice path,
                    int64_t now_ns);
void handle_touch(Work *work, Handle *handle); /* one more event of it */
/* Finishes the session's open handle whose new name this path may be: its close may be lost. */
void handle_finish_renamed(Work *work, Session *session, Slice path);
/* OP_WATCH is due. */
void handle_watched(Actions *actions, Op *op);
/* Finishes the session's open handle that made the copy of what op read; the close may be lost.
 * False: there is none. */
bool handle_finish_copy(Actions *actions, const Op *op);
void handles_finish_session(Actions *actions, Session *session);
void handles_finish_process(Actions *actions, Process *process);
void handles_finish_host(Actions *actions, uint32_t host);
void handles_expire(Actions *actions, int64_t now_ns);
/* Those that were opened longer ago than age_ns by their host's clock. */
void handles_finish_old(Actions *actions, int64_t age_ns);

/* --- what a finished handle or a share's event was (action_judge.c) --------------------------- */

#define USED_READ 0x1u
#define USED_WRITE 0x6u /* WriteData, AppendData; of a folder AddFile, AddSubdirectory */
#define USED_EXECUTE 0x20u
#define USED_DELETE_CHILD 0x40u
#define USED_ATTRIBUTES 0x110u /* WriteAttributes, WriteEA */
#define USED_DELETE 0x10000u
#define USED_PERMISSIONS 0xc0000u /* WRITE_DAC, WRITE_OWNER */
/* ListDirectory or ReadData, ReadEA, Traverse, ReadAttributes, READ_CONTROL, SYNCHRONIZE */
#define USED_LOOK 0x1200a9u

/* Fills verb, rule, certainty by R5 to R7, R11, R12, R14. False: nothing was done (R1). */
bool judge_handle(Actions *actions, const Handle *handle, bool folder, Op *op);
Verb judge_requested(uint32_t mask); /* of a refused open */
bool judge_is_listing(const Actions *actions, uint32_t requested, uint32_t used);

/* --- shares (action_share.c) ------------------------------------------------------------------ */

Taken share_connected(Work *work); /* 5140 */
Taken share_checked(Work *work);   /* 5145 */
/* Lets a waiting share event of the same path and session become evidence of the open. */
void share_join(Work *work, Session *session, NameId path, Handle *handle);
/* The same of a refused check, for the file's own refusal. */
void share_join_refused(Work *work, Op *refused);

/* --- pairing (action_pair.c) ------------------------------------------------------------------ */

/* A right that adds a child to a folder was used or, sure to be of a folder, asked for. */
void pair_announce(Work *work, Session *session, Slice folder, uint32_t mask, bool sure);
/* Was the folder just told of this new child? 0, or the mask with which it was. */
uint8_t pair_child(Work *work, Session *session, Slice path, bool was_known);
/* An open of a path: may be the new name of something renamed a moment ago. */
bool pair_open(Work *work, Session *session, Slice path, uint32_t mask, bool was_known);
/* A finished op: it may belong to one that waits, and is then gone (true). Else it begins to wait.
 */
bool pair_finished(Actions *actions, Op *op);
/* A waiting op is due. True: it turned out to belong to others, or waits on. */
bool pair_due(Actions *actions, Op *op);

/* --- waiting and giving (action_op.c, action_out.c) ------------------------------------------- */

/* A new op of the session's group. NULL: no memory. */
Op *op_new(Actions *actions, OpKind kind, uint32_t host, Session *session, TableKey group);
TableKey op_session_group(const Session *session);
void op_move(Actions *actions, Op *op, Group *group);
/* By a text (case ignored) and a number. */
TableKey op_named_group(Actions *actions, unsigned kind, uint32_t host, Slice text,
                        uint64_t number);
Group *group_find(Actions *actions, TableKey key);
Group *group_make(Actions *actions, TableKey key);
/* The op's group is not the one that gives way while the op is at work. */
void group_use(Actions *actions, const Op *op);
Op *op_at(const Actions *actions, uint32_t index); /* NULL for 0 */
void op_wait(Actions *actions, Op *op, int64_t due_ns);
/* From now on it waits by another host's clock; op_wait must follow. */
void op_change_host(Actions *actions, Op *op, uint32_t host);
void op_free(Actions *actions, Op *op);
/* `other` becomes evidence of `op` and is gone; times and raw references are joined. */
void op_absorb(Actions *actions, Op *op, Op *other);
void op_set_name(Actions *actions, NameId *place, NameId id); /* holds the new, drops the old */
void op_add_detail(Actions *actions, Op *op, Slice token);
bool op_hold_record(Actions *actions, Op *op, const Record *record);
/* The time has come: folds, merges or gives the record. The op is gone afterwards, or waits. */
void op_due(Actions *actions, Op *op);
void ops_due(Actions *actions, uint32_t host, int64_t now_ns);
void ops_flush(Actions *actions);

/* Gives the op's record and frees it. */
void out_op(Actions *actions, Op *op);
void out_pass(Work *work);
void out_evidence(Work *work);
/* Browsing and background work: into one record each, as long as they go on. */
void fold_list(Actions *actions, Op *op);
void fold_noise(Actions *actions, Op *op);
bool op_is_noise(Actions *actions, const Op *op);

/* --- Samba (samba_take.c) --------------------------------------------------------------------- */

Taken samba_take(Work *work);
TableKey samba_handle_key(const Actions *actions, const Session *session, NameId path);

/* --- auditd (auditd_take.c, auditd_judge.c) --------------------------------------------------- */

Taken auditd_take(Work *work);
/* The event's lines have come. False: nobody did anything, the op is gone. True: it is an OP_FILE
 * of a session, or an OP_RECORD. */
bool auditd_become(Actions *actions, Op *op);
/* An OP_FILE that it became: into its session's group, and on. */
void auditd_pair(Actions *actions, Op *op);

/* --- NetApp (netapp_take.c) ------------------------------------------------------------------- */

Taken netapp_take(Work *work);

/* --- bursts (action_burst.c) ------------------------------------------------------------------ */

Taken burst_account(Work *work);                /* 4720 and what belongs to it */
Taken burst_script(Work *work);                 /* 4104 in parts */
void script_fill(const Op *op, Record *record); /* its whole text */

/* --- over a restart (action_save.c) ----------------------------------------------------------- */

void save_text(Buf *to, Slice text);
/* Each takes off the front. -EBADMSG: it is not there. */
MUST_USE int restore_text(Slice *bytes, Slice *ret);
MUST_USE int restore_u64(Slice *bytes, uint64_t *ret);

/* --- the event itself (action_take.c) --------------------------------------------------------- */

/* Works off one event in its order. */
void actions_take(Work *work);
Taken take_security(Work *work); /* the events of Windows' Security log */
/* Evidence, counted. */
void actions_fail(Actions *actions, int error); /* keeps the first one */

#endif
