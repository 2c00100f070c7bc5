/* The page as one HTML file. It is opened from mails and disks, where no server sends a policy: so
 * it carries its own, has no script, and loads nothing. */
#include "alert/alert_words.h"
#include "alert/page.h"

#include <stdio.h>

#include "alert/alert_page_css.inc" /* of alert_page.css, by tools/embed.py */

/* OWASP, Cross Site Scripting Prevention, rule 1 and 2: for elements and attributes in double
 * quotes. The texts are clean_text already. */
static void add(Buf *to, Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&': buf_add_cstr(to, "&amp;"); break;
        case '<': buf_add_cstr(to, "&lt;"); break;
        case '>': buf_add_cstr(to, "&gt;"); break;
        case '"': buf_add_cstr(to, "&quot;"); break;
        case '\'': buf_add_cstr(to, "&#39;"); break;
        default: buf_add_char(to, text.ptr[i]);
        }
    }
}

static void add_element(Buf *to, const char *name, const char *class, Slice text)
{
    if (text.len == 0) return;
    buf_add_format(to, "<%s class=\"%s\">", name, class);
    add(to, text);
    buf_add_format(to, "</%s>\n", name);
}

static void add_refs(Buf *to, const Page *page, const PageLine *line)
{
    if (line->ref_count == 0) return;
    buf_add_cstr(to, " <span class=\"refs\">");
    for (size_t i = 0; i < line->ref_count; i++) {
        char number[16];
        int len = snprintf(number, sizeof number, "%u", line->refs[i]);
        const AlertPart parts[ALERT_PARTS_MAX] = {{"number", slice_of(number, (size_t)len)}};
        buf_add_format(to, "<a href=\"#r%u\">", line->refs[i]);
        alert_words_add(to, "page.ref", page->language, parts);
        buf_add_cstr(to, "</a> ");
    }
    buf_add_cstr(to, "</span>");
}

static void add_facts(Buf *to, const Page *page)
{
    const PageSection *facts = &page->parts[PAGE_FACTS];
    buf_add_cstr(to, "<section class=\"facts\"><h2>");
    add(to, facts->title);
    buf_add_cstr(to, "</h2>\n<table><tbody>\n");
    for (size_t i = 0; i < facts->count; i++) {
        buf_add_cstr(to, "<tr><th scope=\"row\">");
        add(to, facts->lines[i].label);
        buf_add_cstr(to, "</th><td>");
        add(to, facts->lines[i].text);
        add_refs(to, page, &facts->lines[i]);
        buf_add_cstr(to, "</td></tr>\n");
    }
    buf_add_cstr(to, "</tbody></table></section>\n");
}

static void add_section(Buf *to, const Page *page, PagePart part, const char *class)
{
    const PageSection *section = &page->parts[part];
    const char *list = section->numbered ? "ol" : "ul";
    if (section->count == 0) return;
    buf_add_format(to, "<section class=\"%s\"><h2>", class);
    add(to, section->title);
    buf_add_format(to, "</h2>\n<%s>\n", list);
    for (size_t i = 0; i < section->count; i++) {
        const PageLine *line = &section->lines[i];
        buf_add_cstr(to, "<li>");
        if (line->label.len > 0) add_element(to, "b", "when", line->label);
        add(to, line->text);
        add_refs(to, page, line);
        buf_add_cstr(to, "</li>\n");
    }
    buf_add_format(to, "</%s></section>\n", list);
}

static void add_phases(Buf *to, const Page *page)
{
    buf_add_cstr(to, "<ol class=\"phases\">");
    for (int phase = PHASE_INTRUSION; phase < PHASE_COUNT; phase++) {
        buf_add_format(to, "<li class=\"%s\">%s", page->phases[phase] ? "met" : "unmet",
                       page->phases[phase] ? "■ " : "□ ");
        add(to, page->phase_words[phase]);
        buf_add_cstr(to, "</li>");
    }
    buf_add_cstr(to, "</ol>\n");
}

