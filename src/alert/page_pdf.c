/* The page on paper: Pango sets the lines, Cairo writes the PDF with the glyphs used embedded.
 * First comes what must be done; the records follow on sheets of their own. */
#include "alert/alert_words.h"
#include "alert/page.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <pango/pangocairo.h>
#include <stdio.h>

/* In points, 1/72 inch: A4 (ISO 216) is 210 x 297 mm. */
#define PAPER_WIDTH 595.28
#define PAPER_HEIGHT 841.89
#define MARGIN 42.5
#define FOOT_HEIGHT 26.0
#define BODY_WIDTH (PAPER_WIDTH - 2 * MARGIN)
#define BODY_END (PAPER_HEIGHT - MARGIN - FOOT_HEIGHT)
/* Made to be told apart at a glance (universal design); Debian: fonts-morisawa-bizud-gothic. What
 * it lacks, and machines without it, get what fontconfig finds. */
#define FONT "BIZ UDPGothic, Noto Sans CJK JP, IPAexGothic, sans-serif"
#define PDF_BYTES_MAX ((size_t)16 << 20)
#define PDF_SHEETS_MAX 20
#define NO_BREAK "\xe2\x81\xa0" /* U+2060: no line ends here */

typedef struct Colour {
    double red, green, blue;
} Colour;
static const Colour ink = {0.10, 0.12, 0.14}, soft = {0.33, 0.37, 0.42},
                    line_grey = {0.79, 0.82, 0.85}, tint = {0.95, 0.96, 0.97};
static const Colour level_colours[FINDING_LEVEL_COUNT] = {{0.18, 0.36, 0.54},
                                                          {0.12, 0.43, 0.26},
                                                          {0.48, 0.36, 0.00},
                                                          {0.71, 0.28, 0.03},
                                                          {0.64, 0.05, 0.15}};

typedef struct Paper {
    const Page *page;
    cairo_t *cairo;
    PangoLayout *layout;
    double y;       /* of the next line's top */
    unsigned sheet; /* from 1 */
    bool full;      /* PDF_SHEETS_MAX sheets are written: nothing more is */
} Paper;

static void set_colour(Paper *paper, Colour colour)
{
    cairo_set_source_rgb(paper->cairo, colour.red, colour.green, colour.blue);
}

