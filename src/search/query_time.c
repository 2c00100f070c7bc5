/* Times in words and bare ranges of time, as conditions on @timestamp; and what is known of a
 * filter's times. */
#include "search/query_reader.h"

#include "base/number.h"
#include "base/time_text.h"

#include <errno.h>

#define DAY_NS (86400 * NS_PER_SECOND)
#define UNITS_MAX 1000000

typedef enum Era { ERA_DAY, ERA_WEEK, ERA_MONTH } Era;

static const struct {
    Slice name;
    Era era;
    int back; /* so many before the one of now */
} eras[] = {
    {SLICE_INIT("today"), ERA_DAY, 0},  {SLICE_INIT("yesterday"), ERA_DAY, 1},
    {SLICE_INIT("今日"), ERA_DAY, 0},   {SLICE_INIT("本日"), ERA_DAY, 0},
    {SLICE_INIT("昨日"), ERA_DAY, 1},   {SLICE_INIT("一昨日"), ERA_DAY, 2},
    {SLICE_INIT("今週"), ERA_WEEK, 0},  {SLICE_INIT("先週"), ERA_WEEK, 1},
    {SLICE_INIT("今月"), ERA_MONTH, 0}, {SLICE_INIT("先月"), ERA_MONTH, 1},
};

/* The beginning of a day, in the zone's own count. */
static int64_t floor_to(int64_t ns, int64_t unit_ns)
{
    int64_t rest = ns % unit_ns;
    return ns - rest - (rest < 0 ? unit_ns : 0);
}

/* Months counted from year 0. */
static int64_t month_start(int64_t months)
{
    return time_days_from_civil((int)(months / 12), (int)(months % 12) + 1, 1) * DAY_NS;
}

static TimeSpan era_span(const QueryOptions *options, Era era, int back)
{
    int64_t zone_ns = options->zone_offset_seconds * NS_PER_SECOND;
    int64_t today = floor_to(options->now_ns + zone_ns, DAY_NS);
    TimeSpan span = {.from_ns = today - back * DAY_NS, .to_ns = today + (1 - back) * DAY_NS};
    if (era == ERA_WEEK) { /* Monday first, ISO 8601; 1970-01-05 was one */
        span.from_ns = floor_to(today - 4 * DAY_NS, 7 * DAY_NS) + (4 - 7 * back) * DAY_NS;
        span.to_ns = span.from_ns + 7 * DAY_NS;
    } else if (era == ERA_MONTH) {
        CivilTime now = time_to_civil(today);
        int64_t month = (int64_t)now.year * 12 + now.month - 1 - back;
        span = (TimeSpan){.from_ns = month_start(month), .to_ns = month_start(month + 1)};
    }
    return (TimeSpan){.from_ns = span.from_ns - zone_ns, .to_ns = span.to_ns - zone_ns};
}

/* 24h, 7d, 24時間, ...; the whole slice. */
static int64_t length_ns(Slice text)
{
    static const struct {
        Slice name;
        int64_t seconds;
    } units[] = {
        {SLICE_INIT("s"), 1},        {SLICE_INIT("m"), 60},     {SLICE_INIT("h"), 3600},
        {SLICE_INIT("d"), 86400},    {SLICE_INIT("w"), 604800}, {SLICE_INIT("秒"), 1},
        {SLICE_INIT("秒間"), 1},     {SLICE_INIT("分"), 60},    {SLICE_INIT("分間"), 60},
        {SLICE_INIT("時間"), 3600},  {SLICE_INIT("日"), 86400}, {SLICE_INIT("日間"), 86400},
        {SLICE_INIT("週間"), 604800}};
    size_t digits = 0;
    uint64_t count;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9') {
        digits++;
    }
    if (number_parse_u64(slice_first(text, digits), &count) < 0 || count > UNITS_MAX) return 0;
    for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
        if (!slice_eq_nocase(slice_skip(text, digits), units[i].name)) continue;
        int64_t ns;
        return __builtin_mul_overflow((int64_t)count, units[i].seconds * NS_PER_SECOND, &ns) ? 0
                                                                                             : ns;
    }
    return 0;
}

int query_length_take(QueryReader *reader, int64_t *ret_ns)
{
    query_reader_peek(reader);
    size_t where = reader->at;
    int64_t ns = length_ns(query_reader_bare(reader, true));
    if (ns > 0) {
        *ret_ns = ns;
        return 0;
    }
    return QUERY_COMPLAIN(reader, where, "query.length",
                          "a length of time is due here, such as 30s, 10m, 1h, 7d or 2w",
                          "ここには時間の長さが必要です。30s、10m、1h、7d、2w のように書きます");
}

/* last 24h, 直近24時間. Without end, so that what comes in while one looks on is seen too. */
static bool take_last(QueryReader *reader, Slice word, TimeSpan *ret)
{
    static const Slice prefixes[] = {SLICE_INIT("直近"), SLICE_INIT("過去")};
    int64_t ns = 0;
    if (slice_eq_nocase(word, SLICE("last"))) {
        query_reader_peek(reader);
        ns = length_ns(query_reader_bare(reader, false));
    }
    for (size_t i = 0; i < ARRAY_COUNT(prefixes); i++) {
        if (slice_starts(word, prefixes[i])) ns = length_ns(slice_skip(word, prefixes[i].len));
    }
    if (ns <= 0 || __builtin_sub_overflow(reader->options.now_ns, ns, &ret->from_ns)) return false;
    ret->to_ns = INT64_MAX;
    return true;
}

static bool take_era(const QueryReader *reader, Slice word, TimeSpan *ret)
{
    for (size_t i = 0; i < ARRAY_COUNT(eras); i++) {
        if (!slice_eq_nocase(word, eras[i].name)) continue;
        *ret = era_span(&reader->options, eras[i].era, eras[i].back);
        return true;
    }
    return false;
}

