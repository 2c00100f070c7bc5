/* definition_guess: pasted lines, the definition that reads them or would, and what comes of it. */
#include "server/api/api_operations.h"
#include "server/api/api_request.h"
#include "server/api/api_row.h"

#include "base/number.h"
#include "engine/pasted_guess.h"
#include "engine/sources.h"

#include <errno.h>

#define COLUMNS_MAX 64    /* further ones are left out */
#define OWN_FIELDS_MAX 64 /* of a row; likewise */
#define ROWS_BYTES_MAX ((size_t)32 << 20)

typedef struct Column {
    Slice name;     /* in the request's arena, or static */
    bool is_record; /* a field of the record: it has words */
    RecordField field;
} Column;

typedef struct Showing {
    ApiRequest *request;
    Buf rows; /* JSON objects with commas between */
    Column columns[COLUMNS_MAX];
    size_t column_count;
} Showing;

/* ---- columns --------------------------------------------------------------------------------- */

/* What is the same for all rows of a definition, says how they were read, or is shown as the time
 * (pieces of a time are called time1, time2 by decode/mined). */
static bool is_aside(Slice name)
{
    uint64_t piece;
    if (slice_starts(name, SLICE("time")) && number_parse_u64(slice_skip(name, 4), &piece) == 0)
        return true;
    static const char *const asides[] = {"event.", "observer.", "akashi.", "message"};
    for (size_t i = 0; i < ARRAY_COUNT(asides); i++) {
        if (slice_starts(name, slice_from_cstr(asides[i]))) return true;
    }
    return false;
}

static int note_column(Showing *showing, Slice name)
{
    Column column = {0};
    if (is_aside(name) || showing->column_count == COLUMNS_MAX) return 0;
    for (size_t i = 0; i < showing->column_count; i++) {
        if (slice_eq(showing->columns[i].name, name)) return 0;
    }
    int r = arena_copy(&showing->request->arena, name, &column.name);
    if (r < 0) return r;
    column.is_record = record_field_by_name(name, &column.field) == 0 &&
                       slice_eq(record_fields[column.field].name, name);
    showing->columns[showing->column_count++] = column;
    return 0;
}

static int note_columns(Showing *showing, const Row *row)
{
    int r = 0;
    for (size_t i = 0; i < RECORD_FIELD_COUNT && r == 0; i++) {
        if (row->record.text[i].len > 0) r = note_column(showing, record_fields[i].name);
    }
    for (size_t i = 0; i < row->event.field_count && i < OWN_FIELDS_MAX && r == 0; i++)
        r = note_column(showing, row->event.fields[i].name);
    return r;
}

static void add_columns(ApiJson *json, const Showing *showing)
{
    api_json_list(json, "columns");
    for (size_t i = 0; i < showing->column_count; i++) {
        const Column *column = &showing->columns[i];
        const char *const *label = record_fields[column->field].label;
        api_json_object(json, NULL);
        api_json_text(json, "name", column->name);
        api_json_text(json, "ja",
                      column->is_record ? slice_from_cstr(label[LANGUAGE_JA]) : column->name);
        api_json_text(json, "en",
                      column->is_record ? slice_from_cstr(label[LANGUAGE_EN]) : column->name);
        if (column->is_record) api_json_text(json, "field", column->name);
        api_json_end_object(json);
    }
    api_json_end_list(json);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static int on_row(void *context, const Row *row, uint64_t line)
{
    Showing *showing = context;
    ApiJson json = api_json(&showing->rows);
    if (showing->rows.len > 0) buf_add_char(&showing->rows, ',');
    api_row_add_whole(&json, row, line, showing->request->language, OWN_FIELDS_MAX);
    int r = buf_error(&showing->rows);
    return r < 0 ? r : note_columns(showing, row);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void add_times(ApiJson *json, const PastedTimes *times)
{
    api_json_list(json, "times");
    for (size_t i = 0; i < times->count; i++) {
        const PastedTime *time = &times->of[i];
        api_json_object(json, NULL);
        api_json_text(json, "text", time->text);
        api_json_text(json, "format", time->format);
        api_json_count(json, "from", time->from);
        api_json_count(json, "to", time->to);
        api_json_boolean(json, "chosen", time->chosen);
        api_json_end_object(json);
    }
    api_json_end_list(json);
}

static void answer_guess(Showing *showing, const PastedGuess *guess)
{
    ApiJson json = api_answer_json(showing->request);
    CLEANUP(buf_done) Buf rows = buf_make(ROWS_BYTES_MAX + 2);
    buf_add_char(&rows, '[');
    buf_add_slice(&rows, buf_slice(&showing->rows));
    buf_add_char(&rows, ']');
    api_json_object(&json, NULL);
    api_json_text(&json, "known", guess->known);
    api_json_text_if(&json, "yaml", guess->yaml);
    if (guess->shape) {
        api_json_cstr(&json, "shape", guess->shape);
        api_json_count(&json, "templates", guess->templates);
    }
    add_times(&json, &guess->times);
    add_columns(&json, showing);
    api_json_raw(&json, "rows", buf_slice(&rows));
    api_json_count(&json, "lines", guess->lines);
    api_json_count(&json, "unread", guess->unread);
    api_json_boolean(&json, "more", guess->more);
    api_json_end_object(&json);
}

static int guess_with(Showing *showing, const SourceSet *sources, PastedGuess *ret,
                      Complaint *complaint)
{
    ApiRequest *request = showing->request;
    const Os *os = request->door->os;
    const PastedQuestion question = {.os = os,
                                     .sources = sources,
                                     .sample = api_body_text(request, "sample"),
                                     .time_format = api_body_text(request, "time_format"),
                                     .yaml = api_body_text(request, "yaml"),
                                     .zone_offset_seconds = request->zone_offset_seconds,
                                     .received_ns = os->now_ns(os->state),
                                     .row = on_row,
                                     .context = showing};
    return pasted_guess(&question, &request->arena, ret, complaint);
}

void api_definition_guess(ApiRequest *request)
{
    const ApiEngine *engine = request->door->engine;
    const SourcesWatcher silent = {0};
    Showing showing = {.request = request, .rows = buf_make(ROWS_BYTES_MAX)};
    SourceSet *sources = NULL;
    PastedGuess guess;
    Complaint complaint = {0};
    int r = sources_open(request->door->os, engine->definition_folders,
                         engine->definition_folder_count, &silent, &sources, &complaint);
    if (r == 0) r = guess_with(&showing, sources, &guess, &complaint);
    if (r == 0) {
        answer_guess(&showing, &guess);
    } else if (complaint.id) {
        api_fail_complaint(request, 400, &complaint,
                           api_body_text(request, "yaml").len > 0 ? "yaml" : "time_format");
    } else {
        api_fail_error(request, r);
    }
    buf_done(&showing.rows);
    source_set_free(sources);
}
