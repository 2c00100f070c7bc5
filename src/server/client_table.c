/* See client_table.h. */
#include "server/client_table.h"

#include <sys/socket.h>

#define CROWDED (SERVER_CONNECTIONS_MAX * 3 / 4)

void client_table_init(ClientTable *table, const Os *os)
{
    table->os = os;
    pthread_mutex_init(&table->lock, NULL);
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        table->clients[i] = (Client){.fd = -1};
    }
}

void client_table_done(ClientTable *table)
{
    pthread_mutex_destroy(&table->lock);
}

/* Shutting down wakes the thread that waits for the client; that thread then closes it. Under the
 * lock the descriptor cannot have been closed and given to another, as client_left comes first. */
static void end_longest_idle(ClientTable *table)
{
    Client *longest = NULL;
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        Client *client = &table->clients[i];
        if (client->fd < 0 || client->served || client->ended) continue;
        if (!longest || client->since_ns < longest->since_ns) longest = client;
    }
    if (!longest) return;
    shutdown(longest->fd, SHUT_RDWR);
    longest->ended = true;
}

Client *client_came(ClientTable *table, int fd)
{
    int64_t now_ns = table->os->monotonic_ns(table->os->state);
    size_t open = 0;
    Client *place = NULL;
    pthread_mutex_lock(&table->lock);
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        if (table->clients[i].fd < 0) place = &table->clients[i];
        open += table->clients[i].fd >= 0 && !table->clients[i].ended;
    }
    if (open >= CROWDED) end_longest_idle(table);
    if (place) *place = (Client){.fd = fd, .since_ns = now_ns};
    pthread_mutex_unlock(&table->lock);
    return place;
}

void client_left(ClientTable *table, Client *client)
{
    if (!client) return;
    pthread_mutex_lock(&table->lock);
    client->fd = -1;
    pthread_mutex_unlock(&table->lock);
}

void client_set_served(ClientTable *table, Client *client, bool served)
{
    if (!client) return;
    pthread_mutex_lock(&table->lock);
    if (client->served != served) {
        client->served = served;
        client->since_ns = table->os->monotonic_ns(table->os->state);
    }
    pthread_mutex_unlock(&table->lock);
}
