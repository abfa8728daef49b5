/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "queue_memory.h"

static bool has_ended(void *future) {
    return future_has_ended(future);
}

/* The host is read without the mutex: only the opener closes the pool. */
int queue_run(struct queue *queue, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    if (!pthread_equal(queue->opener, pthread_self()))
        return -EPERM;
    return queue->host ? queue->host->run(queue->context, over, arg, deadline_ns) : -EDEADLK;
}

int queue_run_until(struct queue *queue, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    int code = queue_run(queue, over, arg, deadline_ns);
    return code == -EAGAIN || code == -EPERM ? -EDEADLK : code;
}

int future_wait(struct future *future, int64_t deadline_ns) {
    if (future_has_ended(future))
        return 0;
    struct queue *queue = future_queue(future);
    if (queue->runs)
        return queue_run_until(queue, has_ended, future, deadline_ns);
    if (look_a_little(has_ended, future))
        return 0;
    while (future_mark(future, STATE_WAITED)) {
        uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
        if (state_is_unfinished(state)
            && queue_sleep(queue, &future->state, state, deadline_ns) < 0)
            return future_has_ended(future) ? 0 : -ETIMEDOUT;
    }
    return 0;
}

enum future_state future_state(struct future *future) {
    struct queue *queue = future_queue(future);
    if (queue->shared && !future_has_ended(future))
        queue_check_workers(queue);
    switch (future_phase(atomic_load_explicit(&future->state, memory_order_acquire))) {
    case STATE_PENDING:
        return FUTURE_PENDING;
    case STATE_RUNNING:
        return FUTURE_RUNNING;
    case STATE_CANCELLED:
        return FUTURE_CANCELLED;
    default:
        return FUTURE_DONE;
    }
}

static int raise_failure(struct future *future, struct diag *diag) {
    struct queue *queue = future_queue(future);
    if (future->text == TEXT_LOST) {
        pthread_mutex_lock(&queue->mutex);
        int code = diag_set(diag, -EOWNERDEAD, "%s", queue->lost.text);
        pthread_mutex_unlock(&queue->mutex);
        return code;
    }
    const char *text = future_failure(future);
    if (*text)
        return diag_set(diag, future->code, "%s", text);
    return diag_set(diag, future->code, "the call failed: %s", strerror(-future->code));
}

int future_result(struct future *future, void *ret_result, struct diag *diag) {
    int code = future_wait(future, TASK_FOREVER);
    if (code == -EDEADLK)
        return diag_set(diag, code,
            "this call can only run in the thread that opened its pool, while that waits outside "
            "of the pool's jobs and calls; wait for it there, in a call with task_await_future");
    if (code < 0)
        return diag_set(diag, code, "cannot wait for a call: %s", strerror(-code));
    uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
    if (future_phase(state) == STATE_CANCELLED)
        return diag_set(diag, -ECANCELED, "the call was cancelled before it started");
    if (future->code < 0)
        return raise_failure(future, diag);
    const struct queue *queue = future_queue(future);
    if (ret_result && queue->result_size > 0)
        memcpy(ret_result, (char *)future + queue->result_at, queue->result_size);
    return 0;
}

/* The call runs. */
static void tell_cancelled(struct future *future) {
    struct queue *queue = future_queue(future);
    pthread_mutex_lock(&queue->mutex);
    if (queue->host && queue->host->cancel && !future_has_ended(future))
        queue->host->cancel(queue->context, future);
    pthread_mutex_unlock(&queue->mutex);
}

int future_cancel(struct future *future) {
    struct queue *queue = future_queue(future);
    uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
    while (state_is_unfinished(state)) {
        bool pending = future_phase(state) == STATE_PENDING;
        uint32_t next = pending ? state - STATE_PENDING + STATE_CANCELLED : state | STATE_STOP;
        if (!atomic_compare_exchange_weak_explicit(
                &future->state, &state, next, memory_order_acq_rel, memory_order_acquire))
            continue;
        if (!pending && (state & STATE_STOP) == 0)
            tell_cancelled(future);
        if (!pending)
            return -EALREADY;
        future_tell(future, state, queue->shared);
        queue_wake_opener(queue);
        return 0;
    }
    return -EALREADY;
}

void future_give_back(struct future *future, bool lent) {
    struct queue *queue = future_queue(future);
    bool alone = queue->alone;
    if (atomic_load_explicit(&future->state, memory_order_relaxed) & STATE_HOOKED)
        future_drop_hooks(future);
    uint32_t old = atomic_fetch_or_explicit(&future->state, STATE_DROPPED, memory_order_acq_rel);
    bool mine = future_phase(old) == STATE_DONE || old & STATE_PASSED;
    if (mine)
        future_forget_text(future);
    if (!alone)
        queue_drop_handle(queue, mine ? future : NULL, lent);
    else if (mine)
        queue_free_alone(queue);
}

void future_free(struct future *future) {
    if (future)
        future_give_back(future, false);
}
