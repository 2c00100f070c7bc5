/* The page as plain text: for mails, terminals and chats. */
#include "alert/alert_words.h"
#include "alert/page.h"

static void add_refs(Buf *to, const Page *page, const PageLine *line)
{
    if (line->ref_count == 0) return;
    buf_add_cstr(to, " [");
    for (size_t i = 0; i < line->ref_count; i++) {
        if (i > 0) buf_add_cstr(to, page->language == LANGUAGE_JA ? "・" : ", ");
        buf_add_u64(to, line->refs[i]);
    }
    buf_add_char(to, ']');
}

static void add_section(Buf *to, const Page *page, const PageSection *section)
{
    if (section->count == 0) return;
    buf_add_cstr(to, "\n== ");
    buf_add_slice(to, section->title);
    buf_add_cstr(to, "\n");
    for (size_t i = 0; i < section->count; i++) {
        const PageLine *line = &section->lines[i];
        if (section->numbered)
            buf_add_format(to, "%zu. ", i + 1);
        else
            buf_add_cstr(to, "- ");
        if (line->label.len > 0) {
            buf_add_slice(to, line->label);
            buf_add_cstr(to, page->language == LANGUAGE_JA ? "：" : ": ");
        }
        buf_add_slice(to, line->text);
        add_refs(to, page, line);
        buf_add_char(to, '\n');
    }
}

static void add_evidence(Buf *to, const Page *page)
{
    buf_add_cstr(to, "\n== ");
    buf_add_slice(to, alert_words("section.evidence", page->language));
    buf_add_char(to, '\n');
    for (size_t i = 0; i < page->evidence_count; i++) {
        const PageEvidence *evidence = &page->evidence[i];
        buf_add_format(to, "[%zu] ", i + 1);
        buf_add_slice(to, evidence->time);
        buf_add_char(to, ' ');
        buf_add_slice(to, evidence->sentence);
        buf_add_cstr(to, "\n    ");
        buf_add_slice(to, evidence->raw);
        buf_add_char(to, '\n');
    }
    const char *more = page->evidence_count == 0     ? "evidence.none"
                       : page->evidence_left_out > 0 ? "evidence.more"
                                                     : NULL;
    if (!more) return;
    buf_add_slice(to, alert_words(more, page->language));
    buf_add_char(to, '\n');
}

static void add_line(Buf *to, Slice line)
{
    if (line.len == 0) return;
    buf_add_slice(to, line);
    buf_add_char(to, '\n');
}

void page_add_text(Buf *to, const Page *page)
{
    buf_add_format(to, "%s %.*s - %.*s\n", page->shape, SLICE_FMT(page->level_word),
                   SLICE_FMT(page->level_act));
    add_line(to, page->title);
    buf_add_format(to, "%.*s  %.*s\n", SLICE_FMT(page->number), SLICE_FMT(page->state));
    static const PagePart order[] = {PAGE_FACTS, PAGE_TODO, PAGE_CALL,   PAGE_HAPPENED,
                                     PAGE_WHY,   PAGE_FAR,  PAGE_HISTORY};
    for (size_t i = 0; i < ARRAY_COUNT(order); i++)
        add_section(to, page, &page->parts[order[i]]);
    add_evidence(to, page);
    buf_add_char(to, '\n');
    if (page->link.len > 0) {
        const AlertPart parts[ALERT_PARTS_MAX] = {{"link", page->link}};
        alert_words_add(to, "tell.link", page->language, parts);
        buf_add_char(to, '\n');
    }
    add_line(to, page->zone);
    add_line(to, page->made);
    add_line(to, page->footer);
}
