/* The open connections, so that slow or silent clients cannot hold all of them. */
#ifndef AKASHI_SERVER_CLIENT_TABLE_H
#define AKASHI_SERVER_CLIENT_TABLE_H

#include "server/server.h"

#include <pthread.h>

typedef struct Client {
    int fd;           /* -1: free */
    int64_t since_ns; /* connected, or served changed; monotonic */
    bool served; /* its request is whole and being worked on, or an answer to a person goes out */
    bool ended;  /* it lost its place and is about to be closed */
} Client;

typedef struct ClientTable {
    const Os *os;
    pthread_mutex_t lock;
    Client clients[SERVER_CONNECTIONS_MAX]; /* shared, under lock */
} ClientTable;

void client_table_init(ClientTable *table, const Os *os);
void client_table_done(ClientTable *table);
/* A connection began; past 3/4 of the places the client that has waited longest, and is not served
 * right now, loses its own. A client that asks as soon as it is connected is served before so many
 * others come. The result stands for it until client_left; NULL: the table is full, the connection
 * is not watched. */
Client *client_came(ClientTable *table, int fd);
/* Called before the descriptor is closed. */
void client_left(ClientTable *table, Client *client);
/* Said again it changes nothing: pieces of a body do not make a client younger. */
void client_set_served(ClientTable *table, Client *client, bool served);

#endif
