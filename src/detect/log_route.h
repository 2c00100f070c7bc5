/* Which events a rule's log source means: the map of knowledge/sigma/log_sources.yaml, read.
 *
 * A route says: rules of this category, product, service look at events of these channels and
 * numbers (or of this shape, for what is no Windows event), where the rule's field is called so,
 * and these conditions hold besides. */
#ifndef AKASHI_DETECT_LOG_ROUTE_H
#define AKASHI_DETECT_LOG_ROUTE_H

#include "detect/sigma_rule.h"
#include "record/event.h"

#define ROUTE_LIST_MAX 64 /* channels, numbers, names or conditions of one route */

typedef struct FieldAlias {
    Slice from, to;
} FieldAlias;

/* The field holds one of the values, letter case aside; no values: it is there. */
typedef struct RouteCondition {
    Slice field;
    Slice *values;
    size_t value_count;
} RouteCondition;

typedef struct LogRoute {
    Slice category, product, service; /* empty: not asked */
    bool windows;
    Slice *channels; /* none: every channel */
    size_t channel_count;
    uint32_t *event_ids; /* none: every number */
    size_t event_id_count;
    EventFormat format;    /* of what is no Windows event */
    RouteCondition *shape; /* what such an event must have */
    size_t shape_count;
    FieldAlias *aliases;
    size_t alias_count;
    RouteCondition *conditions; /* added to the rule */
    size_t condition_count;
    bool record; /* translated records, whatever they came from */
} LogRoute;

typedef struct LogRoutes {
    LogRoute *list;
    size_t count;
} LogRoutes;

/* -EINVAL with complaint: not such a map. */
MUST_USE int log_routes_read(Slice yaml, Arena *arena, LogRoutes *ret, Complaint *complaint);

/* Is the rule's log source one that the route speaks of? Every word of the route must be the
 * rule's. */
bool log_route_serves(const LogRoute *route, const LogSource *source);

#endif
