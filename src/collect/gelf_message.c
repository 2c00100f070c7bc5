/* See gelf_message.h. */
#include "collect/gelf_message.h"

#include "base/number.h"
#include "collect/http_dialect.h"
#include "collect/syslog_line.h"
#include "collect/unpack_bytes.h"

#include <errno.h>

static Slice text_of(const JsonTree *tree, const char *name)
{
    const JsonNode *node = json_child(tree, &tree->nodes[0], slice_from_cstr(name));
    return node && node->kind == JSON_STRING ? node->value : (Slice){0};
}

static Slice first_text(const JsonTree *tree, const char *const *names)
{
    Slice found = {0};
    for (; *names && found.len == 0; names++)
        found = text_of(tree, *names);
    return found;
}

/* The specification's additional fields begin with `_`, which is no part of their name. */
static int add_beside(Bundle *group, const JsonTree *tree, Message *message)
{
    static const Slice told[] = {SLICE_INIT("version"), SLICE_INIT("short_message"),
                                 SLICE_INIT("full_message"), SLICE_INIT("timestamp"),
                                 SLICE_INIT("host")};
    const JsonNode *root = &tree->nodes[0];
    bool has_full = text_of(tree, "full_message").len > 0;
    for (const JsonNode *child = json_first_child(tree, root); child;
         child = json_next_child(tree, root, child)) {
        bool known = false;
        for (size_t i = 0; i < ARRAY_COUNT(told); i++)
            known |= slice_eq(child->name, told[i]);
        if (slice_eq(child->name, told[1]) && has_full) known = false;
        if (known) continue;
        Slice name = child->name;
        if (name.len > 1 && name.ptr[0] == '_') name = slice_skip(name, 1);
        beside_add_json(&group->scratch, name, tree, child);
    }
    return bundle_keep(group, &message->beside);
}

static int make_line(Bundle *group, const JsonTree *tree, Slice line, Message *message)
{
    static const char *const tags[] = {"_application_name", "_tag", "_container_name", "facility",
                                       NULL};
    const JsonNode *level = json_child(tree, &tree->nodes[0], SLICE("level"));
    uint64_t severity = 6;
    if (!level || number_parse_u64(level->value, &severity) < 0 || severity > 7) severity = 6;
    Slice tag = first_text(tree, tags);
    const SyslogLine made = {.priority = 8 + (int)severity, /* facility user */
                             .time_ns = message->time_ns,
                             .host = text_of(tree, "host"),
                             .tag = tag.len > 0 ? tag : SLICE("gelf"),
                             .message = line};
    /* A line that has a header of its own needs none. */
    if (line.ptr[0] == '<' || line.ptr[0] == '{') {
        message->body = line;
        return 0;
    }
    syslog_line_add(&group->scratch, &made);
    return bundle_keep(group, &message->body);
}

int gelf_take(Bundle *group, JsonTree *tree, Slice text)
{
    static const char *const lines[] = {"full_message", "short_message", NULL};
    size_t used;
    if (text.len > BUNDLE_MESSAGE_BYTES_MAX) return -EMSGSIZE;
    int r = json_tree_read(tree, text, true, &group->arena, &used);
    if (r < 0 || tree->nodes[0].kind != JSON_OBJECT) return r == -ENOMEM ? r : -EBADMSG;
    Slice line = first_text(tree, lines);
    if (line.len == 0) return -EBADMSG;
    Message *message = bundle_add(group);
    if (!message) return -EMSGSIZE;
    const JsonNode *time = json_child(tree, &tree->nodes[0], SLICE("timestamp"));
    message->bytes = text;
    message->time_ns = time ? epoch_seconds_read(time->value) : 0;
    r = make_line(group, tree, line, message);
    if (r == 0) r = add_beside(group, tree, message);
    if (r < 0) group->count--;
    return r;
}

int gelf_take_packed(Bundle *group, JsonTree *tree, Slice bytes)
{
    Buf plain = buf_make(BUNDLE_MESSAGE_BYTES_MAX);
    Slice text = bytes;
    int r = 0;
    bool packed = bytes.len > 1 && ((unsigned char)bytes.ptr[0] == 0x1f || bytes.ptr[0] == 0x78);
    if (packed) {
        r = unpack_deflated(bytes, GELF_PACKED_RATIO_MAX, &plain);
        if (r == 0) r = arena_copy(&group->arena, buf_slice(&plain), &text);
    }
    if (r == 0) r = gelf_take(group, tree, text);
    buf_done(&plain);
    return r;
}

void gelf_post(HttpExchange *exchange)
{
    int r = gelf_take_packed(exchange->group, exchange->tree, exchange->body);
    exchange->status = 202;
    if (r == -EMSGSIZE || r == -EFBIG || r == -ENOMEM) {
        http_refuse_json(exchange, 413, "the message is larger than 1 MiB");
    } else if (r < 0) {
        http_refuse_json(exchange, 400, "this is no GELF message: an object with short_message");
    } else {
        http_key_messages(exchange, "gelf", (Slice){0});
    }
}
