/* Stories told: the parts of the page that come from the rules' words. */
#include "alert/page.h"

#include "alert/alert_words.h"

#include <errno.h>
#include <stdio.h>

static const char *const level_shapes[FINDING_LEVEL_COUNT] = {"・", "○", "●", "▲", "◆"};

PageLine *page_line(Page *page, PagePart part, Slice text)
{
    PageSection *section = &page->parts[part];
    if (section->count == PAGE_LINES_MAX || text.len == 0) return NULL;
    PageLine *line = &section->lines[section->count++];
    line->text = text;
    return line;
}

static bool has_line(const PageSection *section, Slice text)
{
    for (size_t i = 0; i < section->count; i++) {
        if (slice_eq(section->lines[i].text, text)) return true;
    }
    return false;
}

/* One sentence or step is said once, with the records of all findings that lead to it. */
static void add_once(Page *page, PagePart part, Slice text, size_t most,
                     const StoryFinding *finding)
{
    PageSection *section = &page->parts[part];
    PageLine *line = NULL;
    if (text.len == 0) return;
    for (size_t i = 0; i < section->count; i++) {
        if (slice_eq(section->lines[i].text, text)) line = &section->lines[i];
    }
    if (!line && section->count < most) line = page_line(page, part, text);
    if (line && finding) page_add_refs(page, finding, line);
}

/* ---- what happened */

static Slice seen_words(const AlertFinding *finding, Language language, Arena *arena)
{
    const FindingWords *words = &finding->words[language];
    Slice seen = clean_text_make(arena, words->seen, PAGE_SENTENCE_BYTES_MAX);
    if (seen.len > 0) return seen;
    Slice title = clean_text_make(arena, words->title.len ? words->title : finding->rule,
                                  PAGE_VALUE_BYTES_MAX);
    if (finding->record_count > 0)
        seen =
            clean_text_make(arena, finding->records[0].sentence[language], PAGE_SENTENCE_BYTES_MAX);
    if (seen.len > 0)
        return ALERT_SAY(arena, "happened.rule", language, {"seen", seen}, {"title", title});
    return ALERT_SAY(arena, "happened.title", language, {"title", title});
}

static Slice happened_words(const StoryFinding *seen, const PageOptions *options, Arena *arena)
{
    Language language = options->language;
    Slice words = seen_words(&seen->finding, language, arena);
    if (seen->count > 1) {
        words = ALERT_SAY(arena, "happened.times", language, {"seen", words},
                          {"count", alert_number_make(arena, seen->count)});
    }
    Slice time = alert_time_make(arena, seen->first_ns, options->zone_offset_seconds, language);
    return ALERT_SAY(arena, "happened.line", language, {"time", time}, {"seen", words});
}

/* When there are more than fit, the worst are told; all of them in order of time. */
static FindingLevel least_told(const Story *story)
{
    if (story->finding_count <= PAGE_HAPPENED_MAX) return FINDING_INFORMATIONAL;
    for (int level = FINDING_INFORMATIONAL + 1; level <= FINDING_CRITICAL; level++) {
        size_t count = 0;
        for (size_t i = 0; i < story->finding_count; i++)
            count += story->findings[i].finding.level >= (FindingLevel)level;
        if (count == 0) return (FindingLevel)(level - 1); /* all that are left are alike */
        if (count <= PAGE_HAPPENED_MAX) return (FindingLevel)level;
    }
    return FINDING_CRITICAL;
}

static void tell_happened(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    FindingLevel least = least_told(story);
    PageSection *section = &page->parts[PAGE_HAPPENED];
    for (size_t i = 0; i < story->finding_count && section->count < PAGE_HAPPENED_MAX; i++) {
        const StoryFinding *finding = &story->findings[i];
        if (finding->finding.level < least) continue;
        PageLine *line = page_line(page, PAGE_HAPPENED, happened_words(finding, options, arena));
        if (line) page_add_refs(page, finding, line);
    }
    size_t left = story->finding_count - section->count + story->unshown_count;
    if (left == 0) return;
    page_line(page, PAGE_HAPPENED,
              ALERT_SAY(arena, "happened.more", options->language,
                        {"count", alert_number_make(arena, left)}));
}

