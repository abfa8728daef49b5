/* SPDX-License-Identifier: MIT */
#include "queue_memory.h"

#include <string.h>

/* Messages of failed calls: a few slots in the mapping, taken without a lock. If all are taken, a
 * failed call has only its code. */

static int take_slot(struct queue_memory *memory) {
    uint64_t used = atomic_load_explicit(&memory->texts_used, memory_order_relaxed);
    while (~used) {
        int slot = __builtin_ctzll(~used);
        if (atomic_compare_exchange_weak_explicit(&memory->texts_used, &used,
                used | UINT64_C(1) << slot, memory_order_acquire, memory_order_relaxed))
            return slot;
    }
    return -1;
}

void future_note_failure(struct future *future, const char *text) {
    struct queue_memory *memory = future_queue(future)->memory;
    if (future->text == 0)
        future->text = (uint32_t)(take_slot(memory) + 1);
    if (future->text == 0)
        return;
    char *to = memory->texts[future->text - 1];
    strncpy(to, text, TEXT_SIZE - 1);
    to[TEXT_SIZE - 1] = 0;
}

const char *future_failure(const struct future *future) {
    const struct queue_memory *memory = future_queue(future)->memory;
    return future->text > 0 && future->text <= TEXTS ? memory->texts[future->text - 1] : "";
}

void future_forget_text(struct future *future) {
    if (future->text > 0 && future->text <= TEXTS)
        atomic_fetch_and_explicit(&future_queue(future)->memory->texts_used,
            ~(UINT64_C(1) << (future->text - 1)), memory_order_release);
}
