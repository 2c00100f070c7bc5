/* See threat_set.h. */
#include "translate/context/threat_set.h"

#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

void threat_init(ThreatSet *set, const uint64_t seed[2])
{
    *set = (ThreatSet){.seed = {seed[0], seed[1]}, .networks.join = NETWORK_ALL};
}

void threat_done(ThreatSet *set)
{
    network_map_done(&set->networks);
    free(set->prints);
    free(set->lists);
    set->prints = NULL;
    set->lists = NULL;
    set->slot_count = 0;
}

int threat_add_list(ThreatSet *set, Slice name)
{
    if (set->list_count >= THREAT_LISTS_MAX) return -E2BIG;
    set->names[set->list_count] = name;
    return (int)set->list_count++;
}

/* --- texts made comparable -------------------------------------------------------------------- */

typedef struct ThreatKey {
    char bytes[THREAT_TEXT_BYTES_MAX + 1]; /* the kind, then the text */
    size_t len;
} ThreatKey;

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static void key_make(ThreatKey *key, char kind, Slice text, size_t lower_bytes)
{
    text = slice_first(text, THREAT_TEXT_BYTES_MAX);
    key->bytes[0] = kind;
    for (size_t i = 0; i < text.len; i++) {
        key->bytes[1 + i] = i < lower_bytes ? lower(text.ptr[i]) : text.ptr[i];
    }
    key->len = 1 + text.len;
}

static Slice without_last_dot(Slice text)
{
    return text.len > 0 && text.ptr[text.len - 1] == '.' ? slice_first(text, text.len - 1) : text;
}

/* Where the path begins, behind scheme and host. */
static size_t url_path_at(Slice url)
{
    size_t at = slice_find(url, SLICE("://"));
    at = at == SLICE_NOT_FOUND ? 0 : at + 3;
    while (at < url.len && url.ptr[at] != '/' && url.ptr[at] != '?')
        at++;
    return at;
}

static void key_make_url(ThreatKey *key, Slice url)
{
    url = slice_first(url, slice_find_char(url, '#'));
    if (url.len > 0 && url.ptr[url.len - 1] == '/') url.len--;
    key_make(key, 'u', url, url_path_at(url));
}

Slice url_host(Slice url)
{
    size_t scheme = slice_find(url, SLICE("://"));
    if (scheme != SLICE_NOT_FOUND) {
        url = slice_skip(url, scheme + 3);
    } else if (url.len == 0 || url.ptr[0] == '/') {
        return (Slice){0};
    }
    size_t end = 0;
    while (end < url.len && !memchr("/?#", url.ptr[end], 3))
        end++;
    url = slice_first(url, end);
    size_t at = slice_rfind_char(url, '@');
    if (at != SLICE_NOT_FOUND) url = slice_skip(url, at + 1);
    if (url.len > 0 && url.ptr[0] == '[') {
        return slice_first(slice_skip(url, 1), slice_find_char(slice_skip(url, 1), ']'));
    }
    return slice_first(url, slice_find_char(url, ':'));
}

/* --- what a text is --------------------------------------------------------------------------- */

static bool is_hash(Slice text)
{
    if (text.len != 32 && text.len != 40 && text.len != 64) return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = lower(text.ptr[i]);
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

/* RFC 1035 with the underscores that are in use; two labels or more, and the last is no number:
 * `com` alone would be half of the world. */
static bool is_domain(Slice text)
{
    size_t label = 0, dots = 0;
    bool has_letter = false;
    if (text.len < 4 || text.len > 253) return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = lower(text.ptr[i]);
        bool letter = (c >= 'a' && c <= 'z') || (uint8_t)c >= 0x80;
        if (c == '.') {
            if (label == 0) return false;
            dots++;
            label = 0;
            has_letter = false;
            continue;
        }
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
        has_letter |= letter;
        if (++label > 63) return false;
    }
    return dots > 0 && label > 1 && has_letter;
}

int threat_kind_of(Slice text, ThreatKind *ret)
{
    Network network;
    if (text.len > THREAT_TEXT_BYTES_MAX) return -EINVAL;
    if (network_parse_prefix(text, &network) == 0) {
        *ret = THREAT_NETWORK;
    } else if (is_hash(text)) {
        *ret = THREAT_HASH;
    } else if (slice_find(text, SLICE("://")) != SLICE_NOT_FOUND && url_host(text).len > 0) {
        *ret = THREAT_URL;
    } else if (is_domain(without_last_dot(text))) {
        *ret = THREAT_DOMAIN;
    } else {
        return -EINVAL;
    }
    return 0;
}

/* hxxp://bad[.]example -> http://bad.example */
static Slice arm(Slice text, char room[THREAT_TEXT_BYTES_MAX])
{
    size_t len = 0;
    if (text.len > THREAT_TEXT_BYTES_MAX) return text;
    if (slice_find_char(text, '[') == SLICE_NOT_FOUND && !slice_starts_nocase(text, SLICE("hxxp")))
        return text;
    for (size_t i = 0; i < text.len; i++) {
        bool dot = i + 2 < text.len && memcmp(text.ptr + i, "[.]", 3) == 0;
        bool colon = i + 2 < text.len && memcmp(text.ptr + i, "[:]", 3) == 0;
        room[len++] = text.ptr[dot || colon ? i + 1 : i];
        if (dot || colon) i += 2;
    }
    if (slice_starts_nocase(slice_of(room, len), SLICE("hxxp"))) memcpy(room, "http", 4);
    return slice_of(room, len);
}

