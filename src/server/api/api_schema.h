/* What a question to the API may look like: api/openapi.yaml as tables, and the checks of them.
 *
 * Everything is typed: an unknown name, a wrong type, a value out of range, a text too long or not
 * among the choices is refused with its place, before any handler sees it. So a handler reads
 * values without looking at them again. */
#ifndef AKASHI_SERVER_API_SCHEMA_H
#define AKASHI_SERVER_API_SCHEMA_H

#include "base/complaint.h"
#include "base/json_tree.h"

typedef enum ApiKind {
    API_TEXT,
    API_INTEGER,
    API_NUMBER,
    API_BOOLEAN,
    API_OBJECT,
    API_ARRAY,
} ApiKind;

typedef enum ApiPattern {
    API_PATTERN_ANY,
    API_PATTERN_NAME, /* small letters, digits, hyphens; no hyphen in front */
} ApiPattern;

typedef struct ApiSchema ApiSchema;

typedef struct ApiMember {
    const char *name;
    bool required;
    const ApiSchema *schema;
} ApiMember;

struct ApiSchema {
    ApiKind kind;
    int64_t least, most;        /* an integer; the characters of a text; the items of an array */
    const char *const *choices; /* of a text, NULL at the end; NULL: any */
    ApiPattern pattern;         /* of a text */
    const ApiMember *members;   /* of an object */
    size_t member_count;
    const ApiSchema *items; /* of an array */
};

#define API_FIELD_BYTES_MAX 128

/* What is wrong, and where: `field` as in grants[0].role; empty: the body itself. */
typedef struct ApiFault {
    char field[API_FIELD_BYTES_MAX];
    Complaint complaint;
} ApiFault;

/* -EINVAL with the first fault. NULL is refused everywhere; so is a name given twice. */
MUST_USE int api_body_check(const ApiSchema *schema, const JsonTree *tree, ApiFault *ret);
/* A parameter's text (decoded): of text, integer and boolean (true, false). -EINVAL. */
MUST_USE int api_text_check(const ApiSchema *schema, const char *name, Slice text, ApiFault *ret);

/* ---- values of a body that was checked; absent ones: empty, the default given, NULL */
Slice api_text_of(const JsonTree *tree, const JsonNode *object, const char *name);
int64_t api_integer_of(const JsonTree *tree, const JsonNode *object, const char *name,
                       int64_t otherwise);
bool api_boolean_of(const JsonTree *tree, const JsonNode *object, const char *name, bool otherwise);
const JsonNode *api_member_of(const JsonTree *tree, const JsonNode *object, const char *name);

#endif
