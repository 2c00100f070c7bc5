/* See source_time.h. */
#include "translate/source/source_time.h"

#include "base/fold.h"
#include "base/number.h"
#include "translate/source/source_compile.h"

#include <stdlib.h>

#define TIME_TEXT_BYTES_MAX 96 /* longer texts are no times */

/* --- compiling -------------------------------------------------------------------------------- */

typedef struct TimeParts {
    SourceTime *time;
    bool has_format;
} TimeParts;

static int on_of(Compiler *compiler, const Node *node, void *context)
{
    return source_value_make(compiler, node, &((TimeParts *)context)->time->of);
}

static int on_zone(Compiler *compiler, const Node *node, void *context)
{
    SourceTime *time = ((TimeParts *)context)->time;
    int ignored;
    if (node->kind == NODE_TEXT && source_zone_read(node->text, &ignored) == 0) {
        time->zone = (SourceValue){.kind = VALUE_TEXT, .text = node->text};
        return 0;
    }
    return source_value_make(compiler, node, &time->zone);
}

static int bad_directive(Compiler *compiler, const Node *node, char directive)
{
    return WRONG(compiler, node, "source.time_directive",
                 "%%%c is no part of a time; there are %%Y %%y %%E %%m %%b %%d %%H %%I %%p %%M %%S "
                 "%%f %%z %%a",
                 "%%%c という書き方はありません。%%Y %%y %%E %%m %%b %%d %%H %%I %%p %%M %%S %%f "
                 "%%z %%a が使えます",
                 directive);
}

static int on_format(Compiler *compiler, const Node *node, void *context)
{
    TimeParts *parts = context;
    Slice text;
    char folded[TIME_TEXT_BYTES_MAX];
    int r = source_take_text(compiler, node, &text);
    if (r < 0) return r;
    parts->has_format = true;
    parts->time->epoch = slice_eq(text, SLICE("epoch"));
    if (parts->time->epoch) return 0;
    TimeStep *steps = ARENA_ARRAY(compiler->arena, TimeStep, TIME_TEXT_BYTES_MAX);
    if (!steps) return -ENOMEM;
    if (text.len >= sizeof folded) {
        return WRONG(compiler, node, "source.time_long", "this format is too long",
                     "時刻の書式が長すぎます");
    }
    size_t len = fold_width(folded, text), count = 0;
    for (size_t i = 0; i < len; i++) {
        bool is_directive = folded[i] == '%' && i + 1 < len && folded[i + 1] != '%';
        if (folded[i] == '%' && i + 1 < len) i++;
        steps[count] = (TimeStep){.literal = folded[i]};
        if (is_directive && !strchr("YyEmbdHIpMSfza", folded[i]))
            return bad_directive(compiler, node, folded[i]);
        if (is_directive) steps[count].directive = folded[i];
        count++;
    }
    parts->time->steps = steps;
    parts->time->step_count = count;
    return 0;
}

static int time_make(Compiler *compiler, const Node *node, SourceTime *ret)
{
    static const KeyRow rows[] = {{"of", on_of}, {"format", on_format}, {"zone", on_zone}};
    TimeParts parts = {.time = ret};
    int r = source_take_map(compiler, node, rows, ARRAY_COUNT(rows), &parts);
    if (r < 0) return r;
    if (ret->of.kind == VALUE_NONE || !parts.has_format) {
        return WRONG(
            compiler, node, "source.time_parts",
            "a time needs `of:` (which fields) and `format:` (such as %%Y-%%m-%%d "
            "%%H:%%M:%%S, or epoch)",
            "時刻には `of:`（どの項目か）と `format:`（例: %%Y-%%m-%%d %%H:%%M:%%S、または "
            "epoch）が必要です");
    }
    return 0;
}

int source_times_make(Compiler *compiler, const Node *node, const SourceTime **ret,
                      size_t *ret_count)
{
    size_t count = node->kind == NODE_LIST ? node->count : 1;
    SourceTime *times = ARENA_ARRAY(compiler->arena, SourceTime, count);
    if (!times) return -ENOMEM;
    const Node *item = node->kind == NODE_LIST ? node->first : node;
    for (size_t i = 0; i < count; i++, item = item->next) {
        int r = time_make(compiler, item, &times[i]);
        if (r < 0) return r;
    }
    *ret = times;
    *ret_count = count;
    return 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct TimeRead {
    CivilTime civil;
    bool has_year, has_zone, is_afternoon, has_half;
    int zone_seconds;
} TimeRead;

/* Up to `digits_max` digits; -1: none. */
static int take_digits(Slice *text, size_t digits_max)
{
    int number = 0;
    size_t at = 0;
    while (at < text->len && at < digits_max && text->ptr[at] >= '0' && text->ptr[at] <= '9') {
        number = number * 10 + (text->ptr[at++] - '0');
    }
    *text = slice_skip(*text, at);
    return at ? number : -1;
}

static bool take_word(Slice *text, Slice word)
{
    if (!slice_starts_nocase(*text, word)) return false;
    *text = slice_skip(*text, word.len);
    return true;
}

static bool take_month_name(Slice *text, CivilTime *civil)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; i < 12; i++) {
        if (!take_word(text, slice_of(names + 3 * (size_t)i, 3))) continue;
        civil->month = i + 1;
        return true;
    }
    return false;
}

