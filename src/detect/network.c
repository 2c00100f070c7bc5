/* Networks and addresses as text: RFC 4632 (IPv4 prefixes), RFC 4291 (IPv6, mapped addresses). */
#include "detect/rule_set_int.h"

#include "base/number.h"

#include <errno.h>

static int parse_v4(Slice text, uint8_t *to)
{
    for (int i = 0; i < 4; i++) {
        Slice piece;
        uint64_t number;
        bool more = slice_cut(&text, '.', &piece);
        if (!more || piece.len > 3 || number_parse_u64(piece, &number) < 0 || number > 255)
            return -EINVAL;
        to[i] = (uint8_t)number;
    }
    return text.len == 0 ? 0 : -EINVAL;
}

/* One side of a :: ; the number of bytes written, or -EINVAL. */
static int parse_groups(Slice text, uint8_t *to)
{
    int len = 0;
    Slice piece;
    while (text.len > 0) {
        bool had_colon = slice_find_char(text, ':') != SLICE_NOT_FOUND;
        uint64_t number;
        slice_cut(&text, ':', &piece);
        if (slice_find_char(piece, '.') != SLICE_NOT_FOUND) {
            if (had_colon || len > 12 || parse_v4(piece, to + len) < 0) return -EINVAL;
            return len + 4;
        }
        bool bad = piece.len == 0 || piece.len > 4 || (had_colon && text.len == 0);
        if (bad || len > 14 || number_parse_hex(piece, &number) < 0 ||
            slice_find_char(piece, 'x') != SLICE_NOT_FOUND)
            return -EINVAL;
        to[len++] = (uint8_t)(number >> 8);
        to[len++] = (uint8_t)number;
    }
    return len;
}

static int parse_v6(Slice text, uint8_t *to)
{
    uint8_t back[16];
    size_t gap = slice_find(text, SLICE("::"));
    memset(to, 0, 16);
    if (gap == SLICE_NOT_FOUND) return parse_groups(text, to) == 16 ? 0 : -EINVAL;
    int front = parse_groups(slice_first(text, gap), to);
    int behind = parse_groups(slice_skip(text, gap + 2), back);
    if (front < 0 || behind < 0 || front + behind > 14) return -EINVAL;
    memset(to + front, 0, (size_t)(16 - front));
    memcpy(to + 16 - behind, back, (size_t)behind);
    return 0;
}

/* ::ffff:192.0.2.1 is the IPv4 address in it, and an IPv6 zone (%eth0) says nothing here. */
static int parse_address(Slice text, uint8_t *to, bool *ret_v4)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    bool is_v4 = slice_find_char(text, ':') == SLICE_NOT_FOUND;
    int r =
        is_v4 ? parse_v4(text, to) : parse_v6(slice_first(text, slice_find_char(text, '%')), to);
    if (r < 0) return r;
    if (!is_v4 && memcmp(to, mapped, sizeof mapped) == 0) {
        memmove(to, to + 12, 4);
        is_v4 = true;
    }
    *ret_v4 = is_v4;
    return 0;
}

int sigma_network_parse(Slice text, Network *ret)
{
    Network network = {0};
    size_t slash = slice_find_char(text, '/');
    uint64_t bits = 0;
    if (parse_address(slice_first(text, slash), network.address, &network.is_v4) < 0)
        return -EINVAL;
    uint64_t most = network.is_v4 ? 32 : 128;
    bits = most;
    if (slash != SLICE_NOT_FOUND && number_parse_u64(slice_skip(text, slash + 1), &bits) < 0)
        return -EINVAL;
    if (bits > most && bits <= 128 && slice_find_char(text, ':') != SLICE_NOT_FOUND) bits -= 96;
    if (bits > most) return -EINVAL;
    network.bits = (uint8_t)bits;
    *ret = network;
    return 0;
}

bool sigma_network_holds(const Network *network, Slice address)
{
    uint8_t bytes[16];
    bool is_v4;
    if (address.len > 64 || parse_address(address, bytes, &is_v4) < 0) return false;
    if (is_v4 != network->is_v4) return false;
    size_t whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(bytes, network->address, whole) != 0) return false;
    return rest == 0 || ((bytes[whole] ^ network->address[whole]) >> (8 - rest)) == 0;
}
