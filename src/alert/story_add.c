/* Findings into stories (story.h says by which rules). */
#include "alert/story_base.h"

#include "base/fold.h"

#include <errno.h>

#define NEW_RULE_WAIT_NS ((int64_t)600 * NS_PER_SECOND) /* between two updates of one story */

typedef struct Tag {
    uint8_t bytes[ALERT_TAG_BYTES];
    bool is_set;
} Tag;

/* What a finding is joined by: one of each kind, and another person. */
enum { SLOT_OTHER_USER = ENTITY_KIND_COUNT, SLOT_COUNT };

static EntityKind slot_kind(int slot)
{
    return slot == SLOT_OTHER_USER ? ENTITY_USER : (EntityKind)slot;
}

/* One finding on its way. */
typedef struct Adding {
    Stories *stories;
    const AlertFinding *finding;
    int64_t now_ns;
    int64_t time_ns; /* of the event, or now when it has none */
    uint64_t story;
    Tag entities[SLOT_COUNT];
    Tag occurrence, key, rule;
} Adding;

/* ---- what findings are joined by */

static int tag_of(Stories *stories, Slice text, Tag *ret)
{
    const AlertCipher *cipher = stories->cipher;
    int r = cipher->tag(cipher->context, text, ret->bytes);
    ret->is_set = r == 0;
    return r;
}

static int tag_entity(Adding *adding, int slot, Slice name)
{
    static const char *const prefixes[ENTITY_KIND_COUNT] = {"user ", "source ", "object ", "host "};
    if (name.len == 0) return 0;
    CLEANUP(buf_done) Buf text = buf_make(FINDING_TEXT_BYTES_MAX + 16);
    name = slice_first(name, FINDING_TEXT_BYTES_MAX);
    buf_add_cstr(&text, prefixes[slot_kind(slot)]);
    char *room = buf_reserve(&text, name.len);
    if (!room) return buf_error(&text);
    text.len += fold_text(room, name);
    return tag_of(adding->stories, buf_slice(&text), &adding->entities[slot]);
}

static int tag_entities(Adding *adding)
{
    const AlertFinding *finding = adding->finding;
    int r = tag_entity(adding, ENTITY_USER, finding_person(finding->user));
    if (r == 0) r = tag_entity(adding, ENTITY_SOURCE, finding_address(finding->source));
    if (r == 0) r = tag_entity(adding, ENTITY_OBJECT, slice_trim(finding->object));
    if (r == 0) r = tag_entity(adding, SLOT_OTHER_USER, finding_person(finding->other_user));
    return r < 0 ? r : tag_entity(adding, ENTITY_HOST, finding_machine(finding->host));
}

/* Lengths in front, so that no two findings give the same text by moving a boundary. */
static void add_part(Buf *to, Slice part)
{
    buf_add_varint(to, part.len);
    buf_add_slice(to, part);
}

/* `text` holds what findings are told apart by; more of it makes the occurrence. */
static void add_occurrence_parts(Buf *text, const AlertFinding *finding)
{
    if (finding->identity.len > 0) {
        buf_clear(text);
        buf_add_cstr(text, "again ");
        add_part(text, finding->rule);
        add_part(text, finding->identity);
        return;
    }
    buf_add_le64(text, (uint64_t)finding->time_ns);
    for (size_t i = 0; i < finding->record_count; i++)
        buf_add_varint(text, finding->records[i].reference);
}

static int tag_identity(Adding *adding)
{
    const AlertFinding *finding = adding->finding;
    CLEANUP(buf_done) Buf text = {0};
    buf_add_cstr(&text, "rule ");
    add_part(&text, finding->rule);
    int r = tag_of(adding->stories, buf_slice(&text), &adding->rule);
    add_part(&text, finding->user);
    add_part(&text, finding->host);
    add_part(&text, finding->source);
    add_part(&text, finding->object);
    if (r == 0) r = tag_of(adding->stories, buf_slice(&text), &adding->key);
    if (r == 0) add_occurrence_parts(&text, finding);
    if (r == 0) r = tag_of(adding->stories, buf_slice(&text), &adding->occurrence);
    return r < 0 ? r : buf_error(&text);
}

/* ---- which story */

/* 1: *ret_story; 0: none. */
static int find_by_entity(Adding *adding, int slot, uint64_t *ret_story, int64_t *ret_last)
{
    const Tag *tag = &adding->entities[slot];
    if (!tag->is_set) return 0;
    sqlite3_stmt *find = story_base_ask(adding->stories, FIND_STORY_BY_ENTITY);
    database_put_bytes(find, 1, tag->bytes, sizeof tag->bytes);
    database_put_number(find, 2, slot_kind(slot));
    database_put_number(find, 3, adding->time_ns);
    database_put_number(find, 4, STORY_GAP_NS);
    database_put_number(find, 5, STORY_SPAN_NS);
    int r = database_step(find);
    if (r <= 0) return r;
    *ret_story = (uint64_t)database_number_at(find, 0);
    *ret_last = database_number_at(find, 1);
    sqlite3_reset(find);
    return 1;
}

