/* Sockets between programs of one user on this machine: a name in a folder (unix(7)), for the real
 * machine alone. Who is at the other end is asked of the kernel (SO_PEERCRED): only the user that
 * this process works as, or root, is spoken with, from either side.
 *
 * A folder's path may be longer than the 108 bytes that a socket's address has: it is reached
 * through its descriptor. Calls that block end when another thread calls local_shut. */
#ifndef AKASHI_OS_LOCAL_SOCKET_H
#define AKASHI_OS_LOCAL_SOCKET_H

#include "base/cleanup.h"
#include "base/slice.h"

/* A socket that is left under the name is replaced: hold a lock that says nobody else listens.
 * Mode 0600. Returns the descriptor. */
MUST_USE int local_listen(const char *folder, const char *name);
/* The next connection's descriptor. -EAGAIN: none came in wait_ms; -EPERM: one of another user
 * came, and was closed. */
MUST_USE int local_accept(int fd, int wait_ms);
/* -ENOENT, -ECONNREFUSED: nobody listens; -EPERM: another user does. */
MUST_USE int local_connect(const char *folder, const char *name);

/* All of it. -EPIPE: the other end is gone. */
MUST_USE int local_send(int fd, Slice bytes);
/* Exactly so many bytes. 0: the other end has closed before the first; 1: they are there;
 * -ECONNRESET: it went away in the middle; -ETIMEDOUT: nothing came for wait_ms (-1: no limit). */
MUST_USE int local_receive(int fd, void *to, size_t bytes, int wait_ms);

void local_shut(int fd);
void local_close(int fd); /* negative: nothing */

#endif
