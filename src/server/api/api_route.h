/* Which operation a request is for, and what it takes to ask: the table that tools/openapi.py makes
 * of api/openapi.yaml. */
#ifndef AKASHI_SERVER_API_API_ROUTE_H
#define AKASHI_SERVER_API_API_ROUTE_H

#include "account/account_role.h"
#include "server/api/api_schema.h"

/* ApiRoute.may beside the bits of Permission. */
#define API_ANYONE 0x10000u /* without signing in */
#define API_SELF 0x20000u   /* everyone signed in, at any stage of it; the handler looks closer */

typedef struct ApiRequest ApiRequest; /* api_request.h */

typedef struct ApiParameter {
    const char *name;
    bool in_path;
    bool required;
    const char *otherwise; /* NULL: absent */
    const ApiSchema *schema;
} ApiParameter;

typedef struct ApiRoute {
    const char *method;
    const char *path; /* with {names} */
    const char *operation;
    void (*handle)(ApiRequest *request);
    unsigned may;          /* one Permission (account_role.h), API_ANYONE or API_SELF */
    const ApiSchema *body; /* NULL: none is taken */
    size_t body_bytes_max;
    const ApiParameter *parameters;
    size_t parameter_count;
} ApiRoute;

#define API_PARAMETERS_MAX 16 /* of one operation; the build stops at more */

/* Values by their place in ApiRoute.parameters; ptr NULL: absent. Those of the path are filled by
 * api_route_find, still percent-encoded. */
typedef struct ApiValues {
    Slice values[API_PARAMETERS_MAX];
} ApiValues;

size_t api_route_count(void);
const ApiRoute *api_route_at(size_t index);

/* 0; -ENOENT: no such path; -EOPNOTSUPP: not with this method. HEAD is GET. A fixed path goes
 * before one with {names}, and a {name} takes one piece of the path that is not empty. */
MUST_USE int api_route_find(Slice method, Slice path, const ApiRoute **ret, ApiValues *values);

#endif
