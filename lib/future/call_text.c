/* SPDX-License-Identifier: MIT */
#include "call_queue.h"

#include <string.h>

/* Sentences of calls that failed: a few slots in the mapping, taken without a lock. Where none is
 * left the code alone tells. */

static int take_slot(struct call_queue *queue) {
    uint64_t used = atomic_load_explicit(&queue->texts_used, memory_order_relaxed);
    while (~used) {
        int slot = __builtin_ctzll(~used);
        if (atomic_compare_exchange_weak_explicit(&queue->texts_used, &used,
                used | UINT64_C(1) << slot, memory_order_acquire, memory_order_relaxed))
            return slot;
    }
    return -1;
}

void call_note_failure(struct future *call, const char *text) {
    struct call_queue *queue = call_calls(call)->queue;
    if (call->text == 0)
        call->text = (uint32_t)(take_slot(queue) + 1);
    if (call->text == 0)
        return;
    char *to = queue->texts[call->text - 1];
    strncpy(to, text, CALL_TEXT_SIZE - 1);
    to[CALL_TEXT_SIZE - 1] = 0;
}

const char *call_failure(const struct future *call) {
    const struct call_queue *queue = call_calls(call)->queue;
    return call->text > 0 && call->text <= CALL_TEXTS ? queue->texts[call->text - 1] : "";
}

void call_forget_text(struct future *call) {
    if (call->text > 0 && call->text <= CALL_TEXTS)
        atomic_fetch_and_explicit(&call_calls(call)->queue->texts_used,
            ~(UINT64_C(1) << (call->text - 1)), memory_order_release);
}
