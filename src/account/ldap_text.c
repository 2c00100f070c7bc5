/* Texts that go to a directory: see account_ldap.h. */
#include "account/account_ldap.h"

#include "base/utf8.h"

#include <errno.h>

/* RFC 4515, 3: these and all that is not text of one byte may stand as \XX; so does everything that
 * is not a letter, digit or one of a few signs, which leaves nothing to judge. */
void ldap_filter_escape(Buf *to, Slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                        (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_' || c == '@';
        if (is_plain)
            buf_add_char(to, (char)c);
        else
            buf_add_format(to, "\\%02x", c);
    }
}

/* RFC 4514, 2.4: the same for the value of an attribute of a DN; hexadecimal pairs are good for any
 * byte there. */
void ldap_dn_escape(Buf *to, Slice value)
{
    ldap_filter_escape(to, value);
}

static bool is_upn_name(Slice value)
{
    if (value.len == 0 || !utf8_is_valid(value)) return false;
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c <= ' ' || c == 0x7f || strchr("\"\\/[]:;|=,+*?<>@", (int)c)) return false;
    }
    return true;
}

static size_t count_places(Slice pattern)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < pattern.len; i++)
        count += pattern.ptr[i] == '%' && pattern.ptr[i + 1] == 's';
    return count;
}

int ldap_pattern_fill(Buf *to, Slice pattern, Slice value)
{
    size_t at = slice_find(pattern, SLICE("%s"));
    if (at == SLICE_NOT_FOUND || value.len == 0 || value.len > LDAP_TEXT_BYTES_MAX) return -EINVAL;
    bool is_filter = slice_starts(pattern, SLICE("("));
    bool is_dn = !is_filter && slice_find_char(pattern, '=') != SLICE_NOT_FOUND;
    if (!is_filter && !is_dn && !is_upn_name(value)) return -EINVAL;
    buf_add_slice(to, slice_first(pattern, at));
    if (is_filter)
        ldap_filter_escape(to, value);
    else if (is_dn)
        ldap_dn_escape(to, value);
    else
        buf_add_slice(to, value);
    buf_add_slice(to, slice_skip(pattern, at + 2));
    return buf_error(to);
}

/* ---- the settings */

static bool is_given(const char *text)
{
    return text && text[0];
}

static int check_servers(const LdapConfig *config, Complaint *complaint)
{
    for (size_t i = 0; i < config->server_count; i++) {
        Slice server = slice_from_cstr(config->servers[i]);
        if (i < LDAP_SERVERS_MAX &&
            (slice_starts(server, SLICE("ldaps://")) || slice_starts(server, SLICE("ldap://"))))
            continue;
        complaint_say(complaint, "ldap.server",
                      "%.*s is no server: write ldaps://host or ldap://host, at most %d of them",
                      "%.*s はサーバーではありません。ldaps://ホスト か ldap://ホスト "
                      "の形で%d個までです",
                      SLICE_FMT(slice_first(server, 100)), LDAP_SERVERS_MAX);
        return -EINVAL;
    }
    return 0;
}

static int check_pattern(const char *name, const char *pattern, Complaint *complaint)
{
    if (!is_given(pattern) || count_places(slice_from_cstr(pattern)) == 1) return 0;
    complaint_say(complaint, "ldap.pattern", "%s needs one %%s, where the name will stand",
                  "%s には、利用者名が入る %%s が1つ要ります", name);
    return -EINVAL;
}

int ldap_config_check(const LdapConfig *config, Complaint *complaint)
{
    int r = check_servers(config, complaint);
    if (r == 0) r = check_pattern("directory.bind_pattern", config->bind_pattern, complaint);
    if (r == 0) r = check_pattern("directory.search_filter", config->search_filter, complaint);
    if (r < 0) return r;
    if (!is_given(config->search_base) || !is_given(config->search_filter) ||
        config->server_count == 0) {
        complaint_say(complaint, "ldap.search",
                      "the directory needs servers, search_base and search_filter",
                      "ディレクトリーには servers、search_base、search_filter が要ります");
        return -EINVAL;
    }
    if (config->rule_count == 0 || config->rule_count > LDAP_GROUP_RULES_MAX) {
        complaint_say(complaint, "ldap.rules",
                      "say which groups may come in, at least one and at most %d",
                      "どのグループが入れるかを1個以上、%d個まで書きます", LDAP_GROUP_RULES_MAX);
        return -EINVAL;
    }
    return 0;
}
