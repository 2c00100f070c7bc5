/* The company's document: networks, sites, countries. See company_node.h. */
#include "translate/context/company_node.h"

#include <errno.h>

/* What is inside of every company. */
static const char *const private_networks[] = {
    "10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16", /* RFC 1918 */
    "100.64.0.0/10",                                     /* RFC 6598 */
    "169.254.0.0/16", "127.0.0.0/8",                     /* RFC 3927, RFC 1122 */
    "fc00::/7",                                          /* RFC 4193 */
    "fe80::/10",      "::1/128",                         /* RFC 4291 */
};

typedef struct Networks {
    NetworkMap *map;
    uint32_t value;
} Networks;

static int take_network(const Company *company, const Node *item, void *context)
{
    const Networks *networks = context;
    int r = item->kind == NODE_TEXT
                ? network_map_add_text(networks->map, slice_trim(item->text), networks->value)
                : -EINVAL;
    if (r != -EINVAL && r != -E2BIG) return r;
    return COMPANY_REFUSE(
        company, item, "company.network",
        "an address or network is written 192.0.2.1, 192.0.2.0/24, 2001:db8::/32 or "
        "192.0.2.1-192.0.2.9",
        "アドレスは 192.0.2.1、192.0.2.0/24、2001:db8::/32、192.0.2.1-192.0.2.9 のどれかの形で"
        "書いてください");
}

static int take_domain(const Company *company, const Node *item, void *context)
{
    Context *to = company->context;
    (void)context;
    if (item->kind != NODE_TEXT || item->text.len == 0 || to->domain_count == CONTEXT_DOMAINS_MAX) {
        return COMPANY_REFUSE(company, item, "company.domain",
                              "a domain is expected here, such as example.com; %u at most",
                              "ここには example.com の形のドメインを書いてください（%u 個まで）",
                              CONTEXT_DOMAINS_MAX);
    }
    Slice domain = item->text;
    if (domain.ptr[0] == '.') domain = slice_skip(domain, 1);
    to->domains[to->domain_count++] = domain;
    return 0;
}

/* What the document says comes before what is true of all: of one network the first counts. */
int company_networks(const Company *company, const Node *node)
{
    static const Slice keys[] = {SLICE_INIT("inside"), SLICE_INIT("vpn"), SLICE_INIT("own"),
                                 SLICE_INIT("outside"), SLICE_INIT("domains")};
    static const struct {
        const char *key;
        Zone zone;
    } zones[] = {
        {"outside", ZONE_OUTSIDE}, {"vpn", ZONE_VPN}, {"own", ZONE_OWN}, {"inside", ZONE_INSIDE}};
    Networks networks = {.map = &company->context->zones};
    int r = node ? company_map(company, node, keys, ARRAY_COUNT(keys)) : 0;
    for (size_t i = 0; i < ARRAY_COUNT(zones) && r == 0; i++) {
        networks.value = zones[i].zone;
        r = company_each(company, node_member(node, zones[i].key), take_network, &networks);
    }
    if (r == 0) r = company_each(company, node_member(node, "domains"), take_domain, NULL);
    for (size_t i = 0; i < ARRAY_COUNT(private_networks) && r == 0; i++) {
        r = network_map_add_text(networks.map, slice_from_cstr(private_networks[i]), ZONE_INSIDE);
    }
    return r == 0 ? network_map_finish(networks.map) : r;
}

typedef struct SiteMembers {
    char kind;
    uint32_t index;
} SiteMembers;

static int take_member(const Company *company, const Node *item, void *context)
{
    const SiteMembers *members = context;
    int r = company_add_member(company->context, members->kind, item->text, members->index);
    if (r != -EINVAL && r != -E2BIG) return r;
    return COMPANY_REFUSE(company, item, "company.site_member",
                          "the name of a host or device is expected here; %u are possible in all",
                          "ここには機器の名前を書いてください（合わせて %u 個まで）",
                          CONTEXT_MEMBERS_MAX);
}

static int take_site(const Company *company, const Node *item, void *context)
{
    static const Slice keys[] = {SLICE_INIT("name"), SLICE_INIT("networks"), SLICE_INIT("hosts"),
                                 SLICE_INIT("sources")};
    Context *to = company->context;
    uint32_t index = (uint32_t)to->site_count;
    Networks networks = {.map = &to->sites, .value = index + 1};
    (void)context;
    int r = company_map(company, item, keys, ARRAY_COUNT(keys));
    if (r == 0) r = company_name(company, item, "name", &to->site_names[index]);
    if (r == 0) r = company_each(company, node_member(item, "networks"), take_network, &networks);
    if (r == 0) {
        r = company_each(company, node_member(item, "hosts"), take_member,
                         &(SiteMembers){.kind = MEMBER_HOST, .index = index});
    }
    if (r == 0) {
        r = company_each(company, node_member(item, "sources"), take_member,
                         &(SiteMembers){.kind = MEMBER_SOURCE, .index = index});
    }
    to->site_count += r == 0;
    return r;
}

int company_sites(const Company *company, const Node *node)
{
    Context *context = company->context;
    if (node && node->count > CONTEXT_SITES_MAX) {
        return COMPANY_REFUSE(company, node, "company.sites", "there are more than %u sites",
                              "拠点が %u 個を越えています", CONTEXT_SITES_MAX);
    }
    context->site_names = ARENA_ARRAY(&context->arena, Slice, node ? node->count + 1 : 1);
    if (!context->site_names) return -ENOMEM;
    int r = company_each(company, node, take_site, NULL);
    return r == 0 ? network_map_finish(&context->sites) : r;
}

int company_countries(const Company *company, const Node *node)
{
    Networks networks = {.map = &company->context->countries};
    int r = 0;
    if (node && node->kind != NODE_MAP) {
        return COMPANY_REFUSE(company, node, "company.countries",
                              "countries are written `JP: [198.51.100.0/24]`",
                              "国は `JP: [198.51.100.0/24]` の形で書いてください");
    }
    for (const Node *member = node ? node->first : NULL; member && r == 0; member = member->next) {
        if (country_parse(member->key, &networks.value) < 0) {
            return COMPANY_REFUSE(company, member, "company.country",
                                  "%.*s is no country of two letters (ISO 3166-1), such as JP",
                                  "%.*s は2文字の国コード（ISO 3166-1、JP など）ではありません",
                                  SLICE_FMT(member->key));
        }
        r = company_each(company, member, take_network, &networks);
    }
    return r == 0 ? network_map_finish(networks.map) : r;
}
