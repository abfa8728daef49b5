/* SPDX-License-Identifier: MIT */
#include "task_tree.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/*
 * A task that has ended is kept, with its result, until it is collected: by the task that awaits
 * it, or at the end of the task that started it. A task that awaits others has the number of those
 * that have not ended in its own record, and they count it down. So nobody but the waiter reads its
 * array of tasks, before and after the wait.
 *
 * A task owns the tasks that it started, until they are awaited or detached. At its end, those that
 * have ended are collected. The others are collected at their own end; they look into the record of
 * their owner, so that is kept until then.
 */

static void list_ended(struct coroutine *child) {
    struct coroutine *owner = child->owner;
    child->previous = NULL;
    child->next = owner->ended;
    if (child->next)
        child->next->previous = child;
    owner->ended = child;
}

static void unlist_ended(struct coroutine *child) {
    if (child->previous)
        child->previous->next = child->next;
    else
        child->owner->ended = child->next;
    if (child->next)
        child->next->previous = child->previous;
}

void task_forget_error(struct coroutine *self) {
    if (!self->error)
        return;
    free(self->error);
    self->error = NULL;
}

/* Only its children may still need the record of an ended task. */
static void give_back(struct coroutine *ended) {
    task_forget_error(ended);
    ended->kept = ended->over = ended->children > 0;
    if (!ended->over)
        loop_recycle(ended);
}

void task_collect(struct coroutine *ended) {
    if (ended->owner && !ended->awaited)
        unlist_ended(ended);
    give_back(ended);
}

void task_forget_children(struct coroutine *self) {
    while (self->ended)
        task_collect(self->ended);
}

/* A child that has not ended leaves the task that started it. */
static void leave_owner(struct coroutine *child) {
    struct coroutine *owner = child->owner;
    owner->children--;
    if (owner->over && owner->children == 0)
        loop_recycle(owner);
}

static void note_end(struct coroutine *awaiter, struct coroutine *ended) {
    struct task_join *join = &awaiter->join;
    bool fails = ended->woken_with < 0 && join->fail_fast;
    if (fails && !join->failed)
        join->failed = ended;
    join->pending--;
    if (join->pending == 0 && join->drains)
        loop_ready(awaiter);
    else if (join->pending == 0 || fails)
        loop_wake(awaiter, 0);
}

static int run_task(struct coroutine *self) {
    return self->start.fn(&self->task, self->start.arg);
}

void task_end_alone(struct coroutine *self) {
    task_forget_error(self);
    task_forget_children(self);
    self->kept = self->over = self->children > 0;
}

static bool end_task(struct coroutine *self, int code) {
    struct coroutine *owner = self->owner;
    bool has_starter = owner && !self->awaited;
    self->loop->spawned--;
    self->woken_with = code;
    task_forget_children(self);
    if (self->detached || (has_starter && owner->kept)) {
        task_end_alone(self);
    } else {
        self->kept = true;
        if (owner && self->awaited)
            note_end(owner, self);
        else if (owner)
            list_ended(self);
    }
    if (has_starter)
        leave_owner(self);
    return false;
}

static const struct coroutine_kind task_kind = {
    .ops = LOOP_TASK_OPS, .run = run_task, .end = end_task};

struct coroutine *task_start(struct loop *loop, task_function *fn, void *arg) {
    struct coroutine *task = loop_coroutine(loop, &task_kind);
    if (!task)
        return NULL;
    task->start = (struct task_start){.fn = fn, .arg = arg};
    loop->spawned++;
    loop_ready(task);
    return task;
}

int task_spawn(struct task *task, task_function *fn, void *arg, struct task **ret_child) {
    struct coroutine *self = task_coroutine(task);
    if (!self)
        return -ENOTSUP;
#ifndef NDEBUG
    if (loop_shares(self->loop, arg))
        return -EFAULT;
#endif
    struct coroutine *child = task_start(self->loop, fn, arg);
    if (!child)
        return -ENOMEM;
    child->owner = self;
    self->children++;
    *ret_child = &child->task;
    return 0;
}

/* The end of the child counts for the join of `self` from now on. */
static void add_to_join(struct coroutine *self, struct coroutine *child) {
    struct task_join *join = &self->join;
    if (!child->kept) {
        leave_owner(child);
        join->pending++;
    } else {
        unlist_ended(child);
        if (child->woken_with < 0 && join->fail_fast && !join->failed)
            join->failed = child;
    }
    child->owner = self;
    child->awaited = true;
}

/* Cancels those that have not ended and waits for them, even if `self` is cancelled. */
static void cancel_and_drain(struct coroutine *self, struct task *const *children, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct coroutine *child = (struct coroutine *)children[i];
        if (!child->kept)
            loop_cancel(child);
    }
    self->join.drains = true;
    loop_suspend(self);
}

