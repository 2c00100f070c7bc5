/* See line_time.h. */
#include "decode/mined/line_time.h"

#include "base/cleanup.h"

#include <stdio.h>

/* Of forms that fit equally long the first counts: so month before day where both may be. A blank
 * is one or more blanks, ~ none or more. */
static const char *const forms[] = {
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y.%m.%d %H:%M:%S",
    "%Y/%m/%d-%H:%M:%S",
    "%Y-%m-%d_%H:%M:%S",
    "%Y-%m-%d-%H:%M:%S",
    "%Y-%m-%d-%H.%M.%S",
    "%Y-%m-%d %H.%M.%S",
    "%Y-%m-%d %H-%M-%S",
    "%Y%m%dT%H%M%S",
    "%Y%m%d-%H:%M:%S",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d-%H%M%S",
    "%Y%m%d_%H%M%S",
    "%Y%m%d%H%M%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d/%b/%Y:%H:%M:%S",
    "%d/%b/%Y %H:%M:%S",
    "%d-%b-%Y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%d-%b-%y %H:%M:%S",
    "%b %d %H:%M:%S %Y",
    "%b %d, %Y %I:%M:%S %p",
    "%b %d, %Y %H:%M:%S",
    "%b %d %Y %H:%M:%S",
    "%b %d %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%a %b %d %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S",
    "%a %d %b %Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y, %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m-%d-%Y %H:%M:%S",
    "%m/%d/%Y",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y",
    "%y/%m/%d %H:%M:%S",
    "%y-%m-%d %H:%M:%S",
    "%m/%d/%y %H:%M:%S",
    "%m/%d/%y-%H:%M:%S",
    "%m/%d-%H:%M:%S",
    "%y%m%d %H%M%S",
    "%y%m%d %H:%M:%S",
    "%m-%d %H:%M:%S",
    "%m.%d %H:%M:%S",
    "%m/%d %H:%M:%S",
    "%m%d %H:%M:%S",
    "%Y年~%m月~%d日(%a)~%H:%M:%S",
    "%Y年~%m月~%d日~%H:%M:%S",
    "%Y年~%m月~%d日~%H:%M",
    "%Y年~%m月~%d日~%H時~%M分~%S秒",
    "%Y年~%m月~%d日~%H時~%M分",
    "%Y年~%m月~%d日~%p~%I時~%M分~%S秒",
    "%Y年~%m月~%d日~%p~%I時~%M分",
    "%Y年~%m月~%d日~%p~%I:%M:%S",
    "%Y年~%m月~%d日",
    "%Y/%m/%d %p~%I:%M:%S",
    "%E年~%m月~%d日~%H:%M:%S",
    "%E年~%m月~%d日~%H時~%M分~%S秒",
    "%E年~%m月~%d日~%H時~%M分",
    "%E年~%m月~%d日~%p~%I時~%M分~%S秒",
    "%E年~%m月~%d日~%p~%I時~%M分",
    "%E年~%m月~%d日~%p~%I:%M:%S",
    "%E年~%m月~%d日",
    "%E.%m.%d %H:%M:%S",
    "%E/%m/%d %H:%M:%S",
    "%m月~%d日~%H時~%M分~%S秒",
    "%m月~%d日~%H:%M:%S",
    "%H:%M:%S",
};
enum { FORM_COUNT = (int)ARRAY_COUNT(forms), FORM_EPOCH = FORM_COUNT };

/* --- characters ------------------------------------------------------------------------------- */

/* The plain form of the character at the front: itself, or of a full-width one (U+FF01..U+FF5E and
 * the ideographic space). 0: neither. */
