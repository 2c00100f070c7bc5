/* See account_role.h. */
#include "account/account_role.h"

#include "base/fold.h"
#include "base/utf8.h"

#include <errno.h>
#include <unictype.h>

static const char *const role_tokens[ROLE_COUNT] = {"viewer", "operator", "administrator",
                                                    "auditor"};
static const char *const permission_tokens[PERMISSION_COUNT] = {
    "read", "act", "export", "prove", "configure", "delete", "manage", "ingest"};

const char *role_token(AccountRole role)
{
    return role_tokens[role];
}

int role_of(Slice token, AccountRole *ret)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (!slice_eq(token, slice_from_cstr(role_tokens[i]))) continue;
        *ret = (AccountRole)i;
        return 0;
    }
    return -EINVAL;
}

unsigned role_permissions(AccountRole role)
{
    static const unsigned permissions[ROLE_COUNT] = {
        [ROLE_VIEWER] = MAY_READ,
        [ROLE_OPERATOR] = MAY_READ | MAY_ACT | MAY_EXPORT,
        [ROLE_ADMINISTRATOR] = PERMISSIONS_ALL & ~(unsigned)MAY_INGEST,
        [ROLE_AUDITOR] = MAY_READ | MAY_EXPORT | MAY_PROVE,
    };
    return permissions[role];
}

const char *permission_token(Permission permission)
{
    unsigned bit = 0;
    while (bit < PERMISSION_COUNT - 1 && !(permission >> bit & 1))
        bit++;
    return permission_tokens[bit];
}

int permission_of(Slice token, Permission *ret)
{
    for (unsigned i = 0; i < PERMISSION_COUNT; i++) {
        if (!slice_eq(token, slice_from_cstr(permission_tokens[i]))) continue;
        *ret = (Permission)(1u << i);
        return 0;
    }
    return -EINVAL;
}

/* ---- checking */

static bool pattern_is_allowed(Slice pattern)
{
    if (pattern.len == 0 || pattern.len > PATTERN_BYTES_MAX || !utf8_is_valid(pattern))
        return false;
    if (pattern.ptr[0] == ' ' || pattern.ptr[pattern.len - 1] == ' ') return false;
    while (pattern.len > 0) {
        uint32_t c = utf8_take(&pattern);
        if (c < 128 && strchr(" ._-/:@*", (int)c) && c != 0) continue;
        if (!uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M |
                                                     UC_CATEGORY_MASK_Nd))
            return false;
    }
    return true;
}

/* As the filter writes them. */
static size_t filter_bytes(const Slice *patterns, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += patterns[i].len + 1;
        for (size_t at = 0; at < patterns[i].len; at++)
            bytes += patterns[i].ptr[at] == '.' ? 2 : patterns[i].ptr[at] == '*';
    }
    return bytes;
}

static int check_patterns(const Slice *patterns, size_t count, Complaint *complaint)
{
    if (count > GRANT_PATTERNS_MAX || filter_bytes(patterns, count) > GRANT_FILTER_BYTES_MAX) {
        complaint_say(complaint, "account.patterns_many",
                      "a grant may name at most %d sources and %d sites, short ones; use * in "
                      "them",
                      "1つの権限に書ける機器は%d個、拠点は%d個までで、長さにも限りがあります。* "
                      "でまとめてください",
                      GRANT_PATTERNS_MAX, GRANT_PATTERNS_MAX);
        return -EINVAL;
    }
    for (size_t i = 0; i < count; i++) {
        if (pattern_is_allowed(patterns[i])) continue;
        complaint_say(complaint, "account.pattern",
                      "%.*s cannot be a pattern of sources or sites: letters, digits, blanks and . "
                      "_ - / : @ *, at most %d bytes",
                      "%.*s は機器や拠点の名前に使えません。使えるのは文字、数字、空白と . _ - / "
                      ": @ * で、%dバイトまでです",
                      SLICE_FMT(slice_first(patterns[i], utf8_valid_prefix(slice_first(
                                                             patterns[i], PATTERN_BYTES_MAX)))),
                      PATTERN_BYTES_MAX);
        return -EINVAL;
    }
    return 0;
}

static bool are_too_many(AccountGrants grants)
{
    size_t lists = 0, bytes = 0;
    for (size_t i = 0; i < grants.count && i < GRANTS_MAX; i++) {
        const AccountGrant *grant = &grants.items[i];
        lists += (grant->source_count > 0) + (grant->site_count > 0);
        bytes += filter_bytes(grant->sources, grant->source_count) +
                 filter_bytes(grant->sites, grant->site_count);
    }
    return grants.count > GRANTS_MAX || lists > GRANTS_LISTS_MAX || bytes > GRANTS_FILTER_BYTES_MAX;
}

