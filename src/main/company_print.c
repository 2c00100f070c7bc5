/* See company_print.h. */
#include "main/company_print.h"

#include "base/number.h"
#include "main/finding_print.h"
#include "main/known_context.h"
#include "main/output.h"

#include <errno.h>
#include <stdio.h>

typedef struct Checking {
    Language language;
    unsigned mistakes, lists;
} Checking;

static void on_mistake(void *context, const Complaint *complaint)
{
    Checking *checking = context;
    checking->mistakes++;
    say_complaint(complaint, checking->language);
}

static void on_file(void *context, const ContextFile *file, const ContextTally *tally)
{
    Checking *checking = context;
    char added[NUMBER_WORDS_MAX], refused[NUMBER_WORDS_MAX], expired[NUMBER_WORDS_MAX];
    checking->lists++;
    SAY(MESSAGE_CONFIG_LIST_READ, checking->language, {"list", file->list}, {"file", file->path},
        {"added", number_words(added, tally->added)},
        {"refused", number_words(refused, tally->refused)},
        {"expired", number_words(expired, tally->expired)});
}

int company_check(const Invocation *invocation, const char *folder)
{
    Checking checking = {.language = invocation->language};
    const ContextWatcher watcher = {.mistake = on_mistake, .file = on_file, .context = &checking};
    char where[COMPANY_PATH_BYTES_MAX], lists[NUMBER_WORDS_MAX];
    Context *context = NULL;
    int r = folder ? company_file_path(folder, where) : known_context_path(invocation, where);
    if (r == -ENOENT) {
        SAY(MESSAGE_CONFIG_COMPANY_NONE, invocation->language);
        return EXIT_DONE;
    }
    if (r == 0) {
        size_t slash = slice_rfind_char(slice_from_cstr(where), '/');
        char named[COMPANY_PATH_BYTES_MAX];
        snprintf(named, sizeof named, "%.*s", (int)slash, where);
        const char *const folders[] = {named};
        const ContextLoad load = {.os = &os_real,
                                  .folders = folders,
                                  .folder_count = 1,
                                  .zone_offset_seconds = invocation->zone_offset_seconds,
                                  .watcher = &watcher};
        r = context_load(&load, &context);
    }
    context_free(context);
    if (r == -ENOMEM) SAY(MESSAGE_MEMORY, invocation->language);
    if (r < 0 || checking.mistakes > 0) return EXIT_FAILED;
    SAY(MESSAGE_CONFIG_COMPANY_GOOD, invocation->language, {"file", slice_from_cstr(where)},
        {"lists", number_words(lists, checking.lists)});
    return EXIT_DONE;
}

/* --- the year --------------------------------------------------------------------------------- */

static const char *const weekday_names[2][7] = {
    {"月", "火", "水", "木", "金", "土", "日"},
    {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},
};

static void print_day(const Calendar *calendar, int64_t days, Language language)
{
    CivilTime civil = time_to_civil(days * 86400 * NS_PER_SECOND);
    CalendarDay day;
    if (!calendar_day(calendar, civil.year, civil.month, civil.day, &day)) return;
    const char *open =
        day.is_working ? (language == LANGUAGE_JA ? "（出勤日）" : " (working)") : "";
    printf("%04d-%02d-%02d %s  %.*s%s\n", civil.year, civil.month, civil.day,
           weekday_names[language][((days + 3) % 7 + 7) % 7], SLICE_FMT(day.name[language]), open);
}

static void print_shifts(const Calendar *calendar, uint32_t shifts, Language language)
{
    for (size_t i = 0; i < calendar->shift_count; i++) {
        const WorkShift *shift = &calendar->shifts[i];
        if ((shifts >> i & 1) == 0) continue;
        printf("  %.*s  %02d:%02d-%02d:%02d ", SLICE_FMT(shift->name), shift->from_min / 60,
               shift->from_min % 60, shift->to_min / 60, shift->to_min % 60);
        for (unsigned day = 0; day < 7; day++) {
            if (shift->weekdays >> day & 1) printf(" %s", weekday_names[language][day]);
        }
        if (shift->on_holidays) {
            printf("%s", language == LANGUAGE_JA ? "（休日も）" : " (holidays too)");
        }
        printf("\n");
    }
}

static void print_everybody(const Context *context, Language language)
{
    const Calendar *calendar = context_calendar(context);
    Slice name;
    uint32_t shifts;
    printf("\n%s\n", language == LANGUAGE_JA ? "勤務時間" : "working hours");
    print_shifts(calendar, calendar->usual, language);
    for (size_t i = 0; context_department(context, i, &name, &shifts); i++) {
        if (shifts == 0) continue;
        printf("%.*s\n", SLICE_FMT(name));
        print_shifts(calendar, shifts, language);
    }
}

int company_print_year(const Invocation *invocation, const char *year)
{
    Context *context = NULL;
    uint64_t number;
    unsigned mistakes = 0;
    if (number_parse_u64(slice_from_cstr(year), &number) < 0 || number < CALENDAR_YEAR_MIN ||
        number > CALENDAR_YEAR_MAX) {
        SAY(MESSAGE_CONFIG_BAD_YEAR, invocation->language, {"value", slice_from_cstr(year)});
        return EXIT_FAILED;
    }
    if (known_context_open(invocation, &context, &mistakes) < 0) return EXIT_FAILED;
    int64_t first = time_days_from_civil((int)number, 1, 1);
    int64_t end = time_days_from_civil((int)number + 1, 1, 1);
    for (int64_t days = first; days < end; days++) {
        print_day(context_calendar(context), days, invocation->language);
    }
    print_everybody(context, invocation->language);
    context_free(context);
    return mistakes > 0 ? EXIT_FAILED : EXIT_DONE;
}

int company_print_address(const Invocation *invocation, const char *address)
{
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf line = {0};
    ContextAddress known;
    Context *context = NULL;
    unsigned mistakes = 0;
    if (known_context_open(invocation, &context, &mistakes) < 0) return EXIT_FAILED;
    int r = context_address(context, slice_from_cstr(address), &arena, &known);
    if (r == 0) {
        buf_add_char(&line, '{');
        member_print(&line, "address", slice_from_cstr(address));
        member_print(&line, "zone", known.zone);
        member_print(&line, "site", known.site);
        member_print(&line, "country", known.country);
        member_print(&line, "threats", known.threats);
        buf_add_cstr(&line, "}\n");
        r = output_flush(&line, 0);
    } else {
        SAY(MESSAGE_CONFIG_BAD_ADDRESS, invocation->language, {"value", slice_from_cstr(address)});
    }
    context_free(context);
    return r < 0 || mistakes > 0 ? EXIT_FAILED : EXIT_DONE;
}