/* Returns when all have ended: 0, or why it cancelled some (-ECANCELED, -ETIMEDOUT, -ENOMEM). With
 * fail_fast it also cancels the others when one fails, and returns 0; that one is in
 * self->join.failed. The caller collects all. */
static int join(struct coroutine *self, struct task *const *children, size_t count, bool fail_fast,
    int64_t deadline_ns) {
    self->join = (struct task_join){.fail_fast = fail_fast};
    for (size_t i = 0; i < count; i++)
        add_to_join(self, (struct coroutine *)children[i]);
    if (self->join.pending == 0)
        return 0;
    int code = 0;
    int64_t start_ns = task_wait_begins(&self->task);
    if (!self->join.failed)
        code = loop_wait(self, deadline_ns);
    if (self->join.pending > 0)
        cancel_and_drain(self, children, count);
    task_wait_ends(&self->task, start_ns);
    return code;
}

/* Takes the sentence of `failed`, which may be NULL. */
static void raise_error(struct coroutine *self, struct coroutine *failed) {
    task_forget_error(self);
    if (!failed)
        return;
    self->error = failed->error;
    failed->error = NULL;
}

int task_await_until(struct task *task, struct task *child, int64_t deadline_ns) {
    struct coroutine *self = task_coroutine(task);
    if (!self)
        return -ENOTSUP;
    if (child == task)
        return -EDEADLK;
    struct coroutine *awaited = (struct coroutine *)child;
    int code = join(self, &child, 1, true, deadline_ns);
    bool raises = code == 0 && awaited->woken_with != 0;
    if (raises || (code == -ETIMEDOUT && awaited->woken_with == 0))
        code = awaited->woken_with;
    if (code < 0)
        raise_error(self, raises ? awaited : NULL);
    task_collect(awaited);
    return code;
}

int task_await(struct task *task, struct task *child) {
    return task_await_until(task, child, TASK_FOREVER);
}

int task_gather(struct task *task, struct task *const *children, size_t count, int *ret_codes) {
    struct coroutine *self = task_coroutine(task);
    if (!self)
        return -ENOTSUP;
    if (count > INT_MAX)
        return -EINVAL;
    int code = join(self, children, count, !ret_codes, TASK_FOREVER);
    struct coroutine *failed = code == 0 ? self->join.failed : NULL;
    bool stores = code == 0 && ret_codes;
    if (failed)
        code = failed->woken_with;
    if (code < 0)
        raise_error(self, failed);
    for (size_t i = 0; i < count; i++) {
        struct coroutine *child = (struct coroutine *)children[i];
        if (stores)
            ret_codes[i] = child->woken_with;
        task_collect(child);
    }
    return code;
}

void task_detach(struct task *child) {
    struct coroutine *detached = (struct coroutine *)child;
    if (detached->kept) {
        task_collect(detached);
        return;
    }
    leave_owner(detached);
    detached->owner = NULL;
    detached->detached = true;
}

void task_cancel(struct task *child) {
    struct coroutine *cancelled = (struct coroutine *)child;
    if (!cancelled->kept)
        loop_cancel(cancelled);
}

int task_timeout(struct task *task, int64_t duration_ns, task_function *fn, void *arg) {
    struct task *child = NULL;
    int64_t deadline_ns = clock_deadline(clock_now_ns(), duration_ns);
    int code = task_spawn(task, fn, arg, &child);
    return code < 0 ? code : task_await_until(task, child, deadline_ns);
}

bool task_is_cancelled(const struct task *task) {
    if (task->ops->in_loop)
        return ((const struct coroutine *)task)->cancelled;
    return task->ops->is_cancelled && task->ops->is_cancelled(task);
}

/* The last sentence of a task that blocks its thread. */
static _Thread_local struct {
    const struct task *task;
    int64_t job;
    char text[DIAG_TEXT_SIZE];
} blocking_error;

void task_keep_error(struct task *task, const char *text) {
    struct coroutine *self = task_coroutine(task);
    if (self) {
        task_forget_error(self);
        self->error = *text ? strdup(text) : NULL;
        return;
    }
    blocking_error.task = task;
    blocking_error.job = task->job;
    snprintf(blocking_error.text, sizeof(blocking_error).text, "%s", text);
}

const char *task_error(const struct task *task) {
    if (task->ops->in_loop) {
        const struct coroutine *self = (const struct coroutine *)task;
        return self->error ? self->error : "";
    }
    bool mine = blocking_error.task == task && blocking_error.job == task->job;
    return mine ? blocking_error.text : "";
}
