/* When, who, from where, to what, with what result; how far it went; and the records behind it. */
#include "alert/page.h"

#include "alert/alert_words.h"

/* ---- the records */

/* Findings share records: each stands once. */
static bool is_collected(const Page *page, const FindingRecord *record)
{
    for (size_t i = 0; i < page->evidence_count; i++) {
        if (page->evidence[i].reference == record->reference) return true;
    }
    return false;
}

static void collect_record(const FindingRecord *record, const PageOptions *options, Arena *arena,
                           Page *page)
{
    if (is_collected(page, record)) return;
    if (page->evidence_count == PAGE_EVIDENCE_MAX) {
        page->evidence_left_out++;
        return;
    }
    page->evidence[page->evidence_count++] = (PageEvidence){
        .reference = record->reference,
        .time = alert_time_make(arena, record->time_ns, options->zone_offset_seconds,
                                options->language),
        .sentence =
            clean_text_make(arena, record->sentence[options->language], PAGE_SENTENCE_BYTES_MAX),
        .origin = clean_text_make(arena, record->origin, PAGE_VALUE_BYTES_MAX),
        .raw = clean_text_make(arena, record->raw, PAGE_RAW_BYTES_MAX),
    };
}

void page_collect_evidence(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    /* First one record of each finding, so that a loud one does not push out the others. */
    for (size_t turn = 0; turn < FINDING_RECORDS_MAX; turn++) {
        for (size_t i = 0; i < story->finding_count; i++) {
            const AlertFinding *finding = &story->findings[i].finding;
            if (turn < finding->record_count)
                collect_record(&finding->records[turn], options, arena, page);
        }
    }
}

static void add_ref(PageLine *line, unsigned number)
{
    for (size_t i = 0; i < line->ref_count; i++) {
        if (line->refs[i] == number) return;
    }
    if (line->ref_count < PAGE_REFS_MAX) line->refs[line->ref_count++] = number;
}

void page_add_refs(const Page *page, const StoryFinding *finding, PageLine *line)
{
    for (size_t i = 0; i < finding->finding.record_count; i++) {
        for (size_t k = 0; k < page->evidence_count; k++) {
            if (page->evidence[k].reference == finding->finding.records[i].reference)
                add_ref(line, (unsigned)(k + 1));
        }
    }
}

/* ---- names, each once */

typedef Slice (*NameOf)(const AlertFinding *finding);

static Slice name_user(const AlertFinding *finding)
{
    Slice person = finding_person(finding->user);
    return person.len > 0 ? person : finding->user;
}
static Slice name_source(const AlertFinding *finding)
{
    return finding_address(finding->source);
}
static Slice name_host(const AlertFinding *finding)
{
    return finding_machine(finding->host);
}
static Slice name_object(const AlertFinding *finding)
{
    return finding->object;
}

typedef struct Names {
    Slice list[STORY_FINDINGS_MAX];
    size_t count;
    PageLine line; /* only its refs are used */
} Names;

static void collect_name(Names *names, const Page *page, const StoryFinding *finding, Slice name)
{
    if (name.len == 0 || slice_eq(name, SLICE("-"))) return;
    bool known = false;
    for (size_t i = 0; i < names->count; i++)
        known = known || slice_eq_nocase(names->list[i], name);
    if (!known) names->list[names->count++] = name;
    page_add_refs(page, finding, &names->line);
}

static void collect_names(Names *names, const Story *story, const Page *page, NameOf name_of)
{
    *names = (Names){0};
    for (size_t i = 0; i < story->finding_count; i++) {
        const StoryFinding *finding = &story->findings[i];
        collect_name(names, page, finding, name_of(&finding->finding));
    }
}

