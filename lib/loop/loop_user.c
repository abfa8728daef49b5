/* SPDX-License-Identifier: MIT */
#include <pconc/loop.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "loop_internal.h"
#include "refusal.h"
#include "task_tree.h"

/* The loop that a program makes with loop_new. */
struct user_loop {
    struct loop loop; /* first: its address is the handle */
    pthread_t thread; /* made it; no other thread may run it */
    bool runs;
    bool broken;
};

#define DEFAULT_STACK_SIZE ((size_t)64 << 10)
#define MIN_STACK_SIZE ((size_t)16 << 10)

int loop_new(const struct loop_options *options, struct loop **ret_loop, struct diag *diag) {
    static const struct loop_options defaults;
    options = options ? options : &defaults;
    struct loop_options all = *options;
    if (all.stack_size == 0)
        all.stack_size = DEFAULT_STACK_SIZE;
    if (all.stack_size < MIN_STACK_SIZE)
        return diag_set(diag, -EINVAL,
            "a stack of %zu bytes is too small for a task; use at least %zu", all.stack_size,
            MIN_STACK_SIZE);
    struct user_loop *self = calloc(1, sizeof(*self));
    if (!self)
        return diag_no_memory(diag, "an event loop");
    self->thread = pthread_self();
    int code = loop_init(&self->loop, &all, diag);
    if (code == 0) {
        code = loop_open_inbox(&self->loop, diag);
        if (code < 0)
            loop_release(&self->loop);
    }
    if (code < 0) {
        free(self);
        return code;
    }
    self->loop.expected++; /* the posts of loop_submit */
    *ret_loop = &self->loop;
    return 0;
}

void loop_free(struct loop *loop) {
    if (!loop)
        return;
    loop->ends = true;
    loop_run_posts(loop);
    loop_release(loop);
    free(loop);
}

static int check_run(const struct user_loop *self, struct diag *diag) {
    if (!pthread_equal(self->thread, pthread_self()))
        return diag_set(
            diag, -EPERM, "an event loop runs in the thread that made it; make one in each thread");
    if (self->runs)
        return diag_set(diag, -EBUSY,
            "this event loop runs already; a task of it starts others with task_spawn");
    if (self->broken)
        return diag_set(diag, -EOWNERDEAD, "this event loop is broken; make a new one");
    return 0;
}

static int run_tasks(struct user_loop *self, struct diag *diag) {
    int code = 0;
    self->runs = true;
    while (code == 0 && self->loop.spawned > 0)
        code = loop_step(&self->loop, diag);
    self->runs = false;
    self->broken = code < 0;
    return code;
}

int loop_run(struct loop *loop, task_function *fn, void *arg, struct diag *diag) {
    struct user_loop *self = (struct user_loop *)loop;
    int code = check_run(self, diag);
    if (code < 0)
        return code;
    struct coroutine *task = task_start(loop, fn, arg);
    if (!task)
        return refused_memory(diag, errno, self->loop.stacks.stack_size, "the stack of a task");
    code = run_tasks(self, diag);
    if (code < 0)
        return code;
    code = task->woken_with;
    if (code < 0)
        diag_set(diag, code, "%s", task->error ? task->error : strerror(-code));
    task_collect(task);
    return code;
}