/* --- filling ---------------------------------------------------------------------------------- */

static uint64_t print_of(const ThreatSet *set, const ThreatKey *key)
{
    uint64_t print = siphash_1_3(set->seed, slice_of(key->bytes, key->len));
    return print ? print : 1;
}

static size_t slot_of(const ThreatSet *set, uint64_t print)
{
    size_t at = (size_t)print & (set->slot_count - 1);
    while (set->prints[at] != 0 && set->prints[at] != print)
        at = (at + 1) & (set->slot_count - 1);
    return at;
}

static int grow(ThreatSet *set)
{
    ThreatSet larger = {.slot_count = set->slot_count ? set->slot_count * 2 : 1024};
    larger.prints = calloc(larger.slot_count, sizeof *larger.prints);
    larger.lists = calloc(larger.slot_count, sizeof *larger.lists);
    if (!larger.prints || !larger.lists) {
        threat_done(&larger);
        return -ENOMEM;
    }
    for (size_t i = 0; i < set->slot_count; i++) {
        if (set->prints[i] == 0) continue;
        size_t at = slot_of(&larger, set->prints[i]);
        larger.prints[at] = set->prints[i];
        larger.lists[at] = set->lists[i];
    }
    free(set->prints);
    free(set->lists);
    set->prints = larger.prints;
    set->lists = larger.lists;
    set->slot_count = larger.slot_count;
    return 0;
}

static int add_key(ThreatSet *set, unsigned list, const ThreatKey *key)
{
    if (set->text_count * 2 >= set->slot_count) {
        int r = grow(set);
        if (r < 0) return r;
    }
    uint64_t print = print_of(set, key);
    size_t at = slot_of(set, print);
    set->text_count += set->prints[at] == 0;
    set->prints[at] = print;
    set->lists[at] |= (uint32_t)1 << list;
    return 0;
}

int threat_add(ThreatSet *set, unsigned list, Slice text)
{
    char room[THREAT_TEXT_BYTES_MAX];
    ThreatKey key;
    ThreatKind kind;
    text = arm(slice_trim(text), room);
    int r = threat_kind_of(text, &kind);
    if (r < 0) return r;
    if (set->text_count + set->network_count >= THREAT_ENTRIES_MAX) return -E2BIG;
    switch (kind) {
    case THREAT_NETWORK:
        r = network_map_add_text(&set->networks, text, (uint32_t)1 << list);
        set->network_count += r == 0;
        return r;
    case THREAT_DOMAIN:
        set->has_domains = true;
        key_make(&key, 'd', without_last_dot(text), SIZE_MAX);
        break;
    case THREAT_URL:
        set->has_urls = true;
        key_make_url(&key, text);
        break;
    case THREAT_HASH:
        set->has_hashes = true;
        key_make(&key, 'h', text, SIZE_MAX);
        break;
    }
    return add_key(set, list, &key);
}

int threat_finish(ThreatSet *set)
{
    return network_map_finish(&set->networks);
}

/* --- asking ----------------------------------------------------------------------------------- */

static uint32_t find_key(const ThreatSet *set, const ThreatKey *key)
{
    size_t at = slot_of(set, print_of(set, key));
    return set->prints[at] ? set->lists[at] : 0;
}

uint32_t threat_find_address(const ThreatSet *set, const Address *address)
{
    return network_map_find(&set->networks, address);
}

uint32_t threat_find_domain(const ThreatSet *set, Slice domain)
{
    ThreatKey key;
    uint32_t found = 0;
    unsigned labels = 0;
    domain = without_last_dot(domain);
    if (!set->has_domains || domain.len == 0 || domain.len > 253) return 0;
    for (size_t at = domain.len; at > 0 && labels < THREAT_LABELS_MAX; at--) {
        bool begins = at == 1 || domain.ptr[at - 2] == '.';
        if (!begins || ++labels < 2) continue;
        key_make(&key, 'd', slice_skip(domain, at - 1), SIZE_MAX);
        found |= find_key(set, &key);
    }
    return found;
}

uint32_t threat_find_url(const ThreatSet *set, Slice url)
{
    ThreatKey key;
    if (!set->has_urls || url.len == 0) return 0;
    key_make_url(&key, url);
    return find_key(set, &key);
}

uint32_t threat_find_hash(const ThreatSet *set, Slice hash)
{
    ThreatKey key;
    if (!set->has_hashes || hash.len == 0 || hash.len > 64) return 0;
    key_make(&key, 'h', hash, SIZE_MAX);
    return find_key(set, &key);
}

size_t threat_bytes(const ThreatSet *set)
{
    return set->slot_count * (sizeof *set->prints + sizeof *set->lists) +
           network_map_bytes(&set->networks);
}