static Slice list_names(const Names *names, Language language, Arena *arena)
{
    CLEANUP(buf_done) Buf list = {0};
    Slice kept = {0};
    size_t shown = names->count < PAGE_NAMES_MAX ? names->count : PAGE_NAMES_MAX;
    for (size_t i = 0; i < shown; i++) {
        if (i > 0) buf_add_cstr(&list, language == LANGUAGE_JA ? "、" : ", ");
        clean_text_add(&list, names->list[i], PAGE_VALUE_BYTES_MAX);
    }
    if (buf_error(&list) < 0 || arena_copy(arena, buf_slice(&list), &kept) < 0) return (Slice){0};
    if (shown == names->count) return kept;
    return ALERT_SAY(arena, "fact.more", language, {"list", kept},
                     {"count", alert_number_make(arena, names->count - shown)});
}

/* ---- the facts */

static void add_fact(Page *page, const char *label, Slice text, const PageLine *refs)
{
    PageLine *line = page_line(page, PAGE_FACTS, text);
    if (!line) return;
    if (refs) *line = *refs;
    line->text = text;
    line->label = alert_words(label, page->language);
}

static void tell_when(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    Language language = options->language;
    int zone = options->zone_offset_seconds;
    Slice first = alert_time_make(arena, story->head.first_ns, zone, language);
    Slice last = alert_time_make(arena, story->head.last_ns, zone, language);
    PageLine refs = {0};
    if (story->finding_count > 0) {
        page_add_refs(page, &story->findings[0], &refs);
        if (refs.ref_count > 1) refs.ref_count = 1;
        page_add_refs(page, &story->findings[story->finding_count - 1], &refs);
    }
    if (!slice_eq(first, last))
        first = ALERT_SAY(arena, "fact.span", language, {"first", first}, {"last", last});
    add_fact(page, "fact.when", first, &refs);
}

