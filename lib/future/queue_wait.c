/* SPDX-License-Identifier: MIT */
#include "queue_memory.h"

#include <sched.h>

#include "futex.h"

/* How threads sleep until a call has ended. */

bool look_a_little(bool (*over)(void *arg), void *arg) {
    for (int look = 0; look < LOOKS_BEFORE_SLEEP; look++) {
        if (over(arg))
            return true;
        sched_yield();
    }
    return over(arg);
}

int queue_sleep(struct queue *queue, _Atomic uint32_t *word, uint32_t seen, int64_t deadline_ns) {
    if (!queue->shared)
        return futex_wait(word, seen, deadline_ns, false);
    int64_t look_ns = clock_now_ns() + LOOK_NS;
    if (futex_wait(word, seen, deadline_ns < look_ns ? deadline_ns : look_ns, true) == 0)
        return 0;
    queue_check_workers(queue);
    return deadline_ns < look_ns ? -ETIMEDOUT : 0;
}

bool future_mark(struct future *future, uint32_t mark) {
    uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
    while (state_is_unfinished(state))
        if (state & mark
            || atomic_compare_exchange_weak_explicit(
                &future->state, &state, state | mark, memory_order_seq_cst, memory_order_acquire))
            return true;
    return false;
}