static int story_names_user(Adding *adding, uint64_t story)
{
    sqlite3_stmt *has = story_base_ask(adding->stories, HAS_ENTITY_KIND);
    database_put_number(has, 1, (int64_t)story);
    database_put_number(has, 2, ENTITY_USER);
    int r = database_step(has);
    if (has) sqlite3_reset(has);
    return r;
}

static int find_by_host(Adding *adding)
{
    uint64_t story;
    int64_t last;
    int r = find_by_entity(adding, ENTITY_HOST, &story, &last);
    if (r <= 0) return r;
    if (adding->entities[ENTITY_USER].is_set) r = story_names_user(adding, story) == 0;
    if (r > 0) adding->story = story;
    return r;
}

static int find_story(Adding *adding)
{
    int64_t newest = INT64_MIN;
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        uint64_t story;
        int64_t last;
        if (slot == ENTITY_HOST) continue;
        int r = find_by_entity(adding, slot, &story, &last);
        if (r < 0) return r;
        if (r == 0 || last <= newest) continue;
        newest = last;
        adding->story = story;
    }
    return adding->story ? 1 : find_by_host(adding);
}

static int open_story(Adding *adding)
{
    sqlite3_stmt *add = story_base_ask(adding->stories, ADD_STORY);
    database_put_number(add, 1, adding->finding->level);
    database_put_number(add, 2, adding->time_ns);
    database_put_number(add, 3, adding->now_ns);
    int r = database_run(add);
    if (r < 0) return r;
    adding->story = (uint64_t)database_last_id(&adding->stories->database);
    adding->stories->open_count++;
    adding->stories->newest_open = adding->story;
    const StoryChange opened = {
        .id = adding->story, .act = STORY_ACT_OPENED, .now_ns = adding->now_ns};
    return story_history_add(adding->stories, &opened, STORY_NEW, STORY_NEW);
}

/* ---- into it */

static int add_entities(Adding *adding)
{
    int r = 0;
    for (int slot = 0; r == 0 && slot < SLOT_COUNT; slot++) {
        if (!adding->entities[slot].is_set) continue;
        sqlite3_stmt *add = story_base_ask(adding->stories, ADD_ENTITY);
        database_put_number(add, 1, (int64_t)adding->story);
        database_put_number(add, 2, slot_kind(slot));
        database_put_bytes(add, 3, adding->entities[slot].bytes, ALERT_TAG_BYTES);
        r = database_run(add);
    }
    return r;
}

static int insert_finding(Adding *adding)
{
    const AlertCipher *cipher = adding->stories->cipher;
    CLEANUP(buf_done) Buf plain = {0};
    CLEANUP(buf_done) Buf sealed = {0};
    SealBound bound = seal_bound("finding", adding->story);
    finding_encode(&plain, adding->finding);
    int r = buf_error(&plain);
    if (r == 0)
        r = cipher->seal(cipher->context, slice_of(bound.text, bound.len), buf_slice(&plain),
                         &sealed);
    if (r < 0) return r;
    sqlite3_stmt *add = story_base_ask(adding->stories, ADD_FINDING);
    database_put_number(add, 1, (int64_t)adding->story);
    database_put_bytes(add, 2, adding->key.bytes, ALERT_TAG_BYTES);
    database_put_bytes(add, 3, adding->rule.bytes, ALERT_TAG_BYTES);
    database_put_number(add, 4, adding->time_ns);
    database_put_bytes(add, 5, sealed.ptr, sealed.len);
    return database_run(add);
}

static int add_new_finding(Adding *adding)
{
    int64_t kept;
    sqlite3_stmt *count = story_base_ask(adding->stories, COUNT_FINDINGS);
    database_put_number(count, 1, (int64_t)adding->story);
    int r = database_number(count, &kept);
    if (r < 0) return r;
    if (kept < STORY_FINDINGS_MAX) return insert_finding(adding);
    sqlite3_stmt *unshown = story_base_ask(adding->stories, COUNT_UNSHOWN);
    database_put_number(unshown, 1, (int64_t)adding->story);
    return database_run(unshown);
}

/* *ret_new_rule: the story had nothing of this rule before. */
static int add_finding(Adding *adding, bool *ret_new_rule)
{
    int64_t known, rule;
    sqlite3_stmt *find = story_base_ask(adding->stories, FIND_FINDING);
    database_put_number(find, 1, (int64_t)adding->story);
    database_put_bytes(find, 2, adding->key.bytes, ALERT_TAG_BYTES);
    int r = database_number(find, &known);
    if (r < 0) return r;
    if (r > 0) {
        sqlite3_stmt *grow = story_base_ask(adding->stories, GROW_FINDING);
        database_put_number(grow, 1, known);
        database_put_number(grow, 2, adding->time_ns);
        return database_run(grow);
    }
    sqlite3_stmt *has = story_base_ask(adding->stories, HAS_RULE);
    database_put_number(has, 1, (int64_t)adding->story);
    database_put_bytes(has, 2, adding->rule.bytes, ALERT_TAG_BYTES);
    r = database_number(has, &rule);
    *ret_new_rule = r == 0;
    return r < 0 ? r : add_new_finding(adding);
}