/* 2026-11-01..2026-11-07, either may be left out; as everywhere, what is written belongs to it. */
static bool read_range(const QueryReader *reader, Slice word, TimeSpan *ret)
{
    int zone = reader->options.zone_offset_seconds;
    size_t dots = slice_find(word, SLICE(".."));
    if (dots == SLICE_NOT_FOUND || word.len == 2) return false;
    Slice low = slice_first(word, dots), high = slice_skip(word, dots + 2);
    TimeSpan first = {.from_ns = TIME_UNKNOWN + 1}, last = {.to_ns = INT64_MAX};
    if (low.len > 0 && time_span_parse(low, zone, &first) < 0) return false;
    if (high.len > 0 && time_span_parse(high, zone, &last) < 0) return false;
    *ret = (TimeSpan){.from_ns = first.from_ns, .to_ns = last.to_ns};
    return true;
}

static bool hour_of(const QueryReader *reader, Slice day, Slice hour, TimeSpan *ret)
{
    char text[24];
    if (hour.len != 5 && hour.len != 8) return false;
    memcpy(text, day.ptr, 10);
    text[10] = 'T';
    memcpy(text + 11, hour.ptr, hour.len);
    return time_span_parse(slice_of(text, 11 + hour.len), reader->options.zone_offset_seconds,
                           ret) == 0;
}

/* 2026-11-20 09:00..10:00; 22:00..06:00 ends on the next day. */
static bool take_hours(QueryReader *reader, Slice day, TimeSpan *ret)
{
    TimeSpan whole, first, last;
    if (day.len != 10 || time_span_parse(day, reader->options.zone_offset_seconds, &whole) < 0)
        return false;
    query_reader_peek(reader);
    Slice hours = query_reader_bare(reader, false);
    size_t dots = slice_find(hours, SLICE(".."));
    if (dots == SLICE_NOT_FOUND || !hour_of(reader, day, slice_first(hours, dots), &first) ||
        !hour_of(reader, day, slice_skip(hours, dots + 2), &last))
        return false;
    if (last.to_ns <= first.from_ns && last.to_ns < INT64_MAX - DAY_NS) last.to_ns += DAY_NS;
    *ret = (TimeSpan){.from_ns = first.from_ns, .to_ns = last.to_ns};
    return true;
}

static int complain_order(QueryReader *reader, size_t where)
{
    return QUERY_COMPLAIN(reader, where, "query.time_order",
                          "this time ends before it begins; write the earlier one first",
                          "終わりが始まりより前です。早いほうを先に書きます");
}

static int make_time_test(QueryReader *reader, const TimeSpan *span, Node **ret)
{
    FieldRef field;
    Condition *condition = ARENA_NEW(reader->arena, Condition);
    int r = field_ref_make(SLICE("@timestamp"), reader->arena, &field);
    if (r == 0) r = condition ? query_node_new(reader, NODE_TEST, ret) : -ENOMEM;
    if (r < 0) return r;
    *condition = (Condition){.kind = CONDITION_TIME,
                             .low = span->from_ns,
                             .high = (Decimal)span->to_ns - (span->to_ns < INT64_MAX)};
    (*ret)->test = (FieldTest){.field = field, .conditions = condition, .condition_count = 1};
    return 0;
}

int query_time_take(QueryReader *reader, Node **ret)
{
    size_t where = reader->at;
    TimeSpan span;
    Slice word = query_reader_bare(reader, false);
    size_t behind = reader->at;
    bool taken = word.len > 0 && take_last(reader, word, &span);
    if (!taken) {
        reader->at = behind;
        taken = take_era(reader, word, &span) || read_range(reader, word, &span) ||
                take_hours(reader, word, &span);
    }
    if (!taken) {
        reader->at = where;
        return 0;
    }
    if (span.to_ns <= span.from_ns) return complain_order(reader, where);
    int r = make_time_test(reader, &span, ret);
    return r < 0 ? r : 1;
}

/* --- what is known of a filter's times -------------------------------------------------------- */

typedef struct Moments {
    Decimal low, high; /* both belong to it */
} Moments;

static const Moments always = {.low = INT64_MIN, .high = INT64_MAX};

static Moments test_moments(const FieldTest *test)
{
    Moments all = {.low = INT64_MAX, .high = INT64_MIN};
    for (size_t i = 0; i < test->condition_count; i++) {
        const Condition *condition = &test->conditions[i];
        if (test->field.place != PLACE_TIME || condition->kind != CONDITION_TIME) return always;
        if (condition->low < all.low) all.low = condition->low;
        if (condition->high > all.high) all.high = condition->high;
    }
    return all;
}

static Moments node_moments(const Node *node)
{
    bool all = node->kind == NODE_AND;
    if (node->kind == NODE_TEST) return test_moments(&node->test);
    if (!all && node->kind != NODE_OR) return always;
    Moments joined = all ? always : (Moments){.low = INT64_MAX, .high = INT64_MIN};
    for (const Node *child = node->first; child; child = child->next) {
        Moments one = node_moments(child);
        if (all ? one.low > joined.low : one.low < joined.low) joined.low = one.low;
        if (all ? one.high < joined.high : one.high > joined.high) joined.high = one.high;
    }
    return joined;
}

void query_range(const Query *query, int64_t *from_ns, int64_t *to_ns)
{
    Moments moments = node_moments(query->filter);
    if (moments.low > *from_ns) {
        *from_ns = moments.low > INT64_MAX ? INT64_MAX : (int64_t)moments.low;
    }
    if (moments.high < (Decimal)*to_ns - 1) {
        *to_ns = moments.high < INT64_MIN ? INT64_MIN : (int64_t)(moments.high + 1);
    }
}