/* ---- why, what to do, whom to call */

static AttackPhase last_phase(const Story *story)
{
    AttackPhase last = PHASE_NONE;
    for (size_t i = 0; i < story->finding_count; i++) {
        if (story->findings[i].finding.phase > last) last = story->findings[i].finding.phase;
    }
    return last;
}

static void tell_why(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    for (size_t i = 0; i < story->finding_count; i++) {
        const StoryFinding *seen = &story->findings[i];
        Slice why = clean_text_make(arena, seen->finding.words[options->language].why,
                                    PAGE_SENTENCE_BYTES_MAX);
        /* A rule that does not say why is spoken for by its phase. */
        if (why.len == 0)
            why =
                alert_words_of("why", finding_phase_token(seen->finding.phase), options->language);
        add_once(page, PAGE_WHY, why, 4, seen);
    }
}

static void add_steps(Page *page, PagePart part, Slice lines, char separator, size_t most,
                      Arena *arena)
{
    Slice step;
    while (slice_cut(&lines, separator, &step)) {
        Slice words = clean_text_make(arena, step, PAGE_SENTENCE_BYTES_MAX);
        if (!has_line(&page->parts[part], words)) add_once(page, part, words, most, NULL);
    }
}

static void tell_todo(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    Language language = options->language;
    size_t most = PAGE_TODO_MAX - 1; /* the last line is about this page itself */
    for (int level = FINDING_CRITICAL; level >= FINDING_INFORMATIONAL; level--) {
        for (size_t i = 0; i < story->finding_count; i++) {
            const AlertFinding *finding = &story->findings[i].finding;
            if (finding->level != (FindingLevel)level) continue;
            add_steps(page, PAGE_TODO, finding->words[language].todo, '\n', most, arena);
        }
    }
    if (page->parts[PAGE_TODO].count == 0) {
        Slice steps = alert_words_of("todo", finding_phase_token(last_phase(story)), language);
        add_steps(page, PAGE_TODO, steps, '|', most, arena);
    }
    page_line(
        page, PAGE_TODO,
        ALERT_SAY(arena, "todo.ack", language, {"id", alert_number_make(arena, story->head.id)}));
}

static void tell_call(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    for (size_t i = 0; i < story->finding_count; i++) {
        Slice call = story->findings[i].finding.words[options->language].call;
        add_steps(page, PAGE_CALL, call, '\n', PAGE_CALL_MAX, arena);
    }
    add_steps(page, PAGE_CALL, options->contacts, '\n', PAGE_CALL_MAX, arena);
    if (page->parts[PAGE_CALL].count == 0)
        page_line(page, PAGE_CALL, alert_words("call.none", options->language));
}

static void tell_history(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    size_t first =
        story->history_count > PAGE_LINES_MAX ? story->history_count - PAGE_LINES_MAX : 0;
    for (size_t i = first; i < story->history_count; i++) {
        const StoryHistory *at = &story->history[i];
        CLEANUP(buf_done) Buf words = {0};
        Slice kept = {0};
        buf_add_slice(&words, alert_words_of("act", story_act_token(at->act), options->language));
        if (at->who.len > 0) {
            buf_add_cstr(&words, options->language == LANGUAGE_JA ? "　" : " - ");
            clean_text_add(&words, at->who, PAGE_VALUE_BYTES_MAX);
        }
        if (at->note.len > 0) {
            buf_add_cstr(&words, options->language == LANGUAGE_JA ? "：" : ": ");
            clean_text_add(&words, at->note, PAGE_SENTENCE_BYTES_MAX);
        }
        if (buf_error(&words) < 0 || arena_copy(arena, buf_slice(&words), &kept) < 0) return;
        PageLine *line = page_line(page, PAGE_HISTORY, kept);
        if (line)
            line->label =
                alert_time_make(arena, at->at_ns, options->zone_offset_seconds, options->language);
    }
}

