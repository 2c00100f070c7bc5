/* alert/story: how findings become stories, what is kept, what people do with it. */
#include "tests/support/alert_kit.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static unsigned folder_number;

static const char *new_folder(void)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/alerts%u", tap_temporary_folder(), folder_number++);
    return path;
}

static Stories *open_stories(const char *folder)
{
    Stories *stories = NULL;
    expect_ok(stories_open(&os_real, folder, &kit_cipher, &stories));
    return stories;
}

static uint64_t add(Stories *stories, const AlertFinding *finding)
{
    uint64_t id = 0;
    expect_ok(stories_add(stories, finding, 1, KIT_NOW_NS, &id));
    return id;
}

static Story load(Stories *stories, uint64_t id, Arena *arena)
{
    Story story = {0};
    expect_ok(stories_load(stories, id, arena, &story));
    return story;
}

static void findings_of_one_case_are_one_story(void)
{
    CLEANUP(stories_done) Stories *stories = open_stories(new_folder());
    CLEANUP(arena_done) Arena arena = {0};
    AlertFinding findings[4];
    uint64_t ids[4];
    size_t count = kit_vpn_findings(findings, ARRAY_COUNT(findings));
    expect_ok(stories_add(stories, findings, count, KIT_NOW_NS, ids));
    for (size_t i = 0; i < count; i++)
        expect_int(ids[i], 1);
    Story story = load(stories, 1, &arena);
    expect_int(story.finding_count, 3);
    expect_int(story.head.level, FINDING_CRITICAL);
    expect_int(story.head.first_ns, KIT_NOW_NS - 3600 * NS_PER_SECOND);
    expect_int(story.head.last_ns, KIT_NOW_NS - 2400 * NS_PER_SECOND);
    expect_text(story_main_finding(&story)->rule, "akashi-admin-added");
    expect_text(story.findings[2].finding.records[1].raw,
                "smbd_audit: yamada|192.168.0.121|PC-021|pread|ok|設計/図面/A-1025.dwg");
}

