/* SPDX-License-Identifier: MIT */
#ifndef PEER_ECHO_H
#define PEER_ECHO_H

/*
 * Shared by the echo programs in C and C++: WORKERS connections from one process to a server in
 * another one, each with N round trips of ECHO_SIZE different bytes, which are compared. The client
 * closes with a reset, so that no port stays in use, like pconc's workload echo.
 */

#include "peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define ECHO_SIZE 64

static struct sockaddr_in echo_address; /* where the server listens */

/* The client's side of a connection. */
struct echo {
    int64_t job, trip;
    char sent[ECHO_SIZE], got[ECHO_SIZE];
};

static inline void echo_fill(struct echo *echo) {
    uint64_t token = (uint64_t)echo->job * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)echo->trip;
    for (int i = 0; i < ECHO_SIZE; i++)
        echo->sent[i] = (char)((token >> i % 8 * 8) + (unsigned)i);
}

/* After an answer: returns whether the connection goes on, and prepares its next message. */
static inline bool echo_next(struct echo *echo, int64_t trips) {
    if (memcmp(echo->sent, echo->got, ECHO_SIZE) != 0) {
        fprintf(stderr, "another message came back\n");
        exit(1);
    }
    if (++echo->trip == trips)
        return false;
    echo_fill(echo);
    return true;
}

static inline void echo_socket(int fd, bool client) {
    const int on = 1;
    const struct linger reset = {1, 0};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (client)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

/* Makes a listening socket, and sets echo_address. */
static inline int echo_listen(struct sockaddr_in *address) {
    socklen_t size = sizeof(*address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    memset(address, 0, sizeof(*address));
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)address, size) != 0 || listen(fd, 1 << 15) != 0
        || getsockname(fd, (struct sockaddr *)address, &size) != 0)
        peer_fail("listen");
    return fd;
}

/* Forks the server, which ends with its client, and times the client. */
static inline void echo_main(
    int argc, char **argv, void (*serve)(int listen_fd), void (*run)(struct peer_args *)) {
    struct peer_args args = peer_parse(argc, argv);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    int listen_fd = echo_listen(&echo_address);
    pid_t server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listen_fd);
        _exit(1);
    }
    close(listen_fd);
    if (server < 0)
        peer_fail("fork");
    peer_print(peer_repeat(run, &args), (double)(args.n * args.workers));
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

#endif
