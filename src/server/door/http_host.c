#include "server/door/http_host.h"

#include "base/number.h"
#include "search/condition.h"

/* Takes :PORT off the end; false when that is there and is not ours. */
static bool take_port(Slice *host, int port)
{
    uint64_t written;
    size_t colon = slice_rfind_char(*host, ':'), bracket = slice_rfind_char(*host, ']');
    if (colon == SLICE_NOT_FOUND || (bracket != SLICE_NOT_FOUND && bracket > colon)) return true;
    if (number_parse_u64(slice_skip(*host, colon + 1), &written) < 0) return false;
    *host = slice_first(*host, colon);
    return written == (uint64_t)port;
}

/* NAME and NAME.anything: what a colleague types. */
static bool is_machine(Slice host, const char *machine)
{
    Slice name = slice_from_cstr(machine);
    if (name.len == 0 || !slice_starts_nocase(host, name)) return false;
    return host.len == name.len || host.ptr[name.len] == '.';
}

bool http_host_is_ours(Slice host, const char *address, const char *machine, int port)
{
    static const Slice own_names[] = {SLICE_INIT("localhost"), SLICE_INIT("127.0.0.1"),
                                      SLICE_INIT("[::1]")};
    static const Address any_v4 = {.bytes = {[10] = 0xff, [11] = 0xff}}, any_v6 = {{0}};
    Address ours, asked;
    if (!take_port(&host, port)) return false;
    for (size_t i = 0; i < ARRAY_COUNT(own_names); i++) {
        if (slice_eq_nocase(host, own_names[i])) return true;
    }
    bool bare_v6 =
        host.len > 0 && host.ptr[0] != '[' && slice_find_char(host, ':') != SLICE_NOT_FOUND;
    if (bare_v6 || address_parse(slice_from_cstr(address), &ours) < 0) return false;
    bool any = memcmp(&ours, &any_v4, sizeof ours) == 0 || memcmp(&ours, &any_v6, sizeof ours) == 0;
    if (address_parse(host, &asked) < 0) return machine && is_machine(host, machine);
    return any || memcmp(&ours, &asked, sizeof ours) == 0;
}