int grants_check(AccountGrants grants, Complaint *complaint)
{
    if (are_too_many(grants)) {
        complaint_say(complaint, "account.grants_many",
                      "a person may have at most %d roles, and %d lists of sources and sites in "
                      "them; use * in names",
                      "1人に付けられる役割は%d個まで、そのうち機器や拠点の並びは%d個までです。* "
                      "でまとめてください",
                      GRANTS_MAX, GRANTS_LISTS_MAX);
        return -EINVAL;
    }
    for (size_t i = 0; i < grants.count; i++) {
        const AccountGrant *grant = &grants.items[i];
        if ((unsigned)grant->role >= ROLE_COUNT) {
            complaint_say(complaint, "account.role",
                          "there is no such role (viewer, operator, administrator, auditor)",
                          "その役割はありません（viewer, operator, administrator, auditor）");
            return -EINVAL;
        }
        int r = check_patterns(grant->sources, grant->source_count, complaint);
        if (r == 0) r = check_patterns(grant->sites, grant->site_count, complaint);
        if (r < 0) return r;
    }
    return 0;
}

/* ---- asking */

static bool grant_is_whole(const AccountGrant *grant)
{
    return grant->source_count == 0 && grant->site_count == 0;
}

static unsigned grant_permissions(const AccountGrant *grant)
{
    unsigned permissions = role_permissions(grant->role);
    return grant_is_whole(grant) ? permissions : permissions & ~(unsigned)PERMISSIONS_WHOLE;
}

unsigned grants_permissions(AccountGrants grants)
{
    unsigned permissions = 0;
    for (size_t i = 0; i < grants.count; i++)
        permissions |= grant_permissions(&grants.items[i]);
    return permissions;
}

static bool any_covers(const Slice *patterns, size_t count, Slice name)
{
    if (count == 0) return true;
    if (name.len == 0) return false; /* unknown: not even * says that it is theirs */
    for (size_t i = 0; i < count; i++) {
        char folded[PATTERN_BYTES_MAX];
        size_t len = patterns[i].len <= sizeof folded ? fold_text(folded, patterns[i]) : 0;
        if (len > 0 && fold_glob(name, slice_of(folded, len))) return true;
    }
    return false;
}

bool grants_allow(AccountGrants grants, Permission permission, Slice source, Slice site)
{
    for (size_t i = 0; i < grants.count; i++) {
        const AccountGrant *grant = &grants.items[i];
        if ((grant_permissions(grant) & permission) &&
            any_covers(grant->sources, grant->source_count, source) &&
            any_covers(grant->sites, grant->site_count, site))
            return true;
    }
    return false;
}

/* A regular expression over the whole value: a plain `field:value` of the language would find it as
 * a word of a longer one, too. The letters of patterns are checked; of them only . and * mean
 * something there. */
static void add_field(Buf *to, const char *field, const Slice *patterns, size_t count)
{
    buf_add_format(to, "%s:~\"^(", field);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(to, '|');
        for (size_t at = 0; at < patterns[i].len; at++) {
            char c = patterns[i].ptr[at];
            if (c == '*')
                buf_add_cstr(to, ".*");
            else if (c == '.')
                buf_add_cstr(to, "[.]");
            else
                buf_add_char(to, c);
        }
    }
    buf_add_cstr(to, ")$\"");
}

static void add_grant(Buf *to, const AccountGrant *grant)
{
    buf_add_char(to, '(');
    if (grant->source_count > 0)
        add_field(to, "akashi.source", grant->sources, grant->source_count);
    if (grant->source_count > 0 && grant->site_count > 0) buf_add_char(to, ' ');
    if (grant->site_count > 0) add_field(to, "akashi.site", grant->sites, grant->site_count);
    buf_add_char(to, ')');
}

int grants_filter(AccountGrants grants, Permission permission, Buf *to)
{
    bool any = false;
    for (size_t i = 0; i < grants.count; i++) {
        const AccountGrant *grant = &grants.items[i];
        if ((grant_permissions(grant) & permission) && grant_is_whole(grant)) return 1;
    }
    for (size_t i = 0; i < grants.count; i++) {
        const AccountGrant *grant = &grants.items[i];
        if (!(grant_permissions(grant) & permission)) continue;
        buf_add_cstr(to, any ? " OR " : "(");
        add_grant(to, grant);
        any = true;
    }
    if (!any) return -EACCES;
    buf_add_char(to, ')');
    return buf_error(to);
}

/* ---- kept, and as people write it */

static void encode_patterns(Buf *to, const Slice *patterns, size_t count)
{
    buf_add_char(to, '\t');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(to, '|');
        buf_add_slice(to, patterns[i]);
    }
}