static void what_joins_and_what_does_not(void)
{
    static const struct {
        const char *user, *source, *host, *object;
        int64_t seconds; /* after the first */
        bool joins;
    } cases[] = {
        {"tanaka", "", "", "", 0, true},
        {"EXAMPLE\\TANAKA", "", "", "", 60, true},
        {"Ｔanaka@example.com", "", "", "", 60, true},
        {"suzuki", "192.0.2.9", "", "", 60, true},
        {"suzuki", "", "PC-9", "", 60, false}, /* two people on one machine */
        {"", "", "pc-9.example.com", "", 60, true},
        {"SYSTEM", "", "PC-9", "", 60, true},
        {"PC-9$", "::1", "PC-9", "", 60, true},
        {"SYSTEM", "127.0.0.1", "PC-8", "", 60, false},
        {"suzuki", "", "", "\\\\fs\\設計", 60, true},
        {"tanaka", "", "", "", STORY_GAP_NS / NS_PER_SECOND + 1, false},
        {"tanaka", "", "", "", -(STORY_GAP_NS / NS_PER_SECOND) + 1, true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        CLEANUP(stories_done) Stories *stories = open_stories(new_folder());
        AlertFinding first = kit_finding("a", "tanaka", KIT_NOW_NS);
        first.source = SLICE("192.0.2.9");
        first.host = SLICE("PC-9");
        first.object = SLICE("\\\\FS\\設計");
        expect_int(add(stories, &first), 1);
        AlertFinding second =
            kit_finding("b", cases[i].user, KIT_NOW_NS + cases[i].seconds * NS_PER_SECOND);
        second.source = slice_from_cstr(cases[i].source);
        second.host = slice_from_cstr(cases[i].host);
        second.object = slice_from_cstr(cases[i].object);
        uint64_t id = add(stories, &second);
        if (!expect_int(id, cases[i].joins ? 1 : 2)) tap_note("case %zu", i);
    }
}

/* S1 */
static void a_replay_adds_nothing(void)
{
    const char *folder = new_folder();
    AlertFinding findings[4];
    size_t count = kit_vpn_findings(findings, ARRAY_COUNT(findings));
    for (int turn = 0; turn < 3; turn++) {
        CLEANUP(stories_done) Stories *stories = open_stories(folder);
        CLEANUP(arena_done) Arena arena = {0};
        expect_ok(stories_add(stories, findings, count, KIT_NOW_NS + turn, NULL));
        Story story = load(stories, 1, &arena);
        expect_int(story.head.finding_count, 3);
        expect_int(story.findings[0].count, 1);
        expect_int(story.head.revision, 3); /* opened, raised, another rule */
    }
}

static void the_same_again_is_counted(void)
{
    CLEANUP(stories_done) Stories *stories = open_stories(new_folder());
    CLEANUP(arena_done) Arena arena = {0};
    for (int i = 0; i < 50; i++) {
        AlertFinding finding = kit_finding("a", "tanaka", KIT_NOW_NS + i * NS_PER_SECOND);
        expect_int(add(stories, &finding), 1);
    }
    Story story = load(stories, 1, &arena);
    expect_int(story.finding_count, 1);
    expect_int(story.findings[0].count, 50);
    expect_int(story.findings[0].last_ns - story.findings[0].first_ns, 49 * NS_PER_SECOND);
    expect_int(story.head.revision, 1);
}

static void too_many_kinds_are_only_counted(void)
{
    CLEANUP(stories_done) Stories *stories = open_stories(new_folder());
    CLEANUP(arena_done) Arena arena = {0};
    char rule[16];
    for (int i = 0; i < STORY_FINDINGS_MAX + 10; i++) {
        snprintf(rule, sizeof rule, "rule%d", i);
        AlertFinding finding = kit_finding(rule, "tanaka", KIT_NOW_NS);
        add(stories, &finding);
    }
    Story story = load(stories, 1, &arena);
    expect_int(story.finding_count, STORY_FINDINGS_MAX);
    expect_int(story.unshown_count, 10);
    expect_int(story.head.finding_count, STORY_FINDINGS_MAX + 10);
}

static int change(Stories *stories, StoryAct act, StoryReason reason)
{
    const StoryChange wanted = {.id = 1,
                                .act = act,
                                .reason = reason,
                                .who = SLICE_INIT("佐藤"),
                                .note = SLICE_INIT("電話で確認"),
                                .now_ns = KIT_NOW_NS};
    return stories_change(stories, &wanted);
}

static StoryState state_of(Stories *stories)
{
    CLEANUP(arena_done) Arena arena = {0};
    return load(stories, 1, &arena).head.state;
}

static void states_go_forward_and_back(void)
{
    CLEANUP(stories_done) Stories *stories = open_stories(new_folder());
    CLEANUP(arena_done) Arena arena = {0};
    AlertFinding finding = kit_finding("a", "tanaka", KIT_NOW_NS);
    add(stories, &finding);
    expect_int(stories_undo(stories, 1, SLICE("佐藤"), KIT_NOW_NS), -ENODATA);
    expect_ok(change(stories, STORY_ACT_SEEN, STORY_REASON_NONE));
    expect_int(change(stories, STORY_ACT_SEEN, STORY_REASON_NONE), -EALREADY);
    expect_ok(change(stories, STORY_ACT_STARTED, STORY_REASON_NONE));
    expect_ok(change(stories, STORY_ACT_CLOSED, STORY_REASON_FALSE_ALARM));
    expect_int(state_of(stories), STORY_CLOSED);
    expect_ok(stories_undo(stories, 1, SLICE("鈴木"), KIT_NOW_NS));
    expect_int(state_of(stories), STORY_PROGRESS);
    expect_ok(stories_undo(stories, 1, SLICE("鈴木"), KIT_NOW_NS));
    expect_int(state_of(stories), STORY_SEEN);
    expect_ok(stories_undo(stories, 1, SLICE("鈴木"), KIT_NOW_NS));
    expect_int(state_of(stories), STORY_NEW);
    expect_int(stories_undo(stories, 1, SLICE("鈴木"), KIT_NOW_NS), -ENODATA);
    Story story = load(stories, 1, &arena);
    expect_int(story.history_count, 7); /* S3 */
    expect_text(story.history[1].who, "佐藤");
    expect_text(story.history[1].note, "電話で確認");
    expect_text(story.history[6].who, "鈴木");
    expect_int(story.head.reason, STORY_REASON_NONE);
    const StoryChange nowhere = {.id = 99, .act = STORY_ACT_SEEN};
    expect_int(stories_change(stories, &nowhere), -ENOENT);
    expect_int(change(stories, STORY_ACT_RAISED, STORY_REASON_NONE), -EINVAL);
}

static void a_closed_story_stays_closed_and_is_remembered(void)
{
    CLEANUP(stories_done) Stories *stories = open_stories(new_folder());
    CLEANUP(arena_done) Arena arena = {0};
    AlertFinding finding = kit_finding("a", "tanaka", KIT_NOW_NS);
    add(stories, &finding);
    expect_ok(change(stories, STORY_ACT_CLOSED, STORY_REASON_EXPECTED));
    finding.time_ns += NS_PER_SECOND;
    expect_int(add(stories, &finding), 2);
    StoryHead *heads;
    size_t count;
    expect_ok(stories_similar(stories, 2, &arena, &heads, &count));
    expect_int(count, 1);
    expect_int(heads[0].id, 1);
    expect_int(heads[0].reason, STORY_REASON_EXPECTED);
    expect_ok(stories_list(stories, &(StoryQuestion){0}, &arena, &heads, &count));
    expect_int(count, 1);
    expect_ok(stories_list(stories, &(StoryQuestion){.with_closed = true}, &arena, &heads, &count));
    expect_int(count, 2);
    expect_ok(stories_forget(stories, KIT_NOW_NS + 1));
    expect_ok(stories_list(stories, &(StoryQuestion){.with_closed = true}, &arena, &heads, &count));
    expect_int(count, 1);
}

static void worse_makes_it_new_again(void)
{
    CLEANUP(stories_done) Stories *stories = open_stories(new_folder());
    CLEANUP(arena_done) Arena arena = {0};
    AlertFinding finding = kit_finding("a", "tanaka", KIT_NOW_NS);
    add(stories, &finding);
    expect_ok(change(stories, STORY_ACT_SEEN, STORY_REASON_NONE));
    finding.level = FINDING_LOW;
    finding.rule = SLICE("b");
    add(stories, &finding);
    expect_int(state_of(stories), STORY_SEEN);
    finding.level = FINDING_CRITICAL;
    finding.rule = SLICE("c");
    add(stories, &finding);
    expect_int(state_of(stories), STORY_NEW);
    Story story = load(stories, 1, &arena);
    expect_int(story.head.revision, 3);
    expect_int(story.history[2].act, STORY_ACT_RAISED);
}

static void nobody_looks(void)
{
    CLEANUP(stories_done) Stories *stories = open_stories(new_folder());
    AlertFinding finding = kit_finding("a", "tanaka", KIT_NOW_NS);
    add(stories, &finding);
    int64_t wait = 30 * NS_PER_MINUTE, now = KIT_NOW_NS;
    expect_int(stories_escalate(stories, wait, FINDING_MEDIUM, now + wait - 1), 0);
    for (int turn = 0; turn < STORY_ESCALATIONS_MAX; turn++) {
        now += wait;
        expect_int(stories_escalate(stories, wait, FINDING_CRITICAL, now), 0);
        expect_int(stories_escalate(stories, wait, FINDING_MEDIUM, now), 1);
        expect_int(stories_escalate(stories, wait, FINDING_MEDIUM, now), 0);
    }
    expect_int(stories_escalate(stories, wait, FINDING_MEDIUM, now + 10 * wait), 0);
    CLEANUP(arena_done) Arena arena = {0};
    expect_int(load(stories, 1, &arena).head.revision, 1 + STORY_ESCALATIONS_MAX);
}

static void list_is_by_urgency(void)
{
    CLEANUP(stories_done) Stories *stories = open_stories(new_folder());
    CLEANUP(arena_done) Arena arena = {0};
    static const FindingLevel levels[] = {FINDING_LOW, FINDING_CRITICAL, FINDING_MEDIUM,
                                          FINDING_CRITICAL};
    static const char *const users[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < ARRAY_COUNT(levels); i++) {
        AlertFinding finding = kit_finding("r", users[i], KIT_NOW_NS + (int64_t)i);
        finding.level = levels[i];
        add(stories, &finding);
    }
    const StoryChange seen = {.id = 4, .act = STORY_ACT_SEEN, .now_ns = KIT_NOW_NS};
    expect_ok(stories_change(stories, &seen));
    StoryHead *heads;
    size_t count;
    expect_ok(stories_list(stories, &(StoryQuestion){0}, &arena, &heads, &count));
    static const uint64_t order[] = {2, 3, 1, 4};
    if (!expect_int(count, 4)) return;
    for (size_t i = 0; i < 4; i++)
        expect_int(heads[i].id, order[i]);
    const StoryQuestion urgent = {.least = FINDING_CRITICAL, .limit = 1};
    expect_ok(stories_list(stories, &urgent, &arena, &heads, &count));
    expect_int(count, 1);
}

/* No word of a log, a name or a note stands in the files. */
static void nothing_is_readable_on_disk(void)
{
    const char *folder = new_folder();
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(stories_done) Stories *stories = open_stories(folder);
    AlertFinding finding = kit_finding("secretrule", "secretuser", KIT_NOW_NS);
    finding.host = SLICE("secrethost");
    add(stories, &finding);
    expect_ok(change(stories, STORY_ACT_SEEN, STORY_REASON_NONE));
    static const char *const files[] = {"alerts.db", "alerts.db-wal"};
    static const char *const words[] = {"secret", "yamada", "203.0.113", "佐藤", "電話", "attack."};
    for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
        char path[1024];
        Slice bytes = {0};
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        if (os_read_file(&os_real, path, 64 << 20, &arena, &bytes) < 0) continue;
        for (size_t k = 0; k < ARRAY_COUNT(words); k++)
            expect(slice_find(bytes, slice_from_cstr(words[k])) == SLICE_NOT_FOUND);
        expect(stat(path, &info) == 0 && (info.st_mode & 077) == 0);
    }
}

