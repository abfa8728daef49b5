/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The bare system calls of a pool's start and end: starts all workers, then waits for the end of
 * all. In `...-ready` the starter also waits until each worker has reported, and each worker sleeps
 * until it is stopped: the minimum of a pool. Timed once, cold, like a sample of pconc. N is
 * ignored. */

#define WORKERS_MAX 1024

static struct board {
    _Atomic int ready, ends;
} * board; /* shared with processes; NULL: workers do not report */
static int workers;

static void sleep_while(_Atomic int *word, int value) {
    syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void wake(_Atomic int *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

static void be_ready(void) {
    if (!board)
        return;
    if (atomic_fetch_add(&board->ready, 1) + 1 == workers)
        wake(&board->ready, 1);
    while (!atomic_load(&board->ends))
        sleep_while(&board->ends, 0);
}

static void await_and_end(void) {
    int ready;
    if (!board)
        return;
    while ((ready = atomic_load(&board->ready)) < workers)
        sleep_while(&board->ready, ready);
    atomic_store(&board->ends, 1);
    wake(&board->ends, WORKERS_MAX);
}

static void *thread_main(void *arg) {
    be_ready();
    return arg;
}

static void start_threads(void) {
    static pthread_t threads[WORKERS_MAX];
    for (int i = 0; i < workers; i++)
        if (pthread_create(&threads[i], NULL, thread_main, NULL) != 0)
            peer_fail("pthread_create");
    await_and_end();
    for (int i = 0; i < workers; i++)
        pthread_join(threads[i], NULL);
}

static void start_processes(void) {
    for (int i = 0; i < workers; i++) {
        pid_t child = fork();
        if (child < 0)
            peer_fail("fork");
        if (child == 0) {
            be_ready();
            _exit(0);
        }
    }
    await_and_end();
    for (int i = 0; i < workers; i++)
        wait(NULL);
}

int main(int argc, char **argv) {
    struct peer_args args = peer_parse(argc, argv);
    bool threads_ready = strcmp(args.what, "threads-ready") == 0;
    bool processes_ready = strcmp(args.what, "processes-ready") == 0;
    bool processes = strcmp(args.what, "processes") == 0 || processes_ready;
    if (!processes && !threads_ready && strcmp(args.what, "threads") != 0)
        peer_unknown(&args);
    workers = args.workers < WORKERS_MAX ? args.workers : WORKERS_MAX;
    if (threads_ready || processes_ready) {
        board =
            mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (board == MAP_FAILED)
            peer_fail("mmap");
        atomic_store(&board->ready, 0); /* maps its page before the clock starts */
    }
    int64_t start_ns = peer_now_ns();
    (processes ? start_processes : start_threads)();
    peer_print((double)(peer_now_ns() - start_ns), workers);
    return 0;
}