static char plain_char(Slice text, size_t *ret_width)
{
    const unsigned char *at = (const unsigned char *)text.ptr;
    *ret_width = 1;
    if (text.len == 0) return 0;
    if (at[0] < 0x80) return text.ptr[0];
    *ret_width = 3;
    if (text.len < 3) return 0;
    if (at[0] == 0xe3 && at[1] == 0x80 && at[2] == 0x80) return ' ';
    if (at[0] != 0xef) return 0;
    if (at[1] == 0xbc && at[2] >= 0x81) return (char)(at[2] - 0x60);
    return at[1] == 0xbd && at[2] <= 0x9e ? (char)(at[2] - 0x20) : 0;
}

/* Exactly digits_min to digits_max digits; -1: not so. */
static int take_digits(Slice *text, size_t digits_min, size_t digits_max)
{
    Slice rest = *text;
    int number = 0;
    size_t count = 0, width;
    for (; count < digits_max; count++) {
        char c = plain_char(rest, &width);
        if (c < '0' || c > '9') break;
        number = number * 10 + (c - '0');
        rest = slice_skip(rest, width);
    }
    if (count < digits_min) return -1;
    *text = rest;
    return number;
}

static bool is_digit_next(Slice text)
{
    size_t width;
    char c = plain_char(text, &width);
    return c >= '0' && c <= '9';
}

static size_t skip_blanks(Slice *text)
{
    size_t count = 0, width;
    for (char c; (c = plain_char(*text, &width)) == ' ' || c == '\t'; count++) {
        *text = slice_skip(*text, width);
    }
    return count;
}

static bool take_sign(Slice *text, char sign)
{
    size_t width;
    if (plain_char(*text, &width) != sign) return false;
    *text = slice_skip(*text, width);
    return true;
}

static bool take_word(Slice *text, Slice word)
{
    if (!slice_starts_nocase(*text, word)) return false;
    *text = slice_skip(*text, word.len);
    return true;
}

/* --- parts of a time -------------------------------------------------------------------------- */

/* One of several names of three letters, or the long name of a day or month that begins so. */
static bool take_name(Slice *text, const char *names, const char *long_names)
{
    for (const char *name = names; *name; name += 3) {
        if (!take_word(text, slice_of(name, 3))) continue;
        for (const char *tail = long_names; *tail; tail += strlen(tail) + 1) {
            if (take_word(text, slice_from_cstr(tail))) break;
        }
        return text->len == 0 || !((text->ptr[0] | 32) >= 'a' && (text->ptr[0] | 32) <= 'z');
    }
    return false;
}

static bool take_day_name(Slice *text)
{
    static const char *const kanji[] = {"月", "火", "水", "木", "金", "土", "日"};
    for (size_t i = 0; i < ARRAY_COUNT(kanji); i++) {
        if (take_word(text, slice_from_cstr(kanji[i]))) return true;
    }
    return take_name(text, "montuewedthufrisatsun", "day\0sday\0nesday\0rsday\0urday\0");
}

static bool take_month_name(Slice *text)
{
    /* the definition's clock knows the short names only */
    return take_name(text, "janfebmaraprmayjunjulaugsepoctnovdec", "\0");
}

static bool take_era(Slice *text)
{
    static const char *const eras[] = {"令和", "平成", "昭和", "R", "H", "S"};
    for (size_t i = 0; i < ARRAY_COUNT(eras); i++) {
        if (!take_word(text, slice_from_cstr(eras[i]))) continue;
        if (take_word(text, SLICE("元"))) return true;
        int year = take_digits(text, 1, 2);
        return year > 0 && year < 65;
    }
    return false;
}

static bool take_half(Slice *text)
{
    return take_word(text, SLICE("午前")) || take_word(text, SLICE("午後")) ||
           take_word(text, SLICE("AM")) || take_word(text, SLICE("PM"));
}

static bool in_range(int number, int least, int most)
{
    return number >= least && number <= most;
}