static int broken_open(void *context, Slice bound, Slice sealed, Buf *to)
{
    (void)context, (void)bound, (void)sealed, (void)to;
    return -EBADMSG;
}

static void damage_and_wrong_keys_are_said(void)
{
    const char *folder = new_folder();
    CLEANUP(arena_done) Arena arena = {0};
    AlertCipher other = kit_cipher;
    other.open = broken_open;
    Stories *stories = open_stories(folder);
    AlertFinding finding = kit_finding("a", "tanaka", KIT_NOW_NS);
    add(stories, &finding);
    stories_close(stories);
    expect_ok(stories_open(&os_real, folder, &other, &stories));
    Story story;
    expect_int(stories_load(stories, 1, &arena, &story), -EBADMSG);
    expect_int(stories_load(stories, 2, &arena, &story), -ENOENT);
    stories_close(stories);
    char path[1024];
    snprintf(path, sizeof path, "%s/alerts.db", folder);
    FILE *file = fopen(path, "wb");
    fputs("this is no data base, and it is long enough to be looked at by SQLite as one.", file);
    fclose(file);
    expect_int(stories_open(&os_real, folder, &kit_cipher, &stories), -EBADMSG);
}

static void findings_survive_their_bytes(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf bytes = {0};
    CLEANUP(buf_done) Buf again = {0};
    AlertFinding finding = kit_hostile_finding(), back;
    finding_encode(&bytes, &finding);
    expect_ok(finding_decode(buf_slice(&bytes), &arena, &back));
    finding_encode(&again, &back);
    expect_slice(buf_slice(&again), buf_slice(&bytes));
    for (size_t len = 0; len < bytes.len; len++)
        expect_int(finding_decode(slice_of(bytes.ptr, len), &arena, &back), -EBADMSG);
    buf_add_char(&bytes, 'x');
    expect_int(finding_decode(buf_slice(&bytes), &arena, &back), -EBADMSG);
    expect_int(finding_phase_of(SLICE("attack.t1110 attack.initial_access")), PHASE_INTRUSION);
    expect_int(finding_phase_of(SLICE("attack.exfiltration attack.execution")), PHASE_THEFT);
    expect_int(finding_level_of(SLICE("Critical")), FINDING_CRITICAL);
    expect_int(finding_level_of(SLICE("severe")), FINDING_MEDIUM);
}

