/* The company's document: calendar and departments. See company_node.h. */
#include "translate/context/company_node.h"

#include "base/number.h"

#include <errno.h>

#define WORKING_WEEK 0x1f /* Monday to Friday */
#define WEEKEND 0x60
/* Labour Standards Act (労働基準法), article 37, paragraph 4: night work is from 22:00 to 5:00. */
#define DAY_FROM_MIN (5 * 60)
#define DAY_TO_MIN (22 * 60)

static bool weekday_by_name(Slice text, unsigned *ret)
{
    static const Slice names[][3] = {
        {SLICE_INIT("mon"), SLICE_INIT("monday"), SLICE_INIT("月")},
        {SLICE_INIT("tue"), SLICE_INIT("tuesday"), SLICE_INIT("火")},
        {SLICE_INIT("wed"), SLICE_INIT("wednesday"), SLICE_INIT("水")},
        {SLICE_INIT("thu"), SLICE_INIT("thursday"), SLICE_INIT("木")},
        {SLICE_INIT("fri"), SLICE_INIT("friday"), SLICE_INIT("金")},
        {SLICE_INIT("sat"), SLICE_INIT("saturday"), SLICE_INIT("土")},
        {SLICE_INIT("sun"), SLICE_INIT("sunday"), SLICE_INIT("日")},
    };
    for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
        for (size_t k = 0; k < 3; k++) {
            if (!slice_eq_nocase(slice_trim(text), names[i][k])) continue;
            *ret = i;
            return true;
        }
    }
    return false;
}

/* `mon`, or `mon-fri`. */
static int take_weekday(const Company *company, const Node *item, void *context)
{
    uint8_t *days = context;
    size_t dash = slice_find_char(item->text, '-');
    unsigned from = 0, to;
    bool good = item->kind == NODE_TEXT && weekday_by_name(slice_first(item->text, dash), &from);
    to = from;
    if (good && dash != SLICE_NOT_FOUND) {
        good = weekday_by_name(slice_skip(item->text, dash + 1), &to);
    }
    if (!good) {
        return COMPANY_REFUSE(company, item, "company.weekday",
                              "days of the week are written mon, tue ... sun, or mon-fri",
                              "曜日は mon tue ... sun または mon-fri（月-金）の形で書いてください");
    }
    for (unsigned day = from;; day = (day + 1) % 7) {
        *days = (uint8_t)(*days | 1u << day);
        if (day == to) return 0;
    }
}

static int read_weekdays(const Company *company, const Node *node, uint8_t *ret)
{
    uint8_t days = 0;
    int r = company_each(company, node, take_weekday, &days);
    if (r == 0 && node) *ret = days;
    return r;
}

static int read_time_of_day(const Company *company, const Node *shift, const char *key,
                            uint16_t *ret)
{
    const Node *node = node_member(shift, key);
    uint64_t hour, minute;
    Slice text = node && node->kind == NODE_TEXT ? node->text : (Slice){0};
    size_t colon = slice_find_char(text, ':');
    bool good = colon != SLICE_NOT_FOUND &&
                number_parse_u64(slice_first(text, colon), &hour) == 0 &&
                number_parse_u64(slice_skip(text, colon + 1), &minute) == 0 && minute < 60 &&
                hour * 60 + minute <= 1440;
    if (!good) {
        return COMPANY_REFUSE(company, node ? node : shift, "company.time_of_day",
                              "%s takes a time of day, such as \"08:30\"",
                              "%s には \"08:30\" の形の時刻を書いてください", key);
    }
    *ret = (uint16_t)(hour * 60 + minute);
    return 0;
}

static int take_shift(const Company *company, const Node *item, void *context)
{
    static const Slice keys[] = {SLICE_INIT("name"), SLICE_INIT("days"), SLICE_INIT("from"),
                                 SLICE_INIT("to"), SLICE_INIT("on_holidays")};
    Calendar *calendar = context;
    WorkShift shift = {.weekdays = (uint8_t)(0x7f & ~calendar->weekend)};
    if (calendar->shift_count == CALENDAR_SHIFTS_MAX) {
        return COMPANY_REFUSE(company, item, "company.shifts", "there are more than %d shifts",
                              "勤務時間帯が %d 個を越えています", CALENDAR_SHIFTS_MAX);
    }
    int r = company_map(company, item, keys, ARRAY_COUNT(keys));
    if (r == 0) r = company_name(company, item, "name", &shift.name);
    if (r == 0) r = read_weekdays(company, node_member(item, "days"), &shift.weekdays);
    if (r == 0) r = read_time_of_day(company, item, "from", &shift.from_min);
    if (r == 0) r = read_time_of_day(company, item, "to", &shift.to_min);
    if (r == 0) r = company_bool(company, node_member(item, "on_holidays"), &shift.on_holidays);
    if (r == 0) calendar->shifts[calendar->shift_count++] = shift;
    return r;
}