static void tell_names(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    static const struct {
        NameOf name_of;
        const char *label, *unknown;
    } facts[] = {
        {name_user, "fact.who", "fact.unknown_who"},
        {name_source, "fact.from", "fact.unknown_from"},
        {name_host, "fact.on", "fact.unknown_on"},
        {name_object, "fact.what", "fact.unknown_what"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(facts); i++) {
        Names names;
        collect_names(&names, story, page, facts[i].name_of);
        Slice text = names.count > 0 ? list_names(&names, options->language, arena)
                                     : alert_words(facts[i].unknown, options->language);
        add_fact(page, facts[i].label, text, &names.line);
    }
}

static void tell_result(const Story *story, const PageOptions *options, Page *page)
{
    static const char *const keys[] = {[OUTCOME_UNKNOWN] = "result.unknown",
                                       [OUTCOME_SUCCESS] = "result.success",
                                       [OUTCOME_FAILURE] = "result.failure"};
    Outcome result = OUTCOME_FAILURE;
    PageLine refs = {0};
    /* One success is what must be known; an unknown one forbids to say that all failed. */
    for (size_t i = 0; i < story->finding_count; i++) {
        Outcome outcome = story->findings[i].finding.outcome;
        if (outcome == OUTCOME_SUCCESS) result = OUTCOME_SUCCESS;
        if (outcome == OUTCOME_UNKNOWN && result == OUTCOME_FAILURE) result = OUTCOME_UNKNOWN;
    }
    for (size_t i = 0; i < story->finding_count; i++) {
        const StoryFinding *finding = &story->findings[i];
        if (finding->finding.outcome == result) page_add_refs(page, finding, &refs);
    }
    if (story->finding_count == 0) result = OUTCOME_UNKNOWN;
    add_fact(page, "fact.result", alert_words(keys[result], options->language), &refs);
}

void page_tell_facts(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    tell_when(story, options, arena, page);
    tell_names(story, options, arena, page);
    tell_result(story, options, page);
}

/* ---- how far */

static Slice span_words(int64_t ns, Language language, Arena *arena)
{
    int64_t seconds = ns > 0 ? ns / NS_PER_SECOND : 0;
    const char *key = "span.seconds";
    if (seconds >= 2 * 3600) {
        key = "span.hours";
        seconds /= 3600;
    } else if (seconds >= 120) {
        key = "span.minutes";
        seconds /= 60;
    }
    return ALERT_SAY(arena, key, language, {"count", alert_number_make(arena, (uint64_t)seconds)});
}

static void tell_counts(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    static const struct {
        NameOf name_of;
        const char *key;
    } counts[] = {
        {name_user, "far.people"},
        {name_host, "far.machines"},
        {name_source, "far.sources"},
        {name_object, "far.objects"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(counts); i++) {
        Names names;
        collect_names(&names, story, page, counts[i].name_of);
        if (names.count == 0) continue;
        PageLine *line =
            page_line(page, PAGE_FAR,
                      ALERT_SAY(arena, counts[i].key, options->language,
                                {"count", alert_number_make(arena, names.count)},
                                {"list", list_names(&names, options->language, arena)}));
        if (!line) continue;
        memcpy(line->refs, names.line.refs, sizeof line->refs);
        line->ref_count = names.line.ref_count;
    }
    Slice span = span_words(story->head.last_ns - story->head.first_ns, options->language, arena);
    page_line(page, PAGE_FAR,
              ALERT_SAY(arena, "far.count", options->language,
                        {"count", alert_number_make(arena, story->head.finding_count)},
                        {"span", span}));
}

static void tell_phases(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    CLEANUP(buf_done) Buf list = {0};
    Slice kept;
    PageLine refs = {0};
    for (size_t i = 0; i < story->finding_count; i++) {
        AttackPhase phase = story->findings[i].finding.phase;
        if (phase == PHASE_NONE || page->phases[phase]) continue;
        page->phases[phase] = true;
        page_add_refs(page, &story->findings[i], &refs);
    }
    for (int phase = PHASE_INTRUSION; phase < PHASE_COUNT; phase++) {
        if (!page->phases[phase]) continue;
        if (list.len > 0) buf_add_cstr(&list, options->language == LANGUAGE_JA ? "→" : " > ");
        buf_add_slice(&list, page->phase_words[phase]);
    }
    if (list.len == 0) {
        page_line(page, PAGE_FAR, alert_words("far.no_phase", options->language));
        return;
    }
    if (arena_copy(arena, buf_slice(&list), &kept) < 0) return;
    PageLine *line = page_line(page, PAGE_FAR,
                               ALERT_SAY(arena, "far.phases", options->language, {"list", kept}));
    if (!line) return;
    memcpy(line->refs, refs.refs, sizeof line->refs);
    line->ref_count = refs.ref_count;
}

static void tell_similar(const PageOptions *options, Arena *arena, Page *page)
{
    Language language = options->language;
    CLEANUP(buf_done) Buf list = {0};
    Slice kept;
    for (size_t i = 0; i < options->similar_count; i++) {
        const StoryHead *head = &options->similar[i];
        if (i > 0) buf_add_cstr(&list, language == LANGUAGE_JA ? "、" : ", ");
        const AlertPart parts[ALERT_PARTS_MAX] = {
            {"id", alert_number_make(arena, head->id)},
            {"time",
             alert_time_make(arena, head->first_ns, options->zone_offset_seconds, language)},
            {"reason",
             alert_words_of("reason",
                            story_reason_token(head->reason ? head->reason : STORY_REASON_RESOLVED),
                            language)},
        };
        alert_words_add(&list, "far.similar_one", language, parts);
    }
    if (list.len == 0 || arena_copy(arena, buf_slice(&list), &kept) < 0) return;
    page_line(page, PAGE_FAR, ALERT_SAY(arena, "far.similar", language, {"list", kept}));
}

void page_tell_far(const Story *story, const PageOptions *options, Arena *arena, Page *page)
{
    tell_counts(story, options, arena, page);
    tell_phases(story, options, arena, page);
    tell_similar(options, arena, page);
}