/* Eras by their year 0; the law of the era's name (元号法) and its cabinet orders. */
static bool take_era(Slice *text, CivilTime *civil)
{
    static const struct {
        Slice name, letter;
        int base;
    } eras[] = {{SLICE_INIT("令和"), SLICE_INIT("R"), 2018},
                {SLICE_INIT("平成"), SLICE_INIT("H"), 1988},
                {SLICE_INIT("昭和"), SLICE_INIT("S"), 1925}};
    for (size_t i = 0; i < ARRAY_COUNT(eras); i++) {
        if (!take_word(text, eras[i].name) && !take_word(text, eras[i].letter)) continue;
        int year = take_word(text, SLICE("元")) ? 1 : take_digits(text, 2);
        civil->year = eras[i].base + year;
        return year > 0;
    }
    return false;
}

static bool take_half(Slice *text, TimeRead *read)
{
    read->has_half = true;
    read->is_afternoon = take_word(text, SLICE("PM")) || take_word(text, SLICE("午後"));
    return read->is_afternoon || take_word(text, SLICE("AM")) || take_word(text, SLICE("午前"));
}

static bool take_fraction(Slice *text, CivilTime *civil)
{
    int32_t scale = 100000000;
    size_t at = 0;
    while (at < text->len && text->ptr[at] >= '0' && text->ptr[at] <= '9') {
        civil->nanosecond += (text->ptr[at++] - '0') * scale;
        scale /= 10;
    }
    *text = slice_skip(*text, at);
    return at > 0;
}

static bool take_zone(Slice *text, TimeRead *read)
{
    size_t len = 0;
    while (len < text->len && memchr("+-:0123456789ZUTCGMJS", text->ptr[len], 21)) {
        len++;
    }
    read->has_zone = source_zone_read(slice_first(*text, len), &read->zone_seconds) == 0;
    *text = slice_skip(*text, len);
    return read->has_zone;
}

static bool take_number(Slice *text, size_t digits_max, int *ret)
{
    while (text->len > 0 && text->ptr[0] == ' ') {
        *text = slice_skip(*text, 1);
    }
    *ret = take_digits(text, digits_max);
    return *ret >= 0;
}

static bool take_short_year(Slice *text, CivilTime *civil)
{
    int year = take_digits(text, 2);
    civil->year = year + (year >= 70 ? 1900 : 2000);
    return year >= 0;
}

static bool take_day_name(Slice *text)
{
    size_t len = 0;
    while (len < text->len && !strchr(" ,0123456789()", text->ptr[len])) {
        len++;
    }
    *text = slice_skip(*text, len);
    return len > 0;
}

static bool take_directive(char directive, Slice *text, TimeRead *read)
{
    CivilTime *civil = &read->civil;
    if (strchr("YyE", directive)) read->has_year = true;
    switch (directive) {
    case 'Y': return take_number(text, 4, &civil->year);
    case 'y': return take_short_year(text, civil);
    case 'E': return take_era(text, civil);
    case 'm': return take_number(text, 2, &civil->month);
    case 'b': return take_month_name(text, civil);
    case 'd': return take_number(text, 2, &civil->day);
    case 'H':
    case 'I': return take_number(text, 2, &civil->hour);
    case 'p': return take_half(text, read);
    case 'M': return take_number(text, 2, &civil->minute);
    case 'S': return take_number(text, 2, &civil->second);
    case 'f': return take_fraction(text, civil);
    case 'z': return take_zone(text, read);
    default: return take_day_name(text);
    }
}

static bool take_step(const TimeStep *step, Slice *text, TimeRead *read)
{
    if (step->directive) return take_directive(step->directive, text, read);
    if (step->literal == ' ') {
        while (text->len > 0 && text->ptr[0] == ' ') {
            *text = slice_skip(*text, 1);
        }
        return true;
    }
    if (text->len == 0 || text->ptr[0] != step->literal) return false;
    *text = slice_skip(*text, 1);
    return true;
}

