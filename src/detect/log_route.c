/* See log_route.h. */
#include "detect/log_route.h"

#include "base/number.h"

#include <errno.h>

typedef struct RouteReader {
    Arena *arena;
    Arena *scratch;
    Complaint *complaint;
    const YamlNode *services; /* name -> channels */
    LogRoute *list;
    size_t count, capacity;
} RouteReader;

static int refuse(RouteReader *reader, const YamlNode *node)
{
    return YAML_REFUSE(reader->complaint, node, "sigma.route",
                       "this is not how a log source is written here; see the comments at the top "
                       "of knowledge/sigma/log_sources.yaml",
                       "ログの種類の書き方が違います。knowledge/sigma/log_sources.yaml の先頭の"
                       "説明をご覧ください");
}

/* A scalar or a list of them. */
static int read_texts(RouteReader *reader, const YamlNode *node, Slice **ret, size_t *ret_count)
{
    *ret = NULL;
    *ret_count = 0;
    if (!node) return 0;
    size_t count = node->kind == YAML_SCALAR ? 1 : node->count;
    Slice *list = ARENA_ARRAY(reader->arena, Slice, count + 1);
    if (!list) return -ENOMEM;
    if (node->kind == YAML_MAP || count > ROUTE_LIST_MAX) return refuse(reader, node);
    const YamlNode *one = node->kind == YAML_SCALAR ? node : node->first;
    for (size_t i = 0; i < count; i++, one = one->next) {
        if (one->kind != YAML_SCALAR) return refuse(reader, one);
        int r = arena_copy(reader->arena, one->text, &list[i]);
        if (r < 0) return r;
    }
    *ret = list;
    *ret_count = count;
    return 0;
}

static int read_conditions(RouteReader *reader, const YamlNode *map, RouteCondition **ret,
                           size_t *ret_count)
{
    *ret = NULL;
    *ret_count = 0;
    if (!map) return 0;
    if (map->kind != YAML_MAP || map->count > ROUTE_LIST_MAX) return refuse(reader, map);
    RouteCondition *list = ARENA_ARRAY(reader->arena, RouteCondition, map->count + 1);
    if (!list) return -ENOMEM;
    size_t count = 0;
    for (const YamlNode *one = map->first; one; one = one->next, count++) {
        int r = arena_copy(reader->arena, one->key, &list[count].field);
        if (r == 0 && !yaml_is_null(one))
            r = read_texts(reader, one, &list[count].values, &list[count].value_count);
        if (r < 0) return r;
    }
    *ret = list;
    *ret_count = count;
    return 0;
}

static int read_aliases(RouteReader *reader, const YamlNode *map, LogRoute *route)
{
    if (!map) return 0;
    if (map->kind != YAML_MAP || map->count > ROUTE_LIST_MAX) return refuse(reader, map);
    route->aliases = ARENA_ARRAY(reader->arena, FieldAlias, map->count + 1);
    if (!route->aliases) return -ENOMEM;
    for (const YamlNode *one = map->first; one; one = one->next) {
        FieldAlias *alias = &route->aliases[route->alias_count++];
        if (one->kind != YAML_SCALAR) return refuse(reader, one);
        int r = arena_copy(reader->arena, one->key, &alias->from);
        if (r == 0) r = arena_copy(reader->arena, one->text, &alias->to);
        if (r < 0) return r;
    }
    return 0;
}

static int read_event_ids(RouteReader *reader, const YamlNode *node, LogRoute *route)
{
    Slice *texts;
    int r = read_texts(reader, node, &texts, &route->event_id_count);
    if (r < 0 || route->event_id_count == 0) return r;
    route->event_ids = ARENA_ARRAY(reader->arena, uint32_t, route->event_id_count);
    if (!route->event_ids) return -ENOMEM;
    for (size_t i = 0; i < route->event_id_count; i++) {
        uint64_t number;
        if (number_parse_u64(texts[i], &number) < 0 || number > UINT32_MAX)
            return refuse(reader, node);
        route->event_ids[i] = (uint32_t)number;
    }
    return 0;
}

static int new_route(RouteReader *reader, LogRoute **ret)
{
    if (reader->count == reader->capacity) {
        size_t capacity = reader->capacity ? reader->capacity * 2 : 64;
        LogRoute *larger = ARENA_ARRAY(reader->arena, LogRoute, capacity);
        if (!larger) return -ENOMEM;
        if (reader->count) memcpy(larger, reader->list, reader->count * sizeof *larger);
        reader->list = larger;
        reader->capacity = capacity;
    }
    *ret = &reader->list[reader->count++];
    return 0;
}

