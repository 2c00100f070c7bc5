/* The bytes of a finding, and the page made of it: whatever a log held, the page is well-formed
 * text in one piece, and its HTML holds no element that is not ours. */
#include "alert/alert_words.h"
#include "alert/page.h"
#include "base/check.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_of(Slice text, const char *what)
{
    size_t count = 0, at;
    Slice needle = slice_from_cstr(what);
    while ((at = slice_find(text, needle)) != SLICE_NOT_FOUND) {
        count++;
        text = slice_skip(text, at + needle.len);
    }
    return count;
}

static void check_text(Slice text)
{
    CHECK(utf8_is_valid(text));
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        CHECK((c >= 0x20 && c != 0x7f) || c == '\n');
    }
    CHECK(count_of(text, "\xe2\x80\xae") == 0);
}

static void check_page(const AlertFinding *finding, Language language, Arena *arena)
{
    CLEANUP(buf_done) Buf html = {0};
    CLEANUP(buf_done) Buf text = {0};
    StoryFinding findings[] = {{.count = 2, .finding = *finding}};
    const Story story = {.head = {.id = 1, .level = finding->level, .finding_count = 2},
                         .findings = findings,
                         .finding_count = 1};
    const PageOptions options = {.language = language, .now_ns = TIME_UNKNOWN};
    const Page *page;
    if (page_make(&story, &options, arena, &page) < 0) return;
    page_add_html(&html, page);
    page_add_text(&text, page);
    check_text(buf_slice(&html));
    check_text(buf_slice(&text));
    CHECK(count_of(buf_slice(&html), "<script") == 0 && count_of(buf_slice(&html), "<img") == 0);
    CHECK(count_of(buf_slice(&html), "<html") == 1 && count_of(buf_slice(&html), "</html>") == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf again = {0};
    AlertFinding finding;
    if (finding_decode(slice_of(data, size), &arena, &finding) < 0) return 0;
    finding_encode(&again, &finding);
    AlertFinding back;
    CHECK(finding_decode(buf_slice(&again), &arena, &back) == 0);
    check_page(&finding, LANGUAGE_JA, &arena);
    check_page(&finding, LANGUAGE_EN, &arena);
    return 0;
}
