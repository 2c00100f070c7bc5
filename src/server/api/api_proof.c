/* record_proof, record_proof_file: one record's place under the last checkpoint, computed anew. */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"

#include "base/zip_write.h"
#include "engine/export_files.h"
#include "engine/live.h"
#include "store/ops/export_proof.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define LOOK_SECONDS 60 /* how often the server looks whether there is anything to seal */
#define PROOF_TEXT_BYTES_MAX (2 * PROOF_RECORD_BYTES_MAX)
#define PIECE_BYTES ((size_t)64 << 10) /* passed on when so much is there */
#define PIECE_BYTES_MAX ((size_t)1 << 20)
#define PATH_BYTES_MAX 4352

typedef struct Proving {
    const ApiDoor *door;
    uint64_t number;
    const StoreReader *reader; /* while it is asked */
    const atomic_bool *cancel;
    bool found;
    int result; /* of export_row_proof */
    int64_t ingested_ns;
    RowProof proof;
    bool with_files;
    Buf text, records, raw; /* of the files */
    Complaint complaint;
} Proving;

/* ---- asking ---------------------------------------------------------------------------------- */

static void on_opened(void *context, const StoreReader *reader, const atomic_bool *cancel)
{
    Proving *proving = context;
    proving->reader = reader;
    proving->cancel = cancel;
}

/* A proof opens a whole block of rows at a time, up to 100 MiB: others wait, in their turn. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static int on_record(void *context, const Answer *answer)
{
    Proving *proving = context;
    const ApiDoor *door = proving->door;
    if (answer->number != proving->number || !answer->row) return 0;
    proving->found = true;
    proving->ingested_ns = answer->row->record.ingested_ns;
    if (proving->with_files) {
        export_record_add(&proving->records, answer->row, 0, 1);
        buf_add_slice(&proving->raw, answer->row->event.raw);
        buf_add_char(&proving->raw, '\n');
    }
    pthread_mutex_lock(&one_at_a_time);
    proving->result = export_row_proof(
        door->os, door->folder, proving->reader, proving->number, proving->cancel, &proving->proof,
        proving->with_files ? &proving->text : NULL, &proving->complaint);
    pthread_mutex_unlock(&one_at_a_time);
    return 1;
}

static void proving_done(Proving *proving)
{
    buf_done(&proving->text);
    buf_done(&proving->records);
    buf_done(&proving->raw);
}

static Proving proving_of(const ApiRequest *request, bool with_files)
{
    return (Proving){.door = request->door,
                     .number = (uint64_t)api_value_integer(request, "number"),
                     .with_files = with_files,
                     .text = buf_make(PROOF_TEXT_BYTES_MAX),
                     .records = buf_make(PROOF_TEXT_BYTES_MAX),
                     .raw = buf_make(PROOF_RECORD_BYTES_MAX + 1)};
}

/* Through the question, so that a scope hides what it hides everywhere. -1: answered. */
static int prove(ApiRequest *request, Proving *proving)
{
    ApiQuestion question;
    SearchStats stats;
    Complaint complaint = {0};
    const ApiAsking asking = {.order = SEARCH_BY_ARRIVAL,
                              .sink = on_record,
                              .sink_context = proving,
                              .opened = on_opened,
                              .complaint = &complaint};
    if (api_question_of(request, (Slice){0}, true, &question) < 0) return -1;
    question.range.newest_first = false;
    question.range.after = proving->number > 0 ? proving->number - 1 : 0;
    int r = api_question_ask(&question, question.query, &asking, &stats);
    if (r == 0 && !proving->found) r = -ENOENT;
    if (r == 0 && proving->result == -ECANCELED) r = -ETIME;
    if (r == 0 && proving->result < 0 && proving->result != -ENOENT && proving->result != -EBADMSG)
        r = proving->result;
    if (r < 0) api_question_fail(request, r, &complaint);
    api_question_done(&question);
    return r < 0 ? -1 : 0;
}

/* ---- what is shown --------------------------------------------------------------------------- */

typedef enum ProofState { PROOF_WAITING, PROOF_UNSIGNED, PROOF_PROVEN, PROOF_BROKEN } ProofState;

