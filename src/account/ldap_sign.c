/* Asking the directory: see account_ldap.h. libldap does its own I/O, with our time-outs. */
#include "account/account_ldap.h"

#include <errno.h>
#include <ldap.h>

typedef struct LdapRun {
    const Os *os;
    const LdapConfig *config;
    Slice name, password;
    Arena *arena;
    LDAP *ldap;
    LdapUser user;
    Slice groups[LDAP_GROUPS_MAX]; /* DNs */
    size_t group_count;
} LdapRun;

static bool is_given(const char *text)
{
    return text && text[0];
}

static struct timeval time_out(const LdapConfig *config)
{
    unsigned seconds = config->time_out_seconds ? config->time_out_seconds : LDAP_TIME_OUT_SECONDS;
    if (seconds > LDAP_TIME_OUT_SECONDS_MAX) seconds = LDAP_TIME_OUT_SECONDS_MAX;
    return (struct timeval){.tv_sec = (time_t)seconds};
}

static int error_of(int ldap_code)
{
    switch (ldap_code) {
    case LDAP_SUCCESS: return 0;
    case LDAP_NO_MEMORY: return -ENOMEM;
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INVALID_DN_SYNTAX:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_UNWILLING_TO_PERFORM:
    case LDAP_CONSTRAINT_VIOLATION: return -EACCES;
    case LDAP_CONNECT_ERROR: /* StartTLS: the certificate */
    case LDAP_PROTOCOL_ERROR:
    case LDAP_DECODING_ERROR:
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_CONFIDENTIALITY_REQUIRED: return -EPROTO;
    default: return -EHOSTUNREACH;
    }
}

/* ---- connecting */

static int set_tls(LDAP *ldap, const LdapConfig *config)
{
    int demand = config->insecure ? LDAP_OPT_X_TLS_NEVER : LDAP_OPT_X_TLS_HARD;
    int least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;
    int r = ldap_set_option(ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    if (r == 0) r = ldap_set_option(ldap, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least);
    if (r == 0 && is_given(config->ca_file))
        r = ldap_set_option(ldap, LDAP_OPT_X_TLS_CACERTFILE, config->ca_file);
    /* What was set is taken over by a context of this connection's own. */
    if (r == 0) r = ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &client);
    return r == 0 ? 0 : -EPROTO;
}

