/* SPDX-License-Identifier: MIT */
#include "compute.h"

/* The linear congruential generator modulo 2^64 of Knuth's MMIX (The Art of Computer Programming,
 * volume 2, 3.3.4, table 1, line 26). */
#define FACTOR UINT64_C(6364136223846793005)
#define ADDEND UINT64_C(1442695040888963407)

uint64_t compute_steps(uint64_t start, int64_t steps) {
    uint64_t state = start;
    for (int64_t i = 0; i < steps; i++) {
        state = state * FACTOR + ADDEND;
        __asm__ volatile("" : "+r"(state)); /* each step is done, and in this order */
    }
    return state;
}

/* Brown, "Random number generation with arbitrary strides", 1994: the step of twice as many steps
 * is squared from that of half as many. */
uint64_t compute_steps_quickly(uint64_t start, int64_t steps) {
    uint64_t factor = 1, addend = 0, step_factor = FACTOR, step_addend = ADDEND;
    for (uint64_t left = (uint64_t)steps; left > 0; left /= 2) {
        if (left % 2 == 1) {
            factor *= step_factor;
            addend = addend * step_factor + step_addend;
        }
        step_addend *= step_factor + 1;
        step_factor *= step_factor;
    }
    return start * factor + addend;
}
