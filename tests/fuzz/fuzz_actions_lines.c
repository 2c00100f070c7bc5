/* Lines of Samba and auditd that the bytes make up, whole or from pieces that fit, through
 * decoding, translation and joining. Each line must be answered for once. */
#include "decode/lines.h"
#include "translate/actions/actions.h"
#include "translate/translate.h"

#include "base/check.h"

#include <stdio.h>

#define LINES_MAX 600

typedef struct Fuzzing {
    Translator *translator;
    Actions *actions;
    Arena arena;
    ActionSink sink;
    uint64_t raw_id, answered;
} Fuzzing;

static int on_action(void *context, const Action *action)
{
    Fuzzing *fuzzing = context;
    CHECK(action->run_count > 0 && action->run_count <= ACTIONS_RAW_RUNS_MAX);
    CHECK(action->record->text[RECORD_AKASHI_OBJECT].len > 0);
    CHECK(action->record->text[RECORD_AKASHI_RULE].len > 0);
    if (action->event) fuzzing->answered++;
    return 0;
}

static int on_evidence(void *context, uint64_t raw_id, const Event *event, const Record *stateless)
{
    Fuzzing *fuzzing = context;
    CHECK(raw_id <= fuzzing->raw_id && event && stateless);
    fuzzing->answered++;
    return 0;
}

static int on_record(void *context, const Record *record, const Event *event)
{
    Fuzzing *fuzzing = context;
    return actions_feed(fuzzing->actions, event, record, fuzzing->raw_id, &fuzzing->sink);
}

static void feed(Fuzzing *fuzzing, Slice line)
{
    const DecodeOptions options = {.received_ns = TIME_UNKNOWN};
    Event event;
    if (line.len == 0) return;
    CHECK(line_decode(line, &options, &fuzzing->arena, &event) == 0);
    CHECK(translator_feed(fuzzing->translator, &event, 0, &fuzzing->arena, on_record, fuzzing) ==
          0);
    arena_reset(&fuzzing->arena);
    fuzzing->raw_id++;
}

static const char *const samba[] = {"create_file|ok|0x120089|file|open|/s/%c",
                                    "create_file|ok|0x12019f|file|overwrite_if|/s/%c",
                                    "create_file|ok|0x17019f|file|create|/s/%c.jpg",
                                    "create_file|ok|0x81|dir|open|/s",
                                    "create_file|fail (Permission denied)|0x1|file|open|/s/%c",
                                    "create_file|fail (No such file)|0x1|file|open|/s/%c",
                                    "pread_send|ok|/s/%c",
                                    "pwrite_send|ok|/s/%c",
                                    "ftruncate|ok|/s/%c",
                                    "close|ok|/s/%c",
                                    "fset_nt_acl|ok|/s/%c [O:BA]",
                                    "renameat|ok|/s/%c|/s/b",
                                    "renameat|ok|/s/~WRD000%c.tmp|/s/b",
                                    "renameat|ok|/s/b|/s/~WRL000%c.tmp",
                                    "create_file|ok|0x12019f|file|create|/s/~WRD000%c.tmp",
                                    "renameat|ok|/s/%c|/s/.recycle/%c",
                                    "unlinkat|ok|/s/%c",
                                    "unlinkat|ok|/s/~WRL000%c.tmp",
                                    "mkdirat|ok|/s/%c",
                                    "offload_write_send|ok|",
                                    "connect|ok|d",
                                    "disconnect|ok|d",
                                    "pread|ok|/s/%c.jpg",
                                    "close|ok|/s/%c.jpg"};

static const char *const audit[] = {
    "SYSCALL %s: arch=c000003e syscall=257 success=yes a0=ffffff9c a2=%c auid=1 uid=0 ses=1",
    "SYSCALL %s: arch=c000003e syscall=82 success=yes a0=%c pid=1 auid=1 uid=1 ses=1",
    "SYSCALL %s: arch=c000003e syscall=59 success=no exit=-13 a0=%c exe=\"/x\"",
    "SYSCALL %s: arch=c000003e syscall=4%c success=yes",
    "PATH %s: name=\"%c\" nametype=CREATE inode=1",
    "PATH %s: name=2F6%c nametype=DELETE inode=1",
    "PATH %s: name=\"/%c\" nametype=NORMAL mode=0100644",
    "CWD %s: cwd=\"/%c\"",
    "EXECVE %s: argc=2 a0=\"%c\" a1=4142",
    "EOE %s:%c",
    "USER_AUTH %s: pid=%c auid=4294967295 ses=4294967295 msg='acct=\"t\" exe=\"/sshd\" res=failed'",
    "USER_START %s: pid=%c auid=1 ses=1 msg='acct=\"t\" exe=\"/sshd\" addr=192.0.2.1 res=success'",
    "USER_CMD %s: pid=%c auid=1 ses=1 msg='cmd=4142 exe=\"/sudo\" res=success'",
    "USER_END %s: pid=%c auid=1 ses=1 msg='acct=\"t\" exe=\"/sshd\" res=success'",
    "ADD_USER %s: pid=%c auid=1 msg='acct=\"t\" res=success'",
    "CONFIG_CHANGE %s: op=%c res=1"};

