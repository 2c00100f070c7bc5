/* See syslog_time.h. */
#include "decode/syslog_time.h"

#include "decode/text_event.h"

#include <errno.h>

#define DAY_NS (86400 * NS_PER_SECOND)
#define LEAP_YEARS_APART_MAX 8 /* 1896 to 1904, 2096 to 2104 */

typedef struct Clock {
    CivilTime civil; /* year 0: not said */
    int offset_seconds;
    bool has_weekday;
    bool has_fraction;
} Clock;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool starts_with_char(Slice s, char c)
{
    return s.len > 0 && s.ptr[0] == c;
}

/* -EBADMSG: fewer than `least` digits. Takes at most `most`. */
static int take_number(Slice *s, size_t least, size_t most, int *ret)
{
    int value = 0;
    size_t count = 0;
    for (; count < most && count < s->len && is_digit(s->ptr[count]); count++) {
        value = value * 10 + (s->ptr[count] - '0');
    }
    if (count < least) return -EBADMSG;
    *s = slice_skip(*s, count);
    *ret = value;
    return 0;
}

static int take_char(Slice *s, char c)
{
    if (!starts_with_char(*s, c)) return -EBADMSG;
    *s = slice_skip(*s, 1);
    return 0;
}

static int take_blanks(Slice *s)
{
    if (take_char(s, ' ') < 0) return -EBADMSG;
    while (take_char(s, ' ') == 0) {
    }
    return 0;
}

/* Three letters, lower case, as one number. */
#define WORD3(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

