/* See context.h: a context is made from the company's document and its files. */
#include "translate/context/company_node.h"

#include "base/number.h"
#include "translate/context/list_lines.h"
#include "translate/source/source_charset.h"

#include <errno.h>
#include <stdlib.h>

#define LIST_COMPLAINT_ID "company.list_line"

static int read_zone(const Company *company, const Node *node)
{
    uint64_t hours, minutes;
    if (!node) return 0;
    Slice zone = node->text;
    bool good = zone.len == 6 && (zone.ptr[0] == '+' || zone.ptr[0] == '-') && zone.ptr[3] == ':' &&
                number_parse_u64(slice_of(zone.ptr + 1, 2), &hours) == 0 &&
                number_parse_u64(slice_of(zone.ptr + 4, 2), &minutes) == 0 && hours <= 14 &&
                minutes < 60;
    if (!good) {
        return COMPANY_REFUSE(company, node, "company.zone", "zone is written \"+09:00\"",
                              "zone は \"+09:00\" の形で書いてください");
    }
    int seconds = (int)(hours * 3600 + minutes * 60);
    company->context->calendar.zone_offset_seconds = zone.ptr[0] == '-' ? -seconds : seconds;
    return 0;
}

int company_read(Context *context, Slice document, Complaint *complaint)
{
    static const Slice keys[] = {SLICE_INIT("name"),      SLICE_INIT("zone"),
                                 SLICE_INIT("calendar"),  SLICE_INIT("departments"),
                                 SLICE_INIT("networks"),  SLICE_INIT("sites"),
                                 SLICE_INIT("countries"), SLICE_INIT("watch"),
                                 SLICE_INIT("threats"),   SLICE_INIT("geoip_file")};
    const Company company = {.context = context, .complaint = complaint};
    Node *top = NULL;
    int r = 0;
    if (slice_trim(document).len > 0) {
        r = source_yaml_read(document, &context->arena, &top, complaint);
        if (r == 0) r = company_map(&company, top, keys, ARRAY_COUNT(keys));
    }
    if (r == 0) r = read_zone(&company, node_member(top, "zone"));
    if (r == 0) r = company_calendar(&company, node_member(top, "calendar"));
    if (r == 0) r = company_departments(&company, node_member(top, "departments"));
    if (r == 0) r = company_networks(&company, node_member(top, "networks"));
    if (r == 0) r = company_sites(&company, node_member(top, "sites"));
    if (r == 0) r = company_countries(&company, node_member(top, "countries"));
    if (r == 0) r = company_watch(&company, node_member(top, "watch"));
    if (r == 0) r = company_threats(&company, node_member(top, "threats"));
    const Node *geo = node_member(top, "geoip_file");
    if (r < 0 || !geo) return r;
    return company_file(&company, geo,
                        &(ContextFile){.kind = CONTEXT_FILE_GEO, .list = SLICE("geoip")});
}

int context_new(Slice document, const ContextOptions *options, Context **ret, Complaint *complaint)
{
    Context *context = calloc(1, sizeof *context);
    if (!context) return -ENOMEM;
    context->now_ns = options->now_ns;
    context->calendar.zone_offset_seconds = options->zone_offset_seconds;
    context->members = map_make(CONTEXT_MEMBERS_MAX, options->seed);
    watch_init(&context->watch, options->seed);
    threat_init(&context->threats, options->seed);
    int r = company_read(context, document, complaint);
    if (r < 0) {
        context_free(context);
        return r;
    }
    *ret = context;
    return 0;
}

void context_free(Context *context)
{
    if (!context) return;
    calendar_done(&context->calendar);
    network_map_done(&context->zones);
    network_map_done(&context->sites);
    network_map_done(&context->countries);
    network_map_done(&context->geo);
    map_done(&context->members);
    watch_done(&context->watch);
    threat_done(&context->threats);
    arena_done(&context->arena);
    free(context);
}

size_t context_file_count(const Context *context)
{
    return context->file_count;
}

const ContextFile *context_file(const Context *context, size_t index)
{
    return &context->files[index];
}

int context_finish(Context *context)
{
    int r = watch_finish(&context->watch);
    return r == 0 ? threat_finish(&context->threats) : r;
}

/* --- lists of people: one value a line, or CSV with value, until, from -------------------------
 */

typedef struct ListReading {
    Context *context;
    const ContextFile *file;
    ContextTally *tally;
    Complaint *complaint;
    size_t value_at, from_at, until_at; /* columns */
    bool has_head;
} ListReading;

static bool is_one_of(Slice cell, const Slice *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq_nocase(cell, names[i])) return true;
    }
    return false;
}

/* A first row that names columns. */
static bool take_head(ListReading *reading, const ListRow *row)
{
    static const Slice values[] = {
        SLICE_INIT("value"),      SLICE_INIT("user"),       SLICE_INIT("account"),
        SLICE_INIT("値"),         SLICE_INIT("ユーザー"),   SLICE_INIT("ユーザー名"),
        SLICE_INIT("ユーザーID"), SLICE_INIT("アカウント"), SLICE_INIT("名前")};
    static const Slice from[] = {SLICE_INIT("from"), SLICE_INIT("開始"), SLICE_INIT("開始日")};
    static const Slice until[] = {SLICE_INIT("until"), SLICE_INIT("期限"), SLICE_INIT("終了日")};
    bool is_head = false;
    for (size_t i = 0; i < row->count; i++) {
        Slice cell = row->cells[i];
        bool value = is_one_of(cell, values, ARRAY_COUNT(values));
        if (value) reading->value_at = i;
        if (is_one_of(cell, from, ARRAY_COUNT(from))) reading->from_at = i;
        if (is_one_of(cell, until, ARRAY_COUNT(until))) reading->until_at = i;
        is_head |= value || reading->from_at == i || reading->until_at == i;
    }
    return is_head;
}