static bool take_part(char directive, Slice *text)
{
    if (directive != 'Y' && directive != 'y' && directive != 'E' && is_digit_next(*text) == false &&
        strchr("mdHIMS", directive)) {
        return false;
    }
    switch (directive) {
    case 'Y': return in_range(take_digits(text, 4, 4), 1970, 2199);
    case 'y': return take_digits(text, 2, 2) >= 0;
    case 'E': return take_era(text);
    case 'm': return in_range(take_digits(text, 1, 2), 1, 12);
    case 'd': return in_range(take_digits(text, 1, 2), 1, 31);
    case 'H': return in_range(take_digits(text, 1, 2), 0, 23);
    case 'I': return in_range(take_digits(text, 1, 2), 0, 23);
    case 'M': return in_range(take_digits(text, 1, 2), 0, 59);
    case 'S': return in_range(take_digits(text, 1, 2), 0, 60);
    case 'b': return take_month_name(text);
    case 'a': return take_day_name(text);
    default: return take_half(text);
    }
}

static bool take_form(const char *form, Slice *text)
{
    for (; *form; form++) {
        if (*form == '%') {
            if (!take_part(*++form, text)) return false;
        } else if (*form == '~' || *form == ' ') {
            if (skip_blanks(text) == 0 && *form == ' ') return false;
        } else if ((unsigned char)*form >= 0x80) {
            if (text->len == 0 || text->ptr[0] != *form) return false;
            *text = slice_skip(*text, 1);
        } else if (!take_sign(text, *form)) {
            return false;
        }
    }
    return true;
}

/* --- what may follow -------------------------------------------------------------------------- */

static void take_fraction(Slice *text, LineTime *time)
{
    Slice rest = *text;
    size_t width, digits = 0;
    char sign = plain_char(rest, &width);
    if (sign != '.' && sign != ',' && sign != ':') return;
    rest = slice_skip(rest, width);
    for (; digits < 9 && is_digit_next(rest); digits++) {
        if (take_digits(&rest, 1, 1) < 0) return;
    }
    /* behind a colon only milliseconds and the like: `17:40:00:5` is something else */
    if (digits == 0 || is_digit_next(rest) || (sign == ':' && digits != 3 && digits != 6)) return;
    time->fraction = sign;
    *text = rest;
}

static bool take_zone_text(Slice *text)
{
    static const char *const names[] = {"Z", "UTC", "GMT", "JST"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        Slice rest = *text;
        if (!slice_starts(rest, slice_from_cstr(names[i]))) continue;
        rest = slice_skip(rest, strlen(names[i]));
        if (rest.len > 0 && ((rest.ptr[0] | 32) >= 'a' && (rest.ptr[0] | 32) <= 'z')) continue;
        *text = rest;
        return true;
    }
    Slice rest = *text;
    if (rest.len < 3 || (rest.ptr[0] != '+' && rest.ptr[0] != '-')) return false;
    rest = slice_skip(rest, 1);
    if (!in_range(take_digits(&rest, 2, 2), 0, 14)) return false;
    bool colon = take_sign(&rest, ':');
    int minutes = take_digits(&rest, 2, 2);
    if ((colon && minutes < 0) || minutes > 59 || is_digit_next(rest)) return false;
    *text = rest;
    return true;
}

static void take_zone(Slice *text, LineTime *time)
{
    Slice rest = *text;
    time->zone_apart = skip_blanks(&rest) > 0;
    time->has_zone = take_zone_text(&rest);
    if (time->has_zone) *text = rest;
}

static bool take_epoch(Slice text, LineTime *ret)
{
    size_t digits = 0;
    while (digits < text.len && digits < 20 && text.ptr[digits] >= '0' && text.ptr[digits] <= '9') {
        digits++;
    }
    if (digits != 10 && digits != 13 && digits != 16 && digits != 19) return false;
    if (text.ptr[0] != '1') return false;
    *ret = (LineTime){.len = digits, .form = FORM_EPOCH};
    Slice rest = slice_skip(text, digits);
    if (digits == 10 && rest.len > 1 && rest.ptr[0] == '.' && is_digit_next(slice_skip(rest, 1))) {
        rest = slice_skip(rest, 1);
        for (size_t i = 0; i < 9 && is_digit_next(rest); i++) {
            rest = slice_skip(rest, 1);
        }
        ret->len = (size_t)(rest.ptr - text.ptr);
    }
    char next = rest.len > 0 ? rest.ptr[0] : ' ';
    return !memchr("./-:_", next, 5) && !((next | 32) >= 'a' && (next | 32) <= 'z') &&
           !(next >= '0' && next <= '9');
}