/* Ten thousand findings in one call, in one second. */
static void a_storm_is_taken(void)
{
    enum { STORM = 10000 };
    CLEANUP(stories_done) Stories *stories = open_stories(new_folder());
    CLEANUP(arena_done) Arena arena = {0};
    AlertFinding *findings = calloc(STORM, sizeof *findings);
    static char users[STORM][12];
    for (size_t i = 0; i < STORM; i++) {
        snprintf(users[i], sizeof users[i], "user%zu", i);
        findings[i] = kit_finding("storm", users[i], KIT_NOW_NS + (int64_t)i * NS_PER_MS / 10);
    }
    int64_t start = os_real.monotonic_ns(os_real.state);
    expect_ok(stories_add(stories, findings, STORM, KIT_NOW_NS, NULL));
    tap_note("%d findings, each a story of its own: %lld ms", STORM,
             (long long)((os_real.monotonic_ns(os_real.state) - start) / NS_PER_MS));
    for (size_t i = 0; i < STORM; i++)
        findings[i].source = SLICE("192.0.2.9");
    start = os_real.monotonic_ns(os_real.state);
    CLEANUP(stories_done) Stories *joined = open_stories(new_folder());
    expect_ok(stories_add(joined, findings, STORM, KIT_NOW_NS, NULL));
    tap_note("%d findings from one address: %lld ms", STORM,
             (long long)((os_real.monotonic_ns(os_real.state) - start) / NS_PER_MS));
    Story story = load(joined, 1, &arena);
    expect_int(story.head.finding_count, STORM);
    expect_int(stories_add(joined, findings, STORIES_ADD_MAX + 1, 0, NULL), -E2BIG);
    free(findings);
}

