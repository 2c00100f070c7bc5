/* The simulated factory: every line is what a real source could have written, the right answers
 * point at it, and the same seed says the same. */
#include "tests/support/tap.h"

#include "base/digest.h"
#include "base/map.h"
#include "base/number.h"
#include "decode/lines.h"
#include "simulate/simulate.h"
#include "simulate/workday.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static int64_t day_of(int year, int month, int day)
{
    return time_days_from_civil(year, month, day);
}

static SimulateOptions options_of(const char *scenario)
{
    return (SimulateOptions){.seed = 11,
                             .people_count = SANITIZED ? 12 : 24,
                             .first_day = day_of(2026, 10, 5), /* a Monday */
                             .day_count = SANITIZED ? 1 : 2,
                             .scenario = slice_from_cstr(scenario)};
}

/* --- what came out, all of it ----------------------------------------------------------------- */

typedef struct Place {
    size_t offset, len;
} Place;

typedef struct Output {
    Buf text;                          /* all lines */
    Buf places[SIMULATE_SOURCE_COUNT]; /* Place each, by line number */
    Buf labels, label_places;          /* Place each */
    int64_t last_ns;
    unsigned out_of_order, misnumbered;
} Output;

static size_t line_count(const Output *output, SimulateSource source)
{
    return output->places[source].len / sizeof(Place);
}
static Slice line_at(const Output *output, SimulateSource source, size_t index)
{
    const Place *places = (const Place *)(const void *)output->places[source].ptr;
    return slice_of(output->text.ptr + places[index].offset, places[index].len);
}
static Slice label_at(const Output *output, size_t index)
{
    const Place *places = (const Place *)(const void *)output->label_places.ptr;
    return slice_of(output->labels.ptr + places[index].offset, places[index].len);
}
static size_t label_count(const Output *output)
{
    return output->label_places.len / sizeof(Place);
}

static int keep_line(void *context, SimulateSource source, uint64_t line_number, int64_t time_ns,
                     Slice line)
{
    Output *output = context;
    const Place place = {output->text.len, line.len};
    if (time_ns < output->last_ns) output->out_of_order++;
    output->last_ns = time_ns;
    buf_add_slice(&output->text, line);
    buf_add(&output->places[source], &place, sizeof place);
    if (line_number != line_count(output, source)) output->misnumbered++;
    return 0;
}

static int keep_label(void *context, Slice label)
{
    Output *output = context;
    const Place place = {output->labels.len, label.len};
    buf_add_slice(&output->labels, label);
    buf_add(&output->label_places, &place, sizeof place);
    return 0;
}

static void output_done(Output *output)
{
    buf_done(&output->text);
    buf_done(&output->labels);
    buf_done(&output->label_places);
    for (size_t i = 0; i < SIMULATE_SOURCE_COUNT; i++) {
        buf_done(&output->places[i]);
    }
}

static bool output_make(Output *output, const SimulateOptions *options)
{
    Complaint complaint = {0};
    const SimulateSink sink = {keep_line, keep_label, output};
    *output = (Output){.last_ns = INT64_MIN};
    return expect_ok(simulate_run(options, &sink, &complaint));
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool is_windows(SimulateSource source)
{
    return source <= SIMULATE_DEFENDER;
}

static EventFormat format_of(SimulateSource source)
{
    if (is_windows(source)) return EVENT_WINDOWS;
    if (source == SIMULATE_CLOUD) return EVENT_JSON;
    return source == SIMULATE_DATABASE ? EVENT_TEXT : EVENT_SYSLOG;
}

static const DecodeOptions decode_options = {.zone_offset_seconds = SIMULATE_ZONE_SECONDS,
                                             .received_ns = (int64_t)1791500000 * NS_PER_SECOND};

static void check_lines(const Output *output, SimulateSource source, const char *scenario)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    unsigned wrong = 0;
    for (size_t i = 0; i < line_count(output, source); i++) {
        Event event;
        Slice line = line_at(output, source, i);
        arena_reset(&arena);
        bool good = line_decode(line, &decode_options, &arena, &event) == 0 &&
                    event.parse == PARSE_OK && event.format == format_of(source);
        bool says_time_itself =
            source != SIMULATE_FORTIGATE && source != SIMULATE_CLOUD && source != SIMULATE_DATABASE;
        if (good && says_time_itself) good = event.time_ns != TIME_UNKNOWN;
        if (good && is_windows(source)) good = event.record_id != 0;
        if (good || ++wrong > 3) continue;
        tap_fail(__FILE__, __LINE__, "%s: %.*s", scenario, SLICE_FMT(line));
    }
}

