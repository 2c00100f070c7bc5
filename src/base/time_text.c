/* See time_text.h. */
#include "base/time_text.h"

#include <errno.h>

/* Howard Hinnant's public-domain day count, from "chrono-Compatible Low-Level Date Algorithms". */
int64_t time_days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

int time_from_civil(CivilTime c, int64_t *ret_ns)
{
    if (c.year < 1 || c.year > 9999 || c.month < 1 || c.month > 12 || c.day < 1) return -EINVAL;
    if (c.day > days_in_month(c.year, c.month)) return -EINVAL;
    if (c.hour < 0 || c.hour > 23 || c.minute < 0 || c.minute > 59) return -EINVAL;
    if (c.second < 0 || c.second > 60) return -EINVAL;
    if (c.nanosecond < 0 || c.nanosecond >= NS_PER_SECOND) return -EINVAL;
    int second = c.second == 60 ? 59 : c.second;
    int64_t seconds = time_days_from_civil(c.year, c.month, c.day) * 86400 + c.hour * 3600 +
                      c.minute * 60 + second;
    int64_t ns;
    if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns) ||
        __builtin_add_overflow(ns, c.nanosecond, &ns) || ns == TIME_UNKNOWN) {
        return -ERANGE;
    }
    *ret_ns = ns;
    return 0;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

CivilTime time_to_civil(int64_t ns)
{
    int64_t seconds = floor_div(ns, NS_PER_SECOND);
    int64_t days = floor_div(seconds, 86400);
    int64_t in_day = seconds - days * 86400;
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    int month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    return (CivilTime){
        .year = (int)(year_of_era + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1),
        .hour = (int)(in_day / 3600),
        .minute = (int)(in_day / 60 % 60),
        .second = (int)(in_day % 60),
        .nanosecond = (int32_t)(ns - seconds * NS_PER_SECOND),
    };
}

