/* See notice.h. */
#include "alert/notice.h"

#include "alert/alert_words.h"

#include <errno.h>

int notice_page(Stories *stories, const Story *story, const NotifyConfig *config, Language language,
                int64_t now_ns, Arena *arena, const Page **ret)
{
    PageOptions options = {.language = language,
                           .zone_offset_seconds = config->zone_offset_seconds,
                           .now_ns = now_ns,
                           .contacts = config->contacts,
                           .link = config->link};
    StoryHead *similar;
    int r = stories_similar(stories, story->head.id, arena, &similar, &options.similar_count);
    if (r < 0) return r;
    options.similar = similar;
    return page_make(story, &options, arena, ret);
}

static NoticeKind kind_of(const Story *story, const OutboxJob *job)
{
    StoryAct last =
        story->history_count > 0 ? story->history[story->history_count - 1].act : STORY_ACT_OPENED;
    if (story->head.state == STORY_CLOSED) return NOTICE_CLOSED;
    if (last == STORY_ACT_ESCALATED) return NOTICE_ESCALATED;
    return job->told_before ? NOTICE_UPDATED : NOTICE_OPENED;
}

static const char *const kind_keys[] = {[NOTICE_OPENED] = "tell.opened",
                                        [NOTICE_UPDATED] = "tell.updated",
                                        [NOTICE_ESCALATED] = "tell.escalated",
                                        [NOTICE_CLOSED] = "tell.closed"};

static void add_line(Notice *notice, const Story *story, const Page *page, Arena *arena)
{
    const AlertFinding *main = story_main_finding(story);
    notice->lines[notice->line_count++] = (NoticeLine){
        .id = story->head.id,
        .level = story->head.level,
        .state = story->head.state,
        .first_ns = story->head.first_ns,
        .last_ns = story->head.last_ns,
        .rule = main ? clean_text_make(arena, main->rule, PAGE_VALUE_BYTES_MAX) : (Slice){0},
        .title = page->title,
        .time = alert_time_make(arena, story->head.last_ns, notice->zone_offset_seconds,
                                notice->language),
    };
    if (story->head.level > notice->level) notice->level = story->head.level;
}

static Slice level_words(const Notice *notice)
{
    return alert_words_of("level", finding_level_token(notice->level), notice->language);
}

/* The facts in short: what fits into a chat message. */
static Slice summary_of(const Notice *notice, Arena *arena)
{
    const Page *page = notice->page;
    CLEANUP(buf_done) Buf words = {0};
    Slice kept = {0};
    buf_add_slice(&words, alert_words(kind_keys[notice->kind], notice->language));
    buf_add_format(&words, " / %.*s\n", SLICE_FMT(page->state));
    for (size_t i = 0; i < page->parts[PAGE_FACTS].count; i++) {
        const PageLine *line = &page->parts[PAGE_FACTS].lines[i];
        buf_add_format(&words, "%.*s: %.*s\n", SLICE_FMT(line->label), SLICE_FMT(line->text));
    }
    buf_add_format(&words, "%.*s:\n", SLICE_FMT(page->parts[PAGE_TODO].title));
    for (size_t i = 0; i < page->parts[PAGE_TODO].count; i++)
        buf_add_format(&words, "%zu. %.*s\n", i + 1,
                       SLICE_FMT(page->parts[PAGE_TODO].lines[i].text));
    return arena_copy(arena, buf_slice(&words), &kept) < 0 ? (Slice){0} : kept;
}

/* The stories' file is asked for what happened before and for the installation's number. */
static int tell_story(Stories *stories, const Story *story, const NotifyConfig *config,
                      Arena *arena, Notice *notice)
{
    int r =
        notice_page(stories, story, config, notice->language, notice->now_ns, arena, &notice->page);
    if (r < 0) return r;
    notice->page_link = notice->page->link;
    add_line(notice, story, notice->page, arena);
    r = arena_format(arena, &notice->thread, "story-%llu-%llx", (unsigned long long)story->head.id,
                     (unsigned long long)stories_installation(stories));
    Slice level = level_words(notice);
    if (notice->kind != NOTICE_OPENED)
        level = ALERT_SAY(arena, "tell.level_kind", notice->language, {"level", level},
                          {"kind", alert_words(kind_keys[notice->kind], notice->language)});
    notice->subject =
        ALERT_SAY(arena, "tell.subject", notice->language, {"level", level},
                  {"title", notice->page->title}, {"id", alert_number_make(arena, story->head.id)});
    notice->summary = summary_of(notice, arena);
    return r;
}

static int make_single(Stories *stories, const OutboxJob *job, const NotifyConfig *config,
                       Arena *arena, Notice *notice)
{
    Story story;
    int r = stories_load(stories, job->stories[0].story, arena, &story);
    if (r < 0) return r;
    notice->kind = kind_of(&story, job);
    return tell_story(stories, &story, config, arena, notice);
}