/* Sets the text; returns its height in points. */
static double set_text(Paper *paper, Slice text, double size, bool bold, double width)
{
    PangoFontDescription *font = pango_font_description_from_string(FONT);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    if (bold) pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(paper->layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(paper->layout, (int)(width * PANGO_SCALE));
    pango_layout_set_text(paper->layout, text.ptr ? text.ptr : "", (int)text.len);
    PangoRectangle box;
    pango_layout_get_extents(paper->layout, NULL, &box);
    return (double)box.height / PANGO_SCALE;
}

static void show_text(Paper *paper, double x, double y, Colour colour)
{
    set_colour(paper, colour);
    cairo_move_to(paper->cairo, x, y);
    pango_cairo_show_layout(paper->cairo, paper->layout);
}

static void fill_box(Paper *paper, double x, double y, double width, double height, Colour colour)
{
    set_colour(paper, colour);
    cairo_rectangle(paper->cairo, x, y, width, height);
    cairo_fill(paper->cairo);
}

/* ---- sheets */

static void add_foot(Paper *paper)
{
    const Page *page = paper->page;
    char number[32];
    double y = PAPER_HEIGHT - MARGIN - FOOT_HEIGHT + 8;
    CLEANUP(buf_done) Buf words = {0};
    fill_box(paper, MARGIN, y - 4, BODY_WIDTH, 0.5, line_grey);
    buf_add_format(&words, "%.*s　%.*s　%.*s", SLICE_FMT(page->zone), SLICE_FMT(page->made),
                   SLICE_FMT(page->footer));
    set_text(paper, buf_slice(&words), 7, false, BODY_WIDTH - 50);
    show_text(paper, MARGIN, y, soft);
    int len =
        snprintf(number, sizeof number, "%llu - %u", (unsigned long long)page->id, paper->sheet);
    set_text(paper, slice_of(number, (size_t)len), 7, false, 50);
    pango_layout_set_alignment(paper->layout, PANGO_ALIGN_RIGHT);
    show_text(paper, MARGIN + BODY_WIDTH - 50, y, soft);
    pango_layout_set_alignment(paper->layout, PANGO_ALIGN_LEFT);
}

static void end_sheet(Paper *paper)
{
    if (paper->full) return;
    add_foot(paper);
    cairo_show_page(paper->cairo);
}

static void begin_sheet(Paper *paper)
{
    end_sheet(paper);
    if (paper->sheet == PDF_SHEETS_MAX) paper->full = true;
    paper->sheet++;
    paper->y = MARGIN;
}

/* Room for that much, on this sheet or the next. False: there are no more sheets. */
static bool make_room(Paper *paper, double height)
{
    if (paper->y + height > BODY_END && paper->y > MARGIN) begin_sheet(paper);
    return !paper->full;
}

/* A text of its own at x; the next stands below it. */
static void add_text(Paper *paper, double x, Slice text, double size, bool bold, Colour colour)
{
    double width = PAPER_WIDTH - MARGIN - x;
    double height = set_text(paper, text, size, bold, width);
    if (!make_room(paper, height)) return;
    show_text(paper, x, paper->y, colour);
    paper->y += height;
}

/* ---- parts of the page */

static void add_head(Paper *paper)
{
    const Page *page = paper->page;
    Colour colour = level_colours[page->level];
    CLEANUP(buf_done) Buf words = {0};
    buf_add_format(&words, "%s %.*s", page->shape, SLICE_FMT(page->level_word));
    double top = paper->y;
    fill_box(paper, MARGIN, top, BODY_WIDTH, 30, colour);
    set_text(paper, buf_slice(&words), 17, true, 160);
    show_text(paper, MARGIN + 10, top + 5, (Colour){1, 1, 1});
    set_text(paper, page->level_act, 12, true, 220);
    show_text(paper, MARGIN + 130, top + 9, (Colour){1, 1, 1});
    buf_clear(&words);
    buf_add_format(&words, "%.*s　%.*s", SLICE_FMT(page->name), SLICE_FMT(page->number));
    set_text(paper, buf_slice(&words), 10, true, 180);
    pango_layout_set_alignment(paper->layout, PANGO_ALIGN_RIGHT);
    show_text(paper, MARGIN + BODY_WIDTH - 190, top + 10, (Colour){1, 1, 1});
    pango_layout_set_alignment(paper->layout, PANGO_ALIGN_LEFT);
    paper->y = top + 38;
    add_text(paper, MARGIN, page->title, 15, true, ink);
    paper->y += 2;
    add_text(paper, MARGIN, page->state, 8.5, false, soft);
}

static void add_heading(Paper *paper, Slice title)
{
    double height = set_text(paper, title, 11, true, BODY_WIDTH);
    paper->y += 8;
    if (!make_room(paper, height + 34)) return;
    fill_box(paper, MARGIN, paper->y + 1, 3.5, height - 2, level_colours[paper->page->level]);
    show_text(paper, MARGIN + 9, paper->y, ink);
    paper->y += height + 4;
}

static void add_refs(Buf *to, const Page *page, const PageLine *line)
{
    if (line->ref_count == 0) return;
    buf_add_cstr(to, page->language == LANGUAGE_JA ? " 〔" : " [");
    for (size_t i = 0; i < line->ref_count; i++)
        buf_add_format(to, "%s%u", i > 0 ? NO_BREAK "・" NO_BREAK : "", line->refs[i]);
    buf_add_cstr(to, page->language == LANGUAGE_JA ? "〕" : "]");
}

static void add_fact(Paper *paper, const PageLine *line)
{
    const double label_width = 62;
    CLEANUP(buf_done) Buf words = {0};
    buf_add_slice(&words, line->text);
    add_refs(&words, paper->page, line);
    double height = set_text(paper, buf_slice(&words), 9.5, false, BODY_WIDTH - label_width - 14);
    if (!make_room(paper, height + 5)) return;
    fill_box(paper, MARGIN, paper->y, label_width, height + 5, tint);
    fill_box(paper, MARGIN, paper->y + height + 5, BODY_WIDTH, 0.5, line_grey);
    show_text(paper, MARGIN + label_width + 8, paper->y + 2.5, ink);
    set_text(paper, line->label, 9.5, true, label_width - 8);
    show_text(paper, MARGIN + 6, paper->y + 2.5, ink);
    paper->y += height + 5.5;
}

static void add_item(Paper *paper, const PageSection *section, size_t i, double size, bool bold)
{
    const PageLine *line = &section->lines[i];
    CLEANUP(buf_done) Buf words = {0};
    char mark[16] = "・";
    if (line->label.len > 0) buf_add_format(&words, "%.*s　", SLICE_FMT(line->label));
    buf_add_slice(&words, line->text);
    add_refs(&words, paper->page, line);
    double x = MARGIN + 20,
           height = set_text(paper, buf_slice(&words), size, bold, BODY_WIDTH - 24);
    if (!make_room(paper, height + 3)) return;
    show_text(paper, x, paper->y, ink);
    if (section->numbered) snprintf(mark, sizeof mark, "%zu.", i + 1);
    set_text(paper, slice_from_cstr(mark), size, bold, 20);
    show_text(paper, MARGIN + 5, paper->y, ink);
    paper->y += height + 4;
}

static void add_section(Paper *paper, PagePart part, double size, bool bold)
{
    const PageSection *section = &paper->page->parts[part];
    if (section->count == 0) return;
    add_heading(paper, section->title);
    for (size_t i = 0; i < section->count && !paper->full; i++)
        add_item(paper, section, i, size, bold);
}

/* A frame around the steps, when they stand on one sheet. */
static void add_todo(Paper *paper)
{
    unsigned sheet = paper->sheet;
    double top = paper->y + 4;
    add_section(paper, PAGE_TODO, 10, true);
    if (paper->sheet != sheet || paper->full) return;
    set_colour(paper, ink);
    cairo_set_line_width(paper->cairo, 1.2);
    cairo_rectangle(paper->cairo, MARGIN - 6, top - 2, BODY_WIDTH + 12, paper->y - top + 5);
    cairo_stroke(paper->cairo);
    paper->y += 6;
}

/* Five boxes in a row: met ones filled, with a sign, so that they differ without colour. */
static void add_phases(Paper *paper)
{
    const Page *page = paper->page;
    double width = BODY_WIDTH / (PHASE_COUNT - 1);
    if (!make_room(paper, 24)) return;
    for (int phase = PHASE_INTRUSION; phase < PHASE_COUNT; phase++) {
        double x = MARGIN + (phase - 1) * width;
        CLEANUP(buf_done) Buf words = {0};
        bool met = page->phases[phase];
        fill_box(paper, x + 1, paper->y + 2, width - 2, 18,
                 met ? level_colours[page->level] : tint);
        buf_add_format(&words, "%s %.*s", met ? "■" : "□", SLICE_FMT(page->phase_words[phase]));
        set_text(paper, buf_slice(&words), 9, met, width - 10);
        show_text(paper, x + 8, paper->y + 5, met ? (Colour){1, 1, 1} : soft);
    }
    paper->y += 24;
}

static void add_record(Paper *paper, size_t i)
{
    const PageEvidence *evidence = &paper->page->evidence[i];
    CLEANUP(buf_done) Buf words = {0};
    buf_add_format(&words, "〔%zu〕 %.*s", i + 1, SLICE_FMT(evidence->time));
    if (!make_room(paper, 44)) return;
    paper->y += 3;
    add_text(paper, MARGIN, buf_slice(&words), 8.5, true, ink);
    paper->y += 1.5;
    if (evidence->sentence.len) add_text(paper, MARGIN + 20, evidence->sentence, 9, false, ink);
    paper->y += 1.5;
    buf_clear(&words);
    buf_add_format(&words, "%.*s: %.*s",
                   SLICE_FMT(alert_words("evidence.raw", paper->page->language)),
                   SLICE_FMT(evidence->raw));
    if (evidence->raw.len) add_text(paper, MARGIN + 20, buf_slice(&words), 7.5, false, soft);
    paper->y += 2;
    if (!paper->full) fill_box(paper, MARGIN, paper->y, BODY_WIDTH, 0.4, line_grey);
}

static void add_evidence(Paper *paper)
{
    const Page *page = paper->page;
    Language language = page->language;
    if (page->evidence_count == 0) {
        add_text(paper, MARGIN, alert_words("evidence.none", language), 9, false, soft);
        return;
    }
    begin_sheet(paper);
    add_heading(paper, alert_words("section.evidence", language));
    for (size_t i = 0; i < page->evidence_count && !paper->full; i++)
        add_record(paper, i);
    if (page->evidence_left_out > 0)
        add_text(paper, MARGIN, alert_words("evidence.more", language), 9, false, soft);
}

static void draw(Paper *paper)
{
    const PageSection *facts = &paper->page->parts[PAGE_FACTS];
    paper->sheet = 1;
    paper->y = MARGIN;
    add_head(paper);
    add_heading(paper, facts->title);
    for (size_t i = 0; i < facts->count; i++)
        add_fact(paper, &facts->lines[i]);
    paper->y += 6;
    add_todo(paper);
    add_section(paper, PAGE_CALL, 10, true);
    add_section(paper, PAGE_HAPPENED, 9, false);
    add_section(paper, PAGE_WHY, 9, false);
    add_section(paper, PAGE_FAR, 9, false);
    add_phases(paper);
    add_evidence(paper);
    add_section(paper, PAGE_HISTORY, 9, false);
    end_sheet(paper);
}

/* ---- the document */

static cairo_status_t write_piece(void *closure, const unsigned char *bytes, unsigned int len)
{
    Buf *to = closure;
    buf_add(to, bytes, len);
    return buf_error(to) < 0 ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void describe(cairo_surface_t *surface, const Page *page)
{
    CLEANUP(buf_done) Buf title = {0};
    buf_add_format(&title, "%.*s %.*s", SLICE_FMT(page->number), SLICE_FMT(page->title));
    buf_add_char(&title, '\0');
    if (buf_error(&title) == 0)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title.ptr);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Akashi");
    /* Else Cairo asks the clock, and the same page would not give the same bytes. */
    char made[TIME_TEXT_MAX + 1];
    made[time_print_rfc3339(made, page->made_ns / NS_PER_SECOND * NS_PER_SECOND)] = '\0';
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, made);
    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5);
}