void grants_encode(Buf *to, AccountGrants grants)
{
    for (size_t i = 0; i < grants.count; i++) {
        buf_add_cstr(to, role_token(grants.items[i].role));
        encode_patterns(to, grants.items[i].sources, grants.items[i].source_count);
        encode_patterns(to, grants.items[i].sites, grants.items[i].site_count);
        buf_add_char(to, '\n');
    }
}

static int decode_patterns(Slice text, Arena *arena, const Slice **ret, size_t *ret_count)
{
    Slice *patterns = ARENA_ARRAY(arena, Slice, GRANT_PATTERNS_MAX);
    size_t count = 0;
    Slice piece;
    if (!patterns) return -ENOMEM;
    while (slice_cut(&text, '|', &piece)) {
        if (count == GRANT_PATTERNS_MAX) return -EBADMSG;
        int r = arena_copy(arena, piece, &patterns[count++]);
        if (r < 0) return r;
    }
    *ret = patterns;
    *ret_count = count;
    return 0;
}

static int decode_grant(Slice line, Arena *arena, AccountGrant *ret)
{
    Slice role = {0}, sources = {0};
    if (!slice_cut(&line, '\t', &role) || role_of(role, &ret->role) < 0) return -EBADMSG;
    if (slice_find_char(line, '\t') == SLICE_NOT_FOUND) return -EBADMSG;
    slice_cut(&line, '\t', &sources);
    int r = decode_patterns(sources, arena, &ret->sources, &ret->source_count);
    return r < 0 ? r : decode_patterns(line, arena, &ret->sites, &ret->site_count);
}

int grants_decode(Slice text, Arena *arena, AccountGrants *ret)
{
    AccountGrant *grants = ARENA_ARRAY(arena, AccountGrant, GRANTS_MAX);
    size_t count = 0;
    Slice line;
    if (!grants) return -ENOMEM;
    while (slice_cut(&text, '\n', &line)) {
        if (count == GRANTS_MAX) return -EBADMSG;
        int r = decode_grant(line, arena, &grants[count++]);
        if (r < 0) return r;
    }
    const AccountGrants made = {grants, count};
    Complaint complaint = {0};
    if (grants_check(made, &complaint) < 0) return -EBADMSG;
    *ret = made;
    return 0;
}

static void write_patterns(Buf *to, const Slice *patterns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(to, '|');
        buf_add_slice(to, patterns[i]);
    }
}

void grant_write(Buf *to, const AccountGrant *grant)
{
    buf_add_cstr(to, role_token(grant->role));
    if (grant_is_whole(grant)) return;
    buf_add_char(to, '[');
    write_patterns(to, grant->sources, grant->source_count);
    if (grant->site_count > 0) buf_add_char(to, '@');
    write_patterns(to, grant->sites, grant->site_count);
    buf_add_char(to, ']');
}

/* What is in the brackets. A site's name may hold an @, a source's may not. */
static int read_scope(Slice text, Arena *arena, AccountGrant *grant)
{
    Slice sources = text, sites = {0};
    size_t at = slice_find_char(text, '@');
    if (at != SLICE_NOT_FOUND) {
        sources = slice_first(text, at);
        sites = slice_skip(text, at + 1);
    }
    int r = decode_patterns(sources, arena, &grant->sources, &grant->source_count);
    return r < 0 ? r : decode_patterns(sites, arena, &grant->sites, &grant->site_count);
}

int grant_read(Slice text, Arena *arena, AccountGrant *ret, Complaint *complaint)
{
    AccountGrant grant = {0};
    text = slice_trim(text);
    size_t open = slice_find_char(text, '[');
    int r = role_of(slice_trim(slice_first(text, open)), &grant.role);
    if (r == 0 && open != SLICE_NOT_FOUND) {
        r = slice_ends(text, SLICE("]")) ? 0 : -EINVAL;
        Slice inside = slice_skip(text, open + 1);
        if (r == 0) r = read_scope(slice_first(inside, inside.len - 1), arena, &grant);
    }
    if (r == -ENOMEM) return r;
    if (r == 0)
        r = grants_check((AccountGrants){&grant, 1}, complaint);
    else
        complaint_say(
            complaint, "account.grant",
            "%.*s is no role: write viewer, operator, administrator or auditor, and behind "
            "it for a part of the logs [SOURCE|SOURCE@SITE|SITE]",
            "%.*s は役割ではありません。viewer, operator, administrator, auditor "
            "のどれかを書き、一部のログだけなら後ろに [機器|機器@拠点|拠点] を付けます",
            SLICE_FMT(slice_first(text, utf8_valid_prefix(slice_first(text, 100)))));
    if (r < 0) return -EINVAL;
    *ret = grant;
    return 0;
}
