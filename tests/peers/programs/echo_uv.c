/* SPDX-License-Identifier: MIT */
#include "echo.h"

#include <uv.h>

/* libuv: one loop in the client, one in the server. */

struct client {
    uv_tcp_t tcp;
    uv_connect_t connect;
    struct echo echo;
    size_t got;
};

static int64_t trips;

static void end(uv_handle_t *handle) {
    free(handle);
}

static void set_up(uv_tcp_t *tcp, bool client) {
    int fd;
    if (uv_fileno((uv_handle_t *)tcp, &fd) == 0)
        echo_socket(fd, client);
}

/* The server has one buffer and answers at once, because a reply always fits into the socket. */
static char data[65536];

static void lend(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
    (void)handle;
    (void)size;
    *buffer = uv_buf_init(data, sizeof(data));
}

static void answer(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
    uv_buf_t reply = uv_buf_init(buffer->base, (unsigned)(size > 0 ? size : 0));
    if (size < 0 || (size > 0 && uv_try_write(stream, &reply, 1) != size))
        uv_close((uv_handle_t *)stream, end);
}

static void accept_one(uv_stream_t *listener, int status) {
    uv_tcp_t *tcp = malloc(sizeof(*tcp));
    uv_tcp_init(listener->loop, tcp);
    if (status != 0 || uv_accept(listener, (uv_stream_t *)tcp) != 0)
        peer_fail("accept");
    set_up(tcp, false);
    uv_read_start((uv_stream_t *)tcp, lend, answer);
}

static void serve(int listen_fd) {
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_loop_init(&loop);
    uv_tcp_init(&loop, &listener);
    uv_tcp_open(&listener, listen_fd);
    uv_listen((uv_stream_t *)&listener, 1 << 15, accept_one);
    uv_run(&loop, UV_RUN_DEFAULT);
}

static void send_message(struct client *client) {
    uv_buf_t message = uv_buf_init(client->echo.sent, ECHO_SIZE);
    if (uv_try_write((uv_stream_t *)&client->tcp, &message, 1) != ECHO_SIZE)
        peer_fail("write");
}

static void lend_own(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
    (void)size;
    struct client *client = (struct client *)handle;
    *buffer = uv_buf_init(client->echo.got + client->got, (unsigned)(ECHO_SIZE - client->got));
}

static void take(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
    struct client *client = (struct client *)stream;
    (void)buffer;
    if (size < 0)
        peer_fail("read");
    if ((client->got += (size_t)size) < ECHO_SIZE)
        return;
    client->got = 0;
    if (echo_next(&client->echo, trips))
        send_message(client);
    else
        uv_close((uv_handle_t *)&client->tcp, end);
}

static void connected(uv_connect_t *connect, int status) {
    struct client *client = connect->data;
    if (status != 0)
        peer_fail("connect");
    set_up(&client->tcp, true);
    echo_fill(&client->echo);
    send_message(client);
    uv_read_start((uv_stream_t *)&client->tcp, lend_own, take);
}

static void run(struct peer_args *args) {
    uv_loop_t loop;
    uv_loop_init(&loop);
    trips = args->n;
    for (int i = 0; i < args->workers; i++) {
        struct client *client = calloc(1, sizeof(*client));
        client->echo.job = i;
        client->connect.data = client;
        uv_tcp_init(&loop, &client->tcp);
        if (uv_tcp_connect(
                &client->connect, &client->tcp, (struct sockaddr *)&echo_address, connected)
            != 0)
            peer_fail("connect");
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

int main(int argc, char **argv) {
    echo_main(argc, argv, serve, run);
    return 0;
}