static Paper paper_begin(cairo_surface_t *surface, const Page *page)
{
    Paper paper = {.page = page, .cairo = cairo_create(surface)};
    paper.layout = pango_cairo_create_layout(paper.cairo);
    pango_layout_set_wrap(paper.layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_auto_dir(paper.layout, FALSE);
    pango_layout_set_spacing(paper.layout, 2 * PANGO_SCALE);
    pango_context_set_language(
        pango_layout_get_context(paper.layout),
        pango_language_from_string(page->language == LANGUAGE_JA ? "ja" : "en"));
    pango_context_set_base_dir(pango_layout_get_context(paper.layout), PANGO_DIRECTION_LTR);
    return paper;
}

int page_add_pdf(Buf *to, const Page *page)
{
    CLEANUP(buf_done) Buf pdf = buf_make(PDF_BYTES_MAX);
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(write_piece, &pdf, PAPER_WIDTH, PAPER_HEIGHT);
    describe(surface, page);
    Paper paper = paper_begin(surface, page);
    draw(&paper);
    g_object_unref(paper.layout);
    cairo_destroy(paper.cairo);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (buf_error(&pdf) < 0) return buf_error(&pdf);
    if (status != CAIRO_STATUS_SUCCESS) return status == CAIRO_STATUS_NO_MEMORY ? -ENOMEM : -EIO;
    buf_add_slice(to, buf_slice(&pdf));
    return buf_error(to);
}
