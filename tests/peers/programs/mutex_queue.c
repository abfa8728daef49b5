/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <pthread.h>

/* Plain C: one thread puts N jobs one by one into a ring under a mutex, workers take them out; ends
 * when all are done. */

#define RING 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER, room = PTHREAD_COND_INITIALIZER,
                      empty = PTHREAD_COND_INITIALIZER;
static struct {
    peer_job_function *job;
    int64_t i;
} ring[RING];
static uint64_t put, taken, done;

static void *work(void *arg) {
    pthread_mutex_lock(&lock);
    for (;;) {
        while (put == taken)
            pthread_cond_wait(&more, &lock);
        peer_job_function *job = ring[taken % RING].job;
        int64_t i = ring[taken++ % RING].i;
        pthread_cond_signal(&room);
        pthread_mutex_unlock(&lock);
        job(NULL, i, NULL, NULL);
        pthread_mutex_lock(&lock);
        if (++done == put)
            pthread_cond_signal(&empty);
    }
    return arg;
}

static void run(struct peer_args *args) {
    for (int64_t i = 0; i < args->n; i++) {
        pthread_mutex_lock(&lock);
        while (put - taken == RING)
            pthread_cond_wait(&room, &lock);
        ring[put % RING].job = peer_job;
        ring[put++ % RING].i = i;
        pthread_mutex_unlock(&lock);
        pthread_cond_signal(&more);
    }
    pthread_mutex_lock(&lock);
    while (done != put)
        pthread_cond_wait(&empty, &lock);
    pthread_mutex_unlock(&lock);
}

int main(int argc, char **argv) {
    struct peer_args args = peer_parse(argc, argv);
    pthread_t thread;
    for (int i = 0; i < args.workers; i++)
        if (pthread_create(&thread, NULL, work, NULL) != 0)
            peer_fail("pthread_create");
    peer_print(peer_repeat(run, &args), (double)args.n);
    return 0;
}