static void every_line_of_every_scenario_is_decoded(void)
{
    for (size_t i = 0; simulate_scenario_name(i).len > 0; i++) {
        Output output;
        Slice name = simulate_scenario_name(i);
        SimulateOptions options = options_of(name.ptr);
        options.names = i % 2 == 0 ? LANGUAGE_JA : LANGUAGE_EN;
        if (!output_make(&output, &options)) return;
        expect_int(output.out_of_order, 0);
        expect_int(output.misnumbered, 0);
        for (unsigned source = 0; source < SIMULATE_SOURCE_COUNT; source++) {
            check_lines(&output, (SimulateSource)source, name.ptr);
        }
        expect(simulate_scenario_words(i, LANGUAGE_JA)[0] != '\0');
        expect(simulate_scenario_words(i, LANGUAGE_EN)[0] != '\0');
        output_done(&output);
    }
}

/* --- Windows: numbers, sessions, handles ------------------------------------------------------ */

typedef struct Watch {
    Map records;  /* computer: last record number */
    Map sessions; /* computer and logon id: 1 open, 2 ended */
    Map handles;  /* pid and handle: 1 open, 0 closed */
    uint64_t gaps, unjoined, early, misused, reopened, opened, used;
} Watch;

static const uint64_t seed[2] = {1, 2};

static Slice key_of(Buf *room, Slice first, Slice second)
{
    buf_clear(room);
    buf_add_slice(room, first);
    buf_add_char(room, '|');
    buf_add_slice(room, second);
    return buf_slice(room);
}

static void watch_record(Watch *watch, const Event *event)
{
    uint64_t *last = map_put(&watch->records, event_text(event, "Computer"), NULL);
    if (!expect(last != NULL)) return;
    if (*last != 0 && event->record_id != *last + 1) watch->gaps++;
    *last = event->record_id;
}

static bool is_system(Slice logon_id)
{
    return logon_id.len == 0 || slice_eq(logon_id, SLICE("0x3e7")) ||
           slice_eq(logon_id, SLICE("0x0"));
}

static void watch_session(Watch *watch, const Event *event, uint64_t id, Buf *room)
{
    Slice computer = event_text(event, "Computer");
    Slice target = event_text(event, "TargetLogonId"),
          subject = event_text(event, "SubjectLogonId");
    if (id == 4624) {
        uint64_t *state = map_put(&watch->sessions, key_of(room, computer, target), NULL);
        if (state) *state = 1;
    }
    if (id == 4634 || id == 4647) {
        uint64_t *state = map_find(&watch->sessions, key_of(room, computer, target));
        if (!state || *state == 2) watch->unjoined++;
        if (state && id == 4634) *state = 2;
    }
    if (is_system(subject)) return;
    const uint64_t *state = map_find(&watch->sessions, key_of(room, computer, subject));
    if (!state || *state != 1) watch->unjoined++;
}

static void watch_handle(Watch *watch, const Event *event, uint64_t id, Buf *room)
{
    if (id != 4656 && id != 4663 && id != 4660 && id != 4658 && id != 4670) return;
    Slice handle = event_text(event, "HandleId");
    if (slice_eq(handle, SLICE("0x0"))) return;
    uint64_t *state =
        map_put(&watch->handles, key_of(room, event_text(event, "ProcessId"), handle), NULL);
    if (!expect(state != NULL)) return;
    if (id == 4656) {
        watch->opened++;
        if (*state == 1) watch->reopened++;
        *state = 1;
        return;
    }
    if (id == 4663) watch->used++;
    if (*state != 1) watch->misused++;
    if (id == 4658) *state = 0;
}

static uint64_t open_handles(const Watch *watch)
{
    size_t position = 0;
    uint64_t value, open = 0;
    Slice key;
    while (map_next(&watch->handles, &position, &key, &value)) {
        open += value;
    }
    return open;
}

static void watch_source(Watch *watch, const Output *output, SimulateSource source)
{
    CLEANUP(arena_done) Arena arena = arena_make(0);
    CLEANUP(buf_done) Buf room = {0};
    for (size_t i = 0; i < line_count(output, source); i++) {
        Event event;
        uint64_t id = 0;
        arena_reset(&arena);
        if (line_decode(line_at(output, source, i), &decode_options, &arena, &event) < 0) return;
        if (!expect_ok(number_parse_u64(event_text(&event, "EventID"), &id))) return;
        watch_record(watch, &event);
        watch_session(watch, &event, id, &room);
        watch_handle(watch, &event, id, &room);
    }
}