/* ---- the head */

static Slice story_title(const Story *story, Language language, Arena *arena)
{
    const AlertFinding *main = story_main_finding(story);
    if (!main) return alert_words("why.none", language);
    Slice title = main->words[language].title;
    return clean_text_make(arena, title.len > 0 ? title : main->rule, PAGE_VALUE_BYTES_MAX);
}

static Slice state_words(const Story *story, Language language, Arena *arena)
{
    Slice state = alert_words_of("state", story_state_token(story->head.state), language);
    if (story->head.state == STORY_CLOSED && story->head.reason != STORY_REASON_NONE) {
        CLEANUP(buf_done) Buf words = {0};
        Slice kept;
        buf_add_slice(&words, state);
        buf_add_cstr(&words, language == LANGUAGE_JA ? "・" : ", ");
        buf_add_slice(&words,
                      alert_words_of("reason", story_reason_token(story->head.reason), language));
        if (arena_copy(arena, buf_slice(&words), &kept) == 0) state = kept;
    }
    return ALERT_SAY(arena, "page.state", language, {"state", state});
}

static void tell_head(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    Language language = options->language;
    const char *level = finding_level_token(story->head.level);
    char act[32];
    page->language = language;
    page->level = story->head.level;
    page->id = story->head.id;
    page->shape = level_shapes[page->level];
    page->level_word = alert_words_of("level", level, language);
    snprintf(act, sizeof act, "%s.act", level);
    page->level_act = alert_words_of("level", act, language);
    page->name = alert_words("page.name", language);
    page->number =
        ALERT_SAY(arena, "page.number", language, {"id", alert_number_make(arena, page->id)});
    page->title = story_title(story, language, arena);
    page->state = state_words(story, language, arena);
    page->zone = ALERT_SAY(arena, "page.zone", language,
                           {"zone", alert_zone_make(arena, options->zone_offset_seconds)});
    if (options->now_ns != TIME_UNKNOWN) {
        page->made_ns = options->now_ns;
        Slice now = alert_time_make(arena, options->now_ns, options->zone_offset_seconds, language);
        page->made = ALERT_SAY(arena, "page.made", language, {"time", now});
    }
    page->footer = alert_words("footer", language);
    if (options->link && options->link[0] &&
        arena_format(arena, &page->link, "%s/alerts/%llu", options->link,
                     (unsigned long long)page->id) < 0)
        page->link = (Slice){0};
}

static void name_parts(Page *page)
{
    static const char *const titles[PAGE_PART_COUNT] = {
        "section.facts", "section.happened", "section.why",    "section.far",
        "section.todo",  "section.call",     "section.history"};
    for (int part = 0; part < PAGE_PART_COUNT; part++)
        page->parts[part].title = alert_words(titles[part], page->language);
    page->parts[PAGE_TODO].numbered = true;
    for (int phase = PHASE_INTRUSION; phase < PHASE_COUNT; phase++)
        page->phase_words[phase] =
            alert_words_of("phase", finding_phase_token((AttackPhase)phase), page->language);
}

int page_make(const Story *story, const PageOptions *options, Arena *arena, const Page **ret)
{
    Page *page = ARENA_NEW(arena, Page);
    if (!page) return -ENOMEM;
    tell_head(story, options, arena, page);
    name_parts(page);
    page_collect_evidence(story, options, arena, page);
    page_tell_facts(story, options, arena, page);
    tell_happened(story, options, arena, page);
    tell_why(story, options, arena, page);
    page_tell_far(story, options, arena, page);
    tell_todo(story, options, arena, page);
    tell_call(story, options, arena, page);
    tell_history(story, options, arena, page);
    *ret = page;
    return 0;
}