static uint32_t letter_folded(char c)
{
    return (uint32_t)(unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* One of the three-letter words, in either case, and the blanks behind it. */
static int take_word3(Slice *s, const uint32_t *words, size_t count, int *ret_index)
{
    if (s->len < 3) return -EBADMSG;
    const uint32_t word =
        WORD3(letter_folded(s->ptr[0]), letter_folded(s->ptr[1]), letter_folded(s->ptr[2]));
    for (size_t i = 0; i < count; i++) {
        if (words[i] != word) continue;
        Slice at = slice_skip(*s, 3);
        if (take_blanks(&at) < 0) return -EBADMSG;
        *s = at;
        *ret_index = (int)i;
        return 0;
    }
    return -EBADMSG;
}

static void take_fraction(Slice *s, Clock *clock)
{
    if (s->len < 2 || (s->ptr[0] != '.' && s->ptr[0] != ',') || !is_digit(s->ptr[1])) return;
    int32_t unit = 100000000;
    *s = slice_skip(*s, 1);
    for (; s->len > 0 && is_digit(s->ptr[0]); *s = slice_skip(*s, 1)) {
        clock->civil.nanosecond += (s->ptr[0] - '0') * unit;
        unit /= 10;
    }
    clock->has_fraction = true;
}

static int take_hours(Slice *s, Clock *clock)
{
    if (take_number(s, 1, 2, &clock->civil.hour) < 0 || take_char(s, ':') < 0 ||
        take_number(s, 2, 2, &clock->civil.minute) < 0 || take_char(s, ':') < 0 ||
        take_number(s, 2, 2, &clock->civil.second) < 0) {
        return -EBADMSG;
    }
    take_fraction(s, clock);
    return 0;
}

static bool is_end_of_time(Slice s)
{
    return s.len == 0 || s.ptr[0] == ' ' || s.ptr[0] == ':';
}

/* A blank and a year. Other numbers are somebody else's, and so is an address such as 2001:db8::1.
 */
static int take_year_behind(Slice *s, Clock *clock)
{
    Slice at = *s;
    int year;
    if (clock->civil.year > 0 || take_char(&at, ' ') < 0 || take_number(&at, 4, 4, &year) < 0 ||
        year < 1990 || year > 2099 || !is_end_of_time(at)) {
        return -EBADMSG;
    }
    if (starts_with_char(at, ':') && at.len > 1 && at.ptr[1] != ' ') return -EBADMSG;
    clock->civil.year = year;
    *s = at;
    return 0;
}

static int take_numeric_zone(Slice *s, Clock *clock)
{
    Slice at = *s;
    int hours, minutes;
    (void)take_char(&at, ' ');
    bool west = starts_with_char(at, '-');
    if (take_char(&at, '+') < 0 && take_char(&at, '-') < 0) return -EBADMSG;
    if (take_number(&at, 2, 2, &hours) < 0) return -EBADMSG;
    (void)take_char(&at, ':');
    if (take_number(&at, 2, 2, &minutes) < 0 || !is_end_of_time(at)) return -EBADMSG;
    if (hours > 23 || minutes > 59) return -EBADMSG;
    clock->offset_seconds = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
    *s = at;
    return 0;
}

typedef struct Zone {
    Slice name;
    int offset_hours;
    bool stands_alone; /* known anywhere; others only where nothing else can stand */
} Zone;

static const Zone zones[] = {
    {SLICE_INIT("UTC"), 0, true},   {SLICE_INIT("GMT"), 0, true},   {SLICE_INIT("JST"), 9, true},
    {SLICE_INIT("EST"), -5, false}, {SLICE_INIT("EDT"), -4, false}, {SLICE_INIT("CST"), -6, false},
    {SLICE_INIT("CDT"), -5, false}, {SLICE_INIT("MST"), -7, false}, {SLICE_INIT("MDT"), -6, false},
    {SLICE_INIT("PST"), -8, false}, {SLICE_INIT("PDT"), -7, false}, {SLICE_INIT("CET"), 1, false},
    {SLICE_INIT("CEST"), 2, false}, {SLICE_INIT("BST"), 1, false},
};

static void take_zone_and_year(Slice *s, Clock *clock)
{
    if (take_numeric_zone(s, clock) == 0 || !starts_with_char(*s, ' ')) {
        (void)take_year_behind(s, clock);
        return;
    }
    for (size_t i = 0; i < ARRAY_COUNT(zones); i++) {
        Slice at = slice_skip(*s, 1);
        if (!slice_starts(at, zones[i].name)) continue;
        at = slice_skip(at, zones[i].name.len);
        if (!is_end_of_time(at)) continue;
        bool year_follows = take_year_behind(&at, clock) == 0;
        if (!zones[i].stands_alone && !year_follows && !starts_with_char(at, ':')) continue;
        clock->offset_seconds = zones[i].offset_hours * 3600;
        *s = at;
        return;
    }
    (void)take_year_behind(s, clock);
}

static int64_t time_in_year(const Clock *clock, int year)
{
    CivilTime civil = clock->civil;
    int64_t ns;
    civil.year = year;
    if (time_from_civil(civil, &ns) < 0) return TIME_UNKNOWN;
    if (__builtin_sub_overflow(ns, clock->offset_seconds * NS_PER_SECOND, &ns)) return TIME_UNKNOWN;
    return ns;
}

/* decoder.h: the year that puts it nearest before received_ns + 1 day. */
static int64_t time_without_year(const Clock *clock, int64_t received_ns)
{
    int64_t latest_ns, there_ns;
    if (received_ns == TIME_UNKNOWN) return TIME_UNKNOWN;
    if (__builtin_add_overflow(received_ns, DAY_NS, &latest_ns)) return TIME_UNKNOWN;
    if (__builtin_add_overflow(latest_ns, clock->offset_seconds * NS_PER_SECOND, &there_ns))
        return TIME_UNKNOWN;
    int year = time_to_civil(there_ns).year; /* a later one begins after latest_ns */
    for (int i = 0; i <= LEAP_YEARS_APART_MAX; i++, year--) {
        int64_t ns = time_in_year(clock, year);
        if (ns != TIME_UNKNOWN && ns <= latest_ns) return ns;
    }
    return TIME_UNKNOWN;
}

static bool is_possible(const Clock *clock)
{
    CivilTime civil = clock->civil;
    int64_t ns;
    if (civil.year == 0) civil.year = 2000; /* a leap year */
    return time_from_civil(civil, &ns) == 0;
}

/* Month, day, hours and year in RFC 3164's order or near it. */
static int take_named_month(Slice *s, Clock *clock)
{
    static const uint32_t days[] = {
        WORD3('m', 'o', 'n'), WORD3('t', 'u', 'e'), WORD3('w', 'e', 'd'), WORD3('t', 'h', 'u'),
        WORD3('f', 'r', 'i'), WORD3('s', 'a', 't'), WORD3('s', 'u', 'n')};
    static const uint32_t months[] = {
        WORD3('j', 'a', 'n'), WORD3('f', 'e', 'b'), WORD3('m', 'a', 'r'), WORD3('a', 'p', 'r'),
        WORD3('m', 'a', 'y'), WORD3('j', 'u', 'n'), WORD3('j', 'u', 'l'), WORD3('a', 'u', 'g'),
        WORD3('s', 'e', 'p'), WORD3('o', 'c', 't'), WORD3('n', 'o', 'v'), WORD3('d', 'e', 'c')};
    int weekday, month;
    clock->has_weekday = take_word3(s, days, ARRAY_COUNT(days), &weekday) == 0;
    Slice at = *s;
    if (take_number(&at, 4, 4, &clock->civil.year) == 0 && take_blanks(&at) == 0) {
        *s = at;
    } else {
        clock->civil.year = 0;
    }
    if (take_word3(s, months, ARRAY_COUNT(months), &month) < 0) return -EBADMSG;
    clock->civil.month = month + 1;
    if (take_number(s, 1, 2, &clock->civil.day) < 0 || take_blanks(s) < 0) return -EBADMSG;
    at = *s;
    int year;
    if (take_number(&at, 4, 4, &year) == 0 && take_blanks(&at) == 0) {
        clock->civil.year = year;
        *s = at;
    }
    if (take_hours(s, clock) < 0) return -EBADMSG;
    take_zone_and_year(s, clock);
    return is_end_of_time(*s) && is_possible(clock) ? 0 : -EBADMSG;
}

static int take_iso(Slice *s, const DecodeOptions *options, SyslogTime *ret)
{
    Slice at = *s;
    if (text_time_take(&at, options->zone_offset_seconds, &ret->ns) < 0) return -EBADMSG;
    Slice text = slice_first(*s, s->len - at.len), behind_date = slice_skip(text, 10);
    bool has_zone = slice_find_char(behind_date, '+') != SLICE_NOT_FOUND ||
                    slice_find_char(behind_date, '-') != SLICE_NOT_FOUND ||
                    slice_ends(text, SLICE("Z"));
    ret->is_exact = has_zone && text.ptr[10] == 'T' && text.ptr[4] == '-';
    *s = at;
    return is_end_of_time(at) ? 0 : -EBADMSG;
}

int syslog_time_take(Slice *s, const DecodeOptions *options, SyslogTime *ret)
{
    Slice at = *s;
    SyslogTime time = {0};
    bool is_cisco = at.len > 1 && (at.ptr[0] == '*' || at.ptr[0] == '.' || at.ptr[0] == ':');
    if (is_cisco) at = slice_skip(at, 1);
    if (at.len == 0) return -EBADMSG;
    if (!is_digit(at.ptr[0]) || take_iso(&at, options, &time) < 0) {
        Clock clock = {.offset_seconds = options->zone_offset_seconds};
        at = is_cisco ? slice_skip(*s, 1) : *s;
        if (take_named_month(&at, &clock) < 0) return -EBADMSG;
        time.ns = clock.civil.year > 0 ? time_in_year(&clock, clock.civil.year)
                                       : time_without_year(&clock, options->received_ns);
        time.is_plain = !clock.has_weekday && !clock.has_fraction;
    }
    time.text = slice_first(*s, s->len - at.len);
    (void)take_char(&at, ':');
    (void)take_char(&at, ' ');
    *s = at;
    *ret = time;
    return 0;
}
