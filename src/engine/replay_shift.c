/* Times in log lines, moved. See replay.h. */
#include "engine/replay.h"

#include "base/number.h"

#define YEAR_UNWRITTEN 2026
#define DAY_SECONDS 86400

typedef struct Shift {
    Buf *to;
    Slice rest;
    int64_t by_ns;
    uint64_t by_number;
    bool at_line_start, in_word;
} Shift;

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static bool digits_at(Slice s, size_t at, size_t count, int *ret)
{
    int number = 0;
    if (at + count > s.len) return false;
    for (size_t i = at; i < at + count; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
        number = number * 10 + (s.ptr[i] - '0');
    }
    *ret = number;
    return true;
}

static bool month_at(Slice s, size_t at, int *ret)
{
    for (int i = 0; at + 3 <= s.len && i < 12; i++) {
        if (memcmp(s.ptr + at, months + i * 3, 3) != 0) continue;
        *ret = i + 1;
        return true;
    }
    return false;
}

static bool char_at(Slice s, size_t at, const char *any)
{
    return at < s.len && s.ptr[at] != '\0' && strchr(any, s.ptr[at]) != NULL;
}

/* 12:34:56 */
static bool clock_at(Slice s, size_t at, CivilTime *ret)
{
    return digits_at(s, at, 2, &ret->hour) && char_at(s, at + 2, ":") &&
           digits_at(s, at + 3, 2, &ret->minute) && char_at(s, at + 5, ":") &&
           digits_at(s, at + 6, 2, &ret->second);
}

/* Whole seconds only: what stands behind them, fraction and zone, stays as it is. */
static bool moved(const Shift *shift, const CivilTime *was, CivilTime *ret)
{
    int64_t ns;
    if (time_from_civil(*was, &ns) < 0) return false;
    *ret = time_to_civil(ns + shift->by_ns / NS_PER_SECOND * NS_PER_SECOND);
    return true;
}

/* 2026-11-20T12:34:56, with - or /, T or a blank or ` time=` between. Returns its length. */
static size_t put_iso(Shift *shift)
{
    static const char *const between[] = {"T", " ", " time=", "\",\"time\":\"", "\t", ","};
    CivilTime was = {0}, is;
    Slice s = shift->rest;
    if (!digits_at(s, 0, 4, &was.year) || !char_at(s, 4, "-/") || !digits_at(s, 5, 2, &was.month) ||
        !char_at(s, 7, "-/") || !digits_at(s, 8, 2, &was.day))
        return 0;
    for (size_t i = 0; i < ARRAY_COUNT(between); i++) {
        Slice gap = slice_from_cstr(between[i]);
        if (!slice_starts(slice_skip(s, 10), gap) || !clock_at(s, 10 + gap.len, &was)) continue;
        if (!moved(shift, &was, &is)) return 0;
        buf_add_format(shift->to, "%04d%c%02d%c%02d%s%02d:%02d:%02d", is.year, s.ptr[4], is.month,
                       s.ptr[7], is.day, between[i], is.hour, is.minute, is.second);
        return 10 + gap.len + 8;
    }
    return 0;
}

/* Nov 20 12:34:56 (RFC 3164, 4.1.2) */
static size_t put_bsd(Shift *shift)
{
    CivilTime was = {.year = YEAR_UNWRITTEN}, is;
    Slice s = shift->rest;
    size_t at = char_at(s, 4, " ") ? 5 : 4;
    if (!month_at(s, 0, &was.month) || !char_at(s, 3, " ") || !clock_at(s, 7, &was)) return 0;
    if (!digits_at(s, at, 6 - at, &was.day) || !char_at(s, 6, " ") || !moved(shift, &was, &is))
        return 0;
    buf_add_format(shift->to, "%.3s %2d %02d:%02d:%02d", months + (is.month - 1) * 3, is.day,
                   is.hour, is.minute, is.second);
    return 15;
}

