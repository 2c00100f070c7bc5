/* See json_time.h. */
#include "decode/json_time.h"

/* Best first. */
static const Slice candidates[] = {
    SLICE_INIT("@timestamp"),
    SLICE_INIT("timestamp"),
    SLICE_INIT("Timestamp"),
    SLICE_INIT("time"),
    SLICE_INIT("Time"),
    SLICE_INIT("ts"),
    SLICE_INIT("eventTime"),
    SLICE_INIT("EventTime"),
    SLICE_INIT("TimeCreated"),
    SLICE_INIT("datetime"),
    SLICE_INIT("dateTime"),
    SLICE_INIT("date"),
    SLICE_INIT("id.time"),
    SLICE_INIT("creationTime"),
    SLICE_INIT("CreationTime"),
    SLICE_INIT("created_at"),
    SLICE_INIT("createdDateTime"),
    SLICE_INIT("time_generated"),
    SLICE_INIT("TimeGenerated"),
    SLICE_INIT("t.$date"),
    SLICE_INIT("_time"),
    SLICE_INIT("published"),
    SLICE_INIT("__REALTIME_TIMESTAMP"),
};

#define CANDIDATE_BYTES_MAX 20

static size_t candidate_rank(Slice name)
{
    if (name.len > CANDIDATE_BYTES_MAX) return ARRAY_COUNT(candidates);
    size_t rank = 0;
    while (rank < ARRAY_COUNT(candidates) && !slice_eq(candidates[rank], name)) {
        rank++;
    }
    return rank;
}

bool json_time_is_candidate(Slice name)
{
    return candidate_rank(name) < ARRAY_COUNT(candidates);
}

typedef struct EpochText {
    int64_t whole;
    int64_t fraction_ns; /* of one unit, as billionths */
} EpochText;

/* Digits, then maybe a fraction. No sign and no exponent: no logger writes its clock so. */
static bool read_epoch(Slice text, EpochText *ret)
{
    size_t at = 0;
    int64_t whole = 0, fraction = 0, place = NS_PER_SECOND / 10;
    for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++) {
        if (__builtin_mul_overflow(whole, 10, &whole)) return false;
        if (__builtin_add_overflow(whole, text.ptr[at] - '0', &whole)) return false;
    }
    if (at == 0) return false;
    if (at < text.len && text.ptr[at] == '.') {
        for (at++; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++) {
            fraction += (text.ptr[at] - '0') * place;
            place /= 10;
        }
    }
    *ret = (EpochText){.whole = whole, .fraction_ns = fraction};
    return at == text.len;
}

static int64_t epoch_time(EpochText epoch)
{
    static const struct {
        int64_t below;
        int64_t unit_ns;
    } units[] = {
        {100000000000, NS_PER_SECOND}, {100000000000000, NS_PER_MS}, {100000000000000000, 1000}};
    int64_t unit_ns = 1, ns;
    for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
        if (epoch.whole >= units[i].below) continue;
        unit_ns = units[i].unit_ns;
        break;
    }
    if (__builtin_mul_overflow(epoch.whole, unit_ns, &ns)) return TIME_UNKNOWN;
    int64_t fraction_ns = epoch.fraction_ns / (NS_PER_SECOND / unit_ns);
    if (__builtin_add_overflow(ns, fraction_ns, &ns)) return TIME_UNKNOWN;
    return ns;
}

/* Below this a number is a count, a level or a year, not a clock: 1973-03-03 in seconds. */
#define EPOCH_MIN 100000000

/* `2026-11-20 17:40:37 +0900`, as Fluent Bit and Ruby write it, with the zone next to the time. */
static Slice without_blank_before_zone(Slice text, char room[TIME_TEXT_MAX])
{
    size_t blank = slice_rfind_char(text, ' ');
    if (blank == SLICE_NOT_FOUND || blank < 19 || text.len > TIME_TEXT_MAX) return text;
    Slice zone = slice_skip(text, blank + 1);
    if (zone.len == 0 || (zone.ptr[0] != '+' && zone.ptr[0] != '-')) return text;
    memcpy(room, text.ptr, blank);
    memcpy(room + blank, zone.ptr, zone.len);
    return slice_of(room, text.len - 1);
}

int64_t json_time_parse(Slice text, int zone_offset_seconds)
{
    int64_t ns;
    char room[TIME_TEXT_MAX];
    if (slice_ends(text, SLICE(" UTC"))) {
        text.len -= 4;
        zone_offset_seconds = 0;
    }
    text = without_blank_before_zone(text, room);
    if (time_parse_rfc3339(text, zone_offset_seconds, &ns) == 0) return ns;
    EpochText epoch;
    if (!read_epoch(text, &epoch) || epoch.whole < EPOCH_MIN) return TIME_UNKNOWN;
    return epoch_time(epoch);
}

int64_t json_time_find(const Field *fields, size_t count, int zone_offset_seconds)
{
    size_t best_rank = ARRAY_COUNT(candidates);
    int64_t best_ns = TIME_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        size_t rank = candidate_rank(fields[i].name);
        if (rank >= best_rank || fields[i].kind > FIELD_NUMBER) continue;
        int64_t ns = json_time_parse(fields[i].value, zone_offset_seconds);
        if (ns == TIME_UNKNOWN) continue;
        best_rank = rank;
        best_ns = ns;
    }
    return best_ns;
}
