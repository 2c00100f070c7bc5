#include "server/api/api_route.h"

#include "server/api/api_operations.h"

#include <errno.h>

#include "api_table.inc"

#define ROUTE_COUNT (sizeof routes / sizeof *routes)

size_t api_route_count(void)
{
    return ROUTE_COUNT;
}

const ApiRoute *api_route_at(size_t index)
{
    return &routes[index];
}

/* Takes the next piece (up to the next slash) off the front; false at the end. */
static bool take_piece(Slice *path, Slice *ret)
{
    if (path->len == 0 || path->ptr[0] != '/') return false;
    *path = slice_skip(*path, 1);
    const char *slash = path->len > 0 ? memchr(path->ptr, '/', path->len) : NULL;
    *ret = slice_first(*path, slash ? (size_t)(slash - path->ptr) : path->len);
    *path = slice_skip(*path, ret->len);
    return true;
}

static void take_value(const ApiRoute *route, Slice name, Slice value, ApiValues *values)
{
    for (size_t i = 0; i < route->parameter_count; i++) {
        const ApiParameter *parameter = &route->parameters[i];
        if (parameter->in_path && slice_eq(name, slice_from_cstr(parameter->name)))
            values->values[i] = value;
    }
}

/* How many {names} had to be taken; -1: another path. */
static int match(const ApiRoute *route, Slice path, ApiValues *values)
{
    Slice template = slice_from_cstr(route->path);
    Slice wanted, given;
    int taken = 0;
    *values = (ApiValues){0};
    while (take_piece(&template, &wanted)) {
        if (!take_piece(&path, &given)) return -1;
        if (slice_eq(wanted, given)) continue;
        if (wanted.len == 0 || wanted.ptr[0] != '{' || given.len == 0) return -1;
        take_value(route, slice_of(wanted.ptr + 1, wanted.len - 2), given, values);
        taken++;
    }
    return path.len == 0 ? taken : -1;
}

int api_route_find(Slice method, Slice path, const ApiRoute **ret, ApiValues *values)
{
    int least = -1;
    bool known = false;
    const ApiRoute *found = NULL;
    if (slice_eq(method, SLICE("HEAD"))) method = SLICE("GET");
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        ApiValues taken;
        int count = match(&routes[i], path, &taken);
        if (count < 0) continue;
        known = true;
        if (!slice_eq(method, slice_from_cstr(routes[i].method))) continue;
        if (found && count >= least) continue;
        least = count;
        found = &routes[i];
        *values = taken;
    }
    if (!found) return known ? -EOPNOTSUPP : -ENOENT;
    *ret = found;
    return 0;
}
