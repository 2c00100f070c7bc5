#include "store/columns/value_format.h"

#include "base/number.h"
#include "base/time_text.h"

static const int64_t powers[] = {1,      10,      100,      1000,      10000,
                                 100000, 1000000, 10000000, 100000000, 1000000000};

#define SECONDS_PER_DAY 86400
#define YEAR_MIN 1700
#define YEAR_MAX 2199

static bool take_digits(const char *at, size_t count, int64_t *ret)
{
    int64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') return false;
        value = value * 10 + (at[i] - '0');
    }
    *ret = value;
    return true;
}

static void put_digits(char *to, size_t count, uint64_t value)
{
    while (count > 0) {
        to[--count] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* 03:41:47 and the fraction behind it. */
static bool parse_clock(const char *at, size_t len, uint8_t width, char mark, int64_t *ret)
{
    int64_t hour, minute, second, fraction = 0;
    if (len != 8u + (width ? width + 1u : 0u)) return false;
    if (at[2] != ':' || at[5] != ':' || (width && at[8] != mark)) return false;
    if (!take_digits(at, 2, &hour) || !take_digits(at + 3, 2, &minute)) return false;
    if (!take_digits(at + 6, 2, &second)) return false;
    if (width && !take_digits(at + 9, width, &fraction)) return false;
    if (hour > 23 || minute > 59 || second > 59) return false;
    *ret = (hour * 3600 + minute * 60 + second) * powers[width] + fraction;
    return true;
}

static bool parse_date(const char *at, int64_t *ret_days)
{
    int64_t year, month, day;
    if (at[4] != '-' || at[7] != '-' || !take_digits(at, 4, &year)) return false;
    if (!take_digits(at + 5, 2, &month) || !take_digits(at + 8, 2, &day)) return false;
    static const int8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1) return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > lengths[month - 1] + (month == 2 && leap)) return false;
    *ret_days = time_days_from_civil((int)year, (int)month, (int)day);
    return true;
}

static bool parse_time(const ValueFormat *format, Slice value, int64_t *ret)
{
    size_t tail = format->zulu ? 1 : 0;
    int64_t days, clock;
    if (value.len < 19 + tail || value.ptr[10] != format->separator) return false;
    if (format->zulu && value.ptr[value.len - 1] != 'Z') return false;
    if (!parse_clock(value.ptr + 11, value.len - 11 - tail, format->width, format->mark, &clock))
        return false;
    if (!parse_date(value.ptr, &days)) return false;
    *ret = days * SECONDS_PER_DAY * powers[format->width] + clock;
    return true;
}

static bool parse_decimal(Slice value, int64_t *ret)
{
    size_t sign = value.len > 0 && value.ptr[0] == '-';
    size_t digits = value.len - sign;
    if (value.len <= sign || digits > 19) return false;
    if (value.ptr[sign] == '0' && value.len > 1) return false;
    if (digits == 19) return number_parse_i64(value, ret) == 0;
    int64_t number;
    if (!take_digits(value.ptr + sign, digits, &number)) return false;
    *ret = sign ? -number : number;
    return true;
}

static bool parse_hex(Slice value, bool upper, int64_t *ret)
{
    uint64_t number = 0;
    if (value.len < 3 || value.len > 18 || value.ptr[0] != '0' || value.ptr[1] != 'x') return false;
    if (value.ptr[2] == '0' && value.len > 3) return false;
    for (size_t i = 2; i < value.len; i++) {
        char c = value.ptr[i];
        if (c >= '0' && c <= '9')
            number = number << 4 | (uint64_t)(c - '0');
        else if (upper ? c >= 'A' && c <= 'F' : c >= 'a' && c <= 'f')
            number = number << 4 | (uint64_t)(c - (upper ? 'A' : 'a') + 10);
        else
            return false;
    }
    *ret = (int64_t)number;
    return true;
}

bool value_format_parse(const ValueFormat *format, Slice value, int64_t *ret)
{
    switch (format->form) {
    case FORM_DECIMAL: return parse_decimal(value, ret);
    case FORM_HEX: return parse_hex(value, false, ret);
    case FORM_HEX_UPPER: return parse_hex(value, true, ret);
    case FORM_PADDED: return value.len == format->width && take_digits(value.ptr, value.len, ret);
    case FORM_TIME: return parse_time(format, value, ret);
    case FORM_CLOCK: return parse_clock(value.ptr, value.len, format->width, format->mark, ret);
    }
    return false;
}

