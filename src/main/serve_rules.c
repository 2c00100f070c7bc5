/* See serve_rules.h. */
#include "main/serve_rules.h"

#include "base/map.h"
#include "engine/pack_switch.h"
#include "engine/packs.h"
#include "engine/rule_exceptions.h"
#include "main/rule_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH_BYTES_MAX 4096
#define STAMP_DEPTH_MAX 8

typedef struct ServedRules {
    DetectRules rules; /* first: it is freed as one */
    PackFiles files;
    Slice switches; /* of packs, on the page */
} ServedRules;

typedef struct RulesPath {
    char text[PATH_BYTES_MAX];
} RulesPath;

/* Too long: empty, which is nowhere. */
static RulesPath path_below(const char *folder, const char *name, Slice more)
{
    RulesPath path;
    int len = snprintf(path.text, sizeof path.text, "%s/%s%s%.*s", folder, name,
                       more.len > 0 ? "/" : "", SLICE_FMT(more));
    if (len >= (int)sizeof path.text) path.text[0] = '\0';
    return path;
}

static bool is_there(const char *path)
{
    FileInfo info;
    return path[0] != '\0' && os_real.info(os_real.state, path, &info) >= 0;
}

/* --- which packs ------------------------------------------------------------------------------ */

static bool is_chosen(const Invocation *invocation, const ServedRules *served, Slice pack)
{
    Slice chosen = slice_from_cstr(setting_text(&invocation->settings, SETTING_DETECT_PACKS));
    return pack_is_on(chosen, served->switches, pack);
}

static int add_built_in(const Invocation *invocation, ServedRules *served)
{
    const BuiltInPackFile *file;
    int r = 0;
    for (size_t i = 0; r == 0 && (file = packs_built_in(i)) != NULL; i++) {
        RulesPath own = path_below(invocation->folder, "packs", file->pack);
        if (!is_chosen(invocation, served, file->pack) || is_there(own.text)) continue;
        size_t first = rule_set_count(served->rules.set);
        if (slice_ends(file->file, SLICE("/pack.yaml"))) {
            r = pack_files_add_info(&served->files, file->yaml, file->file, invocation->language);
            continue;
        }
        r = rule_set_add(served->rules.set, file->yaml, file->file);
        if (r == 0)
            r = pack_files_add_rules(&served->files, file->yaml, file->file, first,
                                     invocation->language);
    }
    return r;
}

typedef struct PackWalk {
    const Invocation *invocation;
    ServedRules *served;
    uint64_t unreadable;
} PackWalk;

static int on_pack(void *context, Slice name)
{
    PackWalk *walk = context;
    if (!is_chosen(walk->invocation, walk->served, name)) return 0;
    RulesPath path = path_below(walk->invocation->folder, "packs", name);
    return rule_files_read(walk->served->rules.set, &walk->served->files, path.text,
                           walk->invocation->language, &walk->unreadable);
}

/* Folders that are not there are no mistake: few have them. */
static int add_own(const Invocation *invocation, ServedRules *served)
{
    PackWalk walk = {.invocation = invocation, .served = served};
    RulesPath packs = path_below(invocation->folder, "packs", (Slice){0});
    RulesPath rules = path_below(invocation->folder, "rules", (Slice){0});
    int r = is_there(packs.text) ? os_real.list(os_real.state, packs.text, on_pack, &walk) : 0;
    if (r == -ENOMEM || r == -E2BIG || !is_there(rules.text)) return r;
    return rule_files_read(served->rules.set, &served->files, rules.text, invocation->language,
                           &walk.unreadable);
}

static bool has_pack(const Invocation *invocation, Slice name)
{
    const BuiltInPackFile *file;
    RulesPath own = path_below(invocation->folder, "packs", name);
    for (size_t i = 0; (file = packs_built_in(i)) != NULL; i++) {
        if (slice_eq(file->pack, name)) return true;
    }
    return is_there(own.text);
}

static void say_unknown_packs(const Invocation *invocation)
{
    Slice rest = slice_from_cstr(setting_text(&invocation->settings, SETTING_DETECT_PACKS)), name;
    while (slice_cut(&rest, ',', &name)) {
        name = slice_trim(name);
        bool is_word =
            name.len == 0 || slice_eq(name, SLICE("all")) || slice_eq(name, SLICE("none"));
        if (is_word || has_pack(invocation, name)) continue;
        SAY(MESSAGE_DETECT_NO_PACK, invocation->language, {"pack", name});
    }
}

