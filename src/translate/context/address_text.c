/* Addresses and networks as text: see network_map.h. */
#include "translate/context/network_map.h"

#include "base/number.h"

#include <errno.h>

static int parse_v4(Slice text, uint32_t *ret)
{
    uint32_t number = 0, piece = 0;
    unsigned dots = 0, digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(uint8_t)text.ptr[i] - '0';
        if (digit <= 9) {
            piece = piece * 10 + digit;
            if (++digits > 3 || piece > 255) return -EINVAL;
        } else {
            if (text.ptr[i] != '.' || digits == 0 || ++dots > 3) return -EINVAL;
            number = number << 8 | piece;
            piece = digits = 0;
        }
    }
    if (dots != 3 || digits == 0) return -EINVAL;
    *ret = number << 8 | piece;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Groups with one colon between; how many, or -EINVAL. IPv4 at the end counts for two. */
static int parse_groups(Slice text, uint16_t to[8])
{
    int count = 0;
    size_t at = 0;
    if (text.len == 0) return 0;
    for (;;) {
        Slice rest = slice_skip(text, at);
        uint32_t value = 0, v4;
        size_t digits = 0;
        if (count <= 6 && parse_v4(rest, &v4) == 0) {
            to[count] = (uint16_t)(v4 >> 16);
            to[count + 1] = (uint16_t)v4;
            return count + 2;
        }
        while (digits < rest.len && digits < 5 && hex_digit(rest.ptr[digits]) >= 0) {
            value = value << 4 | (uint32_t)hex_digit(rest.ptr[digits++]);
        }
        if (digits == 0 || digits > 4 || count == 8) return -EINVAL;
        to[count++] = (uint16_t)value;
        if (digits == rest.len) return count;
        if (rest.ptr[digits] != ':') return -EINVAL;
        at += digits + 1;
    }
}

static int parse_v6(Slice text, AddressNumber *ret)
{
    uint16_t front[8] = {0}, back[8] = {0};
    size_t gap = slice_find(text, SLICE("::"));
    int before = parse_groups(slice_first(text, gap), front), after = 0;
    if (before < 0) return before;
    if (gap == SLICE_NOT_FOUND && before != 8) return -EINVAL;
    if (gap != SLICE_NOT_FOUND) {
        after = parse_groups(slice_skip(text, gap + 2), back);
        if (after < 0 || before + after > 7) return -EINVAL;
    }
    for (int i = 0; i < after; i++) {
        front[8 - after + i] = back[i];
    }
    AddressNumber number = 0;
    for (int i = 0; i < 8; i++) {
        number = number << 16 | front[i];
    }
    *ret = number;
    return 0;
}

int network_parse_address(Slice text, Address *ret)
{
    uint32_t v4;
    AddressNumber v6;
    if (text.len < 2 || text.len > NETWORK_TEXT_BYTES_MAX) return -EINVAL;
    if (slice_find_char(text, ':') == SLICE_NOT_FOUND) {
        int r = parse_v4(text, &v4);
        if (r == 0) *ret = (Address){.number = v4, .is_v4 = true};
        return r;
    }
    int r = parse_v6(slice_first(text, slice_find_char(text, '%')), &v6);
    if (r < 0) return r;
    bool is_mapped = v6 >> 32 == 0xffff;
    *ret = (Address){.number = is_mapped ? v6 & UINT32_MAX : v6, .is_v4 = is_mapped};
    return 0;
}

int network_parse_prefix(Slice text, Network *ret)
{
    Network network;
    size_t slash = slice_find_char(text, '/');
    Slice address = slice_first(text, slash);
    uint64_t bits;
    int r = network_parse_address(address, &network.first);
    if (r < 0) return r;
    uint64_t most = network.first.is_v4 ? 32 : 128;
    bits = most;
    if (slash != SLICE_NOT_FOUND) {
        if (number_parse_u64(slice_skip(text, slash + 1), &bits) < 0) return -EINVAL;
        bool is_mapped = network.first.is_v4 && slice_find_char(address, ':') != SLICE_NOT_FOUND;
        if (is_mapped && bits < 96) return -EINVAL;
        if (is_mapped) bits -= 96;
    }
    if (bits > most) return -EINVAL;
    network.bits = (uint8_t)bits;
    unsigned rest = (unsigned)(most - bits);
    network.first.number = rest == 128 ? 0 : network.first.number >> rest << rest;
    *ret = network;
    return 0;
}

int network_parse_range(Slice text, Address *ret_first, Address *ret_last)
{
    Network network;
    Address first, last;
    size_t dash = slice_find_char(text, '-');
    if (dash == SLICE_NOT_FOUND) {
        int r = network_parse_prefix(text, &network);
        if (r < 0) return r;
        first = last = network.first;
        unsigned rest = (first.is_v4 ? 32u : 128u) - network.bits;
        last.number |= rest == 128 ? ~(AddressNumber)0 : ((AddressNumber)1 << rest) - 1;
    } else if (network_parse_address(slice_trim(slice_first(text, dash)), &first) < 0 ||
               network_parse_address(slice_trim(slice_skip(text, dash + 1)), &last) < 0 ||
               first.is_v4 != last.is_v4 || first.number > last.number) {
        return -EINVAL;
    }
    *ret_first = first;
    *ret_last = last;
    return 0;
}
