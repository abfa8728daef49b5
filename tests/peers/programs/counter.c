/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* Plain C: workers that wait at a barrier (threads, or processes in shared memory) claim N jobs
 * from one counter, one at a time. */

struct shared {
    _Alignas(64) _Atomic int64_t next;
    _Alignas(64) _Atomic int64_t done;
    int64_t n;
    pthread_barrier_t start, end;
    bool stop;
};

static struct shared *shared;

static void *work(void *arg) {
    (void)arg;
    for (;;) {
        pthread_barrier_wait(&shared->start);
        if (shared->stop)
            return NULL;
        peer_job_function *job = peer_job;
        int64_t i, n = shared->n, done = 0;
        while ((i = atomic_fetch_add_explicit(&shared->next, 1, memory_order_relaxed)) < n)
            done += !job(NULL, i, NULL, NULL);
        shared->done += done;
        pthread_barrier_wait(&shared->end);
    }
}

static void run(struct peer_args *args) {
    shared->next = shared->done = 0;
    pthread_barrier_wait(&shared->start);
    pthread_barrier_wait(&shared->end);
    peer_check(shared->done, args->n);
}

static void start_worker(bool process) {
    pthread_t thread;
    if (!process && pthread_create(&thread, NULL, work, NULL) == 0)
        return;
    pid_t child = process ? fork() : -1;
    if (child < 0)
        peer_fail("a worker");
    if (child == 0) {
        work(NULL);
        _exit(0);
    }
}

int main(int argc, char **argv) {
    struct peer_args args = peer_parse(argc, argv);
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        peer_fail("mmap");
    pthread_barrier_init(&shared->start, &attributes, (unsigned)args.workers + 1);
    pthread_barrier_init(&shared->end, &attributes, (unsigned)args.workers + 1);
    shared->n = args.n;
    for (int i = 0; i < args.workers; i++)
        start_worker(strcmp(args.what, "processes") == 0);
    peer_print(peer_repeat(run, &args), (double)args.n);
    shared->stop = true;
    pthread_barrier_wait(&shared->start);
    while (wait(NULL) > 0)
        ;
}
