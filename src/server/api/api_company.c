/* company_read, company_write: the company's document (engine/context_file.h). */
#include "server/api/api_operations.h"
#include "server/api/api_request.h"

#include "engine/context_file.h"
#include "translate/context/context.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

/* Changes of the document, one after the other; all servers of a folder are one process. */
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

/* The one of the data folder, else the one beside the configuration; neither: an empty one. */
static int read_document(ApiRequest *request, Slice *ret, Complaint *complaint)
{
    const ApiDoor *door = request->door;
    const ApiEngine *engine = door->engine;
    int r = company_file_read(door->os, door->folder, &request->arena, ret, complaint);
    for (size_t i = engine->definition_folder_count; r == -ENOENT && i > 0; i--)
        r = company_file_read(door->os, engine->definition_folders[i - 1], &request->arena, ret,
                              complaint);
    if (r == -ENOENT) *ret = (Slice){0};
    return r == -ENOENT ? 0 : r;
}

/* Its lists stand in files, which the calendar does not need. A document with a mistake counts as
 * none, as at the start of the server. */
static int open_context(ApiRequest *request, Slice document, Context **ret)
{
    const ApiDoor *door = request->door;
    ContextOptions options = {.zone_offset_seconds = door->zone_offset_seconds,
                              .now_ns = TIME_UNKNOWN};
    int r = door->os->random(door->os->state, options.seed, sizeof options.seed);
    if (r < 0) return r;
    r = context_new(document, &options, ret, NULL);
    if (r == -EINVAL) r = context_new((Slice){0}, &options, ret, NULL);
    return r < 0 ? r : context_finish(*ret);
}

static void add_year(ApiJson *json, const Calendar *calendar, int year)
{
    int64_t first = time_days_from_civil(year, 1, 1), end = time_days_from_civil(year + 1, 1, 1);
    for (int64_t at = first; at < end; at++) {
        CivilTime day = time_to_civil(at * 86400 * NS_PER_SECOND);
        CalendarDay found;
        char text[32];
        if (!calendar_day(calendar, day.year, day.month, day.day, &found) || found.is_working)
            continue;
        snprintf(text, sizeof text, "%04d-%02d-%02d", day.year, day.month, day.day);
        api_json_object(json, NULL);
        api_json_cstr(json, "day", text);
        api_json_text2(json, "name", found.name[LANGUAGE_JA], found.name[LANGUAGE_EN]);
        api_json_end_object(json);
    }
}

static void answer(ApiRequest *request, Slice document, const Context *context)
{
    const Os *os = request->door->os;
    int64_t now_ns = os->now_ns(os->state);
    int year = time_to_civil(now_ns + request->zone_offset_seconds * NS_PER_SECOND).year;
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_text(&json, "yaml", document);
    api_json_list(&json, "calendar");
    add_year(&json, context_calendar(context), year);
    add_year(&json, context_calendar(context), year + 1);
    api_json_end_list(&json);
    api_json_end_object(&json);
}

void api_company_read(ApiRequest *request)
{
    Complaint complaint = {0};
    Context *context = NULL;
    Slice document;
    int r = read_document(request, &document, &complaint);
    if (r == 0) r = open_context(request, document, &context);
    if (r < 0 && complaint.id) {
        api_fail_complaint(request, 503, &complaint, NULL);
    } else if (r < 0) {
        api_fail_error(request, r);
    } else {
        answer(request, document, context);
    }
    context_free(context);
}

/* ---- all of it anew -------------------------------------------------------------------------- */

static int write_document(ApiRequest *request, Slice document, Complaint *complaint)
{
    const ApiDoor *door = request->door;
    const OperatorAct act = {
        .verb = OPERATOR_SETTING_CHANGE, .target = SLICE(COMPANY_FILE_NAME), .detail = document};
    Context *context = NULL;
    ContextOptions options = {.now_ns = TIME_UNKNOWN};
    int r = context_new(document, &options, &context, complaint); /* nothing refused is logged */
    context_free(context);
    if (r == 0) r = account_log(door->accounts, &request->self, &act);
    return r < 0 ? r : company_file_write(door->os, door->folder, document, complaint);
}

/* Records are given what the server knew of the company when it started. */
void api_company_write(ApiRequest *request)
{
    Complaint complaint = {0};
    pthread_mutex_lock(&changing);
    int r = write_document(request, api_body_text(request, "yaml"), &complaint);
    pthread_mutex_unlock(&changing);
    if (r == -EINVAL) {
        api_fail_complaint(request, 400, &complaint, "yaml");
        return;
    }
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_boolean(&json, "restart", false); /* the running server reads it again */
    api_json_end_object(&json);
}
