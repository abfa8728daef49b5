/* SPDX-License-Identifier: MIT */
#include "wake_word.h"

#include <stddef.h>
#include <sys/mman.h>

#include "futex.h"

#define WORDS 512

void wake_word_wake(struct wake_word *word, bool shared) {
    atomic_fetch_add(&word->count, 1);
    if (atomic_load(&word->sleepers) > 0)
        futex_wake(&word->count, INT32_MAX, shared);
}

struct wake_word *wake_word_shared(void) {
    static _Atomic(struct wake_word *) words;
    static _Atomic uint32_t next;
    struct wake_word *all = atomic_load(&words);
    if (!all) {
        size_t size = WORDS * sizeof(struct wake_word);
        struct wake_word *made =
            mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (made == MAP_FAILED)
            return NULL;
        if (atomic_compare_exchange_strong(&words, &all, made))
            all = made;
        else
            munmap(made, size);
    }
    return &all[atomic_fetch_add(&next, 1) % WORDS];
}
