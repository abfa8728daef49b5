/* SPDX-License-Identifier: MIT */
#include "thread_crew.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "refusal.h"

struct crew_thread {
    pthread_t thread;
    struct thread_crew *threads;
    int index;
    int code;         /* of `begin` or of the last round; read by the opener between rounds */
    struct diag diag; /* goes with it */
};

static void run_round(void *arg) {
    struct crew_thread *self = arg;
    self->code = self->threads->duty->round(self->threads->pool, self->index, &self->diag);
}

static int run_call(void *arg, struct future *call) {
    struct crew_thread *self = arg;
    return self->threads->duty->call(self->threads->pool, self->index, call);
}

static const struct crew_duty simple_duty = {.round = run_round};
static const struct crew_duty special_duty = {.round = run_round, .call = run_call};

/* A thread that could not begin reports in all the same; it is not given a round. */
static void *thread_main(void *arg) {
    struct crew_thread *self = arg;
    struct thread_crew *threads = self->threads;
    if (threads->duty->begin)
        self->code = threads->duty->begin(threads->pool, self->index, &self->diag);
    bool begun = self->code == 0;
    if (begun)
        self->code = pool_begin_worker(threads->pool, self->index, &self->diag);
    crew_serve(threads->crew, threads->duty->call ? &special_duty : &simple_duty,
        &threads->pool->work->workers[self->index], self);
    if (begun && threads->duty->end)
        threads->duty->end(threads->pool, self->index);
    return NULL;
}

/* On a stack of ours, of the size that the system gives threads: all of them are mapped, and
 * unmapped at the end, at once, which a thread that comes and goes by itself does one by one. */
static int start(struct thread_crew *threads, int index, struct diag *diag) {
    struct crew_thread *self = &threads->threads[index];
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
            error = pthread_create(&self->thread, &attributes, thread_main, self);
        pthread_attr_destroy(&attributes);
    }
    if (error) {
        char what[64];
        snprintf(what, sizeof what, "worker thread %d of %d", index + 1, threads->crew->workers);
        return refused_worker(diag, error, what);
    }
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

static int first_failure(const struct thread_crew *threads, struct diag *diag) {
    for (int i = 0; i < threads->started; i++) {
        const struct crew_thread *thread = &threads->threads[i];
        if (thread->code < 0) {
            if (diag)
                *diag = thread->diag;
            return thread->code;
        }
    }
    return 0;
}

static void release(struct thread_crew *threads) {
    stacks_release(&threads->stacks);
    free(threads->threads);
    crew_free(threads->crew);
}

int thread_crew_open(struct thread_crew *threads, struct pool *pool, const struct thread_duty *duty,
    const union param_value *params, struct diag *diag) {
    size_t count = (size_t)pool->work->options.workers;
    threads->pool = pool;
    threads->duty = duty;
    threads->started = 0;
    stacks_init(&threads->stacks, default_stack_size());
    threads->threads = calloc(count, sizeof *threads->threads);
    threads->crew = crew_new(pool->work, params);
    if (!threads->threads || !threads->crew) {
        release(threads);
        return refused_memory(diag, ENOMEM, count * sizeof *threads->threads, "worker threads");
    }
    threads->crew->calls = duty->takes_calls ? pool->calls : NULL;
    int code = 0;
    for (int i = 0; code == 0 && i < threads->crew->workers; i++)
        code = start(threads, i, diag);
    if (code == 0) {
        crew_await(threads->crew);
        code = first_failure(threads, diag);
    }
    if (code < 0)
        thread_crew_close(threads);
    return code;
}

int thread_crew_run(struct thread_crew *threads, struct diag *diag) {
    crew_start(threads->crew);
    crew_await(threads->crew);
    return first_failure(threads, diag);
}

void thread_crew_close(struct thread_crew *threads) {
    crew_stop(threads->crew);
    for (int i = 0; i < threads->started; i++)
        pthread_join(threads->threads[i].thread, NULL);
    release(threads);
}
