#include "server/api/api_story_words.h"

#include "alert/alert_words.h"

#include <stdio.h>

static Slice cleaned(Arena *arena, Slice text)
{
    return clean_text_make(arena, text, PAGE_SENTENCE_BYTES_MAX);
}

/* The words of one language, else of the other, else the rule's name. */
static Slice either(Slice first, Slice second, Slice last)
{
    return first.len > 0 ? first : second.len > 0 ? second : last;
}

static void add_title(ApiJson *json, const char *name, const AlertFinding *finding, Arena *arena)
{
    Slice ja = finding->words[LANGUAGE_JA].title, en = finding->words[LANGUAGE_EN].title;
    api_json_text2(json, name, cleaned(arena, either(ja, en, finding->rule)),
                   cleaned(arena, either(en, ja, finding->rule)));
}

static void add_sentence(ApiJson *json, const AlertFinding *finding, Arena *arena)
{
    const FindingRecord *record = finding->record_count > 0 ? &finding->records[0] : NULL;
    Slice ja = record ? record->sentence[LANGUAGE_JA] : finding->words[LANGUAGE_JA].seen;
    Slice en = record ? record->sentence[LANGUAGE_EN] : finding->words[LANGUAGE_EN].seen;
    api_json_text2(json, "sentence", cleaned(arena, either(ja, en, finding->rule)),
                   cleaned(arena, either(en, ja, finding->rule)));
}

/* The last person who did something to it. */
static Slice last_person(const Story *story)
{
    for (size_t i = story->history_count; i > 0; i--) {
        if (story->history[i - 1].who.len > 0) return story->history[i - 1].who;
    }
    return (Slice){0};
}

static void add_main(ApiJson *json, const Story *story, Arena *arena)
{
    static const AlertFinding none = {.rule = SLICE_INIT("-")};
    const AlertFinding *main = story_main_finding(story);
    if (!main) main = &none;
    if (main->phase != PHASE_NONE) api_json_cstr(json, "phase", finding_phase_token(main->phase));
    add_title(json, "title", main, arena);
    add_sentence(json, main, arena);
    api_json_text_if(json, "user", cleaned(arena, main->user));
    api_json_text_if(json, "host", cleaned(arena, main->host));
    api_json_text_if(json, "address", cleaned(arena, main->source));
}

void api_story_head_add(ApiJson *json, const char *name, const Story *story, Arena *arena)
{
    const StoryHead *head = &story->head;
    api_json_object(json, name);
    api_json_count(json, "id", head->id);
    api_json_cstr(json, "state", story_state_token(head->state));
    if (head->state == STORY_CLOSED && head->reason != STORY_REASON_NONE)
        api_json_cstr(json, "reason", story_reason_token(head->reason));
    api_json_cstr(json, "level", finding_level_token(head->level));
    add_main(json, story, arena);
    api_json_time(json, "first", head->first_ns);
    api_json_time(json, "last", head->last_ns);
    api_json_time(json, "opened", head->opened_ns);
    api_json_count(json, "findings", head->finding_count);
    api_json_count(json, "escalations", head->escalations);
    api_json_text_if(json, "by", last_person(story));
    api_json_end_object(json);
}

/* ---- the page -------------------------------------------------------------------------------- */

static Slice fact(const Page *page, const char *key)
{
    const PageSection *facts = &page->parts[PAGE_FACTS];
    Slice label = alert_words(key, page->language);
    for (size_t i = 0; i < facts->count; i++) {
        if (slice_eq(facts->lines[i].label, label)) return facts->lines[i].text;
    }
    return (Slice){0};
}

static void add_facts(ApiJson *json, const Page *const pages[2])
{
    static const struct {
        const char *name, *key;
    } facts[] = {{"when", "fact.when"},
                 {"who", "fact.who"},
                 {"where", "fact.on"},
                 {"what", "fact.what"},
                 {"result", "fact.result"}};
    for (size_t i = 0; i < ARRAY_COUNT(facts); i++) {
        api_json_text2(json, facts[i].name, fact(pages[LANGUAGE_JA], facts[i].key),
                       fact(pages[LANGUAGE_EN], facts[i].key));
    }
}