static Slice digest_summary(const Notice *notice, Arena *arena)
{
    CLEANUP(buf_done) Buf words = {0};
    Slice kept = {0};
    const AlertPart count[ALERT_PARTS_MAX] = {{"count", alert_number_make(arena, notice->total)}};
    alert_words_add(&words, "tell.digest", notice->language, count);
    buf_add_char(&words, '\n');
    for (size_t i = 0; i < notice->line_count; i++) {
        const NoticeLine *line = &notice->lines[i];
        const AlertPart parts[ALERT_PARTS_MAX] = {
            {"level", alert_words_of("level", finding_level_token(line->level), notice->language)},
            {"id", alert_number_make(arena, line->id)},
            {"time", line->time},
            {"title", line->title},
        };
        alert_words_add(&words, "tell.digest_line", notice->language, parts);
        buf_add_char(&words, '\n');
    }
    if (notice->total > notice->line_count) {
        const AlertPart more[ALERT_PARTS_MAX] = {
            {"count", alert_number_make(arena, notice->total - notice->line_count)}};
        alert_words_add(&words, "tell.digest_more", notice->language, more);
        buf_add_char(&words, '\n');
    }
    return arena_copy(arena, buf_slice(&words), &kept) < 0 ? (Slice){0} : kept;
}

/* A story that was removed since is counted and not listed. */
static int make_digest(Stories *stories, const OutboxJob *job, const NotifyConfig *config,
                       Arena *arena, Notice *notice)
{
    notice->kind = NOTICE_DIGEST;
    for (size_t i = 0; i < job->story_count; i++) {
        CLEANUP(arena_done) Arena one = {0};
        Story story;
        const Page *page = NULL;
        int r = stories_load(stories, job->stories[i].story, &one, &story);
        if (r == -ENOENT) continue;
        const PageOptions options = {.language = notice->language, .now_ns = TIME_UNKNOWN};
        if (r == 0) r = page_make(&story, &options, &one, &page);
        if (r < 0) return r;
        add_line(notice, &story, page, arena);
        NoticeLine *line = &notice->lines[notice->line_count - 1];
        r = arena_copy(arena, line->title, &line->title);
        if (r < 0) return r;
    }
    const char *link = config->link ? config->link : "";
    int r = link[0] ? arena_format(arena, &notice->page_link, "%s/alerts", link) : 0;
    notice->subject =
        ALERT_SAY(arena, "tell.digest_subject", notice->language, {"level", level_words(notice)},
                  {"count", alert_number_make(arena, notice->total)});
    notice->summary = digest_summary(notice, arena);
    return r;
}

static Notice *new_notice(const NotifyConfig *config, int64_t now_ns, Arena *arena)
{
    Notice *notice = ARENA_NEW(arena, Notice);
    if (!notice) return NULL;
    notice->language = config->language;
    notice->zone_offset_seconds = config->zone_offset_seconds;
    notice->now_ns = now_ns;
    return notice;
}

int notice_make(Stories *stories, const OutboxJob *job, const NotifyConfig *config, unsigned sink,
                int64_t now_ns, Arena *arena, const Notice **ret)
{
    if (job->story_count == 0) return -ENOENT;
    Notice *notice = new_notice(config, now_ns, arena);
    if (!notice) return -ENOMEM;
    notice->total = job->total;
    int r = arena_format(arena, &notice->id, "send-%llu-%u-%llx", (unsigned long long)job->send,
                         sink, (unsigned long long)stories_installation(stories));
    if (r == 0)
        r = job->is_digest ? make_digest(stories, job, config, arena, notice)
                           : make_single(stories, job, config, arena, notice);
    if (r == 0) *ret = notice;
    return r;
}

/* ---- the sample */

static AlertFinding sample_finding(int64_t time_ns, const char *seen_key, AttackPhase phase)
{
    AlertFinding finding = {.rule = SLICE_INIT("akashi-sample"),
                            .level = FINDING_HIGH,
                            .phase = phase,
                            .time_ns = time_ns,
                            .user = SLICE_INIT("yamada"),
                            .source = SLICE_INIT("203.0.113.77"),
                            .host = SLICE_INIT("FS01")};
    for (Language language = LANGUAGE_JA; language <= LANGUAGE_EN; language++) {
        finding.words[language].title = alert_words("sample.title", language);
        finding.words[language].seen = alert_words(seen_key, language);
    }
    return finding;
}

int notice_sample(Stories *stories, const NotifyConfig *config, int64_t now_ns, Arena *arena,
                  const Notice **ret)
{
    const int64_t first_ns = now_ns - 600 * NS_PER_SECOND, last_ns = now_ns - 60 * NS_PER_SECOND;
    StoryFinding findings[] = {
        {1, first_ns, first_ns, sample_finding(first_ns, "sample.seen", PHASE_INTRUSION)},
        {1, last_ns, last_ns, sample_finding(last_ns, "sample.seen2", PHASE_THEFT)},
    };
    const Story story = {.head = {.level = FINDING_HIGH,
                                  .revision = 1,
                                  .first_ns = first_ns,
                                  .last_ns = last_ns,
                                  .opened_ns = now_ns,
                                  .finding_count = ARRAY_COUNT(findings)},
                         .findings = findings,
                         .finding_count = ARRAY_COUNT(findings)};
    Notice *notice = new_notice(config, now_ns, arena);
    if (!notice) return -ENOMEM;
    notice->total = 1;
    int r = arena_format(arena, &notice->id, "test-%lld-%llx", (long long)now_ns,
                         (unsigned long long)stories_installation(stories));
    if (r == 0) r = tell_story(stories, &story, config, arena, notice);
    if (r == 0) *ret = notice;
    return r;
}
