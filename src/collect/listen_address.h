/* Where a door listens: an address literal and a port, and what is said when that cannot be. */
#ifndef AKASHI_COLLECT_LISTEN_ADDRESS_H
#define AKASHI_COLLECT_LISTEN_ADDRESS_H

#include "base/complaint.h"
#include "os/os.h"

#include <netinet/in.h>

#define LISTEN_BACKLOG 511
#define LISTEN_HOST_BYTES INET6_ADDRSTRLEN

typedef union ListenAddress {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} ListenAddress;

/* Its bytes, 0 when the text is no address or the port none. */
socklen_t listen_address_read(const char *text, int port, ListenAddress *ret);
/* Whether only this machine reaches it (RFC 1122 3.2.1.3, RFC 4291 2.5.3). False: no address. */
bool listen_is_loopback(const char *text);
/* `::` takes IPv4 too, whatever the system's default is. */
MUST_USE int listen_take_both(const Os *os, int fd, const ListenAddress *address);
/* A listening TCP socket, or a bound UDP one (type SOCK_STREAM, SOCK_DGRAM); port 0: any free one.
 * The descriptor, or -EADDRINUSE, -EACCES, -EINVAL (no address)... */
MUST_USE int listen_open(const Os *os, const char *text, int port, int type);
/* The words for what listen_open gave. */
void listen_say_failure(Complaint *complaint, const char *address, int port, int error);
/* The address of a peer as text; IPv4 on an IPv6 socket as IPv4. */
void listen_print_peer(char to[LISTEN_HOST_BYTES], const struct sockaddr_storage *peer);

#endif
