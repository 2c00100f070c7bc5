/* JSON lines (and plain lines): `/ingest/jsonl`, one event a line, for scripts and for whatever has
 * no dialect of its own. The query, or headers of the same meaning, names the members that hold the
 * line and its time: ?message=NAME&time=NAME, or X-Akashi-Message and X-Akashi-Time. */
#include "base/number.h"
#include "base/time_text.h"
#include "collect/http_dialect.h"

#include <errno.h>

typedef struct JsonlNames {
    Slice message, time;
} JsonlNames;

static Slice name_of(const HttpRequest *request, Slice parameter, Slice header)
{
    Slice name = http_parameter(request->query, parameter);
    return name.len > 0 ? name : http_field(request, header);
}

/* RFC 3339, or a number since 1970 whose unit follows from its size. */
static int64_t time_read(Slice text)
{
    int64_t ns;
    uint64_t number;
    if (time_parse_rfc3339(text, 0, &ns) == 0) return ns;
    if (number_parse_u64(text, &number) < 0) return epoch_seconds_read(text);
    uint64_t unit = number < 100000000000         ? NS_PER_SECOND
                    : number < 100000000000000    ? NS_PER_MS
                    : number < 100000000000000000 ? 1000
                                                  : 1;
    return number <= INT64_MAX / unit ? (int64_t)(number * unit) : 0;
}

/* What the names say is the line, and the rest beside it. */
static int open_line(HttpExchange *exchange, const JsonlNames *names, Message *message)
{
    JsonTree *tree = exchange->tree;
    Bundle *group = exchange->group;
    size_t used;
    int r = json_tree_read(tree, message->bytes, true, &group->arena, &used);
    if (r == -ENOMEM) return r;
    if (r < 0 || tree->nodes[0].kind != JSON_OBJECT) return 0; /* kept as it is */
    const JsonNode *root = &tree->nodes[0];
    const JsonNode *line = json_child(tree, root, names->message);
    const JsonNode *time = json_child(tree, root, names->time);
    if (names->time.len > 0 && time) message->time_ns = time_read(time->value);
    if (names->message.len == 0 || !line || line->kind != JSON_STRING || line->value.len == 0) {
        return 0;
    }
    message->body = line->value;
    for (const JsonNode *child = json_first_child(tree, root); child;
         child = json_next_child(tree, root, child)) {
        if (child != line) beside_add_json(&group->scratch, child->name, tree, child);
    }
    return bundle_keep(group, &message->beside);
}

static int take_line(HttpExchange *exchange, const JsonlNames *names, Slice line)
{
    bool named = names->message.len > 0 || names->time.len > 0;
    if (line.len > BUNDLE_MESSAGE_BYTES_MAX) return -EMSGSIZE;
    Message *message = bundle_add(exchange->group);
    if (!message) return -EMSGSIZE;
    message->bytes = line;
    message->shipped = true;
    return named && line.ptr[0] == '{' ? open_line(exchange, names, message) : 0;
}

void jsonl_ingest(HttpExchange *exchange)
{
    const JsonlNames names = {
        name_of(exchange->request, SLICE("message"), SLICE("x-akashi-message")),
        name_of(exchange->request, SLICE("time"), SLICE("x-akashi-time"))};
    Slice rest = exchange->body, line;
    int r = 0;
    while (r == 0 && slice_cut(&rest, '\n', &line)) {
        line = slice_trim(line);
        if (line.len > 0) r = take_line(exchange, &names, line);
    }
    if (r < 0) {
        http_refuse_json(exchange, 413, "a line is larger than 1 MiB, or there are too many");
        return;
    }
    http_key_messages(exchange, "jsonl", (Slice){0});
    buf_add_format(exchange->answer, "{\"accepted\":%zu}", exchange->group->count);
}
