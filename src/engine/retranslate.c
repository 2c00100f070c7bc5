/* See retranslate.h. */
#include "engine/retranslate.h"

#include "base/digest.h"
#include "decode/lines.h"
#include "engine/retention.h"
#include "search/search.h"
#include "translate/context/context.h"

#include <errno.h>

#define COMMIT_BYTES ((size_t)4 << 20)

int retranslator_init(Retranslator *retranslator, const SourceSet *sources, int zone_offset_seconds)
{
    Translator *translator = translator_new();
    int r = translator ? 0 : -ENOMEM;
    if (r == 0 && sources) r = translator_use_sources(translator, sources, zone_offset_seconds);
    if (r < 0) {
        translator_free(translator);
        return r;
    }
    *retranslator = (Retranslator){translator, sources, zone_offset_seconds};
    return 0;
}

void retranslator_done(Retranslator *retranslator)
{
    translator_free(retranslator->translator);
    *retranslator = (Retranslator){0};
}

/* --- one row ---------------------------------------------------------------------------------- */

static bool is_fallback(const Record *record)
{
    return slice_starts(record->text[RECORD_AKASHI_RULE], SLICE("fallback."));
}

/* Joined from several events, or settled by what came before and after: one row alone cannot tell
 * it again. */
static bool is_joined(const Record *record)
{
    return record->text[RECORD_AKASHI_ROLE].len > 0 || record->count > 1 ||
           record->certainty != CERTAINTY_OBSERVED ||
           slice_starts(record->text[RECORD_AKASHI_RULE], SLICE("actions."));
}

/* The columns of such a line stand in another row, which nothing binds to it. */
static bool has_header(const Retranslator *retranslator, const Record *record)
{
    size_t index;
    Slice rule = record->text[RECORD_AKASHI_RULE];
    if (!retranslator->sources || source_set_of_rule(retranslator->sources, rule, &index) < 0) {
        return false;
    }
    const SourceInfo *info = source_set_info(retranslator->sources, index);
    for (size_t i = 0; i < info->sample_count; i++) {
        if (info->samples[i].before_count > 0) return true;
    }
    return false;
}

/* The stored fields hold what a definition found then; a line is decoded again from its bytes. */
static int decode_again(const Retranslator *retranslator, const Row *row, Arena *arena, Event *ret)
{
    *ret = row->event;
    if (row->event.format != EVENT_WINDOWS) {
        const DecodeOptions options = {.zone_offset_seconds = retranslator->zone_offset_seconds,
                                       .received_ns = row->record.ingested_ns};
        Event event;
        int r = line_decode(row->event.raw, &options, arena, &event);
        if (r < 0) return r;
        if (event.format == row->event.format) *ret = event;
    }
    ret->offset = row->event.offset;
    ret->record_id = row->event.record_id;
    ret->index = 0; /* begins a stream: nothing of the row before is remembered */
    return 0;
}

static int on_record(void *context, const Record *record, const Event *event)
{
    (void)event;
    *(Record *)context = *record;
    return 0;
}

/* What was known of the address at the time stays with it (identity_enrich). */
static int keep_identity(const Record *old, Record *record, Arena *arena)
{
    static const struct {
        Slice token;
        RecordField field;
    } known[] = {{SLICE_INIT("terminal_by_"), RECORD_SOURCE_DOMAIN},
                 {SLICE_INIT("person_by_"), RECORD_RELATED_USER}};
    Slice *detail = &record->text[RECORD_AKASHI_DETAIL];
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        Slice rest = old->text[RECORD_AKASHI_DETAIL], token;
        bool has_person = i == 1 && record->text[RECORD_USER_NAME].len > 0;
        if (record->text[known[i].field].len > 0 || has_person) continue;
        if (!slice_eq(old->text[RECORD_SOURCE_IP], record->text[RECORD_SOURCE_IP])) continue;
        while (slice_cut(&rest, ',', &token)) {
            if (!slice_starts(token, known[i].token)) continue;
            int r = detail->len == 0 ? 0
                                     : arena_format(arena, &token, "%.*s,%.*s", SLICE_FMT(*detail),
                                                    SLICE_FMT(token));
            if (r < 0) return r;
            *detail = token;
            record->text[known[i].field] = old->text[known[i].field];
            break;
        }
    }
    return 0;
}

