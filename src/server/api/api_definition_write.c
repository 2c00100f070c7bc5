/* definition_write, definition_delete: the company's own definitions, a file each in
 * FOLDER/sources. The server looks for changed files itself (engine/translation_files.h). */
#include "server/api/api_file.h"
#include "server/api/api_operations.h"
#include "server/api/api_request.h"

#include "engine/source_samples.h"

#include <errno.h>
#include <stdio.h>

/* ---- judging --------------------------------------------------------------------------------- */

static void on_failed(void *context, const SampleFailure *failure)
{
    Complaint *complaint = context;
    if (complaint->id) return; /* the first one is told */
    complaint->line = failure->sample->line;
    complaint_say(
        complaint, "source.sample",
        "a sample does not give what is written beside it: %.*s is \"%.*s\", not \"%.*s\"",
        "サンプルの結果がちがいます: %.*s は「%.*s」で、「%.*s」ではありません",
        SLICE_FMT(failure->name), SLICE_FMT(slice_first(failure->got, 100)),
        SLICE_FMT(slice_first(failure->want, 100)));
}

static int run_samples(SourceSet *set, Slice name, Complaint *complaint)
{
    const SampleWatcher watcher = {.failed = on_failed, .context = complaint};
    SampleCounts counts = {0};
    size_t index;
    int r = source_set_find(set, name, &index);
    if (r == -ENOENT) {
        complaint_say(complaint, "source.other_name", "its name must be %.*s, as in the address",
                      "nameを、アドレスと同じ %.*s にしてください", SLICE_FMT(name));
        return -EINVAL;
    }
    if (r == 0) r = source_samples_run(set, index, &watcher, &counts);
    return r < 0 ? r : counts.failed > 0 ? -EINVAL : 0;
}

/* -EINVAL with the complaint. */
static int judge(Slice yaml, Slice name, Complaint *complaint)
{
    SourceSet *set = source_set_new();
    int r = set ? source_set_add(set, SLICE("definition.yaml"), yaml, false, complaint) : -ENOMEM;
    if (r == 0) r = source_set_finish(set);
    if (r == 0) r = run_samples(set, name, complaint);
    source_set_free(set);
    return r;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The name has passed the description's pattern: small letters, digits, hyphens. */
static int paths_of(const ApiRequest *request, char folder[API_PATH_BYTES_MAX],
                    char name[API_FILE_NAME_BYTES_MAX])
{
    Slice given = api_value(request, "name");
    int len = snprintf(folder, API_PATH_BYTES_MAX, "%s/sources", request->door->folder);
    int name_len = snprintf(name, API_FILE_NAME_BYTES_MAX, "%.*s.yaml", SLICE_FMT(given));
    return len < API_PATH_BYTES_MAX && name_len < API_FILE_NAME_BYTES_MAX ? 0 : -ENAMETOOLONG;
}

static int log_change(ApiRequest *request, Slice detail)
{
    const OperatorAct act = {
        .verb = OPERATOR_SOURCE_CHANGE, .target = api_value(request, "name"), .detail = detail};
    return account_log(request->door->accounts, &request->self, &act);
}

static void finish(ApiRequest *request, int r)
{
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_answer_done(request);
    }
}

void api_definition_write(ApiRequest *request)
{
    char folder[API_PATH_BYTES_MAX], name[API_FILE_NAME_BYTES_MAX];
    Slice yaml = api_body_text(request, "yaml");
    Complaint complaint = {0};
    int r = judge(yaml, api_value(request, "name"), &complaint);
    if (complaint.id) {
        api_fail_complaint(request, 400, &complaint, "yaml");
        return;
    }
    if (r == 0) r = paths_of(request, folder, name);
    if (r == 0) r = log_change(request, yaml);
    if (r == 0) r = api_file_write(request->door->os, folder, name, yaml);
    finish(request, r);
}

void api_definition_delete(ApiRequest *request)
{
    char folder[API_PATH_BYTES_MAX], name[API_FILE_NAME_BYTES_MAX], path[API_PATH_BYTES_MAX];
    const Os *os = request->door->os;
    FileInfo info;
    int r = paths_of(request, folder, name);
    if (r == 0 && snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        r = -ENAMETOOLONG;
    if (r == 0) r = os->info(os->state, path, &info);
    if (r >= 0) r = log_change(request, SLICE("deleted"));
    if (r >= 0) r = os->unlink(os->state, path);
    finish(request, r);
}