static bool try_form(int form, Slice text, LineTime *ret)
{
    Slice rest = text;
    if (form == FORM_EPOCH) return take_epoch(text, ret);
    if (!take_form(forms[form], &rest)) return false;
    LineTime time = {.form = form};
    size_t form_len = strlen(forms[form]);
    if (forms[form][form_len - 1] == 'S') take_fraction(&rest, &time);
    /* a clock with more behind it is an address or a version, not a time */
    if (is_digit_next(rest)) return false;
    if (rest.len > 0 && (rest.ptr[0] == '_' || rest.ptr[0] == '%')) return false;
    if (rest.len > 1 && rest.ptr[0] == ':' && is_digit_next(slice_skip(rest, 1))) return false;
    if (strchr(forms[form], 'H') || strchr(forms[form], 'I')) take_zone(&rest, &time);
    time.len = (size_t)(rest.ptr - text.ptr);
    *ret = time;
    return true;
}

/* Only these characters begin a time; most words are told apart by them. */
static bool may_begin(Slice text)
{
    if (text.len < 6) return false;
    unsigned char c = (unsigned char)text.ptr[0];
    if (c >= '0' && c <= '9') return true;
    if (c >= 0x80) return c == 0xe4 || c == 0xe5 || c == 0xe6 || c == 0xef;
    if (strchr("RHS", c) && text.ptr[1] >= '0' && text.ptr[1] <= '9') return true;
    return c < 0x80 && c > 0 && strchr("jfmasondtwJFMASONDTW", c) != NULL;
}

bool line_time_take(Slice text, int hint, LineTime *ret)
{
    LineTime found;
    bool any = false;
    text = slice_first(text, 96);
    if (!may_begin(text)) return false;
    if (hint >= 0 && hint <= FORM_EPOCH && try_form(hint, text, ret)) return true;
    bool digit = text.ptr[0] >= '0' && text.ptr[0] <= '9';
    for (int form = 0; form <= FORM_EPOCH; form++) {
        char kind = form == FORM_EPOCH ? 'd' : forms[form][1];
        bool named = kind == 'a' || kind == 'b' || kind == 'E';
        if (digit == named) {
            if ((unsigned char)text.ptr[0] < 0x80) continue;
        }
        if (!try_form(form, text, &found)) continue;
        if (any && found.len <= ret->len) continue;
        *ret = found;
        any = true;
    }
    return any;
}

void line_time_format(const LineTime *time, char *to)
{
    char form[LINE_TIME_FORMAT_MAX];
    size_t len = 0;
    if (time->form == FORM_EPOCH) {
        snprintf(to, LINE_TIME_FORMAT_MAX, "epoch");
        return;
    }
    for (const char *at = forms[time->form]; *at; at++) {
        form[len++] = *at == '~' ? ' ' : *at; /* a blank of a definition covers none too */
    }
    form[len] = 0;
    char fraction[4] = {time->fraction, '%', 'f', 0};
    snprintf(to, LINE_TIME_FORMAT_MAX, "%.*s%s%s", LINE_TIME_FORMAT_MAX - 8, form,
             time->fraction ? fraction : "",
             !time->has_zone    ? ""
             : time->zone_apart ? " %z"
                                : "%z");
}

bool line_time_is_full(const LineTime *time)
{
    if (time->form == FORM_EPOCH) return true;
    const char *form = forms[time->form];
    return (strchr(form, 'Y') || strchr(form, 'E') || strchr(form, 'y')) &&
           (strchr(form, 'H') || strchr(form, 'I'));
}