/* 0: taken, or no date there; -EINVAL. */
static int take_day(const ListReading *reading, const ListRow *row, size_t at, bool its_end,
                    int64_t *ret_ns)
{
    int64_t days;
    if (at >= row->count || row->cells[at].len == 0) return 0;
    int r = company_date(row->cells[at], &days);
    if (r < 0) return r;
    int64_t zone = reading->context->calendar.zone_offset_seconds;
    *ret_ns = ((days + its_end) * 86400 - zone) * NS_PER_SECOND;
    return 0;
}

static int take_row(const ListReading *reading, const ListRow *row)
{
    WatchSpan span = WATCH_ALWAYS;
    if (reading->value_at >= row->count) return -EINVAL;
    Slice value = row->cells[reading->value_at];
    if (reading->file->kind == CONTEXT_FILE_DEPARTMENT) {
        return company_add_member(reading->context, MEMBER_USER, value, reading->file->index);
    }
    int r = take_day(reading, row, reading->from_at, false, &span.from_ns);
    if (r == 0) r = take_day(reading, row, reading->until_at, true, &span.until_ns);
    return r < 0 ? r : watch_add(&reading->context->watch, reading->file->index, value, span);
}

static void complain_of_line(Complaint *complaint, unsigned line, uint64_t count)
{
    if (complaint) complaint->line = line;
    complaint_say(complaint, LIST_COMPLAINT_ID,
                  "%llu lines cannot be used, this is the first: no value of this list, a date not "
                  "like 2026-12-31, or the lists are full",
                  "使えない行が %llu 行あります（これが最初）。このリストの値ではないか、日付が "
                  "2026-12-31 の形でないか、リストがいっぱいです",
                  (unsigned long long)count);
}

static int read_list(ListReading *reading, Slice text)
{
    ListLines lines = list_lines(text);
    unsigned first_refused = 0;
    bool is_first = true;
    ListRow row;
    int r = 0;
    reading->from_at = SIZE_MAX;
    reading->until_at = 1;
    while (list_next(&lines, &row)) {
        bool is_head = is_first && take_head(reading, &row);
        is_first = false;
        if (is_head) continue;
        r = take_row(reading, &row);
        if (r == -ENOMEM) return r;
        reading->tally->added += r == 0;
        if (r < 0 && reading->tally->refused++ == 0) first_refused = row.line;
    }
    if (reading->tally->refused == 0) return 0;
    complain_of_line(reading->complaint, first_refused, reading->tally->refused);
    return -EINVAL;
}

/* Excel writes CSV in code page 932. */
static int read_people(ListReading *reading, Slice bytes)
{
    CLEANUP(arena_done) Arena arena = arena_make(4 * CONTEXT_LIST_BYTES_MAX);
    Slice text = bytes;
    if (charset_is_needed(bytes)) {
        Charset *charset = charset_new();
        int r = charset ? charset_to_utf8(charset, bytes, (Slice){0}, &arena, &text) : -ENOMEM;
        charset_free(charset);
        if (r < 0) return r;
    }
    return read_list(reading, text);
}

/* --- threat lists ----------------------------------------------------------------------------- */

static int read_threats(Context *context, const ContextFile *file, Slice bytes, ContextTally *ret,
                        Complaint *complaint)
{
    ThreatTally tally = {0};
    Slice front = slice_trim(slice_first(bytes, 4096));
    if (slice_starts(front, SLICE("\xef\xbb\xbf"))) front = slice_trim(slice_skip(front, 3));
    bool is_json = front.len > 0 && (front.ptr[0] == '{' || slice_starts(front, SLICE("[{")));
    int r = is_json ? threat_read_stix(&context->threats, file->index, bytes, context->now_ns,
                                       &tally, complaint)
                    : threat_read_lines(&context->threats, file->index, bytes, file->cell, &tally);
    *ret = (ContextTally){.added = tally.added, .refused = tally.refused, .expired = tally.expired};
    if (r < 0) return r;
    if (tally.is_full) {
        complaint_say(complaint, "company.threats_full",
                      "the threat lists hold more than %u entries; the rest is not in use",
                      "脅威リストが合わせて %u 件を越えました。残りは使われません",
                      THREAT_ENTRIES_MAX);
        return -EINVAL;
    }
    if (tally.added > 0 || tally.refused == 0) return 0;
    if (complaint) complaint->line = tally.first_refused_line;
    complaint_say(complaint, "company.no_indicator",
                  "there is no address, network, domain, URL or hash in this list",
                  "このリストにはアドレス、ネットワーク、ドメイン、URL、ハッシュがありません");
    return -EINVAL;
}

int context_add_file(Context *context, size_t index, Slice bytes, ContextTally *ret,
                     Complaint *complaint)
{
    const ContextFile *file = &context->files[index];
    ListReading reading = {.context = context, .file = file, .tally = ret, .complaint = complaint};
    *ret = (ContextTally){0};
    switch (file->kind) {
    case CONTEXT_FILE_DEPARTMENT:
    case CONTEXT_FILE_WATCH: return read_people(&reading, bytes);
    case CONTEXT_FILE_THREAT: return read_threats(context, file, bytes, ret, complaint);
    case CONTEXT_FILE_GEO: break;
    }
    int r = geo_read(bytes, &context->geo, complaint);
    if (r < 0) network_map_done(&context->geo);
    ret->added = context->geo.v4_count + context->geo.v6_count;
    return r;
}
