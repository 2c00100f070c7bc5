/* Names on their way into a directory's filter or DN, and scopes on their way into a query. */
#include "account/account_ldap.h"
#include "base/check.h"

#include <errno.h>

/* Nothing of the value means anything in a filter (RFC 4515) or a DN (RFC 4514). */
static void check_plain(Slice made)
{
    for (size_t i = 0; i < made.len; i++)
        CHECK(!memchr("()*&|!=<>~,+\";#\0 ", made.ptr[i], 17) && (unsigned char)made.ptr[i] < 0x80);
}

static void try_filter(Slice text)
{
    CLEANUP(buf_done) Buf escaped = {0}, filled = {0}, upn = {0};
    ldap_filter_escape(&escaped, text);
    CHECK(buf_error(&escaped) == 0);
    check_plain(buf_slice(&escaped));
    CHECK(escaped.len >= text.len && escaped.len <= 3 * text.len);
    if (ldap_pattern_fill(&filled, SLICE("(&(a=b)(uid=%s))"), text) == 0) {
        Slice made = slice_skip(buf_slice(&filled), 12);
        CHECK(slice_ends(made, SLICE("))")));
        check_plain(slice_first(made, made.len - 2));
    }
    if (ldap_pattern_fill(&upn, SLICE("%s@example.com"), text) == 0)
        CHECK(slice_find_char(buf_slice(&upn), '@') == upn.len - 12);
}

/* What a person writes as a role is refused or can be written, kept, and asked for. */
static void try_grant(Slice text)
{
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf written = {0}, kept = {0}, filter = {0};
    AccountGrant grant, again;
    AccountGrants back;
    Complaint complaint = {0};
    if (grant_read(text, &arena, &grant, &complaint) < 0) {
        CHECK(complaint.id != NULL);
        return;
    }
    grant_write(&written, &grant);
    CHECK(grant_read(buf_slice(&written), &arena, &again, &complaint) == 0);
    grants_encode(&kept, (AccountGrants){&grant, 1});
    CHECK(grants_decode(buf_slice(&kept), &arena, &back) == 0 && back.count == 1);
    int r = grants_filter((AccountGrants){&grant, 1}, MAY_READ, &filter);
    CHECK(r == 0 || r == 1);
    size_t quotes = 0;
    for (size_t i = 0; i < filter.len; i++)
        quotes += filter.ptr[i] == '"';
    CHECK(quotes == 2 * ((size_t)(grant.source_count > 0) + (grant.site_count > 0)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_done) Arena arena = {0};
    AccountGrants grants;
    Slice text = slice_of(data, size);
    try_filter(text);
    try_grant(text);
    int r = grants_decode(text, &arena, &grants);
    CHECK(r == 0 || r == -EBADMSG);
    return 0;
}