#define COUNT (ARRAY_COUNT(samba) + ARRAY_COUNT(audit))

/* Writes the pattern with the text in the place of %s and the letter in that of %c. */
static Slice fill(char *to, const char *pattern, const char *text, char letter)
{
    size_t len = 0;
    for (const char *p = pattern; *p; p++) {
        if (*p != '%') {
            to[len++] = *p;
        } else if (*++p == 'c') {
            to[len++] = letter;
        } else {
            for (const char *t = text; *t; t++)
                to[len++] = *t;
        }
    }
    to[len] = 0;
    return slice_of(to, len);
}

/* Three bytes: which line, of which file or event, and how much later. */
static void feed_made(Fuzzing *fuzzing, const uint8_t *bytes, unsigned *seconds)
{
    char what[512], line[1024], stamp[64];
    size_t which = bytes[0] % COUNT;
    char letter = (char)('a' + bytes[1] % 4);
    if (bytes[2] > 200) *seconds += bytes[2] - 200u;
    if (bytes[2] == 1 && *seconds > 9) *seconds -= 9;
    if (which < ARRAY_COUNT(samba)) {
        (void)fill(what, samba[which], "", letter);
        snprintf(line, sizeof line,
                 "2026-11-20T%02u:%02u:%02uZ fs smbd_audit[%d]: u%d|192.0.2.1|pc|d|%s",
                 *seconds / 3600 % 24, *seconds / 60 % 60, *seconds % 60, bytes[1] & 64 ? 1 : 2,
                 bytes[1] & 128 ? 1 : 2, what);
    } else {
        snprintf(stamp, sizeof stamp, "msg=audit(%u.000:%d)", 1795132800 + *seconds, bytes[1] >> 5);
        (void)fill(what, audit[which - ARRAY_COUNT(samba)], stamp, letter);
        snprintf(line, sizeof line, "type=%s", what);
    }
    feed(fuzzing, slice_from_cstr(line));
}

static void feed_whole(Fuzzing *fuzzing, Slice rest)
{
    Slice line;
    for (int i = 0; i < LINES_MAX && slice_cut(&rest, '\n', &line); i++) {
        feed(fuzzing, line);
    }
}

static void save_and_restore(const Fuzzing *fuzzing, const ActionSettings *settings)
{
    static const uint64_t seed[2] = {8, 9};
    CLEANUP(buf_done) Buf saved = {0};
    CHECK(actions_flush(fuzzing->actions, false, &fuzzing->sink) == 0);
    actions_save(fuzzing->actions, &saved);
    Actions *other = actions_new(settings, seed);
    CHECK(actions_restore(other, buf_slice(&saved)) == 0);
    CHECK(actions_counters(other).handles_open == actions_counters(fuzzing->actions).handles_open);
    actions_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static ActionSettings *settings;
    static const uint64_t seed[2] = {1, 2};
    unsigned seconds = 0;
    if (size == 0) return 0;
    if (!settings) CHECK(action_settings_make((Slice){0}, &settings, NULL) == 0);
    Fuzzing fuzzing = {.translator = translator_new(), .actions = actions_new(settings, seed)};
    fuzzing.sink = (ActionSink){.record = on_action, .evidence = on_evidence, .context = &fuzzing};
    if (bytes[0] == '#') {
        feed_whole(&fuzzing, slice_of(bytes + 1, size - 1));
    } else {
        for (size_t i = 0; i + 3 <= size && i / 3 < LINES_MAX; i += 3) {
            feed_made(&fuzzing, bytes + i, &seconds);
        }
        save_and_restore(&fuzzing, settings);
    }
    CHECK(actions_flush(fuzzing.actions, true, &fuzzing.sink) == 0);
    CHECK(fuzzing.answered == fuzzing.raw_id);
    CHECK(actions_counters(fuzzing.actions).handles_open == 0);
    actions_free(fuzzing.actions);
    translator_free(fuzzing.translator);
    arena_done(&fuzzing.arena);
    return 0;
}
