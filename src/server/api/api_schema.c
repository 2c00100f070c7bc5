#include "server/api/api_schema.h"

#include "base/number.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The way down to the value being judged, as people write it. */
typedef struct Place {
    char text[API_FIELD_BYTES_MAX];
    size_t len;
} Place;

static void place_add(Place *place, const char *before, const char *text)
{
    size_t room = sizeof place->text - place->len;
    int wrote = snprintf(place->text + place->len, room, "%s%s", before, text);
    if (wrote > 0) place->len += (size_t)wrote < room ? (size_t)wrote : room - 1;
}

static void place_add_member(Place *place, const char *name)
{
    place_add(place, place->len > 0 ? "." : "", name);
}

static void place_add_index(Place *place, size_t index)
{
    char text[32];
    snprintf(text, sizeof text, "[%zu]", index);
    place_add(place, "", text);
}

static void place_cut(Place *place, size_t len)
{
    place->len = len;
    place->text[len] = '\0';
}

typedef struct Judge {
    const JsonTree *tree;
    Place place;
    ApiFault *fault;
} Judge;

/* The words name the place first, then the bounds where they speak of them. */
static int refuse(Judge *judge, const char *id, const char *en, const char *ja,
                  const ApiSchema *schema)
{
    memcpy(judge->fault->field, judge->place.text, API_FIELD_BYTES_MAX);
    complaint_say(&judge->fault->complaint, id, en, ja,
                  judge->place.len > 0 ? judge->place.text : "body", (long long)schema->least,
                  (long long)schema->most);
    return -EINVAL;
}

static int refuse_kind(Judge *judge, const ApiSchema *schema)
{
    static const char *const words[][2] = {
        [API_TEXT] = {"%s must be a text", "%s は文字列にしてください"},
        [API_INTEGER] = {"%s must be a whole number", "%s は整数にしてください"},
        [API_NUMBER] = {"%s must be a number", "%s は数にしてください"},
        [API_BOOLEAN] = {"%s must be true or false", "%s は true か false にしてください"},
        [API_OBJECT] = {"%s must be an object", "%s はオブジェクトにしてください"},
        [API_ARRAY] = {"%s must be a list", "%s は配列にしてください"},
    };
    return refuse(judge, "api.kind", words[schema->kind][0], words[schema->kind][1], schema);
}

static bool is_name(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (c != '-' || i == 0)) return false;
    }
    return text.len > 0;
}

static bool is_choice(const char *const *choices, Slice text)
{
    for (; *choices; choices++) {
        if (slice_eq(text, slice_from_cstr(*choices))) return true;
    }
    return false;
}

static size_t characters_of(Slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return count;
}

static int judge_text(Judge *judge, const ApiSchema *schema, Slice text)
{
    int64_t count = (int64_t)characters_of(text);
    if (!utf8_is_valid(text) || memchr(text.ptr ? text.ptr : "", 0, text.len)) {
        return refuse(judge, "api.utf8", "%s is not well-formed text (UTF-8 without NUL)",
                      "%s は正しい文字列（UTF-8、NULなし）ではありません", schema);
    }
    if (schema->choices) {
        if (is_choice(schema->choices, text)) return 0;
        return refuse(judge, "api.choice",
                      "%s has a value that does not exist; see api/openapi.yaml",
                      "%s に、ない値が指定されました。api/openapi.yaml を見てください", schema);
    }
    if (count < schema->least || count > schema->most) {
        return refuse(judge, "api.length", "%s must have %lld to %lld characters",
                      "%s は%lld文字以上%lld文字以下にしてください", schema);
    }
    if (schema->pattern == API_PATTERN_NAME && !is_name(text)) {
        return refuse(judge, "api.name", "%s must be small letters, digits and hyphens",
                      "%s は英小文字、数字、ハイフンだけにしてください", schema);
    }
    return 0;
}

static int judge_integer(Judge *judge, const ApiSchema *schema, Slice text)
{
    int64_t value;
    if (number_parse_i64(text, &value) < 0) return refuse_kind(judge, schema);
    if (value >= schema->least && value <= schema->most) return 0;
    return refuse(judge, "api.range", "%s must be from %lld to %lld",
                  "%s は%lldから%lldまでにしてください", schema);
}

static int judge_value(Judge *judge, const ApiSchema *schema, const JsonNode *node);

static const ApiMember *member_named(const ApiSchema *schema, Slice name)
{
    for (size_t i = 0; i < schema->member_count; i++) {
        if (slice_eq(name, slice_from_cstr(schema->members[i].name))) return &schema->members[i];
    }
    return NULL;
}

