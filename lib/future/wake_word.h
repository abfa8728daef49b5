/* SPDX-License-Identifier: MIT */
#ifndef FUTURE_WAKE_WORD_H
#define FUTURE_WAKE_WORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A futex word and the number of its sleepers. A thread sleeps on it so:
 *
 *     wake_word_begin; read `count`; check whether to sleep; futex_wait(&word->count, as read);
 *     wake_word_end
 *
 * Sequentially consistent: the waking side first makes the check fail, then calls wake_word_wake.
 * If both could miss the other, the sleeper would not wake.
 */
struct wake_word {
    _Atomic uint32_t count; /* of the wake-ups */
    _Atomic uint32_t sleepers;
};

static inline void wake_word_begin(struct wake_word *word) {
    atomic_fetch_add(&word->sleepers, 1);
}
static inline void wake_word_end(struct wake_word *word) {
    atomic_fetch_sub(&word->sleepers, 1);
}

/* `shared`: the word is one of wake_word_shared. */
void wake_word_wake(struct wake_word *word, bool shared);

/* A word in memory that is shared with all processes forked after the first call. There are a few
 * hundred, used in turn: two waiters with the same word wake each other needlessly. NULL: no
 * memory.
 */
struct wake_word *wake_word_shared(void);

#endif
