/* See account_network.h. */
#include "account/account_network.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <errno.h>

static int parse_address(Slice text, Network *ret)
{
    char name[INET6_ADDRSTRLEN];
    struct in_addr v4;
    if (text.len == 0 || text.len >= sizeof name) return -EINVAL;
    memcpy(name, text.ptr, text.len);
    name[text.len] = '\0';
    if (strlen(name) != text.len) return -EINVAL;
    if (inet_pton(AF_INET, name, &v4) == 1) {
        static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
        memcpy(ret->bytes, mapped, sizeof mapped);
        memcpy(ret->bytes + 12, &v4, 4);
        ret->bits = 32;
        return 0;
    }
    ret->bits = 128;
    return inet_pton(AF_INET6, name, ret->bytes) == 1 ? 0 : -EINVAL;
}

static bool rest_is_zero(const Network *network)
{
    for (unsigned bit = network->bits; bit < 128; bit++) {
        if (network->bytes[bit / 8] & (0x80 >> bit % 8)) return false;
    }
    return true;
}

int network_parse(Slice text, Network *ret)
{
    Network network;
    uint64_t bits;
    size_t slash = slice_find_char(text, '/');
    int r = parse_address(slice_first(text, slash), &network);
    if (r < 0) return r;
    unsigned bits_max = network.bits;
    bits = bits_max;
    if (slash != SLICE_NOT_FOUND && number_parse_u64(slice_skip(text, slash + 1), &bits) < 0)
        return -EINVAL;
    if (bits > bits_max) return -EINVAL;
    network.bits = (unsigned)bits + (128 - bits_max);
    if (!rest_is_zero(&network)) return -EINVAL;
    *ret = network;
    return 0;
}

bool network_holds(const Network *network, const Network *address)
{
    unsigned bytes = network->bits / 8, bits = network->bits % 8;
    if (address->bits < network->bits) return false;
    if (memcmp(network->bytes, address->bytes, bytes) != 0) return false;
    return bits == 0 || ((network->bytes[bytes] ^ address->bytes[bytes]) >> (8 - bits)) == 0;
}

void network_print(const Network *address, char ret[NETWORK_TEXT_BYTES])
{
    static const Network v4 = {.bytes = {[10] = 0xff, [11] = 0xff}, .bits = 96};
    bool is_v4 = network_holds(&v4, address);
    const void *from = is_v4 ? address->bytes + 12 : address->bytes;
    if (!inet_ntop(is_v4 ? AF_INET : AF_INET6, from, ret, NETWORK_TEXT_BYTES)) ret[0] = '\0';
}

bool network_is_loopback(const Network *address)
{
    static const Network v4 = {.bytes = {[10] = 0xff, [11] = 0xff, [12] = 127}, .bits = 104};
    static const Network v6 = {.bytes = {[15] = 1}, .bits = 128};
    return network_holds(&v4, address) || network_holds(&v6, address);
}

Network network_limit_key(const Network *address)
{
    static const Network v4 = {.bytes = {[10] = 0xff, [11] = 0xff}, .bits = 96};
    Network key = *address;
    if (!network_holds(&v4, address)) {
        memset(key.bytes + 8, 0, 8);
        key.bits = 64;
    }
    return key;
}

static bool take_entry(Slice *list, Slice *ret)
{
    while (list->len > 0) {
        size_t end = 0;
        while (end < list->len && !strchr(", \t\r\n;", list->ptr[end] ? list->ptr[end] : 'x'))
            end++;
        *ret = slice_first(*list, end);
        *list = slice_skip(*list, end + 1);
        if (ret->len > 0) return true;
    }
    return false;
}

int networks_parse(Slice list, Network *to, size_t count_max, size_t *ret_count,
                   Complaint *complaint)
{
    size_t count = 0;
    Slice entry;
    while (take_entry(&list, &entry)) {
        if (count == count_max) {
            complaint_say(complaint, "account.networks_many",
                          "at most %zu networks may be listed; write larger ones",
                          "ネットワークは%zu個までです。まとめて書いてください", count_max);
            return -E2BIG;
        }
        if (network_parse(entry, &to[count]) < 0) {
            complaint_say(complaint, "account.network",
                          "%.*s is no network; write such as 192.168.1.0/24 or 2001:db8::/32 (bits "
                          "behind the prefix must be zero)",
                          "%.*s はネットワークではありません。192.168.1.0/24 や 2001:db8::/32 "
                          "のように書きます（プレフィックスより後ろのビットは0）",
                          SLICE_FMT(slice_first(entry, 80)));
            return -EINVAL;
        }
        count++;
    }
    *ret_count = count;
    return 0;
}

bool networks_hold(Slice list, const Network *address)
{
    Slice entry;
    Network network;
    while (take_entry(&list, &entry)) {
        if (network_parse(entry, &network) == 0 && network_holds(&network, address)) return true;
    }
    return false;
}
