/* SPDX-License-Identifier: MIT */
#include "echo.h"

#include <sys/epoll.h>

/* Plain C: one epoll in the client, one in the server. */

static void watch(int epoll_fd, int fd, void *key) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = key};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        peer_fail("epoll_ctl");
}

static void accept_all(int epoll_fd, int listen_fd) {
    int fd;
    while ((fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        echo_socket(fd, false);
        watch(epoll_fd, fd, (void *)(intptr_t)fd);
    }
}

static void serve(int listen_fd) {
    char data[4096];
    struct epoll_event events[256];
    int epoll_fd = epoll_create1(0);
    watch(epoll_fd, listen_fd, (void *)(intptr_t)listen_fd);
    for (;;) {
        int count = epoll_wait(epoll_fd, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = (int)(intptr_t)events[i].data.ptr;
            if (fd == listen_fd) {
                accept_all(epoll_fd, listen_fd);
                continue;
            }
            ssize_t size = read(fd, data, sizeof(data));
            if (size <= 0 || write(fd, data, (size_t)size) != size)
                close(fd);
        }
    }
}

struct client {
    struct echo echo;
    int fd;
    size_t got;
};

static void send_message(struct client *client) {
    if (write(client->fd, client->echo.sent, ECHO_SIZE) != ECHO_SIZE)
        peer_fail("write");
}

static void dial(int epoll_fd, struct client *client, int64_t job) {
    *client = (struct client){.echo.job = job, .fd = socket(AF_INET, SOCK_STREAM, 0)};
    echo_socket(client->fd, true);
    if (connect(client->fd, (struct sockaddr *)&echo_address, sizeof(echo_address)) != 0)
        peer_fail("connect");
    watch(epoll_fd, client->fd, client);
    echo_fill(&client->echo);
    send_message(client);
}

/* Whether the connection is over. */
static bool take(struct client *client, int64_t trips) {
    ssize_t got =
        recv(client->fd, client->echo.got + client->got, ECHO_SIZE - client->got, MSG_DONTWAIT);
    if (got <= 0)
        peer_fail("recv");
    if ((client->got += (size_t)got) < ECHO_SIZE)
        return false;
    client->got = 0;
    if (echo_next(&client->echo, trips)) {
        send_message(client);
        return false;
    }
    close(client->fd);
    return true;
}

static void run(struct peer_args *args) {
    struct epoll_event events[256];
    struct client *clients = malloc((size_t)args->workers * sizeof(*clients));
    int epoll_fd = epoll_create1(0);
    for (int i = 0; i < args->workers; i++)
        dial(epoll_fd, &clients[i], i);
    for (int open = args->workers; open > 0;) {
        int count = epoll_wait(epoll_fd, events, 256, -1);
        for (int i = 0; i < count; i++)
            open -= take(events[i].data.ptr, args->n);
    }
    close(epoll_fd);
    free(clients);
}

int main(int argc, char **argv) {
    echo_main(argc, argv, serve, run);
    return 0;
}
