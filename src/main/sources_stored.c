/* See sources_stored.h. */
#include "main/sources_stored.h"

#include "main/store_kek.h"

#include "base/json_text.h"
#include "base/number.h"
#include "search/search.h"

#include <errno.h>
#include <stdio.h>

#define SAMPLE_BYTES_MAX 400 /* of a line shown; the rest is left out */

static const Slice count_question =
    SLICE_INIT("| stats count() as rows, max(event.ingested) as last by akashi.rule, akashi.role");
static const Slice unknown_question =
    SLICE_INIT("akashi.rule:fallback.* NOT akashi.role:(action OR retranslated)");

typedef struct Asking {
    const SourcesRun *run;
    const Query *query;
    SourcesStored *stored;
    Buf *samples;
    uint64_t sample_count;
} Asking;

static bool has_store(const Invocation *invocation)
{
    char format[4096];
    FileInfo info;
    int len = snprintf(format, sizeof format, "%s/FORMAT", invocation->folder);
    return len < (int)sizeof format && os_real.info(os_real.state, format, &info) == 0;
}

static int say_failure(const Invocation *invocation, int error, const Complaint *complaint)
{
    if (complaint->id) {
        say_complaint(complaint, invocation->language);
    } else if (error != -ENOMEM) {
        SAY(MESSAGE_INPUT_UNREADABLE, invocation->language,
            {"file", slice_from_cstr(invocation->folder)}, {"error", error_words(error)});
    }
    return error;
}

/* Asks the store; the sink knows the query, for its columns. */
static int ask_store(Asking *asking, Slice question, SearchOptions *options, AnswerSink sink,
                     SearchStats *ret_stats)
{
    const Invocation *invocation = asking->run->invocation;
    CLEANUP(arena_done) Arena arena = {0};
    Complaint complaint = {0};
    const QueryOptions asked = {.now_ns = os_real.now_ns(os_real.state)};
    Query *query = NULL;
    StoreReader *reader = NULL;
    Secret *kek = NULL;
    int r = store_kek_open(invocation, false, &kek);
    if (r < 0) return r;
    options->os = &os_real;
    options->complaint = &complaint;
    options->memory_bytes_max =
        (size_t)setting_number(&invocation->settings, SETTING_SEARCH_MEMORY_MIB) << 20;
    r = os_real.random(os_real.state, options->seed, sizeof options->seed);
    if (r == 0) r = query_parse(question, &asked, &arena, &query, &complaint);
    if (r == 0) r = store_reader_open(&os_real, invocation->folder, kek, &reader, &complaint);
    asking->query = query;
    if (r == 0) r = search_run(query, reader, options, sink, asking, ret_stats);
    store_reader_close(reader);
    secret_free(kek);
    return r < 0 ? say_failure(invocation, r, &complaint) : 0;
}

static Slice cell(const Asking *asking, const Answer *answer, const char *name)
{
    const Slice *columns;
    size_t count = search_columns(asking->query, &columns);
    for (size_t i = 0; i < count && i < answer->column_count; i++) {
        if (slice_eq(columns[i], slice_from_cstr(name))) return answer->cells[i];
    }
    return (Slice){0};
}

static StoredCount *count_of(const Asking *asking, Slice rule)
{
    size_t index;
    if (source_set_of_rule(asking->run->set, rule, &index) == 0) return &asking->stored->of[index];
    bool is_unknown = slice_starts(rule, SLICE("fallback."));
    return is_unknown ? &asking->stored->unknown : &asking->stored->built_in;
}

static int on_count(void *context, const Answer *answer)
{
    Asking *asking = context;
    Slice role = cell(asking, answer, "akashi.role"), last = cell(asking, answer, "last");
    uint64_t rows;
    if (slice_eq(role, SLICE("action"))) return 0;
    if (number_parse_u64(cell(asking, answer, "rows"), &rows) < 0) return -EBADMSG;
    StoredCount *count = count_of(asking, cell(asking, answer, "akashi.rule"));
    if (slice_eq(role, SLICE("retranslated"))) {
        count->retranslated += rows;
        return 0;
    }
    count->rows += rows;
    /* RFC 3339 in UTC: the later one is the greater text */
    if (last.len < sizeof count->last && slice_compare(last, slice_from_cstr(count->last)) > 0) {
        memcpy(count->last, last.ptr, last.len);
        count->last[last.len] = 0;
    }
    return 0;
}

int sources_stored_count(const SourcesRun *run, SourcesStored *ret)
{
    Asking asking = {.run = run, .stored = ret};
    SearchOptions options = {.range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX}};
    SearchStats stats = {0};
    *ret = (SourcesStored){.is_there = has_store(run->invocation)};
    if (!ret->is_there) return 0;
    int r = ask_store(&asking, count_question, &options, on_count, &stats);
    ret->damaged_blocks = stats.damaged_blocks;
    return r;
}

static int on_sample(void *context, const Answer *answer)
{
    Asking *asking = context;
    Slice raw = answer->row->event.raw;
    if (asking->sample_count++ > 0) buf_add_char(asking->samples, ',');
    json_add_string(asking->samples, slice_first(raw, SAMPLE_BYTES_MAX));
    return 0;
}

int sources_stored_unknown(const SourcesRun *run, Buf *to)
{
    Asking asking = {.run = run, .samples = to};
    SearchOptions options = {
        .range = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .newest_first = true},
        .limit = UNKNOWN_SAMPLES_MAX};
    SearchStats stats = {0};
    buf_add_cstr(to, ",\"samples\":[");
    int r = ask_store(&asking, unknown_question, &options, on_sample, &stats);
    buf_add_char(to, ']');
    return r;
}