static Watch watch_all(const Output *output)
{
    static const SimulateSource logs[] = {SIMULATE_DC, SIMULATE_FS, SIMULATE_PCS};
    Watch watch = {.records = map_make(10000, seed),
                   .sessions = map_make(1000000, seed),
                   .handles = map_make(1000000, seed)};
    for (size_t i = 0; i < ARRAY_COUNT(logs); i++) {
        watch_source(&watch, output, logs[i]);
    }
    return watch;
}

static void watch_done(Watch *watch)
{
    map_done(&watch->records);
    map_done(&watch->sessions);
    map_done(&watch->handles);
}

static void windows_numbers_sessions_and_handles_join(void)
{
    for (size_t i = 0; simulate_scenario_name(i).len > 0; i++) {
        Output output;
        Slice name = simulate_scenario_name(i);
        const SimulateOptions options = options_of(name.ptr);
        bool makes_gap = slice_eq(name, SLICE("log-cleared"));
        if (!output_make(&output, &options)) return;
        Watch watch = watch_all(&output);
        tap_note("%.*s: %llu handles opened, %llu uses", SLICE_FMT(name),
                 (unsigned long long)watch.opened, (unsigned long long)watch.used);
        expect(watch.opened > 1000 && watch.used > 500 && watch.used < watch.opened);
        if (makes_gap) expect_int(watch.gaps, 1);
        if (!makes_gap) {
            expect_int(watch.gaps, 0);
            expect_int(watch.unjoined, 0);
            expect_int(watch.misused, 0);
            expect_int(watch.reopened, 0);
            expect_int(open_handles(&watch), 0);
        }
        watch_done(&watch);
        output_done(&output);
    }
}

static void expect_event_ids(const Output *output, SimulateSource source, const char *const *ids)
{
    for (; *ids; ids++) {
        char needle[32];
        int len = snprintf(needle, sizeof needle, "\"event_id\":\"%s\"", *ids);
        bool found = false;
        for (size_t i = 0; i < line_count(output, source) && !found; i++) {
            found = slice_find(line_at(output, source, i), slice_of(needle, (size_t)len)) !=
                    SLICE_NOT_FOUND;
        }
        if (!found) tap_fail(__FILE__, __LINE__, "no event %s", *ids);
    }
}

static void all_promised_windows_events_come(void)
{
    static const char *const dc[] = {"4624", "4634", "4672", "4768", "4769", "4776", "4625", "4728",
                                     "4720", "4722", "4724", "4738", "4740", "4726", NULL};
    static const char *const fs[] = {"4656", "4663", "4658", "4660", "4670",
                                     "5140", "5145", "1102", NULL};
    static const char *const pcs[] = {"4624", "4625", "4634", "4647", "4648", "4688", "4689", NULL};
    static const char *const system[] = {"7045", NULL};
    Output output;
    SimulateOptions options = options_of("ransomware");
    options.people_count = 60;
    options.day_count = 12;
    if (!output_make(&output, &options)) return;
    expect_event_ids(&output, SIMULATE_DC, dc);
    expect_event_ids(&output, SIMULATE_FS, fs);
    expect_event_ids(&output, SIMULATE_PCS, pcs);
    expect_event_ids(&output, SIMULATE_SYSTEM, system);
    output_done(&output);
}

/* --- labels ----------------------------------------------------------------------------------- */

static bool find_source(Slice name, SimulateSource *ret)
{
    if (!slice_starts(name, SLICE("lines."))) return false;
    for (unsigned i = 0; i < SIMULATE_SOURCE_COUNT; i++) {
        if (!slice_eq(slice_skip(name, 6),
                      slice_from_cstr(simulate_source_file((SimulateSource)i)))) {
            continue;
        }
        *ret = (SimulateSource)i;
        return true;
    }
    return false;
}

static bool mentions(Slice line, Slice word)
{
    return word.len > 1 && slice_find(line, word) != SLICE_NOT_FOUND;
}

