/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "call_queue.h"

static bool has_ended(void *future) {
    return call_has_ended(future);
}

/* Only the opener looks at the host: it alone closes the pool. */
int calls_run(struct calls *calls, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    if (!pthread_equal(calls->opener, pthread_self()))
        return -EPERM;
    return calls->host ? calls->host->run(calls->context, over, arg, deadline_ns) : -EDEADLK;
}

int calls_run_until(struct calls *calls, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    int code = calls_run(calls, over, arg, deadline_ns);
    return code == -EAGAIN || code == -EPERM ? -EDEADLK : code;
}

int future_wait(struct future *future, int64_t deadline_ns) {
    if (call_has_ended(future))
        return 0;
    struct calls *calls = call_calls(future);
    if (calls->runs)
        return calls_run_until(calls, has_ended, future, deadline_ns);
    if (look_a_little(has_ended, future))
        return 0;
    while (call_mark(future, CALL_WAITED)) {
        uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
        if (call_is_unfinished(state) && calls_sleep(calls, &future->state, state, deadline_ns) < 0)
            return call_has_ended(future) ? 0 : -ETIMEDOUT;
    }
    return 0;
}

enum future_state future_state(struct future *future) {
    struct calls *calls = call_calls(future);
    if (calls->shared && !call_has_ended(future))
        calls_look(calls);
    switch (call_phase(atomic_load_explicit(&future->state, memory_order_acquire))) {
    case CALL_PENDING:
        return FUTURE_PENDING;
    case CALL_RUNNING:
        return FUTURE_RUNNING;
    case CALL_CANCELLED:
        return FUTURE_CANCELLED;
    default:
        return FUTURE_DONE;
    }
}

static int raise_failure(struct future *future, struct diag *diag) {
    struct calls *calls = call_calls(future);
    if (future->text == CALL_LOST) {
        pthread_mutex_lock(&calls->mutex);
        int code = diag_set(diag, -EOWNERDEAD, "%s", calls->lost.text);
        pthread_mutex_unlock(&calls->mutex);
        return code;
    }
    const char *text = call_failure(future);
    if (*text)
        return diag_set(diag, future->code, "%s", text);
    return diag_set(diag, future->code, "the call failed: %s", strerror(-future->code));
}

int future_result(struct future *future, void *ret_result, struct diag *diag) {
    int code = future_wait(future, TASK_FOREVER);
    if (code == -EDEADLK)
        return diag_set(diag, code,
            "this call can only run in the thread that opened its pool, while that waits outside "
            "of "
            "the pool's jobs and calls; wait for it there, in a call with task_await_future");
    if (code < 0)
        return diag_set(diag, code, "cannot wait for a call: %s", strerror(-code));
    uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
    if (call_phase(state) == CALL_CANCELLED)
        return diag_set(diag, -ECANCELED, "the call was cancelled before it started");
    if (future->code < 0)
        return raise_failure(future, diag);
    const struct calls *calls = call_calls(future);
    if (ret_result && calls->result_size > 0)
        memcpy(ret_result, (char *)future + calls->result_at, calls->result_size);
    return 0;
}

/* A running one. */
static void tell_cancelled(struct future *future) {
    struct calls *calls = call_calls(future);
    pthread_mutex_lock(&calls->mutex);
    if (calls->host && calls->host->cancel && !call_has_ended(future))
        calls->host->cancel(calls->context, future);
    pthread_mutex_unlock(&calls->mutex);
}

int future_cancel(struct future *future) {
    struct calls *calls = call_calls(future);
    uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
    while (call_is_unfinished(state)) {
        bool pending = call_phase(state) == CALL_PENDING;
        uint32_t next = pending ? state - CALL_PENDING + CALL_CANCELLED : state | CALL_TOLD;
        if (!atomic_compare_exchange_weak_explicit(
                &future->state, &state, next, memory_order_acq_rel, memory_order_acquire))
            continue;
        if (!pending && (state & CALL_TOLD) == 0)
            tell_cancelled(future);
        if (!pending)
            return -EALREADY;
        call_tell(future, state, calls->shared);
        calls_wake_opener(calls);
        return 0;
    }
    return -EALREADY;
}

void call_give_back(struct future *future, bool lent) {
    struct calls *calls = call_calls(future);
    bool alone = calls->alone;
    if (atomic_load_explicit(&future->state, memory_order_relaxed) & CALL_HOOKED)
        call_drop_hooks(future);
    uint32_t old = atomic_fetch_or_explicit(&future->state, CALL_DROPPED, memory_order_acq_rel);
    bool mine = call_phase(old) == CALL_DONE || old & CALL_PASSED;
    if (mine)
        call_forget_text(future);
    if (!alone)
        calls_drop_handle(calls, mine ? future : NULL, lent);
    else if (mine)
        calls_free_alone(calls);
}

void future_free(struct future *future) {
    if (future)
        call_give_back(future, false);
}
