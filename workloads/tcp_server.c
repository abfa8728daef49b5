/* SPDX-License-Identifier: MIT */
#include "tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* The server: one thread with one epoll. It ends by being killed, and so frees nothing at its end.
 */

#define EVENTS_MAX 256
#define NS_PER_S INT64_C(1000000000)

struct connection {
    int fd;
    uint32_t events; /* registered with epoll */
    struct connection *next, **link;
    size_t in_size;             /* received, not yet taken by `answer` */
    size_t out_first, out_last; /* answers not yet sent */
    char *in, *out;             /* in the same allocation */
    void *client;
};

struct server {
    const struct tcp_service *service;
    int listen_fd, epoll_fd, timer_fd;
    int spare_fd; /* closed for a moment to refuse a connection when no descriptor is left */
    struct connection *first;
};

static size_t aligned(size_t size) {
    return (size + 15) & ~(size_t)15;
}

static int watch(struct server *server, int fd, void *key) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = key};
    return epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void set_timer(struct server *server, int64_t interval_ns) {
    struct timespec each = {.tv_sec = interval_ns / NS_PER_S, .tv_nsec = interval_ns % NS_PER_S};
    if (server->service->tick)
        timerfd_settime(
            server->timer_fd, 0, &(struct itimerspec){.it_value = each, .it_interval = each}, NULL);
}

static void connection_end(struct server *server, struct connection *connection) {
    if (server->service->end)
        server->service->end(connection->client);
    close(connection->fd);
    *connection->link = connection->next;
    if (connection->next)
        connection->next->link = connection->link;
    free(connection);
    if (!server->first)
        set_timer(server, 0);
}

static struct connection *connection_new(struct server *server, int fd) {
    const struct tcp_service *service = server->service;
    size_t client_at = aligned(sizeof(struct connection));
    size_t in_at = client_at + aligned(service->client_size);
    size_t out_at = in_at + aligned(service->input_size);
    char *memory = calloc(1, out_at + service->output_size);
    if (!memory)
        return NULL;
    struct connection *connection = (struct connection *)memory;
    *connection = (struct connection){.fd = fd,
        .events = EPOLLIN,
        .next = server->first,
        .link = &server->first,
        .in = memory + in_at,
        .out = memory + out_at,
        .client = memory + client_at};
    return connection;
}

static bool begin(struct server *server, int fd) {
    const int on = 1;
    struct connection *connection = connection_new(server, fd);
    if (!connection || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0
        || watch(server, fd, connection) != 0) {
        free(connection);
        return false;
    }
    if (server->first)
        server->first->link = &connection->next;
    else
        set_timer(server, server->service->tick_ns);
    server->first = connection;
    return true;
}

/* No descriptor is left. Accepts and closes: the client would wait in the backlog for ever. */
static void refuse_one(struct server *server) {
    close(server->spare_fd);
    int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_all(struct server *server) {
    for (;;) {
        int fd = accept4(server->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            if (!begin(server, fd))
                close(fd);
        } else if (errno == EMFILE || errno == ENFILE) {
            refuse_one(server);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

/* These return false where the connection has ended. */

static bool receive(const struct tcp_service *service, struct connection *connection) {
    size_t room = service->input_size - connection->in_size;
    if (room == 0)
        return true;
    ssize_t got = read(connection->fd, connection->in + connection->in_size, room);
    if (got > 0)
        connection->in_size += (size_t)got;
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool answer(const struct tcp_service *service, struct connection *connection) {
    if (connection->in_size == 0)
        return true;
    ssize_t taken = service->answer(service, connection->client, connection->in,
        connection->in_size, connection->out + connection->out_last,
        service->output_size - connection->out_last, &connection->out_last);
    if (taken < 0)
        return false;
    connection->in_size -= (size_t)taken;
    memmove(connection->in, connection->in + taken, connection->in_size);
    return connection->in_size < service->input_size || connection->out_last > 0;
}

static bool send_out(struct connection *connection) {
    size_t size = connection->out_last - connection->out_first;
    if (size == 0)
        return true;
    ssize_t put = send(connection->fd, connection->out + connection->out_first, size, MSG_NOSIGNAL);
    if (put < 0)
        return errno == EAGAIN || errno == EINTR;
    connection->out_first += (size_t)put;
    if (connection->out_first == connection->out_last)
        connection->out_first = connection->out_last = 0;
    return true;
}

static bool update_events(struct server *server, struct connection *connection) {
    struct epoll_event event = {.data.ptr = connection};
    if (connection->in_size < server->service->input_size)
        event.events |= EPOLLIN;
    if (connection->out_last > 0)
        event.events |= EPOLLOUT;
    if (event.events == connection->events)
        return true;
    connection->events = event.events;
    return epoll_ctl(server->epoll_fd, EPOLL_CTL_MOD, connection->fd, &event) == 0;
}

static void serve(struct server *server, struct connection *connection) {
    const struct tcp_service *service = server->service;
    bool alive = receive(service, connection);
    /* Again after sending: now there may be room for more answers. */
    for (bool more = true; alive && more;) {
        size_t waiting = connection->in_size;
        alive = answer(service, connection) && send_out(connection);
        more = alive && connection->in_size > 0 && connection->in_size < waiting
            && connection->out_last == 0;
    }
    if (!alive || !update_events(server, connection))
        connection_end(server, connection);
}

static void tick(struct server *server) {
    uint64_t expired;
    if (read(server->timer_fd, &expired, sizeof(expired)) != sizeof(expired))
        return;
    for (struct connection *at = server->first; at; at = at->next)
        server->service->tick(server->service, at->client);
}

static int open_server(struct server *server, int64_t *ret_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    server->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->spare_fd < 0 || server->epoll_fd < 0 || server->timer_fd < 0
        || server->listen_fd < 0
        || bind(server->listen_fd, (const struct sockaddr *)&address, size) != 0
        || listen(server->listen_fd, 1 << 15) != 0 /* the kernel lowers it to its limit */
        || getsockname(server->listen_fd, (struct sockaddr *)&address, &size) != 0
        || watch(server, server->listen_fd, &server->listen_fd) != 0
        || watch(server, server->timer_fd, &server->timer_fd) != 0)
        return -errno;
    *ret_port = ntohs(address.sin_port);
    return 0;
}

static int server_main(void *arg, struct partner_link *link, struct diag *diag) {
    struct server server = {.service = arg};
    int64_t port = 0;
    (void)partner_raise_open_files();
    int code = open_server(&server, &port);
    if (code < 0)
        return diag_set(diag, code, "no server at 127.0.0.1: %s", strerrordesc_np(-code));
    code = partner_ready(link, port);
    while (code == 0) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(server.epoll_fd, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == &server.listen_fd)
                accept_all(&server);
            else if (events[i].data.ptr == &server.timer_fd)
                tick(&server);
            else
                serve(&server, events[i].data.ptr);
        }
        if (count < 0 && errno != EINTR)
            code = -errno;
    }
    return code;
}

ssize_t tcp_take_line(const char *in, size_t size, char *line, size_t line_size) {
    const char *newline = memchr(in, '\n', size);
    size_t length = newline ? (size_t)(newline - in) : 0;
    if (!newline)
        return 0;
    if (length >= line_size)
        return -1;
    memcpy(line, in, length);
    line[length] = '\0';
    return (ssize_t)length + 1;
}

int tcp_server_start(const struct tcp_service *service, struct partner **ret_partner,
    int64_t *ret_port, struct diag *diag) {
    (void)partner_raise_open_files();
    return partner_start(
        "the server", server_main, (void *)(uintptr_t)service, ret_partner, ret_port, diag);
}