/* That all its lines exist and are nobody else's, and that one names who or from where. */
static void check_label(const Output *output, Slice label, Buf *claimed, Arena *arena)
{
    Event event;
    uint64_t lines = 0, count = 0;
    bool told = false;
    if (!expect_ok(line_decode(label, &decode_options, arena, &event))) return;
    expect(event.format == EVENT_JSON && event_text(&event, "time").len > 0);
    Verb verb;
    expect_ok(verb_by_name(event_text(&event, "verb"), &verb));
    for (size_t i = 0; i < event.field_count; i++) {
        SimulateSource source;
        uint64_t number = 0;
        if (!find_source(event.fields[i].name, &source)) continue;
        if (!expect_ok(number_parse_u64(event.fields[i].value, &number))) return;
        if (!expect(number >= 1 && number <= line_count(output, source))) return;
        lines++;
        if (claimed[source].ptr[number - 1]++) tap_fail(__FILE__, __LINE__, "claimed twice");
        Slice line = line_at(output, source, number - 1);
        told = told || mentions(line, event_text(&event, "user")) ||
               mentions(line, event_text(&event, "ip")) || mentions(line, event_text(&event, "pc"));
        told = told || mentions(line, event_text(&event, "object"));
    }
    expect_ok(number_parse_u64(event_text(&event, "count"), &count));
    expect_int(lines, count);
    if (count > 0 && !told) tap_fail(__FILE__, __LINE__, "%.*s", SLICE_FMT(label));
}

static void labels_point_at_lines_that_exist(void)
{
    for (size_t scenario = 0; simulate_scenario_name(scenario).len > 0; scenario++) {
        CLEANUP(arena_done) Arena arena = arena_make(0);
        Output output;
        Buf claimed[SIMULATE_SOURCE_COUNT] = {0};
        const SimulateOptions options = options_of(simulate_scenario_name(scenario).ptr);
        if (!output_make(&output, &options)) return;
        for (unsigned i = 0; i < SIMULATE_SOURCE_COUNT; i++) {
            size_t count = line_count(&output, (SimulateSource)i);
            char *room = buf_reserve(&claimed[i], count + 1);
            if (expect(room != NULL)) memset(room, 0, count + 1);
        }
        for (size_t i = 0; i < label_count(&output); i++) {
            arena_reset(&arena);
            check_label(&output, label_at(&output, i), claimed, &arena);
        }
        expect(label_count(&output) > 500);
        for (unsigned i = 0; i < SIMULATE_SOURCE_COUNT; i++) {
            buf_done(&claimed[i]);
        }
        output_done(&output);
    }
}

typedef struct Promise {
    const char *scenario;
    const char *rows[6];
} Promise;

static bool any_label_holds(const Output *output, const char *text)
{
    return slice_find(buf_slice(&output->labels), slice_from_cstr(text)) != SLICE_NOT_FOUND;
}