static int read_names(RouteReader *reader, const YamlNode *node, LogRoute *route)
{
    int r = arena_copy(reader->arena, yaml_text(node, "category"), &route->category);
    if (r == 0) r = arena_copy(reader->arena, yaml_text(node, "product"), &route->product);
    if (r == 0) r = arena_copy(reader->arena, yaml_text(node, "service"), &route->service);
    return r;
}

/* windows_services: name: [channels] */
static int read_services(RouteReader *reader)
{
    for (const YamlNode *one = reader->services ? reader->services->first : NULL; one;
         one = one->next) {
        LogRoute *route;
        int r = new_route(reader, &route);
        if (r < 0) return r;
        route->windows = true;
        route->product = SLICE("windows");
        r = arena_copy(reader->arena, one->key, &route->service);
        if (r == 0) r = read_texts(reader, one, &route->channels, &route->channel_count);
        if (r < 0) return r;
    }
    return 0;
}

/* windows_categories: a list of category, service (whose channels), event_id, fields, equals. */
static int read_category(RouteReader *reader, const YamlNode *node)
{
    Slice service = yaml_text(node, "service");
    const YamlNode *channels = NULL;
    LogRoute *route;
    int r = new_route(reader, &route);
    if (r < 0) return r;
    for (const YamlNode *one = reader->services ? reader->services->first : NULL; one;
         one = one->next) {
        if (slice_eq(one->key, service)) channels = one;
    }
    if (!channels) channels = yaml_member(node, "channel");
    if (!channels || !yaml_member(node, "category")) return refuse(reader, node);
    r = read_names(reader, node, route);
    route->windows = true;
    route->service = (Slice){0};
    if (r == 0) r = read_texts(reader, channels, &route->channels, &route->channel_count);
    if (r == 0) r = read_event_ids(reader, yaml_member(node, "event_id"), route);
    if (r == 0) r = read_aliases(reader, yaml_member(node, "fields"), route);
    if (r == 0)
        r = read_conditions(reader, yaml_member(node, "equals"), &route->conditions,
                            &route->condition_count);
    return r;
}

static int read_format(RouteReader *reader, const YamlNode *node, LogRoute *route)
{
    Slice format = yaml_text(node, "format");
    if (slice_eq(format, SLICE("json"))) {
        route->format = EVENT_JSON;
    } else if (slice_eq(format, SLICE("syslog"))) {
        route->format = EVENT_SYSLOG;
    } else if (slice_eq(format, SLICE("text"))) {
        route->format = EVENT_TEXT;
    } else if (slice_eq(format, SLICE("windows"))) {
        route->windows = true;
    } else if (slice_eq(format, SLICE("record"))) {
        route->record = true;
    } else {
        return refuse(reader, node);
    }
    return 0;
}

/* sources: a list of category, product, service, format, has, fields. */
static int read_source(RouteReader *reader, const YamlNode *node)
{
    LogRoute *route;
    int r = new_route(reader, &route);
    if (r == 0) r = read_names(reader, node, route);
    if (r == 0) r = read_format(reader, node, route);
    if (r == 0) r = read_aliases(reader, yaml_member(node, "fields"), route);
    if (r == 0)
        r = read_conditions(reader, yaml_member(node, "has"), &route->shape, &route->shape_count);
    return r;
}

static int read_all(RouteReader *reader, const YamlNode *document)
{
    const YamlNode *categories = yaml_member(document, "windows_categories");
    const YamlNode *sources = yaml_member(document, "sources");
    reader->services = yaml_member(document, "windows_services");
    int r = read_services(reader);
    for (const YamlNode *one = categories ? categories->first : NULL; one && r == 0;
         one = one->next) {
        r = read_category(reader, one);
    }
    for (const YamlNode *one = sources ? sources->first : NULL; one && r == 0; one = one->next) {
        r = read_source(reader, one);
    }
    return r;
}

int log_routes_read(Slice yaml, Arena *arena, LogRoutes *ret, Complaint *complaint)
{
    CLEANUP(arena_done) Arena scratch = {0};
    RouteReader reader = {.arena = arena, .scratch = &scratch, .complaint = complaint};
    YamlNode *document;
    int r = yaml_tree_read(yaml, &scratch, &document, complaint);
    if (r == 0 && document) r = read_all(&reader, document);
    if (r < 0) return r;
    *ret = (LogRoutes){.list = reader.list, .count = reader.count};
    return 0;
}

static bool is_asked(Slice of_route, Slice of_rule)
{
    return of_route.len == 0 || slice_eq_nocase(of_route, of_rule);
}

bool log_route_serves(const LogRoute *route, const LogSource *source)
{
    return is_asked(route->category, source->category) &&
           is_asked(route->product, source->product) && is_asked(route->service, source->service);
}