static void open_stories_have_a_maximum(void)
{
    CLEANUP(stories_done) Stories *stories = open_stories(new_folder());
    CLEANUP(arena_done) Arena arena = {0};
    const size_t count = STORIES_OPEN_MAX + 5;
    AlertFinding *findings = calloc(count, sizeof *findings);
    uint64_t *ids = calloc(count, sizeof *ids);
    char(*users)[12] = calloc(count, sizeof *users);
    for (size_t i = 0; i < count; i++) {
        snprintf(users[i], sizeof users[i], "user%zu", i);
        findings[i] = kit_finding("storm", users[i], KIT_NOW_NS);
    }
    expect_ok(stories_add(stories, findings, count, KIT_NOW_NS, ids));
    expect_int(ids[STORIES_OPEN_MAX - 1], STORIES_OPEN_MAX);
    expect_int(ids[count - 1], STORIES_OPEN_MAX);
    Story newest = load(stories, STORIES_OPEN_MAX, &arena);
    expect_int(newest.head.finding_count, 6);
    expect_ok(change(stories, STORY_ACT_CLOSED, STORY_REASON_TEST));
    AlertFinding other = kit_finding("storm", "somebody", KIT_NOW_NS);
    expect_int(add(stories, &other), STORIES_OPEN_MAX + 1);
    free(findings);
    free(ids);
    free(users);
}

static void a_position_is_kept_and_a_copy_is_whole(void)
{
    CLEANUP(arena_done) Arena arena = {0};
    const char *folder = new_folder();
    char copy[512];
    const StoriesPosition position = {
        .row = 42, .time_ns = KIT_NOW_NS, .state = SLICE("what tanaka did")};
    StoriesPosition back = {0};
    {
        CLEANUP(stories_done) Stories *stories = open_stories(folder);
        AlertFinding finding = kit_finding("a", "tanaka", KIT_NOW_NS);
        finding.identity = SLICE("row 42");
        expect(stories_position(stories, &arena, &back) == -ENOENT);
        add(stories, &finding);
        expect_ok(stories_set_position(stories, &position));
        finding.host = SLICE("another"); /* the same occurrence, better known by now */
        add(stories, &finding);
    }
    snprintf(copy, sizeof copy, "%.400s/copied", folder);
    expect_ok(os_make_folders(&os_real, copy));
    snprintf(copy, sizeof copy, "%.400s/copied/alerts.db", folder);
    expect_ok(stories_copy(&os_real, folder, copy));
    *strrchr(copy, '/') = '\0';
    CLEANUP(stories_done) Stories *stories = open_stories(copy);
    expect_ok(stories_position(stories, &arena, &back));
    expect(back.row == 42 && back.time_ns == KIT_NOW_NS);
    expect_text(back.state, "what tanaka did");
    expect(load(stories, 1, &arena).head.finding_count == 1);
    expect_ok(stories_tidy(stories));
}

static const TapTest tests[] = {
    TAP_TEST(open_stories_have_a_maximum),
    TAP_TEST(findings_of_one_case_are_one_story),
    TAP_TEST(what_joins_and_what_does_not),
    TAP_TEST(a_replay_adds_nothing),
    TAP_TEST(the_same_again_is_counted),
    TAP_TEST(too_many_kinds_are_only_counted),
    TAP_TEST(states_go_forward_and_back),
    TAP_TEST(a_closed_story_stays_closed_and_is_remembered),
    TAP_TEST(worse_makes_it_new_again),
    TAP_TEST(nobody_looks),
    TAP_TEST(list_is_by_urgency),
    TAP_TEST(nothing_is_readable_on_disk),
    TAP_TEST(damage_and_wrong_keys_are_said),
    TAP_TEST(findings_survive_their_bytes),
    TAP_TEST(a_storm_is_taken),
    TAP_TEST(a_position_is_kept_and_a_copy_is_whole),
};
TAP_MAIN(tests)