static void attacks_are_labelled_with_what_they_should_set_off(void)
{
    static const Promise promises[] = {
        {"quiet-day", {NULL}},
        {"busy-month-end", {NULL}},
        {"ransomware", {"\"D1\"", "\"D14\"", "\"D38\"", "\"D6\"", "\"D20\"", "\"D33\""}},
        {"password-spray", {"\"D2\"", NULL}},
        {"insider-copy", {"\"D23\"", "\"D24\"", "\"D33\"", NULL}},
        {"vpn-from-abroad", {"\"D3\"", "\"D10\"", "\"D5\"", NULL}},
        {"log-cleared", {"\"D8\"", NULL}},
        {"scan-inside", {"\"D35\"", NULL}},
        {"c2-beacon", {"\"D61\"", "\"D38\"", NULL}},
        {"silent-source", {"\"D62\"", NULL}},
        {"slow-exfiltration", {"\"D25\"", NULL}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(promises); i++) {
        Output output;
        const SimulateOptions options = options_of(promises[i].scenario);
        if (!output_make(&output, &options)) return;
        expect(any_label_holds(&output, "\"phase\"") == (promises[i].rows[0] != NULL));
        for (size_t at = 0; at < 6 && promises[i].rows[at]; at++) {
            if (any_label_holds(&output, promises[i].rows[at])) continue;
            tap_fail(__FILE__, __LINE__, "%s: no %s", promises[i].scenario, promises[i].rows[at]);
        }
        output_done(&output);
    }
}

static void a_silent_source_sends_nothing_for_hours(void)
{
    Output output;
    const SimulateOptions options = options_of("silent-source");
    int64_t last_ns = TIME_UNKNOWN, longest_ns = 0;
    if (!output_make(&output, &options)) return;
    for (size_t i = 0; i < line_count(&output, SIMULATE_FORTIGATE); i++) {
        Slice line = line_at(&output, SIMULATE_FORTIGATE, i);
        int64_t at_ns;
        size_t at = slice_find(line, SLICE("eventtime=")) + 10;
        if (!expect_ok(number_parse_i64(slice_first(slice_skip(line, at), 19), &at_ns))) return;
        if (last_ns != TIME_UNKNOWN && at_ns - last_ns > longest_ns) longest_ns = at_ns - last_ns;
        last_ns = at_ns;
    }
    expect(longest_ns > 239 * 60 * NS_PER_SECOND && longest_ns < 245 * 60 * NS_PER_SECOND);
    output_done(&output);
}

/* --- the same again, much of it, and wrong wishes --------------------------------------------- */

static Digest digest_of(const SimulateOptions *options)
{
    Output output;
    Digest digest = {0};
    if (!output_make(&output, options)) return digest;
    const Slice pieces[] = {buf_slice(&output.text), buf_slice(&output.labels)};
    digest = digest_sha256(pieces, ARRAY_COUNT(pieces));
    output_done(&output);
    return digest;
}

static void the_same_seed_gives_the_same_bytes(void)
{
    SimulateOptions options = options_of("ransomware");
    Digest first = digest_of(&options), again = digest_of(&options);
    expect(memcmp(&first, &again, sizeof first) == 0);
    options.seed++;
    Digest other = digest_of(&options);
    expect(memcmp(&first, &other, sizeof first) != 0);
}

typedef struct Total {
    uint64_t lines, bytes, labels;
} Total;

static int count_line(void *context, SimulateSource source, uint64_t line_number, int64_t time_ns,
                      Slice line)
{
    Total *total = context;
    (void)source;
    (void)line_number;
    (void)time_ns;
    total->lines++;
    total->bytes += line.len + 1;
    return 0;
}

static int count_label(void *context, Slice label)
{
    (void)label;
    ((Total *)context)->labels++;
    return 0;
}

static long memory_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static Total total_of(unsigned day_count)
{
    Total total = {0};
    Complaint complaint = {0};
    const SimulateSink sink = {count_line, count_label, &total};
    SimulateOptions options = options_of("slow-exfiltration");
    options.people_count = 8;
    options.first_day = day_of(2026, 4, 1);
    options.day_count = day_count;
    expect_ok(simulate_run(&options, &sink, &complaint));
    return total;
}

static void a_year_needs_no_more_memory_than_ten_days(void)
{
    Total ten_days = total_of(10);
    long before_kib = memory_kib();
    Total year = total_of(SANITIZED ? 45 : 365);
    long more_kib = memory_kib() - before_kib;
    tap_note("%llu lines, %llu bytes, %llu labels, %ld KiB more than ten days",
             (unsigned long long)year.lines, (unsigned long long)year.bytes,
             (unsigned long long)year.labels, more_kib);
    expect(year.lines > ten_days.lines * 3 && year.labels > ten_days.labels * 3);
    expect(ten_days.lines > 10000);
    if (!SANITIZED) expect(more_kib < 2048);
}

static int stop_line(void *context, SimulateSource source, uint64_t line_number, int64_t time_ns,
                     Slice line)
{
    (void)source;
    (void)line_number;
    (void)time_ns;
    (void)line;
    return ++*(unsigned *)context > 500 ? -ENOSPC : 0;
}

static int pass_label(void *context, Slice label)
{
    (void)context;
    (void)label;
    return 0;
}

static void a_sink_that_fails_ends_the_run(void)
{
    unsigned lines = 0;
    Complaint complaint = {0};
    const SimulateSink sink = {stop_line, pass_label, &lines};
    const SimulateOptions options = options_of("quiet-day");
    expect_int(simulate_run(&options, &sink, &complaint), -ENOSPC);
    expect_int(lines, 501);
}

static void expect_refused(SimulateOptions options, const char *id)
{
    Complaint complaint = {0};
    expect_int(simulate_judge(&options, &complaint), -EINVAL);
    expect_text(slice_from_cstr(complaint.id), id);
    expect(complaint.ja[0] != '\0' && complaint.en[0] != '\0');
}

static void wishes_out_of_range_are_refused(void)
{
    SimulateOptions options = options_of("nothing-like-it");
    expect_refused(options, "simulate.scenario");
    options = options_of("quiet-day");
    options.people_count = SIMULATE_PEOPLE_MIN - 1;
    expect_refused(options, "simulate.people");
    options.people_count = SIMULATE_PEOPLE_MAX + 1;
    expect_refused(options, "simulate.people");
    options = options_of("quiet-day");
    options.day_count = 0;
    expect_refused(options, "simulate.days");
    options.day_count = 2;
    options.first_day = day_of(2099, 12, 31);
    expect_refused(options, "simulate.days");
    options.first_day = day_of(1999, 12, 31);
    expect_refused(options, "simulate.days");
}

/* --- the calendar, by the Cabinet Office's published list of national holidays ------------------
 */

static void holidays_are_those_of_japan(void)
{
    static const int holidays[][3] = {
        {2026, 1, 1},  {2026, 1, 12}, {2026, 2, 11},  {2026, 2, 23},  {2026, 3, 20}, {2026, 4, 29},
        {2026, 5, 3},  {2026, 5, 4},  {2026, 5, 5},   {2026, 5, 6},   {2026, 7, 20}, {2026, 8, 11},
        {2026, 9, 21}, {2026, 9, 22}, {2026, 9, 23},  {2026, 10, 12}, {2026, 11, 3}, {2026, 11, 23},
        {2025, 2, 24}, {2025, 5, 6},  {2025, 11, 24}, {2024, 2, 12},  {2024, 8, 12}, {2024, 9, 22},
        {2024, 9, 23}, {2024, 11, 4}, {2023, 3, 21},  {2023, 1, 2},
    };
    unsigned in_2026 = 0;
    for (size_t i = 0; i < ARRAY_COUNT(holidays); i++) {
        int64_t day = day_of(holidays[i][0], holidays[i][1], holidays[i][2]);
        if (workday_is_national_holiday(day)) continue;
        tap_fail(__FILE__, __LINE__, "%d-%d-%d", holidays[i][0], holidays[i][1], holidays[i][2]);
    }
    for (int64_t day = day_of(2026, 1, 1); day <= day_of(2026, 12, 31); day++) {
        in_2026 += workday_is_national_holiday(day);
    }
    expect_int(in_2026, 18);
}

static void the_company_works_on_worked_days_only(void)
{
    expect(workday_is_worked(day_of(2026, 11, 20)));
    expect(!workday_is_worked(day_of(2026, 11, 21))); /* Saturday */
    expect(!workday_is_worked(day_of(2026, 12, 29)));
    expect(!workday_is_worked(day_of(2026, 8, 13)));
    expect(workday_is_month_end(day_of(2026, 10, 30)));
    expect(!workday_is_month_end(day_of(2026, 10, 29)));
    expect_int(workday_weekday(day_of(2026, 11, 20)), 5);
}

static void a_weekend_is_quiet(void)
{
    Total total = {0}, worked = {0};
    Complaint complaint = {0};
    SimulateSink sink = {count_line, count_label, &total};
    SimulateOptions options = options_of("quiet-day");
    options.first_day = day_of(2026, 10, 10); /* Saturday; Monday is a holiday */
    options.day_count = 3;
    expect_ok(simulate_run(&options, &sink, &complaint));
    options.first_day = day_of(2026, 10, 6);
    sink.context = &worked;
    expect_ok(simulate_run(&options, &sink, &complaint));
    expect(total.lines * 3 < worked.lines);
}

static const TapTest tests[] = {
    /* First: it looks at the most memory that the process ever had. */
    TAP_TEST(a_year_needs_no_more_memory_than_ten_days),
    TAP_TEST(every_line_of_every_scenario_is_decoded),
    TAP_TEST(windows_numbers_sessions_and_handles_join),
    TAP_TEST(all_promised_windows_events_come),
    TAP_TEST(labels_point_at_lines_that_exist),
    TAP_TEST(attacks_are_labelled_with_what_they_should_set_off),
    TAP_TEST(a_silent_source_sends_nothing_for_hours),
    TAP_TEST(the_same_seed_gives_the_same_bytes),
    TAP_TEST(a_sink_that_fails_ends_the_run),
    TAP_TEST(wishes_out_of_range_are_refused),
    TAP_TEST(holidays_are_those_of_japan),
    TAP_TEST(the_company_works_on_worked_days_only),
    TAP_TEST(a_weekend_is_quiet),
};
TAP_MAIN(tests)