static int set_options(LDAP *ldap, const LdapConfig *config)
{
    int version = LDAP_VERSION3, size_limit = LDAP_GROUPS_MAX;
    struct timeval wait = time_out(config);
    int r = ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
    if (r == 0) r = ldap_set_option(ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    if (r == 0) r = ldap_set_option(ldap, LDAP_OPT_NETWORK_TIMEOUT, &wait);
    if (r == 0) r = ldap_set_option(ldap, LDAP_OPT_TIMEOUT, &wait);
    if (r == 0) r = ldap_set_option(ldap, LDAP_OPT_SIZELIMIT, &size_limit);
    return r == 0 ? set_tls(ldap, config) : -ENOMEM;
}

static bool is_loopback(Slice server)
{
    static const Slice hosts[] = {SLICE_INIT("ldap://127.0.0.1"), SLICE_INIT("ldap://localhost"),
                                  SLICE_INIT("ldap://[::1]")};
    for (size_t i = 0; i < ARRAY_COUNT(hosts); i++) {
        Slice rest = slice_skip(server, hosts[i].len);
        if (slice_starts(server, hosts[i]) &&
            (rest.len == 0 || rest.ptr[0] == ':' || rest.ptr[0] == '/'))
            return true;
    }
    return false;
}

/* Nothing secret goes out before the connection is safe. On loopback a server without TLS will do:
 * whoever can listen there can read our memory. */
static int connect_to(LdapRun *run, const char *server)
{
    int r = ldap_initialize(&run->ldap, server);
    if (r != LDAP_SUCCESS) return r == LDAP_NO_MEMORY ? -ENOMEM : -EHOSTUNREACH;
    r = set_options(run->ldap, run->config);
    if (r < 0) return r;
    Slice name = slice_from_cstr(server);
    if (slice_starts(name, SLICE("ldaps://"))) return 0;
    r = ldap_start_tls_s(run->ldap, NULL, NULL);
    if (r == LDAP_SUCCESS) return 0;
    bool has_none = r == LDAP_PROTOCOL_ERROR || r == LDAP_UNAVAILABLE;
    if (has_none && is_loopback(name)) return 0;
    return r == LDAP_SERVER_DOWN || r == LDAP_TIMEOUT ? -EHOSTUNREACH : -EPROTO;
}

static void disconnect(LdapRun *run)
{
    if (run->ldap) ldap_unbind_ext_s(run->ldap, NULL, NULL);
    run->ldap = NULL;
}

/* ---- binding */

/* RFC 4513, 5.1.2: with a name and no password everybody is let in, as nobody. Never sent. */
static int bind_as(LdapRun *run, const char *dn, Slice password)
{
    if (password.len == 0 || !is_given(dn)) return -EACCES;
    if (memchr(password.ptr, '\0', password.len)) return -EACCES;
    struct berval secret = {.bv_len = password.len, .bv_val = (char *)password.ptr};
    int r = ldap_sasl_bind_s(run->ldap, dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
    return error_of(r);
}

static int fill(LdapRun *run, const char *pattern, Slice value, char **ret)
{
    CLEANUP(buf_done) Buf text = {0};
    int r = ldap_pattern_fill(&text, slice_from_cstr(pattern), value);
    if (r < 0) return r == -EINVAL ? -EACCES : r;
    char *copy = arena_alloc(run->arena, text.len + 1);
    if (!copy) return -ENOMEM;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *ret = copy;
    return 0;
}

static int bind_service(LdapRun *run)
{
    CLEANUP(arena_done) Arena arena = {0};
    Slice text;
    FileInfo info;
    const Os *os = run->os;
    const char *path = run->config->search_password_file;
    if (!is_given(run->config->search_user)) return 0; /* anonymous search */
    int r = is_given(path) ? os->info(os->state, path, &info) : -ENOENT;
    if (r == 0 && (info.mode & 077)) r = -EPERM;
    if (r == 0) r = os_read_file(os, path, LDAP_TEXT_BYTES_MAX, &arena, &text);
    if (r < 0) return r == -ENOMEM ? r : -EKEYREJECTED;
    Slice password = slice_trim(slice_first(text, slice_find_char(text, '\n')));
    r = bind_as(run, run->config->search_user, password);
    explicit_bzero((char *)text.ptr, text.len);
    return r == -EACCES ? -EKEYREJECTED : r;
}

/* ---- searching */

static int search(LdapRun *run, const char *base, const char *filter, char **attributes,
                  LDAPMessage **ret)
{
    struct timeval wait = time_out(run->config);
    int r = ldap_search_ext_s(run->ldap, base, LDAP_SCOPE_SUBTREE, filter, attributes, 0, NULL,
                              NULL, &wait, LDAP_GROUPS_MAX, ret);
    /* More than asked for: what came is there. */
    return r == LDAP_SIZELIMIT_EXCEEDED ? 0 : error_of(r);
}

static int copy_value(LdapRun *run, const struct berval *value, Slice *ret)
{
    return arena_copy(
        run->arena,
        slice_of(value->bv_val, value->bv_len <= LDAP_TEXT_BYTES_MAX ? value->bv_len : 0), ret);
}

static int take_first(LdapRun *run, LDAPMessage *entry, const char *attribute, Slice *ret)
{
    struct berval **values = ldap_get_values_len(run->ldap, entry, attribute);
    int r = values && values[0] ? copy_value(run, values[0], ret) : 0;
    if (values) ldap_value_free_len(values);
    return r;
}

static int take_groups(LdapRun *run, LDAPMessage *entry, const char *attribute)
{
    struct berval **values = ldap_get_values_len(run->ldap, entry, attribute);
    int r = 0;
    for (size_t i = 0; values && values[i] && r == 0 && run->group_count < LDAP_GROUPS_MAX; i++)
        r = copy_value(run, values[i], &run->groups[run->group_count++]);
    if (values) ldap_value_free_len(values);
    return r;
}

static int take_dn(LdapRun *run, LDAPMessage *entry, Slice *ret)
{
    char *dn = ldap_get_dn(run->ldap, entry);
    if (!dn) return -EPROTO;
    /* With its NUL behind it: it is bound with. */
    char *copy = arena_alloc(run->arena, strlen(dn) + 1);
    if (copy) memcpy(copy, dn, strlen(dn) + 1);
    *ret = slice_from_cstr(copy);
    ldap_memfree(dn);
    return copy ? 0 : -ENOMEM;
}

static int take_user(LdapRun *run, LDAPMessage *found)
{
    const char *groups =
        is_given(run->config->group_attribute) ? run->config->group_attribute : "memberOf";
    /* Two users of one name: it would be a guess. */
    if (ldap_count_entries(run->ldap, found) != 1) return -EACCES;
    LDAPMessage *entry = ldap_first_entry(run->ldap, found);
    int r = take_dn(run, entry, &run->user.dn);
    if (r == 0) r = take_first(run, entry, "displayName", &run->user.display_name);
    if (r == 0 && run->user.display_name.len == 0)
        r = take_first(run, entry, "cn", &run->user.display_name);
    if (r == 0) r = take_first(run, entry, "mail", &run->user.mail);
    return r < 0 ? r : take_groups(run, entry, groups);
}

static int find_user(LdapRun *run)
{
    const LdapConfig *config = run->config;
    char *attributes[] = {
        (char *)"displayName", (char *)"cn", (char *)"mail",
        (char *)(is_given(config->group_attribute) ? config->group_attribute : "memberOf"), NULL};
    LDAPMessage *found = NULL;
    char *filter;
    int r = fill(run, config->search_filter, run->name, &filter);
    if (r == 0) r = search(run, config->search_base, filter, attributes, &found);
    if (r == 0) r = take_user(run, found);
    if (found) ldap_msgfree(found);
    return r;
}

/* Groups that name their members, where users do not name their groups. */
static int find_groups(LdapRun *run)
{
    char *attributes[] = {(char *)LDAP_NO_ATTRS, NULL};
    LDAPMessage *found = NULL;
    char *filter;
    if (!is_given(run->config->group_base)) return 0;
    int r = fill(run, "(member=%s)", run->user.dn, &filter);
    if (r == 0) r = search(run, run->config->group_base, filter, attributes, &found);
    LDAPMessage *entry = r == 0 ? ldap_first_entry(run->ldap, found) : NULL;
    for (; entry && r == 0 && run->group_count < LDAP_GROUPS_MAX;
         entry = ldap_next_entry(run->ldap, entry))
        r = take_dn(run, entry, &run->groups[run->group_count++]);
    if (found) ldap_msgfree(found);
    return r;
}

/* ---- groups to grants */

/* The whole DN, or its first part's value where the rule has no DN: `cn=log admins,ou=...`. */
static bool is_group(Slice dn, Slice rule)
{
    if (slice_eq_nocase(dn, rule)) return true;
    if (slice_find_char(rule, '=') != SLICE_NOT_FOUND) return false;
    if (!slice_starts_nocase(dn, SLICE("cn="))) return false;
    Slice rest = slice_skip(dn, 3);
    return rest.len > rule.len && slice_eq_nocase(slice_first(rest, rule.len), rule) &&
           rest.ptr[rule.len] == ',';
}

static bool is_member(const LdapRun *run, Slice group)
{
    for (size_t i = 0; i < run->group_count; i++) {
        if (is_group(run->groups[i], group)) return true;
    }
    return false;
}

static int make_grants(LdapRun *run)
{
    AccountGrant *grants = ARENA_ARRAY(run->arena, AccountGrant, GRANTS_MAX);
    size_t count = 0;
    if (!grants) return -ENOMEM;
    for (size_t i = 0; i < run->config->rule_count && count < GRANTS_MAX; i++) {
        const LdapGroupRule *rule = &run->config->rules[i];
        if (is_member(run, rule->group)) grants[count++] = rule->grant;
    }
    run->user.grants = (AccountGrants){grants, count};
    return 0;
}

/* ---- the whole */

/* As the user, who then looks at themselves, or as the service account; and then as what was found:
 * the name that was bound with and the entry whose groups are taken must be the same person's. */
static int ask(LdapRun *run)
{
    const LdapConfig *config = run->config;
    char *bind_name = NULL;
    bool is_direct = is_given(config->bind_pattern);
    int r = is_direct ? fill(run, config->bind_pattern, run->name, &bind_name) : 0;
    if (r < 0) return r;
    r = is_direct ? bind_as(run, bind_name, run->password) : bind_service(run);
    if (r == 0) r = find_user(run);
    if (r == 0) r = find_groups(run);
    if (r == 0) r = bind_as(run, run->user.dn.ptr, run->password);
    return r < 0 ? r : make_grants(run);
}

static int ask_server(LdapRun *run, const char *server)
{
    int r = connect_to(run, server);
    if (r == 0) r = ask(run);
    disconnect(run);
    return r;
}

int ldap_sign_in(const Os *os, const LdapConfig *config, Slice name, Slice password, Arena *arena,
                 LdapUser *ret)
{
    int r = -EHOSTUNREACH;
    if (name.len == 0 || password.len == 0) return -EACCES;
    LdapRun *run = ARENA_NEW(arena, LdapRun);
    if (!run) return -ENOMEM;
    for (size_t i = 0; i < config->server_count; i++) {
        *run = (LdapRun){
            .os = os, .config = config, .name = name, .password = password, .arena = arena};
        r = ask_server(run, config->servers[i]);
        /* Only who cannot be asked is passed over; a refusal is an answer. */
        if (r != -EHOSTUNREACH && r != -EPROTO) break;
    }
    if (r == 0) *ret = run->user;
    return r;
}
