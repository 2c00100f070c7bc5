#include "server/api/api_grants.h"

#include "base/check.h"

#include <errno.h>

static void add_texts(ApiJson *json, const char *name, const Slice *texts, size_t count)
{
    api_json_list(json, name);
    for (size_t i = 0; i < count; i++)
        api_json_text(json, NULL, texts[i]);
    api_json_end_list(json);
}

void api_grants_add(ApiJson *json, AccountGrants grants)
{
    api_json_list(json, "grants");
    for (size_t i = 0; i < grants.count; i++) {
        const AccountGrant *grant = &grants.items[i];
        api_json_object(json, NULL);
        api_json_cstr(json, "role", role_token(grant->role));
        add_texts(json, "sources", grant->sources, grant->source_count);
        add_texts(json, "sites", grant->sites, grant->site_count);
        api_json_end_object(json);
    }
    api_json_end_list(json);
}

static size_t count_children(const JsonTree *tree, const JsonNode *list)
{
    size_t count = 0;
    for (const JsonNode *child = json_first_child(tree, list); child;
         child = json_next_child(tree, list, child))
        count++;
    return count;
}

int api_texts_read(ApiRequest *request, const JsonNode *object, const char *name, const Slice **ret,
                   size_t *ret_count)
{
    const JsonTree *tree = &request->body;
    const JsonNode *list = api_member_of(tree, object, name);
    size_t count = list ? count_children(tree, list) : 0, at = 0;
    Slice *texts = ARENA_ARRAY(&request->arena, Slice, count + 1);
    if (!texts) return -ENOMEM;
    for (const JsonNode *child = list ? json_first_child(tree, list) : NULL; child;
         child = json_next_child(tree, list, child))
        texts[at++] = child->value;
    *ret = texts;
    *ret_count = count;
    return 0;
}

static int read_grant(ApiRequest *request, const JsonNode *node, AccountGrant *ret)
{
    AccountGrant grant = {0};
    int known = role_of(api_text_of(&request->body, node, "role"), &grant.role);
    CHECK(known == 0); /* the description names the same roles */
    int r = api_texts_read(request, node, "sources", &grant.sources, &grant.source_count);
    if (r == 0) r = api_texts_read(request, node, "sites", &grant.sites, &grant.site_count);
    if (r == 0) *ret = grant;
    return r;
}

int api_grants_read(ApiRequest *request, const JsonNode *object, AccountGrants *ret)
{
    const JsonTree *tree = &request->body;
    const JsonNode *list = api_member_of(tree, object, "grants");
    size_t count = list ? count_children(tree, list) : 0, at = 0;
    AccountGrant *grants = ARENA_ARRAY(&request->arena, AccountGrant, count + 1);
    int r = grants ? 0 : -ENOMEM;
    for (const JsonNode *child = list ? json_first_child(tree, list) : NULL; child && r == 0;
         child = json_next_child(tree, list, child))
        r = read_grant(request, child, &grants[at++]);
    if (r < 0) {
        api_fail_error(request, r);
        return -1;
    }
    *ret = (AccountGrants){.items = grants, .count = count};
    return 0;
}