/* --- exceptions ------------------------------------------------------------------------------- */

static int read_exceptions(const Invocation *invocation, Arena *arena, RuleExceptions *ret)
{
    return rule_exceptions_read(&os_real, invocation->folder, os_real.now_ns(os_real.state), arena,
                                ret);
}

static int add_exceptions(const Invocation *invocation, ServedRules *served)
{
    RuleExceptions exceptions;
    int r = read_exceptions(invocation, &served->files.arena, &exceptions);
    return r < 0 ? r : rule_exceptions_apply(&exceptions, served->rules.set);
}

/* --- together --------------------------------------------------------------------------------- */

static void free_served(DetectRules *rules)
{
    ServedRules *served = (ServedRules *)(void *)rules;
    rule_set_free(rules->set);
    pack_files_done(&served->files);
    free(served);
}

static void say_rejected(const Invocation *invocation, const RuleSet *set)
{
    for (size_t i = 0; i < rule_set_count(set); i++) {
        const RuleInfo *info = rule_set_info(set, i);
        if (info->state == RULE_REJECTED) say_complaint(info->reason, invocation->language);
    }
}

int serve_rules_load(const Invocation *invocation, DetectRules **ret)
{
    ServedRules *served = calloc(1, sizeof *served);
    if (!served) return -ENOMEM;
    served->rules.free = free_served;
    served->rules.set = rule_set_new();
    int r = served->rules.set ? 0 : -ENOMEM;
    if (r == 0)
        r = pack_switches_read(&os_real, invocation->folder, &served->files.arena,
                               &served->switches);
    if (r == 0) r = add_built_in(invocation, served);
    if (r == 0) r = add_own(invocation, served);
    if (r == 0) r = add_exceptions(invocation, served);
    if (r == 0) r = rule_set_finish(served->rules.set);
    if (r < 0) {
        free_served(&served->rules);
        return r;
    }
    say_unknown_packs(invocation);
    say_rejected(invocation, served->rules.set);
    served->rules.packs = served->files.rules;
    served->rules.pack_count = served->files.rule_count;
    served->rules.habits = served->files.habits;
    served->rules.habit_count = served->files.habit_count;
    *ret = &served->rules;
    return 0;
}

/* --- changes ---------------------------------------------------------------------------------- */

typedef struct Stamp {
    const char *folder;
    unsigned depth;
    uint64_t sum; /* of each file's own: in whatever order they come */
} Stamp;

static int on_stamped(void *context, Slice name)
{
    static const uint64_t seed[2] = {0x616b61736869, 3};
    Stamp *stamp = context;
    CLEANUP(buf_done) Buf text = {0};
    FileInfo info;
    buf_add_format(&text, "%s/%.*s%c", stamp->folder, SLICE_FMT(name), '\0');
    if (buf_error(&text) < 0 || os_real.info(os_real.state, text.ptr, &info) < 0) return 0;
    if (info.is_folder) {
        Stamp below = {.folder = text.ptr, .depth = stamp->depth + 1};
        if (below.depth < STAMP_DEPTH_MAX)
            (void)!os_real.list(os_real.state, below.folder, on_stamped, &below);
        stamp->sum += below.sum;
        return 0;
    }
    buf_add_le64(&text, (uint64_t)info.modified_ns);
    buf_add_le64(&text, info.bytes);
    stamp->sum += siphash_1_3(seed, buf_slice(&text));
    return 0;
}

/* Of those in force: an exception that ends is a change too. */
static uint64_t page_stamp(const Invocation *invocation)
{
    static const uint64_t seed[2] = {0x616b61736869, 4};
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf text = {0};
    RuleExceptions exceptions = {0};
    Slice switches = {0};
    (void)!read_exceptions(invocation, &arena, &exceptions);
    (void)!pack_switches_read(&os_real, invocation->folder, &arena, &switches);
    rule_exceptions_write(&exceptions, &text);
    buf_add_slice(&text, switches);
    return siphash_1_3(seed, buf_slice(&text));
}

uint64_t serve_rules_stamp(const Invocation *invocation)
{
    static const char *const names[] = {"packs", "rules"};
    uint64_t sum = page_stamp(invocation);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        RulesPath path = path_below(invocation->folder, names[i], (Slice){0});
        Stamp stamp = {.folder = path.text};
        if (is_there(path.text)) (void)!os_real.list(os_real.state, path.text, on_stamped, &stamp);
        sum += stamp.sum;
    }
    return sum;
}
