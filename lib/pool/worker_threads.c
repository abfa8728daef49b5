/* SPDX-License-Identifier: MIT */
#include "worker_threads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bind.h"
#include "refusal.h"

struct worker_thread {
    pthread_t thread;
    struct worker_threads *threads;
    int index;
    int code;         /* of `begin` or of the last pass; read by the opener between passes */
    struct diag diag; /* its message */
};

static void run_pass(void *arg) {
    struct worker_thread *self = arg;
    self->code = self->threads->ops->run(self->threads->pool, self->index, &self->diag);
}

static int run_call(void *arg, struct future *future) {
    struct worker_thread *self = arg;
    return self->threads->ops->call(self->threads->pool, self->index, future);
}

static const struct worker_ops simple_ops = {.run = run_pass};
static const struct worker_ops special_ops = {.run = run_pass, .call = run_call};

/* A thread whose `begin` failed also reports, and gets no pass. */
static void *thread_main(void *arg) {
    struct worker_thread *self = arg;
    struct worker_threads *threads = self->threads;
    pool_note_bound(threads->pool, self->index);
    if (threads->ops->begin)
        self->code = threads->ops->begin(threads->pool, self->index, &self->diag);
    bool begun = self->code == 0;
    if (begun)
        self->code = pool_begin_worker(threads->pool, self->index, &self->diag);
    workers_serve(threads->workers, threads->ops->call ? &special_ops : &simple_ops,
        &threads->pool->work->workers[self->index], self);
    if (begun && threads->ops->end)
        threads->ops->end(threads->pool, self->index);
    return NULL;
}

/* pthread_create returns EINVAL only where the kernel refuses the CPU. */
static int refuse_start(
    const struct worker_threads *threads, int index, int error, struct diag *diag) {
    char what[64];
    snprintf(what, sizeof(what), "worker thread %d of %d", index + 1, threads->workers->count);
    return error == EINVAL ? refused_cpu(diag, error, pool_cpu(threads->pool, index), what)
                           : refused_worker(diag, error, what);
}

/* With our own stack of the default size: all stacks are mapped and unmapped at once, not one by
 * one.
 */
static int start(struct worker_threads *threads, int index, struct diag *diag) {
    struct worker_thread *self = &threads->threads[index];
    size_t size = threads->stacks.stack_size, number;
    pthread_attr_t attributes;
    void *stack = stacks_take(&threads->stacks, &number);
    if (!stack)
        return refused_memory(diag, errno, size, "the stack of a worker thread");
    self->threads = threads;
    self->index = index;
    int error = pthread_attr_init(&attributes);
    if (error == 0) {
        error = pthread_attr_setstack(&attributes, stack, size);
        if (error == 0)
            error = -pool_bind_attributes(threads->pool, index, &attributes);
        if (error == 0)
            error = pthread_create(&self->thread, &attributes, thread_main, self);
        pthread_attr_destroy(&attributes);
    }
    if (error)
        return refuse_start(threads, index, error, diag);
    threads->started++;
    return 0;
}

static size_t default_stack_size(void) {
    pthread_attr_t attributes;
    size_t size = 0;
    if (pthread_attr_init(&attributes) != 0)
        return 0;
    pthread_attr_getstacksize(&attributes, &size);
    pthread_attr_destroy(&attributes);
    return size;
}

static int first_failure(const struct worker_threads *threads, struct diag *diag) {
    for (int i = 0; i < threads->started; i++) {
        const struct worker_thread *thread = &threads->threads[i];
        if (thread->code < 0) {
            if (diag)
                *diag = thread->diag;
            return thread->code;
        }
    }
    return 0;
}

static void release(struct worker_threads *threads) {
    stacks_release(&threads->stacks);
    free(threads->threads);
    workers_free(threads->workers);
}

int worker_threads_open(struct worker_threads *threads, struct pool *pool,
    const struct thread_ops *ops, struct diag *diag) {
    size_t count = (size_t)pool->work->options.workers;
    threads->pool = pool;
    threads->ops = ops;
    threads->started = 0;
    stacks_init(&threads->stacks, default_stack_size());
    threads->threads = calloc(count, sizeof(*threads->threads));
    threads->workers = workers_new(pool);
    if (!threads->threads || !threads->workers) {
        release(threads);
        return refused_memory(diag, ENOMEM, count * sizeof(*threads->threads), "worker threads");
    }
    threads->workers->queue = ops->takes_calls ? pool->queue : NULL;
    int code = 0;
    for (int i = 0; code == 0 && i < threads->workers->count; i++)
        code = start(threads, i, diag);
    if (code == 0) {
        workers_await(threads->workers);
        code = first_failure(threads, diag);
    }
    if (code < 0)
        worker_threads_close(threads);
    return code;
}

int worker_threads_run(struct worker_threads *threads, struct diag *diag) {
    workers_start(threads->workers);
    workers_await(threads->workers);
    return first_failure(threads, diag);
}

void worker_threads_close(struct worker_threads *threads) {
    workers_stop(threads->workers);
    for (int i = 0; i < threads->started; i++)
        pthread_join(threads->threads[i].thread, NULL);
    release(threads);
}