/* 12 AM is 0 o'clock, 12 PM is noon; 午後13時 is said too and means 13. */
static void settle_hour(TimeRead *read)
{
    CivilTime *civil = &read->civil;
    if (!read->has_half) return;
    if (read->is_afternoon && civil->hour < 12) civil->hour += 12;
    if (!read->is_afternoon && civil->hour == 12) civil->hour = 0;
}

#define NS_PER_DAY (86400 * NS_PER_SECOND)

static int settle(TimeRead *read, int zone_seconds, const TimeGround *ground, int64_t *ret_ns)
{
    int64_t ns,
        zone_ns = (int64_t)(read->has_zone ? read->zone_seconds : zone_seconds) * NS_PER_SECOND;
    settle_hour(read);
    if (read->has_year) {
        int r = time_from_civil(read->civil, &ns);
        if (r == 0) *ret_ns = ns - zone_ns;
        return r;
    }
    if (ground->received_ns == TIME_UNKNOWN) return -EINVAL;
    /* Two years back, so that the 29th of February is found where there is one. */
    int64_t latest = ground->received_ns + NS_PER_DAY;
    read->civil.year = time_to_civil(latest + zone_ns).year;
    for (int tries = 0; tries < 5; tries++, read->civil.year--) {
        if (time_from_civil(read->civil, &ns) < 0 || ns - zone_ns > latest) continue;
        *ret_ns = ns - zone_ns;
        return 0;
    }
    return -EINVAL;
}

/* Which unit: a number of seconds has 10 digits until the year 2286. */
static int read_epoch(Slice text, int64_t *ret_ns)
{
    size_t dot = slice_find_char(text, '.');
    Slice whole = slice_first(text, dot), fraction = slice_skip(text, dot + 1);
    uint64_t number;
    CivilTime part = {0};
    if (number_parse_u64(whole, &number) < 0 || whole.len > 19) return -EINVAL;
    if (dot != SLICE_NOT_FOUND && !take_fraction(&fraction, &part)) return -EINVAL;
    int64_t unit = whole.len <= 11   ? NS_PER_SECOND
                   : whole.len <= 14 ? NS_PER_MS
                   : whole.len <= 17 ? 1000
                                     : 1;
    if (number > (uint64_t)(INT64_MAX / unit)) return -EINVAL;
    int64_t ns = (int64_t)number * unit;
    if (unit == NS_PER_SECOND) ns += part.nanosecond;
    *ret_ns = ns;
    return 0;
}

int source_zone_read(Slice zone, int *ret_seconds)
{
    static const struct {
        Slice name;
        int seconds;
    } names[] = {{SLICE_INIT("Z"), 0},
                 {SLICE_INIT("UTC"), 0},
                 {SLICE_INIT("GMT"), 0},
                 {SLICE_INIT("JST"), 9 * 3600}};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (!slice_eq(zone, names[i].name)) continue;
        *ret_seconds = names[i].seconds;
        return 0;
    }
    if (zone.len < 2 || (zone.ptr[0] != '+' && zone.ptr[0] != '-')) return -EINVAL;
    Slice rest = slice_skip(zone, 1);
    int hours = take_digits(&rest, 2), minutes = 0;
    if (rest.len > 0 && rest.ptr[0] == ':') rest = slice_skip(rest, 1);
    if (rest.len > 0) minutes = take_digits(&rest, 2);
    if (rest.len > 0 || hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return -EINVAL;
    int seconds = hours * 3600 + minutes * 60;
    *ret_seconds = zone.ptr[0] == '-' ? -seconds : seconds;
    return 0;
}

int source_time_read(const SourceTime *time, Slice text, Slice zone, const TimeGround *ground,
                     int64_t *ret_ns)
{
    char folded[TIME_TEXT_BYTES_MAX];
    TimeRead read = {.civil = {.month = 1, .day = 1}};
    int zone_seconds = ground->zone_offset_seconds;
    text = slice_trim(text);
    if (text.len == 0 || text.len > sizeof folded) return -EINVAL;
    if (zone.len > 0 && source_zone_read(zone, &zone_seconds) < 0) return -EINVAL;
    text = slice_of(folded, fold_width(folded, text));
    if (time->epoch) return read_epoch(text, ret_ns);
    for (size_t i = 0; i < time->step_count; i++) {
        if (!take_step(&time->steps[i], &text, &read)) return -EINVAL;
    }
    if (slice_trim(text).len > 0) return -EINVAL;
    return settle(&read, zone_seconds, ground, ret_ns);
}