/* 20/Nov/2026:12:34:56 (Apache) and 20-Nov-2026 12:34:56 (BIND) */
static size_t put_named_month(Shift *shift)
{
    CivilTime was = {0}, is;
    Slice s = shift->rest;
    if (!digits_at(s, 0, 2, &was.day) || !char_at(s, 2, "/-") || !month_at(s, 3, &was.month) ||
        !char_at(s, 6, "/-") || !digits_at(s, 7, 4, &was.year) || !char_at(s, 11, ": ") ||
        !clock_at(s, 12, &was) || !moved(shift, &was, &is))
        return 0;
    buf_add_format(shift->to, "%02d%c%.3s%c%04d%c%02d:%02d:%02d", is.day, s.ptr[2],
                   months + (is.month - 1) * 3, s.ptr[6], is.year, s.ptr[11], is.hour, is.minute,
                   is.second);
    return 20;
}

static size_t digits_count(Slice s)
{
    size_t count = 0;
    while (count < s.len && s.ptr[count] >= '0' && s.ptr[count] <= '9')
        count++;
    return count;
}

static size_t put_sum(Shift *shift, size_t head, size_t digits, uint64_t more)
{
    uint64_t number;
    if (number_parse_u64(slice_of(shift->rest.ptr + head, digits), &number) < 0) return 0;
    buf_add(shift->to, shift->rest.ptr, head);
    buf_add_u64(shift->to, number + more);
    return head + digits;
}

/* Seconds since 1970 at a line's start (Squid); FortiGate's eventtime, in s, ms, us or ns. */
static size_t put_epoch(Shift *shift)
{
    Slice name = SLICE("eventtime=");
    uint64_t more = (uint64_t)(shift->by_ns / NS_PER_SECOND);
    if (shift->at_line_start && digits_count(shift->rest) == 10 && char_at(shift->rest, 10, "."))
        return put_sum(shift, 0, 10, more);
    if (!slice_starts(shift->rest, name)) return 0;
    size_t digits = digits_count(slice_skip(shift->rest, name.len));
    for (size_t i = 10; i < digits; i++)
        more *= 10;
    return digits < 10 ? 0 : put_sum(shift, name.len, digits, more);
}

static size_t record_number_head(Slice s)
{
    static const char *const names[] = {
        "\"EventRecordID\":", "\"record_id\":", "\"RecordNumber\":"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (!slice_starts(s, slice_from_cstr(names[i]))) continue;
        size_t head = strlen(names[i]);
        while (char_at(s, head, " \""))
            head++;
        return digits_count(slice_skip(s, head)) > 0 ? head : 0;
    }
    return 0;
}

static size_t put_record_number(Shift *shift)
{
    size_t head = record_number_head(shift->rest);
    if (head == 0) return 0;
    return put_sum(shift, head, digits_count(slice_skip(shift->rest, head)), shift->by_number);
}

uint64_t replay_record_numbers(Slice lines)
{
    uint64_t count = 0;
    for (size_t i = 0; i < lines.len; i++) {
        count += lines.ptr[i] == '"' && record_number_head(slice_skip(lines, i)) > 0;
    }
    return count;
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void replay_shift(Buf *to, Slice lines, int64_t by_ns, uint64_t by_number)
{
    static size_t (*const forms[])(Shift *) = {put_iso, put_bsd, put_named_month, put_epoch,
                                               put_record_number};
    Shift shift = {
        .to = to, .rest = lines, .by_ns = by_ns, .by_number = by_number, .at_line_start = true};
    while (shift.rest.len > 0) {
        size_t used = 0;
        for (size_t i = 0; i < ARRAY_COUNT(forms) && !shift.in_word && used == 0; i++) {
            used = forms[i](&shift);
        }
        if (used == 0) buf_add(to, shift.rest.ptr, used = 1);
        char last = shift.rest.ptr[used - 1];
        shift.in_word = is_word(last);
        shift.at_line_start = last == '\n';
        shift.rest = slice_skip(shift.rest, used);
    }
}