static bool says_the_same(const Record *a, const Record *b)
{
    if (a->time_ns != b->time_ns || a->end_ns != b->end_ns || a->verb != b->verb ||
        a->outcome != b->outcome || a->certainty != b->certainty || a->count != b->count) {
        return false;
    }
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (!slice_eq(a->text[i], b->text[i])) return false;
    }
    return true;
}

static void add_text(Buf *to, Slice text)
{
    buf_add_le64(to, text.len);
    buf_add_slice(to, text);
}

static int key_of(const Record *record, uint64_t number, uint8_t ret_key[ROW_KEY_BYTES])
{
    CLEANUP(buf_done) Buf bytes = {0};
    add_text(&bytes, SLICE(RETRANSLATED_ROLE));
    buf_add_le64(&bytes, number);
    buf_add_le64(&bytes, (uint64_t)record->time_ns);
    buf_add_le64(&bytes, (uint64_t)record->end_ns);
    add_text(&bytes, verbs[record->verb].token);
    add_text(&bytes, slice_from_cstr(outcome_token(record->outcome)));
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        if (record->text[i].len == 0) continue;
        add_text(&bytes, record_fields[i].name);
        add_text(&bytes, record->text[i]);
    }
    if (buf_error(&bytes) < 0) return buf_error(&bytes);
    const Slice whole = buf_slice(&bytes);
    Digest digest = digest_sha256(&whole, 1);
    memcpy(ret_key, digest.bytes, ROW_KEY_BYTES);
    ret_key[0] &= (uint8_t)~ROW_KEY_ONCE;
    return 0;
}

static int make_row(const Row *old, const Record *record, uint64_t number, Arena *arena, Row *ret)
{
    *ret = (Row){
        .origin = old->origin,
        .event = {.format = old->event.format, .time_ns = record->time_ns},
        .record = *record,
    };
    Slice *text = ret->record.text;
    text[RECORD_AKASHI_ROLE] = SLICE(RETRANSLATED_ROLE);
    int r = arena_format(arena, &text[RECORD_AKASHI_RAW], "row/%llu", (unsigned long long)number);
    return r < 0 ? r : key_of(&ret->record, number, ret->key);
}

int retranslate_row(Retranslator *retranslator, const Row *row, uint64_t number, Arena *arena,
                    RetranslateVerdict *ret_verdict, Row *ret)
{
    const Record *old = &row->record;
    Record record = {0};
    Event event;
    *ret_verdict = RETRANSLATE_LEFT;
    if (row->event.raw.len == 0 || row->event.parse != PARSE_OK || is_joined(old)) return 0;
    int r = decode_again(retranslator, row, arena, &event);
    if (r == 0) {
        r = translator_feed(retranslator->translator, &event, old->ingested_ns, arena, on_record,
                            &record);
    }
    if (r < 0 || has_header(retranslator, &record)) return r;
    if (is_fallback(&record)) {
        if (is_fallback(old)) *ret_verdict = RETRANSLATE_SAME;
        return 0;
    }
    r = keep_identity(old, &record, arena);
    if (r < 0) return r;
    if (old->text[RECORD_AKASHI_SOURCE].len > 0) {
        record.text[RECORD_AKASHI_SOURCE] = old->text[RECORD_AKASHI_SOURCE];
    }
    record.text[RECORD_AKASHI_ROLE] = (Slice){0};
    context_keep(old, &record);
    *ret_verdict = says_the_same(old, &record) ? RETRANSLATE_SAME : RETRANSLATE_DIFFERENT;
    return *ret_verdict == RETRANSLATE_SAME ? 0 : make_row(row, &record, number, arena, ret);
}

/* --- the store -------------------------------------------------------------------------------- */

typedef struct Run {
    Retranslator retranslator;
    Store *store; /* NULL: nothing is written */
    Arena arena;
    RetranslateTally *tally;
} Run;

static int add_row(Run *run, const Row *row)
{
    StoreTally added = {0};
    int r = store_append(run->store, row, 1, &added);
    if (r < 0) return r;
    run->tally->added += added.added;
    run->tally->repeats += added.duplicates;
    return store_pending_bytes(run->store) < COMMIT_BYTES ? 0 : store_commit(run->store);
}

