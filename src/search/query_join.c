/* Questions made of others, as trees. */
#include "search/query_tree.h"

#include "base/check.h"

#include <errno.h>

int query_join(const Query *filter, const Query *pipes, Arena *arena, Query **ret)
{
    Query *joined = ARENA_NEW(arena, Query);
    if (!joined) return -ENOMEM;
    *joined = *pipes;
    joined->filter = filter->filter;
    *ret = joined;
    return 0;
}

/* A node of its own for each, because a node knows its sibling and the trees are shared. */
static Node *copy_of(const Node *node, Arena *arena)
{
    Node *copy = ARENA_NEW(arena, Node);
    if (!copy) return NULL;
    *copy = *node;
    copy->next = NULL;
    return copy;
}

int query_scope(Query *query, const Query *scope, Arena *arena)
{
    CHECK(scope->pipe_count == 0);
    Node *both = ARENA_NEW(arena, Node);
    Node *first = copy_of(scope->filter, arena), *second = copy_of(query->filter, arena);
    if (!both || !first || !second) return -ENOMEM;
    *both = (Node){.kind = NODE_AND, .first = first};
    first->next = second;
    query->filter = both;
    return 0;
}

bool query_has_pipes(const Query *query)
{
    return query->pipe_count > 0;
}