static int judge_members(Judge *judge, const ApiSchema *schema, const JsonNode *node)
{
    const JsonNode *child = json_first_child(judge->tree, node);
    size_t before = judge->place.len;
    for (; child; child = json_next_child(judge->tree, node, child)) {
        const ApiMember *member = member_named(schema, child->name);
        if (!member) {
            return refuse(judge, "api.unknown", "%s holds a name that is not known here",
                          "%s に、ここでは使わない名前があります", schema);
        }
        place_add_member(&judge->place, member->name);
        if (json_child(judge->tree, node, child->name) != child) {
            return refuse(judge, "api.twice", "%s is given twice", "%s が2回あります", schema);
        }
        int r = judge_value(judge, member->schema, child);
        if (r < 0) return r;
        place_cut(&judge->place, before);
    }
    return 0;
}

static int judge_object(Judge *judge, const ApiSchema *schema, const JsonNode *node)
{
    int r = judge_members(judge, schema, node);
    for (size_t i = 0; r == 0 && i < schema->member_count; i++) {
        const ApiMember *member = &schema->members[i];
        if (!member->required) continue;
        if (json_child(judge->tree, node, slice_from_cstr(member->name))) continue;
        place_add_member(&judge->place, member->name);
        return refuse(judge, "api.missing", "%s is missing", "%s がありません", schema);
    }
    return r;
}

static int judge_array(Judge *judge, const ApiSchema *schema, const JsonNode *node)
{
    const JsonNode *child = json_first_child(judge->tree, node);
    size_t before = judge->place.len, count = 0;
    for (; child; child = json_next_child(judge->tree, node, child), count++) {
        if ((int64_t)count >= schema->most) break;
        place_add_index(&judge->place, count);
        int r = judge_value(judge, schema->items, child);
        if (r < 0) return r;
        place_cut(&judge->place, before);
    }
    if (!child && (int64_t)count >= schema->least) return 0;
    return refuse(judge, "api.count", "%s must have %lld to %lld entries",
                  "%s は%lld個以上%lld個以下にしてください", schema);
}

static int judge_value(Judge *judge, const ApiSchema *schema, const JsonNode *node)
{
    static const JsonKind kinds[] = {
        [API_TEXT] = JSON_STRING,  [API_INTEGER] = JSON_NUMBER, [API_NUMBER] = JSON_NUMBER,
        [API_BOOLEAN] = JSON_BOOL, [API_OBJECT] = JSON_OBJECT,  [API_ARRAY] = JSON_ARRAY,
    };
    if (node->kind != kinds[schema->kind]) return refuse_kind(judge, schema);
    switch (schema->kind) {
    case API_TEXT: return judge_text(judge, schema, node->value);
    case API_INTEGER: return judge_integer(judge, schema, node->value);
    case API_NUMBER:
    case API_BOOLEAN: return 0;
    case API_OBJECT: return judge_object(judge, schema, node);
    case API_ARRAY: return judge_array(judge, schema, node);
    }
    return -EINVAL;
}

int api_body_check(const ApiSchema *schema, const JsonTree *tree, ApiFault *ret)
{
    Judge judge = {.tree = tree, .fault = ret};
    *ret = (ApiFault){0};
    return judge_value(&judge, schema, &tree->nodes[0]);
}

int api_text_check(const ApiSchema *schema, const char *name, Slice text, ApiFault *ret)
{
    Judge judge = {.fault = ret};
    *ret = (ApiFault){0};
    place_add_member(&judge.place, name);
    switch (schema->kind) {
    case API_TEXT: return judge_text(&judge, schema, text);
    case API_INTEGER: return judge_integer(&judge, schema, text);
    case API_BOOLEAN:
        if (slice_eq(text, SLICE("true")) || slice_eq(text, SLICE("false"))) return 0;
        return refuse_kind(&judge, schema);
    case API_NUMBER:
    case API_OBJECT:
    case API_ARRAY: break; /* no parameter is of these */
    }
    return refuse_kind(&judge, schema);
}

const JsonNode *api_member_of(const JsonTree *tree, const JsonNode *object, const char *name)
{
    return json_child(tree, object, slice_from_cstr(name));
}

Slice api_text_of(const JsonTree *tree, const JsonNode *object, const char *name)
{
    const JsonNode *node = api_member_of(tree, object, name);
    return node ? node->value : (Slice){0};
}

int64_t api_integer_of(const JsonTree *tree, const JsonNode *object, const char *name,
                       int64_t otherwise)
{
    const JsonNode *node = api_member_of(tree, object, name);
    int64_t value;
    return node && number_parse_i64(node->value, &value) == 0 ? value : otherwise;
}

bool api_boolean_of(const JsonTree *tree, const JsonNode *object, const char *name, bool otherwise)
{
    const JsonNode *node = api_member_of(tree, object, name);
    return node ? slice_eq(node->value, SLICE("true")) : otherwise;
}