/* `2026-12-29`, or `12-29` for each year (*ret_year 0). */
static bool read_day(const Node *node, int *ret_year, int *ret_month, int *ret_day)
{
    char room[16] = "2000-"; /* a leap year: 02-29 is a day of some years */
    int64_t days;
    if (!node || node->kind != NODE_TEXT) return false;
    Slice text = node->text;
    bool yearly = text.len == 5;
    if (yearly) {
        memcpy(room + 5, text.ptr, 5);
        text = slice_of(room, 10);
    }
    if (company_date(text, &days) < 0) return false;
    CivilTime civil = time_to_civil(days * 86400 * NS_PER_SECOND);
    *ret_year = yearly ? 0 : civil.year;
    *ret_month = civil.month;
    *ret_day = civil.day;
    return true;
}

static int judge_span(const Company *company, const Node *item, const CalendarSpan *span)
{
    int64_t first = time_days_from_civil(span->year, span->month, span->day);
    int64_t last = time_days_from_civil(span->last_year, span->last_month, span->last_day);
    bool mixed = (span->year == 0) != (span->last_year == 0);
    bool wrong = span->year != 0 && (last < first || last - first > 366);
    if (!mixed && !wrong) return 0;
    return COMPANY_REFUSE(company, item, "company.span",
                          "the last day is not behind the first, or only one of them has a year",
                          "最後の日が最初の日より前か、片方にだけ年が書かれています");
}

static int take_span(const Company *company, const Node *item, CalendarSpan *span)
{
    static const Slice keys[] = {SLICE_INIT("date"), SLICE_INIT("until"), SLICE_INIT("name")};
    const Node *first = item, *last;
    if (item->kind != NODE_TEXT) {
        int r = company_map(company, item, keys, ARRAY_COUNT(keys));
        if (r < 0) return r;
        first = node_member(item, "date");
    }
    last = node_member(item, "until");
    const Node *name = node_member(item, "name");
    span->name = name && name->kind == NODE_TEXT ? name->text : (Slice){0};
    if (!read_day(first, &span->year, &span->month, &span->day) ||
        !read_day(last ? last : first, &span->last_year, &span->last_month, &span->last_day)) {
        return COMPANY_REFUSE(company, first ? first : item, "company.day",
                              "a day is written 2026-12-29, or 12-29 for each year",
                              "日付は 2026-12-29、毎年なら 12-29 の形で書いてください");
    }
    int r = judge_span(company, item, span);
    if (r == 0) r = calendar_add_span(&company->context->calendar, span);
    if (r != -E2BIG) return r;
    return COMPANY_REFUSE(company, item, "company.spans", "there are more than %d such days",
                          "日付が %d 個を越えています", CALENDAR_SPANS_MAX);
}

static int take_own_holiday(const Company *company, const Node *item, void *context)
{
    CalendarSpan span = {0};
    (void)context;
    return take_span(company, item, &span);
}

static int take_working_day(const Company *company, const Node *item, void *context)
{
    CalendarSpan span = {.is_working = true};
    (void)context;
    return take_span(company, item, &span);
}

static int take_shift_name(const Company *company, const Node *item, void *context)
{
    const Calendar *calendar = &company->context->calendar;
    uint32_t *shifts = context;
    for (size_t i = 0; i < calendar->shift_count; i++) {
        if (item->kind != NODE_TEXT || !slice_eq(calendar->shifts[i].name, item->text)) continue;
        *shifts |= (uint32_t)1 << i;
        return 0;
    }
    return COMPANY_REFUSE(
        company, item, "company.no_shift", "calendar.shifts has no shift of this name (%.*s)",
        "calendar.shifts に %.*s という勤務時間帯はありません", SLICE_FMT(item->text));
}

static int read_national(const Company *company, const Node *node, bool *ret)
{
    if (!node) return 0;
    if (slice_eq(node->text, SLICE("japan"))) {
        *ret = true;
    } else if (slice_eq(node->text, SLICE("none"))) {
        *ret = false;
    } else {
        return COMPANY_REFUSE(company, node, "company.holidays", "holidays takes japan or none",
                              "holidays には japan か none を書いてください");
    }
    return 0;
}