static const struct {
    const char *token;
    Slice ja, en;
} states[] = {
    [PROOF_WAITING] = {"waiting",
                       SLICE_INIT("まだ封印されていません。受け取ってから1時間以内に封印され、"
                                  "証明が付きます"),
                       SLICE_INIT("not sealed yet; within an hour of its coming it is, and has its "
                                  "proof")},
    [PROOF_UNSIGNED] = {"unsigned", SLICE_INIT("封印されました。1分以内に署名され、証明が付きます"),
                        SLICE_INIT("sealed; it will be signed, and have its proof, within the next "
                                   "minute")},
    [PROOF_PROVEN] = {"proven",
                      SLICE_INIT("改ざんされていません。封印と署名を計算し直して確かめました"),
                      SLICE_INIT("not changed: its seal and its signature were computed again")},
    [PROOF_BROKEN] = {"broken",
                      SLICE_INIT("証明が成り立ちません。壊れているか書き換えられています。「保管と"
                                 "証拠」で検証してください"),
                      SLICE_INIT("the proof does not hold: damaged, or changed; have the store "
                                 "verified")},
};

static ProofState state_of(const Proving *proving)
{
    if (proving->result == -ENOENT) return PROOF_WAITING;
    if (proving->result == -EBADMSG) return PROOF_BROKEN;
    return proving->proof.is_covered ? PROOF_PROVEN : PROOF_UNSIGNED;
}

static void add_due(ApiJson *json, const Proving *proving, ProofState state)
{
    const Os *os = proving->door->os;
    int64_t due_ns = os->now_ns(os->state) + LOOK_SECONDS * NS_PER_SECOND, sealed_ns = due_ns;
    if (state == PROOF_WAITING && proving->ingested_ns != TIME_UNKNOWN)
        sealed_ns = proving->ingested_ns + (LIVE_SEAL_AGE_S + LOOK_SECONDS) * NS_PER_SECOND;
    api_json_time(json, "due", sealed_ns > due_ns ? sealed_ns : due_ns);
}

static void add_digest(ApiJson *json, const char *name, const Digest *digest)
{
    char hex[2 * sizeof digest->bytes + 1];
    for (size_t i = 0; i < sizeof digest->bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest->bytes[i]);
    api_json_cstr(json, name, hex);
}

static void add_place(ApiJson *json, const RowProof *proof)
{
    api_json_count(json, "segment", proof->segment);
    api_json_count(json, "segment_rows", proof->segment_rows);
    add_digest(json, "leaf", &proof->leaf);
    api_json_count(json, "leaf_index", proof->index);
    if (!proof->is_covered) return;
    add_digest(json, "segment_root", &proof->segment_root);
    api_json_count(json, "entry", proof->entry);
    api_json_count(json, "checkpoint", proof->checkpoint.number);
    api_json_time(json, "signed", proof->checkpoint.time_ns);
    api_json_count(json, "tree_size", proof->checkpoint.size);
    add_digest(json, "root", &proof->checkpoint.root);
    api_json_text(json, "public_key", slice_trim(slice_from_cstr(proof->first_key)));
}

void api_record_proof(ApiRequest *request)
{
    CLEANUP(proving_done) Proving proving = proving_of(request, false);
    if (prove(request, &proving) < 0) return;
    ProofState state = state_of(&proving);
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_cstr(&json, "state", states[state].token);
    api_json_boolean(&json, "verified", state == PROOF_PROVEN);
    api_json_boolean(&json, "file", state == PROOF_PROVEN);
    api_json_text2(&json, "words", states[state].ja, states[state].en);
    if (state == PROOF_WAITING || state == PROOF_UNSIGNED) add_due(&json, &proving, state);
    if (proving.result == 0) add_place(&json, &proving.proof);
    api_json_end_object(&json);
}

/* ---- the files ------------------------------------------------------------------------------- */

typedef struct ZipJob {
    const ApiDoor *door;
    Proving proving;
    ApiStream *stream;
    ZipWriter *zip;
    Buf piece;
} ZipJob;

static int pass_on(ZipJob *job, size_t bytes_min)
{
    if (job->piece.len < bytes_min) return buf_error(&job->piece);
    int r = buf_error(&job->piece);
    if (r == 0) r = api_stream_write(job->stream, buf_slice(&job->piece));
    buf_clear(&job->piece);
    return r;
}

static int add_piece(void *context, Slice piece)
{
    ZipJob *job = context;
    int r = zip_add(job->zip, piece);
    return r < 0 ? r : pass_on(job, PIECE_BYTES);
}

static int add_file(ZipJob *job, const char *name, Slice bytes)
{
    int r = zip_begin(job->zip, name);
    while (bytes.len > 0 && r == 0) {
        r = add_piece(job, slice_first(bytes, PIECE_BYTES));
        bytes = slice_skip(bytes, PIECE_BYTES < bytes.len ? PIECE_BYTES : bytes.len);
    }
    return r < 0 ? r : zip_end(job->zip);
}