/* The record that a line rests on, as a path of the page. */
static void add_link(ApiJson *json, const Page *page, const PageLine *line)
{
    char link[48];
    if (line->ref_count == 0 || line->refs[0] > page->evidence_count) return;
    snprintf(link, sizeof link, "/records/%llu",
             (unsigned long long)page->evidence[line->refs[0] - 1].reference);
    api_json_cstr(json, "link", link);
}

/* Both pages come of the same tables, so their lines stand in the same order. */
static void add_steps(ApiJson *json, const char *name, PagePart part, const Page *const pages[2])
{
    const PageSection *ja = &pages[LANGUAGE_JA]->parts[part];
    const PageSection *en = &pages[LANGUAGE_EN]->parts[part];
    api_json_list(json, name);
    for (size_t i = 0; i < ja->count || i < en->count; i++) {
        Slice here = i < ja->count ? ja->lines[i].text : en->lines[i].text;
        Slice there = i < en->count ? en->lines[i].text : here;
        api_json_object(json, NULL);
        api_json_text2(json, "words", here, there);
        if (i < ja->count) add_link(json, pages[LANGUAGE_JA], &ja->lines[i]);
        api_json_end_object(json);
    }
    api_json_end_list(json);
}

void api_story_page_add(ApiJson *json, const Page *const pages[2])
{
    add_facts(json, pages);
    add_steps(json, "why", PAGE_WHY, pages);
    add_steps(json, "reach", PAGE_FAR, pages);
    add_steps(json, "first_steps", PAGE_TODO, pages);
    add_steps(json, "call", PAGE_CALL, pages);
    api_json_list(json, "phases");
    for (int phase = PHASE_INTRUSION; phase < PHASE_COUNT; phase++) {
        api_json_object(json, NULL);
        api_json_cstr(json, "phase", finding_phase_token((AttackPhase)phase));
        api_json_boolean(json, "seen", pages[LANGUAGE_JA]->phases[phase]);
        api_json_end_object(json);
    }
    api_json_end_list(json);
}

/* ---- what it is made of ---------------------------------------------------------------------- */

static void add_finding(ApiJson *json, const StoryFinding *seen, Arena *arena)
{
    const AlertFinding *finding = &seen->finding;
    Slice tags = finding->tags, tag;
    api_json_object(json, NULL);
    api_json_text(json, "rule", finding->rule);
    add_title(json, "title", finding, arena);
    api_json_cstr(json, "level", finding_level_token(finding->level));
    api_json_list(json, "tags");
    while (slice_cut(&tags, ' ', &tag))
        api_json_text_if(json, NULL, tag);
    api_json_end_list(json);
    api_json_count(json, "count", seen->count);
    api_json_time(json, "first", seen->first_ns);
    api_json_time(json, "last", seen->last_ns);
    api_json_list(json, "rows");
    for (size_t i = 0; i < finding->record_count; i++)
        api_json_count(json, NULL, finding->records[i].reference);
    api_json_end_list(json);
    api_json_end_object(json);
}

void api_story_findings_add(ApiJson *json, const Story *story)
{
    Arena arena = arena_make((size_t)8 << 20);
    api_json_list(json, "findings");
    for (size_t i = 0; i < story->finding_count; i++)
        add_finding(json, &story->findings[i], &arena);
    api_json_end_list(json);
    arena_done(&arena);
}

void api_story_history_add(ApiJson *json, const Story *story)
{
    api_json_list(json, "history");
    for (size_t i = 0; i < story->history_count; i++) {
        const StoryHistory *step = &story->history[i];
        api_json_object(json, NULL);
        api_json_time(json, "at", step->at_ns);
        api_json_cstr(json, "act", story_act_token(step->act));
        api_json_cstr(json, "before", story_state_token(step->before));
        api_json_cstr(json, "after", story_state_token(step->after));
        api_json_text_if(json, "who", step->who);
        api_json_text_if(json, "note", step->note);
        api_json_end_object(json);
    }
    api_json_end_list(json);
}
