/* See account_print.h. */
#include "main/account_print.h"

#include "base/json_text.h"
#include "base/number.h"

void account_print_roles(Buf *to, AccountGrants grants)
{
    for (size_t i = 0; i < grants.count; i++) {
        if (i > 0) buf_add_cstr(to, "; ");
        grant_write(to, &grants.items[i]);
    }
}

static void add_time(const Invocation *invocation, Buf *to, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    if (ns == 0)
        buf_add_char(to, '-');
    else
        buf_add(to, text, time_print_plain(text, ns, invocation->zone_offset_seconds));
}

static void add_member(Buf *to, const char *name, Slice value)
{
    buf_add_format(to, "%s\"%s\":", to->len > 0 && to->ptr[to->len - 1] == '{' ? "" : ",", name);
    json_add_string(to, value);
}

static void add_time_member(Buf *to, const char *name, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    if (ns > 0) add_member(to, name, slice_of(text, time_print_rfc3339(text, ns)));
}

void account_print_json(Buf *to, const AccountUser *user)
{
    CLEANUP(buf_done) Buf roles = {0};
    account_print_roles(&roles, user->grants);
    buf_add_char(to, '{');
    add_member(to, "name", user->name);
    add_member(to, "display_name", user->display_name);
    add_member(to, "kind", user->kind == USER_LOCAL ? SLICE("local") : SLICE("directory"));
    add_member(to, "state", user->disabled ? SLICE("disabled") : SLICE("enabled"));
    add_member(to, "roles", buf_slice(&roles));
    add_member(to, "second_factor", user->has_factor ? SLICE("yes") : SLICE("no"));
    add_time_member(to, "signed_in", user->signed_in_ns);
    add_time_member(to, "failed", user->failed_ns);
    buf_add_cstr(to, "}\n");
}

void account_print_line(const Invocation *invocation, Buf *to, const AccountUser *user)
{
    static const char *const words[][2] = {
        {"停止", "disabled"}, {"二段階", "second factor"}, {"ディレクトリー", "directory"}};
    const bool holds[] = {user->disabled, user->has_factor, user->kind == USER_DIRECTORY};
    buf_add_format(to, "%.*s\t", SLICE_FMT(user->name));
    account_print_roles(to, user->grants);
    buf_add_char(to, '\t');
    add_time(invocation, to, user->signed_in_ns);
    for (size_t i = 0; i < ARRAY_COUNT(holds); i++) {
        if (holds[i]) buf_add_format(to, "\t%s", words[i][invocation->language]);
    }
    buf_add_char(to, '\n');
}

void account_print_token(const Invocation *invocation, Buf *to, const AccountToken *token)
{
    buf_add_format(to, "%llu\t%.*s\t%.*s\tak_...%.*s\t", (unsigned long long)token->id,
                   SLICE_FMT(token->user_name), SLICE_FMT(token->label), SLICE_FMT(token->hint));
    for (unsigned i = 0; i < PERMISSION_COUNT; i++) {
        if (token->permissions >> i & 1)
            buf_add_format(to, "%s ", permission_token((Permission)(1u << i)));
    }
    buf_add_char(to, '\t');
    add_time(invocation, to, token->expires_ns);
    buf_add_char(to, '\t');
    add_time(invocation, to, token->used_ns);
    buf_add_char(to, '\n');
}
