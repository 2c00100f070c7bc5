/* See listen_address.h. */
#include "collect/listen_address.h"

#include <arpa/inet.h>
#include <errno.h>

socklen_t listen_address_read(const char *text, int port, ListenAddress *ret)
{
    memset(ret, 0, sizeof *ret);
    if (port < 0 || port > 65535) return 0;
    if (inet_pton(AF_INET, text, &ret->v4.sin_addr) == 1) {
        ret->v4.sin_family = AF_INET;
        ret->v4.sin_port = htons((uint16_t)port);
        return sizeof ret->v4;
    }
    if (inet_pton(AF_INET6, text, &ret->v6.sin6_addr) == 1) {
        ret->v6.sin6_family = AF_INET6;
        ret->v6.sin6_port = htons((uint16_t)port);
        return sizeof ret->v6;
    }
    return 0;
}

bool listen_is_loopback(const char *text)
{
    ListenAddress address;
    if (listen_address_read(text, 0, &address) == 0) return false;
    const struct in6_addr *v6 = &address.v6.sin6_addr;
    if (address.any.sa_family == AF_INET) return ntohl(address.v4.sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
}

void listen_say_failure(Complaint *complaint, const char *address, int port, int error)
{
    const char *meaning = strerrordesc_np(-error);
    switch (error) {
    case -EADDRINUSE:
        complaint_say(
            complaint, "listen.in_use",
            "port %1$d of %2$s is taken by another program (`ss -lptun 'sport = :%1$d'` names "
            "it). Stop that one or choose another port.",
            "%2$s のポート %1$d は別のプログラムが使用中です(`ss -lptun 'sport = :%1$d'` で"
            "確認できます)。そのプログラムを止めるか、別のポートを指定してください。",
            port, address);
        return;
    case -EACCES:
        complaint_say(complaint, "listen.denied",
                      "this user may not open port %d (below 1024 it takes CAP_NET_BIND_SERVICE). "
                      "Run as the installed service or choose a port such as 5514.",
                      "このユーザーではポート %d を開けません(1024未満には CAP_NET_BIND_SERVICE が"
                      "必要です)。サービスとして実行するか、5514 などのポートを指定してください。",
                      port);
        return;
    case -EADDRNOTAVAIL:
        complaint_say(
            complaint, "listen.not_here",
            "this machine has no address %s. `ip address` lists those that it has; 0.0.0.0 "
            "and :: stand for all of them.",
            "このマシンにアドレス %s はありません。`ip address` で確認してください。"
            "0.0.0.0 と :: はすべてのアドレスを表します。",
            address);
        return;
    case -EINVAL:
        complaint_say(
            complaint, "listen.address",
            "`%s` port %d is no IPv4 or IPv6 address with a port from 0 to 65535. Write it "
            "in digits, such as 192.0.2.7 or ::.",
            "`%s` ポート %d は、IPv4/IPv6アドレスと0〜65535のポートではありません。"
            "192.0.2.7 や :: のように数字で指定してください。",
            address, port);
        return;
    default:
        complaint_say(complaint, "listen.failed", "port %d of %s cannot be opened: %s.",
                      "%2$s のポート %1$d を開けません: %3$s", port, address,
                      meaning ? meaning : "?");
    }
}

int listen_take_both(const Os *os, int fd, const ListenAddress *address)
{
    if (address->any.sa_family != AF_INET6) return 0;
    return os->set_option(os->state, fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
}

int listen_open(const Os *os, const char *text, int port, int type)
{
    ListenAddress address;
    socklen_t bytes = listen_address_read(text, port, &address);
    if (bytes == 0) return -EINVAL;
    int fd = os->socket(os->state, address.any.sa_family, type);
    if (fd < 0) return fd;
    /* So that a restart need not wait for connections of before to be forgotten. */
    int r = type == SOCK_STREAM ? os->set_option(os->state, fd, SOL_SOCKET, SO_REUSEADDR, 1) : 0;
    if (r == 0) r = listen_take_both(os, fd, &address);
    if (r == 0) r = os->bind(os->state, fd, &address.any, bytes);
    if (r == 0 && type == SOCK_STREAM) r = os->listen(os->state, fd, LISTEN_BACKLOG);
    if (r == 0) return fd;
    os->close(os->state, fd);
    return r;
}

void listen_print_peer(char to[LISTEN_HOST_BYTES], const struct sockaddr_storage *peer)
{
    memcpy(to, "?", 2);
    if (peer->ss_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)peer)->sin_addr, to, LISTEN_HOST_BYTES);
    } else if (peer->ss_family == AF_INET6) {
        const struct in6_addr *v6 = &((const struct sockaddr_in6 *)peer)->sin6_addr;
        bool mapped = IN6_IS_ADDR_V4MAPPED(v6);
        inet_ntop(mapped ? AF_INET : AF_INET6, mapped ? &v6->s6_addr[12] : v6->s6_addr, to,
                  LISTEN_HOST_BYTES);
    }
}