/* Without shifts: day, but no night. */
static void add_usual_shift(Calendar *calendar)
{
    calendar->shifts[calendar->shift_count++] =
        (WorkShift){.name = SLICE("通常"),
                    .weekdays = (uint8_t)(0x7f & ~calendar->weekend),
                    .from_min = DAY_FROM_MIN,
                    .to_min = DAY_TO_MIN};
}

int company_calendar(const Company *company, const Node *node)
{
    static const Slice keys[] = {SLICE_INIT("holidays"),     SLICE_INIT("weekend"),
                                 SLICE_INIT("own_holidays"), SLICE_INIT("working_days"),
                                 SLICE_INIT("shifts"),       SLICE_INIT("usual")};
    Calendar *calendar = &company->context->calendar;
    calendar->national = true;
    calendar->weekend = WEEKEND;
    int r = node ? company_map(company, node, keys, ARRAY_COUNT(keys)) : 0;
    if (r == 0) r = read_national(company, node_member(node, "holidays"), &calendar->national);
    if (r == 0) r = read_weekdays(company, node_member(node, "weekend"), &calendar->weekend);
    if (r == 0) {
        r = company_each(company, node_member(node, "own_holidays"), take_own_holiday, NULL);
    }
    if (r == 0) {
        r = company_each(company, node_member(node, "working_days"), take_working_day, NULL);
    }
    if (r == 0) r = company_each(company, node_member(node, "shifts"), take_shift, calendar);
    if (r == 0 && calendar->shift_count == 0) add_usual_shift(calendar);
    if (r == 0) {
        r = company_each(company, node_member(node, "usual"), take_shift_name, &calendar->usual);
    }
    return r == 0 ? calendar_finish(calendar) : r;
}

/* --- departments ------------------------------------------------------------------------------ */

static int take_user(const Company *company, const Node *item, void *context)
{
    int r = company_add_member(company->context, MEMBER_USER, item->text, *(uint32_t *)context);
    if (r != -EINVAL && r != -E2BIG) return r;
    return COMPANY_REFUSE(company, item, "company.member",
                          "the name of a user is expected here; %u are possible in all",
                          "ここにはユーザー名を書いてください（合わせて %u 個まで）",
                          CONTEXT_MEMBERS_MAX);
}

static int take_department(const Company *company, const Node *item, void *context)
{
    static const Slice keys[] = {SLICE_INIT("name"), SLICE_INIT("users"), SLICE_INIT("users_file"),
                                 SLICE_INIT("shifts")};
    Context *to = company->context;
    uint32_t index = (uint32_t)to->department_count, *taken = context;
    Department *department = &to->departments[index];
    const Node *file;
    int r = company_map(company, item, keys, ARRAY_COUNT(keys));
    if (r == 0) r = company_name(company, item, "name", &department->name);
    if (r == 0) r = company_each(company, node_member(item, "users"), take_user, &index);
    if (r == 0) {
        r = company_each(company, node_member(item, "shifts"), take_shift_name,
                         &department->shifts);
    }
    file = node_member(item, "users_file");
    if (r == 0 && file) {
        r = company_file(company, file,
                         &(ContextFile){.kind = CONTEXT_FILE_DEPARTMENT,
                                        .list = department->name,
                                        .index = index});
    }
    *taken |= department->shifts;
    to->department_count += r == 0;
    return r;
}

int company_departments(const Company *company, const Node *node)
{
    Context *context = company->context;
    Calendar *calendar = &context->calendar;
    const uint32_t all = (uint32_t)(((uint64_t)1 << calendar->shift_count) - 1);
    uint32_t taken = 0;
    if (node && node->count > CONTEXT_DEPARTMENTS_MAX) {
        return COMPANY_REFUSE(company, node, "company.departments",
                              "there are more than %u departments", "部署が %u 個を越えています",
                              CONTEXT_DEPARTMENTS_MAX);
    }
    context->departments = ARENA_ARRAY(&context->arena, Department, node ? node->count + 1 : 1);
    if (!context->departments) return -ENOMEM;
    int r = company_each(company, node, take_department, &taken);
    /* Shifts that no department has for itself are everybody's; else the first one is. */
    if (calendar->usual == 0) calendar->usual = all & ~taken ? all & ~taken : 1;
    return r;
}