static int on_answer(void *context, const Answer *answer)
{
    Run *run = context;
    RetranslateVerdict verdict;
    Row made;
    int r = retranslate_row(&run->retranslator, answer->row, answer->number, &run->arena, &verdict,
                            &made);
    if (r == 0) {
        run->tally->rows++;
        run->tally->same += verdict == RETRANSLATE_SAME;
        run->tally->left += verdict == RETRANSLATE_LEFT;
        run->tally->different += verdict == RETRANSLATE_DIFFERENT;
        if (verdict == RETRANSLATE_DIFFERENT && run->store) r = add_row(run, &made);
    }
    arena_reset(&run->arena);
    return r;
}

static int search_rows(Run *run, const Os *os, const RetranslateOptions *options,
                       const Query *query, Complaint *complaint)
{
    SearchOptions asked = {
        .range = {.from_ns = options->from_ns, .to_ns = options->to_ns},
        .order = SEARCH_BY_ARRIVAL,
        .memory_bytes_max = (size_t)setting_number(options->settings, SETTING_SEARCH_MEMORY_MIB)
                            << 20,
        .progress = options->progress,
        .progress_context = options->progress_context,
        .os = os,
        .complaint = complaint,
    };
    SearchStats stats = {0};
    StoreReader *reader;
    int r = os->random(os->state, asked.seed, sizeof asked.seed);
    if (r == 0) r = store_reader_open(os, options->folder, options->kek, &reader, complaint);
    if (r < 0) return r;
    r = search_run(query, reader, &asked, on_answer, run, &stats);
    store_reader_close(reader);
    run->tally->damaged_blocks = stats.damaged_blocks;
    if (run->store && r >= 0) r = store_commit(run->store);
    return r < 0 ? r : 0;
}

static int open_store(Run *run, const Os *os, const RetranslateOptions *options,
                      const Retention *retention, Complaint *complaint)
{
    StoreReader *reader; /* store_open would make a store where there is none */
    int r = store_reader_open(os, options->folder, options->kek, &reader, complaint);
    if (r < 0) return r;
    store_reader_close(reader);
    const Settings *settings = options->settings;
    const StoreOptions store = {
        .kek = options->kek,
        .segment_bytes_max = (size_t)setting_number(settings, SETTING_STORE_SEGMENT_MIB) << 20,
        .compression_level = (int)setting_number(settings, SETTING_STORE_COMPRESSION_LEVEL),
        .told = options->told,
        .told_context = options->told_context,
        .classes = retention->classes,
    };
    return store_open(os, options->folder, &store, &run->store, complaint);
}

static int ask(const RetranslateOptions *options, const Os *os, Arena *arena, Query **ret,
               Complaint *complaint)
{
    const QueryOptions asked = {.now_ns = os->now_ns(os->state),
                                .zone_offset_seconds = options->zone_offset_seconds};
    int r = query_parse(options->question, &asked, arena, ret, complaint);
    if (r < 0 || search_is_live(*ret)) return r;
    /* a table has no rows to translate */
    complaint_say(complaint, "retranslate.pipes",
                  "this question has pipes; give only the part before the first |",
                  "この問いにはパイプがあります。最初の | より前だけを書いてください");
    return -EINVAL;
}

int retranslate_run(const Os *os, const RetranslateOptions *options, RetranslateTally *ret_tally,
                    Complaint *complaint)
{
    Run run = {.tally = ret_tally};
    CLEANUP(arena_done) Arena arena = {0};
    Retention retention;
    Query *query;
    *ret_tally = (RetranslateTally){0};
    int r = ask(options, os, &arena, &query, complaint);
    if (r == 0) r = retention_read(options->settings, &retention, complaint);
    if (r == 0) {
        r = retranslator_init(&run.retranslator, options->sources, options->zone_offset_seconds);
    }
    if (r < 0) return r;
    if (!options->dry_run) r = open_store(&run, os, options, &retention, complaint);
    if (r == 0) r = search_rows(&run, os, options, query, complaint);
    store_close(run.store);
    retranslator_done(&run.retranslator);
    arena_done(&run.arena);
    return r;
}
