/* SPDX-License-Identifier: MIT */
#ifndef FUTURE_WAKE_WORD_H
#define FUTURE_WAKE_WORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A word that threads sleep on until another thread or process wakes them:
 *
 *     wake_word_begin -> wake_word_read -> look whether to sleep -> futex_wait(&word->count, read)
 * -> wake_word_read -> ... -> wake_word_end
 *
 * Sequentially consistent: who makes the news and then wakes either is seen by the look, or sees
 * the sleeper.
 */
struct wake_word {
    _Atomic uint32_t count; /* of the wake-ups */
    _Atomic uint32_t sleepers;
};

static inline void wake_word_begin(struct wake_word *word) {
    atomic_fetch_add(&word->sleepers, 1);
}
static inline uint32_t wake_word_read(const struct wake_word *word) {
    return atomic_load(&word->count);
}
static inline void wake_word_end(struct wake_word *word) {
    atomic_fetch_sub(&word->sleepers, 1);
}

/* `shared`: the word is one of wake_word_shared. */
void wake_word_wake(struct wake_word *word, bool shared);

/* One of a few hundred words in memory that is shared with all processes forked after the first
 * call, for ever. Others may have the same, and are woken too, without need. NULL: no memory. */
struct wake_word *wake_word_shared(void);

#endif