/* As it is now: it has the checkpoint that the proof hangs on, and perhaps newer ones. Both files
 * are of one opening, so that the one covers the other. */
static int add_chain(ZipJob *job)
{
    char path[PATH_BYTES_MAX];
    CLEANUP(chain_done) Chain *chain = NULL;
    if ((size_t)snprintf(path, sizeof path, "%s/chain", job->door->folder) >= sizeof path)
        return -ENAMETOOLONG;
    int r = chain_open_reading(job->door->os, path, &chain);
    if (r == 0) r = zip_begin(job->zip, "chain.log");
    if (r == 0) r = chain_export_log(chain, add_piece, job);
    if (r == 0) r = zip_end(job->zip);
    if (r == 0) r = zip_begin(job->zip, "checkpoints.txt");
    if (r == 0) r = chain_export_notes(chain, add_piece, job);
    return r < 0 ? r : zip_end(job->zip);
}

static int add_readme(ZipJob *job)
{
    CLEANUP(buf_done) Buf text = buf_make(65536);
    const Os *os = job->door->os;
    const ExportFacts facts = {.with_proof = true, .now_ns = os->now_ns(os->state), .count = 1};
    export_readme_add(&text, &facts);
    return buf_error(&text) ? buf_error(&text) : add_file(job, "README.txt", buf_slice(&text));
}

static int write_zip(ZipJob *job)
{
    const Proving *proving = &job->proving;
    int r = add_readme(job);
    if (r == 0) r = add_file(job, "first-key.txt", slice_from_cstr(proving->proof.first_key));
    if (r == 0) r = add_file(job, "records.jsonl", buf_slice(&proving->records));
    if (r == 0) r = add_file(job, "raw.log", buf_slice(&proving->raw));
    if (r == 0) r = add_file(job, "00000001.proof", buf_slice(&proving->text));
    if (r == 0) r = add_chain(job);
    if (r == 0) r = zip_finish(job->zip);
    return r < 0 ? r : pass_on(job, 0);
}

static void make(void *context, ApiStream *stream)
{
    ZipJob *job = context;
    job->stream = stream;
    job->zip = zip_new(&job->piece);
    int r = job->zip ? write_zip(job) : -ENOMEM;
    (void)r; /* a file without its end is no zip, and no program takes it for one */
}

static void release(void *context)
{
    ZipJob *job = context;
    zip_free(job->zip);
    proving_done(&job->proving);
    buf_done(&job->piece);
    free(job);
}

static int log_proof(ApiRequest *request, uint64_t number)
{
    char words[64];
    snprintf(words, sizeof words, "proof of record %llu", (unsigned long long)number);
    const OperatorAct act = {.verb = OPERATOR_EXPORT, .detail = slice_from_cstr(words)};
    return account_log(request->door->accounts, &request->self, &act);
}

/* Takes the buffers of *proving over. */
static int begin_zip(ApiRequest *request, Proving *proving)
{
    ZipJob *job = calloc(1, sizeof *job);
    if (!job) return -ENOMEM;
    *job = (ZipJob){.door = request->door, .proving = *proving, .piece = buf_make(PIECE_BYTES_MAX)};
    proving->text = proving->records = proving->raw = (Buf){0};
    const ApiMaker maker = {.make = make, .free = release, .context = job};
    int r = api_stream_open(&maker, &request->answer.stream);
    if (r < 0) release(job);
    return r;
}

static void answer_zip(ApiRequest *request, uint64_t number)
{
    Slice name = SLICE("akashi-proof.zip");
    int r =
        arena_format(&request->arena, &name, "akashi-proof-%llu.zip", (unsigned long long)number);
    (void)r; /* then it has the plain name */
    request->answer.status = 200;
    request->answer.type = "application/zip";
    request->answer.file_name = name;
}

void api_record_proof_file(ApiRequest *request)
{
    CLEANUP(proving_done) Proving proving = proving_of(request, true);
    if (prove(request, &proving) < 0) return;
    ProofState state = state_of(&proving);
    if (state == PROOF_BROKEN) {
        api_fail_complaint(request, 409, &proving.complaint, NULL);
        return;
    }
    if (state != PROOF_PROVEN) {
        api_fail(request, 409, "proof.waiting", states[state].en.ptr, states[state].ja.ptr);
        return;
    }
    int r = buf_error(&proving.text);
    if (r == 0) r = buf_error(&proving.records);
    if (r == 0) r = buf_error(&proving.raw);
    if (r == 0) r = log_proof(request, proving.number);
    if (r == 0) r = begin_zip(request, &proving);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        answer_zip(request, proving.number);
    }
}
