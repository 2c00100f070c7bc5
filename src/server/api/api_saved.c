/* saved_list, saved_write, saved_delete: questions kept under a name, each person's and the
 * company's. In FOLDER/saved.jsonl, 0600, one JSON object a line, written anew as a whole. */
#include "server/api/api_file.h"
#include "server/api/api_operations.h"
#include "server/api/api_request.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#define SAVED_PER_PERSON_MAX 200
#define SAVED_FILE_BYTES_MAX ((size_t)64 << 20)
#define SAVED_FILE "saved.jsonl"

/* Changes of the file, one after the other; all servers of a folder are one process. */
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

typedef struct Saved {
    Slice name, q, from, to, owner;
    bool shared;
} Saved;

typedef struct SavedList {
    Arena *arena;
    Saved *items;
    size_t count, room;
} SavedList;

/* ---- the file -------------------------------------------------------------------------------- */

static int add_item(SavedList *list, const Saved *item)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        Saved *items = ARENA_ARRAY(list->arena, Saved, room);
        if (!items) return -ENOMEM;
        if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = *item;
    return 0;
}

/* A line that is none of ours (damaged, edited by hand) is left out. */
static int take_line(SavedList *list, Slice line)
{
    JsonTree tree = {0};
    size_t used;
    int r = json_tree_read(&tree, line, true, list->arena, &used);
    if (r == 0 && tree.nodes[0].kind == JSON_OBJECT) {
        const JsonNode *all = &tree.nodes[0];
        const Saved item = {.name = api_text_of(&tree, all, "name"),
                            .q = api_text_of(&tree, all, "q"),
                            .from = api_text_of(&tree, all, "from"),
                            .to = api_text_of(&tree, all, "to"),
                            .owner = api_text_of(&tree, all, "owner"),
                            .shared = api_boolean_of(&tree, all, "shared", false)};
        r = item.name.len > 0 ? add_item(list, &item) : 0;
    }
    json_tree_done(&tree);
    return r == -ENOMEM ? r : 0;
}

static int read_list(ApiRequest *request, SavedList *ret)
{
    char path[API_PATH_BYTES_MAX];
    Slice text, line;
    *ret = (SavedList){.arena = &request->arena};
    int len = snprintf(path, sizeof path, "%s/" SAVED_FILE, request->door->folder);
    if (len >= (int)sizeof path) return -ENAMETOOLONG;
    int r = os_read_file(request->door->os, path, SAVED_FILE_BYTES_MAX, &request->arena, &text);
    if (r < 0) return r == -ENOENT ? 0 : r;
    while (r >= 0 && slice_cut(&text, '\n', &line))
        r = line.len > 0 ? take_line(ret, line) : 0;
    return r < 0 ? r : 0;
}

static void add_saved(ApiJson *json, const Saved *item)
{
    api_json_object(json, NULL);
    api_json_text(json, "name", item->name);
    api_json_text(json, "q", item->q);
    api_json_text_if(json, "from", item->from);
    api_json_text_if(json, "to", item->to);
    api_json_boolean(json, "shared", item->shared);
    api_json_text(json, "owner", item->owner);
    api_json_end_object(json);
}

static int write_list(const ApiDoor *door, const SavedList *list)
{
    CLEANUP(buf_done) Buf text = buf_make(SAVED_FILE_BYTES_MAX);
    for (size_t i = 0; i < list->count; i++) {
        ApiJson json = api_json(&text);
        add_saved(&json, &list->items[i]);
        buf_add_char(&text, '\n');
    }
    int r = buf_error(&text);
    return r < 0 ? r : api_file_write(door->os, door->folder, SAVED_FILE, buf_slice(&text));
}

/* ---- operations ------------------------------------------------------------------------------ */

static bool is_own(const ApiRequest *request, const Saved *item)
{
    return slice_eq(item->owner, request->self.name);
}

void api_saved_list(ApiRequest *request)
{
    SavedList list;
    int r = read_list(request, &list);
    if (r < 0) {
        api_fail_error(request, r);
        return;
    }
    ApiJson json = api_answer_json(request);
    api_json_object(&json, NULL);
    api_json_list(&json, "saved");
    for (size_t i = 0; i < list.count; i++) {
        if (is_own(request, &list.items[i]) || list.items[i].shared)
            add_saved(&json, &list.items[i]);
    }
    api_json_end_list(&json);
    api_json_end_object(&json);
}

static int put(ApiRequest *request, const Saved *item)
{
    SavedList list;
    size_t own = 0;
    int r = read_list(request, &list);
    for (size_t i = 0; r == 0 && i < list.count; i++) {
        if (!is_own(request, &list.items[i])) continue;
        own++;
        if (!slice_eq(list.items[i].name, item->name)) continue;
        list.items[i] = *item;
        return write_list(request->door, &list);
    }
    if (r == 0 && own >= SAVED_PER_PERSON_MAX) return -ENOBUFS;
    if (r == 0) r = add_item(&list, item);
    return r < 0 ? r : write_list(request->door, &list);
}

/* Sharing shows it to everyone: for those who may change what is everyone's. */
void api_saved_write(ApiRequest *request)
{
    const JsonNode *body = api_body(request);
    const Saved item = {.name = api_body_text(request, "name"),
                        .q = api_body_text(request, "q"),
                        .from = api_body_text(request, "from"),
                        .to = api_body_text(request, "to"),
                        .owner = request->self.name,
                        .shared = api_boolean_of(&request->body, body, "shared", false)};
    if (item.shared && !(request->self.permissions & MAY_ACT)) {
        api_fail_error(request, -EPERM);
        return;
    }
    pthread_mutex_lock(&changing);
    int r = put(request, &item);
    pthread_mutex_unlock(&changing);
    if (r == -ENOBUFS) {
        api_fail(request, 409, "saved.full", "200 questions are saved already; forget one first",
                 "保存した検索が200個あります。いらないものを消してください");
    } else if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_answer_done(request);
    }
}

static int forget(ApiRequest *request, Slice name)
{
    SavedList list;
    int r = read_list(request, &list);
    for (size_t i = 0; r == 0 && i < list.count; i++) {
        if (!is_own(request, &list.items[i]) || !slice_eq(list.items[i].name, name)) continue;
        list.count--;
        memmove(&list.items[i], &list.items[i + 1], (list.count - i) * sizeof *list.items);
        return write_list(request->door, &list);
    }
    return r < 0 ? r : -ENOENT;
}

void api_saved_delete(ApiRequest *request)
{
    pthread_mutex_lock(&changing);
    int r = forget(request, api_value(request, "name"));
    pthread_mutex_unlock(&changing);
    if (r < 0) {
        api_fail_error(request, r);
    } else {
        api_answer_done(request);
    }
}