static char *put_digits(char *to, int64_t value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        to[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return to + width;
}

static char *put_date_and_time(char *to, CivilTime c, char between)
{
    to = put_digits(to, c.year, 4);
    *to++ = '-';
    to = put_digits(to, c.month, 2);
    *to++ = '-';
    to = put_digits(to, c.day, 2);
    *to++ = between;
    to = put_digits(to, c.hour, 2);
    *to++ = ':';
    to = put_digits(to, c.minute, 2);
    *to++ = ':';
    return put_digits(to, c.second, 2);
}

size_t time_print_rfc3339(char *to, int64_t ns)
{
    if (ns == TIME_UNKNOWN) return 0;
    CivilTime c = time_to_civil(ns);
    char *at = put_date_and_time(to, c, 'T');
    if (c.nanosecond != 0) {
        *at++ = '.';
        if (c.nanosecond % 1000000 == 0) {
            at = put_digits(at, c.nanosecond / 1000000, 3);
        } else if (c.nanosecond % 1000 == 0) {
            at = put_digits(at, c.nanosecond / 1000, 6);
        } else {
            at = put_digits(at, c.nanosecond, 9);
        }
    }
    *at++ = 'Z';
    return (size_t)(at - to);
}

size_t time_print_plain(char *to, int64_t ns, int offset_seconds)
{
    if (ns == TIME_UNKNOWN) return 0;
    int64_t local_ns;
    if (__builtin_add_overflow(ns, offset_seconds * NS_PER_SECOND, &local_ns)) local_ns = ns;
    return (size_t)(put_date_and_time(to, time_to_civil(local_ns), ' ') - to);
}

static int take_digits(Slice *s, size_t width, int *ret)
{
    if (s->len < width) return -EINVAL;
    int value = 0;
    for (size_t i = 0; i < width; i++) {
        unsigned digit = (unsigned)(unsigned char)s->ptr[i] - '0';
        if (digit > 9) return -EINVAL;
        value = value * 10 + (int)digit;
    }
    *s = slice_skip(*s, width);
    *ret = value;
    return 0;
}

static int take_char(Slice *s, const char *allowed)
{
    if (s->len == 0 || !s->ptr[0] || !strchr(allowed, s->ptr[0])) return -EINVAL;
    *s = slice_skip(*s, 1);
    return 0;
}

static int take_fraction(Slice *s, int32_t *ret_nanosecond)
{
    int32_t value = 0, unit = 100000000;
    size_t digits = 0;
    for (; digits < s->len; digits++) {
        unsigned digit = (unsigned)(unsigned char)s->ptr[digits] - '0';
        if (digit > 9) break;
        value += (int32_t)digit * unit;
        unit /= 10;
    }
    if (digits == 0) return -EINVAL;
    *s = slice_skip(*s, digits);
    *ret_nanosecond = value;
    return 0;
}

static int take_zone(Slice *s, int default_offset_seconds, int *ret_offset_seconds)
{
    if (take_char(s, "Zz") == 0) {
        *ret_offset_seconds = 0;
        return 0;
    }
    if (s->len == 0 || (s->ptr[0] != '+' && s->ptr[0] != '-')) {
        *ret_offset_seconds = default_offset_seconds;
        return 0;
    }
    int sign = s->ptr[0] == '-' ? -1 : 1, hours, minutes = 0;
    Slice rest = slice_skip(*s, 1);
    if (take_digits(&rest, 2, &hours) < 0) return -EINVAL;
    Slice before_colon = rest;
    if (take_char(&rest, ":") < 0 || take_digits(&rest, 2, &minutes) < 0) {
        rest = before_colon;
        if (take_digits(&rest, 2, &minutes) < 0) minutes = 0;
    }
    if (hours > 23 || minutes > 59) return -EINVAL;
    *s = rest;
    *ret_offset_seconds = sign * (hours * 3600 + minutes * 60);
    return 0;
}

int time_take_rfc3339(Slice *s, int default_offset_seconds, int64_t *ret_ns)
{
    Slice at = *s;
    CivilTime c = {0};
    int offset_seconds;
    if (take_digits(&at, 4, &c.year) < 0 || take_char(&at, "-") < 0 ||
        take_digits(&at, 2, &c.month) < 0 || take_char(&at, "-") < 0 ||
        take_digits(&at, 2, &c.day) < 0 || take_char(&at, "Tt ") < 0 ||
        take_digits(&at, 2, &c.hour) < 0 || take_char(&at, ":") < 0 ||
        take_digits(&at, 2, &c.minute) < 0 || take_char(&at, ":") < 0 ||
        take_digits(&at, 2, &c.second) < 0) {
        return -EINVAL;
    }
    if (take_char(&at, ".,") == 0 && take_fraction(&at, &c.nanosecond) < 0) return -EINVAL;
    if (take_zone(&at, default_offset_seconds, &offset_seconds) < 0) return -EINVAL;
    int64_t ns;
    int r = time_from_civil(c, &ns);
    if (r < 0) return r;
    if (__builtin_sub_overflow(ns, offset_seconds * NS_PER_SECOND, &ns)) return -ERANGE;
    *s = at;
    *ret_ns = ns;
    return 0;
}

int time_parse_rfc3339(Slice s, int default_offset_seconds, int64_t *ret_ns)
{
    int64_t ns;
    int r = time_take_rfc3339(&s, default_offset_seconds, &ns);
    if (r < 0) return r;
    if (s.len > 0) return -EINVAL;
    *ret_ns = ns;
    return 0;
}

int64_t time_from_filetime(uint64_t filetime)
{
    const int64_t epoch_100ns = 116444736000000000; /* 1601-01-01 to 1970-01-01 */
    int64_t since_epoch, ns;
    if (filetime == 0 || filetime > INT64_MAX) return TIME_UNKNOWN;
    if (__builtin_sub_overflow((int64_t)filetime, epoch_100ns, &since_epoch)) return TIME_UNKNOWN;
    if (__builtin_mul_overflow(since_epoch, 100, &ns)) return TIME_UNKNOWN;
    return ns;
}
