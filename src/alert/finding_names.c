/* Names as findings are joined and counted by them. */
#include "alert/finding.h"

static bool is_one_of(Slice name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq_nocase(name, slice_from_cstr(list[i]))) return true;
    }
    return false;
}

static Slice without_domain(Slice user)
{
    size_t slash = slice_rfind_char(user, '\\');
    if (slash != SLICE_NOT_FOUND) user = slice_skip(user, slash + 1);
    size_t at = slice_find_char(user, '@');
    return at == SLICE_NOT_FOUND || at == 0 ? user : slice_first(user, at);
}

/* Accounts that every machine has say nothing of a person; a machine's own ends in $. */
Slice finding_person(Slice user)
{
    static const char *const shared[] = {"-",       "SYSTEM", "LOCAL SERVICE",  "NETWORK SERVICE",
                                         "unknown", "(null)", "ANONYMOUS LOGON"};
    Slice name = slice_trim(without_domain(user));
    bool is_machine = name.len > 0 && name.ptr[name.len - 1] == '$';
    return is_machine || is_one_of(name, shared, ARRAY_COUNT(shared)) ? (Slice){0} : name;
}

Slice finding_address(Slice source)
{
    static const char *const nowhere[] = {"-", "::1", "127.0.0.1", "0.0.0.0", "::", "localhost"};
    Slice address = slice_trim(source);
    return is_one_of(address, nowhere, ARRAY_COUNT(nowhere)) ? (Slice){0} : address;
}

Slice finding_machine(Slice host)
{
    Slice name = slice_trim(host);
    size_t dot = slice_find_char(name, '.');
    bool is_address = name.len > 0 && name.ptr[0] >= '0' && name.ptr[0] <= '9';
    return dot == SLICE_NOT_FOUND || dot == 0 || is_address ? name : slice_first(name, dot);
}
