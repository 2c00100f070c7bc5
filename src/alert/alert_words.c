/* See alert_words.h. */
#include "alert/alert_words.h"

#include "base/check.h"
#include "base/number.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "record/words.h"

#include <stdio.h>
#include <stdlib.h>

static const Word words[] = {
#include "alert/alert_word_table.inc"
};
static const WordTable table = {words, ARRAY_COUNT(words)};

Slice alert_words(const char *key, Language language)
{
    const Word *word = word_find(&table, slice_from_cstr(key));
    CHECK(word);
    return slice_from_cstr(word->text[language]);
}

Slice alert_words_of(const char *group, const char *name, Language language)
{
    char key[64];
    snprintf(key, sizeof key, "%s.%s", group, name);
    return alert_words(key, language);
}

static const AlertPart *find_part(const AlertPart *parts, Slice name)
{
    for (size_t i = 0; i < ALERT_PARTS_MAX && parts[i].name; i++) {
        if (slice_eq(name, slice_from_cstr(parts[i].name))) return &parts[i];
    }
    return NULL;
}

void alert_words_add(Buf *to, const char *key, Language language, const AlertPart *parts)
{
    Slice rest = alert_words(key, language);
    while (rest.len > 0) {
        size_t open = slice_find_char(rest, '{');
        buf_add_slice(to, slice_first(rest, open));
        if (open == SLICE_NOT_FOUND) return;
        rest = slice_skip(rest, open + 1);
        Slice name;
        if (!slice_cut(&rest, '}', &name)) return;
        const AlertPart *part = find_part(parts, name);
        if (part) buf_add_slice(to, part->value);
    }
}

static Slice keep(Arena *arena, const Buf *made)
{
    Slice kept = {0};
    if (buf_error(made) < 0 || arena_copy(arena, buf_slice(made), &kept) < 0) return (Slice){0};
    return kept;
}

Slice alert_words_make(Arena *arena, const char *key, Language language, const AlertPart *parts)
{
    CLEANUP(buf_done) Buf made = {0};
    alert_words_add(&made, key, language, parts);
    return keep(arena, &made);
}

/* ---- log content */

/* Unicode 15: Cc, Cf that hide or turn text (UAX 9, 2.1-2.6; UTR 36, 2.5), line and paragraph
 * separators, tags, variation selectors, and the fillers that have no glyph. */
static bool is_unfit(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } unfit[] = {
        {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},     {0x34f, 0x34f},
        {0x61c, 0x61c},     {0x115f, 0x1160},   {0x17b4, 0x17b5}, {0x180b, 0x180f},
        {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f}, {0x3164, 0x3164},
        {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb},
        {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    for (size_t i = 0; i < ARRAY_COUNT(unfit); i++) {
        if (c >= unfit[i].first && c <= unfit[i].last) return true;
    }
    return false;
}

void clean_text_add(Buf *to, Slice text, size_t bytes_max)
{
    size_t start = to->len;
    bool blank_due = false;
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        if (c == ' ' || is_unfit(c)) {
            blank_due = to->len > start;
            continue;
        }
        char bytes[4];
        size_t len = utf8_put(bytes, c);
        if (to->len - start + blank_due + len + (text.len > 0 ? 3 : 0) > bytes_max) {
            buf_add_cstr(to, "…");
            return;
        }
        if (blank_due) buf_add_char(to, ' ');
        blank_due = false;
        buf_add(to, bytes, len);
    }
}

Slice clean_text_make(Arena *arena, Slice text, size_t bytes_max)
{
    CLEANUP(buf_done) Buf made = {0};
    clean_text_add(&made, text, bytes_max);
    return keep(arena, &made);
}

/* ---- times and numbers */

void alert_time_add(Buf *to, int64_t ns, int zone_offset_seconds, Language language)
{
    static const char *const days[2][7] = {{"日", "月", "火", "水", "木", "金", "土"},
                                           {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (ns == TIME_UNKNOWN) return;
    CivilTime t = time_to_civil(ns + zone_offset_seconds * NS_PER_SECOND);
    /* 1970-01-01 was a Thursday. */
    int64_t day = (time_days_from_civil(t.year, t.month, t.day) % 7 + 7 + 4) % 7;
    if (language == LANGUAGE_JA) {
        buf_add_format(to, "%d年%d月%d日（%s）%02d:%02d:%02d", t.year, t.month, t.day,
                       days[language][day], t.hour, t.minute, t.second);
    } else {
        buf_add_format(to, "%s %d %s %d %02d:%02d:%02d", days[language][day], t.day,
                       months[t.month - 1], t.year, t.hour, t.minute, t.second);
    }
}

Slice alert_time_make(Arena *arena, int64_t ns, int zone_offset_seconds, Language language)
{
    CLEANUP(buf_done) Buf made = {0};
    alert_time_add(&made, ns, zone_offset_seconds, language);
    return keep(arena, &made);
}

Slice alert_zone_make(Arena *arena, int zone_offset_seconds)
{
    Slice zone = {0};
    int minutes = abs(zone_offset_seconds) / 60;
    int r = arena_format(arena, &zone, "UTC%c%02d:%02d", zone_offset_seconds < 0 ? '-' : '+',
                         minutes / 60, minutes % 60);
    return r < 0 ? (Slice){0} : zone;
}

Slice alert_number_make(Arena *arena, uint64_t number)
{
    char text[NUMBER_TEXT_MAX];
    Slice made = {0};
    int r = arena_copy(arena, slice_of(text, number_print_u64(text, number)), &made);
    return r < 0 ? (Slice){0} : made;
}
