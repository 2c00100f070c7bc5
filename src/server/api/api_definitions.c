/* definition_list, definition_read. */
#include "server/api/api_operations.h"
#include "server/api/api_request.h"

#include "engine/sources.h"

#include <errno.h>
#include <stdio.h>

#define PATH_BYTES_MAX 4352

/* What is broken was told at the start; here it is only left out. */
static int open_definitions(const ApiRequest *request, SourceSet **ret)
{
    const ApiDoor *door = request->door;
    const SourcesWatcher silent = {0};
    Complaint complaint = {0};
    const ApiEngine *engine = door->engine;
    return sources_open(door->os, engine->definition_folders, engine->definition_folder_count,
                        &silent, ret, &complaint);
}

static void add_head(ApiJson *json, const char *name, const SourceInfo *info)
{
    api_json_object(json, name);
    api_json_text(json, "name", info->name);
    api_json_text2(json, "title", info->title[LANGUAGE_JA], info->title[LANGUAGE_EN]);
    api_json_text(json, "vendor", info->vendor);
    api_json_text_if(json, "product", info->product);
    api_json_text_if(json, "dataset", info->dataset);
    api_json_boolean(json, "own", !info->built_in);
    api_json_cstr(json, "state", "ready");
    api_json_text2(json, "setup", info->setup[LANGUAGE_JA], info->setup[LANGUAGE_EN]);
    api_json_list(json, "about");
    for (size_t i = 0; i < info->about_count; i++)
        api_json_text(json, NULL, info->about[i]);
    api_json_end_list(json);
    api_json_count(json, "samples", info->sample_count);
    api_json_end_object(json);
}

void api_definition_list(ApiRequest *request)
{
    SourceSet *set;
    int r = open_definitions(request, &set);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "definitions");
    for (size_t i = 0; i < source_set_count(set); i++)
        add_head(&json, NULL, source_set_info(set, i));
    api_json_end_list(&json);
    api_json_end_object(&json);
    source_set_free(set);
}

/* ---- one ------------------------------------------------------------------------------------- */

/* Of the company's own there is a file; the last folder that has it counts. */
static int read_own(ApiRequest *request, Slice name, Slice *ret)
{
    const ApiEngine *engine = request->door->engine;
    for (size_t i = engine->definition_folder_count; i > 0; i--) {
        char path[PATH_BYTES_MAX];
        int len = snprintf(path, sizeof path, "%s/sources/%.*s.yaml",
                           engine->definition_folders[i - 1], SLICE_FMT(name));
        if (len >= (int)sizeof path) return -ENAMETOOLONG;
        int r = os_read_file(request->door->os, path, SOURCE_FILE_BYTES_MAX, &request->arena, ret);
        if (r != -ENOENT) return r;
    }
    return -ENOENT;
}

static int read_yaml(ApiRequest *request, const SourceInfo *info, Slice *ret)
{
    if (!info->built_in) return read_own(request, info->name, ret);
    *ret = sources_built_in_yaml(info->name);
    return 0;
}

void api_definition_read(ApiRequest *request)
{
    SourceSet *set;
    size_t index;
    Slice yaml;
    int r = open_definitions(request, &set);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    r = source_set_find(set, api_value(request, "name"), &index);
    if (r == 0) r = read_yaml(request, source_set_info(set, index), &yaml);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        ApiJson json = api_answer_json(request);
        api_json_object(&json, NULL);
        add_head(&json, "head", source_set_info(set, index));
        api_json_text(&json, "yaml", yaml);
        api_json_end_object(&json);
    }
    source_set_free(set);
}