static bool fraction_of(Slice rest, ValueFormat *format)
{
    format->mark = '.';
    if (rest.len == 0) return true;
    if ((rest.ptr[0] != '.' && rest.ptr[0] != ',') || rest.len < 2 || rest.len > 10) return false;
    format->mark = rest.ptr[0];
    format->width = (uint8_t)(rest.len - 1);
    return true;
}

bool value_format_of(Slice value, ValueFormat *ret)
{
    ValueFormat format = {0};
    int64_t number;
    if (value.len == 0 || value.len > 32) return false;
    if (value.len >= 19 && value.ptr[4] == '-') {
        format.form = FORM_TIME;
        format.separator = value.ptr[10];
        if (format.separator != ' ' && format.separator != 'T') return false;
        format.zulu = value.ptr[value.len - 1] == 'Z';
        if (!fraction_of(slice_first(slice_skip(value, 19), value.len - 19 - format.zulu), &format))
            return false;
    } else if (value.len >= 8 && value.ptr[2] == ':') {
        format.form = FORM_CLOCK;
        if (!fraction_of(slice_skip(value, 8), &format)) return false;
    } else if (value.len > 2 && value.ptr[1] == 'x') {
        format.form = parse_hex(value, false, &number) ? FORM_HEX : FORM_HEX_UPPER;
    } else if (value.len > 1 && value.len <= 18 && value.ptr[0] == '0') {
        format.form = FORM_PADDED;
        format.width = (uint8_t)value.len;
    }
    if (!value_format_parse(&format, value, &number)) return false;
    *ret = format;
    return true;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static size_t print_clock(char *to, int64_t clock, const ValueFormat *format)
{
    uint64_t units = (uint64_t)powers[format->width];
    uint64_t second = (uint64_t)clock / units;
    put_digits(to, 2, second / 3600 % 100);
    put_digits(to + 3, 2, second / 60 % 60);
    put_digits(to + 6, 2, second % 60);
    to[2] = to[5] = ':';
    if (format->width == 0) return 8;
    to[8] = format->mark;
    put_digits(to + 9, format->width, (uint64_t)clock % units);
    return 9u + format->width;
}

/* Civil from days: the era of 400 years, as in the calendar's definition; year from March. */
static void print_date(char *to, int64_t days)
{
    days += 719468;
    int64_t era = floor_divide(days, 146097);
    uint64_t day_of_era = (uint64_t)(days - era * 146097);
    uint64_t year =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day = day_of_era - (365 * year + year / 4 - year / 100);
    uint64_t month = (5 * day + 2) / 153;
    put_digits(to + 8, 2, day - (153 * month + 2) / 5 + 1);
    month = month < 10 ? month + 3 : month - 9;
    put_digits(to + 5, 2, month);
    put_digits(to, 4, (uint64_t)((int64_t)year + era * 400 + (month <= 2)) % 10000);
    to[4] = to[7] = '-';
}

static size_t print_time(const ValueFormat *format, int64_t number, char *to)
{
    int64_t day_units = SECONDS_PER_DAY * powers[format->width];
    int64_t days = floor_divide(number, day_units);
    print_date(to, days);
    to[10] = format->separator;
    size_t len = 11 + print_clock(to + 11, number - days * day_units, format);
    if (format->zulu) to[len++] = 'Z';
    return len;
}

static size_t print_hex(int64_t number, bool upper, char *to)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    uint64_t value = (uint64_t)number;
    size_t len = 1;
    while (len < 16 && value >> (4 * len))
        len++;
    to[0] = '0';
    to[1] = 'x';
    for (size_t i = 0; i < len; i++)
        to[2 + i] = digits[value >> (4 * (len - 1 - i)) & 15];
    return 2 + len;
}

size_t value_format_print(const ValueFormat *format, int64_t number, char *to)
{
    switch (format->form) {
    case FORM_DECIMAL: return number_print_i64(to, number);
    case FORM_HEX: return print_hex(number, false, to);
    case FORM_HEX_UPPER: return print_hex(number, true, to);
    case FORM_PADDED: put_digits(to, format->width, (uint64_t)number); return format->width;
    case FORM_TIME: return print_time(format, number, to);
    case FORM_CLOCK: return print_clock(to, number, format);
    }
    return 0;
}

int64_t value_format_units(const ValueFormat *format)
{
    return format->form == FORM_TIME ? powers[format->width] : 0;
}

bool value_format_valid(const ValueFormat *format)
{
    if (format->form > FORM_CLOCK) return false;
    return format->form == FORM_PADDED ? format->width >= 1 && format->width <= 18
                                       : format->width <= 9;
}
