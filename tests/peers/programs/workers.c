/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <pthread.h>
#include <sys/wait.h>

/* The bare system calls of a pool's start and end: all workers are started, then all are waited
 * for. Timed once, cold, as a sample of pconc is; N does not matter. */

#define WORKERS_MAX 1024

static void *nothing(void *arg) {
    return arg;
}

static void start_threads(struct peer_args *args) {
    static pthread_t threads[WORKERS_MAX];
    for (int i = 0; i < args->workers; i++)
        if (pthread_create(&threads[i], NULL, nothing, NULL) != 0)
            peer_fail("pthread_create");
    for (int i = 0; i < args->workers; i++)
        pthread_join(threads[i], NULL);
}

static void start_processes(struct peer_args *args) {
    for (int i = 0; i < args->workers; i++) {
        pid_t child = fork();
        if (child < 0)
            peer_fail("fork");
        if (child == 0)
            _exit(0);
    }
    for (int i = 0; i < args->workers; i++)
        wait(NULL);
}

int main(int argc, char **argv) {
    struct peer_args args = peer_parse(argc, argv);
    bool processes = strcmp(args.what, "processes") == 0;
    if (!processes && strcmp(args.what, "threads") != 0)
        peer_unknown(&args);
    if (args.workers > WORKERS_MAX)
        args.workers = WORKERS_MAX;
    int64_t start_ns = peer_now_ns();
    (processes ? start_processes : start_threads)(&args);
    peer_print((double)(peer_now_ns() - start_ns), args.workers);
    return 0;
}