static void add_evidence_row(Buf *to, const Page *page, size_t i)
{
    const PageEvidence *evidence = &page->evidence[i];
    buf_add_format(to, "<tr id=\"r%zu\"><th scope=\"row\">%zu</th><td class=\"time\">", i + 1,
                   i + 1);
    add(to, evidence->time);
    buf_add_cstr(to, "</td><td>");
    add(to, evidence->sentence);
    if (evidence->origin.len > 0) {
        buf_add_cstr(to, "<div class=\"origin\">");
        add(to, alert_words("evidence.origin", page->language));
        buf_add_cstr(to, ": ");
        add(to, evidence->origin);
        buf_add_cstr(to, "</div>");
    }
    if (evidence->raw.len > 0) {
        buf_add_cstr(to, "<div class=\"raw\"><span>");
        add(to, alert_words("evidence.raw", page->language));
        buf_add_cstr(to, "</span> <code>");
        add(to, evidence->raw);
        buf_add_cstr(to, "</code></div>");
    }
    buf_add_cstr(to, "</td></tr>\n");
}

static void add_evidence(Buf *to, const Page *page)
{
    Language language = page->language;
    buf_add_cstr(to, "<section class=\"evidence\"><h2>");
    add(to, alert_words("section.evidence", language));
    buf_add_cstr(to, "</h2>\n");
    if (page->evidence_count > 0) {
        buf_add_cstr(to, "<table><thead><tr><th scope=\"col\">#</th><th scope=\"col\">");
        add(to, alert_words("evidence.time", language));
        buf_add_cstr(to, "</th><th scope=\"col\">");
        add(to, alert_words("evidence.record", language));
        buf_add_cstr(to, "</th></tr></thead><tbody>\n");
        for (size_t i = 0; i < page->evidence_count; i++)
            add_evidence_row(to, page, i);
        buf_add_cstr(to, "</tbody></table>\n");
    } else {
        add_element(to, "p", "note", alert_words("evidence.none", language));
    }
    if (page->evidence_left_out > 0)
        add_element(to, "p", "note", alert_words("evidence.more", language));
    buf_add_cstr(to, "</section>\n");
}

static void add_top(Buf *to, const Page *page)
{
    buf_add_format(to, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
                   page->language == LANGUAGE_JA ? "ja" : "en");
    buf_add_cstr(to, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "style-src 'unsafe-inline'\">\n<meta name=\"viewport\" "
                     "content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" "
                     "content=\"no-referrer\">\n<title>");
    add(to, page->title);
    buf_add_cstr(to, " – Akashi</title>\n<style>\n");
    buf_add_cstr(to, alert_page_css);
    buf_add_cstr(to, "</style>\n</head>\n<body>\n");
}

static void add_head(Buf *to, const Page *page)
{
    buf_add_format(to,
                   "<header class=\"level-%s\"><div class=\"level\"><span class=\"shape\" "
                   "aria-hidden=\"true\">%s</span> ",
                   finding_level_token(page->level), page->shape);
    add(to, page->level_word);
    buf_add_cstr(to, "<span class=\"act\">");
    add(to, page->level_act);
    buf_add_cstr(to, "</span></div>\n<div class=\"name\">");
    add(to, page->name);
    buf_add_cstr(to, "　");
    add(to, page->number);
    buf_add_cstr(to, "</div>\n");
    add_element(to, "h1", "title", page->title);
    add_element(to, "p", "state", page->state);
    buf_add_cstr(to, "</header>\n");
}

static void add_foot(Buf *to, const Page *page)
{
    buf_add_cstr(to, "<footer>\n");
    if (page->link.len > 0) {
        buf_add_cstr(to, "<p><a href=\"");
        add(to, page->link);
        buf_add_cstr(to, "\">");
        add(to, alert_words("tell.button", page->language));
        buf_add_cstr(to, "</a></p>\n");
    }
    add_element(to, "p", "note", page->zone);
    add_element(to, "p", "note", page->made);
    add_element(to, "p", "note", page->footer);
    buf_add_cstr(to, "</footer>\n</body>\n</html>\n");
}

void page_add_html(Buf *to, const Page *page)
{
    add_top(to, page);
    add_head(to, page);
    buf_add_cstr(to, "<main>\n");
    add_facts(to, page);
    add_section(to, page, PAGE_TODO, "todo");
    add_section(to, page, PAGE_CALL, "call");
    add_section(to, page, PAGE_HAPPENED, "happened");
    add_section(to, page, PAGE_WHY, "why");
    add_section(to, page, PAGE_FAR, "far");
    add_phases(to, page);
    add_evidence(to, page);
    add_section(to, page, PAGE_HISTORY, "history");
    buf_add_cstr(to, "</main>\n");
    add_foot(to, page);
}