/* Worse than what people were told: the story is new again, whoever had seen it. */
static int raise_story(Adding *adding, const StoryHead *head)
{
    sqlite3_stmt *raise = story_base_ask(adding->stories, RAISE_STORY);
    database_put_number(raise, 1, (int64_t)adding->story);
    database_put_number(raise, 2, head->state == STORY_SEEN ? STORY_NEW : head->state);
    database_put_number(raise, 3, adding->finding->level);
    database_put_number(raise, 4, adding->now_ns);
    int r = database_run(raise);
    const StoryChange raised = {
        .id = adding->story, .act = STORY_ACT_RAISED, .now_ns = adding->now_ns};
    StoryState after = head->state == STORY_SEEN ? STORY_NEW : head->state;
    return r < 0 ? r : story_history_add(adding->stories, &raised, head->state, after);
}

/* Another rule in a story that people know: told, but not more often than they can read. */
static int bump_story(Adding *adding)
{
    sqlite3_stmt *bump = story_base_ask(adding->stories, BUMP_STORY);
    database_put_number(bump, 1, (int64_t)adding->story);
    database_put_number(bump, 2, adding->now_ns + NEW_RULE_WAIT_NS);
    database_put_number(bump, 3, adding->now_ns);
    return database_run(bump);
}

static int grow_story(Adding *adding, bool is_new_story)
{
    bool new_rule = false;
    StoryHead head = {0};
    int r = add_entities(adding);
    if (r == 0) r = add_finding(adding, &new_rule);
    if (r == 0) r = story_base_head(adding->stories, adding->story, &head);
    if (r == 0 && !is_new_story) {
        if (adding->finding->level > head.level)
            r = raise_story(adding, &head);
        else if (new_rule)
            r = bump_story(adding);
    }
    if (r < 0) return r;
    sqlite3_stmt *grow = story_base_ask(adding->stories, GROW_STORY);
    database_put_number(grow, 1, (int64_t)adding->story);
    database_put_number(grow, 2, adding->time_ns);
    return database_run(grow);
}

static int count_open(Stories *stories)
{
    sqlite3_stmt *ask = story_base_ask(stories, OPEN_STORIES);
    int r = database_step(ask);
    if (r <= 0) return r < 0 ? r : -EIO;
    stories->open_count = (uint64_t)database_number_at(ask, 0);
    stories->newest_open = (uint64_t)database_number_at(ask, 1);
    sqlite3_reset(ask);
    return 0;
}

static int add_occurrence(Adding *adding)
{
    sqlite3_stmt *add = story_base_ask(adding->stories, ADD_OCCURRENCE);
    database_put_bytes(add, 1, adding->occurrence.bytes, ALERT_TAG_BYTES);
    database_put_number(add, 2, (int64_t)adding->story);
    return database_run(add);
}

static int add_one(Stories *stories, const AlertFinding *finding, int64_t now_ns, uint64_t *ret_id)
{
    Adding adding = {.stories = stories, .finding = finding, .now_ns = now_ns};
    adding.time_ns = finding->time_ns == TIME_UNKNOWN ? now_ns : finding->time_ns;
    int64_t known;
    int r = tag_identity(&adding);
    if (r < 0) return r;
    sqlite3_stmt *find = story_base_ask(stories, FIND_OCCURRENCE);
    database_put_bytes(find, 1, adding.occurrence.bytes, ALERT_TAG_BYTES);
    r = database_number(find, &known);
    if (r > 0) { /* S1 */
        *ret_id = (uint64_t)known;
        return 0;
    }
    if (r == 0) r = tag_entities(&adding);
    if (r == 0) r = find_story(&adding);
    if (r < 0) return r;
    if (adding.story == 0 && stories->open_count >= STORIES_OPEN_MAX) {
        adding.story = stories->newest_open;
        memset(adding.entities, 0, sizeof adding.entities); /* nothing is joined by it */
    }
    bool is_new = adding.story == 0;
    r = is_new ? open_story(&adding) : 0;
    if (r == 0) r = add_occurrence(&adding);
    if (r == 0) r = grow_story(&adding, is_new);
    *ret_id = adding.story;
    return r;
}

int stories_add(Stories *stories, const AlertFinding *findings, size_t count, int64_t now_ns,
                uint64_t *ret_ids)
{
    if (count > STORIES_ADD_MAX) return -E2BIG;
    int r = database_begin(&stories->database);
    if (r < 0) return r;
    r = count_open(stories);
    for (size_t i = 0; r == 0 && i < count; i++) {
        uint64_t id = 0;
        r = add_one(stories, &findings[i], now_ns, &id);
        if (r == 0 && ret_ids) ret_ids[i] = id;
    }
    return database_end(&stories->database, r);
}
